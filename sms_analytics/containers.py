"""Containers of whole files: a file cut into records, one a line, a document's elements, or a table's rows, in batches of bounded size.

What is inside a record is `formats/decoding.py`'s. A line container has the line's number as `record_no`, a document or a table that of the record
in it, from 1. A JSON array and documents one behind another are read element by element; one single value, and one XML document, must fit into
`LARGEST_VALUE`: a larger one is refused with what to do, never half read.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, Literal
from weakref import WeakKeyDictionary
from xml.etree import ElementTree

import polars as pl

from sms_analytics import cutting, tables
from sms_analytics.errors import FormatMismatchError, InputError
from sms_analytics.formats import decoding
from sms_analytics.formats.base import RECORDS, Format
from sms_analytics.sources import Prefix, Source

#: `text`: lines that may be a table with a header; `table`: Parquet or Excel.
Layout = Literal["lines", "text", "json", "xml", "table"]

#: Characters of one JSON value or XML document that spans lines.
LARGEST_VALUE: Final = 16 * 1024 * 1024
#: Records of one batch of a document.
ROWS: Final = 50_000
#: A file of one line is cut into the elements of its JSON array from this length on.
_LONG_LINE: Final = 1 << 20
_HEAD: Final = 1 << 20
_STEP: Final = 1 << 20

#: Lists in which documents carry their records.
ENVELOPES: Final = (
    "results",
    "dr",
    "messages",
    "items",
    "records",
    "Records",
    "reports",
    "deliveryReports",
    "delivery_reports",
    "logEvents",
    "events",
    "rows",
    "value",
    "data",
)

_DECODER: Final = json.JSONDecoder()

_layouts: WeakKeyDictionary[Source, Layout] = WeakKeyDictionary()
_tables: WeakKeyDictionary[Source, pl.DataFrame] = WeakKeyDictionary()
_documents: WeakKeyDictionary[Source, dict[int, pl.DataFrame]] = WeakKeyDictionary()


def records(source: Source, format: Format, start: Prefix | None = None) -> Iterator[pl.DataFrame]:
    """The file's records as the format takes them: `RECORDS`, or a table's rows (`tables.py`). Raises `InputError` where the file cannot be cut."""
    if format.container == "table" or (format.container == "records" and _is_its_table(source, format)):
        yield from tables.records(source)
    elif format.container == "records" and layout(source) in ("json", "xml"):
        yield from _batches(_elements(source))
    else:
        yield from cutting.records(source, format, start)


def by_lines(source: Source, format: Format) -> bool:
    """Whether the file's records are its lines, so that reading may go on where an earlier load ended."""
    return format.container == "lines" or (
        format.container == "records" and not _is_its_table(source, format) and layout(source) in ("lines", "text")
    )


def sample(source: Source, format: Format, block: pl.DataFrame, size: int) -> pl.DataFrame:
    """The first records as the format takes them; `block` holds the file's first lines."""
    if _is_its_table(source, format):
        return _first_rows(source)
    if layout(source) not in ("json", "xml"):
        return block
    known = _documents.setdefault(source, {})
    if size not in known:
        try:
            known[size] = next(_batches(islice(_elements(source), size)), pl.DataFrame(schema=RECORDS))
        except InputError:
            known[size] = pl.DataFrame(schema=RECORDS)
    return known[size]


def layout(source: Source) -> Layout:
    """How the file is cut, by its beginning."""
    if source not in _layouts:
        _layouts[source] = _layout(source)
    return _layouts[source]


def _layout(source: Source) -> Layout:
    if tables.is_binary(source):
        return "table"
    text = next(source.texts(size=_HEAD), "").lstrip()
    if text[:1] not in ("{", "[", "<"):
        return "text"
    first, _, rest = text.partition("\n")
    second = rest.lstrip().partition("\n")[0]
    if text[0] == "<":
        return "lines" if _is_xml_by_lines(text) else "xml"
    if _is_whole(first):
        is_list = first[0] == "[" or len(first) >= _LONG_LINE
        return "json" if not second and is_list else "lines"
    if not second and (len(first) >= _HEAD - 1 or _runs_on(first)):
        return "json"
    # A line that was cut off at a comma is no beginning of a document when the next one is whole.
    goes_on = first.rstrip() == "[" or not (second.startswith("{") and _is_whole(second.rstrip().rstrip(",")))
    return "json" if _opens(first) and goes_on else "lines"


def _runs_on(line: str) -> bool:
    """Whether several JSON objects stand in one line with nothing between them, as AWS Firehose writes them."""
    try:
        _, end = _DECODER.raw_decode(line)
    except (ValueError, RecursionError):
        return False
    return line[end:].lstrip()[:1] == "{"


def _is_xml_by_lines(text: str) -> bool:
    """Whether each document stands on a line of its own: the first does, or, where it is broken, one that begins like it."""
    lines = text.split("\n")
    root = _ROOT.search(lines[0])
    if root is None:
        return not lines[0].startswith(("<?", "<!"))
    return any((own := _ROOT.search(line)) is not None and own[1] == root[1] and _end_of(line, own) >= 0 for line in lines)


def _opens(line: str) -> bool:
    """Whether a document goes on behind this line."""
    return line.rstrip().endswith(("{", "[", ","))


def _is_whole(line: str) -> bool:
    try:
        decoded = decoding.decode(line)
    except decoding.UndecodableError:
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


def _first_rows(source: Source) -> pl.DataFrame:
    if source not in _tables:
        try:
            _tables[source] = next(tables.records(source, tables.SAMPLE), pl.DataFrame())
        except (FormatMismatchError, InputError):
            _tables[source] = pl.DataFrame()
    return _tables[source]


