"""Front SMS Gateway (Pling): status callbacks and submit answers, as the customer's side logs them.

Producer:  whatever received the callback or sent the message: a web server's access log (common or combined), JSON lines of one's own program or of a
           proxy, or lines with key=value pairs (`ErrorCode=0, ID=81234567`, `origid=81234567&status=4`), perhaps with a time in front; bodies of POST where they
           are logged.
Holds:     receipts (a status callback: `origid` and `status`) and submissions (the answer of push.php: `errorcode` and `id`).
Clock:     the callback has none of its own: the line's time is when it was received. Access logs state their offset; JSON lines are read with a time
           under `received`, `timestamp`, `time`, `ts` and the like (ISO 8601, epoch in seconds or milliseconds); a time without offset is the log's
           (`--time-zone`), a line without a time carries the file's.
Ids:       `origid` of the callback is the `id` of the submit answer.
Parts:     a split message has one id, and the same status may come once per part.
Columns:   id, origid = message_id; phoneno = recipient, fromid = sender, serviceid = account, description = detail, price (øre) = price (kroner, what the recipient is charged), where
           the line has them; unknown keys = extra. The feed is `--feed`.
Codes:     `errorcode` is a `front_submit` code: 0 = submitted, 21 (on the STOP list) = stopped, every other one = rejected.
Statuses:  -1 (sent on) and 0 (with the operator) = submitted, 4 = delivered, 5 = undelivered with an unspecified reason; others are kept as unrecognised.
Traps:     the same status comes several times (parts, repeats until the customer answers), and `sent` may come after the final one. A callback that the
           customer answered with an error is a receipt all the same. In a JSON line of a web server `status` beside `request` is the server's own.
Missing:   recipient, operator and error text stand only in Pling. Callbacks sent as POST are only in access logs that log the body. Incoming messages and
           all other requests are skipped; text, passwords and everything that is not Front's own is masked.
Sample:    203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /front/status?origid=81234567&status=4 HTTP/1.1" 200 4
"""

from dataclasses import replace
from typing import Final

import polars as pl

from sms_analytics.events.readings import Context, Format, Parsed
from sms_analytics.formats import front_lines
from sms_analytics.formats.engine import described
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

#: Codes of submit answers: a number on the STOP list is 21, any other but 0 a refusal.
ANSWERS: Final[Words] = {
    **dict.fromkeys(map(str, range(1, 1000)), "rejected"),
    "0": "submitted",
    front_lines.STOP_LIST: Says("stopped", reason="recipient_opted_out"),
}

_CALLBACK: Final = Payload(
    # Asked for twice, since `status` alone stands in the records of any web server: without `origid` more than half is missing.
    needs=("origid", "origid~.", "status"),
    columns={
        "message_id": "origid",
        "account": "serviceid",
        "sender": "fromid",
        "recipient": "phoneno",
        "detail": "description",
        "status": "status",
        "logged": front_lines.TIME_KEYS,
    },
    statuses=front_lines.STATUSES,
)
_ANSWER: Final = Payload(
    needs=("errorcode=0", "id~^[1-9]"),
    kind="submission",
    columns={
        "message_id": "id",
        "account": "serviceid",
        "sender": "fromid",
        "recipient": "phoneno",
        "detail": "description",
        "status": "errorcode",
        "price": "price",
        "logged": front_lines.TIME_KEYS,
    },
    statuses=ANSWERS,
    price_unit=0.01,
)
_REFUSAL: Final = replace(
    _ANSWER, needs=(r"errorcode~^\d+$", "!errorcode=0", "id~^[1-9]"), columns={**_ANSWER.columns, "code": "errorcode"}, code_system="front_submit"
)
_REFUSED: Final = replace(
    _REFUSAL,
    needs=(r"errorcode~^\d+$", "!errorcode=0", "id|description"),
    # In place of the id stands 0, or what is wrong.
    columns={name: paths for name, paths in _REFUSAL.columns.items() if name != "message_id"},
    ignored=("id",),
)
#: Incoming messages.
_INCOMING: Final = tuple(
    Payload(needs=(*keys, "!origid", "!errorcode"), kind="skip", general=True) for keys in (("phonenr",), ("from", "to", "text"), ("fromid", "txt"))
)

_DESCRIBED: Final = described.make(
    Description(
        name="front",
        title="Front SMS Gateway: status callbacks and submit answers",
        payloads=(_CALLBACK, _ANSWER, _REFUSAL, _REFUSED, *_INCOMING),
        any_case=True,
        price="premium",
    )
)

_BOTH: Final = r"(?i)\borigid\b.*\bstatus\b|\bstatus\b.*\borigid\b"
_ANSWERED: Final = r"\"errorcode\"\s*:.*\"id\"\s*:|\"id\"\s*:.*\"errorcode\"\s*:|\bErrorCode\s*=\s*-?\d+\W+ID\s*="


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch: the lines as Front's own samples write them all together, any other record by the description."""
    if len(records.columns) > 2:
        return _DESCRIBED.parse(records, context)
    quick, rest = front_lines.read(records, context.keep)
    if rest.is_empty():
        return quick
    other = _DESCRIBED.parse(rest, context)
    return Parsed(
        readings=pl.concat([quick.readings, other.readings], how="diagonal_relaxed"),
        skipped=pl.concat([quick.skipped, other.skipped], how="diagonal_relaxed"),
        rejected=pl.concat([quick.rejected, other.rejected], how="diagonal_relaxed"),
    )


def claims(records: pl.DataFrame) -> int:
    """Records with a status callback or a submit answer; other requests of the same web server do not count."""
    if len(records.columns) > 2:
        return _DESCRIBED.claims(records)
    line = pl.col("line")
    return int(records.select((line.str.contains(_BOTH) | line.str.contains(_ANSWERED)).sum()).item())


# Its answers stand in lines that no description could open, and asking costs little.
FORMAT: Final[Format] = replace(_DESCRIBED, parse=parse, claims=claims, marks=None)
