"""Rule 1 within a feed: which events are one message, and which feeds are one."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.events import DEFAULT_HORIZON, Event, happened, heard, missing_last, submissions_of

RECEIPT_MAY_PRECEDE = timedelta(minutes=1)
UDH_REF_LASTS = timedelta(hours=1)

#: What ties events: the use of an id or of a reference, or one event's own place. Its kind, its feed, the name, which use of it from 0.
Tie = tuple[str, str, str, int]


@dataclass
class Use:
    """One use of an id: when it began, and the recipient that its submissions name (None where none does)."""

    start: datetime
    recipient: str | None


def rule_1_feed_names(events: Iterable[Event]) -> dict[str, str]:
    """How each feed is shown, by its name in small letters: the spelling that most events have, then the first by alphabet."""
    spellings = Counter(str(event["feed"]) for event in events)
    shown: dict[str, str] = {}
    for spelling in sorted(spellings, key=lambda name: (-spellings[name], name)):
        shown.setdefault(spelling.lower(), spelling)
    return shown


def normalised_id(event: Event, id_rule: str) -> str | None:
    """The id without case and leading zeros; hexadecimal turned decimal on the side where the feed's id rule says so."""
    if event["message_id"] is None:
        return None
    plain = event["message_id"].lower().lstrip("0") or "0"
    if id_rule == "per_recipient":
        return f"{plain}/{event['recipient'] or ''}"
    hexadecimal_kind = {"plain": None, "hex_submissions": "submission", "hex_receipts": "receipt"}[id_rule]
    if event["kind"] == hexadecimal_kind and re.fullmatch("[0-9a-f]+", plain):
        return str(int(plain, 16))
    return str(plain)


def recipients_agree(one: str | None, other: str | None) -> bool:
    """Whether two sides can mean the same person: a side that names none can mean any."""
    return one is None or other is None or one == other


def rule_1_uses(events: Sequence[Event], lasts: timedelta, *, by_recipient: bool) -> list[int]:
    """For events with the same id (or UDH reference): which use of it each belongs to, from 0.

    A submission belongs to the last use that goes on at its time and has its recipient, else it begins a new one. Of submissions at one moment
    those that name a recipient come first.
    """
    uses: list[Use] = []
    place_of: dict[tuple[datetime, str | None], int] = {}

    def named(event: Event) -> str | None:
        return event["recipient"] if by_recipient else None

    for event in sorted(submissions_of(events), key=lambda event: (happened(event), missing_last(named(event)))):
        time, recipient = happened(event), named(event)
        going_on = [place for place, use in enumerate(uses) if time <= use.start + lasts and recipients_agree(use.recipient, recipient)]
        place = going_on[-1] if going_on else len(uses)
        if not going_on:
            uses.append(Use(time, recipient))
        uses[place].recipient = uses[place].recipient or recipient
        place_of[time, recipient] = place
    return [
        place_of[happened(event), named(event)] if event["kind"] == "submission" else rule_1_use_of_receipt(event, uses, by_recipient=by_recipient)
        for event in events
    ]


def rule_1_use_of_receipt(event: Event, uses: Sequence[Use], *, by_recipient: bool) -> int:
    """The last use with its recipient that began before it, or up to a minute after it; else the first with its recipient.

    A receipt that names somebody whom no use has belongs where one that names nobody would: where the two disagree, the submission is believed.
    """
    recipient = event["recipient"] if by_recipient else None
    agreeing = [place for place, use in enumerate(uses) if recipients_agree(use.recipient, recipient)] or list(range(len(uses)))
    begun = [place for place in agreeing if uses[place].start - RECEIPT_MAY_PRECEDE <= heard(event)]
    return begun[-1] if begun else min(agreeing, default=0)


def rule_1_ties(events: Sequence[Event], horizons: Mapping[str, timedelta], id_rules: Mapping[str, str]) -> list[set[Tie]]:
    """For each event what it is tied to: the use of its id, the use of its reference, or, having neither, only itself."""
    ties: list[set[Tie]] = [set() for _ in events]
    ids = [(event["feed"], normalised_id(event, id_rules.get(event["feed"], "plain"))) for event in events]
    refs = [(event["feed"], event["message_ref"]) for event in events]
    for what, names in (("id", ids), ("ref", refs)):
        places_of: dict[tuple[str, str], list[int]] = {}
        for place, (feed, name) in enumerate(names):
            if name is not None:
                places_of.setdefault((feed, name), []).append(place)
        for (feed, name), places in places_of.items():
            members = [events[place] for place in places]
            if what == "id":
                uses = rule_1_uses(members, horizons.get(feed, DEFAULT_HORIZON), by_recipient=True)
            elif name.startswith("udh:"):
                uses = rule_1_uses(members, UDH_REF_LASTS, by_recipient=False)
            else:
                uses = [0] * len(places)
            for place, use in zip(places, uses, strict=True):
                ties[place].add((what, feed, name, use))
    return [own or {("event", events[place]["feed"], str(place), 0)} for place, own in enumerate(ties)]


def rule_1_tied_together(ties: Sequence[set[Tie]]) -> list[list[int]]:
    """The places of the events of each message: whatever is tied together, directly or through others."""
    messages: list[tuple[set[Tie], list[int]]] = []
    for place, own in enumerate(ties):
        touched = [message for message in messages if message[0] & own]
        messages = [message for message in messages if not message[0] & own]
        all_ties = set(own).union(*(message[0] for message in touched))
        messages.append((all_ties, [*(other for message in touched for other in message[1]), place]))
    return [members for _, members in messages]
