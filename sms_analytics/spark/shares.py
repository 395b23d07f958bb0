"""A share of a lake's events, in one task: the SQL of `resolving/` over a database in memory, its events and messages into files."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from sms_analytics.config import Config
from sms_analytics.database import lake
from sms_analytics.database.lake import Part
from sms_analytics.resolving import resolver
from sms_analytics.spark import event_rows, tasks

#: What is known of feeds as a whole, tables and temporary ones, as the resolver reads it.
KNOWN_TABLES: Final = ("feeds", "feed_links", "load_requests", "format_facts")
KNOWN_ASIDE: Final = ("sides", "known_links")

#: How rows travel to their share.
TRAVELLING: Final = f"{event_rows.AS_SPARK}, is_settled BOOLEAN, share INT"


@dataclass(frozen=True)
class Facts:
    """What all shares are told: the tables of what is known of feeds, and where their files go."""

    lake: Path
    run: int
    config: Config
    tables: dict[str, pa.Table]


@dataclass(frozen=True)
class Settled:
    """What became of a share: its files, and those with the keys of the messages that are decided anew."""

    events: list[Part] = field(default_factory=list)
    messages: list[Part] = field(default_factory=list)
    shared_values: list[str] = field(default_factory=list)
    old_keys: list[str] = field(default_factory=list)


def facts(connection: duckdb.DuckDBPyConnection, folder: Path, run: int, config: Config) -> Facts:
    """What is known of feeds, out of the database in which it was found."""
    tables = {name: connection.sql(f"FROM {name}").to_arrow_table() for name in (*KNOWN_TABLES, *KNOWN_ASIDE)}
    return Facts(folder, run, config, tables)


def settle(known: Facts, batches: Iterable[pa.RecordBatch]) -> Settled | None:
    """Resolves the events of a share and writes what came of it; none where there are no events."""
    with tasks.database() as connection:
        if not event_rows.arrive(connection, batches, "is_settled BOOLEAN"):
            return None
        for name, table in known.tables.items():
            connection.register("known_table", table)
            into = f"INSERT INTO {name} BY NAME" if name in KNOWN_TABLES else f"CREATE OR REPLACE TEMP TABLE {name} AS"
            if name in KNOWN_TABLES:
                connection.execute(f"DELETE FROM {name}")
            connection.execute(f"{into} FROM known_table")
            connection.unregister("known_table")
        old_keys = lake.write_table(connection, known.lake, known.run, "old_keys", "SELECT DISTINCT message_key FROM arrived WHERE is_settled")
        event_rows.store(connection)
        resolver.resolve_share(connection, known.config)
        return Settled(
            lake.write_parts(connection, known.lake, known.run, "events", lake.EVENT_FILE_ROWS),
            lake.write_parts(connection, known.lake, known.run, "messages", lake.MESSAGE_FILE_ROWS),
            lake.write_table(connection, known.lake, known.run, "shared_values", lake.SHARED_FILE_ROWS),
            old_keys,
        )
