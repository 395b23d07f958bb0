"""Loads, numbers and old messages taken out again: the database is then as if they had never been there."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_analytics import config
from sms_analytics.commands import loader, unloading
from sms_analytics.config import Config
from sms_analytics.database import removal, store
from sms_analytics.errors import DatabaseError, NoDataError, UsageError
from sms_analytics.resolving import resolver
from tests import kannel_log as log
from tests.histories import Event, History, Load, heard, histories, in_pieces
from tests.resolving.test_resolver_properties import put_load
from tests.small_database import KANNEL, loaded, received, sent
from tests.stored import EVENT_TABLES

TABLES = ("sightings", "loads", "load_feeds", "load_counts", "load_requests", "feeds", "resolved")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with store.rebuild(tmp_path_factory.mktemp("database") / "sms.duckdb") as connection:
        yield connection


def load_all(database: duckdb.DuckDBPyConnection, settings: Config, logs: Sequence[tuple[list[Event], Load]]) -> None:
    for table in (*EVENT_TABLES, *TABLES):
        database.execute(f"DELETE FROM {table}")
    for events, load in logs:
        put_load(database, events, load)
    resolver.resolve(database, settings, [load["load_id"] for _, load in logs])


def contents(database: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted(
            database.execute(f"SELECT * EXCLUDE (id_rule_evidence) FROM {table}" if table == "feeds" else f"FROM {table}").fetchall(), key=repr
        )
        # Traits have other numbers after another history, so what is read is compared, not what is stored.
        for table in ("events", "messages", *TABLES)
        if table not in ("loads", "resolved")
    }


def settings_of(history: History) -> Config:
    feeds = {
        feed: {"validity": f"{int(lasts.total_seconds())}s", "grace": "0s", "id_rule": history.id_rules[feed]}
        for feed, lasts in history.horizons.items()
    }
    return config.parse({"feeds": feeds}, Path(config.FILE_NAME))


@given(history=histories(), data=st.data())
@settings(max_examples=settings().max_examples // 8)
def test_loading_and_unloading_leaves_nothing_behind(database: duckdb.DuckDBPyConnection, history: History, data: st.DataObject) -> None:
    pieces = data.draw(st.lists(st.integers(0, 2), min_size=len(history.records), max_size=len(history.records)))
    source = in_pieces(history, pieces)
    # A second file may hold the same records again.
    again = data.draw(st.lists(st.sampled_from([event for events in source.logs for event in events]), max_size=4))
    number = len(source.logs) + 1
    copies = [{**event, "load_id": number, "record_no": place} for place, event in enumerate(again, 1)]
    logs = list(zip(source.logs, source.loads, strict=True))
    if copies:
        carried = sorted({event["feed"] for event in copies})
        last = max(heard(event) for event in copies)
        logs.append((copies, {**source.loads[0], "load_id": number, "feeds": carried, "last_utc": last}))
    logs = data.draw(st.permutations(logs))
    gone = data.draw(st.sampled_from(logs))[1]["load_id"]
    order = {load["load_id"]: place for place, (_, load) in enumerate(logs, 1)}
    logs = [
        ([{**event, "load_id": order[load["load_id"]]} for event in events], {**load, "load_id": order[load["load_id"]]}) for events, load in logs
    ]
    chosen = settings_of(history)
    load_all(database, chosen, [one for one in logs if one[1]["load_id"] != order[gone]])
    expected = contents(database)
    load_all(database, chosen, logs)
    touched = removal.take_out_feeds(database, removal.take_out(database, order[gone]))
    if touched:
        resolver.resolve(database, chosen, touched, rebuild=True)
    assert contents(database) == expected


# Whole commands


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return loaded(tmp_path)[0]


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def ids(db: Path) -> list[int]:
    return [row["load_id"] for row in log.rows(db, "SELECT load_id FROM loads ORDER BY load_id")]


def snapshot(db: Path) -> dict[str, list[log.Row]]:
    queries = {
        "events": "SELECT * EXCLUDE (load_id) FROM events ORDER BY ALL",
        "messages": "FROM messages ORDER BY message_key",
        "feeds": "FROM feeds ORDER BY feed",
        "rejects": "SELECT * EXCLUDE (load_id) FROM rejects ORDER BY ALL",
        "sightings": "FROM sightings ORDER BY ALL",
    }
    return {name: log.rows(db, query) for name, query in queries.items()}


@pytest.mark.parametrize(
    ("first", "second"), [(log.lines(12), log.lines(12, first=7)), (log.lines(12, first=7), log.lines(12)), (log.lines(4), log.lines(4))]
)
def test_unloading_the_second_leaves_what_the_first_alone_gives(first: list[str], second: list[str], tmp_path: Path) -> None:
    both, alone = tmp_path / "both.duckdb", tmp_path / "alone.duckdb"
    a, b = log.written(tmp_path / "a.log", [*first, "a broken line"]), log.written(tmp_path / "b.log", [*second, "another broken line", ""])
    log.load(both, a, format="kannel")
    log.load(both, b, format="kannel")
    done = unloading.unload(2, db=both)
    log.load(alone, a, format="kannel")
    assert snapshot(both) == snapshot(alone)
    assert log.loads(both)[0] | {"loaded_utc": None} == log.loads(alone)[0] | {"loaded_utc": None}
    stored_twice = len(set(first) & set(second))
    assert (done.events, done.kept) == (len(second) - stored_twice, 0)


def test_events_that_another_load_holds_are_kept_and_counted(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    a, b = log.lines(12), log.lines(12, first=7)
    log.load(db, log.written(tmp_path / "a.log", a), format="kannel")
    log.load(db, log.written(tmp_path / "b.log", b), format="kannel")
    shared = len(set(a) & set(b))
    done = unloading.unload([1], db=db)
    assert (done.events, done.kept) == (len(a) - shared, shared)
    log.load(tmp_path / "only.duckdb", tmp_path / "b.log", format="kannel")
    assert snapshot(db) == snapshot(tmp_path / "only.duckdb")


def test_receipts_without_a_connection_are_resolved_again_when_the_submissions_go(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    submissions = write(tmp_path / "a.log", sent("2026-10-01 10:00:05", "A1", "+4740000001"))
    receipts = write(tmp_path / "b.log", received("2026-10-01 10:00:20", "A1", "+4740000001", done="2610011000", feed=""))
    log.load(db, submissions, receipts)
    assert [(row["feed"], row["outcome"]) for row in log.messages(db)] == [("telenor1", "delivered")]
    unloading.unload(1, db=db)
    log.load(tmp_path / "alone.duckdb", receipts)
    assert snapshot(db) == snapshot(tmp_path / "alone.duckdb")
    assert [(row["feed"], row["submission_missing"]) for row in log.messages(db)] == [("kannel", True)]


def test_a_file_can_be_loaded_again_after_it_was_unloaded(db: Path, tmp_path: Path) -> None:
    before = snapshot(db)
    unloading.unload(ids(db), db=db)
    assert ids(db) == []
    assert log.messages(db) == []
    loader.load(str(tmp_path / "logs"), db=db)
    assert snapshot(db) == before


def test_refused_files_can_be_unloaded(db: Path, tmp_path: Path) -> None:
    loader.load(str(write(tmp_path / "letter.txt", "Dear all,")), db=db)
    assert log.rows(db, "SELECT load_id FROM loads WHERE state = 'refused'") == [{"load_id": 4}]
    assert unloading.unload(4, db=db) == unloading.Removal(0, 0, 0, [])
    assert ids(db) == [1, 2, 3]


@pytest.mark.parametrize("wanted", [[9], [1, 9], [-1]])
def test_an_unknown_id_changes_nothing_and_names_those_there_are(wanted: list[int], db: Path) -> None:
    before = db.read_bytes()
    with pytest.raises(UsageError, match=rf"^LOAD_ID {wanted[-1]}: no such load; there are: 1, 2, 3; see: sms-analytics loads$"):
        unloading.unload(wanted, db=db)
    assert db.read_bytes() == before


def test_what_is_asked_of_a_missing_database_makes_none(tmp_path: Path) -> None:
    db = tmp_path / "none.duckdb"
    with pytest.raises(DatabaseError, match="no such database"):
        unloading.unload(1, db=db)
    with pytest.raises(DatabaseError, match="no such database"):
        unloading.forget("+4740000001", db=db)
    with pytest.raises(DatabaseError, match="no such database"):
        unloading.purge("2026-01-01", db=db)
    assert list(tmp_path.iterdir()) == []


# Numbers and old messages


def all_bytes(db: Path) -> bytes:
    """The file's bytes, and those that zstd has packed in it, wherever one of its frames begins."""
    content = db.read_bytes()
    return content + b"".join(unpacked(content[frame.start() :]) for frame in re.finditer(re.escape(b"\x28\xb5\x2f\xfd"), content))


