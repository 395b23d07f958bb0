"""What must hold for any history, and that the SQL says what the oracle says."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_analytics import config
from sms_analytics.database import duplicates, removal, store
from sms_analytics.database.schemas import EVENT_TYPES, MESSAGE_COLUMNS
from sms_analytics.events import normalising
from sms_analytics.questions.as_of import seen_at
from sms_analytics.resolving import affected, resolver
from tests import oracle
from tests.histories import (
    Event,
    History,
    Load,
    Loaded,
    after,
    cuts,
    histories,
    in_daily_files,
    in_one_load,
    in_pieces,
    orders,
    receipt,
    runs,
    side_by_side,
    submission,
    twice,
    worlds,
)
from tests.stored import EVENT_TABLES, put_events

#: What the oracle has beside the columns, or the columns that are not the resolver's to say or only have to be unique.
NOT_COMPARED = ("message_key", "gap_cause", *oracle.BESIDE_COLUMNS)

#: From which share of a feed's events on a load resolves all of the feed: always, as it is, never.
SHARES = st.sampled_from([0.0, affected.MOST, 2.0])

#: Messages by the records that they are made of.
ByRecords = dict[frozenset[str], dict[str, Any]]


def by_records(messages: Sequence[dict[str, Any]], events: Sequence[Event]) -> ByRecords:
    """The messages, whatever the places of their events: records are told apart by `raw`."""
    raw = {(event["load_id"], event["record_no"], event["event_no"]): event["raw"] for event in events}
    return {
        frozenset(raw[place] for place in message["places"]): {name: value for name, value in message.items() if name not in NOT_COMPARED}
        for message in messages
    }


def by_oracle(history: History, source: Loaded) -> ByRecords:
    return by_records(resolved(history, source), oracle.stored(source.logs))


def resolved(history: History, source: Loaded) -> list[oracle.Message]:
    return oracle.resolve(
        oracle.stored(source.logs),
        loads=source.loads,
        horizons=history.horizons,
        id_rules=history.id_rules,
        answers=history.answers,
        as_of=history.as_of,
    )


def differences(found: ByRecords, expected: ByRecords) -> list[str]:
    """What differs, a line each: messages that the other side does not have, and columns."""
    lines = [f"only found: {sorted(records)}" for records in found.keys() - expected.keys()]
    lines += [f"only expected: {sorted(records)}" for records in expected.keys() - found.keys()]
    for records in found.keys() & expected.keys():
        lines += [
            f"{sorted(records)}: {name} is {found[records][name]!r}, expected {value!r}"
            for name, value in expected[records].items()
            if found[records][name] != value
        ]
    return sorted(lines)


# The SQL


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database file while it is being built; one for all examples, since making one takes longer than resolving."""
    with store.rebuild(tmp_path_factory.mktemp("database") / "sms.duckdb") as connection:
        yield connection


def by_sql(
    database: duckdb.DuckDBPyConnection,
    history: History,
    source: Loaded,
    *,
    settle_each: bool = True,
    again: Sequence[int] = (),
    share: float = affected.MOST,
) -> ByRecords:
    messages = resolve_with_sql(
        database,
        source.logs,
        source.loads,
        horizons=history.horizons,
        id_rules=history.id_rules,
        answers=history.answers,
        as_of=history.as_of,
        settle_each=settle_each,
        again=again,
        share=share,
    )
    return by_records(messages, [event for log in source.logs for event in log])


def resolve_with_sql(
    database: duckdb.DuckDBPyConnection,
    logs: Sequence[Sequence[Event]],
    loads: Sequence[Load],
    *,
    horizons: Mapping[str, timedelta],
    id_rules: Mapping[str, str],
    answers: Mapping[str, Sequence[str]],
    as_of: datetime | None,
    settle_each: bool = True,
    again: Sequence[int] = (),
    share: float = affected.MOST,
) -> list[dict[str, Any]]:
    """The messages of a database into which these loads came one after the other and nothing else, with the `places` of their events.

    `settle_each`: the messages are settled after each load, not only after the last. `again`: ids of loads that are then taken out and loaded anew, one
    after the other, and everything is settled afresh at the end, as remapping does.
    """
    feeds: dict[str, dict[str, Any]] = {feed: {"validity": f"{int(lasts.total_seconds())}s", "grace": "0s"} for feed, lasts in horizons.items()}
    for feed, rule in id_rules.items():
        feeds.setdefault(feed, {})["id_rule"] = rule
    for feed, others in answers.items():
        feeds.setdefault(feed, {})["answers"] = list(others)
    settings = config.parse({"feeds": feeds}, Path(config.FILE_NAME))
    for table in (*EVENT_TABLES, "sightings", "loads", "load_feeds", "feeds", "resolved", "load_counts", "load_requests", "feed_links"):
        database.execute(f"DELETE FROM {table}")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(affected, "MOST", share)
    for log, load in zip(logs, loads, strict=True):
        put_load(database, log, load)
        if settle_each:
            resolver.resolve(database, settings, [load["load_id"]])
    if not settle_each:
        resolver.resolve(database, settings, [load["load_id"] for load in loads])
    for load_id in again:
        resolver.resolve(database, settings, removal.take_out_feeds(database, removal.take_out(database, load_id)), rebuild=True)
        put_load(database, logs[load_id - 1], loads[load_id - 1])
        resolver.resolve(database, settings, [load_id])
    if again:
        resolver.resolve(database, settings, [load["load_id"] for load in loads], rebuild=True)
    monkeypatch.undo()
    if as_of is None:
        return _messages(database, "true")
    with closing(seen_at(database, as_of)) as then:
        return _messages(then, f"coalesce(received_utc, event_utc) <= TIMESTAMP '{as_of}'")


