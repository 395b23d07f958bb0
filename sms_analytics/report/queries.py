"""What only reports ask of a period's messages, as SQL over `chosen` (see `selecting`)."""

from typing import Final

from sms_analytics.questions.outages import FALLEN
from sms_analytics.vocabulary import ANSWERED_OUTCOMES

#: Long messages; without a number there is nothing to tell that a message has more than one part.
PARTS: Final = """
select
    coalesce(parts, 1)::bigint as parts,
    count(*) as messages,
    count(*) filter (sent) as sent,
    count(*) filter (counted_as = 'delivered') as delivered,
    count(*) filter (counted_as = 'partly_confirmed') as partly_confirmed,
    count(*) filter (counted_as = 'failed') as failed,
    count(*) filter (counted_as = 'out_of_coverage') as out_of_coverage,
    count(*) filter (counted_as = 'awaiting_status') as awaiting_status,
    count(*) filter (counted_as = 'no_status') as no_status,
    count(*) filter (counted_as = 'unrecognised') as unrecognised
from chosen
where counted_as is not null
group by all
order by parts
"""

#: What sending cost, where prices are known: `charge` says which prices are costs. A message without a number of parts is one.
COSTS: Final = """
, costed as (
    select *, price as cost, coalesce(parts, 1) as own_parts
    from chosen
    where sent and charge = 'cost' and price is not null
)
select
    campaign,
    count(*) as priced,
    sum(own_parts)::bigint as cost_parts,
    sum(cost) as cost,
    sum(cost) / count(*) as cost_per_message,
    sum(cost) / sum(own_parts) as cost_per_part,
    sum(cost) / nullif(count(*) filter (counted_as = 'delivered'), 0) as cost_per_confirmed
from costed
group by grouping sets ((campaign), ())
order by grouping(campaign), priced desc, campaign nulls last
"""

#: Premium messages are charged when they are confirmed delivered, and not before; what a source says about the charge wins.
PREMIUM: Final = """
, premium as (
    select
        counted_as,
        price,
        case
            when charge_status = 'charged' then 'charged'
            when charge_status = 'refunded' then 'refunded'
            when charge_status in ('not_charged', 'failed') then 'not_charged'
            when charge_status = 'pending' and counted_as = 'delivered' then 'open'
            when counted_as = 'delivered' then 'charged'
            when counted_as in ('partly_confirmed', 'no_status', 'unrecognised', 'untracked', 'without_submission') then 'at_risk'
            when counted_as in ('failed', 'refused', 'stopped') then 'not_charged'
            else 'open'
        end as settled
    from chosen
    where counted_as is not null and charge = 'premium'
)
select settled as charge, count(*) as messages, sum(price) as amount, count(*) filter (price is null) as without_price
from premium
group by settled
order by list_position(['charged', 'at_risk', 'open', 'not_charged', 'refunded'], settled)
"""

FEEDS: Final = f"""
select
    feed,
    count(*) filter (receipts_only and not undecided) as receipts_only,
    count(*) filter (receipts_only and classed_as in {ANSWERED_OUTCOMES}) as known_from_receipts,
    count(*) filter (undecided) as undecided,
    any_value(answers_evidence) as answers_evidence,
    count(counted_as) as messages,
    count(*) filter (sent) as sent,
    count(*) filter (counted_as in {ANSWERED_OUTCOMES}) as answered,
    count(*) filter (counted_as = 'without_submission') as without_submission,
    max(now_utc) as now_utc
from chosen
left join (select feed, answers_evidence from known) using (feed)
group by feed
order by feed
"""

#: Outages that messages of this report fell into, with how many were due in it, how many of these were delivered, and how many receipts stayed away
#: or came late, and of whom; nobody is named where all feeds were out at once.
OUTAGES: Final = f"""
{FALLEN}
select
    feed,
    start_utc,
    end_utc,
    kind,
    count(*) as messages,
    count(*) filter (outcome = 'delivered') as delivered,
    count(*) filter (is_bad) as bad,
    coalesce(list_sort(list(distinct operator) filter (is_bad and operator is not null and kind <> 'all_feeds')), []::varchar[]) as operators
from fallen
where kind <> 'habit'
group by feed, start_utc, end_utc, kind
having bad > 0
order by start_utc, feed
"""
