"""How far chance alone reaches around a share."""

from math import inf
from statistics import NormalDist
from typing import Final, Literal, overload

import polars as pl

#: What an interval is of: of both ends of the range that silence leaves, or of the true share that lies somewhere in it.
Interval = Literal["ends", "share"]

_NORMAL: Final = NormalDist()

#: The 97.5 % point of the normal distribution: 1.959964.
Z95: Final = _NORMAL.inv_cdf(0.975)


@overload
def wilson(hits: float, of: float, side: int, z: float = Z95) -> float: ...
@overload
def wilson(hits: pl.Expr, of: pl.Expr, side: int, z: float = Z95) -> pl.Expr: ...
def wilson(hits: float | pl.Expr, of: float | pl.Expr, side: int, z: float = Z95) -> float | pl.Expr:
    """One end (-1 low, +1 high) of the interval of the share `hits` out of `of` (E. B. Wilson 1927): 95 % unless another `z` is given.

    Numbers or columns, `of` above 0; the end lies between 0 and 1 but for rounding.
    """
    share, weight = hits / of, z**2 / of
    reach = (weight * (share * (1 - share) + weight / 4)) ** 0.5
    end: float | pl.Expr = (share + weight / 2 + side * reach) / (1 + weight)
    return end


def of_true_share(confirmed: int, possible: int, of: int) -> tuple[float, float]:
    """The interval that holds the true share in 95 % of cases, wherever it lies between `confirmed` and `possible` (G. Imbens and C. Manski 2004).

    Both ends are Wilson's, with a smaller z the more silence there is: only one end can be missed at a time. `of` above 0.
    """
    z = _z_of_true_share(confirmed, possible, of)
    return max(0.0, wilson(confirmed, of, -1, z)), min(1.0, wilson(possible, of, +1, z))


def _z_of_true_share(confirmed: int, possible: int, of: int) -> float:
    """The c of Phi(c + D/s) - Phi(-c) = .95, D the silent share, s the larger standard error of both ends."""
    low, high = confirmed / of, possible / of
    error = max(share * (1 - share) / of for share in (low, high)) ** 0.5
    apart = (high - low) / error if error else (inf if high > low else 0.0)
    least, most = _NORMAL.inv_cdf(0.95), Z95
    for _ in range(60):
        middle = (least + most) / 2
        covered = _NORMAL.cdf(middle + apart) - _NORMAL.cdf(-middle)
        least, most = (middle, most) if covered < 0.95 else (least, middle)
    return most
