"""Where young counts will end: what becomes of messages that are still open, by what became of those that were open at the same age.

`chances` is what history says of one age, `forecast` adds it up over the open messages of a group. Both are frames in, frames out.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

#: How a message can end; the others stay silent.
ENDS: Final = ("delivered", "failed")
#: The operator whose habits a message is taken to have; the groups may be by something else.
PARTY: Final = "party"
#: Operators of which fewer messages were open at an age are taken together there.
ENOUGH_OPEN: Final = 30
#: 90 % of a normal distribution lie within so many standard deviations, and counts are whole numbers.
Z90: Final = 1.645
HALF: Final = 0.5


def chances(history: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """What became of messages that were open at an age: one row per operator (and columns `by`) and age at which that changes.

    `history` has the columns `by`, `party` (the operator), `seconds` (after which a message got its final status; null where it never did),
    `ending` (`delivered`, `failed`, null) and `messages`, how many. The rows hold from the age `seconds` on, until the next one: `still_open`, and
    `later_delivered`, `later_failed` of these. The first one, of the age before 0, is that of all.
    """
    keys = [*by, PARTY]
    counted = history.group_by([*keys, "seconds"]).agg(
        pl.col("messages").sum(), *(pl.col("messages").filter(pl.col("ending") == end).sum().alias(end) for end in ENDS)
    )
    ended = counted.drop_nulls("seconds")
    before = counted.group_by(keys).agg(pl.lit(-1.0).alias("seconds"), *(pl.lit(0).alias(name) for name in ("messages", *ENDS)))
    steps = pl.concat([ended.cast({"seconds": pl.Float64}), before.select(ended.columns)], how="vertical_relaxed").sort([*keys, "seconds"])
    whole = counted.group_by(keys).agg(pl.col("messages", *ENDS).sum().name.prefix("all_"))
    so_far = steps.join(whole, on=keys, nulls_equal=True, maintain_order="left").with_columns(
        (pl.col(f"all_{name}") - pl.col(name).cum_sum().over(keys)).alias(column)
        for name, column in (("messages", "still_open"), ("delivered", "later_delivered"), ("failed", "later_failed"))
    )
    return so_far.select(*keys, "seconds", "still_open", *(f"later_{end}" for end in ENDS))


def forecast(still_open: pl.DataFrame, history: pl.DataFrame, groups: Sequence[str], by: Sequence[str] = ()) -> pl.DataFrame:
    """What is to come of the open messages of each group: one row per group that has any.

    `still_open` has the columns `groups` (those of `by` among them), `party` (the operator), `seconds` (its age) and `messages`; `history` is that
    of `chances`. Columns: `groups`, `open`, `unknown` (those of them of whose age history knows nothing, so nothing is expected), and for each of
    `ENDS` `ENDING_more` (expected) and `ENDING_variance`. The error of a chance is shared by all messages that it is taken for: of m with the same
    one, of which n were open in history, the variance is m p (1 - p) (1 + m / n).
    """
    aged = still_open.cast({"seconds": pl.Float64}).sort("seconds")
    of_operators = chances(history, by)
    together = chances(history.with_columns(**{PARTY: pl.lit(None, pl.String)}), by).drop(PARTY)
    looked_up = _at_age(_at_age(aged, of_operators, [*by, PARTY], ""), together, list(by), "_all")
    alone = pl.col(PARTY).is_not_null() & (pl.col("still_open").fill_null(0) >= ENOUGH_OPEN)
    known = looked_up.with_columns(
        likened_to=pl.when(alone).then(PARTY),
        of=pl.when(alone).then("still_open").otherwise("still_open_all").fill_null(0),
        **{f"later_{end}": pl.when(alone).then(f"later_{end}").otherwise(f"later_{end}_all").fill_null(0) for end in ENDS},
    )
    terms = known.with_columns(unknown=pl.when(pl.col("of") == 0).then("messages").otherwise(0), **dict(_terms()))
    shared = terms.group_by([*groups, "likened_to"]).agg(
        pl.col("messages", "unknown").sum(), *(pl.col(f"{end}_{term}").sum() for end in ENDS for term in ("more", "own", "shared"))
    )
    whole = [((pl.col(f"{end}_own") + pl.col(f"{end}_shared") ** 2).sum()).alias(f"{end}_variance") for end in ENDS]
    return shared.group_by(groups).agg(
        pl.col("messages").sum().alias("open"), pl.col("unknown").sum(), *(pl.col(f"{end}_more").sum() for end in ENDS), *whole
    )


def _at_age(aged: pl.DataFrame, known: pl.DataFrame, by: list[str], suffix: str) -> pl.DataFrame:
    """What is known of messages of their age, beside each."""
    figures = known.sort("seconds").rename({name: f"{name}{suffix}" for name in ("still_open", *(f"later_{end}" for end in ENDS))})
    keys: dict[str, list[str]] = {"by": by} if by else {}
    return aged.join_asof(figures, on="seconds", strategy="backward", check_sortedness=False, **keys)  # type: ignore[arg-type]


def _terms() -> list[tuple[str, pl.Expr]]:
    """Per row: what is expected, the chance of each message, and the error of the chance itself, which all of them share."""
    count, of = pl.col("messages"), pl.col("of")
    found = []
    for end in ENDS:
        share = pl.when(of > 0).then(pl.col(f"later_{end}") / of).otherwise(0.0)
        found += [
            (f"{end}_more", count * share),
            (f"{end}_own", count * share * (1 - share)),
            (f"{end}_shared", pl.when(of > 0).then(count * (share * (1 - share) / of).sqrt()).otherwise(0.0)),
        ]
    return found
