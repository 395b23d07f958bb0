"""EMI/UCP frames in any program's log lines: delivery notifications and answers to submissions.

Producer:  a gateway that speaks EMI/UCP (to version 4.6) with a message centre, or a dump of the connection; the frames as they went over the line
           (`TRN/LEN/O/53/...`), with or without STX and ETX, several on a line.
Holds:     receipts (operation 53) and submissions (the centre's answers to 51, and to the older 01, 02, 03 and 30).
Clock:     a time at the start of the line is the log's (`--time-zone` unless it states its offset); SCTS and DSCTS (DDMMYYhhmmss) are the message
           centre's (`--receipt-zone`) and have no zone.
Ids:       SCTS and the last eight digits of the recipient: 180326091400/40000001. SCTS alone is not unique, and answers and notifications may write
           the same number in different ways.
Parts:     every part is a message of its own for the centre and is acknowledged alone; nothing in a notification ties parts together.
Columns:   OAdC of a notification = recipient and AdC (our number) = sender, Dst = status, Rsn = code_raw, DSCTS = the operator's time, SCTS = submit time,
           the usual wording of Msg from "has been" on = detail; `smsc=`, `cid=`, `bind=` and the like in the line = feed.
Statuses:  Dst 0 = delivered, 1 = buffered, 2 = undelivered. An answer A = submitted; N = rejected before hand-over.
Codes:     Rsn is a `ucp` code, read for Dst 1 and 2 only: 000 is "unknown subscriber". The error code of an answer N is a `ucp_error` code.
Traps:     two messages to one number within the same second have the same id. Submissions (O/51) carry no id and only a two-digit number joins them
           with their answers: they are skipped, the answers count. So sender and NRq (which receipts were asked for) of submissions are not known,
           and a refused one has no recipient. A refusal that the gateway repeats counts each time, an answer A
           without number and time is skipped. Length and checksum are not checked.
Missing:   operator and account. Operations of incoming messages (52), sessions (60), alerts (31) and others are skipped. Texts (hexadecimal) are masked; of the
           words around a frame only the time is kept.
Sample:    08/00099/O/53/02079/4740000001/////////////180326091400/2/107/190326091400/3//2E2E2E/////////////05
"""

from typing import Final

import polars as pl

from sms_analytics.events.readings import MASK, Context, Format, Marks, Parsed, rejected
from sms_analytics.formats.engine import log_times
from sms_analytics.formats.engine.named_feeds import FEED

#: Places of the fields of all 5x operations (EMI/UCP 4.6; the order is Kannel's emimsg.h as well).
_ADC, _OADC, _SCTS, _DST, _RSN, _DSCTS, _MSG = 0, 1, 14, 15, 16, 17, 20

STATUSES: Final[dict[str, str]] = {"0": "delivered", "1": "buffered", "2": "undelivered"}
#: Operations that hand a message over.
_SUBMITTING: Final = ("01", "02", "03", "30", "51")

_BEGIN: Final = r"\d\d/\d{5}/"
_REQUEST: Final = rf"{_BEGIN}O/\d\d/[^\s\x02\x03\"'<>|]*"
#: An answer may end in words: `N/04/ operation not allowed/C3`.
_ANSWER: Final = rf"{_BEGIN}R/\d\d/[AN]/[^/\x02\x03]{{0,160}}(?:/[^/\x02\x03]{{0,160}})?/[0-9A-Fa-f]{{2}}"
_FRAME: Final = rf"(?:{_REQUEST}|{_ANSWER})"
_STARTED: Final = rf"(?:^|[^0-9/]){_BEGIN}[OR]/"
_OWN: Final = rf"(?:^|[^0-9/]){_BEGIN}(?:O/(?:0[1-3]|3[01]|5\d|6[01])/[^\s]*/|R/(?:0[1-3]|3[01]|5\d|6[01])/[AN]/)"

_NUMBER_AND_TIME: Final = r"\+?[0-9]{3,20}:[0-9]{12}"
_WORDING: Final = r"(?i)\b(has (?:not )?been [a-z ]{3,40}?(?: on [0-9\-]{8,10} at [0-9:]{5,8})?)\.?$"
_TIME: Final = r"^(.{0,40}?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)"

#: Two hexadecimal digits: of an ASCII sign, or of another byte.
_PAIR: Final = r"(?i)([0-7][0-9a-f])|[89a-f][0-9a-f]"

_LINE = pl.col("line")
_FRAME_COLUMN = pl.col("frame")


