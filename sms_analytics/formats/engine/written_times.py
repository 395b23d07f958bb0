"""Times as people and programs write them into a cell or a JSON value: one text, one time."""

from collections.abc import Callable
from functools import partial
from typing import Final

import polars as pl

from sms_analytics.events.readings import NAIVE
from sms_analytics.formats.engine import digit_times, named_times
from sms_analytics.formats.engine.digit_times import offset_minutes

#: In place of a `strptime` format: the dates of an SMPP receipt, which have two-digit years where nothing tells otherwise.
OF_RECEIPTS: Final = "receipt"

_CLOCK: Final = r"(?:[T,]?\s*(?:kl\.?\s*)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
_OFFSET: Final = r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*$"
#: 2026-03-18T09:14:05.123+01:00, 2026-03-18 09:14, 2026/03/18
_ISO: Final = rf"(?i)^\s*(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}{_OFFSET}"
#: 18.03.2026 09:14:05, 18.3.2026 kl. 09.14, and as Danes write it: 18-03-2026 09:14
_NORWEGIAN: Final = rf"(?i)^\s*(?P<day>\d{{1,2}})[.-](?P<month>\d{{1,2}})[.-](?P<year>\d{{4}}){_CLOCK}{_OFFSET}"
#: 20260318T09:14:05, 20260318T091405Z, 20260318 09:14, 20260318:091405: a date in basic form, with a clock in either
_BASIC: Final = (
    r"(?i)^\s*(?P<year>20[0-4]\d)(?P<month>\d{2})(?P<day>\d{2})[T :_\-]\s?(?P<hour>\d{2}):?(?P<minute>\d{2})"
    rf"(?::?(?P<second>\d{{2}})(?:[.,](?P<fraction>\d{{1,9}}))?)?{_OFFSET}"
)
#: 18/Mar/2026:09:14:05 +0100
_WEB: Final = r"^\[?(?P<date>\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\]?$"

#: Days since 1899-12-30, as Excel counts: those of the years 2000 to 2040.
_EXCEL_DAYS: Final = r"^\d{5}(?:[.,]\d+)?$"
_EXCEL_ZERO_DAYS: Final = 25_569
_EXCEL_YEARS: Final = (36_526, 51_501)

_TEXT = pl.col("text")
#: Texts to their `local`, `offset` and `precision`.
_Notation = Callable[[pl.DataFrame], pl.DataFrame]


def _calendar(texts: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """`local`, `offset` (minutes) and `precision` of texts in one calendar notation; null for the others."""
    # Taken apart once: an expression would do it again for each group.
    groups = texts.select("text", part=_TEXT.str.extract_groups(pattern)).unnest("part")
    part = {name: pl.col(name) for name in groups.columns}

    def padded(name: str, width: int = 2) -> pl.Expr:
        return part[name].str.zfill(width).fill_null("0" * width)

    fraction = part["fraction"].str.pad_end(6, "0").str.head(6).fill_null("000000")
    whole = pl.format("{}-{}-{}T{}:{}:{}", part["year"], padded("month"), padded("day"), padded("hour"), padded("minute"), padded("second"))
    local = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us") + pl.duration(microseconds=fraction.cast(pl.Int64, strict=False))
    precision = (
        pl.when(part["fraction"].is_not_null())
        .then(pl.lit("ms"))
        .when(part["second"].is_not_null())
        .then(pl.lit("second"))
        .otherwise(pl.lit("minute"))
    )
    return groups.select("text", local=local, offset=offset_minutes(part["offset"]), precision=precision)


def _excel(texts: pl.DataFrame) -> pl.DataFrame:
    """The same for Excel's day numbers, which have no zone."""
    days = pl.when(_TEXT.str.contains(_EXCEL_DAYS)).then(_TEXT).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    first, behind = _EXCEL_YEARS
    micros = pl.when((days >= first) & (days < behind)).then(((days - _EXCEL_ZERO_DAYS) * 86_400).round() * 1_000_000)
    return texts.select("text", local=micros.cast(pl.Int64).cast(NAIVE), offset=pl.lit(None, pl.Int64), precision=pl.lit("second"))


def _web(texts: pl.DataFrame) -> pl.DataFrame:
    """The same for the time of a web server's log."""
    utc = _TEXT.str.extract(_WEB).str.to_datetime("%d/%b/%Y:%H:%M:%S %z", strict=False, time_unit="us").dt.replace_time_zone(None)
    return texts.select("text", local=utc, offset=pl.lit(0, pl.Int64), precision=pl.lit("second"))


def _in_format(texts: pl.DataFrame, time_format: str) -> pl.DataFrame:
    """The same for a `strptime` format that the user gave."""
    fine = (
        "ms"
        if any(sign in time_format for sign in ("%f", "%3f", "%6f", "%9f"))
        else "second"
        if any(sign in time_format for sign in ("%S", "%T", "%s"))
        else "minute"
    )
    local = _TEXT.str.to_datetime(time_format, strict=False, time_unit="us")
    zoned = any(sign in time_format for sign in ("%z", "%:z", "%#z", "%+"))
    naive = local.dt.replace_time_zone(None) if zoned else local
    return texts.select("text", local=naive, offset=pl.lit(0 if zoned else None, pl.Int64), precision=pl.lit(fine))


def _notations(time_format: str | None) -> tuple[_Notation, ...]:
    """Those that are asked, in order."""
    if time_format is not None and time_format != OF_RECEIPTS:
        return (partial(_in_format, time_format=time_format),)
    digits = partial(digit_times.read, of_receipts=time_format == OF_RECEIPTS)
    calendars = [partial(_calendar, pattern=pattern) for pattern in (_ISO, _NORWEGIAN, _BASIC)]
    return (digits, *calendars, _web, named_times.read) if time_format else (*calendars[:2], digits, calendars[2], _excel, _web, named_times.read)


def _read_in_turn(rest: pl.DataFrame, time_format: str | None) -> list[pl.DataFrame]:
    """What each notation reads. No text is one in two of them, so the next is asked only for what is left."""
    found = []
    for notation in _notations(time_format):
        asked = notation(rest)
        found.append(asked.filter(pl.col("local").is_not_null()))
        rest = asked.filter(pl.col("local").is_null()).select("text")
        if rest.is_empty():
            break
    return found


def read(texts: pl.Series, time_format: str | None = None) -> pl.DataFrame:
    """`local` (naive) or `utc` (where the text states its offset or is an epoch), and `precision`; all null for a text that is no time.

    Digits alone are told apart as `digit_times.py` has it, over the whole of `texts`. With `time_format` (`strptime`, with `%z` for an offset) nothing
    else is read; `OF_RECEIPTS` in its place is for the dates of SMPP receipts.
    """
    found = pl.concat(_read_in_turn(texts.unique().drop_nulls().to_frame("text"), time_format))
    has_offset = pl.col("offset").is_not_null()
    table = found.select(
        "text",
        local=pl.when(~has_offset).then("local").cast(NAIVE),
        utc=pl.when(has_offset).then(pl.col("local") - pl.duration(minutes="offset")).cast(NAIVE),
        precision="precision",
    )
    return texts.to_frame("text").join(table, on="text", how="left", maintain_order="left").select("local", "utc", "precision")
