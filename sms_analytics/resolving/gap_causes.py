"""What explains statuses that are missing: outages, and the table `gap_evidence` from which `messages` reads each message's `gap_cause`."""

from typing import Final

import duckdb

from sms_analytics.database import store
from sms_analytics.resolving import outages
from sms_analytics.resolving.deciding import sql
from sms_analytics.resolving.missing_logs import missing_logs

#: What of a feed's messages changes with every event that says something of them, and the clock that they are judged by.
_TODAY: Final = """
CREATE OR REPLACE TEMP TABLE judged_today AS
SELECT feed, coalesce(messages, 0) AS messages, coalesce(told, 0)::BIGINT AS receipts, now_utc, horizon_s
FROM (SELECT feed, now_utc, horizon_s FROM feeds)
LEFT JOIN (SELECT feed, count(*) AS messages, sum(receipts + folded) AS told FROM resolved GROUP BY feed) AS counted USING (feed)
"""
_CHANGED: Final = "SELECT feed FROM (FROM judged_today EXCEPT FROM judged_feeds) UNION SELECT feed FROM judged_today WHERE $every ORDER BY feed"


def update(connection: duckdb.DuckDBPyConnection, *, every: bool) -> None:
    """Brings outages and evidence up to date after a load: outages of the feeds of which more is known, or of `every` one."""
    connection.execute(_TODAY)
    changed = [feed for (feed,) in connection.execute(_CHANGED, {"every": every}).fetchall()]
    for table in ("receipt_habits", "slow_hours", "outage_windows"):
        connection.execute(f"DELETE FROM {table} WHERE feed NOT IN (SELECT feed FROM judged_today)")
    outages.find(connection, changed)
    connection.execute("DELETE FROM judged_feeds")
    connection.execute("INSERT INTO judged_feeds FROM judged_today")
    connection.execute("CREATE OR REPLACE TEMP TABLE missing_logs (feed VARCHAR, start_utc TIMESTAMP, end_utc TIMESTAMP)")
    store.insert(connection, "missing_logs", missing_logs(connection))
    find(connection)


def find(connection: duckdb.DuckDBPyConnection) -> None:
    """Finds the evidence anew for all feeds, from what `messages`, `feeds`, `outages`, `outage_windows` and `missing_logs` (feed, start_utc, end_utc)
    are to the connection.
    """
    if connection.execute("SELECT 1 FROM messages WHERE outcome = 'no_status' LIMIT 1").fetchone() is None:
        connection.execute("DELETE FROM gap_evidence")
    else:
        connection.execute(sql("gap_causes"))
