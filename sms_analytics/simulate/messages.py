"""The messages of one simulation: who gets what when, and what the operators say about it."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from random import Random
from typing import Final
from uuid import UUID

from sms_analytics.simulate.clock import DAY, HOUR, MINUTE, REPEATED_HOUR, local, moment
from sms_analytics.simulate.stories import STORIES, WITHOUT_ID, Step, Story, shares
from sms_analytics.simulate.world import CAMPAIGNS, FEEDS, OUTAGE_FEED, SINGLES, TEXTS, Feed, Network, Numbers, long_text
from sms_analytics.vocabulary import Status

#: Validity plus grace, as in the configuration.
HORIZON: Final = 8 * DAY

#: How busy each hour of the day is, and each day of the week from Monday.
_HOURS: Final = (1, 1, 1, 1, 1, 2, 8, 30, 70, 90, 95, 90, 80, 85, 90, 85, 70, 55, 45, 40, 30, 20, 8, 3)
_WEEKDAYS: Final = (1.0, 1.0, 1.05, 1.05, 0.95, 0.4, 0.3)

#: Part of the messages that belong to a send-out, and how long receipts of a send-out lie in a queue.
_IN_A_CAMPAIGN: Final = 0.45
_QUEUE: Final = 90

#: No deadline falls between a feed's last record and the period's end, so that `now` is past it or not, whichever of the two is meant.
_BEFORE_DEADLINE_GAP: Final = HORIZON + 6 * HOUR
_AFTER_DEADLINE_GAP: Final = HORIZON - HOUR


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt: when it happened by the operator's clock, when our side logged it."""

    status: Status
    at: int
    received: int
    code: int = 0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a gateway refused a message: its code and text, and the canonical reason where the code settles it."""

    code: str
    text: str
    reason: str


REFUSALS: Final = {
    "kannel": (Refusal("0x0000000b", "Invalid Dest Addr", "invalid_number"), Refusal("0x00000045", "Submit failed", "")),
    "jasmin": (Refusal("ESME_RINVDSTADR", "", "invalid_number"), Refusal("ESME_RSUBMITFAIL", "", "")),
    "front": (
        Refusal("1", "Illegal mobile number", "invalid_number"),
        Refusal("5", "No SMS left on account", "sender_account"),
        Refusal("14", "Message too long", "invalid_message"),
    ),
}
_OUT_OF_TRIES: Final = Refusal("ESME_RTHROTTLED", "", "throttled_or_quota")
_BLACK_LISTED: Final = Refusal("21", "Number blacklisted", "recipient_opted_out")


@dataclass(slots=True)
class Message:
    """One message with all that ever happens to it, seen or unseen. `planned` is the planned time of a scheduled message."""

    feed: Feed
    network: Network
    name: str
    story: Story
    submitted: int
    recipient: str
    account: str
    campaign: str
    text: str
    receipts: tuple[Receipt, ...] = ()
    planned: int = 0
    price: int = 0
    refusal: Refusal | None = None
    message_id: str = ""
    message_ref: str = ""

    def visible(self, end: int) -> list[Receipt]:
        """The receipts that reach the log before the period ends."""
        return [receipt for receipt in self.receipts if not receipt.lost and receipt.received < end]


class Period:
    """The simulated time: its ends, its send-outs, the hours without receipts, and the daily and weekly rhythm of traffic."""

    def __init__(self, weeks: int) -> None:
        days = 7 * weeks
        outage = 10 if weeks > 1 else 3
        self.weeks: Final = weeks
        self.start: Final = moment(0)
        self.end: Final = moment(days)
        self.outage: Final = (moment(outage, 10), moment(outage, 14))
        self.campaigns: Final = tuple(campaign for campaign in CAMPAIGNS if campaign.day < days)
        clocks = (local(hour) for hour in range(self.start, self.end, HOUR))
        self._busy = list(accumulate(_HOURS[clock.hour] * _WEEKDAYS[clock.weekday()] for clock in clocks))

    @property
    def middle(self) -> int:
        """Half of the period: where systems were moved or changed."""
        return moment(3.5 * self.weeks)

    def everyday(self, rng: Random) -> int:
        """A moment of everyday traffic."""
        hour = bisect(self._busy, rng.random() * self._busy[-1], hi=len(self._busy) - 1)
        return self.start + hour * HOUR + rng.randrange(HOUR)

    def fitting(self, seconds: int, first: int, last: int) -> bool:
        """Whether a message may be handed over then: between the two limits, its deadline not too near the period's end."""
        in_gap = self.end - _BEFORE_DEADLINE_GAP <= seconds <= self.end - _AFTER_DEADLINE_GAP
        return max(first, self.start) <= seconds < min(last, self.end) and not in_gap


