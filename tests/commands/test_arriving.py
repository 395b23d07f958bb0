"""What of a file is there already, and what becomes of one that fails while it is read: nothing of it stays, nothing stands twice."""

import errno
import gzip
import io
import lzma
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sms_analytics.commands import unloading
from sms_analytics.errors import ConfigError
from sms_analytics.reading import sources
from tests import kannel_log as log

LINES = log.lines(60)
CONTENT = log.content(LINES)
TABLES = ("loads", "load_options", "load_pieces", "accepted_records", "load_feeds", "rejects", "events", "event_rows", "shared_values", "feeds")


def contents(db: Path) -> dict[str, list[log.Row]]:
    """Every row of every table that a load writes, but for the moment of loading."""
    return {table: log.rows(db, f"SELECT * {'EXCLUDE (loaded_utc)' if table == 'loads' else ''} FROM {table} ORDER BY ALL") for table in TABLES}


def events(db: Path) -> list[log.Row]:
    return log.rows(db, "SELECT record_no, event_no, raw, received_utc, copies FROM events ORDER BY ALL")


# A log that grew, and whose beginning was taken out


@pytest.fixture(
    scope="module", params=[(3000, 7001), (len(log.content(LINES[:20])), len(log.content(LINES[:50])))], ids=["within lines", "at their ends"]
)
def grown_log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a log and its database, which was loaded each time that it had grown. The database is for copying."""
    folder = tmp_path_factory.mktemp("grown")
    for end in (*request.param, len(CONTENT)):
        (folder / "access.log").write_bytes(CONTENT[:end])
        assert log.load(folder / "sms.duckdb", folder / "access.log").faults == []
    return folder


@pytest.mark.parametrize("gone", [[1], [2], [3], [1, 2], [1, 3], [2, 3], [1, 2, 3]], ids=str)
def test_what_was_taken_out_of_a_log_that_grew_comes_back_and_nothing_else(grown_log: Path, gone: list[int], tmp_path: Path) -> None:
    path, db = grown_log / "access.log", Path(shutil.copy(grown_log / "sms.duckdb", tmp_path))
    whole, messages, counts = events(db), log.messages(db), {one["load_id"]: one["records"] for one in log.loads(db)}
    unloading.unload(gone, db=db)
    assert len(events(db)) == len(LINES) - sum(counts[one] for one in gone)
    report = log.load(db, path)
    assert (report.faults, report.known) == ([], [])
    assert report.records == sum(counts[one] for one in gone)
    assert (events(db), log.messages(db)) == (whole, messages)
    assert sum(one["records"] for one in log.loads(db)) == len(LINES)
    assert log.load(db, path).known == [str(path)]


def test_the_beginning_comes_back_when_the_log_has_grown_once_more(tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    for end in (3000, 7001):
        path.write_bytes(CONTENT[:end])
        log.load(db, path)
    unloading.unload(1, db=db)
    path.write_bytes(CONTENT)
    assert len(log.load(db, path).loads) == 2
    other = tmp_path / "once.duckdb"
    log.load(other, path)
    assert (events(db), log.messages(db)) == (events(other), log.messages(other))


# The same log, packed by rotation


@pytest.mark.parametrize(
    ("first", "then"), [("access.log", "access.log.1.gz"), ("access.log.1.gz", "access.log"), ("access.log.1.gz", "access.log.1.xz")]
)
def test_a_log_is_known_again_however_it_is_packed(first: str, then: str, tmp_path: Path) -> None:
    contents = {"access.log": CONTENT, "access.log.1.gz": gzip.compress(CONTENT), "access.log.1.xz": lzma.compress(CONTENT)}
    before, path, db = tmp_path / first, tmp_path / then, tmp_path / "sms.duckdb"
    before.write_bytes(contents[first])
    path.write_bytes(contents[then])
    log.load(db, before)
    assert log.load(db, path).known == [str(path)]
    fault = f"{path}: its content is there already as load 1, loaded with other options; give --replace to load it again with these"
    assert log.load(db, path, feed="other").faults == [fault]
    assert log.load(db, path, feed="other", replace=True).faults == []
    assert [one["path"] for one in log.loads(db)] == [str(path)]


@pytest.mark.parametrize("gone", [[], [1], [2]], ids=str)
def test_a_log_that_grew_is_known_when_it_is_packed(grown_log: Path, gone: list[int], tmp_path: Path) -> None:
    db, packed = Path(shutil.copy(grown_log / "sms.duckdb", tmp_path)), tmp_path / "access.log.1.gz"
    whole = events(db)
    packed.write_bytes(gzip.compress(CONTENT))
    if gone:
        unloading.unload(gone, db=db)
    assert log.load(db, packed).known == ([] if gone else [str(packed)])
    assert events(db) == whole
    assert log.load(db, packed, feed="other", replace=True).faults == []
    assert [one["path"] for one in log.loads(db)] == [str(packed)]


# Reading that fails


class FailingDisk(io.FileIO):
    """A file on a disk that fails behind its first bytes: an injected read error (EIO)."""

    last: int = 0

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.tell() >= self.last:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().readinto(buffer[: self.last - self.tell()])


def failing(path: Path, place: int) -> Callable[[str], io.FileIO]:
    def opened(name: str) -> io.FileIO:
        file = FailingDisk(name)
        file.last = place if name == str(path) else 1 << 60
        return file

    return opened


@pytest.mark.parametrize("place", [5000, len(CONTENT) - 1])
def test_a_read_error_leaves_nothing_of_its_file(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, bad, good = (log.written(tmp_path / f"{name}.log", log.lines(60, first=number)) for name, number in (("a", 500), ("b", 1), ("c", 300)))
    monkeypatch.setattr(sources, "BLOCK", 2000)
    clean, db = tmp_path / "clean.duckdb", tmp_path / "sms.duckdb"
    log.load(clean, first, good, format="kannel")
    monkeypatch.setattr(sources, "_opened", failing(bad, place))
    report = log.load(db, first, bad, good, format="kannel")
    assert report.faults == [f"{bad}: cannot be read: Input/output error"]
    assert contents(db) == contents(clean)


def test_a_digest_that_cannot_be_made_leaves_nothing_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Injected: the disk fails at the file's end for the second reading, when all batches are stored."""
    bad, good = log.written(tmp_path / "b.log", LINES), log.written(tmp_path / "c.log", log.lines(60, first=300))
    clean, db = tmp_path / "clean.duckdb", tmp_path / "sms.duckdb"
    log.load(clean, good)
    read_at = sources._read_at  # the one place that reads by position

    def fail(file: int, size: int, place: int, path: str) -> bytes:
        return read_at(-1 if path == str(bad) else file, size, place, path)

    monkeypatch.setattr(sources, "_read_at", fail)
    assert log.load(db, bad, good).faults == [f"{bad}: cannot be read: Bad file descriptor"]
    assert contents(db) == contents(clean)


