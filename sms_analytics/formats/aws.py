"""AWS (End User Messaging, Pinpoint, SNS): SMS events as they reach CloudWatch Logs, EventBridge, Firehose or a queue.

Producer:  AWS End User Messaging SMS (`TEXT_` events), Amazon Pinpoint event streams (`_SMS.` events) and SNS delivery logs; JSON, one event a line, one
           behind another (Firehose), or in envelopes: CloudWatch Logs (`logEvents`, `events`, exports with a time in front), EventBridge (`detail`), SNS
           and SQS notifications (`Message`).
           SNS' daily usage report as CSV is read too: a row is a part, its sentence the status.
Holds:     receipts, among them AWS' own words on the way to the operator.
Clock:     eventTimestamp, event_timestamp and messageRequestTimestamp are epochs in milliseconds (seconds are read too), so UTC. SNS names only when the
           message was published (UTC without saying so); its receipt is that much later as dwellTimeMsUntilDeviceAck, else dwellTimeMs says. The time of
           a CloudWatch envelope is when the event was logged.
Ids:       messageId, message_id, notification.messageId (UUIDs).
Parts:     one receipt for the whole message; totalMessageParts, number_of_message_parts, numberOfMessageParts = number of parts.
Columns:   destinationPhoneNumber, destination = recipient; originationPhoneNumber = sender; isoCountryCode = country; carrierName, phoneCarrier =
           operator; mcc and mnc = mccmnc; messageStatus, record_status, status = status; messageStatusDescription, providerResponse = detail; eventType,
           event_type = code_raw; awsAccountId = account; campaign_id = campaign. context, prices and fees (what the message cost) and the rest = extra.
Statuses:  QUEUED, PENDING, SENT = submitted; SUCCESSFUL (the operator took it) = accepted; DELIVERED; INVALID, INVALID_MESSAGE, BLOCKED, CARRIER_BLOCKED,
           SPAM, PROTECT_BLOCKED, MAX_PRICE_EXCEEDED = rejected; UNREACHABLE, CARRIER_UNREACHABLE = undelivered; TTL_EXPIRED = expired; OPTED_OUT =
           stopped; UNKNOWN (no final event within 72 hours) = no_report. Without one of these words the event's type decides (_SMS.OPTOUT =
           stopped). SNS: FAILURE = undelivered; SUCCESS = accepted, or delivered where the phone took the message.
Codes:     eventType is an `aws` code. Where AWS' sentence names another cause of failure than the status word, the sentence is the code and decides.
Traps:     **isFinal with SUCCESSFUL is no delivery**: in many countries nothing more comes, in some SUCCESSFUL and DELIVERED mean the same; both are told
           apart here. The last message may stay accepted for ever. `_SMS.FAILURE` stands beside UNKNOWN as well. SNS logs failures and a sampled share of
           the successes only (100 % must be set), and nothing of messages without an answer: they cannot show silence.
Missing:   voice and MMS events are skipped, and so are deliveries of SNS to anything but a number (push, queues, addresses). Firehose records that are packed in base64 must be unpacked first; answers of CloudWatch Logs Insights are
           read as JSON, not as CSV.
Sample:    {"eventType":"TEXT_DELIVERED","eventTimestamp":1773821647000,"isFinal":true,"destinationPhoneNumber":"+4740000001","messageId":"862a8790","messageStatus":"DELIVERED"}
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sms_analytics.events import codes
from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Time, Words

#: After this AWS says UNKNOWN itself.
VALIDITY: Final = timedelta(hours=72)

_BY_AWS: Final = ("submitted", "stopped", "no_report")
_OWN_WORDS: Final = ("PROTECT_BLOCKED", "MAX_PRICE_EXCEEDED")


def _listed() -> dict[str, Says]:
    """Each status word as the code table has its event (`TEXT_DELIVERED`)."""
    rows = codes.table().filter(code_system="aws").drop_nulls("status").select("code", "status", "reason").iter_rows()
    words = {code.removeprefix("TEXT_"): (status, reason) for code, status, reason in rows if " " not in code and not code.startswith("_")}
    return {
        word: Says(status, reason=reason, said_by="gateway" if status in _BY_AWS or word in _OWN_WORDS else None)
        for word, (status, reason) in words.items()
    }


_LISTED: Final = _listed()
STATUSES: Final[Words] = _LISTED
_REASONS: Final = {word: says.reason for word, says in _LISTED.items()}

#: Sentences that name a cause of failure (codes of AWS' with blanks in them), in lower case, to their reason.
_CAUSES: Final = {
    code.lower(): reason for code, reason in codes.table().filter(code_system="aws").select("code", "reason").iter_rows() if " " in code
}
_UTC: Final = Time(zone="UTC")


def _with_cause(fields: Fields, *, sentence: str, word: str) -> Fields:
    """A known sentence that says more than the status word beside it goes where the code is looked for."""
    said = fields.get(sentence, "").strip().rstrip(".")
    reason = _CAUSES.get(said.lower())
    by_word = _REASONS.get(fields.get(word, "").upper())
    return fields | {"cause": said} if word in fields and reason not in (None, by_word) else fields


def _event(*needs: str) -> Payload:
    return Payload(
        needs=("messageId", *needs),
        columns={
            "message_id": "messageId",
            "recipient": "destinationPhoneNumber",
            "sender": "originationPhoneNumber",
            "country": "isoCountryCode",
            "operator": "carrierName",
            "mcc": "mcc",
            "mnc": "mnc",
            "parts": "totalMessageParts",
            "status": "messageStatus",
            "detail": "messageStatusDescription",
            "code": ("cause", "eventType"),
            "happened": "eventTimestamp",
            "submit": "messageRequestTimestamp",
        },
        statuses=STATUSES,
        code_system="aws",
        times={"happened": _UTC, "submit": _UTC},
        ignored=("eventVersion",),
        prepare=partial(_with_cause, sentence="messageStatusDescription", word="messageStatus"),
    )


_PINPOINT: Final = Payload(
    needs=("event_type~(?i)^_SMS", "attributes.message_id"),
    columns={
        "message_id": "attributes.message_id",
        "recipient": "attributes.destination_phone_number",
        "sender": "attributes.origination_phone_number",
        "country": "attributes.iso_country_code",
        "parts": "attributes.number_of_message_parts",
        "account": "awsAccountId",
        "campaign": "attributes.campaign_id",
        "status": "attributes.record_status",
        "code": "event_type",
        "happened": "event_timestamp",
    },
    statuses=STATUSES,
    code_system="aws",
    times={"happened": _UTC},
    ignored=("event_version", "client.client_id", "attributes.treatment_id"),
)


def _sns_fields(fields: Fields) -> Fields:
    """The cause, and when the answer came: so long after publishing as the record says."""
    fields = _with_cause(fields, sentence="delivery.providerResponse", word="status")
    waited = fields.get("delivery.dwellTimeMsUntilDeviceAck") or fields.get("delivery.dwellTimeMs")
    try:
        answered = datetime.fromisoformat(fields["notification.timestamp"]) + timedelta(milliseconds=float(waited or ""))
    except (ValueError, KeyError, OverflowError):
        return fields
    return fields | {"answered": answered.isoformat(sep=" ", timespec="milliseconds")}


def _delivery(statuses: Words, *needs: str) -> Payload:
    return Payload(
        needs=("notification.messageId", "delivery.destination", "status", *needs),
        columns={
            "message_id": "notification.messageId",
            "recipient": "delivery.destination",
            "operator": "delivery.phoneCarrier",
            "mcc": "delivery.mcc",
            "mnc": "delivery.mnc",
            "parts": "delivery.numberOfMessageParts",
            "status": "status",
            "detail": "delivery.providerResponse",
            "code": "cause",
            "submit": "notification.timestamp",
            "happened": "answered",
        },
        statuses=statuses,
        code_system="aws",
        times={"happened": _UTC, "submit": _UTC},
        prepare=_sns_fields,
    )


#: The usage report has sentences alone: those of the delivery logs, and two for what was taken.
_SENTENCES: Final[Words] = {
    "Message has been accepted by phone carrier": "accepted",
    "Message has been accepted by phone": "delivered",
    "Unknown error attempting to reach phone": "undelivered",
    **{
        code: Says(status or "undelivered", reason=reason, said_by="gateway" if status == "stopped" else None)
        for code, status, reason in codes.table().filter(code_system="aws").select("code", "status", "reason").iter_rows()
        if " " in code
    },
}

#: A row of the daily usage report: one per part, with what became of it.
_USAGE: Final = Payload(
    needs=("PublishTimeUTC", "MessageId", "DestinationPhoneNumber", "DeliveryStatus"),
    kind="row",
    columns={
        "message_id": "MessageId",
        "recipient": "DestinationPhoneNumber",
        "status": "DeliveryStatus",
        "part_no": "PartNumber",
        "parts": "TotalParts",
        "submit": "PublishTimeUTC",
    },
    statuses=_SENTENCES,
    times={"submit": _UTC},
    international=True,
)

FORMAT: Final = engine.make(
    Description(
        name="aws",
        title="AWS: End User Messaging and Pinpoint events, SNS delivery logs",
        kept=("messageEncoding", "messageType", "attributes.message_type", "attributes.sender_request_id", "delivery.smsType"),
        payloads=(
            Payload(needs=("messageId", "eventType~(?i)^(?!TEXT_)[A-Z]+_[A-Z_]+$", "eventTimestamp"), kind="skip"),
            Payload(needs=("event_type~(?i)^_(?!SMS)", "event_timestamp", "attributes.message_id"), kind="skip"),
            Payload(needs=("notification.messageId", r"delivery.destination~^(?!\+?\d)", "status"), kind="skip"),
            _USAGE,
            _event("eventType~(?i)^TEXT_"),
            _event("messageStatus", "eventTimestamp"),
            _PINPOINT,
            # The operator took the message in the one case, the phone in the other.
            _delivery({"SUCCESS": "delivered"}, "status~(?i)^SUCCESS$", r"delivery.providerResponse~(?i)accepted by phone\.?$"),
            _delivery({"SUCCESS": "accepted", "FAILURE": "undelivered"}),
        ),
        parts="one",
        validity=VALIDITY,
    )
)
