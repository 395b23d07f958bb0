"""Shares delivered within a time, against the worked example and the slowest version there is."""

from itertools import pairwise
from statistics import quantiles as plain_quantiles

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.questions import survival

End = tuple[float, str]

#: Delivered 5 s, 8 s; failed 8 s; open 12 s; delivered 30 s; open 60 s; delivered 3,600 s; open 7,200 s.
EIGHT: list[End] = [
    (5, "delivered"),
    (8, "delivered"),
    (8, "failed"),
    (12, "open"),
    (30, "delivered"),
    (60, "open"),
    (3600, "delivered"),
    (7200, "open"),
]


def frame(ends: list[End]) -> pl.DataFrame:
    rows = [(float(seconds), *(float(end == name) for name in survival.ENDS)) for seconds, end in ends]
    return pl.DataFrame(rows, schema={"seconds": pl.Float64, **dict.fromkeys(survival.ENDS, pl.Float64)}, orient="row")


def slowly(ends: list[End]) -> list[tuple[float, float, float, float]]:
    """Second, share delivered, failed and open after it, one step at a time."""
    delivered = failed = 0.0
    left = 1.0
    found = []
    for second in sorted({seconds for seconds, _ in ends}):
        at_risk = sum(seconds >= second for seconds, _ in ends)
        now = [end for seconds, end in ends if seconds == second]
        delivered += left * now.count("delivered") / at_risk
        failed += left * now.count("failed") / at_risk
        left *= 1 - (now.count("delivered") + now.count("failed")) / at_risk
        found.append((second, delivered, failed, left))
    return found


def slow_variance(ends: list[End], until: float) -> float:
    """The variance of the share delivered as the books write it."""
    steps = slowly(ends)
    share = max((delivered for second, delivered, _, _ in steps if second <= until), default=0.0)
    total = 0.0
    for (_, _, _, before), (second, delivered, _, _) in pairwise([(0.0, 0.0, 0.0, 1.0), *steps]):
        if second > until:
            break
        risk = sum(seconds >= second for seconds, _ in ends)
        own = sum(seconds == second and end == "delivered" for seconds, end in ends)
        gone = own + sum(seconds == second and end == "failed" for seconds, end in ends)
        later = share - delivered
        if risk > gone:
            total += later**2 * gone / (risk * (risk - gone))
        total += before**2 * (risk - own) * own / risk**3 - 2 * later * before * own / risk**2
    return total


def test_the_worked_example() -> None:
    curve = survival.curves(frame(EIGHT))
    at = {second: (delivered, failed) for second, delivered, failed in curve.select("seconds", "share_delivered", "share_failed").iter_rows()}
    assert [at[second][0] for second in (5, 8, 30, 3600)] == pytest.approx([0.125, 0.25, 0.40625, 0.640625])
    assert [at[second][1] for second in (5, 8, 30, 3600, 7200)] == pytest.approx([0, 0.125, 0.125, 0.125, 0.125])


def test_shares_of_sent_within_a_time_and_none_where_nobody_was_seen_so_long() -> None:
    curve = survival.curves(frame(EIGHT))
    found = survival.shares_within(curve, [], {"s": 1, "ten": 10, "minute": 60, "hour": 3600, "day": 86400}).row(0, named=True)
    assert [found[name] for name in ("s", "ten", "minute", "hour")] == pytest.approx([0, 0.25, 0.40625, 0.640625])
    assert (found["day"], found["day_low"], found["day_high"]) == (None, None, None)
    assert found["ten_low"] < 0.25 < found["ten_high"]
    assert found["s_low"] == 0.0
    assert 0 < found["s_high"] < 0.4, "none of eight: Wilson's interval"


def test_where_all_have_ended_the_share_holds_for_ever() -> None:
    curve = survival.curves(frame([(5, "delivered"), (8, "failed")]))
    assert survival.shares_within(curve, [], {"day": 86400})["day"].to_list() == [0.5]


