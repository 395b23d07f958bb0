"""IP1 (Sweden): delivery reports.

Producer:  IP1, logged by whoever received its reports: JSON one a line or in lists, JSON of one's own program around it.
Holds:     receipts.
Clock:     `created` (ISO 8601) is when the status changed; the line's time is when the report came.
Ids:       messageId (`id` in newer documents); batchId stands for all messages of a call.
Parts:     one receipt for the whole message; segments = number of parts.
Columns:   messageId, id = message_id; batchId = campaign; recipient = recipient; code = code_raw; created = the operator's time; reference = client_ref;
           segments = parts; the rest = extra: duration (1: nothing more will come), price and currency (what the message cost, no premium price).
Statuses:  by the code: 101, 102, 103, 110, 111, 114 = queued (111 and 114: at the next gateway); 112, 113 = submitted (operator, network); 201 = delivered;
           202 = expired and 203 = stopped (cancelled), though IP1 counts both as successes; 4xx = rejected; 5xx = undelivered; 104 (refunded) = unknown.
Codes:     `code` is an `ip1` code. IP1 adds codes to its blocks, so one without a row of its own in the blocks 1, 4 and 5 is read as its block says.
Traps:     recipient has no plus sign. Reports are repeated every 10 minutes up to 10 times until they are answered with 200. The names of the keys are
           taken in any letter case.
Missing:   operator and sender, and what the codes 5xx mean each. IP1 waits up to 72 hours for a phone that is off, which is this format's horizon. Reports
           of e-mails are skipped. Texts and keys are masked.
Sample:    {"messageId":"5c613848879973045cf39ac4","batchId":"5c613848879973045cf39ac3","recipient":"4740000001","code":201,"created":"2026-03-18T08:14:07Z"}
"""

from datetime import timedelta
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words
from sms_analytics.vocabulary import SaidBy

_CANCELLED: Final[Words] = {"203": Says("stopped", reason="cancelled", said_by="gateway")}
_CODE: Final = r"code~^\d{3}$"
#: Which fields make a report known, since some are optional.
_KNOWN_BY: Final = (
    ("messageId", "batchId", _CODE),
    ("messageId", "recipient", _CODE),
    ("messageId", "duration", _CODE),
    ("id", "batchId", "recipient", _CODE),
)


def _report(needs: tuple[str, ...], said_by: SaidBy | None) -> Payload:
    return Payload(
        needs=needs,
        columns={
            "message_id": ("messageId", "id"),
            "campaign": "batchId",
            "recipient": "recipient",
            "client_ref": "reference",
            "code": "code",
            "parts": "segments",
            "happened": "created",
        },
        code_system="ip1",
        codes=_CANCELLED,
        said_by=said_by,
        international=True,
    )


#: In the blocks 1 and 4 it is IP1 that speaks.
_BY_IP1: Final = tuple(_report((*needs, "code~^[14]"), "gateway") for needs in _KNOWN_BY)
_BY_OPERATOR: Final = tuple(_report(needs, None) for needs in _KNOWN_BY)
_EMAIL: Final = Payload(needs=("messageId", "emailId"), kind="skip")

FORMAT: Final = engine.make(
    Description(
        name="ip1",
        title="IP1: delivery reports",
        kept=("currency", "owner", "region"),
        payloads=(_EMAIL, *_BY_IP1, *_BY_OPERATOR),
        parts="one",
        any_case=True,
        validity=timedelta(hours=72),
    )
)
