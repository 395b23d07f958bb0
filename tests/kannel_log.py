"""Small Kannel access logs, loads of them, and what a database then holds: for the tests of the way from file to table."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sms_analytics.commands import loader
from sms_analytics.commands.progress import Progress
from sms_analytics.database import store

#: Stands in every text of these logs, and may never be found in a database.
SECRET = "hemmeligheten"
ZONE = "Europe/Oslo"
START = datetime.fromisoformat("2026-03-18T09:00:00")

Row = dict[str, Any]


def text(number: int) -> str:
    """The text of message `number`, without a letter outside ASCII."""
    return f"{SECRET} nr {number}"


def recipient(number: int) -> str:
    """One of a thousand invented numbers."""
    return f"+47400{number % 1000:05d}"


def sent(number: int, at: datetime, words: str | None = None) -> str:
    """The submission of message `number`."""
    words = text(number) if words is None else words
    return (
        f"{at:%Y-%m-%d %H:%M:%S} Sent SMS [SMSC:telia1] [SVC:kunde7] [ACT:] [BINF:] [FID:{number:08X}] [META:?smpp?] [from:Klinikken] "
        f"[to:{recipient(number)}] [flags:-1:0:-1:-1:31] [msg:{len(words.encode())}:{words}] [udh:0:]"
    )


def receipt(number: int, at: datetime, stat: str = "DELIVRD", err: str = "000") -> str:
    """A receipt of message `number`, one second after it happened."""
    done = at - timedelta(seconds=1)
    answer = f"id:{number:08X} sub:001 dlvrd:001 submit date:{done:%y%m%d%H%M} done date:{done:%y%m%d%H%M%S} stat:{stat} err:{err} text:{text(number)[:20]}"
    mask = {"DELIVRD": 1, "ENROUTE": 4}.get(stat, 2)
    return (
        f"{at:%Y-%m-%d %H:%M:%S} Receive DLR [SMSC:telia1] [SVC:kunde7] [ACT:] [BINF:] [FID:{number:08X}] [META:?smpp?] [from:Klinikken] "
        f"[to:{recipient(number)}] [flags:-1:-1:-1:-1:{mask}] [msg:{len(answer)}:{answer}] [udh:0:]"
    )


def lines(messages: int, first: int = 1) -> list[str]:
    """A log of so many messages in the order of its times: most delivered, some failed, some without any answer."""
    timed: list[tuple[datetime, str]] = []
    for number in range(first, first + messages):
        at = START + timedelta(seconds=7 * number)
        timed.append((at, sent(number, at)))
        if number % 7:
            stat, err = ("UNDELIV", "011") if number % 5 == 0 else ("DELIVRD", "000")
            timed.append((at + timedelta(seconds=30 + number % 11), receipt(number, at + timedelta(seconds=30 + number % 11), stat, err)))
    return [line for _, line in sorted(timed, key=lambda entry: entry[0])]


def content(log: Iterable[str], end: str = "\n") -> bytes:
    """The lines as they lie on disk."""
    return "".join(f"{line}{end}" for line in log).encode()


def written(path: Path, log: Iterable[str]) -> Path:
    """A file of these lines."""
    path.write_bytes(content(log))
    return path


class Reading(Progress):
    """Hands on what a load says of its reading."""

    def __init__(self, seen: Callable[[str, int], None]) -> None:
        self._seen = seen

    def read(self, path: str, count: int) -> None:
        self._seen(path, count)


def load(db: Path, *paths: Path | str, **options: Any) -> loader.LoadReport:
    """Loads logs without a zone of their own."""
    return loader.load([str(path) for path in paths], db=db, **{"time_zone": ZONE, **options})


def rows(db: Path, query: str) -> list[Row]:
    """The answer to one query."""
    connection = store.connect(db)
    try:
        relation = connection.sql(query)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    finally:
        connection.close()


def messages(db: Path) -> list[Row]:
    """Every row of `messages`, all columns."""
    return rows(db, "FROM messages ORDER BY message_key")


def loads(db: Path) -> list[Row]:
    """Every row of `loads`, after the counts that hold for each of them were checked."""
    found = rows(db, "FROM loads ORDER BY load_id")
    kept = {row["load_id"]: row["rejects"] for row in rows(db, "SELECT load_id, count(*) AS rejects FROM rejects GROUP BY load_id")}
    stored = {row["load_id"]: row["events"] for row in rows(db, "SELECT load_id, count(*) AS events FROM events GROUP BY load_id")}
    for one in found:
        assert one["records"] == one["accepted"] + one["skipped"] + one["rejected"], one
        assert min(one[name] for name in ("records", "accepted", "skipped", "rejected", "events", "duplicates", "unrecognised")) >= 0, one
        assert one["events"] == stored.get(one["load_id"], 0), one
        if one["state"] == "loaded":
            assert one["rejected"] == kept.get(one["load_id"], 0), one
    return found


def counts(db: Path) -> list[tuple[int, int, int, int]]:
    """Records, accepted, skipped and rejected of each load."""
    return [(one["records"], one["accepted"], one["skipped"], one["rejected"]) for one in loads(db)]


def stray(folder: Path) -> list[str]:
    """What stands beside the database and should not: everything that is hidden, a lock or something of DuckDB's."""
    return sorted(path.name for path in folder.rglob("*") if path.name.startswith(".") or path.suffix in (".lock", ".wal", ".tmp", ".building"))


def all_text(db: Path) -> str:
    """Every text in every table, for looking for what must not be there."""
    connection = store.connect(db)
    tables = connection.execute(
        """SELECT table_name, list('"' || column_name || '"::VARCHAR') FROM duckdb_columns() """
        "WHERE data_type IN ('VARCHAR', 'JSON') AND NOT internal AND database_name <> 'temp' GROUP BY table_name"
    ).fetchall()
    assert sum(len(columns) for _, columns in tables) > 40
    texts = [
        str(text)
        for table, columns in tables
        for (text,) in connection.execute(f'SELECT DISTINCT unnest([{", ".join(columns)}]) FROM "{table}"').fetchall()
        if text is not None
    ]
    connection.close()
    return "\n".join(texts)
