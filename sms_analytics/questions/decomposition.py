"""What the change of a rate is made of: more or fewer messages through good groups (mix), statuses that are missing more or less often (silence), and
messages that arrive more or less often where the status is known (delivery).

The decomposition is that of E. M. Kitagawa (1955) with the averages of both periods as weights, of a rate that is itself a product: coverage times
the answered rate. So the terms of all groups add up to the change exactly, and no remainder is left over.
"""

from typing import Final, Literal

import polars as pl

#: Rates with sent messages as their divisor.
RateOfSent = Literal["rate_confirmed", "rate_possible", "coverage"]

TERMS: Final = ("mix", "silence", "delivery")


def with_terms(groups: pl.DataFrame, rate: RateOfSent) -> pl.DataFrame:
    """Groups with their `mix`, `silence`, `delivery` and the sum of these, `effect`; all four null where a group is not `compared`.

    Of columns `share`, `coverage` and `rate_answered`, each with its `_before`. A message that is partly confirmed counts as arrived here. What is
    missing in one period is the other's: a group of one period is all mix.
    """
    moved = _with_products(groups, rate)
    all_before, all_after = (_sum_of(moved, suffix) for suffix in ("_before", ""))
    share = _mean("share")
    coverage, arrived = _mean("coverage_filled"), _mean("rate_answered_filled")
    more_answers = pl.col("coverage_filled") - pl.col("coverage_filled_before")
    more_arrived = pl.col("rate_answered_filled") - pl.col("rate_answered_filled_before")
    silence = {"rate_confirmed": arrived, "rate_possible": arrived - 1, "coverage": pl.lit(1.0)}[rate]
    terms = {
        "mix": (pl.col("share") - pl.col("share_before")) * (_mean("product") - (all_before + all_after) / 2),
        "silence": share * silence * more_answers,
        "delivery": pl.lit(0.0) if rate == "coverage" else share * coverage * more_arrived,
    }
    either = pl.col("compared") & (pl.col("sent_before") + pl.col("sent") > 0)
    added = moved.with_columns(**{name: pl.when(either).then(term) for name, term in terms.items()})
    return added.with_columns(effect=pl.sum_horizontal(TERMS, ignore_nulls=False)).select(*groups.columns, *TERMS, "effect")


def total_rates(groups: pl.DataFrame, rate: RateOfSent) -> tuple[float, float]:
    """The rate of all groups that are compared, before and now, of which the effects are the difference."""
    moved = _with_products(groups, rate)
    return _sum_of(moved, "_before"), _sum_of(moved, "")


def _with_products(groups: pl.DataFrame, rate: RateOfSent) -> pl.DataFrame:
    known = groups.with_columns(**_filled("coverage"), **_filled("rate_answered"))
    return known.with_columns(product=_product(rate, ""), product_before=_product(rate, "_before"))


def _filled(name: str) -> dict[str, pl.Expr]:
    """The column of both periods, from the other one where it is missing. Where nothing was ever answered nothing moves, whatever stands there."""
    return {
        f"{name}_filled": pl.coalesce(name, f"{name}_before", 0.0),
        f"{name}_filled_before": pl.coalesce(f"{name}_before", name, 0.0),
    }


def _product(rate: RateOfSent, suffix: str) -> pl.Expr:
    coverage, arrived = pl.col(f"coverage_filled{suffix}"), pl.col(f"rate_answered_filled{suffix}")
    return {"rate_confirmed": coverage * arrived, "rate_possible": 1 - coverage * (1 - arrived), "coverage": coverage}[rate]


def _sum_of(moved: pl.DataFrame, suffix: str) -> float:
    return float((moved[f"share{suffix}"] * moved[f"product{suffix}"]).sum() or 0)


def _mean(name: str) -> pl.Expr:
    return (pl.col(name) + pl.col(f"{name}_before")) / 2
