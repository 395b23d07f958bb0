"""What an outcome and its reason mean, what can be done, and what to answer: texts of `labels/explanations.csv`, chosen for one message.

A text is looked for under `outcome.reason`, then, where the outcome is one that a reason explains, under the reason, then under the outcome.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from sms_analytics.events import codes, reason_texts
from sms_analytics.lookup.story import MessageStory
from sms_analytics.text.labels import Lang, labels
from sms_analytics.vocabulary import ANSWERED_OUTCOMES

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
    """The texts for a message; `values` are what the answer names: `number`, `sent`, `since`, `operator`, `until` and, where there was one, the ends
    of the outage, `first` and `last`.

    Of a message whose deadline passed after the logs ended nothing is said that would hold before it only.
    """
    reason = message.reason
    outcome = "refused" if message.refused else message.outcome
    if message.overdue:
        return _overdue(message, lang, values)
    opening = labels("answer_opening", lang)[outcome].format(**values)
    return Explanation(
        meaning=labels("explain_outcome", lang)[outcome],
        reason=reason,
        reason_from_text=_is_from_text(message),
        why=None if reason is None else _text("explain_reason", lang, f"{message.outcome}.{reason}", reason),
        sender_can=_advice("sender_can", lang, message.outcome, reason),
        recipient_can=_advice("recipient_can", lang, message.outcome, reason),
        answer=" ".join([opening, *_of_outage(message, lang, values), _advice("answer_customer", lang, message.outcome, reason)]),
    )


def _overdue(message: MessageStory, lang: Lang, values: dict[str, str]) -> Explanation:
    def said(part: str) -> str:
        return labels(f"overdue_{part}", lang)[message.outcome].format(**values)

    answer = " ".join([said("opening"), *_of_outage(message, lang, values), said("answer")])
    return Explanation(said("meaning"), message.reason, _is_from_text(message), None, said("sender"), said("recipient"), answer)


def _of_outage(message: MessageStory, lang: Lang, values: dict[str, str]) -> list[str]:
    """The sentence for the customer on the outage that the message's status was due in."""
    if message.outage is None:
        return []
    came = "late" if message.outcome in ANSWERED_OUTCOMES else "missing"
    return [labels("answer_outage", lang)[came].format(**values)]


def _is_from_text(message: MessageStory) -> bool:
    """Whether the message's reason is what the operator's own text says, and no code."""
    if message.reason is None or message.detail is None:
        return False
    by_code = codes.reasons(pl.Series([message.code_system]), pl.Series([message.code_raw]))[0]
    return message.reason not in (by_code, "unspecified") and message.reason == reason_texts.reasons(pl.Series([message.detail]))[0]


def _advice(kind: str, lang: Lang, outcome: str, reason: str | None) -> str:
    keys = [f"{outcome}.{reason}", *([reason] if reason and outcome in _EXPLAINED_BY_REASON else []), outcome]
    return _text(kind, lang, *keys)


def _text(kind: str, lang: Lang, *keys: str) -> str:
    texts = labels(kind, lang)
    return next(texts[key] for key in keys if key in texts)
