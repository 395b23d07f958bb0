"""The charts of a report: specifications without title and look, with what they show in words for those who cannot see them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics import charts
from sms_analytics.charts import AnyChart, groups, theme
from sms_analytics.report import written
from sms_analytics.report.document import Picture
from sms_analytics.report.every_period import Unit
from sms_analytics.report.folding import EVERY, OTHER
from sms_analytics.report.terms import OF_SENT, in_terms
from sms_analytics.text.labels import Lang, label, labels

_MOST: Final = 12
_WIDTH: Final = 640
#: Numbers of an axis with their sign, in Vega's words.
_SIGNED: Final = "datum.value === 0 ? '0' : format(datum.value, '+.1f')"


def named(dimension: str, value: str | None, lang: Lang) -> str:
    """A group in words; the small ones under their common name."""
    common = {OTHER: "other", EVERY: "every"}.get(value or "")
    if common is None:
        return groups.word(dimension, value, lang)
    return label(f"report.{common}_reasons" if dimension == "reason" else f"report.{common}", lang)


def of_groups(frame: pl.DataFrame, dimension: str, lang: Lang) -> Picture:
    """Delivery by operator or country."""
    shown = frame.head(_MOST)
    listed = [(named(dimension, name, lang), rate) for name, rate in shown.select(dimension, "rate_confirmed").iter_rows()]
    drawn = charts.delivery_rates(_with_others(shown, dimension, lang), lang=lang, min_sent=1)
    key = {"operator": "operators", "country": "countries"}[dimension]
    return _picture(key, drawn, _listed(f"alt.{key}", [(name, written.share(rate, lang)) for name, rate in listed], lang))


def over_time(frame: pl.DataFrame, unit: Unit, lang: Lang) -> Picture:
    """Delivery by hour, day, week or month."""
    confirmed = frame["rate_confirmed"].drop_nulls().to_list()
    spoken = label(f"report_column.{unit}", lang).lower()
    if confirmed:
        low, high = written.share(min(confirmed), lang), written.share(max(confirmed), lang)
        alt_text = label("report_chart.alt.over_time", lang).format(unit=spoken, low=low, high=high)
    else:
        alt_text = label("report_chart.alt.over_time.unknown", lang).format(unit=spoken)
    drawn = charts.rates_over_time(frame, lang=lang, min_sent=1)
    picture = _picture("over_time", drawn, alt_text)
    picture.spec["height"] = 290
    _mark_times(picture.spec, frame[unit].to_list(), unit)
    return picture


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
            x=alt.X("time:N", sort=list(dict.fromkeys(long["time"])), title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, grid=False)),
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
    axes = [layer["encoding"]["x"]["axis"] for layer in spec["layer"] if layer["encoding"].get("x", {}).get("axis")]
    for axis in axes:
        if unit == "day":
            axis["tickCount"] = {"interval": "day", "step": 1 if len(starts) <= 15 else 2 if len(starts) <= 31 else 7}
        elif unit == "hour" and _on_one_day(starts):
            axis["format"] = "%H:%M"


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