def unpacked(content: bytes) -> bytes:
    found = b""
    with suppress(OSError), pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
        while byte := stream.read(1):
            found += byte
    return found


@pytest.mark.parametrize("written", ["+4740000001", "400 00 001", "0047 40000001"])
def test_a_forgotten_number_is_nowhere_in_the_file(written: str, db: Path) -> None:
    assert b"40000001" in all_bytes(db)
    done = unloading.forget(written, db=db)
    assert (done.events, done.messages) == (5, 2)
    assert b"40000001" not in all_bytes(db)
    assert b"40000002" in all_bytes(db)
    assert "+4740000001" not in log.all_text(db)
    assert {row["recipient"] for row in log.messages(db)} == {"+4740000002", "+4740000003", "+4520000160", "+4740000010"}
    assert [load["events"] for load in log.loads(db)] == [3, 2, 2]
    assert log.stray(db.parent) == []


def test_what_a_number_leaves_behind_is_what_a_log_without_it_gives(tmp_path: Path) -> None:
    db, without = tmp_path / "sms.duckdb", tmp_path / "without.duckdb"
    log.load(db, write(tmp_path / "a.log", *KANNEL))
    log.load(without, write(tmp_path / "b.log", *(line for line in KANNEL if "+4740000002" not in line)))
    unloading.forget("+4740000002", db=db)
    assert log.messages(db) == log.messages(without)


