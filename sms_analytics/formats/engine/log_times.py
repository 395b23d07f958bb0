"""The time that a log line begins with, in the shapes that programs and web servers write."""

from typing import Final

import polars as pl

from sms_analytics.events.readings import NAIVE

_ISO: Final = r"^.{0,40}?(?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9}))?(?: ?(?P<offset>Z|[+-]\d\d:?\d\d)(?:[^0-9A-Za-z]|$))?"
_TIMES: Final = {"logged": NAIVE, "logged_utc": NAIVE, "log_precision": pl.String()}
_CLF: Final = r"^.{0,200}?\[(?P<date>\d\d/[A-Z][a-z]{2}/\d{4}):(?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?(?: (?P<offset>[+-]\d{4}))?\]"


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
    iso_time = (pl.col("date") + "T" + pl.col("time")).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    fraction = pl.col("fraction").str.pad_end(6, "0").str.head(6).cast(pl.Int64, strict=False).fill_null(0)
    first = iso.select(local=iso_time + pl.duration(microseconds=fraction), offset="offset", ms=pl.col("fraction").is_not_null())
    # HAProxy's has milliseconds and no offset.
    clf_time = (pl.col("date") + "T" + pl.col("time")).str.to_datetime("%d/%b/%YT%H:%M:%S", strict=False, time_unit="us")
    second = clf.select(local=clf_time + pl.duration(microseconds=fraction), offset="offset", ms=pl.col("fraction").is_not_null())
    # Web servers write an offset and HAProxy milliseconds; what has neither is no such clock.
    web = second["local"].is_not_null() & (second["offset"].is_not_null() | second["ms"])
    both = first.with_columns(
        local=pl.when(web).then(second["local"]).otherwise("local"),
        offset=pl.when(web).then(second["offset"]).otherwise("offset"),
        ms=pl.when(web).then(second["ms"]).otherwise("ms"),
    )
    stated = pl.col("offset").is_not_null()
    return both.select(
        logged=pl.when(~stated).then("local").cast(NAIVE),
        logged_utc=pl.when(stated).then(pl.col("local") - _offset(pl.col("offset"))).cast(NAIVE),
        log_precision=pl.when(pl.col("local").is_not_null()).then(pl.when("ms").then(pl.lit("ms")).otherwise(pl.lit("second"))),
    )
