"""One file on its way into the database: parsed, normalised, validated, stored, every record counted."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Final, TypeVar, cast

import duckdb
import polars as pl
import pyarrow as pa
from pandera.errors import SchemaErrors

from sms_analytics import containers, detection, duplicates, offsets, shapes
from sms_analytics.config import Config
from sms_analytics.errors import FormatMismatchError
from sms_analytics.formats.base import REJECTED, Context, Format, Parsed, empty, rejected
from sms_analytics.labels import label
from sms_analytics.normalising import Normaliser, Options
from sms_analytics.phrases import filled
from sms_analytics.schemas import EVENTS
from sms_analytics.sources import Prefix, Source
from sms_analytics.traits import INSERT_ROWS, ROW_TYPES, Traits

_Item = TypeVar("_Item")

#: Batches that are made before they are asked for: DuckDB packs in bursts.
_AHEAD: Final = 2

#: A time later than the load's own clock plus this cannot be.
_FUTURE: Final = timedelta(days=1)


def now() -> datetime:
    """The wall clock, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


@dataclass(frozen=True)
class LoadRecord:
    """What became of one file: its row of `loads`, and what a person should know about it."""

    load_id: int
    path: str
    sha256: str
    bytes: int
    format: str | None
    feed: str | None
    time_zone: str | None
    state: str
    records: int = 0
    accepted: int = 0
    skipped: int = 0
    rejected: int = 0
    events: int = 0
    unrecognised: int = 0
    duplicates: int = 0
    first_utc: datetime | None = None
    last_utc: datetime | None = None
    loaded_utc: datetime | None = None
    version: str = field(default_factory=lambda: version("sms-analytics"))


@dataclass
class _Tally:
    """Counts of one load while its batches pass by."""

    latest: datetime
    records: int = 0
    skipped: int = 0
    rejected: int = 0
    events: int = 0
    unrecognised: int = 0
    impossible: int = 0
    first: datetime | None = None
    last: datetime | None = None
    feeds: set[str] = field(default_factory=set)

    def see_times(self, times: pl.Series) -> None:
        possible = times.filter(times <= self.latest)
        self.impossible += len(times) - times.null_count() - len(possible)
        first, last = possible.min(), possible.max()
        if isinstance(first, datetime) and isinstance(last, datetime):
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)


