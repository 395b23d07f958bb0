"""What each trick in the SQL of the rules buys: the rules run over the messages of a database, as they are and with one trick replaced by plain SQL.

    python -m benchmark.rules sms.duckdb

Prints CPU seconds, the least of the rounds; the figures stand beside the tricks.
"""

import argparse
import time
from collections.abc import Callable
from typing import Final

import duckdb

from benchmark import say
from sms_analytics.database import store
from sms_analytics.resolving import deciding


def _ask_all_columns(text: str) -> str:
    """Every message with a receipt whose submission leaves anything empty is looked at, whether or not receipts ever name it."""
    names = ("message_ref", "account", "campaign", "client_ref", "sender", "recipient", "price", "parts")
    for name in names:
        text = text.replace(f"getvariable('receipts_name').{name}", "true")
    return text


#: What is measured: the file, and what is done to it.
_VARIANTS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "as it is": ("", str),
    "columns that receipts never name": ("details", _ask_all_columns),
}


def _run(connection: duckdb.DuckDBPyConnection, name: str, change: Callable[[str], str]) -> float:
    begun = time.process_time()
    connection.execute(deciding.sql("id_macros"))
    for rule in deciding.RULES:
        connection.execute(change(deciding.sql(rule)) if rule == name else deciding.sql(rule))
    connection.execute("CREATE OR REPLACE TEMP TABLE again AS FROM resolved LIMIT 0")
    deciding.store(connection, "again")
    return time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("db")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    connection = store.connect(options.db)
    connection.execute("CREATE TEMP VIEW seen AS FROM numbered_events")
    best: dict[str, float] = {}
    for _ in range(options.rounds):
        for label, (name, change) in _VARIANTS.items():
            best[label] = min(best.get(label, float("inf")), _run(connection, name, change))
    for label, seconds in best.items():
        say(f"{label:34} {seconds:6.2f} s  {seconds / best['as it is'] - 1:+.0%}")


if __name__ == "__main__":
    main()
