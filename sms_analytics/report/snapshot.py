"""What a report is made of, read once: messages and feeds as they were known at one moment, in a database in memory that all questions are put to.

Reading once makes a report of many questions as fast as one of few, and its figures agree with each other even if a load replaces the database
meanwhile. `messages` there is a view of what belongs to one customer: no question can reach the messages of another.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics.config import Config
from sms_analytics.questions.as_of import seen_at
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.selecting import ask, select
from sms_analytics.report.periods import Period

#: What the questions read.
_READ: Final = (
    *(
        "feed",
        "operator",
        "country",
        "sender",
        "parts",
        "submitted_utc",
        "scheduled_utc",
        "deadline_utc",
        "final_utc",
        "final_received_utc",
        "outcome",
    ),
    *("first_receipt_utc", "last_status"),
    *(
        "refused",
        "reason",
        "reason_class",
        "code_raw",
        "code_system",
        "conflict",
        "late",
        "submission_missing",
        "price",
        "charge",
        "charge_status",
        "gap_cause",
    ),
)
#: Keys are only compared, so they need not be carried about as text.
_KEY: Final = "hash(message_key) as message_key"
#: What `latency` asks of events: which times of delivery are vague.
_VAGUE: Final = f"""
select {_KEY}, event_utc, time_precision = 'file' as is_file
from events
where status = 'delivered' and time_precision in ('minute', 'file') and coalesce(event_utc >= $earliest::timestamp, true)
"""
_EVENTS: Final = """
create view events as
select message_key, event_utc, 'delivered' as status, case when is_file then 'file' else 'minute' end as time_precision from vague_times
"""
_ROWS_AT_ONCE: Final = 50_000
#: A named message of the same account and sender in the same hour.
_SAME_SENDING: Final = """
    select 1
    from {relation} as named
    where named.{prefix}campaign in ({campaigns}) and named.{prefix}account = one.{prefix}account
        and named.sender is not distinct from one.sender
        and date_trunc('hour', named.submitted_utc) = date_trunc('hour', one.submitted_utc)
"""


class Snapshot:
    """A database in memory, and the moment that it shows (naive UTC, None for an empty one)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: duckdb.DuckDBPyConnection, settings: Config) -> None:
        self.connection = connection
        self._source = source
        self._settings = settings
        self._chosen: dict[str, list[str]] = {}
        self._unnamed = False
        ((newest,),) = connection.execute("select max(now_utc) from feeds").fetchall()
        self.as_of: datetime | None = newest
        #: When the first message of all was sent: nothing is known of the time before.
        ((self.begins,),) = source.execute("select min(submitted_utc) from messages").fetchall()

    def only(self, accounts: Sequence[str] | None, campaigns: Sequence[str] | None, *, unnamed: bool = False) -> None:
        """From now on `messages` holds the messages of these accounts and send-outs (as in the log) alone; None for all. With `unnamed` those too
        that have no send-out's name and were sent by the same account and sender in the same hour.
        """
        self._chosen = {field: list(values) for field, values in (("account", accounts), ("campaign", campaigns)) if values is not None}
        self._unnamed = unnamed
        self.connection.execute("create or replace table chosen (field varchar, value varchar)")
        rows = [(field, value) for field, values in self._chosen.items() for value in values]
        if rows:
            self.connection.executemany("insert into chosen values (?, ?)", rows)
        conditions = self._conditions("log_", {field: f"select value from chosen where field = '{field}'" for field in self._chosen}, "everything")
        self.connection.execute(f"create or replace view messages as select one.* from everything as one where {' and '.join(conditions) or 'true'}")

    def _conditions(self, prefix: str, values: dict[str, str], relation: str) -> list[str]:
        """What holds for the messages of these accounts and send-outs in `relation`, whose rows are named `one`."""
        found = {field: f"one.{prefix}{field} in ({query})" for field, query in values.items()}
        if self._unnamed and "campaign" in found:
            same = _SAME_SENDING.format(prefix=prefix, relation=relation, campaigns=values["campaign"])
            found["campaign"] = f"({found['campaign']} or (one.{prefix}campaign is null and exists ({same})))"
        return list(found.values())

    def unnamed(self, period: Period | None) -> int:
        """How many messages without a send-out's name `unnamed` would add."""
        if "campaign" not in self._chosen or self._unnamed:
            return 0
        accounts, campaigns = self._chosen.get("account"), self._chosen["campaign"]
        before = self.count(period)
        self.only(accounts, campaigns, unnamed=True)
        added = self.count(period) - before
        self.only(accounts, campaigns)
        return added

    def owners(self, period: Period | None) -> list[str]:
        """The customers that messages belong to, by name."""
        return list(self.accounts(period))

    def own(self, **filters: Any) -> Filters:
        """Filters of these accounts and send-outs for questions that are put to the database itself (`source`)."""
        conditions = [f"{field} in ({', '.join(_quoted(value) for value in values)})" for field, values in self._chosen.items()]
        return Filters(where=" and ".join(conditions) or None, **filters)

    @property
    def source(self) -> duckdb.DuckDBPyConnection:
        """The database itself, as it was at that moment."""
        return self._source

    def count(self, period: Period | None, condition: str = "true") -> int:
        """How many messages there are of the period."""
        within, parameters = _within([period] if period else [])
        ((count,),) = self.connection.execute(f"select count(*) from messages where ({within}) and {condition}", parameters).fetchall()
        return int(count)

    def accounts(self, period: Period | None) -> dict[str, list[str]]:
        """Who has messages in the period: the accounts in the log by the customer's name."""
        within, parameters = _within([period] if period else [])
        rows = self.connection.execute(
            f"""
            select account, list_sort(list(distinct log_account))
            from messages
            where account is not null and ({within})
            group by account
            order by account
            """,
            parameters,
        ).fetchall()
        return dict(rows)

    def rows(self, columns: Sequence[str], period: Period | None) -> pl.DataFrame:
        """These columns of the messages themselves, first submitted first; `classed_as` and `counted_as` as questions count them."""
        chosen = self._conditions("", {field: f"select unnest($chosen_{field}::varchar[])" for field in self._chosen}, "messages")
        names, known = _names(self._settings)
        shown = ", ".join(names.get(column, column) for column in columns)
        query = f"select {shown} from chosen as one where {' and '.join(chosen) or 'true'} order by submitted_utc nulls last, message_key"
        used = {name: value for name, value in known.items() if f"${name}" in query}
        since, until = (None, None) if period is None else (aware(period.since), aware(period.until))
        selection = select("messages", filters=Filters(since=since, until=until))
        return ask(self._source, selection, query, **used, **{f"chosen_{field}": values for field, values in self._chosen.items()})


