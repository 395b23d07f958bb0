"""A lake: the tables as Parquet files in a folder, for logs that are too many for one file.

`events` and `messages` lie by feed (percent-encoded) and month (UTC), every other table in a folder of its name. `manifest.json` says which files
make up the present state; it is renamed into place, so that a run is seen as a whole or not at all. A file is never written to once it is there.
"""

import json
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import duckdb

from sms_analytics.database.definitions import sql
from sms_analytics.database.schemas import RESOLVED_COLUMNS, SHARED_COLUMNS
from sms_analytics.errors import DatabaseError

MANIFEST: Final = "manifest.json"

#: Tables of the database that a lake has no files of: they are files by feed and month, or come with the release.
_NOT_AS_THEY_ARE: Final = ("event_rows", "resolved", "meta", "reasons", "statuses", "charge_statuses")
#: Tables that may be large: each run adds files. Of all others it writes one anew.
GROWING: Final = ("rejects", "sightings", "accepted_records", "shared_values")

#: The month that an event, and a message, lies in.
EVENT_MONTH: Final = "strftime(coalesce(received_utc, event_utc), '%Y-%m')"
MESSAGE_MONTH: Final = "strftime(coalesce(submitted_utc, first_receipt_utc), '%Y-%m')"

#: A number for each set of shared values that is the same in every run: nobody need ask which numbers are taken.
SHARED_NUMBER: Final = f"(hash({', '.join(SHARED_COLUMNS)}) >> 1)::BIGINT"


@dataclass(frozen=True)
class Part:
    """One file of events or messages; `path` is relative to the lake. Messages follow from `settled` events only."""

    path: str
    rows: int
    settled: bool = True

    @property
    def feed(self) -> str:
        return unquote(self.path.split("/")[1].removeprefix("feed="))

    @property
    def month(self) -> str:
        return self.path.split("/")[2].removeprefix("month=")


@dataclass(frozen=True)
class Manifest:
    """The files that are the present state of a lake."""

    schema: int
    run: int = 0
    events: list[Part] = field(default_factory=list)
    messages: list[Part] = field(default_factory=list)
    tables: dict[str, list[str]] = field(default_factory=dict)
    #: Loads whose events no message was made of yet.
    waiting: list[int] = field(default_factory=list)
    #: Files of the state before, which those who opened that may still read.
    before: list[str] = field(default_factory=list)

    def files(self) -> set[str]:
        """All of them."""
        return {part.path for part in self.events + self.messages} | {file for files in self.tables.values() for file in files}


def is_lake(path: Path) -> bool:
    """Whether the folder is a lake."""
    return os.path.isfile(path / MANIFEST)  # noqa: PTH113  # Path raises for names that cannot exist


def read(path: Path, schema: int) -> Manifest:
    """The lake's present state; of a folder that is none yet the empty one. Raises `DatabaseError` for what is not ours."""
    file = path / MANIFEST
    if not file.exists():
        if path.exists() and any(not name.name.startswith(".") and name.name not in _FOLDERS for name in path.iterdir()):
            raise DatabaseError(f"{path}: is no lake and not empty; name another folder")
        return Manifest(schema)
    try:
        written = json.loads(file.read_text("utf-8"))
        events, messages = ([Part(**part) for part in written.pop(kind)] for kind in ("events", "messages"))
        manifest = Manifest(**written, events=events, messages=messages)
    except (OSError, ValueError, TypeError, KeyError):
        raise DatabaseError(f"{file}: cannot be read as a lake's manifest; name another folder, or load the logs again") from None
    if manifest.schema != schema:
        raise DatabaseError(
            f"{path}: made by another version (schema {manifest.schema}, this one reads {schema}); load the logs again into a new lake"
        )
    return manifest


_FOLDERS: Final = ("events", "messages", "tables")


