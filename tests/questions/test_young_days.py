"""Where young days will end, on days small enough to count."""

from datetime import date, timedelta
from typing import Any

import pytest

from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions.young_days import revisions
from tests.messages_table import NOW, Row, database, message

COLUMNS = [
    *("day", "age", "sent", "delivered_now", "delivered_low", "delivered_mid", "delivered_high"),
    *("failed_now", "failed_low", "failed_mid", "failed_high", "backtest_error", "backtest_cover"),
]


def sent(days_ago: float, seconds: float | None = None, outcome: str = "delivered", **columns: Any) -> Row:
    """A message handed over so many days before now, and its end after so many seconds; without them silent so far."""
    submitted = NOW - timedelta(days=days_ago)
    if seconds is None:
        return message(submitted_utc=submitted, outcome="no_status" if days_ago > 8 else "awaiting_status", **columns)
    ended = submitted + timedelta(seconds=seconds)
    return message(submitted_utc=submitted, outcome=outcome, final_utc=ended, final_received_utc=ended, **columns)


#: Delivered at 5 s (six), 1 h, 25 h; failed at 10 s; one silent.
TEN = [*(sent(10, 5) for _ in range(6)), sent(10, 3600), sent(10, 25 * 3600), sent(10, 10, "failed"), sent(10)]
TWO_HOURS = 2 / 24
YOUNG = [*(sent(TWO_HOURS, 5) for _ in range(3)), sent(TWO_HOURS), sent(TWO_HOURS)]


def test_two_open_ones_of_which_one_comes() -> None:
    frame = revisions(database([*TEN, *YOUNG]), zone="UTC")
    assert frame.columns == COLUMNS
    (row,) = frame.rows(named=True)
    assert (row["day"], row["age"], row["sent"]) == (date(2026, 10, 30), 1, 5)
    assert (row["delivered_now"], row["delivered_mid"], row["failed_now"], row["failed_mid"]) == (3, 4.0, 0, 0.0)
    # 2 x .5 x .5 x (1 + 2 / 2) is 1: 4 -+ 2.145, but no fewer than there are and no more than there can be.
    assert (row["delivered_low"], row["delivered_high"], row["failed_low"], row["failed_high"]) == (3, 5, 0, 0.5)
    assert (row["backtest_error"], row["backtest_cover"]) == (None, None), "the logs do not go back so far"


def test_days_whose_messages_have_all_ended_or_are_over_are_not_young() -> None:
    assert revisions(database([*TEN, sent(3, 5)]), zone="UTC").is_empty()
    with pytest.raises(NoDataError):
        revisions(database([]))


def test_without_history_nothing_is_forecast() -> None:
    (row,) = revisions(database(YOUNG), zone="UTC").rows(named=True)
    assert (row["delivered_now"], row["delivered_low"], row["delivered_mid"], row["delivered_high"]) == (3, None, None, None)


def test_a_period_limits_the_days_and_not_the_history() -> None:
    rows = [*TEN, *YOUNG, sent(3), sent(3, 5)]
    assert revisions(database(rows), zone="UTC")["day"].to_list() == [date(2026, 10, 28), date(2026, 10, 30)]
    (row,) = revisions(database(rows), since="2026-10-30", zone="UTC").rows(named=True)
    assert (row["day"], row["delivered_mid"]) == (date(2026, 10, 30), 4.0)


def test_by_operator_each_has_its_own() -> None:
    rows = [*TEN, *YOUNG, sent(TWO_HOURS, operator="Ice"), sent(TWO_HOURS, 5, operator="Ice")]
    frame = revisions(database(rows), by="operator", zone="UTC")
    # Fewer than thirty were open at that age, so both are judged by all together.
    assert frame.select("operator", "sent", "delivered_now", "delivered_mid").rows() == [("Telenor", 5, 3, 4.0), ("Ice", 2, 1, 1.5)]
    with pytest.raises(UsageError, match="revisions are by day; leave out week"):
        revisions(database(rows), by="week")


def test_as_of_an_earlier_moment_is_that_of_another_now() -> None:
    later = database([*TEN, *YOUNG], now=NOW + timedelta(days=1))
    (row,) = revisions(later, zone="UTC").rows(named=True)
    assert (row["age"], row["delivered_mid"]) == (2, 3.0), "at 26 h only the silent one of the ten was still open"


def test_the_same_forecast_of_earlier_days_tells_how_far_it_is_off() -> None:
    """Every day 20 messages: 10 delivered at once, 10 still open after two hours, all of which come after six hours."""
    rows = [sent(days + TWO_HOURS, 5 if number < 10 else 6 * 3600) for days in range(1, 50) for number in range(20)]
    today = [sent(TWO_HOURS, 5 if number < 10 else None) for number in range(20)]
    (row,) = revisions(database([*rows, *today]), zone="UTC").rows(named=True)
    assert (row["delivered_now"], row["delivered_mid"], row["failed_mid"]) == (10, 20.0, 0.0)
    assert (row["backtest_error"], row["backtest_cover"]) == (0.0, 1.0)


def test_what_surprised_before_widens_the_interval() -> None:
    """For weeks half of the open ones came; nine days ago, and the days before, all of them did."""

    def day(days: int, share: float) -> list[Row]:
        opened = [sent(days + TWO_HOURS, 6 * 3600 if number < 100 * share else None) for number in range(100)]
        return [*opened, *(sent(days + TWO_HOURS, 5) for _ in range(100))]

    usual = [row for days in range(1, 50) for row in day(days, 0.5)]
    odd = [row for days in range(1, 50) for row in day(days, 1.0 if 8 <= days <= 14 else 0.5)]
    today = [sent(TWO_HOURS, 5 if number < 100 else None) for number in range(200)]
    calm, shaken = (revisions(database([*rows, *today]), zone="UTC").filter(day=date(2026, 10, 30)).row(0, named=True) for rows in (usual, odd))
    assert calm["delivered_mid"] == 150.0
    assert calm["backtest_error"] == 0.0
    assert shaken["backtest_error"] == pytest.approx(0.25, abs=0.05)
    assert shaken["delivered_high"] - shaken["delivered_low"] > 3 * (calm["delivered_high"] - calm["delivered_low"])


def test_messages_of_an_outage_stay_out() -> None:
    """Nine days ago a feed was silent for three hours: what never came then says nothing of what is open today."""
    quick = [sent(9.8 + minute / 1440, 6 * 3600 if minute % 2 else 5) for minute in range(600)]
    lost = [sent(9.2 + minute / 1440) for minute in range(180)]
    around = [sent(9.2 + 180 / 1440 + minute / 1440, 5) for minute in range(60)] + [sent(9.19 - minute / 1440, 5) for minute in range(60)]
    today = [sent(TWO_HOURS, 5), sent(TWO_HOURS)]
    found = revisions(database([*quick, *around, *lost, *today]), zone="UTC")
    assert found["delivered_mid"].to_list() == [2.0], "all that were open at two hours came, but for those of the outage"
