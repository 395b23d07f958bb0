"""Local times to UTC: the repeated and the missing hour of summer time included.

Rules. Log lines: within a repeated hour, lines before a step back of more than half of it are the first pass, lines after it the second. Times in
a receipt: the later reading unless that is after the receipt was received. A time in the missing hour is read with the offset before the change.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from sms_analytics.events.readings import NAIVE

#: Receipt times are often cut to the minute, so they may stand up to a minute before or behind the log's clock.
_SLACK: Final = timedelta(minutes=1)
#: Dates that Python still has in any zone; what a log writes beyond them is no time.
_POSSIBLE: Final = pl.Series([datetime(2, 1, 1), datetime(9998, 12, 31)], dtype=NAIVE).cast(pl.Int64).to_list()  # noqa: DTZ001  # in any zone
#: What stands outside these years is an empty date or a mistake, and no database of ours has room for it.
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2040
_YEARS: Final = (datetime(FIRST_YEAR, 1, 1), datetime(LAST_YEAR, 12, 31, 23, 59, 59, 999_999))  # noqa: DTZ001  # naive UTC
#: Batches over a longer time are not worth asking day by day whether their zone's offset stays the same.
_LONGEST_STEADY: Final = timedelta(days=400)
_DAY: Final = timedelta(days=1)


@lru_cache(maxsize=4096)
def _offset(zone: str, moment: datetime) -> timedelta:
    offset = ZoneInfo(zone).utcoffset(moment)
    assert offset is not None
    return offset


def _steady_offset(zone: str, first: datetime, last: datetime) -> timedelta | None:
    """The zone's offset if it is the same from a day before `first` to a day after `last`."""
    if last - first > _LONGEST_STEADY:
        return None
    day = first.replace(hour=0, minute=0, second=0, microsecond=0) - _DAY
    offsets = {_offset(zone, day)}
    while day <= last + _DAY and len(offsets) == 1:
        day += _DAY
        offsets.add(_offset(zone, day))
    return offsets.pop() if len(offsets) == 1 else None


def _missing_hour(times: pl.Series, zone: str) -> pl.Series:
    """UTC of times that do not exist in the zone: with the offset of the day before."""
    read = [moment - _offset(zone, moment - _DAY) for moment in times]
    return pl.Series(read, dtype=NAIVE)


def _localised(times: pl.Series, zone: str, reading: str) -> tuple[pl.Series, int]:
    """UTC with `reading` (`earliest` or `latest`) for repeated hours, and how many times fell into a missing one."""
    local = times.to_frame("time").select(pl.col("time").dt.replace_time_zone(zone, ambiguous=pl.lit(reading), non_existent="null")).to_series()
    utc = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    missing = utc.is_null() & times.is_not_null()
    if missing.any():
        utc = utc.scatter(missing.arg_true(), _missing_hour(times.filter(missing), zone))
    return utc, int(missing.sum())


@dataclass(frozen=True)
class ClockPosition:
    """Where a log's clock is: its last time as written, and the day whose repeated hour it has begun anew."""

    last: datetime
    second_pass: date | None


@dataclass(frozen=True)
class Asked:
    """A log that begins on the day of a repeated hour asks where the log before it ended: both readings of its first time, and the answer."""

    zone: str
    day: date
    early: datetime
    late: datetime
    answer: ClockPosition | None

    @staticmethod
    def written(asked: "list[Asked]") -> str | None:
        """As JSON; none where nothing was asked."""
        return json.dumps([asdict(one) for one in asked], default=str) if asked else None

    @staticmethod
    def read(text: str) -> "list[Asked]":
        """What `written` gave."""
        return [
            Asked(
                one["zone"],
                date.fromisoformat(one["day"]),
                datetime.fromisoformat(one["early"]),
                datetime.fromisoformat(one["late"]),
                _position(one["answer"]),
            )
            for one in json.loads(text)
        ]


def _position(written: dict[str, str | None] | None) -> ClockPosition | None:
    if written is None or written["last"] is None:
        return None
    second = written["second_pass"]
    return ClockPosition(datetime.fromisoformat(written["last"]), date.fromisoformat(second) if second else None)


