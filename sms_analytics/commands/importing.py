"""A lake back into a database: its loads as they are, without their files."""

from pathlib import Path
from typing import Final

import duckdb

from sms_analytics.commands.loading import LoadRecord
from sms_analytics.database import duplicates, lake, store
from sms_analytics.database.schemas import OWN_COLUMNS, SHARED_COLUMNS

#: The loads of the lake that the database does not hold yet, with the numbers that they get.
_ARRIVING: Final = """
CREATE OR REPLACE TEMP TABLE arriving AS
SELECT
    load_id AS was,
    -- In an empty database they keep the numbers that they have.
    CASE
        WHEN (SELECT count(*) FROM loads) = 0 THEN load_id
        ELSE (SELECT max(load_id) FROM loads) + row_number() OVER (ORDER BY load_id)
    END AS load_id
FROM lake_loads
JOIN lake_load_options USING (load_id)
ANTI JOIN (SELECT sha256, bytes, format, options FROM loads JOIN load_options USING (load_id)) AS held
    ON held.sha256 = lake_loads.sha256 AND held.bytes = lake_loads.bytes AND held.options = lake_load_options.options
    AND held.format IS NOT DISTINCT FROM lake_loads.format
"""

#: Tables whose rows are a load's.
_OF_LOADS: Final = ("loads", "load_options", "load_pieces", "accepted_records", "load_feeds", "rejects")

#: What is kept of messages that were purged.
_OF_PURGES: Final = ("daily_counts", "purges")

_SHARED: Final = f"""
CREATE OR REPLACE TEMP TABLE lake_values AS
SELECT (SELECT coalesce(max(shared_no), 0) FROM shared_values) + row_number() OVER () AS number, *
FROM (SELECT DISTINCT shared_no, {", ".join(SHARED_COLUMNS)} FROM lake_events)
"""

_EVENTS: Final = f"""
INSERT INTO event_rows
SELECT {", ".join("arriving.load_id" if name == "load_id" else name for name in OWN_COLUMNS)}, number,
    hash_of_id(coalesce(message_id, message_ref, raw)),
    CASE WHEN contains(extra, '"text_id"') THEN hash_of_id(extra ->> '$.text_id') END
FROM (SELECT load_id AS was, * EXCLUDE (load_id) FROM lake_events) AS arrived
JOIN arriving USING (was)
JOIN (SELECT shared_no, any_value(number) AS number FROM lake_values GROUP BY shared_no) AS numbered USING (shared_no)
"""

#: Where an event stands again in another load of the lake.
_SIGHTINGS: Final = """
INSERT INTO sightings
SELECT here.load_id, record_no, event_no, copies, there.load_id, of_record_no, of_event_no
FROM lake_sightings AS seen
JOIN arriving AS here ON here.was = seen.load_id
JOIN arriving AS there ON there.was = of_load_id
"""


#: Files of proofs that are not there yet.
_PROOFS: Final = (
    """
    CREATE OR REPLACE TEMP TABLE arriving_proofs AS
    SELECT proof_id AS was, (SELECT coalesce(max(proof_id), 0) FROM proof_files) + row_number() OVER (ORDER BY proof_id) AS proof_id
    FROM lake_proof_files
    ANTI JOIN proof_files USING (sha256)
    """,
    *(
        f"INSERT INTO {name} BY NAME SELECT arriving_proofs.proof_id, arrived.* EXCLUDE (was) "
        f"FROM (SELECT proof_id AS was, * EXCLUDE (proof_id) FROM lake_{name}) AS arrived JOIN arriving_proofs USING (was)"
        for name in ("proof_files", "proofs")
    ),
)


def take_in(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[LoadRecord]:
    """Adds the loads of a lake that are not there yet, with their events and rejects, for the resolver to see; returns their rows of `loads`."""
    state = lake.read(folder, store.SCHEMA_VERSION)
    ((held,),) = connection.execute("SELECT count(*) FROM loads").fetchall()
    for name in (*_OF_LOADS, "sightings", "proof_files", "proofs", *_OF_PURGES):
        files = state.tables.get(name, [])
        source = f"read_parquet({lake.listed(folder / file for file in files)})" if files else f"{name} LIMIT 0"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW lake_{name} AS SELECT * FROM {source}")
    connection.execute(_ARRIVING)
    for name in _OF_LOADS:
        connection.execute(
            f"INSERT INTO {name} BY NAME SELECT arriving.load_id, arrived.* EXCLUDE (was) "
            f"FROM (SELECT load_id AS was, * EXCLUDE (load_id) FROM lake_{name}) AS arrived JOIN arriving USING (was) ORDER BY arriving.load_id"
        )
    connection.execute(_SIGHTINGS)
    for statement in _PROOFS:
        connection.execute(statement)
    # Two databases may have counted the same days: only an empty one takes over what was counted.
    for name in () if held else _OF_PURGES:
        connection.execute(f"INSERT INTO {name} BY NAME FROM lake_{name}")
    if state.events:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW lake_events AS FROM {lake.scan(folder, state.events)}")
        connection.execute(_SHARED)
        connection.execute(f"INSERT INTO shared_values SELECT number, {', '.join(SHARED_COLUMNS)} FROM lake_values")
        connection.execute(_EVENTS)
    loads = _loads(connection)
    if held:
        loads = [_folded(connection, load) for load in loads]
    return loads


def _loads(connection: duckdb.DuckDBPyConnection) -> list[LoadRecord]:
    relation = connection.execute("SELECT loads.* FROM loads JOIN arriving USING (load_id) ORDER BY load_id")
    names = [column[0] for column in relation.description]
    return [LoadRecord(**dict(zip(names, row, strict=True))) for row in relation.fetchall()]


def _folded(connection: duckdb.DuckDBPyConnection, load: LoadRecord) -> LoadRecord:
    """The load without the events that the database held before."""
    if load.format is None:
        return load
    found = duplicates.fold(connection, load.load_id, load.format, (load.first_utc, load.last_utc))
    connection.execute(
        "UPDATE loads SET events = events - $found, duplicates = duplicates + $found WHERE load_id = $load_id",
        {"found": found, "load_id": load.load_id},
    )
    (updated,) = [one for one in _loads(connection) if one.load_id == load.load_id]
    return updated
