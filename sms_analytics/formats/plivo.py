"""Plivo SMS: status callbacks, and messages as the API lists them.

Producer:  Plivo, logged by whoever received its callbacks (form bodies one a line, GET lines of a web server, JSON of one's own program), answers of
           `GET /Message/` (JSON, `objects`) and CSV with the same names.
Holds:     receipts (callbacks) and, in the API's rows, the submission with the message's last status.
Clock:     the status' own time: QueuedTime, SentTime, for the others DeliveryReportTime (yyyy-mm-dd HH:MM:SS.ffffff). These and MessageTime, when the
           message was handed over, have no zone (`--receipt-zone`). The times of rows have an offset. Otherwise the line's time, else the file's.
Ids:       MessageUUID, in rows message_uuid.
Parts:     one receipt for the whole message, Units = number of parts. Where ParentMessageUUID is there, the parts of a long message are reported one by one:
           it ties them, and PartInfo (`1 of 3`) says which one it is.
Columns:   MessageUUID = message_id; ParentMessageUUID = message_ref; To = recipient; From = sender; Status = status; ErrorCode = code_raw; MCC and MNC =
           mccmnc; Units = parts; the rest = extra: Sequence, TotalRate and TotalAmount (what the message cost) among it.
Statuses:  queued; sent = submitted; delivered, read = delivered; undelivered; failed, rejected = rejected by Plivo, before it was handed over. With error
           200 (the recipient answered STOP) it is stopped.
Codes:     ErrorCode is a `plivo` code; 000 is no error.
Traps:     To and From have no plus sign. Callbacks may overtake each other, Sequence counts them: it is kept in extra, the times decide.
Missing:   what a `sent` message without report became: not all operators report to Plivo. Error codes that Plivo added later are kept without a reason.
           Incoming messages are skipped. `Text` and tokens are masked.
Sample:    MessageUUID=5b40a428-bfc7-4daf-9d06-726c558bf3b8&To=4740000001&From=Klinikken&Status=delivered&Units=1&ErrorCode=000&MCC=242&MNC=01&Sequence=3
"""

import re
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Time, Words

STATUSES: Final[Words] = {
    "queued": Says("queued", said_by="gateway"),
    "sent": Says("submitted", said_by="gateway"),
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": Says("rejected", said_by="gateway"),
    "rejected": Says("rejected", said_by="gateway"),
}
_PART: Final = re.compile(r"\s*(\d+)\s*(?:of|/)\s*(\d+)\s*")


#: Which of the times a status is about.
_TIME_OF: Final = {"queued": "QueuedTime", "sent": "SentTime"}


def _prepared(fields: Fields) -> Fields:
    """`PartInfo` as two fields, and the status' own time as one."""
    if found := _PART.fullmatch(fields.get("PartInfo", "")):
        fields |= {"PartInfo.part": found[1], "PartInfo.parts": found[2]}
    time = fields.get(_TIME_OF.get(fields["Status"].lower(), "DeliveryReportTime"))
    return fields | {"StatusTime": time} if time else fields


_CALLBACK: Final = Payload(
    needs=("MessageUUID", "Status"),
    columns={
        "message_id": "MessageUUID",
        "message_ref": "ParentMessageUUID",
        "recipient": "To",
        "sender": "From",
        "status": "Status",
        "code": "ErrorCode",
        "mcc": "MCC",
        "mnc": "MNC",
        "parts": ("PartInfo.parts", "Units"),
        "part_no": "PartInfo.part",
        "submit": "MessageTime",
        "happened": "StatusTime",
    },
    statuses=STATUSES,
    code_system="plivo",
    no_code=("000", "0"),
    times={"submit": Time(lenient=True), "happened": Time(lenient=True)},
    empty=("None", "null"),
    international=True,
    ignored=("Type", "PartInfo", "QueuedTime", "SentTime", "DeliveryReportTime"),
    prepare=_prepared,
)
_ROW: Final = Payload(
    needs=("message_uuid", "message_state", "message_direction=outbound"),
    kind="row",
    columns={
        "message_id": "message_uuid",
        "recipient": "to_number",
        "sender": "from_number",
        "status": "message_state",
        "code": "error_code",
        "mcc": "mcc",
        "mnc": "mnc",
        "parts": "units",
        "submit": "message_time",
        "happened": ("delivery_report_time", "message_updated_time"),
        "campaign": "powerpack_id",
    },
    statuses=STATUSES,
    code_system="plivo",
    no_code=("000", "0"),
    times={"happened": Time(lenient=True)},
    empty=("None", "null"),
    international=True,
    ignored=("message_type", "resource_uri", "message_direction"),
)
_INCOMING: Final = tuple(
    Payload(needs=needs, kind="skip") for needs in (("MessageUUID", "Text", "From", "!Status"), ("message_uuid", "message_direction=inbound"))
)

FORMAT: Final = engine.make(
    Description(name="plivo", title="Plivo: status callbacks and messages", payloads=(*_INCOMING, _CALLBACK, _ROW), parts="one")
)
