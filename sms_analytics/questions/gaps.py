"""Gaps: messages that were handed over and whose final status never came. Where they are, and when a feed brought no receipts at all.

`gaps` counts them; a gap is silence, neither a failure nor a delivery. `outages` looks for the cause on our side of the line: a feed that normally
reports and for a while brought nothing.
"""

from collections.abc import Sequence
from typing import Unpack

import duckdb
import polars as pl

from sms_analytics.config.defaults import configured
from sms_analytics.questions.filters import ZONE, FilterOptions, Filters, Moment
from sms_analytics.questions.selecting import ask, in_order, question, select, total


@question
def gaps(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = (),
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """Messages with outcome `no_status`: one row per group of `by` that has sent messages, or one for all.

    Columns after the group's: `gaps` and `sent` (Int64), `share_of_sent` (null where nothing was sent), `first_utc` and `last_utc` (submission times
    of the first and the last gap, null where there is none). `by` takes `gap_cause` too: then one row per cause that occurs, and `sent` is that of
    the group with all its causes. Messages of a feed of which no submission was loaded are asked for with `receipts_only`, without a share. Filters,
    order and errors: as for `metrics.rates`.
    """
    selection = select("gaps", by, Filters(**options))
    counts = ask(
        db,
        selection,
        f"""
        select
            {selection.groups}
            count(*) filter (counted_as = 'no_status') as gaps,
            count(*) filter (sent) as sent,
            min(submitted_utc) filter (counted_as = 'no_status') as first_utc,
            max(submitted_utc) filter (counted_as = 'no_status') as last_utc
        from chosen
        group by all
        """,
    )
    columns = list(selection.columns)
    around = [name for name in columns if name != "gap_cause"]
    silence_shows = pl.lit(not selection.receipts_only) & (pl.col("sent") > 0)
    shares = counts.with_columns(sent=total("sent", around)).with_columns(share_of_sent=pl.when(silence_shows).then(pl.col("gaps") / pl.col("sent")))
    return in_order(_groups_shown(shares, columns), columns, "gaps").select(*columns, "gaps", "sent", "share_of_sent", "first_utc", "last_utc")


def _groups_shown(counts: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    if "gap_cause" in columns:
        return counts.filter(pl.col("gaps") > 0)
    return counts.filter(pl.col("sent") > 0) if columns else counts


@configured
def outages(db: duckdb.DuckDBPyConnection, *, as_of: Moment | None = None, zone: str = ZONE) -> pl.DataFrame:
    """Times in which a feed took messages and brought no receipt for any message at all, though it normally does.

    The rule, per feed, over its sent messages that have a submission:

    1. A message is *answered* when its final status is received: what a gateway says of its own hand-over (Kannel's ACK) says nothing of receipts.
    2. The feed's *usual wait* is three times the median time from hand-over to the answer, at least a minute.
    3. A *silence* is a time between two answers, between the first hand-over and the first answer, or between the last answer and the feed's
       `now`, that lasts an hour, or the usual wait if that is longer. So a feed whose receipts come in one batch a night is not silent all day.
    4. It is an outage if at least 20 messages that were not answered within the usual wait were handed over in it, the last of them an hour or more
       after the first, and if half of the feed's messages or more were ever answered.

    Receipts that come after the outage do not hide it: what counts is when they were received. All feeds at once point to our own receiver.

    Returns one row per outage: `feed`, `first_utc`, `last_utc` (submission times of the first and the last of those messages), `messages` (how many),
    by time. `zone` is that of an `as_of` without offset. `NoDataError` for a database without messages.
    """
    return ask(db, select("outages", filters=Filters(as_of=as_of, zone=zone)), _OUTAGES)


_OUTAGES = """
, handed_over as (
    select
        feed,
        submitted_utc,
        coalesce(final_received_utc, final_utc) as answered_utc,
        now_utc,
        greatest(epoch(answered_utc - submitted_utc), 0) as wait_s
    from chosen
    where sent and not submission_missing
), habits as (
    select
        feed,
        greatest(60, 3 * median(wait_s) filter (answered_utc is not null)) as usual_s
    from handed_over
    group by feed
    having count(answered_utc) >= 0.5 * count(*)
), heard as (
    select feed, answered_utc as heard_utc from handed_over
    union all
    select feed, min(submitted_utc) from handed_over group by feed
    union all
    select feed, max(now_utc) from handed_over group by feed
), minutes as (
    select feed, min(heard_utc) as first_heard_utc, max(heard_utc) as last_heard_utc
    from heard
    where heard_utc is not null
    group by feed, date_trunc('minute', heard_utc)
), pauses as (
    select
        feed,
        last_heard_utc as begin_utc,
        lead(first_heard_utc) over (partition by feed order by first_heard_utc) as end_utc
    from minutes
), silences as (
    select feed, begin_utc, end_utc, usual_s
    from pauses
    join habits using (feed)
    where epoch(end_utc - begin_utc) >= greatest(3600, usual_s)
)
select
    feed,
    min(submitted_utc) as first_utc,
    max(submitted_utc) as last_utc,
    count(*) as messages
from handed_over
join silences using (feed)
where submitted_utc >= begin_utc
    and submitted_utc < end_utc
    and epoch(coalesce(answered_utc, now_utc) - submitted_utc) > usual_s
group by feed, begin_utc
having count(*) >= 20 and epoch(max(submitted_utc) - min(submitted_utc)) >= 3600
order by first_utc, feed
"""
