"""What operators are able to report: which statuses each has ever sent, how many messages it answers for, and how good its clock is."""

from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.selecting import ask, question, select
from sms_analytics.vocabulary import ANSWERED_OUTCOMES

#: Statuses that an operator's receipts can have, in the order of the columns.
REPORTED: Final = ("delivered", "undelivered", "expired", "rejected", "buffered", "accepted", "unknown", "unrecognised")

#: Whose receipts ever said that a phone is out of coverage: operator (null where it is not known) and feed.
REPORTING_ABSENCE: Final = """
SELECT DISTINCT operator, feed
FROM messages
WHERE message_key IN (SELECT message_key FROM events WHERE status = 'buffered')
"""


@question
def capabilities(
    db: duckdb.DuckDBPyConnection,
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """What each operator and country is able to report: one row for each with sent messages, those with most messages first.

    Columns after `operator` and `country`: `messages` (sent, and past their deadline or answered), `coverage` (the share of these with a final
    status; null where there are none), a column for each status in `REPORTED`: of how many messages the operator ever said so, **null where it never
    did**, which is "not reported" and not 0 (in Norway only Telenor reports `buffered`, out of coverage). `clock_precision` (`minute`, `second`,
    `ms`: most of its receipts; null without a clock of its own), `clock_off_s`: how far its clock is ahead of ours (above 0) or behind (below 0), as
    far as that shows: nothing is received before it happens, nor delivered before it is sent. 0 means that nothing shows; null with fewer than 200
    receipts.
    Filters and errors: as for `metrics.rates`.
    """
    selection = select("capabilities", filters=Filters(**options))
    until = "" if selection.as_of is None else "and coalesce(received_utc, event_utc) <= $known_at::timestamp"
    bound = {} if selection.as_of is None else {"known_at": selection.as_of}
    return ask(db, selection, _CAPABILITIES.format(until=until), **bound)


_CAPABILITIES: Final = f"""
, asked as (
    select
        message_key,
        operator,
        country,
        submitted_utc,
        submission_missing,
        sent and not submission_missing and not provisional as is_mature,
        counted_as in {ANSWERED_OUTCOMES} as is_answered
    from chosen
    where sent
), said as (
    select asked.operator, asked.country, message_key, status, event_utc, received_utc, time_precision, submitted_utc, submission_missing
    from (
        select message_key, status, event_utc, received_utc, time_precision
        from events
        where kind = 'receipt' and said_by = 'operator' {{until}}
    )
    join asked using (message_key)
), statuses_sent as (
    select operator, country, {", ".join(f"nullif(count(distinct message_key) filter (status = '{status}'), 0) as {status}" for status in REPORTED)}
    from said
    group by operator, country
), clocks as (
    select
        operator,
        country,
        mode(time_precision) as clock_precision,
        greatest(0, quantile_cont(epoch_us(event_utc) - epoch_us(received_utc), 0.99) / 1e6) as ahead_s,
        greatest(0, quantile_cont(epoch_us(submitted_utc) - epoch_us(event_utc), 0.99) filter (not submission_missing) / 1e6
            - case when mode(time_precision) = 'minute' then 60 else 0 end) as behind_s,
        count(*) as receipts
    from said
    where event_utc is not null and received_utc is not null and time_precision <> 'file'
    group by operator, country
), groups as (
    select
        operator,
        country,
        count(*) filter (is_mature) as messages,
        count(*) filter (is_mature and is_answered) / nullif(count(*) filter (is_mature), 0) as coverage
    from asked
    group by operator, country
)
select
    groups.*,
    {", ".join(REPORTED)},
    clock_precision,
    case when receipts >= 200 then ahead_s - behind_s end as clock_off_s
from groups
left join statuses_sent
    on statuses_sent.operator is not distinct from groups.operator and statuses_sent.country is not distinct from groups.country
left join clocks on clocks.operator is not distinct from groups.operator and clocks.country is not distinct from groups.country
order by messages desc, groups.operator nulls last, groups.country nulls last
"""
