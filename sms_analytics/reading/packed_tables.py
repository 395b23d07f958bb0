"""Parquet and Excel with bounds on what a hostile or broken file may cost: both say little of how much memory they ask for once they are opened."""

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sms_analytics.errors import TooLargeTableError

#: Cells of a sheet: all between its first and its last one take memory, whether there is anything in them.
MOST_CELLS: Final = 30_000_000
#: What a sheet's text, or a group of rows of a Parquet file, may unpack to.
LARGEST: Final = 1024 * 1024 * 1024
#: What the texts of one batch of a Parquet file may take: a text that stands once in it may stand in every row.
LARGEST_BATCH: Final = 256 * 1024 * 1024

_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_CELL: Final = re.compile(rb"<(?:\w{1,20}:)?(?:c|row)\s[^<>]{0,200}?\br=\"([A-Z]{0,3})(\d{1,7})\"")
_STEP: Final = 1 << 20
#: A cell's beginning is no longer.
_SEAM: Final = 300


def check_workbook(content: IO[bytes]) -> None:
    """Raises `TooLargeTableError` for a workbook with a cell so far out that reading it would take all memory, or with an endless sheet."""
    if content.read(2) != b"PK":
        # The older format has no room for so many.
        return
    with zipfile.ZipFile(content) as book:
        for entry in book.infolist():
            if entry.file_size > LARGEST:
                raise TooLargeTableError(f"an Excel file of which {entry.filename} unpacks to {entry.file_size} bytes; save what is needed as CSV")
            if _SHEET.fullmatch(entry.filename):
                with book.open(entry) as sheet:
                    _check_sheet(sheet)


def _check_sheet(sheet: IO[bytes]) -> None:
    rows: tuple[int, int] | None = None
    columns: tuple[int, int] | None = None
    seam = b""
    while piece := sheet.read(_STEP):
        text = seam + piece
        for letters, digits in _CELL.findall(text):
            rows = _wider(rows, int(digits))
            columns = _wider(columns, _column(letters)) if letters else columns
        seam = text[-_SEAM:]
    if rows is None or columns is None:
        return
    height, width = rows[1] - rows[0] + 1, columns[1] - columns[0] + 1
    if height * width > MOST_CELLS:
        raise TooLargeTableError(
            f"an Excel sheet that reaches over {height} rows and {width} columns; delete the cells far outside the table, or save it as CSV"
        )


def _wider(span: tuple[int, int] | None, number: int) -> tuple[int, int]:
    return (number, number) if span is None else (min(span[0], number), max(span[1], number))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def parquet_batches(content: IO[bytes], size: int) -> Iterator[pa.RecordBatch]:
    """The file's rows, so many at a time. Raises `TooLargeTableError` where they would take far more memory than a log does."""
    with pq.ParquetFile(content) as file:
        _check_groups(file.metadata)
        names = [field.name for field in file.schema_arrow if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    content.seek(0)
    with pq.ParquetFile(content, read_dictionary=names) as file:
        for batch in file.iter_batches(batch_size=size):
            _check_texts(batch)
            columns = [column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column for column in batch.columns]
            yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _check_groups(metadata: Any) -> None:
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        size = sum(group.column(index).total_uncompressed_size for index in range(group.num_columns))
        if size > LARGEST:
            raise TooLargeTableError(f"a Parquet file of which one group of rows takes {size} bytes; write it with smaller ones")


def _check_texts(batch: pa.RecordBatch) -> None:
    size = 0
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            size += pc.sum(pc.binary_length(column.dictionary).cast(pa.int64()).take(column.indices)).as_py() or 0
    if size > LARGEST_BATCH:
        raise TooLargeTableError(f"a Parquet file of which {batch.num_rows} rows take {size} bytes; no log has such texts")
