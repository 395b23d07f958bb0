"""Twilio Programmable Messaging: status callbacks, rows of the REST API, bulk exports.

Producer:  Twilio, logged by whoever received its StatusCallback (form bodies one a line, JSON of one's own program, GET lines of a web server), the
           events of Event Streams (CloudEvents), answers of `GET /Messages.json`, BulkExport's JSON lines (gzip, one file per UTC day), and CSV with the same keys or the console's headers.
Holds:     receipts (callbacks) and, in REST rows and exports, the submission with the message's last status.
Clock:     a callback has no event time of its own: it was received at the line's time, else at its file's. RawDlrDoneDate (YYMMDDhhmm, passed on from
           the operator, its zone differs from operator to operator) is kept in extra. REST rows have RFC 2822 times, exports ISO 8601, both UTC; the
           console's times are read as UTC.
Ids:       MessageSid, in rows `sid` (SM or MM and 32 hexadecimal digits).
Parts:     one receipt for the whole message; rows have num_segments.
Columns:   MessageSid, sid = message_id; AccountSid = account, MessagingServiceSid = campaign, To = recipient, From = sender, ErrorCode = code_raw,
           ErrorMessage = detail, NumSegments = parts, Price = price (what the message cost, not a premium price: kept in extra); the rest = extra.
Statuses:  accepted, queued, sending = queued; scheduled; sent = submitted; delivered, read = delivered; undelivered; failed = rejected (by Twilio, before
           or at hand-over); canceled = stopped. An error 21610 (unsubscribed) makes it stopped.
Codes:     ErrorCode is a `twilio` code, on failed and undelivered messages.
Traps:     SmsStatus and SmsSid are older names that may lag behind MessageStatus and MessageSid, which win. There is no callback for the first status. A
           message may stay `sent` for ever where the operator reports nothing. Callbacks may come in any order and several times.
Missing:   the recipient's operator (MCC and MNC of event streams are the sender's). Incoming messages are skipped. Body and auth tokens are masked.
Sample:    MessageSid=SM0123456789abcdef0123456789abcdef&MessageStatus=delivered&To=%2B4740000001&From=Klinikken&AccountSid=AC0123456789abcdef
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Time, Words

#: Words of MessageStatus and of `status`. Until `sent` and on `failed` it is Twilio that speaks, then the operator.
STATUSES: Final[Words] = {
    "accepted": Says("queued", said_by="gateway"),
    "queued": Says("queued", said_by="gateway"),
    "sending": Says("queued", said_by="gateway"),
    "scheduled": Says("scheduled", said_by="gateway"),
    "sent": Says("submitted", said_by="gateway"),
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": Says("rejected", said_by="gateway"),
    "canceled": Says("stopped", reason="cancelled", said_by="gateway"),
}

_CALLBACK: Final = Payload(
    needs=("MessageSid", "MessageStatus"),
    columns={
        "message_id": "MessageSid",
        "status": "MessageStatus",
        "code": "ErrorCode",
        "detail": "ErrorMessage",
        "account": "AccountSid",
        "campaign": "MessagingServiceSid",
        "recipient": "To",
        "sender": "From",
        "parts": "NumSegments",
    },
    statuses=STATUSES,
    code_system="twilio",
    no_code=("0",),
    ignored=("SmsSid", "SmsStatus", "ApiVersion"),
)

_UTC: Final = Time(formats=("%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M:%S"), zone="UTC")

#: A message with its last status, as `GET /Messages.json` and the bulk export have it.
_ROW: Final = Payload(
    needs=("sid~^(SM|MM)", "status", "direction=outbound-api|outbound-call|outbound-reply"),
    kind="row",
    columns={
        "message_id": "sid",
        "status": "status",
        "code": "error_code",
        "detail": "error_message",
        "account": "account_sid",
        "campaign": "messaging_service_sid",
        "recipient": "to",
        "sender": "from",
        "parts": "num_segments",
        "submit": ("date_created", "date_sent"),
        "happened": "date_updated",
    },
    statuses=STATUSES,
    code_system="twilio",
    no_code=("0",),
    times={"submit": _UTC, "happened": _UTC},
    empty=("null",),
    ignored=("api_version", "uri", "subresource_uris.media", "subresource_uris.feedback"),
)

#: The same under the headers of the console's CSV.
_CONSOLE_ROW: Final = Payload(
    needs=("Sid~^(SM|MM)", "Status", "Direction=outbound-api|outbound-call|outbound-reply"),
    kind="row",
    columns={
        "message_id": "Sid",
        "status": "Status",
        "code": "ErrorCode",
        "account": "AccountSid",
        "recipient": "To",
        "sender": "From",
        "parts": "NumSegments",
        "submit": ("DateCreated", "SentDate"),
        "happened": "DateUpdated",
    },
    statuses=STATUSES,
    code_system="twilio",
    no_code=("0",),
    times={"submit": _UTC, "happened": _UTC},
)

_EVENT_TYPE: Final = "com.twilio.messaging.message."


def _event(fields: Fields) -> Fields:
    """The word at the end of the event's type where the data has none."""
    return fields | {"said": fields["type"].removeprefix(_EVENT_TYPE)}


#: An event of Event Streams, as CloudEvents write it.
_EVENT: Final = Payload(
    needs=(r"type~^com\.twilio\.messaging\.message\.", "data.messageSid"),
    columns={
        "message_id": "data.messageSid",
        "status": ("data.messageStatus", "said"),
        "code": "data.errorCode",
        "detail": "data.errorMessage",
        "account": "data.accountSid",
        "campaign": "data.messagingServiceSid",
        "recipient": "data.to",
        "sender": "data.from",
        "parts": "data.numSegments",
        "happened": ("data.timestamp", "time"),
    },
    statuses=STATUSES,
    code_system="twilio",
    no_code=("0",),
    times={"happened": _UTC},
    ignored=("specversion", "source", "id", "dataschema", "datacontenttype", "type", "said"),
    prepare=_event,
)

_INCOMING: Final = tuple(
    Payload(needs=needs, kind="skip")
    for needs in (
        (r"type~^com\.twilio\.messaging\.inbound", "data.messageSid"),
        ("sid", "direction=inbound"),
        ("Sid", "Direction=inbound"),
        ("MessageSid", "Body", "From", "To", "!MessageStatus"),
    )
)

FORMAT: Final = engine.make(
    Description(
        name="twilio",
        title="Twilio: status callbacks, REST rows and bulk exports",
        kept=("price_unit", "PriceUnit"),
        payloads=(*_INCOMING, _EVENT, _CALLBACK, _ROW, _CONSOLE_ROW),
        parts="one",
    )
)
