"""What rates are made of: counts that add up, and every share that is worked out from them.

`counting` is the SQL that counts, `of_counts` makes the rows of `rates` of what it counted: of any groups, since shares are worked out of sums,
never averaged.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from sms_analytics.questions.intervals import wilson
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, ARRIVED_OUTCOMES, ASSUMED, COUNTS, NOT_SENT, RATES, SENT_OUTCOMES

#: Counts behind `receipts_only_answered`.
_ANSWERS: Final = ("receipts_only_arrived", "receipts_only_known")
#: Whether silence can be seen in the messages that were asked for: not in those that are known from receipts only.
_SEEN: Final = "silence_shows"
#: The operator that a row's silent messages are likened to; the group itself may be by something else.
_LIKENED: Final = "likened_to"

#: By operators with fewer answers than this, and those without a name, nobody is judged alone.
_ENOUGH_ANSWERS: Final = 30
#: How much smaller and larger the odds of a silent message are assumed to be than those of an answered one.
_ODDS: Final = {"rate_alike": 1.0, "rate_low": 0.5, "rate_high": 2.0}

_ADDED: Final = (*COUNTS, *_ANSWERS)


#: The same as sums over `daily_counts`. Only messages of feeds whose silence shows are counted there.
KEPT: Final = f"operator AS {_LIKENED}, " + ", ".join(f"sum({name})::BIGINT AS {name}" for name in _ADDED) + f", true AS {_SEEN}"


def counting(groups: str) -> str:
    """SQL over `chosen` (see `selecting`): one row per group, the head of a SELECT list, and operator."""
    counts = ",\n".join(f"count(*) filter (counted_as = '{name}') as {name}" for name in (*SENT_OUTCOMES, *NOT_SENT))
    return f"""
        select
            {groups}
            operator as {_LIKENED},
            count(counted_as) as messages,
            count(*) filter (sent) as sent,
            {counts},
            count(*) filter (provisional) as provisional,
            count(*) filter (receipts_only) as receipts_only,
            count(*) filter (receipts_only and classed_as in {ARRIVED_OUTCOMES}) as receipts_only_arrived,
            count(*) filter (receipts_only and classed_as in {ANSWERED_OUTCOMES}) as receipts_only_known,
            coalesce(bool_and(not receipts_only) filter (counted_as is not null), true) as {_SEEN}
        from chosen
        group by all
        """


def of_counts(counts: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """The rows of `rates` by the columns `by` of what `counting` counted by these or more, in the order in which groups come.

    `rate_alike` takes silent messages to have fared like the answered ones of the same operator, `rate_low` and `rate_high` their odds to be half or
    twice as good. Operators with fewer than 30 answers and the unknown one are taken together; null where these have silent messages and fewer than
    30 answers.
    """
    whole = counts.with_columns(pl.lit(None).alias(_WHOLE)) if not by else counts
    keys = list(by) or [_WHOLE]
    sums = whole.group_by(keys, maintain_order=True).agg(pl.col(_ADDED).sum(), pl.col(_SEEN).all())
    assumed = _assumed(whole, keys)
    both = sums.join(assumed, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return both.with_columns(**_rates()).select(*by, *COUNTS, *RATES)


_WHOLE: Final = "whole"


def answered(counts: str = "") -> pl.Expr:
    """How many got a final status, of a frame with these counts."""
    return pl.sum_horizontal(f"{name}{counts}" for name in ANSWERED_OUTCOMES)


def arrived(counts: str = "") -> pl.Expr:
    """How many of those arrived, whole or in part."""
    return pl.sum_horizontal(f"{name}{counts}" for name in ARRIVED_OUTCOMES)


def _rates() -> dict[str, pl.Expr]:
    sent = pl.col("sent")
    not_failed = sent - pl.col("failed")
    of_sent = {
        "rate_confirmed": pl.col("delivered") / sent,
        "rate_possible": not_failed / sent,
        "coverage": answered() / sent,
        "ci_low": wilson(pl.col("delivered"), sent, -1).clip(0, 1),
        "ci_high": wilson(not_failed, sent, +1).clip(0, 1),
        **{name: pl.col(name) / sent for name in ASSUMED},
    }
    return {
        "rate_answered": pl.when(answered() > 0).then(arrived() / answered()),
        "receipts_only_answered": pl.when(pl.col("receipts_only_known") > 0).then(pl.col("receipts_only_arrived") / pl.col("receipts_only_known")),
        **{name: pl.when(pl.col(_SEEN) & (sent > 0)).then(value) for name, value in of_sent.items()},
    }


def _assumed(counts: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """For each group how many arrived, under each of the assumptions."""
    named = counts.group_by([*keys, _LIKENED], maintain_order=True).agg(
        silent=(pl.col("sent") - answered()).sum(), arrived=arrived().sum(), answered=answered().sum()
    )
    few = pl.col(_LIKENED).is_null() | (pl.col("answered") < _ENOUGH_ANSWERS)
    pooled = (
        named.with_columns(pl.when(~few).then(pl.col(_LIKENED)))
        .group_by([*keys, _LIKENED], maintain_order=True)
        .agg(pl.col("silent", "arrived", "answered").sum())
    )
    return pooled.group_by(keys, maintain_order=True).agg(**dict(_expected()))


def _expected() -> Iterator[tuple[str, pl.Expr]]:
    too_few = (pl.col("silent") > 0) & (pl.col("answered") < _ENOUGH_ANSWERS)
    share = pl.col("arrived") / pl.col("answered")
    for name, odds in _ODDS.items():
        of_silent = share * odds / (1 - share + share * odds)
        expected = pl.when(pl.col("silent") > 0).then(pl.col("silent") * of_silent).otherwise(0.0) + pl.col("arrived")
        yield name, pl.when(~too_few.any()).then(expected.sum())
