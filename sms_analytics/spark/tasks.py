"""Work in Spark tasks through `mapInArrow`: one piece of work to a task, or rows that are brought together by a number.

Classic sessions and Connect do the same here: nothing is used that only one of them has. What a task gives counts once, whichever attempt gave it.
"""

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import duckdb
import pyarrow as pa

from sms_analytics.database import store

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")

_RESULTS: Final = pa.schema({"number": pa.int64(), "result": pa.binary()})
_AS_SPARK: Final = "number BIGINT, result BINARY"

#: Rows that stand behind one another in one batch on their way to Spark.
BATCH_ROWS: Final = 50_000


def run(session: "SparkSession | None", work: Callable[[_Work], _Result], pieces: list[_Work]) -> list[_Result]:
    """What `work` gives for each piece, in their order; each is done in a task of its own. Without a session all of it happens here."""
    if session is None:
        return [work(piece) for piece in pieces]
    if not pieces:
        return []

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number in _numbers(batches):
            yield pa.RecordBatch.from_pydict({"number": [number], "result": [pickle.dumps(work(pieces[number]))]}, schema=_RESULTS)

    return _results(_numbered(session, len(pieces)).mapInArrow(task, _AS_SPARK))


def bring_together(
    session: "SparkSession | None",
    give: Callable[[_Work], Iterator[pa.RecordBatch]],
    pieces: list[_Work],
    work: Callable[[Iterable[pa.RecordBatch]], _Result | None],
    *,
    schema: str,
    key: str,
    shares: int,
    are_shares: bool = False,
) -> list[_Result]:
    """What `work` gives for each share of the rows that `give` gives for all pieces; rows of one `key`, a column of `schema`, are in one share.

    `are_shares`: the key is the number of the share."""
    if not pieces:
        return []
    if session is None:
        result = work(batch for piece in pieces for batch in give(piece))
        return [] if result is None else [result]

    def giving(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number in _numbers(batches):
            yield from give(pieces[number])

    def working(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        result = work(batches)
        if result is not None:
            yield pa.RecordBatch.from_pydict({"number": [0], "result": [pickle.dumps(result)]}, schema=_RESULTS)

    rows = _numbered(session, len(pieces)).mapInArrow(giving, schema)
    rows = rows.repartitionById(shares, key) if are_shares else rows.repartition(shares, key)
    return _results(rows.mapInArrow(working, _AS_SPARK))


def _results(frame: "DataFrame") -> list[Any]:
    """What the tasks behind this frame gave, by number."""
    # Our own tasks wrote what is read here.
    return [pickle.loads(bytes(row["result"])) for row in sorted(frame.collect(), key=lambda row: int(row["number"]))]


def _numbered(session: "SparkSession", count: int) -> "DataFrame":
    return session.range(0, count, 1, count)


def _numbers(batches: Iterable[pa.RecordBatch]) -> Iterator[int]:
    for batch in batches:
        yield from batch.column(0).to_pylist()


@contextmanager
def database(memory: str | None = None, *, tables: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of the task's own, in memory; with one thread, since Spark gives a task one core."""
    with tempfile.TemporaryDirectory(prefix="sms-analytics-") as spill:
        connection = store.in_memory(spill=spill, memory=memory)
        try:
            connection.execute("SET threads = 1")
            if tables:
                store.lay_out(connection)
            yield connection
        finally:
            connection.close()


def batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    """The rows of a query, some at a time, in the types that Spark takes."""
    yield from connection.sql(query).to_arrow_reader(BATCH_ROWS)
