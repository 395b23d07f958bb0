"""Rule 1 across feeds: which feeds answer for which, found from their ids or decided by the configuration."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.events import DEFAULT_HORIZON, Event, happened, heard, receipts_of, submissions_of
from tests.oracle.identity import RECEIPT_MAY_PRECEDE, normalised_id

ENOUGH_IDS = 20
ID_RULES_ACROSS = ("plain", "hex_submissions", "hex_receipts")


@dataclass(frozen=True)
class Link:
    """What is known of a feed: whose submissions its receipts answer, which feeds submitted the same messages, whether it must be decided."""

    answers: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    undecided: bool = False


@dataclass(frozen=True)
class Meeting:
    """An event of one feed and a submission of another that have one id, at times at which they can be one message."""

    name: str
    """The id as the asking feed has it."""
    submitted_as: str
    place: int
    """Where the asking event stands among all events."""
    submission_place: int
    tells: bool
    """Whether the id alone tells that it is the same."""
    agrees: bool | None
    """Whether the recipients agree; None where one side names none."""


@dataclass(frozen=True)
class Feeds:
    """All events with what is known of their feeds, in the spelling that is shown."""

    events: Sequence[Event]
    horizons: Mapping[str, timedelta]
    id_rules: Mapping[str, str]
    configured: Mapping[str, Sequence[str]]

    def horizon(self, feed: str) -> timedelta:
        return self.horizons.get(feed, DEFAULT_HORIZON)

    def own_id(self, event: Event) -> str | None:
        return normalised_id(event, self.id_rules.get(event["feed"], "plain"))

    def places(self, feed: str, kind: str) -> list[int]:
        return [place for place, event in enumerate(self.events) if event["feed"] == feed and event["kind"] == kind]

    def names(self) -> list[str]:
        return sorted({event["feed"] for event in self.events})

    def submitting(self) -> list[str]:
        return sorted({event["feed"] for event in submissions_of(self.events)})

    def receiving(self) -> list[str]:
        return sorted({event["feed"] for event in receipts_of(self.events)})

    def orphans(self, feed: str) -> dict[int, str]:
        """The places of its receipts whose id it did not submit itself, with that id."""
        own = {self.own_id(self.events[place]) for place in self.places(feed, "submission")}
        ids = {place: self.own_id(self.events[place]) for place in self.places(feed, "receipt")}
        return {place: name for place, name in ids.items() if name is not None and name not in own}

    def submitted(self, feed: str) -> dict[int, str]:
        ids = {place: self.own_id(self.events[place]) for place in self.places(feed, "submission")}
        return {place: name for place, name in ids.items() if name is not None}

    def span(self, feed: str) -> tuple[datetime, datetime]:
        """From the feed's first submission (less the minute that a receipt may precede it) to its last and the horizon."""
        times = [happened(self.events[place]) for place in self.places(feed, "submission")]
        return min(times) - RECEIPT_MAY_PRECEDE, max(times) + self.horizon(feed)

    def named_after_its_format(self, feed: str, other: str) -> bool:
        """Whether the feed has a format's name, having no other, and the other feed has submissions of that format."""
        formats = {event["format"].lower() for event in self.events if event["feed"] == feed}
        theirs = {self.events[place]["format"].lower() for place in self.places(other, "submission")}
        return feed.lower() in formats & theirs


# Ids that tell


def rule_1_telling(ids: Iterable[str]) -> Callable[[str], bool]:
    """Which ids tell, where these were submitted: long ones, and those of middle length that lie far apart, as no counter's do."""
    middle = {plain_part(name) for name in ids if 7 <= len(plain_part(name)) <= 11}
    sparse = bool(middle) and len(middle) * 100 < rule_1_range(middle)
    return lambda name: len(plain_part(name)) >= 12 or (len(plain_part(name)) >= 7 and sparse)


def plain_part(name: str) -> str:
    """The id without the recipient that the rule `per_recipient` adds."""
    return name.split("/", maxsplit=1)[0]


def rule_1_range(ids: Iterable[str]) -> int:
    """How many numbers there are from the smallest to the largest, read as decimal where all are, else hexadecimal, else with all letters."""
    texts = ["".join(letter for letter in name if letter.isascii() and letter.isalnum()) or "0" for name in ids]
    together = set("".join(texts))
    base = 10 if together <= set("0123456789") else 16 if together <= set("0123456789abcdef") else 36
    numbers = [int(text, base) for text in texts]
    return max(numbers) - min(numbers) + 1


# Ids that meet


