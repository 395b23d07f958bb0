"""MessageBird and Bird: status reports, message rows of the REST API, outbound events of Bird's channels.

Producer:  MessageBird, logged by whoever received its status reports (GET lines of a web server, form bodies, JSON) or fetched `GET /messages`; Bird, by
           webhook (`sms.outbound`) or `GET .../messages`.
Holds:     receipts (reports, events) and, in message rows, the submission with each recipient's last status.
Clock:     statusDatetime and createdDatetime are ISO 8601 with an offset; lastStatusAt and updatedAt of Bird too. In a query the plus sign of the offset
           may stand unencoded and arrive as a blank: it is put back.
Ids:       MessageBird gives one id to all recipients of a call, so id and recipient together name a message. Bird's id is the message's
           own.
Parts:     one receipt for the whole message; messagePartCount = number of parts.
Columns:   id and recipient = message_id; recipient = recipient; originator = sender; reference = client_ref; mccmnc, or mcc and mnc = mccmnc;
           recipientOperator = operator; status = status; statusReason, reason = detail; statusErrorCode, failure.source.code, else the words of
           statusReason, details = code_raw; createdDatetime, createdAt = hand-over. Prices, failure.code and the rest = extra.
Statuses:  scheduled; sent = submitted; buffered; delivered; expired; delivery_failed = undelivered. Bird: accepted, processing = queued; rejected,
           sending_failed = rejected by the gateway.
Codes:     both kinds are `messagebird` codes: numbers much like the network's MAP ones, and the reasons in words where there is no number. "DLR not
           received" makes it no_report, "opted out" stopped.
Traps:     **reports are sent only for messages that carried a reference**: the silence of others means nothing (give such messages a feed of their own).
           Bird's "expired" is a message that it never handed over. 12 is "call barred" here, not MAP's 12.
Missing:   Bird messages without their event's name do not say which channel they went by and are read as SMS. recipientCountry is a name and kept in extra.
           Codes above 100 are kept and not interpreted. Incoming messages and other channels are skipped. Text is masked.
Sample:    id=efa6405d518d4c0c88cce11f7db775fb&reference=5512&recipient=4740000001&status=delivered&statusDatetime=2026-03-18T08:14:06%2B00:00
"""

import re
from dataclasses import replace
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Words

STATUSES: Final[Words] = {
    "scheduled": Says("scheduled", said_by="gateway"),
    "accepted": Says("queued", said_by="gateway"),
    "processing": Says("queued", said_by="gateway"),
    "sent": Says("submitted", said_by="gateway"),
    "buffered": "buffered",
    "delivered": "delivered",
    "expired": "expired",
    "delivery_failed": "undelivered",
    "sending_failed": Says("rejected", said_by="gateway"),
    "rejected": Says("rejected", said_by="gateway"),
}

_LOST_PLUS: Final = re.compile(r"(?<=:\d\d) (?=\d\d:?\d\d$)")
_NO_REPORT: Final = "dlr not received"
#: Reasons that go with success: no codes.
_NOTHING: Final = ("successfully delivered", "pending dlr", "message sent", "delivered", "sent")
_FAILED: Final = ("delivery_failed", "sending_failed", "expired", "rejected", "buffered")


def _with_why(fields: Fields, *, status: str, reasons: tuple[str, ...], number: str) -> Fields:
    """The reason in words where the code is looked for, unless there is a number; a missing report is told in words only."""
    words = [fields[path].replace("_", " ").strip().lower() for path in reasons if path in fields]
    if fields.get(status, "").lower() not in _FAILED:
        return fields
    if any(_NO_REPORT in one for one in words):
        return {path: text for path, text in fields.items() if path != number} | {"why": _NO_REPORT}
    short = next((one for one in words if one not in _NOTHING and ":" not in one), None)
    return fields if short is None or fields.get(number, "0") != "0" else fields | {"why": short}


def _report_fields(fields: Fields) -> Fields:
    fields = fields | {path: _LOST_PLUS.sub("+", fields[path]) for path in ("statusDatetime",) if path in fields}
    return _with_why(fields, status="status", reasons=("statusReason",), number="statusErrorCode")


_ITEM: Final = "recipients.items."


def _row_fields(fields: Fields) -> Fields:
    return _with_why(fields, status=f"{_ITEM}status", reasons=(f"{_ITEM}statusReason",), number=f"{_ITEM}statusErrorCode")


