"""What `purge` keeps of the messages that it takes out: their counts of each day, never a number or an id."""

from datetime import UTC, datetime

import duckdb

from sms_analytics.config import Config
from sms_analytics.errors import NoDataError
from sms_analytics.questions import kept_days, rating
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.selecting import ask, select
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import filled
from sms_analytics.text.zones import local
from sms_analytics.vocabulary import KEPT_COUNTS


def keep(connection: duckdb.DuckDBPyConnection, before: datetime, config: Config) -> list[str]:
    """Adds the counts of messages submitted before a moment (naive UTC) to `daily_counts`; returns what a person should know.

    What was submitted before the last purge is counted already, and is not counted again.
    """
    first = kept_days.boundary(connection)
    ((going, late),) = connection.execute(
        "SELECT count(*), coalesce(count(*) FILTER (submitted_utc < $first::TIMESTAMP), 0) FROM messages WHERE submitted_utc < $before::TIMESTAMP",
        {"first": first, "before": before},
    ).fetchall()
    if not going:
        return []
    counted, waiting = _store(connection, first, before, config.zone) if first is None or first < before else (0, 0)
    connection.execute(
        "INSERT INTO purges VALUES ($before, $zone, $messages, $now)",
        {"before": before, "zone": config.zone, "messages": going, "now": datetime.now(UTC).replace(tzinfo=None)},
    )
    said = {
        "purged_again": (late, "" if first is None else f"{local(first, config.zone):%Y-%m-%d %H:%M}"),
        "purged_undecided": (going - late - counted, ""),
        "purged_open": (waiting, ""),
    }
    return [filled(label(f"correction.{key}", config.lang), count, when) for key, (count, when) in said.items() if count]


def _store(connection: duckdb.DuckDBPyConnection, first: datetime | None, before: datetime, zone: str) -> tuple[int, int]:
    """Counts the messages between two moments; returns how many they are, and how many of them can still change."""
    filters = Filters(since=None if first is None else first.replace(tzinfo=UTC), until=before.replace(tzinfo=UTC), zone=zone)
    selection = select("reasons", kept_days.KEYS, filters)
    try:
        found = ask(connection, selection, rating.counting(selection.groups))
    except NoDataError:
        return 0, 0
    columns = ", ".join((*kept_days.KEYS, *KEPT_COUNTS))
    connection.register("counted_days", found.to_arrow())
    connection.execute(f"INSERT INTO daily_counts (zone, {columns}) SELECT $zone, {columns} FROM counted_days", {"zone": zone})
    connection.unregister("counted_days")
    return int((found["messages"] + found["receipts_only"]).sum()), int(found["provisional"].sum())
