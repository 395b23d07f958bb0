"""The tables of a report, out of its figures."""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from sms_analytics.report.data import Figures
from sms_analytics.report.document import Column, Table
from sms_analytics.report.folding import EVERY, OTHER
from sms_analytics.report.pictures import named
from sms_analytics.report.written import Kind
from sms_analytics.text.labels import Lang, label

_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("rate_confirmed", "rate_possible", "rate_answered", "coverage", "share", "share_of_sent", "rate", "rate_before"), "share"),
    "receipts_only_answered": "share",
    **dict.fromkeys(("mix", "silence", "delivery", "effect"), "points"),
    **dict.fromkeys(
        ("operator", "country", "campaign", "reason", "reason_class", "advice", "charge", "gap_cause", "outage_kind", "note", "file", "format"),
        "text",
    ),
    **dict.fromkeys(("first_utc", "last_utc", "outage_first", "outage_last"), "moment"),
    **dict.fromkeys(("hour", "day", "week", "month"), "period"),
    "median_s": "seconds",
    "amount": "money",
}
#: How much wider than a number columns of text want to be.
_WEIGHTS: Final = {
    "operator": 1.7,
    "country": 1.7,
    "campaign": 2.2,
    "reason": 2.4,
    "reason_class": 1.5,
    "advice": 4.2,
    "charge": 2.4,
    "gap_cause": 2.4,
    "outage_kind": 2.4,
}
_WEIGHTS_ALSO: Final = {"file": 3.0, "first_utc": 1.6, "last_utc": 1.6, "outage_first": 1.6, "outage_last": 1.6, "day": 1.6, "hour": 1.8, "note": 1.4}

#: The columns of every table of rates after the group's.
_RATED: Final = ("sent", "delivered", "failed", "no_status", "rate_confirmed", "rate_possible", "coverage")
#: Those that follow where there is some of it: of long messages, and beside all counts.
_SELDOM: Final = ("partly_confirmed", "receipts_only", "receipts_only_answered")


def column(name: str, lang: Lang) -> Column:
    """A column under its heading."""
    weight = (_WEIGHTS | _WEIGHTS_ALSO).get(name, 1.0)
    return Column(label(f"report_column.{name}", lang), _KINDS.get(name, "count"), weight)


def columns(names: Sequence[str], lang: Lang) -> tuple[Column, ...]:
    """Columns under their headings."""
    return tuple(column(name, lang) for name in names)


def of_groups(frame: pl.DataFrame, dimension: str, total: pl.DataFrame, lang: Lang) -> Table:
    """Delivery by operator, country or send-out, with the sum of all as the last row."""
    shown = [*_rated(frame), *(["median_s"] if "median_s" in frame.columns else [])]
    rows = [(named(dimension, row[0], lang), *row[1:]) for row in frame.select(dimension, *shown).rows()]
    last = total.row(0, named=True)
    summed = (label("report.sum", lang), *(last.get(name) for name in shown))
    key = {"operator": "operators", "country": "countries", "campaign": "campaigns"}[dimension]
    with_sum = [*rows, summed] if len(rows) > 1 else rows
    return Table(key, label(f"report_section.{key}", lang), columns((dimension, *shown), lang), tuple(with_sum), total=len(rows) > 1)


def over_time(figures: Figures, lang: Lang) -> Table:
    """Delivery by hour, day, week or month; provisional ones are marked."""
    frame, unit = figures.every_period, figures.unit
    shown = _rated(frame)
    mark = label("report.provisional_mark", lang)
    rows = tuple((*row[:-1], mark if row[-1] else "") for row in frame.select(unit, *shown, "provisional").rows())
    faded = frozenset(number for number, row in enumerate(rows) if row[-1])
    heading = label("report_section.over_time", lang)
    with_note = (unit, *shown, "note") if faded else (unit, *shown)
    return Table("over_time", heading, columns(with_note, lang), tuple(row[: len(with_note)] for row in rows), faded=faded, unit=unit)


