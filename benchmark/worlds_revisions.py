"""`python -m benchmark.worlds_revisions`: are young days where the forecast said that they would end?

Worlds of invented messages, each with days that differ in how many phones are off, how much fails and how much is silent. The forecast is made at
a moment of each world and compared with what became of its young days. Exit code 1 where fewer than 88 % or more than 97 % of the intervals hold,
or where leaving the failed as they stand would have been better.
"""

import argparse
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from random import Random

import polars as pl

from benchmark import invented, say
from sms_analytics.questions.young_days import revisions

FIRST = datetime.fromisoformat("2026-08-03T00:00:00")
_DAYS = 66
_OPERATORS = {"Telenor": 0.45, "Telia": 0.35, "Ice": 0.2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = pl.concat([_of_world(Random(f"{options.seed} {number}")) for number in range(options.worlds)])
    covers = [_told(found, end) for end in ("delivered", "failed")]
    as_it_stands = found["failed_stands"].mean()
    forecast = found["failed_error"].mean()
    say(f"failed, mean error in points: forecast {_points(forecast)}, as it stands {_points(as_it_stands)}")
    raise SystemExit(not (all(0.88 <= cover <= 0.97 for cover in covers) and float(str(forecast)) < float(str(as_it_stands))))


def _told(found: pl.DataFrame, end: str) -> float:
    cover = float(found[f"{end}_held"].cast(pl.Float64).mean() or 0)  # type: ignore[arg-type]
    by_age = found.group_by("age").agg(pl.col(f"{end}_held").cast(pl.Float64).mean()).sort("age")
    ages = ", ".join(f"{age} d {held:.0%}" for age, held in by_age.iter_rows())
    say(f"{end}: {cover:.1%} of {found.height} intervals of 90 % held ({ages}); mean error {_points(found[f'{end}_error'].mean())} points")
    return cover


def _points(share: object) -> str:
    return f"{float(str(share)) * 100:.3f}"


def _of_world(random: Random) -> pl.DataFrame:
    size = random.choice([300, 1000, 2500])
    weather = random.choice([0.0, 0.15, 0.4])
    habits = {name: (random.uniform(0.05, 0.12), random.uniform(0.01, 0.03), random.choice([0.0, 0.02, 0.1])) for name in _OPERATORS}
    messages = []
    by_day: dict[tuple[object, str], tuple[float, float, float]] = defaultdict(lambda: (0, 0, 0))
    for submitted in invented.times(random, FIRST, _DAYS, [size] * 5 + [size // 3] * 2):
        operator = random.choices(list(_OPERATORS), list(_OPERATORS.values()))[0]
        key = (submitted.date(), operator)
        if key not in by_day:
            off, fails, silent = habits[operator]
            by_day[key] = (off * random.lognormvariate(0, weather), fails * random.lognormvariate(0, weather), silent)
        off, fails, silent = by_day[key]
        outcome, wait = invented.fate(random, off=off, fails=fails, silent=silent)
        messages.append(invented.Invented(submitted, operator, outcome, wait, 0.3 + random.expovariate(1)))
    now = FIRST + timedelta(days=_DAYS - random.uniform(0, 1))
    told = revisions(invented.database(messages, now), zone="UTC")
    ended: dict[str, Counter[object]] = {"delivered": Counter(), "failed": Counter()}
    for one in messages:
        if one.outcome and one.submitted <= now:
            ended[one.outcome][one.submitted.date()] += 1
    rows = []
    for row in told.to_dicts():
        figures = {"age": row["age"], "failed_stands": abs(ended["failed"][row["day"]] - row["failed_now"]) / row["sent"]}
        for end, counts in ended.items():
            came = counts[row["day"]]
            figures[f"{end}_held"] = row[f"{end}_low"] <= came <= row[f"{end}_high"]
            figures[f"{end}_error"] = abs(came - row[f"{end}_mid"]) / row["sent"]
        rows.append(figures)
    return pl.DataFrame(rows)


if __name__ == "__main__":
    main()
