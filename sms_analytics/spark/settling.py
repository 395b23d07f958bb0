"""Events of a lake to messages: what is true of whole feeds first, then shares of the events, each resolved in a task of its own.

Only what new events can have to do with is resolved: of a feed the messages that share an id or a reference with them, and whole feeds where
something else is known of them now.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from sms_analytics import config as configuration
from sms_analytics.config import Config
from sms_analytics.database import lake, store
from sms_analytics.database.lake import Manifest, Part
from sms_analytics.errors import NoDataError
from sms_analytics.resolving import affected, clocks, gap_causes, requests, resolver, supplied
from sms_analytics.spark import distribution, samples, shares, tasks, ties
from sms_analytics.spark.distribution import Leaving, Numbering, Work
from sms_analytics.spark.shares import Facts, Settled
from sms_analytics.spark.ties import Group

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Events of a share, about: what a task holds in memory.
SHARE_ROWS: Final = 1_000_000

#: Tables in which stands what explains silence: found by the driver from all messages.
_SILENCE: Final = ("judged_feeds", "receipt_habits", "slow_hours", "outages", "outage_windows", "gap_evidence")


@dataclass(frozen=True)
class ResolveReport:
    """What a run resolved: events that were read, messages that were decided, feeds of which all were, and what a person should know."""

    events: int
    messages: int
    whole_feeds: list[str]
    warnings: list[str]


def resolve(
    session: "SparkSession | None", lake_folder: str | Path, *, config: str | Path | None = None, share_rows: int = SHARE_ROWS
) -> ResolveReport:
    """Makes the messages of a lake from its events; a later run touches the months and messages that new events have to do with.

    Each task works on about `share_rows` events in its memory; without a session all of it happens in this process. A run that dies leaves the state
    before. Raises `NoDataError` where nothing was loaded, `DatabaseError` where the folder is no lake, or another run changed it meanwhile.
    """
    folder = Path(lake_folder).resolve()
    settings = configuration.read(Path(config) if config else None, beside=folder.parent)
    supplied.read(settings)
    state = lake.begin(folder, store.SCHEMA_VERSION)
    if not state.tables.get("loads"):
        raise NoDataError(f"{folder}: nothing is loaded there; load logs first (spark.load)")
    with store.written(folder, (OSError, *store.NO_ROOM)):
        run = _Run(session, folder, state, settings, share_rows)
        done = run.resolved()
        lake.publish(folder, done)
    return ResolveReport(run.read_events, run.decided, sorted(run.whole), run.warnings)


@dataclass
class _Run:
    session: "SparkSession | None"
    folder: Path
    state: Manifest
    config: Config
    share_rows: int
    read_events: int = 0
    decided: int = 0
    whole: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    #: The name that a feed has now, by its name in small letters.
    names: dict[str, str] = field(default_factory=dict)

    def resolved(self) -> Manifest:
        """The state with all messages; its files are written, and not published yet."""
        with closing(store.in_memory()) as connection:
            store.lay_out(connection)
            small = [name for name in lake.table_names(connection) if name not in lake.GROWING]
            lake.read_tables(connection, self.folder, self.state, small)
            groups = self._known(connection)
            told = shares.facts(connection, self.folder, self.state.run, self.config)
            tables = lake.write_tables(connection, self.folder, self.state, [name for name in small if name not in _SILENCE])
            state = replace(self.state, tables=tables, waiting=[])
            state = self._settled(connection, state, groups, told)
            logs = {name: connection.sql(f"FROM {name}").to_arrow_table() for name in ("logs_of_feeds", "series")}
        return self._explained(state, logs)

    def _known(self, connection: duckdb.DuckDBPyConnection) -> list[Group]:
        """Finds what is true of whole feeds, as a load on one machine does; returns the groups of feeds. Fills `names` and `whole`."""
        noted = resolver.note_feeds(connection, self.config, self.state.waiting)
        resolver.count(connection, [], every=False)
        _note_requests(connection, self.state.waiting)
        self.names = dict(connection.execute("SELECT DISTINCT lower(written), feed FROM load_feeds").fetchall())
        samples.gather(self.session, connection, self.folder, [(part, self._feed(part)) for part in self.state.events])
        known = resolver.find_known(connection, self.config, noted)
        self.warnings = known.warnings
        affected.find(connection, [*known.anew, *known.changed], [])
        self.whole = {feed for (feed,) in connection.execute("SELECT feed FROM whole").fetchall()}
        clocks.set_clocks(connection)
        for table in ("event_rows", "shared_values"):
            connection.execute(f"DELETE FROM {table}")
        return ties.groups(connection)

    def _feed(self, part: Part) -> str:
        return self.names.get(part.feed.lower(), part.feed)

    def _settled(self, connection: duckdb.DuckDBPyConnection, state: Manifest, groups: list[Group], told: Facts) -> Manifest:
        by_group: dict[str, list[Part]] = defaultdict(list)
        group_of = {feed: group.name for group in groups for feed in group.feeds}
        for part in state.events:
            by_group[group_of[self._feed(part)]].append(part)
        work = [one for group in groups if (one := self._work(connection, group, by_group[group.name])) is not None]
        placed = distribution.placed(self.folder, work, self.share_rows)
        self.whole |= {feed for one in work if one.is_whole for feed in one.group.feeds}
        self.read_events = sum(part.rows for one in work for part, _ in one.parts)

        def settle(batches: Iterable[pa.RecordBatch]) -> Settled | None:
            return shares.settle(told, batches)

        count = max((one.first + one.shares for one in placed), default=1)
        settled: list[Settled] = tasks.bring_together(
            self.session, distribution.given, placed, settle, schema=shares.TRAVELLING, key="share", shares=count, are_shares=True
        )
        self.decided = sum(part.rows for one in settled for part in one.messages)
        touched = {part.path for one in work for part in one.replaced}
        return replace(
            state,
            events=[part for part in state.events if part.path not in touched]
            + [part for one in work for part in one.rest]
            + [part for one in settled for part in one.events],
            messages=self._kept_messages(state, work, settled) + [part for one in settled for part in one.messages],
            tables=state.tables
            | {"shared_values": [*state.tables.get("shared_values", []), *(file for one in settled for file in one.shared_values)]},
        )

    def _work(self, connection: duckdb.DuckDBPyConnection, group: Group, parts: list[Part]) -> Work | None:
        """What is to be done of a group; none where nothing of it has changed."""
        fresh = sum(part.rows for part in parts if not part.settled)
        is_whole = bool(self.whole.intersection(group.feeds))
        if not parts or not (fresh or is_whole):
            return None
        named = [(part, self._feed(part)) for part in parts]
        group = ties.tie(self.session, connection, group, named, folder=self.folder, run=self.state.run)
        if is_whole or group.is_one or fresh > affected.MOST * sum(part.rows for part in parts):
            return Work(group, True, named, parts)
        return self._touched(group, named)

    def _touched(self, group: Group, named: list[tuple[Part, str]]) -> Work:
        """Only what new events can have to do with: older files of which that is a part are split."""
        fresh = [(part, feed) for part, feed in named if not part.settled]
        where = (self.folder, self.state.run, group)
        numbers = tasks.run(self.session, distribution.numbers_of, [Numbering(*where, part, feed) for part, feed in fresh])
        older = [(part, feed) for part, feed in named if part.settled]
        files = [file for one in numbers for file in one]
        split = tasks.run(self.session, distribution.split, [Numbering(*where, part, feed, files) for part, feed in older])
        parts, rest, replaced = list(fresh), list[Part](), [part for part, _ in fresh]
        for (part, feed), one in zip(older, split, strict=True):
            if one is not None:
                parts += [(touched, feed) for touched in one[0]]
                rest += one[1]
                replaced.append(part)
        return Work(group, False, parts, replaced, rest)

    def _kept_messages(self, state: Manifest, work: list[Work], settled: list[Settled]) -> list[Part]:
        """The files of messages that were not decided anew."""
        whole = {feed for one in work if one.is_whole for feed in one.group.feeds}
        some = {feed for one in work if not one.is_whole for feed in one.group.feeds}
        old_keys = [file for one in settled for file in one.old_keys]
        kept = [part for part in state.messages if self._feed(part) not in whole | some]
        asked = [part for part in state.messages if self._feed(part) in some]
        if not old_keys:
            return kept + asked
        for parts in tasks.run(self.session, distribution.without, [Leaving(self.folder, state.run, part, old_keys) for part in asked]):
            kept += parts
        return kept

    def _explained(self, state: Manifest, logs: dict[str, pa.Table]) -> Manifest:
        """The state with outages, and what explains missing statuses, found from all messages."""
        with closing(store.in_memory()) as connection:
            store.lay_out(connection)
            lake.show(connection, self.folder, state)
            for name, table in logs.items():
                connection.register("known_logs", table)
                connection.execute(f"CREATE TEMP TABLE {name} AS FROM known_logs")
                connection.unregister("known_logs")
            gap_causes.update(connection, every=False)
            return replace(state, tables=lake.write_tables(connection, self.folder, state, _SILENCE))


def _note_requests(connection: duckdb.DuckDBPyConnection, waiting: list[int]) -> None:
    """Notes which senders never asked, by the loads that were resolved before."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE coming_requests AS FROM load_requests WHERE load_id IN (SELECT unnest($loads::INTEGER[]))", {"loads": waiting}
    )
    connection.execute("DELETE FROM load_requests WHERE load_id IN (SELECT load_id FROM coming_requests)")
    requests.note(connection)
    connection.execute("INSERT INTO load_requests FROM coming_requests")