def test_receipts_that_name_nobody_go_with_their_message(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    nameless = received("2026-10-01 10:00:20", "A1", "", done="2610011000")
    log.load(
        db, write(tmp_path / "a.log", sent("2026-10-01 10:00:05", "A1", "+4740000001"), nameless, sent("2026-10-01 10:00:05", "A2", "+4740000002"))
    )
    assert unloading.forget("+4740000001", db=db).events == 2
    assert [row["message_id"] for row in log.messages(db)] == ["A2"]


def test_a_number_in_somebody_elses_event_is_masked_and_longer_ones_are_told(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    other = sent("2026-10-01 10:00:05", "A2", "+4740000002", campaign="4740000001")
    longer = sent("2026-10-01 10:00:05", "A3", "+4740000003", campaign="94740000001")
    log.load(db, write(tmp_path / "a.log", sent("2026-10-01 10:00:05", "A1", "+4740000001"), other, longer))
    done = unloading.forget("+4740000001", db=db)
    assert (done.events, done.masked) == (1, 2)
    assert done.warnings == ["1 event of other numbers holds the same digits within a longer number; kept"]
    assert "[BINF:***]" in log.all_text(db)


@pytest.mark.parametrize(("number", "error"), [("+4740000099", NoDataError), ("Klinikken", UsageError), ("", UsageError)])
def test_a_number_that_is_not_there_or_none(number: str, error: type[Exception], db: Path) -> None:
    before = db.read_bytes()
    with pytest.raises(error):
        unloading.forget(number, db=db)
    assert db.read_bytes() == before


@pytest.mark.parametrize(("before", "left"), [("2026-10-01", 6), ("2026-10-02", 2), ("2026-10-20 09:59", 1), ("2026-10-21", 0)])
def test_a_purge_takes_the_messages_that_were_submitted_before(before: str, left: int, db: Path) -> None:
    if left == 6:
        with pytest.raises(NoDataError, match="no message was submitted before 2026-10-01"):
            unloading.purge(before, db=db)
        return
    done = unloading.purge(before, db=db)
    found = log.messages(db)
    assert (len(found), done.messages) == (left, 6 - left)
    assert all(f"{row['submitted_utc']:%Y-%m-%d}" >= "2026-10-19" for row in found)
    assert sum(load["events"] for load in log.loads(db)) == 12 - done.events


def test_a_log_that_grew_after_a_purge_is_read_on(tmp_path: Path) -> None:
    db, path = tmp_path / "sms.duckdb", tmp_path / "a.log"
    # The last line has no end yet, so it is read again when the log has grown.
    path.write_text("\n".join(KANNEL), "utf-8")
    log.load(db, path)
    unloading.purge("2026-10-21", db=db)
    path.write_text("\n".join([*KANNEL, sent("2026-10-20 11:00:00", "00A1B2C7", "+4740000007")]) + "\n", "utf-8")
    log.load(db, path)
    assert {row["message_id"] for row in log.messages(db)} == {"00A1B2C6", "00A1B2C7"}
    log.loads(db)


def test_a_purge_needs_a_date(db: Path) -> None:
    with pytest.raises(UsageError, match=r"^--before 'soon' is no date or time: write 2026-10-01"):
        unloading.purge("soon", db=db)
