"""Times written in digits alone, told apart by their length and by the years in which there were logs of SMS.

| digits | read as |
| --- | --- |
| 9, 10 | Unix seconds, or `YYMMDDhhmm` |
| 12 | `YYMMDDhhmmss`, or `YYYYMMDDhhmm`; no Unix milliseconds, which have 13 since 2001 |
| 13, 16 | Unix milliseconds, microseconds |
| 14, 17 | `YYYYMMDDhhmmss`, with milliseconds |
| 15 and a sign | the absolute time of SMPP 3.4 section 7.1.1, `YYMMDDhhmmsstnnp` |

An offset or `Z` may follow those with a calendar. What is no time of the years 2000 to 2040 in one reading has the other. What fits two is decided by
the column: by its times that fit one alone; else, where there are `_ENOUGH` of them, by the reading that would be the rarer accident; else it is read
in neither (where a protocol says that its dates have two-digit years: in that one).
"""

from typing import Final

import polars as pl

from sms_analytics.events.readings import NAIVE

#: Years that times without a sign between their parts can be of.
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2040
#: 1 January 2000 and 2041, in seconds.
_EPOCHS: Final = (946_684_800, 2_240_524_800)
#: Units of Unix times by their number of digits, in microseconds.
_UNITS: Final = {9: 1_000_000, 10: 1_000_000, 13: 1000, 16: 1}
#: So many different times, each of which fits two readings, are no accident: Unix seconds fit the calendar at best once in 20, dates with a two-digit
#: year fit a four-digit one once in 6.
_ENOUGH: Final = 3

_WRITTEN: Final = r"(?i)^\s*(?P<digits>\d{9,17})(?P<fraction>\.\d+)?(?:\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}))?\s*$"
_ABSOLUTE: Final = r"^\s*(?P<moment>\d{12})(?P<tenth>\d)(?P<quarters>\d{2})(?P<sign>[+-])\s*$"

_DIGITS = pl.col("digits")
_size = pl.col("digits").str.len_bytes()


def offset_minutes(written: pl.Expr) -> pl.Expr:
    """Minutes east of UTC of `Z`, `UTC`, `+0100` or `+01:00`; empty where nothing is written."""
    sign, hours, minutes = (written.str.extract(r"^([+-])(\d{2}):?(\d{2})?$", group) for group in (1, 2, 3))
    distance = hours.cast(pl.Int64, strict=False) * 60 + minutes.cast(pl.Int64, strict=False).fill_null(0)
    return pl.when(written.is_null()).then(None).when(sign.is_null()).then(0).when(sign == "-").then(-distance).otherwise(distance)


def _possible(time: pl.Expr) -> pl.Expr:
    return pl.when(time.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)).then(time)


def _calendar(sizes: dict[int, str]) -> pl.Expr:
    """The digits as a calendar time, by the notation of their number; a four-digit year is set apart, since the parser would take five digits for it."""
    readings = []
    for size, notation in sizes.items():
        digits = pl.when(_size == size).then(_DIGITS)
        written = digits.str.replace(r"^(\d{4})", "${1}-") if notation.startswith("%Y") else digits
        readings.append(written.str.to_datetime(notation, strict=False, time_unit="us"))
    return _possible(pl.coalesce(readings).cast(NAIVE))


