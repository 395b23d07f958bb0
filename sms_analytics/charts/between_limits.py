"""Groups and days between the limits that chance and the weather of days keep: a funnel plot and a control chart."""

from typing import Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.text.labels import Lang, label

_FUNNEL: Final = ("sent", "rate", "pooled", "low", "high", "q", "verdict")
_CONTROL: Final = ("day", "sent", "rate", "mean", "low", "high", "rules", "direction", "settled")
_SIZE: Final = (560, 300)
_GREY: Final = theme.OUTCOME_COLOURS["no_status"]
_COLOURS: Final = {"better": theme.OUTCOME_COLOURS["delivered"], "worse": theme.OUTCOME_COLOURS["failed"], "by_chance": _GREY, "too_little": _GREY}


def funnel_plot(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 60) -> AnyChart:
    """Each group of a frame of `funnel_plot` by its number of messages and its rate, against the rate of all of them together (the line).

    The bar is where 95 % of groups of so many messages lie that do not differ; a dot has a colour and its name only where it is outside by more than
    chance, the number of groups taken into account. Groups of fewer than five days have no bar. The axis of rates is cut: these are differences.
    """
    drawing.require(frame, _FUNNEL, "funnel_plot")
    names = [] if frame.is_empty() else frame.columns[: frame.columns.index("sent")]
    dimensions = drawing.listed([label(f"column.{name}", lang).lower() for name in names], lang)
    title = label("chart.funnel_plot", lang) + (f" {label('chart.by', lang)} {dimensions}" if names else "")
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    counted = frame.head(at_most).with_columns(messages=pl.col("sent")).select(*names, "messages", *frame.columns[len(names) :])
    shown, group = groups.in_words(counted, lang)
    words = {verdict: label(f"chart.{verdict}", lang) for verdict in _COLOURS}
    ready = shown.with_columns(
        said=pl.col("verdict").replace_strict(words), name=pl.when(pl.col("verdict").is_in(["better", "worse"])).then(group).otherwise(pl.lit(""))
    )
    ready = ready.with_columns(side=((pl.col("name") != "").cast(pl.Int64).cum_sum() + 1) % 2)
    scale = alt.Scale(domain=_room(ready, "rate", "low", "high"), zero=False, nice=False)
    x = alt.X(
        "sent:Q",
        title=label("column.sent", lang),
        scale=alt.Scale(type="log", domain=_wide(ready["sent"]), nice=False),
        axis=alt.Axis(format="~s", tickCount=5, grid=False),
    )
    y = alt.Y("rate:Q", title=label("column.rate_of_group", lang), scale=scale, axis=alt.Axis(format=".1%", labelFlush=False))
    tips = [
        drawing.tip(group, drawing.heading(group, shown, lang)),
        drawing.count("sent", lang),
        *(drawing.percent(name, lang) for name in ("rate", "pooled", "low", "high")),
        drawing.tip("q", None, ".3f", lang=lang),
        drawing.tip("said", label("column.verdict", lang)),
    ]
    base = alt.Chart(ready).encode(x=x, tooltip=tips)
    line = base.mark_rule(style="quiet").encode(x=alt.value(0), x2=alt.value("width"), y=alt.Y("mean(pooled):Q", scale=scale))
    expected = base.mark_rule(strokeWidth=9, opacity=0.28, color=theme.BESIDE).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    present = [word for verdict, word in words.items() if verdict in set(ready["verdict"])]
    colours = alt.Scale(domain=list(words.values()), range=[_COLOURS[verdict] for verdict in words])
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(y=y, color=alt.Color("said:N", scale=colours, legend=alt.Legend(values=present)))
    # Neighbours have their names on either side.
    right = base.transform_filter("datum.side == 0").mark_text(align="left", dx=9, dy=-7).encode(y=y, text="name:N")
    left = base.transform_filter("datum.side == 1").mark_text(align="right", dx=-9, dy=-7).encode(y=y, text="name:N")
    said = [subtitle, label("chart.funnel_plot_bars", lang), drawing.largest_note(frame, at_most, lang)]
    return alt.LayerChart(layer=[line, expected, dots, right, left], width=_SIZE[0], height=_SIZE[1], title=drawing.titled(title, said))


