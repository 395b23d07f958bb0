"""Logs that continue one another through the hour that the end of summer time repeats: cut anywhere, in any order, they read as one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sms_analytics.resolving import series
from tests import kannel_log as log

#: 25 October 2026: at 03:00 clocks in Oslo go back to 02:00, which is 01:00 UTC.
FIRST = datetime(2026, 10, 10, 12, tzinfo=UTC)
EVENTS = "feed, status, event_utc, received_utc, extra, copies, raw"


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(log.ZONE)).replace(tzinfo=None)


def thirty_days() -> list[tuple[datetime, str]]:
    """A message every ten hours, and every seven minutes around the repeated hour; each is delivered four minutes later."""
    moments = [FIRST + timedelta(hours=10 * number) for number in range(70)]
    change = datetime(2026, 10, 25, tzinfo=UTC)
    moments += [change + timedelta(minutes=7 * number) for number in range(-9, 30)]
    timed = []
    for number, at in enumerate(sorted(moments), 1):
        timed += [(at, log.sent(number, local(at))), (at + timedelta(minutes=4), log.receipt(number, local(at + timedelta(minutes=4))))]
    return sorted(timed)


TIMED = thirty_days()


def days(folder: Path, cut: timedelta) -> list[Path]:
    """A file a day, cut at this time after midnight UTC."""
    pieces: dict[str, list[str]] = {}
    for at, line in TIMED:
        pieces.setdefault(f"{at - cut:%Y-%m-%d}", []).append(line)
    return [log.written(folder / f"access-{day}.log", lines) for day, lines in sorted(pieces.items())]


def everything(db: Path) -> tuple[list[log.Row], list[log.Row]]:
    return log.messages(db), log.rows(db, f"SELECT {EVENTS} FROM events ORDER BY ALL")


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[log.Row], list[log.Row]]:
    folder = tmp_path_factory.mktemp("at_once")
    assert log.load(folder / "sms.duckdb", log.written(folder / "access.log", [line for _, line in TIMED])).faults == []
    return everything(folder / "sms.duckdb")


def test_the_whole_log_holds_both_passes_of_the_hour(at_once: tuple[list[log.Row], list[log.Row]]) -> None:
    assert sorted(row["received_utc"] for row in at_once[1]) == [at.replace(tzinfo=None) for at, _ in TIMED]
    assert len(at_once[0]) == 109


#: At midnight UTC, which is 02:00 there; within the first pass; where the second one begins; within it; behind it.
CUTS = [timedelta(), timedelta(minutes=31), timedelta(hours=1), timedelta(minutes=83), timedelta(hours=3)]


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_daily_files_in_one_command_equal_their_concatenation(cut: timedelta, at_once: tuple[list[log.Row], list[log.Row]], tmp_path: Path) -> None:
    files = days(tmp_path, cut)
    assert len(files) >= 30
    assert log.load(tmp_path / "sms.duckdb", *files[::-1]).faults == []
    assert everything(tmp_path / "sms.duckdb") == at_once


@pytest.mark.parametrize("cut", [timedelta(minutes=31), timedelta(minutes=83)], ids=str)
@pytest.mark.parametrize("backwards", [False, True])
def test_files_around_the_hour_in_commands_of_their_own_read_as_one(cut: timedelta, backwards: bool, tmp_path: Path) -> None:
    near = [(at, line) for at, line in TIMED if abs(at - datetime(2026, 10, 25, 1, tzinfo=UTC)) < timedelta(hours=20)]
    pieces = [[line for at, line in near if (at - cut).day == day] for day in (24, 25)]
    files = [log.written(tmp_path / f"access.log.{number}", lines) for number, lines in zip((2, 1), pieces, strict=True)]
    log.load(tmp_path / "one.duckdb", log.written(tmp_path / "whole.log", [line for _, line in near]))
    for file in files[::-1] if backwards else files:
        assert log.load(tmp_path / "sms.duckdb", file).faults == []
    assert everything(tmp_path / "sms.duckdb") == everything(tmp_path / "one.duckdb")
    assert sum(load["records"] for load in log.loads(tmp_path / "sms.duckdb")) == len(near)


@pytest.mark.parametrize("cut", [timedelta(minutes=31), timedelta(minutes=83)], ids=str)
def test_a_log_that_grows_within_the_hour_reads_as_one(cut: timedelta, at_once: tuple[list[log.Row], list[log.Row]], tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    moment = datetime(2026, 10, 25, tzinfo=UTC) + cut
    for until in (moment, datetime.max.replace(tzinfo=UTC)):
        log.written(path, [line for at, line in TIMED if at < until])
        assert log.load(db, path).faults == []
    assert everything(db) == at_once
    assert len(log.loads(db)) == 2


def test_a_log_whose_successor_is_gone_is_told(tmp_path: Path) -> None:
    db, moment = tmp_path / "sms.duckdb", datetime(2026, 10, 25, 1, 23, tzinfo=UTC)
    older = log.written(tmp_path / "access.log.2", [line for at, line in TIMED if moment - timedelta(days=2) < at < moment])
    newer = log.written(tmp_path / "access.log.1", [line for at, line in TIMED if at >= moment])
    log.load(db, newer)
    newer.unlink()
    (warning,) = [text for text in log.load(db, older).warnings if text.startswith(str(newer))]
    assert "--replace" in warning


def test_names_of_a_series() -> None:
    names = ["a/access.log", "a/access.log.1", "a/access.log.10.gz", "a/access.log.2.xz", "a/access.log-20261025.gz", "a/access.log-20261024"]
    assert [path.removeprefix("a/access.log") for path in series.in_order(names)] == ["-20261024", "-20261025.gz", ".10.gz", ".2.xz", ".1", ""]
    assert len({series.name_of(path).series for path in names}) == 1
    apart = ["a/smsc1.log", "a/smsc2.log", "b/smsc1.log", "a/smsc.log"]
    assert len({series.name_of(path).series for path in apart}) == 4
    assert series.in_order(apart) == apart
    assert series.in_order(["d/2026-10-26.log", "x.log", "d/2026-10-25.log.gz"]) == ["d/2026-10-25.log.gz", "d/2026-10-26.log", "x.log"]
