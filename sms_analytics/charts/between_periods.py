"""What changed from one period to the next, and which groups brought that about."""

from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.text.labels import Lang, label

_COLUMNS: Final = (
    "sent_before",
    "sent",
    "rate_before",
    "rate",
    "change",
    "change_low",
    "change_high",
    "verdict",
    "mix",
    "silence",
    "delivery",
    "effect",
)
_STEP: Final = 28
_GREY: Final = theme.OUTCOME_COLOURS["no_status"]
#: What can be said of a change; only what is certain has a colour.
_VERDICTS: Final = {
    "better": theme.OUTCOME_COLOURS["delivered"],
    "worse": theme.OUTCOME_COLOURS["failed"],
    "by_outage": _GREY,
    "by_chance": _GREY,
    "too_little": _GREY,
}
#: What a rate is made of, with the colour of each: silence is grey wherever it is drawn.
_TERMS: Final = {"mix": theme.LITTLE_TO_MUCH[0], "silence": theme.OUTCOME_COLOURS["no_status"], "delivery": theme.LITTLE_TO_MUCH[1]}


def changes(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 20) -> AnyChart:
    """How each group's rate changed, and what that did to the rate of all: one row per group of a frame of `changes`, in percentage points.

    On the left the dot is the change of the group's own rate, its whiskers the 95 % interval, which knows that days vary; it is grey where chance, an
    outage of receipts or too few days leave nothing to say. On the right stands what the group did to the change of all: because more or fewer of the
    messages went there, because more or fewer have no status, and because more or fewer arrived. The effects of all groups add up to the change of
    all, which the subtitle gives. Groups without rates say so.
    """
    drawing.require(frame, _COLUMNS, "changes")
    names = [] if frame.is_empty() else frame.columns[: frame.columns.index("sent_before")]
    title = _title(names, lang)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    shown, group = groups.in_words(_as_counted(frame.head(at_most)), lang)
    shown = _in_points(shown, lang)
    total = f"{label('chart.change_of_all', lang)} {points(100 * float(frame['effect'].sum()), lang)}"
    provisional = label("chart.changes_provisional", lang) if _sum(frame, "provisional") or _sum(frame, "provisional_before") else ""
    said = [subtitle, total, drawing.largest_note(frame, at_most, lang), provisional]
    parts = [_own(shown, group, lang), _effects(shown, group, lang)]
    chart: alt.HConcatChart = alt.HConcatChart(hconcat=parts, spacing=24, title=drawing.titled(title, said)).resolve_scale(color="independent")
    return chart


def _title(names: list[str], lang: Lang) -> str:
    dimensions = drawing.listed([label(f"column.{name}", lang).lower() for name in names], lang)
    return label("chart.changes", lang) + (f" {label('chart.by', lang)} {dimensions}" if names else "")


def _as_counted(frame: pl.DataFrame) -> pl.DataFrame:
    """With the column that ends a frame's dimensions elsewhere too."""
    position = frame.columns.index("sent_before")
    return frame.insert_column(position, (frame["sent_before"] + frame["sent"]).alias("messages")) if "messages" not in frame.columns else frame


def _sum(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].sum()) if column in frame.columns else 0


def points(value: float, lang: Lang) -> str:
    """`+1,2 prosentpoeng`; with a true minus."""
    text = f"{value:+.1f}".replace("-", "\u2212")
    return f"{text.replace('.', ',') if lang == 'nb' else text} {label('chart.points', lang)}"


