"""Which feeds have all their logs of a period, and what is missing of the others: a period with half its logs is compared with nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb

from sms_analytics.text.labels import Lang, label
from sms_analytics.text.zones import local


@dataclass(frozen=True)
class Missing:
    """What a feed lacks of a period: its logs begin at `end_utc` only (`begins_late`), or that of the time between is not loaded (`log_missing`)."""

    feed: str
    why: Literal["begins_late", "log_missing"]
    start_utc: datetime
    end_utc: datetime


def missing(db: duckdb.DuckDBPyConnection, periods: Iterable[tuple[datetime, datetime]], zone: str) -> list[Missing]:
    """What feeds lack of these periods (naive UTC, the end exclusive), by feed and time.

    A feed whose first record is of the period's first day has it all: nobody sends at midnight sharp.
    """
    found = [*_late_begins(db, periods, zone), *_gaps(db, periods)]
    return sorted(set(found), key=lambda one: (one.feed, one.start_utc, one.end_utc))


def in_words(one: Missing, zone: str, lang: Lang, name: str | None = None) -> str:
    """That the feed (by its `name` where it has one) is not compared, and why."""
    start, end = (f"{local(moment, zone):%Y-%m-%d %H:%M}" for moment in (one.start_utc, one.end_utc))
    return label(f"comparison.{one.why}", lang).format(feed=name or one.feed, start=start, end=end, zone=zone)


def _late_begins(db: duckdb.DuckDBPyConnection, periods: Iterable[tuple[datetime, datetime]], zone: str) -> Iterator[Missing]:
    begins = min(begin for begin, _ in periods)
    for feed, first in _rows(db, "feeds", "feed, first_utc"):
        if first is not None and local(first, zone).date() > local(begins, zone).date():
            yield Missing(feed, "begins_late", begins, first)


def _gaps(db: duckdb.DuckDBPyConnection, periods: Iterable[tuple[datetime, datetime]]) -> Iterator[Missing]:
    known = list(periods)
    for feed, cause, start, end in _rows(db, "gap_evidence", "feed, gap_cause, start_utc, end_utc"):
        if cause == "log_missing" and any(start < until and end > since for since, until in known):
            yield Missing(feed, "log_missing", start, end)


def _rows(db: duckdb.DuckDBPyConnection, table: str, columns: str) -> list[tuple[Any, ...]]:
    return db.cursor().execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()