@dataclass
class Clock:
    """Turns one load's times into UTC and counts those that exist twice or not at all. Remembers where in a repeated hour the log is."""

    repeated: int = 0
    missing: int = 0
    #: Times outside the years that can be, which were left out.
    outside: int = 0
    _last: dict[str, datetime] = field(default_factory=dict)
    #: zone -> the day whose repeated hour the log has begun anew.
    _second_pass: dict[str, date] = field(default_factory=dict)
    #: Says where the log before this one ended.
    before: Callable[[Asked], ClockPosition | None] | None = None
    asked: list[Asked] = field(default_factory=list)

    def copy(self) -> "Clock":
        """This clock as it stands, to go back to."""
        return Clock(self.repeated, self.missing, self.outside, dict(self._last), dict(self._second_pass), self.before, list(self.asked))

    def end(self) -> str:
        """Where it is now, by zone, as JSON."""
        return json.dumps({zone: asdict(ClockPosition(last, self._second_pass.get(zone))) for zone, last in self._last.items()}, default=str)

    @staticmethod
    def ended(text: str | None, zone: str) -> ClockPosition | None:
        """Where a clock was in this zone that gave this `end`."""
        return _position(json.loads(text).get(zone)) if text else None

    def go_on(self, text: str) -> None:
        """Goes on where a clock was that gave this `end`."""
        for zone in json.loads(text):
            self._set(zone, self.ended(text, zone))

    def _set(self, zone: str, position: ClockPosition | None) -> None:
        if position is not None:
            self._last[zone] = position.last
            if position.second_pass is not None:
                self._second_pass[zone] = position.second_pass

    def _look_back(self, zone: str, times: pl.Series, early: pl.Series, late: pl.Series) -> None:
        """Asks where the log before this one ended, when this one begins on the day of a repeated hour."""
        rows = times.is_not_null().arg_true()
        if self.before is None or zone in self._last or not len(rows):
            return
        first = int(rows[0])
        asked = Asked(zone, times[first].date(), early[first], late[first], None)
        answer = self.before(asked)
        self.asked.append(replace(asked, answer=answer))
        self._set(zone, answer)

    def possible(self, utc: pl.Series) -> pl.Series:
        """The times without those of years that cannot be."""
        inside = utc.is_between(*_YEARS)
        if inside.all():
            return utc
        self.outside += int((~inside).sum())
        return utc.set(~inside.fill_null(True), None)

    def of_log(self, times: pl.Series, zone: str) -> pl.Series:
        """UTC of the log's own times, given in the order of the log."""
        times, steady = _steady(times, zone)
        if steady is not None:
            self._remember(times, zone)
            return steady
        early, late, twice = self._readings(times, zone)
        if twice.any():
            self._look_back(zone, times, early, late)
        passes = self._passes(times, late - early, zone) if twice.any() else twice
        self._remember(times, zone)
        return early.zip_with(~passes, late)

    def of_receipt(self, times: pl.Series, zone: str, received_utc: pl.Series) -> pl.Series:
        """UTC of times inside receipts."""
        times, steady = _steady(times, zone)
        if steady is not None:
            return steady
        early, late, twice = self._readings(times, zone)
        plausible = (late <= received_utc + _SLACK).fill_null(False)
        return late.zip_with(plausible | ~twice, early)

    def aside(self, times: pl.Series, zone: str) -> pl.Series:
        """UTC of times that do not stand in the order of the log, such as planned ones: the earlier reading."""
        times, steady = _steady(times, zone)
        return self._readings(times, zone)[0] if steady is None else steady

    def _readings(self, times: pl.Series, zone: str) -> tuple[pl.Series, pl.Series, pl.Series]:
        """Both readings in UTC, and which times have two."""
        early, missing = _localised(times, zone, "earliest")
        late, _ = _localised(times, zone, "latest")
        twice = (early != late).fill_null(False)
        self.repeated += int(twice.sum())
        self.missing += missing
        return early, late, twice

    def _remember(self, times: pl.Series, zone: str) -> None:
        written = times.drop_nulls()
        if len(written):
            self._last[zone] = written[-1]

    def _passes(self, times: pl.Series, span: pl.Series, zone: str) -> pl.Series:
        """True for the times of a repeated hour, `span` long, that stand behind its step back."""
        time, before, day = pl.col("time"), pl.col("before"), pl.col("time").dt.date()
        rows = pl.DataFrame({"time": times, "span": span}).with_row_index("row").filter(time.is_not_null())
        rows = rows.with_columns(before=time.shift(1).fill_null(pl.lit(self._last.get(zone), NAIVE)))
        twice = pl.col("span") > pl.duration()
        step = twice & (before - time > pl.col("span") / 2) & (before.dt.date() == day)
        begun = step.fill_null(False).cast(pl.Int64).cum_sum().over(day) > 0
        earlier = (day == pl.lit(self._second_pass.get(zone), pl.Date)).fill_null(False)
        second = rows.select("row", "time", passed=twice & (begun | earlier)).filter("passed")
        if second.height:
            self._second_pass[zone] = second["time"][-1].date()
        return pl.repeat(False, len(times), dtype=pl.Boolean, eager=True).scatter(second["row"], True)


def _steady(times: pl.Series, zone: str) -> tuple[pl.Series, pl.Series | None]:
    """The times that a calendar has, and their UTC where the zone's offset is the same for all of them."""
    times = times.cast(NAIVE)
    possible = times.cast(pl.Int64).is_between(*_POSSIBLE)
    if not possible.all():
        times = times.set(~possible, None)
    first, last = times.min(), times.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return times, times
    offset = _steady_offset(zone, first, last)
    return times, None if offset is None else (times - offset).cast(NAIVE)
