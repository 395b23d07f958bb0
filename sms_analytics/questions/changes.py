"""Why a rate changed from one period to the next: because other groups had more of the messages (mix), or because groups did better or worse (rate).

The decomposition is that of E. M. Kitagawa (1955) with the average of both periods as weights, so the terms of all groups add up to the change
exactly and no remainder is left over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal, Unpack

import duckdb
import polars as pl

from sms_analytics.config.defaults import configured
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import metrics
from sms_analytics.questions.filters import Filters, FiltersWithoutPeriod, Moment, checked_zone, moment, period
from sms_analytics.questions.intervals import wilson
from sms_analytics.questions.selecting import dimensions, question
from sms_analytics.text.zones import local

#: Rates with sent messages as their divisor.
RateOfSent = Literal["rate_confirmed", "rate_possible", "coverage"]

_CALENDAR: Final = frozenset({"hour", "hour_utc", "day", "week", "month"})


@dataclass(frozen=True)
class Periods:
    """Two periods in naive UTC, `until` exclusive, each with the moment as of which it is seen (None: as of now)."""

    before_since: datetime
    before_until: datetime
    before_as_of: datetime | None
    since: datetime
    until: datetime
    as_of: datetime | None


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

    The period before is as long and ends where the period begins, unless `before_since` and `before_until` say otherwise. With `same_age` it is seen
    as it was when it was as old as the period is now: statuses that came later are left out there too, since a young period lacks them as well.

    Columns: the group's; `sent_before`, `sent` (messages); `share_before`, `share` (of all sent messages of the groups that are compared);
    `rate_before`, `rate` (null where a group sent nothing); `change` (rate less rate_before) with `change_low`, `change_high` (95 %, R. G. Newcombe
    1998: what chance alone explains reaches over 0); `mix_effect`, `rate_effect` and their sum `effect`. The effects of all groups add up to the
    change of the rate of all of them together. A group that is only in one period has no rate effect. `provisional_before` and `provisional` (sent
    messages whose status can still come) end the row. Messages of feeds of which no submission was loaded are in no count; with `receipts_only` they
    are counted alone, and all rates are null: silence does not show there.

    Errors: `UsageError` for a dimension of calendar time, since no group of it is in both periods; `NoDataError` when a period has no message.
    """
    if _CALENDAR & set(dimensions(by)):
        raise UsageError(
            f"--by: changes has no dimension of calendar time ({', '.join(sorted(_CALENDAR - {'hour_utc'}))}): no group is in both periods"
        )
    asked = Filters(**options)
    periods = compared(db, since, until, before_since, before_until, same_age=same_age, as_of=asked.as_of, zone=asked.zone)
    now = replace(asked, since=_aware(periods.since), until=_aware(periods.until), as_of=_aware(periods.as_of))
    then = replace(asked, since=_aware(periods.before_since), until=_aware(periods.before_until), as_of=_aware(periods.before_as_of))
    after = metrics.rates(db, by, **now.options)
    try:
        before = metrics.rates(db, by, **then.options)
    except NoDataError as error:
        raise NoDataError(f"the period before: {error}") from None
    return between(before, after, rate)


@configured
def compared(
    db: duckdb.DuckDBPyConnection,
    since: Moment,
    until: Moment,
    before_since: Moment | None = None,
    before_until: Moment | None = None,
    *,
    same_age: bool = True,
    as_of: Moment | None = None,
    zone: str | None = None,
) -> Periods:
    """The two periods that `changes` compares; see there."""
    if (before_since is None) != (before_until is None):
        raise UsageError("give both --before-since and --before-until, or neither")
    zone = checked_zone(zone)
    begin, end = period(since, until, zone)
    before_begin, before_end = (
        _just_before(begin, end, zone) if before_since is None or before_until is None else period(before_since, before_until, zone)
    )
    known = None if as_of is None else moment("as-of", as_of, zone)
    periods = Periods(before_begin, before_end, known, begin, end, known)
    seen = _seen(db, known) if same_age else None
    return periods if seen is None else replace(periods, before_as_of=seen - (end - before_end))


