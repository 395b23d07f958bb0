"""One send-out as support knows it from the portal: how many messages have which status, in which country, with which operator, and the list of
numbers, filtered by these. Messages without a send-out are taken together by account and day.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics.database.frames import frame_of
from sms_analytics.questions import metrics
from sms_analytics.questions.filters import moment
from sms_analytics.text.zones import local

PAGE: Final = 50

#: What a list can be sorted by, with the order in SQL. `-` before it turns it round.
ORDERS: Final = {
    "sent": "submitted_utc",
    "number": "recipient",
    "status": "outcome",
    "operator": "operator",
    "country": "country",
}
NEWEST_FIRST: Final = "-sent"

#: What a list can be filtered by, in the order of the page. A value that is missing is written as an empty text.
FILTERS: Final = ("outcome", "country", "operator")

_COUNTS: Final = "SELECT outcome, coalesce(country, '') AS country, coalesce(operator, '') AS operator, count(*)::BIGINT AS messages FROM messages"
_ROWS: Final = "SELECT message_key, recipient, country, operator, submitted_utc, outcome, reason, detail FROM messages"
_EXPORTED: Final = "recipient, country, operator, submitted_utc, outcome, reason, detail, message_id, client_ref, sender, account, campaign"
_FIGURES: Final = ("sent", "rate_confirmed", "rate_possible", "coverage")
_SENDOUTS: Final = """
SELECT account, campaign, count(*)::BIGINT AS messages, min(submitted_utc) AS first_utc, max(submitted_utc) AS last_utc
FROM messages
WHERE campaign IS NOT NULL
GROUP BY account, campaign
ORDER BY last_utc DESC NULLS LAST, campaign, account
"""


@dataclass(frozen=True)
class Scope:
    """Which messages belong together: those of a send-out or, where `campaign` is None, those of an account on a `day` of the shown zone."""

    account: str | None
    campaign: str | None
    day: date | None = None

    def condition(self, zone: str) -> tuple[str, dict[str, object]]:
        """SQL over `messages` with its parameters."""
        terms = ["account IS NOT DISTINCT FROM $account", "campaign IS NOT DISTINCT FROM $campaign"]
        parameters: dict[str, object] = {"account": self.account, "campaign": self.campaign}
        if self.day is not None:
            terms.append("submitted_utc >= $begin AND submitted_utc < $end")
            parameters |= {"begin": _begin(self.day, zone), "end": _begin(self.day + timedelta(days=1), zone)}
        return " AND ".join(terms), parameters


@dataclass(frozen=True)
class Line:
    """One message of the list."""

    message_key: str
    recipient: str | None
    country: str | None
    operator: str | None
    submitted_utc: datetime | None
    outcome: str
    reason: str | None
    detail: str | None


@dataclass(frozen=True)
class Overview:
    """A send-out: `messages` in all, `fitting` the filters; `counts` per filter and value, of all its messages, the most frequent first; one page of
    the list (`page` from 1 to `pages`), the newest first.
    """

    scope: Scope
    messages: int
    fitting: int
    counts: dict[str, dict[str, int]]
    lines: tuple[Line, ...]
    page: int
    pages: int
    sort: str


@dataclass(frozen=True)
class Sendout:
    """One line of the list of send-outs."""

    account: str | None
    campaign: str
    messages: int
    first_utc: datetime | None
    last_utc: datetime | None
    sent: int = 0
    rate_confirmed: float | None = None
    rate_possible: float | None = None
    coverage: float | None = None


def scope_of(account: str | None, campaign: str | None, submitted_utc: datetime | None, zone: str) -> Scope:
    """Where a message belongs."""
    if campaign is not None or submitted_utc is None:
        return Scope(account, campaign)
    return Scope(account, None, local(submitted_utc, zone).date())


def overview(
    db: duckdb.DuckDBPyConnection, scope: Scope, chosen: Mapping[str, Sequence[str]], *, zone: str, page: int = 1, sort: str = NEWEST_FIRST
) -> Overview:
    """The send-out; `chosen` has the values of `FILTERS` to show, all where it names none. What is no order of `ORDERS` is the usual one."""
    sort = sort if sort.removeprefix("-") in ORDERS else NEWEST_FIRST
    condition, parameters = scope.condition(zone)
    counted = _rows(db, f"{_COUNTS} WHERE {condition} GROUP BY ALL", parameters)
    counts: dict[str, Counter[str]] = {name: Counter() for name in FILTERS}
    for row in counted:
        for name in FILTERS:
            counts[name][row[name]] += row["messages"]
    fits = [row for row in counted if all(not chosen.get(name) or row[name] in chosen[name] for name in FILTERS)]
    fitting = sum(row["messages"] for row in fits)
    pages = max(1, -(-fitting // PAGE))
    shown = min(max(page, 1), pages)
    return Overview(
        scope=scope,
        messages=sum(row["messages"] for row in counted),
        fitting=fitting,
        counts={name: dict(sorted(count.items(), key=lambda item: (-item[1], item[0]))) for name, count in counts.items()},
        lines=_lines(db, condition, parameters, chosen, shown, sort),
        page=shown,
        pages=pages,
        sort=sort,
    )


def sendouts(db: duckdb.DuckDBPyConnection) -> tuple[Sendout, ...]:
    """All send-outs with their rates, the newest first."""
    known = _rows(db, _SENDOUTS, {})
    if not known:
        return ()
    rates = {(row["account"], row["campaign"]): row for row in metrics.rates(db, by=("account", "campaign")).to_dicts()}
    figures = [{name: rates[row["account"], row["campaign"]][name] for name in _FIGURES} for row in known]
    return tuple(Sendout(**row, **those) for row, those in zip(known, figures, strict=True))


def listed(db: duckdb.DuckDBPyConnection, scope: Scope, chosen: Mapping[str, Sequence[str]], *, zone: str, sort: str = NEWEST_FIRST) -> pl.DataFrame:
    """All lines of the list as a frame, for a file: number, country, operator, submission, outcome, reason, the operator's text, ids."""
    condition, parameters = scope.condition(zone)
    terms, more = _filtered(chosen)
    query = f"SELECT {_EXPORTED} FROM messages WHERE {condition}{terms} {_ordered(sort if sort.removeprefix('-') in ORDERS else NEWEST_FIRST)}"
    return frame_of(db.sql(query, params=parameters | more))


