"""The headers of tables: which column of ours each one is, and what is told of those that nothing is known of."""

import csv
from collections.abc import Iterable
from importlib import resources
from typing import Final

import polars as pl

from sms_analytics.config import TableConfig
from sms_analytics.errors import ConfigError, FormatMismatchError
from sms_analytics.events.readings import Context
from sms_analytics.events.table_headers import header_key, known_headers

#: Columns that `reading/tables.py` adds to the table's own.
OWN_COLUMNS: Final = ("record_no", "line", "fault")
#: How exports write that a cell is empty.
EMPTY_CELLS: Final = ["", "-", "NULL", "null", "\\N", "None", "NaN", "nan", "N/A", "n/a", "#N/A"]


key: Final = header_key
headers: Final = known_headers


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one of the tables in `events/reference/`."""
    with resources.files("sms_analytics.events.reference").joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def columns_of(written: Iterable[str], config: TableConfig) -> dict[str, str]:
    """Which of our columns each header stands for (`text` perhaps several times). The configuration comes first, then the better synonym.

    Raises `ConfigError` for a column in `[table.columns]` that is none of ours.
    """
    known = headers()
    ours = dict.fromkeys(known.values())
    for name in config.columns:
        if name not in ours:
            raise ConfigError(f"[table.columns] {name}: no such column; accepted are: {', '.join(ours)}")
    configured = {key(header): column for column, header in config.columns.items()}
    order = {key: rank for rank, key in enumerate(known)}
    found: dict[str, str] = {}
    candidates = sorted(written, key=lambda header: (key(header) not in configured, order.get(key(header), len(order))))
    for header in candidates:
        column = configured.get(key(header), known.get(key(header)))
        if column and (column == "text" or column not in found.values()):
            found[header] = column
    return found


def check(written: Iterable[str], config: TableConfig) -> None:
    """Raises `FormatMismatchError` that lists the headers when they do not say whose message a row is and what became of it."""
    written = list(written)
    found = set(columns_of(written, config).values())
    whose = found & {"recipient", "message_id"}
    what = found & {"status", "sent", "happened", "time", "date"}
    if not (whose and what):
        missing = " and ".join(text for text, there in (("(recipient or message_id)", whose), ("(status or sent)", what)) if not there)
        raise FormatMismatchError(
            f"no column for {missing} among the headers {', '.join(repr(header) for header in written)}; "
            'name them in sms_analytics.toml, our column = their header, such as: [table.columns] recipient = "Mob.", status = "Resultat"'
        )


def remarks(records: pl.DataFrame, context: Context) -> list[str]:
    """The headers that nothing is known of, since a column of statuses among them would be missed."""
    written = [name for name in records.columns if name not in OWN_COLUMNS]
    keep = {key(name) for name in (*context.keep, *context.table.keep)}
    unknown = [name for name in written if name not in columns_of(written, context.table) and key(name) not in keep]
    if not unknown:
        return []
    names = ", ".join(repr(name) for name in unknown)
    return [
        f"columns that nothing is known of: {names}; of them only numbers, times and words of statuses are kept. Name what they are in "
        "sms_analytics.toml under [table.columns], or what is to be kept as it is: [table] keep = [...]"
    ]
