"""One file of a command: what of it is there already, what is loaded, what that replaces. All of it happens in one transaction or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import duckdb

from sms_analytics.commands import pieces
from sms_analytics.commands.loading import Loading, LoadRecord, not_blank
from sms_analytics.commands.pieces import Piece, Stretch
from sms_analytics.commands.progress import Progress
from sms_analytics.config import Config
from sms_analytics.database import accepted, removal
from sms_analytics.database.accepted import Accepted
from sms_analytics.errors import InputError
from sms_analytics.events import maps
from sms_analytics.events.clock import Asked
from sms_analytics.events.normalising import Options
from sms_analytics.events.readings import Context, Format
from sms_analytics.reading import cutting
from sms_analytics.reading.sources import Prefix, Source
from sms_analytics.resolving import series


@dataclass
class Arrival:
    """A file that is read under one format with one load's options."""

    connection: duckdb.DuckDBPyConnection
    config: Config
    options: Options
    source: Source
    format: Format
    replace: bool
    #: Loads that this command has made already: equal files are read once.
    made: list[int]
    progress: Progress
    loads: list[LoadRecord] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    #: Feeds of the loads that were taken out, and loads that lost their last record.
    replaced: set[str] = field(default_factory=set)
    shortened: list[int] = field(default_factory=list)

    def store(self) -> None:
        """Loads what of the file is not there yet, or all of it anew; `loads` stays empty where there is nothing to do.

        Raises `InputError` where other options, or another format, would bring the same records in once more.
        """
        with transaction(self.connection):
            # A load that replaces another one has a number of its own.
            first = next_id(self.connection)
            held = pieces.held(self.connection, self.source, self.format)
            own = [one for one in held if one.format == self.format.name]
            others = [one for one in held if one.format != self.format.name]
            if self.replace:
                if any(one.load_id in self.made for one in own if one.bytes == self.source.size):
                    return
                left = self._without(own, own)
            else:
                self._check_options(own)
                left = self._without(own, [one for one in own if one.is_missing_some])
            for load_id, (began, ended) in enumerate(pieces.missing(((one.began, one.ended) for one in left), self.source.size), first):
                self._load(load_id, began, ended, left, others)

    def _check_options(self, own: list[Piece]) -> None:
        whole = [one for one in own if one.bytes == self.source.size]
        if own and not any(one.options == self.options.written() for one in whole or own):
            what = "its content" if whole else "its beginning"
            raise InputError(
                f"{self.source.path}: {what} is there already as load {own[0].load_id}, loaded with other options; "
                "give --replace to load it again with these"
            )

    def _without(self, held: list[Piece], leaving: list[Piece]) -> list[Piece]:
        """The pieces that stay when these are taken out."""
        for one in leaving:
            self.replaced.update(removal.take_out(self.connection, one.load_id))
        return [one for one in held if one not in leaving]

    def _load(self, load_id: int, began: int, ended: int, own: list[Piece], others: list[Piece]) -> None:
        """Loads a stretch of the file."""
        numbering = pieces.numbering(self.source, self.format)
        alike = [one for one in others if one.numbering == numbering]
        unlike = next((one for one in others if one.numbering != numbering and one.accepted), None)
        if unlike is not None and not self.replace:
            raise self._is_there(unlike)
        before = next((one for one in own if one.ended == began), None) if began else None
        start = self._start(began, ended, before)
        elsewhere = Accepted() if self.replace else accepted.of(self.connection, [one.load_id for one in alike])
        with self.connection.cursor() as aside:
            one = Loading(
                self.connection,
                self.source,
                format=self.format,
                load_id=load_id,
                config=self.config,
                options=self.options,
                elsewhere=elsewhere,
                progress=self.progress,
            )
            if before is None:
                # Over a connection of its own: this one is busy meanwhile.
                one.clock.before = lambda asked: series.before(aside, self.source.path, self.format.name, asked, [piece.load_id for piece in own])
            elif before.clock:
                one.clock.go_on(before.clock)
            record = one.run(start, self._replacing(others, numbering))
        if one.elsewhere and not record.accepted:
            raise self._is_there(alike[0])
        left_to = [piece.load_id for piece in alike] if one.elsewhere else []
        began = start.bytes if start else 0
        content = self.source.content() if self.source.packings else (record.bytes, record.sha256)
        asked = Asked.written(one.clock.asked)
        Stretch(record.load_id, began, ended, numbering, left_to, one.clock.end(), asked, *content).store(self.connection)
        forget_refused(self.connection, record.sha256)
        self.loads.append(record)
        self.faults += one.faults()
        self.warnings += one.warnings()

    def _replacing(self, others: list[Piece], numbering: str) -> Callable[[Accepted], None]:
        """Takes out what loads under other formats made of the same records."""

        def replaced(taken: Accepted) -> None:
            for one in others if self.replace else []:
                if (one.accepted and one.numbering != numbering) or taken.meets(accepted.of(self.connection, [one.load_id])):
                    self._without(others, [one])

        return replaced

    def _is_there(self, one: Piece) -> InputError:
        return InputError(
            f"{self.source.path}: its content is there already as load {one.load_id}, read as {one.format}; "
            f"give --replace to load it again as {self.format.name}"
        )

    def _start(self, began: int, ended: int, before: Piece | None) -> Prefix | None:
        """Where to begin, and to end. A last record that was not whole is taken back from the load before, to be read anew."""
        end = ended if ended < self.source.size else None
        if not began:
            return None if end is None else Prefix(0, 0, end)
        start = cutting.restart(self.source, began, self.format)
        if start.bytes < began and before is not None:
            records = cutting.records_between(self.source, self.format, start, began)
            parsed = self.format.parse(not_blank(records), Context.of(self.config, self.format.name))
            parsed = replace(parsed, readings=maps.readings_as_stored(parsed.readings, self.config, self.format.name, self.options.feed))
            removal.take_out_records(self.connection, before.load_id, records, parsed.readings)
            pieces.end_at(self.connection, before.load_id, start.bytes)
            self.shortened.append(before.load_id)
        return replace(start, end=end)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What is done within it is done as a whole, or not at all where it raises."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        # What goes wrong with the connection itself must not hide why.
        with suppress(duckdb.Error):
            connection.rollback()
        raise


def next_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the next load."""
    return int(connection.execute("SELECT coalesce(max(load_id), 0) + 1 FROM loads").fetchall()[0][0])


def forget_refused(connection: duckdb.DuckDBPyConnection, sha256: str) -> None:
    """What was refused before, and is now read or refused again, keeps no second row."""
    for table in ("load_options", "loads"):
        connection.execute(
            f"DELETE FROM {table} WHERE load_id IN (SELECT load_id FROM loads WHERE state = 'refused' AND sha256 = $sha256)", {"sha256": sha256}
        )