def _field(index: int) -> pl.Expr:
    value = pl.col("fields").list.get(index, null_on_oob=True)
    return pl.when(value != "").then(value)


def _frames(records: pl.DataFrame) -> pl.DataFrame:
    """One row per frame: `record_no, frame, before`, what kind it is and its `fields`."""
    found = records.with_columns(frame=_LINE.str.extract_all(_FRAME)).filter(pl.col("frame").list.len() > 0)
    times = log_times.read(found.select(before=_LINE.str.extract(rf"(?s)^(.*?){_BEGIN}[OR]/"))["before"])
    rows = found.hstack(times).explode("frame", empty_as_null=True, keep_nulls=True)
    return rows.with_columns(
        operation=_FRAME_COLUMN.str.slice(11, 2),
        side=_FRAME_COLUMN.str.slice(9, 1),
        fields=_FRAME_COLUMN.str.slice(14).str.split("/"),
        feed=_LINE.str.extract(FEED),
    )


def _id(number: pl.Expr, moment: pl.Expr) -> pl.Expr:
    return pl.concat_str(moment, pl.lit("/"), number.str.replace_all(r"\D", "").str.tail(8))


def _moment(written: pl.Expr) -> pl.Expr:
    return written.str.to_datetime("%d%m%y%H%M%S", strict=False, time_unit="us")


def _raw() -> pl.Expr:
    """The line's time and the frame, its text masked."""
    fields = pl.col("fields")
    text = pl.when(_field(_MSG).is_not_null()).then(pl.lit(f"/{MASK}/")).otherwise(pl.lit("//"))
    # The two ends may be names; all else of a frame is numbers, or text and keys in hexadecimal.
    ends, between, behind = fields.list.head(_OADC + 1), fields.list.slice(_OADC + 1, _MSG - _OADC - 1), fields.list.slice(_MSG + 1)
    masked = pl.concat_str(
        _FRAME_COLUMN.str.head(14), ends.list.join("/"), pl.lit("/"), _harmless(between).list.join("/"), text, _harmless(behind).list.join("/")
    )
    frame = pl.when((pl.col("side") == "O") & (fields.list.len() > _MSG)).then(masked).otherwise(_FRAME_COLUMN)
    return pl.concat_str(_LINE.str.extract(_TIME) + pl.lit(" "), frame, ignore_nulls=True)


def _harmless(fields: pl.Expr) -> pl.Expr:
    """Fields of a frame that are numbers, or two digits of a checksum."""
    own = pl.element()
    return fields.list.eval(pl.when(own.str.contains(r"^(?:\+?[0-9]{0,20}|[0-9A-F]{2})$")).then(own).otherwise(pl.lit(MASK)))


def _notifications(frame: pl.DataFrame) -> pl.DataFrame:
    code = pl.when(_field(_DST).is_in(["0"]).not_()).then(_field(_RSN))
    happened = _moment(_field(_DSCTS))
    # Only its ASCII is looked at: a text in any alphabet may stand there.
    words = _field(_MSG).str.replace_all(_PAIR, "${1}").str.decode("hex", strict=False).cast(pl.String, strict=False)
    return frame.select(
        "record_no",
        "frame_in_line",
        "feed",
        "logged",
        "logged_utc",
        kind=pl.lit("receipt"),
        message_id=_id(_field(_OADC), _field(_SCTS)),
        sender=_field(_ADC),
        recipient=_field(_OADC),
        happened=happened,
        submit=_moment(_field(_SCTS)),
        time_precision=pl.when(happened.is_not_null()).then(pl.lit("second")).otherwise("log_precision"),
        status=_field(_DST).replace_strict(STATUSES, default="unrecognised", return_dtype=pl.String),
        status_raw=_field(_DST),
        said_by=pl.lit("operator"),
        code_raw=code,
        code_system=pl.when(code.is_not_null()).then(pl.lit("ucp")),
        detail=words.str.extract(_WORDING),
        raw=_raw(),
    )


def _accepted(frame: pl.DataFrame) -> pl.DataFrame:
    """Answers A: one submission per recipient and time that they name."""
    pairs = frame.with_columns(pair=_FRAME_COLUMN.str.extract_all(_NUMBER_AND_TIME)).explode("pair", empty_as_null=True, keep_nulls=True)
    number, moment = pl.col("pair").str.extract(r"^(.*):"), pl.col("pair").str.tail(12)
    logged = pl.col("log_precision").is_not_null()
    return pairs.select(
        "record_no",
        "frame_in_line",
        "feed",
        "logged",
        "logged_utc",
        kind=pl.lit("submission"),
        message_id=_id(number, moment),
        recipient=number,
        # The centre's clock, where the log has none of its own.
        happened=pl.when(~logged).then(_moment(moment)),
        time_precision=pl.coalesce("log_precision", pl.lit("second")),
        status=pl.lit("submitted"),
        status_raw=pl.lit("A"),
        said_by=pl.lit("gateway"),
        raw=_raw(),
    )