class Loading:
    """One file on its way into the database."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, source: Source, *, format: Format, load_id: int, config: Config, options: Options
    ) -> None:
        self._connection = connection
        self._options = options
        self._source = source
        self._format = format
        self._load_id = load_id
        self._now = now()
        self._context = Context.of(config, format.name)
        self._failure: Exception | None = None
        self._remarks: list[str] = []
        self._tally = _Tally(latest=self._now + _FUTURE)
        file_time = detection.file_time(source) or self._now
        self._normaliser = Normaliser(config, options, format.name, load_id, source.path, file_time)

    def run(self, start: Prefix | None, options: str) -> LoadRecord:
        """Stores the file's events and rejects; returns its row of `loads`."""
        with ThreadPoolExecutor(1) as aside:
            sha256 = aside.submit(self._source.sha256)
            return self._run(sha256, start, options)

    def _run(self, sha256: Future[str], start: Prefix | None, options: str) -> LoadRecord:
        connection, tally = self._connection, self._tally
        self._traits = Traits(connection)
        # Traits and rejects go in beside the rows, over a connection of their own, so that none of them piles up in memory.
        self._beside = connection.cursor()
        self._beside.begin()
        try:
            self._insert(start)
            self._beside.commit()
        except BaseException:
            # What goes wrong with the connection itself must not hide why.
            with suppress(duckdb.Error):
                self._beside.rollback()
            raise
        finally:
            self._beside.close()
        # What was kept beside is seen by the transactions that begin from here on.
        connection.commit()
        connection.begin()
        duplicates_found = duplicates.fold(connection, self._load_id, self._format.name, (tally.first, tally.last))
        record = LoadRecord(
            load_id=self._load_id,
            path=self._source.path,
            sha256=sha256.result(),
            bytes=self._source.size,
            format=self._format.name,
            feed=", ".join(sorted(tally.feeds)) or self._options.feed,
            time_zone=self._zone(),
            state="loaded",
            records=tally.records,
            accepted=tally.records - tally.skipped - tally.rejected,
            skipped=tally.skipped,
            rejected=tally.rejected,
            events=tally.events - duplicates_found,
            unrecognised=tally.unrecognised,
            duplicates=duplicates_found,
            first_utc=tally.first,
            last_utc=tally.last,
            loaded_utc=self._now,
        )
        store_record(connection, record, options)
        self._store_feeds()
        return record

    def warnings(self) -> list[str]:
        """What a person should know about the file beside its counts."""
        clock, tally, path = self._normaliser.clock, self._tally, self._source.path
        counts = {"repeated": clock.repeated, "missing": clock.missing, "future": tally.impossible}
        found = [self._source.fault] if self._source.fault else []
        found += [filled(label(f"warning.{name}", self._normaliser.config.lang), count) for name, count in counts.items() if count]
        return [f"{path}: {text}" for text in found + self._remarks] + offsets.warnings(self._connection, self._normaliser)

    def _zone(self) -> str | None:
        zones = {zone for pair in self._normaliser.zones.values() for zone in pair if zone}
        return ", ".join(sorted(zones)) or None

    def _store_feeds(self) -> None:
        zones = self._normaliser.zones
        for feed in sorted(self._tally.feeds):
            log, receipt = zones.get(feed, (None, None))
            self._connection.execute(
                "INSERT INTO load_feeds (load_id, feed, time_zone, receipt_zone) VALUES ($load_id, $feed, $log, $receipt)",
                {"load_id": self._load_id, "feed": feed, "log": log, "receipt": receipt},
            )

    def _insert(self, start: Prefix | None) -> None:
        connection, batches = self._connection, _ahead(self._arrow(start))
        connection.register("batches", pa.RecordBatchReader.from_batches(_ARROW_SCHEMA, batches))
        try:
            with _one_thread(connection):
                connection.execute(INSERT_ROWS)
        except duckdb.Error:
            # DuckDB wraps what goes wrong while it asks for the next batch; the reason itself says more.
            if self._failure is None:
                raise
            raise self._failure from None
        finally:
            batches.close()
        connection.unregister("batches")

    def _arrow(self, start: Prefix | None) -> Generator[pa.RecordBatch, None, None]:
        try:
            for written, parsed in _ahead(self._parsed(start)):
                yield from self._events(written, parsed).to_arrow(compat_level=_VIEWS).to_batches()
        except Exception as error:
            self._failure = error
            raise

    def _parsed(self, start: Prefix | None) -> Generator[tuple[int, Parsed], None, None]:
        """How many records each batch has, and what the format read in them. The blank ones are nobody's."""
        for number, records in enumerate(containers.records(self._source, self._format, start)):
            if number == 0:
                self._remarks = self._format.remarks(records, self._context)
            written = not_blank(records)
            try:
                parsed = _every_record(written, self._format.parse(written, self._context))
            except FormatMismatchError as error:
                raise FormatMismatchError(f"{self._source.path}: {error}") from None
            yield records.height, parsed

    def _events(self, records: int, parsed: Parsed) -> pl.DataFrame:
        """The rows of a batch's valid events; everything else of it is counted and kept beside."""
        (events, skipped), invalid = self._normaliser.batch(parsed.readings, parsed.skipped), empty(REJECTED)
        try:
            rows, traits = self._traits.apart(events)
        except SchemaErrors:
            events, invalid = _validated(events, self._source.path, self._format)
            rows, traits = self._traits.apart(events)
        self._keep("INSERT INTO event_traits FROM rows", traits)
        rejects = pl.concat([parsed.rejected.select(*REJECTED), invalid])
        self._keep(
            f"INSERT INTO rejects SELECT {self._load_id}, record_no, raw, field, rule, message FROM rows",
            rejects.with_columns(raw=shapes.shape(rejects["raw"])) if rejects.height else rejects,
        )
        self._count(records, events, skipped, rejects.height)
        return rows

    def _keep(self, statement: str, rows: pl.DataFrame) -> None:
        if rows.height:
            self._beside.register("rows", rows.to_arrow())
            self._beside.execute(statement)
            self._beside.unregister("rows")

    def _count(self, records: int, events: pl.DataFrame, skipped: pl.Series, rejected: int) -> None:
        tally = self._tally
        accepted = events["record_no"].n_unique()
        tally.records += records
        tally.rejected += rejected
        tally.skipped += records - accepted - rejected
        tally.events += events.height
        tally.unrecognised += int((events["status"] == "unrecognised").sum())
        tally.feeds.update(events["feed"].unique().to_list())
        timed = events.filter(pl.col("time_precision") != "file").select(pl.coalesce("received_utc", "event_utc")).to_series()
        tally.see_times(timed)
        tally.see_times(skipped)