def rule_1_met(feeds: Feeds, asking: Mapping[int, str], other: str, rule: str, in_time: Callable[[Event, Event], bool]) -> list[Meeting]:
    """Where the asking events (places and ids) meet submissions of the other feed under this id rule."""
    submitted: dict[str, list[int]] = {}
    for place in feeds.places(other, "submission"):
        key = normalised_id(feeds.events[place], rule)
        if key is not None:
            submitted.setdefault(key, []).append(place)
    tells = rule_1_telling(submitted)
    return [
        Meeting(name, key, place, there, tells(key), agreement(feeds.events[place], feeds.events[there]))
        for place, name in asking.items()
        if (key := normalised_id(feeds.events[place], rule)) is not None
        for there in submitted.get(key, ())
        if in_time(feeds.events[place], feeds.events[there])
    ]


def agreement(one: Event, other: Event) -> bool | None:
    """Whether both name the same recipient; None where one names none."""
    if one["recipient"] is None or other["recipient"] is None:
        return None
    return bool(one["recipient"] == other["recipient"])


def rule_1_answers_met(feeds: Feeds, feed: str, other: str) -> list[Meeting]:
    """Receipts of the feed, whose ids it did not submit itself, and submissions of the other.

    The id rule is the one that the answered feed has, else the asking feed's, else (where nobody said one) the one by which most ids meet.
    """
    asking, horizon = feeds.orphans(feed), feeds.horizon(other)

    def in_time(receipt: Event, submission: Event) -> bool:
        return happened(submission) - RECEIPT_MAY_PRECEDE <= heard(receipt) <= happened(submission) + 2 * horizon

    known = [rule for rule in (feeds.id_rules.get(other), feeds.id_rules.get(feed)) if rule is not None]
    told = [rule for rule in known if rule != "plain"] or known
    by_rule = [rule_1_met(feeds, asking, other, rule, in_time) for rule in (told[:1] or ID_RULES_ACROSS)]
    return max(by_rule, key=lambda met: len({meeting.name for meeting in met if meeting.agrees is not False}))


def rule_1_same_met(feeds: Feeds, feed: str, other: str) -> list[Meeting]:
    """Submissions of both feeds with one id, within the horizon of the earlier one's feed. An id tells if it does on both sides.

    The ids are compared under the rules of the two feeds, or as they are written, or (where nobody said a rule) with one side's hexadecimal read:
    whichever brings most ids together.
    """
    rules = [(feeds.id_rules.get(feed, "plain"), feeds.id_rules.get(other, "plain")), ("plain", "plain")]
    if not {feed, other} & feeds.id_rules.keys():
        rules += [("hex_submissions", "plain"), ("plain", "hex_submissions")]
    by_rules = [rule_1_same_met_under(feeds, feed, other, *pair) for pair in rules]
    return max(by_rules, key=lambda met: len({meeting.name for meeting in met if meeting.agrees is not False}))


def rule_1_same_met_under(feeds: Feeds, feed: str, other: str, rule: str, other_rule: str) -> list[Meeting]:
    """Submissions of both feeds with one id, each side's under its rule."""

    def in_time(one: Event, another: Event) -> bool:
        earlier, later = sorted((one, another), key=happened)
        return happened(later) <= happened(earlier) + feeds.horizon(earlier["feed"])

    names = feeds.submitted(feed)
    asking = {place: normalised_id(feeds.events[place], rule) or "" for place in names}
    places_of: dict[str, list[int]] = {}
    for place in feeds.submitted(other):
        places_of.setdefault(normalised_id(feeds.events[place], other_rule) or "", []).append(place)
    tells, tells_there = rule_1_telling(asking.values()), rule_1_telling(places_of)
    return [
        Meeting(names[place], key, place, there, tells(key) and tells_there(key), agreement(feeds.events[place], feeds.events[there]))
        for place, key in asking.items()
        for there in places_of.get(key, ())
        if in_time(feeds.events[place], feeds.events[there])
    ]


def rule_1_agree_well(met: Sequence[Meeting]) -> bool:
    """Whether, of the ids that do not tell, 95 % have the same recipient where both sides name one. Where none does, nothing speaks against it."""
    named = {meeting.name for meeting in met if not meeting.tells and meeting.agrees is not None}
    agreeing = {meeting.name for meeting in met if not meeting.tells and meeting.agrees}
    return len(agreeing) * 100 >= len(named) * 95


def rule_1_joinable(met: Sequence[Meeting], is_given: bool) -> list[Meeting]:
    """The meetings that are one message if the feeds belong together: the recipients agree, and they do or the id tells.

    Nothing need tell where it `is_given` that they belong together: by the configuration, or by records that have only their format's name.
    """
    if is_given:
        return [meeting for meeting in met if meeting.agrees is not False]
    agree_well = rule_1_agree_well(met)
    return [meeting for meeting in met if meeting.agrees is not False and (meeting.tells or (meeting.agrees and agree_well))]


def rule_1_without_telling(met: Sequence[Meeting]) -> list[Meeting]:
    """The meetings of which nobody can say whether they are one message: the id does not tell, and a side names no recipient."""
    return [meeting for meeting in met if not meeting.tells and meeting.agrees is None] if rule_1_agree_well(met) else []


