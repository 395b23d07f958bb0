"""The DuckDB file: opened for reading, rebuilt beside and swapped, locked against a second load.

Nobody ever writes to the published file. A load copies it, works in the copy and renames the copy over it, so open notebooks keep what they
read, and a load that is killed leaves the old file whole. What a killed load left behind is removed by the next one.
"""

import fcntl
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from sms_analytics.database import lake, permissions
from sms_analytics.database.definitions import sql
from sms_analytics.database.limits import USUAL, Limits
from sms_analytics.errors import DatabaseError
from sms_analytics.vocabulary import CHARGE_STATUSES, FINAL_STATUSES, OPEN_STATUSES, REASONS, STATUSES

SCHEMA_VERSION: Final = 6
#: Databases from this version on can be brought up to date (`layouts`).
OLDEST_UPGRADED: Final = 4
DEFAULT_NAME: Final = "sms.duckdb"
ENVIRONMENT: Final = "SMS_ANALYTICS_DB"

#: What DuckDB says when it cannot write, be it at the end of a transaction, or has no room to work in.
NO_ROOM: Final = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.TransactionException)


#: What this process opened under each path: the file's inode then.
_INODES: Final[dict[Path, int]] = {}


class Unchanged(Exception):
    """Raised within `rebuild` by whoever changed nothing: the published file stays as it is."""


def default_path() -> Path:
    """`$SMS_ANALYTICS_DB`, else `sms.duckdb` in the current folder."""
    return Path(os.environ.get(ENVIRONMENT, DEFAULT_NAME))


