"""PSWinCom (Norway, now LINK Mobility): delivery reports as XML, as form posts and as SOAP.

Producer:  the PSWinCom gateway, logged by whoever received its reports: XML documents (`MSGLST`, one or many reports each, one document a line or over
           several lines), form bodies or GET lines (`RCV`, `REF`, `STATE`, `DELIVERYTIME`), SOAP envelopes.
Holds:     receipts; only final states are reported.
Clock:     DELIVERYTIME (yyyy.MM.dd HH:mm, with or without seconds) is the local time of the operator's message centre (`--receipt-zone`), and only
           delivered messages have it. Otherwise the line's time, else the file's.
Ids:       REF, the reference from the answer to the submission; ID is only the number of the report within its document.
Parts:     one receipt for the whole message.
Columns:   REF, Reference = message_id; RCV, ReceiverNumber = recipient; STATE, State = status; DELIVERYTIME, DeliveryTime = the operator's time.
Statuses:  DELIVRD = delivered; EXPIRED; DELETED, UNDELIV (no valid number or route), BARRED (barred or not in use), BARREDA (age), ZEROBAL (balance) =
           undelivered; REJECTD = rejected; FAILED (no operator took it) = rejected by the gateway; UNKNOWN; NULL = no_report, the operator sent nothing.
Codes:     the states themselves are a `pswin` code, since some of them are reasons.
Traps:     RCV has no plus sign. NULL is a word, not an empty value. A time may lack its seconds.
Missing:   operator, sender and account; the submission. Texts and passwords are masked.
Sample:    <MSGLST><MSG><ID>1</ID><REF>7B1E0C55</REF><RCV>4740000001</RCV><STATE>DELIVRD</STATE><DELIVERYTIME>2026.03.18 09:14:07</DELIVERYTIME></MSG></MSGLST>
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

STATUSES: Final[Words] = {
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "DELETED": "undelivered",
    "UNDELIV": Says("undelivered", reason="invalid_number"),
    "UNKNOWN": "unknown",
    "REJECTD": "rejected",
    "FAILED": Says("rejected", said_by="gateway"),
    "NULL": Says("no_report", said_by="gateway"),
    "BARRED": Says("undelivered", reason="subscriber_barred"),
    "BARREDA": Says("undelivered", reason="age_restricted", charge="not_charged"),
    "ZEROBAL": Says("undelivered", reason="insufficient_funds", charge="not_charged"),
}


def _report(reference: str, recipient: str, state: str, time: str) -> Payload:
    return Payload(
        needs=(reference, recipient, state),
        columns={"message_id": reference, "recipient": recipient, "status": state, "happened": time},
        statuses=STATUSES,
        code_system="pswin",
        international=True,
        ignored=("ID",),
    )


FORMAT: Final = engine.make(
    Description(
        name="pswincom",
        title="PSWinCom: delivery reports as XML, form and SOAP",
        payloads=(_report("REF", "RCV", "STATE", "DELIVERYTIME"), _report("Reference", "ReceiverNumber", "State", "DeliveryTime")),
        parts="one",
    )
)
