"""Logs that grow and rotate while a real process follows them, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import IO

import pytest

from sms_analytics.cli import main
from sms_analytics.commands.following import Round, follow
from sms_analytics.database import store
from sms_analytics.errors import DatabaseError, UsageError
from tests.small_database import received, sent

OPTIONS = {"time_zone": "Europe/Oslo", "receipt_zone": None, "format": None, "feed": None, "account": None}


def line(number: int) -> str:
    return sent(f"2026-10-01 10:{number:02}:00", f"00A1B2{number:02X}", f"+47400000{number:02}") + "\n"


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def recipients(db: Path) -> list[str]:
    with store.connect(db) as connection:
        return [row[0][-2:] for row in connection.execute("SELECT recipient FROM messages ORDER BY 1").fetchall()]


def paths_of_loads(db: Path) -> list[tuple[str, int]]:
    with store.connect(db) as connection:
        return [(Path(path).name, records) for path, records in connection.execute("SELECT path, records FROM loads ORDER BY load_id").fetchall()]


class TestProcess:
    def test_reads_what_grows_and_rotates_and_stops_when_told(self, tmp_path: Path) -> None:
        log, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
        log.write_text(line(1) + line(2)[:40], "utf-8")
        command = [
            sys.executable,
            "-m",
            "sms_analytics",
            "load",
            "access.log*",
            "--db",
            str(db),
            "--follow",
            "--every",
            "1s",
            "--time-zone",
            "Europe/Oslo",
        ]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            try:
                heard = _hearing(process.stderr)
                heard(lambda said: "1 fil lest" in said)
                append(log, line(2)[40:] + line(3))
                heard(lambda said: "1 fil lest" in said)
                log.rename(tmp_path / "access.log.1")
                log.write_text(line(4), "utf-8")
                heard(lambda said: "1 fil lest, 1 linje, 1 hendelse" in said)
                heard(lambda said: "ikke noe nytt i 2 filer" in said)
                process.send_signal(signal.SIGTERM)
                said = heard(lambda said: said.startswith("Stanset"))
                process.wait(60)
            finally:
                process.kill()
        assert process.returncode == 0
        assert [text for text in said if text.startswith("error")] == []
        assert recipients(db) == ["01", "02", "03", "04"]
        # The second load of the log begins where the first ended, at the record that was not whole.
        assert paths_of_loads(db) == [("access.log", 1), ("access.log", 2), ("access.log", 1)]


def _hearing(stream: IO[str]) -> Callable[[Callable[[str], bool]], list[str]]:
    """What was said until a line fits; the test's own patience is the limit."""
    said: list[str] = []

    def until(fits: Callable[[str], bool]) -> list[str]:
        ends = time.monotonic() + 60
        for text in stream:
            said.append(text)
            if fits(text):
                return said
            assert time.monotonic() < ends, said
        raise AssertionError(said)

    return until


class TestRounds:
    @pytest.fixture
    def log(self, tmp_path: Path) -> Path:
        path = tmp_path / "access.log"
        path.write_text(line(1), "utf-8")
        return path

    def test_a_fault_is_told_once_and_ends_nothing(self, log: Path, tmp_path: Path) -> None:
        (tmp_path / "letter.log").write_text("Dear all,\nnothing here is a log.\n", "utf-8")
        rounds = self.rounds([str(log), str(tmp_path / "letter.log"), str(tmp_path / "missing.log")], tmp_path)
        first = next(rounds)
        assert [fault.partition(":")[0].rpartition("/")[2] for fault in first.faults] == ["missing.log", "letter.log"]
        assert first.report.records == 3
        second = next(rounds)
        assert (second.faults, second.report.loads) == ([], [])
        append(log, line(2))
        third = next(rounds)
        assert (third.faults, third.report.records) == ([], 1)
        (tmp_path / "missing.log").write_text(line(3), "utf-8")
        assert next(rounds).report.records == 1
        assert recipients(tmp_path / "sms.duckdb") == ["01", "02", "03"]

    def test_a_round_that_fails_is_told_and_the_next_one_loads(self, log: Path, tmp_path: Path) -> None:
        rounds, db = self.rounds([str(log)], tmp_path), tmp_path / "sms.duckdb"
        next(rounds)
        append(log, line(2))
        with store.rebuild(db):
            (fault,) = next(rounds).faults
            assert "sms.duckdb" in fault
        assert next(rounds).report.records == 1

    def test_the_first_round_fails_as_a_load_does(self, log: Path, tmp_path: Path) -> None:
        with store.rebuild(tmp_path / "sms.duckdb"), pytest.raises(DatabaseError):
            next(self.rounds([str(log)], tmp_path))

    def test_receipts_that_come_later_answer_what_was_sent(self, log: Path, tmp_path: Path) -> None:
        rounds = self.rounds([str(log)], tmp_path)
        next(rounds)
        append(log, received("2026-10-01 10:05:00", "00A1B201", "+4740000001", done="2610011005") + "\n")
        next(rounds)
        with store.connect(tmp_path / "sms.duckdb") as connection:
            assert connection.execute("SELECT outcome FROM messages").fetchall() == [("delivered",)]

    @staticmethod
    def rounds(paths: list[str], folder: Path) -> Iterator[Round]:
        return follow(paths, stop=Event(), every=timedelta(milliseconds=1), db=folder / "sms.duckdb", **OPTIONS)

    def test_a_stop_before_the_first_round_loads_nothing(self, log: Path, tmp_path: Path) -> None:
        stop = Event()
        stop.set()
        assert list(follow([str(log)], stop=stop, db=tmp_path / "sms.duckdb")) == []
        with pytest.raises(UsageError, match="standard input"):
            next(follow(["-"], stop=Event(), db=tmp_path / "sms.duckdb"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--every", "1m"], "--every: only with --follow"),
        (["--follow", "--every", "often"], "--every 'often': write a whole number and a unit"),
        (["--follow", "--every", "0s"], "--every '0s': write 1s or more"),
        (["--follow", "--replace"], "--replace: not with --follow"),
        (["--follow", "--json"], "--json: not with --follow"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str) -> None:
    assert main(["load", str(tmp_path), "--db", str(tmp_path / "sms.duckdb"), *options]) == 2
    assert told in capsys.readouterr().err
