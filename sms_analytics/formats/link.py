"""LINK Mobility "Common" and Sergel Connect: delivery reports and answers to submissions.

Producer:  LINK Mobility's SMS REST API (version 1.6 of 2019) and Sergel's, logged by whoever received its reports (JSON, XML, form bodies or GET lines,
           as the customer's gate is set up) or kept the answers of `/sms/send` and `/sms/sendbatch`.
Holds:     receipts (reports) and submissions (answers of the API, which name no recipient).
Clock:     `timestamp` is the operator's time, `sentTimestamp` LINK's at hand-over, both RFC 3339 in UTC; an answer has no time but the line's.
           customParameters.received is local time without a zone and kept in extra.
Ids:       `id` of the report is `messageId` of the answer.
Parts:     a long message gets one report per part, with the id `ID$0`, `ID$1` ...; what stands before the dollar sign ties them together.
Columns:   id, messageId = message_id, refId = client_ref, operator = operator (no.telenor), customParameters.destination = recipient and .source =
           sender (not in every report), segments, smsCount = parts, resultCode = code_raw, description and message of an answer = detail;
           operatorResultCode (each operator's own, only for reference) and the rest = extra.
Statuses:  resultCode decides: 1000, 1011 = submitted; 1001, 1007 = delivered; 1005, 1008, 1012 = queued; 1002 = expired; 1010 = no_report, since the
           operator sent nothing; 4, 5 = unknown; 3, 104, 105, 3000 and up = rejected; 0, 1, 2, 6, 1004, 1006, 1009, 2104 to 2207 = undelivered.
Codes:     resultCode is a `link` code. 1007 to 1012 and 2200 to 2207 also say what became of the charge; 1001 says "billed" of free messages too, so it does not.
Traps:     `timestamp` may be cut to the minute and lie before `sentTimestamp`. Delivered and charged are two facts: 1007 is delivered and charged later,
           1009 charged and not delivered. Requests that lie in the same log are skipped.
Missing:   the recipient, unless it stands in customParameters. Fields that version 2 added are kept in extra. userData is masked.
           Messages live 48 hours unless the request says otherwise: after that and the grace a silent one counts as without status.
Sample:    {"refId":"ordre-5512","id":"Q7xkBpt2","operator":"no.telenor","sentTimestamp":"2026-03-18T08:14:05Z","timestamp":"2026-03-18T08:14:00Z","resultCode":1001,"operatorResultCode":"2","segments":1}
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Time, Words

#: Codes of LINK's own refusals, before a message reached an operator.
_OWN: Final = (3, 104, 105, *range(100, 104), *range(3000, 3003), *range(4000, 4008), 106000, 106100, 106101, 106200, 106201, 106202, 106300, 106301)

#: What a code says of the charge, or of who speaks, beside the status of its row in reference/codes.csv.
CODES: Final[Words] = {
    **{str(code): Says("rejected", said_by="gateway") for code in _OWN},
    "1007": Says("delivered", charge="pending"),
    "1008": Says("queued", charge="charged"),
    "1009": Says("undelivered", charge="charged"),
    "1010": Says("no_report", said_by="gateway", charge="unknown"),
    "1011": Says("submitted", charge="charged"),
    "1012": Says("queued", charge="pending"),
    **{str(code): Says("undelivered", charge="not_charged") for code in range(2200, 2208)},
}

_UTC: Final = Time(zone="UTC")
_CODE: Final = r"resultCode~^-?\d+(\.0)?$"
_PART: Final = r"^(?P<ref>.+)\$(?P<part>\d+)$"


def _pairs_by_name(fields: Fields) -> Fields:
    """customParameters as a mapping also where they are written as a list of key and value."""
    for path in [path for path in fields if path.startswith("customParameters.") and path.endswith("key")]:
        value = fields.pop(path.removesuffix("key") + "value", None)
        name = fields.pop(path)
        if value is not None:
            fields[f"customParameters.{name}"] = value
    return fields


_REPORT: Final = Payload(
    needs=("id", _CODE, "!messageId"),
    columns={
        "message_id": "id",
        "client_ref": "refId",
        "operator": "operator",
        "recipient": "customParameters.destination",
        "sender": "customParameters.source",
        "parts": "segments",
        "code": "resultCode",
        "happened": "timestamp",
        "submit": "sentTimestamp",
    },
    codes=CODES,
    code_system="link",
    empty=("null",),
    times={"happened": _UTC, "submit": _UTC},
    part_id=_PART,
    first_part=0,
    prepare=_pairs_by_name,
    hidden=("userData", "userDataHeader"),
)

#: The answer to a submission. A batch has one per message.
_ANSWER: Final = Payload(
    needs=("messageId", _CODE),
    kind="submission",
    columns={
        "message_id": "messageId",
        "client_ref": "refId",
        "parts": "smsCount",
        "code": "resultCode",
        "detail": ("description", "message"),
    },
    codes=CODES,
    code_system="link",
    empty=("null",),
    part_id=_PART,
    first_part=0,
    hidden=("userData", "userDataHeader"),
)

#: The answer to a request that LINK did not take: no message of it exists there.
_REFUSAL: Final = replace(_ANSWER, needs=(r"resultCode~^106\d{3}$", "description", "!messageId", "!id"))

_REQUESTS: Final = (
    Payload(needs=("destination", "userData", "platformId"), kind="skip"),
    Payload(needs=("platformId", "sendRequestMessages.0.destination"), kind="skip"),
)

FORMAT: Final = engine.make(
    Description(
        name="link",
        title="LINK Mobility and Sergel: delivery reports and answers to submissions",
        payloads=(*_REQUESTS, _REPORT, _ANSWER, _REFUSAL),
        parts="each",
        validity=timedelta(hours=48),
    )
)
