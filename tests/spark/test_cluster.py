"""Spark itself: the same logs as on one machine, in tasks of a local cluster, with a worker that dies and an object store."""

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sms_analytics as sms
from sms_analytics.cli import main
from sms_analytics.spark import stretches
from sms_analytics.spark.arrivals import load
from sms_analytics.spark.settling import resolve
from tests.small_database import KANNEL
from tests.spark import logs
from tests.spark.object_store import ObjectStore

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def session() -> "Iterator[SparkSession]":
    """Two tasks at a time, each tried up to three times."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  # slow to import

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        # The package as the tests see it.
        environment.setenv("PYTHONPATH", os.pathsep.join([str(Path(sms.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]))
        builder = SparkSession.builder.master("local[2,3]").appName("tests")
        for name, value in {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "512m",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.session.timeZone": "UTC",
        }.items():
            builder = builder.config(name, value)
        started = builder.getOrCreate()
        started.sparkContext.setLogLevel("OFF")
        yield started
        started.stop()


def test_the_same_as_on_one_machine_though_a_worker_dies(session: "SparkSession", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = logs.write(tmp_path)
    sms.load(str(world / "first"), db=world / "one.duckdb")
    died = str(tmp_path / "died")

    def dies_once(order: stretches.Order, read=stretches.read) -> stretches.Read:  # type: ignore[no-untyped-def]
        if order.place.path.endswith("access.log") and order.stretch.began and not os.path.exists(died):  # noqa: PTH110
            os.close(os.open(died, os.O_CREAT))
            os._exit(1)
        return read(order)  # type: ignore[no-any-return]

    with monkeypatch.context() as dying:
        dying.setattr(stretches, "read", dies_once)
        report = load(session, str(world / "first"), world / "lake", stretch_bytes=40_000)
    assert Path(died).exists()
    assert len(report.loads) == 5
    resolve(session, world / "lake", share_rows=400)
    logs.assert_same(world / "one.duckdb", world / "lake")


def test_logs_in_an_object_store(session: "SparkSession", tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text("".join(f"{line}\n" for line in KANNEL))
    sms.load(str(tmp_path / "access.log"), db=tmp_path / "one.duckdb", time_zone="Europe/Oslo")
    with ObjectStore({"2026/access.log": (tmp_path / "access.log").read_bytes(), "2026/.hidden": b"nobody's\n"}) as store:
        report = load(session, store.address("2026/"), tmp_path / "lake", time_zone="Europe/Oslo", stretch_bytes=400)
        assert report.faults == []
        resolve(session, tmp_path / "lake")
        again = load(session, store.address("2026/access.log"), tmp_path / "lake", time_zone="Europe/Oslo")
    assert again.known == ["s3://logs/2026/access.log"]
    with sms.connect(tmp_path / "one.duckdb") as one, sms.connect(tmp_path / "lake") as other:
        # Neither the key nor the secret of the store is anywhere.
        assert other.execute("SELECT path, records, rejected FROM loads").fetchall() == [("s3://logs/2026/access.log", 9, 1)]
        for table in ("events", "messages", "rejects", "feeds"):
            assert logs.rows(other, table) == logs.rows(one, table)


def test_the_commands(session: "SparkSession", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As docs/scale.md has them. The last test: a command stops the session that it works on."""
    page = (Path(sms.__file__).parents[1] / "docs" / "scale.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "access.log").write_text("".join(f"{line}\n" for line in KANNEL))
    (tmp_path / "sms_analytics.toml").write_text('[feeds.telenor1]\ntime_zone = "Europe/Oslo"\n')
    commands = [shlex.split(line)[1:] for line in page.splitlines() if line.startswith("sms-analytics") and "HOST" not in line]
    commands.sort(key=lambda command: command[0] != "spark")
    assert [command[0] for command in commands] == ["spark", "spark", "export", "rates", "load"]
    for command in commands:
        if command[0] == "export":
            assert main(["load", "logs", "--db", "sms.duckdb"]) == 0
            Path("lake").rename("lake-of-spark")
        assert main(command) == 0, command
    assert session.sparkContext._jsc is None  # stopped
    told = set()
    for place in ("lake-of-spark", "lake", "sms.duckdb", "back.duckdb"):
        capsys.readouterr()
        assert main(["rates", "--db", place, "--format", "json"]) == 0
        told.add(capsys.readouterr().out)
    assert len(told) == 1
