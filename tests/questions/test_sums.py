"""`reconcile`: every sum is recounted from real loads, and what is spoiled or missing is told."""

from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from sms_analytics.database import store
from sms_analytics.errors import NoDataError
from sms_analytics.questions import metrics
from sms_analytics.questions.sums import conditions_of, reconcile
from tests import kannel_log
from tests.kannel_log import START
from tests.small_database import loaded as small_database


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_database(tmp_path_factory.mktemp("small"))[0]


def wrong(frame: pl.DataFrame) -> list[tuple[str, str | None]]:
    return list(frame.filter(~pl.col("holds")).select("what", "of").iter_rows())


def test_all_hold_and_every_count_leads_to_its_messages(path: Path) -> None:
    with store.connect(path) as db:
        frame = reconcile(db)
        assert frame.columns == ["what", "of", "expected", "found", "holds", "where", "place"]
        assert wrong(frame) == []
        rates = metrics.rates(db).row(0, named=True)
        counts = frame.filter(what="count")
        assert dict(counts.select("of", "expected").iter_rows()) == {name: rates[name] for name in conditions_of()}
        listed = {
            name: metrics.messages(db, where=where).height for name, where, count in counts.select("of", "where", "expected").iter_rows() if count
        }
        assert listed == {name: rates[name] for name in listed}
        assert frame.filter(what="records").select("expected", "found").row(0) == (12, 12), "nine lines of Kannel, two of Jasmin, one row"


def test_and_each_message_to_file_and_line(path: Path) -> None:
    with store.connect(path) as db:
        (first,) = metrics.messages(db, where="message_id = '00A1B2C3'", places=True)["places"].to_list()
    assert [place.rsplit("/", 1)[-1] for place in first.split(", ")] == ["access.log:1", "access.log:2", "access.log:3"]


def test_in_a_period_the_conditions_name_it(path: Path) -> None:
    with store.connect(path) as db:
        frame = reconcile(db, since="2026-10-02", until="2026-11-01", zone="Europe/Oslo")
        whole = frame.filter(what="count", of="messages").row(0, named=True)
        assert whole["expected"] == metrics.rates(db, since="2026-10-02", until="2026-11-01", zone="Europe/Oslo")["messages"].item()
        assert "submitted_utc >= '2026-10-01 22:00:00'" in whole["where"]


@pytest.mark.parametrize(
    ("spoiled", "what"),
    [
        ("UPDATE loads SET accepted = accepted - 1 WHERE load_id = 1", "records"),
        ("UPDATE loads SET events = events + 1 WHERE load_id = 1", "events"),
        ("DELETE FROM rejects", "rejects"),
        ("DELETE FROM resolved WHERE message_id = '00A1B2C5'", "events_in_messages"),
        ("UPDATE feeds SET receipts = receipts + 1", "receipts"),
        ("UPDATE feeds SET submissions = 0", "submissions"),
        ("UPDATE resolved SET folded = folded + 1", "receipts_of_messages"),
    ],
)
def test_what_is_spoiled_is_found(path: Path, tmp_path: Path, spoiled: str, what: str) -> None:
    file = tmp_path / "sms.duckdb"
    file.write_bytes(path.read_bytes())
    with duckdb.connect(str(file)) as db:
        db.execute(spoiled)
        found = reconcile(db)
    assert what in [name for name, _ in wrong(found)]
    assert found["holds"][0] is False, "those that do not hold come first"


def test_a_day_that_is_missing_in_a_series(tmp_path: Path) -> None:
    for day in (0, 1, 3, 4):
        at = [START + timedelta(days=day, hours=hour) for hour in range(-8, 14)]
        lines = [line for number, moment in enumerate(at, 1) for line in (kannel_log.sent(100 * day + number, moment),)]
        kannel_log.load(tmp_path / "sms.duckdb", kannel_log.written(tmp_path / f"access.log-2026-03-{18 + day}", lines))
    with store.connect(tmp_path / "sms.duckdb") as db:
        (row,) = reconcile(db, zone="Europe/Oslo").filter(~pl.col("holds")).to_dicts()
    assert (row["what"], row["of"]) == ("log_missing", "2026-03-19 22:00 – 2026-03-21 01:00 (Europe/Oslo)")
    assert row["place"].endswith("access.log-2026-03-19")


def test_a_period_that_begins_before_the_logs(path: Path) -> None:
    with store.connect(path) as db:
        frame = reconcile(db, since="2026-09-28", zone="Europe/Oslo")
    assert {what for what, _ in wrong(frame)} == {"begins_before_logs"}


def test_nothing_loaded(tmp_path: Path) -> None:
    with store.rebuild(tmp_path / "sms.duckdb"):
        pass
    with store.connect(tmp_path / "sms.duckdb") as db, pytest.raises(NoDataError, match="nothing was loaded"):
        reconcile(db)
