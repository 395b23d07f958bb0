"""Sinch SMS (REST API): delivery reports per recipient and per batch, and batches as they were submitted.

Producer:  Sinch, logged by whoever received its callbacks: JSON one a line, JSON of one's own program around it; answers of the delivery report endpoints
           and of `POST /batches` (JSON, lists in `batches`).
Holds:     receipts; in batches the submissions, one per recipient.
Clock:     operator_status_at, else `at` (when Sinch made the report): ISO 8601, UTC. Reports on whole batches have neither: the line's time.
Ids:       batch_id stands for all recipients, so id and recipient together name a message.
Parts:     one receipt for the whole message; number_of_message_parts = number of parts.
Columns:   batch_id (in batches `id`) and recipient = message_id; recipient, `to` = recipient; operator = mccmnc (24201); client_reference = client_ref;
           applied_originator, from = sender; code = code_raw; status = status; created_at = when it was handed over; send_at = planned; the rest = extra.
Statuses:  Queued; Dispatched = submitted; Delivered; Expired; Failed, Deleted (by the operator) = undelivered; Rejected; Aborted = rejected by Sinch;
           Cancelled = stopped; Unknown = no_report: by Sinch's own words a final status, for messages that the operator took and no receipt came back for.
Codes:     `code` is a `sinch` code (400 and up), else the operator's as on Sinch's SMPP connections, `sinch_smpp`.
Traps:     Dispatched may be left out. Callbacks are repeated for almost a day until they are answered with 2xx. recipient has no plus sign.
Missing:   a batch report without recipients is a count, and is skipped; so are entries without them, and incoming messages. Which operator codes Sinch
           passes on is not public beyond the list of `sinch_smpp`. `body`, `parameters` and tokens are masked.
Sample:    {"type":"recipient_delivery_report_sms","batch_id":"01FC66","recipient":"4740000001","code":0,"status":"Delivered","at":"2026-03-18T08:14:07.245Z"}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Words

STATUSES: Final[Words] = {
    "Queued": Says("queued", said_by="gateway"),
    "Dispatched": Says("submitted", said_by="gateway"),
    "Delivered": "delivered",
    "Expired": "expired",
    "Failed": "undelivered",
    "Deleted": "undelivered",
    "Rejected": "rejected",
    "Aborted": Says("rejected", said_by="gateway"),
    "Cancelled": Says("stopped", reason="cancelled", said_by="gateway"),
    "Unknown": Says("no_report", said_by="gateway"),
}
_SYSTEMS: Final = ("sinch", "sinch_smpp")

_RECIPIENT: Final = Payload(
    needs=("batch_id", "recipient", "status"),
    columns={
        "message_id": "batch_id",
        "recipient": "recipient",
        "status": "status",
        "code": "code",
        "happened": ("operator_status_at", "at"),
        "mccmnc": "operator",
        "parts": "number_of_message_parts",
        "client_ref": "client_reference",
        "sender": "applied_originator",
    },
    statuses=STATUSES,
    code_system=_SYSTEMS,
    no_code=("0",),
    international=True,
    id_per_recipient=True,
    ignored=("type",),
)


def _with_recipient(fields: Fields) -> Fields | None:
    """Entries that count messages without naming them say nothing about any of them."""
    return fields if "statuses.recipients" in fields else None


_BATCH: Final = Payload(
    needs=("batch_id", "statuses.0.status"),
    columns={
        "message_id": "batch_id",
        "recipient": "statuses.recipients",
        "status": "statuses.status",
        "code": "statuses.code",
        "client_ref": "client_reference",
    },
    statuses=STATUSES,
    code_system=_SYSTEMS,
    no_code=("0",),
    international=True,
    id_per_recipient=True,
    each=("statuses", "statuses.recipients"),
    ignored=("type", "statuses.count", "total_message_count"),
    prepare=_with_recipient,
)
_SUBMITTED: Final = Payload(
    needs=("id", "type~^mt_", "to.0", "created_at"),
    kind="submission",
    columns={
        "message_id": "id",
        "recipient": "to",
        "sender": "from",
        "client_ref": "client_reference",
        "campaign": "campaign_id",
        "happened": "created_at",
        "scheduled": "send_at",
    },
    international=True,
    id_per_recipient=True,
    each=("to",),
    hidden=("parameters.*", "callback_url"),
    ignored=("type",),
)
_INCOMING: Final = Payload(needs=("id", "type~^mo_"), kind="skip")

FORMAT: Final = engine.make(
    Description(
        name="sinch",
        title="Sinch SMS: delivery reports per recipient and per batch, batches",
        kept=("encoding", "delivery_report"),
        payloads=(_INCOMING, _RECIPIENT, _BATCH, _SUBMITTED),
        parts="one",
    )
)
