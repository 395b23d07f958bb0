"""Events that stand several times in the logs: stored once, counted in `copies`.

Where several loads hold an event, `sightings` has a row for each of them, the one that it is stored for included.
"""

import duckdb

from sms_analytics.database import touched

#: What makes two events identical: the same record, read the same way. Empty times are compared as such.
IDENTITY = "feed, account, event_no, raw, received_utc, event_utc"

#: Places of one load that may be identical to another place of it: cheap columns first, since hardly any are.
_SUSPECTS = """
CREATE OR REPLACE TEMP TABLE suspects AS
SELECT hash(message_key, event_no, received_utc, event_utc, status) AS mark
FROM events
WHERE load_id = $load_id
GROUP BY mark
HAVING count(*) > 1
"""

_TWINS = f"""
CREATE OR REPLACE TEMP TABLE twins AS
SELECT record_no, event_no,
    first_value(record_no) OVER same AS first_record_no,
    count(*) OVER (PARTITION BY {IDENTITY}) AS times
FROM events
WHERE load_id = $load_id AND hash(message_key, event_no, received_utc, event_utc, status) IN (FROM suspects)
WINDOW same AS (PARTITION BY {IDENTITY} ORDER BY record_no)
QUALIFY times > 1
"""

_OVERLAPPING = """
SELECT count(*) FROM loads
WHERE state = 'loaded' AND load_id <> $load_id AND format = $format
    AND (first_utc IS NULL OR $last::TIMESTAMP IS NULL OR (first_utc <= $last::TIMESTAMP AND last_utc >= $first::TIMESTAMP))
"""

#: Events with an id that the new load has too: the hashes first, since hardly any other row need be read.
_ALIKE = """
CREATE OR REPLACE TEMP TABLE alike_rows AS
SELECT rowid AS row_no
FROM event_rows
WHERE id_hash IN (SELECT id_hash FROM event_rows WHERE load_id = $load_id) AND load_id <> $load_id
"""

_SEEN_BEFORE = """
CREATE OR REPLACE TEMP TABLE seen_before AS
SELECT
    new.record_no, new.event_no, new.copies,
    old.row_no AS of_row_no, old.load_id AS of_load_id, old.record_no AS of_record_no, old.event_no AS of_event_no, old.copies AS of_copies
FROM numbered_events AS new
JOIN (FROM numbered_events WHERE row_no IN (FROM alike_rows)) AS old
    ON old.load_id <> $load_id
    AND old.id_hash = new.id_hash
    AND old.format = new.format
    AND old.feed = new.feed
    AND old.event_no = new.event_no
    AND old.raw = new.raw
    AND old.account IS NOT DISTINCT FROM new.account
    AND old.received_utc IS NOT DISTINCT FROM new.received_utc
    AND old.event_utc IS NOT DISTINCT FROM new.event_utc
WHERE new.load_id = $load_id
"""


def fold(connection: duckdb.DuckDBPyConnection, load_id: int, format: str, span: tuple[object, object]) -> int:
    """Removes from one new load the events that are identical to another one; returns how many. `span` is the load's first and last time."""
    return _within(connection, load_id) + _across(connection, load_id, format, span)


def _within(connection: duckdb.DuckDBPyConnection, load_id: int) -> int:
    connection.execute(_SUSPECTS, {"load_id": load_id})
    if connection.execute("SELECT count(*) FROM suspects").fetchall() == [(0,)]:
        return 0
    connection.execute(_TWINS, {"load_id": load_id})
    connection.execute(
        """
        UPDATE event_rows SET copies = twins.times
        FROM twins
        WHERE event_rows.load_id = $load_id AND event_rows.record_no = twins.record_no AND event_rows.event_no = twins.event_no
            AND twins.record_no = twins.first_record_no
        """,
        {"load_id": load_id},
    )
    return _delete(connection, load_id, "SELECT record_no, event_no FROM twins WHERE record_no <> first_record_no")


def _across(connection: duckdb.DuckDBPyConnection, load_id: int, format: str, span: tuple[object, object]) -> int:
    first, last = span
    overlapping = connection.execute(_OVERLAPPING, {"load_id": load_id, "format": format, "first": first, "last": last}).fetchall()
    if overlapping == [(0,)]:
        return 0
    connection.execute(_ALIKE, {"load_id": load_id})
    connection.execute(_SEEN_BEFORE, {"load_id": load_id})
    connection.execute(
        """
        INSERT INTO sightings
        SELECT of_load_id, of_record_no, of_event_no, of_copies, of_load_id, of_record_no, of_event_no
        FROM seen_before
        ANTI JOIN sightings USING (of_load_id, of_record_no, of_event_no)
        UNION ALL
        SELECT $load_id, record_no, event_no, copies, of_load_id, of_record_no, of_event_no FROM seen_before
        """,
        {"load_id": load_id},
    )
    connection.execute(
        """
        UPDATE event_rows SET copies = greatest(event_rows.copies, seen_before.copies)
        FROM seen_before
        WHERE event_rows.load_id = seen_before.of_load_id
            AND event_rows.record_no = seen_before.of_record_no
            AND event_rows.event_no = seen_before.of_event_no
        """
    )
    touched.events(connection, "SELECT of_row_no FROM seen_before WHERE copies > of_copies")
    return _delete(connection, load_id, "SELECT record_no, event_no FROM seen_before")


def _delete(connection: duckdb.DuckDBPyConnection, load_id: int, places: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM ({places})").fetchall()[0]
    connection.execute(f"DELETE FROM event_rows WHERE load_id = $load_id AND (record_no, event_no) IN ({places})", {"load_id": load_id})
    return int(count)
