"""`python -m benchmark.growth`: what a load costs as the database grows, and what questions cost then.

    python -m benchmark.growth [--millions 1,5,20] [--days 1000]

For each size, in a process of its own: the load of so many million Kannel lines, then a file of 1,000 lines more and one of 1 % more, each beside
the copy of the database that every load makes; the size of the file beside the log; `rates` by operator and day beside the bare SQL; `lookup` of one
number, the whole command, beside `zgrep` over the packed log. Then so many daily files of 2,000 lines: the last ten loads beside the first ten.
"""

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmark import kannel_log, measuring, say
from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.questions import metrics

_ZONE: Final = "Europe/Oslo"

#: What `rates` by operator and day is measured against: the counts that it needs, and nothing else.
_BARE: Final = """
SELECT operator, date_trunc('day', submitted_utc) AS day, count(*), count(*) FILTER (outcome = 'delivered'), count(*) FILTER (outcome = 'failed'),
    count(*) FILTER (outcome = 'no_status'), count(*) FILTER (outcome = 'awaiting_status')
FROM messages
GROUP BY ALL
ORDER BY ALL
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", default="1,5,20")
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _one(options.one[0], Path(options.one[1]))
        return
    folder = Path(tempfile.mkdtemp(prefix="sms-analytics-bench-"))
    try:
        for millions in filter(None, options.millions.split(",")):
            _size(folder, round(float(millions) * 1_000_000))
        if options.days:
            _days(folder, options.days)
    finally:
        shutil.rmtree(folder)


def _own_process(what: str, place: Path) -> tuple[float, float, float]:
    """Wall and CPU seconds and peak MB of one step in a process of its own."""
    command = [sys.executable, "-m", "benchmark.growth", "--one", what, str(place)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, cpu, peak = map(float, answer.stdout.split()[-3:])
    return seconds, cpu, peak


def _one(what: str, place: Path) -> None:
    """Loads a log into the database beside it, or asks it."""
    db = place.with_name("sms.duckdb") if what == "load" else place
    steps: dict[str, Callable[[], object]] = {
        "load": lambda: _loaded(place, db),
        "rates": lambda: metrics.rates(store.connect(db), by="operator,day", zone="UTC"),
        "bare": lambda: store.connect(db).execute(_BARE).fetchall(),
    }
    begun = time.perf_counter()
    steps[what]()
    measuring.tell(time.perf_counter() - begun)


def _loaded(log: Path, db: Path) -> None:
    report = loader.load(str(log), db=db, time_zone=_ZONE)
    if report.faults:
        raise SystemExit("\n".join(report.faults))


def _copy_s(db: Path) -> float:
    """What a copy of the file costs that waits for the disk, as a load's does."""
    copy, begun = db.with_name("copy.duckdb"), time.perf_counter()
    with db.open("rb") as old, copy.open("wb") as new:
        shutil.copyfileobj(old, new, 1 << 24)
        new.flush()
        os.fsync(new.fileno())
    seconds = time.perf_counter() - begun
    copy.unlink()
    return seconds


def _size(folder: Path, lines: int) -> None:
    log, db = folder / "access.log", folder / "sms.duckdb"
    db.unlink(missing_ok=True)
    kannel_log.write(log, lines)
    seconds, cpu, peak = _own_process("load", log)
    size, written = db.stat().st_size, log.stat().st_size
    say(f"{lines:,} lines ({written / 1e6:,.0f} MB): {seconds:.1f} s, {cpu:.1f} CPU s, {1e6 * cpu / lines:.2f} per million, peak {peak:,.0f} MB")
    say(f"  the file: {size / 1e6:,.0f} MB, {size / written:.2f} of the log")
    full = cpu
    for name, count in (("1,000 lines more", 1000), ("1 % more", lines // 100)):
        more = folder / "more.log"
        kannel_log.write(more, count, seed=count)
        copy = _copy_s(db)
        seconds, cpu, peak = _own_process("load", more)
        say(f"  {name}: {seconds:.1f} s of which the copy {copy:.1f} s, {cpu:.1f} CPU s ({cpu / full:.1%} of the full load), peak {peak:,.0f} MB")
    _ask(db, log, folder)
    log.unlink()


def _ask(db: Path, log: Path, folder: Path) -> None:
    (rates, _, _), (bare, _, _) = _own_process("rates", db), _own_process("bare", db)
    say(f"  rates by operator and day: {rates:.2f} s, the bare SQL {bare:.2f} s ({rates / bare:.2f} times)")
    with store.connect(db) as connection:
        ((number,),) = connection.execute("SELECT recipient FROM messages WHERE outcome = 'failed' ORDER BY message_key LIMIT 1").fetchall()
    packed = folder / "access.log.gz"
    with log.open("rb") as plain, gzip.open(packed, "wb", compresslevel=1) as file:
        shutil.copyfileobj(plain, file)
    found = _command_s([sys.executable, "-m", "sms_analytics", "lookup", number, "--db", str(db)])
    searched = _command_s(["zgrep", "-c", number, str(packed)])
    packed.unlink()
    say(f"  lookup of a number, the whole command: {found:.2f} s; zgrep over the packed log {searched:.2f} s ({searched / found:.0f} times)")


def _command_s(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def _days(folder: Path, days: int) -> None:
    """Daily files in one process, as a service that loads each day has them."""
    whole, db = folder / "whole.log", folder / "days.duckdb"
    kannel_log.write(whole, days * 2000)
    taken: list[float] = []
    with whole.open(encoding="utf-8") as lines:
        for day in range(days):
            path = folder / f"access-{day:04}.log"
            path.write_text("".join(line for line, _ in zip(lines, range(2000), strict=False)), "utf-8")
            copy = _copy_s(db) if db.exists() else 0.0
            begun = time.perf_counter()
            _loaded(path, db)
            taken.append(time.perf_counter() - begun - copy)
            path.unlink()
    first, last = sum(taken[:10]) / 10, sum(taken[-10:]) / 10
    say(f"{days:,} daily files of 2,000 lines, beside the copy: the first ten {first:.2f} s, the last ten {last:.2f} s ({last / first:.2f} times)")
    say(f"  peak of the process: {measuring.peak_mb():,.0f} MB")


if __name__ == "__main__":
    main()
