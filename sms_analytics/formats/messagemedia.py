"""MessageMedia (Sinch MessageMedia, formerly Sinch Engage): delivery reports, answers to submissions.

Producer:  MessageMedia, logged by whoever received its webhooks (JSON), and the answers of `GET /delivery_reports` and `POST /messages`.
Holds:     receipts (reports) and submissions (answers).
Clock:     date_received: when the report was made; UTC. submitted_date is kept in extra.
Ids:       message_id (a UUID).
Parts:     one report for the whole message.
Columns:   message_id = message_id; source_number (the phone that the report is about), in answers destination_number = recipient; source_number of answers =
           sender; vendor_account_id.account_id = account; status = status; delivery_report_id, metadata, status_code and the rest = extra.
Statuses:  queued, processed = queued; scheduled; held = awaiting_approval; submitted, enroute = submitted; delivered; expired; rejected; undeliverable =
           undelivered; failed = rejected; cancelled = stopped.
Codes:     none; status_code is kept in extra.
Traps:     source_number is the sender of a message, but the recipient in its report. A webhook whose template the customer has changed has other keys.
Missing:   operator, and why a message failed. Replies and formats other than SMS are skipped.
Sample:    {"delivery_report_id":"01e1fa0a-6e27-4945-9cdb-18644b4de043","message_id":"877c19ef-fa2e-4cec-827a-e1df9b5509f7","status":"delivered","source_number":"+4740000001","date_received":"2026-03-18T08:14:06.642Z"}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words

STATUSES: Final[Words] = {
    "queued": Says("queued", said_by="gateway"),
    "processing": Says("queued", said_by="gateway"),
    "processed": Says("queued", said_by="gateway"),
    "scheduled": Says("scheduled", said_by="gateway"),
    "held": Says("awaiting_approval", said_by="gateway"),
    "submitted": Says("submitted", said_by="gateway"),
    "enroute": "submitted",
    "delivered": "delivered",
    "expired": "expired",
    "rejected": "rejected",
    "undeliverable": "undelivered",
    "failed": Says("rejected", said_by="gateway"),
    "cancelled": Says("stopped", reason="cancelled", said_by="gateway"),
}

FORMAT: Final = engine.make(
    Description(
        name="messagemedia",
        title="MessageMedia: delivery reports, answers to submissions",
        payloads=(
            Payload(needs=("reply_id", "message_id"), kind="skip"),
            Payload(needs=("message_id", "destination_number", "format~(?i)^(?!sms$)"), kind="skip"),
            Payload(
                needs=("delivery_report_id", "message_id", "status"),
                columns={
                    "message_id": "message_id",
                    "recipient": "source_number",
                    "account": "vendor_account_id.account_id",
                    "status": "status",
                    "happened": "date_received",
                },
                statuses=STATUSES,
                times={"happened": Time(zone="UTC")},
                hidden=("original_text",),
                ignored=("callback_url", "delay", "vendor_account_id.vendor_id"),
            ),
            Payload(
                needs=("message_id", "destination_number", "format~(?i)^sms$", "status"),
                kind="submission",
                columns={
                    "message_id": "message_id",
                    "recipient": "destination_number",
                    "sender": "source_number",
                    "status": "status",
                    "scheduled": "scheduled",
                },
                statuses=STATUSES,
                ignored=("callback_url", "format", "source_number_type", "media", "subject"),
            ),
        ),
        parts="one",
    )
)
