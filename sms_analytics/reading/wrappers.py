"""Ways in which programs wrap a line of another program: a container runtime, syslog, journald, `tail`, a log shipper, a log service.

`WRAPPERS` are those with a shape of their own. `around_lines` and `around_members` find any other text, or any JSON object, around the lines of a
gateway that are known by how they begin.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import polars as pl

from sms_analytics import formats
from sms_analytics.events.readings import RECORDS
from sms_analytics.formats.engine import base64_records, decoding

#: So large a share of the lines must have the wrapper: programs write lines past their logger.
SHARE: Final = 0.8

_ISO: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
#: What a text must be for it to be taken out of a log shipper's record: a line with a time or an address in front, or a payload.
TEXT_OF_RECORD: Final = (
    r"(?s)^\s*(?:[\{\[<]|\d{4}-\d\d-\d\d[T ]|\d{1,3}(?:\.\d{1,3}){3}[ :]|[\w.\-\[\]%$@+]+=[^\s&]*&[\w.\-\[\]%$@+]+="
    r"|[A-Z][A-Za-z ]{2,40}\[\w+:|\x02?\d\d/\d{5}/|(?:id|sub|stat):)"
)
#: A name or an address of a machine, of the sixth version too.
_HOST: Final = r"(?:[\w.\-]+|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
_NAME: Final = r"[A-Za-z_/(][\w.\-/@()]*(?:\[\d+\])?:"

_LINE: Final = pl.col("line")
_WRITTEN: Final = pl.col("written")


@dataclass(frozen=True)
class Wrapper:
    """One way to wrap a line: `inside` gives from the column `line` what is inside (null where it is not wrapped) and the wrapper's time."""

    name: str
    is_one: Callable[[list[str]], bool]
    inside: tuple[pl.Expr, pl.Expr]
    #: Whether the line inside was cut off by the wrapper and goes on in the next one; none where this wrapper cuts nothing.
    goes_on: pl.Expr | None = None


def _share(lines: list[str], test: Callable[[str], bool]) -> bool:
    return sum(map(test, lines)) >= len(lines) * SHARE


def _by_pattern(
    name: str, pattern: str, *, share: Callable[[list[str], Callable[[str], bool]], bool] = _share, goes_on: pl.Expr | None = None
) -> Wrapper:
    """A wrapper with the groups `inner` and, perhaps, `time`."""
    compiled = re.compile(pattern)
    time = compiled.groupindex.get("time")
    written = _LINE.str.extract(pattern, time) if time else pl.lit(None, pl.String)

    def is_one(lines: list[str]) -> bool:
        return share(lines, lambda line: compiled.match(line) is not None)

    return Wrapper(name, is_one, (_LINE.str.extract(pattern, compiled.groupindex["inner"]), written), goes_on)


# JSON around lines


@lru_cache(maxsize=512)
def _object(line: str) -> dict[str, Any]:
    """The line's JSON object; an empty one for any other line."""
    if not line.startswith("{"):
        return {}
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


#: A log query's time is UTC without saying so.
_ZONELESS: Final = r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$"


#: A text that journald writes as a list of its bytes, since not all of them can be shown.
_BYTES: Final = r"^\[(?:\d{1,3},\s?){3,}\d{1,3}\]$"


def _from_bytes(texts: pl.Series) -> pl.Series:
    listed = texts.str.contains(_BYTES).fill_null(False)
    if not listed.any():
        return texts
    read = [bytes(number for number in json.loads(text) if number < 256).decode("utf-8", "replace") for text in texts.filter(listed)]
    return texts.scatter(listed.arg_true(), pl.Series(read, dtype=pl.String))


def _text_in(value: dict[str, Any], name: str) -> str | None:
    """The member's text, perhaps written as a list of bytes."""
    text = value.get(name)
    if isinstance(text, list) and len(text) > 3 and all(type(one) is int for one in text):
        return json.dumps(text)
    return text if isinstance(text, str) else None


def _by_keys(
    name: str, text: str, times: tuple[str, ...], beside: frozenset[str], *, only_records: bool = True, goes_on: pl.Expr | None = None
) -> Wrapper:
    """A JSON object whose `text` is the line, with one of `times` and of `beside` in it. With `only_records` any other text stays."""

    def is_one(lines: list[str]) -> bool:
        found = [_object(line) for line in lines]
        own = [
            one for one in found if _text_in(one, text) is not None and (not times or one.keys() & set(times)) and (not beside or one.keys() & beside)
        ]
        if len(own) < len(found) * SHARE:
            return False
        return not only_records or any(re.match(TEXT_OF_RECORD, str(one[text])) for one in own)

    inner = _LINE.str.json_path_match(f"$['{text}']").map_batches(_from_bytes, return_dtype=pl.String).str.strip_chars_end("\r\n")
    written = [_LINE.str.json_path_match(f"$['{key}']").str.replace(_ZONELESS, "${1}T${2}Z") for key in times]
    # What syslog hands on begins with the blank behind its tag.
    read = pl.when(inner.str.contains(TEXT_OF_RECORD)).then(inner.str.strip_chars_start(" ")) if only_records else inner
    return Wrapper(name, is_one, (read, pl.coalesce(written) if written else pl.lit(None, pl.String)), goes_on)


