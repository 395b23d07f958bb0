"""Sendega (Norway, now part of LINK Mobility): delivery reports, in both of their versions.

Producer:  Sendega, logged by whoever received its reports: form bodies one a line, GET lines of a web server, JSON of one's own program.
Holds:     receipts.
Clock:     delivered, in the older version statusUpdated: when the operator reported; registered: when Sendega took the message. Without an offset
           (`--receipt-zone`); with a millisecond or without.
Ids:       msgid.
Parts:     one report for the whole message.
Columns:   msgid = message_id; extID, customermsgid = client_ref; msisdn, recipient = recipient; status, statusid = status; errorcode = code_raw; errormessage,
           errordescription = detail; mcc and mnc = mccmnc; network = operator; registered = submit date; operatorerrorcode, sent, revenue (a payout, not
           the price of the message) and the rest = extra.
Statuses:  4 (delivered) = delivered; 5 (failed) = undelivered; with 129 stopped, by Sendega.
Codes:     errorcode is a `sendega` code; 100 is no error. 123 is delivered without charge, 124 charged but not delivered.
Traps:     the two versions name the same things differently. Numbers have no plus sign.
Missing:   sender. Incoming messages are skipped; their text is masked.
Sample:    msgid=812345&extID=ordre7&msisdn=4740000001&errorcode=100&errormessage=&status=4&statustext=delivered&operatorerrorcode=&registered=2026-03-18T09:14:01&sent=2026-03-18T09:14:02&delivered=2026-03-18T09:14:06
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

STATUSES: Final[Words] = {"4": "delivered", "5": "undelivered"}
#: What codes say of the charge, and who speaks.
CODES: Final[Words] = {
    "123": Says("delivered", charge="failed"),
    "124": Says("undelivered", charge="charged"),
    "129": Says("stopped", reason="content_blocked", said_by="gateway"),
}

FORMAT: Final = engine.make(
    Description(
        name="sendega",
        title="Sendega: delivery reports",
        payloads=(
            Payload(needs=("msgid", "msisdn", "shortcode"), kind="skip"),
            Payload(
                needs=("msgid", "msisdn", "status", "statustext", "errorcode"),
                columns={
                    "message_id": "msgid",
                    "client_ref": "extID",
                    "recipient": "msisdn",
                    "status": "status",
                    "code": "errorcode",
                    "detail": "errormessage",
                    "submit": "registered",
                    "happened": "delivered",
                },
                statuses=STATUSES,
                code_system="sendega",
                codes=CODES,
                code_refines=True,
                no_code=("100", "0"),
                international=True,
                ignored=("statustext",),
            ),
            Payload(
                needs=("msgid", "recipient", "statusid", "statusUpdated|sentdate|customermsgid"),
                columns={
                    "message_id": "msgid",
                    "client_ref": "customermsgid",
                    "recipient": "recipient",
                    "mcc": "mcc",
                    "mnc": "mnc",
                    "operator": "network",
                    "status": "statusid",
                    "code": "errorcode",
                    "detail": "errordescription",
                    "submit": "registered",
                    "happened": "statusUpdated",
                },
                statuses=STATUSES,
                code_system="sendega",
                codes=CODES,
                code_refines=True,
                no_code=("100", "0"),
                international=True,
                ignored=("countrycode",),
            ),
        ),
        parts="one",
    )
)
