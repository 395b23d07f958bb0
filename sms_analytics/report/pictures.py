"""The charts of a report: specifications without title and look, with what they show in words for those who cannot see them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics import charts
from sms_analytics.charts import AnyChart, theme
from sms_analytics.report import written
from sms_analytics.report.document import Picture
from sms_analytics.report.every_period import Unit
from sms_analytics.report.folding import EVERY, OTHER
from sms_analytics.report.group_names import named
from sms_analytics.report.terms import OF_SENT, in_terms
from sms_analytics.text.labels import Lang, label, labels

_MOST: Final = 12
_WIDTH: Final = 640
#: Numbers of an axis with their sign, in Vega's words.
_SIGNED: Final = "datum.value === 0 ? '0' : format(datum.value, '+.1f')"


def of_groups(frame: pl.DataFrame, dimension: str, lang: Lang) -> Picture:
    """Delivery by operator or country."""
    shown = frame.head(_MOST)
    listed = [(named(dimension, name, lang), rate) for name, rate in shown.select(dimension, "rate_confirmed").iter_rows()]
    drawn = charts.delivery_rates(_with_others(shown, dimension, lang), lang=lang, min_sent=1)
    key = {"operator": "operators", "country": "countries"}[dimension]
    return _picture(key, drawn, _listed(f"alt.{key}", [(name, written.share(rate, lang)) for name, rate in listed], lang))


def over_time(frame: pl.DataFrame, unit: Unit, lang: Lang, *, key: str = "over_time", forecast: pl.DataFrame | None = None) -> Picture:
    """Delivery by hour, day, week or month."""
    confirmed = frame["rate_confirmed"].drop_nulls().to_list()
    spoken = label(f"report_column.{unit}", lang).lower()
    if confirmed:
        low, high = written.share(min(confirmed), lang), written.share(max(confirmed), lang)
        alt_text = label("report_chart.alt.over_time", lang).format(unit=spoken, low=low, high=high)
    else:
        alt_text = label("report_chart.alt.over_time.unknown", lang).format(unit=spoken)
    drawn = charts.rates_over_time(frame, forecast=forecast, lang=lang, min_sent=1)
    picture = _picture(key, drawn, alt_text)
    _mark_times(picture.spec, frame[unit].to_list(), unit)
    return picture


def of_days(frame: pl.DataFrame, lang: Lang) -> Picture:
    """Days between their limits, of a frame of `control_chart`."""
    rates = frame["rate"].drop_nulls()
    low, high = (written.share(float(str(end)), lang) for end in (rates.min(), rates.max()))
    drawn = charts.control_chart(frame, lang=lang)
    picture = _picture("trend", drawn, label("report_chart.alt.days", lang).format(low=low, high=high))
    picture.spec["width"] = _WIDTH
    _mark_times(picture.spec, frame["day"].to_list(), "day")
    return picture


def arrival(frame: pl.DataFrame, lang: Lang) -> Picture:
    """How soon messages arrived, of a frame of `latency` with a curve."""
    last = frame.filter(pl.col("clock") == "phone")["share_delivered"]
    reached = written.share(last[-1] if last.len() else None, lang)
    return _picture("arrival", charts.latency_curves(frame, lang=lang), label("report_chart.alt.arrival", lang).format(share=reached))


def funnel(steps: Sequence[tuple[str, int]], lang: Lang) -> Picture:
    """How many messages came how far."""
    names = [name for name, _ in steps]
    shown = pl.DataFrame({"step": names, "messages": [count for _, count in steps]})
    y = alt.Y("step:N", sort=names, title=None, axis=alt.Axis(labelLimit=220))
    x = alt.X("messages:Q", title=label("column.messages", lang), axis=alt.Axis(format=",d", tickMinStep=1, tickCount=5))
    tips = [
        alt.Tooltip("step:N", title=label("report_column.step", lang)),
        alt.Tooltip("messages:Q", title=label("column.messages", lang), format=","),
    ]
    base = alt.Chart(shown).encode(y=y, x=x, tooltip=tips)
    drawn = alt.LayerChart(layer=[base.mark_bar(color=theme.OUTCOME_COLOURS["delivered"])], width=480, height=alt.Step(26))
    return _picture("funnel", drawn, _listed("alt.funnel", [(name, written.count(count, lang)) for name, count in steps], lang))


def reasons(frame: pl.DataFrame, lang: Lang) -> Picture:
    """Why messages failed."""
    listed = [(named("reason", name, lang), written.share(share, lang)) for name, share in frame.select("reason", "share").iter_rows()]
    drawn = charts.reasons(_with_others(frame, "reason", lang), lang=lang)
    return _picture("reasons", drawn, _listed("alt.reasons", listed[:5], lang))


def volume(frame: pl.DataFrame, unit: Unit, lang: Lang) -> Picture:
    """How many messages were sent by hour, day, week or month, and what became of them."""
    names = labels("report_column", lang)
    counted = in_terms(frame)
    present = [name for name in OF_SENT if counted[name].sum()]
    times = _short(frame[unit].to_list(), unit, lang)
    long = (
        counted.select(OF_SENT)
        .with_columns(pl.Series("time", _made_unique(times), dtype=pl.String))
        .unpivot(on=present, index="time", variable_name="outcome", value_name="messages")
        .with_columns(position=pl.col("outcome").replace_strict({name: position for position, name in enumerate(OF_SENT)}, return_dtype=pl.Int32))
        .with_columns(pl.col("outcome").replace_strict({name: names[name] for name in OF_SENT}))
    )
    shades = theme.OUTCOME_COLOURS | {"waiting": theme.OUTCOME_COLOURS["awaiting_status"]}
    colours = alt.Scale(domain=[names[name] for name in present], range=[shades[name] for name in present])
    heading = label(f"report_column.{unit}", lang)
    most = max(1, *frame["sent"])
    drawn = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("time:N", sort=list(dict.fromkeys(long["time"])), title=None, axis=_named(list(dict.fromkeys(long["time"])))),
            y=alt.Y("messages:Q", title=label("report_chart.volume", lang), axis=alt.Axis(format=",d", tickMinStep=1, tickCount=min(6, most))),
            color=alt.Color("outcome:N", scale=colours, legend=alt.Legend(columns=4, symbolStrokeWidth=0)),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("time:N", title=heading),
                alt.Tooltip("outcome:N", title=label("column.outcome", lang)),
                alt.Tooltip("messages:Q", title=label("column.messages", lang), format=","),
            ],
        )
        .properties(width=_WIDTH, height=180)
    )
    spoken = label("report_chart.alt.volume", lang).format(unit=heading.lower(), count=written.count(int(frame["sent"].sum()), lang))
    return _picture("volume", drawn, spoken)


def effects(frame: pl.DataFrame, dimension: str, lang: Lang) -> Picture:
    """What each group did to the change of the rate: by its part of the messages, by missing statuses, and by its delivery."""
    known = frame.drop_nulls("effect").head(_MOST)
    partly = ["partly"] if known["partly"].abs().sum() else []
    words = {name: label(f"report_chart.{name}", lang) for name in ("delivery", "silence", "mix", *partly)}
    rows = known.with_columns(pl.Series(dimension, [named(dimension, name, lang) for name in known[dimension]], dtype=pl.String))
    long = (
        rows.select(dimension, *words)
        .unpivot(on=list(words), index=dimension, variable_name="effect", value_name="points")
        .with_columns(pl.col("effect").replace_strict(words), pl.col("points") * 100)
    )
    colours = [theme.OUTCOME_COLOURS[name] for name in ("delivered", "no_status", "out_of_coverage", "partly_confirmed")[: len(words)]]
    scale = alt.Scale(domain=list(words.values()), range=colours)
    drawn = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            y=alt.Y(f"{dimension}:N", sort=rows[dimension].to_list(), title=None),
            yOffset=alt.YOffset("effect:N", sort=list(words.values())),
            x=alt.X("points:Q", title=label("report_chart.effect", lang), axis=alt.Axis(labelExpr=_SIGNED, tickCount=6)),
            color=alt.Color("effect:N", scale=scale, legend=alt.Legend(symbolStrokeWidth=0, columns=4)),
            tooltip=[
                alt.Tooltip(f"{dimension}:N", title=label(f"report_column.{dimension}", lang)),
                alt.Tooltip("effect:N", title=label("report_column.what", lang)),
                alt.Tooltip("points:Q", title=label("report.change", lang), format="+.2f"),
            ],
        )
        .properties(width=480, height=alt.Step(14))
    )
    listed = [(name, written.points(effect, lang)) for name, effect in rows.select(dimension, "effect").iter_rows()]
    return _picture("changes", drawn, _listed("alt.changes", listed[:5], lang))


def _mark_times(spec: dict[str, Any], starts: Sequence[date], unit: Unit) -> None:
    """No day is named twice on a wide axis, and the only day there is not at every hour."""
    axes = [layer["encoding"]["x"]["axis"] for layer in spec["layer"] if layer.get("encoding", {}).get("x", {}).get("axis")]
    for axis in axes:
        if unit == "day":
            # From the first day on at even steps: Vega's own begin anew with each month, and the 31st runs into the 1st.
            step = 1 if len(starts) <= 9 else -(-len(starts) // 9)
            axis["values"] = [{"year": day.year, "month": day.month, "date": day.day} for day in starts[::step]]
            axis.pop("tickCount", None)
        elif unit == "hour" and _on_one_day(starts):
            axis["format"] = "%H:%M"


def _named(times: Sequence[str]) -> alt.Axis:
    """Names of bars at even steps, as many as there is room for."""
    most = max(1, int(_WIDTH / (9 * max(map(len, times), default=1))))
    step = -(-len(times) // most)
    return alt.Axis(labelAngle=0, labelOverlap=True, labelSeparation=6, grid=False, values=list(times[::step]))


def _short(starts: Sequence[date], unit: Unit, lang: Lang) -> list[str]:
    """The periods under their axis, without the year or the day that they share."""
    if unit == "hour" and _on_one_day(starts):
        return [f"{start:%H:%M}" for start in starts]
    texts = [theme.period_text(unit, start, lang) for start in starts]
    years = {start.isocalendar().year if unit == "week" else start.year for start in starts}
    return texts if len(years) > 1 else [text.replace(f" {next(iter(years))}", "") for text in texts]


def _on_one_day(starts: Sequence[date]) -> bool:
    return len({(start.year, start.month, start.day) for start in starts}) == 1


def _with_others(frame: pl.DataFrame, dimension: str, lang: Lang) -> pl.DataFrame:
    """The small groups under their common name; all others are put into words by the chart."""
    return frame.with_columns(pl.col(dimension).replace({name: named(dimension, name, lang) for name in (OTHER, EVERY)}))


def _made_unique(texts: Sequence[str]) -> list[str]:
    """The hour that summer time's end repeats is two."""
    seen: dict[str, int] = {}
    apart = []
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
        apart.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return apart


def _listed(key: str, pairs: Sequence[tuple[str, str]], lang: Lang) -> str:
    listed = "; ".join(f"{name}: {value}" for name, value in pairs)
    return label(f"report_chart.{key}", lang).format(list=listed)


def _picture(key: str, chart: AnyChart, alt_text: str) -> Picture:
    """The chart without its title, which stands above it as a heading, and without the notes below that, which stand as text."""
    with alt.theme.enable("none"):
        spec: dict[str, Any] = chart.to_dict()
    title = spec.pop("title", {})
    notes = title.get("subtitle", []) if isinstance(title, dict) else []
    for unwanted in ("$schema", "config", "usermeta"):
        spec.pop(unwanted, None)
    return Picture(key, alt_text, spec, tuple([notes] if isinstance(notes, str) else notes))
