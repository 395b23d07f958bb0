"""What can happen to one message, as data: the steps of each story, and how often it happens in each kind of feed."""

from dataclasses import dataclass
from typing import Final

from sms_analytics.simulate.clock import DAY, HOUR, MINUTE
from sms_analytics.simulate.world import TELENOR, TELIA, Feed, Network
from sms_analytics.vocabulary import ReceiptRequested, Status


@dataclass(frozen=True, slots=True)
class Step:
    """One receipt: what the operator says `low` to `high` seconds after hand-over, and by which GSM code.

    `repeat` is the receipt before it once more, arriving that much later. `lag` is how long the receipt was under way.
    """

    status: Status
    low: int
    high: int
    code: int = 0
    lost: bool = False
    repeat: bool = False
    lag: tuple[int, int] = (1, 3)


@dataclass(frozen=True, slots=True)
class Story:
    """The steps, and what is special about the submission.

    `before`: handed over at least this long before the period's end; `within`: at most this long before it.
    `gateway`: what the gateway says instead of handing the message over.
    """

    steps: tuple[Step, ...] = ()
    before: int = 0
    within: int = 0
    asked: ReceiptRequested = "full"
    long: bool = False
    gateway: Status | None = None
    premium: bool = False
    planned: bool = False


_FAST: Final = Step("delivered", 2, 30)
_SENT: Final = Step("submitted", 1, 2)
_BUFFERED: Final = Step("buffered", 4, 20, code=27)
_REFUSED: Final = Story(gateway="rejected")
_OPTED_OUT: Final = Story(gateway="stopped")

#: Told by every kind of feed that says whether a message arrived.
_ANYWHERE: Final = {
    "delivered_fast": Story((_FAST,)),
    "delivered_late": Story((Step("delivered", 20 * MINUTE, 20 * HOUR),)),
    "silent": Story((Step("delivered", 2, 30, lost=True),)),
}

KANNEL: Final = _ANYWHERE | {
    "delivered_days": Story((Step("delivered", DAY, 5 * DAY),)),
    "unknown_subscriber": Story((Step("undelivered", 2, 40, code=1),)),
    "barred": Story((Step("undelivered", 2, 40, code=13),)),
    "network_error": Story((Step("undelivered", 10 * MINUTE, 6 * HOUR, code=34),)),
    "handset_error": Story((Step("undelivered", 10, 600, code=31),)),
    "rejected": Story((Step("rejected", 1, 5),)),
    "expired": Story((Step("expired", 7 * DAY, 7 * DAY + HOUR),)),
    "late_final": Story((Step("delivered", 8 * DAY + 12 * HOUR, 11 * DAY),), before=12 * DAY),
    "says_unknown": Story((Step("unknown", 30, HOUR),)),
    "long_delivered": Story((_FAST,), long=True),
    "long_failed": Story((Step("undelivered", 2, 40, code=1),), long=True),
    "untracked": Story(asked="none"),
    "refused": _REFUSED,
    "refused_unasked": Story(gateway="rejected", asked="none"),
    "black_listed": _OPTED_OUT,
    "buffered_delivered": Story((_BUFFERED, Step("delivered", HOUR, 4 * DAY))),
    "buffered_twice": Story((_BUFFERED, Step("buffered", HOUR, 2 * HOUR, repeat=True), Step("delivered", 3 * HOUR, 2 * DAY))),
    "phone_off_expired": Story((_BUFFERED, Step("expired", 7 * DAY, 7 * DAY + HOUR, code=27))),
    "phone_off_now": Story((_BUFFERED,), before=MINUTE, within=6 * DAY),
    "buffered_lost": Story((_BUFFERED, Step("delivered", HOUR, 4 * DAY, lost=True))),
    "accepted_only": Story((Step("accepted", 1, 4),)),
}

