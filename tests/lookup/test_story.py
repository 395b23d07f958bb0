"""What the story says beside the message itself: whether it was paid for, what went on around it, the other messages of its number."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sms_analytics.commands.loader import load
from sms_analytics.database.store import connect
from sms_analytics.lookup.answer import Names, Surroundings, lookup
from sms_analytics.lookup.in_words import message_text
from sms_analytics.lookup.story import charged
from sms_analytics.lookup.wording import Reader, spaced
from tests import small_database
from tests.lookup.test_cases import truth
from tests.small_database import received, sent

NB, EN = Reader("nb", "Europe/Oslo"), Reader("en", "Europe/Oslo")


@pytest.fixture(scope="module")
def db(sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(sample) as connection:
        yield connection


@pytest.fixture(scope="module")
def surroundings(db: duckdb.DuckDBPyConnection) -> Surroundings:
    return Surroundings(db)


def ids(kind: str) -> list[str]:
    return [row["message_id"] for row in truth() if row["story"] == kind and row["message_id"]]


@pytest.mark.parametrize(
    ("charge", "said", "outcome", "paid"),
    [
        (None, None, "delivered", "not_premium"),
        ("premium", None, "delivered", "charged"),
        ("premium", None, "failed", "not_charged"),
        ("premium", None, "stopped", "not_charged"),
        ("premium", None, "no_status", "never_confirmed"),
        ("premium", None, "awaiting_status", "not_yet"),
        ("premium", "failed", "delivered", "failed"),
        ("premium", "refunded", "delivered", "refunded"),
        (None, "none", "delivered", "not_premium"),
        ("cost", None, "delivered", "not_premium"),
        ("cost", "unknown", "no_status", "not_premium"),
    ],
)
def test_premium_messages_are_charged_only_when_confirmed(charge: str | None, said: str | None, outcome: str, paid: str) -> None:
    assert charged(charge, said, outcome) == paid


def test_premium_messages_of_the_sample(db: duckdb.DuckDBPyConnection, surroundings: Surroundings) -> None:
    for kind, paid in (("premium_delivered", "charged"), ("premium_failed", "not_charged"), ("premium_silent", "never_confirmed")):
        assert {lookup(db, id, surroundings=surroundings).messages[0].charged for id in ids(kind)[:3]} == {paid}


def test_messages_of_an_outage_say_so_and_no_others(db: duckdb.DuckDBPyConnection, surroundings: Surroundings) -> None:
    inside = lookup(db, ids("receipt_outage")[0], surroundings=surroundings).messages[0]
    assert "uteble mange statusmeldinger fra Telia" in message_text(inside, NB).answers["nb"]
    assert inside.outage
    assert (inside.outage.feed, inside.outage.kind, inside.outage.messages, inside.outage.bad) == ("telia1", "lost", 64, 64)
    assert "trolig hos oss eller operatøren" in message_text(inside, NB).around[0]
    assert message_text(inside, NB).shared == message_text(inside, NB).around
    outside = lookup(db, ids("silent")[0], surroundings=surroundings).messages[0]
    assert outside.outage is None
    assert "had no outage of receipts then" in message_text(outside, EN).around[0]
    assert message_text(outside, EN).shared == ()


def test_the_same_hour_counts_others_on_the_same_operator(db: duckdb.DuckDBPyConnection, surroundings: Surroundings) -> None:
    message = lookup(db, ids("receipt_outage")[0], surroundings=surroundings).messages[0]
    same = message.same_hour
    assert same
    ((messages, delivered, failed, rest),) = db.execute(
        """
        SELECT count(*), count(*) FILTER (outcome = 'delivered'), count(*) FILTER (outcome = 'failed'),
            count(*) FILTER (outcome NOT IN ('delivered', 'failed'))
        FROM messages
        WHERE operator = $operator AND date_trunc('hour', submitted_utc) = $hour AND recipient <> $recipient AND NOT refused
            AND outcome IN ('delivered', 'partly_confirmed', 'failed', 'out_of_coverage', 'awaiting_status', 'no_status', 'unrecognised')
        """,
        {"operator": message.operator, "hour": same.hour_utc, "recipient": message.recipient},
    ).fetchall()
    assert (same.messages, same.delivered, same.failed, same.without_final) == (messages, delivered, failed, rest)
    assert "Det er ikke bare dette nummeret" in message_text(message, NB).around[1]


def test_how_an_operator_behaves_is_what_the_rates_say(db: duckdb.DuckDBPyConnection, surroundings: Surroundings) -> None:
    habits = {}
    for row in truth():
        if row["operator"] and row["message_id"] and row["operator"] not in habits:
            message = lookup(db, row["message_id"], surroundings=surroundings).messages[0]
            habits[message.operator] = message.habit
    assert {operator for operator, habit in habits.items() if habit and habit.reports_absence} == {"Telenor"}
    telenor = habits["Telenor"]
    assert telenor
    ((sent_messages, delivered),) = db.execute(
        """
        SELECT count(*), count(*) FILTER (outcome = 'delivered')
        FROM messages
        WHERE operator = 'Telenor' AND NOT submission_missing AND NOT refused
            AND outcome IN ('delivered', 'partly_confirmed', 'failed', 'out_of_coverage', 'awaiting_status', 'no_status', 'unrecognised')
        """
    ).fetchall()
    assert (telenor.sent, telenor.rate_confirmed) == (sent_messages, delivered / sent_messages)


def test_other_messages_of_the_number_are_listed_newest_first(db: duckdb.DuckDBPyConnection, surroundings: Surroundings) -> None:
    first = ids("phone_off_expired")[0]
    story = lookup(db, first, surroundings=surroundings)
    (message,) = story.messages
    known = db.execute("SELECT message_key FROM messages WHERE recipient = $r ORDER BY submitted_utc DESC", {"r": message.recipient}).fetchall()
    assert [brief.message_key for brief in story.others] == [key for (key,) in known if key != message.message_key]
    assert len(story.others) > 5
    by_number = lookup(db, message.recipient or "", surroundings=surroundings)
    assert [message.message_key for message in by_number.messages] == [key for (key,) in known]
    assert by_number.others == ()
    assert len(by_number.further()) == len(known) - 1


def test_names_of_the_configuration_are_used(db: duckdb.DuckDBPyConnection, surroundings: Surroundings) -> None:
    text = repr(lookup(db, ids("cancelled")[0], surroundings=surroundings, names=Names({"bank1": "Prøvebanken AS"}, {"B42": "Faktura"})))
    assert "Konto: Prøvebanken AS (bank1)" in text
    assert "Utsendelse: Faktura (B42)" in text


def test_a_feed_is_told_with_its_name_and_id(tmp_path: Path) -> None:
    path, _ = small_database.loaded(tmp_path)
    with connect(path) as db:
        text, english = (repr(lookup(db, "00A1B2C5", lang=lang, names=Names(feeds={"telenor1": "Hovedlinjen"}))) for lang in ("nb", "en"))
    assert "Forbindelse: Hovedlinjen (telenor1)" in text
    assert "Feed: Hovedlinjen (telenor1)" in english


def test_what_others_wrote_cannot_steer_the_terminal(tmp_path: Path) -> None:
    row = '7000099;40000011;SMS feilet;Telia;01.10.2026 11:00;"\x1b[31m<b>Avvist</b>";ordre-9'
    head = "Meldings-ID;Mottaker;Status;Teleoperatør;Tidspunkt;Tilbakemelding;Kundereferanse"
    (tmp_path / "export.csv").write_text(f"{head}\n{row}\n", "utf-8")
    (tmp_path / "sms_analytics.toml").write_text('time_zone = "Europe/Oslo"\n', "utf-8")
    load(str(tmp_path / "export.csv"), db=tmp_path / "sms.duckdb")
    with connect(tmp_path / "sms.duckdb") as db:
        text = lookup(db, "ordre-9").text(100)
    assert "<b>Avvist</b>" in text
    assert "\x1b" not in text


def test_the_text_of_a_message_is_nowhere(tmp_path: Path) -> None:
    lines = [
        sent("2026-10-01 10:00:05", "00A1B2C3", "+4740000001"),
        received("2026-10-01 10:00:20", "00A1B2C3", "+4740000001", done="2610011000"),
    ]
    (tmp_path / "access.log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    assert load(str(tmp_path / "access.log"), db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo").faults == []
    with connect(tmp_path / "sms.duckdb") as db:
        story = lookup(db, "40000001")
    assert "Hemmelig" in "".join(lines)
    assert "Hemmelig" not in repr(story) + repr(story.messages) + repr(story.to_dicts())


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+4740000001", "+47 400 00 001"), ("+4522000000", "+45 22 00 00 00"), ("2262", "2262"), ("Klinikken", "Klinikken"), ("+1", "+1")],
)
def test_numbers_are_written_as_people_do(number: str, shown: str) -> None:
    assert spaced(number) == shown


@pytest.mark.parametrize(
    ("seconds", "nb", "en"),
    [(5, "5 s", "5 sec"), (119, "119 s", "119 sec"), (150, "2 min", "2 minutes"), (7200, "2 timer", "2 hours"), (200000, "2 døgn", "2 days")],
)
def test_durations_are_about_right(seconds: float, nb: str, en: str) -> None:
    assert (NB.duration(seconds), EN.duration(seconds)) == (nb, en)
