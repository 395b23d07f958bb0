"""Many numbers, ids or references at once: for each what became of it, in a line; what went wrong before what went well."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from sms_analytics.database.frames import frame_of
from sms_analytics.lookup import searching
from sms_analytics.lookup.in_words import tone

#: So many are looked up at once.
MOST: Final = 500

_ROWS: Final = """
SELECT message_key, recipient, operator, country, submitted_utc, outcome, reason
FROM messages
WHERE message_key IN (SELECT unnest($keys::VARCHAR[]))
ORDER BY submitted_utc DESC NULLS LAST, message_key
"""
_OF_NUMBERS: Final = "SELECT recipient, list(message_key) AS keys FROM messages WHERE recipient IN (SELECT unnest($numbers::VARCHAR[])) GROUP BY 1"


@dataclass(frozen=True)
class FoundOne:
    """One of those asked for. `messages`: how many there are of it, `failed` of these.

    The other fields are of the newest message that went wrong, else of the newest, and empty where there is none.
    """

    asked: str
    messages: int
    failed: int
    message_key: str | None = None
    recipient: str | None = None
    operator: str | None = None
    submitted_utc: datetime | None = None
    outcome: str | None = None
    reason: str | None = None


def separated(text: str) -> list[str]:
    """What was pasted, one of it a line, or with commas or semicolons between; each once, in its order."""
    parts = (part.strip() for part in re.split(r"[\n\r;,\t]+", text))
    return list(dict.fromkeys(part[:200] for part in parts if part))[:MOST]


def look_up_many(db: duckdb.DuckDBPyConnection, asked: list[str], home_country: str) -> tuple[FoundOne, ...]:
    """One line for each: those with a message that went wrong first, those of which nothing is known last, else in their order."""
    read = {text: searching.read(text, home_country) for text in asked}
    numbers = sorted({one.recipient for one in read.values()})
    known = {row["recipient"]: row["keys"] for row in frame_of(db.sql(_OF_NUMBERS, params={"numbers": numbers})).to_dicts()}
    keys = {text: known.get(one.recipient) or searching.keys(db, one) for text, one in read.items()}
    wanted = sorted({key for some in keys.values() for key in some})
    rows = {row["message_key"]: row for row in frame_of(db.sql(_ROWS, params={"keys": wanted})).to_dicts()}
    place = {key: number for number, key in enumerate(rows)}
    found = [_one(text, [rows[key] for key in sorted(keys[text], key=place.__getitem__)]) for text in asked]
    return tuple(sorted(found, key=lambda one: (one.messages == 0, one.failed == 0)))


def _one(asked: str, rows: list[dict[str, object]]) -> FoundOne:
    wrong = [row for row in rows if tone(str(row["outcome"])) == "bad"]
    told = next(iter([*wrong, *rows]), {})
    shown = {name: value for name, value in told.items() if name != "country"}
    return FoundOne(asked, len(rows), len(wrong), **shown)  # type: ignore[arg-type]  # columns of the query
