"""Rows that wait for their turn: in memory while they are few, else in a nameless file, so that they take bounded memory."""

import tempfile
from collections.abc import Iterator
from typing import IO, Final

import duckdb
import polars as pl
import pyarrow as pa

#: Bytes that are kept in memory.
_IN_MEMORY: Final = 16 * 1024 * 1024


class Spool:
    """Rows of one kind, kept in the order in which they came."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed by `close`
        self._writer: pa.RecordBatchStreamWriter | None = None

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keep(self, rows: pl.DataFrame) -> None:
        """Adds rows, which have the same columns each time."""
        if not rows.height:
            return
        table = rows.to_arrow()
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, table.schema)
        self._writer.write_table(table)

    def store(self, connection: duckdb.DuckDBPyConnection, statement: str) -> None:
        """Runs the statement, to which the rows are the table `rows`; does nothing where there are none."""
        if self._writer is None:
            return
        self._writer.close()
        self._file.seek(0)
        with pa.ipc.open_stream(self._file) as reader:
            connection.register("rows", pa.RecordBatchReader.from_batches(reader.schema, _batches(reader)))
            connection.execute(statement)
            connection.unregister("rows")


def _batches(reader: pa.RecordBatchStreamReader) -> Iterator[pa.RecordBatch]:
    yield from reader