def _columns(at: str) -> dict[str, str | tuple[str, ...]]:
    """What reports and rows have in common; `at` is where a recipient's own keys stand."""
    return {
        "message_id": "id",
        "recipient": f"{at}recipient",
        "client_ref": "reference",
        "sender": "originator",
        "mccmnc": f"{at}mccmnc",
        "mcc": f"{at}mcc",
        "mnc": f"{at}mnc",
        "operator": f"{at}recipientOperator",
        "parts": f"{at}messagePartCount",
        "status": f"{at}status",
        "detail": f"{at}statusReason",
        "code": (f"{at}statusErrorCode", "why"),
        "happened": f"{at}statusDatetime",
    }


_REPORT: Final = Payload(
    needs=("id", "recipient", "status", "statusDatetime"),
    columns=_columns(""),
    statuses=STATUSES,
    code_system="messagebird",
    no_code=("0",),
    international=True,
    id_per_recipient=True,
    prepare=_report_fields,
)
_ROW: Final = Payload(
    needs=("id", "originator", f"{_ITEM}0.recipient", f"{_ITEM}0.status", "direction=mt"),
    kind="row",
    columns=_columns(_ITEM) | {"submit": "createdDatetime", "scheduled": "scheduledDatetime"},
    statuses=STATUSES,
    code_system="messagebird",
    no_code=("0",),
    international=True,
    id_per_recipient=True,
    each=("recipients.items",),
    ignored=(
        "href",
        "direction",
        "type",
        "datacoding",
        "mclass",
        *(f"recipients.total{name}Count" for name in ("", "Sent", "Delivered", "DeliveryFailed")),
    ),
    prepare=_row_fields,
)


def _bird(at: str, *needs: str) -> Payload:
    """An outbound message of Bird's; `at` is where it stands in its event."""

    def prepare(fields: Fields) -> Fields:
        return _with_why(fields, status=f"{at}status", reasons=(f"{at}details", f"{at}reason"), number=f"{at}failure.source.code")

    return Payload(
        needs=(f"{at}id", f"{at}status", f"{at}channelId", *needs),
        columns={
            "message_id": f"{at}id",
            "recipient": f"{at}receiver.contacts.0.identifierValue",
            "sender": f"{at}sender.connector.identifierValue",
            "client_ref": f"{at}reference",
            "campaign": f"{at}batchId",
            "status": f"{at}status",
            "detail": f"{at}reason",
            "code": (f"{at}failure.source.code", "why"),
            "happened": (f"{at}lastStatusAt", f"{at}updatedAt"),
            "submit": f"{at}createdAt",
        },
        statuses=STATUSES,
        code_system="messagebird",
        no_code=("0",),
        hidden=(f"{at}body.text.text",),
        ignored=(
            "service",
            f"{at}direction",
            f"{at}body.type",
            f"{at}details",
            f"{at}receiver.contacts.0.identifierKey",
            f"{at}receiver.contacts.0.id",
        ),
        prepare=prepare,
    )


FORMAT: Final = engine.make(
    Description(
        name="messagebird",
        title="MessageBird and Bird: status reports, message rows, outbound events",
        kept=(
            "payload.sender.connector.id",
            "payload.receiver.contacts.countryCode",
            "payload.parts.platformReference",
            "payload.failure.source.name",
            "sender.connector.id",
            "receiver.contacts.countryCode",
            "parts.platformReference",
            "recipientCountry",
            "price[currency]",
            "recipients.items.recipientCountry",
            "recipients.items.price.currency",
        ),
        payloads=(
            Payload(needs=("id", "originator", "direction=mo"), kind="skip"),
            Payload(needs=("id", "originator", "recipient", "createdDatetime", "!status"), kind="skip"),
            Payload(needs=("payload.id", "payload.channelId", r"event~(?i)^(?!sms\.outbound)"), kind="skip"),
            Payload(needs=("id", "channelId", "direction=incoming"), kind="skip"),
            _REPORT,
            replace(_REPORT, needs=("id", "recipient", "status", "reference"), general=True),
            _ROW,
            _bird("payload.", r"event~(?i)^sms\.outbound"),
            _bird("", "direction=outgoing"),
        ),
        parts="one",
    )
)
