"""The tables as DuckDB is told of them: `tables.sql` and `messages.sql`, with the columns that `schemas` describes, so that each stands once."""

from collections.abc import Iterable
from importlib import resources
from string import Template
from typing import Final

import polars as pl

from sms_analytics.database.schemas import EVENT_COLUMNS, EVENTS, MESSAGE_COLUMNS, MESSAGES, OWN_COLUMNS, RESOLVED_COLUMNS, SHARED_COLUMNS
from sms_analytics.vocabulary import KEPT_COUNTS

#: The type in DuckDB of each type in polars. A closed set is text.
_TYPES: Final = {
    pl.Int16(): "SMALLINT",
    pl.Int32(): "INTEGER",
    pl.Int64(): "BIGINT",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOLEAN",
    pl.String(): "VARCHAR",
    pl.Datetime("us"): "TIMESTAMP",
}

#: Texts that all differ: short ones stand as they are, since packing them costs more than all else that is done with them; to look for a dictionary
#: costs most.
_AS_WRITTEN: Final = "VARCHAR USING COMPRESSION uncompressed"
_OTHERWISE: Final = {
    "message_id": _AS_WRITTEN,
    "message_key": _AS_WRITTEN,
    "recipient": _AS_WRITTEN,
    "extra": "JSON",
    "raw": "VARCHAR USING COMPRESSION zstd",
}

_TABLES: Final = EVENTS | MESSAGES


def _columns(names: Iterable[str]) -> str:
    """Names and types, one to a line."""
    return ",\n    ".join(f"{name} {_OTHERWISE.get(name) or _type(name)}" for name in names)


def _type(name: str) -> str:
    dtype = _TABLES[name].dtype
    return "VARCHAR" if isinstance(dtype, pl.Enum) else _TYPES[dtype]


def sql(name: str) -> str:
    """The text of `NAME.sql` in this folder, with the columns of the tables filled in."""
    text = (resources.files(__package__) / f"{name}.sql").read_text("utf-8")
    return Template(text).substitute(
        shared_values=_columns(SHARED_COLUMNS),
        event_rows=_columns(OWN_COLUMNS),
        events=",\n    ".join(EVENT_COLUMNS),
        resolved=_columns(RESOLVED_COLUMNS),
        messages=",\n    ".join(MESSAGE_COLUMNS),
        daily_counts=",\n    ".join(f"{name} BIGINT" for name in KEPT_COUNTS),
    )
