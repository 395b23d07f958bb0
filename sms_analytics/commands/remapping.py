"""Second thoughts without the files: today's maps, names and configuration for the events that are stored, and the messages resolved anew."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from sms_analytics import config as configuration
from sms_analytics.commands.rereading import ANY_TIME, MAPPED, read_again
from sms_analytics.config import Config
from sms_analytics.database import shared_columns, store
from sms_analytics.database.schemas import SHARED_COLUMNS
from sms_analytics.events.normalising import Normaliser, Options
from sms_analytics.formats import maps as format_maps
from sms_analytics.resolving import resolver, supplied
from sms_analytics.text.phrases import filled

#: A changed number is counted, not shown.
_UNSHOWN: Final = "recipient"

_REMAPPED: Final = f"""
CREATE OR REPLACE TEMP TABLE remapped (
    row_no BIGINT, load_id INTEGER, record_no BIGINT, event_no SMALLINT,
    {", ".join(f"was_{name} VARCHAR, {name} VARCHAR" for name in MAPPED)}
)
"""

#: Loads count unrecognised events as often as they hold them: in the load itself, or in each of the loads that hold the event.
_UNRECOGNISED: Final = """
WITH turned AS (
    SELECT load_id, record_no, event_no, (status = 'unrecognised')::BIGINT - (was_status = 'unrecognised')::BIGINT AS more
    FROM remapped
    WHERE (status = 'unrecognised') <> (was_status = 'unrecognised')
),
held AS (
    SELECT sightings.load_id, more * sightings.copies AS more
    FROM turned
    JOIN sightings ON of_load_id = turned.load_id AND of_record_no = turned.record_no AND of_event_no = turned.event_no
    UNION ALL
    SELECT turned.load_id, more * copies
    FROM turned
    JOIN events USING (load_id, record_no, event_no)
    ANTI JOIN sightings ON of_load_id = turned.load_id AND of_record_no = turned.record_no AND of_event_no = turned.event_no
)
UPDATE loads SET unrecognised = unrecognised + held.more
FROM (SELECT load_id, sum(more)::BIGINT AS more FROM held GROUP BY load_id) AS held
WHERE loads.load_id = held.load_id
"""

#: What stood in a place before: what was read again, then what was looked up.
_BEFORE: Final = f"""
CREATE OR REPLACE TEMP TABLE before AS
SELECT row_no, {", ".join(f"was_{name} AS {name}" for name in MAPPED)} FROM remapped
UNION ALL
SELECT row_no, {", ".join(f"was_{name}" if name.startswith(("operator", "mccmnc")) else f"events.{name}" for name in MAPPED)}
FROM supplies
JOIN numbered_events AS events USING (row_no)
ANTI JOIN remapped USING (row_no)
"""

_CHANGES: Final = " UNION ALL ".join(
    f"""
    SELECT '{name}' AS changed, events.feed, {f"before.{name}" if name != _UNSHOWN else "NULL"} AS before,
        {f"events.{name}" if name != _UNSHOWN else "NULL"} AS after, count(*) AS count
    FROM before JOIN numbered_events AS events USING (row_no)
    WHERE before.{name} IS DISTINCT FROM events.{name}
    GROUP BY ALL
    """
    for name in MAPPED
)

_OUTCOMES: Final = """
SELECT 'outcome' AS changed, coalesce(today.feed, earlier.feed) AS feed, earlier.outcome AS before, today.outcome AS after, count(*) AS count
FROM messages AS today
FULL JOIN outcomes_before AS earlier USING (message_key)
WHERE earlier.outcome IS DISTINCT FROM today.outcome
GROUP BY ALL
"""


@dataclass(frozen=True)
class RemapReport:
    """What changed. `changes`: `changed` (a column of `events`; `outcome` for messages), `feed`, `before`, `after` (empty for numbers), `count`."""

    events: int
    changes: pl.DataFrame
    warnings: list[str]


def remap(*, db: str | Path | None = None, config: str | Path | None = None) -> RemapReport:
    """Applies today's status words, codes, operators, looked-up numbers, horizons and id rules to all stored events, and resolves them anew.

    Needs no log: events are read again from what is stored of their records. Times stay as they are; where a zone of the configuration is another
    one today, a warning says so. Raises `DatabaseError` when the database cannot be written, `ConfigError` for a configuration that cannot be used.
    """
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config else None, beside=path.parent)
    format_maps.check(settings)
    store.connect(path).close()
    with store.rebuild(path, group_read=settings.database.group_read) as connection:
        connection.execute("CREATE OR REPLACE TEMP TABLE outcomes_before AS SELECT message_key, feed, outcome FROM messages")
        warnings = apply(connection, settings)
        connection.execute(_BEFORE)
        changes: pl.DataFrame = connection.sql(f"{_OUTCOMES} UNION ALL {_CHANGES}").pl()
        ((events,),) = connection.execute("SELECT count(*) FROM events").fetchall()
        warnings += _other_zones(connection, settings)
    order = pl.col("changed").replace_strict(["outcome", *MAPPED], range(len(MAPPED) + 1), return_dtype=pl.Int64)
    in_order = changes.sort(order, "count", "feed", "before", "after", descending=[False, True, False, False, False])
    return RemapReport(events, in_order, warnings)


def apply(connection: duckdb.DuckDBPyConnection, config: Config) -> list[str]:
    """Reads all stored events again and resolves all messages, in a database that is being built; returns what a person should know."""
    loads = [load for (load,) in connection.execute("SELECT load_id FROM loads WHERE state = 'loaded' ORDER BY load_id").fetchall()]
    warnings = _read_all_again(connection, loads, config)
    _store(connection)
    connection.execute(supplied.NONE)
    return warnings + resolver.resolve(connection, config, loads, rebuild=True)


def _read_all_again(connection: duckdb.DuckDBPyConnection, loads: list[int], config: Config) -> list[str]:
    """Fills `remapped` with the events that are another today; warns of those that only the configuration's maps reached."""
    connection.execute(_REMAPPED)
    unread: dict[str, int] = {}
    for load_id in loads:
        ((format,),) = connection.execute("SELECT format FROM loads WHERE load_id = $load_id", {"load_id": load_id}).fetchall()
        for batch in read_again(connection, load_id, config):
            unread[format] = unread.get(format, 0) + int((~batch["is_read"]).sum())
            _keep(connection, load_id, batch)
    return [
        filled(
            "{0:event|events} of the format {1} cannot be read again from what is stored: only the maps and operators of the "
            "configuration were applied; for the rest load the files with --replace",
            count,
            format,
        )
        for format, count in unread.items()
        if count
    ]


