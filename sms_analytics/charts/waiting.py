"""How long it took: to the phone and to the receipt, and for one send-out, how its final statuses came in."""

from collections.abc import Sequence
from math import log
from typing import Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, groups, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.phrases import values as values_in_words
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, SENT_OUTCOMES

_CLOCK_COLOURS: Final = {"phone": theme.OUTCOME_COLOURS["delivered"], "receipt": theme.BESIDE}
#: Seconds that people have words for.
_TICKS: Final = (1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400)
_STEPS: Final = 120


def latency(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 15) -> AnyChart:
    """How long delivery took, two rows per group of a frame of `latency`: until the phone had it, and until we were told.

    The dot is the median; nine in ten were quicker than the end of the thick line, 99 in 100 than that of the thin one. The axis is logarithmic, each
    mark several times the one before, and begins at one second: quicker ones stand there.
    """
    drawing.require(frame, ("clock", "messages", "median_s", "p90_s", "p99_s"), "latency")
    title = drawing.title_of("latency", frame, lang, beside=("clock",))
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    shown, group = groups.in_words(frame.head(2 * at_most), lang, beside=("clock",))
    clocks = values_in_words("clock", lang)
    several = shown[group].n_unique() > 1
    rows = [f"{name} · {clocks[clock]}" if several else clocks[clock] for name, clock in shown.select(group, "clock").iter_rows()]
    texts = [_in_words(row, lang) for row in shown.select("median_s", "p90_s").iter_rows()]
    drawn = shown.with_columns(
        *(pl.col(name).clip(1).alias(f"{name}_drawn") for name in ("median_s", "p90_s", "p99_s")),
        clock=pl.Series([clocks[clock] for clock in shown["clock"]], dtype=pl.String),
        row=pl.Series(rows, dtype=pl.String),
        text=pl.Series(texts, dtype=pl.String),
    )
    largest = label("chart.largest", lang).format(shown=at_most, all=frame.height // 2) if frame.height > 2 * at_most else ""
    doubt = label("chart.clock_doubt", lang) if "clock_doubt" in shown.columns and shown["clock_doubt"].any() else ""
    heading = drawing.titled(title, [subtitle, label("chart.latency_lines", lang), doubt, largest])
    return _spans(drawn, group, list(clocks.values()), heading, lang)


def _spans(frame: pl.DataFrame, group: str, clocks: list[str], title: alt.TitleParams, lang: Lang) -> alt.LayerChart:
    last = frame["p99_s_drawn"].max()
    scale = alt.Scale(type="log", domain=[1, max(60.0, last if isinstance(last, float) else 1.0)])
    tips = [
        drawing.tip(group, drawing.heading(group, frame, lang)) if group in frame.columns and group != "group" else drawing.tip("row", " "),
        drawing.tip("clock", lang=lang),
        drawing.count("messages", lang),
        *(drawing.tip(name, None, ",.0f", lang=lang) for name in ("median_s", "p90_s", "p99_s")),
        *(drawing.percent(name, lang) for name in ("share_10s", "share_1m", "share_1h", "share_24h")),
    ]
    colour = alt.Color(
        "clock:N", scale=alt.Scale(domain=clocks, range=list(_CLOCK_COLOURS.values())), legend=alt.Legend(title=label("chart.time_to", lang))
    )
    row = drawing.rows("row", drawing.order(frame, "row"))
    base = alt.Chart(frame).encode(y=row, color=colour, tooltip=[tip for tip in tips if tip.shorthand in frame.columns])
    x = alt.X("median_s_drawn:Q", scale=scale, title=label("chart.seconds_log", lang), axis=duration_axis(lang))
    thin = base.mark_rule(strokeWidth=1.5).encode(x=x, x2="p99_s_drawn:Q")
    thick = base.mark_rule(strokeWidth=6, opacity=0.6).encode(x=x, x2="p90_s_drawn:Q")
    dot = base.mark_point(filled=True, size=110, opacity=1).encode(x=x)
    numbers = alt.Chart(frame).mark_text(align="left", dx=10).encode(y=row, x=alt.value("width"), text="text:N")
    return alt.LayerChart(layer=[thin, thick, dot, numbers], width=drawing.WIDTH, height=alt.Step(24), title=title)


def duration_axis(lang: Lang) -> alt.Axis:
    """Seconds, as people say them."""
    said = {seconds: theme.duration(seconds, lang) for seconds in _TICKS}
    first = f"'≤ {said[1]}'"
    rest = " : ".join(f"datum.value == {seconds} ? '{text}'" for seconds, text in said.items() if seconds > 1)
    return alt.Axis(values=list(_TICKS), labelExpr=f"datum.value == 1 ? {first} : {rest} : ''", labelFlush=False, labelOverlap=True)


def _in_words(row: tuple[float | None, float | None], lang: Lang) -> str:
    median, p90 = row
    if median is None or p90 is None:
        return label("chart.unknown", lang)
    return label("chart.median_and_p90", lang).format(median=_at_least(median, lang), p90=_at_least(p90, lang))


def _at_least(seconds: float, lang: Lang) -> str:
    return theme.duration(seconds, lang) if seconds >= 1 else f"≤\u00a0{theme.duration(1, lang)}"


def send_out(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "") -> AnyChart:
    """How the final statuses of one send-out came in, of a frame of `messages`: the share of its sent messages delivered (or partly confirmed) and
    failed, by time since hand-over (or since the planned time).

    What is still blank at the right end never got a final status, or has none yet. The axis is logarithmic and begins at one second. Messages that
    were never sent, or whose submission is missing, are in no share.
    """
    drawing.require(frame, ("outcome", "refused", "submission_missing", "submitted_utc", "final_utc", "campaign"), "messages")
    title = label("chart.send_out", lang)
    sent = frame if frame.is_empty() else _sent(frame)
    if sent.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    named = sent["campaign"].unique().to_list()
    title = f"{title}: {named[0]}" if len(named) == 1 and named[0] else title
    counts = _ends(sent)
    words = {name: label(f"outcome.{name}", lang) for name in counts if name != "open"} | {"open": label("chart.no_final_status", lang)}
    long = _stacked(_curve(sent, list(counts)), words, lang)
    colour = alt.Scale(domain=list(words.values()), range=[theme.OUTCOME_COLOURS.get(name, theme.OPEN) for name in words])
    x = alt.X("seconds:Q", scale=alt.Scale(type="log", domain=[1, _TICKS[-1]]), title=label("chart.since_hand_over", lang), axis=duration_axis(lang))
    areas = (
        alt.Chart(long)
        .mark_area(interpolate="step-after")
        .encode(
            x=x,
            y=alt.Y("low:Q", title=label("chart.share_of_sent", lang), scale=drawing.whole(), axis=drawing.share_axis()),
            y2="high:Q",
            color=alt.Color("outcome:N", scale=colour, legend=alt.Legend(symbolStrokeWidth=0)),
            tooltip=[drawing.tip("outcome", lang=lang), drawing.tip("after", label("chart.since_hand_over", lang)), drawing.percent("share", lang)],
        )
    )
    said = [subtitle, _said_of(counts, lang)]
    chart: alt.Chart = areas.properties(width=560, height=240, title=drawing.titled(title, said))
    return chart


def _sent(frame: pl.DataFrame) -> pl.DataFrame:
    handed_over = pl.col("outcome").is_in(SENT_OUTCOMES) & ~pl.col("refused") & ~pl.col("submission_missing") & pl.col("submitted_utc").is_not_null()
    return frame.filter(handed_over)


def _ends(sent: pl.DataFrame) -> dict[str, int]:
    """How many ended in which way, those only partly confirmed where there are some; `open` are the others."""
    counts = dict(sent.group_by(pl.col("outcome").cast(pl.String)).len().iter_rows())
    ended = {name: counts.get(name, 0) for name in ANSWERED_OUTCOMES if name != "partly_confirmed" or name in counts}
    return ended | {"open": sent.height - sum(ended.values())}


def _stacked(curve: pl.DataFrame, words: dict[str, str], lang: Lang) -> pl.DataFrame:
    """One row per way of ending and second, with where it lies between nothing and all."""
    ends: list[pl.Expr] = [pl.lit(0.0)]
    for name in words:
        ends.append(pl.lit(1.0) if name == "open" else ends[-1] + pl.col(name))
    pieces = [
        curve.select("seconds", low=low, high=high, share=high - low, outcome=pl.lit(word))
        for low, high, word in zip(ends, ends[1:], words.values(), strict=False)
    ]
    after = pl.Series([_at_least(at, lang) for at in curve["seconds"]] * len(pieces), dtype=pl.String)
    return pl.concat(pieces).with_columns(after=after)


def _said_of(counts: dict[str, int], lang: Lang) -> str:
    said = label("chart.send_out_ends", lang).format(sent=sum(counts.values()), **counts)
    partly = counts.get("partly_confirmed")
    return f"{said}, {label('chart.send_out_partly', lang).format(count=partly)}" if partly else said


def _curve(sent: pl.DataFrame, ends: Sequence[str]) -> pl.DataFrame:
    """The shares that ended in each of these ways within each of so many seconds."""
    begun = pl.when(pl.col("scheduled_utc").is_between(pl.col("submitted_utc"), pl.col("final_utc"))).then("scheduled_utc").otherwise("submitted_utc")
    waits = sent.with_columns(wait=(pl.col("final_utc") - begun).dt.total_microseconds() / 1e6)
    last = _TICKS[-1]
    at = pl.DataFrame({"seconds": [2.718281828459045 ** (log(last) * step / _STEPS) for step in range(_STEPS + 1)]})
    within = [
        at.join_asof(
            waits.filter(pl.col("outcome") == name)
            .select(seconds=pl.col("wait").clip(1).sort())
            .with_row_index("earlier")
            .with_columns(pl.col("seconds").cast(pl.Float64), count=pl.col("earlier") + 1),
            on="seconds",
            strategy="backward",
        ).select((pl.col("count").fill_null(0) / sent.height).alias(name))
        for name in ends
        if name != "open"
    ]
    return pl.concat([at, *within], how="horizontal")
