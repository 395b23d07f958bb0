"""inMobile (Denmark): status reports of its API, version 4.

Producer:  inMobile, logged by whoever received its status callbacks or fetched `GET /sms/outgoing/reports` (JSON, `reports`).
Holds:     receipts.
Clock:     deliveryInfo.doneTime where it is there (UTC), else the line's or an envelope's time, else the file's.
Ids:       messageId.
Parts:     one report for the whole message; chargeInfo.smsCount = parts.
Columns:   messageId = message_id; numberDetails.countryCode and phoneNumber = recipient; deliveryInfo.stateCode = status; deliveryInfo.errorCode = code_raw;
           deliveryInfo.errorDescription = detail; deliveryInfo.sendTime = submit date; the rest (chargeInfo) = extra.
Statuses:  1 = delivered; -1 = undelivered; -2 (cancelled before it was sent) = stopped; 0 = unknown.
Codes:     errorCode is kept as `inmobile`; its list is not public, so codes have no reason but the text that comes with them.
Traps:     numberDetails.rawMsisdn is what the sender wrote. With isAnonymized the number is gone.
Missing:   operator and sender. Incoming messages are skipped.
Sample:    {"messageId":"id1","numberDetails":{"countryCode":"47","phoneNumber":"40000001"},"deliveryInfo":{"stateCode":1,"stateDescription":"Delivered"},"chargeInfo":{"smsCount":1}}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Time, Words

STATUSES: Final[Words] = {
    "0": Says("unknown", said_by="gateway"),
    "1": "delivered",
    "-1": "undelivered",
    "-2": Says("stopped", reason="cancelled", said_by="gateway"),
}


def _whole_number(fields: Fields) -> Fields:
    """The number with its country in front, which stand apart."""
    country, number = (fields.get(f"numberDetails.{name}", "") for name in ("countryCode", "phoneNumber"))
    return fields | {"number": f"+{country}{number}"} if country.isdecimal() and number.isdecimal() else fields


FORMAT: Final = engine.make(
    Description(
        name="inmobile",
        title="inMobile: status reports",
        payloads=(
            Payload(needs=("from.rawSource", "to.msisdn", "text"), kind="skip"),
            Payload(
                needs=("messageId", "deliveryInfo.stateCode", "numberDetails.rawMsisdn|numberDetails.phoneNumber|numberDetails.isAnonymized"),
                columns={
                    "message_id": "messageId",
                    "recipient": ("number", "numberDetails.msisdn", "numberDetails.rawMsisdn"),
                    "parts": "chargeInfo.smsCount",
                    "status": "deliveryInfo.stateCode",
                    "code": "deliveryInfo.errorCode",
                    "detail": "deliveryInfo.errorDescription",
                    "submit": "deliveryInfo.sendTime",
                    "happened": "deliveryInfo.doneTime",
                },
                statuses=STATUSES,
                code_system="inmobile",
                no_code=("0",),
                times={"submit": Time(zone="UTC"), "happened": Time(zone="UTC")},
                ignored=(
                    "deliveryInfo.stateDescription",
                    *(f"numberDetails.{name}" for name in ("countryCode", "phoneNumber", "isValidMsisdn", "isAnonymized", "countryHint")),
                ),
                prepare=_whole_number,
            ),
        ),
        parts="one",
    )
)
