"""Times as the clock on the wall of a zone shows them. Everything is kept in UTC; this is where it becomes local, one value or a column."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl


def with_offset(utc: datetime, zone: str) -> datetime:
    """A naive UTC time in `zone`, with its offset."""
    return utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def local(utc: datetime, zone: str) -> datetime:
    """A naive UTC time as the clock on the wall of `zone` shows it, naive too."""
    return with_offset(utc, zone).replace(tzinfo=None)


def column_with_offset(utc: pl.Expr, zone: str) -> pl.Expr:
    """A column of naive UTC times in `zone`, with their offsets."""
    return utc.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def local_column(utc: pl.Expr, zone: str) -> pl.Expr:
    """A column of naive UTC times as the clock on the wall of `zone` shows them, naive too."""
    return column_with_offset(utc, zone).dt.replace_time_zone(None)
