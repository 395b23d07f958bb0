"""`python -m benchmark.support_lookup`: one million messages, and how long support waits for the story of a number.

The sample is multiplied in SQL: every copy has numbers, ids and keys of its own and is a little older. Exit code 1 when an answer after the first
takes more than a second. Several visitors at once share the machine; their slowest answer is shown, without a limit.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from benchmark import say
from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.errors import NoDataError
from sms_analytics.lookup.answer import Surroundings, lookup
from sms_analytics.lookup.overview import Scope, overview
from tests.lookup.server import Visitor, running

_LIMIT_S = 1.0
_SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"

#: The n-th copy of every row; numbers stay in the blocks that are set aside for invented ones.
_COPIES = """
INSERT INTO {table}
SELECT {table}.* REPLACE (
    message_key || '~' || n AS message_key,
    message_id || 'x' || n AS message_id,
    message_ref || 'x' || n AS message_ref,
    client_ref || 'x' || n AS client_ref,
    left(recipient, 5) || lpad(((hash(recipient, n) % 1000000)::BIGINT)::VARCHAR, 6, '0') AS recipient,
    {times}
)
FROM {table}, range(1, $copies) AS numbers (n)
"""
_TIMES = {
    "event_rows": ("event_utc", "received_utc", "scheduled_utc"),
    "resolved": ("submitted_utc", "scheduled_utc", "deadline_utc", "first_receipt_utc", "final_utc", "final_received_utc"),
}


def multiply(db: Path, messages: int) -> int:
    """Makes so many messages, at least, of the sample in `db`; returns how many."""
    with store.rebuild(db) as connection:
        ((have,),) = connection.execute("SELECT count(*) FROM resolved").fetchall()
        copies = -(-messages // have)
        for table, columns in _TIMES.items():
            times = ", ".join(f"{name} - to_seconds(n * 7919) AS {name}" for name in columns)
            connection.execute(_COPIES.format(table=table, times=times), {"copies": copies})
    return int(copies * have)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--visitors", type=int, default=5)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sms-analytics-bench-"))
    try:
        db = folder / "sms.duckdb"
        loader.load(str(_SAMPLE / "logs"), db=db, config=_SAMPLE / "sms_analytics.toml")
        say(f"{multiply(db, options.messages):,} messages, {db.stat().st_size / 1e6:,.0f} MB")
        slowest = max(_in_process(db), _over_the_page(db, options.visitors))
    finally:
        shutil.rmtree(folder)
    say(f"slowest answer after the first: {slowest:.2f} s (limit {_LIMIT_S})")
    raise SystemExit(int(slowest > _LIMIT_S))


def _questions(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What support types, by kind."""
    ((number,), (busiest,)) = db.execute(
        """
        (SELECT recipient FROM messages WHERE outcome = 'failed' AND country = 'NO' ORDER BY hash(message_key) LIMIT 1)
        UNION ALL
        (SELECT recipient FROM messages WHERE country = 'NO' GROUP BY recipient ORDER BY count(*) DESC, recipient LIMIT 1)
        """
    ).fetchall()
    ((silent,),) = db.execute("SELECT message_id FROM messages WHERE outcome = 'no_status' AND message_id IS NOT NULL LIMIT 1").fetchall()
    return {
        "a number": number,
        "the number with most messages": busiest,
        "an id": silent,
        "an unknown number": "+4740000000",
        "a number cut by Excel": "4,74E+09",
    }


def _in_process(db: Path) -> float:
    """The slowest of `lookup` and of a large send-out's page."""
    with store.connect(db) as connection:
        questions = _questions(connection)
        surroundings = Surroundings(connection)
        _timed("first answer, nothing known yet", lambda: _ask(connection, questions["a number"], surroundings))
        slowest = [_timed(kind, lambda asked=asked: _ask(connection, asked, surroundings)) for kind, asked in questions.items()]  # type: ignore[misc]
        ((account,),) = connection.execute(
            "SELECT account FROM messages WHERE campaign IS NULL AND account IS NOT NULL GROUP BY account ORDER BY count(*) DESC LIMIT 1"
        ).fetchall()
        everything = Scope(account, None)
        slowest.append(
            _timed("an account's messages, filtered", lambda: overview(connection, everything, {"outcome": ["failed"]}, zone="Europe/Oslo"))
        )
    return max(slowest)


def _ask(db: duckdb.DuckDBPyConnection, asked: str, surroundings: Surroundings) -> None:
    try:
        lookup(db, asked, surroundings=surroundings).text(100)
    except NoDataError as nothing:
        str(nothing)


def _over_the_page(db: Path, visitors: int) -> float:
    """The slowest answer of several visitors who ask at once, after the first."""
    with store.connect(db) as connection:
        asked = list(_questions(connection).values())
    with running(db) as page:
        _timed("page: first answer", lambda: Visitor(page.url).search(asked[0]))

        def visit(number: int) -> float:
            visitor = Visitor(page.url)
            visitor.get()
            begun = time.perf_counter()
            visitor.search(asked[number % len(asked)])
            return time.perf_counter() - begun

        alone = visit(0)
        with ThreadPoolExecutor(visitors) as pool:
            together = max(pool.map(visit, range(visitors)))
    say(f"  page: {alone:.2f} s alone, {together:.2f} s the slowest of {visitors} at once")
    return alone


def _timed(what: str, ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    seconds = time.perf_counter() - begun
    say(f"  {what}: {seconds:.2f} s")
    return seconds


if __name__ == "__main__":
    main()