def begin(path: Path, schema: int) -> Manifest:
    """The state of a lake that a new run works on; makes the folder where there is none, for its owner alone."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    manifest = read(path, schema)
    return replace(manifest, run=manifest.run + 1)


def publish(path: Path, state: Manifest, *, keep_before: bool = True) -> None:
    """Makes `state` the lake's present one, and removes the files that neither it nor, with `keep_before`, the one before it has.

    Raises `DatabaseError` where another run has published meanwhile.
    """
    there = read(path, state.schema)
    if there.run != state.run - 1:
        raise DatabaseError(f"{path}: another run has changed it meanwhile; nothing was changed: run this again")
    before = sorted(there.files() - state.files()) if keep_before else []
    text = json.dumps(asdict(replace(state, before=before)), indent=1)
    building = path / f".{MANIFEST}.{uuid.uuid4().hex}"
    with building.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    building.replace(path / MANIFEST)
    _sweep(path, state.files() | set(before), state.run if not keep_before else state.run - 1)


def _sweep(path: Path, kept: set[str], last_run: int) -> None:
    """Removes files of runs up to this one that nobody needs."""
    for file in list(path.rglob("r*-*.parquet")):
        run = file.name[1:].partition("-")[0]
        if run.isdigit() and int(run) <= last_run and str(file.relative_to(path)) not in kept:
            file.unlink(missing_ok=True)
            for folder in file.relative_to(path).parents:
                with suppress(OSError):
                    (path / folder).rmdir() if folder.parts else None


def name_in(run: int) -> str:
    """The name of a new file of this run, without an ending."""
    return f"r{run}-{uuid.uuid4().hex}"


def quoted(text: str | Path) -> str:
    """A text as SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def listed(files: Iterable[str | Path]) -> str:
    """Texts as a list in SQL."""
    return f"[{', '.join(quoted(file) for file in files)}]"


def scan(lake: Path, parts: Iterable[Part]) -> str:
    """What stands behind FROM to read these files, with their `feed`, `file_index`, `file_row_number` and `filename`."""
    files = listed(lake / part.path for part in parts)
    return f"read_parquet({files}, hive_partitioning = true, hive_types = {{'feed': VARCHAR, 'month': VARCHAR}}, union_by_name = false)"


def write_parts(connection: duckdb.DuckDBPyConnection, lake: Path, run: int, kind: str, query: str, *, settled: bool = True) -> list[Part]:
    """Writes what the query gives (its columns `feed` and `month` are where each row belongs) as new files of `events` or `messages`."""
    folder = lake / kind
    folder.mkdir(exist_ok=True, mode=0o700)
    rows = connection.execute(
        f"COPY ({query}) TO {quoted(folder)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (feed, month), "
        f"FILENAME_PATTERN 'r{run}-{{uuid}}', OVERWRITE_OR_IGNORE, RETURN_STATS)"
    ).fetchall()
    return [Part(str(Path(row[0]).relative_to(lake)), int(row[1]), settled) for row in rows if row[1]]


def write_table(connection: duckdb.DuckDBPyConnection, lake: Path, run: int, name: str, query: str) -> list[str]:
    """Writes what the query gives as one new file of a table; none where it gives nothing."""
    file = Path("tables") / name / f"{name_in(run)}.parquet"
    (lake / file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ((count,),) = connection.execute(f"COPY ({query}) TO {quoted(lake / file)} (FORMAT parquet, COMPRESSION zstd)").fetchall()
    if not count:
        (lake / file).unlink()
        return []
    return [str(file)]


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of a database that a lake keeps as they are."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary AND database_name = current_database() ORDER BY table_oid"
    ).fetchall()
    return [name for (name,) in rows if name not in _NOT_AS_THEY_ARE]


def read_tables(connection: duckdb.DuckDBPyConnection, lake: Path, state: Manifest, names: Iterable[str]) -> None:
    """Fills the tables of an empty database with what the lake has of them."""
    for name in names:
        files = state.tables.get(name, [])
        if files:
            distinct = "DISTINCT ON (shared_no) *" if name == "shared_values" else "*"
            connection.execute(f"INSERT INTO {name} BY NAME SELECT {distinct} FROM read_parquet({listed(lake / file for file in files)})")


