"""Are the rules of `[check.NAME]` kept? Rates are judged at the same age: only what was known `age` after the hand-over counts, of messages that
are that old, so a young period never looks worse than an old one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import duckdb
import polars as pl

from sms_analytics.config import Config
from sms_analytics.config.checks import CheckConfig
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import unmapped
from sms_analytics.questions.control_limits import spread_of
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.intervals import wilson
from sms_analytics.questions.outages import COUNTS as OUTAGES
from sms_analytics.questions.outages import outages
from sms_analytics.questions.selecting import ask, select

#: `too_little`: too few messages to tell.
Verdict = Literal["broken", "kept", "too_little"]

#: Of so many periods before at least, a rate has limits of its own.
_ENOUGH_PERIODS: Final = 12
_THREE_SIGMA: Final = 3
#: An outage goes on as long as the last receipt that stayed away was due within this time.
_GOES_ON: Final = timedelta(hours=1)
_HALF: Final = 0.5

#: A message handed over in the `period`-th stretch of `over` seconds before it was `age` seconds old; 0 is the latest.
_AT_AGE: Final = """
, aged as (
    select
        {group} as party,
        greatest(submitted_utc, coalesce(scheduled_utc, submitted_utc)) as begun_utc,
        case when counted_as in ('delivered', 'partly_confirmed', 'failed') then coalesce(final_received_utc, final_utc) end as known_utc,
        counted_as = 'delivered' as is_delivered,
        epoch(now_utc - begun_utc) - $age as older_by,
        case when older_by >= 0 then floor(older_by / $over)::integer end as period,
        epoch(known_utc - begun_utc) as wait_s,
        deadline_utc < now_utc as is_over
    from chosen
    where sent and not submission_missing
)
select
    party,
    period,
    count(*) as sent,
    count(*) filter (wait_s <= $age) as answered,
    count(*) filter (wait_s <= $age and is_delivered) as delivered,
    count(*) filter (wait_s <= $within) as quick,
    count(*) filter (is_over) as mature,
    count(*) filter (is_over and known_utc is not null) as ever_answered
