"""Gaps: messages that were handed over and whose final status never came. A gap is silence, neither a failure nor a delivery."""

from collections.abc import Sequence
from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.selecting import ask, in_order, question, select, total


@question
def gaps(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = (),
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """Messages with outcome `no_status`: one row per group of `by` that has sent messages, or one for all.

    Columns after the group's: `gaps` and `sent` (Int64), `share_of_sent` (null where nothing was sent), `first_utc` and `last_utc` (submission times
    of the first and the last gap, null where there is none), `longest_run` (so many sent messages of the group in a row, by submission, were gaps),
    `premium_at_risk_low` and `premium_at_risk_high`: the prices of premium messages without a status of which the source says that they were not
    charged, and with those of which nothing says that they were (null in a group without premium messages). `by` takes `gap_cause` too: then one row
    per cause that occurs, and `sent` is that of the group with all its causes. Messages of a feed of which no submission was loaded are asked for
    with `receipts_only`, without a share. Filters, order and errors: as for `metrics.rates`.
    """
    selection = select("gaps", by, Filters(**options))
    columns = list(selection.columns)
    around = [name for name in columns if name != "gap_cause"]
    counts = ask(
        db,
        selection,
        f"""
        {_longest_runs(selection.groups, columns, around)}, counted as (
        select
            {selection.groups}
            count(*) filter (counted_as = 'no_status') as gaps,
            count(*) filter (sent) as sent,
            min(submitted_utc) filter (counted_as = 'no_status') as first_utc,
            max(submitted_utc) filter (counted_as = 'no_status') as last_utc,
            count(*) filter (sent and charge = 'premium') as premium,
            sum(price) filter ({_AT_RISK} and charge_status in ('not_charged', 'failed')) as surely,
            sum(price) filter ({_AT_RISK} and charge_status is distinct from 'charged') as perhaps
        from chosen
        group by all
        )
        select counted.*, coalesce(longest_run, 0)::bigint as longest_run
        from counted
        left join longest on {" and ".join(f'counted."{name}" is not distinct from longest."{name}"' for name in columns) or "true"}
        """,
    )
    silence_shows = pl.lit(not selection.receipts_only) & (pl.col("sent") > 0)
    has_premium = pl.col("premium") > 0
    shares = (
        counts.with_columns(sent=total("sent", around), premium=total("premium", around))
        .with_columns(share_of_sent=pl.when(silence_shows).then(pl.col("gaps") / pl.col("sent")))
        .with_columns(
            premium_at_risk_low=pl.when(has_premium).then(pl.col("surely").fill_null(0)),
            premium_at_risk_high=pl.when(has_premium).then(pl.col("perhaps").fill_null(0)),
        )
    )
    return in_order(_groups_shown(shares, columns), columns, "gaps").select(*columns, *_FIGURES)


_FIGURES: Final = (
    *("gaps", "sent", "share_of_sent", "first_utc", "last_utc", "longest_run"),
    *("premium_at_risk_low", "premium_at_risk_high"),
)
_AT_RISK: Final = "counted_as = 'no_status' and charge = 'premium'"


def _longest_runs(groups: str, columns: list[str], around: list[str]) -> str:
    """The common table expression `longest`: how many sent messages in a row of each group were gaps."""
    group, within = (", ".join(f'"{name}"' for name in names) for names in (columns, [*around, "is_gap"] + (columns != around) * ["gap_cause"]))
    before = ", ".join(f'"{name}"' for name in around)
    return f"""
    , in_turn as (
        select {groups} counted_as = 'no_status' as is_gap, submitted_utc as run_utc, message_key as run_key
        from chosen
        where sent
    ), numbered as (
        select
            *,
            row_number() over ({f"partition by {before}" if before else ""} order by run_utc, run_key)
                - row_number() over (partition by {within} order by run_utc, run_key) as run
        from in_turn
    ), runs as (
        select {group + ", " if group else ""} run, count(*) as length
        from numbered
        where is_gap
        group by all
    ), longest as (
        select {group + ", " if group else ""} max(length) as longest_run
        from runs
        {"group by all" if group else ""}
    )
    """


def _groups_shown(counts: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    if "gap_cause" in columns:
        return counts.filter(pl.col("gaps") > 0)
    return counts.filter(pl.col("sent") > 0) if columns else counts