JASMIN: Final = _ANYWHERE | {
    "map_lost": Story((Step("delivered", 25 * HOUR, 3 * DAY, lost=True),)),
    "expired": Story((Step("expired", 7 * DAY, 7 * DAY + HOUR, lost=True),)),
    "unknown_subscriber": Story((Step("undelivered", 2, 40, code=1),)),
    "failed_as_incoming": Story((Step("undelivered", 2, 40, code=13),)),
    "rejected": Story((Step("rejected", 1, 5),)),
    "says_unknown": Story((Step("unknown", 30, HOUR),)),
    "accepted_only": Story((Step("accepted", 1, 4),)),
    "duplicate": Story((Step("accepted", 1, 4), Step("accepted", 5, 60, repeat=True), Step("delivered", 100, 400))),
    "disorder": Story((Step("delivered", 0, 0, lag=(9, 9)),)),
    "unrecognised": Story((Step("unrecognised", 2, 40),)),
    "long_delivered": Story((_FAST,), long=True),
    "untracked": Story(asked="none"),
    "failures_only": Story(asked="partial"),
    "failures_only_failed": Story((Step("undelivered", 2, 40, code=1),), asked="partial"),
    "retried": Story((_FAST,)),
    "refused": _REFUSED,
    "retried_in_vain": _REFUSED,
}

FRONT: Final = {
    "delivered_fast": Story((_SENT, _FAST)),
    "delivered_late": Story((_SENT, Step("delivered", 20 * MINUTE, 20 * HOUR))),
    "silent": Story((_SENT, Step("delivered", 2, 30, lost=True))),
    "silent_at_all": Story((Step("submitted", 1, 2, lost=True), Step("delivered", 2, 30, lost=True))),
    "delivered_days": Story((_SENT, Step("delivered", DAY, 5 * DAY))),
    "failed": Story((_SENT, Step("undelivered", 2, 40))),
    "phone_off_failed": Story((_SENT, Step("undelivered", 7 * DAY, 7 * DAY + HOUR))),
    "late_final": Story((_SENT, Step("delivered", 8 * DAY + 12 * HOUR, 11 * DAY)), before=12 * DAY),
    "duplicate": Story((_SENT, Step("submitted", 0, 2, repeat=True), Step("delivered", 3, 30), Step("delivered", 0, 4, repeat=True)), long=True),
    "callback_retried": Story((_SENT, _FAST, Step("delivered", 60, 60, repeat=True))),
    "conflict": Story((_SENT, Step("undelivered", 3, 30), Step("delivered", 60, HOUR))),
    "sent_after_final": Story((_FAST, Step("submitted", 31, 45))),
    "disorder": Story((Step("submitted", -2, -2, lag=(1, 1)), Step("delivered", 2, 30))),
    "unrecognised": Story((_SENT, Step("unrecognised", 2, 40))),
    "refused": _REFUSED,
    "opted_out": _OPTED_OUT,
}

SMPP: Final = {
    "delivered_fast": Story((_FAST,)),
    "delivered_late": Story((Step("delivered", 20 * MINUTE, 20 * HOUR),)),
    "unknown_subscriber": Story((Step("undelivered", 2, 40, code=1),)),
    "expired": Story((Step("expired", 7 * DAY, 7 * DAY + HOUR),)),
    "buffered_delivered": Story((_BUFFERED, Step("delivered", HOUR, 4 * DAY))),
    "duplicate": Story((_FAST, Step("delivered", 5, 600, repeat=True))),
    "conflict": Story((Step("undelivered", 3, 30, code=34), Step("delivered", 5 * MINUTE, HOUR))),
    "says_unknown": Story((Step("unknown", 30, HOUR),)),
    "unrecognised": Story((Step("unrecognised", 2, 40),)),
    "accepted_only": Story((Step("accepted", 1, 4),)),
    "rejected": Story((Step("rejected", 1, 5),)),
}

TABLE: Final = _ANYWHERE | {
    "delivered_days": Story((Step("delivered", DAY, 5 * DAY),)),
    "unknown_subscriber": Story((Step("undelivered", 2, 40, code=1),)),
    "barred": Story((Step("undelivered", 2, 40, code=13),)),
    "expired": Story((Step("expired", 7 * DAY, 7 * DAY + HOUR, code=27),)),
    "late_final": Story((Step("delivered", 8 * DAY + 12 * HOUR, 11 * DAY),), before=12 * DAY),
    "phone_off_now": Story((_BUFFERED,), before=MINUTE, within=6 * DAY),
    "no_report": Story((Step("no_report", 3 * DAY, 3 * DAY + HOUR),), before=4 * DAY),
    "planned_delivered": Story((_FAST,), planned=True),
    "waiting_to_send": Story(gateway="scheduled", planned=True, within=3 * DAY),
    "awaiting_approval": Story(gateway="awaiting_approval", within=2 * DAY),
    "paused": Story(gateway="paused"),
    "cancelled": Story(gateway="stopped", planned=True),
    "opted_out": _OPTED_OUT,
    "premium_delivered": Story((_FAST,), premium=True),
    "premium_silent": Story((Step("delivered", 2, 30, lost=True),), premium=True),
    "premium_failed": Story((Step("undelivered", 2, 40, code=13),), premium=True),
}

