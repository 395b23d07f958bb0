"""The time that a log line begins with, in the shapes that programs and web servers write."""

import re
from typing import Final

import polars as pl

from sms_analytics.events.readings import NAIVE

_ISO: Final = r"^.{0,40}?(?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9}))?(?: ?(?P<offset>Z|[+-]\d\d:?\d\d)(?:[^0-9A-Za-z]|$))?"
_TIMES: Final = {"logged": NAIVE, "logged_utc": NAIVE, "log_precision": pl.String()}
_CLF: Final = r"^.{0,200}?\[(?P<date>\d\d/[A-Z][a-z]{2}/\d{4}):(?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?(?: (?P<offset>[+-]\d{4}))?\]"

#: Clocks without an offset that begin a line in other notations, perhaps in brackets: Go and Caddy, Django and Flask (behind an address), PHP's error log
#: and its server, Apache's error log, and as Norwegians and Germans write it. Each with how its parts, put together, are parsed.
_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_FINE: Final = r"(?:[.,](?P<fraction>\d{1,9}))?"
OTHERS: Final = (
    (rf"^\W{{0,4}}(?P<date>\d{{4}}/\d\d/\d\d) (?P<time>\d\d:\d\d:\d\d){_FINE}(?:[^0-9A-Za-z]|$)", "%Y/%m/%d"),
    (rf"^.{{0,60}}?\[(?P<date>\d\d/{_MONTH}/\d{{4}}) (?P<time>\d\d:\d\d:\d\d){_FINE}\]", "%d/%b/%Y"),
    (rf"^\W{{0,4}}(?P<date>\d\d-{_MONTH}-\d{{4}}) (?P<time>\d\d:\d\d:\d\d){_FINE}(?: (?P<offset>UTC))?(?:[^0-9A-Za-z]|$)", "%d-%b-%Y"),
    (rf"^\W{{0,4}}(?P<date>\d\d\.\d\d\.\d{{4}}),? (?P<time>\d\d:\d\d:\d\d){_FINE}(?:[^0-9A-Za-z]|$)", "%d.%m.%Y"),
    (
        rf"^\W{{0,4}}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<month>{_MONTH}) +(?P<day>\d\d?) (?P<time>\d\d:\d\d:\d\d){_FINE} (?P<year>\d{{4}})",
        "%d/%b/%Y",
    ),
)


def _in_other_notations(lines: pl.Series) -> pl.DataFrame:
    """`local`, `offset` and `ms` of lines whose time is in none of the usual notations."""
    frame = lines.to_frame("line").with_columns(local=pl.lit(None, NAIVE), offset=pl.lit(None, pl.String), ms=pl.lit(False))
    for pattern, notation in OTHERS:
        if not (rest := frame["local"].is_null()).any():
            break
        group = pl.col("line").str.extract_groups(pattern).struct
        names = re.compile(pattern).groupindex
        date = group["date"] if "date" in names else pl.concat_str(group["day"].str.zfill(2), group["month"], group["year"], separator="/")
        offset = pl.when(group["offset"] == "UTC").then(pl.lit("+0000")) if "offset" in names else pl.lit(None, pl.String)
        read = frame.select(
            local=_moment(date, group["time"], notation) + _fraction(group["fraction"]), offset=offset, ms=group["fraction"].is_not_null()
        )
        chosen = rest & read["local"].is_not_null()
        frame = frame.with_columns(pl.when(chosen).then(read[name]).otherwise(pl.col(name)).alias(name) for name in read.columns)
    return frame.drop("line")


def _moment(date: pl.Expr, time: pl.Expr, notation: str) -> pl.Expr:
    return (date + pl.lit("T") + time).str.to_datetime(f"{notation}T%H:%M:%S", strict=False, time_unit="us")


def _fraction(digits: pl.Expr) -> pl.Expr:
    return pl.duration(microseconds=digits.str.pad_end(6, "0").str.head(6).cast(pl.Int64, strict=False).fill_null(0))


def _offset(written: pl.Expr) -> pl.Expr:
    minutes = written.str.extract(r"^[+-](\d\d)").cast(pl.Int64, strict=False) * 60 + written.str.extract(r"(\d\d)$").cast(pl.Int64, strict=False)
    return pl.duration(minutes=pl.when(written.str.starts_with("-")).then(-minutes).otherwise(minutes).fill_null(0))


def read(lines: pl.Series) -> pl.DataFrame:
    """`logged` (naive, the log's clock), `logged_utc` (where the line states its offset) and `log_precision`; null where a line has no time."""
    if not lines.str.len_bytes().sum():
        return pl.select(pl.repeat(None, len(lines), dtype=dtype).alias(name) for name, dtype in _TIMES.items())
    frame = lines.to_frame("line")
    iso = frame.select(pl.col("line").str.extract_groups(_ISO).struct.unnest())
    clf = frame.select(pl.col("line").str.extract_groups(_CLF).struct.unnest())
    date, time, fraction = pl.col("date"), pl.col("time"), _fraction(pl.col("fraction"))
    first = iso.select(local=_moment(date, time, "%Y-%m-%d") + fraction, offset="offset", ms=pl.col("fraction").is_not_null())
    # HAProxy's has milliseconds and no offset.
    second = clf.select(local=_moment(date, time, "%d/%b/%Y") + fraction, offset="offset", ms=pl.col("fraction").is_not_null())
    # Web servers write an offset and HAProxy milliseconds; what has neither is no such clock.
    web = second["local"].is_not_null() & (second["offset"].is_not_null() | second["ms"])
    both = first.with_columns(
        local=pl.when(web).then(second["local"]).otherwise("local"),
        offset=pl.when(web).then(second["offset"]).otherwise("offset"),
        ms=pl.when(web).then(second["ms"]).otherwise("ms"),
    )
    lacking = both["local"].is_null() & (lines.str.len_bytes() > 0).fill_null(False)
    if lacking.any():
        others = _in_other_notations(lines.filter(lacking))
        both = both.with_columns(both[name].scatter(lacking.arg_true(), others[name]) for name in both.columns)
    has_offset = pl.col("offset").is_not_null()
    return both.select(
        logged=pl.when(~has_offset).then("local").cast(NAIVE),
        logged_utc=pl.when(has_offset).then(pl.col("local") - _offset(pl.col("offset"))).cast(NAIVE),
        log_precision=pl.when(pl.col("local").is_not_null()).then(pl.when("ms").then(pl.lit("ms")).otherwise(pl.lit("second"))),
    )
