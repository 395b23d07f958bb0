"""Which events belong to one message (rule 1): `events.message_key`.

A key is written from feed and id when an event is stored. Here it is settled over all that was loaded of a feed: how the feed writes its ids,
ids that it used again, references that tie parts and retries together. The answer depends on what was loaded, never on the order.
"""

from typing import Final

import duckdb

from sms_analytics import formats
from sms_analytics.config import Config
from sms_analytics.resolving import linking
from sms_analytics.resolving.deciding import sql
from sms_analytics.text.phrases import filled
from sms_analytics.vocabulary import IdRule

#: About how many receipt ids per feed are looked at to find its id rule.
_SAMPLE: Final = 5_000
#: Two ids that agree in this many hexadecimal digits do not do so by chance; shorter ones must agree this often.
_TELLING_DIGITS: Final = 7
_TELLING_PAIRS: Final = 5

#: Evidence of a rule that stands in the format's documentation.
_BY_VENDOR: Final = "as the format's documentation says"

#: Feeds whose ids must be looked at one by one: references stand beside ids, submissions lie further apart than the horizon, or an id was submitted
#: to several recipients.
_TYING: Final = """
CREATE OR REPLACE TEMP TABLE tying AS
SELECT feed
FROM events
JOIN feeds USING (feed)
WHERE feed IN (FROM touched) AND message_id IS NOT NULL
GROUP BY feed, horizon_s
HAVING count(message_ref) > 0
    OR max(coalesce(event_utc, received_utc)) FILTER (kind = 'submission')
        > min(coalesce(event_utc, received_utc)) FILTER (kind = 'submission') + to_seconds(horizon_s)
UNION
SELECT feed
FROM (
    SELECT feed
    FROM events
    JOIN feeds USING (feed)
    WHERE feed IN (FROM touched) AND kind = 'submission' AND message_id IS NOT NULL
    GROUP BY feed, id_key('', message_id, kind, id_rule, recipient)
    HAVING min(recipient) <> max(recipient)
)
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


#: Gives events the key that a query finds for their place, where it is another one.
_REKEYED: Final = """
UPDATE event_rows
SET message_key = keyed.message_key
FROM ({}) AS keyed
WHERE event_rows.rowid = keyed.place AND event_rows.message_key <> keyed.message_key
"""

#: The keys that events were stored with, under each feed's rule. Keys made of content never change. Feeds that others speak for, or that speak for
#: others, begin anew each time: what was loaded since may have made that another.
_AFRESH: Final = _REKEYED.format(
    """
    SELECT
        place,
        CASE WHEN message_id IS NULL THEN feed || '/ref:' || message_ref ELSE id_key(feed, message_id, kind, id_rule, recipient) END AS message_key
    FROM placed_events
    JOIN feeds USING (feed)
    WHERE feed IN (SELECT unnest($feeds)) AND (message_id IS NOT NULL OR message_ref IS NOT NULL)
    """
)

#: The keys of one feed's events with an id, under a rule.
_UNDER_RULE: Final = _REKEYED.format(
    """
    SELECT place, id_key(feed, message_id, kind, $rule, recipient) AS message_key
    FROM placed_events
    WHERE feed = $feed AND message_id IS NOT NULL
    """
)


def settle(connection: duckdb.DuckDBPyConnection, config: Config, feeds: list[str], *, anew: list[str]) -> list[str]:
    """Settles the keys of these feeds' events; returns what a person should know about it. Of feeds `anew` it forgets how they were tied before."""
    connection.execute(sql("id_macros"))
    connection.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT unnest($feeds::VARCHAR[]) AS feed", {"feeds": feeds})
    evidence = {feed: counts for feed, *counts in connection.execute(sql("id_evidence"), {"sample": _SAMPLE}).fetchall()}
    rules = {feed: _rule(config, feed, evidence.get(feed, [0] * 7)) for feed in feeds} | _of_vendors(connection, config, feeds)
    warnings = [warning for feed, rule in rules.items() for warning in _settle_rule(connection, feed, *rule)]
    anew = sorted({*anew, *linking.linked(connection)} & set(feeds))
    if anew:
        connection.execute(_AFRESH, {"feeds": anew})
    connection.execute(_TYING)
    connection.execute(sql("tie"))
    while connection.execute(_SPREAD).fetchall() != [(0,)]:
        pass
    connection.execute(sql("rekey"))
    return warnings + linking.settle(connection, config)


def _of_vendors(connection: duckdb.DuckDBPyConnection, config: Config, feeds: list[str]) -> dict[str, tuple[IdRule, str]]:
    """The rule of the feeds whose vendor is known to have one, unless the configuration gives them another."""
    known = formats.id_rules(config)
    rows = connection.execute("SELECT DISTINCT load_feeds.feed, format FROM load_feeds JOIN loads USING (load_id) ORDER BY ALL").fetchall()
    return {feed: (known[name], _BY_VENDOR) for feed, name in rows if name in known and feed in feeds and not config.feed(feed).id_rule}


def _settle_rule(connection: duckdb.DuckDBPyConnection, feed: str, rule: IdRule, evidence: str) -> list[str]:
    """Writes the feed's keys by its id rule."""
    ((before,),) = connection.execute("SELECT id_rule FROM feeds WHERE feed = $feed", {"feed": feed}).fetchall()
    found = {"rule": rule, "feed": feed}
    connection.execute("UPDATE feeds SET id_rule = $rule, id_rule_evidence = $evidence WHERE feed = $feed", {**found, "evidence": evidence})
    if rule == "plain" and before in (None, "plain"):
        return []
    connection.execute(_UNDER_RULE, found)
    return [] if rule == before or evidence == _BY_VENDOR else [f"feed {feed}: ids are compared by the rule {rule} ({evidence})"]


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
