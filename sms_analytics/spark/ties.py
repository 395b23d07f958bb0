"""What must be looked at together: ids of one message in all their spellings, and the ids and references that tie one another.

Feeds that speak of the same messages are kept together as a whole, and so is a feed with more references than one machine can put together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from sms_analytics.database import lake
from sms_analytics.database.lake import Part
from sms_analytics.resolving.deciding import sql
from sms_analytics.spark import event_rows, tasks
from sms_analytics.spark.event_rows import Bundle

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Pairs of an id and a reference that the driver puts together; of each it holds two numbers.
MOST_PAIRS: Final = 20_000_000

#: An id in the one spelling that all of one message have under the feed's rule, and what stands for it where there is none.
_KEY: Final = """
CASE
    WHEN message_id IS NOT NULL THEN id_key('', message_id, kind, '{rule}', recipient)
    WHEN message_ref IS NOT NULL THEN 'ref:' || message_ref
    ELSE message_key
END
"""


@dataclass(frozen=True)
class Group:
    """Feeds that have to do with one another, most often one. `rule`: how ids are compared; `is_one`: all of it is looked at together; `ties`: the
    file in which references and ids that belong together have one number."""

    name: str
    feeds: tuple[str, ...]
    rule: str = "plain"
    is_one: bool = False
    ties: str | None = None
    has_pairs: bool = False


def groups(connection: duckdb.DuckDBPyConnection) -> list[Group]:
    """The groups of all feeds. Reads `feed_groups`, `known_links`, `sides`, `feeds`."""
    rows = connection.execute(
        """
        SELECT
            feed_group, list(feed ORDER BY feed), any_value(coalesce(id_rule, 'plain')), coalesce(sum(with_ref), 0),
            count(*) > 1 OR bool_or(feed IN (SELECT feed FROM known_links UNION SELECT other FROM known_links))
        FROM feed_groups
        JOIN feeds USING (feed)
        LEFT JOIN sides USING (feed)
        GROUP BY feed_group
        ORDER BY feed_group
        """
    ).fetchall()
    return [
        # One id of several recipients can be used again by any of them.
        Group(name, tuple(feeds), "plain" if rule == "per_recipient" else rule, linked or pairs > MOST_PAIRS, has_pairs=pairs > 0)
        for name, feeds, rule, pairs, linked in rows
    ]


def number_of(group: Group) -> str:
    """SQL of the number that the events of a message have in common, to be asked of the events of `group` joined by `joined`."""
    own = f"(hash({_KEY.format(rule=group.rule)}) >> 1)::BIGINT"
    return own if group.ties is None else f"coalesce(of_ref.label, of_id.label, {own})"


def joined(folder: Path, group: Group, events: str) -> str:
    """The events with what `number_of` asks of."""
    if group.ties is None:
        return f"({events}) AS events"
    ties = f"read_parquet({lake.quoted(folder / group.ties)})"
    own = f"(hash({_KEY.format(rule=group.rule)}) >> 1)::BIGINT"
    return (
        f"({events}) AS events "
        f"LEFT JOIN {ties} AS of_ref ON of_ref.number = (hash('ref:' || message_ref) >> 1)::BIGINT "
        f"LEFT JOIN {ties} AS of_id ON of_id.number = {own}"
    )


@dataclass(frozen=True)
class _Pairing:
    lake: Path
    bundle: Bundle
    rule: str


_PAIRS: Final = """
SELECT DISTINCT (hash({key}) >> 1)::BIGINT AS id, (hash('ref:' || message_ref) >> 1)::BIGINT AS ref
FROM ({events})
WHERE message_id IS NOT NULL AND message_ref IS NOT NULL
"""

_LABELS: Final = """
CREATE OR REPLACE TEMP TABLE labels AS SELECT DISTINCT id, ref, least(id, ref) AS label FROM pairs
"""

#: Everything that is tied gets the smallest number of it.
_SPREAD: Final = """
UPDATE labels
SET label = smaller.label
FROM (
    SELECT id, ref, least(min(label) OVER (PARTITION BY id), min(label) OVER (PARTITION BY ref)) AS label FROM labels
) AS smaller
WHERE labels.id = smaller.id AND labels.ref = smaller.ref AND labels.label > smaller.label
"""


def tie(
    session: "SparkSession | None",
    connection: duckdb.DuckDBPyConnection,
    group: Group,
    parts: Sequence[tuple[Part, str]],
    *,
    folder: Path,
    run: int,
) -> Group:
    """The group with the file of what its references tie."""
    if group.is_one or not group.has_pairs:
        return group
    found = tasks.run(session, _paired, [_Pairing(folder, bundle, group.rule) for bundle in event_rows.bundles(parts)])
    connection.execute("CREATE OR REPLACE TEMP TABLE pairs (id BIGINT, ref BIGINT)")
    for table in found:
        connection.register("some_pairs", table)
        connection.execute("INSERT INTO pairs FROM some_pairs")
        connection.unregister("some_pairs")
    connection.execute(_LABELS)
    while connection.execute(_SPREAD).fetchall() != [(0,)]:
        pass
    labels = "SELECT number, min(label) AS label FROM (SELECT id AS number, label FROM labels UNION SELECT ref, label FROM labels) GROUP BY number"
    files = lake.write_table(connection, folder, run, "ties", labels)
    return replace(group, ties=files[0]) if files else group


def _paired(work: _Pairing) -> pa.Table:
    with tasks.database() as connection:
        connection.execute(sql("id_macros"))
        events = event_rows.of(work.lake, work.bundle)
        return connection.sql(_PAIRS.format(key=_KEY.format(rule=work.rule), events=events)).to_arrow_table()
