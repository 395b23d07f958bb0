"""Lines that another program has wrapped: a container runtime, syslog, journald, `tail`, a log shipper. The line inside is the record.

What wraps a file is told once, from its first lines, so that lines which nobody wrapped cost nothing. A wrapper's time is kept in front of a record
that does not begin with a time of its own, where all formats look for one.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from weakref import WeakKeyDictionary

import polars as pl

from sms_analytics.reading.sources import Source

#: Lines that are looked at, and how many bytes they may take.
_SAMPLE: Final = 200
_HEAD: Final = 1 << 17
#: So large a share of the lines must have the wrapper: programs write lines past their logger.
_SHARE: Final = 0.8
#: Wrappers inside one another.
_DEPTH: Final = 4

_ISO: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
#: What a record begins with that has a time of its own: ISO within the first words, or a web server's time in brackets.
_TIMED: Final = (
    r"^(?:[^\{<]{0,40}?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d|\W{0,2}\d\d\.\d\d\.\d{4} \d\d:\d\d"
    r"|[^\{]{0,120}?\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)"
)
#: What a text must be for it to be taken out of a log shipper's record: a line with a time or an address in front, or a payload.
RECORD: Final = (
    r"(?s)^\s*(?:[\{\[<]|\d{4}-\d\d-\d\d[T ]|\d{1,3}(?:\.\d{1,3}){3}[ :]|[\w.\-\[\]%$@+]+=[^\s&]*&[\w.\-\[\]%$@+]+="
    r"|[A-Z][A-Za-z ]{2,40}\[\w+:|\x02?\d\d/\d{5}/|(?:id|sub|stat):)"
)
#: Lines of gateways whose layout leaves no room for a time in front.
_FIXED: Final = r"^(?:[A-Z][A-Za-z ]{2,40}\[\w+:|INSERT |COPY |REPLACE )"
_NAME: Final = r"[\w.\-/@()]+(?:\[\d+\])?:"

_LINE: Final = pl.col("line")
_WRITTEN: Final = pl.col("written")


@dataclass(frozen=True)
class Wrapper:
    """One way to wrap a line: `inside` gives from the column `line` what is inside (null where it is not wrapped) and the wrapper's time."""

    name: str
    is_one: Callable[[list[str]], bool]
    inside: tuple[pl.Expr, pl.Expr]


def _share(lines: list[str], test: Callable[[str], bool]) -> bool:
    return sum(map(test, lines)) >= len(lines) * _SHARE


def _by_pattern(name: str, pattern: str, *, share: Callable[[list[str], Callable[[str], bool]], bool] = _share) -> Wrapper:
    """A wrapper with the groups `inner` and, perhaps, `time`."""
    compiled = re.compile(pattern)
    time = compiled.groupindex.get("time")
    written = _LINE.str.extract(pattern, time) if time else pl.lit(None, pl.String)

    def is_one(lines: list[str]) -> bool:
        return share(lines, lambda line: compiled.match(line) is not None)

    return Wrapper(name, is_one, (_LINE.str.extract(pattern, compiled.groupindex["inner"]), written))


# JSON around lines


def _object(line: str) -> dict[str, Any]:
    """The line's JSON object; an empty one for any other line."""
    if not line.startswith("{"):
        return {}
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _epoch(digits: int, unit: float) -> pl.Expr:
    micros = (pl.when(_WRITTEN.str.contains(rf"^\d{{{digits}}}(?:\.\d+)?$")).then(_WRITTEN).cast(pl.Float64, strict=False) * unit).round()
    return micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")


#: A wrapper's time as ISO 8601: epochs in seconds, milliseconds, microseconds and nanoseconds are UTC.
_AS_ISO: Final = pl.coalesce(_epoch(10, 1e6), _epoch(13, 1e3), _epoch(16, 1), _epoch(19, 1e-3), _WRITTEN)
#: A log query's time is UTC without saying so.
_ZONELESS: Final = r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$"


