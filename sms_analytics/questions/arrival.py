"""How true the receipts are: messages that are proven to have arrived, held against what their operators said of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.config.defaults import config_of
from sms_analytics.config.sections import as_duration
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.selecting import ask, in_order, question, select

#: Logs write the hand-over to the second or later: a proof by id may seem to come before it.
_SLACK: Final = "interval 1 minute"

#: The message that each proof is of: by its id, else by recipient and account the latest one within the window before it.
_PROVEN: Final = f"""
, by_id as (
    select proof_id, record_no, arg_max(message_key, submitted_utc) as message_key
    from proofs
    join messages on plain_id(messages.message_id) = plain_id(proofs.message_id)
    where submitted_utc <= proven_utc + {_SLACK} and (proofs.account is null or messages.account is null or messages.account = proofs.account)
        and (proofs.recipient is null or messages.recipient is null or messages.recipient = proofs.recipient)
    group by all
), by_recipient as (
    select proof_id, record_no, arg_max(message_key, submitted_utc) as message_key
    from proofs
    join messages on messages.recipient = proofs.recipient
    where proofs.message_id is null and submitted_utc <= proven_utc and proven_utc <= submitted_utc + to_seconds($window_s)
        and (proofs.account is null or messages.account = proofs.account)
        and not refused and outcome not in ('stopped', 'waiting_to_send', 'awaiting_approval', 'paused')
    group by all
), proven as (
    select distinct message_key from by_id
    union
    select distinct message_key from by_recipient
)
"""
_COUNTED: Final = """
select
    {groups}
    count(*) filter (sent) as sent,
    count(*) filter (counted_as = 'delivered') as delivered,
    count(*) filter (sent and is_proven) as proven,
    count(*) filter (is_proven and counted_as in ('delivered', 'partly_confirmed')) as proven_confirmed,
    count(*) filter (is_proven and counted_as = 'failed') as proven_failed,
    count(*) filter (is_proven and counted_as = 'partly_confirmed') as proven_partly
from chosen
left join (select message_key, true as is_proven from proven) as known using (message_key)
group by all
"""


@question
def proven(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = "operator",
    *,
    window: str | timedelta | None = None,
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """How true each operator's receipts are: one row per group of `by`, by what `proof` brought.

    Columns after the group's: `sent`; `proven` (sent, and proven to have arrived), and of these `proven_confirmed` (a receipt said so, of all or
    of a part), `proven_failed` (a receipt said that it had failed: a **conflict**, never counted as delivered) and `proven_silent` (no final status);
    `receipts_true` = proven_confirmed / (proven_confirmed + proven_failed); `coverage_of_proven` (of messages that arrived, how many got a final
    status); `rate_confirmed` = delivered / sent, and `rate_proven`, the share that arrived at the least: delivered, or proven and not failed.

    A proof belongs to the message with its id. One without an id belongs to the latest message to its recipient (and account, where it names one)
    that was handed over no longer than `window` before (`24h`, or a `timedelta`; default: `[proof] window`); without a window it proves nothing.
    `NoDataError` where no proof was brought.
    """
    selection = select("rates", by, Filters(**options))
    ((brought,),) = db.cursor().execute("SELECT count(*) FROM proof_files").fetchall()
    if not brought:
        raise NoDataError("no proof of arrival was brought: sms-analytics proof FILE, with codes that were entered, clicks or answers")
    seconds = _seconds(db, window)
    counts = ask(db, selection, _PROVEN + _COUNTED.format(groups=selection.groups), window_s=seconds)
    answered = pl.col("proven_confirmed") + pl.col("proven_failed")
    silent = pl.col("proven") - answered
    shares = counts.filter(pl.col("sent") > 0).with_columns(
        proven_silent=silent,
        receipts_true=pl.when(answered > 0).then(pl.col("proven_confirmed") / answered),
        coverage_of_proven=pl.when(pl.col("proven") > 0).then(answered / pl.col("proven")),
        rate_confirmed=pl.col("delivered") / pl.col("sent"),
        rate_proven=(pl.col("delivered") + silent + pl.col("proven_partly")) / pl.col("sent"),
    )
    columns = list(selection.columns)
    return in_order(shares, columns, "sent").select(
        *(*columns, "sent", "proven", "proven_confirmed", "proven_failed", "proven_silent"),
        *("receipts_true", "coverage_of_proven", "rate_confirmed", "rate_proven"),
    )


def _seconds(db: duckdb.DuckDBPyConnection, window: str | timedelta | None) -> float:
    if isinstance(window, str):
        try:
            window = as_duration(window)
        except ValueError as error:
            raise UsageError(f"--window '{window}': {error}") from None
    chosen = window if window is not None else config_of(db).proof.window
    return -1.0 if chosen is None else chosen.total_seconds()
