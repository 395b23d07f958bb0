"""Large logs of invented messages, made fast: a line a second and four messages of it, in the formats that most people load."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from benchmark import kannel_log

_START: Final = datetime(2026, 3, 1, tzinfo=UTC)
_RATE: Final = 4
_TEXT: Final = "Hei, husk timen din hos oss i morgen kl 9!"


def _smpp(random: Random, number: int, when: datetime) -> Iterator[str]:
    stamp, minute = f"{when:%Y-%m-%d %H:%M:%S}", f"{when:%y%m%d%H%M}"
    stat, err = ("UNDELIV", "001") if number % 20 == 0 else ("DELIVRD", "000")
    yield (
        f"{stamp} DEBUG smsc=telia{number % 3} deliver_sm from=4740{random.randrange(10**6):06d} to=Klinikken "
        f"id:{random.getrandbits(32):08X} sub:001 dlvrd:001 submit date:{minute} done date:{minute} stat:{stat} err:{err} text:{_TEXT[:20]}"
    )


def _jasmin(random: Random, number: int, when: datetime) -> Iterator[str]:
    stamp, minute, smpp_id = f"{when:%Y-%m-%d %H:%M:%S}", f"{when:%y%m%d%H%M}", f"{random.getrandbits(32):08x}"
    queue_id = f"2f0d7c1e-5c1a-4a0e-9a63-{random.getrandbits(48):012x}"
    asked = "[dlr:RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED] [validity:none]"
    stat, err = ("UNDELIV", "001") if number % 20 == 0 else ("DELIVRD", "000")
    yield (
        f"{stamp} INFO     1 SMS-MT [cid:telia{number % 3}] [queue-msgid:{queue_id}] [smpp-msgid:b'{smpp_id}'] [status:CommandStatus.ESME_ROK] "
        f"[prio:0] {asked} [from:b'Klinikken'] [to:b'4740{random.randrange(10**6):06d}'] [content:b'{_TEXT}'] [tlvs:none]"
    )
    yield (
        f"{stamp} INFO     1 DLR [cid:telia{number % 3}] [smpp-msgid:{smpp_id.upper()}] [status:{stat}] [submit date:{minute}] [done date:{minute}] "
        f"[sub/dlvrd messages:001/001] [err:{err}] [content:'']"
    )


def _vonage(random: Random, number: int, when: datetime) -> Iterator[str]:
    if number == 0:
        yield "account_id,message_id,client_ref,direction,from,to,network,date_received,date_finalized,status,error_code,total_price"
    status, code = ("failed", "1") if number % 20 == 0 else ("delivered", "0")
    yield (
        f"ab12,0B000000{random.getrandbits(32):08X},ref-{number},outbound,Klinikken,4740{random.randrange(10**6):06d},24201,"
        f"{when:%Y-%m-%d %H:%M:%S},{when + timedelta(seconds=4):%Y-%m-%d %H:%M:%S},{status},{code},0.0500"
    )


def _infobip(random: Random, number: int, when: datetime) -> Iterator[str]:
    status = (
        '"groupName":"UNDELIVERABLE","name":"UNDELIVERABLE_NOT_DELIVERED"'
        if number % 20 == 0
        else '"groupName":"DELIVERED","name":"DELIVERED_TO_HANDSET"'
    )
    yield (
        f'{{"results":[{{"bulkId":"B{number // 1000}","messageId":"ib-{random.getrandbits(48):012x}","to":"4740{random.randrange(10**6):06d}",'
        f'"from":"Klinikken","sentAt":"{when:%Y-%m-%dT%H:%M:%S}.000+0000","doneAt":"{when:%Y-%m-%dT%H:%M:%S}.500+0000","smsCount":1,"mccMnc":"24201",'
        f'"status":{{"id":5,{status}}},"error":{{"id":0,"name":"NO_ERROR"}}}}]}}'
    )


def _twilio(random: Random, number: int, when: datetime) -> Iterator[str]:
    status, code = ("undelivered", "30005") if number % 20 == 0 else ("delivered", "null")
    yield (
        f'{{"received":"{when:%Y-%m-%dT%H:%M:%S}Z","MessageSid":"SM{random.getrandbits(128):032x}","MessageStatus":"{status}",'
        f'"To":"+4740{random.randrange(10**6):06d}","From":"Klinikken","ErrorCode":{code}}}'
    )


def _submissions(random: Random, number: int, when: datetime) -> Iterator[str]:
    if number == 0:
        yield "Id;Mottaker;Avsender;Konto;Sendt"
    yield f"{random.getrandbits(48):012x};+4740{random.randrange(10**6):06d};Klinikken;kunde{number % 9};{when:%Y-%m-%d %H:%M:%S}"


_LINES: Final[dict[str, tuple[str, Callable[[Random, int, datetime], Iterator[str]]]]] = {
    "smpp": ("smpp.log", _smpp),
    "jasmin": ("messages.log", _jasmin),
    "vonage": ("report.csv", _vonage),
    "infobip": ("reports.jsonl", _infobip),
    "twilio": ("callbacks.jsonl", _twilio),
    "submissions": ("submissions.csv", _submissions),
}
CASES: Final = ("kannel", *_LINES)


def write(case: str, folder: Path, lines: int, seed: int = 1) -> Path:
    """A log of at least so many lines in the format of the case."""
    if case == "kannel":
        kannel_log.write(folder / "access.log", lines, seed)
        return folder / "access.log"
    name, lines_of = _LINES[case]
    random, written, number = Random(seed), 0, 0
    with (folder / name).open("w", encoding="utf-8") as file:
        while written < lines:
            for line in lines_of(random, number, _START + timedelta(seconds=number // _RATE)):
                file.write(line + "\n")
                written += 1
            number += 1
    return folder / name
