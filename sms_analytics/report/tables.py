"""The tables of a report, out of its figures."""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from sms_analytics.report.data import Figures
from sms_analytics.report.document import Column, Table
from sms_analytics.report.group_names import named
from sms_analytics.report.partly import total_rates
from sms_analytics.report.terms import OF_SENT, in_terms
from sms_analytics.report.written import Kind
from sms_analytics.text.labels import Lang, label

_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("rate_confirmed", "rate_possible", "rate_answered", "coverage", "share", "share_of_sent", "rate", "rate_before"), "share"),
    "share_of_gaps": "share",
    **dict.fromkeys(("mix", "silence", "delivery", "partly", "effect"), "points"),
    **dict.fromkeys(
        (
            "operator",
            "country",
            "campaign",
            "account",
            "step",
            "reports",
            "reason",
            "reason_class",
            "advice",
            "charge",
            "gap_cause",
            "outage_kind",
            "note",
            "file",
            "format",
        ),
        "text",
    ),
    **dict.fromkeys(("first_utc", "last_utc", "outage_first", "outage_last"), "moment"),
    **dict.fromkeys(("hour", "day", "week", "month"), "period"),
    "median_s": "seconds",
    **dict.fromkeys(("amount", "cost", "cost_per_message", "cost_per_part", "cost_per_confirmed"), "money"),
    "of_all": "share",
    "of_step": "share",
}
#: How much wider than a number columns of text want to be.
_WEIGHTS: Final = {
    "operator": 1.7,
    "country": 1.7,
    "campaign": 2.2,
    "account": 2.2,
    "step": 2.2,
    "reports": 4.2,
    "reason": 2.4,
    "reason_class": 1.5,
    "advice": 4.2,
    "charge": 2.4,
    "gap_cause": 2.4,
    "outage_kind": 2.4,
}
_WEIGHTS_ALSO: Final = {"file": 3.0, "first_utc": 1.6, "last_utc": 1.6, "outage_first": 1.6, "outage_last": 1.6, "day": 1.6, "hour": 1.8, "note": 1.4}

#: Terms that have a column only where there is some of them.
_SELDOM: Final = frozenset({"partly_confirmed", "waiting", "unrecognised"})
_SHARES: Final = ("rate_confirmed", "rate_possible", "coverage")


def column(name: str, lang: Lang) -> Column:
    """A column under its heading."""
    weight = (_WEIGHTS | _WEIGHTS_ALSO).get(name, 1.0)
    return Column(label(f"report_column.{name}", lang), _KINDS.get(name, "count"), weight)


def columns(names: Sequence[str], lang: Lang) -> tuple[Column, ...]:
    """Columns under their headings."""
    return tuple(column(name, lang) for name in names)


def of_groups(frame: pl.DataFrame, dimension: str, total: pl.DataFrame, lang: Lang) -> Table:
    """Delivery by operator, country or send-out, with the sum of all as the last row."""
    shown = [*_rated(total), *(["median_s"] if "median_s" in frame.columns else [])]
    rows = [(named(dimension, row[0], lang), *row[1:]) for row in in_terms(frame).select(dimension, *shown).rows()]
    last = in_terms(total).row(0, named=True)
    summed = (label("report.sum", lang), *(last.get(name) for name in shown))
    key = {"operator": "operators", "country": "countries", "campaign": "campaigns", "account": "customers"}[dimension]
    with_sum = [*rows, summed] if len(rows) > 1 else rows
    return Table(key, label(f"report_section.{key}", lang), columns((dimension, *shown), lang), tuple(with_sum), total=len(rows) > 1)


def over_time(figures: Figures, lang: Lang) -> Table:
    """Delivery by hour, day, week or month, with the sum of all as the last row; provisional ones are marked."""
    unit = figures.unit
    shown = _rated(figures.total)
    mark, unknown = (label(f"report.{name}", lang) for name in ("provisional_mark", "time_unknown"))
    frame = in_terms(pl.concat([figures.every_period, figures.without_time]))
    rows = [(unknown if row[0] is None else row[0], *row[1:-1], mark if row[-1] else "") for row in frame.select(unit, *shown, "provisional").rows()]
    faded = frozenset(number for number, row in enumerate(rows) if row[-1])
    rows.append((label("report.sum", lang), *in_terms(figures.total).select(shown).row(0), ""))
    heading = label("report_section.over_time", lang)
    with_note = (unit, *shown, "note") if faded else (unit, *shown)
    shown_rows = tuple(row[: len(with_note)] for row in rows)
    return Table("over_time", heading, columns(with_note, lang), shown_rows, total=True, faded=faded, unit=unit)


def reasons(frame: pl.DataFrame, lang: Lang) -> Table:
    """Why messages failed, and what to do about it: the words in which support says it too, so that a customer hears one thing; the sum of all as
    the last row.
    """
    counts = ["failed", "share", *(["refused"] if frame["refused"].sum() else [])]
    counted = frame.rename({"messages": "failed"})
    rows = [
        (named("reason", reason or "unspecified", lang), *figures, _advice(reason, lang))
        for reason, *figures in counted.select("reason", *counts).iter_rows()
    ]
    sums = {"failed": counted["failed"].sum(), "share": 1.0 if counted["failed"].sum() else None, "refused": counted["refused"].sum()}
    with_sum = [*rows, (label("report.sum", lang), *(sums[name] for name in counts), "")] if len(rows) > 1 else rows
    shown = columns(("reason", *counts, "advice"), lang)
    return Table("reasons", label("report_section.reasons", lang), shown, tuple(with_sum), total=len(rows) > 1)


