"""Local times to UTC: the repeated and the missing hour of summer time included.

Rules. Log lines: within a repeated hour, lines before a step back of more than 30 minutes are the first pass, lines after it the second. Times in a
receipt: the later reading unless that is after the receipt was received. A time in the missing hour is read with the offset before the change.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from sms_analytics.formats.base import NAIVE

_STEP_BACK: Final = timedelta(minutes=-30)
#: Receipt times are often cut to the minute, so they may stand up to a minute before or behind the log's clock.
_SLACK: Final = timedelta(minutes=1)


@cache
def _offset(zone: str, day: datetime) -> timedelta:
    offset = ZoneInfo(zone).utcoffset(day)
    assert offset is not None
    return offset


def _steady_offset(zone: str, first: datetime, last: datetime) -> timedelta | None:
    """The zone's offset if it is the same from a day before `first` to a day after `last`."""
    day = first.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    offsets = {_offset(zone, day)}
    while day <= last + timedelta(days=1) and len(offsets) == 1:
        day += timedelta(days=1)
        offsets.add(_offset(zone, day))
    return offsets.pop() if len(offsets) == 1 else None


def _missing_hour(times: pl.Series, zone: str) -> pl.Series:
    """UTC of times that do not exist in the zone: with the offset of the day before."""
    read = [moment - _offset(zone, moment - timedelta(days=1)) for moment in times]
    return pl.Series(read, dtype=NAIVE)


def _localised(times: pl.Series, zone: str, reading: pl.Series) -> tuple[pl.Series, int]:
    """UTC with `reading` (`earliest` or `latest`) for repeated hours, and how many times fell into a missing one."""
    frame = pl.DataFrame({"time": times, "reading": reading})
    local = frame.select(pl.col("time").dt.replace_time_zone(zone, ambiguous=pl.col("reading"), non_existent="null")).to_series()
    utc = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    missing = utc.is_null() & times.is_not_null()
    if missing.any():
        utc = utc.scatter(missing.arg_true(), _missing_hour(times.filter(missing), zone))
    return utc, int(missing.sum())


def _both(times: pl.Series, zone: str) -> tuple[pl.Series, pl.Series, int]:
    early, missing = _localised(times, zone, pl.Series(["earliest"] * len(times)))
    late, _ = _localised(times, zone, pl.Series(["latest"] * len(times)))
    return early, late, missing


@dataclass
class Clock:
    """Turns one load's times into UTC and counts the odd ones. Remembers where in a repeated hour the log is."""

    repeated: int = 0
    missing: int = 0
    _last: dict[str, datetime] = field(default_factory=dict)
    _second_pass: dict[str, bool] = field(default_factory=dict)

    def of_log(self, times: pl.Series, zone: str) -> pl.Series:
        """UTC of the log's own times, given in the order of the log."""
        steady = self._steady(times, zone)
        if steady is not None:
            return steady
        early, late, missing = _both(times, zone)
        twice = (early != late).fill_null(False)
        self._count(twice, missing)
        return early.zip_with(~self._passes(times, twice, zone), late)

    def of_receipt(self, times: pl.Series, zone: str, received_utc: pl.Series) -> pl.Series:
        """UTC of times inside receipts."""
        steady = self._steady(times, zone)
        if steady is not None:
            return steady
        early, late, missing = _both(times, zone)
        twice = (early != late).fill_null(False)
        self._count(twice, missing)
        plausible = (late <= received_utc + _SLACK).fill_null(False)
        return late.zip_with(plausible | ~twice, early)

    def _steady(self, times: pl.Series, zone: str) -> pl.Series | None:
        first, last = times.min(), times.max()
        if not isinstance(first, datetime) or not isinstance(last, datetime):
            return times.cast(NAIVE)
        offset = _steady_offset(zone, first, last)
        return None if offset is None else (times - offset).cast(NAIVE)

    def _count(self, twice: pl.Series, missing: int) -> None:
        self.repeated += int(twice.sum())
        self.missing += missing

    def _passes(self, times: pl.Series, twice: pl.Series, zone: str) -> pl.Series:
        """True for the times of a repeated hour that stand behind its step back."""
        filled = times.forward_fill()
        before = filled.shift(1)
        last = self._last.get(zone)
        if last is not None and len(before):
            before = before.scatter(0, last)
        steps = ((filled - before) < _STEP_BACK).fill_null(False) & twice
        passes = (steps.cast(pl.Int64).cum_sum() > 0) & twice
        if self._second_pass.get(zone):
            # The step was in an earlier batch: what still is in the repeated hour belongs to the second pass.
            passes = twice
        ended = bool(len(twice)) and not bool(twice.tail(1).item())
        self._second_pass[zone] = (bool(passes.any()) or bool(self._second_pass.get(zone))) and not ended
        final = filled.drop_nulls()
        if len(final):
            self._last[zone] = final.tail(1).item()
        return passes
