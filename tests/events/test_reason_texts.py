"""Operators' and portals' own texts: which of them say a reason, and that they do so in every answer."""

from pathlib import Path

import polars as pl
import pytest

import sms_analytics as sms
from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.events import reason_texts
from sms_analytics.questions.unmapped import unmapped
from sms_analytics.vocabulary import REASONS

TABLE = "Melding-ID;Mottaker;Sendt;Status;Statustid;Feiltekst\n"
ROWS = (
    "1;+4740000001;18.03.2026 09:00:00;SMS feilet;18.03.2026 09:01:00;Nummeret er ikke lenger i bruk\n"
    "2;+4740000002;18.03.2026 09:00:00;SMS feilet;18.03.2026 09:01:00;Feil 17: telefonen er slått av\n"
    "3;+4740000003;18.03.2026 09:00:00;SMS feilet;18.03.2026 09:01:00;Ruteskifte 12 pågår\n"
    "4;+4740000004;18.03.2026 09:00:00;SMS feilet;18.03.2026 09:01:00;Ruteskifte 345 pågår\n"
    "5;+4740000005;18.03.2026 09:00:00;SMS feilet;18.03.2026 09:01:00;Ukjent feil\n"
    "6;+4740000006;18.03.2026 09:00:00;Bekreftet levert;18.03.2026 09:01:00;Telefonen er slått av\n"
)


def said(*texts: str) -> list[str | None]:
    return reason_texts.reasons(pl.Series(texts)).to_list()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Absent subscriber", "absent_subscriber"),
        ("EC_ABSENT_SUBSCRIBER (27)", "absent_subscriber"),
        ("Error 6 - absent subscriber.", "absent_subscriber"),
        ("Delivery failed because the handset is switched off", "absent_subscriber"),
        ("The number has been disconnected", "unknown_subscriber"),
        ("Message failed to deliver since Destination/To number doesn't exist.", "unknown_subscriber"),
        ("Memory capacity exceeded", "memory_full"),
        ("Nummeret er ikke lenger i bruk", "unknown_subscriber"),
        ("SMS feilet: Nummeret finnes ikke", "unknown_subscriber"),
        ("Meldingen kunne ikke leveres fordi telefonen er slått av", "absent_subscriber"),
        ("Abonnenten er midlertidig sperret", "subscriber_barred_temporarily"),
        ("Abonnenten er sperret for takserte meldinger", "premium_barred"),
        ("Stanset av avsender", "cancelled"),
        ("Mottakeren står på STOPP-listen", "recipient_opted_out"),
        ("Nummeret er ikkje i bruk", "unknown_subscriber"),
        ("Numret används inte längre", "unknown_subscriber"),
        ("Mottagaren saknar täckning", "absent_subscriber"),
        ("Modtagerens telefon er slukket", "absent_subscriber"),
        ("Nummeret er porteret", "portability_error"),
        ("Puhelin on suljettu", "absent_subscriber"),
        ("Numero ei ole käytössä", "unknown_subscriber"),
    ],
)
def test_wordings_in_five_languages(text: str, reason: str) -> None:
    assert said(text, text.upper(), f"  {text} ") == [reason] * 3


@pytest.mark.parametrize(
    "text",
    [
        "Subscriber is not barred",
        "Not blacklisted",
        "Ikke sperret",
        "Invalid number of segments",
        "The account is no longer in use",
        'The text was "memory full"',
        "Innholdet var «uten dekning»",
        "Reply STOP to opt out",
        "If the phone is switched off, try again",
        "Number not in use or phone is switched off",
        "Operator text",
        "",
    ],
)
def test_other_senses_say_nothing(text: str) -> None:
    assert said(text) == [None]


def test_an_expired_message_is_explained_by_what_stands_beside_it() -> None:
    assert said("Message expired - absent subscriber", "Message expired") == ["absent_subscriber", "validity_expired"]


