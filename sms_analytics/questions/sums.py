"""From files to rates every sum: does what is stored add up, and is a log missing? `reconcile` recounts each figure from what lies below it.

Nothing is looked up in what an earlier step wrote about itself without counting it again: loads against their events, events against messages,
messages against rates, and each count of the rates against the messages that `messages --where` lists.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics.config.defaults import configured
from sms_analytics.errors import NoDataError
from sms_analytics.questions import kept_days, metrics, rating
from sms_analytics.questions.filters import Filters, Moment, checked_zone, moment
from sms_analytics.questions.selecting import Selection, select
from sms_analytics.questions.undecided import line_of
from sms_analytics.resolving import missing_logs
from sms_analytics.text.zones import local
from sms_analytics.vocabulary import COUNTS, NOT_SENT, SENT_OUTCOMES, SUMS

#: Columns that rates are taken apart by: the parts must add up to the whole.
_PARTS: Final = ("operator", "country", "account", "feed", "day")


@dataclass(frozen=True)
class Line:
    """One comparison. `holds` is empty where there is nothing to compare, only something to know; `where` lists the messages, `place` leads to the
    log."""

    what: str
    of: str | None
    expected: int | None
    found: int | None
    holds: bool | None
    where: str | None = None
    place: str | None = None


_SCHEMA: Final = {
    "what": pl.String(),
    "of": pl.String(),
    "expected": pl.Int64(),
    "found": pl.Int64(),
    "holds": pl.Boolean(),
    "where": pl.String(),
    "place": pl.String(),
}

#: Each: what is compared, and SQL with a row per subject: its name, what it should be, what it is, and a place in a log.
_COMPARED: Final = {
    "records": """
        SELECT path AS of, records AS expected, accepted + skipped + rejected AS found, path AS place
        FROM loads
    """,
    "rejects": """
        SELECT loads.path, loads.rejected, count(DISTINCT rejects.record_no), any_value(path || ':' || record_no)
        FROM loads LEFT JOIN rejects USING (load_id)
        WHERE state = 'loaded'
        GROUP BY loads.load_id, loads.path, loads.rejected
    """,
    "events": """
        SELECT loads.path, loads.events, coalesce(stored, 0), loads.path
        FROM loads LEFT JOIN (SELECT load_id, count(*) AS stored FROM events GROUP BY load_id) AS own USING (load_id)
    """,
    "events_in_messages": """
        SELECT events.feed, count(*), count(resolved.message_key), any_value(path || ':' || record_no) FILTER (resolved.message_key IS NULL)
        FROM events
        LEFT JOIN (SELECT load_id, path FROM loads) AS files USING (load_id)
        LEFT JOIN (SELECT message_key FROM resolved) AS resolved USING (message_key)
        GROUP BY events.feed
    """,
    "messages_of_events": """
        SELECT feed, count(*), count(known.message_key), NULL
        FROM resolved
        LEFT JOIN (SELECT DISTINCT message_key FROM events) AS known USING (message_key)
        GROUP BY feed
    """,
    "submissions": """
        SELECT feed, submissions, coalesce(stored, 0), NULL
        FROM feeds LEFT JOIN (SELECT feed, count(*) AS stored FROM events WHERE kind = 'submission' GROUP BY feed) AS own USING (feed)
    """,
    "receipts": """
        SELECT feed, receipts, coalesce(stored, 0), NULL
        FROM feeds LEFT JOIN (SELECT feed, count(*) AS stored FROM events WHERE kind = 'receipt' GROUP BY feed) AS own USING (feed)
    """,
    "receipts_of_messages": """
        SELECT NULL, (SELECT sum(copies) FROM events WHERE kind = 'receipt'),
            (SELECT sum(receipts + folded) FROM resolved), NULL
    """,
    "messages_shown": "SELECT NULL, (SELECT count(*) FROM resolved), (SELECT count(*) FROM messages), NULL",
}


@configured
def reconcile(db: duckdb.DuckDBPyConnection, *, since: Moment | None = None, until: Moment | None = None, zone: str | None = None) -> pl.DataFrame:
    """Every sum from files to rates, recounted, and what is missing of the logs: one row per comparison, those that do not hold first.

    Columns: `what` is compared; `of` which file, feed, dimension or count (empty: all); `expected` and `found`; `holds` (empty where there is
    nothing to compare, only something to know); `where`, the condition with which `messages --where` lists the messages of a count; `place`, the
    file, or file and line. Comparisons that hold for every file or feed are one row with their sums.

    A line that does not hold: a sum is wrong (a fault of ours or of the file: report it), a day or number is missing in a series of logs, feeds that
    should meet do not, or the period asked for (`since`) begins before a feed's logs. `since` and `until` limit the rates. `NoDataError` where
    nothing was loaded.
    """
    zone = checked_zone(zone)
    lines = [*_sums(db), *_rates(db, since, until, zone), *_logs(db, zone), *_feeds(db), *_period(db, since, zone)]
    frame = pl.DataFrame([astuple(line) for line in lines], schema=_SCHEMA, orient="row")
    return frame.sort(pl.col("holds").fill_null(True), maintain_order=True)


def _sums(db: duckdb.DuckDBPyConnection) -> Iterator[Line]:
    cursor = db.cursor()
    ((loads,),) = cursor.execute("SELECT count(*) FROM loads").fetchall()
    if not loads:
        raise NoDataError("nothing was loaded: load logs first (sms-analytics load PATH)")
    for what, query in _COMPARED.items():
        rows = [(of, int(expected or 0), int(found or 0), place) for of, expected, found, place in cursor.execute(query).fetchall()]
        wrong = [Line(what, of, expected, found, False, place=place) for of, expected, found, place in rows if expected != found]
        held = [row for row in rows if row[1] == row[2]]
        yield from wrong
        if held:
            yield Line(what, None, sum(row[1] for row in held), sum(row[2] for row in held), True)


def _rates(db: duckdb.DuckDBPyConnection, since: Moment | None, until: Moment | None, zone: str) -> Iterator[Line]:
    """Rates against the messages, their counts against each other, and the parts against the whole."""
    selection = select("rates", list(_PARTS), Filters(since=since, until=until, zone=zone))
    # What was deleted is recounted nowhere.
    there = kept_days.still_there(db, selection)
    if there is None:
        return
    selection = there
    counted = metrics.counts(db, selection)
    whole = rating.of_counts(counted).row(0, named=True)
    apart = _apart(db)
    period = _within(selection)
    ((listed,),) = db.cursor().execute(f"SELECT count(*) FROM messages WHERE {period}").fetchall()
    beside = _count(db, f"{period} AND {apart}") if apart else 0
    yield Line("rates_of_messages", None, listed, whole["messages"] + beside, listed == whole["messages"] + beside)
    for name, parts in SUMS.items():
        found = sum(whole[part] for part in parts)
        yield Line("sum_of_counts", name, whole[name], found, whole[name] == found)
    for dimension in _PARTS:
        sums = rating.of_counts(counted, [dimension])
        for count in ("messages", "sent", "delivered", "failed", "provisional"):
            found = int(sums[count].sum())
            if found != whole[count] or count == "messages":
                yield Line("parts", f"{count} / {dimension}", whole[count], found, found == whole[count])
    for name, condition in conditions_of(apart).items():
        full = condition if period == "true" else f"{condition} AND {period}"
        found = _count(db, full)
        yield Line("count", name, whole[name], found, whole[name] == found, where=full)


def conditions_of(apart: str = "") -> dict[str, str]:
    """For each count of `rates` (`provisional` and those beside the others left out) the condition on `messages` that lists what it counts.

    `apart`: the condition of messages that are in no count.
    """
    own = {name: f"outcome = '{name}' AND NOT submission_missing" for name in (*SENT_OUTCOMES, *NOT_SENT)}
    own["failed"] = "outcome = 'failed' AND NOT refused AND NOT submission_missing"
    own["refused"] = "outcome = 'failed' AND refused AND NOT submission_missing"
    own["without_submission"] = "submission_missing"
    own["sent"] = f"outcome IN {SENT_OUTCOMES} AND NOT refused AND NOT submission_missing"
    own["messages"] = "true"
    rest = f" AND NOT ({apart})" if apart else ""
    return {name: own[name] + rest for name in COUNTS if name in own}


def _apart(db: duckdb.DuckDBPyConnection) -> str:
    """The condition of messages that stand beside all counts; empty where there are none."""
    rows = db.cursor().execute(
        """
        SELECT feed
        FROM (SELECT false AS undecided, false AS receipts_only WHERE false UNION ALL BY NAME SELECT * FROM feeds)
        WHERE receipts_only OR undecided
        ORDER BY feed
        """
    )
    names = ["'" + feed.replace("'", "''") + "'" for (feed,) in rows.fetchall()]
    return f"feed IN ({', '.join(names)})" if names else ""


def _within(selection: Selection) -> str:
    ends = {">=": selection.since, "<": selection.until}
    return " AND ".join(f"submitted_utc {sign} '{moment}'" for sign, moment in ends.items() if moment is not None) or "true"


def _count(db: duckdb.DuckDBPyConnection, condition: str) -> int:
    ((count,),) = db.cursor().execute(f"SELECT count(*) FROM messages WHERE {condition}").fetchall()
    return int(count)


def _logs(db: duckdb.DuckDBPyConnection, zone: str) -> Iterator[Line]:
    """Days and numbers that a series of files leaves out: from the end of the log before to the begin of the one behind."""
    for path, begin, end in missing_logs.in_series(db.cursor()):
        span = " – ".join(f"{local(moment, zone):%Y-%m-%d %H:%M}" for moment in (begin, end))
        yield Line("log_missing", f"{span} ({zone})", None, None, False, place=path)


def _feeds(db: duckdb.DuckDBPyConnection) -> Iterator[Line]:
    """Feeds that should meet: those that may tell of the same messages, and receipts of which the submissions are missing."""
    frame: pl.DataFrame = (
        db.cursor().sql("SELECT false AS undecided, NULL::VARCHAR AS answers_evidence WHERE false UNION ALL BY NAME FROM feeds").pl()
    )
    for row in frame.sort("feed").to_dicts():
        quoted = row["feed"].replace("'", "''")
        if row["undecided"]:
            yield Line(
                "feeds_undecided", row["feed"], None, _count(db, f"feed = '{quoted}'"), False, f"feed = '{quoted}'", line_of(row["answers_evidence"])
            )
        elif row["receipts_only"]:
            yield Line("receipts_only", row["feed"], None, _count(db, f"feed = '{quoted}'"), None, f"feed = '{quoted}'")
        else:
            missing = f"submission_missing AND feed = '{quoted}'"
            count = _count(db, missing)
            if count:
                yield Line("without_submission", row["feed"], None, count, None, missing)


def _period(db: duckdb.DuckDBPyConnection, since: Moment | None, zone: str) -> Iterator[Line]:
    """Feeds whose logs begin only after the period that is asked for has begun."""
    if since is None:
        return
    begin = moment("since", since, zone)
    rows: list[tuple[Any, ...]] = db.cursor().execute("SELECT feed, first_utc FROM feeds ORDER BY feed").fetchall()
    for feed, first in rows:
        if isinstance(first, datetime) and first > begin:
            days = (first - begin).days + 1
            yield Line("begins_before_logs", feed, 0, days, False)
