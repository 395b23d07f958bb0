"""One phone number in every spelling: found in all texts of a database, masked where it stands in somebody else's, and proved to be gone.

Spellings: `+47`, `0047`, `tel:`, `whatsapp:`, `;ext=`, national, with blanks, hyphens, dots and brackets, percent-encoded, escaped in JSON, in
fullwidth digits. Digits inside a longer number or a word are another number, or none.
"""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from sms_analytics.errors import DatabaseError
from sms_analytics.events import recipients
from sms_analytics.events.readings import MASK

#: How a digit is written: as it is, encoded, escaped, in full width.
_DIGIT: Final = r"(?:{0}|%3{0}|%EF%BC%9{0}|\\u003{0}|\\uff1{0}|{1})"
_SEPARATOR: Final = r"(?:[ \t().\-\x{A0}\x{AD}\x{2000}-\x{200F}\x{2010}-\x{2015}\x{202F}\x{2060}\x{2212}\x{3000}\x{FEFF}]|%20|%C2%A0|\\u00a0)"
_PLUS: Final = r"(?:\+|%2B|\x{FF0B}|\\u002b|\\uff0b)"
#: What may stand before and behind a number. An escape ends in what could be taken for a part of it.
_BEFORE: Final = r"(^|[^\p{L}\p{Nd}%\\]|%(?:[0-24-9A-F][0-9A-F]|3[A-F])|\\[nrt]|\\u00[0-9a-f]{2})"
_BEHIND: Final = r"($|[^\p{L}\p{Nd}%\\]|%(?:[0-24-9A-F][0-9A-F]|3[A-F])|\\[nrt\"\\]|\\u00[0-9a-f]{2})"

#: Columns that say whose an event is: where the number stands there, the event goes.
_WHOSE: Final = ("recipient", "sender", "message_id", "message_ref")
_STEP: Final = 1 << 24
#: Longer than any spelling.
_OVERLAP: Final = 1 << 12


class Number:
    """One number, with the patterns that find it. `text` is E.164."""

    def __init__(self, text: str, home_country: str) -> None:
        code, national, trunk = recipients.parts(text, home_country)
        self.digits = text.removeprefix("+")
        between = f"{_SEPARATOR}{{0,3}}"
        abroad = f"(?:{_PLUS}|{between.join([_digit('0')] * 2)})?{between}{_spelled(code, between)}{between}(?:\\(0\\){between})?"
        home = f"(?:{abroad}|{_spelled(trunk, between)}{between})?" if trunk else f"(?:{abroad})?"
        core = f"{home if national != self.digits else ''}{_spelled(national, between)}"
        self.pattern = f"(?i){_BEFORE}{_PLUS}?{core}{_BEHIND}"
        # Letters and digits around it make it another number; DuckDB may write any byte beside a text.
        plain = rf"(?:\+|00)?(?:{code})?{national}" if national != self.digits else rf"(?:\+|00)?{national}"
        self._bytes = re.compile(rf"(?<![0-9A-Za-z]){plain}(?![0-9A-Za-z])".encode())

    def places(self, connection: duckdb.DuckDBPyConnection) -> int:
        """In how many values of all tables the number stands."""
        return sum(self._in_column(connection, table, column) for table, column, _ in _texts(connection))

    def leaving(self) -> str:
        """An SQL condition: events to or from the number, or that carry it in what names their message."""
        return " OR ".join(f"regexp_matches({column}, $pattern)" for column in _WHOSE)

    def mask(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Masks the number wherever it still stands; returns in how many values."""
        masked = 0
        for table, column, is_list in _texts(connection):
            count = self._in_column(connection, table, column)
            if count:
                value = "one" if is_list else f"{column}::VARCHAR"
                # Two numbers side by side share what stands between them.
                twice = f"regexp_replace(regexp_replace({value}, $pattern, $mask, 'g'), $pattern, $mask, 'g')"
                connection.execute(
                    f"UPDATE {table} SET {column} = {f'[{twice} FOR one IN {column}]' if is_list else twice} "
                    f"WHERE regexp_matches({column}::VARCHAR, $pattern)",
                    {"pattern": self.pattern, "mask": rf"\1{MASK}\2"},
                )
                masked += count
        return masked

    def others(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Events in which the digits stand inside a longer number: an id that only looks like it."""
        ((count,),) = connection.execute(
            "SELECT count(*) FROM events WHERE contains(concat_ws(' ', raw, client_ref, message_ref, message_id, detail, extra), $digits)",
            {"digits": self.digits},
        ).fetchall()
        return int(count)

    def check(self, file: Path) -> None:
        """Searches a closed database, its values and its bytes; raises `DatabaseError` where the number still stands in it."""
        with duckdb.connect(str(file), read_only=True) as connection:
            left = self.places(connection)
        if left or any(self._in_bytes(file)):
            told = "the number could not be taken out of every place; nothing was changed. This is a fault of ours: report it"
            raise DatabaseError(f"{file.name}: {told}")

    def _in_column(self, connection: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
        found = connection.execute(f"SELECT count(*) FROM {table} WHERE regexp_matches({column}::VARCHAR, $pattern)", {"pattern": self.pattern})
        ((count,),) = found.fetchall()
        return int(count)

    def _in_bytes(self, file: Path) -> Iterator[bool]:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for start in range(0, len(content), _STEP):
                yield self._bytes.search(content, max(0, start - _OVERLAP), min(len(content), start + _STEP + _OVERLAP)) is not None


def _digit(digit: str) -> str:
    return _DIGIT.format(digit, chr(0xFF10 + int(digit)))


def _spelled(digits: str, between: str) -> str:
    return between.join(map(_digit, digits))


def _texts(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, bool]]:
    """Table and column, quoted, of every column of text, and whether it holds lists."""
    rows = connection.execute(
        """
        SELECT table_name, column_name, data_type LIKE '%[]'
        FROM duckdb_columns()
        JOIN duckdb_tables() USING (database_oid, schema_oid, table_oid, table_name)
        WHERE data_type IN ('VARCHAR', 'JSON', 'VARCHAR[]') AND NOT duckdb_tables.internal AND NOT temporary
            AND duckdb_tables.database_name = current_database()
        ORDER BY table_oid, column_index
        """
    ).fetchall()
    return [(f'"{table}"', f'"{column}"', is_list) for table, column, is_list in rows]
