"""Days against each other: a control chart that knows that days vary more than chance alone (D. B. Laney's p'), and the rules that days broke.

The rules are those of NHS England's "Making data count". Every one of them is about the order of days, so a day without messages breaks no run.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final, Unpack

import duckdb
import polars as pl

from sms_analytics.questions import daily_counts, differences
from sms_analytics.questions.decomposition import RateOfSent
from sms_analytics.questions.filters import FilterOptions, Filters
from sms_analytics.questions.selecting import question

#: Limits from fewer days would be drawn around noise.
FEWEST_DAYS: Final = 12
#: The median of the moving ranges of a normal variable, in its standard deviations.
_MEDIAN_RANGE: Final = 0.954
#: So far from the mean lie the limits, in standard deviations.
_LIMIT: Final = 3.0
#: So many days on one side, or rising or falling one after the other, are no accident.
_RUN: Final = 7
#: A day of which more can still get a status is not judged: it only looks worse.
_SETTLED: Final = 0.01

RULES: Final = ("outside", "shift", "trend", "two_of_three")


@question
def control_chart(db: duckdb.DuckDBPyConnection, *, rate: RateOfSent = "rate_confirmed", **options: Unpack[FilterOptions]) -> pl.DataFrame:
    """Each day's rate between the limits that days of so many messages keep, and the rules that it broke: one row per day with sent messages.

    Columns: `day`, `sent`, `rate`, `mean` (of the days that are judged and lie within the limits, by messages), `low`, `high` (three standard
    deviations, which know how much days vary), `z` (the distance from the mean as chance alone would measure it), `rules` (those that the day is part
    of, with commas between, null for none: `outside` the limits; `shift`: 7 days on one side of the mean; `trend`: 7 days that rise or fall;
    `two_of_three`: two of three days beyond two thirds of the way to a limit), `direction` (`better` or `worse` than the mean where a rule is
    broken), `settled` (at most 1 % of its messages can still get a status; other days are neither judged nor part of the limits), `provisional`. On
    fewer than 12 settled days there are no limits and no rules. Messages of feeds without any submission are in no count. Filters and errors: as for
    `rates`.
    """
    days = daily_counts.daily(db, [], Filters(**options)).filter("silence_shows")
    daily = days.group_by("day").agg(pl.col("sent").sum(), pl.col("provisional").sum(), hits=differences.hits(rate).sum()).filter(pl.col("sent") > 0)
    ordered = daily.drop_nulls("day").sort("day").with_columns(settled=pl.col("provisional") <= _SETTLED * pl.col("sent"))
    settled = ordered.filter("settled")
    judged = limits(settled["hits"].to_list(), settled["sent"].to_list())
    figures = settled.select("day").hstack(judged)
    return (
        ordered.with_columns(rate=pl.col("hits") / pl.col("sent"))
        .join(figures, on="day", how="left", maintain_order="left")
        .select("day", "sent", "rate", "mean", "low", "high", "z", "rules", "direction", "settled", "provisional")
    )


_FIGURES: Final = {
    "mean": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "z": pl.Float64(),
    "rules": pl.String(),
    "direction": pl.String(),
}


def limits(hits: Sequence[int], sent: Sequence[int]) -> pl.DataFrame:
    """Mean, limits and broken rules of days in their order; see `control_chart`.

    A day outside the limits is left out of the mean that all are set against: one very bad day would else put all others on one side of it.
    """
    enough = len(sent) >= FEWEST_DAYS
    mean, errors, distances = _distances(hits, sent, hits, sent)
    spread = spread_of(distances)
    inside = [number for number, distance in enumerate(distances) if abs(distance) <= _LIMIT * spread]
    if enough and len(inside) >= FEWEST_DAYS:
        mean, errors, distances = _distances(hits, sent, [hits[number] for number in inside], [sent[number] for number in inside])
    broken = broken_rules([distance / spread for distance in distances]) if enough else [[] for _ in sent]
    rows = []
    for error, distance, rules in zip(errors, distances, broken, strict=True):
        reach = _LIMIT * spread * error
        ends = (max(0.0, mean - reach), min(1.0, mean + reach)) if enough else (None, None)
        rows.append((mean, *ends, distance, ", ".join(rules) or None, None if not rules else "better" if distance > 0 else "worse"))
    return pl.DataFrame(rows, schema=_FIGURES, orient="row")


def _distances(
    hits: Sequence[int], sent: Sequence[int], hits_of_mean: Sequence[int], sent_of_mean: Sequence[int]
) -> tuple[float, list[float], list[float]]:
    """The mean, each day's standard error as chance alone has it, and how many of these the day lies from the mean."""
    whole = sum(sent_of_mean)
    mean = sum(hits_of_mean) / whole if whole else 0.0
    errors = [(mean * (1 - mean) / count) ** 0.5 for count in sent]
    return mean, errors, [(hit / count - mean) / error if error else 0.0 for hit, count, error in zip(hits, sent, errors, strict=True)]


def spread_of(distances: Sequence[float]) -> float:
    """How much more days vary than chance alone lets them, from the median range between a day and the next: one bad day does not hide itself.

    At least 1: days do not vary less than chance.
    """
    ranges = [abs(after - before) for before, after in pairwise(distances)]
    return max(1.0, median(ranges) / _MEDIAN_RANGE) if ranges else 1.0


def broken_rules(distances: Sequence[float]) -> list[list[str]]:
    """Per day the rules that it is part of, of distances from the mean in standard deviations."""
    found: list[list[str]] = [[] for _ in distances]
    for rule, days in _broken(distances):
        for day in days:
            if rule not in found[day]:
                found[day].append(rule)
    return [sorted(rules, key=RULES.index) for rules in found]


def _broken(distances: Sequence[float]) -> Iterator[tuple[str, list[int]]]:
    """The rules that are broken, with the days that break them."""
    for day, distance in enumerate(distances):
        if abs(distance) > _LIMIT:
            yield "outside", [day]
    for start in range(len(distances) - _RUN + 1):
        run = distances[start : start + _RUN]
        days = list(range(start, start + _RUN))
        if all(one > 0 for one in run) or all(one < 0 for one in run):
            yield "shift", days
        steps = [after - before for before, after in pairwise(run)]
        if all(step > 0 for step in steps) or all(step < 0 for step in steps):
            yield "trend", days
    for start in range(len(distances) - 2):
        for side in (1, -1):
            far = [day for day in range(start, start + 3) if side * distances[day] > _LIMIT * 2 / 3]
            if len(far) >= 2:
                yield "two_of_three", far
