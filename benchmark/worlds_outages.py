"""`make worlds`, the part about silence: worlds whose truth is known, loaded as logs are, against what is found in them.

Thirty worlds with about 200 planted outages (20 minutes to 10 hours at 100 receipts an hour, all lost or all held back; thinning to half and more
from an hour on) and every cause that a missing status can have; then six awkward feeds that are healthy. Says how many outages were found, with both
ends within 10 minutes, the false alarms by feed and 90 days, and how many causes are right. Exit code 1 where a target is missed.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from benchmark import say
from benchmark.silent_worlds import AWKWARD, START, Planted, World, awkward, world
from sms_analytics.commands.loader import load
from sms_analytics.database.store import connect
from sms_analytics.questions.outages import COUNTS, outages

_NEAR: Final = timedelta(minutes=10)
_PRECISE, _FALSE, _RIGHT = 0.95, 1.0, 0.97
#: Three feeds of forty days.
_FEED_DAYS: Final = 120

Span = tuple[str, datetime, datetime]


@dataclass
class Found:
    """What was planted in all worlds, and what of it was found."""

    planted: int = 0
    found: int = 0
    precise: int = 0
    worlds: int = 0
    false: int = 0
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, made: World, spans: list[Span], explained: list[Span], causes: dict[str, str], seed: int) -> None:
        """Adds one world: its outages as found, the times that a missing log or other ids explain, and the causes by id."""
        self.worlds += 1
        met: set[Span] = set()
        for one in made.planted:
            begin, end = (START + timedelta(seconds=at) for at in (one.begin, one.end))
            here = {span for span in spans if span[0] == "telenor1" and span[1] < end and span[2] > begin}
            met |= here
            self._judge(one, (begin, end), here, f"world {seed} ({made.nature})")
        for span in spans:
            if span not in met and not any(span[0] == other[0] and span[1] <= other[2] and span[2] >= other[1] for other in explained):
                self.false += 1
                say(f"  world {seed} ({made.nature}): false alarm {span[0]}, {span[1]} to {span[2]}")
        self.causes.update((cause, causes[id]) for id, cause in made.causes.items() if id in causes)

    def _judge(self, one: Planted, ends: tuple[datetime, datetime], here: set[Span], where: str) -> None:
        what = f"  {where}: {one.kind} {one.share} of {(one.end - one.begin) / 3600:.1f} h"
        self.planted += 1
        self.found += bool(here)
        if not here:
            say(f"{what} not found")
            return
        off = min(span[1] for span in here) - ends[0], max(span[2] for span in here) - ends[1]
        self.precise += max(map(abs, off)) <= _NEAR
        if max(map(abs, off)) > _NEAR:
            say(f"{what}: ends off {off[0].total_seconds():.0f} and {off[1].total_seconds():.0f} s")


def _loaded(folder: Path) -> duckdb.DuckDBPyConnection:
    load([str(folder / "submissions"), str(folder / "receipts")], db=folder / "sms.duckdb", config=folder / "sms_analytics.toml")
    return connect(folder / "sms.duckdb")


def _worlds(seeds: Iterable[int]) -> Found:
    found = Found()
    for seed in seeds:
        with tempfile.TemporaryDirectory() as name:
            made = world(seed, Path(name))
            with _loaded(Path(name)) as db:
                spans = list(outages(db).filter(COUNTS).select("feed", "start_utc", "end_utc").iter_rows())
                causes = dict(db.execute("select message_id, gap_cause from messages where outcome = 'no_status'").fetchall())
                explained = db.execute("select feed, start_utc, end_utc from gap_evidence where gap_cause in ('log_missing', 'ids_do_not_match')")
                found.add(made, spans, explained.fetchall(), causes, seed)
    return found


def _alarms(each: int) -> dict[str, int]:
    alarms = dict.fromkeys(AWKWARD, 0)
    for kind in AWKWARD:
        for seed in range(each):
            with tempfile.TemporaryDirectory() as name:
                awkward(kind, seed, Path(name))
                with _loaded(Path(name)) as db:
                    alarms[kind] = max(alarms[kind], outages(db).filter(COUNTS).height)
        say(f"  {kind}: {alarms[kind]}")
    return alarms


def main() -> None:
    """All worlds, or some of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=30)
    parser.add_argument("--awkward", type=int, default=2, help="how many of each of the six awkward feeds")
    asked = parser.parse_args()
    found, alarms = _worlds(range(asked.worlds)), _alarms(asked.awkward)
    truths = sorted({truth for truth, _ in found.causes})
    right = sum(count for (truth, said), count in found.causes.items() if truth == said)
    precise, correct = found.precise / max(found.planted, 1), right / max(found.causes.total(), 1)
    rate = found.false / max(found.worlds * _FEED_DAYS, 1) * 90
    say(f"outages planted {found.planted}, found {found.found}, with both ends within 10 minutes {found.precise} ({precise:.1%}; target 95 %)")
    say(f"false alarms by feed and 90 days: {rate:.2f} in ordinary worlds, at most {max(alarms.values())} in awkward feeds (target 1)")
    say(f"causes right: {right} of {found.causes.total()} that can be told apart ({correct:.1%}; target 97 %)")
    for truth in truths:
        said = {said: count for (cause, said), count in found.causes.items() if cause == truth}
        say(f"  {truth}: {said.pop(truth, 0)} right{', else ' + str(said) if said else ''}")
    raise SystemExit(not (precise >= _PRECISE and rate <= _FALSE and max(alarms.values()) <= _FALSE and correct >= _RIGHT))


if __name__ == "__main__":
    main()
