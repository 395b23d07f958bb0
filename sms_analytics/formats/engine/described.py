"""From a description to a format: records decoded one by one, everything behind that in columns.

`make(description)` gives the `Format`; nothing else is needed by a vendor's module.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, NamedTuple

import polars as pl

from sms_analytics.events.readings import MASK, SKIPPED, Context, Format, Parsed
from sms_analytics.formats.engine import channels, log_times, xml_records
from sms_analytics.formats.engine import columns as engine_columns
from sms_analytics.formats.engine.claiming import Claims, rows
from sms_analytics.formats.engine.decoding import Decoded
from sms_analytics.formats.engine.description import Description, Fields, Payload
from sms_analytics.formats.engine.finding import Found, UnevenListsError, expanded, need_paths, singled
from sms_analytics.formats.engine.harmless import beginning, ending, web_time
from sms_analytics.formats.engine.kept_fields import KeptFields
from sms_analytics.formats.engine.undecodable import UndecodableError

_WRITER: Final = json.JSONEncoder(ensure_ascii=False)


@dataclass
class _Items:
    """The events of one payload in a batch, column by column."""

    record_no: list[int] = field(default_factory=list)
    event_no: list[int] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list)
    extra: list[str | None] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    record_time: list[str | None] = field(default_factory=list)
    utc: list[str | None] = field(default_factory=list)
    #: One of several events of its record: what is wrong with it must not cost the others.
    among: list[bool] = field(default_factory=list)


@dataclass
class _Batch:
    """What became of the records so far, and what is kept of each payload."""

    kept_fields: list[KeptFields]
    items: dict[int, _Items] = field(default_factory=dict)
    #: Skipped: number, text with the time, time in UTC.
    skipped: list[tuple[int, str, str | None]] = field(default_factory=list)
    #: Rejected: number, as written, field, rule, message.
    rejected: list[tuple[int, str, str, str, str]] = field(default_factory=list)


class Engine(Claims):
    """One description, ready to read."""

    def __init__(self, description: Description) -> None:
        super().__init__(description)
        self._kept_fields: dict[frozenset[str], list[KeptFields]] = {}

    def _kept(self, keep: frozenset[str]) -> list[KeptFields]:
        if keep not in self._kept_fields:
            any_case = self.description.any_case
            self._kept_fields[keep] = [
                KeptFields(payload, keep | set(self.description.kept), any_case=any_case) for payload in self.description.payloads
            ]
        return self._kept_fields[keep]

    def parse(self, records: pl.DataFrame, context: Context) -> Parsed:
        """One batch: lines or documents' records (`RECORDS`), or rows of a table."""
        batch = _Batch(self._kept(context.keep))
        if len(records.columns) > 2:
            for record_no, line, fault, fields in rows(records):
                self._row(batch, record_no, line, fault, fields)
        else:
            for record_no, line, plain in zip(records["record_no"].to_list(), records["line"].to_list(), self._plain(records), strict=True):
                if plain is None:
                    self._line(batch, record_no, line)
                else:
                    self._plain_line(batch, record_no, line, plain)
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

    def _plain_line(self, batch: _Batch, record_no: int, line: str, written: Fields) -> None:
        fields = self._finder.spelled(written)
        number = self._finder.which(fields)
        if number is None:
            self._lacking(batch, record_no, ("", None), line, self._finder.missing(fields))
        else:
            # What no group names may be text: the groups alone are kept.
            self._take(batch, record_no, Decoded("line", None), [Found(number, fields, root=dict(written))], line)

    def _lacking(self, batch: _Batch, record_no: int, times: tuple[str, str | None], line: str, lack: str | None) -> None:
        """A record that is none of the vendor's payloads: rejected if it lacks something, else somebody else's."""
        if lack is None:
            batch.skipped.append((record_no, *times))
        else:
            message = f"a record without {lack}, or with a value there that this format does not have"
            batch.rejected.append((record_no, line, lack, "missing", message))

    def _line(self, batch: _Batch, record_no: int, line: str) -> None:
        try:
            decoded = self._decode(line)
        except UndecodableError as error:
            batch.rejected.append((record_no, line, error.field, error.field, str(error)))
            return
        if decoded is None and (self.description.patterns or not line.strip()):
            batch.skipped.append((record_no, "", None))
            return
        if decoded is None:
            batch.rejected.append((record_no, line, "line", "line", "neither JSON nor XML nor encoded pairs, and no line of a web server's log"))
            return
        if not (self._is_looked_at(decoded.container) or self._is_kept(decoded)):
            batch.skipped.append((record_no, decoded.before, decoded.utc))
            return
        found = self._finder.find(decoded.value)
        if found:
            self._take(batch, record_no, decoded, found, decoded.line or line)
            return
        self._lacking(batch, record_no, (decoded.before, decoded.utc), line, self._finder.missing(decoded.value))

    def _take(self, batch: _Batch, record_no: int, decoded: Decoded, found: list[Found], line: str) -> None:
        try:
            events = [(one, fields) for one in found for fields in self._events(self.description.payloads[one.number], one)]
        except UnevenListsError as error:
            batch.rejected.append((record_no, line, error.field, "lists", str(error)))
            return
        event_no = 0
        for one, fields in events:
            keeper = batch.kept_fields[one.number]
            event_no += 2 if keeper.payload.kind == "row" else 1
            items = batch.items.get(one.number)
            if items is None:
                items = batch.items[one.number] = _Items()
            items.record_no.append(record_no)
            items.event_no.append(event_no)
            items.among.append(len(found) > 1)
            _add(items, keeper, _Written(line, decoded, one), fields)
        if not event_no:
            batch.skipped.append((record_no, decoded.before, decoded.utc))

    def _events(self, payload: Payload, one: Found) -> Iterator[Fields]:
        """The fields of each event in a payload."""
        if payload.kind == "skip":
            return
        # Elements of one list may be of different channels.
        for fields in expanded(one.fields, payload.each) if payload.each else [one.fields]:
            if channels.is_none(fields):
                continue
            for single in singled(fields, payload.lists) if payload.lists else [fields]:
                prepared = payload.prepare(dict(single)) if payload.prepare else single
                if prepared is not None:
                    yield prepared


