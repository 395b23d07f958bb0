"""Records that a document or a table of somebody else carries: log events in a log service's answer, JSON and forms in the cells of a table. Each
becomes one line of text with its time in front, as if its own program had logged it.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

import polars as pl

from sms_analytics.errors import FormatMismatchError, InputError
from sms_analytics.events.readings import RECORDS, Format, Parsed
from sms_analytics.formats.engine import base64_records, decoding, undecodable, written_times
from sms_analytics.reading import documents, tables, wrappers, wrapping
from sms_analytics.reading.sources import Source

#: Records of one batch, and those that are looked at.
_ROWS: Final = 50_000
_SAMPLE: Final = 200

#: A reader of plain lines that belong to nobody.
PLAIN: Final = Format(name="any", title="any lines", claims=lambda _: 0, parse=lambda _records, _context: Parsed())


@dataclass(frozen=True)
class Carrier:
    """What carries a file's records: `name` for people, `records` gives `RECORDS` in batches."""

    name: str
    records: Callable[[Source], Iterator[pl.DataFrame]]


def of_document(source: Source) -> Carrier | None:
    """The carrier of a JSON document's records, or of JSON lines with several log events each; none where its values are the records."""
    try:
        sample = list(islice(_log_events(source), _SAMPLE))
    except InputError:
        return None
    wrapped = wrapping.found(sample)
    return Carrier(wrapped.name, partial(_events, wrapped=wrapped)) if wrapped else None


def of_cells(rows: pl.DataFrame) -> Carrier | None:
    """The carrier of a table's records in one or several of its columns; none where its rows are the records."""
    carrying = _carrying(rows)
    if not carrying:
        return None
    wrapped = wrapping.found(_texts(rows, carrying).drop_nulls().head(_SAMPLE).to_list())
    return Carrier("table", partial(_cells, carrying=carrying, wrapped=wrapped))


# Log events


#: A document with several log events: a log query's answer, a subscription, packed or not, what a log store or a search engine answers.
_HOLDS_EVENTS: Final = re.compile(r'"(?:results|logEvents|awslogs|kinesis|hits|values)"\s*:')


def _log_events(source: Source) -> Iterator[str]:
    """The values of a document; the rows of a log query's answer and the events of a subscription one by one."""
    for text in documents.json_elements(source):
        inner = _inner_events(text) if _HOLDS_EVENTS.search(text) is not None else None
        yield from [text] if inner is None else (json.dumps(one, ensure_ascii=False) for one in inner)


def _inner_events(text: str) -> list[Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return _events_of(base64_records.unpacked(value), 0)


def _events_of(value: Any, depth: int) -> list[Any] | None:
    """The log events in a value, however deep; none where it holds none."""
    if isinstance(value, str) and value[:1] == "{" and _HOLDS_EVENTS.search(value) is not None:
        value = decoding.embedded(value)
    if isinstance(value, list) and depth < undecodable.DEPTH:
        found = [_events_of(one, depth + 1) for one in value]
        return [event for events in found for event in events or ()] or None
    if not isinstance(value, dict):
        return None
    own = _own_events(value)
    inner = (_events_of(one, depth + 1) for one in value.values() if isinstance(one, dict | list | str)) if depth < undecodable.DEPTH else ()
    return own if own is not None else next((events for events in inner if events is not None), None)


def _own_events(value: dict[str, Any]) -> list[Any] | None:
    rows = value.get("results")
    if isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows):
        return [{cell.get("field"): cell.get("value") for cell in row if isinstance(cell, dict)} for row in rows]
    for name in ("logEvents", "hits"):
        if isinstance(events := value.get(name), list) and all(isinstance(event, dict) for event in events):
            return events
    stream, values = value.get("stream"), value.get("values")
    if isinstance(stream, dict) and isinstance(values, list):
        return [{"labels": stream, "timestamp": pair[0], "line": pair[1]} for pair in values if isinstance(pair, list) and len(pair) > 1]
    return None


