"""Outages once more in slow plain Python: one message after the other, nothing left out and nothing counted together."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

SENT = ("delivered", "partly_confirmed", "failed", "out_of_coverage", "awaiting_status", "no_status", "unrecognised")
ANSWERED = ("delivered", "partly_confirmed", "failed")


@dataclass(frozen=True)
class Due:
    """A message whose receipt is due."""

    due_utc: datetime
    operator: str | None
    is_bad: bool


def _at(values: list[float], share: float) -> float:
    """The quantile between the two values next to it."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def due_messages(rows: list[Row], now: datetime) -> list[Due]:
    """The messages of one feed whose receipts carry their own clock, in the order in which their receipts were due."""
    answered = [row for row in rows if row["outcome"] in ANSWERED]
    wait = median(max((row["final_received_utc"] - row["submitted_utc"]).total_seconds(), 0) for row in answered)
    transits = [(row["final_received_utc"] - row["final_utc"]).total_seconds() for row in answered]
    held_after = max(120, 4 * _at(transits, 0.75))
    found = []
    for row in rows:
        if row["outcome"] in ANSWERED:
            is_held = (row["final_received_utc"] - row["final_utc"]).total_seconds() > held_after
            found.append((row["final_utc"] if is_held else row["final_received_utc"], row["submitted_utc"], is_held, row["operator"]))
        elif (now - row["submitted_utc"]).total_seconds() > max(60, 3 * wait, held_after):
            found.append((row["submitted_utc"] + timedelta(seconds=wait), row["submitted_utc"], True, row["operator"]))
    return [Due(due, operator, is_bad) for due, _, is_bad, operator in sorted(found, key=lambda one: one[:3])]


def _hour(one: Due) -> datetime:
    """The hour that it was due in, by the clock on the wall."""
    hour = one.due_utc.replace(minute=0, second=0, microsecond=0, tzinfo=ZoneInfo("UTC"))
    return hour.astimezone(ZoneInfo("Europe/Oslo"))


def usual(messages: list[Due]) -> dict[tuple[str | None, int], float]:
    """By operator and hour of the day: the share of bad ones that raises no alarm."""
    days: dict[Any, list[bool]] = defaultdict(list)
    times: dict[Any, list[bool]] = defaultdict(list)
    for one in messages:
        hour = _hour(one)
        days[one.operator, hour.date()].append(one.is_bad)
        times[one.operator, hour.hour, hour.date()].append(one.is_bad)
    found = {}
    for operator, hour_of_day in {key[:2] for key in times}:
        all_of_it = [is_bad for key, some in days.items() if key[0] == operator for is_bad in some]
        by_day = [sum(some) / len(some) for key, some in days.items() if key[0] == operator and len(some) >= 5]
        by_hour = [sum(some) / len(some) for key, some in times.items() if key[:2] == (operator, hour_of_day) and len(some) >= 5]
        shares = [0.01, median(by_day) if len(by_day) >= 5 else sum(all_of_it) / len(all_of_it)]
        found[operator, hour_of_day] = min(0.97, max([*shares, *([median(by_hour)] if len(by_hour) >= 7 else [])]))
    return found


def windows(messages: list[Due], sent: int) -> list[tuple[datetime, datetime, float]]:
    """From where the sum leaves 0 to its peak, and the peak, of all excursions above the limit with 8 bad ones or more."""
    limit = log(max(sent, 1000) / 1e-4)
    shares = usual(messages)
    found = []
    total, peak, first, last = 0.0, 0.0, 0, 0

    def close() -> None:
        bad = sum(one.is_bad for one in messages[first : last + 1])
        if peak > limit and bad >= 8:
            found.append((messages[first].due_utc, messages[last].due_utc, peak))

    for number, message in enumerate(messages):
        p0 = shares[message.operator, _hour(message).hour]
        p1 = 1 - (1 - p0) / 2
        step = log(p1 / p0) if message.is_bad else log((1 - p1) / (1 - p0))
        if total == 0:
            first, last, peak = number, number, 0.0
        total = max(0.0, total + step)
        if total > peak:
            peak, last = total, number
        if total == 0 or (peak >= limit and total <= peak - limit):
            close()
            total, peak = 0.0, 0.0
    close()
    return found
