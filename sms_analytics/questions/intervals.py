"""How far chance alone reaches around a share."""

from statistics import NormalDist
from typing import Final, overload

import polars as pl

#: The 97.5 % point of the normal distribution: 1.959964.
Z95: Final = NormalDist().inv_cdf(0.975)


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