def put_load(connection: duckdb.DuckDBPyConnection, log: Sequence[Event], load: Load) -> None:
    """What the loader does with the events of one file once they are read."""
    rows = pl.DataFrame(list(log), schema=EVENT_TYPES)
    put_events(connection, rows.with_columns(message_key=normalising.message_key()))
    first, last = load["first_utc"] or load["last_utc"], load["last_utc"]
    duplicates.fold(connection, load["load_id"], load["format"], (first, last))
    connection.execute(
        "INSERT INTO loads BY NAME SELECT $load_id AS load_id, $path AS path, $format AS format, 'loaded' AS state,"
        " $first AS first_utc, $last AS last_utc, $loaded AS loaded_utc",
        {"load_id": load["load_id"], "path": load["path"], "format": load["format"], "first": first, "last": last, "loaded": load["loaded_utc"]},
    )
    for feed in load["feeds"]:
        events = sum(event["feed"] == feed for event in log)
        connection.execute(
            "INSERT INTO load_feeds BY NAME SELECT $load_id AS load_id, $feed AS feed, $feed AS written, $events AS events",
            {"load_id": load["load_id"], "feed": feed, "events": events},
        )


def _messages(db: duckdb.DuckDBPyConnection, seen: str) -> list[dict[str, Any]]:
    rows = db.execute(f"SELECT {', '.join(MESSAGE_COLUMNS)} FROM messages").fetchall()
    places: dict[str, set[tuple[int, int, int]]] = {}
    for key, load_id, record_no, event_no in db.execute(f"SELECT message_key, load_id, record_no, event_no FROM events WHERE {seen}").fetchall():
        places.setdefault(key, set()).add((load_id, record_no, event_no))
    messages = [dict(zip(MESSAGE_COLUMNS, row, strict=True)) for row in rows]
    assert sorted(message["message_key"] for message in messages) == sorted(places)
    return [{**message, "places": frozenset(places[message["message_key"]])} for message in messages]


