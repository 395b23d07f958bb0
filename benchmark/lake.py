"""What loading and resolving cost on one machine and on Spark: the same Kannel log through both, stage by stage.

    python -m benchmark.lake --lines 1000000 --master "local[2]"

One feed has 60 % of the lines. Needs the extra `spark` and Java 17. CPU is that of all processes, the JVM and its Python workers too.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmark import kannel_log, say

#: One feed with 60 % of all, and four others.
_FEEDS: Final = ("telenor1", "telenor1", "telia1", "telenor1", "ice1", "telenor1", "world1", "telenor1", "nordic1", "telenor1")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def _processes() -> dict[int, tuple[int, float, int]]:
    """Of each process its parent, the CPU seconds of it and of its ended children, and its memory in KiB."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            memory = int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
        except OSError:
            continue
        found[int(folder.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / _TICKS, memory)
    return found


def _ours() -> tuple[float, int]:
    """CPU seconds and memory in KiB of this process and all below it."""
    processes = _processes()
    ours, added = set[int](), {os.getpid()}
    while added:
        ours |= added
        added = {number for number, (parent, *_) in processes.items() if parent in ours} - ours
    return sum(processes[number][1] for number in ours), sum(processes[number][2] for number in ours)


def _measured(name: str, lines: int, work: Callable[[], object]) -> None:
    cpu, begun = _ours()[0], time.monotonic()
    work()
    seconds = time.monotonic() - begun
    after, memory = _ours()
    each = (after - cpu) / lines * 1e6
    say(f"{name:<28}{seconds:>8.1f} s {after - cpu:>8.1f} s CPU {each:>7.1f} s CPU per million {memory / 1024:>7.0f} MB at its end")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--stretch", type=int, default=64 << 20, help="bytes of a stretch")
    parser.add_argument("--share", type=int, default=250_000, help="events of a share")
    asked = parser.parse_args()
    import sms_analytics as sms  # noqa: PLC0415  # what is measured begins here
    from sms_analytics import spark  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="lake-") as folder:
        log, database, lake = Path(folder) / "access.log", Path(folder) / "sms.duckdb", Path(folder) / "lake"
        kannel_log.write(log, asked.lines, feeds=_FEEDS)
        say(f"{asked.lines} lines, {log.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        _measured("one process, load", asked.lines, lambda: sms.load(str(log), db=database, time_zone="Europe/Oslo"))
        _measured("one process, rates", asked.lines, lambda: sms.rates(sms.connect(database), by="operator"))
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        from pyspark.sql import SparkSession  # noqa: PLC0415

        session = (
            SparkSession.builder.master(asked.master)
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .getOrCreate()
        )
        session.sparkContext.setLogLevel("ERROR")
        say(f"load {os.getloadavg()[0]:.1f}")
        _measured("Spark, load", asked.lines, lambda: spark.load(session, str(log), lake, time_zone="Europe/Oslo", stretch_bytes=asked.stretch))
        _measured("Spark, resolve", asked.lines, lambda: spark.resolve(session, lake, share_rows=asked.share))
        _measured("lake, rates", asked.lines, lambda: sms.rates(sms.connect(lake), by="operator"))
        size = sum(file.stat().st_size for file in lake.rglob("*.parquet"))
        say(f"database {database.stat().st_size / 1e6:.0f} MB, lake {size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}")
        session.stop()


if __name__ == "__main__":
    main()
