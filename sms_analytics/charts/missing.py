"""What went missing when: messages whose final status never came, and the times in which a feed brought none."""

from typing import Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, hatching, theme
from sms_analytics.charts.by_group import RATES
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.charts.over_time import in_panels, time_axis, timed, with_ends
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.zones import local_column

_ONE: Final = (640, 220)
_MANY: Final = (300, 130)
#: Half a period, in seconds.
_HALF_S: Final = {"hour": 1800, "day": 43_200, "week": 302_400, "month": 1_296_000}
_TIME: Final = pl.Datetime("ms")
_OUTAGE: Final = theme.OUTCOME_COLOURS["failed"]


def gaps_over_time(
    frame: pl.DataFrame,
    *,
    outages: pl.DataFrame | None = None,
    lang: Lang = "nb",
    subtitle: str = "",
    at_most: int = 8,
    zone: str = "Europe/Oslo",
) -> AnyChart:
    """The share of sent messages without a final status, of a frame of `rates` by `hour`, `day`, `week` or `month`, and per group if there is one.

    Grey never came (`no_status`); the pale part above it is still open, and most of that will come. `outages` is a frame of `outages`: its times
    are marked, shown in `zone`; where `frame` is by feed, each in its own panel. The axis begins at 0 and ends above the highest bar, the same for
    all panels. No more than the `at_most` largest groups are drawn; the subtitle says so.
    """
    drawing.require(frame, (*RATES, "no_status"), "rates")
    title = drawing.title_of("gaps_over_time", frame, lang, beside=groups.PERIODS)
    unit, frame = timed(frame)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    kept, panels = drawing.largest_panels(frame, at_most, beside=(unit, "hour_utc"))
    shown, group = groups.in_words(kept, lang, beside=(unit, "hour_utc"))
    ready = _missing(with_ends(shown, unit))
    marked = _local(outages, zone, unit)
    said = [subtitle, drawing.largest_note(panels, at_most, lang)]
    top = _top(ready)
    size = _ONE if panels.width == 0 else _MANY
    parts = [
        _bars(part, unit, size=size, top=top, outages=_of_feed(marked, part, group), colours=_colours(ready, marked, lang), lang=lang)
        for part in ready.partition_by(group, maintain_order=True)
    ]
    return in_panels(parts, drawing.order(ready, group) if panels.width else [], drawing.titled(title, said))


def _missing(frame: pl.DataFrame) -> pl.DataFrame:
    never, still = pl.col("no_status") / pl.col("sent"), pl.col("provisional") / pl.col("sent")
    known = pl.col("coverage").is_not_null()
    return frame.with_columns(never=pl.when(known).then(never), missing=pl.when(known).then(never + still))


def _top(frame: pl.DataFrame) -> float:
    highest = frame["missing"].max()
    return min(1.0, max(0.05, highest * 1.1)) if isinstance(highest, float) else 1.0


def _local(outages: pl.DataFrame | None, zone: str, unit: str) -> pl.DataFrame:
    """The outages with their times as clocks in the zone show them, and their places on an axis whose marks stand in the middle of their periods."""
    schema = pl.Schema({"feed": pl.String(), "first": _TIME, "last": _TIME, "bad": pl.Int64(), "drawn_from": _TIME, "drawn_to": _TIME})
    if outages is None or outages.is_empty():
        return pl.DataFrame(schema=schema)
    drawing.require(outages, ("feed", "start_utc", "end_utc", "kind", "bad"), "outages")
    shown = [local_column(pl.col(column).cast(pl.Datetime("ms")), zone).alias(name) for name, column in (("first", "start_utc"), ("last", "end_utc"))]
    local = outages.filter(pl.col("kind") != "habit").select("feed", *shown, "bad")
    half = pl.duration(seconds=_HALF_S[unit])
    return local.with_columns(drawn_from=pl.col("first") - half, drawn_to=pl.col("last") - half)


def _of_feed(outages: pl.DataFrame, part: pl.DataFrame, group: str) -> pl.DataFrame:
    return outages.filter(pl.col("feed") == part["feed"][0]) if group == "feed" else outages


def _colours(frame: pl.DataFrame, outages: pl.DataFrame, lang: Lang) -> dict[str, str]:
    always = {label("outcome.no_status", lang): theme.OUTCOME_COLOURS["no_status"]}
    still = {label("chart.still_open", lang): theme.PROVISIONAL} if frame["provisional"].sum() else {}
    return always | still | ({label("chart.outage", lang): _OUTAGE} if not outages.is_empty() else {})


def _bars(
    frame: pl.DataFrame, unit: str, *, size: tuple[int, int], top: float, outages: pl.DataFrame, colours: dict[str, str], lang: Lang
) -> alt.LayerChart:
    when = alt.Tooltip(unit, type="temporal", title=label(f"column.{unit}", lang), format=theme.PERIODS[lang][unit])
    counts = [drawing.count(name, lang) for name in ("sent", "no_status", "provisional")]
    ends = frame.select(pl.col("shade_from").min(), pl.col("shade_to").max()).row(0)
    time = alt.X("shade_from:T", title=None, axis=time_axis(frame, unit, lang), scale=alt.Scale(domain=list(ends)))
    scale, axis = alt.Scale(domain=[0, top]), alt.Axis(format=".0%" if top > 0.1 else ".1%", tickCount=5, labelFlush=False)
    height = alt.Y("never:Q", title=label("chart.share_of_sent", lang), scale=scale, axis=axis)
    base = alt.Chart(frame).encode(x=time, x2="shade_to:T", tooltip=[when, *counts, drawing.percent("coverage", lang)])
    never = base.mark_rect(style="segment").encode(y=height, y2=alt.datum(0))
    still = base.transform_filter(alt.datum.provisional > 0).mark_rect(style="segment", opacity=0.45).encode(y=height, y2="missing:Q")
    layers = [(never, label("outcome.no_status", lang)), (still, label("chart.still_open", lang))]
    plot = hatching.Frame(*size, (ends[0], ends[1]), top)
    silent = frame.filter(pl.col("never") > 0).select("shade_from", "shade_to", "never").rows()
    areas = [[plot.edge(at, 0, never) for at in (first, last)] for first, last, never in silent]
    drawn = [*drawing.painted(layers, colours), hatching.drawn(plot.lines(areas))]
    if not outages.is_empty():
        drawn += drawing.painted([(_marks(outages, lang), label("chart.outage", lang))], colours)
    return alt.LayerChart(layer=drawn, width=size[0], height=size[1])


def _marks(outages: pl.DataFrame, lang: Lang) -> alt.Chart:
    written = theme.PERIODS[lang]["hour"]
    tips = [
        drawing.tip("feed", lang=lang),
        alt.Tooltip("first", type="temporal", title=label("chart.outage_from", lang), format=written),
        alt.Tooltip("last", type="temporal", title=label("chart.outage_to", lang), format=written),
        drawing.count("bad", lang),
    ]
    # A stroke keeps an outage of an hour visible on an axis of weeks.
    chart: alt.Chart = (
        alt.Chart(outages).mark_rect(opacity=0.75, stroke=_OUTAGE, strokeWidth=2).encode(x="drawn_from:T", x2="drawn_to:T", tooltip=tips)
    )
    return chart
