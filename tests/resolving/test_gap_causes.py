"""Why a status is missing: each cause in logs small enough to count, the first that fits, and logs that are missing."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from sms_analytics.questions import metrics
from sms_analytics.questions.gaps import gaps
from sms_analytics.resolving.missing_logs import Log, gaps_between
from tests import kannel_log as log

START = datetime.fromisoformat("2026-03-02T08:00:00")


def minutes(number: int) -> datetime:
    return START + timedelta(minutes=number)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Nine days of a file each, the fifth not loaded; a message every five minutes, answered five seconds later.

    On the second day nothing is answered for two hours, on the third the receipts of two hours have ids that nobody submitted. Each hour one message is
    never answered, and one only with a temporary status. Two weeks later one more message tells that all this is over.
    """
    folder = tmp_path_factory.mktemp("causes")
    sent: dict[int, list[str]] = {}
    received: dict[int, list[str]] = {}
    for number in range(9 * 288):
        at, day = minutes(5 * number), number // 288
        sent.setdefault(day, []).append(log.sent(number, at, "Hei"))
        answer = answered(number, at + timedelta(seconds=5))
        if answer and day != 4:
            received.setdefault(day, []).append(answer)
    end = START + timedelta(days=22)
    received[22] = [log.receipt(0x70000001, end)]
    for name, days in (("tx", sent), ("rx", received)):
        (folder / name).mkdir()
        for day, lines in days.items():
            log.written(folder / name / f"access-{START + timedelta(days=day):%Y-%m-%d}.log", lines)
    log.load(folder / "sms.duckdb", folder, time_zone="UTC")
    return duckdb.connect(folder / "sms.duckdb", read_only=True)


def answered(number: int, received: datetime) -> str:
    """The receipt of a message; empty where there is none."""
    in_these_hours = 300 <= 5 * number % 1440 < 420
    if number % 12 == 7 or (number // 288 == 1 and in_these_hours and number % 12 != 9):
        return ""
    if number % 12 == 9:
        return log.receipt(number, received, "ENROUTE")
    return log.receipt(number + 0x70000000 if number // 288 == 2 and in_these_hours else number, received)


def test_each_missing_status_has_a_cause(db: duckdb.DuckDBPyConnection) -> None:
    ((without,),) = db.execute("select count(*) from messages where outcome = 'no_status' and gap_cause is null").fetchall()
    ((with_one,),) = db.execute("select count(*) from messages where outcome <> 'no_status' and gap_cause is not null").fetchall()
    assert (without, with_one) == (0, 0)


def test_counted_by_cause(db: duckdb.DuckDBPyConnection) -> None:
    found = dict(gaps(db, by="gap_cause").select("gap_cause", "gaps").rows())
    # 24 messages were due in two hours, 288 on the day without its log. Of twelve in a row, one is never answered and one never finally.
    assert found["feed_silent"] == 24
    assert found["ids_do_not_match"] == 24
    assert found["log_missing"] == 288
    assert found["isolated"] == 9 * 24 - 24 - 2 - 2
    assert found["never_final"] == 9 * 24 - 24 - 2 - 2
    assert set(found) == {"feed_silent", "ids_do_not_match", "log_missing", "isolated", "never_final"}


def test_at_an_earlier_moment_the_causes_are_found_anew(db: duckdb.DuckDBPyConnection) -> None:
    then = gaps(db, by="gap_cause", as_of="2026-03-12 06:00", zone="UTC")
    assert dict(then.select("gap_cause", "gaps").rows())["feed_silent"] == 24
    before = metrics.rates(db, as_of="2026-03-03 12:00", zone="UTC")
    assert before["no_status"].to_list() == [0]


def test_loaded_in_pieces_the_same_is_found(tmp_path: Path) -> None:
    """An outage in the middle, and a feed beside it that no later load touches."""

    def lines_from(begin: int) -> list[str]:
        lines = []
        for number in range(600):
            at = minutes(number)
            lines.append((at, log.sent(begin + number, at, "Hei")))
            if not 300 <= number < 360:
                lines.append((at + timedelta(seconds=5), log.receipt(begin + number, at + timedelta(seconds=5))))
        return [line for _, line in sorted(lines)]

    lines = lines_from(1)
    beside = log.written(tmp_path / "beside.log", [line.replace("telia1", "ice1") for line in lines_from(100_000)])
    whole = log.written(tmp_path / "whole.log", lines)
    cut = len(lines) // 2
    first, second = (log.written(tmp_path / f"{name}.log", some) for name, some in (("1", lines[:cut]), ("2", lines[cut:])))
    log.load(tmp_path / "whole.duckdb", beside, whole, time_zone="UTC")
    for part in (beside, first, second):
        log.load(tmp_path / "pieces.duckdb", part, time_zone="UTC")
    found = [log.rows(tmp_path / f"{name}.duckdb", "FROM outages ORDER BY start_utc, feed") for name in ("whole", "pieces")]
    assert found[0] == found[1]
    assert [(row["feed"], row["kind"], row["bad"]) for row in found[0]] == [("ice1", "open", 60), ("telia1", "open", 60)]


class TestOperatorsThatNeverReport:
    def load(self, folder: Path, answered: int, sent: int = 60) -> dict[str, int]:
        lines = []
        for number in range(sent):
            at = minutes(30 * number)
            lines.append((at, log.sent(number, at, "Hei")))
            if number < answered:
                lines.append((at + timedelta(seconds=5), log.receipt(number, at + timedelta(seconds=5))))
        end = START + timedelta(days=20)
        lines.append((end, log.receipt(0x70000001, end)))
        log.written(folder / "access.log", [line for _, line in sorted(lines)])
        (folder / "sms_analytics.toml").write_text('[feeds.telia1]\noperator = "Telia"\n')
        log.load(folder / "sms.duckdb", folder / "access.log", time_zone="UTC", config=folder / "sms_analytics.toml")
        with duckdb.connect(folder / "sms.duckdb", read_only=True) as db:
            return dict(gaps(db, by="gap_cause").select("gap_cause", "gaps").rows())

    def test_under_5_percent_of_50_or_more(self, tmp_path: Path) -> None:
        assert self.load(tmp_path, answered=2) == {"operator_never_reports": 58}

    def test_5_percent_are_enough(self, tmp_path: Path) -> None:
        assert self.load(tmp_path, answered=3) == {"isolated": 57}

    def test_49_messages_are_too_few(self, tmp_path: Path) -> None:
        assert self.load(tmp_path, answered=2, sent=49) == {"isolated": 47}


class TestMissingLogs:
    def days(self, *numbers: int) -> list[Log]:
        return [Log(number, True, START + timedelta(days=number), START + timedelta(days=number, hours=23)) for number in numbers]

    def test_a_day_between_others(self) -> None:
        assert list(gaps_between(self.days(0, 1, 2, 4, 5))) == [(START + timedelta(days=2, hours=23), START + timedelta(days=4))]

    def test_nothing_is_missing(self) -> None:
        assert list(gaps_between(self.days(0, 1, 2, 3))) == []
        assert list(gaps_between(self.days(0, 2))) == [], "two files show no rhythm"
        assert list(gaps_between(self.days(0, 7, 14, 21))) == [], "a file a week"

    def test_weekends_without_logs_are_a_habit(self) -> None:
        workdays = [day for day in range(21) if day % 7 < 5]
        assert list(gaps_between(self.days(*workdays))) == []
        assert len(list(gaps_between(self.days(*(day for day in workdays if day != 9))))) == 1
