"""Strex Connect (Target365; Strex is owned by Telenor, Telia and Ice): delivery reports, and messages as the API lists them.

Producer:  Strex Connect, logged by whoever received its forwarded reports (JSON one a line, JSON of one's own program around it), and answers of
           `GET /api/out-messages/ID` and `/api/strex/transactions/ID` (one JSON object each).
Holds:     receipts (reports) and, in the API's answers, the submission with the message's last status.
Clock:     a report has no time: the line's or an envelope's, else the file's. The API's `created`, `lastModified` and `sendTime` have an offset.
Ids:       transactionId, chosen by the customer; smscTransactionId is kept in extra. The reversal of a charge has the id of its message with `-` in front.
Parts:     one receipt for the whole message; smscMessageParts = number of parts.
Columns:   transactionId = message_id; correlationId = client_ref; sender, recipient; operatorId = operator (no.telenor); price = price (what the recipient is charged); billed =
           charge_status; statusCode = status; detailedStatusCode = code_raw; merchantId = account; smscMessageParts = parts; the rest = extra.
Statuses:  Queued; Sent = submitted; Ok = delivered; Failed = undelivered; a finer detailedStatusCode goes before them: Expired, Rejected, Stopped (more
           than 100 identical messages in an hour), MissingDeliveryReport = no_report (the operator gave no final status, also behind Sent). Reversed is
           about the charge (refunded): delivered if the report says so, else unknown, which changes no outcome. None = no detail.
Codes:     detailedStatusCode is a `strex` code, a word; those of payments (OTP, PIN, age, funds) are reasons why a premium message did not arrive.
Traps:     reports are repeated 19 times over about 48 hours until they are answered with 200. SubscriberBarred means barred from premium messages. The
           names of the keys are taken in any letter case.
Missing:   how long the message was to be tried: 2 hours if the customer did not say otherwise, which is this format's horizon; `[feeds.NAME]` changes it.
           Incoming messages are skipped. `content` and keys are masked.
Sample:    {"transactionId":"faktura-5512","recipient":"+4740000001","operatorId":"no.telia","statusCode":"Ok","detailedStatusCode":"Delivered","delivered":true}
"""

from datetime import timedelta
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Words
from sms_analytics.vocabulary import ChargeStatus

STATUSES: Final[Words] = {
    "Queued": Says("queued", said_by="gateway"),
    "Sent": "submitted",
    "Ok": "delivered",
    "Failed": "undelivered",
    "Reversed": Says("unknown", said_by="gateway", charge="refunded"),
}
#: The same of a report that says of itself that the message was delivered.
_REVERSED_LATER: Final[Words] = {"Reversed": Says("delivered", charge="refunded")}
#: What became of a reversal, which has a report of its own.
_REVERSALS: Final[Words] = {
    **dict.fromkeys(("Ok", "Reversed"), Says("unknown", said_by="gateway", charge="refunded")),
    **dict.fromkeys(("Queued", "Sent", "Failed"), Says("unknown", said_by="gateway", charge="charged")),
}
#: Refused by Strex, before any operator saw it.
_REFUSED: Final[Words] = dict.fromkeys(("DuplicateTransaction", "InvalidCredentials"), Says("rejected", said_by="gateway"))
_CHARGES: Final[dict[str, ChargeStatus]] = {"true": "charged", "false": "not_charged"}

_COLUMNS: Final = {
    "message_id": "transactionId",
    "client_ref": "correlationId",
    "sender": "sender",
    "recipient": "recipient",
    "operator": "operatorId",
    "account": "merchantId",
    "price": "price",
    "parts": "smscMessageParts",
    "status": "statusCode",
    "code": "detailedStatusCode",
}


def _original(fields: Fields) -> Fields:
    return fields | {"transactionId": fields["transactionId"].removeprefix("-")}


_REVERSAL: Final = Payload(
    needs=("statusCode", "transactionId~^-."),
    columns={name: path for name, path in _COLUMNS.items() if name != "price"},
    statuses=_REVERSALS,
    code_system="strex",
    no_code=("None", "Reversed"),
    prepare=_original,
)
_REVERSED: Final = Payload(
    needs=("transactionId", "statusCode~(?i)^reversed$", "delivered=true"),
    columns=_COLUMNS,
    statuses=_REVERSED_LATER,
    code_system="strex",
    no_code=("None", "Reversed"),
)
_ROW: Final = Payload(
    needs=("transactionId", "statusCode", "created"),
    kind="row",
    columns=_COLUMNS | {"charge": "billed", "submit": "created", "happened": "lastModified", "scheduled": "sendTime"},
    statuses=STATUSES,
    charges=_CHARGES,
    code_system="strex",
    codes=_REFUSED,
    code_refines=True,
    no_code=("None", "Reversed"),
)


def _report(*needs: str) -> Payload:
    return Payload(
        needs=("transactionId", *needs),
        columns=_COLUMNS | {"charge": "billed"},
        statuses=STATUSES,
        charges=_CHARGES,
        code_system="strex",
        codes=_REFUSED,
        code_refines=True,
        no_code=("None", "Reversed"),
    )


_INCOMING: Final = Payload(needs=("transactionId", "content", "!statusCode"), kind="skip")

FORMAT: Final = engine.make(
    Description(
        name="strex",
        title="Strex Connect (Target365): delivery reports and messages",
        kept=("smscTransactionId",),
        payloads=(_INCOMING, _REVERSAL, _REVERSED, _ROW, _report("statusCode"), _report("detailedStatusCode")),
        parts="one",
        any_case=True,
        validity=timedelta(hours=2),
        price="premium",
    )
)