class _Written(NamedTuple):
    """A payload as it was found."""

    line: str
    decoded: Decoded
    found: Found


def _add(items: _Items, keeper: KeptFields, written: _Written, fields: Fields) -> None:
    decoded, one = written.decoded, written.found
    plan = keeper.plan(fields)
    extra, dirty = keeper.sorted_out(fields, plan)
    if keeper.payload.prepare is not None or keeper.payload.each or keeper.payload.lists:
        # What was taken out, and what the other events hold, still stands in the record.
        dirty = dirty or keeper.is_dirty(one.fields)
    if decoded.answer is not None and not decoded.answer.startswith("2"):
        extra["answer"] = decoded.answer
    items.fields.append(fields)
    items.extra.append(_WRITER.encode(extra) if extra else None)
    items.raw.append(_raw(keeper, written, dirty=dirty, alone=not items.among[-1]))
    items.before.append(decoded.before)
    items.record_time.append(one.time or (fields[plan.own_time] if plan.own_time else None))
    items.utc.append(decoded.utc)


def _raw(keeper: KeptFields, written: _Written, *, dirty: bool, alone: bool) -> str:
    """The record as written, masked but for what may be kept; of a record that holds several payloads this one alone."""
    line, decoded, one = written
    if not alone or decoded.container in ("table", "line"):
        return _WRITER.encode(keeper.raw(one.root))
    if decoded.container == "access_log" and decoded.query is not None:
        return _request(decoded, keeper.query(decoded.query), line)
    if decoded.query is not None:
        return f"{beginning(decoded.before)}{keeper.query(decoded.query)}{ending(decoded.after)}"
    before = beginning(decoded.before)
    if decoded.container == "xml":
        is_plain = not dirty and before == decoded.before and one.root is decoded.value[0] and xml_records.is_plain_xml(line, one.root)
        return line if is_plain else before + _WRITER.encode(keeper.raw(one.root))
    if not dirty and (one.root is decoded.value or (before == decoded.before and keeper.is_plain_around(decoded.value, one.root))):
        return line if before == decoded.before else before + line.strip()[len(decoded.before.lstrip()) :]
    clean = keeper.enveloped(decoded.value, one.root) if decoded.container == "json" else keeper.raw(one.root)
    return line if clean == decoded.value and before == decoded.before else before + _WRITER.encode(clean)


def _request(decoded: Decoded, query: str, line: str) -> str:
    """A web server's line: its time, the request with the pairs that may be kept, the answer. Addresses, browsers and headers are not kept."""
    if decoded.utc is not None:
        return f"{decoded.utc} GET /{MASK} {query} {MASK} {decoded.answer} 0 0"
    return f'{web_time(line)}"GET /{MASK}?{query} HTTP/1.1" {decoded.answer} {MASK}'


def _frames(items: _Items) -> tuple[pl.DataFrame, list[Fields]]:
    texts: dict[str, list[Any]] = {"extra": items.extra, "raw": items.raw, "before": items.before, "record_time": items.record_time, "utc": items.utc}
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
        marks=None if description.patterns else engine.marks,
        remarks=engine.remarks,
        documentation=description.documentation,
        fields_found=engine.fields_found,
        misfit=engine.misfit,
        container_of=engine.container_of,
    )