@settings(max_examples=settings().max_examples // 3)
@given(several=st.lists(histories(), min_size=3, max_size=10))
def test_the_sql_says_what_the_oracle_says(database: duckdb.DuckDBPyConnection, several: list[History]) -> None:
    history, source = side_by_side(several)
    assert differences(by_sql(database, history, source, settle_each=False), by_oracle(history, source)) == []


@settings(max_examples=settings().max_examples // 6)
@given(history=histories(), data=st.data())
def test_the_sql_does_not_care_how_it_was_loaded(database: duckdb.DuckDBPyConnection, history: History, data: st.DataObject) -> None:
    shuffled = history.in_order(data.draw(orders(history)))
    pieces = in_pieces(shuffled, data.draw(cuts(shuffled)))
    source = twice(pieces) if data.draw(st.booleans()) else pieces
    assert differences(by_sql(database, shuffled, source, share=data.draw(SHARES)), by_oracle(history, in_one_load(history))) == []


@settings(max_examples=settings().max_examples // 3)
@given(history=worlds(), data=st.data())
def test_the_sql_says_what_the_oracle_says_of_several_feeds(database: duckdb.DuckDBPyConnection, history: History, data: st.DataObject) -> None:
    pieces = in_pieces(history, data.draw(runs(history)))
    assert differences(by_sql(database, history, pieces, share=data.draw(SHARES)), by_oracle(history, in_one_load(history))) == []


@settings(max_examples=settings().max_examples // 4)
@given(history=worlds(), data=st.data())
def test_taking_out_loading_again_and_remapping_equal_loading_at_once(
    database: duckdb.DuckDBPyConnection, history: History, data: st.DataObject
) -> None:
    pieces = in_pieces(history, data.draw(runs(history)))
    again = data.draw(st.lists(st.integers(1, len(pieces.logs)), min_size=1, max_size=2))
    assert differences(by_sql(database, history, pieces, again=again, share=data.draw(SHARES)), by_oracle(history, in_one_load(history))) == []


@settings(max_examples=settings().max_examples // 6)
@given(history=worlds(), quiet_days=st.sampled_from([1, 9]))
def test_the_sql_says_what_time_it_is_as_the_oracle_does(database: duckdb.DuckDBPyConnection, history: History, quiet_days: int) -> None:
    files = in_daily_files(history, quiet_days=quiet_days)
    assert differences(by_sql(database, history, files), by_oracle(history, files)) == []


@settings(max_examples=settings().max_examples // 10)
@given(data=st.data())
def test_pieces_may_change_the_id_rule_that_is_found(database: duckdb.DuckDBPyConnection, data: st.DataObject) -> None:
    numbers = range(1602718841, 1602718845)
    sent = [submission(message_id=f"{number:x}", raw=f"sent {number}") for number in numbers]
    answered = [receipt("delivered", message_id=str(number), raw=f"answered {number}") for number in numbers]
    history = History([*sent, *answered], after(days=1), after(days=2), horizons={"north": timedelta(days=8)}, id_rules={}, as_of=None)
    expected = by_oracle(replace(history, id_rules={"north": "hex_submissions"}), in_one_load(history))
    assert differences(by_sql(database, history, in_pieces(history, data.draw(cuts(history)))), expected) == []


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({"charge_status": "pending"}, {"charge_status": "charged"}, {"charge_status": "charged"}),
        ({"charge_status": "charged"}, {"charge_status": "refunded"}, {"charge_status": "refunded"}),
        (
            {"operator": "Telenor", "operator_source": "receipt"},
            {"operator": "Telenor", "operator_source": "receipt", "mccmnc": "24201"},
            {"operator": "Telenor", "mccmnc": "24201"},
        ),
    ],
)
def test_what_two_receipts_say_at_the_same_moment(
    database: duckdb.DuckDBPyConnection, first: dict[str, Any], second: dict[str, Any], told: dict[str, Any]
) -> None:
    both = [receipt("delivered", message_id="a1", raw=f"record {number}", **columns) for number, columns in enumerate((first, second))]
    for events in (both, both[::-1]):
        history = History(events, after(days=1), after(days=2), horizons={"north": timedelta(days=8)}, id_rules={}, as_of=None)
        found = by_sql(database, history, in_one_load(history))
        assert differences(found, by_oracle(history, in_one_load(history))) == []
        (message,) = found.values()
        assert {name: message[name] for name in told} == told


@given(histories(), st.data())
def test_the_order_of_loading_does_not_matter(history: History, data: st.DataObject) -> None:
    other = history.in_order(data.draw(orders(history)))
    assert differences(by_oracle(other, in_one_load(other)), by_oracle(history, in_one_load(history))) == []


@given(histories())
def test_loading_twice_does_not_matter(history: History) -> None:
    once = in_one_load(history)
    assert differences(by_oracle(history, twice(once)), by_oracle(history, once)) == []


@given(histories(), st.data())
def test_loading_in_pieces_equals_loading_at_once(history: History, data: st.DataObject) -> None:
    pieces = in_pieces(history, data.draw(cuts(history)))
    assert differences(by_oracle(history, pieces), by_oracle(history, in_one_load(history))) == []


@given(histories())
def test_every_seen_event_is_in_one_message(history: History) -> None:
    source = in_one_load(history)
    messages = resolved(history, source)
    seen = oracle.rule_5_seen(oracle.stored(source.logs), history.as_of)
    places = sorted(place for message in messages for place in message["places"])
    assert places == sorted((event["load_id"], event["record_no"], event["event_no"]) for event in seen)
    receipts = sum(event["copies"] for event in seen if event["kind"] == "receipt")
    assert sum(message["receipts"] + message["folded"] for message in messages) == receipts


@given(histories(), st.sampled_from([[], ["feed"], ["operator"], ["account", "outcome"]]))
def test_counts_add_up(history: History, by: list[str]) -> None:
    messages = resolved(history, in_one_load(history))
    groups = oracle.rates(messages, by=by)
    assert sum(group["messages"] + group["receipts_only"] + group["undecided"] for group in groups) == len(messages)
    for group in groups:
        assert group["messages"] == group["sent"] + sum(group[name] for name in oracle.NOT_SENT)
        assert group["sent"] == sum(group[name] for name in oracle.SENT)
        assert group["provisional"] <= group["sent"] - group["delivered"] - group["partly_confirmed"] - group["failed"]
        if group["rate_confirmed"] is not None:
            assert group["ci_low"] - 1e-12 <= group["rate_confirmed"] <= group["rate_possible"] <= group["ci_high"] + 1e-12
