"""A lake opened as a database: the same tables out of Parquet files, of which a question reads those that it needs."""

import shutil
from pathlib import Path

import pytest

import sms_analytics as sms
from sms_analytics.commands.exporting import export
from sms_analytics.database import lake, store
from sms_analytics.errors import DatabaseError
from tests.small_database import loaded, sent

TABLES = (
    *("events", "messages", "loads", "feeds", "outages", "rejects", "sightings", "load_counts", "load_feeds", "load_options", "load_pieces"),
    *("gap_evidence", "receipt_habits", "feed_links", "accepted_records"),
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loaded(tmp_path_factory.mktemp("lake"))[0]


@pytest.fixture(scope="module")
def exported(database: Path) -> Path:
    folder = database.parent / "lake"
    done = export(folder, db=database)
    with sms.connect(database) as connection:
        counts = connection.execute("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM messages)").fetchall()
    assert [(done.events, done.messages)] == counts
    return folder


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with sms.connect(path) as connection:
        return sorted(connection.execute(f"FROM {table}").fetchall(), key=str)


class TestConnect:
    @pytest.mark.parametrize("table", TABLES)
    def test_shows_what_the_database_holds(self, database: Path, exported: Path, table: str) -> None:
        assert rows(exported, table) == rows(database, table)

    def test_questions_give_the_same(self, database: Path, exported: Path) -> None:
        with sms.connect(database) as one, sms.connect(exported) as other:
            assert sms.rates(one, by="operator").equals(sms.rates(other, by="operator"))
            assert sms.rates(one, as_of="2026-10-01 11:00").equals(sms.rates(other, as_of="2026-10-01 11:00"))
            assert repr(sms.lookup(one, "+4740000001")) == repr(sms.lookup(other, "+4740000001"))
            assert sms.reconcile(one).equals(sms.reconcile(other))

    def test_files_lie_by_feed_and_month(self, exported: Path) -> None:
        folders = {str(file.parent.relative_to(exported)) for file in (exported / "messages").rglob("*.parquet")}
        assert "messages/feed=telenor1/month=2026-10" in folders
        assert exported.stat().st_mode & 0o077 == 0

    def test_a_feed_with_any_name_is_a_folder(self, exported: Path) -> None:
        with sms.connect(exported) as connection:
            connection.execute("CREATE TEMP TABLE named AS SELECT 'a/b =ø%' AS feed, '2026-01' AS month, 1 AS number")
            (part,) = lake.write_parts(connection, exported, 0, "events", "FROM named")
            assert (part.path.split("/")[1], part.feed, part.month) == ("feed=a%2Fb%20%3D%C3%B8%25", "a/b =ø%", "2026-01")
            assert connection.execute(f"SELECT feed, number FROM {lake.scan(exported, [part])}").fetchall() == [("a/b =ø%", 1)]
        shutil.rmtree(exported / "events" / part.path.split("/")[1])

    def test_a_question_about_a_feed_reads_only_its_files(self, exported: Path, tmp_path: Path) -> None:
        folder = shutil.copytree(exported, tmp_path / "lake")
        for file in (folder / "messages").rglob("*.parquet"):
            if "feed=telenor1" not in str(file):
                spoil(file)
        with sms.connect(folder) as connection:
            assert connection.execute("SELECT count(recipient) > 0 FROM messages WHERE feed = 'telenor1'").fetchall() == [(True,)]
            with pytest.raises(Exception, match="type"):
                connection.execute("SELECT count(recipient) FROM messages").fetchall()

    def test_a_question_about_a_time_reads_only_its_files(self, tmp_path: Path) -> None:
        lines = {"2026-01-10": "0A1", "2026-02-10": "0A2"}
        log = tmp_path / "access.log"
        log.write_text("".join(sent(f"{day} 10:00:00", id, "+4740000001") + "\n" for day, id in lines.items()))
        sms.load(str(log), db=tmp_path / "one.duckdb", time_zone="Europe/Oslo")
        export(tmp_path / "lake", db=tmp_path / "one.duckdb")
        (january,) = (tmp_path / "lake" / "messages").rglob("month=2026-01/*.parquet")
        spoil(january)
        with sms.connect(tmp_path / "lake") as connection:
            assert sms.rates(connection, since="2026-02-01")["messages"].to_list() == [1]


def spoil(file: Path) -> None:
    """Makes the values of a Parquet file unreadable; what it says of itself at its end stays."""
    content = file.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    file.write_bytes(content[:4] + b"\xff" * (len(content) - footer - 4) + content[-footer:])


class TestThereAndBack:
    def test_a_lake_is_loaded_as_a_database(self, database: Path, exported: Path, tmp_path: Path) -> None:
        report = sms.load(str(exported), db=tmp_path / "back.duckdb")
        assert (report.faults, len(report.loads)) == ([], len(rows(database, "loads")))
        for table in TABLES:
            assert rows(tmp_path / "back.duckdb", table) == rows(database, table), table
        again = sms.load(str(exported), db=tmp_path / "back.duckdb")
        assert (again.loads, again.known) == ([], [str(exported)])

    def test_an_export_replaces_an_earlier_one_and_nothing_else(self, database: Path, exported: Path, tmp_path: Path) -> None:
        folder = shutil.copytree(exported, tmp_path / "lake")
        export(folder, db=database)
        state = lake.read(folder, store.SCHEMA_VERSION)
        assert {str(file.relative_to(folder)) for file in folder.rglob("*.parquet")} == state.files()
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("mine")
        with pytest.raises(DatabaseError, match="is no lake and not empty"):
            export(tmp_path / "mine", db=database)

    def test_loading_into_a_lake_says_what_to_do(self, exported: Path, tmp_path: Path) -> None:
        (tmp_path / "access.log").write_text("x\n")
        with pytest.raises(DatabaseError, match="a lake, and this changes database files only"):
            sms.load(str(tmp_path / "access.log"), db=exported)


class TestTakenOut:
    def test_a_number_is_nowhere_in_the_lake_afterwards(self, exported: Path, tmp_path: Path) -> None:
        folder = shutil.copytree(exported, tmp_path / "lake")
        before = {str(file.relative_to(folder)) for file in folder.rglob("*.parquet")}
        done = sms.forget("+4740000002", db=folder)
        assert (done.events, done.messages) == (2, 1)
        assert not before & {str(file.relative_to(folder)) for file in folder.rglob("*.parquet")}
        with sms.connect(folder) as connection:
            for table in ("events", "messages"):
                assert [row for row in connection.execute(f"FROM {table}").fetchall() if "40000002" in str(row)] == []
        assert len(rows(folder, "messages")) == len(rows(exported, "messages")) - 1

    def test_old_messages_go(self, exported: Path, tmp_path: Path) -> None:
        folder = shutil.copytree(exported, tmp_path / "lake")
        sms.purge("2026-10-19", db=folder)
        with sms.connect(folder) as connection:
            assert connection.execute("SELECT min(submitted_utc) >= '2026-10-18' FROM messages").fetchall() == [(True,)]
        assert {part.month for part in lake.read(folder, store.SCHEMA_VERSION).messages} == {"2026-10"}