def _with_readings(frame: pl.DataFrame) -> pl.DataFrame:
    """`short` (two-digit year), `long` (four-digit year) and `unix` (UTC) of `digits`, each empty where it is no time of those years."""
    milliseconds = pl.when(_size == 17).then(_DIGITS.str.slice(14)).cast(pl.Int64, strict=False).fill_null(0)
    unit = _size.cast(pl.Int64).replace_strict(_UNITS, default=None, return_dtype=pl.Int64)
    micros = _DIGITS.cast(pl.Int64, strict=False) * unit
    fraction = (pl.col("fraction").cast(pl.Float64, strict=False).fill_null(0.0) * unit).round().cast(pl.Int64)
    parts = pl.duration(microseconds=(pl.col("fraction").cast(pl.Float64, strict=False).fill_null(0.0) * 1_000_000).round().cast(pl.Int64))
    begin, end = (second * 1_000_000 for second in _EPOCHS)
    bare = pl.col("fraction").is_null()
    whole = frame.with_columns(whole=pl.when(_size == 17).then(_DIGITS.str.head(14)).otherwise(_DIGITS))
    long = whole.select(digits="whole").select(time=_calendar({12: "%Y-%m%d%H%M", 14: "%Y-%m%d%H%M%S"}))["time"]
    return frame.with_columns(
        # A fraction follows seconds alone.
        short=pl.when(bare | (_size == 12)).then(_calendar({10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S"}) + parts),
        long=pl.when(bare | (_size == 14)).then(pl.lit(long) + pl.duration(milliseconds=milliseconds) + parts).cast(NAIVE),
        unix=pl.when((micros >= begin) & (micros < end) & pl.col("offset").is_null()).then((micros + fraction).cast(NAIVE)),
    )


def _choice(other: str, size: int, *, rare: str, of_receipts: bool) -> pl.Expr:
    """Which of `short` and the other reading the digits of one length have in this column; empty where nothing tells.

    `rare`: the one that fits by accident more rarely.
    """
    mine = _size == size
    is_short, is_other = pl.col("short").is_not_null(), pl.col(other).is_not_null()
    votes_short, votes_other = (mine & is_short & ~is_other).any(), (mine & ~is_short & is_other).any()
    enough = (mine & is_short & is_other).sum() >= _ENOUGH
    by_column = (
        pl.when(votes_short & ~votes_other)
        .then(pl.lit("short"))
        .when(votes_other & ~votes_short)
        .then(pl.lit(other))
        .when(~votes_short & ~votes_other & enough)
        .then(pl.lit(rare))
    )
    both = pl.lit("short") if of_receipts else by_column
    return pl.when(is_short & is_other).then(both).when(is_short).then(pl.lit("short")).when(is_other).then(pl.lit(other))


def read(texts: pl.DataFrame, *, of_receipts: bool = False) -> pl.DataFrame:
    """`text, local, offset, precision` of a column's different texts (`text`): naive times, minutes east of UTC where they are told (Unix times are UTC),
    `minute`, `second` or `ms`; all empty for what is no time, or could be two. `of_receipts`: dates have two-digit years where that is a date."""
    groups = texts.select("text", part=pl.col("text").str.extract_groups(_WRITTEN)).unnest("part")
    frame = _with_readings(groups)
    chosen = (
        pl.when(_size == 10)
        .then(_choice("unix", 10, rare="short", of_receipts=of_receipts))
        .when(_size == 12)
        .then(_choice("long", 12, rare="long", of_receipts=of_receipts))
        .otherwise(pl.coalesce(*[pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in ("long", "unix")]))
    )
    frame = frame.with_columns(reading=chosen)
    reading = pl.col("reading")
    local = pl.coalesce(*[pl.when(reading == name).then(name) for name in ("short", "long", "unix")])
    to_the_minute = ((reading == "short") & (_size == 10)) | ((reading == "long") & (_size == 12))
    fine = pl.col("fraction").is_not_null() | (_size >= 16) | ((reading == "unix") & (_size > 10))
    found = frame.select(
        "text",
        local=local,
        offset=pl.when(reading == "unix").then(0).otherwise(offset_minutes(pl.col("offset"))).cast(pl.Int64),
        precision=pl.when(to_the_minute).then(pl.lit("minute")).when(fine).then(pl.lit("ms")).otherwise(pl.lit("second")),
    )
    return found if found["local"].null_count() == 0 else _with_absolute(found)


def _with_absolute(found: pl.DataFrame) -> pl.DataFrame:
    """The same with what is written as SMPP's absolute time."""
    part = pl.col("text").str.extract_groups(_ABSOLUTE).struct
    tenths = pl.duration(milliseconds=part["tenth"].cast(pl.Int64, strict=False) * 100)
    quarters = part["quarters"].cast(pl.Int64, strict=False) * 15 * pl.when(part["sign"] == "-").then(-1).otherwise(1)
    moment = _possible(part["moment"].str.to_datetime("%y%m%d%H%M%S", strict=False, time_unit="us")) + tenths
    absolute = found.select("text", local=moment.cast(NAIVE), offset=quarters)
    is_absolute = pl.lit(absolute["local"].is_not_null())
    return found.with_columns(
        local=pl.coalesce("local", pl.lit(absolute["local"])),
        offset=pl.when(is_absolute).then(pl.lit(absolute["offset"])).otherwise("offset"),
        precision=pl.when(is_absolute).then(pl.lit("second")).otherwise("precision"),
    )


def fits_two(text: str) -> bool:
    """Whether a text that could not be read is a time in two notations, between which nothing decided."""
    groups = pl.DataFrame({"text": [text]}).select("text", part=pl.col("text").str.extract_groups(_WRITTEN)).unnest("part")
    readings = _with_readings(groups).select("short", "long", "unix").row(0)
    return sum(reading is not None for reading in readings) > 1
