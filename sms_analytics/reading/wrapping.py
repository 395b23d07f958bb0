"""Lines that another program has wrapped: a container runtime, syslog, journald, `tail`, a log shipper. The line inside is the record.

What wraps a file is told once, from its first lines, so that lines which nobody wrapped cost nothing; `wrappers.py` says what there is. A wrapper's
time is kept in front of a record that does not begin with a time of its own, where all formats look for one. A line that a wrapper cut into pieces is
one again.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Final
from weakref import WeakKeyDictionary

import polars as pl

from sms_analytics.reading import wrappers
from sms_analytics.reading.sources import Source
from sms_analytics.reading.wrappers import Wrapper

#: Lines that are looked at, and how many bytes they may take.
_SAMPLE: Final = 200
_HEAD: Final = 1 << 17
#: Wrappers inside one another.
_DEPTH: Final = 4

#: What a record begins with that has a time of its own: ISO within the first words, or a web server's time in brackets.
_TIMED: Final = (
    r"^(?:[^\{<]{0,40}?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d|\W{0,2}\d\d\.\d\d\.\d{4} \d\d:\d\d"
    r"|[^\{]{0,120}?\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)"
)
#: Lines of gateways whose layout leaves no room for a time in front.
_FIXED: Final = r"^(?:(?:[A-Z]{4,8} +\d+ )?(?:SMS-M[TO]|DLR) \[|INSERT |COPY |REPLACE )"

_LINE: Final = pl.col("line")
_WRITTEN: Final = pl.col("written")


def _epoch(digits: int, unit: float) -> pl.Expr:
    micros = (pl.when(_WRITTEN.str.contains(rf"^\d{{{digits}}}(?:\.\d+)?$")).then(_WRITTEN).cast(pl.Float64, strict=False) * unit).round()
    return micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")


#: A wrapper's time as ISO 8601: epochs in seconds, milliseconds, microseconds and nanoseconds are UTC.
_AS_ISO: Final = pl.coalesce(_epoch(10, 1e6), _epoch(13, 1e3), _epoch(16, 1), _epoch(19, 1e-3), _WRITTEN)


@dataclass(frozen=True)
class Wrapping:
    """What lines are wrapped in, from the outside to the inside; `adds_time` where the lines inside have no times of their own."""

    wrappers: tuple[Wrapper, ...] = ()
    adds_time: bool = True
    #: Whether wrappers cut long lines into pieces.
    cuts: bool = False

    def __bool__(self) -> bool:
        return bool(self.wrappers)

    @property
    def name(self) -> str:
        """For people, the inmost first."""
        return " in ".join(wrapper.name for wrapper in reversed(self.wrappers))


_wrappings: WeakKeyDictionary[Source, Wrapping] = WeakKeyDictionary()


def of(source: Source) -> Wrapping:
    """What a file's lines are wrapped in; nothing for most."""
    if source not in _wrappings:
        advance, source.advance = source.advance, lambda _: None
        try:
            _wrappings[source] = found(list(islice(next(source.blocks(size=_HEAD), "").split("\n"), _SAMPLE)))
        finally:
            source.advance = advance
    return _wrappings[source]


def found(lines: list[str]) -> Wrapping:
    """What these lines are wrapped in."""
    known: list[Wrapper] = []
    frame = _frame(pl.Series("line", [line.rstrip("\r") for line in lines], dtype=pl.String))
    cuts = False
    while len(known) < _DEPTH:
        texts = [text for text in frame["line"].to_list() if text.strip()]
        wrapper = _outermost(texts, known) if texts else None
        if wrapper is None:
            break
        known.append(wrapper)
        if wrapper.goes_on is not None:
            # Where hardly a line ends, the ends were taken off.
            cuts = cuts or 0 < frame.select(wrapper.goes_on).to_series().fill_null(False).sum() * 2 < frame.height
        frame = _inside(frame, wrapper)
    inner = frame["line"].filter(frame["line"].str.strip_chars() != "")
    # Where most lines have times, those without one go on with the line before.
    return Wrapping(tuple(known), adds_time=inner.str.contains(_TIMED).sum() * 2 < max(len(inner), 1), cuts=cuts)


def _outermost(texts: list[str], known: list[Wrapper]) -> Wrapper | None:
    """What these lines are wrapped in next. What stands around known lines in no shape of its own is looked for last, and once."""
    shaped = next((one for one in wrappers.WRAPPERS if one not in known and one.is_one(texts)), None)
    if shaped is not None or any(one not in wrappers.WRAPPERS for one in known):
        return shaped
    return wrappers.around_members(texts) or wrappers.around_lines(texts)


def off(lines: pl.Series, wrapping: Wrapping, times: pl.Series | None = None) -> pl.Series:
    """The lines without their wrappers, a time in front where the lines have none of their own; `times`: what an outer container says."""
    return unwrapped(lines, wrapping, times)["line"]


def unwrapped(lines: pl.Series, wrapping: Wrapping, times: pl.Series | None = None, *, continues: bool = False) -> pl.DataFrame:
    """`line` as `off` has it, and `goes_on` where wrappers cut lines into pieces: whether the next line belongs to this one. `continues`: the first
    line belongs to one before it."""
    frame = _frame(lines) if times is None else lines.alias("line").to_frame().with_columns(written=times)
    frame = frame.with_columns(goes_on=pl.lit(False))
    for wrapper in wrapping.wrappers:
        cut = wrapper.goes_on if wrapping.cuts else None
        if cut is not None:
            frame = frame.with_columns(goes_on=pl.col("goes_on") | cut.fill_null(False))
        frame = _inside(frame, wrapper)
    if wrapping.adds_time:
        untimed = _WRITTEN.is_not_null() & ~_LINE.str.contains(_TIMED) & ~_LINE.str.contains(_FIXED) & (_LINE.str.strip_chars() != "")
        begins = ~pl.col("goes_on").shift(1, fill_value=continues)
        wrapped = lines != _LINE if times is None else pl.lit(True)
        frame = frame.with_columns(line=pl.when(untimed & begins & wrapped).then(pl.concat_str(_AS_ISO, pl.lit(" "), _LINE)).otherwise(_LINE))
    return frame.select("line", "goes_on") if wrapping.cuts else frame.select("line")


def _frame(lines: pl.Series) -> pl.DataFrame:
    return lines.alias("line").to_frame().with_columns(written=pl.lit(None, pl.String))


def _inside(frame: pl.DataFrame, wrapper: Wrapper) -> pl.DataFrame:
    inner, written = wrapper.inside
    read = frame.with_columns(inner=inner, wrapper_time=written)
    others = [pl.col(name) for name in frame.columns if name not in ("line", "written")]
    return read.select(
        *others,
        line=pl.coalesce("inner", "line"),
        written=pl.when(pl.col("inner").is_not_null()).then(pl.coalesce("wrapper_time", "written")).otherwise("written"),
    )
