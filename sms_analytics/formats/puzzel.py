"""Puzzel (Norway, earlier Intelecom): delivery reports as JSON, XML and GET requests, and the answers to submissions.

Producer:  the Puzzel SMS gateway, logged by whoever received its reports: JSON (`dr`) and XML (`dr/message`) with one or many reports each, GET lines of a
           web server or form bodies by a template that the customer writes; the gateway's answers to submissions (`messageStatus`, JSON or XML).
Holds:     receipts and, in answers, submissions.
Clock:     neither reports nor answers have a time: the line's, an envelope's, else the file's.
Ids:       messageid; customermessagereference (in answers clientReference) is the sender's own.
Parts:     one receipt for the whole message.
Columns:   messageid = message_id; serviceid = account; customerbatchreference, batchReference = campaign; customermessagereference, clientReference =
           client_ref; originator = sender; recipient = recipient (answers have it, reports only if the template says so); mcc and mnc = mccmnc;
           statuscode = code_raw; extstatusdescription (the operator's text), else statusdescription = detail; the rest = extra, extstatuscode among it.
Statuses:  by the code: 0, 390 (not charged) = delivered; 361, 362 = expired; 354, 355, 360, 385, 655 = rejected; the others = undelivered, 386 though
           charged. Answers: 1 = submitted; 24 = awaiting_approval (too many messages to one number, looked at by hand); 2 to 6, 25 = rejected.
Codes:     statuscode of reports is a `puzzel` code, of answers a `puzzel_submit` code: 1 and 0 mean different things in them. A code that is in neither
           list is kept as unrecognised. extstatuscode is the operator's own and of no known system.
Traps:     mnc is a number without its leading zero (242 and 1 are 24201). Without a 200 from the customer the same report comes again. The names of the
           keys are taken in any letter case, since the documents and the templates differ.
Missing:   the recipient of reports (the submission has it) and every time. Incoming messages (`mo`, type 1) are skipped. `content` and passwords are masked.
Sample:    {"dr":[{"messageid":"6z0a1b2c00","customermessagereference":"M93","serviceid":123,"mcc":242,"mnc":1,"type":6,"statuscode":0,"extstatuscode":"0"}]}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

#: What the rows in reference/codes.csv cannot say: what became of the charge, and where it is the gateway that refuses.
_SAYS: Final[Words] = {
    "386": Says("undelivered", charge="charged"),
    "390": Says("delivered", charge="not_charged"),
    **{code: Says("rejected", said_by="gateway") for code in ("354", "355", "385", "655")},
    **{code: Says("undelivered", said_by="gateway") for code in ("350", "650", "651", "652", "653", "654")},
}


def _report(*more: str) -> Payload:
    return Payload(
        needs=("messageid", "statuscode", "!sequenceindex", "!statusmessage", *more),
        columns={
            "message_id": "messageid",
            "code": "statuscode",
            "detail": ("extstatusdescription", "statusdescription"),
            "account": "serviceid",
            "campaign": ("customerbatchreference", "batchreference"),
            "client_ref": ("customermessagereference", "clientreference"),
            "sender": "originator",
            "recipient": ("recipient", "msisdn"),
            "mcc": "mcc",
            "mnc": "mnc",
        },
        code_system="puzzel",
        codes=_SAYS,
        ignored=("type",),
        hidden=("strippedcontent", "username"),
    )


#: Without `type` and the operator's code (a template of the customer's own) a record is known by its statuscode.
_REPORTS: Final = (_report("type=6"), _report("extstatuscode"), _report(r"statuscode~^(0|3[5-9]\d|6[5-9]\d)$"))


def _answer(needs: tuple[str, ...], at: str = "", each: tuple[str, ...] = ()) -> Payload:
    """The answer to a submission; `at` is where a message's own keys stand."""
    return Payload(
        needs=needs,
        kind="submission",
        columns={
            "message_id": f"{at}messageid",
            "code": f"{at}statuscode",
            "detail": f"{at}statusmessage",
            "recipient": f"{at}recipient",
            "client_ref": f"{at}clientreference",
            "campaign": "batchreference",
        },
        code_system="puzzel_submit",
        each=each,
        ignored=(f"{at}sequenceindex",),
    )


_ANSWERS: Final = (
    _answer(("messagestatus.0.statuscode",), "messagestatus.", ("messagestatus",)),
    _answer(("messagestatus.statuscode",), "messagestatus."),
    _answer(("statuscode", "sequenceindex")),
    _answer(("statuscode", "statusmessage", "recipient")),
)
_INCOMING: Final = tuple(
    Payload(needs=needs, kind="skip")
    for needs in (("messageid", "sno", "!statuscode"), ("messageid", "content", "!statuscode", "!channel"), ("messageid", "type=1", "!statuscode"))
)

FORMAT: Final = engine.make(
    Description(
        name="puzzel",
        title="Puzzel (Intelecom): delivery reports as JSON, XML and GET, answers to submissions",
        kept=("servicename",),
        payloads=(*_INCOMING, *_REPORTS, *_ANSWERS),
        parts="one",
        any_case=True,
    )
)
