"""Long runs of what goes wrong (`make faults`): kills at every moment of a load, full disks, ruins of every kind, archives that burst."""

import gzip
import json
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sms_analytics import formats
from tests import kannel_log as log
from tests import ruins

pytestmark = pytest.mark.faults

KILLS = 60
LIMITS = 20
#: A load that says when it begins: what comes before is Python's, and nothing can happen to the database.
LOAD = """
import json, resource, sys
from sms_analytics.commands import loader
from sms_analytics.errors import SmsAnalyticsError
db, path, limit = sys.argv[1:]
if limit != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
print("ready", flush=True)
try:
    report = loader.load(path, db=db, time_zone="Europe/Oslo")
except SmsAnalyticsError as error:
    print(error)
    sys.exit(error.exit_code)
print(json.dumps({"faults": report.faults, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def begun(db: Path, path: Path, limit: int = 0) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", LOAD, db, path, str(limit)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: "subprocess.Popen[str]") -> str:
    with process:
        out, _ = process.communicate()
        return out


def content(db: Path) -> dict[str, Any]:
    """What the database says, in short: every column of every message counts."""
    return log.rows(db, "SELECT count(*) AS messages, sum(hash(messages)::HUGEINT)::VARCHAR AS hash FROM messages")[0]


class Course:
    """A small database, a larger log on its way into it, and what comes of that when nothing goes wrong."""

    def __init__(self, folder: Path) -> None:
        self.old, self.log = folder / "old" / "sms.duckdb", log.written(folder / "large.log", log.lines(30_000, first=1000))
        log.load(self.old, log.written(folder / "small.log", log.lines(200)))
        self.home = folder / "home"
        self.db = self.home / "sms.duckdb"
        self.reset()
        start = time.monotonic()
        assert json.loads(ended(begun(self.db, self.log)))["faults"] == []
        self.seconds = time.monotonic() - start
        self.before, self.after = content(self.old), content(self.db)
        assert self.before["messages"] == 200
        assert self.after["messages"] == 30_200
        self.size = self.db.stat().st_size

    def reset(self) -> None:
        """The old database again, in an empty folder."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        shutil.copy2(self.old, self.db)

    def goes_on(self) -> None:
        """The next load does what nothing had kept the first from doing, and cleans up behind it."""
        assert log.load(self.db, self.log).faults == []
        assert content(self.db) == self.after
        assert [path.name for path in self.home.iterdir()] == ["sms.duckdb"]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return Course(tmp_path_factory.mktemp("course"))


@pytest.mark.parametrize("kill", range(KILLS))
def test_a_load_that_is_killed_at_any_moment_leaves_the_database_whole(kill: int, course: Course) -> None:
    course.reset()
    process = begun(course.db, course.log)
    time.sleep(course.seconds * (kill + 0.5) / KILLS)
    process.send_signal(signal.SIGKILL)
    ended(process)
    # A kill may come just behind the swap; a whole database it is in any case.
    assert content(course.db) in (course.before, course.after)
    course.goes_on()


@pytest.mark.parametrize("step", range(LIMITS))
def test_a_disk_that_fills_up_at_any_point_leaves_the_database_whole(step: int, course: Course) -> None:
    course.reset()
    process = begun(course.db, course.log, limit=int(course.size * (step + 0.5) / LIMITS))
    out = ended(process)
    if process.returncode == 0:
        assert content(course.db) == course.after
        return
    assert process.returncode == 3
    assert out.startswith(f"{course.db}: cannot be written: ")
    assert out.count("\n") == 1
    assert [path.name for path in course.home.iterdir()] == ["sms.duckdb"]
    assert content(course.db) == course.before
    course.goes_on()


@pytest.mark.parametrize("format", [None, *formats.names()])
@pytest.mark.parametrize("seed", range(6))
def test_ruins(seed: int, format: str | None, tmp_path: Path) -> None:
    ruins.check(ruins.made(tmp_path, seed, logs=60, noise=20), tmp_path / "sms.duckdb", format)


@pytest.mark.parametrize("fill", [b"\0", b"a", b"a,", b"\n", b"2026-03-18 09:00:07 Sent SMS [SMSC:telia1] [FID:1] [msg:900000000:"])
def test_an_archive_that_bursts_takes_bounded_memory(fill: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    piece = fill * ((1 << 20) // len(fill))
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(600):
            file.write(piece)
    answer = json.loads(ended(begun(tmp_path / "sms.duckdb", path)))
    assert answer["peak"] < 1_500_000
    log.loads(tmp_path / "sms.duckdb")


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    peaks = []
    for number, repeats in enumerate((4, 16)):
        path = tmp_path / f"{number}.log"
        with path.open("wb") as file:
            for part in range(repeats):
                file.write(log.content(log.lines(40_000, first=1 + 40_000 * part)))
        answer = json.loads(ended(begun(tmp_path / f"{number}.duckdb", path)))
        assert answer["faults"] == []
        peaks.append(answer["peak"])
    assert peaks[1] < peaks[0] + 500_000
    assert peaks[1] < 1_500_000


def test_the_limit_on_memory_is_measured_in_kilobytes_here() -> None:
    assert 10_000 < resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 50_000_000