def _by_keys(name: str, text: str, times: tuple[str, ...], beside: frozenset[str], *, only_records: bool = True) -> Wrapper:
    """A JSON object whose `text` is the line, with one of `times` and of `beside` in it. With `only_records` any other text stays."""

    def is_one(lines: list[str]) -> bool:
        found = [_object(line) for line in lines]
        own = [
            one for one in found if isinstance(one.get(text), str) and (not times or one.keys() & set(times)) and (not beside or one.keys() & beside)
        ]
        if len(own) < len(found) * _SHARE:
            return False
        return not only_records or any(re.match(RECORD, one[text]) for one in own)

    inner = _LINE.str.json_path_match(f"$['{text}']").str.strip_chars_end("\r\n")
    written = [_LINE.str.json_path_match(f"$['{key}']").str.replace(_ZONELESS, "${1}T${2}Z") for key in times]
    return Wrapper(
        name,
        is_one,
        (pl.when(inner.str.contains(RECORD)).then(inner) if only_records else inner, pl.coalesce(written) if written else pl.lit(None, pl.String)),
    )


# Base64


def _is_encoded(lines: list[str]) -> bool:
    return any(str(one.get("isBase64Encoded")).lower() == "true" for one in map(_object, (line for line in lines if "isBase64Encoded" in line)))


#: An event of a load balancer whose body is encoded; another program's lines may stand beside it.
_ENCODED: Final = (
    pl.when(_LINE.str.contains(r'"isBase64Encoded"\s*:\s*"?true'))
    .then(_LINE.str.json_path_match("$.body"))
    .str.decode("base64", strict=False)
    .cast(pl.String, strict=False),
    pl.coalesce(_LINE.str.json_path_match("$.requestContext.timeEpoch"), _LINE.str.json_path_match("$.requestContext.requestTimeEpoch")),
)

# tail


def _has_heads(lines: list[str]) -> bool:
    return re.match(_TAIL, lines[0]) is not None


#: `tail -f` of several files: a line that names the one that follows.
_TAIL: Final = r"^==> .+ <==\s*$"


def _is_compose(lines: list[str], test: Callable[[str], bool]) -> bool:
    """A table with `|` has it in all its lines more than once."""
    return all(map(test, lines)) and any(line.count("|") == 1 for line in lines) and lines[0].count("|") < 3


_SHIPPED: Final = frozenset(
    (
        "@version",
        "agent",
        "beat",
        "host",
        "input",
        "log",
        "ecs",
        "source",
        "offset",
        "prospector",
        "tags",
        "path",
        "event",
        "container",
        "fields",
        "type",
    )
)

