"""The variance of a share between days, against one sum after the other; what can be said of a difference."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.questions.differences import compared, shares


def frame(days: list[tuple[int, int]]) -> pl.DataFrame:
    """Delivered and sent of each of these days."""
    rows = [("A", date(2026, 10, 1 + number), hits, sent) for number, (hits, sent) in enumerate(days)]
    return pl.DataFrame(rows, schema={"operator": pl.String, "day": pl.Date, "hits": pl.Int64, "sent": pl.Int64}, orient="row")


def plain(days: list[tuple[int, int]]) -> tuple[float, float]:
    """Share and variance by the formula of the page of methods; at 0 and 1 that of the middle of Wilson's interval."""
    some = [day for day in days if day[1]]
    sent, hits = sum(n for _, n in some), sum(d for d, _ in some)
    p, k = hits / sent, len(some)
    inner = p if 0 < p < 1 else (hits + 1.959964**2 / 2) / (sent + 1.959964**2)
    between = k / (k - 1) * sum((d - n * p) ** 2 for d, n in some) / sent**2 if k > 1 else 0.0
    return p, max(inner * (1 - inner) / sent, between)


@given(st.lists(st.integers(0, 50).flatmap(lambda sent: st.tuples(st.integers(0, sent), st.just(sent))), min_size=1, max_size=9))
def test_it_is_that_of_a_slow_plain_version(days: list[tuple[int, int]]) -> None:
    found = shares(frame(days), ["operator"], pl.col("hits"), pl.col("sent"))
    if not sum(sent for _, sent in days):
        assert found.is_empty()
        return
    share, variance = plain(days)
    row = found.row(0, named=True)
    assert (row["rate"], row["variance"], row["days"]) == pytest.approx((share, variance, sum(1 for _, sent in days if sent)), rel=1e-6, abs=1e-12)


def _both(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> pl.DataFrame:
    earlier, later = (shares(frame(days), ["operator"], pl.col("hits"), pl.col("sent")) for days in (before, after))
    return compared(later.join(earlier, on="operator", suffix="_before"))


def test_four_days_are_too_few() -> None:
    found = _both([(9, 10)] * 4, [(5, 10)] * 7).row(0, named=True)
    assert found == {"change": pytest.approx(-0.4), "change_low": None, "change_high": None, "p": None, "detectable": None, "too_little": True}


def test_all_and_none_are_no_certainty() -> None:
    """100 of 100 and then 99: nothing to speak of, though the share itself has no variance where all arrive."""
    found = _both([(20, 20)] * 5, [(20, 20)] * 4 + [(19, 20)]).row(0, named=True)
    assert found["p"] > 0.3
    assert found["change_low"] < found["change"] < found["change_high"]


def test_a_change_stays_within_what_is_possible() -> None:
    found = _both([(0, 1)] * 5, [(1, 1)] * 5).row(0, named=True)
    assert (found["change"], found["change_high"]) == (1.0, 1.0)
