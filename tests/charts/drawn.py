"""What charts draw, as their specification and their picture tell it, and messages to draw them of."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import vl_convert

from sms_analytics import charts
from sms_analytics.questions import metrics
from sms_analytics.questions.control_limits import limits
from sms_analytics.questions.waits import latency
from sms_analytics.text.labels import Lang
from tests.messages_table import SUBMITTED, database, message, messages_of, utc

YOUNG = utc("2026-10-28T08:00:00")
MESSAGES = [
    *messages_of(180, operator="Telenor"),
    *messages_of(12, operator="Telenor", outcome="failed", reason="unknown_subscriber", reason_class="permanent", code_raw="1", code_system="map"),
    *messages_of(8, operator="Telenor", outcome="no_status", gap_cause="isolated"),
    *messages_of(60, operator="Telia", submitted_utc=YOUNG),
    *messages_of(5, operator="Telia", outcome="awaiting_status", submitted_utc=YOUNG),
    *messages_of(3, operator="Telia", outcome="failed", reason="absent_subscriber", reason_class="temporary"),
    *messages_of(2, operator="Telia", outcome="failed", refused=True, reason="invalid_number", reason_class="permanent"),
    *messages_of(4, operator=None, country="SE", outcome="out_of_coverage", submitted_utc=SUBMITTED + timedelta(days=7)),
    message(operator=None, country="SE", outcome="stopped", submitted_utc=SUBMITTED + timedelta(days=7)),
    *messages_of(1, operator=None, country="SE", outcome="paused"),
]
RECEIPTS_ONLY = [
    *messages_of(9, feed="west", operator="Ice", submission_missing=True),
    message(feed="west", operator="Ice", submission_missing=True, outcome="failed", reason="unspecified", reason_class="unknown"),
]


PREMIUM = [
    *messages_of(10, price=5.0, charge="premium"),
    *messages_of(2, price=5.0, charge="premium", outcome="failed", operator="Telia"),
    message(price=20.0, charge="premium", outcome="no_status", gap_cause="isolated"),
    message(price=7.0, charge="premium", outcome="failed", refused=True, operator=None),
]
SEND_OUT = [
    *(message(campaign="K40", final_utc=SUBMITTED + timedelta(seconds=seconds)) for seconds in (0, 5, 50, 4000)),
    message(campaign="K40", outcome="failed", final_utc=SUBMITTED + timedelta(seconds=70)),
    message(campaign="K40", outcome="no_status"),
    message(campaign="K40", outcome="stopped"),
]
EVENTS = pl.DataFrame(
    [
        {
            "kind": "receipt",
            "status": "delivered",
            "said_by": "operator",
            "event_utc": utc("2026-10-01T10:05:00"),
            "received_utc": utc("2026-10-01T10:05:40"),
        },
        {"kind": "submission", "status": "submitted", "said_by": "gateway", "event_utc": None, "received_utc": utc("2026-10-01T08:00:02")},
        {
            "kind": "receipt",
            "status": "buffered",
            "said_by": "operator",
            "event_utc": utc("2026-10-01T08:00:00"),
            "received_utc": utc("2026-10-01T08:00:09"),
        },
    ]
).with_columns(detail=pl.lit("Absent subscriber"), code_raw=pl.lit("027"))
CHANGES = pl.DataFrame(
    {
        "operator": ["Telia", "Telenor", None],
        "sent_before": [300, 400, 100],
        "sent": [350, 440, 120],
        "rate_before": [0.75, 0.94, None],
        "rate": [0.92, 0.945, None],
        "change": [0.17, 0.005, None],
        "change_low": [0.12, -0.03, None],
        "change_high": [0.23, 0.03, None],
        "verdict": ["better", "by_chance", None],
        "mix": [-0.002, 0.001, None],
        "silence": [0.005, 0.0, None],
        "delivery": [0.04, -0.001, None],
        "effect": [0.043, 0.0, None],
        "provisional_before": [0, 0, 0],
        "provisional": [3, 0, 0],
    }
)
FUNNEL = pl.DataFrame(
    {
        "operator": ["Telenor", "Telia", "Ice"],
        "sent": [2000, 1000, 50],
        "rate": [0.95, 0.93, 0.8],
        "pooled": [0.94] * 3,
        "low": [0.93, 0.92, None],
        "high": [0.95, 0.96, None],
        "q": [0.6, 0.01, None],
        "verdict": ["by_chance", "worse", "too_little"],
    }
)


def limits_of_days(delivered: list[int]) -> pl.DataFrame:
    """A frame of `control_chart`: 20 messages on each of these days, the last of which is not settled."""
    days = [(utc("2026-10-01T00:00:00") + timedelta(days=number)).date() for number in range(len(delivered))]
    shown = pl.DataFrame({"day": days, "sent": [20] * len(days), "rate": [count / 20 for count in delivered]})
    judged = limits(delivered, [20] * len(days))
    return shown.hstack(judged).with_columns(settled=pl.int_range(pl.len()) < pl.len() - 1)


CONTROL = limits_of_days([18, 19] * 6 + [4, 18])
OUTAGES = pl.DataFrame(
    [("north", utc("2026-10-01T10:00:00"), utc("2026-10-01T14:00:00"), "lost", 40, 40, 0, 1.0, 99.0)],
    schema=["feed", "start_utc", "end_utc", "kind", "messages", "bad", "resolved_later", "loss_share", "score"],
    orient="row",
)
#: Columns of the lines that hatch; where nothing is hatched their data is empty and does not tell.
HATCHING = {"hatch_from", "hatch_to", "hatch_low", "hatch_high", "operator", "country", "group"}
LOADS = pl.DataFrame(
    {
        "path": ["logs/a/access.log", "logs/b/access.log", "logs/broken.log", "logs/empty.log"],
        "records": [1000, 800, 20, 0],
        "accepted": [990, 800, 0, 0],
        "skipped": [10, 0, 0, 0],
        "rejected": [0, 0, 20, 0],
        "unrecognised": [3, 0, 0, 0],
    }
)


def all_charts(db: Any, lang: Lang = "nb") -> dict[str, charts.AnyChart]:
    return {
        "delivery_rates": charts.delivery_rates(metrics.rates(db, "operator"), lang=lang),
        "delivery_rates of all": charts.delivery_rates(metrics.rates(db), lang=lang),
        "delivery_rates by two": charts.delivery_rates(metrics.rates(db, "operator,country"), lang=lang),
        "rates_over_time": charts.rates_over_time(metrics.rates(db, "day"), lang=lang),
        "rates_over_time by one more": charts.rates_over_time(metrics.rates(db, "operator,week"), lang=lang),
        "rates_over_time of hours": charts.rates_over_time(metrics.rates(db, "hour"), lang=lang),
        "outcomes": charts.outcomes(metrics.rates(db, "operator"), lang=lang),
        "outcomes of all": charts.outcomes(metrics.rates(db), lang=lang),
        "reasons": charts.reasons(metrics.reasons(db), lang=lang),
        "reasons by one more": charts.reasons(metrics.reasons(db, "operator"), lang=lang),
        "reasons by class": charts.reasons(metrics.reasons(db, "country,reason_class"), lang=lang),
        "countries": charts.countries(metrics.rates(db, "country"), lang=lang, sort="name"),
        "funnel": charts.funnel(metrics.rates(db, "operator"), lang=lang),
        "hours": charts.hours(metrics.rates(db, "weekday,hour_of_day"), lang=lang),
        "hours of sending": charts.hours(metrics.rates(db, "weekday,hour_of_day"), lang=lang, show="sent"),
        "gaps_over_time": charts.gaps_over_time(metrics.rates(db, "day"), outages=OUTAGES, lang=lang),
        "gaps_over_time by feed": charts.gaps_over_time(metrics.rates(db, "feed,week"), outages=OUTAGES, lang=lang),
        "linked_reasons": charts.linked_reasons(metrics.reasons(db, "operator"), lang=lang),
        "latency": charts.latency(latency(database(SEND_OUT), "operator"), lang=lang),
        "latency_curves": charts.latency_curves(latency(database(SEND_OUT), "operator", curve=True), lang=lang),
        "send_out": charts.send_out(metrics.messages(database(SEND_OUT)), lang=lang),
        "premium": charts.premium(metrics.messages(database(PREMIUM)), lang=lang),
        "timeline": charts.timeline(EVENTS, lang=lang),
        "changes": charts.changes(CHANGES, lang=lang),
        "funnel_plot": charts.funnel_plot(FUNNEL, lang=lang),
        "control_chart": charts.control_chart(CONTROL, lang=lang),
        "control_chart of few days": charts.control_chart(limits_of_days([18, 19, 20]), lang=lang),
        "records": charts.records(LOADS, lang=lang),
    }


def walk(spec: Any) -> Iterator[dict[str, Any]]:
    """Every object of a specification."""
    if isinstance(spec, dict):
        yield spec
        for value in spec.values():
            yield from walk(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from walk(value)


def views(chart: charts.AnyChart) -> Iterator[tuple[dict[str, Any], set[str]]]:
    """Every view with the columns of its data and what its transforms add."""
    spec = chart.to_dict()

    def below(view: dict[str, Any], columns: set[str]) -> Iterator[tuple[dict[str, Any], set[str]]]:
        if "name" in view.get("data", {}):
            columns = set().union(*spec["datasets"][view["data"]["name"]]) or HATCHING
        if "values" in view.get("data", {}):
            columns = set().union(*view["data"]["values"])
        columns = columns | {part["as"] for transform in view.get("transform", []) for part in walk(transform) if "as" in part}
        yield view, columns
        for key in ("layer", "hconcat", "vconcat", "concat"):
            for part in view.get(key, []):
                yield from below(part, columns)
        if "spec" in view:
            yield from below(view["spec"], columns)

    yield from below(spec, set())


def fields(view: dict[str, Any]) -> set[str]:
    encodings = [*walk(view.get("encoding", {})), *walk(view.get("facet", {}))]
    return {part["field"] for part in encodings if "field" in part}


def rows(chart: charts.AnyChart) -> list[dict[str, Any]]:
    """The rows of a chart's data, the lines of its hatching aside."""
    found = [row for data in chart.to_dict()["datasets"].values() for row in data if "hatch_from" not in row]
    return found


def svg(chart: charts.AnyChart) -> str:
    picture: str = vl_convert.vegalite_to_svg(chart.to_json())
    return picture


def said(chart: charts.AnyChart) -> list[str]:
    """The subtitle."""
    title = chart.to_dict()["title"]
    lines: list[str] = title.get("subtitle", [])
    return lines
