"""How far chance reaches: worked values, and what must hold whatever is counted."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.questions import metrics
from sms_analytics.questions.intervals import Z95, _z_of_true_share, of_true_share, wilson
from tests.messages_table import database, messages_of


def test_wilson_of_numbers_and_of_columns() -> None:
    assert (wilson(80, 100, -1), wilson(90, 100, +1)) == pytest.approx((0.711171, 0.944771), abs=5e-7)
    frame = pl.DataFrame({"hits": [80, 90], "of": [100, 100]})
    assert frame.select(wilson(pl.col("hits"), pl.col("of"), -1)).to_series().to_list() == pytest.approx([0.711171, 0.825634], abs=5e-7)


def test_the_true_share() -> None:
    assert _z_of_true_share(80, 90, 100) == pytest.approx(1.645018, abs=5e-7)
    assert of_true_share(80, 90, 100) == pytest.approx((0.726688, 0.939284), abs=5e-7)


def test_without_silence_it_is_wilsons() -> None:
    assert _z_of_true_share(95, 95, 100) == pytest.approx(1.959964, abs=5e-7)
    assert of_true_share(95, 95, 100) == pytest.approx((wilson(95, 100, -1), wilson(95, 100, +1)))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_it_holds_the_range_and_lies_within_that_of_both_ends(delivered: int, silent: int, failed: int) -> None:
    sent = delivered + silent + failed
    if sent:
        low, high = of_true_share(delivered, delivered + silent, sent)
        assert max(0, wilson(delivered, sent, -1)) - 1e-9 <= low <= delivered / sent + 1e-9
        assert (delivered + silent) / sent - 1e-9 <= high <= wilson(delivered + silent, sent, +1) + 1e-9
        assert 1.64 < _z_of_true_share(delivered, delivered + silent, sent) <= Z95 + 1e-9


def test_rates_give_it_when_asked() -> None:
    rows = [*messages_of(80), *messages_of(10, outcome="failed"), *messages_of(10, outcome="no_status")]
    (both,) = metrics.rates(database(rows)).to_dicts()
    (share,) = metrics.rates(database(rows), interval="share").to_dicts()
    assert (both["ci_low"], both["ci_high"]) == pytest.approx((0.711171, 0.944771), abs=5e-7)
    assert (share["ci_low"], share["ci_high"]) == pytest.approx((0.726688, 0.939284), abs=5e-7)
    assert {name for name in both if both[name] != share[name]} == {"ci_low", "ci_high"}


def test_where_silence_does_not_show_there_is_none() -> None:
    rows = messages_of(3, feed="west", submission_missing=True)
    assert metrics.rates(database(rows), interval="share").select("ci_low", "ci_high").row(0) == (None, None)
