"""From what somebody typed to the messages that can be meant, and to similar numbers where there are none."""

import re
from dataclasses import dataclass
from string import digits, hexdigits
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics.events import recipients
from sms_analytics.lookup.story import Loaded, Near

#: So many similar numbers are named.
NEAR_SHOWN: Final = 10

#: Ids as text are compared without letter case and leading zeros, as the resolver does; one scan answers for numbers and references too.
_KEYS: Final = """
SELECT DISTINCT message_key
FROM events
WHERE recipient = $recipient
    OR client_ref = $asked
    OR message_ref = $asked
    OR message_key = $asked
    OR plain_id(message_id) IN ({ids})
"""

_NEAR: Final = """
SELECT recipient, count(*)::BIGINT AS messages, max(submitted_utc) AS last_utc, count(*) OVER () AS found
FROM messages
WHERE {condition}
GROUP BY recipient
ORDER BY last_utc DESC NULLS LAST, recipient
LIMIT $most
"""

_SCIENTIFIC: Final = re.compile(r"\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})", re.ASCII)
#: Fewer digits are no number, more are none that exists.
_TYPED_LENGTHS: Final = range(6, 19)


@dataclass(frozen=True)
class Asked:
    """What was typed, and the recipient that it reads as; `country` is empty where it is no whole number."""

    text: str
    recipient: str
    country: str | None
    home_country: str

    @property
    def is_cut(self) -> bool:
        """Is it a number whose last digits Excel has taken away (`4,74E+09`)?"""
        return _cut_range(self.text) is not None


def read(text: str, home_country: str) -> Asked:
    """`text` as somebody typed it, in any spelling."""
    return Asked(text, *recipients.one(text, home_country), home_country)


def keys(db: duckdb.DuckDBPyConnection, asked: Asked) -> list[str]:
    """The messages with that recipient, id (in any case or base), reference or key."""
    # Written out one by one: a list of them would be joined, which takes twice as long.
    ids = {f"id_{number}": form for number, form in enumerate(_id_forms(asked.text))}
    query = _KEYS.format(ids=", ".join(f"${name}" for name in ids) or "NULL")
    return [key for (key,) in db.execute(query, {"asked": asked.text, "recipient": asked.recipient} | ids).fetchall()]


def _id_forms(asked: str) -> list[str]:
    """The id without letter case and leading zeros, as it stands, as decimal of the hexadecimal that it may be, and the other way round."""
    if re.search(r"[+\s]", asked):
        # Phone numbers are written so, ids are not.
        return []
    plain = asked.lower().lstrip("0") or "0"
    forms = {plain}
    if all(sign in hexdigits for sign in plain):
        forms.add(str(int(plain, 16)))
    if plain.isascii() and plain.isdigit():
        forms.add(f"{int(plain):x}")
    return sorted(forms)


def near(db: duckdb.DuckDBPyConnection, asked: Asked) -> tuple[tuple[Near, ...], int]:
    """The loaded recipients that can be meant, the newest message first, and how many there are: `NEAR_SHOWN` of them or fewer are named.

    Where Excel has cut the number: all that it can have been. Else those that differ by one digit (wrong, missing or one too many) or by two
    neighbours that have changed places.
    """
    cut = _cut_range(asked.text)
    if cut is not None:
        first, last = (recipients.one(str(end), asked.home_country)[0] for end in cut)
        return _recipients(db, "recipient BETWEEN $first AND $last AND length(recipient) = length($first)", {"first": first, "last": last})
    similar = _similar(asked)
    return _recipients(db, "recipient IN (SELECT unnest($similar::VARCHAR[]))", {"similar": similar}) if similar else ((), 0)


def _recipients(db: duckdb.DuckDBPyConnection, condition: str, parameters: dict[str, Any]) -> tuple[tuple[Near, ...], int]:
    rows = db.execute(_NEAR.format(condition=condition), parameters | {"most": NEAR_SHOWN}).fetchall()
    return tuple(Near(*row[:-1]) for row in rows), rows[0][-1] if rows else 0


def _cut_range(text: str) -> tuple[int, int] | None:
    """The first and the last number that Excel would show as this text, where it shows fewer digits than the number has."""
    match = _SCIENTIFIC.fullmatch(text.strip())
    if match is None:
        return None
    shown = match[1] + (match[2] or "")
    hidden = int(match[3]) + 1 - len(shown)
    if hidden <= 0 or int(match[3]) + 1 not in _TYPED_LENGTHS:
        return None
    # Excel rounds: 4,74E+09 stands for 4735000000 and up, and for less than 4745000000.
    step = 10**hidden
    middle = int(shown) * step
    return middle - step // 2, middle + step // 2 - 1


def _similar(asked: Asked) -> list[str]:
    """Recipients that are one slip of the finger away from what was typed."""
    sign = "+" if asked.text.lstrip().startswith("+") else ""
    typed = re.sub(r"\D", "", asked.text, flags=re.ASCII)
    if len(typed) not in _TYPED_LENGTHS or re.search(r"[^\W\d_]", asked.text):
        return []
    slips = pl.Series(sorted({sign + slip for slip in _slips(typed)}), dtype=pl.String)
    found = recipients.read(slips, asked.home_country)
    return found.filter(pl.col("country").is_not_null() & (pl.col("recipient") != asked.recipient))["recipient"].unique().sort().to_list()


def _slips(typed: str) -> set[str]:
    """One digit wrong, one too many, one missing, two neighbours swapped."""
    heads = [(typed[:cut], typed[cut:]) for cut in range(len(typed) + 1)]
    wrong = {head + digit + tail[1:] for head, tail in heads if tail for digit in digits}
    too_many = {head + tail[1:] for head, tail in heads if tail}
    missing = {head + digit + tail for head, tail in heads for digit in digits}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in heads if len(tail) > 1}
    return wrong | too_many | missing | swapped


def loaded(db: duckdb.DuckDBPyConnection) -> Loaded:
    """What the database holds."""
    ((messages, first, last),) = db.execute("SELECT count(*), min(submitted_utc), max(submitted_utc) FROM messages").fetchall()
    feeds = tuple(feed for (feed,) in db.execute("SELECT feed FROM feeds ORDER BY feed").fetchall())
    return Loaded(messages, first, last, feeds)
