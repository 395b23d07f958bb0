"""Lines of plain text, read by patterns with named groups.

The patterns are those of polars (the Rust crate `regex`), whose time grows with the length of the line and with nothing else. What that engine cannot
do without looking back, look-around and backreferences, is refused when a pattern is made.
"""

import re
from typing import Final

import polars as pl

#: A named group, in both spellings; a bracket behind a backslash opens none.
_GROUP: Final = re.compile(r"(?<!\\)\(\?P?<([A-Za-z_][\w.\[\]]*)>")
_LOOKS: Final = re.compile(r"(?<!\\)\(\?(?:<?[=!])")


def groups(pattern: str) -> tuple[str, ...]:
    """The names of a pattern's groups, in order."""
    return tuple(_GROUP.findall(pattern))


def check(pattern: str) -> None:
    """Raises `ValueError` that says what to write instead, for a pattern that cannot be used."""
    if _LOOKS.search(pattern):
        raise ValueError("look-around, (?=...) (?!...) (?<=...) (?<!...), is not supported: write what stands there, without a name")
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"not a pattern: {_reason(str(error))}") from None
    if not groups(pattern):
        raise ValueError(r"name what columns are to be filled from, such as id=(?P<id>\w+)")


def _reason(text: str) -> str:
    """What the engine says, on one line."""
    said = re.findall(r"^error: (.+)$", text, re.MULTILINE)
    return said[-1] if said else " ".join(text.split())


def matched(lines: pl.Series, patterns: tuple[str, ...]) -> list[dict[str, str] | None]:
    """The filled named groups of each line by the first pattern that fits it, none where none does."""
    found: list[dict[str, str] | None] = [None] * len(lines)
    rest = pl.DataFrame({"place": pl.Series(range(len(lines)), dtype=pl.Int64), "line": lines.fill_null("")})
    for pattern in patterns:
        fits = rest["line"].str.contains(pattern)
        for place, values in zip(rest["place"].filter(fits), rest["line"].filter(fits).str.extract_groups(pattern), strict=True):
            found[place] = {name: value.strip() for name, value in values.items() if value and value.strip() and not name.isdigit()}
        rest = rest.filter(~fits)
    return found


def count(lines: pl.Series, patterns: tuple[str, ...]) -> int:
    """How many of the lines fit one of the patterns."""
    return sum(fields is not None for fields in matched(lines, patterns))