# Documents


def _batches(elements: Iterator[str]) -> Iterator[pl.DataFrame]:
    number = 1
    while texts := list(islice(elements, ROWS)):
        numbers = pl.Series(range(number, number + len(texts)), dtype=pl.Int64)
        yield pl.DataFrame({"record_no": numbers, "line": pl.Series(texts, dtype=pl.String)})
        number += len(texts)


def _elements(source: Source) -> Iterator[str]:
    return _xml_elements(source) if layout(source) == "xml" else _json_elements(source)


class _Text:
    """The decoded file as far as it was asked for; what was read is forgotten."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self._blocks = source.texts(size=_STEP)
        self.text = ""
        self.place = 0
        self.ended = False

    def more(self) -> bool:
        """Reads on; False at the end of the file, or where a value has grown too large to be one."""
        if self.ended or len(self.text) - self.place > LARGEST_VALUE:
            return False
        piece = next(self._blocks, None)
        if piece is None:
            self.ended = True
            return False
        self.text = self.text[self.place :] + piece
        self.place = 0
        return True

    def skip(self, signs: str) -> str:
        """Passes over these signs; the next one, empty at the end."""
        while True:
            while self.place < len(self.text) and self.text[self.place] in signs:
                self.place += 1
            if self.place < len(self.text):
                return self.text[self.place]
            if not self.more():
                return ""

    def too_large(self, what: str, advice: str) -> InputError:
        size = LARGEST_VALUE // 1024 // 1024
        return InputError(f"{self.path}: one {what} of more than {size} million characters; {advice}")


def _json_elements(source: Source) -> Iterator[str]:
    """The values of the file, arrays one level deep taken apart, and documents that carry their records in a list."""
    text = _Text(source)
    while sign := text.skip(" \t\r\n,]\ufeff"):
        if sign == "[":
            text.place += 1
            continue
        yield from _json_value(text)


def _json_value(text: _Text) -> Iterator[str]:
    while True:
        try:
            value, end = _DECODER.raw_decode(text.text, text.place)
        except (ValueError, RecursionError):
            if text.more():
                continue
            if not text.ended and _resync(text) is None:
                raise text.too_large("JSON value", "write its records as JSON lines, such as: jq -c '.results[]'") from None
            yield _broken(text)
            return
        written = text.text[text.place : end]
        text.place = end
        inner = unwrapped(decoding.without_halves(value, written))
        yield from [written] if inner is None else (json.dumps(one, ensure_ascii=False) for one in inner)
        return


def _resync(text: _Text) -> int | None:
    """Where behind a broken element the next one begins: a line that opens as it did."""
    start = text.text.rfind("\n", 0, text.place) + 1
    indent = text.text[start : text.place]
    found = re.compile(rf"\n{re.escape(indent) if indent.strip() == '' else ''}(?=\{{)").search(text.text, text.place + 1)
    return found.end() if found else None


def _broken(text: _Text) -> str:
    """A broken element, up to the next one."""
    end = _resync(text) or len(text.text)
    written = text.text[text.place : end].rstrip(" \t\r\n,")
    text.place = end
    return written


def unwrapped(value: Any, depth: int = 0) -> list[Any] | None:
    """The records in a document's envelope; none where the value is a record itself."""
    if not isinstance(value, dict) or depth > 2:
        return None
    for key in ENVELOPES:
        inner = value.get(key)
        if isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner):
            return inner
        if isinstance(inner, dict) and (found := unwrapped(inner, depth + 1)) is not None:
            return found
    return None


_ROOT: Final = re.compile(r"<([A-Za-z_][\w:.\-]*)")


def _xml_elements(source: Source) -> Iterator[str]:
    """The records of each document of the file; what stands between documents line by line."""
    text = _Text(source)
    while text.skip(" \t\r\n\ufeff"):
        if text.text[text.place] != "<":
            yield _line(text)
            continue
        document = _xml_document(text)
        try:
            found = decoding.xml_records(document)
        except decoding.UndecodableError:
            yield document
            continue
        yield from [document] if len(found) == 1 else (ElementTree.tostring(element, encoding="unicode").strip() for element in found)


def _line(text: _Text) -> str:
    while (end := text.text.find("\n", text.place)) < 0 and text.more():
        pass
    end = end if end >= 0 else len(text.text)
    written = text.text[text.place : end].rstrip("\r")
    text.place = end
    return written


def _xml_document(text: _Text) -> str:
    """From here to the end of the root element, of a broken one to the next document."""
    while True:
        root = _ROOT.search(text.text, text.place)
        end = _end_of(text.text, root) if root else -1
        if end < 0 and text.more():
            continue
        if end < 0 and not text.ended:
            raise text.too_large("XML document", "split it, or ask the vendor for smaller ones")
        following = text.text.find("<?xml", text.place + 5)
        again = re.compile(rf"<{re.escape(root[1])}[\s>]").search(text.text, root.end()) if root else None
        next_one = min([place for place in (following, again.start() if again else -1) if place >= 0], default=len(text.text))
        if end < 0 or next_one < end:
            end = next_one
        written = text.text[text.place : end].strip()
        text.place = end
        return written


def _end_of(text: str, root: re.Match[str]) -> int:
    closing = re.compile(rf"</{re.escape(root[1])}\s*>").search(text, root.end())
    if closing is not None:
        return closing.end()
    alone = re.compile(r"[^<>]*/>").match(text, root.end())
    return alone.end() if alone else -1