def test_without_open_ones_the_interval_is_that_of_a_share() -> None:
    ends: list[End] = [*((1.0, "delivered"),) * 80, *((2.0, "failed"),) * 20]
    found = survival.shares_within(survival.curves(frame(ends)), [], {"ten": 10}).row(0)
    assert found == pytest.approx((0.8, 0.711171, 0.866633), abs=1e-6)


def test_quantiles_of_those_that_are_delivered_count_the_open_ones_in() -> None:
    assert survival.quantiles(survival.curves(frame([(5, "delivered"), (9, "failed"), (9, "open")])), [], {"median": 0.5})["median"].to_list() == [
        5.0
    ]
    # Of ten, nine were delivered after 1 s; of the others, as old as 2 s, nothing more is known; one was seen for longer and came after 100 s.
    ends: list[End] = [*((1.0, "delivered"),) * 9, *((2.0, "open"),) * 9, (100.0, "delivered")]
    curve = survival.curves(frame(ends))
    assert survival.quantiles(curve, [], {"p40": 0.4, "p95": 0.95}).row(0) == pytest.approx((1.0, 100.0))


def test_nothing_delivered_has_no_quantile() -> None:
    assert survival.quantiles(survival.curves(frame([(5, "failed"), (9, "open")])), [], {"median": 0.5}).is_empty()


def test_groups_are_worked_out_by_themselves() -> None:
    both = pl.concat([frame(EIGHT).with_columns(operator=pl.lit("Ice")), frame([(5, "delivered")]).with_columns(operator=pl.lit(None, pl.String))])
    curve = survival.curves(both, ["operator"])
    assert survival.shares_within(curve, ["operator"], {"ten": 10}).select("operator", "ten").rows() == [(None, 1.0), ("Ice", 0.25)]
    assert survival.quantiles(curve, ["operator"], {"median": 0.5}).sort("operator", nulls_last=True)["median"].to_list()[1] == 5.0


SMALL = st.lists(st.tuples(st.integers(0, 6).map(float), st.sampled_from(survival.ENDS)), min_size=1, max_size=12)


@given(SMALL)
def test_agrees_with_the_slow_version(ends: list[End]) -> None:
    curve = survival.curves(frame(ends))
    steps = slowly(ends)
    assert curve.select("seconds", "share_delivered", "share_failed", "share_open").rows() == [pytest.approx(step) for step in steps]
    assert curve["variance"].to_list() == pytest.approx([slow_variance(ends, second) for second, *_ in steps], abs=1e-12)


@given(st.lists(st.integers(0, 9).map(float), min_size=2, max_size=12))
def test_without_open_and_failed_ones_quantiles_are_the_ordinary_ones(seconds: list[float]) -> None:
    curve = survival.curves(frame([(second, "delivered") for second in seconds]))
    ordinary = plain_quantiles(seconds, n=10, method="inclusive")
    assert survival.quantiles(curve, [], {"a": 0.1, "b": 0.5, "c": 0.9}).row(0) == pytest.approx((ordinary[0], ordinary[4], ordinary[8]))


def test_a_curve_that_breaks_off_goes_on_as_that_of_others() -> None:
    """Of ten messages five came after 1 s, the others are open after 10 s; of ten others five came after 1 s, four after 100 s, one never."""
    young = survival.curves(frame([*((1.0, "delivered"),) * 5, *((10.0, "open"),) * 5]).with_columns(clock=pl.lit("phone")), ["clock"])
    others = frame([*((1.0, "delivered"),) * 5, *((100.0, "delivered"),) * 4, (1000.0, "open")]).with_columns(clock=pl.lit("phone"))
    whole = survival.completed(young, ["clock"], survival.curves(others, ["clock"]), ["clock"])
    assert whole.select("seconds", "share_delivered").rows() == [(1, 0.5), (10, 0.5), (100, pytest.approx(0.9))]
    assert survival.quantiles(whole, ["clock"], {"p50": 0.5, "p90": 0.9})["p90"].to_list() == [100.0]
