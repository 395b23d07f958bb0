"""Telnyx Messaging: messaging events, and messages as the API answers them.

Producer:  Telnyx, logged by whoever received its webhooks: JSON one a line (`data.event_type`, `data.payload`), JSON of one's own program around it; answers
           of `POST /v2/messages` and `GET /v2/messages/ID`.
Holds:     receipts (message.sent, message.finalized) and, in the API's answers, the submission with the message's last status.
Clock:     completed_at, else occurred_at of the event (ISO 8601 with offset); received_at, else sent_at, is when the message was handed over.
Ids:       data.payload.id; data.id is only the event's.
Parts:     one receipt for the whole message; parts = number of parts.
Columns:   payload.id = message_id; to.phone_number = recipient; to.status = status; to.carrier = operator; from.phone_number (or alphanumeric) = sender;
           errors.0.code = code_raw; errors.0.title = detail; messaging_profile_id = account; parts = parts; the rest = extra: cost (what the message
           cost), line_type, meta.attempt (above 1 the webhook came again) among it.
Statuses:  queued, sending = queued; scheduled; sent = submitted; delivered; delivery_failed = undelivered; sending_failed = rejected by Telnyx; expired;
           cancelled = stopped; delivery_unconfirmed = no_report: the operator never said.
Codes:     errors.0.code is a `telnyx` code; further errors are in extra.
Traps:     the same event comes up to three times per URL and then to the failover URL. An event names its type and its status: the status decides. The
           recipients of a group message share its id, so they count as one message.
Missing:   codes that Telnyx added later are kept without a reason. message.received and the API's inbound messages are skipped. `text` and keys are masked.
Sample:    {"data":{"event_type":"message.finalized","payload":{"id":"4031","to":[{"phone_number":"+4740000001","status":"delivered"}],"parts":1}}}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words

STATUSES: Final[Words] = {
    "scheduled": Says("scheduled", said_by="gateway"),
    "queued": Says("queued", said_by="gateway"),
    "sending": Says("queued", said_by="gateway"),
    "sent": Says("submitted", said_by="gateway"),
    "delivered": "delivered",
    "delivery_failed": "undelivered",
    "sending_failed": Says("rejected", said_by="gateway"),
    "expired": "expired",
    "cancelled": Says("stopped", reason="cancelled", said_by="gateway"),
    "delivery_unconfirmed": Says("no_report", said_by="gateway"),
}


def _columns(at: str) -> dict[str, str | tuple[str, ...]]:
    return {
        "message_id": f"{at}id",
        "recipient": f"{at}to.phone_number",
        "status": f"{at}to.status",
        "operator": f"{at}to.carrier",
        "sender": (f"{at}from.phone_number", f"{at}from.sender_id", f"{at}from"),
        "code": f"{at}errors.0.code",
        "detail": (f"{at}errors.0.title", f"{at}errors.0.detail"),
        "account": f"{at}messaging_profile_id",
        "parts": f"{at}parts",
        "submit": (f"{at}received_at", f"{at}sent_at"),
        "scheduled": f"{at}send_at",
    }


def _ignored(at: str) -> tuple[str, ...]:
    return (f"{at}record_type", f"{at}direction", f"{at}type", f"{at}encoding", f"{at}webhook_url", f"{at}webhook_failover_url", f"{at}sent_at")


_AT: Final = "data.payload."
_EVENT: Final = Payload(
    needs=("data.event_type~^message\\.", f"{_AT}id", f"{_AT}to.0.status"),
    columns=_columns(_AT) | {"happened": (f"{_AT}completed_at", "data.occurred_at")},
    statuses=STATUSES,
    code_system="telnyx",
    times={"submit": Time(lenient=True)},
    each=(f"{_AT}to",),
    ignored=("data.id", "data.record_type", "meta.delivered_to", *_ignored(_AT)),
)
_MESSAGE: Final = Payload(
    needs=("id", "record_type=message", "direction=outbound", "to.0.status"),
    kind="row",
    columns=_columns("") | {"happened": ("completed_at", "sent_at")},
    statuses=STATUSES,
    code_system="telnyx",
    times={"happened": Time(lenient=True)},
    each=("to",),
    ignored=_ignored(""),
)
_INCOMING: Final = tuple(
    Payload(needs=needs, kind="skip")
    for needs in (("data.event_type=message.received", f"{_AT}id"), ("id", "record_type=message", "direction=inbound", "to.0.status"))
)

_KEPT: Final = ("cost.currency", "from.carrier", "from.line_type", "organization_id", "to.line_type")

FORMAT: Final = engine.make(
    Description(
        name="telnyx",
        title="Telnyx: messaging events and messages",
        kept=("data.region", *(f"{at}{path}" for at in (_AT, "") for path in _KEPT)),
        payloads=(*_INCOMING, _EVENT, _MESSAGE),
        parts="one",
    )
)
