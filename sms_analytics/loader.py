"""Raw logs into the database: which files are new, what they are, one load each, then the resolver."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import duckdb

from sms_analytics import config as configuration
from sms_analytics import containers, cutting, detection, formats, loading, maps, markup, removal, resolver, sources, store
from sms_analytics.config import Config
from sms_analytics.errors import InputError, SmsAnalyticsError, UnknownFormatError
from sms_analytics.formats.base import Context, Format
from sms_analytics.labels import Lang, label
from sms_analytics.loading import Loading, LoadRecord
from sms_analytics.normalising import Options
from sms_analytics.sources import Prefix, Source

#: Told the bytes of a file as they are read, with the file's path.
Progress = Callable[[str, int], None]

_COUNTS: Final = ("records", "accepted", "skipped", "rejected", "events", "unrecognised", "duplicates")


@dataclass(frozen=True)
class LoadReport:
    """What a load did: one record per file that was read, the files that were known already, the faults, the warnings."""

    loads: list[LoadRecord]
    known: list[str]
    faults: list[str]
    warnings: list[str]
    lang: Lang = "nb"

    @property
    def records(self) -> int:
        return sum(load.records for load in self.loads)

    def _repr_html_(self) -> str:
        """For notebooks: what went wrong first, then the sums, then a row per file."""
        totals = {name: sum(getattr(load, name) for load in self.loads) for name in _COUNTS}
        summed = [label("notebook.loaded", self.lang).format(files=len(self.loads), **totals)] if self.loads else []
        doubts = [label(f"notebook.{name}", self.lang).format(count=totals[name]) for name in ("rejected", "unrecognised") if totals[name]]
        known = [label("notebook.known", self.lang).format(count=len(self.known))] if self.known else []
        columns = [
            markup.Column(label(f"column.{name}", self.lang), [str(getattr(load, name) or "–") for load in self.loads], right=name in _COUNTS)
            for name in ("path", "format", "feed", *_COUNTS)
        ]
        return (
            markup.warnings([*self.faults, *self.warnings, *doubts]) + markup.notes([*summed, *known]) + (markup.table(columns) if self.loads else "")
        )


def load(
    paths: list[str] | str,
    *,
    db: str | Path | None = None,
    format: str | None = None,
    feed: str | None = None,
    account: str | None = None,
    time_zone: str | None = None,
    receipt_zone: str | None = None,
    config: str | Path | None = None,
    replace: bool = False,
    progress: Progress = lambda _path, _bytes: None,
) -> LoadReport:
    """Loads files, folders, patterns or standard input (`-`) into the database and resolves what they touch.

    A file that cannot be loaded is named in `faults` and the others are loaded. Raises `DatabaseError` when the database cannot be written,
    `ConfigError` and `UsageError` for options that cannot be used.
    """
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config else None, beside=path.parent)
    maps.check(settings)
    options = Options(feed, account, configuration.zone(time_zone, "--time-zone"), configuration.zone(receipt_zone, "--receipt-zone"))
    chosen = formats.named(format, settings) if format else None
    files, faults = _found([paths] if isinstance(paths, str) else paths, store.files_of(path))
    with store.rebuild(path, group_read=settings.database.group_read) as connection:
        run = _Run(connection, settings, options, chosen, replace, progress, faults=faults)
        for file in files:
            run.load(file)
        if not run.loads:
            raise store.Unchanged
        run.finish()
    return LoadReport(run.loads, run.known, run.faults, run.warnings, settings.lang)


def _found(paths: list[str], own: set[Path]) -> tuple[list[str], list[str]]:
    """The files, and the paths that name none. Our `own` files are no logs where they lie in a folder of logs."""
    files: dict[str, None] = {}
    faults = []
    for path in paths:
        try:
            files.update(dict.fromkeys(file for file in sources.find([path]) if file == path or Path(file).resolve() not in own))
        except InputError as error:
            faults.append(str(error))
    return list(files), faults


@dataclass(frozen=True)
class _Earlier:
    """A load that has read the file, or its beginning."""

    load_id: int
    bytes: int
    sha256: str
    options: str


@dataclass
class _Run:
    """One command's loads into one database."""

    connection: duckdb.DuckDBPyConnection
    config: Config
    options: Options
    format: Format | None
    replace: bool
    progress: Progress
    loads: list[LoadRecord] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    #: Feeds of the loads that were taken out, and loads that lost their last record.
    replaced: set[str] = field(default_factory=set)
    shortened: list[int] = field(default_factory=list)

    def load(self, path: str) -> None:
        try:
            with Source(path) as source:
                self._load(source)
        except SmsAnalyticsError as error:
            self.faults.append(str(error))

    def finish(self) -> None:
        """Resolves what the new loads, and those that they replaced, touch."""
        loaded = [load.load_id for load in self.loads if load.state == "loaded"]
        touched = loaded + self.shortened + removal.take_out_feeds(self.connection, sorted(self.replaced))
        if touched:
            self.warnings += resolver.settle(self.connection, self.config, touched, afresh=bool(self.replaced or self.shortened))

    def _load(self, source: Source) -> None:
        try:
            format = self.format or detection.detect(source, self.config)
        except UnknownFormatError as error:
            self._refuse(source, str(error))
            return
        self.connection.begin()
        try:
            self._store(source, format)
            self.connection.commit()
        except BaseException:
            # What goes wrong with the connection itself must not hide why.
            with suppress(duckdb.Error):
                self.connection.rollback()
            raise

    def _store(self, source: Source, format: Format) -> None:
        load_id = self._next_id()
        earlier = self._earlier(source, format)
        if self._is_known(source, earlier):
            self.known.append(source.path)
            return
        replaced = [feed for one in earlier if self.replace for feed in removal.take_out(self.connection, one.load_id)]
        start = None if self.replace or not earlier else self._going_on(source, format, earlier[0])
        one = Loading(self.connection, source, format=format, load_id=load_id, config=self.config, options=self.options)
        source.advance = lambda count: self.progress(source.path, count)
        record = one.run(start, self._options())
        self._forget_refused(record.sha256)
        self.loads.append(record)
        self.replaced.update(replaced)
        self.warnings += one.warnings()

    def _next_id(self) -> int:
        return int(self.connection.execute("SELECT coalesce(max(load_id), 0) + 1 FROM loads").fetchall()[0][0])

    def _options(self) -> str:
        return json.dumps(asdict(self.options), sort_keys=True)

    def _earlier(self, source: Source, format: Format) -> list[_Earlier]:
        """Loads of this content, then those of this log when it was shorter, the longest first."""
        rows = self.connection.execute(
            """
            SELECT load_id, bytes, sha256, options FROM loads JOIN load_options USING (load_id)
            WHERE format = $format AND state = 'loaded' AND (bytes = $size OR (path = $path AND bytes BETWEEN 1 AND $size AND $resumable))
            ORDER BY bytes DESC, load_id
            """,
            {"path": source.path, "format": format.name, "size": source.size, "resumable": source.resumable and containers.by_lines(source, format)},
        ).fetchall()
        candidates = [_Earlier(*row) for row in rows]
        digests = source.sha256_at([one.bytes for one in candidates])
        return [one for one in candidates if digests[one.bytes] == one.sha256]

    def _is_known(self, source: Source, earlier: list[_Earlier]) -> bool:
        """Whether there is nothing to load. Raises `InputError` where other options would bring the same records in once more."""
        whole = [one for one in earlier if one.bytes == source.size]
        if self.replace:
            return any(one.load_id == load.load_id for one in whole for load in self.loads)
        if any(one.options == self._options() for one in whole or earlier):
            return bool(whole)
        if earlier:
            what = "its content" if whole else "its beginning"
            raise InputError(
                f"{source.path}: {what} is there already as load {earlier[0].load_id}, loaded with other options; "
                "give --replace to load it again with these"
            )
        return False

    def _going_on(self, source: Source, format: Format, earlier: _Earlier) -> Prefix:
        """Where to go on in a log that has grown. A last record that was not whole is taken back, to be read anew."""
        start = cutting.restart(source, earlier.bytes, format)
        if start.bytes < earlier.bytes:
            records = cutting.records_between(source, format, start, earlier.bytes)
            parsed = format.parse(loading.not_blank(records), Context.of(self.config, format.name))
            parsed = replace(parsed, readings=maps.restated(parsed.readings, self.config, format.name, self.options.feed))
            removal.take_out_records(self.connection, earlier.load_id, records, parsed)
            self.shortened.append(earlier.load_id)
        return start

    def _refuse(self, source: Source, why: str) -> None:
        """A file that no format fits has a row too, and its lines are counted."""
        lines = sum(batch.height for batch in cutting.records(source, detection.ANY))
        if not lines and not source.fault:
            self.warnings.append(f"{source.path}: {label('warning.empty', self.config.lang)}")
            return
        self.faults.append(f"{why}; {source.fault}" if source.fault else why)
        sha256 = source.sha256()
        self._forget_refused(sha256)
        record = LoadRecord(
            self._next_id(),
            source.path,
            sha256,
            source.size,
            None,
            self.options.feed,
            None,
            "refused",
            records=lines,
            rejected=lines,
            loaded_utc=loading.now(),
        )
        loading.store_record(self.connection, record, self._options())
        self.loads.append(record)

    def _forget_refused(self, sha256: str) -> None:
        """What was refused before, and is now read or refused again, keeps no second row."""
        for table in ("load_options", "loads"):
            self.connection.execute(
                f"DELETE FROM {table} WHERE load_id IN (SELECT load_id FROM loads WHERE state = 'refused' AND sha256 = $sha256)", {"sha256": sha256}
            )
