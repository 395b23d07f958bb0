"""What events share: feed, status, code and their like, stored once for all events that say the same (`shared_values`).

Two of its rows may say the same: only those that were stored last are looked at, so that a small file costs little. `sweep` takes out the rows that
no event has any more.
"""

from typing import Final

import duckdb
import polars as pl

from sms_analytics.database.schemas import EVENT_TYPES, OWN_COLUMNS, SHARED_COLUMNS
from sms_analytics.database.validation import EVENT_ROWS, SHARED_VALUES

#: Sets of shared values that are remembered: memory must not grow with a log in which all of them differ.
_MOST: Final = 100_000
#: So many of the sets that are stored already are used again.
_LATEST: Final = 2_000

#: Numbers of sets, as the database has them.
_NUMBER: Final = pl.Int32

#: Rows of `event_rows` on their way in. `unkeyed` is what an event says that has neither an id nor a reference: it is keyed by this.
ROW_TYPES: Final = pl.Schema({name: EVENT_TYPES[name] for name in OWN_COLUMNS} | {"shared_no": _NUMBER(), "unkeyed": pl.String()})

#: Stores the rows of `batches`. An event that carries neither an id nor a reference is keyed by its content and moment.
INSERT_ROWS: Final = """
INSERT INTO event_rows
SELECT
    * EXCLUDE (unkeyed) REPLACE (CASE WHEN unkeyed IS NULL THEN message_key ELSE message_key || md5(unkeyed) END AS message_key),
    hash_of_id(coalesce(message_id, message_ref, raw)),
    CASE WHEN contains(extra, '"text_id"') THEN hash_of_id(extra ->> '$.text_id') END
FROM batches
"""

_COLUMNS: Final = ", ".join(SHARED_COLUMNS)

_NEW_TRAITS: Final = f"""
CREATE OR REPLACE TEMP TABLE new_values AS
SELECT (SELECT coalesce(max(shared_no), 0) FROM shared_values) + row_number() OVER () AS shared_no, *
FROM (SELECT DISTINCT {_COLUMNS} FROM restated)
"""

_RESTATE: Final = f"""
UPDATE event_rows
SET shared_no = found.shared_no
FROM (
    SELECT row_no, new_values.shared_no
    FROM restated
    JOIN new_values ON {" AND ".join(f"restated.{name} IS NOT DISTINCT FROM new_values.{name}" for name in SHARED_COLUMNS)}
) AS found
WHERE event_rows.rowid = found.row_no
"""


class SharedValues:
    """The shared values that one load has brought so far, and those of the loads before it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        latest = connection.execute(f"SELECT shared_no, {_COLUMNS} FROM shared_values ORDER BY shared_no DESC LIMIT {_LATEST}").fetchall()
        self._known: dict[tuple[str | None, ...], int] = {tuple(one): number for number, *one in reversed(latest)}
        self._next = latest[0][0] + 1 if latest else 1

    def apart(self, events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """One batch of `events` as rows (`ROW_TYPES`) and those rows of `shared_values` that are new.

        Raises pandera's `SchemaErrors` where a value is none that `EVENTS` allows.
        """
        EVENT_ROWS.validate(events.select(OWN_COLUMNS), lazy=True)
        # What is the same in the whole batch tells no sets apart.
        varied = [name for name in SHARED_COLUMNS if not _is_same(events[name])] or [SHARED_COLUMNS[0]]
        distinct = events.select(SHARED_COLUMNS).unique(varied, keep="first", maintain_order=True)
        sets: list[tuple[str | None, ...]] = distinct.rows()
        fresh = distinct.filter(pl.Series([one not in self._known for one in sets], dtype=pl.Boolean))
        if fresh.height:
            SHARED_VALUES.validate(fresh, lazy=True)
        fresh = self._numbered(fresh)
        numbers = distinct.select(varied).with_columns(shared_no=pl.Series([self._known[one] for one in sets], dtype=_NUMBER))
        placed = events.select(varied).join(numbers, on=varied, how="left", nulls_equal=True, maintain_order="left")
        self._forget_many()
        return _rows(events, placed["shared_no"]), fresh

    def _numbered(self, fresh: pl.DataFrame) -> pl.DataFrame:
        numbers = range(self._next, self._next + fresh.height)
        self._known.update(zip(fresh.rows(), numbers, strict=True))
        self._next += fresh.height
        return fresh.select(pl.Series("shared_no", numbers, dtype=_NUMBER), pl.all())

    def _forget_many(self) -> None:
        if len(self._known) > _MOST:
            self._known.clear()


def _is_same(column: pl.Series) -> bool:
    """Whether the column has one value, or none, in all its rows."""
    nulls = column.null_count()
    if 0 < nulls < len(column):
        return False
    return nulls == len(column) or bool((column == column[0]).all())


def _rows(events: pl.DataFrame, shared: pl.Series) -> pl.DataFrame:
    rows = events.select(*OWN_COLUMNS, shared_no=shared)
    if not events["message_key"].null_count():
        return rows.with_columns(unkeyed=pl.lit(None, pl.String))
    keyless = pl.col("message_key").is_null()
    # Records without a clock say the same again in a later file: their file's time tells them apart.
    moment = pl.when(events["time_precision"] == "file").then(pl.col("event_utc").cast(pl.String)).otherwise(pl.lit(""))
    return rows.with_columns(
        message_key=pl.coalesce("message_key", events["feed"] + "/#"),
        unkeyed=pl.when(keyless).then(pl.concat_str(moment, pl.lit("|"), "raw")),
    )


def restate(connection: duckdb.DuckDBPyConnection, changes: str, columns: tuple[str, ...]) -> None:
    """Gives events other values in some `columns` of `SHARED_COLUMNS`: `changes` is a query of `row_no` and of these."""
    values = ", ".join(f"{'changed' if name in columns else 'numbered_events'}.{name}" for name in SHARED_COLUMNS)
    other = " OR ".join(f"changed.{name} IS DISTINCT FROM numbered_events.{name}" for name in columns)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE restated AS "
        f"SELECT row_no, {values} FROM numbered_events JOIN ({changes}) AS changed USING (row_no) WHERE {other}"
    )
    connection.execute(_NEW_TRAITS)
    connection.execute("INSERT INTO shared_values FROM new_values")
    connection.execute(_RESTATE)


def sweep(connection: duckdb.DuckDBPyConnection) -> None:
    """Takes out shared values that no event has any more."""
    connection.execute("DELETE FROM shared_values WHERE shared_no NOT IN (SELECT shared_no FROM event_rows)")
