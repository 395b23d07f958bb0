"""Numbers that a sender should take off its lists: their operator says for good that nothing can arrive there."""

from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.selecting import ask, question, select
from sms_analytics.vocabulary import ARRIVED_OUTCOMES

#: What failed for a reason that lasts. A fault of the route or of the sender says nothing of the number.
_LASTING: Final = "permanent"

_UNREACHABLE: Final = f"""
, failed as (
    select
        recipient,
        account,
        any_value(country) as country,
        arg_max(operator, submitted_utc) as operator,
        arg_max(reason, submitted_utc) as reason,
        count(*) as failed,
        min(submitted_utc) as first_failed_utc,
        max(submitted_utc) as last_failed_utc
    from chosen
    where counted_as in ('failed', 'refused') and reason_class = '{_LASTING}' and recipient is not null and submitted_utc is not null
    group by recipient, account
), arrived as (
    select messages.recipient, messages.account, max(messages.submitted_utc) as last_arrived_utc
    from messages
    where outcome in {ARRIVED_OUTCOMES} and messages.recipient in (select recipient from failed)
    group by messages.recipient, messages.account
)
select failed.*, last_arrived_utc
from failed
left join arrived on arrived.recipient = failed.recipient and arrived.account is not distinct from failed.account
where coalesce(last_arrived_utc <= last_failed_utc, true)
order by failed desc, last_failed_utc desc, failed.recipient, account nulls last
"""


@question
def unreachable(db: duckdb.DuckDBPyConnection, **options: Unpack[FilterOptions]) -> pl.DataFrame:
    """Numbers to take off the lists: one row per number and account of which a message failed for a lasting reason, and none arrived since.

    Columns: `recipient`, `account`, `country`, `operator` and `reason` (of the latest of these messages), `failed` (how many there are),
    `first_failed_utc`, `last_failed_utc`, `last_arrived_utc` (the latest message of this account that arrived, before that; null where none ever
    did). Lasting are reasons of the class `permanent`: the number is not in use, barred, or no number at all. What failed on the route, at the
    sender or for a time says nothing of the number. A message that arrived later takes the number off this list, whatever the period that is asked
    for. Most failures first. Filters and errors: as for `rates`.
    """
    return ask(db, select("messages", filters=Filters(**options)), _UNREACHABLE)
