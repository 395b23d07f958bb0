"""Numbers to take off the lists: only what lasts, and only while nothing arrived since."""

from datetime import timedelta
from pathlib import Path

import pytest

from sms_analytics.cli import main
from sms_analytics.errors import NoDataError
from sms_analytics.questions.unreachable_numbers import unreachable
from tests.messages_table import Row, database, message, utc
from tests.small_database import loaded

FIRST = utc("2026-10-01T08:00")


def failed(recipient: str, days: int = 0, reason_class: str = "permanent", **columns: object) -> Row:
    at = FIRST + timedelta(days=days)
    reason = {"permanent": "unknown_subscriber", "route": "routing_error", "temporary": "memory_full"}[reason_class]
    return message(recipient=recipient, outcome="failed", reason=reason, reason_class=reason_class, submitted_utc=at, **columns)


def arrived(recipient: str, days: int, **columns: object) -> Row:
    return message(recipient=recipient, submitted_utc=FIRST + timedelta(days=days), **columns)


ROWS = [
    failed("+4740000001", 0),
    failed("+4740000001", 2, operator="Telia"),
    arrived("+4740000002", 0),
    failed("+4740000002", 1),
    failed("+4740000003", 0),
    arrived("+4740000003", 1),
    failed("+4740000004", 0, "route"),
    failed("+4740000005", 0, "temporary"),
    failed("+4740000006", 0, refused=True),
    failed("+4740000007", 0, account="Sørlys"),
    arrived("+4740000007", 1, account="Nordlys"),
]


def test_what_failed_for_good_and_did_not_arrive_since() -> None:
    found = unreachable(database(ROWS))
    assert found.select("recipient", "account", "failed", "operator").rows() == [
        ("+4740000001", "Nordlys", 2, "Telia"),
        ("+4740000002", "Nordlys", 1, "Telenor"),
        ("+4740000006", "Nordlys", 1, "Telenor"),
        ("+4740000007", "Sørlys", 1, "Telenor"),
    ]
    first = found.row(0, named=True)
    assert (first["first_failed_utc"], first["last_failed_utc"]) == (FIRST, FIRST + timedelta(days=2))
    assert found["last_arrived_utc"].to_list() == [None, FIRST, None, None]


def test_what_arrived_after_the_period_counts_too() -> None:
    db = database([failed("+4740000001", 0), arrived("+4740000001", 20), failed("+4740000002", 0)])
    assert unreachable(db, since="2026-10-01", until="2026-10-02")["recipient"].to_list() == ["+4740000002"]


def test_filters_and_nothing_to_show() -> None:
    db = database(ROWS)
    assert unreachable(db, account="Sørlys")["recipient"].to_list() == ["+4740000007"]
    assert unreachable(database([arrived("+4740000001", 0)])).is_empty()
    with pytest.raises(NoDataError):
        unreachable(db, account="nobody")


def test_the_command_masks_unless_asked_otherwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db, _ = loaded(tmp_path)
    for option, shown in (([], "•"), (["--unmask"], "+47")):
        assert main(["unreachable", "--db", str(db), "--format", "csv", *option]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("recipient,account,country,operator,reason,failed")
        assert all((shown in line) is True and ("•" in line) is (not option) for line in lines[1:])
