"""Which messages a question is about: the filters that all questions share, as people give them.

Times. `since`, `until` and `as_of` are a date, a naive datetime in the shown zone, a datetime with a zone, or ISO text of either (`2026-10-01`,
`2026-10-01 08:00`, `2026-10-25 02:30+01:00`). A date is its first moment. In the hour that summer time's end repeats, a time without offset is the
earlier one; in the hour that its start leaves out, 02:30 is 03:30.
"""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from functools import cache
from typing import Final, TypedDict, cast
from zoneinfo import ZoneInfo, available_timezones

from sms_analytics.errors import UsageError

#: A point in time as people give it.
Moment = date | str

#: Where neither the question nor the configuration names a zone.
ZONE: Final = "Europe/Oslo"


class FiltersWithoutPeriod(TypedDict, total=False):
    """The keywords of `Filters` that a question has whose period is asked for by itself."""

    as_of: Moment | None
    account: str | None
    campaign: str | None
    where: str | None
    zone: str | None
    receipts_only: bool


class FilterOptions(FiltersWithoutPeriod, total=False):
    """The keywords that every question takes, for the type checker; what they mean and their defaults: `Filters`."""

    since: Moment | None
    until: Moment | None


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The messages submitted from `since` on and before `until`, of this `account` and this send-out (`campaign`), that fit the SQL condition
    `where` on columns of `messages`, as they were known at `as_of`; None leaves a filter out.

    `zone` is the one that times are given and shown in; None: that of the configuration, or `ZONE`. `receipts_only`: the messages of feeds without
    any submission alone, which are else in no count.
    """

    since: Moment | None = None
    until: Moment | None = None
    as_of: Moment | None = None
    account: str | None = None
    campaign: str | None = None
    where: str | None = None
    zone: str | None = None
    receipts_only: bool = False

    @property
    def options(self) -> FilterOptions:
        """The filters as keywords of a question."""
        return cast("FilterOptions", {one.name: getattr(self, one.name) for one in fields(self)})

    @property
    def without_period(self) -> FiltersWithoutPeriod:
        """The same for a question whose period is asked for by itself."""
        return cast("FiltersWithoutPeriod", {name: value for name, value in self.options.items() if name not in ("since", "until")})


def moment(option: str, value: Moment, zone: str) -> datetime:
    """`value` as naive UTC; `UsageError` names the option for what is no time."""
    try:
        given = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if not isinstance(given, datetime):
            given = datetime.combine(given, time())
        if given.tzinfo is None:
            given = given.replace(tzinfo=ZoneInfo(zone))
        return given.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UsageError(f"--{option} '{value}' is no date or time: write 2026-10-01 or '2026-10-01 08:00'") from None


def ends(since: Moment | None, until: Moment | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """Both ends of a period as naive UTC, None where one is open; `UsageError` for a period that holds nothing."""
    first, last = (None if value is None else moment(option, value, zone) for option, value in (("since", since), ("until", until)))
    if first is not None and last is not None and first >= last:
        raise UsageError(f"--since {since} is not before --until {until}: the period is empty")
    return first, last


def period(since: Moment, until: Moment, zone: str) -> tuple[datetime, datetime]:
    """Both ends of a period that has both, as naive UTC; errors as for `ends`."""
    zone = checked_zone(zone)
    ends(since, until, zone)
    return moment("since", since, zone), moment("until", until, zone)


@cache
def _zones() -> frozenset[str]:
    # `localtime` is whatever the machine is set to: two people would read different hours out of one database.
    return frozenset(available_timezones() - {"localtime"})


def checked_zone(name: str | None) -> str:
    """The zone of that name, `ZONE` where none is named; `UsageError` for what is none."""
    if name is None or name in _zones():
        return name or ZONE
    near = get_close_matches(name, _zones(), 3, 0.7)
    also = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UsageError(f"--zone: unknown time zone '{name}': accepted are IANA names such as Europe/Oslo or UTC{also}")
