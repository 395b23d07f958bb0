"""Loads and records taken out again: what another load holds too stays, under that load's name."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_analytics import config, formats
from sms_analytics.commands import loading
from sms_analytics.commands.loading import LoadRecord
from sms_analytics.database import definitions, duplicates, removal, store
from sms_analytics.database.schemas import EVENT_TYPES
from sms_analytics.events.readings import Context
from sms_analytics.reading import cutting, sources
from sms_analytics.resolving import resolver
from tests import kannel_log as log
from tests.stored import put_events


def new_database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(definitions.sql("tables"))
    return connection


def put(connection: duckdb.DuckDBPyConnection, load_id: int, lines: list[int]) -> None:
    """A load of these lines, each told apart by its number and a minute long."""
    times = [log.START + timedelta(minutes=line) for line in lines]
    same = {
        "load_id": load_id,
        "event_no": 1,
        "format": "kannel",
        "feed": "f",
        "kind": "receipt",
        "said_by": "operator",
        "status": "delivered",
        "copies": 1,
    }
    own = [
        {"record_no": number, "raw": f"line {line}", "message_key": f"line {line}", "received_utc": time, "time_precision": "second"}
        for number, (line, time) in enumerate(zip(lines, times, strict=True), start=1)
    ]
    put_events(connection, pl.DataFrame([same | row for row in own], schema=EVENT_TYPES))
    found = duplicates.fold(connection, load_id, "kannel", (min(times), max(times)))
    record = LoadRecord(load_id, "p", "s", 1, "kannel", "f", None, "loaded", len(lines), len(lines), events=len(lines) - found, duplicates=found)
    loading.store_record(connection, LoadRecord(**(asdict(record) | {"first_utc": min(times), "last_utc": max(times)})), "{}")


def check(connection: duckdb.DuckDBPyConnection, present: dict[int, list[int]]) -> None:
    """The tables say what the present loads hold, wherever their events are stored."""
    stored = {
        raw: (load_id, number, copies)
        for load_id, number, copies, raw in connection.execute("SELECT load_id, record_no, copies, raw FROM events").fetchall()
    }
    assert len(stored) == connection.execute("SELECT count(*) FROM events").fetchall()[0][0]
    assert set(stored) == {f"line {line}" for lines in present.values() for line in lines}
    sightings = connection.execute("SELECT load_id, record_no, copies, of_load_id, of_record_no FROM sightings").fetchall()
    expected = []
    counts = {load_id: Counter(lines) for load_id, lines in present.items()}
    for raw, (load_id, number, copies) in stored.items():
        line = int(raw.removeprefix("line "))
        holders = [one for one in present if counts[one][line]]
        assert present[load_id].index(line) + 1 == number
        assert copies == max(counts[one][line] for one in holders)
        expected += [(one, present[one].index(line) + 1, counts[one][line], load_id, number) for one in holders if len(holders) > 1]
    assert sorted(sightings) == sorted(expected)
    kept = Counter(load_id for load_id, _, _ in stored.values())
    assert connection.execute("SELECT load_id, events, duplicates FROM loads ORDER BY load_id").fetchall() == [
        (load_id, kept[load_id], len(lines) - kept[load_id]) for load_id, lines in sorted(present.items())
    ]


@given(data=st.data())
@settings(max_examples=settings().max_examples // 5)
def test_loads_come_and_go_in_any_order(data: st.DataObject) -> None:
    connection = new_database()
    present: dict[int, list[int]] = {}
    for load_id in range(1, data.draw(st.integers(2, 5)) + 1):
        present[load_id] = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
        put(connection, load_id, present[load_id])
        check(connection, present)
        if len(present) > 1 and data.draw(st.booleans()):
            gone = data.draw(st.sampled_from(sorted(present)))
            removal.take_out(connection, gone)
            del present[gone]
            check(connection, present)
    connection.close()


A, B, C = log.lines(12), log.lines(12, first=7), log.lines(6, first=40)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "sms.duckdb"
    for name, lines in (("a", A), ("b", [*B, "nobody knows this line"]), ("c", C)):
        log.load(path, log.written(tmp_path / f"{name}.log", lines), format="kannel")
    return path


def taken_out(db: Path, *loads: int) -> None:
    with store.rebuild(db) as connection:
        feeds = {feed for load_id in loads for feed in removal.take_out(connection, load_id)}
        touched = removal.take_out_feeds(connection, sorted(feeds))
        if touched:
            resolver.resolve(connection, config.Config(), touched, rebuild=True)


def only(folder: Path, *logs: list[str]) -> list[log.Row]:
    db = folder / "only.duckdb"
    for number, lines in enumerate(logs):
        log.load(db, log.written(folder / f"only{number}.log", lines), format="kannel")
    return log.messages(db)


@pytest.mark.parametrize(("loads", "left"), [((1,), (B, C)), ((2,), (A, C)), ((3,), (A, B)), ((1, 2), (C,)), ((2, 1), (C,)), ((3, 1), (B,))])
def test_what_is_left_is_what_the_other_loads_alone_would_give(loads: tuple[int, ...], left: tuple[list[str], ...], db: Path, tmp_path: Path) -> None:
    taken_out(db, *loads)
    assert log.messages(db) == only(tmp_path, *left)
    assert [load["load_id"] for load in log.loads(db)] == [load_id for load_id in (1, 2, 3) if load_id not in loads]
    for table in ("events", "rejects", "load_options", "load_feeds", "sightings"):
        assert log.rows(db, f"FROM {table} WHERE load_id IN {(*loads, 0)}") == [], table


def test_nothing_is_left_when_all_is_taken_out(db: Path) -> None:
    taken_out(db, 2, 1, 3)
    for table in ("loads", "load_options", "load_feeds", "events", "rejects", "sightings", "feeds", "resolved", "messages"):
        assert log.rows(db, f"FROM {table}") == [], table


def test_events_move_to_the_earliest_other_load_that_holds_them(db: Path) -> None:
    shared = len(set(A) & set(B))
    assert log.loads(db)[1]["duplicates"] == shared > 0
    taken_out(db, 1)
    assert [(load["load_id"], load["events"], load["duplicates"]) for load in log.loads(db)] == [(2, len(B), 0), (3, len(C), 0)]
    assert log.rows(db, "SELECT DISTINCT record_no FROM events WHERE load_id = 2 ORDER BY record_no") == [
        {"record_no": number} for number in range(1, len(B) + 1)
    ]


@pytest.fixture
def connection(db: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with store.rebuild(db) as connection:
        yield connection


def tail(path: Path, first: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    with sources.Source(str(path)) as source:
        records = pl.concat(cutting.records(source, formats.named("kannel"))).filter(pl.col("record_no") >= first)
    return records, formats.named("kannel").parse(records, Context()).readings


def test_the_last_records_of_a_load_are_taken_out_and_its_counts_corrected(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    removal.take_out_records(connection, 2, *tail(tmp_path / "b.log", len(B) - 1))
    query = "SELECT records, accepted, skipped, rejected, events, duplicates FROM loads WHERE load_id = 2"
    shared = len(set(A) & set(B))
    assert connection.execute(query).fetchall() == [(len(B) - 2, len(B) - 2, 0, 0, len(B) - 2 - shared, shared)]
    assert connection.execute("SELECT max(record_no) FROM events WHERE load_id = 2").fetchall() == [(len(B) - 2,)]
    assert connection.execute("SELECT count(*) FROM rejects").fetchall() == [(0,)]


def test_records_that_another_load_holds_too_move_there(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    before = connection.execute("SELECT sum(events)::BIGINT FROM loads").fetchall()
    ((last,),) = connection.execute("SELECT raw FROM events WHERE load_id = 1 AND record_no = $last", {"last": len(A)}).fetchall()
    removal.take_out_records(connection, 1, *tail(tmp_path / "a.log", len(A)))
    assert connection.execute("SELECT load_id FROM events WHERE raw = $last", {"last": last}).fetchall() == [(2,)]
    assert connection.execute("SELECT sum(events)::BIGINT FROM loads").fetchall() == before
    assert connection.execute("SELECT events, duplicates FROM loads WHERE load_id = 1").fetchall() == [(len(A) - 1, 0)]
    shared = len(set(A) & set(B))
    assert connection.execute("SELECT events, duplicates FROM loads WHERE load_id = 2").fetchall() == [(len(B) - shared + 1, shared - 1)]
