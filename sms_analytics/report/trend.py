"""The chart of page one: what says something at so many messages, days between their limits or weeks, with the outages marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import polars as pl

from sms_analytics.report import pictures, written
from sms_analytics.report.document import Picture
from sms_analytics.report.every_period import Unit
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.zones import local

#: Days of fewer messages swing by chance more than by anything that happened.
ENOUGH_A_DAY: Final = 50
#: A point of fewer is no point.
ENOUGH_A_POINT: Final = 50
#: So many weeks back a short period is set against.
WEEKS: Final = 13
_FEWEST_POINTS: Final = 3


@dataclass(frozen=True)
class Trend:
    """What the chart of page one is drawn from: a frame of `control_chart` or of `rates` by `unit`; `earlier`: it begins before the period."""

    kind: Literal["days", "rates"]
    frame: pl.DataFrame
    unit: Unit
    earlier: bool = False


def chosen(days: pl.DataFrame, over_time: pl.DataFrame, unit: Unit, weeks: pl.DataFrame | None) -> Trend | None:
    """The one that says something: days between limits where there are enough of them, each with enough messages; else the periods of the report
    where they have enough messages; else weeks, those before among them; None where nothing does.
    """
    settled = days.filter("settled") if days.height else days
    if unit in ("day", "week") and settled["low"].count() and float(str(settled["sent"].median())) >= ENOUGH_A_DAY:
        return Trend("days", days, "day")
    if _points(over_time) >= _FEWEST_POINTS and _points(over_time) * 2 >= over_time.height:
        return Trend("rates", over_time, unit)
    if weeks is not None and _points(weeks) >= _FEWEST_POINTS:
        return Trend("rates", weeks, "week", earlier=True)
    return None


def _points(frame: pl.DataFrame) -> int:
    return frame.filter(pl.col("sent") >= ENOUGH_A_POINT).height


def picture(trend: Trend, outages: pl.DataFrame, zone: str, lang: Lang) -> Picture:
    """The chart, with a broken line for each outage within it."""
    found = pictures.of_days(trend.frame, lang) if trend.kind == "days" else pictures.over_time(trend.frame, trend.unit, lang, key="trend")
    starts = trend.frame[trend.unit]
    begin, end = _ends(starts.min(), starts.max(), trend.unit)
    marked = [
        (local(first, zone), local(last, zone), first, last)
        for first, last in outages.select("start_utc", "end_utc").iter_rows()
        if begin <= local(first, zone).replace(tzinfo=None) <= end
    ]
    notes = [*found.notes, *([label("report_chart.earlier", lang)] if trend.earlier else [])]
    if marked:
        _mark(found.spec, [(first, last) for first, last, _, _ in marked])
        spans = "; ".join(written.span(first, last, zone, lang) for _, _, first, last in marked)
        notes.append(label("report_chart.outages", lang).format(spans=spans))
    return Picture(found.key, found.alt, found.spec, tuple(notes))


def _ends(first: Any, last: Any, unit: Unit) -> tuple[datetime, datetime]:
    length = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}[unit]
    begin, end = (datetime.combine(day, datetime.min.time()) if not isinstance(day, datetime) else day for day in (first, last))
    return begin.replace(tzinfo=None), end.replace(tzinfo=None) + length


def _mark(spec: dict[str, Any], spans: Sequence[tuple[datetime, datetime]]) -> None:
    """A broken line from top to bottom in the middle of each outage; their length is told below the chart."""
    values = [{"outage": (first + (last - first) / 2).replace(tzinfo=None).isoformat(timespec="minutes")} for first, last in spans]
    spec["layer"].append(
        {
            "data": {"values": values},
            "mark": {"type": "rule", "strokeDash": [5, 3], "strokeWidth": 2, "color": "#8a4b00"},
            "encoding": {"x": {"field": "outage", "type": "temporal"}},
        }
    )
