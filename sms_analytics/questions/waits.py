"""How long delivery took, by two clocks: until the phone had the message, and until we were told.

`clocks` tells how far an operator's clock is off, as far as the data shows it. `latency` counts shares of all that was sent; what is still open is
followed as far as it was seen (`survival`), so a young day does not look quick because its slow messages are missing.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import log
from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.questions import survival
from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.intervals import wilson
from sms_analytics.questions.selecting import IN_TIME_ORDER, Selection, ask, in_order, question, select
from sms_analytics.vocabulary import ARRIVED_OUTCOMES, SHARES_WITHIN

QUANTILES: Final = {"median_s": 0.5, "p90_s": 0.9, "p99_s": 0.99}

#: A clock is in doubt from so many seconds on; with fewer receipts it is not known well enough to be corrected.
DOUBT_S: Final = 2
ENOUGH_RECEIPTS: Final = 200
#: Points of a curve for every doubling of the time.
_POINTS: Final = 12

#: A message waits from its hand-over, or from its planned time where that held: it cannot be told before then.
_BEGUN: Final = """
case
    when scheduled_utc between submitted_utc and least(coalesce(final_received_utc, final_utc), final_utc + interval 10 minutes) then scheduled_utc
    when final_utc is null and scheduled_utc between submitted_utc and now_utc then scheduled_utc
    else submitted_utc
end
"""

#: Common table expressions. `vague` are deliveries whose time is only that of a minute or of a file. `clocks` has a row per feed, and one per feed
#: and operator: `ahead_s` and `behind_s`, how far the clock is off (the hundredth that is worst off tells), `slow_s`, what 95 % of its receipts
#: needed to get here, and `receipts`. Differences are counted in hundredths of seconds, above 0 in seconds and above a minute in minutes: their
#: number is small.
_CLOCKS: Final = f"""
vague as (
    select message_key, event_utc as final_utc, max(time_precision) as time_precision
    from events
    where status = 'delivered' and time_precision in ('minute', 'file')
    group by all
), both_times as (
    select
        source.feed,
        source.operator,
        {_BEGUN} as begun_utc,
        final_utc,
        case when time_precision = 'minute' then final_utc + interval 1 minute else final_utc end as latest_utc,
        final_received_utc,
        submission_missing
    from {{source}} as source
    left join vague using (message_key, final_utc)
    join (select feed, now_utc from feeds) using (feed)
    where outcome in {ARRIVED_OUTCOMES} and final_utc is not null and final_received_utc is not null and time_precision is distinct from 'file'
), differences as (
    select feed, operator, 'transit' as what, (epoch_us(final_received_utc) - epoch_us(final_utc)) / 1e6 as off_s from both_times
    union all
    select feed, operator, 'wait', (epoch_us(latest_utc) - epoch_us(begun_utc)) / 1e6
    from both_times
    where begun_utc is not null and not submission_missing
), rounded as (
    select
        feed,
        operator,
        what,
        case when off_s < 0 then round(off_s, 2) when off_s < 60 then ceil(off_s) else 60 * ceil(off_s / 60) end as off_s,
        count(*) as receipts
    from differences
    group by all
), of_parties as (
    select feed, operator, true as of_operator, what, off_s, receipts from rounded where operator is not null
    union all
    select feed, null, false, what, off_s, sum(receipts) from rounded group by all
), ranked as (
    select
        *,
        sum(receipts) over (partition by feed, operator, of_operator, what order by off_s) as so_far,
        sum(receipts) over (partition by feed, operator, of_operator, what) as receipts_in_all
    from of_parties
), clocks as (
    select
        feed,
        operator,
        of_operator,
        coalesce(max(receipts_in_all) filter (what = 'transit'), 0) as receipts,
        greatest(0, -min(off_s) filter (what = 'transit' and so_far >= 0.01 * receipts_in_all)) as ahead_s,
        greatest(0, coalesce(-min(off_s) filter (what = 'wait' and so_far >= 0.01 * receipts_in_all), 0)) as behind_s,
        greatest(0, min(off_s) filter (what = 'transit' and so_far >= 0.95 * receipts_in_all) + ahead_s - behind_s) as slow_s
    from ranked
    group by feed, operator, of_operator
)
"""

#: Every sent message with its submission, twice: when it ended by either clock, and for how long it was seen. A clock that is off in both directions
#: is off by no single number, so it is not corrected either.
_TIMED: Final = f"""
, {_CLOCKS}, clocked as (
    select
        chosen.*,
        vague.time_precision,
        {_BEGUN} as begun_utc,
        coalesce(own.receipts, feeds_own.receipts, 0) as known_receipts,
        coalesce(own.ahead_s, feeds_own.ahead_s, 0) as too_late_s,
        coalesce(own.behind_s, feeds_own.behind_s, 0) as too_early_s,
        case when known_receipts >= {ENOUGH_RECEIPTS} then coalesce(own.slow_s, feeds_own.slow_s, 0) else 0 end as on_its_way_s,
        greatest(too_late_s, too_early_s) > {DOUBT_S} as doubted,
        doubted and (known_receipts < {ENOUGH_RECEIPTS} or least(too_late_s, too_early_s) > {DOUBT_S}) as useless
    from chosen
    left join vague using (message_key, final_utc)
    left join clocks as own on own.feed = chosen.feed and own.operator = chosen.operator and own.receipts >= {ENOUGH_RECEIPTS}
    left join clocks as feeds_own on feeds_own.feed = chosen.feed and not feeds_own.of_operator
    where sent and not submission_missing and submitted_utc is not null
), timed as (
    select
        *,
        case
            when counted_as in {ARRIVED_OUTCOMES} then 'delivered'
            when counted_as = 'failed' then 'failed'
            else 'open'
        end as ending,
        case
            when clock = 'receipt' then final_received_utc
            when useless and final_received_utc is not null then final_received_utc
            when time_precision = 'file' then null
            else
                least(
                    case when time_precision = 'minute' then final_utc + interval 1 minute else final_utc end
                        + to_microseconds(case when doubted then cast(round((too_early_s - too_late_s) * 1e6) as bigint) else 0 end),
                    final_received_utc
                )
        end as ended_utc,
        case when ending <> 'open' and ended_utc is not null then greatest((epoch_us(ended_utc) - epoch_us(begun_utc)) / 1e6, 0) end as wait_s,
        (epoch_us(now_utc) - epoch_us(begun_utc)) / 1e6 - case when clock = 'phone' and not useless then on_its_way_s else 0 end as seen_s
    from clocked
    cross join (values ('phone'), ('receipt')) as two (clock)
), in_sight as (
    select
        *,
        case
            when seen_s <= 0 then 'unseen'
            when ending = 'open' or wait_s > seen_s then 'open'
            else ending
        end as became,
        case when became = 'open' then seen_s else wait_s end as exact_s
    from timed
)
"""

#: Times to a thousandth: so there are few different ones, however many messages.
_COUNTED: Final = """
select
    {groups}
    clock,
    case when exact_s < 10 then round(exact_s, 3) when exact_s < 100 then round(exact_s, 2) when exact_s < 1000 then round(exact_s, 1)
        else round(exact_s) end as seconds,
    became,
    count(*) as sent,
    count(wait_s) filter (ending = 'delivered') as messages,
    count(*) filter (provisional) as provisional,
    coalesce(bool_or(doubted and clock = 'phone'), false) as clock_doubt
