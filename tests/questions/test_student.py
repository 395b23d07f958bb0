"""Student's t against tables and a closed form; p-values of a table against a slow plain version."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.questions.student import adjusted, quantile, two_sided, within


@pytest.mark.parametrize(
    ("degrees", "printed"), [(1, 12.706205), (2, 4.302653), (4, 2.776445), (8, 2.306004), (12, 2.178813), (54, 2.004879), (1000, 1.962339)]
)
def test_quantiles_are_those_of_the_tables(degrees: int, printed: float) -> None:
    assert quantile(degrees) == pytest.approx(printed, abs=1e-6)


@given(st.floats(-50, 50))
def test_two_degrees_of_freedom_have_a_closed_form(t: float) -> None:
    assert within(t, 2) == pytest.approx(abs(t) / sqrt(2 + t * t), abs=1e-9)
    assert two_sided(t, 2) == pytest.approx(1 - abs(t) / sqrt(2 + t * t), abs=1e-9)


def plain(p_values: list[float | None]) -> list[float | None]:
    """Each q by itself: the smallest of p * m / rank over all p-values that are as large or larger."""
    known = sorted(p for p in p_values if p is not None)
    ranks = {p: number for number, p in enumerate(known, 1)}  # of equal ones the last
    return [None if p is None else min(1.0, *(other * len(known) / ranks[other] for other in known if other >= p)) for p in p_values]


@given(st.lists(st.none() | st.floats(0, 1) | st.sampled_from([0.01, 0.04, 0.05]), max_size=12))
def test_q_is_that_of_a_slow_plain_version(p_values: list[float | None]) -> None:
    assert adjusted(p_values) == pytest.approx(plain(p_values))


def test_five_p_values() -> None:
    assert adjusted([0.01, 0.04, 0.03, None, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, None, 0.5])
