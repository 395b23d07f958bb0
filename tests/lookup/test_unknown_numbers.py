"""Numbers that are not there, or not whole: what is loaded, and which ones can be meant."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sms_analytics.commands.loader import load
from sms_analytics.database.store import connect
from sms_analytics.errors import NoDataError
from sms_analytics.lookup.answer import NothingFoundError, Reader, lookup
from sms_analytics.text.labels import Lang
from tests.small_database import loaded


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(loaded(tmp_path_factory.mktemp("unknown"))[0]) as connection:
        yield connection


def nothing(db: duckdb.DuckDBPyConnection, asked: str, home_country: str = "NO") -> NothingFoundError:
    with pytest.raises(NothingFoundError) as raised:
        lookup(db, asked, home_country=home_country)
    return raised.value


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("40000004", ["+4740000002", "+4740000001", "+4740000003"]),
        ("+47 400 00 005", ["+4740000001", "+4740000003", "+4740000002"]),
        ("4000001", ["+4740000010", "+4740000001"]),  # one too few
        ("0047400000010", ["+4740000010", "+4740000001"]),  # one too many
        ("40000100", ["+4740000010"]),  # two that have changed places
        ("+4520000610", ["+4520000160"]),
    ],
)
def test_numbers_typed_wrong(db: duckdb.DuckDBPyConnection, typed: str, meant: list[str]) -> None:
    error = nothing(db, typed)
    assert {one.recipient for one in error.near} == set(meant)
    newest = [one.last_utc for one in error.near if one.last_utc]
    assert newest == sorted(newest, reverse=True)
    assert isinstance(error, NoDataError)


@pytest.mark.parametrize("typed", ["+4799999999", "zz-17", "0", "A1B2C9", "123"])
def test_what_is_like_nothing_finds_nothing_like_it(db: duckdb.DuckDBPyConnection, typed: str) -> None:
    assert nothing(db, typed).near == ()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["Fant ingenting for 40000004", "Mente du et av disse?", "+47 400 00 001  (2 meldinger, sist 2026-10-20 10:00:00)", "Lest inn er 6"]),
        ("en", ["Nothing found for 40000004", "Did you mean", "+47 400 00 001  (2 messages, latest 2026-10-20", "6 messages are loaded, from 1 Oct"]),
    ],
)
def test_it_is_said_in_words_with_period_and_feeds(db: duckdb.DuckDBPyConnection, lang: Lang, words: list[str]) -> None:
    text = nothing(db, "40000004").text(Reader(lang, "Europe/Oslo"))
    assert [word for word in [*words, "nordic1, table, telenor1"] if word not in text] == []


def test_the_error_is_one_line_without_the_number(db: duckdb.DuckDBPyConnection) -> None:
    for typed in ("40000004", "+4799999999", "4000001", "4,74E+09"):
        text = str(nothing(db, typed))
        assert "\n" not in text
        assert "4000000" not in text
        assert "99999999" not in text
    assert "(3 similar numbers are loaded)" in str(nothing(db, "40000004"))


class TestCutByExcel:
    @pytest.mark.parametrize("typed", ["4,74E+09", "4.74E+09", "4,74e9", "+4,74E+09"])
    def test_all_that_it_can_have_been(self, db: duckdb.DuckDBPyConnection, typed: str) -> None:
        error = nothing(db, typed)
        assert error.cut
        assert {one.recipient for one in error.near} == {"+4740000001", "+4740000002", "+4740000003", "+4740000010"}

    def test_more_digits_leave_fewer(self, db: duckdb.DuckDBPyConnection) -> None:
        assert {one.recipient for one in nothing(db, "4,74000001E+09").near} == {"+4740000010"}

    def test_without_the_country(self, db: duckdb.DuckDBPyConnection) -> None:
        assert {one.recipient for one in nothing(db, "4,0E+07").near} == {"+4740000001", "+4740000002", "+4740000003", "+4740000010"}

    def test_all_digits_are_no_riddle(self, db: duckdb.DuckDBPyConnection) -> None:
        story = lookup(db, "4,740000001E+09")
        assert (story.asked, len(story.messages), story.near) == ("+4740000001", 2, ())

    @pytest.mark.parametrize(("typed", "words"), [("4,74E+09", "Det kan være 4 av"), ("4,52E+09", "Bare ett av"), ("4,61E+09", "Ingen av")])
    def test_it_is_said_in_words(self, db: duckdb.DuckDBPyConnection, typed: str, words: str) -> None:
        text = nothing(db, typed).text(Reader("nb", "Europe/Oslo"))
        assert f"Excel har kuttet nummeret {typed}" in text
        assert words in text

    def test_a_number_that_was_cut_in_the_log_is_found_and_told(self, tmp_path: Path) -> None:
        rows = (
            "Meldings-ID;Mottaker;Status;Teleoperatør;Tidspunkt",
            "7000020;4,74E+09;SMS feilet;Telia;01.10.2026 11:00",
            "7000021;40000021;Bekreftet levert;Telia;01.10.2026 11:00",
        )
        (tmp_path / "export.csv").write_text("".join(f"{row}\n" for row in rows), "utf-8")
        assert load(str(tmp_path / "export.csv"), db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo").faults == []
        with connect(tmp_path / "sms.duckdb") as db:
            story = lookup(db, "4,74E+09")
        assert [message.message_id for message in story.messages] == ["7000020"]
        assert [one.recipient for one in story.near] == ["+4740000021"]
        assert "Bare ett av numrene" in repr(story)
        assert "+47 400 00 021" in repr(story)
