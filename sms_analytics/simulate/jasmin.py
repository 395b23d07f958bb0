"""Jasmin's messages.log, and dlrlookupd's own log from the middle of the period on; both rotated weekly."""

from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sms_analytics.simulate.clock import DAY, FIRST_DAY, HOUR, day, local, moment, receipt_date, stamp
from sms_analytics.simulate.logs import Log
from sms_analytics.simulate.messages import Message, Period, Receipt
from sms_analytics.simulate.world import BRITAIN, CUSTOMERS, SWEDEN, Numbers
from sms_analytics.vocabulary import Status

WORDS: Final[dict[Status, str]] = {
    "delivered": "DELIVRD",
    "undelivered": "UNDELIV",
    "expired": "EXPIRED",
    "rejected": "REJECTD",
    "unknown": "UNKNOWN",
    "accepted": "ACCEPTD",
    "buffered": "ENROUTE",
    "unrecognised": "SCREEND",
}
_ASKED: Final = {
    "full": "SMSC_DELIVERY_RECEIPT_REQUESTED",
    "partial": "SMSC_DELIVERY_RECEIPT_REQUESTED_FOR_FAILURE",
    "none": "NO_SMSC_DELIVERY_RECEIPT_REQUESTED",
}
#: Jasmin looks for the message of a receipt a second time after so many seconds, and forgets messages after a day.
SECOND_LOOK: Final = 10
MEMORY: Final = DAY
_RETRY: Final = 30


def _bytes(text: str) -> str:
    """Message text as Python prints its bytes."""
    try:
        return repr(text.encode("latin-1"))
    except UnicodeEncodeError:
        return repr(text.encode("utf-16-be"))


