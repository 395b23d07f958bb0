"""Routes or operators with different messages, compared as if all had the same mix of countries and senders (direct standardisation).

Shown beside the raw rates, never in their place: the raw rate is what happened.
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

#: A group with fewer sent messages takes no part in the comparison: it would leave the others no common mix.
FEWEST: Final = 100
#: In a stratum with fewer messages of a group nothing is known of it there.
FEWEST_IN_STRATUM: Final = 10


@question
def standardised(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = "feed",
    *,
    over: str | Sequence[str] = ("country", "sender"),
    rate: RateOfSent = "rate_confirmed",
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """Each group's rate as it would be with the common mix of `over`, beside the rate that it has: one row per group, the largest first.

    The common mix is that of all messages in those parts (country and sender, unless `over` says otherwise) in which every group that takes part has
    at least 10 messages; groups with fewer than 100 take no part. Columns: the group's; `sent`, `rate`; `rate_standardised` with `low` and `high`
    (95 %, days included; null where there is no common part, or fewer than five days), `mix_covered` (the share of the group's messages that lie in
    the common parts). Messages of feeds without any submission are in no count. Filters and errors: as for `rates`; `UsageError` where `by` and
    `over` share a dimension.
    """
    groups, strata = dimensions(by), dimensions(over)
    if not groups or not strata or set(groups) & set(strata):
        raise UsageError(f"--by and --over must each name dimensions, and none of them twice: by {', '.join(groups)}; over {', '.join(strata)}")
    columns = list(select("rates", [*groups, *strata], Filters(**options)).columns)
    days = daily_counts.daily(db, columns, Filters(**options)).filter("silence_shows")
    counts = days.group_by(*columns, "day").agg(pl.col("sent").sum(), hits=differences.hits(rate).sum()).filter(pl.col("sent") > 0)
    return in_order(at_common_mix(counts, groups, strata), groups, "sent")


def at_common_mix(counts: pl.DataFrame, groups: Sequence[str], strata: Sequence[str]) -> pl.DataFrame:
    """The rows of `standardised` of `sent` and `hits` by group, stratum and day."""
    raw = counts.group_by(groups).agg(pl.col("sent").sum(), rate=pl.col("hits").sum() / pl.col("sent").sum())
    taking_part = counts.join(raw.filter(pl.col("sent") >= FEWEST).select(groups), on=groups, how="semi", nulls_equal=True)
    weights = _common(taking_part, groups, strata)
    parts = taking_part.join(weights, on=strata, how="inner", nulls_equal=True)
    found = _weighted(parts, groups, strata)
    return (
        raw.join(found, on=groups, how="left", nulls_equal=True)
        .with_columns(mix_covered=pl.col("in_common") / pl.col("sent"))
        .select(*groups, "sent", "rate", "rate_standardised", "low", "high", "mix_covered")
    )


def _common(counts: pl.DataFrame, groups: Sequence[str], strata: Sequence[str]) -> pl.DataFrame:
    """The strata that every group has enough messages in, with their share of all messages there as `weight`."""
    number = counts.select(groups).n_unique()
    cells = counts.group_by(*groups, *strata).agg(pl.col("sent").sum()).filter(pl.col("sent") >= FEWEST_IN_STRATUM)
    whole = cells.group_by(strata).agg(pl.len(), pl.col("sent").sum()).filter(pl.col("len") == number)
    return whole.select(*strata, weight=pl.col("sent") / pl.col("sent").sum())


def _weighted(parts: pl.DataFrame, groups: Sequence[str], strata: Sequence[str]) -> pl.DataFrame:
    """Per group the weighted rate with its interval: days vary as a whole, so what one day adds in all strata is squared together."""
    cells = parts.group_by(*groups, *strata).agg(pl.col("weight").first(), n=pl.col("sent").sum(), p=pl.col("hits").sum() / pl.col("sent").sum())
    added = parts.join(cells.drop("weight"), on=[*groups, *strata], nulls_equal=True).with_columns(
        residual=pl.col("weight") * (pl.col("hits") - pl.col("sent") * pl.col("p")) / pl.col("n")
    )
    days = added.group_by(*groups, "day").agg(pl.col("residual").sum()).group_by(groups).agg(days=pl.len(), squares=(pl.col("residual") ** 2).sum())
    rates = cells.group_by(groups).agg(
        rate_standardised=(pl.col("weight") * pl.col("p")).sum(),
        in_common=pl.col("n").sum(),
        binomial=(pl.col("weight") ** 2 * pl.col("p") * (1 - pl.col("p")) / pl.col("n")).sum(),
    )
    both = rates.join(days, on=groups, nulls_equal=True)
    rows = [_interval(*row) for row in both.select("rate_standardised", "binomial", "squares", "days").iter_rows()]
    return both.hstack(pl.DataFrame(rows, schema={"low": pl.Float64, "high": pl.Float64}, orient="row"))


def _interval(rate: float, binomial: float, squares: float, days: int) -> tuple[float | None, float | None]:
    if days < differences.FEWEST_DAYS:
        return None, None
    reach = student.quantile(days - 1) * max(binomial, days / (days - 1) * squares) ** 0.5
    return max(0.0, rate - reach), min(1.0, rate + reach)