STORIES: Final = {"kannel": KANNEL, "jasmin": JASMIN, "front": FRONT, "smpp": SMPP, "table": TABLE}

#: Stories whose messages the log gives no id.
WITHOUT_ID: Final = {
    "kannel": frozenset({"untracked", "refused", "refused_unasked", "black_listed"}),
    "jasmin": frozenset({"refused", "retried_in_vain"}),
    "front": frozenset({"refused", "opted_out"}),
    "smpp": frozenset[str](),
    "table": frozenset[str](),
}

_COMMON_SHARES: Final = {"delivered_late": 0.04, "unknown_subscriber": 0.02}

#: Share of each story; what is left is `delivered_fast`.
_SHARES: Final = {
    "kannel": _COMMON_SHARES
    | {
        "delivered_days": 0.01,
        "barred": 0.004,
        "network_error": 0.003,
        "handset_error": 0.003,
        "rejected": 0.002,
        "expired": 0.008,
        "late_final": 0.002,
        "says_unknown": 0.004,
        "long_delivered": 0.04,
        "long_failed": 0.003,
        "untracked": 0.02,
        "refused": 0.006,
        "refused_unasked": 0.002,
        "black_listed": 0.003,
    },
    "jasmin": _COMMON_SHARES
    | {
        "map_lost": 0.01,
        "expired": 0.006,
        "failed_as_incoming": 0.01,
        "rejected": 0.003,
        "says_unknown": 0.004,
        "accepted_only": 0.01,
        "duplicate": 0.005,
        "disorder": 0.006,
        "unrecognised": 0.003,
        "long_delivered": 0.03,
        "untracked": 0.02,
        "failures_only": 0.005,
        "failures_only_failed": 0.002,
        "retried": 0.01,
        "refused": 0.005,
        "retried_in_vain": 0.003,
    },
    "front": {
        "delivered_late": 0.04,
        "silent_at_all": 0.004,
        "delivered_days": 0.01,
        "failed": 0.03,
        "phone_off_failed": 0.008,
        "late_final": 0.003,
        "duplicate": 0.03,
        "callback_retried": 0.006,
        "conflict": 0.004,
        "sent_after_final": 0.01,
        "disorder": 0.01,
        "unrecognised": 0.003,
        "refused": 0.01,
        "opted_out": 0.006,
    },
    "smpp": _COMMON_SHARES
    | {
        "expired": 0.01,
        "duplicate": 0.02,
        "conflict": 0.01,
        "says_unknown": 0.01,
        "unrecognised": 0.006,
        "accepted_only": 0.01,
        "rejected": 0.005,
    },
    "table": _COMMON_SHARES
    | {
        "delivered_days": 0.01,
        "barred": 0.004,
        "expired": 0.008,
        "late_final": 0.002,
        "no_report": 0.004,
        "planned_delivered": 0.02,
        "waiting_to_send": 0.008,
        "awaiting_approval": 0.006,
        "paused": 0.004,
        "cancelled": 0.005,
        "opted_out": 0.005,
        "premium_delivered": 0.04,
        "premium_silent": 0.004,
        "premium_failed": 0.004,
    },
}

#: Stories that only one network tells: in Norway only Telenor says that a phone is off.
_NETWORK_SHARES: Final[dict[tuple[str, Network], dict[str, float]]] = {
    ("kannel", TELENOR): {
        "buffered_delivered": 0.02,
        "buffered_twice": 0.003,
        "phone_off_expired": 0.006,
        "phone_off_now": 0.004,
        "buffered_lost": 0.003,
    },
    ("kannel", TELIA): {"accepted_only": 0.005},
    ("smpp", TELENOR): {"buffered_delivered": 0.02},
    ("table", TELENOR): {"phone_off_now": 0.006},
}


def shares(feed: Feed, network: Network) -> dict[str, float]:
    """Share of every story but `delivered_fast` among the feed's messages to one network."""
    told = _SHARES[feed.format] | _NETWORK_SHARES.get((feed.format, network), {})
    if feed.format == "smpp":  # a receipts-only feed cannot show a message without a receipt
        return told
    return told | {"silent": network.lost}
