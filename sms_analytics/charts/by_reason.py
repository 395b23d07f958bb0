"""Why messages failed; and, for one group clicked, why there."""

from typing import Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.errors import UsageError
from sms_analytics.text.labels import Lang, label, labels

_REASON: Final = ("reason", "reason_class")


def reasons(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 8) -> AnyChart:
    """Why messages failed, one bar per reason of a frame of `reasons`, and one panel per group if it is by something else too.

    The bar is the reason's share of the failed messages, its colour the class of the reason. What the gateway refused before sending is in no share
    and stands behind the bar. No more than the `at_most` largest groups are drawn; the subtitle says so.
    """
    drawing.require(frame, ("messages", "share", "refused"), "reasons")
    title = drawing.title_of("reasons", frame, lang, beside=_REASON)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    row = "reason" if "reason" in frame.columns else "reason_class"
    drawing.require(frame, (row, "reason_class"), "reasons")
    kept, panels = drawing.largest_panels(frame, at_most, beside=_REASON)
    shown, group = groups.in_words(_spoken(kept, lang), lang, beside=_REASON)
    said = drawing.titled(title, [subtitle, drawing.largest_note(panels, at_most, lang)])
    if panels.width == 0:
        return _bars(shown, row, lang, shown, title=said)
    parts = shown.partition_by(group, maintain_order=True)
    panel = [_bars(part, row, lang, shown, title=alt.Title(part[group][0], fontSize=13), last=part is parts[-1]) for part in parts]
    return alt.VConcatChart(vconcat=panel, title=said)


def linked_reasons(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 15) -> AnyChart:
    """Failed messages per group of a frame of `reasons` by one more dimension, and the reasons of the group that is clicked; of all, if none is.

    Shift adds a group to those clicked, a click beside the bars takes them all back. Bars count messages that failed after they were sent.
    """
    drawing.require(frame, ("reason", "reason_class", "messages", "share", "refused"), "reasons")
    title = drawing.title_of("reasons", frame, lang, beside=_REASON)
    failed = frame.filter(pl.col("messages") > 0) if not frame.is_empty() else frame
    if failed.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    if len(groups.named(frame, _REASON)) != 1:
        raise UsageError("linked_reasons takes reasons by one more dimension, such as by='operator'")
    kept, panels = drawing.largest_panels(failed, at_most, beside=_REASON)
    shown, group = groups.in_words(_spoken(kept, lang), lang, beside=_REASON)
    picked = alt.selection_point(fields=[group], name="picked")
    said = [subtitle, label("chart.click", lang), drawing.largest_note(panels, at_most, lang)]
    parts = [_groups(shown, group, picked, lang), _of_picked(shown, picked, lang)]
    return alt.HConcatChart(hconcat=parts, spacing=32, title=drawing.titled(title, said))


def _groups(frame: pl.DataFrame, group: str, picked: alt.Parameter, lang: Lang) -> alt.LayerChart:
    base = (
        alt.Chart(frame)
        .transform_aggregate(failed="sum(messages)", groupby=[group])
        .encode(
            y=drawing.rows(group, drawing.order(frame, group)),
            tooltip=[drawing.tip(group, drawing.heading(group, frame, lang)), drawing.count("failed", lang)],
        )
    )
    bars = base.mark_bar(height=18, color=theme.OUTCOME_COLOURS["failed"], cursor="pointer").encode(
        x=alt.X("failed:Q", title=label("chart.failed_messages", lang), axis=alt.Axis(format=",d", tickCount=4)),
        opacity=alt.condition(picked, alt.value(1), alt.value(0.3)),
    )
    numbers = base.mark_text(align="left", dx=6).encode(x="failed:Q", text=alt.Text("failed:Q", format=","))
    return alt.LayerChart(layer=[bars.add_params(picked), numbers], width=190, height=alt.Step(28))


