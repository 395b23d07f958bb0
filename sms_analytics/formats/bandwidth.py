"""Bandwidth (messaging API): webhooks.

Producer:  Bandwidth, logged by whoever received its webhooks: JSON arrays of events.
Holds:     receipts, with the time at which the message was made.
Clock:     time, ISO 8601, UTC; message.time is the message's own.
Ids:       message.id.
Parts:     one event for the whole message; message.segmentCount = parts.
Columns:   message.id = message_id; to = recipient; message.from = sender; message.applicationId = account; message.tag = client_ref; message.segmentCount =
           parts; type = status; errorCode = code_raw; description = detail; the rest (carrierName) = extra.
Statuses:  message-sending = submitted; message-delivered = delivered; message-failed = undelivered, or what its code says.
Codes:     errorCode is a `bandwidth` code. 41xx to 44xx are Bandwidth's own refusals, 47xx the operator's; 9902: no receipt came in time.
Traps:     `delivered` is what the operator reports, and American operators mostly report that their own gateway took the message. Events may come twice.
Missing:   the recipient's operator as a code. Incoming messages, MMS (message.media) and other channels (message.channel) are skipped.
Sample:    [{"type":"message-delivered","time":"2026-03-18T08:14:06Z","description":"ok","to":"+4740000001","message":{"id":"14762070468292kw2fuqty55yp2b2","owner":"+15550000001","direction":"out","segmentCount":1}}]
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

STATUSES: Final[Words] = {
    "message-sending": Says("submitted", said_by="gateway"),
    "message-delivered": "delivered",
    "message-failed": "undelivered",
}
_OWN: Final = ("message.id", "message.owner", "message.direction")

FORMAT: Final = engine.make(
    Description(
        name="bandwidth",
        title="Bandwidth: webhooks of the messaging API",
        payloads=(
            Payload(needs=(*_OWN, "message.direction=in"), kind="skip"),
            Payload(needs=(*_OWN, "message.media.0"), kind="skip"),
            Payload(needs=(*_OWN, "message.channel~(?i)^(?!sms$)"), kind="skip"),
            Payload(
                needs=(*_OWN, "type~^message-", "to"),
                columns={
                    "message_id": "message.id",
                    "recipient": "to",
                    "sender": "message.from",
                    "account": "message.applicationId",
                    "client_ref": "message.tag",
                    "parts": "message.segmentCount",
                    "status": "type",
                    "code": "errorCode",
                    "detail": "description",
                    "submit": "message.time",
                    "happened": "time",
                },
                statuses=STATUSES,
                code_system="bandwidth",
                code_refines=True,
                no_code=("0",),
                ignored=("message.owner", "message.direction", "message.to.0", "message.channel"),
            ),
        ),
        parts="one",
    )
)
