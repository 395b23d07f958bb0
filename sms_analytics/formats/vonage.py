"""Vonage (formerly Nexmo): delivery receipts of the SMS API, status callbacks of the Messages API, rows of the Reports API.

Producer:  Vonage, logged by whoever received its webhooks (GET lines of a web server, form bodies one a line, JSON), and the files of its Reports API
           (`report_<PRODUCT>_<ACCOUNT>_<yyyyMMdd>.csv` in a zip, or JSON with `records`).
Holds:     receipts (callbacks) and, in reports, the submission with the message's last status.
Clock:     message-timestamp and the reports' times have no offset and are read as UTC. scts (YYMMDDhhmm) is the operator's clock in a zone that nobody
           states, one hour ahead in the vendor's own example: it is kept in extra and never used. `timestamp` of the Messages API is ISO 8601.
Ids:       messageId, message_id (16 hexadecimal digits or a UUID), message_uuid. The same message has the same id in callback and report.
Parts:     one receipt per part of a long message, each part with an id of its own that nothing ties to the others: parts count as messages. The Messages
           API gives one id to the whole message and the number of parts (sms.count_total). Its version 0.1 has objects as `to` and `from`.
Columns:   messageId = message_id; msisdn = recipient, **to = sender** in callbacks of the SMS API (elsewhere to = recipient, from = sender); api-key,
           account_id = account; client-ref, client_ref = client_ref; network-code, network = mccmnc; network_name = operator; country = country; status =
           status; err-code, error_code = code_raw; error_code_description = detail. What a message cost (price, total_price) and the rest = extra.
Statuses:  accepted (the operator took it) = accepted; buffered; delivered; expired; failed = undelivered; rejected; unknown. Reports: an `expired`
           72 hours or more after hand-over, without a code of an operator's, is no_report: that is Vonage's own timer, which stands in for networks
           that send no receipts. Messages API: submitted; undeliverable = undelivered; read = delivered.
Codes:     err-code and error_code are `vonage` codes; 9 and 53 (opted out) make a failure `stopped`. Errors of the Messages API are other numbers, kept as
           `vonage_messages`.
Traps:     a callback of the SMS API does not tell how long the message waited: its `expired` stays expired, also where it stands in for a missing receipt.
           Where operators report nothing the last word is `accepted`. Callbacks may arrive before the answer to the submission, and again until they are
           answered with 200. The numbers of err-code mean other things in answers to submissions, which are not read.
Missing:   callbacks do not say when the message was handed over. Incoming messages and other channels than SMS are skipped. message_body, sig and
           secrets are masked; the api-key is the account's name and is kept.
Sample:    msisdn=4740000001&to=Klinikken&network-code=24201&messageId=0C000000A1B2C3D4&price=0.05&status=delivered&scts=2603180914&err-code=0&message-timestamp=2026-03-18+08%3A14%3A06
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Time, Words

#: How long Vonage waits for an operator where the sender does not say otherwise.
VALIDITY: Final = timedelta(hours=72)

#: Reports write this word in place of `expired` where nothing had come back when Vonage's own timer ran out; no word of the vendor's.
_TIMER: Final = "expired after 72 h"
#: Codes that no operator gave: nothing, unknown, general.
_OWN_CODES: Final = ("", "0", "1", "95", "99")

STATUSES: Final[Words] = {
    "accepted": "accepted",
    "buffered": "buffered",
    "delivered": "delivered",
    "expired": "expired",
    "failed": "undelivered",
    "rejected": "rejected",
    "unknown": Says("unknown", said_by="gateway"),
    _TIMER: Says("no_report", reason="no_report", said_by="gateway"),
}
_MESSAGES_STATUSES: Final[Words] = {
    "submitted": Says("submitted", said_by="gateway"),
    "delivered": "delivered",
    "read": "delivered",
    "undeliverable": "undelivered",
    "rejected": "rejected",
}

_UTC: Final = Time(zone="UTC")


def _callback(*needs: str) -> Payload:
    return Payload(
        needs=("messageId", "status", *needs),
        columns={
            "message_id": "messageId",
            "recipient": "msisdn",
            "sender": "to",
            "account": "api-key",
            "client_ref": "client-ref",
            "mccmnc": "network-code",
            "status": "status",
            "code": "err-code",
            "happened": "message-timestamp",
        },
        statuses=STATUSES,
        code_system="vonage",
        times={"happened": _UTC},
        international=True,
        hidden=("sig", "nonce"),
    )


#: One key of the vendor's beside id and status is enough to know it. A callback that was cut down to less is anybody's, and read where it is no question.
_CALLBACKS: Final = (
    *(_callback(key) for key in ("err-code", "message-timestamp", "network-code", "scts", "api-key")),
    _callback("msisdn", "to"),
    replace(_callback("to", "status~^[A-Za-z]+$", "!from"), general=True),
)


def _timed(fields: Fields) -> Fields:
    """A row whose message waited for Vonage's own timer gets the word for that."""
    if fields["status"].casefold() != "expired" or fields.get("error_code", "0") not in _OWN_CODES:
        return fields
    received, finalized = (_moment(fields.get(name)) for name in ("date_received", "date_finalized"))
    waited = finalized - received if received and finalized else timedelta(0)
    return fields | {"status": _TIMER} if waited >= VALIDITY else fields


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_ROW: Final = Payload(
    needs=("message_id", "account_id", "direction~(?i)^outbound$", "date_received", "status"),
    kind="row",
    columns={
        "message_id": "message_id",
        "recipient": "to",
        "sender": "from",
        "account": "account_id",
        "client_ref": "client_ref",
        "mccmnc": "network",
        "operator": "network_name",
        "country": "country",
        "status": "status",
        "code": "error_code",
        "detail": "error_code_description",
        "submit": "date_received",
        "happened": "date_finalized",
    },
    statuses=STATUSES,
    code_system="vonage",
    times={"submit": _UTC, "happened": _UTC},
    empty=("-",),
    international=True,
    ignored=("country_name", "direction"),
    prepare=_timed,
)

