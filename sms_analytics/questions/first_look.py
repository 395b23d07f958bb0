"""The first look after a load: what was understood of the logs, and what was not, problems first. Read from the database, without the files."""

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics.config import Config
from sms_analytics.config.defaults import config_of
from sms_analytics.database.frames import frame_of
from sms_analytics.errors import NoDataError
from sms_analytics.events.table_headers import header_key, known_headers
from sms_analytics.questions import unmapped
from sms_analytics.resolving import missing_logs

#: What stands in the way of figures that can be believed; the other findings are for knowing.
PROBLEMS: Final = (
    *("file_refused", "records_rejected", "words_unread", "codes_unread", "texts_unread"),
    *("log_missing", "feeds_undecided", "receipts_only", "no_receipts", "days_missing"),
)
_UNREAD: Final = {"word": "words_unread", "code": "codes_unread", "text": "texts_unread", "field": "fields_masked"}
_SCHEMA: Final = {
    "finding": pl.String(),
    "is_problem": pl.Boolean(),
    "of": pl.String(),
    "count": pl.Int64(),
    "first_utc": pl.Datetime("us"),
    "last_utc": pl.Datetime("us"),
    "details": pl.String(),
}
#: So many of a kind are named in `details`.
_NAMED: Final = 12

_LOADS: Final = "SELECT path, format, state, records, rejected, duplicates, first_utc, last_utc FROM loads ORDER BY load_id"
_FEEDS: Final = """
SELECT feed, submissions, receipts, receipts_only, undecided, answers, answers_evidence, first_utc, last_utc,
    feed IN (SELECT unnest(answers) FROM feeds) AS is_answered
FROM feeds
ORDER BY feed
"""
#: Days (UTC) without a submission between days that have some, of feeds that sent on nine of ten days or more.
_QUIET_DAYS: Final = """
WITH days AS (SELECT DISTINCT feed, submitted_utc::DATE AS day FROM messages WHERE submitted_utc IS NOT NULL),
gaps AS (SELECT feed, day, lead(day) OVER (PARTITION BY feed ORDER BY day) - day - 1 AS missing FROM days),
quiet AS (SELECT feed, day + unnest(generate_series(1, missing))::INTEGER AS day FROM gaps WHERE missing > 0),
spans AS (SELECT feed, min(day) AS first, max(day) AS last, count(*) AS sent FROM days GROUP BY feed)
SELECT feed, count(*)::BIGINT AS missing, list(quiet.day::VARCHAR ORDER BY quiet.day) AS days
FROM spans
JOIN quiet USING (feed)
WHERE sent >= 0.9 * (last - first + 1)
GROUP BY feed
ORDER BY feed
"""
_TABLES: Final = """
SELECT path, any_value(raw) AS raw
FROM events
JOIN (SELECT load_id, path FROM loads) AS files USING (load_id)
WHERE format = 'table'
GROUP BY path
ORDER BY path
"""


@dataclass(frozen=True)
class Finding:
    """One row; `of` is a file or a feed."""

    finding: str
    of: str | None
    count: int | None = None
    first_utc: datetime | None = None
    last_utc: datetime | None = None
    details: str | None = None


def profile(db: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What was understood of the loaded logs, and what was not: one row per finding, problems first.

    Columns: `finding`; `is_problem`; `of` which file or feed; `count` (records, events, days); `first_utc`, `last_utc`; `details`.
    Problems: `file_refused`, `records_rejected`, `words_unread`, `codes_unread`, `texts_unread` (`unmapped` gives the configuration for them),
    `log_missing` (a series leaves a file out), `feeds_undecided`, `receipts_only`, `no_receipts`, `days_missing` (a feed that sends nearly every day
    sent nothing). For knowing: `span` of each feed, `feeds_meet`, `duplicates`, `columns_found` and `columns_ignored` of tables, `fields_masked`
    (since nothing is known of them). `NoDataError` where nothing was loaded.
    """
    settings = config_of(db)
    found = [*_of_files(db), *_unread(unmapped.with_fields(db, settings)), *_missing(db), *_of_feeds(db), *_columns(db, settings)]
    if not found:
        raise NoDataError("nothing was loaded: load logs first (sms-analytics load PATH)")
    order = {name: number for number, name in enumerate(PROBLEMS)}
    found.sort(key=lambda one: order.get(one.finding, len(order)))
    rows = [(finding, finding in order, *rest) for finding, *rest in map(astuple, found)]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    return frame_of(db.cursor().sql(query)).to_dicts()


def _of_files(db: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for row in _rows(db, _LOADS):
        span = row["first_utc"], row["last_utc"]
        if row["state"] == "refused":
            yield Finding("file_refused", row["path"], row["records"], *span)
        elif row["rejected"]:
            yield Finding("records_rejected", row["path"], row["rejected"], *span, f"{row['rejected']} / {row['records']}")
        if row["duplicates"]:
            yield Finding("duplicates", row["path"], row["duplicates"], *span)


def _unread(found: pl.DataFrame) -> Iterator[Finding]:
    """Words, codes and texts without a meaning, and columns of which nothing is known: a row for each kind and feed."""
    groups = found.group_by("what", "feed", "format", maintain_order=True).agg(
        pl.col("events").sum(), pl.col("first_utc").min(), pl.col("last_utc").max(), pl.col("written").drop_nulls()
    )
    for row in groups.to_dicts():
        details = _some(row["written"])
        yield Finding(_UNREAD[row["what"]], row["feed"] or row["format"], row["events"], row["first_utc"], row["last_utc"], details)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")


def _missing(db: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for path, begin, end in missing_logs.in_series(db.cursor()):
        yield Finding("log_missing", path, None, begin, end)
    for row in _rows(db, _QUIET_DAYS):
        yield Finding("days_missing", row["feed"], row["missing"], details=_some(row["days"]))


def _of_feeds(db: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for row in _rows(db, _FEEDS):
        span = row["first_utc"], row["last_utc"]
        counts = f"{row['submissions']} + {row['receipts']}"
        yield Finding("span", row["feed"], row["submissions"] + row["receipts"], *span, counts)
        if row["undecided"]:
            yield Finding("feeds_undecided", row["feed"], row["submissions"] + row["receipts"], *span, row["answers_evidence"])
        elif row["receipts_only"]:
            yield Finding("receipts_only", row["feed"], row["receipts"], *span)
        elif row["submissions"] and not row["receipts"] and not row["is_answered"]:
            yield Finding("no_receipts", row["feed"], row["submissions"], *span)
        if row["answers"]:
            yield Finding("feeds_meet", row["feed"], row["receipts"], *span, f"→ {', '.join(row['answers'])}: {row['answers_evidence']}")


def _columns(db: duckdb.DuckDBPyConnection, settings: Config) -> Iterator[Finding]:
    """The columns of each table: those that stand for one of ours, and those that stand for none."""
    configured = {header_key(name) for name in settings.table.columns.values()}
    for row in _rows(db, _TABLES):
        written = list(json.loads(row["raw"]))
        known = [name for name in written if header_key(name) in configured or header_key(name) in known_headers()]
        yield Finding("columns_found", row["path"], len(known), details=_some(known))
        if ignored := [name for name in written if name not in known]:
            yield Finding("columns_ignored", row["path"], len(ignored), details=_some(ignored))
