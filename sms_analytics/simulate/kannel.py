"""Kannel's bearerbox access log: one for all its connections, rotated daily, the older days compressed."""

from random import Random
from typing import Final
from urllib.parse import quote_from_bytes
from zoneinfo import ZoneInfo

from sms_analytics.simulate.clock import DAY, HOUR, MINUTE, day, moment, receipt_date, stamp
from sms_analytics.simulate.logs import Log
from sms_analytics.simulate.messages import Message, Period, Receipt, Refusal
from sms_analytics.simulate.world import CUSTOMERS, ICE, TELENOR, TELIA, Numbers
from sms_analytics.vocabulary import Status

#: Characters of a part of a long message.
PART: Final = 153

#: The receipts that each connection asks for: all of them, or no buffered and no network acknowledgement ones.
_MASKS: Final = {"telenor1": 31, "telia1": 31, "ice1": 19}
_ACKNOWLEDGED: Final = 8
_NOT_ACKNOWLEDGED: Final = 16

#: The receipt type and the word in the receipt's text. A message that the phone has not got yet is only ENROUTE by its word.
_WORDS: Final[dict[Status, tuple[int, str]]] = {
    "delivered": (1, "DELIVRD"),
    "undelivered": (2, "UNDELIV"),
    "expired": (2, "EXPIRED"),
    "rejected": (2, "REJECTD"),
    "unknown": (2, "UNKNOWN"),
    "buffered": (4, "ENROUTE"),
    "accepted": (4, "ACCEPTD"),
}

_LINE: Final = (
    "{time} {word} [SMSC:{smsc}] [SVC:{svc}] [ACT:{act}] [BINF:{binf}] [FID:{fid}] [META:?smpp?{meta}] "
    "[from:{sender}] [to:{to}] [flags:{flags}] [msg:{msg}] [udh:{udh}]"
)
_ANSWERS: Final = ("OK", "JA takk", "STOPP", "Kommer litt senere")
_EMPTY: Final = {"act": "", "binf": "", "fid": "", "meta": "", "udh": "0:"}


def sized(text: str) -> str:
    """The text behind its length in bytes; what the GSM alphabet lacks is UCS-2, in hexadecimal behind the length before that."""
    if _coding(text):
        content = text.encode("utf-16-be")
        return f"{len(content)}:{content.hex().upper()}"
    return f"{len(text.encode())}:{text}"


def _coding(text: str) -> int:
    return 0 if max(text, default=" ") < "\u0100" else 2