#: Asked in this order; the first one whose share of the lines suffices.
WRAPPERS: Final = (
    Wrapper("tail", _has_heads, (pl.when(_LINE.str.contains(_TAIL)).then(pl.lit("")).otherwise(_LINE), pl.lit(None, pl.String))),
    Wrapper("load balancer", _is_encoded, _ENCODED),
    _by_keys("container runtime as JSON", "log", ("time", "@timestamp", "date", "timestamp"), frozenset(("stream",)), only_records=False),
    _by_keys("journal as JSON", "MESSAGE", ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"), frozenset(), only_records=False),
    _by_keys("log shipper", "message", ("@timestamp",), _SHIPPED),
    _by_keys("log service", "message", ("timestamp",), frozenset(("ingestionTime", "logStreamName", "eventId", "id"))),
    _by_keys("log query", "@message", ("@timestamp",), frozenset()),
    _by_keys("log service", "textPayload", ("timestamp", "receiveTimestamp"), frozenset()),
    _by_keys("log store", "line", ("timestamp", "ts"), frozenset(("labels", "fields"))),
    _by_keys("log forwarder", "log", ("date", "time", "@timestamp", "timestamp"), frozenset()),
    _by_pattern("container runtime", rf"(?s)^(?P<time>{_ISO}) (?:stdout|stderr) [FP](?::\w)* ?(?P<inner>.*)$"),
    _by_pattern(
        "compose", r"(?s)^(?:\x1b\[[0-9;]*m)*[A-Za-z][\w.\-]* +(?:\x1b\[[0-9;]*m)?\| ?(?:\x1b\[[0-9;]*m ?)?(?P<inner>.*)$", share=_is_compose
    ),
    _by_pattern("syslog", rf"(?s)^<\d{{1,3}}>1 (?:-|(?P<time>{_ISO})) \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: \ufeff?(?P<inner>.*))?$"),
    _by_pattern("syslog", rf"(?s)^(?:<\d{{1,3}}>)?(?P<time>{_ISO}) [\w.\-]+ {_NAME} ?(?P<inner>.*)$"),
    # Without a year, so its time says nothing.
    _by_pattern("syslog", rf"(?s)^(?:<\d{{1,3}}>)?[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? (?:[\w.\-]+ )?{_NAME} ?(?P<inner>.*)$"),
    _by_pattern(
        "journal", rf"(?s)^[A-Z][a-z]{{2}} (?P<time>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) [A-Z]{{3,5}} [\w.\-]+ {_NAME} ?(?P<inner>.*)$"
    ),
    _by_pattern("journal", rf"(?s)^(?P<time>\d{{10}}\.\d{{6}}) [\w.\-]+ {_NAME} ?(?P<inner>.*)$"),
    # Log lines with the runtime's time in front of their own.
    _by_pattern("timestamps", r"(?s)^(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}Z) (?P<inner>\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d.*)$"),
)


@dataclass(frozen=True)
class Wrapping:
    """What lines are wrapped in, from the outside to the inside; `adds_time` where the lines inside have no times of their own."""

    wrappers: tuple[Wrapper, ...] = ()
    adds_time: bool = True

    def __bool__(self) -> bool:
        return bool(self.wrappers)

    @property
    def name(self) -> str:
        """For people, the inmost first."""
        return " in ".join(wrapper.name for wrapper in reversed(self.wrappers))


_wrappers: WeakKeyDictionary[Source, Wrapping] = WeakKeyDictionary()


def of(source: Source) -> Wrapping:
    """What a file's lines are wrapped in; nothing for most."""
    if source not in _wrappers:
        advance, source.advance = source.advance, lambda _: None
        try:
            _wrappers[source] = found(list(islice(next(source.blocks(size=_HEAD), "").split("\n"), _SAMPLE)))
        finally:
            source.advance = advance
    return _wrappers[source]


def found(lines: list[str]) -> Wrapping:
    """What these lines are wrapped in."""
    wrappers: list[Wrapper] = []
    frame = _frame(pl.Series("line", [line.rstrip("\r") for line in lines], dtype=pl.String))
    while len(wrappers) < _DEPTH:
        texts = [text for text in frame["line"].to_list() if text.strip()]
        wrapper = next((one for one in WRAPPERS if texts and one not in wrappers and one.is_one(texts)), None)
        if wrapper is None:
            break
        wrappers.append(wrapper)
        frame = _inside(frame, wrapper)
    inner = frame["line"].filter(frame["line"].str.strip_chars() != "")
    # Where most lines have times, those without one go on with the line before.
    return Wrapping(tuple(wrappers), adds_time=inner.str.contains(_TIMED).sum() * 2 < max(len(inner), 1))


def off(lines: pl.Series, wrapping: Wrapping, times: pl.Series | None = None) -> pl.Series:
    """The lines without their wrappers, a time in front where the lines have none of their own; `times`: what an outer container says."""
    frame = _frame(lines) if times is None else lines.alias("line").to_frame().with_columns(written=times)
    for wrapper in wrapping.wrappers:
        frame = _inside(frame, wrapper)
    if not wrapping.adds_time:
        return frame["line"]
    untimed = pl.col("wrapped") & _WRITTEN.is_not_null() & ~_LINE.str.contains(_TIMED) & ~_LINE.str.contains(_FIXED) & (_LINE.str.strip_chars() != "")
    frame = frame.with_columns(wrapped=lines != _LINE if times is None else pl.lit(True))
    return frame.select(pl.when(untimed).then(pl.concat_str(_AS_ISO, pl.lit(" "), _LINE)).otherwise(_LINE).alias("line")).to_series()


def _frame(lines: pl.Series) -> pl.DataFrame:
    return lines.alias("line").to_frame().with_columns(written=pl.lit(None, pl.String))


def _inside(frame: pl.DataFrame, wrapper: Wrapper) -> pl.DataFrame:
    inner, written = wrapper.inside
    read = frame.with_columns(inner=inner, stated=written)
    return read.select(
        line=pl.coalesce("inner", "line"),
        written=pl.when(pl.col("inner").is_not_null()).then(pl.coalesce("stated", "written")).otherwise("written"),
    )
