"""Logs in which all is found that rules about messages and loads look at: few files, and small ones, since each is a task."""

import gzip
from pathlib import Path
from typing import Final

import duckdb

import sms_analytics as sms
from sms_analytics.reading.sources import Source
from sms_analytics.simulate.simulation import simulate
from tests.small_database import received, sent

#: What must be the same in a lake and in a database file, but for what a clock on the wall said.
TABLES: Final = (
    *("events", "messages", "feeds", "outages", "sightings", "rejects", "gap_evidence", "load_counts", "load_feeds", "load_requests"),
    *("feed_links", "receipt_habits", "slow_hours", "judged_feeds"),
)


def _text(file: Path) -> bytes:
    with Source(str(file)) as source:
        return "".join(source.blocks()).encode()


def write(folder: Path) -> Path:
    """Writes `first` and `second`, two folders of logs, the second with what comes later, and the configuration beside them; returns the folder.

    Kannel with long messages, the repeated hour at the end of October 2026, an id that is used again, a damaged line and lines that stand twice, in one
    file and in both, a feed whose receipts come over another one; Jasmin with ids in hexadecimal; a table beside them.
    """
    world = folder / "world"
    simulate(messages=200, seed=4, out=world)
    (world / "sms_analytics.toml").rename(folder / "sms_analytics.toml")
    first, second = folder / "first", folder / "second"
    for place in (first, second):
        place.mkdir()
    logs = world / "logs"
    lines = b"".join(_text(file) for file in sorted((logs / "kannel").iterdir(), key=_age)).splitlines(keepends=True)
    again = [
        sent("2026-10-01 10:00:05", "00A1B2C3", "+4740000001"),
        received("2026-10-01 12:30:44", "00A1B2C3", "+4740000001", done="2610011230"),
        sent("2026-10-20 10:00:05", "00A1B2C3", "+4740000002"),
        "2026-10-20 10:00:08 Sent SMS [SMSC:telenor1] [SVC:klinikk1] [to:+4740000009] Hemmelig",
    ]
    for number in range(12):
        moment, id, to = f"2026-10-02 10:{number:02}", f"C0FFEE0000{number:02}", f"+47400002{number:02}"
        again += [sent(f"{moment}:05", id, to, feed="tx1"), received(f"{moment}:09", id, to, done=f"26100210{number:02}", feed="rx1")]
    late = [received("2026-10-21 10:00:20", "00A1B2C3", "+4740000002", done="2610211000")]
    middle = len(lines) * 9 // 10
    (first / "access.log").write_bytes(b"".join([*lines[:middle], *lines[3:9]]) + "".join(f"{line}\n" for line in again).encode())
    (second / "access-2.log").write_bytes(b"".join(lines[middle - 20 :]) + "".join(f"{line}\n" for line in late).encode())
    for name in ("messages", "dlrlookupd-messages"):
        files = sorted((file for file in (logs / "jasmin").iterdir() if file.name.startswith(f"{name}.log")), key=_age)
        (first / f"{name}.log").write_bytes(b"".join(_text(file) for file in files))
    (first / "table.csv.gz").write_bytes(gzip.compress((logs / "table" / "meldinger_bank1.csv").read_bytes(), mtime=0))
    (first / "unknown.txt").write_text("nobody\nwrote this\n")
    return folder


def _age(file: Path) -> tuple[bool, str]:
    """The log without a date is the one that is written to now."""
    return file.name.endswith(".log"), file.name


def rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    return sorted(connection.execute(f"FROM {table}").fetchall(), key=str)


def assert_same(database: Path, lake: Path) -> None:
    """The same events and messages, row by row and column by column, and all that is known of feeds and loads."""
    with sms.connect(database) as one, sms.connect(lake) as other:
        for table in TABLES:
            assert rows(other, table) == rows(one, table), table
        # When each was loaded is the clock on the wall.
        loads = "(SELECT * EXCLUDE (loaded_utc) FROM loads)"
        assert rows(other, loads) == rows(one, loads)
        for by in ("operator,country", "feed", "day"):
            assert sms.rates(one, by=by).equals(sms.rates(other, by=by)), by
