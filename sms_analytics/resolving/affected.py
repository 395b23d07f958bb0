"""Which events and messages a load touches: whole feeds of which something has changed, else only what its events can have to do with.

`whole` are feeds whose every message is resolved again: new ones, and those whose id rule, links, horizon or name is another one now. Of all other
feeds only the messages of `affected` events are, so that the cost of a load follows what is new.
"""

from typing import Final

import duckdb

from sms_analytics.database import touched
from sms_analytics.resolving.deciding import sql

#: Of a feed of which a load brings this share of the events, all are resolved again: that costs no more, and needs no search.
MOST: Final = 0.25

_LARGELY_NEW: Final = """
SELECT feed
FROM load_counts
GROUP BY feed
HAVING coalesce(sum(submissions + receipts) FILTER (load_id IN (SELECT unnest($loads))), 0) > $most * sum(submissions + receipts)
"""

#: Feeds that have to do with one another, by today's links or those of before.
_GROUPS: Final = """
CREATE OR REPLACE TEMP TABLE feed_groups AS
WITH RECURSIVE links AS (
    SELECT feed, other FROM known_links UNION SELECT other, feed FROM known_links UNION SELECT feed, feed FROM feeds
),
reached AS (
    SELECT feed, other FROM links
    UNION
    SELECT reached.feed, links.other FROM reached JOIN links ON links.feed = reached.other
)
SELECT feed, min(other) AS feed_group FROM reached GROUP BY feed
"""

#: What had to do with events that were taken out.
_LEFT_BEHIND: Final = """
INSERT INTO touched_events
SELECT rowid
FROM event_rows
WHERE message_key IN (SELECT message_key FROM gone_events) OR id_hash IN (SELECT id_hash FROM gone_events)
"""

#: The events of the loads, and those of other loads that say something else now.
_FIRST: Final = """
CREATE OR REPLACE TEMP TABLE first_rows AS
SELECT rowid AS row_no
FROM event_rows
WHERE load_id BETWEEN list_min($loads::INTEGER[]) AND list_max($loads::INTEGER[]) AND load_id IN (SELECT unnest($loads::INTEGER[]))
UNION
FROM touched_events
"""

#: Rows are looked up by their number in a table: of a query DuckDB would not know beforehand how few they are, and read all of them.
_ADDED: Final = """
CREATE OR REPLACE TEMP TABLE added AS
SELECT row_no
FROM numbered_events
WHERE feed NOT IN (FROM whole) AND row_no IN (FROM first_rows)
"""

_EMPTY: Final = """
CREATE OR REPLACE TEMP TABLE affected AS FROM added;
CREATE OR REPLACE TEMP TABLE reached_ids (feed_group VARCHAR, id_hash UINTEGER);
CREATE OR REPLACE TEMP TABLE reached_refs (feed VARCHAR, ref VARCHAR);
"""


def largely_new(connection: duckdb.DuckDBPyConnection, loads: list[int]) -> list[str]:
    """The feeds of which these loads bring the greater part."""
    return [feed for (feed,) in connection.execute(_LARGELY_NEW, {"loads": loads, "most": MOST}).fetchall()]


def find(connection: duckdb.DuckDBPyConnection, whole: list[str], loads: list[int]) -> None:
    """Leaves `whole` (feed), with all feeds that are linked to those given, and `affected` (row_no): the events of other feeds that the loads touch.

    Reads `known_links`: the links of before, and today's.
    """
    connection.execute(_GROUPS)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE whole AS SELECT feed FROM feed_groups "
        "WHERE feed_group IN (SELECT feed_group FROM feed_groups WHERE feed IN (SELECT unnest($feeds::VARCHAR[])))",
        {"feeds": whole},
    )
    touched.prepare(connection)
    if connection.execute("SELECT count(*) FROM gone_events").fetchall() != [(0,)]:
        connection.execute(_LEFT_BEHIND)
    connection.execute(_FIRST, {"loads": loads})
    connection.execute(_ADDED)
    connection.execute(_EMPTY)
    while connection.execute("SELECT count(*) FROM added").fetchall() != [(0,)]:
        connection.execute(sql("affected"))
