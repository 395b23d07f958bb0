"""Sentences that say the same of several files, as one."""

import re
from collections.abc import Iterable
from typing import Final

from sms_analytics.text.labels import Lang
from sms_analytics.text.phrases import phrase

#: So many of the other files are named.
_NAMED: Final = 5
#: What a sentence is about, and what it says of that.
_ABOUT: Final = re.compile(r"(?P<about>[^:]+): (?P<said>.+)", re.DOTALL)


def grouped(sentences: Iterable[str], lang: Lang) -> list[str]:
    """The sentences in their order, each once; those that say the same of several things, their counts aside, as the first with the others named."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for sentence in dict.fromkeys(sentences):
        parts = _ABOUT.fullmatch(sentence)
        key = re.sub(r"\d+", "#", parts["said"].replace(parts["about"], "…")) if parts else sentence
        groups.setdefault(key, []).append((sentence, parts["about"] if parts else ""))
    return [_as_one(group, lang) for group in groups.values()]


def _as_one(group: list[tuple[str, str]], lang: Lang) -> str:
    (first, _), *others = group
    if not others:
        return first
    named = ", ".join(about for _, about in others[:_NAMED])
    more = phrase("and_more", lang, len(others) - _NAMED) if len(others) > _NAMED else ""
    return f"{first} ({phrase('also_for', lang, len(others))}: {named}{more})"
