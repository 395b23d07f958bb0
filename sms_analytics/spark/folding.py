"""Events that stand several times in the logs, over all files of a feed's month: stored once, as `database/duplicates.py` does within one database.

Identical events have the same times, so they lie in the same month: only months that new files came to are looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from sms_analytics.database import lake
from sms_analytics.database.duplicates import IDENTITY
from sms_analytics.database.lake import Part
from sms_analytics.spark import event_rows, tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Where an event stands, and two hashes of what makes it the same as another one: one is not enough among billions.
_PLACES: Final = "mark BIGINT, more BIGINT, part INT, row BIGINT, load_id INT, record_no BIGINT, event_no SMALLINT, copies INT"

_MARKED: Final = f"""
SELECT
    (hash(format, message_id, status, {IDENTITY}) >> 1)::BIGINT AS mark,
    (hash('again', {IDENTITY}, status, message_id, format) >> 1)::BIGINT AS more,
    ({{numbers}}::INTEGER[])[file_index::BIGINT + 1] AS part, file_row_number AS row, load_id, record_no, event_no, copies
FROM {{source}}
"""

#: The earliest place of each event that has several keeps it; of those in one load the copies add up.
_TOGETHER: Final = """
CREATE TEMP TABLE repeated AS
WITH several AS (
    SELECT *, count(*) OVER (PARTITION BY mark, more) AS times FROM places QUALIFY times > 1
)
SELECT
    *,
    sum(copies) OVER (PARTITION BY mark, more, load_id)::INTEGER AS in_load,
    first_value({load_id: load_id, record_no: record_no, event_no: event_no}) OVER earliest AS kept,
    row_number() OVER earliest = 1 AS is_kept,
    row_number() OVER (PARTITION BY mark, more, load_id ORDER BY record_no, event_no) = 1 AS is_first_of_load,
    min(load_id) OVER (PARTITION BY mark, more) < max(load_id) OVER (PARTITION BY mark, more) AS in_several_loads
FROM several
WINDOW earliest AS (PARTITION BY mark, more ORDER BY load_id, record_no, event_no)
"""

_CHANGES: Final = """
SELECT part, row, CASE WHEN is_kept THEN most END AS copies
FROM (SELECT *, max(in_load) OVER (PARTITION BY mark, more) AS most, copies AS was FROM repeated)
WHERE NOT is_kept OR most <> was
"""

_SIGHTINGS: Final = """
SELECT load_id, record_no, event_no, in_load AS copies, kept.load_id AS of_load_id, kept.record_no AS of_record_no, kept.event_no AS of_event_no
FROM repeated
WHERE in_several_loads AND is_first_of_load
"""


@dataclass(frozen=True)
class Folded:
    """What is left when identical events are stored once: the files of events, `gone` events by load, the files of sightings, files that are new."""

    events: list[Part]
    gone: dict[int, int] = field(default_factory=dict)
    sightings: list[str] = field(default_factory=list)
    changed: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class _Marking:
    """Files of one feed's months, and the number that each of them goes by."""

    lake: Path
    parts: list[Part]
    numbers: list[int]


@dataclass(frozen=True)
class _Found:
    """Of one share: the file with what becomes of which rows, and which files those rows are in."""

    changes: str
    parts: list[int]
    gone: dict[int, int]
    sightings: list[str]


@dataclass(frozen=True)
class _Rewriting:
    lake: Path
    run: int
    part: Part
    number: int
    changes: list[str]


