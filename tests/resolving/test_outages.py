"""Outages: the worked values, a slow plain version that agrees on generated feeds, and of what kind they are."""

from datetime import datetime, timedelta
from math import log
from random import Random

import polars as pl
import pytest

from sms_analytics.resolving import outage_kinds
from sms_analytics.resolving.outages import Window, core, excursions, gain, limit, running_sums, usual_shares
from tests.messages_table import HORIZON, Row, database, message
from tests.oracle import silence

START = datetime.fromisoformat("2026-06-01T00:00:00")
GOOD, BAD = -log(2), 2.842970


def steps(words: str, bad: float = BAD) -> pl.Series:
    return pl.Series([bad if word == "bad" else GOOD for word in words.split()], dtype=pl.Float64)


class TestWorkedValues:
    def test_what_a_bad_and_a_good_one_weigh(self) -> None:
        weighed = pl.select(gain(pl.lit(0.03))).item()
        assert weighed == pytest.approx(2.842970, abs=5e-7)
        assert pytest.approx(-0.693147, abs=5e-7) == GOOD

    def test_what_the_sum_must_exceed(self) -> None:
        assert limit(2000) == pytest.approx(16.811243, abs=5e-7)
        assert limit(7) == limit(1000) == pytest.approx(log(1e7))

    def test_the_sum(self) -> None:
        path = steps("good bad bad good bad bad bad")
        ((first, last, score),) = excursions(path, 13.5)
        assert (first, last) == (1, 6)
        assert score == pytest.approx(13.522, abs=5e-4)
        assert excursions(path, 13.53) == []
        assert running_sums(path).to_list() == pytest.approx([0, 2.843, 5.686, 4.993, 7.836, 10.679, 13.522], abs=5e-4)

    def test_an_excursion_ends_at_its_peak_and_is_over_when_it_has_fallen_by_the_limit(self) -> None:
        path = steps(" ".join(["bad"] * 4 + ["good"] * 9 + ["bad"] * 4), bad=3.0)
        # 12 at its peak; 12 - 9 * 0.693 = 5.76 is less than 12 - 6: what comes then begins at 0.
        assert [(first, last, round(score, 9)) for first, last, score in excursions(path, 6.0)] == [(0, 3, 12.0), (13, 16, 12.0)]
        assert [(first, last, round(score, 9)) for first, last, score in excursions(path, 7.0)] == [(0, 16, round(24 - 9 * log(2), 9))]


class TestUsualShare:
    def hours(self, *rows: tuple[int, int, int, int]) -> pl.DataFrame:
        """Day, hour of the day (UTC), messages, bad."""
        return pl.DataFrame(
            [("north", "Telenor", START + timedelta(days=day, hours=hour), messages, bad) for day, hour, messages, bad in rows],
            schema=["feed", "operator", "hour_utc", "messages", "bad"],
            orient="row",
        )

    def test_with_few_days_the_plain_share(self) -> None:
        found = usual_shares(self.hours((0, 10, 90, 0), (1, 10, 10, 20)))
        assert found["usual"].to_list() == [0.2, 0.2]

    def test_the_median_of_days_is_not_moved_by_one_bad_day(self) -> None:
        days = [(day, 10, 100, 4) for day in range(4)] + [(4, 10, 100, 90)]
        assert set(usual_shares(self.hours(*days))["usual"]) == {0.04}

    def test_days_with_few_messages_tell_nothing(self) -> None:
        days = [(day, 10, 100, 4) for day in range(5)] + [(day, 10, 4, 4) for day in range(5, 20)]
        assert set(usual_shares(self.hours(*days))["usual"]) == {0.04}

    def test_an_hour_that_is_always_bad(self) -> None:
        nights = [(day, 1, 10, 9) for day in range(7)]
        days = [(day, 10, 190, 1) for day in range(7)]
        found = usual_shares(self.hours(*nights, *days))
        assert dict(found.group_by(pl.col("hour_utc").dt.hour()).agg(pl.col("usual").first()).rows()) == {1: 0.9, 10: 0.05}

    def test_never_below_1_nor_above_97_percent(self) -> None:
        assert set(usual_shares(self.hours((0, 10, 1000, 0)))["usual"]) == {0.01}
        assert set(usual_shares(self.hours((0, 10, 1000, 1000)))["usual"]) == {0.97}


