"""One file on its way into the database: parsed, normalised, validated, stored, every record counted."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Final, TypeVar, cast

import duckdb
import polars as pl
import pyarrow as pa
from pandera.errors import SchemaErrors

from sms_analytics.commands.progress import Progress
from sms_analytics.config import Config
from sms_analytics.database import duplicates
from sms_analytics.database.accepted import Accepted
from sms_analytics.database.shared_columns import INSERT_ROWS, ROW_TYPES, SharedValues
from sms_analytics.database.spool import Spool
from sms_analytics.database.validation import EVENTS
from sms_analytics.errors import FormatMismatchError, SmsAnalyticsError
from sms_analytics.events import offsets
from sms_analytics.events.clock import FIRST_YEAR, LAST_YEAR, Clock
from sms_analytics.events.normalising import Normaliser, Options
from sms_analytics.events.readings import READING, RECORDS, REJECTED, Context, Format, Parsed, empty, rejected
from sms_analytics.reading import containers, detection, salvage
from sms_analytics.reading.encoded_lines import LONGEST_LINE, TOO_LONG, without_too_long
from sms_analytics.reading.salvage import Salvage
from sms_analytics.reading.sources import Prefix, Source
from sms_analytics.text import shapes
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import filled

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
    #: Blank records, and records that another load of the same content has accepted.
    blank: int = 0
    elsewhere: int = 0
    first: datetime | None = None
    last: datetime | None = None
    #: Feeds as the records spell them, and how many events they have, those included that other loads hold too.
    feeds: Counter[str] = field(default_factory=Counter)

    def see_times(self, times: pl.Series) -> None:
        possible = times.filter(times <= self.latest)
        self.impossible += len(times) - times.null_count() - len(possible)
        first, last = possible.min(), possible.max()
        if isinstance(first, datetime) and isinstance(last, datetime):
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)


@dataclass(frozen=True)
class _Batch:
    """Some records of the file: how many, their first and last number, how many were blank, and what the format read in the others."""

    records: int
    first: int
    last: int
    blank: int
    parsed: Parsed


class Loading:
    """One file on its way into the database, or one stretch of it. All of it happens in the transaction that the connection is in."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        *,
        format: Format,
        load_id: int,
        config: Config,
        options: Options,
        progress: Progress,
        elsewhere: Accepted | None = None,
    ) -> None:
        self._connection = connection
        self._options = options
        self._source = source
        self._format = format
        self._load_id = load_id
        self._now = now()
        self._context = Context.of(config, format.name)
        self._progress = progress
        self._failure: BaseException | None = None
        self._remarks: list[str] = []
        self._tally = _Tally(latest=self._now + _FUTURE)
        self._salvage = Salvage()
        #: Records that other loads of this content have accepted: they are not taken again.
        self._elsewhere = elsewhere or Accepted()
        self.accepted = Accepted()
        file_time = detection.file_time(source) or self._now
        self._normaliser = Normaliser(config, options, format.name, load_id, source.path, file_time)

    @property
    def clock(self) -> Clock:
        """Where in its own time the log is."""
        return self._normaliser.clock

    @property
    def elsewhere(self) -> int:
        """How many records were left to the loads that have accepted them."""
        return self._tally.elsewhere

    def run(self, start: Prefix | None, replaced: Callable[[Accepted], None]) -> LoadRecord:
        """Stores the file's events and rejects; returns its row of `loads`. `replaced` takes out what these records replace, before identical ones
        are looked for."""
        end = self._source.size if start is None or start.end is None else start.end
        with ThreadPoolExecutor(1) as aside, Spool() as shared, Spool() as rejects:
            digest = aside.submit(self._source.sha256, end)
            self._shared, self._kept = SharedValues(self._connection), {"shared_values": shared, "rejects": rejects}
            self._insert(start)
            for table, rows in self._kept.items():
                rows.store(self._connection, f"INSERT INTO {table} FROM rows")
            sha256 = digest.result()
        self._source.check_unchanged(end, sha256)
        replaced(self.accepted)
        return self._recorded(end, sha256)

    def _recorded(self, end: int, sha256: str) -> LoadRecord:
        connection, tally = self._connection, self._tally
        duplicates_found = duplicates.fold(connection, self._load_id, self._format.name, (tally.first, tally.last))
        record = LoadRecord(
            load_id=self._load_id,
            path=self._source.path,
            sha256=sha256,
            bytes=end,
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
        store_record(connection, record, self._options.written())
        self.accepted.store(connection, self._load_id)
        self._store_feeds()
        return record

    def faults(self) -> list[str]:
        """What was wrong with a file that is loaded all the same."""
        tally, path = self._tally, self._source.path
        found = [f"{path}: {self._source.fault}; fetch it again and load it"] if self._source.fault else []
        if tally.rejected and tally.rejected + tally.blank == tally.records and not found and not self._is_begun():
            found.append(
                f"{path}: none of its {tally.rejected} records could be read as {self._format.name}; see why with: sms-analytics rejects, "
                "or name another format with --format"
            )
        return found

    def _is_begun(self) -> bool:
        """Whether all there is of the log is the beginning of its first line."""
        return self._tally.rejected == 1 and self._source.cut_line

    def warnings(self) -> list[str]:
        """What a person should know about the file beside its counts."""
        clock, tally, path = self._normaliser.clock, self._tally, self._source.path
        counts = {"repeated": clock.repeated, "missing": clock.missing, "outside": clock.outside, "future": tally.impossible}
        found = [filled(label(f"warning.{name}", self._normaliser.config.lang), count) for name, count in counts.items() if count]
        return [f"{path}: {text}" for text in found + self._remarks] + offsets.warnings(self._connection, self._normaliser)

    def _zone(self) -> str | None:
        zones = {zone for pair in self._normaliser.zones.values() for zone in pair if zone}
        return ", ".join(sorted(zones)) or None

    def _store_feeds(self) -> None:
        zones = self._normaliser.zones
        for feed in sorted(self._tally.feeds):
            log, receipt = zones.get(feed, (None, None))
            row = {"load_id": self._load_id, "feed": feed, "time_zone": log, "receipt_zone": receipt, "written": feed}
            row["events"] = self._tally.feeds[feed]
            self._connection.execute(f"INSERT INTO load_feeds ({', '.join(row)}) VALUES ({', '.join(f'${name}' for name in row)})", row)

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
            for batch in _ahead(self._batches(start)):
                yield from self._events(batch).to_arrow(compat_level=_VIEWS).to_batches()
        except salvage.FAULTS as error:
            self._failure = error
            raise

    def _batches(self, start: Prefix | None) -> Generator[_Batch, None, None]:
        """What the format reads. Behind the last record of a damaged file stands one that says so."""
        last = 0
        for number, (records, is_last) in enumerate(_told_last(containers.records(self._source, self._format, start))):
            if number == 0:
                self._remarks = self._remarked(records)
            batch = self._parsed(records)
            last = batch.last
            yield self._with_damage(batch) if is_last and self._source.fault else batch
        if not last and self._source.fault:
            yield self._with_damage(_Batch(0, 1, 0, 0, Parsed()))

    def _remarked(self, records: pl.DataFrame) -> list[str]:
        try:
            return self._format.remarks(records, self._context)
        except salvage.FAULTS:
            # Whatever it stumbled over is told when the records are read.
            return []

    def _parsed(self, records: pl.DataFrame) -> _Batch:
        """One batch, read. The blank records are nobody's, and of a line that is too long only its length is told."""
        written = without_too_long(not_blank(records))
        blank = records.height - written.height
        long = written["line"].str.starts_with(TOO_LONG).fill_null(False)
        too_long = written.filter(long) if long.any() else None
        try:
            parsed = self._salvage.parsed(
                written if too_long is None else written.filter(~long), lambda some: _every_record(some, self._format.parse(some, self._context))
            )
        except FormatMismatchError as error:
            raise FormatMismatchError(f"{self._source.path}: {error}") from None
        if too_long is not None:
            parsed = salvage.joined(parsed, Parsed(rejected=_too_long(too_long)))
        numbers = records["record_no"]
        return _Batch(records.height, int(numbers[0]), int(numbers[-1]), blank, parsed)

    def _with_damage(self, batch: _Batch) -> _Batch:
        """The last batch of a damaged file: its last line, where that is broken off, and all that is missing are one reject."""
        parsed, number, records = batch.parsed, batch.last, batch.records
        broken = self._source.cut_line and containers.layout(self._source) not in ("json", "xml")
        if records and (broken or bool((parsed.rejected["record_no"] == number).any())):
            others = pl.col("record_no") != number
            parsed = Parsed(parsed.readings.filter(others), parsed.skipped.filter(others), parsed.rejected.filter(others))
        else:
            number, records = number + 1, records + 1
        row = pl.DataFrame({"record_no": [number], "line": [""]}, schema=RECORDS)
        parsed = salvage.joined(parsed, Parsed(rejected=rejected(row, "file", "damaged", str(self._source.fault))))
        return _Batch(records, batch.first, number, batch.blank, parsed)

    def _events(self, batch: _Batch) -> pl.DataFrame:
        """The rows of a batch's valid events; everything else of it is counted and kept for later."""
        events, skipped, invalid = self._normalised(batch.parsed)
        try:
            rows, shared = self._shared.apart(events)
        except SchemaErrors:
            events, faulty = _validated(events, self._source.path, self._format)
            invalid = pl.concat([invalid, faulty])
            rows, shared = self._shared.apart(events)
        self._kept["shared_values"].keep(shared)
        rejects = pl.concat([batch.parsed.rejected.select(*REJECTED), invalid])
        if self._elsewhere:
            events, rows, rejects = self._without_elsewhere(batch, events, rows, rejects)
        self._kept["rejects"].keep(
            rejects.select(pl.lit(self._load_id, pl.Int32).alias("load_id"), "record_no", shapes.shape(rejects["raw"]).alias("raw"), *_WHY)
        )
        self._count(batch, events, skipped, rejects.height)
        return rows

    def _without_elsewhere(
        self, batch: _Batch, events: pl.DataFrame, rows: pl.DataFrame, rejects: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Events, their rows and rejects without those of records that another load has accepted."""
        theirs = self._elsewhere.among(batch.first, batch.last).implode()
        mine = ~events["record_no"].is_in(theirs)
        self._tally.see_times(_logged(events.filter(~mine)))
        self._tally.elsewhere += events.filter(~mine)["record_no"].n_unique()
        return events.filter(mine), rows.filter(mine), rejects.filter(~pl.col("record_no").is_in(theirs))

    def _normalised(self, parsed: Parsed) -> tuple[pl.DataFrame, pl.Series, pl.DataFrame]:
        """Events, times of skipped records, and `REJECTED` rows of the records whose events nobody can normalise or that have no possible time."""
        before = self._normaliser.clock.copy()
        try:
            events, skipped = self._normaliser.batch(parsed.readings, parsed.skipped)
        except SmsAnalyticsError:
            raise
        except salvage.FAULTS as error:
            self._normaliser.clock = before
            parts = salvage.halves(parsed)
            if parts is None:
                record = parsed.readings.head(1).select(pl.col("record_no").cast(pl.Int64), line=pl.col("raw"))
                return self._normaliser.events(empty(READING)), pl.Series([], dtype=pl.Datetime("us")), self._salvage.rejected(record, error)
            several = [self._normalised(part) for part in parts]
            return pl.concat([one[0] for one in several]), pl.concat([one[1] for one in several]), pl.concat([one[2] for one in several])
        timeless = events["event_utc"].is_null() & events["received_utc"].is_null()
        return (events, skipped, empty(REJECTED)) if not timeless.any() else (*_apart(events, timeless, skipped),)

    def _count(self, batch: _Batch, events: pl.DataFrame, skipped: pl.Series, rejected: int) -> None:
        tally, numbers = self._tally, events["record_no"].unique()
        self.accepted.add(numbers)
        tally.records += batch.records
        self._progress.stored(batch.records)
        tally.blank += batch.blank
        tally.rejected += rejected
        tally.skipped += batch.records - len(numbers) - rejected
        tally.events += events.height
        tally.unrecognised += int((events["status"] == "unrecognised").sum())
        tally.feeds.update(dict(events["feed"].value_counts().iter_rows()))
        tally.see_times(_logged(events))
        tally.see_times(skipped)


_WHY: Final = ("field", "rule", "message")


def _logged(events: pl.DataFrame) -> pl.Series:
    """When each event was logged, as far as its record has a clock."""
    return events.filter(pl.col("time_precision") != "file").select(pl.coalesce("received_utc", "event_utc")).to_series()


def _apart(events: pl.DataFrame, timeless: pl.Series, skipped: pl.Series) -> tuple[pl.DataFrame, pl.Series, pl.DataFrame]:
    """The events, without the records of those that have no possible time, which are rejected."""
    bad = events.filter(timeless).unique("record_no", keep="first", maintain_order=True)
    rows = rejected(
        bad.select("record_no", line=pl.col("raw")), "time", "possible_year", f"its time is outside the years {FIRST_YEAR} to {LAST_YEAR}"
    )
    return events.filter(~pl.col("record_no").is_in(bad["record_no"].implode())), skipped, rows


def _too_long(records: pl.DataFrame) -> pl.DataFrame:
    """`REJECTED` rows of lines that are too long: their length, and nothing of them."""
    told = [f"a line of {line.removeprefix(TOO_LONG)} bytes, and {LONGEST_LINE} are the most that is read" for line in records["line"]]
    return rejected(records, "record", "too_long", "").with_columns(raw=pl.lit(""), message=pl.Series(told, dtype=pl.String))


def _told_last(batches: Iterator[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, bool]]:
    """The batches that hold anything, and whether each is the last one."""
    held: pl.DataFrame | None = None
    for batch in batches:
        if batch.height:
            if held is not None:
                yield held, False
            held = batch
    if held is not None:
        yield held, True


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
