"""The groups of a report in words, the small ones under their common name."""

from sms_analytics.charts import groups
from sms_analytics.report.folding import EVERY, OTHER
from sms_analytics.text.labels import Lang, label


def named(dimension: str, value: str | None, lang: Lang) -> str:
    """A group in words; the small ones under their common name."""
    common = {OTHER: "other", EVERY: "every"}.get(value or "")
    if common is None:
        return groups.word(dimension, value, lang)
    return label(f"report.{common}_reasons" if dimension == "reason" else f"report.{common}", lang)
