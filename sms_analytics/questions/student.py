"""Student's t distribution: quantiles, p-values, and those of many comparisons at once."""

from collections.abc import Sequence
from functools import cache
from math import atan, cos, exp, lgamma, pi, sqrt
from typing import Final

#: Pieces that an integral is cut into: more change no digit that is shown, up to 10,000 degrees of freedom.
_PIECES: Final = 1_000
#: Wide enough for every quantile that is asked for, one degree of freedom included.
_WIDEST: Final = 1_000.0


def within(t: float, degrees: float) -> float:
    """The probability that a t variable lies between -t and t."""
    # With t = sqrt(degrees) tan(angle) the density becomes a power of the cosine, which is integrated by Simpson's rule.
    angle = atan(abs(t) / sqrt(degrees))
    step = angle / _PIECES
    heights = [cos(number * step) ** (degrees - 1) for number in range(_PIECES + 1)]
    area = (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2])) * step / 3
    scale = 2 * exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2)) / sqrt(pi)
    return float(min(1.0, scale * area))


def two_sided(t: float, degrees: float) -> float:
    """The p-value of `t`: how often a t variable lies further from 0."""
    return 1 - within(t, degrees)


@cache
def quantile(degrees: float, level: float = 0.95) -> float:
    """The t between whose two signs a t variable lies with probability `level`: 2.179 for 12 degrees of freedom and 95 %."""
    low, high = 0.0, _WIDEST
    while high - low > 1e-9 * max(1.0, low):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, degrees) < level else (low, middle)
    return (low + high) / 2


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """The p-values of one table adjusted for their number (Y. Benjamini and Y. Hochberg 1995): of what has a `q` under .05, 5 % are false alarms.

    None where there is no p-value; those are not counted.
    """
    known = sorted(((p, number) for number, p in enumerate(p_values) if p is not None), reverse=True)
    found: list[float | None] = [None] * len(p_values)
    smallest = 1.0
    for rank, (p, number) in zip(range(len(known), 0, -1), known, strict=True):
        smallest = min(smallest, p * len(known) / rank)
        found[number] = smallest
    return found
