"""What events share is stored once, and reads as if it stood with each of them."""

from datetime import datetime
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from sms_analytics.database import definitions, shared_columns
from sms_analytics.database.schemas import EVENT_COLUMNS, EVENT_TYPES, SHARED_COLUMNS
from tests.stored import put_events

START = datetime(2026, 3, 18, 9)  # noqa: DTZ001  # naive UTC, as everywhere


def new_database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(definitions.sql("tables"))
    return connection


def events(*rows: dict[str, Any]) -> pl.DataFrame:
    same = {
        "load_id": 1,
        "event_no": 1,
        "format": "kannel",
        "feed": "telia1",
        "kind": "receipt",
        "message_key": "telia1/a",
        "received_utc": START,
        "time_precision": "second",
        "status": "delivered",
        "said_by": "operator",
        "copies": 1,
        "raw": "***",
    }
    return pl.DataFrame([same | {"record_no": number} | row for number, row in enumerate(rows, start=1)], schema=EVENT_TYPES)


def stored(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT {', '.join(EVENT_COLUMNS)} FROM events ORDER BY record_no").fetchall()


def sets(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT {', '.join(SHARED_COLUMNS)} FROM shared_values").fetchall()


SOME = st.fixed_dictionaries(
    {
        "feed": st.sampled_from(["telia1", "ice1"]),
        "status": st.sampled_from(["delivered", "rejected", "unrecognised"]),
        "status_raw": st.sampled_from([None, "", "DELIVRD", "null"]),
        "code_raw": st.sampled_from([None, "0", "00"]),
        "country": st.sampled_from([None, "NO", "SE"]),
        "client_ref": st.sampled_from([None, "x"]),
    }
)


@settings(max_examples=settings().max_examples // 5)
@given(st.lists(st.lists(SOME, max_size=12), max_size=4))
def test_events_come_out_as_they_went_in(batches: list[list[dict[str, Any]]]) -> None:
    connection = new_database()
    rows = [row for batch in batches for row in batch]
    whole = events(*rows)
    begin = 0
    for batch in batches:
        put_events(connection, whole.slice(begin, len(batch)))
        begin += len(batch)
    assert stored(connection) == whole.rows()
    connection.close()


def test_a_load_stores_each_set_once() -> None:
    connection = new_database()
    ours = shared_columns.SharedValues(connection)
    first, fresh = ours.apart(events({}, {"feed": "ice1"}, {}))
    assert (first["shared_no"].to_list(), fresh["shared_no"].to_list()) == ([1, 2, 1], [1, 2])
    second, fresh = ours.apart(events({"feed": "ice1"}, {"feed": "telenor1"}))
    assert (second["shared_no"].to_list(), fresh["shared_no"].to_list()) == ([2, 3], [3])


def test_a_later_load_uses_the_sets_of_those_before_it() -> None:
    connection = new_database()
    put_events(connection, events({}, {"feed": "ice1"}))
    rows, fresh = shared_columns.SharedValues(connection).apart(events({"feed": "ice1"}, {"feed": "telenor1"}))
    assert (rows["shared_no"].to_list(), fresh["shared_no"].to_list()) == ([2, 3], [3])


def test_a_value_that_is_not_allowed_leaves_nothing_behind() -> None:
    ours = shared_columns.SharedValues(new_database())
    with pytest.raises(SchemaErrors):
        ours.apart(events({}, {"country": "norway"}))
    _, fresh = ours.apart(events({}))
    assert fresh["shared_no"].to_list() == [1]


def test_sets_that_all_differ_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_columns, "_MOST", 3)
    connection = new_database()
    ours = shared_columns.SharedValues(connection)
    for begin in range(0, 12, 2):
        rows, fresh = ours.apart(events(*({"status_raw": f"word {number % 5}"} for number in (begin, begin + 1))))
        connection.register("rows", fresh.to_arrow())
        connection.execute("INSERT INTO shared_values FROM rows")
        assert rows["shared_no"].null_count() == 0
    ((sets_stored, numbers),) = connection.execute("SELECT count(*), count(DISTINCT shared_no) FROM shared_values").fetchall()
    assert sets_stored == numbers
    assert 5 <= sets_stored <= 12


def test_events_get_other_shared_values_and_those_that_nobody_has_are_swept_out() -> None:
    connection = new_database()
    put_events(connection, events({}, {"code_raw": "5"}, {"feed": "ice1"}))
    changes = "SELECT row_no, 'Telia' AS operator, 'feed' AS operator_source FROM numbered_events WHERE feed = 'telia1'"
    shared_columns.restate(connection, changes, ("operator", "operator_source"))
    found = connection.execute("SELECT feed, code_raw, operator, operator_source, status FROM events ORDER BY record_no").fetchall()
    assert found == [
        ("telia1", None, "Telia", "feed", "delivered"),
        ("telia1", "5", "Telia", "feed", "delivered"),
        ("ice1", None, None, None, "delivered"),
    ]
    assert len(sets(connection)) == 5
    shared_columns.sweep(connection)
    assert len(sets(connection)) == 3
    assert connection.execute("SELECT feed, code_raw, operator, operator_source, status FROM events ORDER BY record_no").fetchall() == found


def test_what_nobody_named_is_keyed_by_what_it_says_and_by_its_files_time() -> None:
    connection = new_database()
    later = START.replace(hour=10)
    put_events(
        connection,
        events(
            {"message_key": None, "raw": "a"},
            {"message_key": None, "raw": "a", "received_utc": later},
            {"message_key": None, "raw": "b"},
            {"message_key": None, "raw": "a", "time_precision": "file", "event_utc": START},
            {"message_key": None, "raw": "a", "time_precision": "file", "event_utc": later},
        ),
    )
    keys = [key for (key,) in connection.execute("SELECT message_key FROM events ORDER BY record_no").fetchall()]
    assert all(key.startswith("telia1/#") for key in keys)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
