"""Delivery rates and failure reasons of the messages in question, and the messages themselves.

Every function takes a DuckDB connection with the relations `messages` and `feeds` and returns a polars frame: the group's columns first, in the order
of `by`, then the figures. Counts are Int64, shares are Float64 between 0 and 1, null where the divisor is 0. An unknown operator or country stays
null. Which times and zones there are: `filters.py`; dimensions and orders: `selecting.py`. Errors: `UsageError` for a filter that cannot be used,
`NoDataError` when no message fits.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics import vocabulary
from sms_analytics.database.schemas import MESSAGE_COLUMNS, MESSAGE_TYPES
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import kept_days, rating
from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.intervals import Interval, of_true_share
from sms_analytics.questions.selecting import DIMENSIONS, Selection, ask, dimensions, in_order, question, select, total
from sms_analytics.questions.undecided import line_of, settled_by
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.phrases import filled
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, ARRIVED_OUTCOMES

#: Columns of `rates`.
COUNTS: Final = vocabulary.COUNTS
NOT_SENT: Final = vocabulary.NOT_SENT
RATES: Final = vocabulary.RATES

_CODES_SHOWN: Final = 3

_REASON_DIMENSIONS: Final = frozenset({"reason", "reason_class"})


@question
def rates(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = (),
    *,
    interval: Interval = "ends",
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """How much arrived, at least and at most: one row per group of `by`, or one for all.

    Columns: the group's, then `COUNTS` and `RATES`. `messages` is `sent` plus the counts of `NOT_SENT`; `sent` is the sum of the seven outcomes of
    messages that were handed to an operator. `rate_confirmed` = delivered / sent, `rate_possible` = (sent - failed) / sent, `rate_answered` =
    (delivered + partly_confirmed) / answered, `coverage` = answered / sent, where answered = delivered + partly_confirmed + failed. `ci_low` is the
    low end of the 95 % Wilson interval of `rate_confirmed`, `ci_high` the high end of that of `rate_possible`; with `interval="share"` they are those
    of the true share, which lies somewhere in between (`intervals.of_true_share`). `provisional` are sent messages
    without a final status that are still before their deadline.

    `rate_alike`, `rate_low`, `rate_high` assume something of the silent messages: that they fared like the answered ones of the same operator, or
    that their odds were half or twice as good. Operators with fewer than 30 answers and the unknown one are taken together; null where these have
    silent messages and fewer than 30 answers.

    A feed of which no submission was loaded cannot show silence. Its messages are in no count and no rate but `receipts_only` and
    `receipts_only_answered` (answered ones that arrived), also where a group has no others; `receipts_only=True` asks for them alone, and then only
    `rate_answered` is given. Messages of feeds of which it is not settled whether they tell of the same messages are in no count (see `notes`).
    """
    selection = select("rates", by, Filters(**options))
    groups = list(selection.columns)
    found = in_order(rating.of_counts(counts(db, selection), groups), groups, "messages")
    return found if interval == "ends" else _of_true_share(found)


def _of_true_share(rates: pl.DataFrame) -> pl.DataFrame:
    """The rates with the interval of the true share in the place of that of both ends."""
    known = rates.select(
        "delivered", (pl.col("sent") - pl.col("failed")).alias("possible"), "sent", pl.col("rate_confirmed").is_not_null()
    ).iter_rows()
    ends = [of_true_share(*counts) if is_known else (None, None) for *counts, is_known in known]
    return rates.with_columns(pl.Series(name, [pair[number] for pair in ends], dtype=pl.Float64) for number, name in enumerate(("ci_low", "ci_high")))


def counts(db: duckdb.DuckDBPyConnection, selection: Selection) -> pl.DataFrame:
    """The counts that `rates` are made of, for whoever puts groups together (`rating.of_counts`).

    Of messages that were deleted since, those that `purge` kept. Raises `NoDataError` where these cannot tell what is asked.
    """
    return _with_kept(db, selection, rating.counting(selection.groups), rating.KEPT)


def _with_kept(db: duckdb.DuckDBPyConnection, selection: Selection, query: str, sums: str) -> pl.DataFrame:
    """The answer of `query` on the messages that are there, with the `sums` of the kept counts of those that are not."""
    live, kept = kept_days.parts(db, selection)
    if kept is None:
        return ask(db, selection, query)
    before = kept_days.counted(db, kept, sums)
    if live is None and before.is_empty():
        raise NoDataError("no message fits; of the time before the last purge only counts are kept, and there are none for this")
    try:
        now = before.clear() if live is None else ask(db, live, query)
    except NoDataError:
        if before.is_empty():
            raise
        now = before.clear()
    # Of empty frames, and columns without a value, the types may differ.
    return pl.concat([now, before.select(now.columns) if now.width else before], how="vertical_relaxed")


@question
def reasons(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = (),
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """Why messages failed: one row per group of `by` and reason, most frequent reason first; no row where nothing failed.

    `reason` with its `reason_class` is added to `by` unless `by` names one of them. Columns after the group's: `messages` (failed after hand-over),
    `share` (of the failed messages of the group, all reasons together), `share_of_sent` (of the sent messages of the group), `refused` (refused by
    the gateway before hand-over: in neither `messages` nor the shares), `codes` (up to three codes behind the reason as `code_system:code_raw`, the
    most frequent first, with commas between; null where the source gave none). With `receipts_only` those messages alone, of which no share of sent
    is known.
    """
    asked = dimensions(by)
    own = [] if set(asked) & _REASON_DIMENSIONS else ["reason"]
    selection = select("reasons", [*asked, *own], Filters(**options))
    per_code = _with_kept(
        db,
        selection,
        f"""
        select
            {selection.groups}
            case when code_raw is not null then concat_ws(':', code_system, code_raw) end as code,
            count(*) filter (counted_as = 'failed') as messages,
            count(*) filter (counted_as = 'refused') as refused,
            count(*) filter (sent) as sent
        from chosen
        group by all
        """,
        "NULL::VARCHAR AS code, sum(failed)::BIGINT AS messages, sum(refused)::BIGINT AS refused, sum(sent)::BIGINT AS sent",
    )
    columns = list(selection.columns)
    around = [name for name in columns if name not in _REASON_DIMENSIONS]
    per_reason = (
        _with_codes(per_code, columns)
        .with_columns(
            share=_part_of("messages", total("messages", around)),
            share_of_sent=_part_of("messages", total("sent", around)) if not selection.receipts_only else pl.lit(None, pl.Float64),
        )
        .filter((pl.col("messages") > 0) | (pl.col("refused") > 0))
    )
    return in_order(per_reason, columns, "messages").select(*columns, "messages", "share", "share_of_sent", "refused", "codes")


@question
def messages(
    db: duckdb.DuckDBPyConnection,
    *,
    limit: int | None = None,
    places: bool = False,
    **options: Unpack[FilterOptions],
) -> pl.DataFrame:
    """The messages themselves, first submitted first, the columns of `schemas.MESSAGES` (times in UTC); the first `limit` of them if given.

    With `places` the column `places` follows: where in the logs each of its events stands, `file:line` with commas between.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit}: write a whole number from 1, or leave it out for all messages")
    selection = select("messages", filters=Filters(**options))
    some = {} if limit is None else {"limit": limit}
    rows = ask(
        db,
        selection,
        f"select {', '.join(MESSAGE_COLUMNS)} from chosen order by submitted_utc nulls last, message_key {'limit $limit' if some else ''}",
        **some,
    )
    typed = rows.cast({name: MESSAGE_TYPES[name] for name in MESSAGE_COLUMNS})
    return typed.join(_places(db, typed["message_key"]), on="message_key", how="left", maintain_order="left") if places else typed