def test_the_core_of_an_outage_leaves_off_what_stayed_away_by_itself_before() -> None:
    words = ["bad", "good", "good", "good", "bad", "good", "good", "good"] + ["bad"] * 20
    messages = pl.DataFrame({"is_bad": [word == "bad" for word in words], "usual": [0.01] * len(words)})
    assert core(messages) == (8, 27)


def feed(seed: int, days: int = 9) -> tuple[list[Row], datetime]:
    """A small feed with outages at random: half of its receipts or all of them lost, or held back."""
    random = Random(seed)
    now = START + timedelta(days=days)
    rows, at = [], START
    usual, pause = random.choice([0.02, 0.1, 0.3]), random.choice([300, 900])
    outages = [(START + timedelta(days=random.uniform(0.5, days)), random.choice([0.5, 1.0]), random.random() < 0.3) for _ in range(3)]
    while (at := at + timedelta(seconds=random.expovariate(1 / pause))) < now:
        event = at + timedelta(seconds=round(random.uniform(1, 20), 3))
        received = event + timedelta(seconds=round(random.uniform(0.1, 3), 3))
        lost = random.random() < usual
        for begin, share, is_held in outages:
            end = begin + timedelta(hours=6)
            if begin <= received < end and random.random() < share:
                lost, received = lost or not is_held, end
        operator = random.choice(["Telenor", None])
        if lost or received > now:
            outcome = "no_status" if at + HORIZON < now else "awaiting_status"
            rows.append(message(submitted_utc=at, outcome=outcome, operator=operator, last_status="submitted"))
        else:
            rows.append(message(submitted_utc=at, final_utc=event, final_received_utc=received, operator=operator, last_status="delivered"))
    return rows, now


@pytest.mark.parametrize("seed", range(8))
def test_a_slow_plain_version_finds_the_same(seed: int) -> None:
    rows, now = feed(seed)
    expected = silence.windows(silence.due_messages(rows, now), len(rows))
    found = database(rows, now=now).execute("select start_utc, end_utc, score from outage_windows order by start_utc").fetchall()
    assert {round(score, 6) for *_, score in expected} <= {round(score, 6) for *_, score in found}
    for start, end, _ in found:
        assert any(begin <= start and end <= last for begin, last, _ in expected)
    assert bool(found) == bool(expected)


def window(day: float, hour: float, hours: float) -> Window:
    start = START + timedelta(days=day, hours=hour)
    return Window("north", start, start + timedelta(hours=hours), messages=60, bad=50, resolved_later=0, pending=0, received=10, score=99.0)


def traffic(days: int) -> pl.DataFrame:
    rows = [(START + timedelta(days=day, hours=hour), 100, 3) for day in range(days) for hour in range(24)]
    return pl.DataFrame(rows, schema=["hour_utc", "messages", "bad"], orient="row")


class TestHabits:
    def test_the_same_hours_on_most_days(self) -> None:
        windows = [window(day, 1 + day % 2 / 4, 3) for day in range(6)] + [window(3, 14, 2)]
        assert outage_kinds.habits(windows, traffic(10)) == [True] * 6 + [False]
        assert outage_kinds.habits(windows, traffic(12)) == [False] * 7

    def test_the_same_day_of_most_weeks(self) -> None:
        windows = [window(7 * week + 2, 2, 1) for week in range(4)]
        assert outage_kinds.habits(windows, traffic(28)) == [True] * 4
        assert outage_kinds.habits(windows[:3], traffic(21)) == [False] * 3

    def test_twice_is_chance(self) -> None:
        assert outage_kinds.habits([window(0, 1, 3), window(1, 1, 3)], traffic(3)) == [False, False]
