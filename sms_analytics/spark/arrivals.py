"""Raw logs into a lake: which files are new and what they are, a task for each file or stretch, identical events stored once, one new manifest."""

import json
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from sms_analytics import config as configuration
from sms_analytics.commands import arriving, loading
from sms_analytics.commands.loader import LoadReport
from sms_analytics.commands.loading import LoadRecord
from sms_analytics.commands.pieces import Stretch as Piece
from sms_analytics.config import Config
from sms_analytics.database import lake, store
from sms_analytics.database.lake import Manifest, Part
from sms_analytics.events.clock import Asked, ClockPosition
from sms_analytics.events.normalising import Options
from sms_analytics.formats import maps as format_maps
from sms_analytics.resolving import series, supplied
from sms_analytics.spark import event_rows, folding, places, stretches, surveying, tasks
from sms_analytics.spark.places import Place
from sms_analytics.spark.stretches import Counting, Order, Read
from sms_analytics.spark.surveying import STRETCH_BYTES, Stretch, Survey, Wanted
from sms_analytics.text.labels import label
from sms_analytics.text.printable import plain

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Tables of a lake that a load writes anew; to those that grow it adds files.
_WRITTEN: Final = ("loads", "load_options", "load_pieces", "load_feeds", "load_counts", "load_requests")
#: Counts of a load that add up over its stretches.
_SUMS: Final = ("records", "accepted", "skipped", "rejected", "events", "unrecognised", "duplicates")


def load(
    session: "SparkSession | None",
    paths: str | list[str],
    out: str | Path,
    *,
    config: str | Path | None = None,
    format: str | None = None,
    feed: str | None = None,
    account: str | None = None,
    time_zone: str | None = None,
    receipt_zone: str | None = None,
    stretch_bytes: int = STRETCH_BYTES,
) -> LoadReport:
    """Loads logs into the lake in folder `out`, which is made where there is none; returns what a load on one machine returns.

    `paths` are files, folders and patterns that every worker sees, or addresses that pyarrow.fs reads (`s3://bucket/logs/`). A plain file of more
    than `stretch_bytes` is read by several tasks. The events are there at once; messages follow with `resolve`. Without a session all of it happens
    in this process. Raises `DatabaseError` where the folder is no lake, or another run changed it meanwhile.
    """
    folder = Path(out).resolve()
    settings = configuration.read(Path(config) if config else None, beside=folder.parent)
    format_maps.check(settings)
    supplied.read(settings)
    options = Options(feed, account, configuration.zone(time_zone, "--time-zone"), configuration.zone(receipt_zone, "--receipt-zone"))
    found, faults = places.find([paths] if isinstance(paths, str) else paths)
    with store.written(folder):
        state = lake.begin(folder, store.SCHEMA_VERSION)
    with closing(store.in_memory()) as connection, store.written(folder, store.NO_ROOM):
        store.lay_out(connection)
        lake.read_tables(connection, folder, state, _WRITTEN)
        run = _Run(session, connection, folder, state, settings, options, faults=faults)
        run.survey(found, format, stretch_bytes)
        run.read()
        if run.is_changed:
            lake.publish(folder, run.written())
    return LoadReport(run.loads, run.known, run.faults, run.warnings, settings.lang)


@dataclass
class _File:
    """A file on its way in: its row of `loads` is the sum of what its stretches give."""

    survey: Survey
    load_id: int
    stretches: tuple[Stretch, ...]
    #: Where the clock of the same log was when it was shorter.
    clock: str | None = None
    read: list[Read] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return all(one.record is not None for one in self.read)


