"""Events to messages: the ten rules of `docs/rules.md`, in the SQL files of `sql/`.

`settle` is the last step of every load; `seen_at` answers as of an earlier moment.
"""

from datetime import timedelta
from typing import Final

import duckdb

from sms_analytics import formats
from sms_analytics.config import Config
from sms_analytics.database import traits
from sms_analytics.errors import DatabaseError
from sms_analytics.resolving import asking, clocks, deciding, keying, linking, spellings, supplied

_FEEDS: Final = """
CREATE OR REPLACE TEMP TABLE new_feeds AS
SELECT feed, max(time_zone) AS time_zone, max(receipt_zone) AS receipt_zone
FROM load_feeds
WHERE load_id IN (SELECT unnest($loads)) OR feed IN (SELECT unnest($respelled::VARCHAR[]))
GROUP BY feed
"""

#: The feeds of the new loads, in the spelling that is shown; and all feeds whose messages other feeds may speak of, with those of records without a
#: connection's name (their feed is the format): such a receipt may belong to any feed of its format.
_TOUCHED: Final = """
WITH formats AS (SELECT DISTINCT format FROM loads JOIN load_feeds USING (load_id) WHERE format = load_feeds.feed)
SELECT feed FROM new_feeds
UNION
SELECT load_feeds.feed
FROM load_feeds
JOIN loads USING (load_id)
WHERE format IN (FROM formats)
    AND format IN (SELECT format FROM loads JOIN load_feeds USING (load_id) WHERE load_feeds.feed IN (SELECT feed FROM new_feeds))
UNION
SELECT feed FROM feeds WHERE feed IN (SELECT unnest($linked::VARCHAR[]))
ORDER BY feed
"""


def settle(connection: duckdb.DuckDBPyConnection, config: Config, loads: list[int], *, afresh: bool = False) -> list[str]:
    """Brings feeds, keys and messages up to date with what these loads touch; returns what a person should know.

    `afresh` when events were taken out or restated: what tied others together, or shared their traits, may have gone with them.
    """
    respelled = spellings.settle(connection)
    connection.execute(_FEEDS, {"loads": loads, "respelled": respelled})
    connection.execute(
        """
        UPDATE feeds
        SET time_zone = coalesce(new_feeds.time_zone, feeds.time_zone), receipt_zone = coalesce(new_feeds.receipt_zone, feeds.receipt_zone)
        FROM new_feeds
        WHERE feeds.feed = new_feeds.feed
        """
    )
    connection.execute(
        "INSERT INTO feeds BY NAME SELECT feed, time_zone, receipt_zone, false AS undecided FROM new_feeds ANTI JOIN feeds USING (feed)"
    )
    feeds = [feed for (feed,) in connection.execute(_TOUCHED, {"linked": linking.linked(connection)}).fetchall()]
    usual = _usual_validity(connection, config)
    for feed in feeds:
        horizon = int(config.horizon(feed, usual.get(feed)).total_seconds())
        connection.execute("UPDATE feeds SET horizon_s = $horizon WHERE feed = $feed", {"horizon": horizon, "feed": feed})
    warnings = keying.settle(connection, config, feeds, anew=feeds if afresh else respelled)
    supplied.fill(connection, config)
    _store_facts(connection, config)
    clocks.settle(connection)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW seen AS FROM {asking.events_with_requests(connection)} {_of_touched(connection)}")
    deciding.decide(connection)
    connection.execute("DELETE FROM resolved WHERE feed IN (FROM touched)")
    deciding.store(connection, "resolved")
    _check_whole(connection)
    if afresh:
        traits.sweep(connection)
    return warnings


def _usual_validity(connection: duckdb.DuckDBPyConnection, config: Config) -> dict[str, timedelta]:
    """What the vendors of the feeds are known for: of several formats the longest; none where one of them waits as long as operators do."""
    known = formats.validity(config)
    if not known:
        return {}
    rows = connection.execute(
        "SELECT load_feeds.feed, list(DISTINCT format) FROM load_feeds JOIN loads USING (load_id) WHERE state = 'loaded' GROUP BY load_feeds.feed"
    ).fetchall()
    return {feed: timedelta(seconds=max(known[name] for name in names)) for feed, names in rows if all(name in known for name in names)}


def _of_touched(connection: duckdb.DuckDBPyConnection) -> str:
    """The condition for the touched feeds, empty where all are: asking each row costs."""
    ((others,),) = connection.execute("SELECT count(*) FROM feeds ANTI JOIN touched USING (feed)").fetchall()
    return "WHERE feed IN (FROM touched)" if others else ""


def _store_facts(connection: duckdb.DuckDBPyConnection, config: Config) -> None:
    """What questions need to know of formats, so that reading a number needs no parser."""
    premium = set(formats.premium(config))
    rows = [(format.name, format.name in premium, format.request_of_first_part) for format in formats.of(config)]
    connection.execute("DELETE FROM format_facts")
    connection.executemany("INSERT INTO format_facts VALUES (?, ?, ?)", rows)


def _check_whole(connection: duckdb.DuckDBPyConnection) -> None:
    """Every receipt that was loaded is counted in exactly one message, and every message stands once: else nothing is published."""
    ((messages, receipts),) = connection.execute("SELECT (SELECT count(*) FROM decided), sum(copies) FILTER (kind = 'receipt') FROM seen").fetchall()
    ((stored, counted),) = connection.execute("SELECT count(*), sum(receipts + folded) FROM resolved WHERE feed IN (FROM touched)").fetchall()
    if (messages, receipts or 0) != (stored, counted or 0):
        raise DatabaseError(
            f"the messages do not add up: {stored} stored of {messages}, {counted or 0} receipts counted of {receipts or 0}; "
            "nothing was changed. This is a fault of ours: report it, with the size of the logs"
        )
