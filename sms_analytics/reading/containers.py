"""Containers of whole files: a file cut into records, one a line, a document's elements, or a table's rows, in batches of bounded size.

What is inside a record is `decoding.py`'s. A line container has the line's number as `record_no`, a document or a table that of the record
in it, from 1. What stands around a record on its line is taken off by `wrapping.py`, what carries records that are somebody else's by `carrying.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final, Literal
from weakref import WeakKeyDictionary

import polars as pl

from sms_analytics.errors import FormatMismatchError, InputError
from sms_analytics.events.readings import RECORDS, Format
from sms_analytics.formats.engine import decoding
from sms_analytics.formats.engine.undecodable import UndecodableError
from sms_analytics.reading import carrying, cutting, documents, printed_lines, tables, wrapping
from sms_analytics.reading.carrying import Carrier
from sms_analytics.reading.sources import Prefix, Source

#: `text`: lines that may be a table with a header; `table`: Parquet or Excel.
Layout = Literal["lines", "text", "json", "xml", "table"]

#: Records of one batch of a document.
ROWS: Final = 50_000
#: A file of one line is cut into the elements of its JSON array from this length on.
_LONG_LINE: Final = 1 << 20
_HEAD: Final = 1 << 20

_layouts: WeakKeyDictionary[Source, Layout] = WeakKeyDictionary()
_tables: WeakKeyDictionary[Source, pl.DataFrame] = WeakKeyDictionary()
_documents: WeakKeyDictionary[Source, dict[int, pl.DataFrame]] = WeakKeyDictionary()
_carriers: WeakKeyDictionary[Source, Carrier | None] = WeakKeyDictionary()


def records(source: Source, format: Format, start: Prefix | None = None) -> Iterator[pl.DataFrame]:
    """The file's records as the format takes them: `RECORDS`, or a table's rows (`tables.py`). Raises `InputError` where the file cannot be cut."""
    if format.container == "table" or (format.container == "records" and _is_its_table(source, format)):
        yield from tables.records(source)
    elif (carrier := carrier_of(source)) is not None:
        yield from carrier.records(source)
    elif format.container == "records" and layout(source) in ("json", "xml"):
        yield from _batches(_elements(source))
    else:
        yield from cutting.records(source, format, start)


def by_lines(source: Source, format: Format) -> bool:
    """Whether the file's records are its lines, so that reading may go on where an earlier load ended."""
    if format.container == "table" or carrier_of(source) is not None:
        return False
    return format.container == "lines" or (not _is_its_table(source, format) and layout(source) in ("lines", "text"))


def sample(source: Source, format: Format, block: pl.DataFrame, size: int) -> pl.DataFrame:
    """The first records as the format takes them; `block` holds the file's first lines."""
    if _is_its_table(source, format):
        return _first_rows(source)
    if carrier_of(source) is not None or layout(source) not in ("json", "xml"):
        return block
    known = _documents.setdefault(source, {})
    if size not in known:
        try:
            known[size] = next(_batches(islice(_elements(source), size)), pl.DataFrame(schema=RECORDS))
        except InputError:
            known[size] = pl.DataFrame(schema=RECORDS)
    return known[size]


def first(source: Source) -> Iterator[pl.DataFrame]:
    """The file's lines, or what it carries, whosever they are."""
    return records(source, carrying.PLAIN)


def carrier_of(source: Source) -> Carrier | None:
    """What carries the file's records, if they are neither its lines nor its rows nor its document's elements."""
    if source not in _carriers:
        _carriers[source] = _carrier(source)
    return _carriers[source]


def _carrier(source: Source) -> Carrier | None:
    kind = layout(source)
    if kind == "json" or (kind == "lines" and _SUBSCRIPTION.search(source.head(4096)) is not None):
        # An object that is printed over lines begins like a document.
        return carrying.of_document(source) if kind == "lines" or documents.is_whole(source) else printed_lines.of_lines(source)
    if kind in ("text", "table") and (found := carrying.of_cells(_first_rows(source))) is not None:
        return found
    return printed_lines.of_lines(source) if kind in ("lines", "text") else None


#: Several log events on a line, as a log service sends them on or answers with them.
_SUBSCRIPTION: Final = re.compile(
    rb'^\s*\{[^\n]{0,1000}(?:"(?:logEvents|awslogs|kinesis|hits|events)"\s*:|"results"\s*:\s*\[\s*\[|"values"\s*:\s*\[\s*\[\s*")'
)


def layout(source: Source) -> Layout:
    """How the file is cut, by its beginning."""
    if source not in _layouts:
        _layouts[source] = _layout(source)
    return _layouts[source]


