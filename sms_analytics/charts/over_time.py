"""Rates over time, and what went missing when."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, hatching, theme, young_periods
from sms_analytics.charts.by_group import RATES, rate_colours
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.errors import UsageError
from sms_analytics.text.labels import Lang, label

_ONE: Final = (640, 240)
_MANY: Final = (300, 150)


def rates_over_time(
    frame: pl.DataFrame, *, forecast: pl.DataFrame | None = None, lang: Lang = "nb", subtitle: str = "", min_sent: int = 50, at_most: int = 8
) -> AnyChart:
    """The rates of a frame of `rates` by `hour`, `day`, `week` or `month`, and one panel per group if it is by something else too.

    The line is `rate_confirmed`, the hatched band above it reaches to `rate_possible`. Periods in which a status can still come are shaded and
    hatched the other way: there the line will rise. Where only `rate_answered` is known it is a diamond. Points of fewer than `min_sent` sent
    messages are faded. With a `forecast`, a frame of `revisions` by the same groups, two finely hatched bands show where what is confirmed and
    what is possible will end for each young day, with 90 % confidence. No more than the `at_most` largest groups are drawn; the subtitle says so.
    Messages without a time are left out.
    """
    drawing.require(frame, RATES, "rates")
    title = drawing.title_of("rates_over_time", frame, lang, beside=groups.PERIODS)
    unit, frame = timed(frame)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    kept, panels = drawing.largest_panels(young_periods.beside(frame, forecast), at_most, beside=(unit, "hour_utc"))
    shown, group = groups.in_words(drawing.with_answers(kept), lang, beside=(unit, "hour_utc"))
    said = [
        subtitle,
        drawing.largest_note(panels, at_most, lang),
        drawing.small_note("small_points", shown, min_sent, lang),
        *young_periods.said(forecast, lang),
    ]
    ready = with_ends(shown, unit)
    size = _ONE if panels.width == 0 else _MANY
    ends = _ends(ready)
    legend, faded = _colours(ready, lang), drawing.small(shown, min_sent)
    parts = [
        _layers(part, unit, size=size, ends=ends, colours=legend, faded=faded, lang=lang) for part in ready.partition_by(group, maintain_order=True)
    ]
    return in_panels(parts, drawing.order(ready, group) if panels.width else [], drawing.titled(title, said))


def timed(frame: pl.DataFrame) -> tuple[str, pl.DataFrame]:
    """The period that a frame is by, and its rows that have a time. `UsageError` unless it is by exactly one."""
    if frame.is_empty():
        return "", frame
    found = [name for name in groups.named(frame) if name in groups.PERIODS]
    if len(found) != 1:
        by = ", ".join(groups.named(frame)) or "nothing"
        raise UsageError(f"rates_over_time takes rates by one of {', '.join(groups.PERIODS)}; these are by {by}")
    return found[0], frame.drop_nulls(found[0])


def with_ends(frame: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Where each period begins and ends on the axis: half a period before and after its point."""
    length = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo"}[unit]
    start = pl.col(unit).cast(pl.Datetime("ms"))
    half = (start.dt.offset_by(length) - start) / 2
    return frame.with_columns(pl.col(unit).cast(pl.Datetime("ms")), shade_from=start - half, shade_to=start + half)


def in_panels(parts: Sequence[alt.LayerChart], names: Sequence[str], title: alt.TitleParams) -> AnyChart:
    """One chart, or several under their names, two in a row."""
    if not names:
        return parts[0].properties(title=title)
    panels = [part.properties(title=alt.Title(name, fontSize=13)) for name, part in zip(names, parts, strict=True)]
    return alt.ConcatChart(concat=panels, columns=2, title=title)


def time_axis(frame: pl.DataFrame, unit: str, lang: Lang) -> alt.Axis:
    """Written as in the language; at the periods' own beginnings."""
    written = theme.PERIODS[lang][unit]
    if unit in ("hour", "day"):
        return alt.Axis(format=written, grid=False, labelOverlap=True, labelSeparation=10, labelFlush=False)
    starts = frame[unit].unique().sort()
    return alt.Axis(
        format=written,
        grid=False,
        labelOverlap=True,
        labelFlush=False,
        values=[alt.DateTime(year=at.year, month=at.month, date=at.day) for at in starts],
    )


