"""Logs of a series that were not loaded: days without a file between days that have one, or numbers that a rotation left out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

import duckdb

from sms_analytics.resolving.series import Name, name_of

#: Fewer files show no rhythm.
_FEWEST_FILES: Final = 3
#: Files that follow each other closer than this leave nothing out, whatever they are called.
_SHORTEST: Final = timedelta(hours=6)
#: So many days apart, files are near: a weekend lies between them at most.
_NEAR: Final = 4

#: All logs of the series in which receipts for a feed can stand (`clocks` has found these): a feed need not occur in each of them.
_LOGS: Final = """
SELECT known.feed, path, loads.format, coalesce(first_utc, last_utc), last_utc
FROM (SELECT DISTINCT feed, format, series FROM logs_of_feeds WHERE series <> '') AS known
JOIN series USING (series)
JOIN loads ON loads.load_id = series.load_id AND loads.format = known.format
WHERE state = 'loaded' AND path IS NOT NULL AND last_utc IS NOT NULL
"""

#: All logs, whatever feeds stand in them.
_FILES: Final = """
SELECT '' AS feed, path, format, coalesce(first_utc, last_utc), last_utc
FROM loads
WHERE state = 'loaded' AND path <> '-' AND last_utc IS NOT NULL
ORDER BY load_id
"""


@dataclass(frozen=True)
class Log:
    """One loaded file: its place in its series, in days or in steps of rotation, and the times of its records."""

    place: int
    is_dated: bool
    first_utc: datetime
    last_utc: datetime
    path: str = ""


def missing_logs(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, datetime, datetime]]:
    """Feed, begin and end of the times whose log was not loaded, though those before and after it were."""
    return sorted({(feed, *gap) for feed, logs in _series(connection, _LOGS) for gap in gaps_between(logs)})


def gaps_between(logs: Iterable[Log]) -> Iterator[tuple[datetime, datetime]]:
    """From the end of the log before to the begin of the log after, where the series leaves a place out."""
    by_place: dict[int, list[Log]] = {}
    for log in logs:
        by_place.setdefault(log.place, []).append(log)
    places = sorted(by_place)
    steps = [after - before for before, after in pairwise(places)]
    if len(places) < _FEWEST_FILES or median(steps) != 1:
        return
    is_dated = all(log.is_dated for some in by_place.values() for log in some)
    idle = _idle_weekdays(places) if is_dated else set()
    for before, after in pairwise(places):
        left_out = [place for place in range(before + 1, after) if place % 7 not in idle]
        begin, end = max(log.last_utc for log in by_place[before]), min(log.first_utc for log in by_place[after])
        if left_out and end - begin >= _SHORTEST:
            yield begin, end


def _idle_weekdays(places: Sequence[int]) -> set[int]:
    """Days of the week that never have a file, and were passed over between near ones more than once."""
    passed = Counter(place % 7 for before, after in pairwise(places) if after - before <= _NEAR for place in range(before + 1, after))
    return {day for day, times in passed.items() if times > 1} - {place % 7 for place in places}


def _place(name: Name) -> int | None:
    if name.is_undated:
        return name.age
    day = _day(name.date)
    return None if day is None else day.toordinal()


def _day(numbers: Sequence[int]) -> date | None:
    """The day that a name tells, as one number of eight digits or as year, month and day."""
    written = [(number // 10000, number // 100 % 100, number % 100) for number in numbers if number >= 20000101]
    spread = [(year, month, day) for year, month, day in zip(numbers, numbers[1:], numbers[2:], strict=False) if year >= 2000]
    for year, month, day in (*written, *spread):
        if 2000 <= year <= 2099 and 1 <= month <= 12 and 1 <= day <= 31:
            try:
                return date(year, month, day)
            except ValueError:
                continue
    return None


def in_series(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, datetime, datetime]]:
    """The last log before, the begin and the end of each stretch that a series of loaded files leaves out, whatever feeds stand in it."""
    return sorted(
        (max((log.last_utc, log.path) for log in logs if log.last_utc <= begin)[1], begin, end)
        for _, logs in _series(connection, _FILES)
        for begin, end in gaps_between(logs)
    )


def _series(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[str, list[Log]]]:
    """The logs of each feed, format and series that the query (feed, path, format, first and last time) gives, with the feed."""
    found: dict[tuple[str, str, str], list[Log]] = {}
    for feed, path, format, first, last in connection.execute(query).fetchall():
        name = name_of(path)
        place = _place(name)
        if place is not None:
            found.setdefault((feed, format, name.series), []).append(Log(place, bool(name.date), first, last, path))
    return ((feed, logs) for (feed, _, _), logs in found.items())
