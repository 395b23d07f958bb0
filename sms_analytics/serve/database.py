"""The database that the page reads: opened once, opened anew when a load has put another file in its place."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import duckdb

from sms_analytics.database import store
from sms_analytics.errors import DatabaseError
from sms_analytics.lookup.answer import Loaded, Surroundings
from sms_analytics.lookup.searching import loaded

_Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Opened:
    """One state of the database. It is closed when the last answer out of it is given."""

    connection: duckdb.DuckDBPyConnection
    surroundings: Surroundings
    loaded: Loaded
    stamp: _Stamp

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection for one answer: threads must not share one."""
        return self.connection.cursor()


class DatabaseWatcher:
    """Hands out the newest state of a database file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._opened: Opened | None = None

    def newest(self) -> tuple[Opened, bool]:
        """The newest state that can be opened, and whether it is what the file holds now. Raises `DatabaseError` where none ever could."""
        with self._lock:
            try:
                stamp = _stamp(self.path)
                if self._opened is None or self._opened.stamp != stamp:
                    self._opened = _opened(self.path, stamp)
            except DatabaseError:
                if self._opened is None:
                    raise
                return self._opened, False
            return self._opened, True


def _stamp(path: Path) -> _Stamp:
    try:
        known = path.stat()
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be read: {error.strerror}; name another file with --db") from None
    return known.st_dev, known.st_ino, known.st_mtime_ns


def _opened(path: Path, stamp: _Stamp) -> Opened:
    connection = store.connect(path)
    return Opened(connection, Surroundings(connection.cursor()), loaded(connection), stamp)
