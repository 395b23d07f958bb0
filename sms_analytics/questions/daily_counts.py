"""What two periods are compared by: counts of each day, since days differ, seen at the same age and with the silence of outages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import duckdb
import polars as pl

from sms_analytics.errors import NoDataError
from sms_analytics.questions import outages as outage_rows
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.selecting import ask, select
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, ARRIVED_OUTCOMES

#: The counts; `outage` are messages without a status that were sent in an outage, `left_out` those of feeds that are not compared.
COUNTS: Final = ("sent", "delivered", "failed", "answered", "arrived", "provisional", "outage", "left_out")

#: For what is asked without a look at outages.
NO_OUTAGES: Final = pl.DataFrame(schema={"feed": pl.String, "start_utc": pl.Datetime("us"), "end_utc": pl.Datetime("us")})


def times(outages: pl.DataFrame) -> pl.DataFrame:
    """`feed`, `start_utc` and `end_utc` of a frame of `outages`: when messages were sent whose statuses stayed away."""
    return outages.filter(outage_rows.COUNTS).select("feed", "start_utc", "end_utc")


def daily(
    db: duckdb.DuckDBPyConnection,
    by: Sequence[str],
    filters: Filters,
    outages: pl.DataFrame = NO_OUTAGES,
    ages: dict[str, datetime] | None = None,
) -> pl.DataFrame:
    """The counts that a period is compared by: a row per group of `by`, feed and day.

    With `ages` each feed's messages as they were known at its moment. `outage` counts what has no status and was sent in one of the `outages`.
    """
    today = _daily(db, by, filters, outages)
    if not ages:
        return today
    present = set(today["feed"])
    parts = [today.filter(~pl.col("feed").is_in(list(ages)))]
    unknown: NoDataError | None = None
    for moment in sorted({moment for feed, moment in ages.items() if feed in present}):
        try:
            then = _daily(db, by, replace(filters, as_of=aware(moment)), outages)
        except NoDataError as error:
            unknown = error
        else:
            parts.append(then.filter(pl.col("feed").is_in([feed for feed, of_feed in ages.items() if of_feed == moment])))
    found = pl.concat(parts)
    if found.is_empty() and unknown is not None:
        raise unknown
    return found


def _daily(db: duckdb.DuckDBPyConnection, by: Sequence[str], filters: Filters, outages: pl.DataFrame) -> pl.DataFrame:
    selection = select("rates", [*by, *(name for name in ("feed", "day") if name not in by)], filters)
    windows = {f"outage_{name}": outages[name].to_list() for name in ("feed", "start_utc", "end_utc")}
    return ask(db, selection, _DAILY.format(groups=selection.groups), **windows)


_DAILY: Final = f"""
, outage_windows as (
    select
        unnest($outage_feed::varchar[]) as feed,
        unnest($outage_start_utc::timestamp[]) as start_utc,
        unnest($outage_end_utc::timestamp[]) as end_utc
)
select
    {{groups}}
    count(*) filter (sent) as sent,
    count(*) filter (counted_as = 'delivered') as delivered,
    count(*) filter (counted_as = 'failed') as failed,
    count(*) filter (counted_as in {ANSWERED_OUTCOMES}) as answered,
    count(*) filter (counted_as in {ARRIVED_OUTCOMES}) as arrived,
    count(*) filter (provisional) as provisional,
    count(*) filter (
        sent and counted_as not in {ANSWERED_OUTCOMES}
        and exists (from outage_windows where outage_windows.feed = chosen.feed and submitted_utc between start_utc and end_utc)
    ) as outage,
    0::bigint as left_out,
    coalesce(bool_and(not receipts_only) filter (counted_as is not null), true) as silence_shows
from chosen
group by all
"""


def without(days: pl.DataFrame, feeds: set[str]) -> pl.DataFrame:
    """The counts without those of these feeds, which are only counted as left out."""
    is_left_out = pl.col("feed").is_in(feeds)
    zero = [pl.when(is_left_out).then(0).otherwise(pl.col(name)).alias(name) for name in COUNTS if name != "left_out"]
    return days.with_columns(*zero, left_out=pl.when(is_left_out).then(pl.col("sent")).otherwise(0))


def aware(utc: datetime | None) -> datetime | None:
    """A naive UTC time as `Filters` take it."""
    return None if utc is None else utc.replace(tzinfo=UTC)
