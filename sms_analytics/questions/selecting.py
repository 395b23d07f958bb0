"""The messages that a question is about and what they are grouped by, in the database: shared by all questions.

Days, weeks, months and hours are those of the shown zone, of the submission time. The hour that summer time's end repeats is two groups with the same
`hour`: `hour_utc`, which stands beside `hour`, tells them apart and is unique. `hour_of_day` puts both into 2.
"""

import inspect
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields
from datetime import datetime
from threading import Timer
from typing import Any, Final, ParamSpec, TypeVar

import duckdb
import polars as pl

from sms_analytics.config.defaults import configured
from sms_analytics.database.frames import frame_of
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import conditions
from sms_analytics.questions.as_of import seen_at
from sms_analytics.questions.filters import Filters, checked_zone, ends, moment
from sms_analytics.text.phrases import filled
from sms_analytics.text.zones import local
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, SENT_OUTCOMES

_P = ParamSpec("_P")
_R = TypeVar("_R")


def question(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """A question as people ask it: `help()` shows each filter as a keyword, and zone and language are those of the configuration where not given.

    For functions of a connection that take `**options: Unpack[FilterOptions]`.
    """
    signature = inspect.signature(function)
    named = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    filters = [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=one.type)
        for one in fields(Filters)
        if one.name not in signature.parameters
    ]
    function.__signature__ = signature.replace(parameters=[*named, *filters])  # type: ignore[attr-defined]  # what `inspect` and `help` show
    return configured(function)


#: What `--by` accepts, as SQL over `chosen`; `local` is the submission time in the shown zone.
DIMENSIONS: Final = {
    "operator": "operator",
    "country": "country",
    "reason": "reason",
    "reason_class": "reason_class",
    "account": "account",
    "campaign": "campaign",
    "feed": "feed",
    "sender": "sender",
    "outcome": "outcome",
    "gap_cause": "gap_cause",
    "hour": "date_trunc('hour', local)",
    "day": "local::date",
    "week": "date_trunc('week', local)::date",  # its Monday
    "month": "date_trunc('month', local)::date",  # its first day
    "hour_of_day": "hour(local)",  # 0 to 23
    "weekday": "isodow(local)",  # 1 Monday to 7 Sunday
}

#: Dimensions that only one question has.
_ONLY_FOR: Final = {"reason": "reasons", "reason_class": "reasons", "gap_cause": "gaps"}

#: Columns that come along with a dimension and follow it.
_BROUGHT_ALONG: Final = {
    "hour": {"hour_utc": "submitted_utc - (local - date_trunc('hour', local))"},
    "reason": {"reason_class": "reason_class"},
}

#: Dimensions that sort by their own value; the others by how many messages they have.
IN_TIME_ORDER: Final = frozenset({"hour", "hour_utc", "day", "week", "month", "hour_of_day", "weekday"})

#: The messages in question, judged once for all counts. `classed_as` is what a message counts as, `counted_as` the same where it counts. Those of a
#: feed without any submission (`receipts_only`) cannot show silence, so they count only where they are asked for by themselves; those of feeds that
#: may tell of the same messages (`undecided`) until that is settled not at all. In every other feed a message without submission counts as that and
#: as nothing else. A feed is `mute` if no receipts for it were loaded. A feed's columns that its file does not have yet are empty.
_CHOSEN: Final = f"""
with fitting as (
    {{source}}
), every_feed as (
    select false as undecided, null::varchar as answers_evidence, []::varchar[] as answers, 0 as receipts where false
    union all by name
    select * from feeds
), known as (
    select
        feed,
        now_utc,
        coalesce(receipts_only, false) as receipts_only,
        coalesce(undecided, false) as undecided,
        answers_evidence,
        receipts = 0 and feed not in (select unnest(answers) from every_feed) as mute
    from every_feed
), chosen as (
    select
        fitting.*,
        (submitted_utc at time zone 'UTC') at time zone $zone as local,
        now_utc,
        coalesce(known.receipts_only, false) as receipts_only,
        coalesce(known.undecided, false) as undecided,
        case
            when submission_missing and not coalesce(known.receipts_only, false) then 'without_submission'
            when outcome = 'failed' and refused then 'refused'
            else outcome
        end as classed_as,
        case when {{counts}} then classed_as end as counted_as,
        coalesce(counted_as in {SENT_OUTCOMES}, false) as sent,
        sent and counted_as not in {ANSWERED_OUTCOMES} and coalesce(deadline_utc >= now_utc, false) as provisional
    from fitting
    left join known using (feed)
    where {{conditions}}
)
"""
#: Which messages count, in a question about all and in one about those that are known from receipts only.
_COUNTS: Final = {
    False: "not coalesce(known.receipts_only, false) and not coalesce(known.undecided, false)",
    True: "coalesce(known.receipts_only, false)",
}


