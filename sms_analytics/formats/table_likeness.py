"""Whether a table is one of messages: other programs' tables have telephone numbers, times and words for a status too."""

import re
from functools import cache
from typing import Final

import polars as pl

from sms_analytics.events.readings import Context
from sms_analytics.formats.engine import status_words
from sms_analytics.formats.table_headers import EMPTY_CELLS, OWN_COLUMNS, columns_of, key, rows_of

#: Headers that say nothing of messages: other programs' tables have them too.
_COMMON: Final = frozenset(
    (
        "id",
        "uuid",
        "sid",
        "to",
        "number",
        "nummer",
        "nr",
        "destination",
        "receiver",
        "status",
        "state",
        "stat",
        "code",
        "tilstand",
        "destinationaddress",
        *("phone", "telephone", "telefon", "tlf", "mobil", "mobile", "phonenumber", "telefonnummer", "mobilnummer", "mobilenumber"),
        *("created", "createdat", "opprettet", "date", "dato", "time", "tid", "tidspunkt", "updated", "updatedat"),
    )
)
_TELEPHONE: Final = r"^\s*(?:\+|00)?\d[\d\s().\-]{4,20}\d\s*(?:@.*)?$|^\d(?:[.,]\d+)?[eE]\+\d+$"
_SENT: Final = ("sent", "scheduled")
#: A list of anything has the time at which its rows were made.
_MADE: Final = re.compile(r"created|opprettet")


#: An address of e-mail: no telephone number in front of the sign, as gateways from e-mail to SMS have it.
EMAIL: Final = r"^[^@]*[^@\d+\s][^@]*@[^@\s]+\.[^@\s]+$"
#: What only tables of messages say, whatever else stands in them.
_OF_MESSAGES: Final = re.compile(r"sms|melding|message|besked|meddelande|viesti|segment")
_COLUMNS_OF_MESSAGES: Final = frozenset(("message_id", "operator", "mccmnc", "parts", "text", "code_raw", "receipt_requested"))


@cache
def _other_headers() -> dict[str, bool]:
    """Headers of other things than messages, from reference/table_other_headers.csv; true where a list of messages never has them."""
    return {key(row["header"]): row["always"] == "yes" for row in rows_of("table_other_headers.csv")}


def _is_of_other_things(headers: list[str], by_column: dict[str, str]) -> bool:
    """Whether the headers name calls, parcels, payments, and nothing that messages alone have.

    A number of an order may be the reference of a message: it tells only where nothing else does more than what any list of anything has.
    """
    keys = [key(header) for header in headers]
    if any(_OF_MESSAGES.search(one) for one in keys) or _COLUMNS_OF_MESSAGES & {
        name for name, header in by_column.items() if key(header) not in _COMMON
    }:
        return False
    others = [_other_headers()[one] for one in keys if one in _other_headers()]
    return any(others) or (bool(others) and all(key(header) in _COMMON for header in by_column.values()))


def likely(records: pl.DataFrame, context: Context) -> bool:
    """Whether the rows are messages: telephone numbers or messages' ids, beside words for what became of them or a time of sending.

    What the configuration names is believed.
    """
    if context.table.columns or context.table.statuses:
        return True
    by_column: dict[str, str] = {}
    for header, column in columns_of((name for name in records.columns if name not in OWN_COLUMNS), context.table).items():
        by_column.setdefault(column, header)
    if _is_of_other_things([name for name in records.columns if name not in OWN_COLUMNS], by_column):
        return False
    numbers = _filled(records, by_column.get("recipient"))
    mail = numbers.str.contains(EMAIL)
    if len(numbers) and mail.all():
        return False
    numbers = numbers.filter(~mail)
    has_numbers = len(numbers) > 0 and numbers.str.contains(_TELEPHONE).sum() * 2 >= len(numbers)
    named = {column for column, header in by_column.items() if key(header) not in _COMMON}
    whose = has_numbers or ("message_id" in by_column and bool(named & {"message_id", "recipient"}))
    words = _filled(records, by_column.get("status")).unique().to_list()
    meanings = status_words.meanings(words, {})
    known = any(says.status != "unrecognised" for says in meanings)
    spoken = (
        known
        or ("status" in named and any(not word.strip().isdigit() for word in words))
        or (not words and any(column in by_column and not _MADE.search(key(by_column[column])) for column in _SENT))
    )
    if all(key(header) in _COMMON for header in by_column.values()) and not all(says.status != "unrecognised" for says in meanings):
        # Numbers, a time and a status under headings that a list of orders has too, which says `shipped` beside `delivered`.
        return False
    is_id = "message_id" in by_column and known and bool({"sent", "happened", "time", "date", "code_raw", "scheduled"} & set(by_column))
    return (whose and spoken) or is_id


def _filled(records: pl.DataFrame, header: str | None) -> pl.Series:
    if header is None:
        return pl.Series([], dtype=pl.String)
    cells = records[header].drop_nulls().str.strip_chars()
    return cells.filter(~cells.is_in(EMPTY_CELLS))
