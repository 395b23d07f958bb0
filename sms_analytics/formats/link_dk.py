"""LINK Mobility Denmark (COOL): delivery reports.

Producer:  LINK Mobility's Danish SMS API, logged by whoever received its reports: GET lines of a web server, form bodies, JSON of one's own program.
Holds:     receipts; submissions stand elsewhere: load them as `table` with the same feed, or only the share of answered ones can be told.
Clock:     `receivetime` is an epoch in seconds, so UTC: when the status was received. Without it the line's time, else the file's.
Ids:       msgid.
Parts:     one receipt for the whole message, as far as the documentation goes.
Columns:   msgid = message_id, to = recipient, batchid = campaign, mcc and mnc = mccmnc, status = status, statuscode = code_raw, reason = detail,
           returndata (the customer's own) = client_ref, receivetime = the time; the rest = extra.
Statuses:  received = delivered; buffered; expired; rejected = undelivered (the operator could not deliver; none of them is LINK's own refusal).
Codes:     statuscode is a `ucp` code: LINK's list is that of EMI/UCP.
Traps:     a delivered message carries statuscode 0, which the list calls "unknown subscriber": ignored beside `received`. mnc has lost its leading zero;
           `to` has no plus sign. logdate (2026_03_18) is the name of LINK's log and no time of the message.
Missing:   sender and account; how long LINK waits for an operator. Message text and secrets in the address are masked.
Sample:    203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /dlr?status=received&reason=&receivetime=1773821647&msgid=881204&to=4520000001&statuscode=0&logdate=2026_03_18&mcc=238&mnc=1&batchid=77 HTTP/1.1" 200 2
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Time, Words

STATUSES: Final[Words] = {"received": "delivered", "buffered": "buffered", "expired": "expired", "rejected": "undelivered"}


def _without_code_of_delivered(fields: Fields) -> Fields:
    if fields["status"].casefold() == "received":
        fields.pop("statuscode", None)
    return fields


def _report(*needs: str) -> Payload:
    return Payload(
        needs=("msgid", "status~^[A-Za-z]", *needs),
        columns={
            "message_id": "msgid",
            "recipient": "to",
            "campaign": "batchid",
            "client_ref": "returndata",
            "mcc": "mcc",
            "mnc": "mnc",
            "status": "status",
            "code": "statuscode",
            "detail": "reason",
            "happened": "receivetime",
        },
        statuses=STATUSES,
        code_system="ucp",
        international=True,
        times={"happened": Time(zone="UTC")},
        ignored=("logdate",),
        prepare=_without_code_of_delivered,
    )


FORMAT: Final = engine.make(
    Description(
        name="link_dk",
        title="LINK Mobility Denmark (COOL): delivery reports",
        payloads=(_report("statuscode"), _report("receivetime"), _report("logdate")),
        parts="one",
    )
)
