"""Every figure of a report, as frames out of the questions that anybody can ask: whatever shows a report shows these and no others.

Groups of fewer messages than the minimum are put together: see `folding`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import duckdb
import polars as pl

from sms_analytics.errors import NoDataError
from sms_analytics.questions import completeness, daily_counts, kept_days, metrics, rating, waits
from sms_analytics.questions.changes import between
from sms_analytics.questions.completeness import Missing
from sms_analytics.questions.control_limits import control_chart
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.gaps import gaps
from sms_analytics.questions.operator_reports import capabilities
from sms_analytics.questions.selecting import ask, in_order, select
from sms_analytics.questions.unreachable_numbers import unreachable
from sms_analytics.questions.young_days import revisions
from sms_analytics.report import folding, periods, queries, trend
from sms_analytics.report.every_period import Unit, filled
from sms_analytics.report.partly import with_partly
from sms_analytics.report.periods import Period
from sms_analytics.report.snapshot import Snapshot, aware
from sms_analytics.report.trend import Trend
from sms_analytics.text.zones import local


@dataclass(frozen=True)
class Figures:
    """The figures of one period, and of the one before where it was asked for and has messages. Frames are those of the questions of that name."""

    period: Period | None
    earlier: Period | None
    as_of: datetime
    #: When the first message of all logs was sent.
    begins: datetime | None
    earlier_as_of: datetime | None
    first_utc: datetime
    last_utc: datetime
    total: pl.DataFrame
    before: pl.DataFrame | None
    latency: pl.DataFrame
    latency_before: pl.DataFrame | None
    operators: pl.DataFrame
    countries: pl.DataFrame
    campaigns: pl.DataFrame
    reasons: pl.DataFrame
    #: All of them by themselves, however few.
    every_reason: pl.DataFrame
    #: Operators, countries and send-outs by themselves; the small ones without shares.
    listed: dict[str, pl.DataFrame]
    unit: Unit
    over_time: pl.DataFrame
    #: What the chart of page one shows; None where nothing of it would say anything.
    trend: Trend | None
    #: The same with rows for times in which nothing was sent.
    every_period: pl.DataFrame
    #: Messages of which nobody knows when they were sent: one row, or none.
    without_time: pl.DataFrame
    parts: pl.DataFrame
    #: Of one send-out: how soon its messages arrived.
    curve: pl.DataFrame | None
    #: What sending cost, by send-out; empty where no price is known.
    costs: pl.DataFrame
    #: Of a report about everybody: by customer, and by customer and month. Empty otherwise.
    customers: pl.DataFrame
    customer_months: pl.DataFrame
    #: Numbers to take off the lists, unmasked.
    unreachable: pl.DataFrame
    #: Where young days will end; None where nothing is open or days are not what is shown.
    forecast: pl.DataFrame | None
    #: Counts by operator, country, `part` and week, for the HTML report to answer from.
    cells: pl.DataFrame
    part: str
    #: Which statuses each operator ever reports.
    capabilities: pl.DataFrame
    premium: pl.DataFrame
    #: Frames of `changes`: of all in one row, by operator, by country.
    changed: pl.DataFrame | None
    #: What feeds lack of either period: their messages take no part in these.
    missing: tuple[Missing, ...]
    changed_operators: pl.DataFrame | None
    changed_countries: pl.DataFrame | None
    gaps: pl.DataFrame
    gap_causes: pl.DataFrame
    outages: pl.DataFrame
    outages_before: pl.DataFrame
    feeds: pl.DataFrame
    #: How many messages got a status after the deadline, and how many two different final ones.
    marks: pl.DataFrame


@dataclass(frozen=True)
class _Asked:
    """The questions, put to one snapshot and one period; counts of the same groups are asked for once."""

    connection: duckdb.DuckDBPyConnection
    period: Period | None
    zone: str
    _counted: dict[str, tuple[pl.DataFrame, list[str]]] = field(default_factory=dict)

    @property
    def _filters(self) -> Filters:
        if self.period is None:
            # A report about everything begins where messages are still there.
            first = kept_days.boundary(self.connection)
            return Filters(since=None if first is None else aware(first), zone=self.zone)
        since, until = aware(self.period.since), aware(self.period.until)
        return Filters(since=since, until=until, zone=self.zone)

    def rates(self, by: str = "") -> pl.DataFrame:
        """`metrics.rates` of the period."""
        counted, groups = self.counts(by)
        return in_order(rating.of_counts(counted, groups), groups, "messages")

    def counts(self, by: str) -> tuple[pl.DataFrame, list[str]]:
        """The counts that they are made of, for groups to be put together, and the columns of the groups."""
        if by not in self._counted:
            selection = select("rates", by, self._filters)
            self._counted[by] = metrics.counts(self.connection, selection), list(selection.columns)
        return self._counted[by]

    def daily(self, by: str) -> pl.DataFrame:
        """What `changes` compares a period by."""
        times = daily_counts.times(self.connection.sql("from outages").pl())
        return daily_counts.daily(self.connection, [by] if by else [], self._filters, times)

    def feeds(self) -> set[str]:
        """The feeds that have messages in the period."""
        return set(self.ask("select distinct feed from chosen")["feed"])

    def reasons(self) -> pl.DataFrame:
        return metrics.reasons(self.connection, **self._filters.options)

    def latency(self, by: str = "", *, curve: bool = False) -> pl.DataFrame:
        # Clocks are off for all customers alike: the messages of one may be too few to tell.
        return waits.waited(self.connection, select("latency", by, self._filters), curve=curve, source="everything")

    def of_source(self, snapshot: Snapshot, question: Callable[..., pl.DataFrame], *by: str) -> pl.DataFrame:
        """A question that needs more than the snapshot holds, put to the database itself about the same messages."""
        asked = snapshot.own(since=self._filters.since, until=self._filters.until, zone=self.zone)
        return question(snapshot.source, *by, **asked.options)

    def days(self) -> pl.DataFrame:
        """Days between their limits."""
        return control_chart(self.connection, **self._filters.options)

    def gaps(self, by: str) -> pl.DataFrame:
        return gaps(self.connection, by, **self._filters.options)

    def ask(self, query: str, **parameters: object) -> pl.DataFrame:
        return ask(self.connection, select("rates", filters=self._filters), query, **parameters)


def collected(
    snapshot: Snapshot,
    earlier: Snapshot | None,
    period: Period | None,
    before: Period | None,
    *,
    minimum: int,
    zone: str,
    of_campaign: bool = False,
    of_all: bool = False,
) -> Figures:
    """All figures of `period` (None: everything), and of the period before in `earlier`; of the outages those that their messages fell into. With
    `of_campaign` and `of_all` come those that only the report of one send-out, or of everybody, has.

    `NoDataError` when the period has no message.
    """
    now = _Asked(snapshot.connection, period, zone)
    total = now.rates()
    then = None if earlier is None else _Asked(earlier.connection, before, zone)
    rates_before = None if then is None else _or_none(then.rates)
    span = now.ask("select min(submitted_utc) as first, max(submitted_utc) as last, count(distinct local::date) as days from chosen").row(
        0, named=True
    )
    unit = _unit(period, span["first"], span["last"], zone)

    def fold(dimension: str) -> pl.DataFrame:
        return folding.rates(now.rates(dimension), now.counts(dimension)[0], dimension, minimum=minimum)

    def alone(dimension: str) -> pl.DataFrame:
        return folding.listed(now.rates(dimension), now.counts(dimension)[0], dimension, minimum=minimum)

    missing = () if then is None or rates_before is None else _missing(now, then)
    lacking = {one.feed for one in missing}
    changed = None if then is None or rates_before is None else partial(_changed, now, then, minimum, lacking)
    assert snapshot.as_of is not None
    every_reason = now.reasons()
    timed = now.rates(unit)
    part = "account" if of_all else "sender" if of_campaign or now.rates("campaign")["campaign"].drop_nulls().len() < 2 else "campaign"
    over_time = timed.drop_nulls(unit)
    return Figures(
        period=period,
        earlier=None if rates_before is None else before,
        as_of=snapshot.as_of,
        begins=snapshot.begins,
        earlier_as_of=None if earlier is None or rates_before is None else earlier.as_of,
        first_utc=span["first"],
        last_utc=span["last"],
        total=total,
        before=rates_before,
        latency=now.latency(),
        latency_before=None if then is None or rates_before is None else then.latency(),
        operators=fold("operator"),
        countries=fold("country"),
        campaigns=fold("campaign"),
        listed={
            "operator": _with_median(alone("operator"), now.latency("operator"), "operator"),
            "country": _with_median(alone("country"), now.latency("country"), "country"),
            "campaign": alone("campaign"),
        },
        reasons=folding.reasons(every_reason, minimum),
        every_reason=every_reason,
        unit=unit,
        over_time=over_time,
        trend=trend.chosen(now.days(), over_time, unit, _weeks(snapshot, period, zone)),
        every_period=filled(over_time, unit, _within_the_logs(period, snapshot.begins), snapshot.as_of, zone),
        without_time=timed.filter(pl.col(unit).is_null()),
        parts=now.ask(queries.PARTS),
        curve=_or_none(partial(now.latency, curve=True)) if of_campaign else None,
        costs=now.ask(queries.COSTS),
        customers=alone("account") if of_all else total.clear(),
        customer_months=now.rates("account,month").drop_nulls("month") if of_all else total.clear(),
        unreachable=now.of_source(snapshot, unreachable),
        forecast=_forecast(now, snapshot, over_time, unit),
        cells=now.counts(f"operator,country,{part},week")[0],
        part=part,
        capabilities=now.of_source(snapshot, capabilities),
        premium=now.ask(queries.PREMIUM),
        missing=missing,
        changed=None if changed is None else changed(""),
        changed_operators=None if changed is None else changed("operator"),
        changed_countries=None if changed is None else changed("country"),
        gaps=now.gaps("operator"),
        gap_causes=now.gaps("gap_cause"),
        outages=now.ask(queries.OUTAGES),
        outages_before=now.ask(queries.OUTAGES).clear() if then is None or rates_before is None else then.ask(queries.OUTAGES),
        feeds=now.ask(queries.FEEDS),
        marks=now.ask("select count(*) filter (late) as late, count(*) filter (conflict) as conflict from chosen where counted_as is not null"),
    )


def _weeks(snapshot: Snapshot, period: Period | None, zone: str) -> pl.DataFrame | None:
    """The rates of the weeks that a short period ends: its own and those before, of whole weeks; None for a longer one."""
    if period is None or period.until - period.since > timedelta(days=35):
        return None
    first = local(period.until - timedelta(microseconds=1), zone).date()
    monday = first - timedelta(days=first.weekday() + 7 * (trend.WEEKS - 1))
    selection = select("rates", "week", snapshot.own(since=monday, until=aware(period.until), zone=zone))
    try:
        counted = metrics.counts(snapshot.source, selection)
    except NoDataError:
        return None
    weeks = in_order(rating.of_counts(counted, ["week"]), ["week"], "messages").drop_nulls("week")
    begins = None if snapshot.begins is None else local(snapshot.begins, zone).date()
    # A week that began before the logs did is no whole week.
    return weeks.filter(pl.col("week") >= begins) if begins is not None else weeks


def _within_the_logs(period: Period | None, begins: datetime | None) -> Period | None:
    """The part of a period that the logs can tell of: days before they begin are no days without messages."""
    if period is None or begins is None or not period.since < begins < period.until:
        return period
    return Period(begins, period.until)


def _forecast(now: _Asked, snapshot: Snapshot, over_time: pl.DataFrame, unit: Unit) -> pl.DataFrame | None:
    """Where young days will end, by what became of the customer's own messages of the weeks before."""
    if unit != "day" or not over_time["provisional"].sum():
        return None
    found = now.of_source(snapshot, revisions)
    return found if found.height and found["delivered_mid"].count() else None


