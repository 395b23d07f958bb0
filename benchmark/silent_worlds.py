"""Kannel logs of invented worlds whose truth about silence is known: planted outages, and every cause that a missing status can have; and of feeds
that are healthy but not like others.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import exp, log
from pathlib import Path
from typing import Final

DAY: Final = 86_400
START: Final = datetime.fromisoformat("2026-06-01T00:00:00")

_SENT: Final = (
    "{time} Sent SMS [SMSC:{feed}] [SVC:kunde1] [ACT:] [BINF:] [FID:{id}] [META:?smpp?] [from:Klinikken] [to:+4740{to:06}] "
    "[flags:-1:0:-1:0:31] [msg:4:Test] [udh:0:]"
)
_RECEIVED: Final = (
    "{time} Receive DLR [SMSC:{feed}] [SVC:kunde1] [ACT:] [BINF:] [FID:{id}] [META:?smpp?] [from:Klinikken] [to:+4740{to:06}] "
    "[flags:-1:-1:-1:-1:{mask}] [msg:99:id:{id} sub:001 dlvrd:001 submit date:{done} done date:{done} stat:{stat} err:000 text:Test] [udh:0:]"
)
_CONFIGURATION: Final = """
time_zone = "UTC"
[feeds.telenor1]
operator = "Telenor"
[feeds.telia1]
operator = "Telia"
[feeds.ice1]
operator = "Ice"
"""


@dataclass(frozen=True)
class Planted:
    """An outage: seconds since the start, what becomes of its receipts, and of how many."""

    begin: float
    end: float
    kind: str
    share: float


@dataclass
class Log:
    """Lines by day, submissions and receipts in series of their own, and why statuses are missing by id (empty where nothing can tell it)."""

    days: int
    rng: random.Random
    sent: dict[int, list[tuple[float, str]]] = field(default_factory=dict)
    received: dict[int, list[tuple[float, str]]] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)

    def hand_over(self, message: "Message") -> None:
        """Writes a submission."""
        line = _SENT.format(time=_clock(message.at), feed=message.feed, id=message.id, to=message.to)
        self.sent.setdefault(int(message.at // DAY), []).append((message.at, line))

    def answer(self, message: "Message", event: float, received: float, stat: str = "DELIVRD") -> bool:
        """Writes a receipt; says whether the log lasts that long."""
        if received >= self.days * DAY:
            return False
        mask = {"DELIVRD": 1, "ENROUTE": 4}.get(stat, 2)
        done = f"{START + timedelta(seconds=event):%y%m%d%H%M%S}"
        line = _RECEIVED.format(time=_clock(received), feed=message.feed, id=message.id, to=message.to, mask=mask, done=done, stat=stat)
        self.received.setdefault(int(received // DAY), []).append((received, line))
        return True

    def write(self, folder: Path, without: Sequence[int] = ()) -> None:
        """The logs, those of receipts without these days."""
        (folder / "sms_analytics.toml").write_text(_CONFIGURATION)
        for name, days in (("submissions", self.sent), ("receipts", self.received)):
            (folder / name).mkdir()
            for day, lines in days.items():
                if name == "receipts" and day in without:
                    continue
                text = "".join(f"{line}\n" for _, line in sorted(lines))
                (folder / name / f"access-{START + timedelta(days=day):%Y-%m-%d}.log").write_text(text)


def _clock(at: float) -> str:
    return f"{START + timedelta(seconds=at):%Y-%m-%d %H:%M:%S}"


def _times(rng: random.Random, days: int, an_hour: float) -> Iterator[float]:
    at = 0.0
    while (at := at + rng.expovariate(an_hour / 3600)) < days * DAY:
        yield at


def _planted(rng: random.Random, first: float, last: float, count: int) -> list[Planted]:
    found: list[Planted] = []
    while len(found) < count:
        kind = rng.choice(["lost", "held", "thin"])
        shortest = 3600 if kind == "thin" else 1200
        length = exp(rng.uniform(log(shortest), log(36_000)))
        begin = rng.uniform(first, last)
        apart = all(begin + length + 21_600 < one.begin or begin > one.end + 21_600 for one in found)
        if apart:
            found.append(Planted(begin, begin + length, kind, rng.choice([0.5, 0.7, 0.9]) if kind == "thin" else 1.0))
    return found


@dataclass(frozen=True)
class Message:
    """One message: seconds since the start, and where it goes."""

    feed: str
    id: str
    to: int
    at: float


@dataclass(frozen=True)
class World:
    """What was written: the outages (of `telenor1`), why statuses are missing by id, and what the world is like."""

    planted: list[Planted]
    causes: dict[str, str]
    nature: str


def world(seed: int, folder: Path, days: int = 40) -> World:
    """Writes one world of three feeds."""
    rng = random.Random(seed)
    made = Log(days, rng)
    usual, median, numbers = rng.choice([0.01, 0.03, 0.08, 0.15, 0.3]), rng.choice([3, 10, 30]), iter(range(10**7))
    planted = _planted(rng, 2 * DAY, (days - 12) * DAY, 7)
    # A day whose log of receipts is missing, apart from all outages.
    missing = next(
        day
        for day in iter(lambda: rng.randint(5, days - 15), None)
        if not any(one.begin < (day + 2) * DAY and one.end > (day - 1) * DAY for one in planted)
    )
    # In telia1: ids that match nothing, for six hours.
    others = next(
        at for at in iter(lambda: rng.uniform(3 * DAY, (days - 12) * DAY), None) if not missing * DAY - 30_000 < at < (missing + 1) * DAY + 30_000
    )
    for feed, an_hour in (("telenor1", 100.0), ("telia1", 60.0), ("ice1", 8.0)):
        for at in _times(rng, days, an_hour):
            message = Message(feed, f"{seed * 10**7 + next(numbers):08X}", rng.randrange(10**6), at)
            made.hand_over(message)
            wait = rng.uniform(600, 43_200) if rng.random() < 0.02 else rng.lognormvariate(log(median), 0.8)
            received = at + wait + 1 + rng.expovariate(1)
            hidden_by = _hidden_by(feed, received, planted, (missing, others))
            made.causes[message.id] = _fate(made, message, (at + wait, received), hidden_by, usual)
    made.write(folder, [missing])
    return World(planted, {id: cause for id, cause in made.causes.items() if cause}, f"usual {usual}, median {median} s")


def _hidden_by(feed: str, received: float, planted: list[Planted], others: tuple[int, float]) -> Planted | str | None:
    """What keeps a receipt from coming that would come now: an outage, a cause, or nothing."""
    missing, begin = others
    if missing * DAY <= received < (missing + 1) * DAY:
        return "log_missing"
    if feed == "telia1" and begin <= received < begin + 21_600:
        return "ids_do_not_match"
    return next((one for one in planted if feed == "telenor1" and one.begin <= received < one.end), None)


def _fate(made: Log, message: Message, times: tuple[float, float], hidden_by: Planted | str | None, usual: float) -> str:
    """Writes the receipts of a message; returns why its status is missing, empty where it is not or nothing could tell it."""
    event, received = times
    rng = made.rng
    if message.feed == "ice1" and rng.random() > 0.02:
        return "" if hidden_by else "operator_never_reports"
    if rng.random() < usual:
        return "" if hidden_by else "isolated"
    if rng.random() < 0.005:
        made.answer(message, message.at + 5, message.at + 6, "ENROUTE")
        return "" if hidden_by else "never_final"
    return _received(rng, made, message, (event, received), hidden_by)


def _received(rng: random.Random, made: Log, message: Message, times: tuple[float, float], hidden_by: Planted | str | None) -> str:
    event, received = times
    cause = hidden_by if isinstance(hidden_by, str) else ""
    if hidden_by == "ids_do_not_match":
        made.answer(replace(message, id=f"F{rng.randrange(16**6):07X}"), event, received)
    elif isinstance(hidden_by, Planted) and hidden_by.kind == "held":
        made.answer(message, event, hidden_by.end + rng.uniform(0, 60))
    elif isinstance(hidden_by, Planted) and rng.random() < hidden_by.share:
        cause = "feed_silent"
    else:
        made.answer(message, event, received)
    # What comes hours later cannot be told from a message of its own.
    return cause if received - message.at < 600 else ""


#: How often receipts are fetched, in seconds.
_FETCHED: Final = {"hourly": 3600, "twice": 43_200}
AWKWARD: Final = ("weekly", "hourly", "twice", "night", "campaigns", "off")


def awkward(kind: str, seed: int, folder: Path, days: int = 90) -> None:
    """Writes the log of a feed that is healthy but not like others: a weekly run to dead numbers at night, receipts fetched in a batch each hour or
    twice a day, night traffic that never reports, campaigns with receipts up to three hours late, phones off every night.
    """
    rng = random.Random(seed)
    made, numbers = Log(days, rng), iter(range(10**7))

    def one(at: float, event: float, received: float | None, stat: str = "DELIVRD") -> None:
        message = Message("telenor1", f"{next(numbers):08X}", rng.randrange(10**6), at)
        made.hand_over(message)
        if received is not None:
            made.answer(message, event, received, stat)

    for at in _times(rng, days, 150):
        hour = at % DAY / 3600
        is_night = hour < 6 or hour >= 22
        if not is_night or rng.random() < 0.4:
            event, received = _everyday(rng, kind, at, is_night=is_night)
            one(at, event, received)
    for at, event, received, stat in _send_outs(rng, kind, days, late_events=bool(seed % 2)):
        one(at, event, received, stat)
    made.write(folder)


def _everyday(rng: random.Random, kind: str, at: float, *, is_night: bool) -> tuple[float, float | None]:
    """When a message of the everyday traffic got its status, and when we did; None where we never did."""
    wait = rng.uniform(600, 43_200) if rng.random() < 0.03 else rng.lognormvariate(log(8), 0.8)
    event, transit, is_lost = at + wait, 1 + rng.expovariate(1), rng.random() < 0.03
    if kind == "off" and is_night and rng.random() < 0.4:
        event = (at // DAY + (at % DAY >= 22 * 3600)) * DAY + rng.uniform(6, 9) * 3600
    received = event + transit
    if kind in _FETCHED:
        received = (event // _FETCHED[kind] + 1) * _FETCHED[kind] + rng.uniform(0, 20)
    return event, None if is_lost or (kind == "night" and is_night and rng.random() < 0.97) else received


def _send_outs(rng: random.Random, kind: str, days: int, *, late_events: bool) -> Iterator[tuple[float, float, float | None, str]]:
    """What comes on top of the everyday traffic: hand-over, event, receipt and its word."""
    if kind == "weekly":
        for week in range(days // 7):
            for number in range(400):
                at = (7 * week + 2) * DAY + 2 * 3600 + 6 * number
                is_dead = rng.random() < 0.8
                wait = 7 * DAY if is_dead else 8
                yield at, at + wait, at + wait + 2, "EXPIRED" if is_dead else "DELIVRD"
    if kind == "campaigns":
        for day in range(0, days, 2):
            begin = day * DAY + rng.uniform(8, 16) * 3600
            for number in range(1500):
                at, late = begin + 1.2 * number, rng.uniform(0, 10_800)
                yield at, at + (late if late_events else 8), None if rng.random() < 0.03 else at + late + 10, "DELIVRD"
