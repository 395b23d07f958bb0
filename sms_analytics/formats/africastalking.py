"""Africa's Talking: delivery reports, answers to bulk submissions.

Producer:  Africa's Talking, logged by whoever received its reports (form bodies one a line, GET lines of a web server, JSON of one's own program), and the
           answers of its messaging API.
Holds:     receipts (reports) and submissions (answers).
Clock:     neither has a time: the line's or an envelope's, else the file's.
Ids:       id, in answers messageId (`ATXid_` and 32 hexadecimal digits).
Parts:     one receipt for the whole message.
Columns:   id, messageId = message_id; phoneNumber, number = recipient; networkCode = mccmnc; status = status; failureReason, statusCode = code_raw; what a
           message cost (cost) and the rest = extra.
Statuses:  Sent (by Africa's Talking) = submitted; Submitted, Buffered (queued at the operator) = submitted; Success = delivered; Failed, AbsentSubscriber =
           undelivered; Rejected; Expired. In an answer the code decides, not the word: 100 to 102 = queued, others = rejected, 406 and 409 = stopped.
Codes:     failureReason is a word of `africastalking`, statusCode a number of `africastalking_submit`. UserInBlacklist and DoNotDisturbRejection make a
           failure `stopped`.
Traps:     `Success` means two things: delivered in a report, taken over in an answer. Not all operators say why. retryCount counts attempts.
Missing:   time, sender and text of a report. Incoming messages are skipped.
Sample:    id=ATXid_0123456789abcdef0123456789abcdef&status=Success&phoneNumber=%2B254711000001&networkCode=63902&retryCount=0
"""

from dataclasses import replace
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

STATUSES: Final[Words] = {
    "Sent": Says("submitted", said_by="gateway"),
    "Submitted": "submitted",
    "Buffered": "submitted",
    "Success": "delivered",
    "Failed": "undelivered",
    "AbsentSubscriber": Says("undelivered", reason="absent_subscriber"),
    "Rejected": "rejected",
    "Expired": "expired",
}

_REPORT: Final = Payload(
    needs=("id", "status", "phoneNumber", "networkCode|failureReason|retryCount"),
    columns={"message_id": "id", "recipient": "phoneNumber", "mccmnc": "networkCode", "status": "status", "code": "failureReason"},
    statuses=STATUSES,
    code_system="africastalking",
    no_code=("None", "null", "0"),
)

_ANSWER: Final = Payload(
    needs=("messageId", "statusCode", "number", "status", "cost"),
    kind="submission",
    columns={"message_id": "messageId", "recipient": "number", "code": "statusCode"},
    code_system="africastalking_submit",
    said_by="gateway",
    empty=("None",),
    ignored=("status",),
)

_INCOMING: Final = Payload(needs=("id", "linkId", "text", "from", "to", "!status"), kind="skip")

FORMAT: Final = engine.make(
    Description(
        name="africastalking",
        title="Africa's Talking: delivery reports, answers to submissions",
        payloads=(_INCOMING, _REPORT, replace(_REPORT, needs=("id~^ATXid_", "status", "phoneNumber")), _ANSWER),
        parts="one",
    )
)
