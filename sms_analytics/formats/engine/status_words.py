"""What the status words of portals mean, alone and in whole sentences: `reference/table_statuses.csv`, in five languages.

Words are compared without case, blanks and punctuation. "Meldingen er levert" is "levert" behind an opening (`reference/status_openings.csv`), a time
behind a word is no part of it, and what stands behind a word of failure ("Feilet: telefonen er slått av") says the reason.
"""

import csv
import re
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import polars as pl

from sms_analytics.events import reason_texts
from sms_analytics.vocabulary import REASONS

_TIME_BEHIND: Final = re.compile(r"[\s,;(:–-]+(?:kl\.?\s*|den\s+|at\s+|on\s+)?\d(?:[\d\s.:/-]|kl\.)*\)?$")
#: What stands between a status and why: a sign, or a word for "because" in the languages of portals.
_PARTED: Final = re.compile(
    r"\s*[:;,.(–]\s*|\s+-+\s+|\s+(?:fordi|ettersom|grunnet|på grunn av|pga\.?|because(?: of)?|due to|eftersom|på grund af|på grund av|därför att|koska)\s+",
    re.IGNORECASE,
)
#: Characters of a cell that are looked at: a sentence, not a page.
_LENGTH: Final = 200
#: Only failures are explained by what stands behind them: "delivered, not confirmed" is not delivered.
_EXPLAINED: Final = frozenset(("undelivered", "rejected", "expired", "stopped"))

#: Classes of reasons that do not pass by themselves.
_LASTING: Final = ("permanent", "policy", "sender", "premium", "route")


class Says(NamedTuple):
    """Status, reason and who says it; the last two may be empty."""

    status: str
    reason: str | None = None
    said_by: str | None = None


_UNRECOGNISED: Final = Says("unrecognised")


def key(text: str) -> str:
    """A word without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _rows(name: str) -> list[dict[str, str]]:
    with resources.files("sms_analytics.events.reference").joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def known() -> dict[str, Says]:
    """Every word of the table, as `key` makes it."""
    return {key(row["word"]): Says(row["status"], row["reason"] or None, row["said_by"] or None) for row in _rows("table_statuses.csv")}


@cache
def _openings() -> list[tuple[str, ...]]:
    """The words that a sentence may begin with, the longest opening first."""
    return sorted((tuple(_words(row["opening"])) for row in _rows("status_openings.csv")), key=len, reverse=True)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def meanings(written: list[str], own: dict[str, str]) -> list[Says]:
    """What each of these words says; `own` are words of the configuration and their statuses, which win. `unrecognised` where nothing is known."""
    mine = {key(word): Says(status) for word, status in own.items()}
    return [_meaning(word, known() | mine if mine else known()) for word in written]


def _meaning(written: str, words: dict[str, Says]) -> Says:
    written = written[:_LENGTH]
    found = _sentence(written, words) or _sentence(_TIME_BEHIND.sub("", written), words)
    if found is not None:
        return found
    head, *tail = _PARTED.split(written.strip(), maxsplit=1)
    said = _sentence(head, words) if tail else None
    if said is None or said.status not in _EXPLAINED:
        return _by_reason(written)
    return said._replace(reason=said.reason or reason_texts.reasons(pl.Series(tail))[0])


def _by_reason(written: str) -> Says:
    """What a text says that gives a reason in place of a status. Reasons that pass are none: the operator may still be trying."""
    reason = reason_texts.reasons(pl.Series([written]))[0]
    if reason is None or REASONS[reason] not in _LASTING:
        return _UNRECOGNISED
    return Says("stopped" if reason == "recipient_opted_out" else "undelivered", reason)


def _sentence(text: str, words: dict[str, Says]) -> Says | None:
    """A word of the table, alone or behind an opening."""
    if key(text) in words:
        return words[key(text)]
    parts = _words(text)
    for opening in _openings():
        if len(parts) > len(opening) and tuple(parts[: len(opening)]) == opening:
            rest = "".join(parts[len(opening) :])
            if rest in words:
                return words[rest]
    return None
