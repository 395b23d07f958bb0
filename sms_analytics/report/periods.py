"""The period of a report: `last-week`, `last-month`, `2026-10`, `2026-W41` or `2026` as two dates, and the period before any period."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sms_analytics.errors import UsageError
from sms_analytics.questions.filters import Moment, moment
from sms_analytics.questions.filters import period as checked_period
from sms_analytics.text.zones import local

_ACCEPTED: Final = "last-week, last-month, a month (2026-10), an ISO week (2026-W41) or a year (2026)"


@dataclass(frozen=True)
class Period:
    """From `since` until, but without, `until`: naive UTC."""

    since: datetime
    until: datetime


def named(name: str, today: date) -> tuple[date, date]:
    """The first day of a period and the first day after it. Weeks begin on Monday. `UsageError` for a name that is none."""
    if name == "last-week":
        monday = today - timedelta(days=today.weekday())
        return monday - timedelta(days=7), monday
    if name == "last-month":
        first = today.replace(day=1)
        return _months_later(first, -1), first
    try:
        return _written(name)
    except (ValueError, OverflowError):
        raise UsageError(f"--period '{name}' is no period: accepted are {_ACCEPTED}; or give --since and --until") from None


def _written(name: str) -> tuple[date, date]:
    if re.fullmatch(r"\d{4}-\d{2}", name):
        first = date.fromisoformat(f"{name}-01")
        return first, _months_later(first, 1)
    if re.fullmatch(r"\d{4}-W\d{2}", name):
        monday = date.fromisocalendar(int(name[:4]), int(name[6:]), 1)
        return monday, monday + timedelta(days=7)
    if re.fullmatch(r"\d{4}", name):
        return date(int(name), 1, 1), date(int(name) + 1, 1, 1)
    raise ValueError(name)


def asked(
    since: Moment | None, until: Moment | None, period: str | None, *, today: date, zone: str, first: Callable[[], date | None] = lambda: None
) -> Period | None:
    """The period that is asked for; None when nothing is said: everything loaded. `UsageError` for two periods, or one that is empty.

    Without `until` it ends with `today`; without `since` it begins on the day of the `first` message.
    """
    if period is not None:
        if since is not None or until is not None:
            raise UsageError("give either --period or --since and --until, not both")
        since, until = named(period, today)
    if since is None and until is None:
        return None
    if since is None:
        since = first()
        if since is None:
            return None
    return Period(*checked_period(since, until if until is not None else today + timedelta(days=1), zone))


def before(period: Period, zone: str) -> Period:
    """The period just before, of the same length by the clock on the wall; whole months before whole months."""
    begin, end = local(period.since, zone), local(period.until, zone)
    months = (end.year - begin.year) * 12 + end.month - begin.month
    whole = begin.day == end.day == 1 and begin.time() == end.time() == time()
    earlier = datetime.combine(_months_later(begin.date(), -months), time()) if whole and months > 0 else begin - (end - begin)
    return Period(moment("since", earlier, zone), period.since)


def days(period: Period, zone: str) -> float:
    """How many days long it is, by the clock on the wall."""
    return (local(period.until, zone) - local(period.since, zone)) / timedelta(days=1)


def today(as_of: datetime | None, zone: str) -> date:
    """The date that `last-week` counts from: that of `as_of` (naive UTC) where one is given, so that a report can be made again."""
    return local(datetime.now(UTC).replace(tzinfo=None) if as_of is None else as_of, zone).date()


def _months_later(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def last_day(end: datetime) -> date:
    """The last day of a period that ends before `end`."""
    return (end - timedelta(microseconds=1)).date()


def is_month(begin: datetime, end: datetime) -> bool:
    """Is it one whole calendar month, by local times."""
    return begin.day == 1 and begin.time() == end.time() == time() and _months_later(begin.date(), 1) == end.date()
