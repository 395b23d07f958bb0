"""Hour by weekday: when messages are sent, and when they arrive."""

from typing import Final, Literal

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, theme
from sms_analytics.charts.by_group import RATES
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.errors import UsageError
from sms_analytics.text.labels import Lang, label

_HOUR: Final = 26


def hours(
    frame: pl.DataFrame,
    *,
    lang: Lang = "nb",
    subtitle: str = "",
    min_sent: int = 20,
    show: Literal["rate_confirmed", "rate_possible", "coverage", "sent"] = "rate_confirmed",
) -> AnyChart:
    """One field per hour and weekday of a frame of `rates` by `weekday,hour_of_day`, coloured by `show`.

    Fields of fewer than `min_sent` sent messages are faded, one whose rate is not known has a cross, and one without messages is empty. The legend
    gives the range of colours, which is that of the fields that are not faded: compare fields with each other, not with the colours of another chart.
    A faded field below the range has the colour of its lower end.
    """
    drawing.require(frame, ("weekday", "hour_of_day", *RATES), "rates")
    title = f"{label(f'column.{show}', lang)} {label('chart.by_hour', lang)}"
    known = frame if frame.is_empty() else frame.drop_nulls(["weekday", "hour_of_day"])
    if known.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    if set(groups.named(frame)) != {"weekday", "hour_of_day"}:
        raise UsageError("hours takes rates by='weekday,hour_of_day'")
    shown = _in_words(drawing.with_answers(known), lang)
    days = [groups.word("weekday", day, lang) for day in range(1, 8)]
    clock = [groups.word("hour_of_day", hour, lang) for hour in range(24)]
    faded = drawing.small(shown, min_sent)
    said = [subtitle, drawing.small_note("small_fields", shown, min_sent, lang)]
    tips = [drawing.tip("weekday", lang=lang), drawing.tip("hour_of_day", lang=lang), *drawing.rate_tips(lang)]
    base = alt.Chart(shown).encode(
        x=alt.X("hour_of_day:N", sort=clock, scale=alt.Scale(domain=clock), title=label("column.hour_of_day", lang), axis=_upright()),
        y=alt.Y("weekday:N", sort=days, scale=alt.Scale(domain=days), title=None),
        tooltip=tips,
    )
    fields = (
        base.transform_filter(f"isValid(datum.{show})")
        .mark_rect(style="segment", cornerRadius=2)
        .encode(color=alt.Color(f"{show}:Q", scale=_scale(shown, show, min_sent), legend=_legend(show, lang)), opacity=faded)
    )
    crosses = base.transform_filter(f"!isValid(datum.{show})").mark_point(shape="cross", size=30, style="quiet", filled=True)
    chart = alt.LayerChart(layer=[fields, crosses], width=alt.Step(_HOUR), height=alt.Step(_HOUR), title=drawing.titled(title, said))
    return chart


def _in_words(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    spoken = {name: [groups.word(name, value, lang) for value in frame[name]] for name in ("weekday", "hour_of_day")}
    return frame.with_columns(pl.Series(name, words, dtype=pl.String) for name, words in spoken.items())


def _upright() -> alt.Axis:
    return alt.Axis(labelAngle=0, labelFontSize=11, grid=False)


def _scale(frame: pl.DataFrame, show: str, min_sent: int) -> alt.Scale:
    """Counts from nothing; rates from the lowest of those that are not faded, in whole tens of percent."""
    colours = list(theme.LITTLE_TO_MUCH)
    if show == "sent":
        return alt.Scale(domain=[0, max(1, *frame["sent"])], range=colours, interpolate="lab")
    known = frame.filter(pl.col("sent") >= min_sent)[show].drop_nulls().to_list() or frame[show].drop_nulls().to_list() or [0.0]
    low = min(0.9, int(min(known) * 10) / 10)
    return alt.Scale(domain=[low, 1], range=colours, interpolate="lab", clamp=True)


def _legend(show: str, lang: Lang) -> alt.Legend:
    text = label("column.sent", lang) if show == "sent" else f"{label(f'column.{show}', lang)}, {label('chart.share_of_sent', lang).lower()}"
    return alt.Legend(title=text, format="," if show == "sent" else ".0%", orient="bottom", gradientLength=200, tickCount=3, titleLimit=400)
