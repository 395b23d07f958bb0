"""Old messages are taken out and their daily counts kept: rates over the years stay what they were."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import sms_analytics as sms
from sms_analytics.commands import unloading
from sms_analytics.database import store
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import metrics
from tests import kannel_log as log

DAYS = ("2026-03-18", "2026-03-19", "2026-03-20", "2026-03-21")


def _lines() -> list[str]:
    return [line.replace("2026-03-18", day) for number, day in enumerate(DAYS) for line in log.lines(20, first=1 + 100 * number)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("purging")
    log.load(folder / "sms.duckdb", log.written(folder / "access.log", _lines()))
    return folder / "sms.duckdb"


@pytest.fixture
def db(whole: Path, tmp_path: Path) -> Path:
    path = tmp_path / "sms.duckdb"
    path.write_bytes(whole.read_bytes())
    return path


def _rates(db: Path, **options: object) -> pl.DataFrame:
    with store.connect(db) as connection:
        return sms.rates(connection, **options)  # type: ignore[arg-type]  # as people give them


@pytest.mark.parametrize("by", ["", "day", "week", "month", "weekday", "operator,country", "account,day"])
def test_rates_stay_what_they_were(by: str, whole: Path, db: Path) -> None:
    unloading.purge("2026-03-20", db=db)
    assert _rates(db, by=by).equals(_rates(whole, by=by))
    assert _rates(db, by=by, account="kunde7", until="2026-03-21").equals(_rates(whole, by=by, account="kunde7", until="2026-03-21"))


def test_the_counts_of_a_day_can_be_added_up(db: Path) -> None:
    unloading.purge("2026-03-19", db=db)
    # Of 20 messages every seventh has no answer, every fifth of the others failed.
    (day,) = log.rows(
        db, "SELECT zone, day, sum(messages) AS messages, sum(delivered) AS delivered, sum(failed) AS failed FROM daily_counts GROUP BY ALL"
    )
    assert day == {"zone": "Europe/Oslo", "day": date(2026, 3, 18), "messages": 20, "delivered": 14, "failed": 4}
    assert len(log.messages(db)) == 60


def test_reasons_stay_and_so_do_purges_in_steps(whole: Path, db: Path) -> None:
    for before in DAYS[1:]:
        unloading.purge(before, db=db)
    with store.connect(whole) as earlier, store.connect(db) as later:
        assert sms.reasons(later).drop("codes").equals(sms.reasons(earlier).drop("codes"))
    assert _rates(db, by="day").equals(_rates(whole, by="day"))
    unloading.purge("2026-04-01", db=db)
    assert log.messages(db) == []
    assert _rates(db, by="day").equals(_rates(whole, by="day"))


def test_a_purge_within_a_day_counts_both_parts_of_it(whole: Path, db: Path) -> None:
    unloading.purge("2026-03-19 09:13", db=db)
    assert 60 < len(log.messages(db)) + 20 < 80
    assert _rates(db, by="day").equals(_rates(whole, by="day"))
    assert _rates(db, until="2026-03-19 12:00").equals(_rates(whole, until="2026-03-19 12:00"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"by": "feed"}, "--by feed: "),
        ({"by": "hour"}, "--by hour: "),
        ({"zone": "UTC"}, "--zone UTC (the days are those of Europe/Oslo): "),
        ({"as_of": "2026-03-30"}, "--as-of: "),
        ({"where": "parts > 1"}, "--where: "),
        ({"campaign": "x"}, "--campaign: "),
        ({"receipts_only": True}, "--receipts-only: "),
        ({"since": "2026-03-18 09:00"}, "--since within a day: "),
    ],
)
def test_what_the_counts_cannot_tell_says_from_when_it_can_be_told(options: dict[str, object], told: str, db: Path) -> None:
    unloading.purge("2026-03-20", db=db)
    with pytest.raises(NoDataError) as caught:
        _rates(db, **options)
    assert str(caught.value).startswith(told)
    shown = "2026-03-19 23:00" if options.get("zone") == "UTC" else "2026-03-20 00:00"
    assert str(caught.value).endswith(f"ask with --since '{shown}' or later")
    if "since" not in options and "campaign" not in options and "where" not in options and "receipts_only" not in options:
        assert _rates(db, since=shown, **options)["messages"].sum() == 40


def test_a_reader_is_told_where_counts_are_all_there_is(db: Path) -> None:
    unloading.purge("2026-03-20", db=db)
    with store.connect(db) as connection:
        assert "Messages submitted before 2026-03-20 00:00 Europe/Oslo were deleted" in metrics.notes(connection, lang="en")[-1]
        assert not [note for note in metrics.notes(connection, lang="en", since="2026-03-20") if "deleted" in note]
        assert sms.reconcile(connection).filter(~pl.col("holds")).is_empty()


def test_a_log_that_is_loaded_again_counts_nothing_twice(whole: Path, db: Path, tmp_path: Path) -> None:
    unloading.purge("2026-03-20", db=db)
    log.load(db, log.written(tmp_path / "access.log", _lines()), replace=True)
    assert len(log.messages(db)) == 80
    assert _rates(db, by="day").equals(_rates(whole, by="day"))
    done = unloading.purge("2026-03-20", db=db)
    assert done.messages == 40
    assert any(warning.startswith("40 meldinger fra før 2026-03-20 00:00 er slettet uten å bli talt") for warning in done.warnings)
    assert _rates(db, by="day").equals(_rates(whole, by="day"))


def test_the_configuration_says_how_long_messages_are_kept(db: Path) -> None:
    with pytest.raises(UsageError, match=r'--before is needed where .* \[retention\] messages = "400d"'):
        unloading.purge(db=db)
    settings = db.parent / "sms_analytics.toml"
    settings.write_text('[retention]\nmessages = "9999d"\n')
    assert unloading.purge(db=db).messages == 0
    # The sample is of spring 2026, which is over.
    settings.write_text('[retention]\nmessages = "1d"\n')
    assert unloading.purge(db=db).messages == 80
    assert _rates(db)["messages"].to_list() == [80]
