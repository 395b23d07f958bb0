"""Where young days will end, and how far such forecasts were off before.

A forecast is made once more as it would have been made 8 to 14 days ago, when all of it has come true or not since: how far it was off then widens
the interval that is given today.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Unpack

import duckdb
import polars as pl

from sms_analytics.database.frames import frame_of
from sms_analytics.errors import UsageError
from sms_analytics.questions import forecasts
from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.outages import COUNTS as OUTAGES
from sms_analytics.questions.outages import outages
from sms_analytics.questions.selecting import Selection, ask, dimensions, in_order, question, select

#: So many days before the deadlines that are over now count as history.
_HISTORY_DAYS: Final = 28
#: So many days ago the same forecast is made again; 0 is now.
_AGO: Final = (0, *range(8, 15))
_CALENDAR: Final = frozenset({"hour", "hour_utc", "week", "month"})
_EVER: Final = (datetime(1900, 1, 1), datetime(9999, 1, 1))  # noqa: DTZ001  # naive UTC, as everything in the database
_COUNTS: Final = tuple(f"{end}_{what}" for end in forecasts.ENDS for what in ("now", "low", "mid", "high"))

#: Times of waits are counted in seconds, from ten minutes on in minutes, from six hours on in tens of minutes: few different ones, however many
#: messages.
_ROUNDED: Final = "case when {0} < 600 then floor({0}) when {0} < 21600 then 60 * floor({0} / 60) else 600 * floor({0} / 600) end"

#: Sent messages with what became of them and when we were told; `seen` has each of them as it looked at every cutoff.
_AIMED: Final = f"""
, aimed as (
    select
        {{groups}}
        operator as party,
        greatest(submitted_utc, coalesce(scheduled_utc, submitted_utc)) as begun_utc,
        case when counted_as in ('delivered', 'partly_confirmed', 'failed') then coalesce(final_received_utc, final_utc) end as known_utc,
        case when counted_as in {forecasts.ENDS} then counted_as end as ending,
        submitted_utc,
        deadline_utc,
        now_utc,
        (epoch_us(known_utc) - epoch_us(begun_utc)) / 1e6 as wait_s,
        exists (
            from (
                select unnest($feeds::varchar[]) as feed, unnest($starts::timestamp[]) as start_utc, unnest($ends::timestamp[]) as end_utc
            ) as outage
            where outage.feed = chosen.feed and chosen.submitted_utc between start_utc and end_utc
        ) as in_outage
    from chosen
    where sent and not submission_missing and deadline_utc is not null
)
"""
_SEEN: Final = f"""
, cutoffs as (
    select now_utc, ago, (((now_utc at time zone 'UTC') at time zone $zone - to_days(ago)) at time zone $zone) at time zone 'UTC' as cutoff_utc
    from (select distinct now_utc from aimed)
    cross join (select unnest({list(_AGO)}) as ago)
), looking as (
    select
        aimed.*,
        ago,
        cutoff_utc,
        coalesce(known_utc <= cutoff_utc, false) as known,
        not known and not in_outage and deadline_utc >= cutoff_utc as still_open,
        (epoch_us(cutoff_utc) - epoch_us(begun_utc)) / 1e6 as age_s
    from aimed
    join cutoffs using (now_utc)
), seen as (
    select *
    from looking
    where begun_utc <= cutoff_utc and begun_utc > cutoff_utc - to_days($horizon_days + 2)
        and (ago > 0 or (submitted_utc >= $first::timestamp and submitted_utc < $after::timestamp))
)
"""
_LONGEST: Final = "select coalesce(max(date_diff('second', begun_utc, deadline_utc)), 0) as seconds from aimed"
_STATES: Final = """
select
    {names}
    day,
    ago,
    max(cutoff_utc) as cutoff_utc,
    count(*) as sent,
    count(*) filter (still_open) as open,
    count(*) filter (known and ending = 'delivered') as delivered_now,
    count(*) filter (known and ending = 'failed') as failed_now,
    count(*) filter (ending = 'delivered' and (known or not in_outage)) as delivered_came,
    count(*) filter (ending = 'failed' and (known or not in_outage)) as failed_came
from seen
group by all
"""
_OPEN: Final = f"""
select {{names}} day, ago, party, {_ROUNDED.format("age_s")} as seconds, count(*) as messages
from seen
where still_open
group by all
"""
_PAST: Final = f"""
select
    party,
    floor(epoch(now_utc - deadline_utc) / 86400)::integer as over_for,
    case when known_utc is not null then {_ROUNDED.format("greatest(wait_s, 0)")} end as seconds,
    case when known_utc is not null then ending end as ending,
    count(*) as messages
