"""The tables that only some reports have: customers by month, one send-out's way, costs, what operators report, numbers to take off."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import polars as pl

from sms_analytics.charts import theme
from sms_analytics.report import written
from sms_analytics.report.document import Column, Messages, Table
from sms_analytics.report.folding import MOST
from sms_analytics.report.group_names import named
from sms_analytics.report.tables import columns
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.text.masking import masked_column

#: A page has room for so many months beside each other.
_MOST_MONTHS: Final = 12
#: Statuses that a reader can make something of, among those that operators report.
_REPORTED: Final = ("delivered", "undelivered", "expired", "rejected", "buffered")
_NUMBERS: Final = (
    *("recipient", "reason", "failed", "first_failed_utc", "last_failed_utc", "last_arrived_utc"),
    *("operator", "country", "account"),
)


def months(frame: pl.DataFrame, lang: Lang) -> tuple[Table, ...]:
    """Customers by month: sent messages, and the share of them that is confirmed. Of more than twelve months the last ones."""
    starts = frame["month"].unique().sort().to_list()[-_MOST_MONTHS:]
    if len(starts) < 2:
        return ()
    shown = frame.filter(pl.col("month").is_in(starts))
    names = (
        shown.group_by("account")
        .agg(pl.col("sent").sum())
        .sort("sent", "account", descending=[True, False], nulls_last=True)["account"]
        .to_list()[:MOST]
    )
    return (_by_month(shown, names, starts, "sent", lang), _by_month(shown, names, starts, "rate_confirmed", lang))


def _by_month(frame: pl.DataFrame, names: Sequence[str | None], starts: Sequence[date], value: str, lang: Lang) -> Table:
    cells = {(account, month): figure for account, month, figure in frame.select("account", "month", value).iter_rows()}
    rows: list[tuple[Any, ...]] = [(named("account", name, lang), *(cells.get((name, month)) for month in starts)) for name in names]
    if value == "sent":
        rows = [(name, *(count or 0 for count in counts), sum(count or 0 for count in counts)) for name, *counts in rows]
    sums = frame.group_by("month").agg(pl.col("sent").sum(), pl.col("delivered").sum())
    total = {month: (sent, delivered / sent if sent else None) for month, sent, delivered in sums.iter_rows()}
    last = [total[month][0 if value == "sent" else 1] for month in starts]
    everything = [sum(count or 0 for count in last)] if value == "sent" else []
    kind: written.Kind = "count" if value == "sent" else "share"
    heads = [Column(_short(month, lang), kind) for month in starts]
    sum_head = [Column(label("report.sum", lang), kind)] if value == "sent" else []
    rows.append((label("report.sum", lang), *last, *everything))
    caption = label(f"report_section.customers_{value}", lang)
    return Table(f"customers_{value}", caption, (*columns(("account",), lang), *heads, *sum_head), tuple(rows), total=True)


def _short(month: date, lang: Lang) -> str:
    """A month in three letters and its year: a whole name is wider than its figures."""
    text = theme.period_text("month", month, lang)
    return f"{text[:3]} {month.year}"


def funnel(steps: Sequence[tuple[str, int]], lang: Lang) -> Table:
    """How many messages came how far, as shares of all and of the step before."""
    rows = []
    before = steps[0][1]
    for name, count in steps:
        rows.append((name, count, count / steps[0][1] if steps[0][1] else None, count / before if before else None))
        before = count
    return Table("funnel", label("report_section.funnel", lang), columns(("step", "messages", "of_all", "of_step"), lang), tuple(rows))


def costs(frame: pl.DataFrame, lang: Lang) -> Table:
    """What sending cost by send-out, with the sum of all as the last row."""
    shown = ("priced", "cost_parts", "cost", "cost_per_message", "cost_per_part", "cost_per_confirmed")
    *each, total = [(named("campaign", row[0], lang), *row[1:]) for row in frame.select("campaign", *shown).rows()]
    rows = [*each, (label("report.sum", lang), *total[1:])] if len(each) > 1 else each
    return Table("costs", label("report_section.costs", lang), columns(("campaign", *shown), lang), tuple(rows), total=len(each) > 1)


def capabilities(frame: pl.DataFrame, minimum: int, lang: Lang) -> Table:
    """Which statuses each operator ever reported about these messages, and which it never did: that is not the same as 0. Of fewer messages than the
    minimum nothing can be said.
    """
    words = labels("status", lang)
    rows = []
    for row in frame.filter(pl.col("messages") >= minimum).iter_rows(named=True):
        reports, never = ([words[status] for status in _REPORTED if (row[status] is not None) is known] for known in (True, False))
        name = named("operator", row["operator"], lang)
        where = theme.country(row["country"], lang) if row["country"] else label("chart.unknown_country", lang)
        rows.append((f"{name} ({where})", row["messages"], ", ".join(reports) or written.NOTHING, ", ".join(never) or written.NOTHING))
    heads = columns(("operator", "messages"), lang)
    said = [Column(label(f"report_column.{name}", lang), "text", 3.0) for name in ("reports", "never_reports")]
    return Table("capabilities", label("report_section.capabilities", lang), (*heads, *said), tuple(rows))


def unreachable(frame: pl.DataFrame, *, masked: bool, most: int, lang: Lang) -> Messages:
    """The numbers to take off the lists."""
    shown = frame.head(most)
    recipients = masked_column(shown["recipient"]) if masked else shown["recipient"]
    reasons = labels("reason", lang)
    spoken = shown.with_columns(
        recipients.alias("recipient"),
        pl.col("reason").replace(reasons),
        pl.col("country").replace({code: theme.country(code, lang) for code in set(shown["country"].drop_nulls())}),
    )
    heads = tuple(
        Column(label(f"report_column.{name}", lang), "count" if name == "failed" else "moment" if name.endswith("_utc") else "text", 1)
        for name in _NUMBERS
    )
    lead = label("report_lead.unreachable" if masked else "report_lead.unreachable.open", lang).format(count=written.count(frame.height, lang))
    table = Table("unreachable", label("report_section.unreachable", lang), heads, tuple(spoken.select(_NUMBERS).rows()))
    return Messages(lead, table if frame.height else None)
