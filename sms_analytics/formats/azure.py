"""Azure Communication Services: SMS delivery reports as Event Grid events.

Producer:  Azure Communication Services through Event Grid (schema of Event Grid or CloudEvents), logged by a webhook, a function, a queue or a blob:
           JSON, one event or one array a line, or the bare `data`.
Holds:     receipts; only final states are reported, and only for messages sent with enableDeliveryReport.
Clock:     receivedTimestamp (ISO 8601, UTC) is when Azure received the report; eventTime, or time, of the envelope when Event Grid got it.
Ids:       messageId.
Parts:     one receipt for the whole message; the segments of the last delivery attempt = number of parts.
Columns:   messageId = message_id; to = recipient; from = sender; tag = client_ref; deliveryStatus = status; deliveryStatusDetails = detail; the number in
           it, or a sentence of Azure's list = code_raw; receivedTimestamp = the operator's time. Delivery attempts and the rest = extra.
Statuses:  Delivered; Failed = undelivered. Code 5002 makes it no_report: the operator sends no reports and Azure gave up waiting; 4007 (opted out) makes
           it stopped.
Codes:     the numbers in deliveryStatusDetails are `azure` codes ("4006", "ErrorCode: 5002. ErrorMessage: Message Delivery Timeout").
Traps:     **a Failed with 5002 is no failure**: the message may well have arrived. Keys are written MessageId or messageId, by the schema's age. Numbers
           lack their plus sign at times. Event Grid repeats an event until it is answered with 2xx.
Missing:   operator, country, submission; other words than Delivered and Failed are not documented and count as unrecognised. Incoming messages are
           skipped. The resource stands in the envelope's topic only and is not read: use --account.
Sample:    [{"eventType":"Microsoft.Communication.SMSDeliveryReportReceived","eventTime":"2026-03-18T08:14:07Z","data":{"messageId":"Outgoing_1","to":"+4740000001","deliveryStatus":"Delivered"}}]
"""

import re
from typing import Final

from sms_analytics.events import codes
from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Time, Words

STATUSES: Final[Words] = {"Delivered": "delivered", "Failed": "undelivered"}

_NUMBER: Final = re.compile(r"(?<!\d)\d{4}(?!\d)")
_SENTENCES: Final = frozenset(name.lower() for name in codes.table().filter(code_system="azure")["name"].drop_nulls())


#: One of these is in each report; others have an id and a status by these names too.
_NOBODY_ELSES: Final = ("receivedTimestamp", "deliveryStatusDetails", "deliveryAttempts.0.timestamp")


def _report(written: str) -> Payload:
    """A report whose keys are written in this way: `camel` or `Pascal`."""

    def key(name: str) -> str:
        return name if written == "camel" else name[0].upper() + name[1:]

    def prepare(fields: Fields) -> Fields:
        details = fields.get(key("deliveryStatusDetails"), "").strip()
        number = _NUMBER.search(details)
        code = number[0] if number else details.rstrip(".") if details.rstrip(".").lower() in _SENTENCES else None
        attempts = [path for path in fields if path.startswith(f"{key('deliveryAttempts')}.") and path.endswith(key("segmentsSucceeded"))]
        found = {"code": code} if code else {}
        return fields | found | _segments(fields, attempts[-1:])

    return Payload(
        needs=(key("messageId"), key("deliveryStatus"), "|".join(map(key, _NOBODY_ELSES))),
        columns={
            "message_id": key("messageId"),
            "recipient": key("to"),
            "sender": key("from"),
            "client_ref": ("tag", "Tag"),
            "parts": "segments",
            "status": key("deliveryStatus"),
            "detail": key("deliveryStatusDetails"),
            "code": "code",
            "happened": key("receivedTimestamp"),
        },
        statuses=STATUSES,
        code_system="azure",
        times={"happened": Time(zone="UTC")},
        international=True,
        prepare=prepare,
    )


def _segments(fields: Fields, succeeded: list[str]) -> Fields:
    """The number of parts that the last attempt tells."""
    for path in succeeded:
        counts = (fields[path], fields.get(path.replace("Succeeded", "Failed"), "0"))
        if all(count.isdecimal() for count in counts):
            return {"segments": str(sum(map(int, counts)))}
    return {}


FORMAT: Final = engine.make(
    Description(
        name="azure",
        title="Azure Communication Services: SMS delivery reports",
        payloads=(
            *(
                Payload(needs=(key, text, time), kind="skip")
                for key, text, time in (("messageId", "message", "receivedTimestamp"), ("MessageId", "Message", "ReceivedTimestamp"))
            ),
            _report("camel"),
            _report("Pascal"),
        ),
        parts="one",
    )
)
