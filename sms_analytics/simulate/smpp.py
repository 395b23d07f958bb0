"""A gateway's debug log with plain receipt texts in it and no submissions."""

from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sms_analytics.simulate.clock import HOUR, MINUTE, receipt_date, stamp
from sms_analytics.simulate.jasmin import WORDS
from sms_analytics.simulate.logs import Log
from sms_analytics.simulate.messages import Message, Period, Receipt
from sms_analytics.simulate.world import CUSTOMERS

#: Ways of writing a receipt text, all seen in the field. The second leaves out the counts, the third has seconds in its dates.
_SHAPES: Final = (
    "id:{id} sub:001 dlvrd:{dlvrd:03d} submit date:{submit} done date:{done} stat:{stat} err:{err:03d} text:{text}",
    "id:{id} submit date:{submit} done date:{done} stat:{stat} err:{err:03d} Text:{text}",
    "id:{id} sub:001 dlvrd:{dlvrd:03d} submit date:{submit} done date:{done} stat:{stat} err:{err:04d} text:",
)
_DIGITS: Final = (10, 10, 12)
_SHAPE_BY_DIGIT: Final = (0, 0, 0, 0, 0, 0, 0, 1, 1, 2)


def _shape(message: Message) -> int:
    """Which way the receipts of a message are written."""
    return _SHAPE_BY_DIGIT[int(message.message_id, 16) % 10]


def _line(message: Message, receipt: Receipt) -> str:
    zone = ZoneInfo(message.feed.receipt_zone)
    shape = _shape(message)
    text = _SHAPES[shape].format(
        id=message.message_id,
        dlvrd=int(receipt.status == "delivered"),
        submit=receipt_date(message.submitted, zone, _DIGITS[shape]),
        done=receipt_date(receipt.at, zone, _DIGITS[shape]),
        stat=WORDS[receipt.status],
        err=receipt.code,
        text=message.text[:20],
    )
    sender = CUSTOMERS[message.account].sender
    return f"{stamp(receipt.received)} DEBUG deliver_sm [gw7] from={message.recipient[1:]} to={sender} {text}"


def logs(messages: list[Message], period: Period, rng: Random) -> list[Log]:
    """The debug log; now and then the connection is only kept alive."""
    log = Log("smpp", lambda seconds: "gateway-debug.log" if seconds >= period.middle else "gateway-debug.log.1.zst")
    for seconds in range(period.start + rng.randrange(HOUR), period.end - MINUTE, 24 * HOUR):
        log.add(seconds, f"{stamp(seconds)} DEBUG enquire_link [gw7]")
    for message in messages:
        for receipt in message.visible(period.end):
            log.add(receipt.received, _line(message, receipt))
    return [log]


def submitted(message: Message) -> int:
    """The hand-over as the receipts tell it: most of them to the minute."""
    return message.submitted if _DIGITS[_shape(message)] == 12 else message.submitted // MINUTE * MINUTE


def parts(message: Message) -> None:
    """A receipt does not tell the number of parts."""
    del message
