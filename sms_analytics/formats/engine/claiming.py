"""Which records are a description's own: what detection asks, and what people are told about it."""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from sms_analytics.config import plain_lines
from sms_analytics.events.readings import Context, Marks
from sms_analytics.formats.engine import decoding
from sms_analytics.formats.engine.decoding import Decoded
from sms_analytics.formats.engine.description import Description, Fields, Payload
from sms_analytics.formats.engine.finding import Finder, Found, need_paths
from sms_analytics.formats.engine.undecodable import UndecodableError
from sms_analytics.formats.engine.xml_records import RECORD_NAME

#: Columns of a batch that `reading/containers.py` adds to a table's own.
_OWN: Final = ("record_no", "line", "fault")
#: Design: a part with an id of its own that nothing ties to the others is a message, and the load says so.
_UNTIED: Final = "each part of a long message has an id of its own here and nothing ties them together: parts count as messages"
_TYING: Final = frozenset({"message_ref", "part_no", "parts"})
#: So few lines are asked one by one sooner than all together.
_FEW: Final = 100
#: Lines that are decoded to tell whose they are.
_SAMPLE: Final = 2_000


class Claims:
    """One description, asked which records are its own."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self._finder = Finder(description)
        self.marks = marks_of(description)
        self._may_claim = _prefilter(self.marks)

        self._groups = {name for pattern in description.patterns for name in plain_lines.groups(pattern)}
        self._is_named = any(RECORD_NAME in need_paths(need) for payload in description.payloads for need in payload.needs)

    def _decode(self, line: str) -> Decoded | None:
        return decoding.decode(line, named=self._is_named)

    def claims(self, records: pl.DataFrame) -> int:
        """Records with a payload that meets its needs."""
        if len(records.columns) > 2:
            return sum(self._is_own(self._finder.which(self._finder.spelled(fields))) for _, _, _, fields in rows(records))
        plain = sum(self._is_own(self._finder.which(fields)) for fields in self._plain(records) if fields is not None)
        return plain or sum(any(self._is_own(one.number) for one in self._found(line)) for line in self._likely(records))

    def _plain(self, records: pl.DataFrame) -> list[Fields | None]:
        """The fields of each line of plain text that fits a pattern."""
        patterns = self.description.patterns
        return plain_lines.matched(records["line"], patterns) if patterns else [None] * records.height

    def _likely(self, records: pl.DataFrame) -> list[str]:
        """The first lines that name what some payload needs."""
        if records.height > _FEW:
            return records.filter(self._may_claim).head(_SAMPLE)["line"].to_list()
        lines = records["line"].drop_nulls().to_list()
        return [line for line in lines if self.marks.are_in(line.casefold() if self.marks.any_case else line)]

    def _is_own(self, number: int | None) -> bool:
        return number is not None and not self.description.payloads[number].general

    def _found(self, line: str) -> list[Found]:
        try:
            decoded = self._decode(line)
        except UndecodableError:
            return []
        return self._finder.find(decoded.value) if decoded is not None and self._is_looked_at(decoded.container) else []

    def _is_looked_at(self, container: str) -> bool:
        return not self.description.containers or container in self.description.containers

    def _is_kept(self, decoded: Decoded) -> bool:
        """Whether it is how a line of plain text is kept, read again."""
        return decoded.container == "json" and isinstance(decoded.value, dict) and bool(self._groups) and decoded.value.keys() <= self._groups

    def misfit(self, records: pl.DataFrame) -> str | None:
        """Which rule of the description keeps the record that comes nearest to it from being its own; none where they have nothing in common."""
        if records.is_empty():
            return None
        if len(records.columns) > 2:
            lacks = [(lack, "table") for *_, fields in rows(records) if (lack := self._finder.unmet(fields)) is not None]
        elif self.description.patterns:
            lacks = [(lack, "line") for fields in self._plain(records) if fields is not None and (lack := self._finder.unmet(fields)) is not None]
            if not lacks:
                return f"its pattern fits none of the {records.height} lines that were looked at"
        else:
            lacks = [one for line in records["line"].drop_nulls().head(_SAMPLE) if (one := self._unmet(line)) is not None]
        nearest = min(lacks, key=lambda one: len(one[0]), default=None)
        if nearest is None:
            return None
        needs, container = nearest
        if needs:
            return f"the record that comes nearest lacks {', '.join(map(repr, needs))}"
        return f"its records stand in {container!r} here, and container takes {', '.join(map(repr, self.description.containers))} alone"

    def _unmet(self, line: str) -> tuple[list[str], str] | None:
        """What a line's record lacks, and what it stands in."""
        try:
            decoded = self._decode(line)
        except UndecodableError:
            return None
        lack = self._finder.unmet(decoded.value) if decoded is not None else None
        return None if decoded is None or lack is None else (lack, decoded.container)

    def fields_found(self, records: pl.DataFrame) -> list[str]:
        """The columns of ours that the first records with a payload fill, for people: `message_id = MessageSid`."""
        for found in self._first_payloads(records):
            columns = self.description.payloads[found.number].columns
            if not columns:
                continue
            pairs = ((name, [paths] if isinstance(paths, str) else paths) for name, paths in columns.items())
            named = ((name, next((path for path in paths if path in found.fields), None)) for name, paths in pairs)
            return [f"{name} = {path}" for name, path in named if path is not None]
        return []

    def container_of(self, records: pl.DataFrame) -> str:
        """The container of the first record with a payload."""
        if len(records.columns) > 2:
            return "table"
        if any(fields is not None for fields in self._plain(records)):
            return "line"
        for line in self._likely(records):
            if self._found(line) and (decoded := self._decode(line)) is not None:
                return decoded.container
        return "lines"

    def _first_payloads(self, records: pl.DataFrame) -> Iterator[Found]:
        if len(records.columns) > 2:
            for _, _, _, written in rows(records):
                fields = self._finder.spelled(written)
                number = self._finder.which(fields)
                if number is not None:
                    yield Found(number, fields)
            return
        for plain in self._plain(records):
            if plain is not None and (number := self._finder.which(self._finder.spelled(plain))) is not None:
                yield Found(number, self._finder.spelled(plain))
        for line in self._likely(records):
            yield from self._found(line)

    def remarks(self, records: pl.DataFrame, context: Context) -> list[str]:
        """Says that parts count as messages, where the first records of a payload that nothing ties together are there."""
        del context
        untied = [_is_untied(payload) for payload in self.description.payloads]
        if self.description.parts != "each" or not any(untied):
            return []
        return [_UNTIED] if any(untied[found.number] for found in self._first_payloads(records.head(_SAMPLE))) else []


