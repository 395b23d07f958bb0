r"""SMS Server Tools 3 (smsd): its log, and status reports that were put one behind the other.

Producer:  smsd: `smsd.log` (also by way of syslog), and the files of status reports in its incoming folder, one a file or joined.
Holds:     submissions (`SMS sent`) and receipts (`SMS received (report, ...)`, files with SMS STATUS REPORT).
Clock:     the log's own time (`--time-zone`); of files Discharge_timestamp (yy-mm-dd hh:mm:ss, `--receipt-zone`), with Received as the computer's time.
Ids:       Message_id, the reference that the phone's network gives: a counter up to 255, so the recipient belongs to it.
Parts:     a long message has several references and several lines of its own; nothing ties them.
Columns:   Message_id = message_id; To, From (the phone that the report is about) = recipient; the modem's name = feed; Status = code_raw.
Statuses:  by the code: TP-Status, 0 = delivered, 32 and on = buffered, 64 and on = undelivered.
Codes:     `tp_status`.
Traps:     references are used again after 255 messages; a new one to the same recipient starts a new message. Whether a receipt was asked for is in the
           outgoing file, which is not read.
Missing:   operator. Incoming messages are skipped.
Sample:    2026-03-18 09:14:01,5, GSM1: SMS sent, Message_id: 117, To: 4740000001, sending time 2 sec.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Time

_FRONT: Final = r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d, (?P<modem>[^:]+): "
_SENT: Final = _FRONT + r"SMS sent, Message_id: (?P<sent>\d+), To: (?P<to>\+?\d+)"
_REPORT: Final = _FRONT + r"SMS received \(report, Message_id: (?P<reported>\d+), Status: (?P<status>\d+)[^)]*\), From: (?P<from>\+?\d+)"
_RECEIVED: Final = _FRONT + r"SMS received, From: (?P<incoming>\S+)"
#: A file of the incoming folder: headings, a blank line, the report.
_HEAD: Final = r"(?s)^From: (?P<from>\+?\d+)\n.*?\nReceived: (?P<received>\d\d-\d\d-\d\d \d\d:\d\d:\d\d)\n.*?"
_MODEM: Final = r"(?:Subject|Modem): (?P<modem>\S+)\n.*?"
_TAIL: Final = (
    r"SMS STATUS REPORT\nMessage_id: (?P<reported>\d+)\n"
    r"Discharge_timestamp: (?P<discharged>\d\d-\d\d-\d\d \d\d:\d\d:\d\d)\nStatus: (?P<status>\d+)"
)
_SHORT_YEAR: Final = Time(formats=("%y-%m-%d %H:%M:%S",))

_LINES: Final = engine.make(
    Description(
        name="smstools",
        title="SMS Server Tools 3: log, status reports",
        payloads=(
            Payload(needs=("incoming", "time"), kind="skip"),
            Payload(
                needs=("sent", "to", "time"),
                kind="submission",
                columns={"message_id": "sent", "recipient": "to", "feed": "modem", "logged": "time"},
                international=True,
                id_per_recipient=True,
            ),
            Payload(
                needs=("reported", "status", "from", "discharged"),
                columns={
                    "message_id": "reported",
                    "recipient": "from",
                    "feed": "modem",
                    "code": "status",
                    "logged": "received",
                    "happened": "discharged",
                },
                code_system="tp_status",
                times={"logged": _SHORT_YEAR, "happened": _SHORT_YEAR},
                international=True,
                id_per_recipient=True,
            ),
            Payload(
                needs=("reported", "status", "from", "time"),
                columns={"message_id": "reported", "recipient": "from", "feed": "modem", "code": "status", "logged": "time"},
                code_system="tp_status",
                international=True,
                id_per_recipient=True,
            ),
        ),
        parts="each",
        containers=("line",),
        patterns=(_SENT, _REPORT, _RECEIVED, _HEAD + _MODEM + _TAIL, _HEAD + _TAIL),
    )
)

#: How a report begins in a file whose lines have not been put together yet.
_REPORT_LINES: Final = ("SMS STATUS REPORT", r"^Message_id: \d+$", r"^Discharge_timestamp: \d\d-\d\d-\d\d ")


def _claims(records: pl.DataFrame) -> int:
    """Lines of the log, or the first lines of reports in files."""
    title, message, discharged = _REPORT_LINES
    line = pl.col("line")
    reports = records.select((line == title) & line.shift(-1).str.contains(message) & line.shift(-2).str.contains(discharged)).to_series().sum()
    return _LINES.claims(records) or int(reports)


#: The lines of a report's file belong together up to its status.
FORMAT: Final = replace(
    _LINES,
    claims=_claims,
    begins=r"^(?:From: |.*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d, )",
    unfinished=pl.col("line").str.starts_with("From: ") & ~pl.col("line").str.contains(r"\nStatus: \d+"),
)
