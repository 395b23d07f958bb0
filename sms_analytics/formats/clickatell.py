"""Clickatell (HTTP API, REST platform, One API): callbacks.

Producer:  Clickatell, logged by whoever received its callbacks: GET lines and form bodies (HTTP API, `apiMsgId`), JSON (REST platform and One API), XML.
Holds:     receipts.
Clock:     timestamp: Unix seconds in the HTTP API, milliseconds elsewhere; both UTC.
Ids:       apiMsgId, messageId (32 hexadecimal digits).
Parts:     one receipt for the whole message.
Columns:   apiMsgId, messageId = message_id; cliMsgId, clientMessageId = client_ref; api_id, integrationId = account; to = recipient; from = sender; status,
           statusCode = code_raw; statusDescription = detail; integrationName = campaign; the rest (charge, requestId) = extra.
Statuses:  by the code alone: HTTP API and REST platform 001 = unknown, 002 = buffered (it will be tried again), 003 = submitted, 004 = delivered, 005, 012, 014
           = rejected, 006 = stopped, 007, 009 = undelivered, 008 = queued, 010 = expired, 011 = scheduled. One API has a list of its own: 4
           SENT_TO_SUPPLIER = submitted, 5 DEVICE_ACK and 6 READ = delivered, 20 EXPIRED, 23 DELIVERY_FAILURE and others.
Codes:     `clickatell` (three digits) and `clickatell_one` (One API). The same number means other things in the two.
Traps:     To and from have no plus sign. 003 is the way to the operator, no delivery. Other channels of One API (WhatsApp) are skipped.
Missing:   the recipient's operator. Incoming messages are skipped (moMsgId; `event.moText`).
Sample:    api_id=1234567&apiMsgId=996f364775e24b8432f45d77da8eca47&cliMsgId=abc123&timestamp=1773821646&to=4740000001&from=Klinikken&status=004&charge=0.3
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Words

#: Codes of the HTTP API and of the REST platform. Clickatell speaks for itself until the operator has the message.
CODES: Final[Words] = {
    "001": Says("unknown", said_by="gateway"),
    "003": Says("submitted", said_by="gateway"),
    "005": Says("rejected", said_by="gateway"),
    "006": Says("stopped", said_by="gateway"),
    "008": Says("queued", said_by="gateway"),
    "009": Says("undelivered", said_by="gateway"),
    "010": Says("expired", said_by="gateway"),
    "011": Says("scheduled", said_by="gateway"),
    "012": Says("rejected", said_by="gateway"),
    "014": Says("rejected", said_by="gateway"),
}
#: Codes of One API.
ONE_CODES: Final[Words] = {
    "1": Says("unknown", said_by="gateway"),
    "2": Says("queued", said_by="gateway"),
    "3": Says("scheduled", said_by="gateway"),
    "4": Says("submitted", said_by="gateway"),
    "21": Says("stopped", said_by="gateway"),
    "22": Says("stopped", said_by="gateway"),
    **{code: Says("rejected", said_by="gateway") for code in ("25", "26", "27", "28", "60", "61")},
    "100": Says("undelivered", said_by="gateway"),
}

_CALLBACK: Final = Payload(
    needs=("apiMsgId", "status"),
    columns={
        "message_id": "apiMsgId",
        "client_ref": "cliMsgId",
        "account": ("api_id", "apiId"),
        "recipient": "to",
        "sender": "from",
        "code": "status",
        "happened": "timestamp",
    },
    code_system="clickatell",
    codes=CODES,
    international=True,
)

_PLATFORM: Final = Payload(
    needs=("messageId", "requestId", "integrationName", "statusCode"),
    columns={
        "message_id": "messageId",
        "client_ref": "clientMessageId",
        "campaign": "integrationName",
        "recipient": "to",
        "sender": "from",
        "code": "statusCode",
        "detail": "statusDescription",
        "happened": "timestamp",
    },
    code_system="clickatell",
    codes=CODES,
    international=True,
    ignored=("status",),
)

_UPDATE: Final = "event.messageStatusUpdate."


def _sms(fields: Fields) -> Fields | None:
    """The update of an SMS; none for those of other channels."""
    return fields if fields.get(f"{_UPDATE}channel", "sms").lower() == "sms" else None


_ONE: Final = Payload(
    needs=("integrationId", f"{_UPDATE}0.messageId", f"{_UPDATE}0.statusCode"),
    columns={
        "message_id": f"{_UPDATE}messageId",
        "client_ref": f"{_UPDATE}clientMessageId",
        "account": "integrationId",
        "campaign": "integrationName",
        "recipient": f"{_UPDATE}to",
        "sender": f"{_UPDATE}from",
        "code": f"{_UPDATE}statusCode",
        "happened": f"{_UPDATE}timestamp",
    },
    code_system="clickatell_one",
    codes=ONE_CODES,
    international=True,
    each=("event.messageStatusUpdate",),
    ignored=(f"{_UPDATE}status", f"{_UPDATE}channel"),
    prepare=_sms,
)

_INCOMING: Final = tuple(
    Payload(needs=needs, kind="skip")
    for needs in (
        ("moMsgId", "from", "to", "text"),
        ("integrationId", "event.moText.0.messageId"),
        ("integrationId", "messageId", "fromNumber", "toNumber"),
    )
)

FORMAT: Final = engine.make(
    Description(
        name="clickatell",
        title="Clickatell: callbacks of the HTTP API, the REST platform and One API",
        payloads=(*_INCOMING, _CALLBACK, _PLATFORM, _ONE),
        parts="one",
    )
)
