"""What was loaded: how many records of each log were read, skipped and rejected."""

from pathlib import PurePath
from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.text.labels import Lang, label

_STATES: Final = {"accepted": theme.OUTCOME_COLOURS["delivered"], "skipped": theme.OPEN, "rejected": theme.OUTCOME_COLOURS["failed"]}


def records(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 40) -> AnyChart:
    """How many records of each load were accepted, skipped and rejected, one bar per row of the table `loads`; the shares of a bar add up to 1.

    Those with most rejected records come first, then the largest. The number of records stands beside, and what was rejected or unrecognised.
    """
    drawing.require(frame, ("path", "records", *_STATES, "unrecognised"), "loads")
    title = label("chart.records", lang)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    ordered = frame.sort("rejected", "records", "path", descending=[True, True, False]).head(at_most)
    named = ordered.with_columns(
        row=pl.Series(_names(ordered["path"].to_list()), dtype=pl.String), text=pl.Series(_texts(ordered, lang), dtype=pl.String)
    )
    words = {name: label(f"column.{name}", lang) for name in _STATES}
    long = (
        named.select("row", "path", "text", "records", *_STATES)
        .unpivot(on=list(_STATES), index=["row", "path", "text", "records"], variable_name="state", value_name="count")
        .with_columns(share=pl.when(pl.col("records") > 0).then(pl.col("count") / pl.col("records")).otherwise(0.0))
        .with_columns(end=pl.col("share").cum_sum().over("row"))
        .with_columns(begin=pl.col("end") - pl.col("share"), state=pl.col("state").replace_strict(words))
    )
    present = [words[name] for name in _STATES if ordered[name].sum()]
    base = alt.Chart(long).encode(y=drawing.rows("row", named["row"].to_list()))
    bars = (
        base.transform_filter("datum.count > 0")
        .mark_bar(height=13, style="segment")
        .encode(
            x=alt.X("begin:Q", title=label("chart.share_of_records", lang), scale=drawing.whole(), axis=drawing.share_axis()),
            x2="end:Q",
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=list(words.values()), range=list(_STATES.values())),
                legend=alt.Legend(values=present, symbolStrokeWidth=0),
            ),
            tooltip=[drawing.tip("path", lang=lang), drawing.tip("state", lang=lang), drawing.tip("count", label("column.records", lang), ",")],
        )
    )
    first: Any = base.transform_filter(f"datum.state == '{words['accepted']}'")
    numbers = first.mark_text(align="left", dx=10).encode(x=alt.value("width"), text="text:N")
    said = drawing.titled(title, [subtitle, drawing.largest_note(frame, at_most, lang)])
    return alt.LayerChart(layer=[bars, numbers], width=drawing.WIDTH, height=alt.Step(21), title=said)


def _names(paths: list[str]) -> list[str]:
    """File names, with as much of their folders as tells them apart; two loads of one file are numbered."""
    short = [PurePath(path).name for path in paths]
    longer = [str(PurePath(*PurePath(path).parts[-2:])) if short.count(name) > 1 else name for path, name in zip(paths, short, strict=True)]
    return [name if longer.count(name) == 1 else f"{name} ({longer[: number + 1].count(name)})" for number, name in enumerate(longer)]


def _texts(frame: pl.DataFrame, lang: Lang) -> list[str]:
    space = "\u00a0" if lang == "nb" else ","
    texts = []
    for count, rejected, unrecognised in frame.select("records", "rejected", "unrecognised").iter_rows():
        faults = [
            f"{number:,} {label(f'chart.{word}', lang)}".replace(",", space)
            for number, word in ((rejected, "rejected"), (unrecognised, "unrecognised"))
            if number
        ]
        texts.append(", ".join([f"{count:,}".replace(",", space), *faults]))
    return texts
