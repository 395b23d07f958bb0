"""Loads and records taken out of the database again, without losing what another load holds too."""

import duckdb

_TABLES = ("loads", "load_options", "load_feeds", "rejects", "events")


def take_out(connection: duckdb.DuckDBPyConnection, load_id: int) -> None:
    """Removes a load. Events that stand in another load too move there."""
    _hand_over(connection, "of_load_id = $load_id", {"load_id": load_id})
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE load_id = $load_id", {"load_id": load_id})
    connection.execute("DELETE FROM sightings WHERE load_id = $load_id OR of_load_id = $load_id", {"load_id": load_id})


def take_out_record(connection: duckdb.DuckDBPyConnection, load_id: int, record_no: int) -> None:
    """Removes one record of a load and corrects the load's counts."""
    place = {"load_id": load_id, "record_no": record_no}
    _hand_over(connection, "of_load_id = $load_id AND of_record_no = $record_no", place)
    here = "load_id = $load_id AND record_no = $record_no"
    ((stored,),) = connection.execute(f"SELECT count(*) FROM events WHERE {here}", place).fetchall()
    ((seen,),) = connection.execute(f"SELECT count(*) FROM sightings WHERE {here}", place).fetchall()
    ((unread,),) = connection.execute(f"SELECT count(*) FROM rejects WHERE {here}", place).fetchall()
    column = "rejected" if unread else "accepted" if stored or seen else "skipped"
    connection.execute(
        f"UPDATE loads SET records = records - 1, {column} = {column} - 1, events = events - $stored, duplicates = duplicates - $seen WHERE load_id = $load_id",
        {"load_id": load_id, "stored": stored, "seen": seen},
    )
    for table in ("events", "rejects", "sightings"):
        connection.execute(f"DELETE FROM {table} WHERE {here}", place)


def _hand_over(connection: duckdb.DuckDBPyConnection, which: str, place: dict[str, int]) -> None:
    """Gives events that were stored for one load to the earliest other load in which they were seen."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE heirs AS
        SELECT of_load_id, of_record_no, of_event_no, min((load_id, record_no, event_no)) AS heir, max(copies) AS copies
        FROM sightings
        WHERE {which}
        GROUP BY of_load_id, of_record_no, of_event_no
        """,
        place,
    )
    connection.execute(
        """
        UPDATE events SET load_id = heir[1], record_no = heir[2], event_no = heir[3], copies = heirs.copies
        FROM heirs
        WHERE events.load_id = of_load_id AND events.record_no = of_record_no AND events.event_no = of_event_no
        """
    )
    # What else saw the event now refers to its new place.
    connection.execute(
        """
        DELETE FROM sightings USING heirs
        WHERE (sightings.load_id, sightings.record_no, sightings.event_no) = (heir[1], heir[2], heir[3])
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
        FROM (SELECT heir[1] AS load_id, count(*) AS count FROM heirs GROUP BY 1) AS taken
        WHERE loads.load_id = taken.load_id
        """
    )
