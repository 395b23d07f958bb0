"""Values that may be kept whatever field they stand in: numbers, times, very short codes, and the words and codes of statuses.

Anything else that no documentation and no configuration names can be somebody's message or somebody's secret, and is masked.
"""

import csv
import re
from functools import cache
from importlib import resources
from typing import Final

import polars as pl

from sms_analytics.events.readings import MASK
from sms_analytics.vocabulary import CHARGE_STATUSES, STATUSES

#: Up to six digits anyhow, longer ones without leading zeros: with them a number can be letters in UCS-2.
_NUMBER: Final = r"[+-]?(?:\d{1,6}|[1-9]\d{0,18})(?:[.,]\d{1,9})?"
#: `K40`, `b7`: as short a code holds neither a word nor a secret.
_CODE: Final = r"[A-Za-z]{1,2}\d{1,3}"
_CLOCK: Final = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?"
_ZONE: Final = r"(?: ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY: Final = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
_DATE: Final = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})|{_WEEKDAY}\d{{1,2}} {_MONTH} \d{{4}}|\d{{8}})"
)
_WEB: Final = rf"\[?\d{{2}}/{_MONTH}/\d{{4}}:\d{{2}}:\d{{2}}:\d{{2}}(?: [+-]\d{{4}})?\]?"
_TIME: Final = rf"(?:{_DATE}(?:(?:T|,? |, ?kl\.? )(?:{_CLOCK}|\d{{6}}))?{_ZONE}|{_CLOCK}{_ZONE}|{_WEB})"
#: How programs write that there is nothing, or yes or no.
_NOTHING: Final = ("", "-", "null", "none", "nil", "nan", "n/a", "#n/a", "\\n", "true", "false", MASK)
#: Methods of requests and levels of lines.
_PROGRAM: Final = (
    "GET",
    "POST",
    "PUT",
    "HEAD",
    "PATCH",
    "TRACE",
    "DEBUG",
    "INFO",
    "NOTICE",
    "WARN",
    "WARNING",
    "ERROR",
    "CRITICAL",
    "stdout",
    "stderr",
)
_VALUE: Final = rf"(?:{_NUMBER}|{_CODE}|{_TIME})"
_IS_VALUE: Final = re.compile(_VALUE)
#: Longer texts are neither a number nor a time.
_LONGEST: Final = 48

#: The notations of `log_times.OTHERS`.
_OTHER_CLOCKS: Final = (
    rf"(?:\d{{4}}/\d\d/\d\d|\d\d[/-]{_MONTH}[/-]\d{{4}}|\d\d\.\d\d\.\d{{4}},?) \d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?(?: UTC)?\]?"
    rf"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} +\d\d? \d\d:\d\d:\d\d(?:\.\d{{1,9}})? \d{{4}}\]?"
)
#: A time that a line begins with, and the level behind it, perhaps in brackets.
_BEGINNING: Final = re.compile(
    rf"\W{{0,4}}(?:(?:\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?(?: ?(?:Z|[+-]\d\d:?\d\d))?|{_WEB}|{_OTHER_CLOCKS})(?![0-9A-Za-z])\]?)?"
    r"(?:\W{0,4}(?i:trace|debug|info|notice|warn|warning|error|err|critical|crit|fatal)\b)?"
)
_WORD: Final = re.compile(r"[^\W_]")
_WEB_TIME: Final = re.compile(rf"\[\d{{2}}/{_MONTH}/\d{{4}}[: ]\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,9}})?(?: [+-]\d{{4}})?\]")


def _column(file: str, name: str) -> list[str]:
    with resources.files("sms_analytics.events.reference").joinpath(file).open(encoding="utf-8") as opened:
        return [row[name] for row in csv.DictReader(opened)]


@cache
def words() -> frozenset[str]:
    """Case-folded words and codes of statuses (reference/table_statuses.csv, reference/codes.csv, ours), and how programs write nothing."""
    written = (*_column("table_statuses.csv", "word"), *_column("codes.csv", "code"), *STATUSES, *CHARGE_STATUSES)
    return frozenset(word.casefold() for word in (*written, *_NOTHING, *_PROGRAM))


def is_harmless(text: str) -> bool:
    """Whether a value may be kept though nothing is known of its field."""
    if len(text) <= _LONGEST and _IS_VALUE.fullmatch(text):
        return True
    stripped = text.strip()
    return stripped.casefold() in words() or (stripped != text and len(stripped) <= _LONGEST and _IS_VALUE.fullmatch(stripped) is not None)


def kept(values: pl.Series) -> pl.Series:
    """The values with all that is not harmless masked; few different ones stand in most columns, but a column may be all different."""
    text = pl.col("value")
    stripped = text.str.strip_chars()
    safe = stripped.str.contains(rf"^{_VALUE}$") & (stripped.str.len_chars() <= _LONGEST)
    frame = values.to_frame("value").with_columns(safe=safe)
    doubtful = frame.filter(~pl.col("safe"))["value"].unique().drop_nulls()
    fine = [value for value in doubtful if value.strip().casefold() in words()] if len(doubtful) else []
    return frame.select(pl.when(text.is_null() | pl.col("safe") | text.is_in(fine)).then(text).otherwise(pl.lit(MASK))).to_series().alias(values.name)


def beginning(before: str) -> str:
    """What may be kept of the words in front of a record: the line's time and level; the rest masked."""
    if not before:
        return before
    found = _BEGINNING.match(before)
    end = found.end() if found else 0
    return before if _WORD.search(before, end) is None else f"{before[:end]}{' ' if end else ''}{MASK} "


def beginning_alone(line: str) -> str:
    """The time and level that a line begins with, and a blank; empty where it begins with neither."""
    found = _BEGINNING.match(line)
    return f"{found[0].strip()} " if found and found[0].strip() else ""


def ending(after: str) -> str:
    """What stands behind a record: its punctuation, or a mask."""
    return after if _WORD.search(after) is None else f" {MASK}"


def web_time(line: str) -> str:
    """The time in a web server's line in its brackets, else the one that it begins with, with a blank behind it; empty where it has none."""
    found = _WEB_TIME.search(line)
    if found is not None:
        return f"{MASK} {found[0]} "
    return beginning_alone(line)
