"""What pandera asks of every batch of events, and of what the resolver makes of them: the columns of `schemas`, and what their values must be."""

from collections.abc import Mapping
from typing import Final

import pandera.polars as pa
import polars as pl

from sms_analytics.database import schemas
from sms_analytics.database.schemas import EVENT_TYPES, OWN_COLUMNS, SHARED_COLUMNS, Column

_HAS_A_TIME: Final = pl.col("event_utc").is_not_null() | pl.col("received_utc").is_not_null()


def _checks(column: Column) -> list[pa.Check]:
    least = [] if column.least is None else [pa.Check.ge(column.least)]
    return least if column.pattern is None else [*least, pa.Check.str_matches(column.pattern)]


def _columns(table: Mapping[str, Column]) -> dict[str, pa.Column]:
    return {
        name: pa.Column(column.dtype, checks=_checks(column), nullable=not column.required, description=column.description)
        for name, column in table.items()
    }


EVENTS: Final = pa.DataFrameSchema(
    _columns(schemas.EVENTS),
    checks=[pa.Check(lambda data: data.lazyframe.select(_HAS_A_TIME), name="has_a_time", error="has_a_time")],
    strict=True,
    ordered=True,
    name="events",
)
MESSAGES: Final = pa.DataFrameSchema(_columns(schemas.MESSAGES), strict=True, ordered=True, name="messages")


def _are_sound(rows: pa.PolarsData) -> bool:
    """Whether all rows have what must be there, numbers from 1, and a time."""
    columns = {name: schemas.EVENTS[name] for name in OWN_COLUMNS}
    there = [pl.col(name).is_not_null() for name, column in columns.items() if column.required]
    counted = [(pl.col(name) >= column.least).fill_null(value=True) for name, column in columns.items() if column.least is not None]
    return bool(rows.lazyframe.select(pl.all_horizontal(*there, *counted, _HAS_A_TIME).all()).collect().item())


#: What `EVENTS` demands of either. Of rows it is asked in one go, since pandera takes a millisecond for each column of a batch: `EVENTS` itself says
#: which row and column it was, and why.
SHARED_VALUES: Final = pa.DataFrameSchema({name: EVENTS.columns[name] for name in SHARED_COLUMNS}, strict=True, ordered=True, name="shared_values")
EVENT_ROWS: Final = pa.DataFrameSchema(
    checks=[
        pa.Check(lambda rows: bool(rows.lazyframe.collect_schema() == {name: EVENT_TYPES[name] for name in OWN_COLUMNS}), name="have_the_columns"),
        pa.Check(_are_sound, name="are_sound"),
    ],
    name="event_rows",
)
