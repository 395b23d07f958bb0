"""What an outcome and its reason mean, what can be done, and what to answer: texts of `labels/explanations.csv`, chosen for one message.

A text is looked for under `outcome.reason`, then, where the outcome is one that a reason explains, under the reason, then under the outcome.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from sms_analytics.labels import Lang, labels
from sms_analytics.lookup.story import MessageStory

#: Outcomes for which the reason says what to do; of the others the reason is only the last that was heard.
_EXPLAINED_BY_REASON: Final = ("failed", "stopped")


@dataclass(frozen=True)
class Explanation:
    """One message in plain words. `reason` is the canonical reason that explains it, read out of the operator's text where no code gives one."""

    meaning: str
    reason: str | None
    reason_from_text: bool
    why: str | None
    sender_can: str
    recipient_can: str
    answer: str


def explain(message: MessageStory, lang: Lang, values: dict[str, str]) -> Explanation:
    """The texts for a message; `values` are what the answer names: `number`, `sent`, `since`, `operator`."""
    reason = reason_of(message.reason, message.detail)
    outcome = "refused" if message.refused else message.outcome
    opening = labels("answer_opening", lang)[outcome].format(**values)
    return Explanation(
        meaning=labels("explain_outcome", lang)[outcome],
        reason=reason,
        reason_from_text=reason != message.reason,
        why=None if reason is None else _text("explain_reason", lang, f"{message.outcome}.{reason}", reason),
        sender_can=_advice("sender_can", lang, message.outcome, reason),
        recipient_can=_advice("recipient_can", lang, message.outcome, reason),
        answer=f"{opening} {_advice('answer_customer', lang, message.outcome, reason)}",
    )


def reason_of(reason: str | None, detail: str | None) -> str | None:
    """The canonical reason; where none was given, the one that the operator's own text names in a sentence that is known."""
    if reason != "unspecified" or detail is None:
        return reason
    return _telling_texts().get(detail.strip().rstrip(".").casefold(), reason)


@lru_cache(maxsize=1)
def _telling_texts() -> dict[str, str]:
    file = resources.files("sms_analytics") / "reference" / "telling_texts.csv"
    return {row["text"].casefold(): row["reason"] for row in csv.DictReader(file.read_text("utf-8").splitlines())}


def _advice(kind: str, lang: Lang, outcome: str, reason: str | None) -> str:
    keys = [f"{outcome}.{reason}", *([reason] if reason and outcome in _EXPLAINED_BY_REASON else []), outcome]
    return _text(kind, lang, *keys)


def _text(kind: str, lang: Lang, *keys: str) -> str:
    texts = labels(kind, lang)
    return next(texts[key] for key in keys if key in texts)
