"""Routee (AMD Telecom): SMS delivery reports, tracking rows.

Producer:  Routee, logged by whoever received its callbacks (JSON), and the answers of `GET /sms/tracking` (JSON, `content`).
Holds:     receipts.
Clock:     status.updatedDate, in tracking rows status.date: ISO 8601, UTC.
Ids:       messageId (the tracking id of the submission), the same for all parts; smsId is the part's own and kept in extra.
Parts:     one report per part: part and parts.
Columns:   messageId = message_id; part = part_no; parts = parts; to = recipient; from = sender; country, operator; campaignTrackingId = campaign; label =
           client_ref; status.name = status; status.reason.detailedStatus = code_raw; status.reason.description = detail; the rest (latency, price) = extra.
Statuses:  Queued; Sent = submitted; Delivered; Undelivered; Failed, Unsent = rejected; Scheduled; Canceled = stopped.
Codes:     the detailed status is a word of `routee`; Expired makes it expired.
Traps:     `country` and `operator` are the recipient's. Infobip's reports have messageId and status too, but not status.updatedDate.
Missing:   network codes. Incoming messages (direction Inbound) and summaries of campaigns are skipped.
Sample:    {"messageId":"0b6e1ee0-0000-0000-0000-000000000001","smsId":"s1","part":1,"parts":1,"to":"+4740000001","from":"Klinikken","country":"NO","status":{"name":"Delivered","updatedDate":"2026-03-18T08:14:06Z"}}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words

STATUSES: Final[Words] = {
    "Queued": Says("queued", said_by="gateway"),
    "Scheduled": Says("scheduled", said_by="gateway"),
    "Sent": Says("submitted", said_by="gateway"),
    "Delivered": "delivered",
    "Undelivered": "undelivered",
    "Failed": Says("rejected", said_by="gateway"),
    "Unsent": Says("rejected", said_by="gateway"),
    "Canceled": Says("stopped", reason="cancelled", said_by="gateway"),
}


def _report(word: str, time: str) -> Payload:
    """A report; `word` and `time` are where the status and its time stand."""
    return Payload(
        needs=("messageId", "smsId", word, time, "to"),
        columns={
            "message_id": "messageId",
            "part_no": "part",
            "parts": "parts",
            "recipient": "to",
            "sender": "from",
            "country": "country",
            "operator": "operator",
            "campaign": "campaignTrackingId",
            "client_ref": "label",
            "status": word,
            "code": "status.reason.detailedStatus",
            "detail": "status.reason.description",
            "happened": time,
        },
        statuses=STATUSES,
        code_system="routee",
        code_refines=True,
        no_code=("Sent", "Delivered", "Undelivered", "Failed", "Queued"),
        times={"happened": Time(zone="UTC")},
        ignored=("direction",),
    )


FORMAT: Final = engine.make(
    Description(
        name="routee",
        title="Routee: SMS delivery reports",
        payloads=(
            Payload(needs=("messageId", "direction~(?i)^inbound$", "originatingService|applicationName|validityPeriod"), kind="skip"),
            Payload(needs=("trackingId", "campaignStatus", "totalRecipients"), kind="skip"),
            _report("status.name", "status.updatedDate"),
            _report("status.status", "status.date"),
        ),
        parts="each",
    )
)