def _keep(connection: duckdb.DuckDBPyConnection, load_id: int, batch: pl.DataFrame) -> None:
    other = batch.filter(pl.any_horizontal(~pl.col(name).eq_missing(pl.col(f"{name}_new")) for name in MAPPED))
    if not other.height:
        return
    pairs = [pl.col(pair).alias(alias) for name in MAPPED for pair, alias in ((name, f"was_{name}"), (f"{name}_new", name))]
    rows = other.select("row_no", pl.lit(load_id, pl.Int32).alias("load_id"), "record_no", "event_no", *pairs)
    connection.register("rows", rows.to_arrow())
    connection.execute("INSERT INTO remapped SELECT * FROM rows")
    connection.unregister("rows")


def _store(connection: duckdb.DuckDBPyConnection) -> None:
    shared_columns.restate(connection, "FROM remapped", tuple(name for name in MAPPED if name in SHARED_COLUMNS))
    own = ", ".join(f"{name} = remapped.{name}" for name in MAPPED if name not in SHARED_COLUMNS)
    connection.execute(f"UPDATE event_rows SET {own} FROM remapped WHERE event_rows.rowid = row_no")
    connection.execute(_UNRECOGNISED)


def _other_zones(connection: duckdb.DuckDBPyConnection, config: Config) -> list[str]:
    """A zone that was applied and would be another one today can only be mended with the files."""
    rows = connection.execute(
        """
        SELECT load_id, path, format, options, load_feeds.feed, load_feeds.time_zone, load_feeds.receipt_zone
        FROM load_feeds JOIN loads USING (load_id) JOIN load_options USING (load_id)
        WHERE load_feeds.time_zone IS NOT NULL
        ORDER BY load_id, load_feeds.feed
        """
    ).fetchall()
    found = []
    for load_id, path, format, options, feed, *applied in rows:
        normaliser = Normaliser(config, Options(**json.loads(options)), format, load_id, path, ANY_TIME)
        today = normaliser.zones_of(feed)
        if today != tuple(applied):
            found.append(
                f"{path}: its times of feed {feed} were read in {_zones(*applied)} and would be in {_zones(*today)} today; "
                f"times stay as they are, load it again with --replace"
            )
    return found


def _zones(log: str | None, receipt: str | None) -> str:
    return f"{log}" if log == receipt else f"{log} (receipts {receipt})"
