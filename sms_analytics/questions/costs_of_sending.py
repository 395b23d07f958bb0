"""What a message that arrived cost, where prices are known."""

from collections.abc import Sequence
from typing import Unpack

import duckdb
import polars as pl

from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.selecting import ask, in_order, question, select


@question
def costs(db: duckdb.DuckDBPyConnection, by: str | Sequence[str] = "operator", **options: Unpack[FilterOptions]) -> pl.DataFrame:
    """What sending cost, and what each confirmed message cost: one row per group of `by` that has sent messages, the largest first.

    Columns: the group's; `sent`, `priced` (those of them whose cost is known; what a recipient is charged is no cost), `cost` (the sum of these, in
    the log's currency), `cost_per_message` (cost / priced), `delivered_priced` (the priced ones that are confirmed delivered), `cost_per_confirmed`
    (cost / delivered_priced: what failed or fell silent is paid for too). Null where no price is known. Messages of feeds without any submission are
    in no count. Filters and errors: as for `rates`.
    """
    selection = select("rates", by, Filters(**options))
    counts = ask(
        db,
        selection,
        f"""
        , costed as (select *, case when charge = 'cost' then price end as cost from chosen)
        select
            {selection.groups}
            count(*) filter (sent) as sent,
            count(cost) filter (sent) as priced,
            sum(cost) filter (sent) as cost,
            count(cost) filter (counted_as = 'delivered') as delivered_priced
        from costed
        group by all
        """,
    )
    groups = list(selection.columns)
    shown = counts.filter(pl.col("sent") > 0).with_columns(
        cost_per_message=pl.when(pl.col("priced") > 0).then(pl.col("cost") / pl.col("priced")),
        cost_per_confirmed=pl.when(pl.col("delivered_priced") > 0).then(pl.col("cost") / pl.col("delivered_priced")),
    )
    return in_order(shown, groups, "sent").select(*groups, "sent", "priced", "cost", "cost_per_message", "delivered_priced", "cost_per_confirmed")
