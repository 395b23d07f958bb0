"""Messages whose truth is known, as the resolver would leave them, in a database in memory: for claims that need many worlds and no logs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import duckdb
import polars as pl

from sms_analytics.database.schemas import MESSAGES

HORIZON = timedelta(days=8)
_VALIDITY_S = 7 * 86400.0
_SCHEMA = pl.Schema({name: column.dtype.type for name, column in MESSAGES.columns.items()})


@dataclass(frozen=True)
class Invented:
    """One message and what becomes of it in the end: `wait_s` until the phone has it or it fails, `transit_s` until we are told; None is silence."""

    submitted: datetime
    operator: str
    outcome: str | None
    wait_s: float = 0.0
    transit_s: float = 0.0
    feed: str = "north"

    @property
    def event(self) -> datetime:
        return self.submitted + timedelta(seconds=self.wait_s)

    @property
    def received(self) -> datetime:
        return self.event + timedelta(seconds=self.transit_s)


def fate(random: Random, *, off: float, fails: float, silent: float) -> tuple[str | None, float]:
    """What becomes of a message: most arrive within seconds; some phones are off and come back, or not before the delivery period is over."""
    if random.random() < silent:
        return None, 0.0
    luck = random.random()
    if luck < fails:
        return "failed", 0.3 + random.expovariate(0.5)
    if luck < fails + off:
        back = random.expovariate(1 / 60_000)
        return ("delivered", back) if back < _VALIDITY_S and random.random() < 0.5 else ("failed", _VALIDITY_S + random.uniform(0, 900))
    return "delivered", 0.3 + random.lognormvariate(1.2, 0.8)


def times(random: Random, first: datetime, days: int, per_day: Sequence[int]) -> list[datetime]:
    """Hand-overs, most by day: so many on each day of the week."""
    found = []
    for day in range(days):
        for _ in range(per_day[day % len(per_day)]):
            hour = min(max(random.gauss(13, 4), 0), 23.99)
            found.append(first + timedelta(days=day, hours=hour))
    return found


def database(messages: Sequence[Invented], now: datetime, *, ahead_s: float = 0.0) -> duckdb.DuckDBPyConnection:
    """What is known of these messages at `now`, with an operator's clock that is `ahead_s` too late."""
    seen = [one for one in messages if one.submitted <= now]
    rows = [_row(number, one, now, timedelta(seconds=ahead_s)) for number, one in enumerate(seen)]
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    feeds = pl.DataFrame(
        [(feed, len(seen), len(seen), False, now) for feed in sorted({one.feed for one in seen})],
        schema={"feed": pl.String, "submissions": pl.Int64, "receipts": pl.Int64, "receipts_only": pl.Boolean, "now_utc": pl.Datetime("us")},
        orient="row",
    )
    events = pl.DataFrame(schema={"message_key": pl.String, "event_utc": pl.Datetime("us"), "status": pl.String, "time_precision": pl.String})
    db = duckdb.connect()
    for name, table in (("messages", frame), ("feeds", feeds), ("events", events)):
        db.register("arriving", table)
        db.execute(f"create table {name} as select * from arriving")
        db.unregister("arriving")
    return db


def _row(number: int, one: Invented, now: datetime, ahead: timedelta) -> dict[str, object]:
    known = one.outcome is not None and one.received <= now
    deadline = one.submitted + HORIZON
    return {
        "message_key": f"key-{number:07}",
        "feed": one.feed,
        "operator": one.operator,
        "country": "NO",
        "submitted_utc": one.submitted,
        "deadline_utc": deadline,
        "final_utc": one.event + ahead if known else None,
        "final_received_utc": one.received if known else None,
        "outcome": one.outcome if known else "no_status" if now > deadline else "awaiting_status",
        "refused": False,
        "receipts": int(known),
        "folded": 0,
        "conflict": False,
        "late": False,
        "submission_missing": False,
    }