def _advice(reason: str | None, lang: Lang) -> str:
    return label(f"sender_can.{reason or 'unspecified'}", lang)


def parts(frame: pl.DataFrame, lang: Lang) -> Table:
    """Messages by their number of parts."""
    shown = ("parts", "messages", "parts_sum", "sent", *_counts(frame))
    counted = in_terms(frame).with_columns(parts_sum=pl.col("parts") * pl.col("messages")).select(shown)
    rows = [(str(row[0]), *row[1:]) for row in counted.rows()]
    with_sum = [*rows, (label("report.sum", lang), *counted.sum().row(0)[1:])] if len(rows) > 1 else rows
    return Table("parts", label("report_section.parts", lang), columns(shown, lang), tuple(with_sum), total=len(rows) > 1)


def premium(frame: pl.DataFrame, lang: Lang) -> Table:
    """Premium messages by what became of the charge."""
    shown = ["charge", "messages", "amount", *(["without_price"] if frame["without_price"].sum() else [])]
    rows = [(label(f"report_charge.{row[0]}", lang), *row[1:]) for row in frame.select(shown).rows()]
    with_sum = [*rows, (label("report.sum", lang), *frame.select(shown).sum().row(0)[1:])] if len(rows) > 1 else rows
    return Table("premium", label("report_section.premium", lang), columns(shown, lang), tuple(with_sum), total=len(rows) > 1)


def changes(frame: pl.DataFrame, dimension: str, lang: Lang) -> Table:
    """What each group did to the change of the rate, of a frame of `with_partly`, with the sum of all as the last row."""
    partly = ["partly"] if frame["partly"].fill_null(0).abs().sum() else []
    shown = ("sent_before", "sent", "rate_before", "rate", "mix", "silence", "delivery", *partly, "effect")
    rows = [(named(dimension, row[0], lang), *row[1:]) for row in frame.select(dimension, *shown).rows()]
    sums: dict[str, Any] = {name: frame[name].sum() if frame[name].drop_nulls().len() else None for name in shown}
    sums["rate_before"], sums["rate"] = total_rates(frame)
    summed = (label("report.sum", lang), *sums.values())
    caption = label("report_section.operators" if dimension == "operator" else "report_section.countries", lang)
    with_sum = (*rows, summed) if len(rows) > 1 else tuple(rows)
    return Table(f"changes_{dimension}", caption, columns((dimension, *shown), lang), with_sum, total=len(rows) > 1)


def gaps(figures: Figures, lang: Lang) -> tuple[Table, ...]:
    """Messages without a status: by operator, by cause, and the times in which no receipts came. Both have the sum of all as the last row."""
    shown = ("operator", "gaps", "sent", "share_of_sent", "first_utc", "last_utc")
    heads = ["no_status" if name == "gaps" else name for name in shown]
    by_operator = figures.gaps.select(shown)
    rows = [(named("operator", row[0], lang), *row[1:]) for row in by_operator.rows()]
    missing, sent = int(by_operator["gaps"].sum()), int(by_operator["sent"].sum())
    total = label("report.sum", lang)
    if len(rows) > 1:
        rows.append((total, missing, sent, missing / sent if sent else None, by_operator["first_utc"].min(), by_operator["last_utc"].max()))
    by_cause = figures.gap_causes.filter(pl.col("gaps") > 0).with_columns(share_of_gaps=pl.col("gaps") / pl.col("gaps").sum())
    causes = [
        (label(f"gap_cause.{row[0]}", lang) if row[0] else "", *row[1:]) for row in by_cause.select("gap_cause", "gaps", "share_of_gaps").rows()
    ]
    if len(causes) > 1:
        causes.append((total, by_cause["gaps"].sum(), 1.0))
    heading = label("report_column.gap_cause", lang)
    tables = [
        Table("gaps", label("report_section.operators", lang), columns(heads, lang), tuple(rows), total=len(rows) > 1),
        Table("gap_causes", heading, columns(("gap_cause", "no_status", "share_of_gaps"), lang), tuple(causes), total=len(causes) > 1),
    ]
    if figures.outages.height:
        silences = tuple(
            (first, last, label(f"outage_kind.{kind}", lang), bad)
            for first, last, kind, bad in figures.outages.select("start_utc", "end_utc", "kind", "bad").iter_rows()
        )
        heading = label("report_quality.outages", lang)
        tables.append(Table("outages", heading, columns(("outage_first", "outage_last", "outage_kind", "outage_bad"), lang), silences))
    return tuple(tables)


def _rated(total: pl.DataFrame) -> list[str]:
    """The columns of a table of rates after the group's: the counts that add up, the shares of them, and what is in none of these."""
    return ["sent", *_counts(total), *_SHARES, *(["receipts_only"] if total["receipts_only"].sum() else [])]


def _counts(frame: pl.DataFrame) -> list[str]:
    sums = in_terms(frame).select(OF_SENT).sum().row(0, named=True)
    return [name for name in OF_SENT if name not in _SELDOM or sums[name]]
