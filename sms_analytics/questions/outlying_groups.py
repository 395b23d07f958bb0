"""Groups against the rate of all of them together: which differ by more than their number of messages and the weather of days explain.

The figures of a funnel plot (D. J. Spiegelhalter 2005): a small group may lie far from the others by chance, a large one may not. How much groups
differ in any case is not estimated from a handful of them, since an outlier would hide itself.
"""

from collections.abc import Sequence
from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.errors import UsageError
from sms_analytics.questions import daily_counts, differences, student
from sms_analytics.questions.decomposition import RateOfSent
from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.selecting import dimensions, in_order, question, select

#: Under this `q` a group is said to differ.
CERTAIN: Final = 0.05

_CALENDAR: Final = frozenset({"hour", "hour_utc", "day", "week", "month"})


@question
def funnel_plot(
    db: duckdb.DuckDBPyConnection, by: str | Sequence[str] = "operator", *, rate: RateOfSent = "rate_confirmed", **options: Unpack[FilterOptions]
) -> pl.DataFrame:
    """Each group of `by` against the rate of all groups together: one row per group, the largest first.

    Columns: the group's; `sent`, `rate`, `pooled` (the rate of all), `low` and `high` (between which 95 % of groups of so many messages lie that do
    not differ, days included), `z` (the distance from `pooled` in standard errors), `q` (the p-value adjusted for the number of groups), `too_little`
    (under five days with messages: then no limits and no `q`), `verdict` (`better` or `worse` where q < .05, else `by_chance` or `too_little`),
    `provisional`. Messages of feeds without any submission are in no count. Filters and errors: as for `rates`; `UsageError` for dimensions of time:
    see `control_chart`.
    """
    if _CALENDAR & set(dimensions(by)) or not dimensions(by):
        raise UsageError("--by: a funnel plot compares groups such as operator, sender or account; days are compared by control_chart")
    selection = select("rates", by, Filters(**options))
    groups = list(selection.columns)
    days = daily_counts.daily(db, groups, Filters(**options)).filter("silence_shows")
    shares = differences.shares(days, groups, differences.hits(rate), pl.col("sent"))
    provisional = days.group_by(groups).agg(pl.col("provisional").sum())
    judged = against_pooled(shares).join(provisional, on=groups, how="left", nulls_equal=True)
    ordered = in_order(judged, groups, "sent")
    return ordered.select(*groups, "sent", "rate", "pooled", "low", "high", "z", "q", "too_little", "verdict", "provisional")


def against_pooled(groups: pl.DataFrame) -> pl.DataFrame:
    """Groups with columns of `differences.shares`, judged; see `funnel_plot`.

    The standard error of a group is that of the pooled rate with its number of messages, or that of its days where it is larger.
    """
    sent = int(groups["n"].sum())
    pooled = float((groups["rate"] * groups["n"]).sum()) / sent if sent else 0.0
    rows = [_judged(pooled, *row) for row in groups.select("n", "rate", "days", "between_days").iter_rows()]
    figures = pl.DataFrame(rows, schema={"low": pl.Float64, "high": pl.Float64, "z": pl.Float64, "p": pl.Float64}, orient="row")
    both = groups.rename({"n": "sent"}).hstack(figures).with_columns(pooled=pl.lit(pooled), q=differences.q_values(figures["p"]))
    too_little = pl.col("days") < differences.FEWEST_DAYS
    verdict = (
        pl.when(too_little)
        .then(pl.lit("too_little"))
        .when(pl.col("q").fill_null(1.0) >= CERTAIN)
        .then(pl.lit("by_chance"))
        .when(pl.col("z") > 0)
        .then(pl.lit("better"))
        .otherwise(pl.lit("worse"))
    )
    return both.with_columns(too_little=too_little, verdict=verdict)


def _judged(pooled: float, sent: int, rate: float, days: int, between_days: float | None) -> tuple[float | None, ...]:
    variance = max(pooled * (1 - pooled) / sent, between_days or 0.0)
    if days < differences.FEWEST_DAYS or variance == 0:
        return None, None, (rate - pooled) / variance**0.5 if variance else None, None
    error = variance**0.5
    reach = student.quantile(days - 1) * error
    z = (rate - pooled) / error
    return max(0.0, pooled - reach), min(1.0, pooled + reach), z, student.two_sided(z, days - 1)
