"""The rules run: what the events in `seen` decide, for whoever writes the messages and whoever looks at an earlier moment."""

from importlib import resources
from typing import Final

import duckdb

#: Events among which the deciding ones of one slice of messages stand. Of 1,000,000 receipts without a submission, each of which decides a message
#: and has details, a slice of a million does not fit into 600 MB.
_SLICE: Final = 250_000


def sql(name: str) -> str:
    """The text of `NAME.sql` in this folder."""
    return (resources.files(__package__) / f"{name}.sql").read_text("utf-8")


#: What becomes of the events in `seen`, a file for each rule, in the order in which one needs the other.
RULES: Final = ("parts", "part_summaries", "deciding_event", "long_messages", "decided", "details", "outcomes")


def decide(connection: duckdb.DuckDBPyConnection) -> None:
    """What the events in `seen` (columns of `numbered_events`) decide: runs `RULES`, each of which leaves tables that the next ones read."""
    connection.execute(sql("id_macros"))
    for rule in RULES:
        connection.execute(sql(rule))


def store(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """The outcomes of all that was decided, some at a time, at the end of the table."""
    ((begin, end, count),) = connection.execute("SELECT min(row_no), max(row_no), count(*) FROM decided").fetchall()
    if not count:
        return
    step = _SLICE if count > _SLICE else end - begin + 1
    connection.begin()
    for row_no in range(begin, end + 1, step):
        connection.execute(f"SET VARIABLE slice_begin = {row_no}")
        connection.execute(f"SET VARIABLE slice_end = {row_no + step}")
        connection.execute(f"INSERT INTO {table} BY NAME FROM outcomes_of_events")
    connection.commit()
