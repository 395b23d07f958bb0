"""A send-out as the portal shows it: its counts are those of its messages, its list is what the filters leave."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from sms_analytics.database.store import connect
from sms_analytics.lookup.overview import FILTERS, PAGE, Scope, overview, scope_of, sendouts
from tests.messages_table import database, message, messages_of, utc

ZONE = "Europe/Oslo"
B42 = Scope("bank1", "B42")


@pytest.fixture(scope="module")
def db(sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(sample) as connection:
        yield connection


def test_counts_are_those_of_the_send_out(db: duckdb.DuckDBPyConnection) -> None:
    found = overview(db, B42, {}, zone=ZONE)
    for name in FILTERS:
        known = db.execute(
            f"SELECT coalesce({name}, ''), count(*) FROM messages WHERE account = 'bank1' AND campaign = 'B42' GROUP BY ALL"
        ).fetchall()
        assert found.counts[name] == dict(known)
        assert sum(found.counts[name].values()) == found.messages == found.fitting
        assert list(found.counts[name].values()) == sorted(found.counts[name].values(), reverse=True)


def test_pages_are_the_whole_list_newest_first(db: duckdb.DuckDBPyConnection) -> None:
    first = overview(db, B42, {}, zone=ZONE)
    assert first.pages == 2
    assert len(first.lines) == PAGE
    lines = [*first.lines, *overview(db, B42, {}, zone=ZONE, page=2).lines]
    assert len({line.message_key for line in lines}) == len(lines) == first.messages
    times = [line.submitted_utc for line in lines if line.submitted_utc]
    assert times == sorted(times, reverse=True)
    assert overview(db, B42, {}, zone=ZONE, page=99).page == 2


@pytest.mark.parametrize(
    "chosen",
    [
        {"outcome": ["failed"]},
        {"outcome": ["failed", "no_status"], "operator": ["Telenor"]},
        {"operator": [""]},
        {"country": ["SE", "DK"], "operator": [""]},
        {"outcome": ["paused"]},
        {"operator": ["' OR true --"]},
    ],
)
def test_filters_leave_what_fits(db: duckdb.DuckDBPyConnection, chosen: dict[str, list[str]]) -> None:
    found = overview(db, B42, chosen, zone=ZONE)
    fitting = [line for line in overview_lines(db) if all((getattr(line, name) or "") in values for name, values in chosen.items())]
    assert found.fitting == len(fitting)
    assert list(found.lines) == fitting[:PAGE]
    assert found.messages == 92


def overview_lines(db: duckdb.DuckDBPyConnection) -> list[object]:
    return [line for page in (1, 2) for line in overview(db, B42, {}, zone=ZONE, page=page).lines]


def test_send_outs_newest_first(db: duckdb.DuckDBPyConnection) -> None:
    assert [(sendout.campaign, sendout.messages) for sendout in sendouts(db)] == [("A43", 77), ("B42", 92), ("A42", 87), ("B41", 75), ("A40", 64)]


def test_without_a_send_out_it_is_the_accounts_day_of_the_shown_zone() -> None:
    db = database(
        [
            *messages_of(2, account="a", submitted_utc=utc("2026-10-01T21:59:59")),
            *messages_of(3, account="a", submitted_utc=utc("2026-10-01T22:00:00")),
            message(account="a", campaign="K", submitted_utc=utc("2026-10-01T21:00:00")),
            message(account="b", submitted_utc=utc("2026-10-01T21:00:00")),
        ]
    )
    scope = scope_of("a", None, utc("2026-10-01T21:59:59"), ZONE)
    assert scope == Scope("a", None, date(2026, 10, 1))
    assert overview(db, scope, {}, zone=ZONE).messages == 2
    assert overview(db, scope_of("a", None, utc("2026-10-01T22:00:00"), ZONE), {}, zone=ZONE).messages == 3
    assert overview(db, scope_of("a", "K", utc("2026-10-01T22:00:00"), ZONE), {}, zone=ZONE).messages == 1
    assert overview(db, Scope("c", None), {}, zone=ZONE).messages == 0
