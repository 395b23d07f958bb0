"""Payloads as the programs that received them write them on: one function per container, from one record to a line or several."""

import csv
import io
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Final

_TIME: Final = "18/Mar/2026:09:14:05 +0100"


def _row(*cells: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().rstrip("\r\n")


def _escaped(body: str) -> str:
    """As nginx writes a quote, a backslash and a line break of a body."""
    return body.replace("\\", "\\x5C").replace('"', "\\x22").replace("\n", "\\x0A").replace("\r", "\\x0D")


def _event(body: str) -> str:
    return json.dumps({"version": "2.0", "rawPath": "/dlr", "body": b64encode(body.encode()).decode(), "isBase64Encoded": True})


#: The container's name to the line above its records, if there is one, and what it makes of one record.
CONTAINERS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "body in a web log": ("", lambda body: f'203.0.113.9 - - [{_TIME}] "POST /dlr HTTP/1.1" 200 2 "-" "agent" "{_escaped(body)}"'),
    "body in JSON of a web log": (
        "",
        lambda body: json.dumps(
            {"time_iso8601": "2026-03-18T09:14:05+01:00", "request": "POST /dlr HTTP/1.1", "status": "200", "request_body": body}
        ),
    ),
    "captured by HAProxy": (
        "",
        lambda body: (
            "Mar 18 09:14:05 lb1 haproxy[811]: 203.0.113.9:51234 [18/Mar/2026:09:14:05.123] fe be/s1 0/0/1/2/3 200 150 - - ---- 1/1/0/0/0 0/0 "
            f'{{{body.replace("|", "%7C")}}} "POST /dlr HTTP/1.1"'
        ),
    ),
    "event of a load balancer": ("", _event),
    "cell of a log query": ("@timestamp,@message", lambda body: _row("2026-03-18 08:14:05.123", body)),
    "cell of a table of webhooks": ("id,received_at,path,payload", lambda body: _row("77", "2026-03-18T08:14:05Z", "/dlr", body)),
    "encoded in a queue's message": (
        "",
        lambda body: json.dumps({"message": {"data": b64encode(body.encode()).decode(), "messageId": "77"}, "subscription": "dlr"}),
    ),
    "text of a queue's message": ("", lambda body: json.dumps({"MessageId": "5c01", "ReceiptHandle": "x", "Body": body})),
}

#: As above, for payloads that are JSON.
OF_OBJECTS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "over several lines": ("", lambda body: json.dumps(json.loads(body), indent=2, ensure_ascii=False)),
    "behind a logger's time, over several lines": (
        "",
        lambda body: f"[2026-03-18 09:14:05] INFO dlr: {json.dumps(json.loads(body), indent=2, ensure_ascii=False)}",
    ),
    "as Python prints it": ("", lambda body: f"2026-03-18 09:14:05,123 INFO dlr {json.loads(body)!r}"),
    "in a cloud event": (
        "",
        lambda body: json.dumps(
            {"specversion": "1.0", "type": "sms.dlr", "source": "/gw", "id": "77", "time": "2026-03-18T08:14:05Z", "data": json.loads(body)}
        ),
    ),
}
