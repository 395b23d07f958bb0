"""Days whose messages were deleted and whose counts are kept (`daily_counts`): rates and reasons over the years are made of both, on one path.

`purge` counts what it takes out by day in the configured zone, operator, country, account and reason. What lies before the last such moment is
answered from these counts alone, also where a log of that time is loaded again later: nothing counts twice.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from sms_analytics.errors import NoDataError
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.selecting import Selection, select
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.zones import local

#: What the counts are kept by.
KEYS: Final = ("day", "operator", "country", "account", "reason")

#: The dimensions that can be told from them, as SQL over `daily_counts`.
_DIMENSIONS: Final = {
    "operator": "operator",
    "country": "country",
    "account": "account",
    "reason": "reason",
    "reason_class": "reason_class",
    "day": "day",
    "week": "date_trunc('week', day)::date",
    "month": "date_trunc('month', day)::date",
    "weekday": "isodow(day)",
}


def boundary(db: duckdb.DuckDBPyConnection) -> datetime | None:
    """The moment (naive UTC) before which only counts are kept; None where nothing was counted and deleted yet."""
    ((there,),) = db.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'purges' AND database_name = current_database()").fetchall()
    if not there:
        return None
    ((moment,),) = db.execute("SELECT max(before_utc) FROM purges").fetchall()
    return moment if isinstance(moment, datetime) else None


def parts(db: duckdb.DuckDBPyConnection, selection: Selection) -> tuple[Selection | None, Selection | None]:
    """The part of the messages in question that is still there, and the part of which the counts are kept; None for a part that is empty.

    Raises `NoDataError` that says from when on it can be answered, where the kept counts cannot tell what is asked.
    """
    with db.cursor() as cursor:
        first = boundary(cursor)
        if first is None or (selection.since is not None and selection.since >= first):
            return selection, None
        problem = next(_problems(cursor, selection, first), None)
    if problem is not None:
        shown = local(first, selection.zone)
        raise NoDataError(
            f"{problem}: of messages submitted before {shown:%Y-%m-%d %H:%M} {selection.zone} only daily counts by {', '.join(KEYS[1:])} are kept; "
            f"ask with --since '{shown:%Y-%m-%d %H:%M}' or later"
        )
    live = None if selection.until is not None and selection.until <= first else replace(selection, since=first)
    # What is kept of the last day lies before the moment of the purge, whenever on that day the period ends.
    return live, replace(selection, until=None) if live else selection


def still_there(db: duckdb.DuckDBPyConnection, selection: Selection) -> Selection | None:
    """The part of the messages in question that was not deleted; None where that is nothing."""
    with db.cursor() as cursor:
        first = boundary(cursor)
    if first is None or (selection.since is not None and selection.since >= first):
        return selection
    return None if selection.until is not None and selection.until <= first else replace(selection, since=first)


def notes(db: duckdb.DuckDBPyConnection, filters: Filters, lang: Lang) -> list[str]:
    """What a reader must know whose question reaches back to messages that were deleted, as a sentence; empty where it does not."""
    selection = select("rates", (), filters)
    if still_there(db, selection) is selection:
        return []
    with db.cursor() as cursor:
        first = boundary(cursor)
    assert first is not None
    return [label("note.purged", lang).format(moment=f"{local(first, selection.zone):%Y-%m-%d %H:%M} {selection.zone}")]


def _problems(db: duckdb.DuckDBPyConnection, selection: Selection, first: datetime) -> Iterator[str]:
    """What of the question the kept counts cannot tell."""
    yield from (f"--by {name}" for name in selection.columns if name not in _DIMENSIONS)
    given = {
        "--as-of": selection.as_of,
        "--campaign": selection.campaign,
        "--where": selection.where,
        "--receipts-only": selection.receipts_only or None,
    }
    yield from (option for option, value in given.items() if value is not None)
    for option, moment in (("--since", selection.since), ("--until", selection.until)):
        if moment is not None and moment < first and local(moment, selection.zone).time() != datetime.min.time():
            yield f"{option} within a day"
    others = db.execute("SELECT DISTINCT zone FROM daily_counts WHERE zone <> ? ORDER BY zone", [selection.zone]).fetchall()
    yield from (f"--zone {selection.zone} (the days are those of {zone})" for (zone,) in others)


def counted(db: duckdb.DuckDBPyConnection, selection: Selection, counts: str) -> pl.DataFrame:
    """`counts`, a SELECT list of sums over `daily_counts`, by the columns of the selection; without rows where nothing was kept of it."""
    groups = "".join(f'{_DIMENSIONS[name]} AS "{name}", ' for name in selection.columns)
    values = {"first": _day(selection.since, selection.zone), "end": _day(selection.until, selection.zone), "account": selection.account}
    named = {"first": "day >= $first", "end": "day < $end", "account": "account = $account"}
    given = {name: value for name, value in values.items() if value is not None}
    conditions = " AND ".join(named[name] for name in given)
    with db.cursor() as cursor:
        found: pl.DataFrame = cursor.sql(
            f"""
            SELECT {groups}{counts}
            FROM daily_counts
            LEFT JOIN reasons USING (reason)
            WHERE {conditions or "true"}
            GROUP BY ALL
            HAVING count(*) > 0
            """,
            params=given,
        ).pl()
    return found


def _day(moment: datetime | None, zone: str) -> object:
    return None if moment is None else moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date()
