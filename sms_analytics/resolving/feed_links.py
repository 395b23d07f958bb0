"""Which feeds speak of the same messages (rule 1, across feeds): `feeds.answers`, and one key for what belongs together.

A vendor's callbacks answer one's own table of submissions; a receiver bind answers a transmitter's; a table stands beside the gateway's log. It is
found from the ids, with evidence, over all that was loaded, so that the order of loading does not matter. The configuration decides where the data
cannot.
"""

from dataclasses import dataclass
from typing import Final

import duckdb

from sms_analytics.config import Config
from sms_analytics.database import store
from sms_analytics.resolving.deciding import sql
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import filled

#: Feeds that may have to do with others: what is loaded of any feed can change what is known of these.
_LINKED: Final = """
SELECT feed FROM feeds WHERE receipts_only OR undecided OR len(answers) > 0
UNION
SELECT unnest(answers) FROM feeds
"""

#: Whether there is one feed, whose receipts name no second id, and nothing was known or is said of others: the statements below then find nothing,
#: and planning them is a sixth of what a small load costs (0.11 of 0.72 CPU seconds for a log of 60 lines).
_ALONE: Final = """
SELECT (SELECT count(*) = 1 AND sum(with_text_id) = 0 FROM sides)
    AND NOT EXISTS (FROM feed_links)
    AND NOT EXISTS (FROM configured)
"""

#: How the feeds that speak of the same messages do so, as far as a key depends on it.
_TODAY: Final = """
CREATE OR REPLACE TEMP TABLE links_today AS
SELECT DISTINCT
    receipt_feed AS feed, judged.feed AS other, CASE WHEN is_own THEN 'text' ELSE 'receipts' END AS what, judged.way, judged.is_configured,
    agreeing.receipt_feed IS NOT NULL AS agree_well, are_far_apart
FROM judged
LEFT JOIN agreeing USING (receipt_feed, feed)
WHERE is_own OR (receipt_feed, judged.feed) IN (SELECT (asking_feed, feed) FROM answering)
UNION
SELECT asking_feed, same_feeds.feed, 'submissions', way, is_configured, agree_well, are_far_apart
FROM same_feeds
JOIN sharing ON sharing.feed = asking_feed AND sharing.other = same_feeds.feed
"""

_CHANGED: Final = """
SELECT DISTINCT unnest([feed, other]) AS feed
FROM ((FROM links_today EXCEPT FROM feed_links) UNION ALL (FROM feed_links EXCEPT FROM links_today))
"""

#: Whose submissions each feed's receipts answer: those that they were found to, and those that its own log speaks of too.
_ANSWERS: Final = """
CREATE OR REPLACE TEMP TABLE answers AS
SELECT asking_feed AS receipt_feed, feed, ids, seen AS of, way, 'receipts' AS what FROM answering
UNION ALL
SELECT feed, asking_feed, ids, seen, way, 'submissions' FROM same_feeds WHERE feed IN (SELECT feed FROM sides WHERE receipts > 0)
UNION ALL
SELECT asking_feed, feed, ids, seen, way, 'submissions' FROM same_feeds WHERE asking_feed IN (SELECT feed FROM sides WHERE receipts > 0)
"""

#: What lies there and cannot be joined: ids that meet without telling, and a feed of receipts beside a feed without any in the same weeks.
_UNDECIDED: Final = """
CREATE OR REPLACE TEMP TABLE undecided AS
SELECT asking_feed AS receipt_feed, feed, ids, seen AS of, true AS meet FROM doubtful ANTI JOIN answering USING (asking_feed)
UNION ALL
SELECT receiving.feed, sending.feed, 0, receiving.receipts, false
FROM sides AS receiving
JOIN sides AS sending ON receiving.feed <> sending.feed
WHERE receiving.submissions = 0
    AND receiving.feed NOT IN (SELECT receipt_feed FROM answers)
    AND receiving.feed NOT IN (SELECT receipt_feed FROM configured)
    AND receiving.feed NOT IN (SELECT asking_feed FROM doubtful)
    AND sending.asking > 0
    AND sending.receipts = 0
    AND sending.feed NOT IN (SELECT feed FROM answers)
    -- Records without a connection's name are of their format's connections where they are of any.
    AND NOT (receiving.feed IN (SELECT unnest(receiving.formats)) AND list_has_any(receiving.formats, sending.formats))
    AND receiving.first_heard <= sending.last_sent + sending.horizon
    AND receiving.last_heard >= sending.first_sent - INTERVAL 1 MINUTE
"""

