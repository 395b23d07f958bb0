"""ViaNett (Norway): delivery reports from the phone and from the operator's server, and the answers to submissions.

Producer:  ViaNett, logged by whoever received its requests: GET lines of a web server, form bodies one a line; and its answers to submissions
           (`<ack refno="1234" errorcode="0"/>`, one a line or in an envelope).
Holds:     receipts of two sorts, requesttype notificationstatus (phone) and mtstatus (server: the operator took it, or charged it), and submissions.
Clock:     `now` (dd.mm.yyyy HH:MM:SS or yyyymmddHHMMSS) is ViaNett's clock when it made the request, without zone (`--receipt-zone`); SentDate, on mtstatus,
           is when the message went to the operator. Else the line's time, else the file's.
Ids:       refno, chosen by the customer.
Parts:     one receipt for the whole message.
Columns:   refno = message_id; Tel = recipient; FromAlpha, sno = sender; CampaignID = campaign; ConsumerPrice = price; operator = operator where it is a
           name; Status, msgok = status; StatusCode, ErrorCode = code_raw; StatusDescription, ErrorDescription = detail; the rest = extra.
Statuses:  phone: DELIVRD = delivered; ACCEPTD = accepted, with StatusCode 107 (absent) buffered; EXPIRED; UNDELIV, DELETED, FAILED = undelivered; REJECTD =
           rejected; UNKNOWN; NoReport = no_report; NotFound, Barred, LowBalance = undelivered; Cancelled = stopped. Server: msgok true or -1 = submitted,
           false or 0 = rejected; a code that knows the end (delivered, expired ...) goes before it. Answers: 0 or 200 = submitted, others = rejected.
Codes:     phone: StatusCode is a `ucp` code. Server: ErrorCode is the operator's own and nobody says which: `telenor_cpa` (CPA01113E), `telia_cpa` (9206),
           `telenor_cpa_old` (705), `telia_dk` (NoReport), the first that knows it, else `vianett`. TDC's numbers 1 to 11 are in none: too bare to interpret.
Traps:     refno is in requests of both sorts and in incoming messages (requesttype mo, which are skipped). 210, 220 and 230 are deliveries. The names of
           the keys differ between ViaNett's documents and are taken in any letter case.
Missing:   ViaNett's own pages were read in part only. The names of the parameters are those of a public client library written to them
           (https://github.com/kolypto/py-smsframework-vianett); what is not named here goes to extra. `200|OK` answers have no id and cannot be read. Texts
           (`Msg`) and passwords are masked.
Sample:    requesttype=notificationstatus&refno=1234&Status=DELIVRD&StatusCode=0&StatusDescription=&now=18.03.2026+09%3A14%3A07
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Time, Words
from sms_analytics.formats.engine.telenor_codes import DELIVERED

STATUSES: Final[Words] = {
    "DELIVRD": "delivered",
    "DELIVERED": "delivered",
    "ACCEPTD": "accepted",
    "ENROUTE": "submitted",
    "BUFFRED": "buffered",
    "EXPIRED": "expired",
    "UNDELIV": "undelivered",
    "DELETED": "undelivered",
    "FAILED": "undelivered",
    "REJECTD": "rejected",
    "UNKNOWN": "unknown",
    "NoReport": Says("no_report", said_by="gateway"),
    "NotFound": Says("undelivered", reason="unknown_subscriber"),
    "Barred": Says("undelivered", reason="subscriber_barred"),
    "LowBalance": Says("undelivered", reason="insufficient_funds", charge="not_charged"),
    "Cancelled": Says("stopped", reason="cancelled", said_by="gateway"),
}
_TAKEN: Final[Words] = {
    **dict.fromkeys(("-1", "1", "true", "OK"), "submitted"),
    **dict.fromkeys(("0", "false"), "rejected"),
}
#: The operator tries on: the phone is off or out of coverage.
_ABSENT: Final[Words] = {"ACCEPTD": Says("buffered", reason="absent_subscriber")}
_OPERATORS: Final = ("vianett", "telenor_cpa", "telia_cpa", "telenor_cpa_old", "telia_dk")
_CLOCK: Final = Time(formats=("%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S"), lenient=True)
_PHONE: Final = "requesttype~(?i)^notificationstatus$"
#: Without requesttype a report is known by its word.
_WORD: Final = f"status~(?i)^({'|'.join(STATUSES)})$"


def _operator(fields: Fields) -> Fields:
    """A number in `operator` is ViaNett's own for a connection: no network."""
    if fields.get("operator", "").isdigit():
        fields["operatorid"] = fields.pop("operator")
    return fields


def _report(needs: tuple[str, ...], statuses: Words, status: tuple[str, ...], systems: tuple[str, ...]) -> Payload:
    return Payload(
        needs=needs,
        columns={
            "message_id": "refno",
            "recipient": ("tel", "destinationaddr"),
            "sender": ("fromalpha", "sno", "sourceaddr"),
            "campaign": "campaignid",
            "price": "consumerprice",
            "operator": "operator",
            "status": status,
            "code": ("statuscode", "errorcode"),
            "detail": ("statusdescription", "errordescription"),
            "happened": "now",
            "submit": "sentdate",
        },
        statuses=statuses,
        code_system=systems,
        code_refines=True,
        codes=DELIVERED,
        no_code=("0", "000"),
        times={"happened": _CLOCK, "submit": _CLOCK},
        international=True,
        hidden=("username",),
        ignored=("requesttype",),
        prepare=_operator,
    )


_ON_PHONES: Final = ("ucp", *_OPERATORS[1:])
_ANY_WORD: Final[Words] = {**STATUSES, **_TAKEN}
_REPORTS: Final = (
    _report(("refno", "status~(?i)^acceptd$", "statuscode~^0*107$", "requesttype"), _ABSENT, ("status",), _ON_PHONES),
    _report(("refno", "status", _PHONE), STATUSES, ("status",), _ON_PHONES),
    _report(("refno", "msgok", "requesttype"), _ANY_WORD, ("status", "msgok"), _OPERATORS),
    _report(("refno", "status", "requesttype"), _ANY_WORD, ("status",), _OPERATORS),
    _report(("refno", "errorcode", "requesttype"), {}, (), _OPERATORS),
    _report(("refno", _WORD), _ANY_WORD, ("status",), _OPERATORS),
    _report(("refno", "errorcode", "operator"), {}, (), _OPERATORS),
)
_ANSWER: Final = Payload(
    needs=("refno", "errorcode", "!requesttype"),
    kind="submission",
    columns={"message_id": "refno", "code": "errorcode", "detail": "text()"},
    code_system="vianett",
    hidden=("username",),
)
_INCOMING: Final = Payload(needs=("refno", "requesttype~(?i)^(mo|mms)"), kind="skip")

FORMAT: Final = engine.make(
    Description(
        name="vianett",
        title="ViaNett: delivery reports, answers to submissions",
        payloads=(_INCOMING, *_REPORTS, _ANSWER),
        parts="one",
        any_case=True,
        price="premium",
    )
)
