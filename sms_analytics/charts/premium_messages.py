"""Premium messages: what was charged, what was not, and what is not known to have been."""

from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, hatching
from sms_analytics.charts.by_outcome import COUNTED_AS, counted_as, outcome_colour
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.text.labels import Lang, label

_BAR: Final = 20

#: Of a feed that has submissions, as far as the frame tells.
_SUBMITTING: Final = ~pl.col("submission_missing").all().over("feed")


def premium(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "") -> AnyChart:
    """The prices of premium messages added up by what became of them, one bar per operator of a frame of `messages`.

    A premium message is charged when it is confirmed delivered. So the blue part is earned, and the hatched grey one (`no_status`) is money of which
    nobody knows. Messages without a price are left out, prices that are what sending costs (`charge`), and feeds of which there is no submission at
    all; where there are others, a message without one counts as that (`without_submission`). Prices are added as the logs have them, whatever their
    currency.
    """
    drawing.require(frame, ("feed", "operator", "outcome", "refused", "submission_missing", "price", "charge"), "messages")
    title = label("chart.premium", lang)
    priced = frame if frame.is_empty() else frame.filter(pl.col("charge").eq("premium") & (pl.col("price") > 0) & _SUBMITTING)
    if priced.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    names = counted_as(lang)
    long = _summed(priced, names)
    shown = long.with_columns(operator=pl.Series([groups.word("operator", name, lang) for name in long["operator"]], dtype=pl.String))
    shown = shown.with_columns(text=pl.Series(_texts(shown, names, lang), dtype=pl.String))
    order = drawing.order(shown, "operator")
    most = float(shown["end"].max())  # type: ignore[arg-type]
    tips = [drawing.tip(name, lang=lang) for name in ("operator", "outcome")]
    base = alt.Chart(shown).encode(y=drawing.rows("operator", order))
    bars = base.mark_bar(height=_BAR, style="segment").encode(
        x=alt.X("begin:Q", title=label("chart.price_sum", lang), scale=alt.Scale(domain=[0, most]), axis=alt.Axis(format=",.0f", tickCount=5)),
        x2="end:Q",
        color=outcome_colour(shown, names),
        tooltip=[*tips, drawing.count("messages", lang), drawing.tip("price", None, ",.2f", lang=lang)],
    )
    silent = shown.filter(pl.col("outcome") == names["no_status"]).with_columns(pl.col("begin", "end") / most)
    lines = hatching.in_bars(silent, "operator", "begin", "end", width=drawing.WIDTH, height=_BAR)
    scaled = lines.with_columns(pl.col("hatch_from", "hatch_to") * most)
    hatch = hatching.drawn_in_bars(scaled, "operator", order, share=_BAR / (drawing.STEP * 0.9))
    first: Any = base.transform_filter("datum.begin == 0")
    numbers = first.mark_text(align="left", dx=10).encode(x=alt.value("width"), text="text:N")
    said = drawing.titled(title, [subtitle, label("chart.premium_charged", lang)])
    return alt.LayerChart(layer=[bars, hatch, numbers], width=drawing.WIDTH, height=alt.Step(drawing.STEP), title=said)


def _summed(priced: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """One row per operator and way of counting, the operator with most at stake first, and where it lies in the bar."""
    counted = (
        pl.when(pl.col("submission_missing"))
        .then(pl.lit("without_submission"))
        .when(pl.col("outcome").eq("failed") & pl.col("refused"))
        .then(pl.lit("refused"))
        .otherwise(pl.col("outcome").cast(pl.String))
    )
    position = {name: position for position, name in enumerate(COUNTED_AS)}
    return (
        priced.with_columns(outcome=counted)
        .group_by("operator", "outcome")
        .agg(pl.len().cast(pl.Int64).alias("messages"), pl.col("price").sum())
        .with_columns(position=pl.col("outcome").replace_strict(position, return_dtype=pl.Int32), at_stake=pl.col("price").sum().over("operator"))
        .sort(["at_stake", "operator", "position"], descending=[True, False, False], nulls_last=True)
        .with_columns(end=pl.col("price").cum_sum().over("operator"), outcome=pl.col("outcome").replace_strict(names))
        .with_columns(begin=pl.col("end") - pl.col("price"))
    )


def _texts(frame: pl.DataFrame, names: dict[str, str], lang: Lang) -> list[str]:
    charged = pl.col("price").filter(pl.col("outcome") == names["delivered"]).sum().over("operator")
    silent = pl.col("price").filter(pl.col("outcome") == names["no_status"]).sum().over("operator")
    rows = frame.select(charged.alias("charged"), "at_stake", silent.alias("silent")).iter_rows()
    return [label("chart.charged_of", lang).format(charged=_money(charged, lang), all=_money(stake, lang)) for charged, stake, _ in rows]


def _money(value: float, lang: Lang) -> str:
    return f"{value:,.0f}".replace(",", "\u00a0" if lang == "nb" else ",")
