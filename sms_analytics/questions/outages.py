"""Outages: times in which a feed's receipts stayed away, or came late, far more often than they usually do.

They are found over all messages of a feed, by a load (`resolving/outages.py`) or anew for an earlier moment, and read here by whoever asks: the
command, reports, the story of a number, charts.
"""

from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.selecting import Selection, ask, question, select
from sms_analytics.resolving.outages import due_messages

COLUMNS: Final = ("feed", "start_utc", "end_utc", "kind", "messages", "bad", "resolved_later", "loss_share", "score")

#: A habit is a row that nothing counts as an outage.
COUNTS: Final = pl.col("kind") != "habit"


@question
def outages(
    db: duckdb.DuckDBPyConnection,
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """Times in which a feed's receipts stayed away, or came late, far more often than they usually do; one row each, by time.

    Columns: `feed`; `start_utc`, `end_utc` (when the first and the last of the missing receipts was due); `kind`; `messages` (whose receipts were due
    then), `bad` (of these: without a final status, or with one that was held back), `resolved_later` (of the bad ones: the status came after all),
    `loss_share` (bad / messages), `score` (how much speaks for it: an outage has at least ln(N / 0.0001), N being the messages that the feed sent, at
    least 1,000).

    `kind` is `lost`; `held` (half of the bad ones or more came later); `thin` (under 80 % bad); `all_feeds` (all feeds that sent then were out:
    suspect our own receiver); `open` (most of the bad ones are before their deadline: their status may still come); `habit` (the same hours are as
    bad on most days: no outage). What is usual is judged by operator and hour of the day, over all that was loaded, whatever is asked for.

    With filters the counts are those of the messages that fit, and outages that none of them fell into are left out. Errors: as for `metrics.rates`.
    """
    selection = select("outages", filters=Filters(**options))
    is_filtered = selection != Selection(selection.zone, as_of=selection.as_of)
    return ask(db, selection, _OF_SOME if is_filtered else _OF_ALL)


#: `due`: the messages in question that count, with when their receipts were due and whether they stayed away. `fallen`: those whose receipts were due
#: in an outage, with that outage. Both follow `chosen`.
FALLEN: Final = f"""
, counted as (
    select *
    from chosen
    where sent and not submission_missing
), due as (
    {due_messages("counted")}
), fallen as (
    select due.*, start_utc, end_utc, kind, score
    from due
    join (select feed, start_utc, end_utc, kind, score from outages) as found using (feed)
    where due_utc between start_utc and end_utc
)
"""

_OF_ALL: Final = f"select {', '.join(COLUMNS)} from outages order by start_utc, feed"
_OF_SOME: Final = f"""
{FALLEN}
select
    feed,
    start_utc,
    end_utc,
    kind,
    count(*) as messages,
    count(*) filter (is_bad) as bad,
    count(*) filter (is_held) as resolved_later,
    bad / messages as loss_share,
    any_value(score) as score
from fallen
group by feed, start_utc, end_utc, kind
order by start_utc, feed
"""
