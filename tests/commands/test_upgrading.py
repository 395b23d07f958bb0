"""Databases of earlier releases become what a fresh load makes; what cannot be brought up to date is told apart and never touched.

`tests/database/earlier` holds a database of each earlier layout, made by its own release of `access.log` and `callbacks.jsonl` there.
"""

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from sms_analytics.commands import upgrading
from sms_analytics.database import layouts, store
from sms_analytics.errors import DatabaseError
from tests import kannel_log as log

EARLIER = Path(__file__).parents[1] / "database" / "earlier"
LOGS = ("access.log", "callbacks.jsonl")
#: When the callbacks were written, which have no time of their own.
WRITTEN = 1773826445
#: What another load writes otherwise: who loaded when, and where a reader looks for rows.
_ASIDE = {
    "loads": "* EXCLUDE (loaded_utc)",
    "event_rows": "* EXCLUDE (shared_no)",
    "resolved": "* EXCLUDE (shared_no)",
    "shared_values": "* EXCLUDE (shared_no)",
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fresh")
    for name in LOGS:
        shutil.copy(EARLIER / name, folder / name)
        os.utime(folder / name, (WRITTEN, WRITTEN))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert log.load(folder / "sms.duckdb", *LOGS).faults == []
    return folder / "sms.duckdb"


def _earlier(version: int, folder: Path) -> Path:
    path = folder / "sms.duckdb"
    path.write_bytes(gzip.decompress((EARLIER / f"schema{version}.duckdb.gz").read_bytes()))
    return path


def _tables(db: Path) -> dict[str, tuple[list[str], list[str]]]:
    with store.connect(db) as connection:
        names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1").fetchall()]
        found = {}
        for name in (*names, "events", "messages"):
            relation = connection.sql(f"SELECT {_ASIDE.get(name, '*')} FROM {name}")
            found[name] = (relation.columns, sorted(map(repr, relation.fetchall())))
        return found


@pytest.mark.parametrize("version", sorted(layouts.UPGRADED_FROM))
def test_an_earlier_database_becomes_what_a_fresh_load_makes(version: int, fresh: Path, tmp_path: Path) -> None:
    path = _earlier(version, tmp_path)
    with pytest.raises(
        DatabaseError, match=rf"made by an earlier release \(schema {version}, this one reads {store.SCHEMA_VERSION}\); .*: sms-analytics upgrade"
    ):
        store.connect(path)
    done = upgrading.upgrade(db=path)
    assert (done.before, done.after) == (version, store.SCHEMA_VERSION)
    assert done.events == 58
    upgraded, wanted = _tables(path), _tables(fresh)
    assert upgraded.keys() == wanted.keys()
    for name, content in wanted.items():
        assert upgraded[name] == content, name
    assert log.stray(tmp_path) == []
    assert path.stat().st_mode & 0o777 == 0o400


def test_each_layout_that_can_be_brought_up_to_date_has_a_database_here() -> None:
    assert {path.name for path in EARLIER.glob("*.gz")} == {f"schema{version}.duckdb.gz" for version in layouts.UPGRADED_FROM}
    assert {*range(store.OLDEST_UPGRADED, store.SCHEMA_VERSION)} == layouts.UPGRADED_FROM


def test_a_database_that_is_up_to_date_stays_as_it_is(fresh: Path) -> None:
    before = fresh.read_bytes(), fresh.stat().st_ino
    assert upgrading.upgrade(db=fresh) == upgrading.Upgrade(store.SCHEMA_VERSION, store.SCHEMA_VERSION, 0, [])
    assert (fresh.read_bytes(), fresh.stat().st_ino) == before


def _of_version(version: int) -> Callable[[Path, Path], None]:
    def make(path: Path, _: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"CREATE TABLE meta AS SELECT {version} AS schema_version")

    return make


def _foreign(path: Path, _: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE prices (price DOUBLE)")


def _truncated(path: Path, fresh: Path) -> None:
    path.write_bytes(fresh.read_bytes()[:300_000])


def _flipped(path: Path, fresh: Path) -> None:
    content = bytearray(fresh.read_bytes())
    content[4096 + 100] ^= 0xFF
    content[8192 + 100] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_of_version(store.SCHEMA_VERSION + 1), "made by a newer release"),
        (_of_version(3), "load the logs again into a new file"),
        (_foreign, "not a database of sms_analytics"),
        (lambda path, _: path.write_text("hello " * 9000), "it is no file of DuckDB"),
        (lambda path, _: path.write_bytes(b""), "it is no file of DuckDB"),
        (lambda path, _: path.write_bytes(b"SQLite format 3\0" + bytes(8192)), "it is no file of DuckDB"),
        (_truncated, "it is damaged"),
        (_flipped, "it is damaged"),
    ],
)
def test_what_cannot_be_brought_up_to_date_is_told_apart_and_never_touched(
    make: Callable[[Path, Path], None], told: str, fresh: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sms.duckdb"
    make(path, fresh)
    before = path.read_bytes(), path.stat().st_ino
    for command in (lambda: upgrading.upgrade(db=path), lambda: store.connect(path), lambda: log.load(path, EARLIER / "access.log")):
        with pytest.raises(DatabaseError) as caught:
            command()
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)
    assert (path.read_bytes(), path.stat().st_ino) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["sms.duckdb"]


def test_a_view_of_somebody_else_reads_no_file(fresh: Path, tmp_path: Path) -> None:
    path, secret = tmp_path / "sms.duckdb", tmp_path / "secret.csv"
    secret.write_text("a\nhemmelig\n")
    path.write_bytes(fresh.read_bytes())
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE VIEW peek AS FROM read_csv('{secret}')")
    with store.connect(path) as connection:
        for query in (
            "FROM peek",
            f"FROM read_text('{secret}')",
            "INSTALL httpfs",
            "LOAD httpfs",
            f"ATTACH '{tmp_path}/x.db'",
            f"COPY meta TO '{tmp_path}/y'",
        ):
            with pytest.raises(duckdb.Error, match=r"(?i)permission|disabled|read-only|not allowed"):
                connection.execute(query).fetchall()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["secret.csv", "sms.duckdb"]
