"""Loads and records taken out of the database again, without losing what another load holds too."""

import duckdb
import polars as pl

from sms_analytics.database import accepted as accepted_records
from sms_analytics.database import touched

_TABLES = ("loads", "load_options", "load_pieces", "accepted_records", "load_feeds", "load_counts", "load_requests", "rejects", "event_rows")


def take_out(connection: duckdb.DuckDBPyConnection, load_id: int) -> list[str]:
    """Removes a load; returns the feeds that it carried. Events that stand in another load too move there."""
    feeds = connection.execute("SELECT feed FROM load_feeds WHERE load_id = $load_id", {"load_id": load_id}).fetchall()
    _forget(connection, "load_id = $load_id", {"load_id": load_id})
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE load_id = $load_id", {"load_id": load_id})
    return [feed for (feed,) in feeds]


def take_out_feeds(connection: duckdb.DuckDBPyConnection, feeds: list[str]) -> list[int]:
    """Removes those of the feeds that no load carries any more; returns one load of each feed for the resolver to settle.

    These are the others, and the feeds of records without a connection's name: their receipts may have belonged to any of them.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE emptied AS SELECT unnest($feeds::VARCHAR[]) AS feed", {"feeds": feeds})
    for table in ("feeds", "resolved"):
        connection.execute(f"DELETE FROM {table} WHERE feed IN (FROM emptied) AND feed NOT IN (SELECT feed FROM load_feeds)")
    carriers = connection.execute(
        """
        SELECT min(load_id)
        FROM load_feeds
        JOIN loads USING (load_id)
        WHERE load_feeds.feed IN (FROM emptied) OR (load_feeds.feed = format AND EXISTS (FROM emptied))
        GROUP BY load_feeds.feed
        ORDER BY load_feeds.feed
        """
    ).fetchall()
    return [load_id for (load_id,) in carriers]


def take_out_records(connection: duckdb.DuckDBPyConnection, load_id: int, records: pl.DataFrame, readings: pl.DataFrame) -> None:
    """Removes the last records of a load, which were read as `readings`, and corrects the load's counts."""
    place = {"load_id": load_id, "record_no": int(records["record_no"][0])}
    here = "load_id = $load_id AND record_no >= $record_no"
    rejected = [number for (number,) in connection.execute(f"SELECT DISTINCT record_no FROM rejects WHERE {here}", place).fetchall()]
    taken = accepted_records.of(connection, [load_id]).among(place["record_no"], int(records["record_no"][-1]))
    read = readings.filter(pl.col("record_no").is_in(taken.implode()) & ~pl.col("record_no").is_in(rejected))
    accepted = read["record_no"].n_unique()
    ((stored,),) = connection.execute(f"SELECT count(*) FROM events WHERE {here}", place).fetchall()
    _forget(connection, here, place)
    less = {
        "records": records.height,
        "accepted": accepted,
        "rejected": len(rejected),
        "skipped": records.height - accepted - len(rejected),
        "events": stored,
        "duplicates": read.height - stored,
        "unrecognised": int((read["status"] == "unrecognised").sum()),
    }
    # Records whose events were forgotten since count as duplicates here: no count may fall below nothing.
    changes = ", ".join(f"{column} = greatest(0, {column} - ${column})" for column in less)
    connection.execute(f"UPDATE loads SET {changes} WHERE load_id = $load_id", {"load_id": load_id} | less)
    touched.going(connection, here, place)
    for table in ("event_rows", "rejects"):
        connection.execute(f"DELETE FROM {table} WHERE {here}", place)
    accepted_records.shorten(connection, load_id, place["record_no"])


def take_out_events(connection: duckdb.DuckDBPyConnection, condition: str, values: dict[str, object]) -> tuple[int, list[str]]:
    """Removes the events that fulfil an SQL condition from every load that holds them; returns how many, and their feeds."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE leaving AS SELECT load_id, record_no, event_no, feed FROM events WHERE {condition}", values)
    connection.execute(
        """
        DELETE FROM sightings
        WHERE (of_load_id, of_record_no, of_event_no) IN (SELECT (load_id, record_no, event_no) FROM leaving)
        """
    )
    connection.execute("DELETE FROM event_rows WHERE (load_id, record_no, event_no) IN (SELECT (load_id, record_no, event_no) FROM leaving)")
    connection.execute(
        """
        UPDATE loads SET events = events - gone.count
        FROM (SELECT load_id, count(*) AS count FROM leaving GROUP BY load_id) AS gone
        WHERE loads.load_id = gone.load_id
        """
    )
    rows = connection.execute("SELECT feed, count(*) FROM leaving GROUP BY feed ORDER BY feed").fetchall()
    return sum(count for _, count in rows), [feed for feed, _ in rows]


def _forget(connection: duckdb.DuckDBPyConnection, places: str, values: dict[str, int]) -> None:
    """Forgets these places of events that several loads hold; those that were stored for them move to the earliest other load."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE forgotten AS SELECT DISTINCT of_load_id, of_record_no, of_event_no FROM sightings WHERE {places}", values
    )
    connection.execute(f"DELETE FROM sightings WHERE {places}", values)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE heirs AS
        SELECT of_load_id, of_record_no, of_event_no, min((load_id, record_no, event_no)) AS heir, max(copies) AS copies
        FROM sightings
        JOIN forgotten USING (of_load_id, of_record_no, of_event_no)
        GROUP BY of_load_id, of_record_no, of_event_no
        """
    )
    connection.execute(
        """
        UPDATE event_rows SET load_id = heir[1], record_no = heir[2], event_no = heir[3], copies = heirs.copies
        FROM heirs
        WHERE event_rows.load_id = of_load_id AND event_rows.record_no = of_record_no AND event_rows.event_no = of_event_no
        """
    )
    connection.execute(
        """
        UPDATE sightings SET of_load_id = heir[1], of_record_no = heir[2], of_event_no = heir[3]
        FROM heirs
        WHERE sightings.of_load_id = heirs.of_load_id AND sightings.of_record_no = heirs.of_record_no AND sightings.of_event_no = heirs.of_event_no
        """
    )
    connection.execute(
        """
        UPDATE loads SET events = events + taken.count, duplicates = duplicates - taken.count
        FROM (SELECT heir[1] AS load_id, count(*) AS count FROM heirs WHERE heir[1] <> of_load_id GROUP BY 1) AS taken
        WHERE loads.load_id = taken.load_id
        """
    )
    touched.loads(connection, "SELECT DISTINCT heir[1] FROM heirs")
    touched.events(
        connection,
        "SELECT event_rows.rowid FROM event_rows JOIN heirs ON load_id = heir[1] AND record_no = heir[2] AND event_rows.event_no = heir[3]",
    )
    # What one load alone holds needs no rows here.
    connection.execute(
        """
        DELETE FROM sightings
        WHERE (of_load_id, of_record_no, of_event_no) IN (
            SELECT (of_load_id, of_record_no, of_event_no) FROM sightings GROUP BY of_load_id, of_record_no, of_event_no HAVING count(*) = 1
        )
        """
    )
