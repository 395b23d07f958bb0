"""From a description to a format: records decoded one by one, everything behind that in columns.

`make(description)` gives the `Format`; nothing else is needed by a vendor's module.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, NamedTuple

import polars as pl

from sms_analytics.formats import decoding, engine_columns, log_times
from sms_analytics.formats.base import MASK, SKIPPED, Context, Format, Marks, Parsed
from sms_analytics.formats.decoding import Decoded, UndecodableError
from sms_analytics.formats.description import Description, Fields, Payload
from sms_analytics.formats.finding import Finder, Found, expanded, need_paths
from sms_analytics.formats.harmless import beginning, ending, web_time
from sms_analytics.formats.keeping import Keeper

_WRITER: Final = json.JSONEncoder(ensure_ascii=False)
#: Columns of a batch that `containers.py` adds to a table's own.
_OWN: Final = ("record_no", "line", "fault")
#: Design: a part with an id of its own that nothing ties to the others is a message, and the load says so.
_UNTIED: Final = "each part of a long message has an id of its own here and nothing ties them together: parts count as messages"
_TYING: Final = frozenset({"message_ref", "part_no", "parts"})
#: So few lines are asked one by one sooner than all together.
_FEW: Final = 100
#: Lines that are decoded to tell whose they are.
_SAMPLE: Final = 2_000


@dataclass
class _Items:
    """The events of one payload in a batch, column by column."""

    record_no: list[int] = field(default_factory=list)
    event_no: list[int] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list)
    extra: list[str | None] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    stated: list[str | None] = field(default_factory=list)
    utc: list[str | None] = field(default_factory=list)
    #: One of several events of its record: what is wrong with it must not cost the others.
    among: list[bool] = field(default_factory=list)


@dataclass
class _Batch:
    """What became of the records so far, and what is kept of each payload."""

    keepers: list[Keeper]
    items: dict[int, _Items] = field(default_factory=dict)
    #: Skipped: number, text with the time, time in UTC.
    skipped: list[tuple[int, str, str | None]] = field(default_factory=list)
    #: Rejected: number, as written, field, rule, message.
    rejected: list[tuple[int, str, str, str, str]] = field(default_factory=list)


class Engine:
    """One description, ready to read."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self._finder = Finder(description)
        self._keepers: dict[frozenset[str], list[Keeper]] = {}
        self.marks = _marks(description)
        self._may_claim = _prefilter(self.marks)

    def _kept(self, keep: frozenset[str]) -> list[Keeper]:
        if keep not in self._keepers:
            any_case = self.description.any_case
            self._keepers[keep] = [Keeper(payload, keep | set(self.description.kept), any_case=any_case) for payload in self.description.payloads]
        return self._keepers[keep]

    # Whose is it?

    def claims(self, records: pl.DataFrame) -> int:
        """Records with a payload that meets its needs."""
        if len(records.columns) > 2:
            return sum(self._is_own(self._finder.which(self._finder.spelled(fields))) for _, _, _, fields in _rows(records))
        return sum(any(self._is_own(one.number) for one in self._found(line)) for line in self._likely(records))

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
            decoded = decoding.decode(line)
        except UndecodableError:
            return []
        return self._finder.find(decoded.value) if decoded is not None and self._is_looked_at(decoded.container) else []

    def _is_looked_at(self, container: str) -> bool:
        return not self.description.containers or container in self.description.containers

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
        for line in self._likely(records):
            if self._found(line) and (decoded := decoding.decode(line)) is not None:
                return decoded.container
        return "lines"

    def _first_payloads(self, records: pl.DataFrame) -> Iterator[Found]:
        if len(records.columns) > 2:
            for _, _, _, written in _rows(records):
                fields = self._finder.spelled(written)
                number = self._finder.which(fields)
                if number is not None:
                    yield Found(number, fields)
            return
        for line in self._likely(records):
            yield from self._found(line)

    def remarks(self, records: pl.DataFrame, context: Context) -> list[str]:
        """Says that parts count as messages, where the first records of a payload that nothing ties together are there."""
        del context
        untied = [_is_untied(payload) for payload in self.description.payloads]
        if self.description.parts != "each" or not any(untied):
            return []
        return [_UNTIED] if any(untied[found.number] for found in self._first_payloads(records.head(_SAMPLE))) else []

    # Reading

    def parse(self, records: pl.DataFrame, context: Context) -> Parsed:
        """One batch: lines or documents' records (`RECORDS`), or rows of a table."""
        batch = _Batch(self._kept(context.keep))
        if len(records.columns) > 2:
            for record_no, line, fault, fields in _rows(records):
                self._row(batch, record_no, line, fault, fields)
        else:
            for record_no, line in zip(records["record_no"].to_list(), records["line"].to_list(), strict=True):
                self._line(batch, record_no, line)
        read = [engine_columns.read(self.description.payloads[number], *_frames(items)) for number, items in batch.items.items()]
        return engine_columns.together(read, _skipped(batch.skipped), batch.rejected, self.description.name)

    def _row(self, batch: _Batch, record_no: int, line: str, fault: str | None, written: Fields) -> None:
        fields = self._finder.spelled(written)
        number = self._finder.which(fields) if fault is None else None
        if fault is not None:
            batch.rejected.append((record_no, line, "row", "row", fault))
        elif number is not None:
            self._take(batch, record_no, Decoded("table", None), [Found(number, fields, root=dict(written))], line)
        elif fields:
            lack = self._finder.missing(fields)
            if lack is None:
                batch.skipped.append((record_no, "", None))
            else:
                batch.rejected.append((record_no, line, lack, "missing", f"a record without {lack}"))
        else:
            batch.skipped.append((record_no, "", None))

    def _line(self, batch: _Batch, record_no: int, line: str) -> None:
        try:
            decoded = decoding.decode(line)
        except UndecodableError as error:
            batch.rejected.append((record_no, line, error.field, error.field, str(error)))
            return
        if decoded is None:
            batch.rejected.append((record_no, line, "line", "line", "neither JSON nor XML nor encoded pairs, and no line of a web server's log"))
            return
        if not self._is_looked_at(decoded.container):
            batch.skipped.append((record_no, decoded.before, decoded.utc))
            return
        found = self._finder.find(decoded.value)
        if found:
            self._take(batch, record_no, decoded, found, line)
            return
        lack = self._finder.missing(decoded.value)
        if lack is not None:
            batch.rejected.append(
                (record_no, line, lack, "missing", f"a record without {lack}, or with a value there that this format does not have")
            )
        else:
            batch.skipped.append((record_no, decoded.before, decoded.utc))

    def _take(self, batch: _Batch, record_no: int, decoded: Decoded, found: list[Found], line: str) -> None:
        event_no = 0
        for one in found:
            payload = batch.keepers[one.number].payload
            for fields in self._events(payload, one):
                event_no += 2 if payload.kind == "row" else 1
                items = batch.items.get(one.number)
                if items is None:
                    items = batch.items[one.number] = _Items()
                items.record_no.append(record_no)
                items.event_no.append(event_no)
                items.among.append(len(found) > 1)
                _add(items, batch.keepers[one.number], _Written(line, decoded, one), fields)
        if not event_no:
            batch.skipped.append((record_no, decoded.before, decoded.utc))

    def _events(self, payload: Payload, one: Found) -> Iterator[Fields]:
        """The fields of each event in a payload."""
        if payload.kind == "skip":
            return
        for fields in expanded(one.fields, payload.each) if payload.each else [one.fields]:
            prepared = payload.prepare(dict(fields)) if payload.prepare else fields
            if prepared is not None:
                yield prepared


