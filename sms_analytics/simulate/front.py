"""A customer of the Front gateway: status callbacks in its web server's log, in the second half of the period in its own JSON lines."""

import json
from random import Random
from typing import Final
from urllib.parse import urlencode

from sms_analytics.simulate.clock import DAY, HOUR, web_server, with_offset
from sms_analytics.simulate.logs import Log
from sms_analytics.simulate.messages import Message, Period, Receipt
from sms_analytics.simulate.world import CUSTOMERS, TELENOR, Numbers
from sms_analytics.vocabulary import Status

_STATUSES: Final[dict[Status, int]] = {"submitted": -1, "delivered": 4, "undelivered": 5, "unrecognised": 7}
_GATEWAY: Final = "203.0.113.9"
_MONITOR: Final = "198.51.100.4"


def _json(record: dict[str, str | int]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _answer(message: Message) -> str:
    """The submit request and the gateway's answer, as the customer keeps them."""
    customer = CUSTOMERS[message.account]
    answer: dict[str, str | int] = {"errorcode": 0, "id": int(message.message_id or 0), "description": "OK"}
    if message.refusal:
        answer |= {"errorcode": int(message.refusal.code), "description": message.refusal.text}
    number = f"00{message.recipient[1:]}"
    request: dict[str, str | int] = {"serviceid": customer.service, "fromid": customer.sender, "phoneno": number, "txt": message.text}
    return _json({"received": with_offset(message.submitted)} | request | answer)


def _request(address: str, seconds: int, path: str, code: int, size: int) -> str:
    return f'{address} - - [{web_server(seconds)}] "GET {path} HTTP/1.1" {code} {size}'


def _callback(message: Message, receipt: Receipt, failing: bool) -> str:
    path = f"/front/status?{urlencode({'origid': message.message_id, 'status': _STATUSES[receipt.status]})}"
    return _request(_GATEWAY, receipt.received, path, 500 if failing else 200, 21 if failing else 4)


def _other_requests(log: Log, period: Period, rng: Random) -> None:
    """Incoming messages and the web server's other visitors."""
    numbers = Numbers(rng)
    for seconds in range(period.start + rng.randrange(DAY), period.middle, 9 * HOUR):
        answer = {"fromid": "2270", "phonenr": f"00{numbers.any(TELENOR)[1:]}", "txt": "OK, takk", "time": seconds - 1, "countnr": 1, "code": "KL"}
        log.add(seconds, _request(_GATEWAY, seconds, f"/front/mo?{urlencode(answer)}", 200, 4))
    for seconds in range(period.start + rng.randrange(DAY), period.middle, 12 * HOUR):
        log.add(seconds, _request(_MONITOR, seconds, "/healthz", 200, 2))


def logs(messages: list[Message], period: Period, rng: Random) -> list[Log]:
    """The web server's log, the submit answers of the first half, and answers and callbacks together in the second."""
    access = Log("front", lambda _: "access.log.gz")
    answers = Log("front", lambda _: "answers.jsonl")
    both = Log("front", lambda _: "gateway.jsonl")
    _other_requests(access, period, rng)
    for message in messages:
        (answers if message.submitted < period.middle else both).add(message.submitted, _answer(message))
        visible = message.visible(period.end)
        for receipt in visible:
            if receipt.received < period.middle:
                failing = message.name == "callback_retried" and receipt.status == "delivered" and receipt is not visible[-1]
                access.add(receipt.received, _callback(message, receipt, failing))
            else:
                record: dict[str, str | int] = {"received": with_offset(receipt.received), "origid": int(message.message_id)}
                both.add(receipt.received, _json(record | {"status": _STATUSES[receipt.status]}))
    return [access, answers, both]


def parts(message: Message) -> None:
    """Front does not tell the number of parts."""
    del message
