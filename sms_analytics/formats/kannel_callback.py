"""Receipts that Kannel calls back at `dlr-url`.

Producer:  Kannel (or a gateway with its interface), logged by whoever answers at `dlr-url`: GET lines of a web server, form bodies.
Holds:     receipts. Submissions stand in Kannel's access log (format `kannel`) or in one's own data (`table`).
Clock:     a parameter with %T (epoch) or %t (UTC) is when Kannel got the receipt, else the line's time, else the file's; dates inside the operator's answer
           (%A) are the operator's (`--receipt-zone`).
Ids:       one's own id in the address of dlr-url (myid, id, uuid, msgid, smsid, mid, slid ...); only without one Kannel's FID (%F), in fid or smscid.
Parts:     Kannel asks for the first part's receipt only.
Columns:   id = message_id, type, status, dlr (%d) = status, to = recipient and from = sender (%P and %p: the direction of the message), smsc (%i) = feed,
           service (%n), account (%o) = account, time, ts (%T, %t) = the time we heard of it; `stat`, `err` and dates of the operator's answer (%A).
Statuses:  1 = delivered, 2 = undelivered, 4 = buffered, 8, 32 = submitted, 16 = rejected, 34 = expired, 66 = unknown; 8 and 16 are Kannel's own words. 2 stands for expired, deleted, unknown
           and rejected alike, so the answer's `stat` goes before it. Other numbers are kept as unrecognised.
Codes:     `err` of the answer belongs to the connection (`[feeds.NAME] code_system`); NACK/0x... is an SMPP command status.
Traps:     names of parameters are everyone's own. Those above are read; others need a table in sms_analytics.toml with `status = {1 = "delivered" ...}`
           (docs/user-formats.md). `id=5&status=1` could be anybody's: it is read, but the format must be named (`--format kannel_callback`) unless
           other lines tell: myid, slid, smslog_id or a UUID in uuid beside the type, or the operator's answer. Other combined types (9, 18) are not interpreted.
Missing:   what the mask did not ask for. The operator's answer carries message text: it is masked as a whole, as are secrets.
Sample:    203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /dlr?myid=5512&type=1&answer=id%3A5C01A9+stat%3ADELIVRD+err%3A000&to=%2B4740000001 HTTP/1.1" 200 2
"""

import re
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine import kannel_types, receipt_text
from sms_analytics.formats.engine.description import Description, Fields, Payload, Time, Words
from sms_analytics.formats.engine.written_times import OF_RECEIPTS

#: Kannel's types, beside the words of the operator's answer.
STATUSES: Final[Words] = {**receipt_text.WORDS, **kannel_types.WORDS}

_TYPES: Final = ("type", "dlr", "dlr_type", "dlr-type", "dlrtype", "status", "smsc_status")
_OWN_IDS: Final = ("myid", "slid", "smslog_id")
_IDS: Final = (*_OWN_IDS, "uuid", "id", "msgid", "msg_id", "message_id", "messageid", "smsid", "sms_id", "mid", "fid", "smscid")
_ANSWERS: Final = (
    "answer",
    "reply",
    "smsc_reply",
    "smscreply",
    "smsc_answer",
    "dlr_text",
    "dlr_msg",
    "report",
    "response",
    "message",
    "msg",
    "text",
    "a",
)

_STAT: Final = re.compile(r"(?i)(?:^|[^A-Za-z0-9_\-])stat:\s*([A-Za-z]{2,})")
_REST: Final = {
    "answer.err": re.compile(r"(?i)(?:^|\s)err:\s*([0-9A-Za-z]+)"),
    "answer.submit": re.compile(r"(?i)(?:^|\s)submit[ _]?date:\s*(\d+)"),
    "answer.done": re.compile(r"(?i)(?:^|\s)done[ _]?date:\s*(\d+)"),
}
_NACK: Final = re.compile(r"^NACK/(0x[0-9A-Fa-f]+)")
_MESSAGE_TEXT: Final = re.compile(r"(?is)(?:^|\s)text:.*$")


def _with_answer(fields: Fields) -> Fields:
    """The operator's answer taken apart, whatever its parameter is called; then it is not kept, since it ends in message text."""
    for path in [path for path in fields if _STAT.search(fields[path]) or fields[path].startswith(("ACK/", "NACK/"))]:
        answer = _MESSAGE_TEXT.sub("", fields.pop(path))
        if (stat := _STAT.search(answer)) is not None:
            fields["answer.stat"] = stat[1]
            fields |= {name: found[1] for name, pattern in _REST.items() if (found := pattern.search(answer)) is not None}
        elif (nack := _NACK.match(answer)) is not None:
            fields["answer.nack"] = nack[1]
    return fields


_DATE: Final = Time(formats=(OF_RECEIPTS,), lenient=True)
_TYPE: Final = "|".join(_TYPES) + r"~^[1-9]\d?$"


def _callback(*needs: str, general: bool = False, code: str = "answer.err", code_system: str = "smpp") -> Payload:
    return Payload(
        needs=(_TYPE, "|".join(_IDS), *needs),
        general=general,
        columns={
            "feed": ("smsc", "smsc_id", "smsc-id"),
            "message_id": _IDS,
            "status": ("answer.stat", *_TYPES),
            "code": code,
            "account": ("account", "service"),
            "recipient": ("to", "receiver", "msisdn", "recipient"),
            "sender": ("from", "sender"),
            "happened": "answer.done",
            "submit": "answer.submit",
            "logged": ("ts", "time", "timestamp"),
        },
        statuses=STATUSES,
        code_system=code_system,
        times={"happened": _DATE, "submit": _DATE, "logged": Time(zone="UTC", lenient=True)},
        hidden=_ANSWERS,
        prepare=_with_answer,
    )


_ANSWER: Final = "|".join(_ANSWERS)

FORMAT: Final = engine.make(
    Description(
        name="kannel_callback",
        title="Kannel: receipts called back at dlr-url",
        payloads=(
            _callback(f"{_ANSWER}~^NACK/", code="answer.nack", code_system="smpp_command_status"),
            _callback(rf"{_ANSWER}~(?i)^ACK/|\bstat:"),
            _callback("|".join(_OWN_IDS), "!dt"),
            _callback(r"uuid~(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
            _callback(general=True),
        ),
        parts="first",
        containers=("form", "access_log", "json"),
    )
)
