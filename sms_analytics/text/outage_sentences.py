"""An outage in one sentence, for the terminal and for whoever else tells of it."""

from collections.abc import Mapping
from typing import Any

from sms_analytics.text import output
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.phrases import phrase


def outage_sentence(outage: Mapping[str, Any], feed: str, zone: str, lang: Lang) -> str:
    """A row of `outages` in words; `feed` is what its feed is called."""
    first, last = (output.local_time(outage[end], zone) for end in ("start_utc", "end_utc"))
    kind = output.in_a_sentence(label(f"outage_kind.{outage['kind']}", lang))
    return phrase("outage", lang, feed, outage["bad"], first, last, zone, kind)
