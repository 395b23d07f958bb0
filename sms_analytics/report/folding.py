"""Groups with fewer messages than the minimum are put together in charts, since a rate of few says little. In tables they stand by themselves, with
their counts and without shares: a reader must be able to add up, and the list of messages would tell them anyway.

This holds for operators, countries, send-outs and reasons. It does not hold for outcomes, causes of silence and charges: they are no groups of people
but the terms of sums, and money at risk is told to the last message. Nor for days, whose order is the point.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from sms_analytics.questions import rating
from sms_analytics.questions.selecting import in_order
from sms_analytics.vocabulary import RATES

#: The name of all groups that are too small to stand by themselves, beside others and where there are none; letters that nobody's name has.
OTHER: Final = "\ue000"
EVERY: Final = "\ue001"

#: As many groups stand by themselves, however large the others are: nobody reads a hundred pages of send-outs.
MOST: Final = 100


def rates(found: pl.DataFrame, counts: pl.DataFrame, dimension: str, *, minimum: int) -> pl.DataFrame:
    """The small groups of a frame of `rates`, largest first, as its last row; as it is where there is only one group. `counts`: what it is made
    of.
    """
    is_small = (pl.col("messages") + pl.col("receipts_only") < minimum) | (pl.int_range(pl.len()) >= MOST)
    small = found.filter(is_small)[dimension].to_list() if found.height > 1 else []
    return _together(counts, dimension, small, _name(found, small)) if small else found


def both(before: pl.DataFrame, after: pl.DataFrame, dimension: str, *, minimum: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two frames of daily counts whose groups can be set against each other: small is what is small in both."""
    sums = [counts.group_by(dimension, maintain_order=True).agg(pl.col("sent").sum()) for counts in (before, after)]
    most = pl.concat(sums).group_by(dimension, maintain_order=True).agg(pl.col("sent").max()).sort("sent", dimension, descending=True)
    small = most.filter(pl.col("sent") < minimum)[dimension].to_list() if most.height > 1 else []
    renamed = _renamed(dimension, small, _name(most, small))
    return before.with_columns(renamed), after.with_columns(renamed)


def listed(found: pl.DataFrame, counts: pl.DataFrame, dimension: str, *, minimum: int) -> pl.DataFrame:
    """Every group of a frame of `rates` by itself: the small ones with their counts and without shares, which say nothing of few; what is behind the
    largest `MOST` as the last row. A single group has its shares, however small: they are those of all.
    """
    behind = found.slice(MOST)[dimension].to_list()
    whole = _together(counts, dimension, behind, OTHER) if behind else found
    if whole.height < 2:
        return whole
    enough = pl.col("messages") + pl.col("receipts_only") >= minimum
    return whole.with_columns(pl.when(enough).then(pl.col(name)).alias(name) for name in RATES)


def reasons(found: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """The small reasons of a frame of `reasons` as its last row, with a class where all of them are of that class and without codes."""
    small = found.filter(pl.col("messages") + pl.col("refused") < minimum)["reason"].to_list() if found.height > 1 else []
    if not small:
        return found
    one_class = pl.when(pl.col("reason_class").n_unique() == 1).then(pl.col("reason_class").first()).alias("reason_class")
    summed = (
        found.with_columns(_renamed("reason", small, _name(found, small)))
        .group_by("reason", maintain_order=True)
        .agg(
            one_class,
            pl.col("messages", "refused").sum(),
            *(pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name) for name in ("share", "share_of_sent")),
            codes=pl.when(pl.len() == 1).then(pl.col("codes").first()),
        )
    )
    return summed.sort(pl.col("reason").eq_missing(OTHER), maintain_order=True).select(found.columns)


def _together(counts: pl.DataFrame, dimension: str, small: Sequence[str | None], name: str) -> pl.DataFrame:
    summed = rating.of_counts(counts.with_columns(_renamed(dimension, small, name)), [dimension])
    return in_order(summed, [dimension], "messages").sort(pl.col(dimension).eq_missing(OTHER), maintain_order=True)


def _name(found: pl.DataFrame, small: Sequence[str | None]) -> str:
    return EVERY if len(small) == found.height else OTHER


def _renamed(dimension: str, small: Sequence[str | None], name: str) -> pl.Expr:
    """The dimension with one name for the small groups."""
    is_small = pl.col(dimension).is_in([group for group in small if group is not None])
    if None in small:
        is_small = is_small | pl.col(dimension).is_null()
    return pl.when(is_small.fill_null(value=False)).then(pl.lit(name)).otherwise(pl.col(dimension)).alias(dimension)