def write_tables(connection: duckdb.DuckDBPyConnection, lake: Path, state: Manifest, names: Iterable[str]) -> dict[str, list[str]]:
    """The files of the lake's tables when these have been written anew from the database."""
    return state.tables | {name: write_table(connection, lake, state.run, name, f"FROM {name}") for name in names}


def open_in(connection: duckdb.DuckDBPyConnection, path: Path, schema: int) -> None:
    """Makes an empty database (`store.lay_out`) show what the lake holds: the small tables as they are, the large ones as views of files."""
    try:
        show(connection, path.resolve(), read(path.resolve(), schema))
    except duckdb.IOException as error:
        raise DatabaseError(
            f"{path}: a file of the lake cannot be read: {str(error).splitlines()[0]}; open it again, or load the logs again"
        ) from None


def show(connection: duckdb.DuckDBPyConnection, lake: Path, state: Manifest) -> None:
    """The same of a state that is not published yet."""
    for view in ("messages", "events", "numbered_events"):
        connection.execute(f"DROP VIEW {view}")
    for table in ("event_rows", "resolved", "shared_values", *GROWING[:2]):
        connection.execute(f"DROP TABLE {table}")
    connection.execute(sql("lake_tables"))
    small = [name for name in table_names(connection) if name not in GROWING[:2]]
    read_tables(connection, lake, state, small)
    for make in (_growing_views, _event_views, _message_views):
        make(connection, lake, state)


def _growing_views(connection: duckdb.DuckDBPyConnection, lake: Path, state: Manifest) -> None:
    for name, shape in (("rejects", "*"), ("sightings", "* REPLACE (min(copies) AS copies)")):
        files = state.tables.get(name, [])
        source = f"read_parquet({listed(lake / file for file in files)})" if files else f"no_{name}"
        grouped = "" if shape == "*" else " GROUP BY ALL"
        connection.execute(f"CREATE VIEW {name} AS SELECT {shape} FROM {source}{grouped}")


def _event_views(connection: duckdb.DuckDBPyConnection, lake: Path, state: Manifest) -> None:
    if state.events:
        source, begins, place = scan(lake, state.events), 0, []
        for part in state.events:
            place.append(begins)
            begins += part.rows
        number = f"({place}::BIGINT[])[file_index::BIGINT + 1] + file_row_number"
    else:
        source, number = "no_events", "0::BIGINT"
    connection.execute(sql("lake_events").replace("{source}", source).replace("{row_no}", number))


def _message_views(connection: duckdb.DuckDBPyConnection, lake: Path, state: Manifest) -> None:
    source = scan(lake, state.messages) if state.messages else "no_messages"
    connection.execute(f"CREATE VIEW resolved AS SELECT {', '.join(RESOLVED_COLUMNS)}, shared_no, partly FROM {source}")
    connection.execute(sql("messages"))


#: The rows of messages as their files have them: what is known now, and what `resolved` needs to find what depends on the clock again.
MESSAGE_FILE_ROWS: Final = f"""
SELECT *, {MESSAGE_MONTH} AS month
FROM (
    SELECT messages.*, number AS shared_no, partly
    FROM messages
    JOIN (SELECT message_key, shared_no, partly FROM resolved) AS stored USING (message_key)
    JOIN (SELECT shared_no, {SHARED_NUMBER} AS number FROM shared_values) AS numbered USING (shared_no)
)
"""

#: The same of events.
EVENT_FILE_ROWS: Final = f"SELECT *, {SHARED_NUMBER} AS shared_no, {EVENT_MONTH} AS month FROM events"

#: And of shared values.
SHARED_FILE_ROWS: Final = (
    f"SELECT DISTINCT ON (shared_no) * FROM (SELECT {SHARED_NUMBER} AS shared_no, {', '.join(SHARED_COLUMNS)} FROM shared_values)"
)
