"""Events that stand several times in the logs: stored once, counted, and their other places kept."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests import kannel_log as log

FIRST = log.receipt(1, log.START)
SECOND = log.receipt(2, log.START + timedelta(minutes=1), "UNDELIV", "011")
THIRD = log.sent(3, log.START + timedelta(minutes=2))


def loaded(folder: Path, *files: list[str], **options: str) -> Path:
    db = folder / "sms.duckdb"
    for number, lines in enumerate(files, start=1):
        assert log.load(db, log.written(folder / f"{number}.log", lines), **options).faults == []
    return db


def copies(db: Path) -> list[tuple[int, int, int]]:
    return [(row["load_id"], row["record_no"], row["copies"]) for row in log.rows(db, "FROM events ORDER BY load_id, record_no")]


def sightings(db: Path) -> list[tuple[int, ...]]:
    return [tuple(row.values()) for row in log.rows(db, "FROM sightings ORDER BY ALL")]


def folded(db: Path) -> dict[str, tuple[int, int]]:
    return {message["message_id"]: (message["receipts"], message["folded"]) for message in log.messages(db)}


def test_a_record_that_stands_three_times_in_a_log_is_stored_once(tmp_path: Path) -> None:
    db = loaded(tmp_path, [FIRST, SECOND, FIRST, THIRD, FIRST])
    assert copies(db) == [(1, 1, 3), (1, 2, 1), (1, 4, 1)]
    assert log.counts(db) == [(5, 5, 0, 0)]
    assert [(load["events"], load["duplicates"]) for load in log.loads(db)] == [(3, 2)]
    assert sightings(db) == []
    assert folded(db) == {"00000001": (1, 2), "00000002": (1, 0), "00000003": (0, 0)}


def test_records_far_apart_in_a_log_are_recognised_too(tmp_path: Path) -> None:
    lines = log.lines(3000, first=10)
    db = loaded(tmp_path, [FIRST, *lines, FIRST, *lines[:100]])
    assert [(load["events"], load["duplicates"]) for load in log.loads(db)] == [(len(lines) + 1, 101)]
    assert log.rows(db, "SELECT copies, count(*) AS count FROM events GROUP BY copies ORDER BY copies") == [
        {"copies": 1, "count": len(lines) - 100},
        {"copies": 2, "count": 101},
    ]


def test_a_record_of_two_logs_is_stored_for_the_first_and_seen_in_the_second(tmp_path: Path) -> None:
    db = loaded(tmp_path, [FIRST, SECOND], [THIRD, FIRST, FIRST, FIRST], [FIRST, FIRST])
    assert copies(db) == [(1, 1, 3), (1, 2, 1), (2, 1, 1)]
    assert sightings(db) == [(1, 1, 1, 1, 1, 1, 1), (2, 2, 1, 3, 1, 1, 1), (3, 1, 1, 2, 1, 1, 1)]
    assert [(load["records"], load["events"], load["duplicates"]) for load in log.loads(db)] == [(2, 2, 0), (4, 1, 3), (2, 0, 2)]
    assert folded(db)["00000001"] == (1, 2)


def test_the_order_of_loading_does_not_matter(tmp_path: Path) -> None:
    logs = [[FIRST, SECOND], [THIRD, FIRST, FIRST, FIRST], [FIRST, SECOND, SECOND]]
    answers = []
    for number, files in enumerate((logs, logs[::-1], [logs[1], logs[2], logs[0]])):
        (tmp_path / str(number)).mkdir()
        db = loaded(tmp_path / str(number), *files)
        answers.append((log.messages(db), log.rows(db, "SELECT raw, copies FROM events ORDER BY raw")))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FIRST, FIRST.replace("09:00:00", "09:00:01")),
        (FIRST, FIRST.replace("stat:DELIVRD", "stat:UNDELIV")),
        (FIRST, FIRST.replace("[SMSC:telia1]", "[SMSC:telia2]")),
        (FIRST, FIRST.replace("[SVC:kunde7]", "[SVC:kunde8]")),
        (THIRD, log.sent(3, log.START + timedelta(minutes=2), "another text")),
    ],
)
def test_what_differs_anywhere_is_no_duplicate(one: str, other: str, tmp_path: Path) -> None:
    assert len(copies(loaded(tmp_path, [one, other]))) == 2
    (tmp_path / "two").mkdir()
    assert len(copies(loaded(tmp_path / "two", [one], [other]))) == 2


def test_messages_without_an_id_are_told_apart_by_their_lines(tmp_path: Path) -> None:
    lines = [log.sent(number, log.START).replace(f"[FID:{number:08X}]", "[FID:]") for number in (1, 2, 2)]
    db = loaded(tmp_path, lines, lines)
    assert copies(db) == [(1, 1, 1), (1, 2, 2)]
    assert len(log.messages(db)) == 2


def test_lines_without_a_clock_are_recognised_over_two_logs(tmp_path: Path) -> None:
    # Their time is that of their file, so only the same file's time makes them the same record.
    line = "id:5C01A9 sub:001 dlvrd:001 stat:DELIVRD err:000 text:"
    db = loaded(tmp_path, [line, line], receipt_zone="UTC")
    assert copies(db) == [(1, 1, 2)]


def test_the_same_record_is_not_taken_as_another_format_too(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    path = log.written(tmp_path / "a.log", [FIRST])
    assert log.load(db, path, format="kannel").faults == []
    (fault,) = log.load(db, path, format="smpp").faults
    assert "its content is there already as load 1, read as kannel" in fault
    assert [load["format"] for load in log.loads(db)] == ["kannel"]