_MESSAGES: Final = Payload(
    needs=("message_uuid", "status", "timestamp", "channel~(?i)^sms$"),
    columns={
        "message_id": "message_uuid",
        "recipient": "to",
        "sender": "from",
        "client_ref": "client_ref",
        "mccmnc": "destination.network_code",
        "parts": "sms.count_total",
        "status": "status",
        "code": "error.title",
        "detail": "error.detail",
        "happened": "timestamp",
    },
    statuses=_MESSAGES_STATUSES,
    code_system="vonage_messages",
    times={"happened": _UTC},
    international=True,
    ignored=("channel",),
)

#: Version 0.1 of the Messages API: the channel stands beside the number.
_MESSAGES_BETA: Final = Payload(
    needs=("message_uuid", "status", "timestamp", "to.number", "to.type~(?i)^sms$"),
    columns={
        "message_id": "message_uuid",
        "recipient": "to.number",
        "sender": ("from.number", "from.id"),
        "client_ref": "client_ref",
        "status": "status",
        "code": "error.code",
        "detail": "error.reason",
        "happened": "timestamp",
    },
    statuses=_MESSAGES_STATUSES,
    code_system="vonage_messages",
    times={"happened": _UTC},
    international=True,
    ignored=("to.type", "from.type"),
)

_OTHERS: Final = tuple(
    Payload(needs=needs, kind="skip")
    for needs in (
        ("message_id", "account_id", "direction~(?i)^inbound$", "date_received"),
        ("message_uuid", "channel", "!status"),
        ("message_uuid", "timestamp", "channel~(?i)^(?!sms$)"),
        ("message_uuid", "timestamp", "to.type~(?i)^(?!sms$)"),
        ("message_uuid", "timestamp", "from.type", "to.type", "message.content.type", "!status"),
        ("messageId", "msisdn", "to", "text", "type"),
    )
)

FORMAT: Final = engine.make(
    Description(
        name="vonage",
        title="Vonage (Nexmo): delivery receipts, Messages API callbacks, Reports rows",
        kept=("usage.currency", "error.type", "error.instance", "currency"),
        payloads=(*_OTHERS, *_CALLBACKS, _ROW, _MESSAGES, _MESSAGES_BETA),
        parts="each",
        validity=VALIDITY,
    )
)
