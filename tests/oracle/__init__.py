"""The resolver and the rates once more, slowly, to be read beside sections 5 and 6 of the design.

One function per rule, named after it; lists of dicts in (columns of `events`), one dict per message out (columns of `messages`).
Nothing here is shared with the SQL, so that an error has to be made twice to go unnoticed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from tests.oracle.clock import rule_5_now, rule_5_seen
from tests.oracle.deciding import message
from tests.oracle.events import DEFAULT_HORIZON, Event, Load, Message, stored
from tests.oracle.identity import normalised_id, rule_1_feed_names, rule_1_tied_together, rule_1_ties
from tests.oracle.rates import NOT_SENT, SENT, rates

__all__ = ["NOT_SENT", "SENT", "Event", "Load", "Message", "rates", "resolve", "rule_5_seen", "stored"]

Told = TypeVar("Told")


def by_shown(names: Mapping[str, str], told: Mapping[str, Told] | None) -> dict[str, Told]:
    """What was told of feeds in any spelling, by the spelling that is shown."""
    return {names.get(feed.lower(), feed): value for feed, value in (told or {}).items()}


def resolve(
    events: Sequence[Event],
    *,
    loads: Sequence[Load],
    horizons: Mapping[str, timedelta] | None = None,
    id_rules: Mapping[str, str] | None = None,
    as_of: datetime | None = None,
) -> list[Message]:
    """Section 5: one dict per message with the columns of `messages`, and three things of the oracle's own.

    `message_key` is only unique; `places` is the frozenset of (load_id, record_no, event_no) of the message's events; `before_deadline` says
    whether the feed's now has not passed the deadline. `gap_cause` is always None. A load is a dict of `load_id, feeds, last_utc, loaded_utc`.
    Which events belong together is known from all that was loaded, also what was heard after `as_of`. Feeds that `horizons` or `id_rules` do not
    name have 8 days and `plain`.
    """
    names = rule_1_feed_names(events)
    events = [{**event, "feed": names[event["feed"].lower()]} for event in events]
    loads = [{**load, "feeds": [names.get(feed.lower(), feed) for feed in load["feeds"]]} for load in loads]
    horizons, id_rules = by_shown(names, horizons), by_shown(names, id_rules)
    events = [{**event, "id": normalised_id(event, id_rules.get(event["feed"], "plain"))} for event in events]
    messages = []
    for places in rule_1_tied_together(rule_1_ties(events, horizons, id_rules)):
        members = rule_5_seen([events[place] for place in places], as_of)
        if members:
            feed = members[0]["feed"]
            messages.append(message(members, now=rule_5_now(feed, loads, as_of), horizon=horizons.get(feed, DEFAULT_HORIZON), feed=feed))
    return messages