from in_sight
group by all
"""


@question
def latency(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = (),
    *,
    curve: bool = False,
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """How long delivery took: two rows, one per `clock`, for each group of `by` that has sent messages with a submission.

    `clock` is `phone` (until the operator's time of delivery) or `receipt` (until our side received that receipt: under load the later one by far).
    Both count from hand-over, or from the planned time where the message was handed over ahead of it. Columns after `clock`:
    `messages` (delivered, with a time by that clock; of one that is partly confirmed it is the part that was); `sent`; `provisional` (sent, a
    status can still come); `clock_doubt`; `median_s`, `p90_s`, `p99_s` (seconds, of the delivered); `share_10s`, `share_1m`, `share_1h`,
    `share_24h` (delivered within, **of all sent**) with the 95 % interval of each as `_low` and `_high`. Open messages count for as long as they
    were seen, and the slow ones of a period that are still to come are taken to be as those of other periods, so shares and quantiles of young
    messages are those they will have; shares are null where nobody was seen for so long.

    No wait is shorter than 0 or longer than its receipt took. An operator's clock that is more than 2 s off (its receipts come before their event, or
    the event before the hand-over; the hundredth that is worst off tells) is put right, and `clock_doubt` says so; with fewer than 200 receipts,
    or where it is off both ways, the receipt's clock is given in its place. Where an operator writes whole minutes, a delivery counts until its
    minute is over or its receipt was there. Where a source has only one of the two times, `phone` falls back on the received time, and `receipt`
    counts 0 messages. A time that is only the file's is none. Without a submission nothing is known of the hand-over, so `receipts_only` has no rows.

    With `curve` the shares over time: one row per group, clock and second: `seconds`, `share_delivered` with `share_delivered_low` and `_high`,
    `share_failed`, `share_open`, `at_risk` (messages seen for at least so long, and open until then).
    """
    return waited(db, select("latency", by, Filters(**options)), curve=curve)


def waited(db: duckdb.DuckDBPyConnection, selection: Selection, *, curve: bool = False, source: str = "messages") -> pl.DataFrame:
    """`latency` of a selection; `source` names the relation whose messages tell how far clocks are off."""
    query = _TIMED.format(source=source) + _COUNTED.format(groups=selection.groups)
    counted = ask(db, selection, query)
    keys = [*selection.columns, "clock"]
    steps = survival.curves(_ends(counted, keys), keys)
    if curve:
        return _in_order(_points(steps, keys), counted, keys)
    figures = counted.group_by(keys).agg(pl.col("messages", "sent", "provisional").sum(), pl.col("clock_doubt").any())
    whole_steps = _completed(db, selection, source, steps, keys) if figures["provisional"].sum() else steps
    for found in (survival.quantiles(whole_steps, keys, QUANTILES), survival.shares_within(steps, keys, SHARES_WITHIN)):
        figures = figures.join(found, on=keys, how="left", nulls_equal=True)
    # Where no delivery has a time by this clock, nothing is known of how soon they came.
    known = (pl.col("messages") > 0) | (pl.col("timeless") == 0)
    shares = [name for share in SHARES_WITHIN for name in (share, f"{share}_low", f"{share}_high")]
    untimed = counted.group_by(keys).agg(timeless=pl.col("sent").filter(_untimed()).sum())
    whole = figures.join(untimed, on=keys, how="left", nulls_equal=True).with_columns(pl.when(known).then(pl.col(shares)))
    return _in_order(whole.drop("timeless"), counted, keys)


def _completed(db: duckdb.DuckDBPyConnection, selection: Selection, source: str, steps: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The curves of a period go on as those of all periods: its slow messages are still to come."""
    lasting = {name: sql for name, sql in selection.columns.items() if name not in IN_TIME_ORDER}
    if selection.since is None and selection.until is None and len(lasting) == len(selection.columns):
        return steps
    wider = replace(selection, since=None, until=None, columns=lasting)
    counted = ask(db, wider, _TIMED.format(source=source) + _COUNTED.format(groups=wider.groups))
    shared = [*lasting, "clock"]
    return survival.completed(steps, keys, survival.curves(_ends(counted, shared), shared), shared)


