"""Hours, days, weeks or months in which nothing was sent, as rows of their own: whoever reads a table of days takes a missing one for a mistake."""

from datetime import date, datetime, timedelta
from typing import Final, Literal

import polars as pl

from sms_analytics.questions import metrics
from sms_analytics.report.periods import Period
from sms_analytics.text.zones import local, local_column

Unit = Literal["hour", "day", "week", "month"]

_LENGTHS: Final[dict[Unit, str]] = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo"}


def filled(rates: pl.DataFrame, unit: Unit, period: Period | None, as_of: datetime, zone: str) -> pl.DataFrame:
    """A frame of `rates` by `unit` with a row for each there is: counts of 0, no rates.

    From the first to the last with messages; days, weeks and months of a `period` from its beginning to its end, or to `as_of` where that is earlier.
    """
    if rates.is_empty():
        return rates
    every = _hours(rates, zone) if unit == "hour" else _dates(rates, unit, period, as_of, zone)
    joined = every.join(rates, on=every.columns, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.col(metrics.COUNTS).fill_null(0)).select(rates.columns)


def _hours(rates: pl.DataFrame, zone: str) -> pl.DataFrame:
    hours = rates.select(pl.datetime_range(pl.col("hour_utc").min(), pl.col("hour_utc").max(), "1h", time_unit="us").alias("hour_utc"))
    local = local_column(pl.col("hour_utc"), zone)
    return hours.select(local.alias("hour"), "hour_utc")


def _dates(rates: pl.DataFrame, unit: Unit, period: Period | None, as_of: datetime, zone: str) -> pl.DataFrame:
    ends = [rates[unit].min(), rates[unit].max()]
    if period is not None:
        last = max(period.since, min(period.until - timedelta(microseconds=1), as_of))
        ends += [_start(local(moment, zone).date(), unit) for moment in (period.since, last)]
    found = pl.Series(unit, ends, dtype=pl.Date)
    return pl.select(pl.date_range(pl.lit(found.min()), pl.lit(found.max()), _LENGTHS[unit]).alias(unit))


def _start(day: date, unit: Unit) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day