def between(before: pl.DataFrame, after: pl.DataFrame, rate: RateOfSent = "rate_confirmed") -> pl.DataFrame:
    """`changes` of two frames of `rates` by the same dimensions."""
    groups = before.columns[: before.columns.index("messages")]
    both = _beside(_part(before, groups, rate, "_before"), _part(after, groups, rate, ""), groups)
    counts = ["sent_before", "sent", "provisional_before", "provisional"]
    known = both.with_columns(pl.col(counts).fill_null(0)).with_columns(compared=_silence_shows("_before") & _silence_shows(""))
    shares = known.with_columns(_share("_before"), _share(""))
    terms = shares.with_columns(**_terms(shares)).with_columns(effect=pl.col("mix_effect") + pl.col("rate_effect"))
    ordered = terms.sort(pl.col("effect").abs(), *(pl.col(name) for name in groups), descending=[True, *(False for _ in groups)], nulls_last=True)
    return ordered.select(
        *(*groups, "sent_before", "sent", "share_before", "share", "rate_before", "rate", "change", "change_low", "change_high"),
        *("mix_effect", "rate_effect", "effect", "provisional_before", "provisional"),
    )


def _just_before(since: datetime, until: datetime, zone: str) -> tuple[datetime, datetime]:
    """As many days and hours by the clock on the wall, so that days stay whole when summer time begins or ends in between."""
    begin, end = local(since, zone), local(until, zone)
    return moment("before-since", begin - (end - begin), zone), since


def _seen(db: duckdb.DuckDBPyConnection, as_of: datetime | None) -> datetime | None:
    """The moment up to which the newest log was read, or the earlier one that is asked for."""
    ((newest,),) = db.cursor().execute("select max(now_utc) from feeds").fetchall()
    moments: list[datetime] = [moment for moment in (newest, as_of) if moment is not None]
    return min(moments, default=None)


def _aware(utc: datetime | None) -> datetime | None:
    return None if utc is None else utc.replace(tzinfo=UTC)


def _part(rates: pl.DataFrame, groups: list[str], rate: RateOfSent, suffix: str) -> pl.DataFrame:
    ends = {
        name: pl.when(pl.col("sent") > 0).then(wilson(pl.col(rate) * pl.col("sent"), pl.col("sent"), side).clip(0, 1))
        for name, side in (("low", -1), ("high", +1))
    }
    figures = rates.select(*groups, "sent", "provisional", rate=pl.col(rate), **ends)
    return figures.rename({name: f"{name}{suffix}" for name in ("sent", "provisional", "rate", "low", "high")})


def _beside(before: pl.DataFrame, after: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    if not groups:
        return pl.concat([before, after], how="horizontal")
    return before.join(after, on=groups, how="full", coalesce=True, nulls_equal=True)


def _silence_shows(suffix: str) -> pl.Expr:
    return (pl.col(f"sent{suffix}") == 0) | pl.col(f"rate{suffix}").is_not_null()


def _share(suffix: str) -> pl.Expr:
    sent = pl.col(f"sent{suffix}")
    total = sent.filter(pl.col("compared")).sum()
    return pl.when(pl.col("compared") & (total > 0)).then(sent / total).alias(f"share{suffix}")


def _terms(shares: pl.DataFrame) -> dict[str, pl.Expr]:
    """Kitagawa's terms. What moves between groups counts against the rate of all: more messages through a poor group lower it."""
    all_before, all_after = (_rate_of_all(shares, suffix) for suffix in ("_before", ""))
    before, after = (pl.coalesce(f"rate{suffix}", f"rate{other}") for suffix, other in (("_before", ""), ("", "_before")))
    change, change_low, change_high = _difference()
    effects = {
        "mix_effect": (pl.col("share") - pl.col("share_before")) * ((before + after) / 2 - (all_before + all_after) / 2),
        "rate_effect": (pl.col("share") + pl.col("share_before")) / 2 * (after - before),
    }
    either = pl.col("compared") & (pl.col("sent_before") + pl.col("sent") > 0)
    return {
        name: pl.when(either).then(term)
        for name, term in ({"change": change, "change_low": change_low, "change_high": change_high} | effects).items()
    }


def _rate_of_all(shares: pl.DataFrame, suffix: str) -> float:
    return float((shares[f"share{suffix}"] * shares[f"rate{suffix}"]).sum() or 0)


def _difference() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """The change of a group's rate and the 95 % interval made of both rates' Wilson intervals."""
    before, after = pl.col("rate_before"), pl.col("rate")
    below = ((after - pl.col("low")) ** 2 + (pl.col("high_before") - before) ** 2).sqrt()
    above = ((pl.col("high") - after) ** 2 + (before - pl.col("low_before")) ** 2).sqrt()
    change = after - before
    return change, (change - below).clip(-1, 1), (change + above).clip(-1, 1)
