"""What is to come of open messages, against numbers that a person can add up and the slowest version there is."""

from collections import Counter, defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.questions import forecasts

HOUR = 3600.0
#: Party, seconds until the final status, how it ended.
Past = tuple[str | None, float | None, str | None]

#: Ten mature messages: delivered at 5 s (six), 1 h, 25 h; failed at 10 s; one silent.
TEN: list[Past] = [
    *((("Ice", 5.0, "delivered"),) * 6),
    ("Ice", HOUR, "delivered"),
    ("Ice", 25 * HOUR, "delivered"),
    ("Ice", 10.0, "failed"),
    ("Ice", None, None),
]


def past(rows: list[Past]) -> pl.DataFrame:
    schema = {"party": pl.String, "seconds": pl.Float64, "ending": pl.String, "messages": pl.Int64}
    return pl.DataFrame([(*row, 1) for row in rows], schema=schema, orient="row")


def now_open(rows: list[tuple[str, str | None, float]]) -> pl.DataFrame:
    schema = {"day": pl.String, "party": pl.String, "seconds": pl.Float64, "messages": pl.Int64}
    return pl.DataFrame([(*row, 1) for row in rows], schema=schema, orient="row")


@pytest.mark.parametrize(
    ("age", "still_open", "delivered", "failed"),
    [(0, 10, 8, 1), (5, 4, 2, 1), (9, 4, 2, 1), (10, 3, 2, 0), (2 * HOUR, 2, 1, 0), (26 * HOUR, 1, 0, 0)],
)
def test_ten_mature_messages(age: float, still_open: int, delivered: int, failed: int) -> None:
    known = forecasts.chances(past(TEN)).filter(pl.col("seconds") <= age).tail(1)
    assert known.select("still_open", "later_delivered", "later_failed").rows() == [(still_open, delivered, failed)]


def test_at_two_hours_half_of_the_open_ones_come() -> None:
    (row,) = forecasts.forecast(now_open([("monday", "Ice", 2 * HOUR)]), past(TEN), ["day"]).to_dicts()
    assert (row["open"], row["unknown"], row["delivered_more"], row["failed_more"]) == (1, 0, 0.5, 0)


def test_the_error_of_the_chance_is_shared_by_all_it_is_taken_for() -> None:
    history = past([("Ice", 10.0, "delivered")] * 20 + [("Ice", None, None)] * 20)
    (row,) = forecasts.forecast(now_open([("monday", "Ice", 5.0)] * 400), history, ["day"]).to_dicts()
    assert row["delivered_more"] == 200
    assert row["delivered_variance"] ** 0.5 == pytest.approx(33.166, abs=0.001)


def test_operators_with_few_open_ones_are_taken_together() -> None:
    history = past([("Ice", 10.0, "delivered")] * 30 + [("Telia", None, None)] * 10)
    found = forecasts.forecast(now_open([("ice", "Ice", 5.0), ("telia", "Telia", 5.0), ("nobody", None, 5.0)]), history, ["day"])
    assert dict(found.select("day", "delivered_more").iter_rows()) == {"ice": 1.0, "telia": 0.75, "nobody": 0.75}


def test_an_age_that_history_knows_nothing_of() -> None:
    (row,) = forecasts.forecast(now_open([("monday", "Ice", 9.0)]), past([("Ice", 5.0, "delivered")]), ["day"]).to_dicts()
    assert (row["unknown"], row["delivered_more"], row["delivered_variance"]) == (1, 0.0, 0.0)


def slowly(history: list[Past], rows: list[tuple[str, str | None, float]], ending: str) -> dict[str, tuple[float, float]]:
    """Expected and variance per day, message by message."""
    found: dict[str, tuple[float, float]] = {}
    for day in {day for day, _, _ in rows}:
        expected = own = 0.0
        shared: dict[str | None, float] = defaultdict(float)
        for (_, party, age), count in Counter(row for row in rows if row[0] == day).items():
            open_then = [past for past in history if past[1] is None or past[1] > age]
            of_party = [past for past in open_then if past[0] == party]
            alone = party is not None and len(of_party) >= forecasts.ENOUGH_OPEN
            chosen = of_party if alone else open_then
            if not chosen:
                continue
            share = sum(past[2] == ending for past in chosen) / len(chosen)
            expected += count * share
            own += count * share * (1 - share)
            shared[party if alone else None] += count * (share * (1 - share) / len(chosen)) ** 0.5
        found[day] = (expected, own + sum(error**2 for error in shared.values()))
    return found


PARTIES = st.sampled_from(["Ice", "Telia", None])
AGES = st.integers(0, 4).map(float)


@given(
    st.lists(st.tuples(PARTIES, st.one_of(st.none(), AGES), st.sampled_from(["delivered", "failed"])), min_size=1, max_size=120),
    st.lists(st.tuples(st.sampled_from(["monday", "tuesday"]), PARTIES, AGES), min_size=1, max_size=8),
)
def test_agrees_with_the_slow_version(history: list[Past], rows: list[tuple[str, str | None, float]]) -> None:
    sound = [(party, seconds, ending if seconds is not None else None) for party, seconds, ending in history]
    found = forecasts.forecast(now_open(rows), past(sound), ["day"])
    for ending in forecasts.ENDS:
        known = {row["day"]: pytest.approx((row[f"{ending}_more"], row[f"{ending}_variance"])) for row in found.to_dicts()}
        assert slowly(sound, rows, ending) == known