def rows(records: pl.DataFrame) -> Iterator[tuple[int, str, str | None, Fields]]:
    """The rows of a table with their filled cells."""
    names = [name for name in records.columns if name not in _OWN]
    cells = zip(*[records[name].to_list() for name in names], strict=True) if names else iter([()] * records.height)
    own = zip(records["record_no"].to_list(), records["line"].to_list(), records["fault"].to_list(), cells, strict=True)
    for record_no, line, fault, values in own:
        yield record_no, line, fault, {name: value.strip() for name, value in zip(names, values, strict=True) if value and value.strip()}


def marks_of(description: Description) -> Marks:
    """The keys that some payload needs; the name of an XML record is no key."""
    needs = ([need for need in payload.needs if not need.startswith(("!", RECORD_NAME))] for payload in description.payloads)
    wanted = ({tuple(_last(path) for path in need_paths(need)) for need in own} for own in needs)
    return Marks(tuple(tuple(sorted(way)) for way in wanted), description.any_case)


def _prefilter(marks: Marks) -> pl.Expr:
    """Lines that name all the keys that some payload needs: cheap, and right often enough to decode only these."""
    named = [[pl.any_horizontal([_names(key, any_case=marks.any_case) for key in keys]) for keys in way] for way in marks.ways]
    return pl.any_horizontal([pl.all_horizontal(way) for way in named])


def _last(path: str) -> str:
    return next(part for part in reversed(path.split(".")) if not part.isdigit())


def _names(key: str, *, any_case: bool) -> pl.Expr:
    return pl.col("line").str.contains(f"(?i){re.escape(key)}") if any_case else pl.col("line").str.contains(key, literal=True)


def _is_untied(payload: Payload) -> bool:
    """Whether ids of this payload are those of parts: a number of parts means that one id names them all."""
    return payload.kind != "skip" and payload.part_id is None and not _TYING & set(payload.columns)
