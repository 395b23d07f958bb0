"""What is known of a message, as data: `in_words` puts it into words, `terminal` and the support page show these.

Times are naive UTC in fields that end in `_utc`. Nothing here depends on a language.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sms_analytics.vocabulary import OutageKind

#: Whether a message was paid for. Premium messages are charged only when they are confirmed delivered.
Charged = Literal["charged", "partly_confirmed", "not_charged", "not_yet", "never_confirmed", "not_premium", "refunded", "failed", "unknown"]

#: What the log's own words about the charge mean.
_SAID: Final[dict[str, Charged]] = {
    "none": "not_premium",
    "pending": "not_yet",
    "charged": "charged",
    "not_charged": "not_charged",
    "refunded": "refunded",
    "failed": "failed",
    "unknown": "unknown",
}
#: What follows for a premium message from its outcome, where the log says nothing of the charge; the other outcomes are still open.
_FOLLOWS: Final[dict[str, Charged]] = {
    "delivered": "charged",
    "partly_confirmed": "partly_confirmed",
    "failed": "not_charged",
    "stopped": "not_charged",
    "no_status": "never_confirmed",
    "unrecognised": "never_confirmed",
    "untracked": "never_confirmed",
}


@dataclass(frozen=True)
class Event:
    """One event of a message: what was said, by whom, when by both clocks, and where it stands (`file:line`)."""

    place: str
    kind: str
    part_no: int | None
    event_utc: datetime | None
    received_utc: datetime | None
    time_precision: str
    status: str
    status_raw: str | None
    said_by: str
    reason: str | None
    code_raw: str | None
    code_system: str | None
    detail: str | None
    copies: int
    raw: str


@dataclass(frozen=True)
class Outage:
    """A time in which a feed's receipts stayed away or came late, though they normally come: a row of `outages`."""

    feed: str
    start_utc: datetime
    end_utc: datetime
    kind: OutageKind
    messages: int
    bad: int
    resolved_later: int
    loss_share: float
    score: float


@dataclass(frozen=True)
class SameHour:
    """The messages to other numbers that were handed to the same operator (where it is unknown: to the same feed) in the same calendar hour."""

    hour_utc: datetime
    messages: int
    delivered: int
    failed: int
    without_final: int


@dataclass(frozen=True)
class Habit:
    """How an operator (where it is unknown: a feed) normally behaves, over everything loaded; shares are 0 to 1, null where they cannot be told.

    `median_s` and `p90_s` are seconds from hand-over to the receipt; `reports_absence`: does it ever say that a phone is out of coverage.
    """

    sent: int
    rate_confirmed: float | None
    share_partly: float
    share_failed: float | None
    coverage: float | None
    median_s: float | None
    p90_s: float | None
    reports_absence: bool


@dataclass(frozen=True)
class MessageStory:
    """One message: the columns of `messages` that a person asks for, what was going on around it, and its events in time order.

    `since_utc`: since when its outcome holds. `charged`: see `Charged`. `outage`: the one it fell into, `same_hour` and `habit`: see there.
    `undecided`: where another feed may tell of the same message, the line of configuration that settles it (empty where none is known); else None.
    `known_until_utc`: up to when the logs of its feed speak. `logs_end_early`: that was long ago. `overdue`: its deadline has passed by now, and
    no log reaches it.
    """

    message_key: str
    message_id: str | None
    message_ref: str | None
    client_ref: str | None
    feed: str
    account: str | None
    campaign: str | None
    sender: str | None
    recipient: str | None
    country: str | None
    operator: str | None
    parts: int | None
    submitted_utc: datetime | None
    scheduled_utc: datetime | None
    deadline_utc: datetime | None
    outcome: str
    since_utc: datetime | None
    decided_by: str | None
    refused: bool
    reason: str | None
    reason_class: str | None
    code_raw: str | None
    code_system: str | None
    detail: str | None
    folded: int
    conflict: bool
    late: bool
    submission_missing: bool
    price: float | None
    charge: str | None
    charge_status: str | None
    charged: Charged
    outage: Outage | None
    same_hour: SameHour | None
    habit: Habit | None
    undecided: str | None
    known_until_utc: datetime | None
    logs_end_early: bool
    overdue: bool
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Brief:
    """Another message of a number, in one line."""

    message_key: str
    message_id: str | None
    submitted_utc: datetime | None
    outcome: str
    reason: str | None
    detail: str | None
    account: str | None
    campaign: str | None


@dataclass(frozen=True)
class Near:
    """A recipient that was loaded and may be the one that was meant."""

    recipient: str
    messages: int
    last_utc: datetime | None


@dataclass(frozen=True)
class Loaded:
    """What the database holds: how many messages, submitted when, of which feeds."""

    messages: int
    first_utc: datetime | None
    last_utc: datetime | None
    feeds: tuple[str, ...]


def charged(charge: str | None, charge_status: str | None, outcome: str) -> Charged:
    """Whether a premium message (`charge`) was paid for: what the log says, else what follows from its outcome."""
    if charge != "premium":
        return "not_premium"
    return _SAID[charge_status] if charge_status is not None else _FOLLOWS.get(outcome, "not_yet")
