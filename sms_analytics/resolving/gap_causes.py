"""What explains statuses that are missing: outages, and the table `gap_evidence` from which `messages` reads each message's `gap_cause`."""

import duckdb

from sms_analytics.resolving import outages
from sms_analytics.resolving.missing_logs import missing_logs

_TOUCHED = "SELECT feed FROM feeds ORDER BY feed"


def update(connection: duckdb.DuckDBPyConnection) -> None:
    """Brings outages and evidence up to date after a load."""
    outages.find(connection, [feed for (feed,) in connection.execute(_TOUCHED).fetchall()])
    connection.execute("CREATE OR REPLACE TEMP TABLE missing_logs (feed VARCHAR, start_utc TIMESTAMP, end_utc TIMESTAMP)")
    rows = missing_logs(connection)
    if rows:
        connection.executemany("INSERT INTO missing_logs VALUES (?, ?, ?)", rows)
    find(connection)


def find(connection: duckdb.DuckDBPyConnection) -> None:
    """Finds the evidence anew for all feeds, from what `messages`, `feeds`, `outages`, `outage_windows` and `missing_logs` (feed, start_utc, end_utc)
    are to the connection.
    """
    if connection.execute("SELECT 1 FROM messages WHERE outcome = 'no_status' LIMIT 1").fetchone() is None:
        connection.execute("DELETE FROM gap_evidence")
    else:
        connection.execute(outages.sql("gap_causes"))
