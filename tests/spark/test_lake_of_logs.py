"""Loading and resolving into a lake, in this process: the same functions that Spark runs in its tasks, without waiting for a cluster."""

import json
import shutil
from pathlib import Path

import pytest

import sms_analytics as sms
from sms_analytics.database import lake, store
from sms_analytics.errors import DatabaseError, NoDataError
from sms_analytics.resolving import gap_causes
from sms_analytics.spark.arrivals import load
from sms_analytics.spark.settling import resolve
from tests.small_database import KANNEL, received, sent
from tests.spark import logs


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logs.write(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def both(world: Path) -> tuple[Path, Path]:
    """The first logs in a database file and in a lake, then the second ones."""
    database, folder = world / "one.duckdb", world / "lake"
    for part in ("first", "second"):
        one = sms.load(str(world / part), db=database)
        other = load(None, str(world / part), folder, stretch_bytes=30_000)
        assert other.faults == one.faults
        resolve(None, folder, share_rows=400)
        logs.assert_same(database, folder)
    return database, folder


class TestLoadAndResolve:
    def test_the_lake_has_what_the_database_file_has(self, both: tuple[Path, Path]) -> None:
        logs.assert_same(*both)

    def test_the_logs_have_what_the_rules_look_at(self, both: tuple[Path, Path]) -> None:
        with sms.connect(both[1]) as connection:
            asked = {
                "copies in one load": "SELECT count(*) FROM events WHERE copies > 1",
                "in both loads": "SELECT count(*) FROM sightings",
                "ids in hexadecimal": "SELECT count(*) FROM feeds WHERE id_rule = 'hex_submissions'",
                "links": "SELECT count(*) FROM feed_links",
                "parts": "SELECT count(*) FROM messages WHERE parts > 1",
                "ids used again": "SELECT count(*) FROM messages WHERE message_key LIKE '%~2'",
                "repeated hour": "SELECT count(*) FROM events WHERE event_utc BETWEEN '2026-10-25 00:00:00' AND '2026-10-25 02:00:00'",
                "rejects": "SELECT count(*) FROM rejects",
                "refused": "SELECT count(*) FROM loads WHERE state = 'refused'",
                "stretches": "SELECT count(*) FROM loads WHERE bytes > 30000",
            }
            assert [what for what, query in asked.items() if connection.execute(query).fetchall() == [(0,)]] == []

    def test_what_is_there_is_not_loaded_twice(self, world: Path, both: tuple[Path, Path]) -> None:
        before = (both[1] / lake.MANIFEST).read_text()
        report = load(None, str(world / "second"), both[1])
        assert (report.loads, report.known) == ([], [str(world / "second" / "access-2.log")])
        assert (both[1] / lake.MANIFEST).read_text() == before

    def test_other_options_for_the_same_content_are_refused(self, world: Path, both: tuple[Path, Path]) -> None:
        report = load(None, str(world / "second"), both[1], account="another")
        assert report.faults == [
            f"{world / 'second' / 'access-2.log'}: its content is there already as load 6, loaded with other options; "
            "to read it otherwise load the logs into a new lake"
        ]


def write(path: Path, *lines: str) -> str:
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with three months of one feed, a message in each; its log lies beside it."""
    folder = tmp_path_factory.mktemp("small")
    lines = [sent(f"2026-0{month}-10 10:00:00", f"0A{month}", "+4740000001") for month in (1, 2, 3)]
    # More in March, so that what comes later is the smaller part of the feed.
    lines += [sent(f"2026-03-1{day} 10:00:00", f"0B{day}", "+4740000002") for day in range(1, 10)]
    load(None, write(folder / "access.log", *lines), folder / "lake", time_zone="Europe/Oslo")
    resolve(None, folder / "lake")
    return folder / "lake"


@pytest.fixture
def small(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(made, tmp_path / "lake")


class TestLaterRuns:
    def test_touch_only_the_months_of_the_messages_that_are_told_of(self, small: Path) -> None:
        between = lake.read(small, store.SCHEMA_VERSION)
        load(
            None,
            write(small.parent / "late.log", received("2026-03-20 10:00:00", "0A2", "+4740000001", done="2603201000")),
            small,
            time_zone="Europe/Oslo",
        )
        report = resolve(None, small)
        after = lake.read(small, store.SCHEMA_VERSION)
        assert (report.events, report.messages, report.whole_feeds) == (2, 1, [])
        changed = {part.path for part in between.messages} ^ {part.path for part in after.messages}
        assert {path.split("/")[2] for path in changed} == {"month=2026-02"}
        assert {part.month for part in between.messages} == {"2026-01", "2026-02", "2026-03"}
        with sms.connect(small) as connection:
            told = connection.execute("SELECT message_key, outcome, receipts FROM messages WHERE receipts > 0").fetchall()
        assert told == [("telenor1/a2", "delivered", 1)]

    def test_a_log_that_has_grown_is_read_from_where_it_ended(self, made: Path, small: Path) -> None:
        log = made.parent / "access.log"
        with log.open("a") as file:
            file.write(received("2026-03-20 10:00:00", "0A3", "+4740000001", done="2603201000") + "\n")
        report = load(None, str(log), small, time_zone="Europe/Oslo")
        assert [(one.load_id, one.records, one.events) for one in report.loads] == [(2, 1, 1)]
        with sms.connect(small) as connection:
            assert connection.execute("SELECT record_no FROM events WHERE load_id = 2").fetchall() == [(13,)]

    def test_a_run_that_dies_leaves_the_state_before(self, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        load(
            None,
            write(small.parent / "late.log", received("2026-03-20 10:00:00", "0A2", "+4740000001", done="2603201000")),
            small,
            time_zone="Europe/Oslo",
        )
        before = (small / lake.MANIFEST).read_text()
        with monkeypatch.context() as dying:

            def dies(*_: object, **__: object) -> None:
                raise KeyboardInterrupt

            dying.setattr(gap_causes, "update", dies)
            with pytest.raises(KeyboardInterrupt):
                resolve(None, small)
        assert (small / lake.MANIFEST).read_text() == before
        with sms.connect(small) as connection:
            assert connection.execute("SELECT count(*) FROM messages WHERE receipts > 0").fetchall() == [(0,)]
        resolve(None, small)
        with sms.connect(small) as connection:
            assert connection.execute("SELECT count(*) FROM messages WHERE receipts > 0").fetchall() == [(1,)]
        # What the dead run left is gone.
        state = lake.read(small, store.SCHEMA_VERSION)
        there = {str(file.relative_to(small)) for file in small.rglob("*.parquet") if not file.name.startswith(f"r{state.run}-")}
        assert there <= state.files() | set(state.before)

    def test_of_two_runs_at_once_one_is_told_so(self, small: Path) -> None:
        state = lake.begin(small, store.SCHEMA_VERSION)
        lake.publish(small, state)
        with pytest.raises(DatabaseError, match="another run has changed it meanwhile"):
            lake.publish(small, state)


class TestErrors:
    def test_nothing_is_resolved_where_nothing_was_loaded(self, tmp_path: Path) -> None:
        with pytest.raises(NoDataError, match="nothing is loaded there"):
            resolve(None, tmp_path / "lake")

    def test_a_folder_with_other_things_is_no_lake(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("mine")
        with pytest.raises(DatabaseError, match="is no lake and not empty"):
            load(None, write(tmp_path / "access.log", *KANNEL), tmp_path / "out", time_zone="Europe/Oslo")

    def test_a_manifest_of_another_version_is_refused(self, small: Path) -> None:
        manifest = json.loads((small / lake.MANIFEST).read_text())
        (small / lake.MANIFEST).write_text(json.dumps(manifest | {"schema": 1}))
        with pytest.raises(DatabaseError, match="made by another version"):
            sms.connect(small)

    def test_a_path_that_names_nothing_costs_only_itself(self, tmp_path: Path) -> None:
        report = load(None, [str(tmp_path / "none.log"), write(tmp_path / "access.log", *KANNEL)], tmp_path / "lake", time_zone="Europe/Oslo")
        assert (len(report.loads), len(report.faults)) == (1, 1)
        assert "none.log: no such file" in report.faults[0]
        shutil.rmtree(tmp_path / "lake")
