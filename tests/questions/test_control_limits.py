"""Days between their limits: worked values, a slow plain version of the rules, and days that are not judged."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.questions.control_limits import broken_rules, control_chart, limits, spread_of
from tests.messages_table import NOW, Row, database, messages_of, utc

EIGHT = [950, 940, 955, 900, 945, 952, 948, 941]


def of_days(*delivered: int, sent: int = 20) -> list[Row]:
    start = utc("2026-10-01T08:00:00")
    rows: list[Row] = []
    for number, count in enumerate(delivered):
        when = {"submitted_utc": start + timedelta(days=number)}
        rows += [*messages_of(count, **when), *messages_of(sent - count, outcome="failed", **when)]
    return rows


class TestWorkedValues:
    def test_distances_and_spread(self) -> None:
        judged = limits(EIGHT, [1000] * 8)
        assert [round(z, 3) for z in judged["z"]] == [1.161, -0.185, 1.834, -5.569, 0.488, 1.430, 0.892, -0.050]
        assert spread_of(judged["z"].to_list()) == pytest.approx(1.411, abs=0.0005)

    def test_the_mean_range_would_hide_the_bad_day(self) -> None:
        z = limits(EIGHT, [1000] * 8)["z"].to_list()
        mean_range = sum(abs(after - before) for before, after in pairwise(z)) / 7 / 1.128
        assert mean_range == pytest.approx(2.438, abs=0.0005)
        assert abs(z[3]) < 3 * mean_range
        assert abs(z[3]) > 3 * spread_of(z)

    def test_eight_days_have_no_limits(self) -> None:
        judged = limits(EIGHT, [1000] * 8)
        assert judged.select("low", "high", "rules").null_count().row(0) == (8, 8, 8)

    def test_twelve_days_have(self) -> None:
        judged = limits([*EIGHT, 946, 944, 947, 943], [1000] * 12)
        assert judged["rules"].to_list() == [None, None, None, "outside", *[None] * 8]
        assert judged["direction"][3] == "worse"
        assert judged["low"][0] > 0.9


def plain_rules(days: list[float]) -> list[list[str]]:
    """Each rule once more, asked day by day: is there a window with this day in it that breaks the rule?"""
    found = []
    for day, one in enumerate(days):
        rules = []
        windows = [days[start : start + 7] for start in range(max(0, day - 6), day + 1) if start + 7 <= len(days)]
        if one > 3 or one < -3:
            rules.append("outside")
        if any(min(window) > 0 or max(window) < 0 for window in windows):
            rules.append("shift")
        if any(window in (sorted(set(window)), sorted(set(window), reverse=True)) and len(set(window)) == 7 for window in windows):
            rules.append("trend")
        threes = [days[start : start + 3] for start in range(max(0, day - 2), day + 1) if start + 3 <= len(days)]
        up, down = (any(sum(side * other > 2 for other in three) >= 2 for three in threes) and side * one > 2 for side in (1, -1))
        if up or down:
            rules.append("two_of_three")
        found.append(rules)
    return found


class TestRules:
    @given(st.lists(st.sampled_from([-3.5, -2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5, 3.5]) | st.floats(-4, 4), max_size=20))
    def test_they_are_those_of_a_slow_plain_version(self, days: list[float]) -> None:
        assert broken_rules(days) == plain_rules(days)

    def test_a_trend(self) -> None:
        rising = [-1.5, -1.0, -0.5, 0.1, 0.5, 1.0, 1.5]
        assert broken_rules(rising) == [["trend"]] * 7
        assert broken_rules(rising[:6]) == [[]] * 6


class TestQuestion:
    def test_a_bad_day_stands_out(self) -> None:
        frame = control_chart(database(of_days(*[18, 19] * 6, 4, *[18, 19] * 3)))
        assert [day.day for day, rules in frame.select("day", "rules").iter_rows() if rules] == [13]
        assert frame.filter(frame["rules"].is_not_null())["rules"].item() == "outside"

    def test_a_day_that_can_still_rise_is_not_judged(self) -> None:
        young = messages_of(20, outcome="awaiting_status", submitted_utc=utc("2026-10-30T08:00:00"))
        frame = control_chart(database([*of_days(*[18, 19] * 6), *young], now=NOW))
        last = frame.row(-1, named=True)
        assert (last["rate"], last["settled"], last["mean"], last["rules"], last["provisional"]) == (0.0, False, None, None, 20)
        assert frame["rules"].null_count() == frame.height