def _ends(frame: pl.DataFrame) -> tuple[datetime, datetime]:
    first, last = frame.select(pl.col("shade_from").min(), pl.col("shade_to").max()).row(0)
    return first, last


def _colours(frame: pl.DataFrame, lang: Lang) -> dict[str, str]:
    """The words of the legend, the same for all panels."""
    provisional = {label("chart.provisional", lang): theme.PROVISIONAL} if frame["provisional"].sum() else {}
    return rate_colours(frame, lang) | provisional | young_periods.colours(frame, lang)


def _layers(
    frame: pl.DataFrame, unit: str, *, size: tuple[int, int], ends: tuple[datetime, datetime], colours: dict[str, str], faded: Any, lang: Lang
) -> alt.LayerChart:
    confirmed, possible, answered = drawing.segment_words(lang)
    provisional = label("chart.provisional", lang)
    time = alt.X(f"{unit}:T", title=None, axis=time_axis(frame, unit, lang), scale=alt.Scale(domain=list(ends)))
    rate_title = label("chart.share_of_sent", lang)
    axis = drawing.share_axis() if size == _ONE else drawing.share_axis(values=(0, 0.5, 1))
    rate = alt.Y("rate_confirmed:Q", title=rate_title, scale=drawing.whole(), axis=axis)
    when = alt.Tooltip(unit, type="temporal", title=label(f"column.{unit}", lang), format=theme.PERIODS[lang][unit])
    base = alt.Chart(frame)
    points = base.encode(x=time, opacity=faded, tooltip=[when, *drawing.rate_tips(lang)])
    shade = base.transform_filter(alt.datum.provisional > 0).mark_rect(opacity=0.16).encode(x="shade_from:T", x2="shade_to:T")
    # A period without rates is a hole in line and band: nothing is known about it.
    band = base.mark_area(invalid="break-paths-show-path-domains", opacity=0.6).encode(x=time, y=rate, y2="rate_possible:Q")
    line = base.mark_line(strokeWidth=2, invalid="break-paths-show-path-domains").encode(x=time, y=rate)
    dots = points.mark_point(filled=True, size=45, opacity=1).encode(y=rate)
    diamonds = drawing.answered_only(points).encode(y=alt.Y("rate_answered:Q", title=rate_title, scale=drawing.whole(), axis=axis))
    under = drawing.painted([(shade, provisional), (band, possible)], colours)
    over = drawing.painted([(line, confirmed), (dots, confirmed), (diamonds, answered)], colours)
    plot = hatching.Frame(*size, ends)
    hatch = [
        hatching.drawn(plot.lines(_unfinished(frame, plot), steep=-1, apart=12), "unfinished"),
        hatching.drawn(plot.lines(_band(frame, unit, plot))),
        *young_periods.layers(frame, plot, colours, lang),
    ]
    layers = [*under, *hatch, *over]
    return alt.LayerChart(layer=layers, width=size[0], height=size[1])


def _band(frame: pl.DataFrame, unit: str, plot: hatching.Frame) -> Iterator[list[hatching.Edge]]:
    """Each stretch of periods with rates."""
    rows = frame.sort(unit).select(unit, "rate_confirmed", "rate_possible").rows()
    for known, run in groupby(rows, key=lambda row: row[1] is not None):
        if known:
            yield [plot.edge(*row) for row in run]


def _unfinished(frame: pl.DataFrame, plot: hatching.Frame) -> Iterator[list[hatching.Edge]]:
    """Each stretch of periods in which a status can still come."""
    runs: list[list[datetime]] = []
    for first, last in frame.filter(pl.col("provisional") > 0).sort("shade_from").select("shade_from", "shade_to").iter_rows():
        if runs and first <= runs[-1][1] + timedelta(hours=1):
            runs[-1][1] = last
        else:
            runs.append([first, last])
    for run in runs:
        yield [plot.edge(at, 0, plot.top) for at in run]
