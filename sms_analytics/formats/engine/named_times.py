"""Times as people write them, with names of months, AM and PM, two-digit years, or slashes.

`03/04/2026` is the third of April or the fourth of March: the column decides, by those of its dates that fit one order alone. Where none does, a date
that fits both is no time.
"""

from typing import Final

import polars as pl

from sms_analytics.events.readings import NAIVE
from sms_analytics.formats.engine.digit_times import offset_minutes

_CLOCK: Final = r"(?:(?:,| at| @| kl\.?)?\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
_OFFSET: Final = r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*$"
_WEEKDAY: Final = r"(?:\p{L}{2,9}\.?,?\s+)?"
#: 18. mars 2026 kl. 09:14, Wed, 18 Mar 2026 08:14:05 +0000; Mar 18, 2026 9:14:05 AM; 18.03.26 09:14
_DAY_FIRST: Final = (
    rf"(?i)^\s*{_WEEKDAY}(?:den\s+)?(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)?[\s-]+(?P<month>\p{{L}}{{3,9}})\.?,?[\s-]+(?P<year>\d{{4}}){_CLOCK}{_OFFSET}"
)
_MONTH_FIRST: Final = rf"(?i)^\s*{_WEEKDAY}(?P<month>\p{{L}}{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_CLOCK}{_OFFSET}"
_SHORT_YEAR: Final = rf"(?i)^\s*(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{2}}){_CLOCK}{_OFFSET}"
_DAY: Final = rf"^\s*(?P<year>20[0-4]\d)(?P<month>\d{{2}})(?P<day>\d{{2}}){_OFFSET}"
_SLASHED: Final = rf"(?i)^\s*(?P<first>\d{{1,2}})/(?P<last>\d{{1,2}})/(?P<year>\d{{4}}|\d{{2}}){_CLOCK}{_OFFSET}"

#: The first three letters of a month in English, Norwegian, Swedish and Danish.
_MONTHS: Final = {
    **{name: number + 1 for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])},
    **{"mai": 5, "maj": 5, "okt": 10, "des": 12},
}

_PARTS: Final = ("year", "month", "day", "hour", "minute", "second", "fraction", "half", "offset")


def read(texts: pl.DataFrame) -> pl.DataFrame:
    """`text, local, offset, precision` of a column's different texts, as `written_times.py` has them; all empty for what is none of these."""
    found = [_with_names(texts, pattern) for pattern in (_DAY_FIRST, _MONTH_FIRST)] + [_parts(texts, pattern) for pattern in (_SHORT_YEAR, _DAY)]
    found.append(_slashed(texts))
    times = [_time(parts) for parts in found]
    return texts.select("text").with_columns(
        *[pl.coalesce(*[pl.lit(time[name]) for time in times]).alias(name) for name in ("local", "offset", "precision")]
    )


def _parts(texts: pl.DataFrame, pattern: str) -> pl.DataFrame:
    groups = texts.select(part=pl.col("text").str.extract_groups(pattern)).unnest("part")
    return groups.with_columns(pl.lit(None, pl.String).alias(name) for name in _PARTS if name not in groups.columns)


def _with_names(texts: pl.DataFrame, pattern: str) -> pl.DataFrame:
    short = pl.col("month").str.to_lowercase().str.slice(0, 3)
    return _parts(texts, pattern).with_columns(month=short.replace_strict(_MONTHS, default=None, return_dtype=pl.Int64).cast(pl.String))


def _slashed(texts: pl.DataFrame) -> pl.DataFrame:
    """Day and month in the order that the column's other dates have."""
    parts = _parts(texts, _SLASHED)
    first, last = (pl.col(name).cast(pl.Int64, strict=False) for name in ("first", "last"))
    days_first, months_first = parts.select((first > 12).any(), (last > 12).any()).row(0)
    by_itself = (first > 12) | (last == first)
    is_day = by_itself | pl.lit(bool(days_first and not months_first))
    is_month = ((last > 12) & ~by_itself) | pl.lit(bool(months_first and not days_first))
    return parts.with_columns(
        day=pl.when(is_day).then("first").when(is_month).then("last"), month=pl.when(is_day).then("last").when(is_month).then("first")
    )


def _time(parts: pl.DataFrame) -> pl.DataFrame:
    year = pl.when(pl.col("year").str.len_bytes() == 2).then(pl.lit("20") + pl.col("year")).otherwise("year")
    hour = pl.col("hour").cast(pl.Int64, strict=False).fill_null(0)
    half = pl.col("half").str.slice(0, 1).str.to_lowercase()
    wrong = half.is_not_null() & ~hour.is_between(1, 12)
    hour = pl.when(half.is_null()).then(hour).when(half == "p").then(hour % 12 + 12).otherwise(hour % 12)
    numbers = [pl.col(name).cast(pl.Int64, strict=False).fill_null(0).cast(pl.String).str.zfill(2) for name in ("month", "day", "minute", "second")]
    whole = pl.format("{}-{}-{}T{}:{}:{}", year, numbers[0], numbers[1], hour.cast(pl.String).str.zfill(2), numbers[2], numbers[3])
    moment = pl.when(~wrong).then(whole).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    fraction = pl.duration(microseconds=pl.col("fraction").str.pad_end(6, "0").str.head(6).cast(pl.Int64, strict=False).fill_null(0))
    fine = pl.when(pl.col("fraction").is_not_null()).then(pl.lit("ms")).when(pl.col("second").is_not_null()).then(pl.lit("second"))
    local = pl.when(moment.dt.year().is_between(2000, 2040)).then(moment + fraction)
    return parts.select(local=local.cast(NAIVE), offset=offset_minutes(pl.col("offset")), precision=fine.otherwise(pl.lit("minute"))).with_columns(
        offset=pl.when(pl.col("local").is_not_null()).then("offset"), precision=pl.when(pl.col("local").is_not_null()).then("precision")
    )