_STORE: Final = """
UPDATE feeds
SET answers = known.answers, answers_evidence = known.evidence, undecided = known.undecided
FROM known
WHERE feeds.feed = known.feed
"""


@dataclass(frozen=True)
class _Known:
    """What is known of one feed."""

    answers: tuple[str, ...] = ()
    evidence: str | None = None
    undecided: bool = False


def linked(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Feeds whose messages may be told by several feeds, or wait for being told so."""
    return [feed for (feed,) in connection.execute(_LINKED).fetchall()]


def find(connection: duckdb.DuckDBPyConnection, config: Config) -> tuple[list[str], list[str]]:
    """Finds which feeds belong together; returns those of which that is another answer now, and what a person should know, each fact once.

    Reads the tables of `samples.sql` and `sides`. Leaves `known_links`: the links of before and those of today (`feed_links`).
    """
    before = _stored(connection)
    _configured(connection, config, list(before))
    if connection.execute(_ALONE).fetchall() == [(True,)]:
        _store(connection, dict.fromkeys(before, _Known()))
        connection.execute("CREATE OR REPLACE TEMP TABLE known_links (feed VARCHAR, other VARCHAR)")
        return [], []
    for name in ("sample_keys", "own_keys", "labelled_keys", "lost_sample", "meetings", "receipt_evidence"):
        connection.execute(sql(name))
    _weigh(connection, "answering")
    connection.execute("CREATE OR REPLACE TEMP TABLE found AS FROM untelling UNION ALL FROM found WHERE NOT is_given")
    _weigh(connection, "doubtful")
    connection.execute(sql("same_submissions"))
    _weigh(connection, "same_feeds")
    connection.execute(_ANSWERS)
    connection.execute(_UNDECIDED)
    known = _known(connection, list(before))
    _store(connection, known)
    connection.execute(_TODAY)
    changed = [feed for (feed,) in connection.execute(_CHANGED).fetchall()]
    connection.execute("CREATE OR REPLACE TEMP TABLE known_links AS SELECT DISTINCT feed, other FROM (FROM feed_links UNION ALL FROM links_today)")
    if changed:
        connection.execute("DELETE FROM feed_links")
        connection.execute("INSERT INTO feed_links FROM links_today")
    return changed, _news(before, known, config)


def join(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives the events in `keys` that several feeds speak of the key of their one message; needs the keys that each feed's own ids give."""
    if connection.execute("SELECT count(*) FROM feed_links").fetchall() == [(0,)]:
        return
    for name in ("lost_keys", "meetings", "same_keys"):
        connection.execute(sql(name))
    while connection.execute(_SPREAD).fetchall() != [(0,)]:
        pass
    connection.execute(sql("joined_keys"))


#: What several feeds speak of gets the smallest key of all of them.
_SPREAD: Final = """
UPDATE same
SET joined_key = smaller.joined_key
FROM same AS smaller
WHERE same.joined_key = smaller.message_key AND smaller.joined_key < same.joined_key
"""


def _weigh(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Leaves in table `name` the feeds (`asking_feed`, `feed`) for which what was found is evidence enough."""
    connection.execute("CREATE OR REPLACE TEMP TABLE candidates AS SELECT DISTINCT asking_feed, feed FROM found")
    connection.execute(sql("link_evidence"))
    while connection.execute("SELECT count(*) FROM weighed WHERE NOT is_enough").fetchall() != [(0,)]:
        connection.execute("CREATE OR REPLACE TEMP TABLE candidates AS SELECT asking_feed, feed FROM weighed WHERE is_enough")
        connection.execute(sql("link_evidence"))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM weighed WHERE is_given OR 2 * together >= seen")


def _stored(connection: duckdb.DuckDBPyConnection) -> dict[str, _Known]:
    rows = connection.execute("SELECT feed, answers, answers_evidence, undecided FROM feeds ORDER BY feed").fetchall()
    return {feed: _Known(tuple(answers or ()), evidence, bool(undecided)) for feed, answers, evidence, undecided in rows}


def _configured(connection: duckdb.DuckDBPyConnection, config: Config, feeds: list[str]) -> None:
    """What the configuration decides, as rows; a feed that is said to answer none has one without a name."""
    by_name = {feed.lower(): feed for feed in feeds}
    rows = [
        (feed, by_name.get(answered.lower()) if answered else None)
        for feed in feeds
        if (said := config.feed(feed).answers) is not None
        for answered in said or [""]
    ]
    connection.execute("CREATE OR REPLACE TEMP TABLE configured (receipt_feed VARCHAR, feed VARCHAR)")
    store.insert(connection, "configured", rows)


def _known(connection: duckdb.DuckDBPyConnection, feeds: list[str]) -> dict[str, _Known]:
    """What was found of each feed, with its evidence in words."""
    known = dict.fromkeys(feeds, _Known())
    rows = connection.execute(
        "SELECT receipt_feed, feed, max(ids), max(of), any_value(way), any_value(what) FROM answers GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for feed in {receipt_feed for receipt_feed, *_ in rows}:
        found = [row[1:] for row in rows if row[0] == feed]
        told = "; ".join(
            f"{ids} of {of} {'receipt ids are submissions of' if what == 'receipts' else 'submitted ids are also those of'} {other} ({way})"
            for other, ids, of, way, what in found
        )
        known[feed] = _Known(tuple(sorted({other for other, *_ in found})), told)
    for feed, others, meet, of in connection.execute(
        "SELECT receipt_feed, list(feed ORDER BY feed), bool_or(meet), max(of) FROM undecided GROUP BY receipt_feed ORDER BY receipt_feed"
    ).fetchall():
        listed = ", ".join(f'"{other}"' for other in others)
        what = "ids meet those of" if meet else f"{of} receipts meet no submission of"
        line = f"[feeds.{_key(feed)}] answers = [{listed}]"
        told = f"{what} {', '.join(others)} without telling whose they are; if they belong together: {line}, if not: answers = []"
        known[feed] = _Known((), told, undecided=True)
        for other in others:
            known[other] = _Known(known[other].answers, f"see {feed}: {line}", undecided=True)
    return known


def _key(name: str) -> str:
    """A name as a key of TOML."""
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _store(connection: duckdb.DuckDBPyConnection, known: dict[str, _Known]) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE known (feed VARCHAR, answers VARCHAR[], evidence VARCHAR, undecided BOOLEAN)")
    rows = [(feed, list(one.answers), one.evidence, one.undecided) for feed, one in known.items()]
    store.insert(connection, "known", rows)
    connection.execute(_STORE)


def _news(before: dict[str, _Known], known: dict[str, _Known], config: Config) -> list[str]:
    """What was not known before."""
    news = []
    for feed, one in known.items():
        earlier = before.get(feed, _Known())
        if one.answers and one.answers != earlier.answers:
            news.append(filled(label("warning.answers", config.lang), feed=feed, others=", ".join(one.answers), evidence=one.evidence))
        if one.undecided and (one.evidence or "").startswith("see ") is False:
            news.append(filled(label("warning.undecided", config.lang), feed=feed, evidence=one.evidence))
    return news
