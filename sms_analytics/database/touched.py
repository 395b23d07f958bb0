"""What a load changed beside its own events, for the resolver to look at again: events of other loads, and what was taken out.

Noted in temporary tables, so that it goes when the transaction of a file is taken back.
"""

from typing import Final

import duckdb

_TABLES: Final = """
CREATE TEMP TABLE IF NOT EXISTS touched_events (row_no BIGINT);
CREATE TEMP TABLE IF NOT EXISTS gone_events (message_key VARCHAR, id_hash UINTEGER);
CREATE TEMP TABLE IF NOT EXISTS touched_loads (load_id INTEGER);
"""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables `touched_events`, `gone_events` and `touched_loads`, empty where they are new."""
    connection.execute(_TABLES)


def events(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Notes stored events that say something else now: `rows` is a query of `row_no`."""
    prepare(connection)
    connection.execute(f"INSERT INTO touched_events {rows}")


def going(connection: duckdb.DuckDBPyConnection, condition: str, values: dict[str, int]) -> None:
    """Notes the events that are about to be deleted: those of `event_rows` that fulfil the condition."""
    prepare(connection)
    connection.execute(f"INSERT INTO gone_events SELECT message_key, id_hash FROM event_rows WHERE {condition}", values)


def loads(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Notes loads that hold other events now."""
    prepare(connection)
    connection.execute(f"INSERT INTO touched_loads {query}")


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Begins anew: everything that was noted has been looked at."""
    prepare(connection)
    for table in ("touched_events", "gone_events", "touched_loads"):
        connection.execute(f"DELETE FROM {table}")
