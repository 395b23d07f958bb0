"""Events to messages: the ten rules of `docs/rules.md`, in the SQL files of this folder.

`resolve` is the last step of every load. What is true of a feed as a whole (how it writes its ids, which feeds answer for it) is found each time,
from a sample; the messages of a feed are resolved again only where that changed, else only those that the new events touch.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import duckdb

from sms_analytics import formats
from sms_analytics.config import Config
from sms_analytics.database import shared_columns, store, touched
from sms_analytics.errors import DatabaseError
from sms_analytics.resolving import affected, clocks, deciding, feed_links, feed_names, gap_causes, message_keys, requests, supplied
from sms_analytics.resolving.deciding import sql

_FEEDS: Final = """
CREATE OR REPLACE TEMP TABLE new_feeds AS
SELECT feed, max(time_zone) AS time_zone, max(receipt_zone) AS receipt_zone
FROM load_feeds
WHERE load_id IN (SELECT unnest($loads::INTEGER[])) OR feed IN (SELECT unnest($renamed::VARCHAR[]))
GROUP BY feed
"""

#: The feeds of the new loads, in the spelling that is shown; and all feeds whose messages other feeds may speak of, with those of records without a
#: connection's name (their feed is the format): such a receipt may belong to any feed of its format.
_IN_QUESTION: Final = """
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


def resolve(connection: duckdb.DuckDBPyConnection, config: Config, loads: list[int], *, rebuild: bool = False) -> list[str]:
    """Brings feeds, keys and messages up to date with what these loads touch; returns what a person should know.

    `rebuild`: all messages of their feeds, and of feeds that have to do with these, are resolved again, since events were taken out or restated: what
    tied others together, or shared their values, may have gone with them.
    """
    noted = note_feeds(connection, config, loads)
    count(connection, loads, every=rebuild or bool(noted.renamed))
    known = find_known(connection, config, noted)
    anew = [*known.anew, *(noted.feeds if rebuild else [])]
    affected.find(connection, [*anew, *known.changed, *affected.largely_new(connection, loads)], loads)
    connection.execute(_OLD_KEYS)
    message_keys.write(connection, anew)
    supplied.fill(connection, config)
    clocks.set_clocks(connection)
    _decide(connection)
    gap_causes.update(connection, every=rebuild)
    touched.forget(connection)
    if rebuild:
        shared_columns.sweep(connection)
    return known.warnings


def resolve_share(connection: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Settles the keys of all events that are there and decides their messages: a share of a lake's events, in which all events of a message are,
    and everything that their key can depend on. What is true of whole feeds stands in the tables already, `sides` and `known_links` too."""
    feeds = [feed for (feed,) in connection.execute("SELECT feed FROM feeds ORDER BY feed").fetchall()]
    connection.execute(sql("id_macros"))
    affected.find(connection, feeds, [])
    connection.execute(_OLD_KEYS)
    message_keys.write(connection, feeds)
    supplied.fill(connection, config)
    _decide(connection)


@dataclass(frozen=True)
class NotedFeeds:
    """Feeds that loads may have something to do with, those that are called otherwise now, and those that are waited for another time."""

    feeds: list[str]
    renamed: list[str]
    horizons: list[str]


@dataclass(frozen=True)
class Known:
    """Feeds of which another answer was found: `anew` those whose stored keys say nothing now, `changed` the others; and the warnings."""

    anew: list[str]
    changed: list[str]
    warnings: list[str]


def note_feeds(connection: duckdb.DuckDBPyConnection, config: Config, loads: list[int]) -> NotedFeeds:
    """Adds the feeds of the loads to `feeds`, each under its one name and with its horizon."""
    renamed = feed_names.unify(connection)
    feeds = _add_feeds(connection, loads, renamed)
    store_facts(connection, config)
    return NotedFeeds(feeds, renamed, _set_horizons(connection, config, feeds))


def find_known(connection: duckdb.DuckDBPyConnection, config: Config, noted: NotedFeeds) -> Known:
    """Finds how the feeds write their ids and which feeds speak of the same messages, from a sample of the events; `count` has counted them all."""
    connection.execute(sql("id_macros"))
    connection.execute(sql("samples"))
    rules, warnings = message_keys.find_id_rules(connection, config, noted.feeds)
    linked, news = feed_links.find(connection, config)
    return Known([*noted.renamed, *rules], [*noted.horizons, *requests.changed(connection), *linked], warnings + news)


def _add_feeds(connection: duckdb.DuckDBPyConnection, loads: list[int], renamed: list[str]) -> list[str]:
    """Adds the feeds of the loads to `feeds`; returns all feeds that the loads may have something to do with."""
    connection.execute(_FEEDS, {"loads": loads, "renamed": renamed})
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
    return [feed for (feed,) in connection.execute(_IN_QUESTION, {"linked": feed_links.linked(connection)}).fetchall()]


def _set_horizons(connection: duckdb.DuckDBPyConnection, config: Config, feeds: list[str]) -> list[str]:
    """Sets how long each feed's messages are waited for; returns the feeds that had another horizon."""
    usual, before = _usual_validity(connection, config), dict(connection.execute("SELECT feed, horizon_s FROM feeds").fetchall())
    today = {feed: int(config.horizon(feed, usual.get(feed)).total_seconds()) for feed in feeds}
    changed = [feed for feed, horizon in today.items() if horizon != before[feed]]
    for feed in changed:
        connection.execute("UPDATE feeds SET horizon_s = $horizon WHERE feed = $feed", {"horizon": today[feed], "feed": feed})
    return changed


def _usual_validity(connection: duckdb.DuckDBPyConnection, config: Config) -> dict[str, timedelta]:
    """What the vendors of the feeds are known for: of several formats the longest; none where one of them waits as long as operators do."""
    known = formats.validity(config)
    if not known:
        return {}
    rows = connection.execute(
        "SELECT load_feeds.feed, list(DISTINCT format) FROM load_feeds JOIN loads USING (load_id) WHERE state = 'loaded' GROUP BY load_feeds.feed"
    ).fetchall()
    return {feed: timedelta(seconds=max(known[name] for name in names)) for feed, names in rows if all(name in known for name in names)}


def store_facts(connection: duckdb.DuckDBPyConnection, config: Config) -> None:
    """What questions need to know of formats, so that reading a number needs no parser."""
    premium = set(formats.premium(config))
    rows = [(format.name, format.name in premium, format.request_of_first_part) for format in formats.of(config)]
    connection.execute("DELETE FROM format_facts")
    store.insert(connection, "format_facts", rows)


def count(connection: duckdb.DuckDBPyConnection, loads: list[int], *, every: bool) -> None:
    """Counts what the loads, or all of them, hold of each feed."""
    requests.note(connection)
    touched.prepare(connection)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE counted_loads AS SELECT load_id FROM loads "
        "WHERE $every OR load_id IN (SELECT unnest($loads::INTEGER[])) OR load_id IN (FROM touched_loads)",
        {"every": every, "loads": loads},
    )
    connection.execute(sql("feed_counts"))