@dataclass
class _Run:
    session: "SparkSession | None"
    connection: duckdb.DuckDBPyConnection
    folder: Path
    state: Manifest
    config: Config
    options: Options
    loads: list[LoadRecord] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: list[_File] = field(default_factory=list)
    #: Sizes and digests of what this run loads: equal content is read once.
    taken: set[tuple[int, str]] = field(default_factory=set)

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.loads) or any(one.is_whole for one in self.files)

    def survey(self, found: list[Place], format: str | None, stretch_bytes: int) -> None:
        """Looks at all files, and decides which are loaded, in the order in which one machine would load them."""
        by_path = {place.path: place for place in found}
        in_order = [by_path[path] for path in series.in_order(list(by_path))]
        sizes: dict[str, list[int]] = {}
        for path, size in self.connection.execute("SELECT path, bytes FROM loads WHERE state = 'loaded' ORDER BY ALL").fetchall():
            sizes.setdefault(path, []).append(size)
        wanted = [Wanted(place, self.config, format, stretch_bytes, tuple(sizes.get(place.path, ()))) for place in in_order]
        following = arriving.next_id(self.connection)
        for one in tasks.run(self.session, surveying.survey, wanted):
            following += self._decide(one, following)

    def _decide(self, one: Survey, load_id: int) -> int:
        """Whether the file gets this number."""
        if one.refused:
            return self._refuse(one, load_id)
        if one.fault is not None:
            self.faults.append(one.fault)
            return 0
        if one.content in self.taken:
            self.known.append(one.place.path)
            return 0
        if (held := self._held(one)) is not None:
            (self.faults if held else self.known).append(held or one.place.path)
            return 0
        begun = self._begun(one)
        if isinstance(begun, str):
            self.faults.append(begun)
            return 0
        clock, goes_on = begun
        self.taken.add(one.content)
        self.files.append(_File(one, load_id, one.stretches if goes_on is None else (goes_on,), clock))
        return 1

    def _refuse(self, one: Survey, load_id: int) -> int:
        if one.fault is None:
            self.warnings.append(f"{one.place.path}: {label('warning.empty', self.config.lang)}")
            return 0
        self.faults.append(one.fault)
        arriving.forget_refused(self.connection, one.sha256)
        record = LoadRecord(load_id, one.place.path, one.sha256, one.size, None, self.options.feed, None, "refused")
        record = replace(record, records=one.lines, rejected=one.lines, loaded_utc=loading.now())
        loading.store_record(self.connection, record, self.options.written())
        self.loads.append(record)
        return 1

    def _held(self, one: Survey) -> str | None:
        """Empty where a load of this content is there; why it cannot be loaded where that was made otherwise."""
        rows = self.connection.execute(
            "SELECT load_id, format, options FROM loads JOIN load_options USING (load_id) JOIN load_pieces USING (load_id) "
            "WHERE state = 'loaded' AND content_bytes = $size AND content_sha256 = $sha256 ORDER BY load_id",
            {"size": one.content[0], "sha256": one.content[1]},
        ).fetchall()
        if not rows:
            return None
        if any(row[1:] == (one.format, self.options.written()) for row in rows):
            return ""
        number, read_as, _ = rows[0]
        how = "loaded with other options" if read_as == one.format else f"read as {read_as}"
        return f"{one.place.path}: its content is there already as load {number}, {how}; to read it otherwise load the logs into a new lake"

    def _begun(self, one: Survey) -> tuple[str | None, Stretch | None] | str:
        """Of a log that has grown since it was loaded what it grew by, and where its clock was; else neither. A text says why that cannot be read."""
        for size in sorted(one.digests, reverse=True):
            rows = self.connection.execute(
                "SELECT load_id, clock, options FROM loads JOIN load_options USING (load_id) LEFT JOIN load_pieces USING (load_id) "
                "WHERE state = 'loaded' AND path = $path AND bytes = $size AND sha256 = $sha256 AND format = $format",
                {"path": one.place.path, "size": size, "sha256": one.digests[size], "format": one.format},
            ).fetchall()
            if not rows:
                continue
            ((number, clock, options), *_) = rows
            if options != self.options.written():
                return f"{one.place.path}: its beginning is there already as load {number}, loaded with other options; load the logs into a new lake"
            if size not in one.goes_on:
                return f"{one.place.path}: load {number} ended within a record of it, and only whole records can be added to; load it into a new lake"
            return clock, one.goes_on[size]
        return None, None

    def read(self) -> None:
        """Reads all stretches, and those anew that begin within a repeated hour of which only the log before them tells which one it is."""
        self._read_again([(one, None) for one in self.files])
        for _ in range(len(self.files) + sum(len(one.stretches) for one in self.files)):
            if not (wrong := self._misread()):
                break
            self._read_again(wrong)
        self._tell_misread()
        for one in self.files:
            self.faults += list(dict.fromkeys(fault for read in one.read for fault in read.faults))
            self.warnings += list(dict.fromkeys(warning for read in one.read for warning in read.warnings))

    def _read_again(self, wanted: list[tuple["_File", "list[list[Asked]] | None"]]) -> None:
        orders, owners = [], []
        for one, answers in wanted:
            for number, stretch in enumerate(one.stretches):
                told = {} if answers is None else {(asked.zone, asked.day): asked.answer for asked in answers[number]}
                orders.append(self._order(one, stretch, told))
                owners.append(one)
            one.read = []
        for one, read in zip(owners, tasks.run(self.session, stretches.read, orders), strict=True):
            one.read.append(read)
        for one in {id(one): one for one in owners}.values():
            self._store(one)

    def _order(self, one: _File, stretch: Stretch, answers: dict[tuple[str, date], ClockPosition | None]) -> Order:
        survey = one.survey
        assert survey.format is not None
        where = (self.folder, self.state.run, one.load_id, survey.place, survey.format, survey.size, survey.sha256)
        return Order(*where, stretch, self.config, self.options, answers)

    def _store(self, one: _File) -> None:
        """Puts the file's rows into the tables, instead of what stood there of it."""
        for table in _WRITTEN:
            self.connection.execute(f"DELETE FROM {table} WHERE load_id = $load_id", {"load_id": one.load_id})
        if not one.is_whole:
            return
        loading.store_record(self.connection, _summed(one), self.options.written())
        for read in one.read:
            store.insert(self.connection, "load_counts", read.counts)
            store.insert(self.connection, "load_requests", read.requests)
        rows = [(one.load_id, *row) for read in one.read for row in read.feeds]
        store.insert(self.connection, "load_feeds", rows)
        stretch = one.stretches[0]
        asked = Asked.written(one.read[0].asked)
        Piece(one.load_id, stretch.began, one.survey.size, one.survey.numbering, [], _clock(one), asked, *one.survey.content).store(self.connection)

    def _misread(self) -> list[tuple[_File, "list[list[Asked]] | None"]]:
        """Files of which a stretch was told another answer than is known now, with today's answers."""
        wrong: list[tuple[_File, list[list[Asked]] | None]] = []
        for one in self.files:
            if not one.is_whole:
                continue
            today = [[replace(asked, answer=self._answer(one, number, asked)) for asked in read.asked] for number, read in enumerate(one.read)]
            if today != [read.asked for read in one.read]:
                wrong.append((one, today))
        return wrong

    def _answer(self, one: _File, number: int, asked: Asked) -> ClockPosition | None:
        clocks = [one.clock] if one.clock else []
        behind = stretches.clock_behind(clocks + [read.clock for read in one.read[:number]], asked)
        if behind is not None or number or one.clock:
            return behind
        assert one.survey.format is not None
        return series.before(self.connection, one.survey.place.path, one.survey.format, asked, [one.load_id])

    def _tell_misread(self) -> None:
        mine = {one.load_id for one in self.files}
        for load_id, path in series.misread(self.connection, sorted(mine)):
            if load_id not in mine:
                self.warnings.append(f"{plain(path)}: {label('warning.not_reread', self.config.lang)}")

    def written(self) -> Manifest:
        """The state with the new files; they are written, and not published yet."""
        loaded = [one for one in self.files if one.is_whole]
        new = [part for one in loaded for read in one.read for part in read.events]
        folded = folding.fold(self.session, self.folder, self.state.run, self.state.events + new, new)
        self._count_folded(folded)
        tables = {name: list(self.state.tables.get(name, [])) for name in lake.GROWING}
        for one in loaded:
            for read in one.read:
                for name, files in read.tables.items():
                    tables[name] += files
        tables["sightings"] += folded.sightings
        self._combine()
        written = lake.write_tables(self.connection, self.folder, self.state, _WRITTEN)
        self.loads = sorted([*self.loads, *self._records([one.load_id for one in loaded])], key=lambda load: load.load_id)
        waiting = [*self.state.waiting, *(one.load_id for one in loaded)]
        return replace(self.state, events=folded.events, tables=written | tables, waiting=waiting)

    def _count_folded(self, folded: folding.Folded) -> None:
        """Corrects the counts of loads whose events stand elsewhere too."""
        for load_id, count in folded.gone.items():
            self.connection.execute(
                "UPDATE loads SET events = events - $count, duplicates = duplicates + $count WHERE load_id = $load_id",
                {"count": count, "load_id": load_id},
            )
        mine = {one.load_id: one for one in self.files if one.is_whole}
        affected = [mine[load_id] for load_id in folded.gone if load_id in mine]
        if not affected:
            return
        there = {part.path for part in folded.events}
        unchanged = {one.load_id: [part for read in one.read for part in read.events if part.path in there] for one in affected}
        parts: list[Part] = list({part.path: part for files in [*unchanged.values(), folded.changed] for part in files}.values())
        ids = [one.load_id for one in affected]
        bundles = event_rows.bundles([(part, part.feed) for part in parts])
        for table in ("load_counts", "load_requests"):
            self.connection.execute(f"DELETE FROM {table} WHERE load_id IN (SELECT unnest($ids::INTEGER[]))", {"ids": ids})
        for counts, requests in tasks.run(
            self.session, stretches.counted, [Counting(self.folder, list(bundle.parts), self.config) for bundle in bundles]
        ):
            store.insert(self.connection, "load_counts", [row for row in counts if row[0] in ids])
            store.insert(self.connection, "load_requests", [row for row in requests if row[0] in ids])

    def _combine(self) -> None:
        """One row for what several stretches and files say of the same."""
        for statement in _COMBINED:
            self.connection.execute(statement)

    def _records(self, ids: list[int]) -> list[LoadRecord]:
        cursor = self.connection.execute("SELECT * FROM loads WHERE load_id IN (SELECT unnest($ids::INTEGER[])) ORDER BY load_id", {"ids": ids})
        names = [column[0] for column in cursor.description]
        return [LoadRecord(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


_COMBINED: Final = (
    """
    CREATE OR REPLACE TABLE load_counts AS
    SELECT
        load_id, feed, format, sum(submissions)::BIGINT AS submissions, sum(receipts)::BIGINT AS receipts, sum(asking)::BIGINT AS asking,
        sum(with_ref)::BIGINT AS with_ref, sum(with_text_id)::BIGINT AS with_text_id,
        min(first_sent) AS first_sent, max(last_sent) AS last_sent, min(first_heard) AS first_heard, max(last_heard) AS last_heard,
        min(first_utc) AS first_utc, max(last_utc) AS last_utc
    FROM load_counts
    GROUP BY load_id, feed, format
    ORDER BY ALL
    """,
    "CREATE OR REPLACE TABLE load_requests AS SELECT load_id, feed, sender, bool_or(asks) AS asks FROM load_requests GROUP BY ALL ORDER BY ALL",
    """
    CREATE OR REPLACE TABLE load_feeds AS
    SELECT
        load_id, feed, max(time_zone) AS time_zone, max(receipt_zone) AS receipt_zone, written, sum(events)::BIGINT AS events
    FROM load_feeds
    GROUP BY load_id, feed, written
    ORDER BY ALL
    """,
)


def _clock(one: _File) -> str:
    """Where the clock of the log was at its end, in every zone that it had."""
    ends: dict[str, object] = {}
    for text in [one.clock or "{}", *(read.clock for read in one.read)]:
        ends |= json.loads(text)
    return json.dumps(ends)


def _summed(one: _File) -> LoadRecord:
    """The row of `loads` of a file that several tasks have read."""
    records = [read.record for read in one.read if read.record is not None]
    sums = {name: sum(getattr(record, name) for record in records) for name in _SUMS}
    firsts = [record.first_utc for record in records if record.first_utc is not None]
    lasts = [record.last_utc for record in records if record.last_utc is not None]
    feeds = sorted({str(row[0]) for read in one.read for row in read.feeds})
    zones = sorted({zone for record in records for zone in (record.time_zone or "").split(", ") if zone})
    return replace(
        records[0],
        **sums,
        bytes=one.survey.size,
        feed=", ".join(feeds) or records[0].feed,
        time_zone=", ".join(zones) or None,
        first_utc=min(firsts, default=None),
        last_utc=max(lasts, default=None),
    )
