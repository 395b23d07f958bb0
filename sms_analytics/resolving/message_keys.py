"""Which events belong to one message (rule 1): `events.message_key`.

A key is written from feed and id when an event is stored. Here it is found over all that was loaded: how the feed writes its ids, ids that it used
again, references that tie parts and retries together, and what other feeds say of the same messages. The answer depends on what was loaded, never on
the order.
"""

from typing import Final

import duckdb

from sms_analytics import formats
from sms_analytics.config import Config
from sms_analytics.resolving import feed_links
from sms_analytics.resolving.deciding import sql
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import filled
from sms_analytics.vocabulary import IdRule

#: Two ids that agree in this many hexadecimal digits do not do so by chance; shorter ones must agree this often.
_TELLING_DIGITS: Final = 7
_TELLING_PAIRS: Final = 5

#: Evidence of a rule that stands in the format's documentation.
_BY_VENDOR: Final = "as the format's documentation says"


#: Whole feeds whose ids must be looked at one by one: references stand beside ids, submissions lie further apart than the horizon, or an id was
#: submitted to several recipients; and all feeds of which only some events are in question.
_TYING: Final = """
CREATE OR REPLACE TEMP TABLE tying AS
SELECT feed FROM sides WHERE with_ref > 0 OR last_sent > first_sent + horizon OR feed NOT IN (FROM whole)
UNION
SELECT feed
FROM (
    SELECT feed
    FROM events
    JOIN feeds USING (feed)
    WHERE feed IN (FROM whole) AND kind = 'submission' AND message_id IS NOT NULL
    GROUP BY feed, id_key('', message_id, kind, id_rule, recipient)
    HAVING min(recipient) <> max(recipient)
)
"""

#: Whole feeds whose events may have another key than the one that they were stored with. Of all others that key is right.
_KEYED_FEEDS: Final = """
CREATE OR REPLACE TEMP TABLE keyed_feeds AS
SELECT feed
FROM whole
JOIN feeds USING (feed)
LEFT JOIN sides USING (feed)
WHERE id_rule <> 'plain'
    OR feed IN (SELECT unnest($anew::VARCHAR[]))
    OR feed IN (FROM tying)
    OR feed IN (SELECT feed FROM known_links UNION SELECT other FROM known_links)
    OR with_text_id > 0
"""

#: References that share an id get the label of the smallest of them.
_SPREAD: Final = """
UPDATE pairs
SET label = smaller.label
FROM (
    SELECT ref, min(least_of_id.label) AS label
    FROM pairs
    JOIN (SELECT id, min(label) AS label FROM pairs GROUP BY id) AS least_of_id USING (id)
    GROUP BY ref
) AS smaller
WHERE pairs.ref = smaller.ref AND pairs.label > smaller.label
"""

_STORE: Final = """
UPDATE event_rows
SET message_key = keys.message_key
FROM keys
WHERE event_rows.rowid = keys.row_no AND keys.message_key <> keys.stored_key
"""


def find_id_rules(connection: duckdb.DuckDBPyConnection, config: Config, feeds: list[str]) -> tuple[list[str], list[str]]:
    """Finds how these feeds write their ids; returns those of which that is another rule now, and what a person should know about it.

    Reads the tables of `samples.sql`.
    """
    evidence = {feed: counts for feed, *counts in connection.execute(sql("id_evidence")).fetchall()}
    rules = {feed: _rule(config, feed, evidence.get(feed, [0] * 7)) for feed in feeds} | _of_vendors(connection, config, feeds)
    before = dict(connection.execute("SELECT feed, id_rule FROM feeds").fetchall())
    changed, warnings = [], []
    for feed, (rule, why) in rules.items():
        connection.execute("UPDATE feeds SET id_rule = $rule, id_rule_evidence = $why WHERE feed = $feed", {"rule": rule, "why": why, "feed": feed})
        if rule == (before[feed] or "plain"):
            continue
        changed.append(feed)
        if rule != "plain" and why != _BY_VENDOR:
            warnings.append(filled(label("warning.id_rule", config.lang), feed=feed, rule=label(f"id_rule.{rule}", config.lang).lower()))
    return changed, warnings


def write(connection: duckdb.DuckDBPyConnection, anew: list[str]) -> None:
    """Writes the keys of the events in question: those of `whole` feeds and `affected` ones (`affected.py`).

    Whole feeds `anew` are those whose stored keys say nothing. Reads `sides`, `known_links` and `feed_links`.
    """
    connection.execute(_TYING)
    connection.execute(_KEYED_FEEDS, {"anew": anew})
    connection.execute(sql("keys"))
    connection.execute(sql("own_keys"))
    while connection.execute(_SPREAD).fetchall() != [(0,)]:
        pass
    connection.execute(sql("labelled_keys"))
    feed_links.join(connection)
    connection.execute(_STORE)


def _of_vendors(connection: duckdb.DuckDBPyConnection, config: Config, feeds: list[str]) -> dict[str, tuple[IdRule, str]]:
    """The rule of the feeds whose vendor is known to have one, unless the configuration gives them another."""
    known = formats.id_rules(config)
    rows = connection.execute("SELECT DISTINCT load_feeds.feed, format FROM load_feeds JOIN loads USING (load_id) ORDER BY ALL").fetchall()
    return {feed: (known[name], _BY_VENDOR) for feed, name in rows if name in known and feed in feeds and not config.feed(feed).id_rule}


def _rule(config: Config, feed: str, counts: list[int]) -> tuple[IdRule, str]:
    configured = config.feed(feed).id_rule
    if configured:
        return configured, "configured"
    plain, *found = counts
    candidates: tuple[tuple[IdRule, list[int]], ...] = (("hex_submissions", found[:3]), ("hex_receipts", found[3:]))
    for rule, (possible, matches, digits) in candidates:
        telling = digits >= _TELLING_DIGITS or matches >= _TELLING_PAIRS
        if matches > plain and matches * 2 >= possible and telling:
            return rule, filled("{0} of {1:receipt id is|receipt ids are} a submission's this way, {2} as written", matches, possible, plain)
    return "plain", f"{plain} receipt ids are a submission's as written"
