"""Rule 1 across feeds: what the links do to messages."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.oracle.belonging import Feeds, Link, Meeting, rule_1_answers_met, rule_1_joinable, rule_1_same_met
from tests.oracle.events import Event, happened, receipts_of, submissions_of
from tests.oracle.identity import Tie, rule_1_tied_together


def rule_1_joined(feeds: Feeds, links: Mapping[str, Link], ties: Sequence[set[Tie]]) -> list[set[Tie]]:
    """The ties of events with those across feeds: the same submission in two feeds first, then receipts without a submission in their own feed."""
    ties = rule_1_tie_same(feeds, links, ties)
    return rule_1_tie_receipts(feeds, links, ties)


def id_tie(ties: set[Tie], feed: str) -> Tie:
    """The use of its id that an event of this feed belongs to."""
    (found,) = (tie for tie in ties if tie[0] == "id" and tie[1] == feed)
    return found


def is_configured(feeds: Feeds, feed: str, other: str) -> bool:
    return other in feeds.configured.get(feed, ()) or feed in feeds.configured.get(other, ())


def rule_1_tie_same(feeds: Feeds, links: Mapping[str, Link], ties: Sequence[set[Tie]]) -> list[set[Tie]]:
    """Uses of one id in two feeds that belong together are tied, if each is the only one that the other can be."""
    tied = [set(own) for own in ties]
    for feed, link in links.items():
        for other in link.same:
            if feed > other:
                continue
            met = rule_1_joinable(rule_1_same_met(feeds, feed, other), is_configured(feeds, feed, other))
            pairs = {(id_tie(ties[meeting.place], feed), id_tie(ties[meeting.submission_place], other)) for meeting in met}
            partners = Counter(tie for pair in pairs for tie in pair)
            for one, another in pairs:
                if partners[one] == partners[another] == 1:
                    for own in tied:
                        if one in own:
                            own.add(another)
    return tied


def rule_1_tie_receipts(feeds: Feeds, links: Mapping[str, Link], ties: Sequence[set[Tie]]) -> list[set[Tie]]:
    """Receipts are tied to the one message in the feeds they answer for that they can belong to, and no longer to their own feed's id.

    In each of these feeds that is the last use that began before the receipt (a minute allowed), as within a feed.
    """
    message_of = {place: number for number, places in enumerate(rule_1_tied_together(ties)) for place in places}
    tied = [set(own) for own in ties]
    starts: dict[Tie, list[int]] = {}
    for place, own in enumerate(ties):
        if feeds.events[place]["kind"] == "submission":
            for tie in own:
                starts.setdefault(tie, []).append(place)
    for feed, link in links.items():
        last: dict[int, list[Tie]] = {}
        for other in link.answers:
            if other != feed and other in feeds.submitting():
                is_given = is_configured(feeds, feed, other) or feeds.named_after_its_format(feed, other)
                met = rule_1_joinable(rule_1_answers_met(feeds, feed, other), is_given)
                for place, tie in rule_1_last_uses(feeds, met, ties).items():
                    last.setdefault(place, []).append(tie)
        for place, uses in last.items():
            if len({message_of[starts[use][0]] for use in uses}) == 1:
                tied[place] = {tie for tie in tied[place] if tie[0] == "ref"} | set(uses)
    return tied


def rule_1_last_uses(feeds: Feeds, met: Sequence[Meeting], ties: Sequence[set[Tie]]) -> dict[int, Tie]:
    """For each receipt that met submissions of one feed the use that began last."""
    uses: dict[int, Tie] = {}
    for meeting in met:
        submission = feeds.events[meeting.submission_place]
        use = id_tie(ties[meeting.submission_place], submission["feed"])
        uses[meeting.place] = max(uses.get(meeting.place, use), use, key=lambda tie: tie[3])
    return uses


def rule_1_id(own: set[Tie], feed: str) -> str | None:
    """The id by which an event of this feed names a part: its own, or that of the submission that it was tied to."""
    ids = sorted(tie for tie in own if tie[0] == "id")
    return next((tie[2] for tie in [*(tie for tie in ids if tie[1] == feed), *ids]), None)


def rule_1_feed(members: Sequence[Event]) -> str:
    """The feed of a message: of those that submitted it the one that receipts came to, else the one of the earlier submission."""
    submissions = sorted(submissions_of(members), key=lambda event: (happened(event), event["feed"]))
    receiving = {event["feed"] for event in receipts_of(members)}
    answered = [event for event in submissions if event["feed"] in receiving]
    return str((answered or submissions or members)[0]["feed"])
