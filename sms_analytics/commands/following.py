"""Logs as they come: what has grown or is new is loaded, again and again until told to stop.

A file that has neither grown nor changed since the last round is not opened. What has grown is read from where it ended already; a log that was
rotated away is known by its content under its new name, and the one in its place is a new file. A fault of one file, or of one round, ends nothing.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Final

from sms_analytics.commands.loader import LoadReport, found_files, load
from sms_analytics.database import store
from sms_analytics.errors import SmsAnalyticsError, UsageError
from sms_analytics.reading.named_files import STDIN

#: How often it looks.
EVERY: Final = timedelta(minutes=1)

_Stamp = tuple[int, ...]


@dataclass(frozen=True)
class Round:
    """What one look at the logs brought. `faults` and `warnings` are those that no round before it told."""

    at_utc: datetime
    files: int
    report: LoadReport
    faults: list[str]
    warnings: list[str]


def follow(paths: list[str], *, stop: Event, every: timedelta = EVERY, db: str | Path | None = None, **options: Any) -> Iterator[Round]:
    """Loads what of `paths` is new, a `Round` each time, and waits for `every` in between, until `stop` is set; `options` are those of `load`.

    Raises what `load` raises in the first round: later ones tell it and go on. `UsageError` for standard input, which comes once.
    """
    if STDIN in paths:
        raise UsageError("load --follow: standard input cannot be followed; name files, folders or patterns")
    followed = _Followed(paths, Path(db) if db is not None else store.default_path(), options)
    is_first = True
    while not stop.is_set():
        try:
            yield followed.look()
        except SmsAnalyticsError as error:
            if is_first:
                raise
            yield followed.failed(str(error))
        is_first = False
        stop.wait(every.total_seconds())


@dataclass
class _Followed:
    """The files that are followed, each with the state in which it was last read."""

    paths: list[str]
    db: Path
    options: dict[str, Any]
    stamps: dict[str, _Stamp] = field(default_factory=dict)
    #: Warnings that were told, and the faults of the last round.
    warned: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)

    def look(self) -> Round:
        """One round."""
        files, faults = found_files(self.paths, self.db)
        now = {file: _stamp(file) for file in files}
        changed = [file for file in files if self.stamps.get(file) != now[file]]
        report = load(changed, db=self.db, **self.options) if changed else LoadReport([], [], [], [])
        # Read in the state of before, or in a later one that the next round sees.
        self.stamps = now
        return self._round(len(files), report, [*faults, *report.faults, *(self.faults if not changed else ())])

    def failed(self, why: str) -> Round:
        """A round in which nothing could be done."""
        return self._round(0, LoadReport([], [], [], []), [why])

    def _round(self, files: int, report: LoadReport, faults: list[str]) -> Round:
        new = [fault for fault in faults if fault not in self.faults]
        warnings = [warning for warning in report.warnings if warning not in self.warned]
        self.faults = set(faults)
        self.warned.update(warnings)
        return Round(datetime.now(UTC).replace(tzinfo=None), files, report, new, warnings)


def _stamp(path: str) -> _Stamp:
    """What tells that a file was written to, or is another one; that of the archive for a file inside one."""
    place = Path(path)
    with suppress(OSError):
        while not place.exists() and place != place.parent:
            place = place.parent
        state = place.stat()
        return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns
    return ()