def _in_points(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    drawn = ("change", "change_low", "change_high", *_TERMS, "effect")
    words = {verdict: label(f"chart.{verdict}", lang) for verdict in _VERDICTS}
    direction = pl.col("verdict").replace_strict(words, default=None, return_dtype=pl.String)
    told = [_rates_in_words(row, lang) for row in frame.select("rate_before", "rate").iter_rows()]
    return frame.with_columns(pl.col(drawn) * 100).with_columns(direction=direction, told=pl.Series(told, dtype=pl.String))


def _rates_in_words(rates: tuple[float | None, ...], lang: Lang) -> str:
    return " → ".join(label("chart.unknown", lang) if rate is None else _percent(rate, lang) for rate in rates)


def _percent(share: float, lang: Lang) -> str:
    return f"{100 * share:.1f}".replace(".", ",") + "\u00a0%" if lang == "nb" else f"{100 * share:.1f}%"


def _axis() -> alt.Axis:
    return alt.Axis(labelExpr="datum.value == 0 ? '0' : format(datum.value, '+.1~f')", tickCount=5, labelFlush=False)


def _reach(frame: pl.DataFrame, *columns: str) -> alt.Scale:
    """As far to the left of 0 as to the right."""
    furthest = max((abs(value) for name in columns for value in frame[name].drop_nulls()), default=0.0)
    far = max(0.5, furthest * 1.1)
    return alt.Scale(domain=[-far, far])


def _tips(group: str, frame: pl.DataFrame, lang: Lang) -> list[alt.Tooltip]:
    counts = [drawing.count(name, lang) for name in ("sent_before", "sent")]
    rates = [drawing.percent(name, lang) for name in ("rate_before", "rate")]
    effects = [drawing.tip(name, None, "+.2f", lang=lang) for name in ("change", "change_low", "change_high", *_TERMS, "effect")]
    return [drawing.tip(group, drawing.heading(group, frame, lang)), *counts, *rates, *effects]


def _own(frame: pl.DataFrame, group: str, lang: Lang) -> alt.LayerChart:
    base = alt.Chart(frame).encode(y=drawing.rows(group, drawing.order(frame, group)), tooltip=_tips(group, frame, lang))
    scale = _reach(frame, "change_low", "change_high", "change")
    x = alt.X("change:Q", title=label("chart.own_change", lang), scale=scale, axis=_axis())
    words = {label(f"chart.{verdict}", lang): colour for verdict, colour in _VERDICTS.items()}
    colours = alt.Scale(domain=list(words), range=list(words.values()))
    present = [word for word in words if word in set(frame["direction"])]
    zero = alt.Chart(alt.InlineData([{"nothing": 0}])).mark_rule(style="quiet").encode(x=alt.X("nothing:Q", scale=scale))
    whisker = base.mark_rule(style="whisker").encode(x=alt.X("change_low:Q", scale=scale), x2="change_high:Q")
    dot = base.mark_point(filled=True, size=110, opacity=1, invalid="filter").encode(
        x=x, color=alt.Color("direction:N", scale=colours, legend=alt.Legend(values=present, columns=3))
    )
    text = base.mark_text(align="left", dx=10).encode(x=alt.value("width"), text="told:N")
    return alt.LayerChart(layer=[zero, whisker, dot, text], width=260, height=alt.Step(_STEP))


def _effects(frame: pl.DataFrame, group: str, lang: Lang) -> alt.LayerChart:
    words = {term: label(f"chart.{term}", lang) for term in _TERMS}
    long = frame.unpivot(on=list(words), index=[name for name in frame.columns if name not in words], variable_name="part", value_name="points")
    spoken = long.with_columns(pl.col("part").replace_strict(words))
    tips: list[Any] = [
        drawing.tip(group, drawing.heading(group, frame, lang)),
        drawing.tip("part", " "),
        drawing.tip("points", label("chart.points", lang), "+.2f"),
    ]
    names = drawing.order(frame, group)
    ends = frame.with_columns(up=pl.sum_horizontal(pl.col(*_TERMS).clip(lower_bound=0)), down=pl.sum_horizontal(pl.col(*_TERMS).clip(upper_bound=0)))
    scale = _reach(ends, "up", "down")
    bars = (
        alt.Chart(spoken)
        .mark_bar(height=13, style="segment")
        .encode(
            y=drawing.rows(group, names, axis=None),
            x=alt.X("points:Q", stack="zero", title=label("chart.effect_on_all", lang), scale=scale, axis=_axis()),
            color=alt.Color("part:N", scale=alt.Scale(domain=list(words.values()), range=list(_TERMS.values())), legend=alt.Legend(columns=1)),
            tooltip=tips,
        )
    )
    numbers = (
        alt.Chart(frame)
        .transform_filter("isValid(datum.effect)")
        .mark_text(align="left", dx=10)
        .encode(y=drawing.rows(group, names, axis=None), x=alt.value("width"), text=alt.Text("effect:Q", format="+.1f"))
    )
    zero = alt.Chart(alt.InlineData([{"nothing": 0}])).mark_rule(style="quiet").encode(x=alt.X("nothing:Q", scale=scale))
    return alt.LayerChart(layer=[bars, zero, numbers], width=240, height=alt.Step(_STEP))
