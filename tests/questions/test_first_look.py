"""What was understood of a load: of logs that have everything that can go wrong, and of one that has nothing."""

from datetime import datetime
from pathlib import Path

import pytest

import sms_analytics as sms
from sms_analytics.cli import main
from sms_analytics.commands.loader import load
from sms_analytics.database.store import connect
from sms_analytics.errors import NoDataError
from sms_analytics.questions.first_look import PROBLEMS, profile
from sms_analytics.text.labels import labels
from tests.small_database import loaded, sent

#: Everything that this small table has no column of ours for is named.
TABLE = "Mottaker;Status;Tidspunkt;Hylle\n40000021;Bekreftet levert;01.10.2026 11:00;7\n40000022;Borte vekk;01.10.2026 11:00;8\n"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("look")
    path = loaded(folder)[0]
    (folder / "shelf.csv").write_text(TABLE, "utf-8")
    (folder / "letter.txt").write_text("Dear all,\nthis is no log.\n", "utf-8")
    days = [sent(f"2026-09-{day:02} 10:00:00", f"00AAAA{day:02}", "+4740000005", feed="quiet") for day in range(1, 22) if day != 13]
    (folder / "quiet.log").write_text("".join(f"{line}\n" for line in days), "utf-8")
    load([str(folder / "shelf.csv"), str(folder / "letter.txt"), str(folder / "quiet.log")], db=path)
    return path


def test_problems_come_first_and_each_finding_has_its_count(db: Path) -> None:
    with connect(db) as connection:
        found = sms.profile(connection)
    assert found["is_problem"].to_list() == sorted(found["is_problem"], reverse=True)
    told = {(row["finding"], (row["of"] or "").rpartition("/")[2]): row for row in found.to_dicts()}
    assert told["file_refused", "letter.txt"]["count"] == 2
    assert (told["records_rejected", "access.log"]["count"], told["records_rejected", "access.log"]["details"]) == (1, "1 / 9")
    assert (told["words_unread", "table"]["count"], told["words_unread", "table"]["details"]) == (1, "Borte vekk")
    assert (told["days_missing", "quiet"]["count"], told["days_missing", "quiet"]["details"]) == (1, "2026-09-13")
    assert told["no_receipts", "quiet"]["count"] == 20
    span = told["span", "quiet"]
    assert (span["first_utc"], span["last_utc"], span["details"]) == (datetime(2026, 9, 1, 8), datetime(2026, 9, 21, 8), "20 + 0")  # noqa: DTZ001
    assert told["columns_found", "shelf.csv"]["details"] == "Mottaker, Status, Tidspunkt"
    assert told["columns_ignored", "shelf.csv"]["details"] == "Hylle"
    assert "duplicates" not in {finding for finding, _ in told}


def test_the_same_line_twice_is_told(db: Path, tmp_path: Path) -> None:
    path = loaded(tmp_path)[0]
    load(str((tmp_path / "logs" / "access.log").rename(tmp_path / "again.log")), db=path)
    again = tmp_path / "more.log"
    again.write_text((tmp_path / "again.log").read_text("utf-8") + sent("2026-10-21 10:00:00", "00A1B2FF", "+4740000001") + "\n", "utf-8")
    load(str(again), db=path)
    with connect(path) as connection:
        found = profile(connection)
    assert [row["count"] > 0 for row in found.to_dicts() if row["finding"] == "duplicates"] == [True]
    del db


def test_nothing_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.log").write_text("", "utf-8")
    load(str(tmp_path / "empty.log"), db=tmp_path / "sms.duckdb")
    with pytest.raises((NoDataError, sms.errors.DatabaseError)), connect(tmp_path / "sms.duckdb") as connection:
        profile(connection)


def test_it_is_printed_with_the_number_of_problems_above(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["loads", "--profile", "--db", str(db), "--lang", "nb"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(" ting å se på, øverst i listen")
    assert lines[4].startswith("Filen kunne ikke leses")
    assert set(PROBLEMS) <= set(labels("finding", "nb"))
