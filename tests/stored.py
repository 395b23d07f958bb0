"""Events into a database without a log: what the loader does once they are read."""

import duckdb
import polars as pl

from sms_analytics.database.shared_columns import INSERT_ROWS, SharedValues

#: What events are stored in, for tests that empty a database.
EVENT_TABLES = ("event_rows", "shared_values")


def put_events(connection: duckdb.DuckDBPyConnection, events: pl.DataFrame) -> None:
    """Stores events (the columns of `EVENTS`)."""
    rows, shared = SharedValues(connection).apart(events)
    for statement, frame in (("INSERT INTO shared_values FROM batches", shared), (INSERT_ROWS, rows)):
        connection.register("batches", frame.to_arrow())
        connection.execute(statement)
        connection.unregister("batches")