class _AccessLog:
    def __init__(self, log: Log) -> None:
        self._log = log
        self._references: dict[tuple[str, str], int] = {}

    def _line(self, seconds: int, word: str, message: Message, **tokens: str) -> None:
        known = {"smsc": message.feed.name, "svc": message.account, "binf": message.campaign}
        ends = {"sender": CUSTOMERS[message.account].sender, "to": message.recipient}
        self._log.add(seconds, _LINE.format(time=stamp(seconds), word=word, **(_EMPTY | known | ends | tokens)))

    def _report(self, seconds: int, message: Message, kind: int, text: str, meta: str = "") -> None:
        act = f"{message.feed.name}-rx"
        flags = f"-1:-1:-1:-1:{kind}"
        self._line(seconds, "Receive DLR", message, flags=flags, msg=sized(text), fid=message.message_id, act=act, meta=meta)

    def _parts(self, message: Message, mask: int) -> None:
        """A long message: only the first part asks for a receipt."""
        texts = [message.text[start : start + PART] for start in range(0, len(message.text), PART)]
        key = (message.feed.name, message.recipient)
        reference = self._references.setdefault(key, sum(map(ord, message.recipient)) * 7 % 256)
        self._references[key] = (reference + 1) % 256
        for number, text in enumerate(texts):
            asked, fid = (mask, message.message_id) if number == 0 else (0, "")
            udh = f"6:050003{reference:02X}{len(texts):02X}{number + 1:02X}"
            self._line(message.submitted + number // 2, "Sent SMS", message, flags=f"-1:0:-1:-1:{asked}", msg=sized(text), fid=fid, udh=udh)

    def send(self, message: Message) -> None:
        """The submission, with Kannel's own acknowledgement if that was asked for."""
        mask = 0 if message.story.asked == "none" else _MASKS[message.feed.name]
        if message.story.long:
            self._parts(message, mask)
        else:
            flags = f"-1:{_coding(message.text)}:-1:-1:{mask}"
            self._line(message.submitted, "Sent SMS", message, flags=flags, msg=sized(message.text), fid=message.message_id)
        if mask & _ACKNOWLEDGED:
            self._report(message.submitted, message, _ACKNOWLEDGED, "ACK/")

    def refuse(self, message: Message) -> None:
        """A message that the operator's connection did not take: without an id, as is the report that Kannel makes of it."""
        asked = message.story.asked != "none"
        flags = f"-1:{_coding(message.text)}:-1:-1:{_MASKS[message.feed.name] if asked else 0}"
        word = "REJECTED - black-listed SMS" if message.story.gateway == "stopped" else "FAILED Send SMS"
        self._line(message.submitted, word, message, flags=flags, msg=sized(message.text))
        if asked and word == "FAILED Send SMS" and message.refusal:
            self._report(message.submitted, message, _NOT_ACKNOWLEDGED, _negative(message.refusal))

    def receipt(self, message: Message, receipt: Receipt) -> None:
        """One receipt of the operator."""
        kind, word = _WORDS[receipt.status]
        zone = ZoneInfo(message.feed.receipt_zone)
        inner = str(int(message.message_id, 16)).zfill(10) if message.feed.name == "ice1" else message.message_id
        arrived = int(receipt.status == "delivered")
        text = (
            f"id:{inner} sub:001 dlvrd:{arrived:03d} submit date:{receipt_date(message.submitted, zone)} "
            f"done date:{receipt_date(receipt.at, zone)} stat:{word} err:{receipt.code:03d} text:{'' if _coding(message.text) else message.text[:20]}"
        )
        self._report(receipt.received, message, kind, text, f"dlr_err={quote_from_bytes(bytes((3, 0, receipt.code)))}&")


def _negative(refusal: Refusal) -> str:
    return f"NACK/{refusal.code}/{refusal.text}"


def _rotation(period: Period) -> dict[str, str]:
    """The file of each day: gzip in the first half, zstd after it, the last two days plain."""
    names = {}
    days = [day(moment(number)) for number in range(7 * period.weeks)]
    for number, date in enumerate(days):
        suffix = ".gz" if number < len(days) // 2 else ".zst" if number < len(days) - 2 else ""
        names[date] = f"access.log-{date}{suffix}"
    return names | {days[-1]: "access.log"}


def _incoming(period: Period, log: Log, rng: Random) -> None:
    """Answers from phones and the log's own markers: lines that say nothing about a message."""
    for number in range(7 * period.weeks):
        log.add(moment(number), f"{stamp(moment(number))} Log begins")
        if number:
            log.add(moment(number) - 1, f"{stamp(moment(number) - 1)} Log ends")
    numbers = Numbers(rng)
    for feed, network in (("telenor1", TELENOR), ("telia1", TELIA), ("ice1", ICE)):
        for seconds in range(period.start + rng.randrange(DAY // 2), period.end - 20 * MINUTE, 7 * HOUR):
            word = "REJECTED - black-listed SMS" if rng.random() < 0.02 else "Receive SMS"
            answer = {"svc": "svar", "flags": "-1:0:-1:0:-1", "msg": sized(rng.choice(_ANSWERS)), "sender": numbers.any(network), "to": "2270"}
            log.add(seconds, _LINE.format(time=stamp(seconds), word=word, smsc=feed, **(_EMPTY | answer)))


def logs(messages: list[Message], period: Period, rng: Random) -> list[Log]:
    """The access log of the three Norwegian connections."""
    names = _rotation(period)
    log = Log("kannel", lambda seconds: names[day(seconds)])
    access = _AccessLog(log)
    _incoming(period, log, rng)
    for message in messages:
        (access.refuse if message.story.gateway else access.send)(message)
        for receipt in message.visible(period.end):
            access.receipt(message, receipt)
    return [log]


def parts(message: Message) -> int:
    """Number of parts that the log shows."""
    return -(-len(message.text) // PART) if message.story.long else 1
