"""How much of each group arrived, at least and at most; and the same for many countries at once."""

from typing import Any, Final, Literal

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, hatching, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.text.labels import Lang, label

RATES: Final = ("messages", "sent", "provisional", "rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high")

_BAR: Final = 16
_TIGHT: Final = 19


def delivery_rates(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", min_sent: int = 50, at_most: int = 30) -> AnyChart:
    """What arrived at least and at most, one row per group of a frame of `rates`, with the status coverage beside it.

    The bar ends at `rate_confirmed`, its hatched continuation at `rate_possible`: in between are the messages without a final status. Whiskers reach
    from `ci_low` to `ci_high`. Where only the share of answered ones is known (`rate_answered`,
    `receipts_only_answered`) it is a diamond. Groups with fewer than `min_sent` sent messages are faded, and
    no more than the first `at_most` groups are drawn; the subtitle says so.
    """
    drawing.require(frame, RATES, "rates")
    title = drawing.title_of("delivery_rates", frame, lang)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    shown, group = groups.in_words(drawing.with_answers(frame).head(at_most), lang)
    faded = drawing.small(shown, min_sent)
    said = [
        subtitle,
        label("chart.whiskers", lang),
        drawing.small_note("small", shown, min_sent, lang),
        drawing.largest_note(frame, at_most, lang),
    ]
    ranges = _ranges(shown, group, faded, lang)
    coverage = _coverage(shown, group, faded, lang)
    return alt.HConcatChart(hconcat=[ranges, coverage], spacing=24, title=drawing.titled(title, said))


def _ranges(frame: pl.DataFrame, group: str, faded: Any, lang: Lang) -> alt.LayerChart:
    confirmed, possible, answered = drawing.segment_words(lang)
    colours = rate_colours(frame, lang)
    names = drawing.order(frame, group)
    base = alt.Chart(frame).encode(y=drawing.rows(group, names), opacity=faded, tooltip=_tips(group, frame, lang))
    rate_title = label("chart.share_of_sent", lang)
    axis = alt.X("rate_confirmed:Q", title=rate_title, scale=drawing.whole(), axis=drawing.share_axis())
    thick = base.mark_bar(height=_BAR)
    under = [(thick.encode(x=axis), confirmed), (base.mark_bar(height=_BAR, fillOpacity=0.6).encode(x=axis, x2="rate_possible:Q"), possible)]
    lines = hatching.in_bars(frame, group, "rate_confirmed", "rate_possible", width=drawing.WIDTH, height=_BAR)
    hatch = hatching.drawn_in_bars(lines, group, names, share=_BAR / (drawing.STEP * 0.9))
    whisker = base.mark_rule(style="whisker").encode(x="ci_low:Q", x2="ci_high:Q")
    ends = [base.mark_tick(style="whisker", thickness=1.2, height=8).encode(x=f"{end}:Q") for end in ("ci_low", "ci_high")]
    diamonds = drawing.answered_only(base).encode(x=alt.X("rate_answered:Q", title=rate_title, scale=drawing.whole(), axis=drawing.share_axis()))
    numbers = base.mark_text(align="left", dx=10, text=alt.ExprRef(drawing.range_text(lang))).encode(x=alt.value("width"))
    layers = [*drawing.painted(under, colours), hatch, whisker, *ends, *drawing.painted([(diamonds, answered)], colours), numbers]
    return alt.LayerChart(layer=layers, width=drawing.WIDTH, height=alt.Step(drawing.STEP))


def rate_colours(frame: pl.DataFrame, lang: Lang) -> dict[str, str]:
    """The words of the legend that something in the frame stands for."""
    confirmed, possible, answered = drawing.segment_words(lang)
    unknown = frame["rate_confirmed"].null_count()
    only = frame.filter(pl.col("rate_confirmed").is_null() & pl.col("rate_answered").is_not_null()).height
    colours = {confirmed: theme.OUTCOME_COLOURS["delivered"], possible: theme.OPEN} if unknown < frame.height else {}
    return colours | ({answered: theme.ANSWERED} if only else {})


def _tips(group: str, frame: pl.DataFrame, lang: Lang) -> list[alt.Tooltip]:
    return [drawing.tip(group, drawing.heading(group, frame, lang)), *drawing.rate_tips(lang)]


def _coverage(frame: pl.DataFrame, group: str, faded: Any, lang: Lang) -> alt.LayerChart:
    names = drawing.order(frame, group)
    base = alt.Chart(frame).encode(y=drawing.rows(group, names, axis=None), opacity=faded, tooltip=_tips(group, frame, lang))
    bars = base.mark_bar(height=8, color=theme.BESIDE).encode(
        x=alt.X("coverage:Q", title=label("chart.coverage", lang), scale=drawing.whole(), axis=drawing.share_axis(values=(0, 0.5, 1)))
    )
    numbers = base.mark_text(align="left", dx=8, text=alt.ExprRef(drawing.coverage_text(lang))).encode(x=alt.value("width"))
    return alt.LayerChart(layer=[bars, numbers], width=110, height=alt.Step(drawing.STEP))


def countries(
    frame: pl.DataFrame,
    *,
    lang: Lang = "nb",
    subtitle: str = "",
    min_sent: int = 50,
    at_most: int = 80,
    sort: Literal["sent", "rate", "name"] = "sent",
) -> AnyChart:
    """What arrived in each country of a frame of `rates` by `country`, in rows so tight that sixty of them are read at a glance.

    The dot is `rate_confirmed`, the line from it reaches to `rate_possible`, the thin one from `ci_low` to `ci_high`; coverage and numbers stand
    beside. `sort`: most sent first, lowest `rate_confirmed` first, or by name as the language sorts. Faded are countries with fewer than `min_sent`
    sent messages; they come last when sorted by rate.
    """
    drawing.require(frame, ("country", *RATES), "rates")
    title = drawing.title_of("delivery_rates", frame, lang)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    shown, group = groups.in_words(drawing.with_answers(frame).sort("sent", descending=True, maintain_order=True).head(at_most), lang)
    shown = _sorted(shown, group, sort, min_sent, lang)
    faded = drawing.small(shown, min_sent)
    said = [subtitle, label("chart.dots", lang), drawing.small_note("small", shown, min_sent, lang), drawing.largest_note(frame, at_most, lang)]
    parts = [_dots(shown, group, faded, lang), _tight_coverage(shown, group, faded, lang)]
    return alt.HConcatChart(hconcat=parts, spacing=16, title=drawing.titled(title, said))


def _sorted(frame: pl.DataFrame, group: str, sort: str, min_sent: int, lang: Lang) -> pl.DataFrame:
    if sort == "rate":
        return frame.sort(pl.col("sent") < min_sent, pl.coalesce("rate_confirmed", "rate_answered"), nulls_last=True, maintain_order=True)
    if sort == "name":
        key = pl.Series([groups.sort_key(name, lang) for name in frame[group]], dtype=pl.String)
        return frame.sort(key, maintain_order=True)
    return frame


def _dots(frame: pl.DataFrame, group: str, faded: Any, lang: Lang) -> alt.LayerChart:
    confirmed, possible, answered = drawing.segment_words(lang)
    colours = rate_colours(frame, lang)
    names = drawing.order(frame, group)
    axis = alt.Axis(labelFontSize=11, grid=True)
    base = alt.Chart(frame).encode(y=drawing.rows(group, names, axis=axis), opacity=faded, tooltip=_tips(group, frame, lang))
    scale = alt.X("rate_confirmed:Q", title=label("chart.share_of_sent", lang), scale=drawing.whole(), axis=_above())
    thin = base.mark_rule(style="whisker").encode(x="ci_low:Q", x2="ci_high:Q")
    line = base.mark_bar(height=7).encode(x=scale, x2="rate_possible:Q")
    dot = base.mark_point(filled=True, size=55, opacity=1).encode(x=scale)
    diamonds = drawing.answered_only(base).encode(x=alt.X("rate_answered:Q", scale=drawing.whole(), axis=_above()))
    numbers = base.mark_text(align="left", dx=10, fontSize=11, text=alt.ExprRef(drawing.range_text(lang))).encode(x=alt.value("width"))
    layers = drawing.painted([(line, possible), (dot, confirmed), (diamonds, answered)], colours)
    return alt.LayerChart(layer=[thin, *layers, numbers], width=drawing.WIDTH, height=alt.Step(_TIGHT))


def _above() -> alt.Axis:
    """Near the first rows, which are the ones that are read."""
    return alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1], labelFlush=False, orient="top")


def _tight_coverage(frame: pl.DataFrame, group: str, faded: Any, lang: Lang) -> alt.LayerChart:
    names = drawing.order(frame, group)
    base = alt.Chart(frame).encode(y=drawing.rows(group, names, axis=None), opacity=faded, tooltip=_tips(group, frame, lang))
    axis = alt.Axis(format=".0%", values=[0, 0.5, 1], labelFlush=False, orient="top")
    bars = base.mark_bar(height=6, color=theme.BESIDE).encode(
        x=alt.X("coverage:Q", title=label("chart.coverage", lang), scale=drawing.whole(), axis=axis)
    )
    numbers = base.mark_text(align="left", dx=8, fontSize=11, text=alt.ExprRef(drawing.coverage_text(lang))).encode(x=alt.value("width"))
    return alt.LayerChart(layer=[bars, numbers], width=110, height=alt.Step(_TIGHT))
