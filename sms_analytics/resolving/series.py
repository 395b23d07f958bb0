"""Logs that continue one another: in one folder, with names that are alike once date, rotation number and compression are taken off.

A log that was cut inside the hour that the end of summer time repeats goes on where the one before it ended.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Final

import duckdb

from sms_analytics.events.clock import Asked, Clock, ClockPosition

_PACKED: Final = re.compile(r"\.(?:gz|bz2|xz|zst|zip|Z)$", re.IGNORECASE)
#: A date or number that stands by itself in a name.
_NUMBER: Final = re.compile(r"(?:(?<=^)|(?<=[-_.T]))\d+(?=$|[-_.T])|(?<!\d)20\d{6}(?!\d)")
#: `access.log.3`: the higher the number, the older the log.
_ROTATED: Final = re.compile(r"\.(\d{1,4})$")
_SLACK: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Name:
    """Which series a file belongs to, and its place there."""

    series: str
    #: Names without a date are those that are written to now: they come last.
    is_undated: bool
    date: tuple[int, ...]
    age: int


def name_of(path: str) -> Name:
    """The file's place among the logs of its folder."""
    place = PurePosixPath(path)
    bare = _PACKED.sub("", place.name)
    rotated = _ROTATED.search(bare)
    dated = bare[: rotated.start()] if rotated else bare
    numbers = tuple(int(number) for number in _NUMBER.findall(dated))
    stem = ".".join(part for part in re.split(r"[-_.]+", _NUMBER.sub("", dated)) if part)
    return Name(f"{place.parent}/{stem}", not numbers, numbers, -int(rotated[1]) if rotated else 0)


def in_order(paths: list[str]) -> list[str]:
    """The files, those of one series behind one another, the oldest first, where the first of them stands."""
    names = {path: name_of(path) for path in paths}
    first: dict[str, int] = {}
    for place, path in enumerate(paths):
        first.setdefault(names[path].series, place)
    return sorted(paths, key=lambda path: (first[names[path].series], names[path]))


def before(connection: duckdb.DuckDBPyConnection, path: str, format: str, asked: Asked, but: list[int]) -> ClockPosition | None:
    """Where the clock of the log was that ended last before this one begins; none where no such log was loaded. `but` are loads
    of this log itself."""
    rows = connection.execute(
        """
        SELECT path, clock
        FROM loads JOIN load_pieces USING (load_id)
        WHERE state = 'loaded' AND format = $format AND load_id NOT IN (SELECT unnest($but::INTEGER[]))
            AND last_utc BETWEEN $first::TIMESTAMP AND $last::TIMESTAMP
        ORDER BY last_utc DESC, load_id DESC
        """,
        {"format": format, "but": but, "first": asked.early - _DAY, "last": asked.late + _SLACK},
    ).fetchall()
    mine = name_of(path)
    for other, clock in rows:
        theirs = name_of(other)
        if theirs.series == mine.series and (other == path or theirs < mine):
            place = Clock.ended(clock, asked.zone)
            if place is not None and place.last.date() == asked.day:
                return place
    return None


def misread(connection: duckdb.DuckDBPyConnection, loads: list[int]) -> list[tuple[int, str]]:
    """Loads, and the paths of their files, that began inside a repeated hour and would be read otherwise now that `loads` are there."""
    rows = connection.execute(
        """
        SELECT load_id, path, format, asked
        FROM loads JOIN load_pieces USING (load_id)
        WHERE asked IS NOT NULL AND format IN (SELECT format FROM loads WHERE load_id IN (SELECT unnest($loads::INTEGER[])))
        ORDER BY load_id
        """,
        {"loads": loads},
    ).fetchall()
    return [
        (load_id, path)
        for load_id, path, format, text in rows
        if any(before(connection, path, format, asked, [load_id]) != asked.answer for asked in Asked.read(text))
    ]