def _layout(source: Source) -> Layout:
    if tables.is_binary(source) or wrapping.of(source):
        return "table" if tables.is_binary(source) else "lines"
    text = next(source.texts(size=_HEAD), "").lstrip()
    if text[:1] not in ("{", "[", "<") or decoding.is_marked(text):
        return "text"
    first, _, rest = text.partition("\n")
    second = rest.lstrip().partition("\n")[0]
    if text[0] == "<":
        return "lines" if _is_xml_by_lines(text) else "xml"
    if _is_whole(first):
        is_list = first[0] == "[" or len(first) >= _LONG_LINE
        return "json" if not second and is_list else "lines"
    if _lists(first) or (not second and (len(first) >= _HEAD - 1 or _runs_on(first))):
        return "json"
    # A line that was cut off at a comma is no beginning of a document when the next one is whole.
    goes_on = first.rstrip() == "[" or not (second.startswith("{") and _is_whole(second.rstrip().rstrip(",")))
    return "json" if _opens(first) and goes_on else "lines"


def _lists(line: str) -> bool:
    """Whether a list begins on this line whose elements stand on lines of their own: `[{...},`."""
    written = line.rstrip()
    return written[:1] == "[" and written[-1:] == "," and _is_whole(f"{written[:-1]}]")


def _runs_on(line: str) -> bool:
    """Whether several JSON objects stand in one line with nothing between them, as AWS Firehose writes them."""
    try:
        _, end = documents.DECODER.raw_decode(line)
    except (ValueError, RecursionError):
        return False
    return line[end:].lstrip()[:1] == "{"


def _is_xml_by_lines(text: str) -> bool:
    """Whether each document stands on a line of its own: the first does, or, where it is broken, one that begins like it."""
    lines = text.split("\n")
    root = documents.ROOT.search(lines[0])
    if root is None:
        return not lines[0].startswith(("<?", "<!"))
    return any((own := documents.ROOT.search(line)) is not None and own[1] == root[1] and documents.end_of(line, own) >= 0 for line in lines)


def _opens(line: str) -> bool:
    """Whether a document goes on behind this line."""
    return line.rstrip().endswith(("{", "[", ","))


def _is_whole(line: str) -> bool:
    try:
        decoded = decoding.decode(line)
    except UndecodableError:
        return False
    return decoded is not None and decoded.before == ""


# Tables

#: The list of columns in a statement of an SQL dump looks like a header and is none.
_STATEMENT: Final = re.compile(r"(?:INSERT|REPLACE|COPY|CREATE) ", re.IGNORECASE)


def _is_its_table(source: Source, format: Format) -> bool:
    """Whether the file is a table with the headers of one of the format's payloads."""
    if not format.headers or layout(source) not in ("text", "table"):
        return False
    written = set(_first_rows(source).columns)
    # A format that takes its headers in any letter case gives them in lower case.
    lower = set(map(str.lower, written))
    return any(headers <= written or headers <= lower for headers in format.headers) and not any(_STATEMENT.match(name) for name in written)


def rows(source: Source) -> pl.DataFrame:
    """The first rows of a file that can be read as a table; none of another."""
    return _first_rows(source) if layout(source) in ("text", "table") else pl.DataFrame()


def _first_rows(source: Source) -> pl.DataFrame:
    if source not in _tables:
        try:
            _tables[source] = next(tables.records(source, tables.SAMPLE), pl.DataFrame())
        except (FormatMismatchError, InputError):
            _tables[source] = pl.DataFrame()
    return _tables[source]


def headers(source: Source) -> list[str]:
    """The headers of a table that has several; none for any other file."""
    names = [name for name in _first_rows(source).columns if name not in tables.OWN] if layout(source) in ("text", "table") else []
    return names if len(names) > 1 else []


def first_object(source: Source) -> dict[str, Any] | None:
    """The first record if it is, or holds, an object; none for any other text."""
    rows = sample(source, _ANY_RECORDS, next(first(source), pl.DataFrame(schema=RECORDS)), 1)
    if rows.columns != list(RECORDS):
        return None
    for line in rows["line"].head(_FEW).to_list():
        try:
            decoded = decoding.decode(line)
        except UndecodableError:
            continue
        value = decoded.value if decoded is not None and decoded.container in ("json", "xml") else None
        while isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict):
            return value
    return None


_FEW: Final = 20
_ANY_RECORDS: Final = replace(carrying.PLAIN, container="records")


# Documents


def _elements(source: Source) -> Iterator[str]:
    return documents.xml_elements(source) if layout(source) == "xml" else documents.json_elements(source)


def _batches(elements: Iterator[str]) -> Iterator[pl.DataFrame]:
    number = 1
    while texts := list(islice(elements, ROWS)):
        numbers = pl.Series(range(number, number + len(texts)), dtype=pl.Int64)
        yield pl.DataFrame({"record_no": numbers, "line": pl.Series(texts, dtype=pl.String)})
        number += len(texts)
