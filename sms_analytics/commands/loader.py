"""Raw logs into the database: which files are new, what they are, one load each, then the resolver."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from sms_analytics import config as configuration
from sms_analytics import formats
from sms_analytics.commands import arriving, importing, loading
from sms_analytics.commands.arriving import Arrival
from sms_analytics.commands.loading import LoadRecord
from sms_analytics.commands.progress import UNWATCHED, Progress
from sms_analytics.config import Config
from sms_analytics.database import lake, removal, store
from sms_analytics.database.limits import Limits
from sms_analytics.errors import InputError, SmsAnalyticsError, UnknownFormatError
from sms_analytics.events.normalising import Options
from sms_analytics.events.readings import Format
from sms_analytics.formats import maps as format_maps
from sms_analytics.reading import cutting, detection, named_files, salvage
from sms_analytics.reading.sources import Source
from sms_analytics.resolving import resolver, series, supplied
from sms_analytics.text import markup
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.printable import plain

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
    threads: int | None = None,
    memory_limit: str | None = None,
    progress: Progress = UNWATCHED,
) -> LoadReport:
    """Loads files, folders, patterns or standard input (`-`) into the database and resolves what they touch.

    `threads` and `memory_limit` (as "600MB") are for the database; without them it takes what the machine or its container allows, of memory at most
    600 MB. A file that cannot be loaded is named in `faults` and the others are loaded. Raises `DatabaseError` when the database cannot be written,
    `ConfigError` and `UsageError` for options that cannot be used.
    """
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config else None, beside=path.parent)
    format_maps.check(settings)
    supplied.read(settings)
    options = Options(feed, account, configuration.zone(time_zone, "--time-zone"), configuration.zone(receipt_zone, "--receipt-zone"))
    chosen, limits = formats.named(format, settings) if format else None, Limits.given(threads, memory_limit)
    given = [paths] if isinstance(paths, str) else paths
    lakes = [Path(one) for one in given if lake.is_lake(Path(one))]
    files, faults = found_files([one for one in given if Path(one) not in lakes], path)
    with store.rebuild(path, group_read=settings.database.group_read, limits=limits) as connection:
        run = _Run(connection, settings, options, chosen, replace, progress, faults=faults)
        for folder in lakes:
            run.take_in(folder)
        for file in series.in_order(files):
            run.load(file)
        if not run.loads:
            raise store.Unchanged
        progress.resolving()
        run.reread()
        run.finish()
    return LoadReport(run.loads, run.known, run.faults, run.warnings, settings.lang)


def found_files(paths: list[str], db: Path) -> tuple[list[str], list[str]]:
    """The files, and for each path that names none what is wrong. Files of the database `db` are no logs where they lie in a folder of logs."""
    files: dict[str, None] = {}
    faults = []
    own = store.files_of(db)
    for path in paths:
        try:
            files.update(dict.fromkeys(file for file in named_files.find([path]) if file == path or Path(file).resolve() not in own))
        except InputError as error:
            faults.append(str(error))
    return list(files), faults


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
    #: Whether events came whose keys were settled among others.
    from_lakes: bool = False

    def load(self, path: str) -> None:
        """Loads one file. Whatever goes wrong with it is that file's fault alone, and leaves nothing of it."""
        try:
            with Source(path) as source:
                self._load(source)
        except SmsAnalyticsError as error:
            self.faults.append(str(error))
        except store.NO_ROOM:
            raise
        except salvage.FAULTS as error:
            self.faults.append(f"{plain(path)}: cannot be read: unexpected {salvage.name_and_line(error)}, a fault of ours: please report it")

    def take_in(self, folder: Path) -> None:
        """Adds the loads of a lake. What is known of its feeds is found anew."""
        try:
            with arriving.transaction(self.connection):
                taken = importing.take_in(self.connection, folder.resolve())
        except SmsAnalyticsError as error:
            self.faults.append(str(error))
            return
        if not taken:
            self.known.append(str(folder))
        self.loads += taken
        self.from_lakes = self.from_lakes or bool(taken)

    def reread(self) -> None:
        """Loads logs again that begin on the day of a repeated hour, now that the logs before them are there."""
        seen = set[str]()
        while misread := [one for one in series.misread(self.connection, [load.load_id for load in self.loads]) if one[1] not in seen]:
            load_id, path = misread[0]
            seen.add(path)
            key = "reread" if self._is_reread(load_id, path) else "not_reread"
            self.warnings.append(f"{plain(path)}: {label(f'warning.{key}', self.config.lang)}")

    def _is_reread(self, load_id: int, path: str) -> bool:
        ((format, options, size, sha256),) = self.connection.execute(
            "SELECT format, options, bytes, sha256 FROM loads JOIN load_options USING (load_id) WHERE load_id = $load_id", {"load_id": load_id}
        ).fetchall()
        try:
            with Source(path) as source:
                if source.size != size or source.sha256() != sha256:
                    return False
                self._take(source, formats.named(format, self.config), Options(**json.loads(options)), replace=True)
        except SmsAnalyticsError:
            return False
        self.loads = [load for load in self.loads if load.load_id != load_id]
        return True

    def finish(self) -> None:
        """Resolves what the new loads, and those that they replaced, touch."""
        loaded = [load.load_id for load in self.loads if load.state == "loaded"]
        touched = loaded + self.shortened + removal.take_out_feeds(self.connection, sorted(self.replaced))
        if touched:
            rebuild = bool(self.replaced) or self.from_lakes
            self.warnings += resolver.resolve(self.connection, self.config, touched, rebuild=rebuild)

    def _load(self, source: Source) -> None:
        try:
            format = self.format or detection.detect(source, self.config)
            if self.format is not None:
                detection.check(source, format, self.config)
        except UnknownFormatError as error:
            with arriving.transaction(self.connection):
                self._refuse(source, str(error))
            return
        if not self._take(source, format, self.options, replace=self.replace):
            self.known.append(source.path)

    def _take(self, source: Source, format: Format, options: Options, *, replace: bool) -> bool:
        """Loads the file; False where there was nothing to load."""
        arrival = Arrival(
            self.connection, self.config, options, source, format, replace, [load.load_id for load in self.loads], progress=self.progress
        )
        source.advance = lambda count: self.progress.read(source.path, count)
        arrival.store()
        self.loads += arrival.loads
        self.faults += arrival.faults
        self.warnings += arrival.warnings
        self.replaced.update(arrival.replaced)
        self.shortened += arrival.shortened
        return bool(arrival.loads)

    def _refuse(self, source: Source, why: str) -> None:
        """A file that no format fits has a row too, and its lines are counted."""
        lines = sum(batch.height for batch in cutting.records(source, detection.ANY))
        if not lines and not source.fault:
            self.warnings.append(f"{source.path}: {label('warning.empty', self.config.lang)}")
            return
        self.faults.append(f"{why}; {source.fault}" if source.fault else why)
        sha256 = source.sha256()
        arriving.forget_refused(self.connection, sha256)
        record = LoadRecord(
            arriving.next_id(self.connection),
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
        loading.store_record(self.connection, record, self.options.written())
        self.loads.append(record)
