"""Feeds whose names differ in capitals alone are one (rule 1), called by the spelling that most events have, then the first by alphabet.

What each load wrote stays in `load_feeds`, so that the answer depends on what was loaded and not on the order.
"""

from typing import Final

import duckdb

_RESPELLED: Final = """
CREATE OR REPLACE TEMP TABLE respelled AS
WITH spellings AS (
    SELECT lower(written) AS name, written, sum(load_feeds.events) AS events FROM load_feeds GROUP BY ALL
),
shown AS (
    SELECT name, written AS feed FROM spellings QUALIFY row_number() OVER (PARTITION BY name ORDER BY events DESC, written) = 1
)
SELECT DISTINCT load_feeds.feed AS was, shown.feed
FROM load_feeds
JOIN shown ON name = lower(written)
WHERE load_feeds.feed <> shown.feed
"""

#: The rows of a feed that is called otherwise now; what is known of it is found anew.
_FOLLOWING: Final = (
    "UPDATE load_feeds SET feed = respelled.feed FROM respelled WHERE load_feeds.feed = was",
    "UPDATE load_counts SET feed = respelled.feed FROM respelled WHERE load_counts.feed = was",
    "UPDATE load_requests SET feed = respelled.feed FROM respelled WHERE load_requests.feed = was",
    "DELETE FROM feed_links WHERE feed IN (SELECT was FROM respelled) OR other IN (SELECT was FROM respelled)",
    "UPDATE shared_values SET feed = respelled.feed FROM respelled WHERE shared_values.feed = was",
    "DELETE FROM resolved WHERE feed IN (SELECT was FROM respelled)",
    "DELETE FROM feeds WHERE feed IN (SELECT was FROM respelled)",
)


def unify(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Calls every feed by its one name; returns those whose events were called otherwise, whose keys must be written anew."""
    connection.execute(_RESPELLED)
    feeds = [feed for (feed,) in connection.execute("SELECT DISTINCT feed FROM respelled ORDER BY feed").fetchall()]
    if feeds:
        for statement in _FOLLOWING:
            connection.execute(statement)
    return feeds
