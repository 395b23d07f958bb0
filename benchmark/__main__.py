"""`make bench`: each log loaded and resolved, beside DuckDB storing the same lines (the floor) and what a user would write instead, all in one run.

    python -m benchmark [--lines N] [--rounds N] [--cases kannel,smpp,...]

Each side runs in a process of its own, in turn, so that its time and its peak memory are its own; the smallest of the rounds counts. Exit code 1 when
a load was slower than the DuckDB script, or took more memory than the limit.
"""

import argparse
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmark import logs, measuring, rivals, say
from sms_analytics.commands import loader
from sms_analytics.database import store

#: A load may take as long as the script, and this much memory.
_PEAK_MB: Final = 1000

_COMMON: Final = ("floor", "script", "load")
_RIVALS: Final[dict[str, str]] = {"polars": "polars", "python_sqlite": "sqlite3", "pandas": "pandas", "chdb": "chdb"}


def _load(log: Path, folder: Path) -> None:
    report = loader.load(str(log), db=folder / "load.duckdb", time_zone="Europe/Oslo")
    if report.faults:
        raise SystemExit("\n".join(report.faults))


def _sides(case: str, log: Path, folder: Path) -> dict[str, Callable[[], None]]:
    return {
        "floor": lambda: rivals.floor(log, folder),
        "script": lambda: rivals.script(case, log, folder),
        "load": lambda: _load(log, folder),
        "polars": lambda: rivals.polars_regex(log),
        "python_sqlite": lambda: rivals.python_sqlite(log, folder),
        "pandas": lambda: rivals.in_pandas(log),
        "chdb": lambda: rivals.in_chdb(log),
    }


def sides_of(case: str) -> list[str]:
    """What a case is measured by: the rivals for Kannel's lines, as far as they are installed."""
    others = [side for side, module in _RIVALS.items() if case == "kannel" and importlib.util.find_spec(module)]
    return [*_COMMON, *others]


@dataclass(frozen=True)
class Best:
    """The least of the rounds."""

    seconds: float
    cpu: float
    peak_mb: float


def measured(case: str, log: Path, rounds: int) -> dict[str, Best]:
    """Every side of a case, one after the other in each round."""
    best: dict[str, Best] = {}
    for _ in range(rounds):
        for side in sides_of(case):
            with tempfile.TemporaryDirectory(prefix="sms-analytics-bench-", dir=log.parent) as folder:
                command = [sys.executable, "-m", "benchmark", "--side", side, "--cases", case, "--log", str(log), "--folder", folder]
                answer = subprocess.run(command, check=True, capture_output=True, text=True)
                if side == "load":
                    _check(Path(folder) / "load.duckdb", log)
            seconds, cpu, peak = map(float, answer.stdout.split()[-3:])
            before = best.get(side, Best(seconds, cpu, peak))
            best[side] = Best(min(seconds, before.seconds), min(cpu, before.cpu), max(peak, before.peak_mb))
    return best


def _check(db: Path, log: Path) -> None:
    """The load that was measured did its work."""
    connection = store.connect(db)
    ((records, rejected, messages),) = connection.execute(
        "SELECT (SELECT sum(records)::BIGINT FROM loads), (SELECT sum(rejected)::BIGINT FROM loads), count(*) FROM messages"
    ).fetchall()
    connection.close()
    with log.open("rb") as file:
        lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    if records < lines - 1 or rejected or messages < records * 0.45:
        raise SystemExit(f"the load is not whole: {records} records of {lines} lines, {rejected} rejected, {messages} messages")


def _compare(folder: Path, cases: list[str], lines: int, rounds: int) -> int:
    broken = 0
    machine = f"{os.cpu_count()} cores, {measuring.memory_gb():.0f} GB, Python {platform.python_version()}"
    say(f"{lines:,} lines per case, the least of {rounds} rounds; {machine}")
    say("")
    say("| case | side | s | CPU s | peak MB | x floor | x script |")
    say("| --- | --- | --: | --: | --: | --: | --: |")
    for case in cases:
        log = logs.write(case, folder, lines)
        best = measured(case, log, rounds)
        for side, found in best.items():
            times = [found.seconds / best[other].seconds for other in ("floor", "script")]
            name = f"{case} ({log.stat().st_size / 1e6:,.0f} MB)"
            say(f"| {name} | {side} | {found.seconds:.2f} | {found.cpu:.2f} | {found.peak_mb:,.0f} | {times[0]:.2f} | {times[1]:.2f} |")
        log.unlink()
        broken += best["load"].seconds > best["script"].seconds or best["load"].peak_mb > _PEAK_MB
    return int(broken > 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", default=",".join(logs.CASES))
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--log", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        side = _sides(options.cases, options.log, options.folder)[options.side]
        begun = time.perf_counter()
        side()
        measuring.tell(time.perf_counter() - begun)
        return
    folder = Path(tempfile.mkdtemp(prefix="sms-analytics-bench-"))
    try:
        raise SystemExit(_compare(folder, options.cases.split(","), options.lines, options.rounds))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
