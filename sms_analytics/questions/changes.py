"""Why a rate changed from one period to the next, and how sure that is.

What the change is made of is in `decomposition`, how far chance reaches in `differences`; which feeds have all their logs in `completeness`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import completeness, differences
from sms_analytics.questions.completeness import Missing
from sms_analytics.questions.daily_counts import COUNTS, aware, daily, times, without
from sms_analytics.questions.decomposition import TERMS, RateOfSent, with_terms
from sms_analytics.questions.filters import Filters, FiltersWithoutPeriod, Moment, checked_zone, moment, period
from sms_analytics.questions.outages import outages
from sms_analytics.questions.selecting import ask, dimensions, question, select
from sms_analytics.text.zones import local

_CALENDAR: Final = frozenset({"hour", "hour_utc", "day", "week", "month"})

#: Only what is rarer than this by chance is put into words or coloured.
CERTAIN: Final = 0.05


@dataclass(frozen=True)
class Periods:
    """Two periods in naive UTC, `until` exclusive.

    `as_of` is the moment as of which both are seen (None: as of now), `before_as_of` by feed the earlier one at which the period before was as old as
    the period is (none for `same_age=False`). `missing` is what feeds lack of either period: their messages are not compared.
    """

    before_since: datetime
    before_until: datetime
    since: datetime
    until: datetime
    as_of: datetime | None
    before_as_of: dict[str, datetime]
    missing: tuple[Missing, ...]


@question
def changes(
    db: duckdb.DuckDBPyConnection,
    by: str | Sequence[str] = "operator",
    *,
    since: Moment,
    until: Moment,
    before_since: Moment | None = None,
    before_until: Moment | None = None,
    rate: RateOfSent = "rate_confirmed",
    same_age: bool = True,
    **options: Unpack[FiltersWithoutPeriod],
) -> pl.DataFrame:
    """What each group of `by` did to the change of `rate` from the period before to `since` .. `until`: one row per group, largest effect first.

    The period before is as long and ends where the period begins, unless `before_since` and `before_until` say otherwise. With `same_age` each feed's
    part of it is seen as it was when it was as old as the period is now by that feed's logs: statuses that came later are left out there too, since
    a young period lacks them as well. A feed whose logs begin within these periods, or of whose daily files some are missing there, is not compared:
    `left_out` counts its messages, `compared` says what is missing.

    Columns: the group's; `sent_before`, `sent` (messages); `share_before`, `share` (of all sent messages of the groups that are compared);
    `rate_before`, `rate` (null where a group sent nothing); `change` (rate less rate_before) with `change_low`, `change_high` (95 %: days vary, not
    only messages), `q` (the p-value adjusted for the number of rows, Benjamini and Hochberg 1995; only under .05 is a change more than chance),
    `detectable` (a change that so many messages show in 80 % of cases), `too_little` (under five days in a period: then none of these four);
    `verdict` (`better`, `worse`, `by_chance`, `by_outage`: only because statuses stayed away in an outage or came again after it, `too_little`);
    `coverage_before`, `coverage`, `rate_answered_before`, `rate_answered`; `mix`, `silence`, `delivery` and their sum `effect`: what other shares,
    more or fewer missing statuses, and better or worse delivery where the status is known did to the rate of all. The effects of all groups add up
    to its change exactly; messages that are partly confirmed count as arrived in them. `outage_before`, `outage` (messages without a status that were
    sent in an outage of their feed), `provisional_before`, `provisional` (sent messages whose status can still come), `left_out_before`, `left_out`.

    Messages of feeds of which no submission was loaded are in no count; with `receipts_only` they are counted alone, and all rates are null: silence
    does not show there.

    Errors: `UsageError` for a dimension of calendar time, since no group of it is in both periods; `NoDataError` when a period has no message, or
    none that can be compared.
    """
    if _CALENDAR & set(dimensions(by)):
        raise UsageError(
            f"--by: changes has no dimension of calendar time ({', '.join(sorted(_CALENDAR - {'hour_utc'}))}): no group is in both periods"
        )
    asked = Filters(**options)
    zone = checked_zone(asked.zone)
    periods = compared(db, since, until, before_since, before_until, same_age=same_age, **options)
    groups = list(select("rates", by).columns)
    now = replace(asked, since=aware(periods.since), until=aware(periods.until), as_of=aware(periods.as_of))
    silent = times(outages(db, as_of=asked.as_of, zone=zone))
    after = daily(db, groups, now, silent)
    then = replace(now, since=aware(periods.before_since), until=aware(periods.before_until))
    try:
        before = daily(db, groups, then, silent, periods.before_as_of)
    except NoDataError as error:
        raise NoDataError(f"the period before: {error}") from None
    incomplete = {one.feed for one in periods.missing}
    if not {*before["feed"], *after["feed"]} - incomplete:
        raise NoDataError(_nothing_to_compare(periods.missing, zone))
    return between(without(before, incomplete), without(after, incomplete), groups, rate)


@question
def compared(
    db: duckdb.DuckDBPyConnection,
    since: Moment,
    until: Moment,
    before_since: Moment | None = None,
    before_until: Moment | None = None,
    *,
    same_age: bool = True,
    **options: Unpack[FiltersWithoutPeriod],
) -> Periods:
    """The two periods that `changes` compares, and what is missing of them; see there."""
    if (before_since is None) != (before_until is None):
        raise UsageError("give both --before-since and --before-until, or neither")
    asked = Filters(**options)
    zone = checked_zone(asked.zone)
    begin, end = period(since, until, zone)
    before_begin, before_end = (
        _just_before(begin, end, zone) if before_since is None or before_until is None else period(before_since, before_until, zone)
    )
    known = None if asked.as_of is None else moment("as-of", asked.as_of, zone)
    spans = [(before_begin, before_end), (begin, end)]
    feeds = {feed for span in spans for feed in _feeds(db, asked, *span)}
    ages = _at_same_age(db, known, end - before_end) if same_age else {}
    lacking = [one for one in completeness.missing(db, spans, zone) if one.feed in feeds]
    own_ages = {feed: age for feed, age in ages.items() if feed in feeds}
    return Periods(before_begin, before_end, begin, end, known, own_ages, tuple(lacking))


def _feeds(db: duckdb.DuckDBPyConnection, filters: Filters, since: datetime, until: datetime) -> list[str]:
    """The feeds that the question is about."""
    selection = select("rates", filters=replace(filters, since=aware(since), until=aware(until)))
    try:
        return ask(db, selection, "select distinct feed from chosen")["feed"].to_list()
    except NoDataError:
        return []


def between(before: pl.DataFrame, after: pl.DataFrame, by: Sequence[str], rate: RateOfSent = "rate_confirmed") -> pl.DataFrame:
    """`changes` of two frames of `daily` counts by (among others) these dimensions."""
    keys = list(by) or ["everything"]
    earlier, later = (_summed(frame if by else frame.with_columns(everything=pl.lit(1)), keys, rate) for frame in (before, after))
    both = later.join(earlier, on=keys, how="full", coalesce=True, nulls_equal=True, suffix="_before")
    counts = [f"{name}{suffix}" for name in COUNTS for suffix in ("", "_before")]
    found = differences.compared(both)
    alone = differences.compared(both.select(pl.col("^.*_alone(_before)?$").name.map(lambda name: name.replace("_alone", ""))))
    figures = both.with_columns(pl.col(counts).fill_null(0)).hstack(found).with_columns(q=differences.q_values(found["p"]))
    judged = figures.with_columns(verdict=_verdict(alone["p"], alone["change"]), compared=_silence_shows("") & _silence_shows("_before"))
    terms = with_terms(judged.with_columns(*_of_sent(""), *_of_sent("_before")), rate)
    ordered = terms.sort(pl.col("effect").abs(), *keys, descending=[True, *(False for _ in keys)], nulls_last=True)
    return ordered.select(
        *(*by, "sent_before", "sent", "share_before", "share", "rate_before", "rate", "change", "change_low", "change_high", "q"),
        *("detectable", "too_little", "verdict", "coverage_before", "coverage", "rate_answered_before", "rate_answered", *TERMS, "effect"),
        *("outage_before", "outage", "provisional_before", "provisional", "left_out_before", "left_out"),
    )


def _summed(days: pl.DataFrame, keys: list[str], rate: RateOfSent) -> pl.DataFrame:
    """Per group its counts, its rate with the variance between days, and both once more (`_alone`) without the silence of outages."""
    seen = days.filter("silence_shows")
    sent, outage = pl.col("sent"), pl.col("outage")
    hits = differences.hits(rate)
    alone = hits - outage if rate == "rate_possible" else hits
    sums = days.group_by(keys, maintain_order=True).agg(pl.col(COUNTS).sum(), pl.col("silence_shows").all())
    shares = differences.shares(seen, keys, hits, sent).drop("n", "between_days")
    shares_alone = differences.shares(seen, keys, alone, sent - outage).drop("n", "between_days")
    shares_alone = shares_alone.rename({"rate": "rate_alone", "days": "days_alone", "variance": "variance_alone"})
    for found in (shares, shares_alone):
        sums = sums.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return sums


def _silence_shows(suffix: str) -> pl.Expr:
    return (pl.col(f"sent{suffix}") == 0) | pl.col(f"silence_shows{suffix}")


def _of_sent(suffix: str) -> Iterator[pl.Expr]:
    sent, answered = pl.col(f"sent{suffix}"), pl.col(f"answered{suffix}")
    total = sent.filter(pl.col("compared")).sum()
    yield pl.when(pl.col("compared") & (total > 0)).then(sent / total).alias(f"share{suffix}")
    yield pl.when(_silence_shows(suffix) & (sent > 0)).then(answered / sent).alias(f"coverage{suffix}")
    yield pl.when(answered > 0).then(pl.col(f"arrived{suffix}") / answered).alias(f"rate_answered{suffix}")


def _verdict(p_alone: pl.Series, change_alone: pl.Series) -> pl.Expr:
    """What can be said in words. Without the silence of outages a change must still be one, in the same direction."""
    change = pl.col("change")
    still = (p_alone < CERTAIN) & (change_alone.sign() == change.sign())
    return (
        pl.when(change.is_null())
        .then(None)
        .when("too_little")
        .then(pl.lit("too_little"))
        .when(pl.col("q") >= CERTAIN)
        .then(pl.lit("by_chance"))
        .when(still.fill_null(value=False).not_())
        .then(pl.lit("by_outage"))
        .when(change > 0)
        .then(pl.lit("better"))
        .otherwise(pl.lit("worse"))
    )


def _nothing_to_compare(lacking: Sequence[Missing], zone: str) -> str:
    said = "; ".join(completeness.in_words(one, zone, "en") for one in lacking)
    return f"the periods cannot be compared: {said}; choose periods of which all logs are loaded (--since, --until, --before-since, --before-until)"


def _just_before(since: datetime, until: datetime, zone: str) -> tuple[datetime, datetime]:
    """As many days and hours by the clock on the wall, so that days stay whole when summer time begins or ends in between."""
    begin, end = local(since, zone), local(until, zone)
    return moment("before-since", begin - (end - begin), zone), since


def _at_same_age(db: duckdb.DuckDBPyConnection, as_of: datetime | None, later: timedelta) -> dict[str, datetime]:
    """By feed the moment at which the period before was as old as the period is by the logs of that feed."""
    clocks = db.cursor().execute("select feed, now_utc from feeds where now_utc is not null order by feed").fetchall()
    return {feed: (now if as_of is None else min(now, as_of)) - later for feed, now in clocks}