class _Written(NamedTuple):
    """A payload as it was found."""

    line: str
    decoded: Decoded
    found: Found


def _add(items: _Items, keeper: Keeper, written: _Written, fields: Fields) -> None:
    decoded, one = written.decoded, written.found
    plan = keeper.plan(fields)
    extra, dirty = keeper.sorted_out(fields, plan)
    if keeper.payload.prepare is not None or keeper.payload.each:
        # What was taken out, and what the other events hold, still stands in the record.
        dirty = dirty or keeper.is_dirty(one.fields)
    if decoded.answer is not None and not decoded.answer.startswith("2"):
        extra["answer"] = decoded.answer
    items.fields.append(fields)
    items.extra.append(_WRITER.encode(extra) if extra else None)
    items.raw.append(_raw(keeper, written, dirty=dirty, alone=not items.among[-1]))
    items.before.append(decoded.before)
    items.stated.append(one.time or (fields[plan.own_time] if plan.own_time else None))
    items.utc.append(decoded.utc)


def _raw(keeper: Keeper, written: _Written, *, dirty: bool, alone: bool) -> str:
    """The record as written, masked but for what may be kept; of a record that holds several payloads this one alone."""
    line, decoded, one = written
    if not alone or decoded.container == "table":
        return json.dumps(keeper.raw(one.root), ensure_ascii=False)
    if decoded.container == "access_log" and decoded.query is not None:
        return _request(decoded, keeper.query(decoded.query), line)
    if decoded.query is not None:
        return f"{beginning(decoded.before)}{keeper.query(decoded.query)}{ending(decoded.after)}"
    before = beginning(decoded.before)
    if decoded.container == "xml":
        is_plain = not dirty and before == decoded.before and one.root is decoded.value[0] and decoding.is_plain_xml(line, one.root)
        return line if is_plain else before + json.dumps(keeper.raw(one.root), ensure_ascii=False)
    if one.root is decoded.value and not dirty:
        return line if before == decoded.before else before + line.strip()[len(decoded.before) :]
    clean = keeper.enveloped(decoded.value, one.root)
    return line if clean == decoded.value and before == decoded.before else before + json.dumps(clean, ensure_ascii=False)


