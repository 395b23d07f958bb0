"""`make bench`: five million Kannel lines loaded and resolved, against DuckDB storing the same lines in one column.

Each side runs in a process of its own, in turn, so that its time and its peak memory are its own; the smallest of the rounds counts.
Exit code 1 when a limit is broken.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmark import kannel_log, say
from sms_analytics.commands import loader
from sms_analytics.database import store

#: The load may take this many times the floor, and this much memory.
_TIMES_FLOOR = 4.0
_PEAK_MB = 1500


def floor(log: Path, db: Path) -> None:
    """DuckDB reads the lines into a one-column table and closes the file."""
    connection = duckdb.connect(str(db))
    connection.execute(
        r"""
        CREATE TABLE lines AS
        FROM read_csv($log, columns = {'line': 'VARCHAR'}, header = false, delim = '\x01', quote = '', escape = '', auto_detect = false)
        """,
        {"log": str(log)},
    )
    connection.close()


def load(log: Path, db: Path) -> None:
    """The same lines, loaded and resolved."""
    report = loader.load(str(log), db=db, time_zone="Europe/Oslo")
    if report.faults:
        raise SystemExit("\n".join(report.faults))


def _measured(side: str, log: Path, folder: Path) -> tuple[float, float]:
    """Seconds and peak MB of one side, in a process of its own."""
    db = folder / f"{side}.duckdb"
    db.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmark", "--side", side, "--log", str(log), "--db", str(db)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak = answer.stdout.split()
    return float(seconds), float(peak)


def _one_side(side: str, log: Path, db: Path) -> None:
    begun = time.perf_counter()
    {"floor": floor, "load": load}[side](log, db)
    seconds = time.perf_counter() - begun
    sys.stdout.write(f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}\n")


def _check(db: Path, lines: int) -> None:
    """The load that was measured did its work."""
    connection = store.connect(db)
    ((records, messages, decided),) = connection.execute(
        "SELECT (SELECT sum(records)::BIGINT FROM loads), count(*), count(decided_by) FROM messages"
    ).fetchall()
    connection.close()
    if records < lines * 0.99 or messages < lines * 0.49 or decided < messages * 0.99:
        raise SystemExit(f"the load is not whole: {records} records, {messages} messages, {decided} decided")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=("floor", "load"), help=argparse.SUPPRESS)
    parser.add_argument("--log", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--db", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        _one_side(options.side, options.log, options.db)
        return
    folder = Path(tempfile.mkdtemp(prefix="sms-analytics-bench-"))
    try:
        raise SystemExit(_compare(folder, options.lines, options.rounds))
    finally:
        shutil.rmtree(folder)


def _compare(folder: Path, lines: int, rounds: int) -> int:
    log = folder / "access.log"
    kannel_log.write(log, lines)
    say(f"kannel: {lines:,} lines, {log.stat().st_size / 1e6:,.0f} MB")
    measured: dict[str, list[tuple[float, float]]] = {"floor": [], "load": []}
    for number in range(rounds):
        for side, results in measured.items():
            seconds, peak = _measured(side, log, folder)
            results.append((seconds, peak))
            say(f"  round {number + 1}: {side:5} {seconds:6.1f} s, peak {peak:,.0f} MB")
    _check(folder / "load.duckdb", lines)
    best_floor, best_load = (min(seconds for seconds, _ in measured[side]) for side in ("floor", "load"))
    peak = max(peak for _, peak in measured["load"])
    times = best_load / best_floor
    say(f"  load and resolve: {times:.2f} times the floor (limit {_TIMES_FLOOR}), {lines / best_load:,.0f} lines/s")
    say(f"  peak memory: {peak:,.0f} MB (limit {_PEAK_MB})")
    return int(times > _TIMES_FLOOR or peak > _PEAK_MB)


if __name__ == "__main__":
    main()
