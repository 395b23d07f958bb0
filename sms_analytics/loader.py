"""Raw logs into the database: which files are new, what they are, one load each, then the resolver."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb

from sms_analytics import config as configuration
from sms_analytics import detection, formats, loading, removal, resolver, sources, store
from sms_analytics.config import Config
from sms_analytics.errors import InputError, SmsAnalyticsError, UnknownFormatError
from sms_analytics.formats.base import Format
from sms_analytics.loading import Loading, LoadRecord
from sms_analytics.normalising import Options
from sms_analytics.sources import Prefix, Source

#: Told the bytes of a file as they are read, with the file's path.
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class LoadReport:
    """What a load did: one record per file that was read, the files that were known already, the faults, the warnings."""

    loads: list[LoadRecord]
    known: list[str]
    faults: list[str]
    warnings: list[str]

    @property
    def records(self) -> int:
        return sum(load.records for load in self.loads)


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
    options = Options(feed=feed, account=account, time_zone=configuration.zone(time_zone), receipt_zone=configuration.zone(receipt_zone))
    chosen = formats.named(format) if format else None
    files, faults = _found([paths] if isinstance(paths, str) else paths)
    with store.rebuild(path) as connection:
        run = _Run(connection, settings, options, chosen, replace, progress, faults=faults)
        for file in files:
            run.load(file)
        run.finish()
    return LoadReport(run.loads, run.known, run.faults, run.warnings)


def _found(paths: list[str]) -> tuple[list[str], list[str]]:
    files: dict[str, None] = {}
    faults = []
    for path in paths:
        try:
            files.update(dict.fromkeys(sources.find([path])))
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

    def load(self, path: str) -> None:
        try:
            with Source(path) as source:
                self._load(source)
        except SmsAnalyticsError as error:
            self.faults.append(str(error))

    def finish(self) -> None:
        """Resolves what the new loads touch."""
        loaded = [load.load_id for load in self.loads if load.state == "loaded"]
        if loaded:
            self.warnings += resolver.settle(self.connection, self.config, loaded)

    def _load(self, source: Source) -> None:
        sha256 = source.sha256()
        try:
            format = self.format or detection.detect(source, self.config)
        except UnknownFormatError:
            self._refuse(source, sha256)
            raise
        if not self._is_new(source, sha256, format):
            return
        start = self._grown(source, format)
        one = Loading(self.connection, self.config, self.options, source, format, self._next_id())
        source.advance = lambda count: self.progress(source.path, count)
        self.connection.begin()
        try:
            record = one.run(sha256, start, self._options())
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        self.loads.append(record)
        self.warnings += one.warnings()

    def _next_id(self) -> int:
        return int(self.connection.execute("SELECT coalesce(max(load_id), 0) + 1 FROM loads").fetchall()[0][0])

    def _options(self) -> str:
        return json.dumps(asdict(self.options), sort_keys=True)

    def _is_new(self, source: Source, sha256: str, format: Format) -> bool:
        """Whether the content is to be loaded; what `--replace` replaces is taken out first."""
        same = self.connection.execute(
            "SELECT load_id, options FROM loads JOIN load_options USING (load_id) WHERE sha256 = $sha256 AND format = $format AND state = 'loaded'",
            {"sha256": sha256, "format": format.name},
        ).fetchall()
        if self.replace:
            for load_id, _ in same:
                removal.take_out(self.connection, load_id)
            return True
        if not same:
            return True
        if all(options != self._options() for _, options in same):
            raise InputError(
                f"{source.path}: the same content is there already as load {same[0][0]}, loaded with other options; give --replace to load it again with these"
            )
        self.known.append(source.path)
        return False

    def _grown(self, source: Source, format: Format) -> Prefix | None:
        """Where to go on in a log that an earlier load has read the beginning of."""
        if source.packing or source.path == sources.STDIN or format.container != "lines":
            return None
        earlier = self.connection.execute(
            """
            SELECT load_id, bytes, sha256 FROM loads JOIN load_options USING (load_id)
            WHERE path = $path AND format = $format AND options = $options AND state = 'loaded' AND bytes < $size
            ORDER BY bytes DESC
            """,
            {"path": source.path, "format": format.name, "options": self._options(), "size": source.size},
        ).fetchall()
        for load_id, size, sha256 in earlier:
            if source.sha256(size) == sha256:
                start = source.last_line_start(size)
                lines = source.lines_in(start)
                if start < size:
                    # The earlier load ended within a line: that record is read anew, whole.
                    removal.take_out_record(self.connection, load_id, lines + 1)
                return Prefix(start, lines)
        return None

    def _refuse(self, source: Source, sha256: str) -> None:
        """A file that no format fits has a row too, and its lines are counted."""
        lines = sum(batch.height for batch in sources.records(source, detection.ANY))
        self.connection.execute("DELETE FROM loads WHERE state = 'refused' AND sha256 = $sha256", {"sha256": sha256})
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
