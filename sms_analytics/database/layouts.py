"""Earlier layouts of the database file, and what makes of each the next one."""

from collections.abc import Callable
from typing import Final

import duckdb

from sms_analytics.database.definitions import sql

#: Names of files that are packed, or lie in an archive.
_PACKED: Final = r"(?i)\.(gz|bgz|bz2|xz|lzma|zst|zip|tar|tgz)($|/)"


def _with_content(connection: duckdb.DuckDBPyConnection) -> None:
    """4 to 5: a log is known again when rotation has packed it. Of a file that was packed already this is not known, and it stays so."""
    connection.execute("ALTER TABLE load_pieces ADD COLUMN content_bytes BIGINT")
    connection.execute("ALTER TABLE load_pieces ADD COLUMN content_sha256 VARCHAR")
    connection.execute(
        """
        UPDATE load_pieces SET content_bytes = bytes, content_sha256 = sha256
        FROM loads
        WHERE loads.load_id = load_pieces.load_id AND NOT regexp_matches(path, $packed)
        """,
        {"packed": _PACKED},
    )


def _with_daily_counts(connection: duckdb.DuckDBPyConnection) -> None:
    """5 to 6: counts of deleted messages are kept."""
    for table in ("daily_counts", "purges"):
        connection.execute(sql("tables").partition(f"CREATE TABLE {table} ")[2].partition(";")[0].join((f"CREATE TABLE {table} ", "")))


#: What brings a layout of this version to the next one.
_STEPS: Final[dict[int, Callable[[duckdb.DuckDBPyConnection], None]]] = {4: _with_content, 5: _with_daily_counts}
#: Versions that can be brought up to date.
UPGRADED_FROM: Final = frozenset(_STEPS)


def bring_up(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Gives a database of an earlier version today's tables and views; what stands in them is left to whoever resolves it again."""
    while version in _STEPS:
        _STEPS[version](connection)
        version += 1
    connection.execute(sql("messages"))
    connection.execute("UPDATE meta SET schema_version = $version", {"version": version})