def _refused(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "record_no",
        "frame_in_line",
        "feed",
        "logged",
        "logged_utc",
        kind=pl.lit("submission"),
        time_precision="log_precision",
        status=pl.lit("rejected"),
        status_raw=pl.lit("N"),
        said_by=pl.lit("gateway"),
        code_raw=_field(1),
        code_system=pl.when(_field(1).is_not_null()).then(pl.lit("ucp_error")),
        detail=_field(2).str.strip_chars().str.extract(r"^([A-Za-z][A-Za-z ,.()\-]{2,60})$"),
        raw=_raw(),
    )


def _lacks() -> pl.Expr:
    """What a notification lacks to be one."""
    needed = {"OAdC": (_OADC, r"^\+?[0-9A-F]{3,20}$"), "SCTS": (_SCTS, r"^[0-9]{12}$"), "Dst": (_DST, r"^[0-9]{1,2}$")}
    # A field is whole where another one begins behind it.
    cut = pl.col("fields").list.len() <= _DSCTS + 1
    lacks = [pl.when(~_field(index).str.contains(pattern).fill_null(False)).then(pl.lit(name)) for name, (index, pattern) in needed.items()]
    return pl.coalesce(*lacks, pl.when(_moment(_field(_SCTS)).is_null()).then(pl.lit("SCTS")), pl.when(cut).then(pl.lit("DSCTS")))


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch of log lines that may hold frames."""
    del context
    frames = _frames(records).with_columns(frame_in_line=pl.int_range(pl.len()).over("record_no"), lacks=_lacks())
    request, operation = pl.col("side") == "O", pl.col("operation")
    answer = ~request & operation.is_in(_SUBMITTING)
    yes = pl.col("fields").list.get(0, null_on_oob=True) == "A"
    named = _FRAME_COLUMN.str.contains(_NUMBER_AND_TIME)
    notification = request & (operation == "53")
    readings = pl.concat(
        [
            _notifications(frames.filter(notification & pl.col("lacks").is_null())),
            _accepted(frames.filter(answer & yes & named)),
            _refused(frames.filter(answer & ~yes)),
        ],
        how="diagonal_relaxed",
    ).sort("record_no", "frame_in_line", maintain_order=True)
    readings = readings.with_columns(event_no=pl.int_range(1, pl.len() + 1).over("record_no")).drop("frame_in_line")
    broken = frames.filter(notification & pl.col("lacks").is_not_null()).unique("record_no", keep="first", maintain_order=True)
    cut = records.filter(_LINE.str.contains(_STARTED) & ~_LINE.str.contains(_FRAME))
    return _sorted_out(records, readings, broken, cut)


def _sorted_out(records: pl.DataFrame, readings: pl.DataFrame, broken: pl.DataFrame, cut: pl.DataFrame) -> Parsed:
    """Each record once: read if one of its frames was, else rejected if one is broken, else skipped."""
    broken = broken.join(readings.select("record_no"), on="record_no", how="anti")
    rejects = pl.concat(
        [
            broken.select(
                "record_no",
                raw="line",
                field="lacks",
                rule=pl.lit("ucp_field"),
                message=pl.format("a delivery notification without a usable {}; it may be cut off", "lacks"),
            ),
            rejected(cut, "frame", "ucp_frame", "the beginning of a frame; it may be cut off"),
        ]
    ).sort("record_no")
    taken = pl.concat([readings.select("record_no"), rejects.select("record_no")])
    other = records.join(taken, on="record_no", how="anti", maintain_order="left")
    return Parsed(
        readings=readings,
        skipped=other.select("record_no").hstack(log_times.read(other["line"]).select("logged", "logged_utc")),
        rejected=rejects,
    )


def claims(records: pl.DataFrame) -> int:
    """Lines with a frame of one of the operations that gateways use."""
    return int(records["line"].str.contains(_OWN).sum())


FORMAT: Final = Format(
    name="ucp",
    title="EMI/UCP frames in any log line",
    claims=claims,
    parse=parse,
    marks=Marks(((("/O/", "/R/"),),)),
    code_systems=("ucp", "ucp_error"),
)