def reasons(frame: pl.DataFrame, small: Sequence[str | None], lang: Lang) -> Table:
    """Why messages failed, and what to do about it: the words in which support says it too, so that a customer hears one thing.

    The `small` reasons, which are counted together, follow by name, without numbers.
    """
    shown = ["reason", "messages", "share", *(["refused"] if frame["refused"].sum() else []), "advice"]
    rows = []
    for row in frame.iter_rows(named=True):
        reason = row["reason"]
        values = {
            **row,
            "reason": named("reason", reason or "unspecified", lang),
            "advice": None if reason in (OTHER, EVERY) else _advice(reason, lang),
        }
        rows.append(tuple(values[name] for name in shown))
    nothing = (None,) * (len(shown) - 2)
    each = sorted((named("reason", reason or "unspecified", lang), _advice(reason, lang)) for reason in small)
    rows += [(name, *nothing, advice) for name, advice in each]
    return Table("reasons", label("report_section.reasons", lang), columns(shown, lang), tuple(rows))


def _advice(reason: str | None, lang: Lang) -> str:
    return label(f"sender_can.{reason or 'unspecified'}", lang)


def parts(frame: pl.DataFrame, lang: Lang) -> Table:
    """Messages by their number of parts."""
    partly = ["partly_confirmed"] if frame["partly_confirmed"].sum() else []
    shown = ("parts", "messages", "parts_sum", "sent", "delivered", *partly, "failed", "no_status")
    rows = frame.with_columns(parts_sum=pl.col("parts") * pl.col("messages")).select(shown).rows()
    return Table("parts", label("report_section.parts", lang), columns(shown, lang), tuple(rows))


def premium(frame: pl.DataFrame, lang: Lang) -> Table:
    """Premium messages by what became of the charge."""
    shown = ["charge", "messages", "amount", *(["without_price"] if frame["without_price"].sum() else [])]
    rows = [(label(f"report_charge.{row[0]}", lang), *row[1:]) for row in frame.select(shown).rows()]
    return Table("premium", label("report_section.premium", lang), columns(shown, lang), tuple(rows))


def changes(frame: pl.DataFrame, dimension: str, lang: Lang) -> Table:
    """What each group did to the change of the rate."""
    shown = ("sent_before", "sent", "rate_before", "rate", "mix", "silence", "delivery", "effect")
    rows = [(named(dimension, row[0], lang), *row[1:]) for row in frame.select(dimension, *shown).rows()]
    sums: list[Any] = [frame[name].sum() if frame[name].drop_nulls().len() else None for name in shown]
    sums[2] = sums[3] = None
    summed = (label("report.sum", lang), *sums)
    caption = label("report_section.operators" if dimension == "operator" else "report_section.countries", lang)
    with_sum = (*rows, summed) if len(rows) > 1 else tuple(rows)
    return Table(f"changes_{dimension}", caption, columns((dimension, *shown), lang), with_sum, total=len(rows) > 1)


def gaps(figures: Figures, lang: Lang) -> tuple[Table, ...]:
    """Messages without a status: by operator, by cause, and the times in which no receipts came."""
    by_operator = figures.gaps.filter(pl.col("gaps") > 0)
    shown = ("operator", "gaps", "sent", "share_of_sent", "first_utc", "last_utc")
    rows = tuple((named("operator", row[0], lang), *row[1:]) for row in by_operator.select(shown).rows())
    by_cause = figures.gap_causes.filter(pl.col("gaps") > 0)
    causes = tuple(
        (label(f"gap_cause.{row[0]}", lang) if row[0] else "", *row[1:]) for row in by_cause.select("gap_cause", "gaps", "share_of_sent").rows()
    )
    tables = [
        Table("gaps", label("report_section.operators", lang), columns(shown, lang), rows),
        Table("gap_causes", label("report_column.gap_cause", lang), columns(("gap_cause", "gaps", "share_of_sent"), lang), causes),
    ]
    if figures.outages.height:
        silences = tuple(
            (first, last, label(f"outage_kind.{kind}", lang), bad)
            for first, last, kind, bad in figures.outages.select("start_utc", "end_utc", "kind", "bad").iter_rows()
        )
        heading = label("report_quality.outages", lang)
        tables.append(Table("outages", heading, columns(("outage_first", "outage_last", "outage_kind", "outage_bad"), lang), silences))
    return tuple(tables)


def _rated(frame: pl.DataFrame) -> list[str]:
    return [*_RATED, *(name for name in _SELDOM if frame[name].sum())]
