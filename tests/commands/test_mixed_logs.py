"""A web log of two programs: loaded once for each, and what is replaced is only that format's load."""

from datetime import timedelta
from pathlib import Path

import pytest

from sms_analytics.commands import loader, unloading
from tests import kannel_log as log

FRONT = [
    '203.0.113.9 - - [20/Oct/2026:10:00:07 +0200] "GET /front/status?origid=81234567&status=4 HTTP/1.1" 200 4',
    '203.0.113.9 - - [20/Oct/2026:10:00:08 +0200] "GET /front/status?origid=81234568&status=5 HTTP/1.1" 200 4',
]
KANNEL = [log.sent(1, log.START), log.receipt(1, log.START + timedelta(seconds=9))]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.log"
    path.write_text("".join(f"{line}\n" for line in (FRONT[0], *KANNEL, FRONT[1])), "utf-8")
    return path


def formats(db: Path) -> list[tuple[int, str, int]]:
    return [(load["load_id"], load["format"], load["events"]) for load in log.loads(db)]


@pytest.mark.parametrize("order", [("front", "kannel"), ("kannel", "front")])
def test_each_format_is_loaded_beside_the_other(order: tuple[str, str], mixed: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    for number, format in enumerate(order, 1):
        report = log.load(db, mixed, format=format)
        assert (report.faults, len(report.loads)) == ([], 1)
        assert formats(db)[number - 1 :] == [(number, format, 2)]
    assert {row["feed"]: row["outcome"] for row in log.messages(db) if row["feed"] != "front"} == {"telia1": "delivered"}
    assert log.counts(db)[0][0] == log.counts(db)[1][0] == 4
    # The same again does nothing, for either.
    assert [log.load(db, mixed, format=format).known for format in order] == [[str(mixed)], [str(mixed)]]
    assert len(formats(db)) == 2


def test_replacing_one_leaves_the_other(mixed: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, mixed, format="front")
    log.load(db, mixed, format="kannel")
    log.load(db, mixed, format="kannel", time_zone="UTC", replace=True)
    assert formats(db) == [(1, "front", 2), (3, "kannel", 2)]
    log.load(db, mixed, format="front", account="kunde7", replace=True)
    assert formats(db) == [(3, "kannel", 2), (4, "front", 2)]


def test_a_mixed_log_that_has_grown_is_read_on_for_each(mixed: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    for format in ("front", "kannel"):
        log.load(db, mixed, format=format)
    with mixed.open("a", encoding="utf-8") as file:
        file.write(f"{FRONT[0].replace('81234567', '81234569')}\n{log.sent(2, log.START)}\n")
    for format in ("front", "kannel"):
        log.load(db, mixed, format=format)
    assert formats(db) == [(1, "front", 2), (2, "kannel", 2), (3, "front", 1), (4, "kannel", 1)]
    assert [counts[0] for counts in log.counts(db)] == [4, 4, 2, 2]


def only_kannel(mixed: Path, folder: Path) -> list[log.Row]:
    loader.load(str(mixed), db=folder / "only.duckdb", format="kannel", time_zone=log.ZONE)
    return log.messages(folder / "only.duckdb")


def test_a_load_with_the_wrong_format_is_taken_out(mixed: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, mixed, format="smpp")
    # The receipt was accepted as one of SMPP, so only the submission is left.
    assert [(one.accepted, one.skipped) for one in log.load(db, mixed, format="kannel").loads] == [(1, 1)]
    told = unloading.unload(1, db=db).warnings
    assert [text for text in told if text.startswith(f"{mixed}: ")] != []
    assert log.load(db, mixed, format="kannel").known == []
    assert log.messages(db) == only_kannel(mixed, tmp_path)
    assert log.load(db, mixed, format="kannel").known == [str(mixed)]


def test_replacing_takes_out_what_another_format_made_of_the_same_records(mixed: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, mixed, format="smpp")
    log.load(db, mixed, format="front")
    log.load(db, mixed, format="kannel", replace=True)
    assert formats(db) == [(2, "front", 2), (3, "kannel", 2)]


def test_no_record_is_accepted_as_two_formats(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", [line for line in log.lines(9) if "Receive DLR" in line]), tmp_path / "sms.duckdb"
    log.load(db, path)
    before = log.messages(db)
    for other in (path, log.written(tmp_path / "copy.log", path.read_text("utf-8").splitlines())):
        report = log.load(db, other, format="smpp", feed="f")
        assert report.faults == [f"{other}: its content is there already as load 1, read as kannel; give --replace to load it again as smpp"]
    assert log.messages(db) == before
    report = log.load(db, path, format="smpp", feed="f", replace=True)
    assert [(one["load_id"], one["format"]) for one in log.loads(db)] == [(2, "smpp")]
    assert len(log.messages(db)) == len(before)


def test_what_a_table_and_a_log_number_otherwise_is_refused_as_a_whole(tmp_path: Path) -> None:
    path, db = tmp_path / "a.csv", tmp_path / "sms.duckdb"
    path.write_text("Id;Mottaker;Status;Sendt\n5C01A9;+4740000001;Levert;18.03.2026 09:14\n", "utf-8")
    assert log.load(db, path).faults == []
    (fault,) = log.load(db, path, format="smpp").faults
    assert "is there already as load 1, read as table" in fault
    assert len(log.load(db, path, format="smpp", replace=True).loads) == 1
    assert [one["format"] for one in log.loads(db)] == ["smpp"]


def test_records_that_another_format_accepted_stay_its_own_when_the_log_grows(mixed: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, mixed, format="kannel")
    with mixed.open("a", encoding="utf-8") as file:
        file.write(f"{log.receipt(7, log.START)}\n")
    (load,) = log.load(db, mixed, format="smpp").loads
    assert (load.records, load.accepted, load.skipped, load.rejected) == (5, 1, 4, 0)
