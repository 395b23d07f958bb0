"""What became of all messages: in shares that add up, and step by step from all of them to those delivered."""

from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, hatching, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, OUTCOMES, SENT_OUTCOMES

_NOT_SENT: Final = ("refused", *(outcome for outcome in OUTCOMES if outcome not in SENT_OUTCOMES), "without_submission")
#: What `rates` counts, in the order in which it is stacked.
COUNTED_AS: Final = (*SENT_OUTCOMES, *_NOT_SENT)
#: What was not reported.
_SILENT: Final = ("no_status",)

_BAR: Final = 18
_WIDTH: Final = drawing.WIDTH + 120

#: The steps of the funnel: what it begins with, and what falls off before the next.
_STEPS: Final = {
    "messages": _NOT_SENT,
    "sent": tuple(outcome for outcome in SENT_OUTCOMES if outcome not in ANSWERED_OUTCOMES),
    "answered": ("failed", "partly_confirmed"),
    "delivered": (),
}
#: What goes on to the next step.
_ONWARD: Final = "#8db8d6"


def outcomes(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 30) -> AnyChart:
    """What became of all messages, one bar per group of a frame of `rates`; the shares of a bar add up to 1.

    Every message is in one segment: those sent by outcome, then those refused before sending, not sent, not tracked or without a submission.
    Silence (`no_status`) is a segment of its own, and hatched.
    """
    drawing.require(frame, ("messages", *COUNTED_AS), "rates")
    title = drawing.title_of("outcomes", frame, lang)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    shown, group = groups.in_words(frame.head(at_most), lang)
    if group == "outcome":
        shown, group = shown.rename({group: "group"}), "group"
    names = counted_as(lang)
    long = _stacked(shown, group).with_columns(pl.col("outcome").replace_strict(names))
    order = drawing.order(shown, group)
    tips = [drawing.tip(group, drawing.heading(group, frame, lang)), drawing.tip("outcome", lang=lang)]
    base = alt.Chart(long).encode(
        y=drawing.rows(group, order),
        x=alt.X("begin:Q", title=label("chart.share_of_messages", lang), scale=drawing.whole(), axis=drawing.share_axis()),
        tooltip=[*tips, drawing.count("messages", lang), drawing.percent("share", lang)],
    )
    bars = base.mark_bar(height=_BAR, style="segment").encode(x2="end:Q", color=outcome_colour(long, names))
    lines = hatching.in_bars(long.filter(pl.col("silent")), group, "begin", "end", width=_WIDTH, height=_BAR)
    hatch = hatching.drawn_in_bars(lines, group, order, share=_BAR / (drawing.STEP * 0.9))
    percent = (
        base.transform_filter("datum.share >= 0.05")
        .mark_text(fontSize=11)
        .encode(
            x=alt.X("middle:Q", scale=drawing.whole()),
            text=alt.Text("share:Q", format=".0%"),
            color=alt.condition(alt.datum.dark, alt.value(theme.ON_DARK), alt.value(theme.ON_LIGHT)),
        )
    )
    said = drawing.titled(title, [subtitle, drawing.largest_note(frame, at_most, lang)])
    return alt.LayerChart(layer=[bars, hatch, percent], width=_WIDTH, height=alt.Step(drawing.STEP), title=said)


def counted_as(lang: Lang) -> dict[str, str]:
    """Every way in which a message is counted, in words."""
    outcomes_by_name = labels("outcome", lang)
    return {name: outcomes_by_name.get(name) or label(f"column.{name}", lang) for name in COUNTED_AS}


def outcome_colour(long: pl.DataFrame, names: dict[str, str], *, columns: int = 4) -> alt.Color:
    """The colours of outcomes in words, with a legend of those that occur in `long`."""
    present = [name for name in names.values() if name in set(long["outcome"])]
    return alt.Color(
        "outcome:N",
        scale=alt.Scale(domain=list(names.values()), range=[theme.OUTCOME_COLOURS[name] for name in names]),
        legend=alt.Legend(values=present, columns=columns, symbolStrokeWidth=0),
    )


def _stacked(frame: pl.DataFrame, group: str) -> pl.DataFrame:
    """One row per group and way of counting that occurs in it, with its share of the group's messages and where it lies in the bar."""
    dark = [name for name, colour in theme.OUTCOME_COLOURS.items() if is_dark(colour)]
    share = pl.col("messages") / pl.col("total")
    end = (pl.col("messages").cum_sum().over(group) / pl.col("total")).clip(0, 1)
    return (
        frame.select(group, *COUNTED_AS, total=pl.col("messages"))
        .unpivot(on=COUNTED_AS, index=[group, "total"], variable_name="outcome", value_name="messages")
        .filter(pl.col("messages") > 0)
        .with_columns(position=pl.col("outcome").replace_strict({name: position for position, name in enumerate(COUNTED_AS)}, return_dtype=pl.Int32))
        .with_columns(share=share, end=end, dark=pl.col("outcome").is_in(dark), silent=pl.col("outcome").is_in(_SILENT))
        .with_columns(begin=(pl.col("end") - pl.col("share")).clip(0, 1), middle=pl.col("end") - pl.col("share") / 2)
        .drop("total")
    )


