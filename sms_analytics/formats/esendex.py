"""Esendex (Europe and Australia): push notifications.

Producer:  Esendex, logged by whoever received its push notifications: XML documents, one a notification.
Holds:     receipts.
Clock:     OccurredAt, UTC.
Ids:       MessageId (a UUID).
Parts:     one notification for the whole message.
Columns:   MessageId = message_id; AccountId = account; OccurredAt = time of the status; Id (the notification's own) = extra.
Statuses:  the name of the document is the status: MessageDelivered = delivered, MessageFailed = undelivered.
Codes:     none.
Traps:     the two notifications have the same fields and differ by the document's name alone. What is not answered with 200 comes again for 72 hours.
Missing:   recipient, operator and why a message failed. Incoming messages and other events are skipped.
Sample:    <MessageDelivered><Id>...</Id><MessageId>...</MessageId><AccountId>...</AccountId><OccurredAt>2026-03-18T08:14:06</OccurredAt></MessageDelivered>
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Time

FORMAT: Final = engine.make(
    Description(
        name="esendex",
        title="Esendex: push notifications",
        payloads=(
            Payload(needs=("name()=InboundMessage|OptOut", "AccountId", "Id"), kind="skip"),
            Payload(
                needs=("name()=MessageDelivered|MessageFailed", "MessageId", "AccountId", "OccurredAt"),
                columns={"message_id": "MessageId", "account": "AccountId", "status": "name()", "happened": "OccurredAt"},
                statuses={"MessageDelivered": "delivered", "MessageFailed": "undelivered"},
                times={"happened": Time(zone="UTC")},
            ),
        ),
        parts="one",
        containers=("xml",),
    )
)