def test_a_failed_replacement_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, db = log.written(tmp_path / "b.log", LINES), tmp_path / "sms.duckdb"
    good = log.written(tmp_path / "c.log", log.lines(60, first=300))
    log.load(db, path)
    before = log.messages(db)
    monkeypatch.setattr(sources, "_opened", failing(path, len(CONTENT) - 1))
    report = log.load(db, path, good, format="kannel", replace=True)
    assert (len(report.faults), len(report.loads)) == (1, 1)
    assert [message for message in log.messages(db) if message in before] == before


@pytest.mark.parametrize("change", ["cut", "written over"])
def test_a_log_that_is_changed_while_it_is_read_is_told_and_leaves_nothing(change: str, tmp_path: Path) -> None:
    path, good = log.written(tmp_path / "a.log", log.lines(8000)), log.written(tmp_path / "b.log", LINES)
    clean, db = tmp_path / "clean.duckdb", tmp_path / "sms.duckdb"
    log.load(clean, good)
    seen = 0

    def meddle(name: str, count: int) -> None:
        nonlocal seen
        seen += count if name == str(path) else 0
        if seen > 2_000_000 and path.stat().st_size > 1_000_000:
            with path.open("r+b") as file:
                file.write(b"2026-03-19")
                if change == "cut":
                    file.truncate(900_000)

    report = log.load(db, path, good, progress=log.Reading(meddle))
    assert len(report.faults) == 1
    assert report.faults[0] in (f"{path}: was cut while it was read; load it again", f"{path}: was changed while it was read; load it again")
    assert contents(db) == contents(clean)


def test_a_damaged_log_gives_what_came_before_and_one_reject_for_the_rest(tmp_path: Path) -> None:
    path, db = tmp_path / "access.log.gz", tmp_path / "sms.duckdb"
    path.write_bytes(gzip.compress(CONTENT)[:-300])
    report = log.load(db, path)
    (load,) = report.loads
    assert (load.rejected, load.records) == (1, load.accepted + 1)
    assert 40 < load.accepted < len(LINES)
    assert [fault.partition(" (")[0] for fault in report.faults] == [f"{path}: the archive ends or breaks in the middle"]
    assert log.rows(db, "SELECT record_no, field, rule FROM rejects") == [{"record_no": load.records, "field": "file", "rule": "damaged"}]
    path.write_bytes(gzip.compress(CONTENT))
    assert log.load(db, path).faults == []
    assert log.rows(db, "SELECT count(*) AS events, max(copies) AS copies FROM events") == [{"events": len(LINES), "copies": 1}]


def test_a_load_without_a_readable_record_is_a_fault_that_says_where_to_look(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "a.log", ["hei", "", "hopp"]), tmp_path / "sms.duckdb"
    report = log.load(db, path, format="kannel")
    assert log.counts(db) == [(3, 0, 1, 2)]
    assert report.faults == [
        f"{path}: none of its 2 records could be read as kannel; see why with: sms-analytics rejects, or name another format with --format"
    ]


def test_an_unreadable_file_of_looked_up_numbers_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "sms_analytics.toml").write_text("[operators]\nfile = 'none.csv'\n", "utf-8")
    read: list[str] = []
    with pytest.raises(ConfigError, match=r"none\.csv"):
        log.load(tmp_path / "sms.duckdb", log.written(tmp_path / "a.log", LINES), progress=log.Reading(lambda path, _: read.append(path)))
    assert read == []
    assert not (tmp_path / "sms.duckdb").exists()