@contextmanager
def _one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """DuckDB packs with one thread: the other ones are busy with what it is to pack next."""
    # A failed statement leaves the connection itself unable to set anything back.
    with connection.cursor() as beside:
        ((threads,),) = beside.execute("SELECT current_setting('threads')").fetchall()
        beside.execute("SET threads = 1")
        try:
            yield
        finally:
            beside.execute(f"SET threads = {threads}")


def _ahead(items: Generator[_Item, None, None]) -> Generator[_Item, None, None]:
    """The items, while the next one is in the making: one batch is parsed as the one before it is normalised and the one before that is packed."""
    end = object()
    with closing(items), ThreadPoolExecutor(1) as maker:
        coming = deque(maker.submit(next, items, end) for _ in range(_AHEAD))
        while (item := coming.popleft().result()) is not end:
            coming.append(maker.submit(next, items, end))
            yield cast(_Item, item)


def store_record(connection: duckdb.DuckDBPyConnection, record: LoadRecord, options: str) -> None:
    """Adds the row of `loads` and the options it was made with."""
    row = asdict(record)
    connection.execute(f"INSERT INTO loads ({', '.join(row)}) VALUES ({', '.join(f'${name}' for name in row)})", row)
    connection.execute("INSERT INTO load_options VALUES ($load_id, $options)", {"load_id": record.load_id, "options": options})


def not_blank(records: pl.DataFrame) -> pl.DataFrame:
    """The records that are not blank. Only a line without a visible ASCII sign at its beginning can be."""
    line = records["line"]
    doubtful = ((line < "!") | (line > "\x7f")).fill_null(False)
    return records.filter(~doubtful | line.str.contains(r"\S")) if doubtful.any() else records


def _every_record(records: pl.DataFrame, parsed: Parsed) -> Parsed:
    """What a format left out is rejected: no record may be lost, not even by a fault of ours."""
    numbers = [frame["record_no"] for frame in (parsed.readings, parsed.skipped, parsed.rejected)]
    seen = pl.concat([number.cast(pl.Int64) for number in numbers]).unique()
    if len(seen) == records.height:
        return parsed
    lost = records.join(seen.to_frame("record_no"), on="record_no", how="anti")
    rows = rejected(lost, "record", "left_out", "the format read nothing from this record")
    return Parsed(parsed.readings, parsed.skipped, pl.concat([parsed.rejected.select(*REJECTED), rows]))


def _validated(events: pl.DataFrame, path: str, format: Format) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Events that the schema accepts, and `REJECTED` rows for the records of the others. A fault of a whole column fails the file."""
    try:
        EVENTS.validate(events, lazy=True)
    except SchemaErrors as error:
        return _split_invalid(events, error.failure_cases, path, format)
    return events, empty(REJECTED)


def _split_invalid(events: pl.DataFrame, cases: pl.DataFrame, path: str, format: Format) -> tuple[pl.DataFrame, pl.DataFrame]:
    whole = cases.filter(pl.col("index").is_null())
    if whole.height:
        column, check = whole.select("column", "check").row(0)
        raise FormatMismatchError(f"{path}: does not fit the format {format.name}: column {column} fails {check}; name another one with --format")
    faults = cases.group_by("index").first().with_columns(pl.col("index").cast(pl.UInt32))
    bad = events.with_row_index("index").join(faults.select("index", "column", "check"), on="index")
    per_record = bad.group_by("record_no", maintain_order=True).first()
    rows = per_record.select(
        "record_no",
        "raw",
        field=pl.col("column"),
        rule=pl.col("check"),
        message=pl.format("the value in {} does not fit: {}", "column", "check"),
    )
    return events.filter(~pl.col("record_no").is_in(rows["record_no"].implode())), rows.select(
        pl.col(name).cast(dtype) for name, dtype in REJECTED.items()
    )


#: Strings go over to DuckDB as they lie in memory.
_VIEWS: Final = pl.CompatLevel.newest()
_ARROW_SCHEMA: Final = pl.DataFrame(schema=ROW_TYPES).to_arrow(compat_level=_VIEWS).schema
