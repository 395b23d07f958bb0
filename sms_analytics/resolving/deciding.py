"""The rules run: what the events in `seen` decide, for whoever writes the messages and whoever looks at an earlier moment."""

from importlib import resources
from typing import Final

import duckdb

#: Events among which the deciding ones of one slice of messages stand.
_SLICE: Final = 1_000_000


def sql(name: str) -> str:
    """The text of `NAME.sql` in this folder."""
    return (resources.files(__package__) / f"{name}.sql").read_text("utf-8")


def decide(connection: duckdb.DuckDBPyConnection) -> None:
    """What the events in `seen` decide."""
    connection.execute(sql("id_macros"))
    connection.execute(sql("resolve"))


def store(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """The outcomes of all that was decided, some at a time, at the end of the table."""
    ((begin, end),) = connection.execute("SELECT min(place), max(place) FROM decided").fetchall()
    connection.begin()
    for place in range(begin, end + 1, _SLICE) if end is not None else ():
        connection.execute(f"SET VARIABLE slice_begin = {place}")
        connection.execute(f"SET VARIABLE slice_end = {place + _SLICE}")
        connection.execute(f"INSERT INTO {table} SELECT * FROM outcomes_of_events")
    connection.commit()
