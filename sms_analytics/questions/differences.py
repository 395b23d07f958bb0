"""How sure the difference of two shares is, when days vary and not only messages.

Messages of one day share its weather, so an interval made of messages alone is too narrow: with nothing changed, a weekly comparison of 7 x 1,000
messages was flagged in 47 % of cases where days differed by 2 points.
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import polars as pl

from sms_analytics.questions import student
from sms_analytics.questions.decomposition import RateOfSent
from sms_analytics.questions.intervals import Z95

#: A period of fewer days says too little of how much days differ.
FEWEST_DAYS: Final = 5

#: Of changes of so many standard errors 80 % are found: 2.8016.
_POWER: Final = Z95 + NormalDist().inv_cdf(0.8)

_FIGURES: Final = {"change": pl.Float64, "change_low": pl.Float64, "change_high": pl.Float64, "p": pl.Float64, "detectable": pl.Float64}


def hits(rate: RateOfSent) -> pl.Expr:
    """What a rate counts, of columns of `daily_counts`."""
    return {"rate_confirmed": pl.col("delivered"), "rate_possible": pl.col("sent") - pl.col("failed"), "coverage": pl.col("answered")}[rate]


def shares(days: pl.DataFrame, by: Sequence[str], hits: pl.Expr, of: pl.Expr) -> pl.DataFrame:
    """Per group of `by` the share of `hits` in `of` over rows that are one day (or a part of one) each; groups without any are left out.

    Columns: the group's, `n` (the sum of `of`), `days` (with any), `rate`, `between_days` (k/(k-1) * sum (d_i - n_i p)^2 / n^2, null for a single
    day), `variance`: the larger of that and the binomial one. A share of 0 or 1 has the binomial variance of the middle of Wilson's interval, since
    its own would be 0.
    """
    daily = days.group_by(*by, "day").agg(d=hits.sum(), n_day=of.sum()).filter(pl.col("n_day") > 0)
    d, n_day = pl.col("d"), pl.col("n_day")
    squares = {"dd": (d * d).sum(), "dn": (d * n_day).sum(), "nn": (n_day * n_day).sum()}
    sums = daily.group_by(*by).agg(d=d.sum(), n=n_day.sum(), days=pl.len().cast(pl.Int64), **squares)
    d, n, count = pl.col("d"), pl.col("n"), pl.col("days")
    share = d / n
    middle = pl.when((d > 0) & (d < n)).then(share).otherwise((d + Z95**2 / 2) / (n + Z95**2))
    spread = (pl.col("dd") - 2 * share * pl.col("dn") + share**2 * pl.col("nn")).clip(0)
    between_days = pl.when(count > 1).then(count / (count - 1) * spread / n**2)
    variance = pl.max_horizontal(middle * (1 - middle) / n, between_days)
    return sums.select(*by, "n", "days", rate=share, between_days=between_days, variance=variance)


def compared(both: pl.DataFrame) -> pl.DataFrame:
    """What can be said of the difference of two shares, row by row, of columns `rate`, `variance` and `days` and the same with `_before`.

    Columns: `change` (null where a share is missing), `change_low`, `change_high` (95 %, by Student's t with k0 + k1 - 2 degrees of freedom), `p`
    (how often chance alone moves it further), `detectable` (a change that so many messages show in 80 % of cases: 2.8016 standard errors), all but
    the first null where one of the periods has fewer than five days: `too_little`.
    """
    columns = ("rate_before", "variance_before", "days_before", "rate", "variance", "days")
    rows = [_difference(row[:3], row[3:]) for row in both.select(columns).iter_rows()]
    figures = pl.DataFrame(rows, schema=_FIGURES, orient="row")
    enough = (pl.col("days_before") >= FEWEST_DAYS) & (pl.col("days") >= FEWEST_DAYS)
    return figures.with_columns(both.select(too_little=~enough.fill_null(value=False)))


_Period = tuple[float | None, float, int]


def _difference(earlier: _Period, later: _Period) -> tuple[float | None, ...]:
    (before, variance_before, days_before), (after, variance, days) = earlier, later
    if before is None or after is None:
        return (None,) * len(_FIGURES)
    change = after - before
    if min(days_before, days) < FEWEST_DAYS:
        return (change, *(None for _ in range(len(_FIGURES) - 1)))
    degrees = days_before + days - 2
    error = (variance_before + variance) ** 0.5
    reach = student.quantile(degrees) * error
    return change, max(-1.0, change - reach), min(1.0, change + reach), student.two_sided(change / error, degrees), _POWER * error


def q_values(p: pl.Series) -> pl.Series:
    """The p-values of one table as `q`; see `student.adjusted`."""
    return pl.Series("q", student.adjusted(p.to_list()), dtype=pl.Float64)
