"""The events by which it is found how feeds write their ids and which of them speak of the same messages: the very sample of `resolving/samples.sql`.

The sample is drawn by the ids themselves, so each task finds its part of it, and then what shares an id or a reference with that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from sms_analytics.database.lake import Part
from sms_analytics.resolving.deciding import sql
from sms_analytics.spark import event_rows, tasks
from sms_analytics.spark.event_rows import Bundle

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class _Drawing:
    """What is wanted of some files: one in so many receipts and submissions, or what has one of these hashed ids, or submissions with these refs."""

    lake: Path
    bundle: Bundle
    of_receipts: int = 0
    of_submissions: int = 0
    hashes: list[int] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    receipts_too: bool = True


def gather(session: "SparkSession | None", connection: duckdb.DuckDBPyConnection, folder: Path, parts: Sequence[tuple[Part, str]]) -> None:
    """Fills the events of the database with all that the rules about whole feeds look at; `parts`: files and their feeds. Reads `sides`."""
    bundles = event_rows.bundles(parts)
    connection.execute(sql("id_macros"))
    connection.execute(sql("samples"))
    strides = {feed: (receipts, submissions) for feed, receipts, submissions in connection.execute("FROM strides").fetchall()}
    drawn = [_Drawing(folder, bundle, *strides[bundle.feed]) for bundle in bundles if bundle.feed in strides]
    found = tasks.run(session, _drawn, drawn)
    _fill(connection, found)
    connection.execute(sql("samples"))
    hashes = [number for (number,) in connection.execute("SELECT id_hash FROM wanted_hashes WHERE id_hash IS NOT NULL").fetchall()]
    ((several,),) = connection.execute("SELECT count(*) > 1 FROM feeds").fetchall()
    if hashes:
        found += tasks.run(session, _drawn, [_Drawing(folder, bundle, hashes=hashes, receipts_too=several) for bundle in bundles])
        _fill(connection, found)
        connection.execute(sql("samples"))
    refs = connection.execute(
        "SELECT ref FROM (SELECT ref FROM sampled WHERE kind = 'receipt' UNION SELECT ref FROM matching WHERE kind = 'receipt') WHERE ref IS NOT NULL"
    ).fetchall()
    if refs:
        wanted = [ref for (ref,) in refs]
        found += tasks.run(session, _drawn, [_Drawing(folder, bundle, refs=wanted) for bundle in bundles])
        _fill(connection, found)


def _fill(connection: duckdb.DuckDBPyConnection, found: list[pa.Table]) -> None:
    """The events that were found, each once."""
    for table in ("event_rows", "shared_values"):
        connection.execute(f"DELETE FROM {table}")
    event_rows.arrive(connection, (batch for table in found for batch in table.to_batches()))
    connection.execute("CREATE OR REPLACE TEMP TABLE arrived AS SELECT DISTINCT ON (load_id, record_no, event_no) * FROM arrived")
    event_rows.store(connection)


def _drawn(work: _Drawing) -> pa.Table:
    """The events that are wanted of some files, without their records."""
    with tasks.database() as connection:
        events = event_rows.of(work.lake, work.bundle)
        query = event_rows.travelling(f"SELECT * REPLACE (NULL::VARCHAR AS raw) FROM ({events}) WHERE {_condition(connection, work)}")
        return connection.sql(query).to_arrow_table()


def _condition(connection: duckdb.DuckDBPyConnection, work: _Drawing) -> str:
    if work.of_receipts:
        stride = f"CASE kind WHEN 'receipt' THEN {work.of_receipts} ELSE {work.of_submissions} END"
        return f"message_id IS NOT NULL AND hash_of_id(message_id) % {stride} = 0"
    if work.refs:
        connection.register("wanted", pa.table({"ref": pa.array(work.refs, pa.string())}))
        return "kind = 'submission' AND message_ref IN (SELECT ref FROM wanted)"
    connection.register("wanted", pa.table({"id_hash": pa.array(work.hashes, pa.uint32())}))
    in_text = "CASE WHEN contains(extra, '\"text_id\"') THEN hash_of_id(extra ->> '$.text_id') END"
    is_wanted = f"(hash_of_id(message_id) IN (FROM wanted) OR {in_text} IN (FROM wanted))"
    return f"message_id IS NOT NULL AND {is_wanted}" + ("" if work.receipts_too else " AND kind = 'submission'")
