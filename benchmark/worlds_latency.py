"""`python -m benchmark.worlds_latency`: is the time to the phone told right where the operator's clock is off, and on the last day?

Worlds of invented messages; operators' clocks are right, 25 s too late or 25 s too early, and the shortest transit and wait are under a second. Held
against what is true: the median of all delivered, and the 90th percentile of the last day, whose slow messages are still open. Exit code 1 where a
median is more than a second off, or the 90th percentile of the last day more than 10 % in more than one world of twenty.
"""

import argparse
from datetime import timedelta
from random import Random
from statistics import median, quantiles

from benchmark import invented, say
from benchmark.worlds_revisions import FIRST
from sms_analytics.questions.waits import latency

_DAYS = 12
_SKEWS = (-25.0, 0.0, 25.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = [_of_world(Random(f"{options.seed} {number}"), _SKEWS[number % 3]) for number in range(options.worlds)]
    worst = max(abs(off) for off, _, _ in found)
    tails = sorted(abs(off) for _, off, _ in found)
    plain = sorted(abs(off) for _, _, off in found)
    within = sum(off <= 0.1 for off in tails) / len(tails)
    say(f"median of all: at most {worst:.2f} s off in {len(found)} worlds with clocks that are {', '.join(f'{skew:+.0f} s' for skew in _SKEWS)} off")
    say(
        f"90th percentile of the last day: {within:.0%} of the worlds within 10 %, at most {tails[-1]:.1%} off"
        f" (counting the delivered alone: at most {plain[-1]:.1%}, the middle world {median(plain):.1%}, here {median(tails):.1%})"
    )
    raise SystemExit(not (worst <= 1 and within >= 0.95))


def _of_world(random: Random, skew: float) -> tuple[float, float, float]:
    """How far off are the median, the 90th percentile of the last day, and that of the delivered alone (the last two in shares of the truth)."""
    off, silent = random.uniform(0.02, 0.12), random.choice([0.0, 0.05, 0.4])
    messages = []
    for submitted in invented.times(random, FIRST, _DAYS, [random.choice([1500, 4000])]):
        outcome, wait = invented.fate(random, off=off, fails=0.02, silent=silent)
        transit = 0.3 + random.expovariate(random.choice([1, 1 / 20]))
        messages.append(invented.Invented(submitted, "Telenor", outcome, wait, transit))
    now = FIRST + timedelta(days=_DAYS)
    db = invented.database(messages, now, ahead_s=skew)
    since = FIRST + timedelta(days=_DAYS - 1)
    whole = latency(db, zone="UTC").row(0, named=True)
    last = latency(db, since=since, zone="UTC").row(0, named=True)
    true = [one.wait_s for one in messages if one.outcome == "delivered"]
    of_last = [one for one in messages if one.outcome == "delivered" and one.submitted >= since]
    waits = quantiles([one.wait_s for one in of_last], n=10, method="inclusive")[8]
    told = quantiles([one.wait_s for one in of_last if one.received <= now], n=10, method="inclusive")[8]
    return whole["median_s"] - median(true), last["p90_s"] / waits - 1, told / waits - 1


if __name__ == "__main__":
    main()