def _lines(  # noqa: PLR0917
    db: duckdb.DuckDBPyConnection, condition: str, parameters: dict[str, object], chosen: Mapping[str, Sequence[str]], page: int, sort: str
) -> tuple[Line, ...]:
    terms, more = _filtered(chosen)
    query = f"{_ROWS} WHERE {condition}{terms} {_ordered(sort)} LIMIT $limit OFFSET $offset"
    return tuple(Line(**row) for row in _rows(db, query, parameters | more | {"limit": PAGE, "offset": PAGE * (page - 1)}))


def _filtered(chosen: Mapping[str, Sequence[str]]) -> tuple[str, dict[str, object]]:
    filters = {name: list(values) for name, values in chosen.items() if values}
    terms = "".join(f" AND coalesce({name}, '') IN (SELECT unnest(${name}s::VARCHAR[]))" for name in filters)
    return terms, {f"{name}s": values for name, values in filters.items()}


def _ordered(sort: str) -> str:
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f"ORDER BY {ORDERS[sort.removeprefix('-')]} {direction} NULLS LAST, submitted_utc DESC NULLS LAST, message_key"


def _begin(day: date, zone: str) -> datetime:
    return moment("day", day, zone)


def _rows(db: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object]) -> list[dict[str, Any]]:
    frame = frame_of(db.sql(query, params=parameters) if parameters else db.sql(query))
    return frame.to_dicts()