def _members(value: Any, path: str = "$", depth: int = 0) -> Iterator[tuple[str, str]]:
    """The texts inside an object, with their JSON paths."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict) and depth < _MOST_STEPS:
        for key, inner in value.items():
            if "'" not in key:
                yield from _members(inner, f"{path}['{key}']", depth + 1)


#: Objects around a line that are looked into.
_MOST_STEPS: Final = 4
#: Members of an object that may say when it was written; the first one that is there counts.
_OWN_TIMES: Final = ("@timestamp", "timestamp", "time", "_time", "ts", "date")


@cache
def _known_lines() -> str:
    """How lines of gateways begin, wherever they stand, and requests in the log of a web server."""
    web = r"\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \"[A-Z]+ "
    return "|".join(f"(?:{opening})" for opening in (*formats.openings(), web))


def around_members(lines: list[str]) -> Wrapper | None:
    """JSON objects of any kind around lines of a gateway or a web server: the member in which most of them have one."""
    known = re.compile(rf"\s*(?:{_known_lines()})")
    values = [value for line in lines if (value := _object(line))]
    if len(values) < len(lines) * SHARE:
        return None
    paths = Counter(path for value in values for path, text in _members(value) if known.match(text))
    if not paths:
        return None
    inner = _LINE.str.json_path_match(paths.most_common(1)[0][0]).str.strip_chars_end("\r\n")
    written = pl.coalesce(*[_LINE.str.json_path_match(f"$['{name}']") for name in _OWN_TIMES])
    return Wrapper("an object", lambda _: True, (inner, written))


# Any text in front


def around_lines(lines: list[str]) -> Wrapper | None:
    """Whatever stands in front of lines of a gateway: names of files, pods and streams. None where they begin like lines of their own."""
    if lines[0].lstrip()[:1] in ("{", "[", "<") and not decoding.is_marked(lines[0].lstrip()):
        # A document may have lines that hold one.
        return None
    frame = pl.DataFrame({"record_no": range(len(lines)), "line": lines}, schema=RECORDS)
    for format in formats.FORMATS:
        if format.opening is None:
            continue
        within = frame.filter(_LINE.str.contains(format.opening))
        if not within.is_empty() and format.claims(within) <= within.height * (1 - SHARE):
            pattern = rf"(?s)^(?P<before>.{{1,400}}?)(?P<inner>{format.opening}.*)$"
            inner = _LINE.str.extract(pattern, re.compile(pattern).groupindex["inner"])
            return Wrapper("other words", lambda _: True, (inner, _LINE.str.extract(rf"^.{{0,20}}?({_ISO})")))
    return None


# Base64


def _is_encoded(lines: list[str]) -> bool:
    """Events of a load balancer alone on their lines."""
    return any(str(one.get("isBase64Encoded")).lower() == "true" for one in map(_object, (line for line in lines if "isBase64Encoded" in line)))


#: An event of a load balancer whose body is encoded; another program's lines may stand beside it.
_ENCODED: Final = (
    pl.when(_LINE.str.contains(r'"isBase64Encoded"\s*:\s*"?true'))
    .then(_LINE.str.json_path_match("$.body"))
    .str.decode("base64", strict=False)
    .cast(pl.String, strict=False),
    pl.coalesce(_LINE.str.json_path_match("$.requestContext.timeEpoch"), _LINE.str.json_path_match("$.requestContext.requestTimeEpoch")),
)


def _holds_packed(lines: list[str]) -> bool:
    return any(base64_records.may_hold(line) and decoding.with_plain_texts(line) is not None for line in lines)


def _unpacked(lines: pl.Series) -> pl.Series:
    return pl.Series([decoding.with_plain_texts(line) if line and base64_records.may_hold(line) else None for line in lines], dtype=pl.String)


#: Records of a stream or a queue, and events of a load balancer in another program's log, with a whole record in Base64.
_PACKED: Final = (_LINE.map_batches(_unpacked, return_dtype=pl.String), pl.lit(None, pl.String))

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


def _is_export(lines: list[str]) -> bool:
    return lines[0].startswith("__CURSOR=")


#: `journalctl -o export`: each field of an entry on a line of its own.
_EXPORTED: Final = (
    pl.coalesce(_LINE.str.extract(r"(?s)^MESSAGE=(.*)$"), pl.when(_LINE.str.contains(r"^_{0,2}[A-Z][A-Z_0-9]*=")).then(pl.lit(""))),
    pl.lit(None, pl.String),
)

#: A container's line ends with its line break; where that is missing the runtime cut it.
_CUT_BY_DOCKER: Final = _LINE.str.contains('"log"', literal=True) & ~_LINE.str.contains(r'\\n"\s*[,}]')
_CUT_BEFORE_SHIPPING: Final = _LINE.str.contains(r'"logtag"\s*:\s*"P"|"partial_message"\s*:\s*"?true')

#: Asked in this order; the first one whose share of the lines suffices.
WRAPPERS: Final = (
    Wrapper("tail", _has_heads, (pl.when(_LINE.str.contains(_TAIL)).then(pl.lit("")).otherwise(_LINE), pl.lit(None, pl.String))),
    Wrapper("load balancer", _is_encoded, _ENCODED),
    Wrapper("packed records", _holds_packed, _PACKED),
    Wrapper("journal export", _is_export, _EXPORTED),
    _by_keys(
        "container runtime as JSON",
        "log",
        ("time", "@timestamp", "date", "timestamp"),
        frozenset(("stream",)),
        only_records=False,
        goes_on=_CUT_BY_DOCKER | _CUT_BEFORE_SHIPPING,
    ),
    _by_keys("journal as JSON", "MESSAGE", ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"), frozenset(), only_records=False),
    _by_keys("log shipper", "message", ("@timestamp",), _SHIPPED),
    _by_keys("log service", "message", ("timestamp",), frozenset(("ingestionTime", "logStreamName", "eventId", "id"))),
    _by_keys("syslog as JSON", "msg", ("timereported", "timegenerated", "timestamp"), frozenset(("syslogtag", "programname", "fromhost"))),
    _by_keys("log query", "@message", ("@timestamp",), frozenset()),
    _by_keys("log service", "textPayload", ("timestamp", "receiveTimestamp"), frozenset()),
    _by_keys("log store", "line", ("timestamp", "ts"), frozenset(("labels", "fields"))),
    _by_keys("log forwarder", "log", ("date", "time", "@timestamp", "timestamp"), frozenset(), goes_on=_CUT_BEFORE_SHIPPING),
    _by_pattern(
        "container runtime",
        rf"(?s)^(?P<time>{_ISO}) (?:stdout|stderr) [FP](?::\w)* ?(?P<inner>.*)$",
        goes_on=_LINE.str.contains(rf"^{_ISO} (?:stdout|stderr) P"),
    ),
    # What a file log of Fluentd writes: time, tag, record.
    _by_pattern("log collector", rf"(?s)^(?P<time>{_ISO})\t[\w.\-*]+\t(?P<inner>\{{.*)$"),
    _by_pattern(
        "compose", r"(?s)^(?:\x1b\[[0-9;]*m)*[A-Za-z][\w.\-]* +(?:\x1b\[[0-9;]*m)?\| ?(?:\x1b\[[0-9;]*m ?)?(?P<inner>.*)$", share=_is_compose
    ),
    _by_pattern("syslog", rf"(?s)^<\d{{1,3}}>1 (?:-|(?P<time>{_ISO})) \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: \ufeff?(?P<inner>.*))?$"),
    _by_pattern("syslog", rf"(?s)^(?:<\d{{1,3}}>)?(?P<time>{_ISO}) {_HOST} {_NAME} ?(?P<inner>.*)$"),
    _by_pattern("platform", rf"(?s)^(?P<time>{_ISO}) [a-z][\w\-]*\[[\w.\-]+\]: (?P<inner>.*)$"),
    # Without a year, so its time says nothing.
    _by_pattern("syslog", rf"(?s)^(?:<\d{{1,3}}>)?[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? (?:{_HOST} )?{_NAME} ?(?P<inner>.*)$"),
    _by_pattern(
        "journal", rf"(?s)^[A-Z][a-z]{{2}} (?P<time>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) [A-Z]{{3,5}} {_HOST} {_NAME} ?(?P<inner>.*)$"
    ),
    _by_pattern("journal", rf"(?s)^(?P<time>\d{{10}}\.\d{{6}}) {_HOST} {_NAME} ?(?P<inner>.*)$"),
    # multilog and svlogd of daemontools and runit: a time in TAI64N, which lines with a time of their own do not need.
    _by_pattern("multilog", r"(?s)^@[0-9a-f]{24} (?P<inner>.*)$"),
    # Log lines with the runtime's time in front of their own.
    _by_pattern("timestamps", r"(?s)^(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}Z) (?P<inner>\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d.*)$"),
)