@dataclass(frozen=True)
class Selection:
    """A checked set of filters and dimensions. Times are naive UTC, `columns` are the group's columns with their SQL, in order."""

    zone: str
    columns: dict[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    account: str | None = None
    campaign: str | None = None
    where: str | None = None
    receipts_only: bool = False

    @property
    def groups(self) -> str:
        """The head of a SELECT list: every group column, each followed by a comma."""
        return "".join(f'{sql} as "{name}", ' for name, sql in self.columns.items())

    @property
    def chosen(self) -> str:
        """The common table expression `chosen`: the messages in question."""
        conditions_on = {
            "submitted_utc >= $since": self.since,
            "submitted_utc < $until": self.until,
            "account = $account": self.account,
            "campaign = $campaign": self.campaign,
        }
        asked = [sql for sql, value in conditions_on.items() if value is not None]
        if self.receipts_only:
            asked.append(_COUNTS[True])
        source = "select * from messages" if self.where is None else conditions.filtered_messages(self.where)
        return _CHOSEN.format(source=source, counts=_COUNTS[self.receipts_only], conditions=" and ".join(asked) or "true")

    @property
    def parameters(self) -> dict[str, object]:
        """What `chosen` binds."""
        optional = {"since": self.since, "until": self.until, "account": self.account, "campaign": self.campaign}
        return {"zone": self.zone} | {name: value for name, value in optional.items() if value is not None}


def select(question: str, by: str | Sequence[str] = (), filters: Filters = Filters()) -> Selection:  # noqa: B008  # it cannot be changed
    """The filters and dimensions of one `question` (`rates`, `reasons`, ...), checked; `UsageError` names what cannot be used and what is accepted.

    `by` is a list of dimensions, or text with commas between them.
    """
    zone = checked_zone(filters.zone)
    since, until = ends(filters.since, filters.until, zone)
    return Selection(
        zone=zone,
        columns=_columns(question, by),
        since=since,
        until=until,
        as_of=None if filters.as_of is None else moment("as-of", filters.as_of, zone),
        account=filters.account,
        campaign=filters.campaign,
        where=filters.where,
        receipts_only=filters.receipts_only,
    )


def ask(db: duckdb.DuckDBPyConnection, selection: Selection, query: str, **parameters: object) -> pl.DataFrame:
    """`query`, the SQL that follows the common table expression `chosen`, run on the messages that `selection` chooses.

    `NoDataError` if it chooses none, `UsageError` if its condition is none or fails on a value.
    """
    with closing(_connection(db, selection.as_of)) as con:
        # A cast to a time with zone inside `where` must not depend on the machine.
        con.execute("set timezone = 'UTC'")
        if selection.where is not None:
            conditions.check(con, selection.where)
        if _run(con, selection, "select 1 as found from chosen limit 1").is_empty():
            raise _nothing_fits(con, selection)
        return _run(con, selection, query, **parameters)


def dimensions(by: str | Sequence[str]) -> list[str]:
    """The dimensions in `by`: a list of them, or text with commas between them."""
    return [name.strip() for name in by.split(",") if by] if isinstance(by, str) else list(by)


def dimensions_of(question: str) -> list[str]:
    """What `by` of this question accepts."""
    return [name for name in DIMENSIONS if _ONLY_FOR.get(name, question) == question]


def in_order(frame: pl.DataFrame, columns: Sequence[str], count: str) -> pl.DataFrame:
    """`frame` sorted by its group columns: time ascending, the others by the sum of `count` descending, then by name, unknown last."""
    keys: list[pl.Expr] = []
    descending: list[bool] = []
    for number, name in enumerate(columns, start=1):
        if name not in IN_TIME_ORDER:
            keys.append(pl.col(count).sum().over(columns[:number]))
            descending.append(True)
        keys.append(pl.col(name))
        descending.append(False)
    return frame.sort(keys, descending=descending, nulls_last=True, maintain_order=True) if keys else frame


def total(column: str, within: Sequence[str]) -> pl.Expr:
    """The sum of `column` over the rows that agree in the columns `within`; without any, over all rows."""
    summed = pl.col(column).sum()
    return summed.over(within) if within else summed


def _connection(db: duckdb.DuckDBPyConnection, as_of: datetime | None) -> duckdb.DuckDBPyConnection:
    """A connection of its own, closed after use, whose `messages` and `feeds` are those of `as_of` (naive UTC), or today's."""
    return db.cursor() if as_of is None else seen_at(db, as_of)


#: A condition that takes longer than this many seconds is stopped.
_LONGEST_S: Final = 60


def _run(con: duckdb.DuckDBPyConnection, selection: Selection, query: str, **parameters: object) -> pl.DataFrame:
    if selection.where is None:
        return frame_of(con.sql(selection.chosen + query, params=selection.parameters | parameters))
    guard = Timer(_LONGEST_S, con.interrupt)
    guard.daemon = True
    guard.start()
    try:
        return frame_of(con.sql(selection.chosen + query, params=selection.parameters | parameters))
    except duckdb.InterruptException:
        if guard.is_alive():
            raise
        raise UsageError(f"--where '{selection.where}' takes more than {_LONGEST_S} s: write a simpler condition") from None
    except duckdb.OutOfMemoryException:
        raise UsageError(f"--where '{selection.where}' takes more memory than there is: write a simpler condition") from None
    except duckdb.Error as error:
        # The quoted parts can be values out of the database: not for a screen or a log.
        reason = re.sub(r"'[^']*'", "'...'", str(error).split("\n", 1)[0])
        raise UsageError(f"--where '{selection.where}' does not work: {reason}; compare text with text, in single quotes") from None
    finally:
        guard.cancel()


def _nothing_fits(con: duckdb.DuckDBPyConnection, selection: Selection) -> NoDataError:
    count, first, last = con.execute("select count(*), min(submitted_utc), max(submitted_utc) from messages").fetchall()[0]
    if count == 0 and selection.as_of is not None:
        return NoDataError(f"nothing was known yet as of {_shown(selection.as_of, selection.zone)}: choose a later --as-of")
    if count == 0:
        return NoDataError("the database holds no messages: load logs first (sms-analytics load PATH)")
    given: dict[str, Any] = {
        "--since": selection.since and _shown(selection.since, selection.zone),
        "--until": selection.until and _shown(selection.until, selection.zone),
        "--account": selection.account,
        "--campaign": selection.campaign,
        "--where": selection.where,
    }
    asked = " ".join(
        [*(["--receipts-only"] if selection.receipts_only else []), *(f"{option} '{value}'" for option, value in given.items() if value is not None)]
    )
    period = f"{_shown(first, selection.zone)} to {_shown(last, selection.zone)}"
    return NoDataError(filled("no message fits {0}; loaded: {1:message|messages}, {2}; widen the period or leave out a filter", asked, count, period))


def _shown(utc: datetime | None, zone: str) -> str:
    if utc is None:
        return "unknown time"
    return f"{local(utc, zone):%Y-%m-%d %H:%M} {zone}"


def _columns(question: str, by: str | Sequence[str]) -> dict[str, str]:
    asked = dimensions(by)
    accepted = dimensions_of(question)
    columns: dict[str, str] = {}
    for name in asked:
        if name not in accepted:
            hint = f" ('{name}' is one of `{_ONLY_FOR[name]}`)" if name in _ONLY_FOR else ""
            raise UsageError(f"--by: {question} has no dimension '{name}'{hint}; accepted: {', '.join(accepted)}")
        if asked.count(name) > 1:
            raise UsageError(f"--by: '{name}' is named twice; name each dimension once")
        columns[name] = DIMENSIONS[name]
        columns |= {extra: sql for extra, sql in _BROUGHT_ALONG.get(name, {}).items() if extra not in asked}
    return columns
