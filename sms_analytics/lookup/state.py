"""The state of things, for whoever opens the support page: up to when the logs speak, open outages, the newest send-outs, and what changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics.database.frames import frame_of
from sms_analytics.errors import NoDataError
from sms_analytics.lookup.overview import Sendout, sendouts
from sms_analytics.questions.changes import changes
from sms_analytics.questions.outages import COUNTS, outages
from sms_analytics.text.zones import local

_SENDOUTS: Final = 5
#: An outage that went on so shortly before the logs end may be going on still.
_RECENT: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
#: Verdicts that are told of; the others say that nothing is known to have changed.
_CHANGED: Final = ("worse", "better")


@dataclass(frozen=True)
class State:
    """Up to when the logs speak, and when the last load was. `outages` are rows of `outages` that may be going on still.

    `changed` are rows of `changes` by operator, the last seven whole days of the logs against the seven before, where an operator fares better or
    worse than chance explains; `compared`: whether that could be asked at all.
    """

    logs_until_utc: datetime | None
    loaded_utc: datetime | None
    outages: tuple[dict[str, Any], ...]
    sendouts: tuple[Sendout, ...]
    changed: tuple[dict[str, Any], ...]
    compared: bool


def state(db: duckdb.DuckDBPyConnection, *, zone: str) -> State:
    """What holds as far as the logs speak."""
    until, loaded = db.execute("SELECT (SELECT max(now_utc) FROM feeds), (SELECT max(loaded_utc) FROM loads)").fetchall()[0]
    if until is None:
        return State(None, loaded, (), (), (), compared=False)
    clocks = {row["feed"]: row["now_utc"] for row in frame_of(db.sql("SELECT feed, now_utc FROM feeds")).to_dicts()}
    found = outages(db).filter(COUNTS).to_dicts()
    recent = tuple(row for row in found if row["kind"] == "open" or clocks[row["feed"]] - row["end_utc"] <= _RECENT)
    changed = _changed(db, until, zone)
    return State(until, loaded, recent, sendouts(db)[:_SENDOUTS], changed or (), compared=changed is not None)


def _changed(db: duckdb.DuckDBPyConnection, until: datetime, zone: str) -> tuple[dict[str, Any], ...] | None:
    today = local(until, zone).date()
    try:
        found = changes(db, by="operator", since=today - _WEEK, until=today, zone=zone)
    except NoDataError:
        return None
    return tuple(found.filter(pl.col("verdict").is_in(_CHANGED)).to_dicts())
