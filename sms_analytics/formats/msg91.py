"""MSG91 (India): delivery reports of its webhooks.

Producer:  MSG91, logged by whoever received its webhooks: form bodies whose `data` is JSON (version 2), JSON (version 3, and the new webhook with fields
           that the customer chooses).
Holds:     receipts, several in one report.
Clock:     date, deliveryTime (yyyy-mm-dd hh:mm:ss): no zone is stated (`--receipt-zone`).
Ids:       requestId, the same for all recipients of a request: with the recipient it names a message.
Parts:     one receipt for the whole message; credit (how many messages it counts for) is kept in extra.
Columns:   requestId = message_id; number, telNum = recipient; senderId = sender; campaignName = campaign; userId = account; clientid, CRQID = client_ref;
           status = status; failedReason, failureReason = detail; requestedAt = submit date; the rest (amount, credit, desc) = extra.
Statuses:  1 = delivered; 2 = undelivered; 9 (NDNC: on the register of those who want no advertising), 17 (blocked number) = stopped; 16, 25 = rejected. The
           new webhook may have the words instead.
Codes:     none.
Traps:     numbers have no plus sign. Version 4 (for CleverTap) has no id of MSG91's and is not read.
Missing:   operator; incoming messages are not sent here.
Sample:    {"date":"2026-03-18 14:46:20","number":"919500000001","senderId":"KLINIK","requestId":"346300000000000000000130","userId":"270001","campaignName":"API","status":"1","desc":"DELIVERED"}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

_STOPPED: Final = Says("stopped", reason="recipient_opted_out", said_by="gateway")
_REJECTED: Final = Says("rejected", said_by="gateway")
STATUSES: Final[Words] = {
    "1": "delivered",
    "2": "undelivered",
    "9": _STOPPED,
    "16": _REJECTED,
    "17": _STOPPED,
    "25": _REJECTED,
    "DELIVERED": "delivered",
    "FAILED": "undelivered",
    "NDNC": _STOPPED,
    "REJECTED": _REJECTED,
    "BLOCKED NUMBER": _STOPPED,
}


def _report(at: str, *needs: str, each: tuple[str, ...] = ()) -> Payload:
    """A report; `at` is where a recipient's own keys stand."""
    return Payload(
        needs=("requestId", *needs),
        columns={
            "message_id": "requestId",
            "recipient": (f"{at}number", f"{at}telNum"),
            "sender": "senderId",
            "campaign": "campaignName",
            "account": "userId",
            "client_ref": (f"{at}clientid", "clientId"),
            "status": f"{at}status",
            "detail": (f"{at}failedReason", f"{at}failureReason"),
            "submit": "requestedAt",
            "happened": (f"{at}date", f"{at}deliveryTime"),
        },
        statuses=STATUSES,
        international=True,
        id_per_recipient=True,
        each=each,
        empty=("null",),
        hidden=("msgData",),
    )


FORMAT: Final = engine.make(
    Description(
        name="msg91",
        title="MSG91: delivery reports",
        payloads=(
            _report("report.", "report.0.number", "report.0.status", each=("report",)),
            _report("", "number", "status", "desc", "date"),
            _report("", "telNum", "status"),
        ),
        parts="one",
    )
)
