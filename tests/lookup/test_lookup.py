"""One number or id: all its messages, why they ended as they did, and every event behind that."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from sms_analytics.database.store import connect
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.lookup.answer import lookup
from sms_analytics.text.labels import Lang
from tests.small_database import loaded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lookup")
    loaded(folder)
    return folder


@pytest.fixture(scope="module")
def db(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(folder / "sms.duckdb") as connection:
        yield connection


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "written",
    [
        "+4740000001",
        "4740000001",
        "004740000001",
        "40000001",
        " 400 00 001 ",
        "+47 400-00-001",
        "(+47) 400 00 001",
        "+47\u00a0400\u00a000\u00a0001",
        "4.740000001E+09",
    ],
)
def test_a_number_in_any_spelling(db: duckdb.DuckDBPyConnection, written: str) -> None:
    story = lookup(db, written)
    assert story.asked == "+4740000001"
    assert [message.message_id for message in story.messages] == ["00A1B2C6", "00A1B2C3"]


@pytest.mark.parametrize(
    ("written", "message_id"),
    [
        ("00A1B2C4", "00A1B2C4"),
        ("a1b2c4", "00A1B2C4"),
        ("0000a1B2c4", "00A1B2C4"),
        (str(0xA1B2C4), "00A1B2C4"),
        ("telenor1/a1b2c4", "00A1B2C4"),
        ("3f2aad21", "3f2aad21"),
        ("3F2AAD21", "3f2aad21"),
        ("1059761441", "3f2aad21"),
        ("nordic1/1059761441", "3f2aad21"),
        ("20d6227d-b2f8-4c84-b975-03155315a382", "3f2aad21"),
        ("ordre-17", "7000010"),
        ("7000010", "7000010"),
    ],
)
def test_an_id_in_any_case_or_base_a_reference_or_a_key(db: duckdb.DuckDBPyConnection, written: str, message_id: str) -> None:
    story = lookup(db, written)
    assert [message.message_id for message in story.messages] == [message_id]
    assert story.asked == written


def test_a_message_with_its_history_by_both_clocks(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    message = lookup(db, "a1b2c3").messages[0]
    assert (message.outcome, message.since_utc, message.decided_by) == ("delivered", utc("2026-10-01T10:30:00"), "operator")
    assert (message.operator, message.account, message.sender, message.feed) == ("Telenor", "klinikk1", "Klinikken", "telenor1")
    assert [(event.kind, event.status, event.status_raw) for event in message.events] == [
        ("submission", "submitted", "Sent SMS"),
        ("receipt", "buffered", "ENROUTE"),
        ("receipt", "delivered", "DELIVRD"),
    ]
    assert [(event.event_utc, event.received_utc) for event in message.events] == [
        (None, utc("2026-10-01T08:00:05")),
        (utc("2026-10-01T08:00:00"), utc("2026-10-01T08:00:20")),
        (utc("2026-10-01T10:30:00"), utc("2026-10-01T10:30:44")),
    ]
    assert [event.place for event in message.events] == [f"{folder}/logs/access.log:{line}" for line in (1, 2, 3)]
    assert [(event.code_raw, event.code_system) for event in message.events] == [(None, None), ("027", "map"), ("000", "map")]


def test_a_failure_has_its_reason_and_a_silence_its_deadline(db: duckdb.DuckDBPyConnection) -> None:
    failed, silent = lookup(db, "+4740000002").messages[0], lookup(db, "+4740000003").messages[0]
    assert (failed.outcome, failed.reason, failed.decided_by) == ("failed", "unknown_subscriber", "operator")
    assert (silent.outcome, silent.decided_by, silent.since_utc) == ("no_status", "timeout", utc("2026-10-09T08:00:07"))


@pytest.mark.parametrize(
    ("lang", "zone", "words"),
    [
        (
            "nb",
            "Europe/Oslo",
            ["SMS feilet", "Nummeret er ikke i bruk", "Operatøren", "Telenor", "bank1", "001 (map)", "Ikke levert", "UNDELIV", "2026-10-01 10:00:31"],
        ),
        (
            "en",
            "UTC",
            ["Failed", "Number not in use", "Operator", "Telenor", "bank1", "001 (map)", "Not delivered", "UNDELIV", "2026-10-01 08:00:31"],
        ),
    ],
)
def test_people_read_it_in_their_words_and_zone(db: duckdb.DuckDBPyConnection, folder: Path, lang: Lang, zone: str, words: list[str]) -> None:
    text = repr(lookup(db, "+4740000002", lang=lang, zone=zone))
    assert [word for word in [*words, zone, "+4740000002", f"{folder}/logs/access.log:5"] if word not in text] == []
    assert "Hemmelig" not in text


def test_times_of_the_minute_are_shown_to_the_minute(db: duckdb.DuckDBPyConnection) -> None:
    lines = repr(lookup(db, "a1b2c3")).partition("Andre meldinger")[0].rstrip().splitlines()
    assert [line.split()[:4] for line in lines[-2:]] == [
        ["2026-10-01", "10:00", "2026-10-01", "10:00:20"],
        ["2026-10-01", "12:30", "2026-10-01", "12:30:44"],
    ]


def test_the_operators_own_text_is_there(db: duckdb.DuckDBPyConnection) -> None:
    story = lookup(db, "40000010", lang="en")
    assert story.messages[0].detail == "Abonnenten finnes ikke"
    facts, _, history = repr(story).partition("What happened")
    assert "Abonnenten finnes ikke" in facts
    assert "Abonnenten finnes ikke" in history


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_story_fits_the_terminal(db: duckdb.DuckDBPyConnection, width: int) -> None:
    text = lookup(db, "a1b2c3").text(width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert text.count("access.log:3") == 1


def test_for_programs_it_is_objects_with_the_columns_names(db: duckdb.DuckDBPyConnection) -> None:
    (row,) = lookup(db, "a1b2c4").to_dicts()
    assert (row["outcome"], row["recipient"], row["reason"], row["submitted_utc"]) == (
        "failed",
        "+4740000002",
        "unknown_subscriber",
        "2026-10-01T08:00:06+00:00",
    )
    events = row["events"]
    assert isinstance(events, list)
    assert [(event["status"], event["event_utc"], event["received_utc"]) for event in events] == [
        ("submitted", None, "2026-10-01T08:00:06+00:00"),
        ("undelivered", "2026-10-01T08:00:00+00:00", "2026-10-01T08:00:31+00:00"),
    ]


@pytest.mark.parametrize("unknown", ["+4740000999", "zz-17", "0"])
def test_what_is_not_there_is_told_with_what_is(db: duckdb.DuckDBPyConnection, unknown: str) -> None:
    with pytest.raises(NoDataError) as error:
        lookup(db, unknown)
    text = str(error.value)
    assert "2026-10-01 10:00:05 to 2026-10-20 10:00:00 Europe/Oslo" in text
    assert "nordic1, table, telenor1" in text
    assert "40000999" not in text
    assert "\n" not in text


def test_nothing_asked_is_wrong_usage(db: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UsageError):
        lookup(db, "  ")


def test_a_number_without_its_country_is_one_of_the_home_country(db: duckdb.DuckDBPyConnection) -> None:
    assert [message.feed for message in lookup(db, "20000160", home_country="DK").messages] == ["nordic1"]
    with pytest.raises(NoDataError):
        lookup(db, "20000160", home_country="NO")
