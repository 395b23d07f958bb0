"""Records that a program printed over many lines of its log: JSON and objects of node, Python and PHP, XML. Each becomes one line of text, with what
stood in front of it.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol

import polars as pl

from sms_analytics.events.readings import RECORDS
from sms_analytics.formats.engine import printed, printed_php
from sms_analytics.reading import cutting, wrapping
from sms_analytics.reading.carrying import PLAIN, Carrier
from sms_analytics.reading.sources import Source

#: Records of one batch, and lines that are looked at.
_ROWS: Final = 50_000
_SAMPLE: Final = 400


def of_lines(source: Source) -> Carrier | None:
    """The carrier of objects that are printed over lines; none where the lines are the records."""
    first = next(cutting.records(source, PLAIN, size=1 << 18), None)
    lines = [] if first is None else list(first.head(_SAMPLE).iter_rows())
    if not any(shape.opens(line) for _, line in lines for shape in _SHAPES):
        return None
    read = list(_joined(iter(lines)))
    inside = len(lines) - len(read)
    written = sum(1 for _, line in lines if line.strip())
    return Carrier("objects over lines", _objects) if inside * 2 >= written - len(read) and inside > 1 else None


#: Lines that one object may take.
_MOST_LINES: Final = 500
#: A first pair of an object. What stands behind it is looked at by itself: one pattern for both would try the rest of the line at every bracket.
_FIRST_PAIR: Final = re.compile(r"\{\s*['\"]?[\w.\-@$]+['\"]?\s*:")
#: A line that begins like this is a new record, however open the one before is.
_NEW: Final = re.compile(r"^\W{0,2}\d{4}[-/.]\d\d[-/.]\d\d[T ]|^\W{0,2}\d\d[./]\w{2,3}[./]\d{4}")
#: A wrapper's time in front of a line that goes on.
_STAMP: Final = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) (?=\s|\S)")
_BRACKETS: Final = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\\n]|\\.)*`|[{}\[\]()]")


def _objects(source: Source) -> Iterator[pl.DataFrame]:
    lines = (row for batch in cutting.records(source, PLAIN) for row in batch.iter_rows())
    joined = _joined(lines, wrapped=bool(wrapping.of(source)))
    while batch := list(islice(joined, _ROWS)):
        yield pl.DataFrame(batch, schema=RECORDS, orient="row")


def _joined(lines: Iterator[tuple[int, str]], *, wrapped: bool = True) -> Iterator[tuple[int, str]]:
    """The lines, those of a printed record as one. What does not close, or is no record, stays as it is."""
    waiting: list[tuple[int, str]] = []
    while (row := waiting.pop() if waiting else next(lines, None)) is not None:
        printed_as = next((shape for shape in _SHAPES if shape.opens(row[1])), None)
        if printed_as is None:
            yield row
            continue
        taken, open_one = [row], printed_as.begun(row[1])
        while open_one.goes_on and len(taken) < _MOST_LINES and (more := waiting.pop() if waiting else next(lines, None)) is not None:
            going_on = _STAMP.sub("", more[1], count=1) if wrapped else more[1]
            if _NEW.match(going_on):
                waiting.append(more)
                break
            taken.append((more[0], going_on))
            open_one.take(going_on)
        text = None if open_one.goes_on else printed_as.read("\n".join(text for _, text in taken))
        yield from taken if text is None else [(row[0], text)]


def _opens_object(line: str) -> bool:
    """Whether an object is open at the line's end: behind a bracket, or behind a first pair."""
    written = line.rstrip()
    return written.endswith("{") or (written.endswith(",") and _FIRST_PAIR.search(written) is not None)


class _Open(Protocol):
    """A record that was begun, told by its lines whether it goes on."""

    goes_on: bool

    def take(self, line: str) -> None: ...


class _Brackets:
    """Goes on until all brackets are closed, quoted ones aside."""

    def __init__(self, line: str) -> None:
        self._depth = 0
        self.take(line[line.index("{") :])

    def take(self, line: str) -> None:
        found = _BRACKETS.findall(line)
        self._depth += sum(sign in "{[(" for sign in found) - sum(sign in "}])" for sign in found)
        self.goes_on = self._depth > 0


class _PhpArray:
    """Goes on until the bracket is closed that stands on a line of its own."""

    def __init__(self, line: str) -> None:
        self._depth = 1 if line.rstrip().endswith("(") else 0
        self.goes_on = True

    def take(self, line: str) -> None:
        self._depth += (printed_php.OPENING_LINE.search(line) is not None) - (printed_php.CLOSING_LINE.match(line) is not None)
        self.goes_on = self._depth > 0


class _Element:
    """Goes on until the first element is closed."""

    def __init__(self, line: str) -> None:
        self._root: str | None = None
        self.goes_on = True
        self.take(line)

    def take(self, line: str) -> None:
        if self._root is None and (root := _ROOT.search(line)) is not None:
            self._root = root[1]
        self.goes_on = self._root is None or f"</{self._root}" not in line


def _object(text: str) -> str | None:
    start = text.index("{")
    before = text[:start]
    try:
        value = printed.read(text[start : text.rindex("}") + 1])
    except ValueError:
        return _array(text)
    # `PDU {`: the class in front of its object is the program's own word.
    return _with_words(before, value) if isinstance(value, dict) else None


def _array(text: str) -> str | None:
    start = printed_php.begin(text)
    value = printed_php.read(text[start:]) if start is not None else None
    return None if value is None else _with_words(text[:start], value)


def _with_words(before: str, value: Any) -> str:
    return " ".join(before.split()) + (" " if before.strip() else "") + json.dumps(value, ensure_ascii=False)


def _document(text: str) -> str:
    """An XML document on one line; blanks between its elements say nothing."""
    return re.sub(r">\s+<", "><", " ".join(text.split("\n")))


@dataclass(frozen=True)
class _Shape:
    """One way to print a record over lines: how its first line looks, how it is seen to end, what it is on one line (none: it is no record)."""

    opens: Callable[[str], object]
    begun: Callable[[str], _Open]
    read: Callable[[str], str | None]


_ROOT: Final = re.compile(r"<([A-Za-z_][\w:.\-]*)")
_SHAPES: Final = (
    _Shape(_opens_object, _Brackets, _object),
    _Shape(printed_php.BEGINS.search, _PhpArray, _array),
    _Shape(re.compile(r"^[^<]*<(?:\?xml\b[^<>]*\?>\s*|[A-Za-z_][\w:.\-]*(?:\s[^<>]*)?>\s*)$").search, _Element, _document),
)