from aged
where period is not null and period <= $periods
group by all
order by party nulls last, period
"""


@dataclass(frozen=True)
class Finding:
    """What one rule says of one group (`party`; empty: all): the verdict, what was found, the limit, and of how many messages."""

    check: str
    rule: str
    party: str | None
    verdict: Verdict
    value: float | None
    limit: float | None
    messages: int
    #: What else the sentence names.
    more: Mapping[str, Any]


def findings(db: duckdb.DuckDBPyConnection, config: Config, at: datetime) -> list[Finding]:
    """Every rule of the configuration, judged at the moment `at` (naive UTC), which only tells how old what was loaded is."""
    known = {feed.lower(): feed for (feed,) in db.cursor().execute("SELECT feed FROM feeds ORDER BY feed").fetchall()}
    for name, rule in config.check.items():
        if rule.feed is not None and rule.feed.lower() not in known:
            raise UsageError(f"[check.{name}] feed = '{rule.feed}': no such feed; there are: {', '.join(known.values()) or 'none'}")
    return [finding for name, rule in config.check.items() for finding in _JUDGED[rule.rule](db, config, name, rule, at)]


def _rows(db: duckdb.DuckDBPyConnection, rule: CheckConfig) -> dict[str | None, list[dict[str, Any]]]:
    """For each group its periods, the latest first. Where nothing fits, all together have none."""
    selection = select("rates", filters=Filters(where=_where(rule), account=rule.account, zone="UTC"))
    days = max(rule.days * 86400, 28 * 86400)
    asked: dict[str, float] = {
        "age": rule.age.total_seconds(),
        "over": rule.over.total_seconds(),
        "within": rule.within.total_seconds() if rule.within else 0.0,
        "periods": rule.days if rule.rule == "confirmed" else days / rule.over.total_seconds() + 9,
    }
    try:
        frame = ask(db, selection, _AT_AGE.format(group=rule.by or "null::varchar"), **asked)
    except NoDataError:
        return {None: []}
    found: dict[str | None, list[dict[str, Any]]] = {}
    for row in frame.to_dicts():
        found.setdefault(row["party"], []).append(row)
    return found or {None: []}


def _where(rule: CheckConfig) -> str | None:
    named = {"lower(feed)": rule.feed and rule.feed.lower(), "operator": rule.operator}
    conditions = [f"{column} = '{value.replace(chr(39), chr(39) * 2)}'" for column, value in named.items() if value is not None]
    own = [f"({rule.where}\n)"] if rule.where else []
    return " and ".join([*conditions, *own]) or None


def _latest(periods: list[dict[str, Any]]) -> dict[str, Any]:
    return next((row for row in periods if row["period"] == 0), {"sent": 0, "answered": 0, "delivered": 0, "quick": 0})


def _coverage(db: duckdb.DuckDBPyConnection, _config: Config, name: str, rule: CheckConfig, _at: datetime) -> Iterator[Finding]:
    least = rule.least or 0.0
    for party, periods in _rows(db, rule).items():
        now = _latest(periods)
        sent, answered = now["sent"], now["answered"]
        value = answered / sent if sent else None
        verdict = _verdict(rule, sent, answered, least)
        yield Finding(name, rule.rule, party, verdict, value, least, sent, _span(rule))


def _confirmed(db: duckdb.DuckDBPyConnection, _config: Config, name: str, rule: CheckConfig, _at: datetime) -> Iterator[Finding]:
    for party, periods in _rows(db, rule).items():
        now = _latest(periods)
        before = [(row["delivered"], row["sent"]) for row in periods if row["period"] > 0 and row["sent"] >= rule.min_sent]
        sent, value = now["sent"], now["delivered"] / now["sent"] if now["sent"] else None
        limit = lower_limit(before, sent) if sent and len(before) >= _ENOUGH_PERIODS else None
        verdict: Verdict = "too_little"
        if sent >= rule.min_sent and limit is not None and value is not None:
            verdict = "broken" if value < limit else "kept"
        usual = sum(delivered for delivered, _ in before) / sum(count for _, count in before) if before else None
        yield Finding(name, rule.rule, party, verdict, value, limit, sent, _span(rule) | {"usual": usual})


def lower_limit(before: list[tuple[int, int]], sent: int) -> float:
    """Three standard deviations below the pooled rate of (hits, of) `before`, for `sent` messages; days differ by more than chance, and by how
    much more their neighbours tell (D. B. Laney 2002, with the median of the moving ranges, so one odd day hides nothing).
    """
    pooled = sum(hits for hits, _ in before) / sum(of for _, of in before)
    spread = pooled * (1 - pooled)
    if not spread:
        return pooled
    scores = [(hits / of - pooled) / (spread / of) ** 0.5 for hits, of in before]
    return float(pooled - _THREE_SIGMA * spread_of(scores) * (spread / sent) ** 0.5)


def _slow(db: duckdb.DuckDBPyConnection, _config: Config, name: str, rule: CheckConfig, _at: datetime) -> Iterator[Finding]:
    for party, periods in _rows(db, rule).items():
        now = _latest(periods)
        mature, answered = (sum(row[column] for row in periods) for column in ("mature", "ever_answered"))
        sent, value = now["sent"], now["quick"] / now["sent"] if now["sent"] else None
        # Half of those that usually get a status: silence by habit is not slowness.
        limit = _HALF * (answered / mature if mature >= rule.min_sent else 1.0)
        verdict = _verdict(rule, sent, now["quick"], limit)
        yield Finding(name, rule.rule, party, verdict, value, limit, sent, _span(rule))


def _verdict(rule: CheckConfig, sent: int, hits: int, least: float) -> Verdict:
    """Broken below the limit by more than chance; between the two nothing has changed."""
    if sent < rule.min_sent:
        return "too_little"
    if hits / sent >= least:
        return "kept"
    return "broken" if wilson(hits, sent, +1) < least else "too_little"


def _outage(db: duckdb.DuckDBPyConnection, _config: Config, name: str, rule: CheckConfig, _at: datetime) -> Iterator[Finding]:
    try:
        found = outages(db).filter(OUTAGES)
    except NoDataError:
        return
    for feed, now in _feeds(db, rule):
        of_feed = found.filter((pl.col("feed") == feed) & (pl.col("end_utc") >= now - (rule.within or _GOES_ON))).sort("end_utc")
        if of_feed.is_empty():
            yield Finding(name, rule.rule, feed, "kept", None, None, 0, {})
        else:
            row = of_feed.row(-1, named=True)
            more = {"start_utc": row["start_utc"], "end_utc": row["end_utc"]}
            yield Finding(name, rule.rule, feed, "broken", row.get("loss_share"), None, row["messages"], more)


def _stale(db: duckdb.DuckDBPyConnection, _config: Config, name: str, rule: CheckConfig, at: datetime) -> Iterator[Finding]:
    limit = (rule.within or timedelta()).total_seconds()
    for feed, now in _feeds(db, rule):
        old = max(0.0, (at - now).total_seconds())
        yield Finding(name, rule.rule, feed, "broken" if old > limit else "kept", old, limit, 0, {"now_utc": now})


def _unmapped(db: duckdb.DuckDBPyConnection, config: Config, name: str, rule: CheckConfig, _at: datetime) -> Iterator[Finding]:
    words = unmapped.found(db, config).filter(pl.col("what") == "word")
    for feed, _ in _feeds(db, rule):
        own = words.filter(pl.col("feed") == feed)
        verdict: Verdict = "broken" if own.height > rule.most else "kept"
        yield Finding(
            name, rule.rule, feed, verdict, own.height, rule.most, int(own["events"].sum()), {"words": own["written"].drop_nulls().to_list()}
        )


def _feeds(db: duckdb.DuckDBPyConnection, rule: CheckConfig) -> list[tuple[str, datetime]]:
    rows = db.cursor().execute("SELECT feed, now_utc FROM feeds WHERE now_utc IS NOT NULL ORDER BY feed").fetchall()
    return [(feed, now) for feed, now in rows if rule.feed is None or feed.lower() == rule.feed.lower()]


def _span(rule: CheckConfig) -> dict[str, Any]:
    return {"over_s": rule.over.total_seconds(), "age_s": rule.age.total_seconds(), "within_s": rule.within.total_seconds() if rule.within else None}


def clock() -> datetime:
    """The time on the wall in naive UTC: what a load tells of itself says nothing of how long ago that was."""
    return datetime.now(UTC).replace(tzinfo=None)


_JUDGED: Final[dict[str, Callable[[duckdb.DuckDBPyConnection, Config, str, CheckConfig, datetime], Iterator[Finding]]]] = {
    "coverage": _coverage,
    "confirmed": _confirmed,
    "outage": _outage,
    "slow": _slow,
    "stale": _stale,
    "unmapped": _unmapped,
}