def test_the_table_is_sound() -> None:
    table = reason_texts.wordings()
    assert set(table["reason"].drop_nulls()) <= set(REASONS)
    assert set(table["stands"]) == {"part", "whole"}
    assert table["source"].null_count() == 0
    two = table.unique(["text", "reason"]).filter(pl.col("text").is_duplicated())
    assert two["text"].to_list() == []


def load(folder: Path, configuration: str = "") -> Path:
    (folder / "sms_analytics.toml").write_text('time_zone = "Europe/Oslo"\n' + configuration, "utf-8")
    (folder / "a.csv").write_text(TABLE + ROWS, "utf-8")
    db = folder / "sms.duckdb"
    assert loader.load(str(folder / "a.csv"), db=db).faults == []
    return db


def reasons(db: Path) -> dict[str, str | None]:
    with store.connect(db) as connection:
        return dict(connection.sql("SELECT message_id, reason FROM messages ORDER BY message_id").fetchall())


def listed(db: Path) -> list[tuple[str, str, int, str]]:
    with store.connect(db) as connection:
        return unmapped(connection, config=db.parent / "sms_analytics.toml").select("what", "written", "events", "toml").rows()


def test_the_text_decides_in_all_answers(tmp_path: Path) -> None:
    db = load(tmp_path)
    assert reasons(db) == {
        "1": "unknown_subscriber",
        "2": "absent_subscriber",
        "3": "unspecified",
        "4": "unspecified",
        "5": "unspecified",
        "6": None,
    }
    with store.connect(db) as connection:
        found = sms.reasons(connection).select("reason", "messages").rows()
        shown = sms.lookup(connection, "+4740000001").messages[0]
    assert sorted(found) == [("absent_subscriber", 1), ("unknown_subscriber", 1), ("unspecified", 3)]
    assert shown.reason == "unknown_subscriber"


def test_unknown_texts_are_listed_once_with_the_lines_that_map_them(tmp_path: Path) -> None:
    db = load(tmp_path)
    line = '[feeds.table.texts]\n"Ruteskifte # pågår" = "?"'
    assert listed(db) == [("text", "Ruteskifte # pågår", 2, line)]
    mapped = 'time_zone = "Europe/Oslo"\n' + line.replace("?", "network_error")
    (tmp_path / "sms_analytics.toml").write_text(mapped, "utf-8")
    assert listed(db) == []
    changes = sms.remap(db=db).changes
    assert changes.select("changed", "before", "after", "count").rows() == [("reason", "unspecified", "network_error", 2)]
    assert (reasons(db)["3"], reasons(db)["4"]) == ("network_error", "network_error")
    # Without the line the texts have no meaning again.
    (tmp_path / "sms_analytics.toml").write_text('time_zone = "Europe/Oslo"\n', "utf-8")
    sms.remap(db=db)
    assert reasons(db)["3"] == "unspecified"


def test_a_feeds_text_wins_over_that_for_all(tmp_path: Path) -> None:
    db = load(tmp_path, '[texts]\n"ruteskifte 9 pågår!" = "network_error"\n[feeds.table.texts]\n"Ruteskifte # pågår" = "no_route"\n')
    assert reasons(db)["3"] == "no_route"


def test_a_waiting_status_with_such_a_text_is_out_of_coverage(tmp_path: Path) -> None:
    (tmp_path / "sms_analytics.toml").write_text('time_zone = "UTC"\n', "utf-8")
    (tmp_path / "cb.log").write_text(
        '{"id": "a1", "recipient": "4740000001", "status": "sent", "statusReason": "absent subscriber", "statusDatetime": "2026-03-18T08:00:00Z"}\n',
        "utf-8",
    )
    db = tmp_path / "sms.duckdb"
    assert loader.load(str(tmp_path / "cb.log"), db=db).faults == []
    with store.connect(db) as connection:
        assert connection.sql("SELECT status, reason FROM events WHERE kind = 'receipt'").fetchall() == [("buffered", "absent_subscriber")]
