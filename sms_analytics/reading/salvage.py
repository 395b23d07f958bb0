"""What is left of a batch that cannot be read as a whole: everything but the records at fault, each of which is rejected.

A format, a library or the normalising may stumble over one record. The batch is halved until the records at fault stand alone.
"""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from sms_analytics.errors import FormatMismatchError, SmsAnalyticsError
from sms_analytics.events.readings import REJECTED, Parsed, rejected

#: What libraries raise; a panic of polars is no `Exception`.
FAULTS: Final = (Exception, pl.exceptions.PanicException)
#: A file in which more records than this stumble does not fit: each costs several readings.
MOST: Final = 1_000


class Salvage:
    """The records of one file that could not be read, of which there may be so many."""

    def __init__(self) -> None:
        self._lost = 0

    def parsed(self, records: pl.DataFrame, read: Callable[[pl.DataFrame], Parsed]) -> Parsed:
        """What `read` makes of the records; those that it stumbles over are rejected."""
        try:
            return read(records)
        except SmsAnalyticsError:
            raise
        except FAULTS as error:
            if records.height <= 1:
                return Parsed(rejected=self.rejected(records, error))
            half = records.height // 2
            return joined(self.parsed(records.head(half), read), self.parsed(records.slice(half), read))

    def rejected(self, records: pl.DataFrame, error: BaseException) -> pl.DataFrame:
        """`REJECTED` rows of records (`record_no`, `line`) that something stumbled over. What the error says may hold a message's text."""
        self._lost += records.height
        if self._lost > MOST:
            raise FormatMismatchError(f"more than {MOST} of its records cannot be read ({kind(error)}); name another format with --format") from None
        return rejected(records, "record", "unreadable", f"reading this record failed ({kind(error)})")


def claimed(records: pl.DataFrame, claims: Callable[[pl.DataFrame], int]) -> int:
    """How many of the records a format claims; those that it stumbles over are nobody's."""
    try:
        return claims(records)
    except FAULTS:
        half = records.height // 2
        return claimed(records.head(half), claims) + claimed(records.slice(half), claims) if half else 0


def kind(error: BaseException) -> str:
    """The error's name, and nothing of what it says."""
    return type(error).__name__


def name_and_line(error: BaseException) -> str:
    """The error's name and where it happened, and nothing of what it says."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "sms_analytics" in frame.filename]
    return f"{kind(error)} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else kind(error)


def joined(*parts: Parsed) -> Parsed:
    """Several parts of a batch as one."""
    readings, skipped = (pl.concat([getattr(part, name) for part in parts], how="diagonal_relaxed") for name in ("readings", "skipped"))
    return Parsed(readings, skipped, pl.concat([part.rejected.select(*REJECTED) for part in parts]))


def halves(parsed: Parsed) -> tuple[Parsed, Parsed] | None:
    """A batch in two, each with about half of the records; none where it has one record."""
    numbers = pl.concat([frame["record_no"].cast(pl.Int64) for frame in (parsed.readings, parsed.skipped)]).unique().sort()
    if len(numbers) <= 1:
        return None
    middle = numbers[len(numbers) // 2]
    before, behind = pl.col("record_no") < middle, pl.col("record_no") >= middle
    return (
        Parsed(parsed.readings.filter(before), parsed.skipped.filter(before)),
        Parsed(parsed.readings.filter(behind), parsed.skipped.filter(behind)),
    )