# Evidence


def rule_1_evidence(
    feeds: Feeds, feed: str, asking: Mapping[int, str], met: Mapping[str, Sequence[Meeting]], time_of: Callable[[Event], datetime]
) -> set[str]:
    """The feeds for which the meetings are evidence enough that they belong together with this one.

    At least half of the ids that the feed told of between the first submission and the last plus the horizon are submissions of those feeds taken
    together, and each of these has 20 of them, or all that it submitted, or there are fewer than 20 and all are theirs. A feed that has only its
    format's name needs none of this towards feeds of that format.
    """
    free = {other for other in met if feeds.named_after_its_format(feed, other)}
    found = {other for other, meetings in met.items() if meetings}
    while found:
        first, last = min(feeds.span(other)[0] for other in found), max(feeds.span(other)[1] for other in found)
        seen = {name for place, name in asking.items() if first <= time_of(feeds.events[place]) <= last}
        theirs = {other: {meeting.name for meeting in met[other]} & seen for other in found}
        together = set[str]().union(*theirs.values())
        few = len(seen) < ENOUGH_IDS and seen == together
        enough = {
            other
            for other in found
            if other in free or len(theirs[other]) >= ENOUGH_IDS or (theirs[other] and (few or rule_1_answers_all(feeds, other, met[other])))
        }
        if enough == found:
            return found if 2 * len(together) >= len(seen) else found & free
        found = enough
    return set()


def rule_1_answers_all(feeds: Feeds, other: str, met: Sequence[Meeting]) -> bool:
    """Whether every id that the other feed submitted met one."""
    return {feeds.own_id(feeds.events[meeting.submission_place]) for meeting in met} >= set(feeds.submitted(other).values())


# The links


def links(feeds: Feeds) -> dict[str, Link]:
    """For each feed whom it answers, who submitted the same, and whether it is undecided."""
    same = rule_1_same(feeds)
    answers = {feed: set[str]() for feed in feeds.names()}
    unclear: dict[str, set[str]] = {}
    for feed in feeds.receiving():
        if feed in feeds.configured:
            answers[feed] = set(feeds.configured[feed]) - {feed}
            continue
        met = {other: rule_1_answers_met(feeds, feed, other) for other in feeds.submitting() if other != feed}
        orphans = feeds.orphans(feed)
        joinable = {other: rule_1_joinable(meetings, feeds.named_after_its_format(feed, other)) for other, meetings in met.items()}
        answers[feed] = rule_1_evidence(feeds, feed, orphans, joinable, heard)
        if not answers[feed]:
            meeting = {other: [*joinable[other], *rule_1_without_telling(met[other])] for other in met}
            unclear[feed] = rule_1_evidence(feeds, feed, orphans, meeting, heard)
        answers[feed] |= same[feed]
    undecided = rule_1_undecided(feeds, answers, unclear)
    return {feed: Link(tuple(sorted(answers[feed])), tuple(sorted(same[feed])), feed in undecided) for feed in feeds.names()}


def rule_1_same(feeds: Feeds) -> dict[str, set[str]]:
    """For each feed the feeds that submitted the same messages; evidence on either side is enough, and the configuration of either decides."""
    same = {feed: set[str]() for feed in feeds.names()}
    for feed in feeds.submitting():
        met = {other: rule_1_joinable(rule_1_same_met(feeds, feed, other), False) for other in feeds.submitting() if other != feed}
        found = rule_1_evidence(feeds, feed, feeds.submitted(feed), met, happened)
        for other in met:
            if feed in feeds.configured or other in feeds.configured:
                belongs = other in feeds.configured.get(feed, ()) or feed in feeds.configured.get(other, ())
            else:
                belongs = other in found
            if belongs:
                same[feed].add(other)
                same[other].add(feed)
    return same


def rule_1_undecided(feeds: Feeds, answers: Mapping[str, set[str]], unclear: Mapping[str, set[str]]) -> set[str]:
    """The feeds with what lies there and cannot be joined.

    Ids that meet without telling, enough of them to be evidence if they told; and a feed of receipts alone that answers for nobody, one of whose
    receipts came in the time of a feed of submissions that got none.
    """
    undecided = {name for feed, others in unclear.items() if others - answers[feed] for name in (feed, *(others - answers[feed]))}
    answered = set(feeds.receiving()).union(*answers.values())
    for feed in set(feeds.receiving()) - set(feeds.submitting()) - set(feeds.configured):
        for other in set(feeds.submitting()) - answered:
            first, last = feeds.span(other)
            in_its_time = any(first <= heard(feeds.events[place]) <= last for place in feeds.places(feed, "receipt"))
            if in_its_time and not answers[feed]:
                undecided |= {feed, other}
    return undecided