_OLD_KEYS: Final = """
CREATE OR REPLACE TEMP TABLE old_keys AS
SELECT DISTINCT message_key FROM event_rows WHERE rowid IN (FROM affected)
UNION
SELECT message_key FROM gone_events
"""

#: The messages that are resolved again: those of whole feeds, and those that affected events belong to, or belonged to.
_TOUCHED_KEYS: Final = """
CREATE OR REPLACE TEMP TABLE touched_keys AS
FROM old_keys
UNION
SELECT message_key FROM event_rows WHERE rowid IN (FROM affected)
"""

_SEEN: Final = """
CREATE OR REPLACE TEMP TABLE seen_rows AS
SELECT rowid AS row_no FROM event_rows WHERE message_key IN (FROM touched_keys)
UNION
SELECT event_rows.rowid FROM event_rows JOIN shared_values USING (shared_no) WHERE feed IN (FROM whole)
"""


def _decide(connection: duckdb.DuckDBPyConnection) -> None:
    """Decides the messages that are touched, and puts them instead of what was known of them."""
    ((affecting, others),) = connection.execute(
        "SELECT (SELECT count(*) FROM affected), (SELECT count(*) FROM feeds ANTI JOIN whole USING (feed))"
    ).fetchall()
    events = requests.events_with_requests(connection)
    if affecting or connection.execute("SELECT count(*) FROM old_keys").fetchall() != [(0,)]:
        connection.execute(_TOUCHED_KEYS)
        connection.execute(_SEEN)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE seen_events AS FROM {events} WHERE row_no IN (FROM seen_rows)")
        connection.execute("CREATE OR REPLACE TEMP VIEW seen AS FROM seen_events")
        connection.execute("DELETE FROM resolved WHERE feed IN (FROM whole) OR message_key IN (FROM touched_keys)")
    else:
        # Asking each row costs.
        connection.execute(f"CREATE OR REPLACE TEMP VIEW seen AS FROM {events} {'WHERE feed IN (FROM whole)' if others else ''}")
        connection.execute("DELETE FROM resolved WHERE feed IN (FROM whole)" if others else "DELETE FROM resolved")
    deciding.decide(connection)
    kept = connection.execute(_SUMS).fetchall()
    deciding.store(connection, "resolved")
    _check_whole(connection, *kept[0])


_SUMS: Final = "SELECT count(*), coalesce(sum(receipts + folded), 0)::BIGINT FROM resolved"


def _check_whole(connection: duckdb.DuckDBPyConnection, kept: int, kept_receipts: int) -> None:
    """Every receipt that was loaded is counted in exactly one message, and every message stands once: else nothing is published. `kept`: messages
    that were not resolved again, and their receipts."""
    ((messages, receipts),) = connection.execute(
        "SELECT (SELECT count(*) FROM decided), coalesce(sum(copies) FILTER (kind = 'receipt'), 0)::BIGINT FROM seen"
    ).fetchall()
    ((stored, counted),) = connection.execute(_SUMS).fetchall()
    if (kept + messages, kept_receipts + receipts) != (stored, counted):
        raise DatabaseError(
            f"the messages do not add up: {stored - kept} stored of {messages}, {counted - kept_receipts} receipts counted of {receipts}; "
            "nothing was changed. This is a fault of ours: report it, with the size of the logs"
        )
