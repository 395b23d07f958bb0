"""What support is asked most, each answered by one screen: the stories are checked in, `ACCEPT=1` writes them anew."""

import csv
import os
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb
import pytest

from sms_analytics.database.store import connect
from sms_analytics.lookup.answer import Story, Surroundings, lookup
from sms_analytics.text.labels import LANGS, Lang
from tests.lookup.conftest import ROOT

FOLDER = Path(__file__).parent
#: A terminal of usual width, and of the height of a usual screen.
WIDTH, HEIGHT = 110, 50

#: Support looks on the day after the logs end.
NOW = datetime(2026, 10, 26, 8)  # noqa: DTZ001  # naive UTC, as everywhere

#: The kind of story, and what `truth.csv` calls it.
CASES = {
    "number_not_in_use": "unknown_subscriber",
    "phone_off_then_expired": "phone_off_expired",
    "out_of_coverage_now": "phone_off_now",
    "delivered_but_denied": "delivered_fast",
    "silent_operator": "silent",
    "outage": "receipt_outage",
    "stop_list": "opted_out",
    "awaiting_approval": "awaiting_approval",
    "cancelled": "cancelled",
    "premium_not_charged": "premium_failed",
    "conflicting_receipts": "conflict",
}
#: What the screen must say, whatever else it says.
MUST_SAY = {
    "number_not_in_use": ("SMS feilet: Nummeret er ikke i bruk", "Fjern nummeret fra listen", "Belastet  "),
    "phone_off_then_expired": ("SMS feilet: Telefonen er av eller uten dekning", "normalt opptil 7 dager", "Utløpt"),
    "out_of_coverage_now": ("Uten dekning", "Ikke send på nytt", "Ingen ennå"),
    "delivered_but_denied": ("Bekreftet levert", "Start telefonen på nytt", "datoen på den siste SMS-en"),
    "silent_operator": ("Ingen status mottatt", "Ingen. Fristen gikk ut", "verken at den er levert eller"),
    "outage": ("uteble 64 statusmeldinger", "telia1"),
    "stop_list": ("Stanset: Mottakeren har reservert seg", "STOPP-listen"),
    "awaiting_approval": ("Til godkjenning", "ikke er godkjent på forhånd"),
    "cancelled": ("Stanset: Annullert", "Avsenderen annullerte meldingen"),
    "premium_not_charged": ("SMS feilet", "Nei. Meldingen er taksert"),
    "conflicting_receipts": ("Bekreftet levert", "Det kom motstridende statuser"),
}


@cache
def truth() -> list[dict[str, str]]:
    with (ROOT / "data" / "sample" / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def asked(case: str) -> str:
    """The id of the first message of that kind."""
    return next(row["message_id"] for row in truth() if row["story"] == CASES[case] and row["message_id"] and row["country"] == "NO")


@pytest.fixture(scope="module")
def db(sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(sample) as connection:
        yield connection


@pytest.fixture(scope="module")
def surroundings(db: duckdb.DuckDBPyConnection) -> Surroundings:
    return Surroundings(db)


def story(db: duckdb.DuckDBPyConnection, surroundings: Surroundings, case: str, lang: Lang) -> Story:
    return lookup(db, asked(case), lang=lang, surroundings=surroundings, now=NOW)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("case", CASES)
def test_the_story_is_as_checked_in(db: duckdb.DuckDBPyConnection, surroundings: Surroundings, case: str, lang: Lang) -> None:
    told = story(db, surroundings, case, lang).text(WIDTH) + "\n"
    file = FOLDER / f"{case}.{lang}.txt"
    if os.environ.get("ACCEPT"):
        file.write_text(told, "utf-8")
    assert told == file.read_text("utf-8")


def test_nothing_else_is_checked_in() -> None:
    assert {file.name for file in FOLDER.glob("*.txt")} == {f"{case}.{lang}.txt" for case in CASES for lang in LANGS}


@pytest.mark.parametrize("case", CASES)
def test_one_screen_answers(db: duckdb.DuckDBPyConnection, surroundings: Surroundings, case: str) -> None:
    lines = story(db, surroundings, case, "nb").text(WIDTH).splitlines()
    assert max(map(len, lines)) <= WIDTH
    screen = re.sub(r"\s+", " ", " ".join(lines[:HEIGHT]))
    assert [words for words in MUST_SAY[case] if words.strip() not in screen] == []
    assert "Hva som skjedde" in screen
