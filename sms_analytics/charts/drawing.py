"""What all charts share: titles, axes, tooltips, the order of rows, and what is drawn where there is nothing to draw."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics.charts import groups
from sms_analytics.errors import UsageError
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.phrases import heading as heading_of

#: What charts are; all have `properties`, `save`, `|` and `&`.
AnyChart = alt.Chart | alt.LayerChart | alt.HConcatChart | alt.VConcatChart | alt.ConcatChart

#: Vega draws no more rows than this; far fewer are readable.
_MOST_ROWS: Final = 5000
WIDTH: Final = 420
STEP: Final = 30


def require(frame: pl.DataFrame, columns: Sequence[str], question: str) -> None:
    """`UsageError` for a frame that is not that of `question`."""
    missing = [name for name in columns if name not in frame.columns]
    if missing and not frame.is_empty():
        raise UsageError(f"this chart takes a frame of {question}(...); the one given has no column '{missing[0]}'")


def drawable(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame itself; `UsageError` if it has more rows than can be drawn."""
    if frame.height > _MOST_ROWS:
        raise UsageError(f"{frame.height} rows are too many to draw (at most {_MOST_ROWS}): take longer periods or a shorter time")
    return frame


def no_data(title: str, lang: Lang, said: Sequence[str] = ()) -> alt.Chart:
    """The chart that says that there is nothing."""
    mark = alt.Chart(alt.InlineData([{}])).mark_text(text=label("chart.no_data", lang), style="quiet", fontSize=14)
    chart: alt.Chart = mark.properties(width=WIDTH, height=60, title=titled(title, said))
    return chart


def titled(title: str, said: Sequence[str]) -> alt.TitleParams:
    """The title with a line below it for everything that is said."""
    lines = [line for line in said if line]
    return alt.TitleParams(title, subtitle=lines) if lines else alt.TitleParams(title)


def title_of(chart: str, frame: pl.DataFrame, lang: Lang, beside: Sequence[str] = ()) -> str:
    """What the chart shows, and by which dimensions."""
    dimensions = [label(f"column.{name}", lang).lower() for name in groups.named(frame, beside)]
    return label(f"chart.{chart}", lang) + (f" {label('chart.by', lang)} {listed(dimensions, lang)}" if dimensions else "")


def listed(words: Sequence[str], lang: Lang) -> str:
    """`a, b and c`."""
    parts = (", ".join(words[:-1]), "".join(words[-1:]))
    return f" {label('chart.and', lang)} ".join(part for part in parts if part)


def order(frame: pl.DataFrame, column: str) -> list[str]:
    """The values of a column in the order in which they come."""
    return frame[column].unique(maintain_order=True).to_list()


def rows(group: str, names: Sequence[str], **options: Any) -> alt.Y:
    """One row per group, in this order."""
    return alt.Y(f"{group}:N", sort=list(names), title=None, **options)


def share_axis(*, labels: bool = True, values: Sequence[float] = (0, 0.2, 0.4, 0.6, 0.8, 1)) -> alt.Axis:
    """In percent."""
    return alt.Axis(format=".0%", values=list(values), labels=labels, labelFlush=False)


def whole() -> alt.Scale:
    """Shares are drawn from nothing to all: a cut axis would make small differences look large."""
    return alt.Scale(domain=[0, 1])


def tip(field: str, title: str | None = None, format: str | None = None, *, lang: Lang = "nb") -> alt.Tooltip:
    """A line of a tooltip: a number if it has a format, else a word."""
    heading = title or heading_of(field, lang)
    return alt.Tooltip(field, type="quantitative", title=heading, format=format) if format else alt.Tooltip(field, type="nominal", title=heading)


def count(field: str, lang: Lang) -> alt.Tooltip:
    """A count in a tooltip."""
    return tip(field, None, ",", lang=lang)


def percent(field: str, lang: Lang) -> alt.Tooltip:
    """A share in a tooltip."""
    return tip(field, None, ".1%", lang=lang)


def rate_tips(lang: Lang) -> list[alt.Tooltip]:
    """The counts and rates of a frame of `rates`."""
    counts = [count(name, lang) for name in ("sent", "delivered", "partly_confirmed", "failed", "no_status", "provisional")]
    return [*counts, *(percent(name, lang) for name in ("rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high"))]


def heading(group: str, frame: pl.DataFrame, lang: Lang) -> str:
    """What the groups are: the dimension's name, or those of all of them."""
    names = [group] if group != "group" else groups.named(frame)
    return " · ".join(label(f"column.{name}", lang) for name in names) or label("column.messages", lang)


