"""The timeline of one message: every event, by whose word and by whose clock."""

from datetime import datetime, timedelta
from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics.charts import drawing, theme
from sms_analytics.charts.drawing import AnyChart
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.text.zones import local

#: What a status looks like: the colour of the outcome that it would lead to.
_LOOKS: Final = {
    "delivered": "delivered",
    "expired": "failed",
    "undelivered": "failed",
    "rejected": "failed",
    "stopped": "stopped",
    "buffered": "out_of_coverage",
    "no_report": "no_status",
    "unknown": "no_status",
    "unrecognised": "unrecognised",
}
_SPEAKERS: Final = {"submission": "circle", "gateway": "square", "operator": "diamond"}


def timeline(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", zone: str = "Europe/Oslo", at_most: int = 60) -> AnyChart:
    """The events of one message, one row each in the order in which they happened, of a frame of `events`.

    The mark stands at the operator's time; where our side received it later, a line leads to the moment of that. Shape tells who said it, colour what
    it would mean for the outcome. Times are those of `zone`. The first `at_most` events are drawn; the subtitle says so.
    """
    drawing.require(frame, ("kind", "status", "said_by", "event_utc", "received_utc"), "events")
    title = label("chart.timeline", lang)
    if frame.is_empty():
        return drawing.no_data(title, lang, [subtitle])
    time = pl.coalesce("event_utc", "received_utc")
    # An operator's clock may be cut to the minute; no receipt stands before the hand-over.
    handed_over = time.filter(pl.col("kind") == "submission").min()
    ordered = frame.sort(pl.max_horizontal(time, handed_over), pl.col("kind") == "receipt", "received_utc", nulls_last=True)
    shown = _in_words(ordered.head(at_most), lang, zone)
    more = label("chart.first_events", lang).format(shown=at_most, all=frame.height) if frame.height > at_most else ""
    said = [subtitle, label("chart.two_clocks", lang), more]
    speakers = {"submission": label("kind.submission", lang), **labels("said_by", lang)}
    rows = drawing.rows("row", shown["row"].to_list(), axis=alt.Axis(labelLimit=340))
    ends = _ends(shown)
    axis = alt.X("at:T", title=zone, scale=alt.Scale(domain=ends), axis=_axis(ends, lang))
    tips = [
        drawing.tip("status", lang=lang),
        drawing.tip("speaker", label("column.said_by", lang)),
        *(drawing.tip(name, lang=lang) for name in ("their_clock", "our_clock", "detail", "code_raw") if name in shown.columns),
    ]
    base = alt.Chart(shown).encode(y=rows, tooltip=tips)
    rails = base.mark_rule(style="whisker", strokeDash=[2, 2]).encode(x=axis, x2="heard:T")
    marks = base.mark_point(filled=True, size=130, opacity=1, style="segment").encode(
        x=axis,
        color=alt.Color("colour:N", scale=None),
        shape=alt.Shape(
            "speaker:N",
            scale=alt.Scale(domain=list(speakers.values()), range=[_SPEAKERS[name] for name in speakers]),
            legend=alt.Legend(values=[name for name in speakers.values() if name in set(shown["speaker"])], symbolFillColor=theme.BESIDE),
        ),
    )
    texts = base.mark_text(align="left", dx=10, style="quiet").encode(x=alt.value("width"), text="wait:N")
    return alt.LayerChart(layer=[rails, marks, texts], width=drawing.WIDTH, height=alt.Step(28), title=drawing.titled(title, said))


def _in_words(frame: pl.DataFrame, lang: Lang, zone: str) -> pl.DataFrame:
    statuses, speakers = labels("status", lang), labels("said_by", lang)
    rows: list[dict[str, Any]] = []
    first: datetime | None = None
    for number, event in enumerate(frame.iter_rows(named=True), start=1):
        at = event["event_utc"] or event["received_utc"]
        heard = event["received_utc"] or at
        first = at if first is None else first
        word = label("kind.submission", lang) if event["kind"] == "submission" else speakers[event["said_by"]]
        rows.append(
            {
                "row": f"{number}. {_clock(at, zone, lang)} · {statuses[event['status']]}",
                "status": statuses[event["status"]],
                "speaker": word,
                "at": local(at, zone),
                "heard": local(max(heard, at), zone),
                "their_clock": _clock(event["event_utc"], zone, lang) if event["event_utc"] else "–",
                "our_clock": _clock(event["received_utc"], zone, lang) if event["received_utc"] else "–",
                "colour": theme.OUTCOME_COLOURS[_LOOKS.get(event["status"], "awaiting_status")],
                "wait": "" if number == 1 else f"+ {theme.duration(max((at - first).total_seconds(), 0), lang)}",
                **{name: str(event[name] or "–") for name in ("detail", "code_raw") if name in event},
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _clock(at: datetime, zone: str, lang: Lang) -> str:
    shown = local(at, zone)
    return f"{theme.period_text('day', shown.date(), lang)} {shown:%H:%M:%S}"


def _ends(frame: pl.DataFrame) -> list[datetime]:
    """A little more than the events, so that none stands on the edge; a minute for those that have a single moment."""
    first, last = frame.select(pl.col("at").min(), pl.col("heard").max()).row(0)
    room = max((last - first) / 20, timedelta(minutes=1))
    return [first - room, last + room]


def _axis(ends: list[datetime], lang: Lang) -> alt.Axis:
    unit = "hour" if (ends[1] - ends[0]).total_seconds() < 4 * 86400 else "day"
    written = theme.PERIODS[lang][unit]
    return alt.Axis(format=written, tickCount=5, labelOverlap=True, labelSeparation=12, labelFlush=False)
