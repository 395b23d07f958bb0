"""The database file: opened, rebuilt beside and swapped, locked, and whole whatever happens."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from sms_analytics.database import store
from sms_analytics.errors import DatabaseError
from tests import kannel_log as log

#: Holds the database under rebuilding until its standard input ends.
HOLD = """
import sys
from pathlib import Path
from sms_analytics.database import store
with store.rebuild(Path(sys.argv[1])) as connection:
    print("ready", flush=True)
    sys.stdin.read()
"""
#: Reads the names again each time a line comes in, over the connection that it opened at first.
READ = """
import sys
from sms_analytics.database import store
connection = store.connect(sys.argv[1])
for _ in sys.stdin:
    print(connection.execute("SELECT string_agg(options, ' ' ORDER BY options) FROM load_options").fetchall()[0][0], flush=True)
"""
#: Someone else's program that writes to the published file itself.
WRITE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE own (a INTEGER)")
print("ready", flush=True)
sys.stdin.read()
"""
#: Loads with a limit on the size of any file, as a full disk has it.
LOAD_WITHIN = """
import resource, sys
from sms_analytics.commands import loader
from sms_analytics.errors import SmsAnalyticsError
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    loader.load(sys.argv[2], db=sys.argv[1], time_zone="Europe/Oslo")
except SmsAnalyticsError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@contextmanager
def running(program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def answer(process: subprocess.Popen[str], line: str = "") -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    if line:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    return process.stdout.readline().strip()


def as_it_is(path: Path) -> tuple[int, int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_mode, found.st_mtime_ns, found.st_size


def add(path: Path, name: str) -> None:
    with store.rebuild(path) as connection:
        connection.execute("INSERT INTO load_options VALUES (1, $name)", {"name": name})


def names(path: Path) -> list[str]:
    return [row["name"] for row in log.rows(path, "SELECT options AS name FROM load_options ORDER BY name")]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "sms.duckdb"
    add(path, "one")
    return path


# Opening


def test_a_missing_database_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"none\.duckdb: no such database; make one with: sms-analytics load LOGS --db ") as caught:
        store.connect(tmp_path / "none.duckdb")
    assert caught.value.exit_code == 3


def foreign(path: Path, *statements: str) -> None:
    connection = duckdb.connect(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def make_random(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 100)


def make_empty(path: Path) -> None:
    path.write_bytes(b"")


def make_cut(path: Path) -> None:
    add(path, "one")
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:50_000])


def make_damaged(path: Path) -> None:
    add(path, "one")
    content = bytearray(path.read_bytes())
    path.unlink()
    content[12288::7] = bytes(byte ^ 0x55 for byte in content[12288::7])
    path.write_bytes(content)


def make_folder(path: Path) -> None:
    path.mkdir()


def make_foreign(path: Path) -> None:
    foreign(path, "CREATE TABLE meta (a INTEGER)")


def make_without_meta(path: Path) -> None:
    foreign(path, "CREATE TABLE events (a INTEGER)")


def make_without_version(path: Path) -> None:
    foreign(path, "CREATE TABLE meta (schema_version INTEGER)")


def make_old(path: Path) -> None:
    foreign(path, "CREATE TABLE meta (schema_version INTEGER)", "INSERT INTO meta VALUES (0)")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (make_random, "cannot be opened as a database: .*; name another file with --db"),
        (make_empty, "cannot be opened as a database: .*; name another file with --db"),
        (make_cut, "cannot be opened as a database: .*; name another file with --db"),
        (make_damaged, "cannot be opened as a database: .*; name another file with --db"),
        (make_folder, "cannot be opened as a database: .*; name another file with --db"),
        (make_foreign, "not a database of sms_analytics; name another file with --db"),
        (make_without_meta, "not a database of sms_analytics; name another file with --db"),
        (make_without_version, "not a database of sms_analytics; name another file with --db"),
        (make_old, r"made by another version \(schema 0, this one reads 6\); load the logs again into a new file"),
    ],
)
def test_what_is_no_database_of_ours_is_neither_read_nor_replaced(make: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    path = tmp_path / "sms.duckdb"
    make(path)
    before = as_it_is(path)
    with pytest.raises(DatabaseError, match=f"^{path}: {told}$") as caught:
        store.connect(path)
    with pytest.raises(DatabaseError, match=f"^{path}: {told}$"), store.rebuild(path):
        pytest.fail("nothing is to be done to it")
    assert caught.value.exit_code == 3
    assert as_it_is(path) == before
    assert log.stray(tmp_path) == []


def test_times_are_utc_and_nothing_can_be_written(db: Path) -> None:
    connection = store.connect(db)
    assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        connection.execute("DELETE FROM load_options")
    connection.close()


def test_the_database_is_named_by_the_environment_where_nobody_names_one(monkeypatch: pytest.MonkeyPatch, db: Path) -> None:
    monkeypatch.setenv("SMS_ANALYTICS_DB", str(db))
    assert store.default_path() == db
    store.connect().close()
    monkeypatch.delenv("SMS_ANALYTICS_DB")
    assert store.default_path() == Path("sms.duckdb")


# Swapping


def test_the_new_file_replaces_the_old_one_and_nothing_else_stays(db: Path) -> None:
    before = db.stat().st_ino
    add(db, "two")
    assert names(db) == ["one", "two"]
    assert db.stat().st_ino != before
    assert [path.name for path in db.parent.iterdir()] == [db.name]


def test_whoever_changed_nothing_leaves_the_file_as_it_is(db: Path) -> None:
    before = as_it_is(db)
    with store.rebuild(db) as connection:
        connection.execute("DELETE FROM load_options")
        raise store.Unchanged
    assert as_it_is(db) == before
    assert names(db) == ["one"]
    assert log.stray(db.parent) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file(db: Path, error: type[BaseException]) -> None:
    before = as_it_is(db)

    def fail() -> None:
        with store.rebuild(db) as connection:
            connection.execute("DELETE FROM load_options")
            raise error

    with pytest.raises(error):
        fail()
    assert as_it_is(db) == before
    assert names(db) == ["one"]
    assert log.stray(db.parent) == []


def test_a_first_load_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), store.rebuild(tmp_path / "new" / "sms.duckdb"):
        raise ValueError("no")
    assert list((tmp_path / "new").iterdir()) == []


def test_an_error_in_the_middle_of_a_transaction_is_told_as_it_is(db: Path) -> None:
    def fail() -> None:
        with store.rebuild(db) as connection:
            connection.begin()
            connection.execute("SELECT nothing FROM loads")

    with pytest.raises(duckdb.BinderException):
        fail()
    assert names(db) == ["one"]


def test_the_published_file_is_read_only_for_its_owner_whatever_it_was_before(tmp_path: Path) -> None:
    path = tmp_path / "sms.duckdb"
    mask = os.umask(0)
    try:
        add(path, "one")
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o400
    path.chmod(0o444)
    add(path, "two")
    assert path.stat().st_mode & 0o777 == 0o400


def test_a_link_stays_a_link(db: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.duckdb"
    link.parent.mkdir()
    link.symlink_to(db)
    add(link, "two")
    assert link.is_symlink()
    assert names(db) == names(link) == ["one", "two"]
    assert [path.name for path in link.parent.iterdir()] == ["link.duckdb"]


def test_an_open_reader_in_this_process_keeps_the_old_file_and_the_next_one_sees_the_new(db: Path) -> None:
    first = store.connect(db)
    add(db, "two")
    second = store.connect(db)
    add(db, "three")
    third = store.connect(db)
    query = "SELECT string_agg(options, ' ' ORDER BY options), current_database() FROM load_options"
    readers = (first, first.cursor(), second, second.cursor(), third)
    assert [reader.execute(query).fetchall()[0] for reader in readers] == [
        ("one", "sms"),
        ("one", "sms"),
        ("one two", "sms"),
        ("one two", "sms"),
        ("one three two", "sms"),
    ]
    for reader in readers:
        reader.close()
    assert [path.name for path in db.parent.iterdir()] == [db.name]


def test_a_folder_without_room_for_a_second_name_is_told_and_never_answered_from_the_old_file(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.connect(db)
    add(db, "two")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with pytest.raises(DatabaseError, match="a load has replaced it since this process opened it"):
        store.connect(db)
    first.close()
    assert log.stray(db.parent) == []


def test_an_open_reader_in_another_process_keeps_the_old_file(db: Path) -> None:
    with running(READ, db) as reader:
        assert answer(reader, "?") == "one"
        add(db, "two")
        assert answer(reader, "?") == "one"
    assert names(db) == ["one", "two"]


# Who else is there


def test_a_second_load_is_refused_and_told_who_holds_the_lock(db: Path) -> None:
    with running(HOLD, db) as holder:
        assert answer(holder) == "ready"
        with pytest.raises(DatabaseError) as caught, store.rebuild(db):
            pytest.fail("two loads at once")
        told = str(caught.value)
        assert caught.value.exit_code == 3
        assert told.startswith(f"{db}: another load works on it (process {holder.pid} on {os.uname().nodename} since 20")
        assert told.endswith("; wait until it has ended, or stop it")
        assert names(db) == ["one"]
        holder.communicate()
    assert log.stray(db.parent) == []
    add(db, "two")


def test_a_second_load_in_the_same_process_is_refused_too(db: Path) -> None:
    with store.rebuild(db), pytest.raises(DatabaseError, match=f"another load works on it .process {os.getpid()} on "), store.rebuild(db):
        pytest.fail("two loads at once")
    assert names(db) == ["one"]


@pytest.mark.parametrize("left", ["", "not JSON", json.dumps({"pid": 1, "host": "gone", "since": "2026-01-01T00:00:00+00:00"}), "[]", "{}"])
def test_a_lock_file_without_a_process_is_no_obstacle(db: Path, left: str) -> None:
    db.with_name("sms.duckdb.lock").write_text(left)
    add(db, "two")
    assert names(db) == ["one", "two"]
    assert log.stray(db.parent) == []


@pytest.mark.parametrize("left", ["", "[]", "{}"])
def test_a_holder_that_has_not_said_who_it_is_is_told_too(db: Path, left: str) -> None:
    with store.rebuild(db):
        db.with_name("sms.duckdb.lock").write_text(left)
        with pytest.raises(DatabaseError, match=r"another load works on it .a process that has just begun.; wait"), store.rebuild(db):
            pytest.fail("two loads at once")


def test_loads_that_meet_all_the_time_lose_nothing(db: Path) -> None:
    added: list[str] = []

    def keep_adding(worker: int) -> None:
        number = 0
        while number < 3:
            try:
                add(db, f"{worker}.{number}")
            except DatabaseError:
                continue
            added.append(f"{worker}.{number}")
            number += 1

    workers = [threading.Thread(target=keep_adding, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(added) == 12
    assert names(db) == sorted([*added, "one"])
    assert log.stray(db.parent) == []


def test_what_a_killed_load_left_behind_is_removed(db: Path) -> None:
    building = db.with_name(".sms.duckdb.building")
    building.write_bytes(b"half a database")
    building.with_name(building.name + ".wal").write_bytes(b"half a log")
    (building.with_name(building.name + ".tmp") / "deeper").mkdir(parents=True)
    add(db, "two")
    assert names(db) == ["one", "two"]
    assert [path.name for path in db.parent.iterdir()] == [db.name]


def test_a_wal_beside_the_file_stops_the_load(db: Path) -> None:
    db.chmod(0o644)
    with running(WRITE, db) as writer:
        assert answer(writer) == "ready"
        with pytest.raises(DatabaseError, match=r"cannot be opened as a database: .*lock"):
            store.connect(db)
        with pytest.raises(DatabaseError, match=r"sms\.duckdb\.wal: someone wrote to the database itself, .*open .* once with DuckDB and close it"):
            add(db, "two")
        writer.kill()
        writer.wait()
    assert db.with_name("sms.duckdb.wal").exists()
    with pytest.raises(DatabaseError, match="someone wrote to the database itself"):
        add(db, "two")
    foreign(db, "DROP TABLE own")
    add(db, "two")
    assert names(db) == ["one", "two"]


# No room


@pytest.mark.parametrize("room", [0.05, 0.95, 1.1], ids=["at once", "while it is copied", "while it grows"])
def test_a_disk_that_is_full_leaves_the_old_database(room: float, tmp_path: Path) -> None:
    path = tmp_path / "sms.duckdb"
    small, large = log.written(tmp_path / "small.log", log.lines(20)), log.written(tmp_path / "large.log", log.lines(20_000, first=100))
    log.load(path, small)
    before = as_it_is(path)
    limit = int(path.stat().st_size * room)
    done = subprocess.run([sys.executable, "-c", LOAD_WITHIN, path, large, str(limit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith(f"{path}: cannot be written: ")
    assert done.stdout.endswith("; nothing was changed. See that its folder can be written to and has room for a second copy\n")
    assert done.stdout.count("\n") == 1
    assert as_it_is(path) == before
    assert log.stray(tmp_path) == []
    assert len(log.messages(path)) == 20
    assert log.load(path, large).loads[0].accepted > 20_000


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DatabaseError, match=r"file/sms\.duckdb: cannot be written: ") as caught, store.rebuild(tmp_path / "file" / "sms.duckdb"):
        pytest.fail("nothing can be built there")
    assert caught.value.exit_code == 3


def test_a_folder_where_no_lock_can_be_made_is_told(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DatabaseError, match="cannot be written: Permission denied; nothing was changed"), store.rebuild(db):
        pytest.fail("nothing can be built there")


# What a new file holds


def test_every_status_has_a_bit_of_its_own_and_finals_outrank_the_rest(db: Path) -> None:
    found = log.rows(db, "FROM statuses")
    assert len({row["bit"] for row in found}) == len(found) == 15
    ranked = sorted(found, key=lambda row: (-row["class"], -row["rank"]))
    assert [row["status"] for row in ranked[:7]] == ["delivered", "rejected", "undelivered", "expired", "stopped", "no_report", "unrecognised"]
    assert [row["status"] for row in ranked[7:]] == [
        *("buffered", "accepted", "submitted", "unknown", "queued", "paused", "awaiting_approval", "scheduled"),
    ]


def test_a_file_of_a_release_of_duckdb_that_hashes_otherwise_is_hashed_anew(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, log.written(tmp_path / "access.log", log.lines(3)))
    right = log.rows(db, "SELECT record_no, id_hash FROM event_rows ORDER BY record_no")
    with store.rebuild(db) as connection:
        connection.execute("UPDATE event_rows SET id_hash = 0; UPDATE meta SET hash_check = 0")
    with store.rebuild(db):
        pass
    assert len(right) == 6
    assert log.rows(db, "SELECT record_no, id_hash FROM event_rows ORDER BY record_no") == right