def _places(db: duckdb.DuckDBPyConnection, keys: pl.Series) -> pl.DataFrame:
    """Where the events of these messages stand, in the order of loading."""
    found: pl.DataFrame = db.cursor().sql(_PLACES, params={"keys": keys.to_list()}).pl()
    return found


_PLACES: Final = """
select message_key, string_agg(path || ':' || record_no, ', ' order by load_id, record_no) as places
from (select distinct message_key, load_id, record_no from events where message_key in (select unnest($keys::varchar[])))
join (select load_id, path from loads) using (load_id)
group by message_key
"""


@question
def notes(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = (),
    *,
    lang: Lang = "en",
    **options: Unpack[FilterOptions],
) -> list[str]:
    """What a reader of `rates` with the same arguments must know, a sentence each, for people; empty when there is nothing to say."""
    selection = select("rates", by, Filters(**options))
    purged = kept_days.notes(db, Filters(**options), lang)
    try:
        live = kept_days.still_there(db, selection)
        feeds = ask(db, live, _PER_FEED) if live else None
    except NoDataError:
        if not purged:
            raise
        feeds = None
    if feeds is None:
        return purged
    note = partial(_note, lang=lang)
    apart = feeds.filter(pl.col("receipts_only") > 0)
    said = [
        note("receipts_only" if known else "receipts_only.silent", feed=feed, messages=count, arrived=arrived, answered=known)
        for feed, count, arrived, known in apart.select("feed", "receipts_only", "arrived", "known").iter_rows()
    ]
    said += [
        " ".join(filter(None, [note("undecided", feed=feed, messages=count), settled_by([line_of(evidence)], lang)]))
        for feed, count, evidence in feeds.filter(pl.col("undecided") > 0).select("feed", "undecided", "answers_evidence").iter_rows()
    ]
    said += [
        note("no_receipts", feed=feed, sent=sent)
        for feed, sent in feeds.filter(pl.col("mute") & (pl.col("sent") > 0)).select("feed", "sent").iter_rows()
    ]
    said += [
        note("without_submission", feed=feed, messages=count)
        for feed, count in feeds.filter(pl.col("without_submission") > 0).select("feed", "without_submission").iter_rows()
    ]
    if feeds["provisional"].sum():
        said.append(note("provisional", provisional=feeds["provisional"].sum(), sent=int(feeds["sent"].sum())))
    if "hour_utc" in selection.columns:
        said += [note("repeated_hour", hour=f"{hour:%Y-%m-%d %H:%M}", zone=selection.zone) for hour in _repeated_hours(db, selection)]
    return said + purged


