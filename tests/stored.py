"""Events into a database without a log: what the loader does once they are read."""

import duckdb
import polars as pl

from sms_analytics.database.traits import INSERT_ROWS, Traits

#: What events are stored in, for tests that empty a database.
EVENT_TABLES = ("event_rows", "event_traits")


def put_events(connection: duckdb.DuckDBPyConnection, events: pl.DataFrame) -> None:
    """Stores events (the columns of `EVENTS`)."""
    rows, traits = Traits(connection).apart(events)
    for statement, frame in (("INSERT INTO event_traits FROM batches", traits), (INSERT_ROWS, rows)):
        connection.register("batches", frame.to_arrow())
        connection.execute(statement)
        connection.unregister("batches")