def _untimed() -> pl.Expr:
    return pl.col("seconds").is_null() & (pl.col("became") == "delivered")


def _ends(counted: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """How many ended after which seconds. Those that ended at a time that nobody wrote down are shared out among those with a time."""
    seen = counted.filter(pl.col("became") != "unseen")
    ended = [pl.when(pl.col("became") == end).then(pl.col("sent")).otherwise(0).cast(pl.Float64).alias(end) for end in survival.ENDS]
    each = seen.with_columns(*ended)
    scaled = [
        pl.col(end) * pl.when(_timed(end).sum().over(keys) > 0).then(pl.col(end).sum().over(keys) / _timed(end).sum().over(keys)).otherwise(0)
        for end in ("delivered", "failed")
    ]
    return each.with_columns(*scaled).drop_nulls("seconds").select(*keys, "seconds", *survival.ENDS)


def _timed(end: str) -> pl.Expr:
    return pl.col(end).filter(pl.col("seconds").is_not_null())


def _points(steps: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The curves with few enough points to be drawn, each with its interval."""
    step = (pl.col("seconds").clip(0.1).log() * (_POINTS / log(2))).floor()
    ends = pl.col("delivered") + pl.col("failed") > 0
    thinned = steps.filter(ends).group_by([*keys, step.alias("step")], maintain_order=True).last()
    share, variance = pl.col("share_delivered"), pl.col("variance")
    messages = pl.when(variance > 0).then(share * (1 - share) / variance).otherwise(pl.col("at_risk"))
    sides = {f"share_delivered_{name}": wilson(share * messages, messages, side).clip(0, 1) for name, side in (("low", -1), ("high", +1))}
    return thinned.with_columns(**sides).select(
        *keys, "seconds", "share_delivered", "share_delivered_low", "share_delivered_high", "share_failed", "share_open", pl.col("at_risk").round(1)
    )


def _in_order(found: pl.DataFrame, counted: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Larger groups first, of each the phone before the receipt."""
    groups = keys[:-1]
    all_of = counted.group_by(keys).agg(all_sent=pl.col("sent").sum())
    sized = found.join(all_of, on=keys, how="left", nulls_equal=True)
    sort = ["clock", *(["seconds"] if "seconds" in found.columns else [])]
    ordered = in_order(sized.sort(sort), groups, "all_sent")
    columns = [*keys, *(name for name in found.columns if name not in keys)]
    return ordered.select(columns)
