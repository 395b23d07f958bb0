"""Where young days will end, as bands over a chart of rates by day."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, hatching, theme
from sms_analytics.text.labels import Lang, label

#: Shares of sent between which a young day will end, of what is confirmed and of what is possible.
_BANDS: Final = {"confirmed": ("ends_low", "ends_high"), "possible": ("possible_ends_low", "possible_ends_high")}
_NEEDED: Final = ("day", "sent", "delivered_low", "delivered_mid", "delivered_high", "failed_low", "failed_high", "backtest_error", "backtest_cover")


def beside(rates: pl.DataFrame, forecast: pl.DataFrame | None) -> pl.DataFrame:
    """The rates by day with the shares between which each young day will end; null for the others, and everywhere without a forecast."""
    names = [name for band in _BANDS.values() for name in band]
    keys = [*groups.named(rates)]
    if forecast is None or forecast.is_empty() or "day" not in keys:
        return rates
    drawing.require(forecast, (*_NEEDED, *keys), "revisions by the same groups")
    sent = pl.col("sent")
    shares = {
        "ends_low": pl.col("delivered_low") / sent,
        "ends_high": pl.col("delivered_high") / sent,
        "possible_ends_low": (sent - pl.col("failed_high")) / sent,
        "possible_ends_high": (sent - pl.col("failed_low")) / sent,
    }
    ends = forecast.select(*keys, **shares)
    return rates.join(ends, on=keys, how="left", nulls_equal=True, maintain_order="left").select(*rates.columns, *names)


def said(forecast: pl.DataFrame | None, lang: Lang) -> list[str]:
    """How far such forecasts were off before, and that possible falls."""
    if forecast is None or forecast.is_empty():
        return []
    errors, covers = forecast["backtest_error"].drop_nulls(), forecast["backtest_cover"].drop_nulls()
    lines = label("chart.forecast_falls", lang).replace(". ", ".\n").split("\n")
    error, cover = errors.mean(), covers.mean()
    if isinstance(error, float) and isinstance(cover, float):
        decimal = f"{100 * error:.1f}".replace(".", "," if lang == "nb" else ".")
        share = f"{100 * cover:.0f}\u00a0%" if lang == "nb" else f"{100 * cover:.0f}%"
        lines.append(label("chart.forecast_error", lang).format(error=decimal, cover=share))
    return lines


def colours(frame: pl.DataFrame, lang: Lang) -> dict[str, str]:
    """The word of the legend, where a frame of `beside` has a forecast."""
    return {label("chart.forecast", lang): theme.FORECAST} if "ends_low" in frame.columns and frame["ends_low"].count() else {}


def layers(frame: pl.DataFrame, plot: hatching.Frame, legend: dict[str, str], lang: Lang) -> list[alt.Chart]:
    """The hatched bands of a part of a frame of `beside`, with a whisker for each day."""
    if "ends_low" not in frame.columns:
        return []
    drawn = [hatching.drawn(plot.lines(_stretches(frame, low, high, plot), steep=-1, apart=4), "forecast") for low, high in _BANDS.values()]
    time = alt.X("day:T")
    edges = [
        alt.Chart(frame)
        .transform_filter(f"isValid(datum.{low})")
        .mark_rule(opacity=1, strokeWidth=2)
        .encode(x=time, y=alt.Y(f"{low}:Q", scale=drawing.whole()), y2=f"{high}:Q")
        for low, high in _BANDS.values()
    ]
    return [*drawn, *drawing.painted([(edge, label("chart.forecast", lang)) for edge in edges], legend)]


def _stretches(frame: pl.DataFrame, low: str, high: str, plot: hatching.Frame) -> Iterator[list[hatching.Edge]]:
    """Each run of days with a forecast."""
    for known, run in groupby(frame.sort("day").select("day", low, high).rows(), key=lambda row: row[1] is not None):
        if known:
            yield [plot.edge(*row) for row in run]
