"""The change of what is confirmed delivered, with the part of it that long messages have of which only some parts are confirmed.

`changes` counts these as arrived. A report shows the share that is confirmed in full, so what they take from it is a term of its own there.
"""

import polars as pl


def with_partly(changes: pl.DataFrame) -> pl.DataFrame:
    """A frame of `changes` by one dimension with the column `partly`, and `effect` with it: the sum of mix, silence, delivery and partly. The effects
    add up to the change of delivered / sent.
    """
    before, now = (pl.col(f"share{suffix}") * _partly(suffix) for suffix in ("_before", ""))
    found = changes.with_columns(partly=pl.when(pl.col("effect").is_not_null()).then(before - now))
    # What is none is no tiny number either.
    clean = found.with_columns(partly=pl.when(pl.col("partly").abs() < 1e-12).then(0.0).otherwise("partly"))
    whole = clean.with_columns(effect=pl.col("effect") + pl.col("partly"))
    first = changes.columns[0]
    return whole.sort(pl.col("effect").abs(), first, descending=[True, False], nulls_last=True)


def total_rates(changes: pl.DataFrame) -> tuple[float | None, float | None]:
    """Delivered / sent of all groups that are compared, before and now."""
    known = changes.drop_nulls("effect")
    if known.is_empty():
        return None, None
    before, now = (float((known[f"share{suffix}"].fill_null(0) * known[f"rate{suffix}"].fill_null(0)).sum()) for suffix in ("_before", ""))
    return before, now


def _partly(suffix: str) -> pl.Expr:
    """The share of sent messages of which some parts are confirmed: they have a final status and arrived, and are not delivered."""
    arrived = pl.col(f"coverage{suffix}").fill_null(0) * pl.col(f"rate_answered{suffix}").fill_null(0)
    return arrived - pl.col(f"rate{suffix}").fill_null(0)
