"""The database as it was at an earlier moment (rule 5), for reading."""

from datetime import datetime
from typing import Final

import duckdb

from sms_analytics.database.definitions import sql
from sms_analytics.resolving import deciding, gap_causes, outages, requests

#: When our side knew of an event.
_LEARNED: Final = "coalesce(received_utc, event_utc)"


def seen_at(db: duckdb.DuckDBPyConnection, moment: datetime) -> duckdb.DuckDBPyConnection:
    """A cursor on which `messages` and `feeds` are as they were at `moment` (naive UTC), by rule 5.

    Events received later are not seen and no feed's now is later. Which events belong together is known from all that was loaded. Only messages
    that something was said about later are resolved again: each of them depends on its own events alone.
    """
    cursor = db.cursor()
    ((name,),) = cursor.execute("SELECT current_database()").fetchall()
    quoted = name.replace('"', '""')
    main = f'"{quoted}".main'
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE feeds AS SELECT * REPLACE (least(now_utc, $moment::TIMESTAMP) AS now_utc) FROM {main}.feeds",
        {"moment": moment},
    )
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE told_later AS SELECT DISTINCT message_key FROM {main}.event_rows WHERE {_LEARNED} > $moment::TIMESTAMP",
        {"moment": moment},
    )
    cursor.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE under_way AS
        SELECT rowid AS row_no
        FROM {main}.event_rows
        WHERE {_LEARNED} <= $moment::TIMESTAMP AND message_key IN (FROM told_later)
        """,
        {"moment": moment},
    )
    # A table, since few messages are under way at one moment and the rules look at them many times; their rows first, so that
    # only their rows are read whole.
    events = requests.events_with_requests(cursor, f"{main}.")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE seen AS FROM {events} WHERE row_no IN (FROM under_way)")
    deciding.decide(cursor)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE resolved_again AS FROM {main}.resolved LIMIT 0")
    deciding.store(cursor, "resolved_again")
    cursor.execute(
        f"CREATE OR REPLACE TEMP VIEW resolved AS FROM {main}.resolved ANTI JOIN told_later USING (message_key) UNION ALL BY NAME FROM resolved_again"
    )
    cursor.execute(sql("silence").replace("CREATE TABLE", "CREATE OR REPLACE TEMP TABLE"))
    cursor.execute(sql("messages").replace("CREATE OR REPLACE VIEW", "CREATE OR REPLACE TEMP VIEW", 1))
    _find_silence(cursor, main, moment)
    return cursor


def _find_silence(cursor: duckdb.DuckDBPyConnection, main: str, moment: datetime) -> None:
    """Outages, and what explains missing statuses, as they could be found then. Which logs are missing is known from all that was loaded."""
    feeds = [feed for (feed,) in cursor.execute("SELECT feed FROM feeds ORDER BY feed").fetchall()]
    outages.find(cursor, feeds)
    cursor.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE missing_logs AS
        SELECT feed, start_utc, end_utc FROM {main}.gap_evidence WHERE gap_cause = 'log_missing' AND start_utc <= $moment::TIMESTAMP
        """,
        {"moment": moment},
    )
    gap_causes.find(cursor)
