"""A database as a lake: the same tables as Parquet files, events and messages by feed and month."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from sms_analytics.database import lake, store
from sms_analytics.database.lake import Manifest


@dataclass(frozen=True)
class Exported:
    """What was written: how many events and messages, in how many files, and where."""

    folder: Path
    events: int
    messages: int
    files: int


def export(folder: str | Path, *, db: str | Path | None = None) -> Exported:
    """Writes events and messages as Parquet by feed (percent-encoded) and month, and all other tables beside them: the layout that Spark writes too.

    `connect(folder)` opens it, `load(folder)` brings it back. What an earlier export left there is replaced as a whole. Raises `DatabaseError` where
    the folder holds anything else, or cannot be written.
    """
    path = Path(folder)
    with _opened(db) as connection, store.written(path):
        state = lake.begin(path, store.SCHEMA_VERSION)
        done = written(connection, path, replace(state, events=[], messages=[], tables={}))
        lake.publish(path, done, keep_before=False)
    return Exported(path, sum(part.rows for part in done.events), sum(part.rows for part in done.messages), len(done.files()))


@contextmanager
def _opened(db: str | Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database, for a connection that may write files, which those of `connect` may not."""
    source = Path(db) if db is not None else store.default_path()
    with store.connect(source) as checked:
        if lake.is_lake(source):
            yield checked
            return
    with store.in_memory() as connection:
        connection.execute(f"ATTACH {lake.quoted(source.resolve())} AS source (READ_ONLY)")
        connection.execute("USE source")
        yield connection


def written(connection: duckdb.DuckDBPyConnection, path: Path, state: Manifest) -> Manifest:
    """The state in which the lake holds all that the database does; its files are written, and not published yet."""
    events = lake.write_parts(connection, path, state.run, "events", lake.EVENT_FILE_ROWS)
    messages = lake.write_parts(connection, path, state.run, "messages", lake.MESSAGE_FILE_ROWS)
    names = [name for name in lake.table_names(connection) if name != "shared_values"]
    tables = lake.write_tables(connection, path, state, [*names, *(name for name in lake.GROWING if name not in names and name != "shared_values")])
    shared = lake.write_table(connection, path, state.run, "shared_values", lake.SHARED_FILE_ROWS)
    return replace(state, events=events, messages=messages, tables=tables | {"shared_values": shared})
