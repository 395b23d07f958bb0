"""How much of all that was sent was delivered within which time, as curves."""

from typing import Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.charts.over_time import in_panels
from sms_analytics.charts.waiting import duration_axis
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.phrases import values as values_in_words

_ONE: Final = (640, 240)
_MANY: Final = (300, 150)
#: A week: what comes later is not drawn.
_LAST_S: Final = 604_800.0


def latency_curves(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 6) -> AnyChart:
    """The share of all sent messages that was delivered within each time, of a frame of `latency` with `curve=True`; a panel per group.

    The line is the phone's clock, the band its 95 % interval, the dashed line the receipt's. What is above the end of a line failed, is silent, or is
    still open. The axis is logarithmic and begins at one second.
    """
    drawing.require(frame, ("clock", "seconds", "share_delivered", "share_delivered_low", "at_risk"), "latency(curve=True)")
    if frame.is_empty():
        return drawing.no_data(label("chart.latency_curve", lang), lang, [subtitle])
    by = frame.columns[: frame.columns.index("clock")]
    shown = frame.select(*by, messages="at_risk", **{name: pl.col(name) for name in frame.columns if name not in (*by, "at_risk")})
    title = drawing.title_of("latency_curve", shown, lang)
    known, panels = drawing.largest_panels(shown.filter(pl.col("seconds") <= _LAST_S), at_most, beside=())
    worded, group = groups.in_words(known, lang)
    clocks = values_in_words("clock", lang)
    after = pl.Series([theme.duration(max(1.0, seconds), lang) for seconds in worded["seconds"]], dtype=pl.String)
    ready = worded.with_columns(pl.col("seconds").clip(1), after=after, told=pl.col("clock").replace_strict(clocks, return_dtype=pl.String))
    size = _ONE if not by else _MANY
    parts = [_curve(part, list(clocks.values()), size, lang) for part in ready.partition_by(group, maintain_order=True)]
    said = [subtitle, label("chart.latency_curve_band", lang), drawing.largest_note(panels, at_most, lang)]
    return in_panels(parts, drawing.order(ready, group) if by else [], drawing.titled(title, said))


def _curve(frame: pl.DataFrame, clocks: list[str], size: tuple[int, int], lang: Lang) -> alt.LayerChart:
    x = alt.X("seconds:Q", scale=alt.Scale(type="log", domain=[1, _LAST_S]), title=label("chart.since_hand_over", lang), axis=duration_axis(lang))
    axis = drawing.share_axis() if size == _ONE else drawing.share_axis(values=(0, 0.5, 1))
    y = alt.Y("share_delivered:Q", title=label("chart.share_of_sent", lang), scale=drawing.whole(), axis=axis)
    colours = alt.Scale(domain=clocks, range=[theme.OUTCOME_COLOURS["delivered"], theme.BESIDE])
    colour = alt.Color("told:N", scale=colours, legend=alt.Legend(title=label("chart.time_to", lang)))
    dash = alt.StrokeDash("told:N", scale=alt.Scale(domain=clocks, range=[[1, 0], [5, 4]]), legend=None)
    tips = [drawing.tip("told", " "), drawing.tip("after", label("chart.since_hand_over", lang)), drawing.percent("share_delivered", lang)]
    tips += [drawing.percent(name, lang) for name in ("share_delivered_low", "share_delivered_high", "share_failed", "share_open")]
    base = alt.Chart(frame)
    phone = base.transform_filter(alt.datum.clock == "phone")
    band = phone.mark_area(interpolate="step-after", opacity=0.25).encode(
        x=x,
        y=alt.Y("share_delivered_low:Q", title=label("chart.share_of_sent", lang), scale=drawing.whole(), axis=axis),
        y2="share_delivered_high:Q",
        color=colour,
    )
    lines = base.mark_line(interpolate="step-after", strokeWidth=2).encode(x=x, y=y, color=colour, strokeDash=dash, tooltip=tips)
    return alt.LayerChart(layer=[band, lines], width=size[0], height=size[1])
