"""The resolver and the rates once more, slowly, to be read beside sections 5 and 6 of the design.

One function per rule, named after it; lists of dicts in (columns of `events`), one dict per message out (columns of `messages`).
Nothing here is shared with the SQL, so that an error has to be made twice to go unnoticed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from tests.oracle.belonging import Feeds, Link
from tests.oracle.belonging import links as links_of
from tests.oracle.clock import rule_5_now, rule_5_seen
from tests.oracle.counting import NOT_SENT, SENT, rates
from tests.oracle.deciding import message
from tests.oracle.events import Event, Load, Message, stored
from tests.oracle.identity import rule_1_feed_names, rule_1_tied_together, rule_1_ties
from tests.oracle.joining import rule_1_feed, rule_1_id, rule_1_joined

#: What a message has beside the columns of `messages`.
BESIDE_COLUMNS = ("places", "before_deadline", "undecided", "mute")

__all__ = ["BESIDE_COLUMNS", "NOT_SENT", "SENT", "Event", "Link", "Load", "Message", "links", "rates", "resolve", "rule_5_seen", "stored"]

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
    answers: Mapping[str, Sequence[str]] | None = None,
    as_of: datetime | None = None,
) -> list[Message]:
    """Section 5: one dict per message with the columns of `messages`, and what the oracle has beside them (`BESIDE_COLUMNS`).

    `message_key` is only unique; `places` is the frozenset of (load_id, record_no, event_no) of the message's events; `before_deadline` says
    whether the feed's now has not passed the deadline; `undecided` and `mute` (receipts alone, and for nobody) are the feed's. `gap_cause` is always
    None. A load is a dict of `load_id, feeds, last_utc, loaded_utc` and, where known, `format, path, first_utc`. `answers` is what is configured.
    Which events belong together is known from all that was loaded, also what was heard after `as_of`. Feeds that `horizons` or `id_rules` do not
    name have 8 days and `plain` (across feeds: the rule that is found).
    """
    feeds = settled(events, horizons=horizons, id_rules=id_rules, answers=answers)
    loads = [{**load, "feeds": [shown(feeds, feed) for feed in load["feeds"]]} for load in loads]
    known = links_of(feeds)
    ties = rule_1_joined(feeds, known, rule_1_ties(feeds.events, feeds.horizons, feeds.id_rules))
    named = [{**event, "id": rule_1_id(own, event["feed"])} for event, own in zip(feeds.events, ties, strict=True)]
    nows = {feed: rule_5_now(feed, feeds.events, loads, known, as_of) for feed in feeds.names()}
    submitting = feeds.submitting()
    messages = []
    for places in rule_1_tied_together(ties):
        members = rule_5_seen([named[place] for place in places], as_of)
        if members:
            feed = rule_1_feed(members)
            row = message(members, now=nows[feed], horizon=feeds.horizon(feed), feed=feed)
            mute = feed not in submitting and not known[feed].answers
            messages.append({**row, "undecided": known[feed].undecided, "mute": mute})
    return messages


def links(
    events: Sequence[Event],
    *,
    horizons: Mapping[str, timedelta] | None = None,
    id_rules: Mapping[str, str] | None = None,
    answers: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Link]:
    """Rule 1 across feeds: for each feed whose submissions its receipts answer, and whether it waits to be decided."""
    return links_of(settled(events, horizons=horizons, id_rules=id_rules, answers=answers))


def settled(
    events: Sequence[Event],
    *,
    horizons: Mapping[str, timedelta] | None,
    id_rules: Mapping[str, str] | None,
    answers: Mapping[str, Sequence[str]] | None,
) -> Feeds:
    """Events and what was said of their feeds, all under the names that are shown."""
    names = rule_1_feed_names(events)
    configured = {feed: [names.get(other.lower(), other) for other in others] for feed, others in by_shown(names, answers).items()}
    return Feeds(
        [{**event, "feed": names[event["feed"].lower()]} for event in events], by_shown(names, horizons), by_shown(names, id_rules), configured
    )


def shown(feeds: Feeds, name: str) -> str:
    """A feed's name as it is shown; itself where no event has it."""
    return next((feed for feed in feeds.names() if feed.lower() == name.lower()), name)
