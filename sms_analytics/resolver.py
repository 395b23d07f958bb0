"""Events to messages: the ten rules of `docs/rules.md`, in the SQL files of `sql/`.

`settle` is the last step of every load; `seen_at` answers as of an earlier moment.
"""

from datetime import datetime
from typing import Final

import duckdb

from sms_analytics import keying
from sms_analytics.config import Config
from sms_analytics.store import sql

_FEEDS: Final = """
CREATE OR REPLACE TEMP TABLE new_feeds AS
SELECT feed, max(time_zone) AS time_zone, max(receipt_zone) AS receipt_zone
FROM load_feeds
WHERE load_id IN (SELECT unnest($loads))
GROUP BY feed
"""

#: Rule 5: the clock of a feed is the latest time in any load that carried it.
_CLOCKS: Final = """
UPDATE feeds
SET now_utc = clock.now_utc, first_utc = counted.first_utc, last_utc = counted.last_utc, submissions = counted.submissions, receipts = counted.receipts
FROM (SELECT load_feeds.feed, max(last_utc) AS now_utc FROM load_feeds JOIN loads USING (load_id) WHERE state = 'loaded' GROUP BY load_feeds.feed) AS clock
LEFT JOIN (
    SELECT
        feed,
        min(coalesce(received_utc, event_utc)) AS first_utc,
        max(coalesce(received_utc, event_utc)) AS last_utc,
        count(*) FILTER (kind = 'submission') AS submissions,
        count(*) FILTER (kind = 'receipt') AS receipts
    FROM events
    WHERE feed IN (FROM touched)
    GROUP BY feed
) AS counted USING (feed)
WHERE feeds.feed = clock.feed AND feeds.feed IN (FROM touched)
"""


def settle(connection: duckdb.DuckDBPyConnection, config: Config, loads: list[int]) -> list[str]:
    """Brings feeds, keys and messages up to date with what these loads touch; returns what a person should know."""
    connection.execute(_FEEDS, {"loads": loads})
    connection.execute(
        """
        UPDATE feeds SET time_zone = coalesce(new_feeds.time_zone, feeds.time_zone), receipt_zone = coalesce(new_feeds.receipt_zone, feeds.receipt_zone)
        FROM new_feeds WHERE feeds.feed = new_feeds.feed
        """
    )
    connection.execute("INSERT INTO feeds BY NAME SELECT feed, time_zone, receipt_zone FROM new_feeds ANTI JOIN feeds USING (feed)")
    feeds = [feed for (feed,) in connection.execute("SELECT feed FROM new_feeds ORDER BY feed").fetchall()]
    for feed in feeds:
        horizon = int(config.horizon(feed).total_seconds())
        connection.execute("UPDATE feeds SET horizon_s = $horizon WHERE feed = $feed", {"horizon": horizon, "feed": feed})
    warnings = keying.settle(connection, config, feeds)
    connection.execute(_CLOCKS)
    _resolve(connection, "SELECT rowid AS place, * FROM events WHERE feed IN (FROM touched)")
    connection.execute("DELETE FROM resolved WHERE feed IN (FROM touched)")
    connection.execute("INSERT INTO resolved SELECT * FROM outcomes_of_events")
    return warnings


def _resolve(connection: duckdb.DuckDBPyConnection, seen: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW seen AS {seen}")
    connection.execute(sql("id_macros"))
    connection.execute(sql("resolve"))


def seen_at(db: duckdb.DuckDBPyConnection, moment: datetime) -> duckdb.DuckDBPyConnection:
    """A cursor on which `messages` and `feeds` are as they were at `moment` (naive UTC): later events are not seen, no feed's now is later (rule 5)."""
    cursor = db.cursor()
    ((name,),) = cursor.execute("SELECT current_database()").fetchall()
    main = f'"{name}".main'
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE feeds AS SELECT * REPLACE (least(now_utc, $moment::TIMESTAMP) AS now_utc) FROM {main}.feeds", {"moment": moment}
    )
    literal = f"TIMESTAMP '{moment.isoformat(sep=' ')}'"
    _resolve(cursor, f"SELECT rowid AS place, * FROM {main}.events WHERE coalesce(received_utc, event_utc) <= {literal}")
    cursor.execute("CREATE OR REPLACE TEMP TABLE resolved AS SELECT * FROM outcomes_of_events")
    cursor.execute(sql("messages").replace("CREATE OR REPLACE VIEW", "CREATE OR REPLACE TEMP VIEW", 1))
    return cursor