def _events(source: Source, wrapped: wrapping.Wrapping) -> Iterator[pl.DataFrame]:
    texts, number = _log_events(source), 1
    while batch := list(islice(texts, _ROWS)):
        lines = wrapping.off(pl.Series(batch, dtype=pl.String), wrapped)
        yield _numbered(lines, number)
        number += len(batch)


def _numbered(lines: pl.Series, number: int) -> pl.DataFrame:
    numbers = pl.Series("record_no", range(number, number + len(lines)), dtype=pl.Int64)
    return pl.DataFrame([numbers, lines.alias("line")], schema=RECORDS)


# Cells

_JSON_CELL: Final = r'^\s*(?:\[\s*)?\{\s*"'
_FORM_CELL: Final = r"^\s*[\w.\-\[\]%$@+]+=[^\s&]*(?:&[\w.\-\[\]%$@+]+=[^\s&]*)+\s*$"
#: Lines without a header are no table.
_HEADER: Final = re.compile(r"[^={}<>&]{1,80}")
#: Headers (lower case) of columns in which log services and databases keep whole records.
_MESSAGES: Final = ("@message", "message", "log", "line", "_raw", "raw", "textpayload", "body", "payload", "event", "data", "request_body")
#: Headers (lower case) of the time at which a record was received; the first one that is there counts.
_TIMES: Final = (
    "@timestamp",
    "received_at",
    "received",
    "receivedat",
    "created_at",
    "createdat",
    "inserted_at",
    "timestamp",
    "time",
    "_time",
    "ts",
    "datetime",
    "date",
    "logged_at",
)


def _carrying(rows: pl.DataFrame) -> list[str]:
    """The columns whose cells are records."""
    found = []
    for name in rows.columns:
        if name in tables.OWN or _HEADER.fullmatch(name) is None:
            continue
        cells = rows[name].drop_nulls()
        cells = cells.filter(cells.str.strip_chars() != "")
        pattern = f"{_JSON_CELL}|{_FORM_CELL}" + (f"|{wrappers.TEXT_OF_RECORD}" if name.strip().lower() in _MESSAGES else "")
        if len(cells) and cells.str.contains(pattern).sum() * 2 >= len(cells):
            found.append(name)
    return found


def _texts(rows: pl.DataFrame, carrying: list[str]) -> pl.Series:
    """The cell, or an object of the cells of several columns."""
    if len(carrying) == 1:
        return rows[carrying[0]].alias("line")
    return rows.select(line=pl.struct(carrying).struct.json_encode()).to_series()


def _cells(source: Source, carrying: list[str], wrapped: wrapping.Wrapping) -> Iterator[pl.DataFrame]:
    try:
        for rows in tables.records(source):
            there = [name for name in carrying if name in rows.columns]
            texts = _texts(rows, there) if there else pl.Series("line", [None] * rows.height, dtype=pl.String)
            texts = rows.with_columns(line=pl.when(pl.col("fault").is_null()).then(texts.fill_null("")).otherwise("line"))["line"]
            yield _numbered(wrapping.off(texts, wrapped, _row_times(rows)), int(rows["record_no"].item(0)))
    except FormatMismatchError as error:
        raise InputError(f"{source.path}: {error}") from None


def _row_times(rows: pl.DataFrame) -> pl.Series:
    """The rows' own times as ISO 8601; null where there is none. A log query's `@timestamp` is UTC without saying so."""
    by_key = {name.strip().lower(): name for name in rows.columns if name not in tables.OWN}
    name = next((by_key[key] for key in _TIMES if key in by_key), None)
    if name is None:
        return pl.Series("written", [None] * rows.height, dtype=pl.String)
    read = written_times.read(rows[name])
    local = pl.col("local").dt.to_string("%Y-%m-%dT%H:%M:%S%.3f")
    zone = "Z" if name.strip().lower() == "@timestamp" else ""
    return read.select(written=pl.coalesce(pl.col("utc").dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ"), local + pl.lit(zone))).to_series()