_PER_FEED: Final = f"""
select
    feed,
    count(*) filter (receipts_only and not undecided) as receipts_only,
    count(*) filter (receipts_only and classed_as in {ARRIVED_OUTCOMES}) as arrived,
    count(*) filter (receipts_only and classed_as in {ANSWERED_OUTCOMES}) as known,
    count(*) filter (undecided) as undecided,
    any_value(answers_evidence) as answers_evidence,
    coalesce(any_value(mute), false) and count(*) filter (counted_as in {(*ANSWERED_OUTCOMES, "without_submission")}) = 0 as mute,
    count(*) filter (sent) as sent,
    count(*) filter (provisional) as provisional,
    count(*) filter (counted_as = 'without_submission') as without_submission
from chosen
left join (select feed, answers_evidence, mute from known) using (feed)
group by feed
order by feed
"""


def _note(name: str, lang: Lang, **values: object) -> str:
    return filled(label(f"note.{name}", lang), **values)


def _repeated_hours(db: duckdb.DuckDBPyConnection, selection: Selection) -> list[datetime]:
    hours = ask(
        db,
        selection,
        f"""
        select {DIMENSIONS["hour"]} as hour
        from chosen
        group by hour
        having count(distinct {selection.columns["hour_utc"]}) > 1
        order by hour
        """,
    )
    return hours["hour"].to_list()


def _part_of(part: str, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(pl.col(part) / whole)


def _with_codes(per_code: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """One row per group: the counts added up, and the most frequent codes behind them."""
    behind = pl.col("messages") + pl.col("refused")
    return (
        per_code.sort(behind, "code", descending=[True, False])
        .group_by(columns, maintain_order=True)
        .agg(
            pl.col("messages", "refused", "sent").sum(),
            pl.col("code").filter(behind > 0).drop_nulls().head(_CODES_SHOWN),
        )
        .with_columns(codes=pl.when(pl.col("code").list.len() > 0).then(pl.col("code").list.join(", ")))
    )