@dataclass(frozen=True, slots=True)
class _Occasion:
    submitted: int
    account: str
    campaign: str


class _Occasions:
    """When the messages of a feed are handed over, for whom and in which send-out."""

    def __init__(self, feed: Feed, period: Period, messages: int, rng: Random) -> None:
        self._feed, self._period, self._rng = feed, period, rng
        self._campaigns = [campaign for campaign in period.campaigns if campaign.account in feed.accounts]
        self._fixed = self._fixed_times(messages)

    def _fixed_times(self, messages: int) -> Iterator[int]:
        """A message shortly before the end, so that the feed's clock gets there, and some in the repeated hour."""
        first, last = REPEATED_HOUR
        times = [self._period.end - 20 * MINUTE - self._rng.randrange(HOUR)]
        repeated = max(4, messages // 300) if self._feed.format in {"kannel", "jasmin", "front"} and self._period.end > last else 0
        return iter(times + [first + number % 2 * HOUR + self._rng.randrange(HOUR) for number in range(repeated)])

    def _any(self) -> _Occasion:
        if self._campaigns and self._rng.random() < _IN_A_CAMPAIGN:
            campaign = self._rng.choice(self._campaigns)
            minutes = min(self._rng.expovariate(3 / campaign.minutes), campaign.minutes)
            submitted = moment(campaign.day, campaign.hour, campaign.minute) + int(minutes * MINUTE)
            return _Occasion(submitted, campaign.account, campaign.code)
        return _Occasion(self._period.everyday(self._rng), self._rng.choice(self._feed.accounts), "")

    def next(self, name: str, story: Story) -> _Occasion:
        """An occasion for a message with this story."""
        if name == "delivered_fast":
            for submitted in self._fixed:
                return _Occasion(submitted, self._rng.choice(self._feed.accounts), "")
        before = story.before
        if self._feed.format == "smpp":
            before = max(before, story.steps[0].high + 2 * MINUTE)
        first = self._period.end - story.within if story.within else self._period.start
        last = self._period.end - before
        for _ in range(200):
            occasion = self._any()
            if self._period.fitting(occasion.submitted, first, last):
                return occasion
        return replace(occasion, submitted=self._within(first, last), campaign="")

    def _within(self, first: int, last: int) -> int:
        """Where the rhythm finds no moment in 200 tries: any that fits, in a period too short for the story the next best."""
        first, last = max(first, self._period.start), min(last, self._period.end)
        for _ in range(200):
            submitted = self._rng.randrange(first, last) if first < last else self._rng.randrange(self._period.start, self._period.end)
            if self._period.fitting(submitted, self._period.start, self._period.end):
                return submitted
        return self._period.start


def _delay(step: Step, rng: Random) -> int:
    """Between `low` and `high`, short delays more often than long ones."""
    if step.low <= 0:
        return rng.randint(step.low, step.high)
    return int(step.low * (step.high / step.low) ** rng.random())


def _receipts(story: Story, submitted: int, in_campaign: bool, rng: Random) -> tuple[Receipt, ...]:
    receipts: list[Receipt] = []
    for step in story.steps:
        delay = _delay(step, rng)
        if step.repeat:
            receipts.append(replace(receipts[-1], received=receipts[-1].received + delay))
            continue
        at = submitted + delay
        queue = rng.randint(0, _QUEUE) if in_campaign and step.low > 0 else 0
        receipts.append(Receipt(step.status, at, at + rng.randint(*step.lag) + queue, step.code, step.lost))
    return tuple(receipts)


def _counts(total: int, wanted: dict[str, float], rest: str, limits: dict[str, int]) -> dict[str, int]:
    """How many of `total` get each story: its share, at least one where there is room, at most its limit; the others get `rest`."""
    least = 1 if total >= 2 * len(wanted) else 0
    counts = {name: min(max(least, int(total * share)), limits.get(name, total)) for name, share in wanted.items()}
    return {rest: total - sum(counts.values())} | counts


def _apportion(total: int, wanted: list[float]) -> list[int]:
    """`total` in whole parts as near to the wanted shares as can be."""
    bounds = [round(total * share) for share in accumulate(wanted, initial=0.0)]
    return [high - low for low, high in pairwise(bounds)]


def _refusal(feed: Feed, name: str, rng: Random) -> Refusal | None:
    if name == "retried_in_vain":
        return _OUT_OF_TRIES
    if name in {"opted_out", "black_listed"}:
        return _BLACK_LISTED
    return rng.choice(REFUSALS[feed.format]) if name == "refused" else None


def _planned(story: Story, submitted: int, period: Period, rng: Random) -> int:
    if not story.planned:
        return 0
    if story.gateway is None:
        return submitted
    return period.end + rng.randint(1, 72) * HOUR if story.gateway == "scheduled" else submitted + rng.randint(2, 48) * HOUR


def _of_network(
    feed: Feed, network: Network, count: int, *, occasions: _Occasions, numbers: Numbers, period: Period, rng: Random
) -> Iterator[Message]:
    stories, without_id = STORIES[feed.format], WITHOUT_ID[feed.format]
    limits = dict.fromkeys(without_id, SINGLES[network.country])
    for name, how_many in _counts(count, shares(feed, network), "delivered_fast", limits).items():
        story = stories[name]
        for _ in range(how_many):
            occasion = occasions.next(name, story)
            yield Message(
                feed,
                network,
                name,
                story,
                occasion.submitted,
                numbers.single(feed.name, network) if name in without_id else numbers.any(network),
                occasion.account,
                occasion.campaign,
                long_text(rng) if story.long else rng.choice(TEXTS),
                _receipts(story, occasion.submitted, bool(occasion.campaign), rng),
                planned=_planned(story, occasion.submitted, period, rng),
                price=rng.choice((5, 20, 50)) if story.premium else 0,
                refusal=_refusal(feed, name, rng),
            )


def _without_receipts(message: Message, outage: tuple[int, int]) -> Message:
    """The message with the receipts of the outage lost."""
    first, last = outage
    receipts = tuple(replace(receipt, lost=receipt.lost or first <= receipt.received < last) for receipt in message.receipts)
    if receipts == message.receipts:
        return message
    return replace(message, receipts=receipts, name="receipt_outage")


def _running(start: int, step: int, rng: Random) -> Iterator[int]:
    number = start
    while True:
        number += rng.randint(1, step)
        yield number


#: How each feed numbers its messages, from a running number.
_ID_FORMS: Final[dict[str, tuple[int, Callable[[int], str]]]] = {
    "telenor1": (0x5C000000, "{:08X}".format),
    "telia1": (2600000000, str),
    "ice1": (0x0B300000, "{:08x}".format),
    "nordic1": (0x3F2A9C00, "{:x}".format),
    "world1": (0x00BBA600, "{:08x}".format),
    "front": (81000000, str),
    "table": (7000000, str),
    "smpp": (0x00A3F000, "{:08X}".format),
}


def _number(feed: Feed, messages: list[Message], rng: Random) -> None:
    """Gives the messages the ids that the log shows, in the order of hand-over."""
    start, written = _ID_FORMS[feed.name]
    running = _running(start, 23, rng)
    without_id = WITHOUT_ID[feed.format]
    for message in sorted(messages, key=lambda message: message.submitted):
        number = next(running)
        if message.name not in without_id:
            message.message_id = written(number)
        if feed.format == "jasmin":
            message.message_ref = str(UUID(int=rng.getrandbits(128), version=4))


def _of_feed(feed: Feed, count: int, period: Period, seed: str) -> list[Message]:
    rng = Random(f"{seed}:{feed.name}")
    numbers = Numbers(rng)
    occasions = _Occasions(feed, period, count, rng)
    messages: list[Message] = []
    for network, share in zip(feed.networks, _apportion(count, list(feed.networks.values())), strict=True):
        messages.extend(_of_network(feed, network, share, occasions=occasions, numbers=numbers, period=period, rng=rng))
    if feed.name == OUTAGE_FEED:
        messages = [_without_receipts(message, period.outage) for message in messages]
    _number(feed, messages, rng)
    return sorted(messages, key=lambda message: message.submitted)


def generate(messages: int, seed: int, period: Period) -> dict[str, list[Message]]:
    """All messages by format, in the order of hand-over."""
    by_format: defaultdict[str, list[Message]] = defaultdict(list)
    for feed, count in zip(FEEDS, _apportion(messages, [feed.share for feed in FEEDS]), strict=True):
        by_format[feed.format].extend(_of_feed(feed, count, period, f"{seed}:{messages}"))
    return {name: sorted(rows, key=lambda message: message.submitted) for name, rows in by_format.items()}
