"""Feeds whose messages are in no count: those without any submission, and those that may tell of the same messages until that is settled."""

import re
from collections.abc import Iterable
from typing import Final

import duckdb

from sms_analytics.text.labels import Lang, label

#: Their names, as SQL. A column that an older file does not have is empty.
APART: Final = """
SELECT feed
FROM (SELECT false AS undecided, false AS receipts_only WHERE false UNION ALL BY NAME SELECT * FROM feeds)
WHERE receipts_only OR undecided
"""

_UNDECIDED: Final = """
SELECT feed, answers_evidence
FROM (SELECT false AS undecided, NULL::VARCHAR AS answers_evidence WHERE false UNION ALL BY NAME SELECT * FROM feeds)
WHERE undecided
ORDER BY feed
"""

#: What the resolver writes into a feed's evidence: the line of configuration that joins it with another one.
_LINE: Final = re.compile(r"\[feeds\.[^\n]+?\] answers = \[[^\]\n]*\]")


def undecided(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The feeds that may tell of the same messages, each with the line of configuration that settles it; empty text where none is known."""
    return {feed: line_of(evidence) for feed, evidence in db.cursor().execute(_UNDECIDED).fetchall()}


def line_of(evidence: str | None) -> str:
    """The line of configuration in what is known of a feed; empty text where there is none."""
    found = _LINE.search(evidence or "")
    return found.group() if found else ""


def settled_by(lines: Iterable[str], lang: Lang) -> str:
    """What to do about it, in words, each line once; empty text where no line is known."""
    return " ".join(label("note.settled_by", lang).format(line=line) for line in dict.fromkeys(lines) if line)
