"""How often `changes` calls a difference more than chance where nothing changed: 1,000 comparisons for each kind of world, truth known.

    python -m benchmark.worlds_changes [SEED]

In each world two periods of days have the same true rate; each day's own rate sways around it by so many points (standard deviation), as days do.
Shown is the share of comparisons that are flagged: at 95 % confidence it should be 5 %. Beside it what an interval of messages alone would flag, and
how often a table of six operators, none of which changed, puts any of them into words.
"""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import polars as pl

from benchmark import say
from sms_analytics.questions import differences
from sms_analytics.questions.changes import between
from sms_analytics.questions.daily_counts import COUNTS

COMPARISONS = 1_000
RATE = 0.94
SWAYS = (0.0, 0.5, 1.0, 1.5, 2.0)
#: So many messages on each day of a period.
PERIODS: dict[str, Callable[[int], int]] = {
    "7 days of 1,000": lambda _: 1_000,
    "7 days of 200": lambda _: 200,
    "7 uneven days": lambda day: (1_500, 1_400, 1_300, 1_400, 1_600, 500, 300)[day],
    "28 days of 300": lambda _: 300,
}
LENGTHS = {"28 days of 300": 28}


def period(random: Random, volumes: list[int], sway: float, groups: int) -> pl.DataFrame:
    """The daily counts of a period, one group for each comparison."""
    rows = []
    for group in range(groups):
        for day, sent in enumerate(volumes):
            rate = min(1.0, max(0.0, random.gauss(RATE, sway / 100)))
            rows.append((group, date(2026, 10, 1) + timedelta(days=day), sent, binomial(random, sent, rate)))
    days = pl.DataFrame(rows, schema=["group", "day", "sent", "delivered"], orient="row")
    counts = {"failed": pl.col("sent") - pl.col("delivered"), "answered": pl.col("sent"), "arrived": pl.col("delivered")}
    nothing = {name: pl.lit(0) for name in COUNTS if name not in ("sent", "delivered", *counts)}
    return days.with_columns(**counts, **nothing, feed=pl.lit("north"), silence_shows=pl.lit(True))


def binomial(random: Random, count: int, share: float) -> int:
    """How many of `count` messages arrive: those before the first that fails, and so on (failures are few)."""
    arrived, draw = count, random.random
    return arrived - sum(draw() >= share for _ in range(count))


def flagged(before: pl.DataFrame, after: pl.DataFrame) -> tuple[float, float]:
    """The share of groups whose change is flagged, by days and by messages alone."""
    both = [differences.shares(days, ["group"], pl.col("delivered"), pl.col("sent")).sort("group") for days in (before, after)]
    joined = both[1].join(both[0], on="group", suffix="_before")
    by_days = differences.compared(joined)["p"] < 0.05
    alone = sum(frame["rate"] * (1 - frame["rate"]) / frame["n"] for frame in both) ** 0.5
    by_messages = (both[1]["rate"] - both[0]["rate"]).abs() > 1.959964 * alone
    return float(by_days.mean() or 0), float(by_messages.mean() or 0)


def put_into_words(random: Random, sway: float, tables: int = 200, groups: int = 6) -> float:
    """The share of tables of six operators that call any of them better or worse."""
    volumes = [500] * 7
    worded = 0
    for _ in range(tables):
        frame = between(period(random, volumes, sway, groups), period(random, volumes, sway, groups), ["group"])
        worded += frame["verdict"].is_in(["better", "worse"]).any()
    return worded / tables


def main() -> None:
    """Prints a table of false flags; exits 1 where one lies outside 1.5 to 7 %.

    The larger of two variances counts, so days that do not sway get a little less than 2 %.
    """
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    random = Random(seed)
    outside = []
    say("| world | days sway by (points) | flagged | by messages alone |\n| --- | --- | --- | --- |")
    for name, volume in PERIODS.items():
        volumes = [volume(day) for day in range(LENGTHS.get(name, 7))]
        for sway in SWAYS:
            by_days, by_messages = flagged(*(period(random, volumes, sway, COMPARISONS) for _ in range(2)))
            say(f"| {name} | {sway} | {by_days:.1%} | {by_messages:.1%} |")
            if not 1.5 <= 100 * by_days <= 7:
                outside.append(f"{name}, {sway} points: {by_days:.1%}")
    for sway in SWAYS[::2]:
        say(f"| tables of 6 operators, 7 days of 500 | {sway} | {put_into_words(random, sway):.1%} say something | |")
    for text in outside:
        say(f"outside 1.5 to 7 %: {text}")
    sys.exit(bool(outside))


if __name__ == "__main__":
    main()
