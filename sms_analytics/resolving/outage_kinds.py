"""Of what kind an outage is: `habit` is none, `open` may still be explained, `all_feeds` points to our own receiver, `held` came later, `thin` lost a
part, `lost` all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final, Protocol

import duckdb
import polars as pl

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
#: What comes back so often is a habit: on so many days, or the same day of so many weeks.
_FEWEST_DAYS: Final = 3
_FEWEST_WEEKS: Final = 4
#: A day counts towards what is usual at these hours if so many messages were due in them.
_FEWEST_DUE: Final = 8
#: A feed that sent so many messages in the meantime would have shown an outage.
_FEWEST_SENT: Final = 20
_THIN: Final = 0.8
#: Receipts kept coming if of those that come at such hours so many did, or so many of the late ones themselves.
_KEPT_COMING: Final = 0.6
_TRICKLE: Final = 0.05
_FEWEST_RECEIVED: Final = 5


class Span(Protocol):
    """An outage as far as it is known."""

    @property
    def start_utc(self) -> datetime: ...
    @property
    def end_utc(self) -> datetime: ...
    @property
    def bad(self) -> int: ...
    @property
    def resolved_later(self) -> int: ...
    @property
    def received(self) -> int: ...


def habits(windows: Sequence[Span], hours: pl.DataFrame) -> list[bool]:
    """Of each of one feed's windows whether it is a habit; `hours` (hour_utc, messages, bad) are what was due in each hour.

    It is one if the same hours are as bad on most days, or on the same day of most weeks; or if receipts kept coming while those of a large send-out
    were late, and not only once.
    """
    slow = [_is_slow(window, hours) for window in windows]
    return [(is_slow and sum(slow) > 1) or _recurs(window, windows, hours) for window, is_slow in zip(windows, slow, strict=True)]


def _is_slow(window: Span, hours: pl.DataFrame) -> bool:
    if 2 * window.resolved_later < window.bad:
        return False
    came = (pl.col("messages") - pl.col("bad")).sum()
    at_these_hours = pl.col("hour_utc").dt.hour().is_between(window.start_utc.hour, window.end_utc.hour)
    usual = hours.filter(at_these_hours).group_by("hour_utc").agg(came)["messages"].median() if window.start_utc.hour <= window.end_utc.hour else None
    expected = float(usual or 0) * ((window.end_utc - window.start_utc) / timedelta(hours=1))  # type: ignore[arg-type]
    return window.received >= max(_FEWEST_RECEIVED, min(_KEPT_COMING * expected if expected >= _FEWEST_RECEIVED else inf, _TRICKLE * window.bad))


def _recurs(window: Span, windows: Sequence[Span], hours: pl.DataFrame) -> bool:
    if window.end_utc - window.start_utc >= _DAY:
        return False
    alike = {days for other in windows if (days := _days_between(window, other)) is not None}
    if len(alike) < _FEWEST_DAYS:
        return False
    due = _days_with_traffic(window, hours)
    weekly, due_weekly = ({days for days in some if days % _WEEK == 0} for some in (alike, due))
    return 2 * len(alike) > len(due) or (len(weekly) >= _FEWEST_WEEKS and 2 * len(weekly) > len(due_weekly))


def _days_between(window: Span, other: Span) -> int | None:
    """How many days later the other one is at the same hours; None if it is at other hours."""
    days = round((other.start_utc - window.start_utc) / _DAY)
    moved = timedelta(days=days)
    common = min(window.end_utc, other.end_utc - moved) - max(window.start_utc, other.start_utc - moved)
    shorter = min(window.end_utc - window.start_utc, other.end_utc - other.start_utc)
    return days if common >= shorter / 2 else None


def _days_with_traffic(window: Span, hours: pl.DataFrame) -> set[int]:
    """On which days before (below 0) and after it enough was due at the hours of the window."""
    begin = window.start_utc.replace(minute=0, second=0, microsecond=0)
    since = pl.col("hour_utc") - begin
    day = (since.dt.total_hours() // 24).alias("day")
    within = hours.filter(since.dt.total_hours() % 24 <= (window.end_utc - begin) // timedelta(hours=1))
    due = within.group_by(day).agg(pl.col("messages").sum()).filter(pl.col("messages") >= _FEWEST_DUE)
    return set(due["day"].to_list())


#: How many messages each feed with receipts sent in the meantime.
_SENT: Final = """
SELECT window_no, messages.feed, count(*) AS sent
FROM messages
JOIN (SELECT feed FROM receipt_habits WHERE usual_wait_s IS NOT NULL) AS answering USING (feed)
JOIN numbered ON submitted_utc BETWEEN start_utc AND end_utc
WHERE NOT submission_missing AND outcome NOT IN ('stopped', 'untracked', 'waiting_to_send', 'awaiting_approval', 'paused')
GROUP BY ALL
"""


def of_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes `outages` of `outage_windows`: of all feeds, since one feed's outage tells of those of the others."""
    windows: pl.DataFrame = connection.sql("FROM outage_windows ORDER BY start_utc, feed").pl()
    connection.execute("DELETE FROM outages")
    if windows.is_empty():
        return
    rows = windows.with_row_index("window_no").to_dicts()
    shared = _shared(connection, rows)
    kinds = [_kind(row, is_shared=row["window_no"] in shared) for row in rows]
    made = windows.with_columns(kind=pl.Series("kind", kinds, pl.String), loss_share=pl.col("bad") / pl.col("messages"))
    connection.register("made", made.drop("pending", "received", "is_habit"))
    connection.execute("INSERT INTO outages BY NAME FROM made")
    connection.unregister("made")


def _kind(row: dict[str, Any], *, is_shared: bool) -> str:
    if row["is_habit"]:
        return "habit"
    if 2 * row["pending"] > row["bad"]:
        return "open"
    if is_shared:
        return "all_feeds"
    if 2 * row["resolved_later"] >= row["bad"]:
        return "held"
    return "thin" if row["bad"] < _THIN * row["messages"] else "lost"


def _shared(connection: duckdb.DuckDBPyConnection, rows: Sequence[dict[str, Any]]) -> set[int]:
    """The windows in which every feed that sent enough had an outage, and more than one did."""
    asked = [row for row in rows if not row["is_habit"] and any(row["feed"] != other["feed"] for other in rows)]
    if not asked:
        return set()
    connection.register("numbered", pl.DataFrame(asked).select("window_no", "start_utc", "end_utc"))
    sent = connection.sql(_SENT).fetchall()
    connection.unregister("numbered")
    busy: dict[int, set[str]] = {row["window_no"]: set() for row in asked}
    for number, feed, count in sent:
        if count >= _FEWEST_SENT:
            busy[number].add(feed)
    return {row["window_no"] for row in asked if _is_shared(row, asked, busy[row["window_no"]] - {row["feed"]})}


def _is_shared(row: dict[str, Any], rows: Sequence[dict[str, Any]], others: set[str]) -> bool:
    half = (row["end_utc"] - row["start_utc"]) / 2
    out = {other["feed"] for other in rows if min(row["end_utc"], other["end_utc"]) - max(row["start_utc"], other["start_utc"]) >= half}
    return bool(others) and others <= out