def is_dark(colour: str) -> bool:
    """Is text upon it better white?"""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def funnel(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "") -> AnyChart:
    """From all messages to those delivered, in four steps; all groups of a frame of `rates` together.

    Each bar is as long as what goes on from the bar above, and what falls off is named and counted: not sent, no final status, failed or only partly
    confirmed. So every message is seen leaving once, and the counts add up.
    """
    drawing.require(frame, ("messages", *COUNTED_AS), "rates")
    title = label("chart.funnel", lang)
    total = int(frame["messages"].sum()) if not frame.is_empty() else 0
    if not total:
        return drawing.no_data(title, lang, [subtitle])
    counts = frame.select(pl.col(name).sum() for name in ("messages", *COUNTED_AS)).row(0, named=True)
    long = pl.DataFrame(_steps(counts, lang))
    steps = drawing.order(long, "step")
    names = {"onward": label("chart.onward", lang)} | counted_as(lang)
    colours = {"onward": _ONWARD} | theme.OUTCOME_COLOURS
    present = [name for name in names.values() if name in set(long["outcome"])]
    base = alt.Chart(long).encode(y=drawing.rows("step", steps, axis=alt.Axis(grid=False)))
    bars = base.mark_bar(height=30, style="segment").encode(
        x=alt.X("begin:Q", title=label("column.messages", lang), scale=alt.Scale(domain=[0, total]), axis=alt.Axis(format=",d", tickCount=5)),
        x2="end:Q",
        color=alt.Color(
            "outcome:N",
            scale=alt.Scale(domain=list(names.values()), range=[colours[name] for name in names]),
            legend=alt.Legend(values=present, columns=4, symbolStrokeWidth=0),
        ),
        tooltip=[drawing.tip("step", label("chart.step", lang)), drawing.tip("outcome", lang=lang), drawing.count("messages", lang)],
    )
    first: Any = base.transform_filter("datum.begin == 0")
    numbers = first.mark_text(align="left", dx=8, dy=-7, fontWeight="bold", text=alt.ExprRef(_step_text(lang))).encode(x=alt.value("width"))
    losses = first.mark_text(align="left", dx=8, dy=8, fontSize=11, style="quiet").encode(x=alt.value("width"), text="falls_off:N")
    return alt.LayerChart(layer=[bars, numbers, losses], width=380, height=alt.Step(54), title=drawing.titled(title, [subtitle]))


def _steps(counts: dict[str, int], lang: Lang) -> list[dict[str, Any]]:
    """One row per step and piece of its bar; `falls_off` tells in words what does not go on."""
    names = counted_as(lang)
    rows: list[dict[str, Any]] = []
    left = whole = counts["messages"]
    for step, falling in _STEPS.items():
        lost = {name: counts[name] for name in falling if counts[name]}
        onward = left - sum(lost.values())
        pieces = {"delivered" if step == "delivered" else "onward": onward, **lost}
        texts = [f"{_within_text(names[name])} {_grouped(count, lang)}" for name, count in sorted(lost.items(), key=lambda item: -item[1])]
        end = 0
        for name, count in pieces.items():
            rows.append(
                {
                    "step": label("chart.all_messages" if step == "messages" else f"chart.step_{step}", lang),
                    "outcome": label("chart.onward", lang) if name == "onward" else names[name],
                    "messages": count,
                    "begin": end,
                    "end": end + count,
                    "total": left,
                    "of_all": left / whole,
                    "falls_off": _shortened(texts, lang),
                }
            )
            end += count
        left = onward
    return rows


def _within_text(word: str) -> str:
    """A word as it stands within a sentence; `SMS` stays as it is."""
    return word if word[:2].isupper() else word[:1].lower() + word[1:]


def _shortened(texts: list[str], lang: Lang) -> str:
    if not texts:
        return ""
    more = [label("chart.and_more", lang)] if len(texts) > 2 else []
    return " ".join([label("chart.falls_off", lang), ", ".join(texts[:2]), *more])


def _grouped(count: int, lang: Lang) -> str:
    return f"{count:,}".replace(",", "\u00a0" if lang == "nb" else ",")


def _step_text(lang: Lang) -> str:
    return f"format(datum.total, ',') + ' (' + format(datum.of_all, '.1%') + ' {label('chart.of_all', lang)})'"
