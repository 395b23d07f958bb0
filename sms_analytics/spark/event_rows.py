"""Events between files, Spark and a database in memory: the columns they travel in, and the shares that they are brought together in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl
import pyarrow as pa

from sms_analytics.database import lake
from sms_analytics.database.lake import Part
from sms_analytics.database.schemas import EVENT_COLUMNS, EVENT_TYPES, OWN_COLUMNS, SHARED_COLUMNS

#: Types of the columns of `events` in Spark. A closed set is text.
_SPARK_TYPES: Final = {
    pl.Int16(): "SMALLINT",
    pl.Int32(): "INT",
    pl.Int64(): "BIGINT",
    pl.Float64(): "DOUBLE",
    pl.Datetime("us"): "TIMESTAMP_NTZ",
}
AS_SPARK: Final = ", ".join(f"{name} {_SPARK_TYPES.get(dtype, 'STRING')}" for name, dtype in EVENT_TYPES.items())

#: Columns as they travel: JSON is text there.
_TRAVELLING: Final = ", ".join("extra::VARCHAR AS extra" if name == "extra" else name for name in EVENT_COLUMNS)

_VALUES: Final = f"""
CREATE OR REPLACE TEMP TABLE arrived_values AS
SELECT row_number() OVER () AS number, *
FROM (SELECT DISTINCT ON (hashed) {lake.SHARED_NUMBER} AS hashed, {", ".join(SHARED_COLUMNS)} FROM arrived);

INSERT INTO shared_values SELECT number, {", ".join(SHARED_COLUMNS)} FROM arrived_values;

INSERT INTO event_rows
SELECT
    {", ".join(OWN_COLUMNS)}, number, hash_of_id(coalesce(message_id, message_ref, raw)),
    CASE WHEN contains(extra, '"text_id"') THEN hash_of_id(extra ->> '$.text_id') END
FROM (SELECT {", ".join(OWN_COLUMNS)}, {lake.SHARED_NUMBER} AS hashed FROM arrived)
JOIN (SELECT number, hashed FROM arrived_values) AS numbered USING (hashed)
"""


#: Events that one task reads, about: small files are read together.
_BUNDLE_ROWS: Final = 1_000_000


@dataclass(frozen=True)
class Bundle:
    """Files of one feed that one task reads, all of them settled or none, and the name that the feed has now."""

    parts: tuple[Part, ...]
    feed: str

    @property
    def is_settled(self) -> bool:
        return self.parts[0].settled


def bundles(named: Sequence[tuple[Part, str]]) -> list[Bundle]:
    """The files, with their feeds, in bundles."""
    found: list[list[Part]] = []
    open_ones: dict[tuple[str, bool], list[Part]] = {}
    feeds = {part.path: feed for part, feed in named}
    for part, feed in named:
        last = open_ones.get((feed, part.settled))
        if last is None or sum(one.rows for one in last) + part.rows > _BUNDLE_ROWS:
            last = open_ones[feed, part.settled] = []
            found.append(last)
        last.append(part)
    return [Bundle(tuple(parts), feeds[parts[0].path]) for parts in found]


def of(folder: Path, bundle: Bundle) -> str:
    """A query of the events in these files, under the name that their feed has now."""
    return f"SELECT * REPLACE ({lake.quoted(bundle.feed)} AS feed) FROM {lake.scan(folder, bundle.parts)}"


def travelling(events: str, *more: str) -> str:
    """A query of these events in the columns of `AS_SPARK`, and `more` columns behind them."""
    return f"SELECT {', '.join([_TRAVELLING, *more])} FROM ({events})"


def arrive(connection: duckdb.DuckDBPyConnection, batches: Iterable[pa.RecordBatch], *more: str) -> int:
    """Puts travelling rows into the table `arrived` of a database, with `more` columns (name and type); returns how many."""
    names = ", ".join(EVENT_COLUMNS)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT {names} FROM events LIMIT 0")
    for column in more:
        connection.execute(f"ALTER TABLE arrived ADD COLUMN {column}")
    wanted = ", ".join([*EVENT_COLUMNS, *(column.split()[0] for column in more)])
    count = 0
    for batch in batches:
        count += batch.num_rows
        connection.register("batch", pa.Table.from_batches([batch]))
        connection.execute(f"INSERT INTO arrived BY NAME SELECT {wanted} FROM batch")
        connection.unregister("batch")
    return count


def store(connection: duckdb.DuckDBPyConnection) -> None:
    """Stores the rows of `arrived` as the events of an empty database."""
    connection.execute(_VALUES)