def control_chart(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "") -> AnyChart:
    """Each day's rate of a frame of `control_chart` between its limits (the band), around the mean (the line).

    A day has a colour where it breaks a rule; which one stands in its tooltip. Days whose messages can still get a status have another: they are not
    judged. The axis of rates is cut: these are differences. On fewer than 12 days there are no limits, and the subtitle says so.
    """
    drawing.require(frame, _CONTROL, "control_chart")
    title = label("chart.control_chart", lang)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    ready = drawing.drawable(frame).with_columns(
        pl.col("day").cast(pl.Datetime("ms")),
        state=pl.when(~pl.col("settled"))
        .then(pl.lit(label("chart.unsettled", lang)))
        .otherwise(
            pl.coalesce(
                pl.col("direction").replace_strict({word: label(f"chart.{word}", lang) for word in ("better", "worse")}, default=None),
                pl.lit(label("chart.within", lang)),
            )
        ),
        broken=rules_in_words(frame["rules"], lang),
    )
    states = {
        label("chart.better", lang): theme.OUTCOME_COLOURS["delivered"],
        label("chart.worse", lang): theme.OUTCOME_COLOURS["failed"],
        label("chart.within", lang): _GREY,
        label("chart.unsettled", lang): theme.PROVISIONAL,
    }
    scale = alt.Scale(domain=_room(ready, "rate", "low", "high"), zero=False, nice=False)
    x = alt.X("day:T", title=None, axis=alt.Axis(format=theme.PERIODS[lang]["day"], grid=False, labelOverlap=True, labelSeparation=10))
    y = alt.Y("rate:Q", title=label("column.rate_of_day", lang), scale=scale, axis=alt.Axis(format=".1%", labelFlush=False))
    when = alt.Tooltip("day", type="temporal", title=label("column.day", lang), format=theme.PERIODS[lang]["day"])
    tips = [when, drawing.count("sent", lang), *(drawing.percent(name, lang) for name in ("rate", "mean", "low", "high"))]
    tips += [drawing.tip("state", label("column.verdict", lang)), drawing.tip("broken", label("column.rules", lang))]
    base = alt.Chart(ready).encode(x=x, tooltip=tips)
    band = base.mark_area(opacity=0.18, color=theme.BESIDE, interpolate="step").encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    mean = base.mark_line(style="quiet", strokeWidth=1.2).encode(y=alt.Y("mean:Q", scale=scale))
    line = base.mark_line(strokeWidth=1, color=_GREY).encode(y=y)
    present = [word for word in states if word in set(ready["state"])]
    colours = alt.Color("state:N", scale=alt.Scale(domain=list(states), range=list(states.values())), legend=alt.Legend(values=present, columns=2))
    dots = base.mark_point(size=70, opacity=1, filled=True).encode(y=y, color=colours)
    few = label("chart.no_limits", lang) if frame["low"].null_count() == frame.height else label("chart.control_band", lang)
    layers = [band, mean, line, dots] if frame["low"].drop_nulls().len() else [line, dots]
    return alt.LayerChart(layer=layers, width=_SIZE[0] + 80, height=240, title=drawing.titled(title, [subtitle, few]))


def rules_in_words(rules: pl.Series, lang: Lang) -> pl.Series:
    """The rules of a frame of `control_chart` as people read them."""
    texts = [None if broken is None else "; ".join(label(f"control_rule.{rule}", lang) for rule in broken.split(", ")) for broken in rules]
    return pl.Series("broken", texts, dtype=pl.String).fill_null("–")


def _wide(sent: pl.Series) -> list[float]:
    """The ends of a logarithmic axis with air on both sides."""
    return [float(str(sent.min())) / 1.5, float(str(sent.max())) * 1.5]


def _room(frame: pl.DataFrame, *columns: str) -> list[float]:
    """The ends of an axis that holds all of these with a little air, within 0 and 1."""
    values = [value for name in columns for value in frame[name].drop_nulls()]
    low, high = min(values), max(values)
    air = max(0.005, (high - low) * 0.08)
    return [max(0.0, low - air), min(1.0, high + air)]
