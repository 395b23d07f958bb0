"""SMS Gateway for Android (sms-gate.app): webhooks, messages as its API lists them.

Producer:  the app on a phone, logged by whoever received its webhooks (JSON), and answers of `GET /messages` (JSON).
Holds:     receipts; the messages of the API are receipts with each recipient's last state.
Clock:     sentAt, deliveredAt, failedAt with the phone's own offset; of the API's messages states.Sent and so on.
Ids:       payload.messageId, in the API id: several recipients share it, so the recipient belongs to it.
Parts:     the app does not tell parts apart.
Columns:   payload.messageId, id = message_id; payload.phoneNumber or recipient, recipients.phoneNumber = recipient; payload.sender; deviceId = account; event, state = status;
           payload.reason, recipients.error = detail; the rest (simNumber) = extra.
Statuses:  sms:sent, Sent (the phone handed it to its network) = submitted; sms:delivered, Delivered; sms:failed, Failed = undelivered; Pending, Processed = queued.
Codes:     none: the reason is a text of the phone's.
Traps:     `failed` may be the phone that could not send, or the network that could not deliver: it does not say which.
Missing:   operator, sender and the reason as a code. Incoming messages (sms:received), MMS and pings are skipped.
Sample:    {"deviceId":"ffffffffceb0b1db0000018e937c815b","event":"sms:delivered","id":"Ey6ECgOkVVFjz3CL48B8C","payload":{"messageId":"abc123","phoneNumber":"+4740000001","simNumber":1,"deliveredAt":"2026-03-18T09:14:06.000+01:00"},"webhookId":"w1"}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Words

EVENTS: Final[Words] = {
    "sms:sent": Says("submitted", said_by="gateway"),
    "sms:delivered": "delivered",
    "sms:failed": "undelivered",
}
STATES: Final[Words] = {
    "Pending": Says("queued", said_by="gateway"),
    "Processed": Says("queued", said_by="gateway"),
    "Sent": Says("submitted", said_by="gateway"),
    "Delivered": "delivered",
    "Failed": "undelivered",
}


def _state_time(fields: Fields) -> Fields:
    """The time of the recipient's own state, which the message keeps for each state."""
    time = fields.get(f"states.{fields.get('recipients.state', '')}")
    return fields | {"time": time} if time else fields


FORMAT: Final = engine.make(
    Description(
        name="android_sms_gateway",
        title="SMS Gateway for Android: webhooks, messages",
        payloads=(
            Payload(needs=("deviceId", "event~^(sms:(data-)?received|mms:|system:)", "webhookId|payload"), kind="skip"),
            Payload(
                needs=("event~^sms:(sent|delivered|failed)$", "payload.messageId"),
                columns={
                    "message_id": "payload.messageId",
                    "recipient": ("payload.recipient", "payload.phoneNumber"),
                    "sender": "payload.sender",
                    "account": "deviceId",
                    "status": "event",
                    "detail": "payload.reason",
                    "happened": ("payload.deliveredAt", "payload.failedAt", "payload.sentAt"),
                },
                statuses=EVENTS,
                id_per_recipient=True,
                ignored=("webhookId", "payload.phoneNumber"),
            ),
            Payload(
                needs=("id", "state~^(Pending|Processed|Sent|Delivered|Failed)$", "recipients.0.phoneNumber", "recipients.0.state"),
                columns={
                    "message_id": "id",
                    "recipient": "recipients.phoneNumber",
                    "account": "deviceId",
                    "status": "recipients.state",
                    "detail": "recipients.error",
                    "happened": "time",
                },
                statuses=STATES,
                id_per_recipient=True,
                each=("recipients",),
                ignored=("state", "isHashed", "isEncrypted", *(f"states.{state}" for state in STATES)),
                prepare=_state_time,
            ),
        ),
        parts="one",
    )
)