@contextmanager
def taken(db: duckdb.DuckDBPyConnection, settings: Config, *, periods: Sequence[Period], as_of: datetime | None) -> Iterator[Snapshot]:
    """A snapshot of the messages submitted in any of `periods` (without any: of all), as they were known at `as_of` (None: now).

    Accounts and send-outs have the names of the configuration; `log_account` and `log_campaign` keep those of the log.
    """
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        # Feeds are many different ones in the log's order: rows may change places.
        connection.execute("SET preserve_insertion_order = false")
        with closing(db.cursor() if as_of is None else seen_at(db, as_of)) as source:
            for table in ("feeds", "receipt_habits", "slow_hours", "outages", "gap_evidence"):
                _copy(source, connection, table, f"select * from {table}", {})
            _copy(source, connection, "everything", *_messages(settings, periods))
            earliest = min((period.since for period in periods), default=None)
            _copy(source, connection, "vague_times", _VAGUE, {"earliest": earliest})
            connection.execute(_EVENTS)
            connection.execute("create view messages as from everything")
            yield Snapshot(connection, source, settings)


def _messages(settings: Config, periods: Sequence[Period]) -> tuple[str, dict[str, object]]:
    condition, parameters = _within(periods)
    names, known = _names(settings)
    kept = ", ".join(f"{column} as log_{column}" for column in names)
    return f"select {_KEY}, {', '.join(_READ)}, {kept}, {', '.join(names.values())} from messages where {condition}", parameters | known


def _within(periods: Sequence[Period]) -> tuple[str, dict[str, object]]:
    """The condition that a message was submitted in any of the periods, and what it binds."""
    bound: dict[str, object] = {}
    for number, period in enumerate(periods):
        bound |= {f"since{number}": period.since, f"until{number}": period.until}
    conditions = [f"(submitted_utc >= $since{number} and submitted_utc < $until{number})" for number in range(len(periods))]
    return " or ".join(conditions) or "true", bound


def _names(settings: Config) -> tuple[dict[str, str], dict[str, object]]:
    """The names that the configuration gives to accounts and send-outs: SQL for each of the two columns, and what it binds."""
    spoken: dict[str, str] = {}
    bound: dict[str, object] = {}
    for column, known in (("account", settings.accounts), ("campaign", settings.campaigns)):
        spoken[column] = f"coalesce(map_extract_value(map($known_{column}, $names_{column}), {column}), {column}) as {column}"
        bound |= {f"known_{column}": list(known) or [""], f"names_{column}": list(known.values()) or [""]}
    return spoken, bound


def _copy(source: duckdb.DuckDBPyConnection, target: duckdb.DuckDBPyConnection, table: str, query: str, parameters: dict[str, object]) -> None:
    reader = source.sql(query, params=parameters).to_arrow_reader(_ROWS_AT_ONCE)
    target.register("arriving", reader)
    target.execute(f"create table {table} as from arriving")
    target.unregister("arriving")


def _quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def aware(utc: datetime | None) -> datetime | None:
    """A naive UTC time as the questions take it."""
    return None if utc is None else utc.replace(tzinfo=UTC)