def connect(path: str | Path | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to a database that a load made. Times in it are UTC; open another with `.cursor()` for each thread.

    It reaches no other file, no extension and no network, whatever views the database holds. Raises `DatabaseError` for a file that is missing,
    damaged, locked by someone who writes to it, or not ours.
    """
    file = Path(path) if path is not None else default_path()
    if lake.is_lake(file):
        connection = in_memory()
        lay_out(connection)
        lake.open_in(connection, file, SCHEMA_VERSION)
        return connection
    connection, _ = _checked(file, frozenset({SCHEMA_VERSION}))
    return connection


def version_of(path: Path, older: frozenset[int] = frozenset()) -> int:
    """The schema version of a database, this one's or one of the `older`; errors as for `connect`."""
    connection, version = _checked(path, older | {SCHEMA_VERSION})
    connection.close()
    return version


def _checked(file: Path, accepted: frozenset[int]) -> tuple[duckdb.DuckDBPyConnection, int]:
    if not file.exists():
        raise DatabaseError(f"{file}: no such database; make one with: sms-analytics load LOGS --db {file}")
    try:
        connection = _opened(file.resolve())
    except duckdb.Error as error:
        raise DatabaseError(_unopened(file, error)) from None
    version = _check_ours(connection, file, accepted)
    _set_up(connection)
    return connection, version


#: How a file of DuckDB is known, behind a checksum of eight bytes.
_MAGIC: Final = b"DUCK"


def _unopened(file: Path, error: duckdb.Error) -> str:
    """Why a file cannot be opened: somebody writes to it, it was never a database, or it is damaged."""
    told = f"{file}: cannot be opened as a database"
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except OSError as fault:
        return f"{told}: {fault.strerror}; name another file with --db"
    if isinstance(error, duckdb.IOException) and "lock" in str(error).lower():
        return f"{told}: {_first_line(error)}; name another file with --db"
    if head[8:12] != _MAGIC:
        return f"{told}: it is no file of DuckDB; name another file with --db"
    what = f"it is damaged, or was written by another release of DuckDB ({_first_line(error)})"
    return f"{told}: {what}: fetch it from a backup, or load the logs again; name another file with --db"


def _set_up(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("SET TimeZone = 'UTC'")
    # It would stand among the answers on standard output.
    connection.execute("SET enable_progress_bar = false")


def _opened(file: Path) -> duckdb.DuckDBPyConnection:
    """A connection to what the file holds now.

    Within one process DuckDB has one instance for each path: while a connection from before a load lives, another one to the same path would read
    the old file too. A second name for the new file, gone again at once, gives it an instance of its own.
    """
    inode = file.stat().st_ino
    if _INODES.setdefault(file, inode) == inode:
        return _secured(duckdb.connect(str(file), read_only=True))
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
            name = Path(folder) / file.name
            name.hardlink_to(file)
            return _secured(duckdb.connect(str(name), read_only=True))
    except OSError:
        raise DatabaseError(f"{file}: a load has replaced it since this process opened it; start the process (or kernel) anew") from None


#: Nothing in a database, such as a view, may lead elsewhere: a file may come from somebody else.
_CLOSED: Final = (
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
)


def _secured(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for setting in _CLOSED:
        # What is closed already cannot be set again: another connection of this process has done it.
        with suppress(duckdb.Error):
            connection.execute(setting)
    return connection


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _check_ours(connection: duckdb.DuckDBPyConnection, file: Path, accepted: frozenset[int]) -> int:
    try:
        versions = connection.execute("SELECT schema_version FROM meta").fetchall()
    except duckdb.Error as error:
        connection.close()
        if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
            versions = []
        else:
            raise DatabaseError(_unopened(file, error)) from None
    if len(versions) == 1 and versions[0][0] in accepted:
        _check_whole(connection, file)
        return int(versions[0][0])
    connection.close()
    if len(versions) != 1 or not isinstance(versions[0][0], int):
        raise DatabaseError(f"{file}: not a database of sms_analytics; name another file with --db")
    version = versions[0][0]
    if version > SCHEMA_VERSION:
        raise DatabaseError(f"{file}: made by a newer release (schema {version}, this one reads {SCHEMA_VERSION}); install that release")
    if version >= OLDEST_UPGRADED:
        told = f"made by an earlier release (schema {version}, this one reads {SCHEMA_VERSION})"
        raise DatabaseError(f"{file}: {told}; bring it up to date with: sms-analytics upgrade --db {file}")
    raise DatabaseError(f"{file}: made by another version (schema {version}, this one reads {SCHEMA_VERSION}); load the logs again into a new file")


def files_of(path: Path) -> set[Path]:
    """The database's own files, whether they exist or not; hidden ones aside."""
    path = path.resolve()
    return {path, _lock_of(path), path.with_name(f"{path.name}.wal")}


#: What stands in front of a file's blocks.
_HEADERS: Final = 3 * 4096


def _check_whole(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Raises `DatabaseError` for a file that was cut: DuckDB would only notice when it comes to what is missing."""
    ((blocks, size),) = connection.execute(
        "SELECT used_blocks, block_size FROM pragma_database_size() WHERE database_name = current_database()"
    ).fetchall()
    if file.stat().st_size < _HEADERS + blocks * size:
        connection.close()
        what = "it is damaged, its end is missing: fetch it from a backup, or load the logs again"
        raise DatabaseError(f"{file}: cannot be opened as a database: {what}; name another file with --db")


@contextmanager
def rebuild(
    path: Path,
    *,
    compact: bool = False,
    check: Callable[[Path], None] | None = None,
    group_read: bool = False,
    limits: Limits = USUAL,
    accepted: frozenset[int] = frozenset(),
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writable copy of the database (a new one where there is none) that takes its place when the block ends without an error.

    `compact` writes the file anew: else what was deleted stays in its free blocks until they are used again. `check` looks at the closed file before
    it takes the place, and raises where that must not be. `accepted` are versions of the schema that are taken beside this one. The group
    may read the database if `group_read` says so, others never. Raises `DatabaseError` when another load
    works on it, when someone wrote to the published file, when it is not ours or cannot be written.
    """
    # A link stays a link: what it leads to is replaced.
    path = path.resolve()
    if lake.is_lake(path):
        raise DatabaseError(f"{path}: a lake, and this changes database files only; make one of it with: sms-analytics load {path} --db FILE")
    with written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path):
        # A folder that nobody else may look into: DuckDB makes files beside its own as it goes.
        workshop = path.with_name(f".{path.name}.building")
        building = workshop / path.name
        try:
            with written(path):
                _remove(workshop)
                _refuse_foreign_wal(path)
                permissions.private(workshop)
                connection = _copied(path, building, accepted, limits) if path.exists() else _created(building, limits)
            try:
                with written(path, NO_ROOM):
                    yield connection
                with written(path):
                    connection.execute("CHECKPOINT")
            finally:
                connection.close()
            with written(path):
                if compact:
                    _write_anew(building, limits)
            if check is not None:
                check(building)
            with written(path):
                _publish(building, path, permissions.published(group_read=group_read))
        except Unchanged:
            return
        finally:
            _remove(workshop)


@contextmanager
def written(path: Path, faults: tuple[type[Exception], ...] = (OSError, *NO_ROOM)) -> Iterator[None]:
    """Turns what goes wrong with the disk into an error that says so. The published file is whole at every moment."""
    try:
        yield
    except faults as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else _first_line(error)
        raise DatabaseError(
            f"{path}: cannot be written: {reason}; nothing was changed. See that its folder can be written to and has room for a second copy"
        ) from None


def _remove(workshop: Path) -> None:
    if workshop.is_dir() and not workshop.is_symlink():
        shutil.rmtree(workshop, ignore_errors=True)
        return
    # What earlier releases left there.
    with suppress(OSError):
        for name in (workshop.name, workshop.name + ".wal", workshop.name + ".old"):
            workshop.with_name(name).unlink(missing_ok=True)
    shutil.rmtree(_spill(workshop), ignore_errors=True)


def _spill(building: Path) -> Path:
    return building.with_name(building.name + ".tmp")


def _refuse_foreign_wal(path: Path) -> None:
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        raise DatabaseError(
            f"{wal}: someone wrote to the database itself, and swapping it now would make it unopenable; "
            f"open {path} once with DuckDB and close it, and keep own tables in a database of your own"
        )


def _writable(building: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(building))
    building.chmod(0o600)
    _set_up(connection)
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET python_enable_replacements = false")
    limits.set(connection)
    # What is not published yet need not survive a crash of the machine: `_publish` waits for the disk, once.
    connection.execute("SET fsync_mode = 'NONE'")
    connection.execute("SET temp_directory = $directory", {"directory": str(_spill(building))})
    return connection


def _created(building: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    connection = _writable(building, limits)
    # Nothing is taken out of a new file, so there are no gaps to close when it is written: looking for them means packing much of it twice.
    connection.execute("SET max_vacuum_tasks = 0")
    lay_out(connection)
    return connection


def in_memory(*, spill: str | None = None, memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """A database without a file and without tables, for `lay_out`; what does not fit into `memory` goes into the folder `spill`, if there is one."""
    connection = duckdb.connect()
    _set_up(connection)
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET temp_directory = $spill", {"spill": spill or ""})
    if memory is not None:
        connection.execute(f"SET memory_limit = '{memory}'")
    return connection


def lay_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes all tables of a new database, with the vocabulary in them."""
    # In one go: each statement by itself would wait for the disk.
    connection.begin()
    connection.execute(sql("tables"))
    connection.execute(sql("silence"))
    connection.execute(sql("messages"))
    insert(connection, "reasons", list(REASONS.items()))
    insert(connection, "statuses", status_rows())
    insert(connection, "charge_statuses", [(status, rank) for rank, status in enumerate(CHARGE_STATUSES)])
    connection.execute("INSERT INTO meta SELECT $version, $by, hash_of_id($by::VARCHAR)", {"version": SCHEMA_VERSION, "by": "sms_analytics"})
    connection.commit()


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Writes a few rows, whose values are in the order of the table's columns, in one statement: `executemany` plans one for each row."""
    if rows:
        columns = list(zip(*rows, strict=True))
        connection.execute(f"INSERT INTO {table} SELECT {', '.join(['unnest(?)'] * len(columns))}", [list(column) for column in columns])


def _copied(path: Path, building: Path, accepted: frozenset[int], limits: Limits) -> duckdb.DuckDBPyConnection:
    version_of(path, accepted)
    _reflink_or_copy(path, building)
    connection = _writable(building, limits)
    if connection.execute("SELECT hash_check = hash_of_id(created_by) FROM meta").fetchall() != [(True,)]:
        for statement in _HASHED_ANEW:
            connection.execute(statement)
    return connection


#: Another release of DuckDB may hash otherwise than the one that stored the events.
_HASHED_ANEW: Final = (
    "UPDATE event_rows SET id_hash = hash_of_id(coalesce(message_id, message_ref, raw))",
    "UPDATE event_rows SET text_id_hash = hash_of_id(extra ->> '$.text_id') WHERE text_id_hash IS NOT NULL",
    "UPDATE meta SET hash_check = hash_of_id(created_by)",
)


def _write_anew(building: Path, limits: Limits) -> None:
    """The same tables in a file without free blocks."""
    old = building.with_name(building.name + ".old")
    building.replace(old)
    try:
        with duckdb.connect() as connection:
            _set_up(connection)
            limits.set(connection)
            for file, name in ((old, "old"), (building, "new")):
                connection.execute(f"ATTACH '{str(file).replace(chr(39), chr(39) * 2)}' AS {name}")
            connection.execute("COPY FROM DATABASE old TO new")
        building.chmod(0o600)
    finally:
        old.unlink()


def _reflink_or_copy(path: Path, building: Path) -> None:
    """A copy that shares its blocks where the file system can (Btrfs, XFS), else a plain one."""
    ficlone = 0x40049409
    with path.open("rb") as old, open(building, "wb", opener=permissions.opened) as new:
        try:
            fcntl.ioctl(new.fileno(), ficlone, old.fileno())
        except OSError:
            shutil.copyfileobj(old, new, 1 << 24)


def _publish(building: Path, path: Path, mode: int) -> None:
    with building.open("rb") as file:
        os.fsync(file.fileno())
    # Read-only by permission: analysts keep own tables in a database of their own and attach ours.
    building.chmod(mode)
    building.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Only one load at a time. The lock dies with its process; its file is removed at the end and says meanwhile who holds it."""
    lock = _lock_of(path)
    with written(path):
        descriptor = _locked(lock, path)
    try:
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(lock: Path, path: Path) -> int:
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise DatabaseError(f"{path}: another load works on it ({holder}); wait until it has ended, or stop it") from None
        # The holder before us may have removed the file between our opening and locking it: then our lock guards nothing.
        with suppress(FileNotFoundError):
            if os.fstat(descriptor).st_ino == lock.stat().st_ino:
                return descriptor
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return "a process that has just begun"


#: What outranks what within a part: finals, then a source that gave up, then a word that we cannot read, then what leaves it open.
_CLASSES: Final = {"final": 4, "no_report": 3, "unrecognised": 2, "open": 1}


def status_rows() -> list[tuple[str, int, int, int]]:
    """Rows of the table `statuses`: status, its bit in a set of statuses, class, and rank among its class (of equal times the higher wins)."""
    rank = {status: len(order) - place for order in (FINAL_STATUSES, OPEN_STATUSES) for place, status in enumerate(order)}
    classes = dict.fromkeys(FINAL_STATUSES, "final") | {"no_report": "no_report", "unrecognised": "unrecognised"}
    return [(status, 1 << place, _CLASSES[classes.get(status, "open")], rank.get(status, 0)) for place, status in enumerate(STATUSES)]