def with_answers(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of `rates` in which groups that are known from receipts only have that share as `rate_answered`."""
    if "receipts_only" not in frame.columns:
        return frame
    apart = pl.col("rate_confirmed").is_null() & pl.col("rate_answered").is_null()
    return frame.with_columns(rate_answered=pl.when(apart).then("receipts_only_answered").otherwise("rate_answered"))


def _few(frame: pl.DataFrame, min_sent: int) -> tuple[bool, Any]:
    """Whether some groups have few messages, and which, for Vega; where nothing was sent those known from receipts only are counted."""
    few, test = frame["sent"] < min_sent, alt.datum.sent < min_sent
    if "receipts_only" in frame.columns and frame.filter(sent=0)["receipts_only"].sum():
        few, test = few & (frame["receipts_only"] < min_sent), test & (alt.datum.receipts_only < min_sent)
    return bool(few.any()), test


def small(frame: pl.DataFrame, min_sent: int) -> Any:
    """The opacity of groups: those of few messages are faded."""
    some, test = _few(frame, min_sent)
    return alt.condition(test, alt.value(0.4), alt.value(1)) if some else alt.value(1)


def small_note(text: str, frame: pl.DataFrame, min_sent: int, lang: Lang) -> str:
    """Says that some are faded, if some are."""
    return label(f"chart.{text}", lang).format(least=min_sent) if _few(frame, min_sent)[0] else ""


def largest_note(all_groups: pl.DataFrame, at_most: int, lang: Lang) -> str:
    """Says that groups are left out, if some are."""
    return label("chart.largest", lang).format(shown=at_most, all=all_groups.height) if all_groups.height > at_most else ""


def largest_panels(frame: pl.DataFrame, at_most: int, beside: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of the largest groups, and all groups there are (without columns where there is one only)."""
    names = groups.named(frame, beside)
    if not names:
        return drawable(frame), pl.DataFrame()
    size = "messages" if "messages" in frame.columns else "sent"
    panels = frame.group_by(names, maintain_order=True).agg(pl.col(size).sum()).sort(size, descending=True, maintain_order=True)
    kept = panels.head(at_most).select(names).join(frame, on=names, how="left", nulls_equal=True, maintain_order="left_right")
    return drawable(kept.select(frame.columns)), panels


def painted(layers: Sequence[tuple[alt.Chart, str]], colours: dict[str, str]) -> list[alt.Chart]:
    """The layers whose word is in the legend, each in the colour of its word."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    legend = alt.Legend(symbolStrokeWidth=0, symbolOpacity=1, columns=2 if len(colours) > 3 else 0)
    colour = alt.Color("shade:N", scale=scale, legend=legend)
    return [layer.transform_calculate(shade=f"'{word}'").encode(color=colour) for layer, word in layers if word in colours]


def segment_words(lang: Lang) -> list[str]:
    """What the pieces of a rate are called: confirmed, possible, of those answered."""
    return [label("column.rate_confirmed", lang), label("chart.may_have_arrived", lang), label("chart.answered_only", lang)]


def range_text(lang: Lang) -> str:
    """From `rate_confirmed` to `rate_possible` in words, for Vega; one number where they are the same."""
    sign = "\u00a0%" if lang == "nb" else "%"
    low, high = "format(100 * datum.rate_confirmed, '.1f')", "format(100 * datum.rate_possible, '.1f')"
    answered = f"format(datum.rate_answered, '.1%') + ' {label('chart.of_answered', lang)}'"
    return (
        f"isValid(datum.rate_confirmed) ? {low} + ({low} == {high} ? '' : '–' + {high}) + '{sign}' : "
        f"isValid(datum.rate_answered) ? {answered} : '{label('chart.unknown', lang)}'"
    )


def coverage_text(lang: Lang) -> str:
    """The coverage and of how many, in words, for Vega."""
    unknown, of = label("chart.unknown", lang), label("chart.of", lang)
    return f"isValid(datum.coverage) ? format(datum.coverage, '.0%') + ' {of} ' + format(datum.sent, ',') : '{unknown}'"


def answered_only(base: alt.Chart) -> alt.Chart:
    """The one rate of messages whose submissions were not loaded: never mixed up with those that know of silence."""
    only = base.transform_filter("!isValid(datum.rate_confirmed)")
    diamonds: alt.Chart = only.mark_point(shape="diamond", size=80, filled=True, opacity=1)
    return diamonds
