"""What headers of tables people call which of our columns: `reference/table_headers.csv`."""

import csv
import re
from functools import cache
from importlib import resources


def header_key(text: str) -> str:
    """A header or a word without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


@cache
def known_headers() -> dict[str, str]:
    """Header (as `header_key` gives it) to our column; the earlier of two is the better one."""
    with resources.files("sms_analytics.events.reference").joinpath("table_headers.csv").open(encoding="utf-8") as file:
        return {header_key(row["header"]): row["column"] for row in csv.DictReader(file)}