def _of_picked(frame: pl.DataFrame, picked: alt.Parameter, lang: Lang) -> alt.LayerChart:
    classes = labels("reason_class", lang)
    by_size = frame.group_by("reason", maintain_order=True).agg(pl.col("messages").sum()).sort("messages", descending=True, maintain_order=True)
    present = [name for name in classes.values() if name in set(frame["reason_class"])]
    base = (
        alt.Chart(frame)
        .transform_filter(picked)
        .transform_aggregate(failed="sum(messages)", groupby=["reason", "reason_class"])
        .transform_joinaggregate(all_failed="sum(failed)")
        .transform_calculate(part="datum.failed / datum.all_failed")
        .encode(
            y=drawing.rows("reason", by_size["reason"].to_list()),
            tooltip=[drawing.tip("reason", lang=lang), drawing.count("failed", lang), drawing.tip("part", label("column.share", lang), ".1%")],
        )
    )
    axis = alt.X("part:Q", title=label("chart.share_of_failed", lang), scale=drawing.whole(), axis=drawing.share_axis())
    scale = alt.Scale(domain=list(classes.values()), range=[theme.CLASS_COLOURS[name] for name in classes])
    bars = base.mark_bar(height=14).encode(
        x=axis, color=alt.Color("reason_class:N", scale=scale, legend=alt.Legend(values=present, columns=3, symbolStrokeWidth=0))
    )
    text = alt.ExprRef("format(datum.failed, ',') + ' (' + format(datum.part, '.1%') + ')'")
    numbers = base.mark_text(align="left", dx=6, text=text).encode(x="part:Q")
    return alt.LayerChart(layer=[bars, numbers], width=300, height=alt.Step(24))


def _spoken(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """Reasons and their classes in words; the class that nobody stated is unknown."""
    named = frame.with_columns(pl.col("reason_class").fill_null("unknown"))
    spoken = [name for name in _REASON if name in frame.columns]
    return named.with_columns(pl.Series(name, [groups.word(name, value, lang) for value in named[name]], dtype=pl.String) for name in spoken)


def _bars(frame: pl.DataFrame, row: str, lang: Lang, beside: pl.DataFrame, *, title: alt.TitleParams, last: bool = True) -> alt.LayerChart:
    """One panel; `beside` are the rows of all panels, which share a legend, and the last has the axis."""
    classes = labels("reason_class", lang)
    present = [name for name in classes.values() if name in set(beside.filter(pl.col("messages") > 0)["reason_class"])]
    base = alt.Chart(frame).encode(y=drawing.rows(row, drawing.order(frame, row)), tooltip=_tips(frame, row, lang))
    axis_title = label("chart.share_of_failed", lang) if last else None
    bars = base.mark_bar(height=14).encode(
        x=alt.X("share:Q", title=axis_title, scale=drawing.whole(), axis=drawing.share_axis(labels=last)),
        color=alt.Color(
            "reason_class:N",
            scale=alt.Scale(domain=list(classes.values()), range=[theme.CLASS_COLOURS[name] for name in classes]),
            legend=alt.Legend(values=present, symbolStrokeWidth=0),
        ),
    )
    refused = f"(datum.refused > 0 ? (datum.messages > 0 ? ', ' : '') + format(datum.refused, ',') + ' {label('chart.refused', lang)}' : '')"
    failed = "(datum.messages > 0 ? format(datum.messages, ',') + ' (' + format(datum.share, '.1%') + ')' : '')"
    numbers = base.mark_text(align="left", dx=6, text=alt.ExprRef(f"{failed} + {refused}")).encode(x="share:Q")
    return alt.LayerChart(layer=[bars, numbers], width=drawing.WIDTH, height=alt.Step(24), title=title)


def _tips(frame: pl.DataFrame, row: str, lang: Lang) -> list[alt.Tooltip]:
    words = [drawing.tip(name, lang=lang) for name in dict.fromkeys((row, "reason_class"))]
    numbers = [
        drawing.count("messages", lang),
        drawing.percent("share", lang),
        drawing.tip("share_of_sent", label("chart.share_of_sent", lang), ".2%"),
        drawing.count("refused", lang),
    ]
    codes = [drawing.tip("codes", label("column.code_raw", lang))]
    return [tip for tip in (*words, *numbers, *codes) if tip.shorthand in frame.columns]
