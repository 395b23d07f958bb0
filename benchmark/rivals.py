"""What a user would write instead of loading, on the same log: the floor (DuckDB stores the lines), a short script in DuckDB, and for Kannel's lines
one in polars, plain Python with SQLite, pandas and chdb.

All of them read a few columns, make a row per message and ask for the rate of each feed. None validates, resolves by rules, finds duplicates or keeps
the lines.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

_KANNEL: Final = (
    r"^(?P<ts>\S+ \S+) (?P<kind>Sent SMS|Receive DLR) \[SMSC:(?P<smsc>[^\]]*)\].*?\[FID:(?P<fid>[^\]]*)\].*?\[to:(?P<dest>[^\]]*)\] "
    r"\[flags:[^\]]*:(?P<mask>-?\d+)\] \[msg:\d+:(?:.*?stat:(?P<stat>\S+) err:(?P<err>\S+))?"
)
_NAMES: Final = ("ts", "kind", "smsc", "fid", "dest", "mask", "stat", "err")
_PLAIN: Final = re.sub(r"\?P<\w+>", "", _KANNEL)

_RECEIPT: Final = r"^(\S+ \S+) .*?smsc=(\S+) .*?from=(\S+) .*?id:(\S+) .*?submit date:(\d+) done date:(\d+) stat:(\S+) err:(\S+)"
_JASMIN: Final = r"^(\S+ \S+) .*?(SMS-MT|DLR) \[cid:([^\]]*)\].*?\[smpp-msgid:(?:b'([^']*)'|([^\]]*))\] \[status:([^\]]*)\]"


def _lines(log: Path) -> str:
    return f"read_csv('{log}', columns = {{'line': 'VARCHAR'}}, delim = chr(1), quote = '', escape = '', header = false, auto_detect = false)"


def floor(log: Path, folder: Path) -> None:
    """DuckDB reads the lines into a one-column table and closes the file."""
    with duckdb.connect(str(folder / "floor.duckdb")) as connection:
        connection.execute(f"CREATE TABLE lines AS FROM {_lines(log)}")


def _extracted(log: Path, pattern: str, names: tuple[str, ...]) -> str:
    return f"SELECT r.* FROM (SELECT regexp_extract(line, '{pattern.replace(chr(39), chr(39) * 2)}', {list(names)}) AS r FROM {_lines(log)})"


#: Per case: the events, and one row per message with its feed and whether it arrived.
_SCRIPTS: Final[dict[str, tuple[Callable[[Path], str], str]]] = {
    "kannel": (
        lambda log: f"SELECT * REPLACE (try_strptime(ts, '%Y-%m-%d %H:%M:%S') AS ts) FROM ({_extracted(log, _PLAIN, _NAMES)}) WHERE fid <> ''",
        "SELECT smsc AS feed, fid, bool_or(stat = 'DELIVRD') AS arrived, max_by(stat, ts) AS last FROM e GROUP BY ALL",
    ),
    "smpp": (
        lambda log: _extracted(log, _RECEIPT, ("ts", "smsc", "dest", "id", "submitted", "done", "stat", "err")),
        "SELECT smsc AS feed, id, bool_or(stat = 'DELIVRD') AS arrived, max_by(stat, done) AS last FROM e GROUP BY ALL",
    ),
    "jasmin": (
        lambda log: _extracted(log, _JASMIN, ("ts", "kind", "cid", "id", "dlr_id", "status")),
        "SELECT cid AS feed, lower(id || dlr_id) AS id, bool_or(status = 'DELIVRD') AS arrived, max_by(status, ts) AS last FROM e GROUP BY ALL",
    ),
    "vonage": (
        lambda log: f"SELECT * FROM read_csv('{log}', all_varchar = true)",
        "SELECT network AS feed, message_id, bool_or(status = 'delivered') AS arrived, max_by(status, date_finalized) AS last FROM e GROUP BY ALL",
    ),
    "infobip": (
        lambda log: f"SELECT unnest(results, recursive := true) FROM read_json('{log}', format = 'newline_delimited')",
        'SELECT mccMnc AS feed, messageId, bool_or("groupName" = \'DELIVERED\') AS arrived, max_by("groupName", doneAt) AS last FROM e GROUP BY ALL',
    ),
    "twilio": (
        lambda log: f"SELECT * FROM read_json('{log}', format = 'newline_delimited')",
        "SELECT \"From\" AS feed, MessageSid, bool_or(MessageStatus = 'delivered') AS arrived, max_by(MessageStatus, received) FROM e GROUP BY ALL",
    ),
    "submissions": (
        lambda log: f"SELECT * FROM read_csv('{log}', all_varchar = true)",
        "SELECT Konto AS feed, Id, false AS arrived, max(Sendt) AS last FROM e GROUP BY ALL",
    ),
}


def script(case: str, log: Path, folder: Path) -> None:
    """The short DuckDB script that a good user would write for this format."""
    events, messages = _SCRIPTS[case]
    with duckdb.connect(str(folder / "script.duckdb")) as connection:
        connection.execute(f"CREATE TABLE e AS {events(log)}")
        connection.execute(f"CREATE TABLE messages AS {messages}")
        connection.execute("SELECT feed, avg(arrived::INT) FROM messages GROUP BY 1 ORDER BY 1").fetchall()


def polars_regex(log: Path) -> None:
    """One regular expression in polars, streaming."""
    lines = pl.scan_csv(log, has_header=False, new_columns=["line"], separator="\x01", quote_char=None)
    events = lines.select(pl.col("line").str.extract_groups(_KANNEL)).unnest("line").filter(pl.col("fid") != "")
    messages = events.group_by("smsc", "fid").agg((pl.col("stat") == "DELIVRD").any().alias("arrived"))
    messages.group_by("smsc").agg(pl.col("arrived").mean()).collect(engine="streaming")


def _tuples(log: Path) -> Iterator[tuple[str | None, ...]]:
    pattern = re.compile(_KANNEL)
    with log.open(encoding="utf-8") as file:
        for line in file:
            if (found := pattern.match(line)) and found["fid"]:
                yield found.groups()


def python_sqlite(log: Path, folder: Path) -> None:
    """A loop over the lines, and SQLite."""
    connection = sqlite3.connect(folder / "rival.sqlite")
    connection.execute(f"CREATE TABLE e ({', '.join(_NAMES)})")
    connection.executemany(f"INSERT INTO e VALUES ({', '.join('?' * len(_NAMES))})", _tuples(log))
    connection.commit()
    connection.execute(
        "SELECT smsc, avg(arrived) FROM (SELECT smsc, fid, max(stat = 'DELIVRD') AS arrived FROM e GROUP BY 1, 2) GROUP BY 1"
    ).fetchall()
    connection.close()


def in_pandas(log: Path) -> None:
    """The lines as one column of pandas, taken apart by a regular expression."""
    pd = import_module("pandas")
    frame = pd.read_csv(log, header=None, names=["line"], sep="\x01", quoting=3, engine="c", dtype=str)
    events = frame["line"].str.extract(_KANNEL)
    events = events[events["fid"].fillna("") != ""]
    arrived = (events["stat"] == "DELIVRD").groupby([events["smsc"], events["fid"]]).any()
    arrived.groupby(level=0).mean()


def in_chdb(log: Path) -> None:
    """ClickHouse in the process: the bare question over the file."""
    chdb = import_module("chdb")
    pattern = _PLAIN.replace("\\", "\\\\").replace("'", "\\'")
    chdb.query(
        f"""
        SELECT smsc, avg(arrived)
        FROM (
            SELECT r[3] AS smsc, r[4] AS fid, max(r[7] = 'DELIVRD') AS arrived
            FROM (SELECT extractGroups(line, '{pattern}') AS r FROM file('{log}', LineAsString, 'line String'))
            WHERE fid <> ''
            GROUP BY smsc, fid
        )
        GROUP BY smsc
        """
    )