def _request(decoded: Decoded, query: str, line: str) -> str:
    """A web server's line: its time, the request with the pairs that may be kept, the answer. Addresses, browsers and headers are not kept."""
    if decoded.utc is not None:
        return f"{decoded.utc} GET /{MASK} {query} {MASK} {decoded.answer} 0 0"
    return f'{web_time(line)}"GET /{MASK}?{query} HTTP/1.1" {decoded.answer} {MASK}'


def _rows(records: pl.DataFrame) -> Iterator[tuple[int, str, str | None, Fields]]:
    """The rows of a table with their filled cells."""
    names = [name for name in records.columns if name not in _OWN]
    cells = zip(*[records[name].to_list() for name in names], strict=True) if names else iter([()] * records.height)
    own = zip(records["record_no"].to_list(), records["line"].to_list(), records["fault"].to_list(), cells, strict=True)
    for record_no, line, fault, values in own:
        yield record_no, line, fault, {name: value.strip() for name, value in zip(names, values, strict=True) if value and value.strip()}


def _frames(items: _Items) -> tuple[pl.DataFrame, list[Fields]]:
    texts: dict[str, list[Any]] = {"extra": items.extra, "raw": items.raw, "before": items.before, "stated": items.stated, "utc": items.utc}
    columns = {name: pl.Series(values, dtype=pl.String) for name, values in texts.items()}
    columns["record_no"] = pl.Series(items.record_no, dtype=pl.Int64)
    columns["event_no"] = pl.Series(items.event_no, dtype=pl.Int16)
    columns["among"] = pl.Series(items.among, dtype=pl.Boolean)
    return pl.DataFrame(columns), items.fields


def _skipped(rows: list[tuple[int, str, str | None]]) -> pl.DataFrame:
    if not rows:
        return pl.DataFrame(schema=SKIPPED)
    frame = pl.DataFrame(rows, schema={"record_no": pl.Int64, "before": pl.String, "utc": pl.String}, orient="row")
    times = log_times.read(frame["before"])
    utc = frame["utc"].str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    return frame.select("record_no", feed=pl.lit(None, pl.String), logged=times["logged"], logged_utc=pl.coalesce(utc, times["logged_utc"]))


def _marks(description: Description) -> Marks:
    """The keys that some payload needs."""
    wanted = (
        {tuple(_last(path) for path in need_paths(need)) for need in payload.needs if not need.startswith("!")} for payload in description.payloads
    )
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


def _headers(description: Description) -> tuple[frozenset[str], ...]:
    if description.containers and "table" not in description.containers:
        return ()
    wanted = [[need_paths(need) for need in payload.needs if not need.startswith("!")] for payload in description.payloads if not payload.general]
    names = [headers for paths in wanted for headers in product(*paths)]
    return tuple(frozenset(map(str.lower, headers)) if description.any_case else frozenset(headers) for headers in names)


def make(description: Description) -> Format:
    """The format that a description describes."""
    engine = Engine(description)
    return Format(
        name=description.name,
        title=description.title,
        claims=engine.claims,
        parse=engine.parse,
        container="records",
        code_systems=tuple(sorted({system for payload in description.payloads for system in engine_columns.systems(payload)})),
        headers=_headers(description),
        id_rule="per_recipient" if any(payload.id_per_recipient for payload in description.payloads) else None,
        validity=description.validity,
        price=description.price,
        marks=engine.marks,
        remarks=engine.remarks,
        documentation=description.documentation,
        fields_found=engine.fields_found,
        container_of=engine.container_of,
    )