def fold(session: "SparkSession | None", folder: Path, run: int, events: list[Part], new: list[Part]) -> Folded:
    """Folds what the `new` files hold of what stands elsewhere in the lake's `events`, or twice in them."""
    months: dict[tuple[str, str], list[Part]] = {}
    for part in events:
        months.setdefault((part.feed, part.month), []).append(part)
    fresh = {(part.feed, part.month) for part in new}
    looked_at = [part for month, parts in months.items() if month in fresh and len(parts) > 1 for part in parts]
    if not looked_at:
        return Folded(events)
    number_of = {part.path: number for number, part in enumerate(looked_at)}
    marking = [
        _Marking(folder, list(bundle.parts), [number_of[part.path] for part in bundle.parts])
        for bundle in event_rows.bundles([(part, part.feed) for part in looked_at])
    ]
    shares = max(1, min(sum(part.rows for part in looked_at) // 2_000_000 + 1, 10_000))

    def found(batches: Iterable[pa.RecordBatch]) -> _Found | None:
        return _found(folder, run, batches)

    shared = tasks.bring_together(session, _marked, marking, found, schema=_PLACES, key="mark", shares=shares)
    touched = {number for one in shared for number in one.parts}
    rewriting = [
        _Rewriting(folder, run, looked_at[number], number, [one.changes for one in shared if number in one.parts]) for number in sorted(touched)
    ]
    written = tasks.run(session, _rewritten, rewriting)
    replaced = {one.part.path for one in rewriting}
    gone: dict[int, int] = {}
    for one in shared:
        for load_id, count in one.gone.items():
            gone[load_id] = gone.get(load_id, 0) + count
    changed = [part for parts in written for part in parts]
    return Folded([part for part in events if part.path not in replaced] + changed, gone, [file for one in shared for file in one.sightings], changed)


def _marked(work: _Marking) -> Iterator[pa.RecordBatch]:
    with tasks.database(tables=False) as connection:
        yield from tasks.batches(connection, _MARKED.format(numbers=work.numbers, source=lake.scan(work.lake, work.parts)))


def _found(folder: Path, run: int, batches: Iterable[pa.RecordBatch]) -> _Found | None:
    with tasks.database(tables=False) as connection:
        connection.execute(f"CREATE TABLE places ({_PLACES})")
        for batch in batches:
            connection.register("batch", pa.Table.from_batches([batch]))
            connection.execute("INSERT INTO places FROM batch")
            connection.unregister("batch")
        connection.execute(_TOGETHER)
        connection.execute(f"CREATE TEMP TABLE changes AS {_CHANGES}")
        changes = lake.write_table(connection, folder, run, "changes", "FROM changes")
        sightings = lake.write_table(connection, folder, run, "sightings", _SIGHTINGS)
        if not changes:
            return None
        parts = [number for (number,) in connection.execute("SELECT DISTINCT part FROM changes").fetchall()]
        gone = dict(connection.execute("SELECT load_id, count(*) FROM repeated WHERE NOT is_kept GROUP BY load_id").fetchall())
        return _Found(changes[0], parts, gone, sightings)


def _rewritten(work: _Rewriting) -> list[Part]:
    """The file's events without those that stand elsewhere. Settled ones with more copies now get a file of their own, to be settled anew."""
    with tasks.database(tables=False) as connection:
        connection.execute(
            f"CREATE TEMP TABLE changes AS SELECT row, copies FROM read_parquet({lake.listed(work.lake / file for file in work.changes)}) "
            f"WHERE part = {work.number}"
        )
        source = lake.scan(work.lake, [work.part])
        kept = f"SELECT * FROM (SELECT *, file_row_number AS row FROM {source}) ANTI JOIN changes USING (row)"
        other = (
            f"SELECT events.* REPLACE (changes.copies AS copies) FROM (SELECT *, file_row_number AS row FROM {source}) AS events "
            "JOIN changes USING (row) WHERE changes.copies IS NOT NULL"
        )
        if not work.part.settled:
            return lake.write_parts(
                connection, work.lake, work.run, "events", f"SELECT * EXCLUDE (row) FROM ({kept} UNION ALL {other})", settled=False
            )
        return lake.write_parts(connection, work.lake, work.run, "events", f"SELECT * EXCLUDE (row) FROM ({kept})") + lake.write_parts(
            connection, work.lake, work.run, "events", f"SELECT * EXCLUDE (row) FROM ({other})", settled=False
        )
