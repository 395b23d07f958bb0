"""`python -m benchmark.report`: a report in all three formats over one million messages.

The sample is multiplied as for support. Each report is made by the command in a process of its own, so that its time and its peak memory are its own:
one over everything loaded, one of a month that is set against the month before. The quickest of the rounds counts, and the largest memory. Exit
code 1 when one takes more than 15 s or 1 GB.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmark import say
from benchmark.support_lookup import multiply
from sms_analytics.cli import main as command
from sms_analytics.commands import loader
from sms_analytics.database import store

_LIMIT_S = 15.0
_LIMIT_MB = 1000
_SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
_CONFIG = _SAMPLE / "sms_analytics.toml"

_REPORTS = {"everything loaded": [], "a month and the one before": ["--period", "2026-10"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--side", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side is not None:
        _one_side(options.side)
    folder = Path(tempfile.mkdtemp(prefix="sms-analytics-bench-"))
    try:
        raise SystemExit(_compared(folder, options.messages, options.rounds))
    finally:
        shutil.rmtree(folder)


def _one_side(arguments: list[str]) -> None:
    begun = time.perf_counter()
    code = command(arguments)
    seconds = time.perf_counter() - begun
    sys.stdout.write(f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}\n")
    raise SystemExit(code)


def _compared(folder: Path, messages: int, rounds: int) -> int:
    db = folder / "sms.duckdb"
    loader.load(str(_SAMPLE / "logs"), db=db, config=_CONFIG)
    say(f"{multiply(db, messages):,} messages, {db.stat().st_size / 1e6:,.0f} MB")
    slowest, largest = 0.0, 0.0
    for name, period in _REPORTS.items():
        arguments = ["report", "--db", str(db), "--config", str(_CONFIG), "--out", str(folder / "reports"), *period]
        measured = [_measured(arguments) for _ in range(rounds)]
        seconds, peak = min(seconds for seconds, _, _ in measured), max(peak for _, peak, _ in measured)
        files = measured[0][2]
        _check(db, files, period)
        sizes = ", ".join(f"{Path(file).suffix[1:]} {Path(file).stat().st_size / 1e6:.1f} MB" for file in files)
        say(f"  {name:27} {seconds:5.1f} s, peak {peak:,.0f} MB ({sizes})")
        slowest, largest = max(slowest, seconds), max(largest, peak)
    say(f"  limits: {_LIMIT_S} s, {_LIMIT_MB} MB")
    return int(slowest > _LIMIT_S or largest > _LIMIT_MB)


def _measured(arguments: list[str]) -> tuple[float, float, list[str]]:
    """Seconds, peak MB and files of one report, made in a process of its own."""
    answer = subprocess.run([sys.executable, "-m", "benchmark.report", "--side", *arguments], check=True, capture_output=True, text=True)
    *files, measured = answer.stdout.splitlines()
    seconds, peak = measured.split()
    return float(seconds), float(peak), files


def _check(db: Path, files: list[str], period: list[str]) -> None:
    """The report that was measured is about all of its messages."""
    within = "submitted_utc >= '2026-09-30 22:00' AND submitted_utc < '2026-10-31 23:00'" if period else "true"
    with store.connect(db) as connection:
        ((count,),) = connection.execute(f"SELECT count(*) FROM messages WHERE {within}").fetchall()
    (page,) = (Path(file) for file in files if file.endswith(".html"))
    if len(files) != 3 or f"{count:,}".replace(",", "\u00a0") not in page.read_text("utf-8"):
        raise SystemExit(f"the report is not whole: {count:,} messages are in none of {', '.join(files)}")


if __name__ == "__main__":
    main()
