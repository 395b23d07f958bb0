"""SMSAPI (smsapi.pl, smsapi.com): callbacks with delivery reports.

Producer:  SMSAPI, logged by whoever received its callbacks: GET lines of a web server, form bodies one a line, JSON of one's own program.
Holds:     receipts, several in one callback: MsgId, status, to and the others then list them side by side, with commas between.
Clock:     donedate (Unix seconds, UTC): when the operator reported.
Ids:       MsgId.
Parts:     one receipt for the whole message.
Columns:   MsgId = message_id; to = recipient; from = sender; idx = client_ref; username = account; status = status; mcc and mnc = mccmnc; donedate = time
           of the status; status_name, points (what it cost) and the rest = extra.
Statuses:  401 NOT_FOUND = rejected; 402 EXPIRED; 403 SENT = submitted; 404 DELIVERED; 405 UNDELIVERED; 406 FAILED = undelivered; 407 REJECTED; 408 UNKNOWN =
           no_report (the operator sent no report, or one that says nothing); 409 QUEUE = queued; 410 ACCEPTED = submitted; 411 RENEWAL (a try failed,
           it is tried again) = buffered; 412 STOP = stopped. The words stand for the numbers where they come alone.
Codes:     none.
Traps:     to has no plus sign. A list is one callback: its answer OK is for all of them.
Missing:   why a message failed. Incoming messages (sms_to, sms_from, sms_text) are skipped.
Sample:    MsgId=0F00000000001,0F00000000002&status=404,405&donedate=1773821646,1773821647&to=48500000001,48500000002&username=firma&mcc=260,260&mnc=01,02
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

STATUSES: Final[Words] = {
    "401": Says("rejected", reason="unspecified", said_by="gateway"),
    "402": "expired",
    "403": Says("submitted", said_by="gateway"),
    "404": "delivered",
    "405": "undelivered",
    "406": "undelivered",
    "407": "rejected",
    "408": Says("no_report", reason="no_report", said_by="gateway"),
    "409": Says("queued", said_by="gateway"),
    "410": "submitted",
    "411": "buffered",
    "412": Says("stopped", reason="recipient_opted_out", said_by="gateway"),
}
_NAMES: Final = {
    "NOT_FOUND": "401",
    "EXPIRED": "402",
    "SENT": "403",
    "DELIVERED": "404",
    "UNDELIVERED": "405",
    "FAILED": "406",
    "REJECTED": "407",
    "UNKNOWN": "408",
    "QUEUE": "409",
    "ACCEPTED": "410",
    "RENEWAL": "411",
    "STOP": "412",
}

FORMAT: Final = engine.make(
    Description(
        name="smsapi",
        title="SMSAPI (smsapi.pl, smsapi.com): callbacks with delivery reports",
        payloads=(
            Payload(needs=("sms_to", "sms_from", "sms_text"), kind="skip"),
            Payload(
                needs=("MsgId", "status|status_name", "donedate|idx|username"),
                columns={
                    "message_id": "MsgId",
                    "recipient": "to",
                    "sender": "from",
                    "client_ref": "idx",
                    "account": "username",
                    "status": ("status", "status_name"),
                    "mcc": "mcc",
                    "mnc": "mnc",
                    "happened": "donedate",
                },
                statuses={**STATUSES, **{name: STATUSES[number] for name, number in _NAMES.items()}},
                international=True,
                lists=("MsgId", "status", "status_name", "idx", "donedate", "to", "from", "username", "points", "mcc", "mnc"),
            ),
        ),
        parts="one",
    )
)
