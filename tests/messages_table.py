"""A DuckDB database with `messages` and `feeds` as the resolver leaves them, made by hand for the tests of everything behind it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sms_analytics.database.definitions import sql
from sms_analytics.database.schemas import MESSAGE_TYPES as SCHEMA
from sms_analytics.database.validation import MESSAGES
from sms_analytics.resolving import outages

Row = dict[str, Any]


SUBMITTED = datetime.fromisoformat("2026-10-01T08:00:00")
NOW = datetime.fromisoformat("2026-10-31T00:00:00")
HORIZON = timedelta(days=8)

_USUAL: Row = {
    "feed": "north",
    "account": "Nordlys",
    "recipient": "+4740000001",
    "country": "NO",
    "operator": "Telenor",
    "submitted_utc": SUBMITTED,
    "outcome": "delivered",
    "refused": False,
    "receipts": 0,
    "folded": 0,
    "conflict": False,
    "late": False,
    "submission_missing": False,
}


def utc(text: str) -> datetime:
    """A naive UTC time out of ISO text."""
    return datetime.fromisoformat(text)


def message(**columns: Any) -> Row:
    """One message: delivered by Telenor on feed `north` on 1 October 2026 at 08:00 UTC, but for what `columns` says."""
    row = _USUAL | columns
    if row["submitted_utc"] is not None:
        row.setdefault("deadline_utc", row["submitted_utc"] + HORIZON)
    return row


def messages_of(count: int, **columns: Any) -> list[Row]:
    """So many equal messages."""
    return [message(**columns) for _ in range(count)]


def database(rows: Iterable[Row], *, now: datetime = NOW, path: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection to a database of these messages, in memory or in the file `path`; `feeds` is counted from them, `now` is that of every feed."""
    db = duckdb.connect(path if path is not None else ":memory:")
    messages = fill(db, list(rows), now=now)
    if not messages.is_empty():
        MESSAGES.validate(messages)
    return db


def fill(db: duckdb.DuckDBPyConnection, rows: Sequence[Row], *, now: datetime = NOW) -> pl.DataFrame:
    """Make these messages the only ones of `db`, with the outages that are found in them; returns them."""
    keyed = [{"message_key": f"key-{number:07}"} | row for number, row in enumerate(rows)]
    messages = pl.DataFrame([{name: value for name, value in row.items() if name != "time_precision"} for row in keyed], schema=SCHEMA)
    for name, frame in (("messages", messages), ("feeds", _feeds(rows, now)), ("events", _finals(keyed))):
        db.register("arriving", frame)
        db.execute(f"create or replace table {name} as select * from arriving")
        db.unregister("arriving")
    db.execute(sql("silence").replace("CREATE TABLE", "CREATE OR REPLACE TABLE"))
    outages.find(db, [feed for (feed,) in db.execute("select feed from feeds").fetchall()])
    return messages


def _finals(rows: Sequence[Row]) -> pl.DataFrame:
    """What `events` has of the deciding receipts, as far as it is asked of it; a row's `time_precision` is theirs."""
    finals = [
        (
            row["message_key"],
            row["final_utc"],
            row.get("final_received_utc"),
            row["outcome"],
            row.get("time_precision", "second"),
            "receipt",
            "operator",
        )
        for row in rows
        if row.get("final_utc")
    ]
    return pl.DataFrame(
        finals,
        schema={
            "message_key": pl.String,
            "event_utc": pl.Datetime("us"),
            "received_utc": pl.Datetime("us"),
            "status": pl.String,
            "time_precision": pl.String,
            "kind": pl.String,
            "said_by": pl.String,
        },
        orient="row",
    )


def _feeds(rows: Sequence[Row], now: datetime) -> pl.DataFrame:
    submissions: dict[str, int] = defaultdict(int)
    receipts: dict[str, int] = defaultdict(int)
    for row in rows:
        submissions[row["feed"]] += not row["submission_missing"]
        receipts[row["feed"]] += row["receipts"]
    known = [(feed, submissions[feed], receipts[feed], submissions[feed] == 0, now) for feed in sorted(submissions)]
    return pl.DataFrame(
        known,
        schema={"feed": pl.String, "submissions": pl.Int64, "receipts": pl.Int64, "receipts_only": pl.Boolean, "now_utc": pl.Datetime("us")},
        orient="row",
    ).with_columns(first_utc=pl.lit(None, pl.Datetime("us")))
