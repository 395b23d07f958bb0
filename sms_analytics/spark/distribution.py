"""Which events go to which share, and what of a file stays as it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from sms_analytics.database import lake
from sms_analytics.database.lake import Part
from sms_analytics.resolving.deciding import sql
from sms_analytics.spark import event_rows, tasks, ties
from sms_analytics.spark.event_rows import Bundle
from sms_analytics.spark.ties import Group


@dataclass
class Work:
    """Files of a group whose events are resolved, with the names of their feeds; `replaced`: what they stand for in the state, but for the `rest`."""

    group: Group
    is_whole: bool
    parts: list[tuple[Part, str]]
    replaced: list[Part]
    rest: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Placed:
    """A file of events that go to `shares` shares, from the `first` on."""

    lake: Path
    group: Group
    bundle: Bundle
    first: int
    shares: int


def placed(folder: Path, work: list[Work], share_rows: int) -> list[Placed]:
    """Gives each group shares of its own, as many as its events need; small groups have one together, so that files do not become too many."""
    found: list[Placed] = []
    following, filled = 0, share_rows
    for one in work:
        rows = sum(part.rows for part, _ in one.parts)
        count = 1 if one.group.is_one else max(1, -(-rows // share_rows))
        if count > 1 or filled + rows > share_rows:
            first, following = following, following + count
            filled = rows if count == 1 else share_rows
        else:
            first, filled = following - 1, filled + rows
        found += [Placed(folder, one.group, bundle, first, count) for bundle in event_rows.bundles(one.parts)]
    return found


def given(work: Placed) -> Iterator[pa.RecordBatch]:
    """The events of a file, each with its share."""
    with tasks.database() as connection:
        connection.execute(sql("id_macros"))
        events = event_rows.of(work.lake, work.bundle)
        share = f"({work.first} + {ties.number_of(work.group)} % {work.shares})::INTEGER"
        query = f"SELECT events.*, {share} AS share FROM {ties.joined(work.lake, work.group, events)}"
        yield from tasks.batches(connection, event_rows.travelling(query, f"{work.bundle.is_settled} AS is_settled", "share"))


@dataclass(frozen=True)
class Numbering:
    """A file of events whose numbers are asked for, or that is split by the `touched` numbers in these files."""

    lake: Path
    run: int
    group: Group
    part: Part
    feed: str
    touched: list[str] = field(default_factory=list)


_NUMBERED: Final = "SELECT events.*, {number} AS number FROM {events}"


def _numbered(connection: duckdb.DuckDBPyConnection, work: Numbering) -> str:
    connection.execute(sql("id_macros"))
    events = event_rows.of(work.lake, Bundle((work.part,), work.feed))
    return _NUMBERED.format(number=ties.number_of(work.group), events=ties.joined(work.lake, work.group, events))


def numbers_of(work: Numbering) -> list[str]:
    """The file with the numbers that the events of a file have (`ties.number_of`)."""
    with tasks.database() as connection:
        return lake.write_table(connection, work.lake, work.run, "touched", f"SELECT DISTINCT number FROM ({_numbered(connection, work)})")


def split(work: Numbering) -> tuple[list[Part], list[Part]] | None:
    """The files of the events with one of the touched numbers and of all others; none where no event has one."""
    with tasks.database() as connection:
        connection.execute(
            f"CREATE TEMP TABLE touched AS SELECT DISTINCT number FROM read_parquet({lake.listed(work.lake / file for file in work.touched)})"
        )
        events = _numbered(connection, work)
        ((count,),) = connection.execute(f"SELECT count(*) FROM ({events}) WHERE number IN (FROM touched)").fetchall()
        if not count:
            return None
        # Under the name that its folder has: the part says which feed that is now.
        rows = f"SELECT * EXCLUDE (number) FROM ({events}) WHERE number"
        write = (connection, work.lake, work.run, "events")
        return lake.write_parts(*write, f"{rows} IN (FROM touched)"), lake.write_parts(*write, f"{rows} NOT IN (FROM touched)")


@dataclass(frozen=True)
class Leaving:
    """A file of messages of which those with the keys in other files go."""

    lake: Path
    run: int
    part: Part
    old_keys: list[str]


def without(work: Leaving) -> list[Part]:
    """The file of the messages that stay: the one that is there if all of them do."""
    with tasks.database(tables=False) as connection:
        keys = f"read_parquet({lake.listed(work.lake / file for file in work.old_keys)})"
        kept = f"SELECT * FROM {lake.scan(work.lake, [work.part])} WHERE message_key NOT IN (SELECT message_key FROM {keys})"
        ((count,),) = connection.execute(f"SELECT count(*) FROM ({kept})").fetchall()
        return [work.part] if count == work.part.rows else lake.write_parts(connection, work.lake, work.run, "messages", kept)