class _Host:
    """The two logs of one Jasmin host."""

    def __init__(self, messages: Log, lookups: Log, period: Period) -> None:
        self._messages, self._lookups, self._period = messages, lookups, period

    def _line(self, log: Log, seconds: int, level: str, text: str) -> None:
        log.add(seconds, f"{stamp(seconds)} {level:<8} 1 {text}")

    def _lookup(self, seconds: int, level: str, text: str) -> None:
        self._line(self._messages if seconds < self._period.middle else self._lookups, seconds, level, text)

    def _submission(self, seconds: int, message: Message, smpp_id: str, status: str) -> None:
        sender = CUSTOMERS[message.account].sender.encode("latin-1")
        text = (
            f"SMS-MT [cid:{message.feed.name}] [queue-msgid:{message.message_ref}] {smpp_id}[status:{status}] [prio:0] "
            f"[dlr:RegisteredDeliveryReceipt.{_ASKED[message.story.asked]}] [validity:none] [from:{sender!r}] "
            f"[to:{message.recipient[1:].encode()!r}] [content:{_bytes(message.text)}] [tlvs:none]"
        )
        self._line(self._messages, seconds, "INFO", text)

    def _refused(self, seconds: int, message: Message, status: str, again: bool) -> None:
        self._submission(seconds, message, "", f"ERROR/CommandStatus.{status}] [retry:{again}")

    def submit(self, message: Message) -> None:
        """The submission and the attempts before it."""
        if message.name in {"retried", "retried_in_vain"}:
            self._refused(message.submitted - _RETRY, message, "ESME_RTHROTTLED", True)
        if message.refusal:
            self._refused(message.submitted, message, message.refusal.code, False)
        else:
            self._submission(message.submitted, message, f"[smpp-msgid:{message.message_id.encode()!r}] ", "CommandStatus.ESME_ROK")

    def receipt(self, message: Message, receipt: Receipt) -> None:
        """A receipt as Jasmin logs it: recognised, taken for an incoming message, or without the message that it belongs to."""
        if message.name == "failed_as_incoming":
            self._as_incoming(message, receipt)
            return
        if message.name == "disorder":
            self._not_found(message, message.submitted - 1, "(retrials: 1/2)")
        zone = ZoneInfo(message.feed.receipt_zone)
        arrived = int(receipt.status == "delivered")
        text = (
            f"DLR [cid:{message.feed.name}] [smpp-msgid:{self._coded(message)}] [status:{WORDS[receipt.status]}] "
            f"[submit date:{receipt_date(message.submitted, zone)}] [done date:{receipt_date(receipt.at, zone)}] "
            f"[sub/dlvrd messages:001/{arrived:03d}] [err:{receipt.code:03d}] [content:{message.text[:20]!r}]"
        )
        self._lookup(receipt.received, "INFO", text)

    def forgotten(self, message: Message, receipt: Receipt) -> None:
        """A receipt that came when Jasmin had forgotten the message: all that is left of it is an id."""
        if receipt.received - message.submitted > MEMORY and receipt.received + SECOND_LOOK < self._period.end:
            self._not_found(message, receipt.received, "(retrials: 1/2)")
            self._not_found(message, receipt.received + SECOND_LOOK, "(final)")

    def _not_found(self, message: Message, seconds: int, attempt: str) -> None:
        coded, raw = self._coded(message), self._raw(message)
        text = f"[msgid:{coded}] {attempt} DLRMapNotFound: Got a DLR for an unknown message id: {raw} (coded:{coded})"
        self._lookup(seconds, "ERROR", text)

    def _as_incoming(self, message: Message, receipt: Receipt) -> None:
        """A receipt with a word of other than seven letters."""
        zone = ZoneInfo(message.feed.receipt_zone)
        text = (
            f"id:{self._raw(message)} sub:001 dlvrd:000 submit date:{receipt_date(message.submitted, zone)} "
            f"done date:{receipt_date(receipt.at, zone)} stat:FAILED err:{receipt.code:03d} text:{message.text[:20]}"
        )
        sender = CUSTOMERS[message.account].sender.encode("latin-1")
        queue_id = str(UUID(int=UUID(message.message_ref).int ^ 1, version=4))
        self.incoming(receipt.received, message.feed.name, queue_id, ends=(message.recipient, sender), content=_bytes(text))

    def incoming(self, seconds: int, cid: str, queue_id: str, *, ends: tuple[str, bytes], content: str) -> None:
        """An SMS-MO line; its `ends` are the phone and the number or name that it wrote to."""
        sender, recipient = ends
        text = (
            f"SMS-MO [cid:{cid}] [queue-msgid:{queue_id}] [status:CommandStatus.ESME_ROK] [prio:PriorityFlag.LEVEL_0] [validity:None] "
            f"[from:{sender[1:].encode()!r}] [to:{recipient!r}] [content:{content}]"
        )
        self._line(self._messages, seconds, "INFO", text)

    @staticmethod
    def _raw(message: Message) -> str:
        """The id inside the receipt: in decimal from the Nordic operator, as in the submission from the other."""
        return str(int(message.message_id, 16)) if message.feed.name == "nordic1" else message.message_id

    def _coded(self, message: Message) -> str:
        """The id as Jasmin rewrites it: capitals, no leading zeros."""
        return self._raw(message).upper().lstrip("0")


def _rotation(name: str, period: Period) -> Log:
    """A log that is cut on Mondays; a file is named by the day on which its week began, and that of the last week by nothing."""
    last = moment(7 * (period.weeks - 1))

    def file(seconds: int) -> str:
        week = max(0, (local(seconds).date() - FIRST_DAY.date()).days // 7)
        return name if seconds >= last else f"{name}.{day(moment(7 * week))}.gz"

    return Log("jasmin", file)


def logs(messages: list[Message], period: Period, rng: Random) -> list[Log]:
    """The two logs of the host that sends abroad."""
    log, lookups = _rotation("messages.log", period), _rotation("dlrlookupd-messages.log", period)
    host = _Host(log, lookups, period)
    numbers = Numbers(rng)
    for cid, network in (("nordic1", SWEDEN), ("world1", BRITAIN)):
        for seconds in range(period.start + rng.randrange(DAY), period.end - HOUR, 2 * DAY):
            queue_id = str(UUID(int=rng.getrandbits(128), version=4))
            host.incoming(seconds, cid, queue_id, ends=(numbers.any(network), b"2270"), content=repr(b"Thanks"))
    for message in messages:
        host.submit(message)
        for receipt in message.receipts:
            if receipt.lost:
                host.forgotten(message, receipt)
            elif receipt.received < period.end:
                host.receipt(message, receipt)
    return [log, lookups]


def parts(message: Message) -> None:
    """Jasmin logs a long message in one line that does not say how many parts it had."""
    del message
