"""A web log of two programs: loaded once for each, and what is replaced is only that format's load."""

from datetime import timedelta
from pathlib import Path

import pytest

from sms_analytics import loader, unloading
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


def test_a_load_with_the_wrong_format_is_taken_out(mixed: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, mixed, format="smpp")
    log.load(db, mixed, format="kannel")
    unloading.unload(1, db=db)
    loader.load(str(mixed), db=tmp_path / "only.duckdb", format="kannel", time_zone=log.ZONE)
    assert log.messages(db) == log.messages(tmp_path / "only.duckdb")