from aimed
where not in_outage and deadline_utc < now_utc and over_for < {_HISTORY_DAYS + max(_AGO)}
group by all
"""


@question
def revisions(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = (),
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """Where young days will end: one row per group of `by` and day of which messages are still open, with how far such forecasts were off before.

    Columns after the group's: `day`, `age` (days since then), `sent`, and for `delivered` and for `failed` `_now` (counted), `_low`, `_mid`,
    `_high` (what they will be once the last deadline is over, with 90 % confidence). `backtest_error`: by how much the same forecast of days as
    old, made 8 to 14 days ago, was off, in shares of sent (delivered, the mean of both directions); `backtest_cover`: in how many of these cases
    the interval held. Both null where the logs do not go back so far. Expected is what became of messages that were open at the same age, per
    operator, of the 28 days whose deadlines are over; `_low`, `_mid` and `_high` are null where nothing is known of these.

    Messages handed over in an outage stay out of what is expected, and of what it is judged by.

    Confirmed rises while a day gets older; possible and answered **fall**, since phones that stay off fail only when the delivery period ends.
    """
    shown = select("rates", [*dimensions(by), "day"], Filters(**options))
    # The days before the period are what it is judged by.
    selection = replace(shown, since=None, until=None)
    groups = [name for name in selection.columns if name != "day"]
    if _CALENDAR & set(groups):
        raise UsageError(f"--by: revisions are by day; leave out {', '.join(sorted(_CALENDAR & set(groups)))}")
    return _forecast(db, selection, shown, groups)


def _forecast(db: duckdb.DuckDBPyConnection, selection: Selection, shown: Selection, groups: list[str]) -> pl.DataFrame:
    aimed = _AIMED.format(groups=selection.groups)
    names = "".join(f'"{name}", ' for name in groups)
    out = _outages(db, selection)
    ((longest,),) = ask(db, selection, aimed + _LONGEST, **out).rows()
    within = {"first": shown.since or _EVER[0], "after": shown.until or _EVER[1], "horizon_days": int(longest) // 86400} | out
    states = ask(db, selection, aimed + _SEEN + _STATES.format(names=names), **within).filter(pl.col("open") > 0)
    still_open = ask(db, selection, aimed + _SEEN + _OPEN.format(names=names), **within)
    past = ask(db, selection, aimed + _PAST, **out)
    keys = [*groups, "day", "ago"]
    history = pl.concat([past.filter(pl.col("over_for").is_between(ago, ago + _HISTORY_DAYS - 1)).with_columns(ago=pl.lit(ago)) for ago in _AGO])
    expected = forecasts.forecast(still_open.cast({"ago": pl.Int32}), history.cast({"ago": pl.Int32}), keys, ["ago"])
    ages = (
        pl.col("cutoff_utc").max().over("ago").dt.replace_time_zone("UTC").dt.convert_time_zone(selection.zone).dt.date() - pl.col("day")
    ).dt.total_days()
    joined = states.cast({"ago": pl.Int32}).with_columns(age=ages).join(expected, on=keys, how="left", nulls_equal=True)
    told = joined.with_columns(forecastable=pl.col("unknown").fill_null(0) * 2 < pl.col("open"))
    ended = _intervals(told)
    figures = ended.filter(pl.col("ago") == 0).join(_backtest(ended), on="age", how="left")
    ordered = in_order(figures.sort("day"), [*groups, "day"], "sent")
    return ordered.select(*groups, "day", "age", "sent", *_COUNTS, "backtest_error", "backtest_cover")


def _outages(db: duckdb.DuckDBPyConnection, selection: Selection) -> dict[str, Any]:
    """Outages of all feeds, as what the query binds: what became of messages in one says nothing of others, and nothing can be expected of them."""
    as_of = None if selection.as_of is None else selection.as_of.replace(tzinfo=UTC)
    real = outages(db, as_of=as_of).filter(OUTAGES)
    usual = frame_of(db.cursor().sql("SELECT feed, usual_wait_s FROM receipt_habits"))
    # An outage is when receipts were due; its messages were handed over one usual wait before.
    wait = pl.duration(microseconds=(pl.col("usual_wait_s").fill_null(0.0) * 1e6).cast(pl.Int64))
    handed = real.join(usual, on="feed", how="left", maintain_order="left").with_columns(pl.col("start_utc", "end_utc") - wait)
    return {name: handed[column].to_list() for name, column in (("feeds", "feed"), ("starts", "start_utc"), ("ends", "end_utc"))}


def _intervals(told: pl.DataFrame) -> pl.DataFrame:
    """What is expected, and the interval around it: as wide as chance makes it, and as the same forecasts were off before."""
    for end in forecasts.ENDS:
        middle = pl.col(f"{end}_now") + pl.col(f"{end}_more")
        # Counts are whole numbers: within half a message nothing is off.
        off = (pl.col(f"{end}_came") - middle) ** 2 / pl.max_horizontal(pl.col(f"{end}_variance"), pl.lit(forecasts.HALF**2))
        tried = off.filter((pl.col("ago") > 0) & pl.col("forecastable"))
        wider = pl.max_horizontal(tried.mean().fill_null(1.0), pl.lit(1.0))
        reach = forecasts.Z90 * (pl.col(f"{end}_variance") * wider).sqrt() + forecasts.HALF
        known = pl.when(pl.col("forecastable"))
        told = told.with_columns(
            known.then(middle).alias(f"{end}_mid"),
            known.then(pl.max_horizontal(pl.col(f"{end}_now"), middle - reach)).alias(f"{end}_low"),
            known.then(pl.min_horizontal(pl.col(f"{end}_now") + pl.col("open"), middle + reach + pl.col("unknown"))).alias(f"{end}_high"),
        )
    return told


def _backtest(ended: pl.DataFrame) -> pl.DataFrame:
    """Per age: how far off the forecasts of 8 to 14 days ago were, and how many of their intervals held."""
    held = [pl.col(f"{end}_came").is_between(pl.col(f"{end}_low"), pl.col(f"{end}_high")) for end in forecasts.ENDS]
    error = (pl.col("delivered_came") - pl.col("delivered_mid")).abs() / pl.col("sent")
    return (
        ended.filter((pl.col("ago") > 0) & pl.col("forecastable"))
        .group_by("age")
        .agg(backtest_error=error.mean(), backtest_cover=pl.mean_horizontal(*(one.mean() for one in held)))
    )
