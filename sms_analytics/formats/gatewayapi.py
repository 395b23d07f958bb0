"""GatewayAPI (OnlineCity, Denmark): status callbacks of the REST API, and messages with their recipients as the API and the usage export list them.

Producer:  GatewayAPI, logged by whoever received its webhook (JSON one a line, JSON of one's own program around it), answers of
           `GET /rest/mtsms/ID` and of the usage API (JSON with `recipients`), and CSV with the same names.
Holds:     receipts (callbacks) and, in lists of messages, the submission with the recipient's last status.
Clock:     `time`, `dsntime` and `senttime` are epochs in seconds, so UTC; a callback was received at the line's time.
Ids:       `id` is one number for all recipients of a call, so id and recipient together name a message.
Parts:     one receipt for the whole message; `csms` = number of parts.
Columns:   id and msisdn = message_id, msisdn = recipient, userref = client_ref, sender = sender, country_code, country = country, mcc and mnc = mccmnc,
           status, dsnstatus = status, error, dsnerror = detail, code, dsnerrorcode = code_raw, charge_status = charge_status; the rest = extra.
Statuses:  UNKNOWN; SCHEDULED; BUFFERED = queued (it waits at GatewayAPI, not at the operator); ENROUTE = submitted; DELIVERED; EXPIRED; UNDELIVERABLE =
           undelivered; DELETED = stopped; ACCEPTED = accepted (the network took it, the phone is not known of); REJECTED, SKIPPED = rejected.
Codes:     `code` is a `gatewayapi` code, hexadecimal (0x1010). On its SMPP connections the same codes are decimal: code_system gatewayapi_smpp.
Traps:     callbacks come in any order, a transient status may follow a final one; they are repeated for 12 hours until they are answered with 2xx. mnc has
           lost its leading zero. Numbers have no plus sign.
Missing:   the vendor waits for `validity_period` of each message, which callbacks do not say: the general horizon applies. `message` and tokens are masked;
           incoming messages are skipped.
Sample:    {"id":1000001,"msisdn":4587654321,"time":1773821647,"status":"DELIVERED","userref":"5512","country_code":"DK","country_prefix":45}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words
from sms_analytics.vocabulary import ChargeStatus

STATUSES: Final[Words] = {
    "UNKNOWN": Says("unknown", said_by="gateway"),
    "SCHEDULED": Says("scheduled", said_by="gateway"),
    "BUFFERED": Says("queued", said_by="gateway"),
    "ENROUTE": Says("submitted", said_by="gateway"),
    "DELIVERED": "delivered",
    "EXPIRED": "expired",
    "UNDELIVERABLE": "undelivered",
    "DELETED": Says("stopped", reason="cancelled", said_by="gateway"),
    "ACCEPTED": "accepted",
    "REJECTED": "rejected",
    "SKIPPED": Says("rejected", said_by="gateway"),
}
_CHARGES: Final[dict[str, ChargeStatus]] = {
    "NOCHARGE": "none",
    "AUTHORIZED": "pending",
    "CAPTURED": "charged",
    "CANCELLED": "not_charged",
    "FAILED": "failed",
    "REFUNDED": "refunded",
    "REFUND_FAIL": "charged",
}
_EPOCH: Final = Time(zone="UTC")

_CALLBACK: Final = Payload(
    needs=("id", "msisdn", "time", "status~^[A-Z]+$", "!message"),
    columns={
        "message_id": "id",
        "recipient": "msisdn",
        "happened": "time",
        "status": "status",
        "detail": "error",
        "code": "code",
        "client_ref": "userref",
        "charge": "charge_status",
        "country": "country_code",
    },
    statuses=STATUSES,
    charges=_CHARGES,
    code_system="gatewayapi",
    international=True,
    id_per_recipient=True,
    times={"happened": _EPOCH},
    ignored=("country_prefix",),
)


def _listed(needs: tuple[str, ...], at: str, each: tuple[str, ...]) -> Payload:
    """Messages with their last status; `at` is where a recipient's own keys stand."""
    return Payload(
        needs=needs,
        kind="row",
        columns={
            "message_id": "id",
            "recipient": f"{at}msisdn",
            "submit": f"{at}senttime",
            "happened": f"{at}dsntime",
            "status": f"{at}dsnstatus",
            "detail": f"{at}dsnerror",
            "code": f"{at}dsnerrorcode",
            "parts": f"{at}csms",
            "country": f"{at}country",
            "mcc": f"{at}mcc",
            "mnc": f"{at}mnc",
            "client_ref": "userref",
            "sender": "sender",
            "campaign": "label",
        },
        statuses=STATUSES,
        code_system="gatewayapi",
        international=True,
        id_per_recipient=True,
        times={"submit": _EPOCH, "happened": _EPOCH},
        each=each,
        hidden=("message", "payload", "callback_url"),
    )


_MESSAGE: Final = _listed(("id", "recipients.0.msisdn", "recipients.0.dsnstatus"), "recipients.", ("recipients",))
_ROW: Final = _listed(("id", "msisdn", "dsnstatus", "senttime"), "", ())
_INCOMING: Final = Payload(needs=("id", "msisdn", "receiver", "message", "senttime"), kind="skip")

FORMAT: Final = engine.make(
    Description(
        name="gatewayapi",
        title="GatewayAPI: status callbacks, messages and usage exports",
        kept=("class", "encoding"),
        payloads=(_INCOMING, _CALLBACK, _MESSAGE, _ROW),
        parts="one",
    )
)