def _or_none(question: Callable[[], pl.DataFrame]) -> pl.DataFrame | None:
    try:
        return question()
    except NoDataError:
        return None


def _unit(period: Period | None, first: datetime, last: datetime, zone: str) -> Unit:
    """Few enough points to read, and more than one."""
    length = periods.days(Period(first, last) if period is None else period, zone)
    if length <= 1:
        return "hour"
    return "day" if length <= 35 else "week" if length <= 250 else "month"


def _with_median(rates: pl.DataFrame, waits: pl.DataFrame, dimension: str) -> pl.DataFrame:
    to_phone = waits.filter(pl.col("clock") == "phone").select(dimension, "median_s")
    joined = rates.join(to_phone, on=dimension, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.when(pl.col("rate_confirmed").is_not_null()).then("median_s"))


def _missing(now: _Asked, then: _Asked) -> tuple[Missing, ...]:
    """What the feeds of these messages lack of the two periods."""
    if now.period is None or then.period is None:
        return ()
    spans = [(period.since, period.until) for period in (then.period, now.period)]
    feeds = now.feeds() | then.feeds()
    return tuple(one for one in completeness.missing(now.connection, spans, now.zone) if one.feed in feeds)


def _changed(now: _Asked, then: _Asked, minimum: int, lacking: set[str], dimension: str) -> pl.DataFrame:
    """What each group did to the change."""
    before, after = (daily_counts.without(asked.daily(dimension), lacking) for asked in (then, now))
    if not dimension:
        return between(before, after, ())
    return with_partly(between(*folding.both(before, after, dimension, minimum=minimum), [dimension]))
