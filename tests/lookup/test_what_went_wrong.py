"""What went wrong comes first, an answer says up to when the logs speak, and nothing in it is contradicted by the clock."""

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pytest

from sms_analytics.commands.loader import load
from sms_analytics.database.store import connect
from sms_analytics.lookup.answer import lookup
from sms_analytics.lookup.in_words import message_text
from sms_analytics.lookup.wording import Reader
from tests.small_database import CONFIGURATION, received, sent

NB = Reader("nb", "Europe/Oslo")
#: The logs end on 21 October at 10:00:20 in Oslo, 08:00:20 UTC.
LINES = (
    sent("2026-10-01 10:00:00", "00A1B201", "+4740000001"),
    received("2026-10-01 10:00:20", "00A1B201", "+4740000001", done="2610011000"),
    sent("2026-10-02 10:00:00", "00A1B202", "+4740000001"),
    received("2026-10-02 10:00:20", "00A1B202", "+4740000001", done="2610021000", stat="UNDELIV", err="001", mask="2"),
    sent("2026-10-03 10:00:00", "00A1B203", "+4740000001"),
    received("2026-10-03 10:00:20", "00A1B203", "+4740000001", done="2610031000"),
    sent("2026-10-21 10:00:00", "00A1B204", "+4740000002"),
    sent("2026-10-21 10:00:00", "00A1B205", "+4740000003"),
    received("2026-10-21 10:00:20", "00A1B205", "+4740000003", done="2610211000", stat="ENROUTE", err="027", mask="4"),
)
SOON, LATER = datetime(2026, 10, 21, 12), datetime(2026, 11, 20)  # noqa: DTZ001  # naive UTC


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "access.log").write_text("".join(f"{line}\n" for line in LINES), "utf-8")
    (folder / "sms_analytics.toml").write_text(CONFIGURATION, "utf-8")
    load(str(folder / "access.log"), db=folder / "sms.duckdb")
    with connect(folder / "sms.duckdb") as connection:
        yield connection


def test_a_failed_message_stands_before_a_newer_one_that_arrived(db: duckdb.DuckDBPyConnection) -> None:
    story = lookup(db, "40000001", now=SOON)
    assert [message.message_id for message in story.messages] == ["00A1B203", "00A1B202", "00A1B201"]
    assert story.in_full() == (1, 0)
    assert [one.message_id for one in story.further(*story.in_full())] == ["00A1B201"]
    text = story.text(80)
    assert 0 < text.index("SMS feilet: ") < text.index("Bekreftet levert\n") < text.index("Andre meldinger til nummeret")
    assert text.count("Svar til kunden") == 2


def test_where_the_newest_went_wrong_or_none_did_it_stands_alone(db: duckdb.DuckDBPyConnection) -> None:
    assert lookup(db, "00A1B202", now=SOON).in_full() == (0,)
    assert lookup(db, "40000002", now=SOON).in_full() == (0,)


@pytest.mark.parametrize(("now", "is_told"), [(SOON, False), (LATER, True)])
def test_logs_that_end_long_ago_are_told_of(db: duckdb.DuckDBPyConnection, now: datetime, *, is_told: bool) -> None:
    text = lookup(db, "40000001", now=now).text()
    assert "Loggene rekker til  " in text
    assert "21. oktober 2026 kl. 10.00" in text
    assert ("Loggene slutter 21. oktober 2026 kl. 10.00" in text) is is_told


@pytest.mark.parametrize("number", ["40000002", "40000003"])
def test_nobody_waits_for_a_day_that_is_past(db: duckdb.DuckDBPyConnection, number: str) -> None:
    before, after = (message_text(lookup(db, number, now=now).messages[0], NB) for now in (SOON, LATER))
    assert any("Vi venter på status til 29. oktober 2026 kl. 09.00" in note for note in before.notes)
    said = " ".join([after.title, after.meaning, after.sender_can, after.recipient_can, *after.notes, *after.answers.values()])
    assert [word for word in ("venter", "Vent ", "Vent.", "wait", "prøver av seg selv", "keeps trying") if word in said] == []
    assert "da loggene sluttet" in after.title
    assert "21. oktober 2026 kl. 10.00" in after.answers["nb"]
    assert any("Fristen 29. oktober 2026 kl. 09.00 er ute" in note for note in after.notes)
