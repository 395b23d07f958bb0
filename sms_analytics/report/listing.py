"""The list of messages in a report: one row a message, numbers masked unless asked otherwise, and none where there are too many for a sheet."""

from typing import Final

import polars as pl

from sms_analytics.charts import theme
from sms_analytics.report import written
from sms_analytics.report.document import Column, Messages, Table
from sms_analytics.report.periods import Period
from sms_analytics.report.snapshot import Snapshot
from sms_analytics.report.written import Kind
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.text.masking import masked_messages

_SHOWN: Final[tuple[tuple[str, str, Kind, float], ...]] = (
    ("submitted", "submitted_utc", "moment", 1),
    ("recipient", "recipient", "text", 0.7),
    ("outcome", "outcome", "text", 1),
    ("reason", "reason", "text", 1),
    ("operator", "operator", "text", 0.6),
    ("country", "country", "text", 0.6),
    ("campaign", "campaign", "text", 1),
    ("sender", "sender", "text", 0.7),
    ("final", "final_utc", "moment", 1),
    ("detail", "detail", "text", 3),
    ("client_ref", "client_ref", "text", 0.7),
    ("message_id", "message_id", "text", 0.8),
    ("price", "price", "money", 1),
    ("charge", "charge", "text", 0.6),
)
_SPOKEN: Final = ("reason", "charge")
#: By so much a time that is cut to the minute can seem to lie before the second of sending.
_MINUTE: Final = pl.duration(minutes=1)


def too_many(count: int, most: int, lang: Lang) -> Messages:
    """What stands in the place of the list."""
    lead = label("report_lead.messages.too_many", lang).format(count=written.count(count, lang), most=written.count(most, lang))
    return Messages(lead, None)


def listed(snapshot: Snapshot, period: Period | None, *, masked: bool, lang: Lang) -> Messages:
    """The messages of the period, first submitted first."""
    names = list(dict.fromkeys([*(column for _, column, _, _ in _SHOWN), "message_key", "message_ref", "classed_as", "counted_as"]))
    frame = snapshot.rows(names, period).with_columns(outcome=_in_words(lang), final_utc=_not_before_sent())
    if masked:
        frame = masked_messages(frame)
    words = {name: labels(name, lang) for name in _SPOKEN} | {
        "country": {code: theme.country(code, lang) for code in set(frame["country"].drop_nulls())}
    }
    spoken = frame.with_columns(pl.col(name).replace(known) for name, known in words.items())
    columns = tuple(Column(label(f"report_column.{key}", lang), kind, weight) for key, _, kind, weight in _SHOWN)
    lead = label("report_lead.messages" if masked else "report_lead.messages.open", lang).format(count=written.count(frame.height, lang))
    rows = tuple(spoken.select([column for _, column, _, _ in _SHOWN]).rows())
    return Messages(lead, Table("messages", label("report_section.messages", lang), columns, rows))


def _in_words(lang: Lang) -> pl.Expr:
    """What each message counts as, so that a filter finds as many as the tables say; what is in no count says so."""
    words = labels("outcome", lang) | {name: label(f"column.{name}", lang) for name in ("refused", "without_submission")}
    spoken = pl.col("classed_as").replace_strict(words)
    beside = pl.format(label("report.not_counted", lang).replace("{outcome}", "{}"), spoken)
    return pl.when(pl.col("counted_as").is_null()).then(beside).otherwise(spoken)


def _not_before_sent() -> pl.Expr:
    """When the final status came; where it was written down by the minute, not before the second of sending."""
    final, sent = pl.col("final_utc"), pl.col("submitted_utc")
    return pl.when((final < sent) & (sent - final < _MINUTE)).then(sent).otherwise(final)
