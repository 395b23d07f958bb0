"""Tables of one's own as batches of rows: CSV and its relatives, JSON lines, Parquet, Excel.

A batch has the columns `record_no` (data rows from 1), `line` (the row as written), `fault` (why the row could not be read, else null) and the
table's own columns under their own headers, all text. Every row of the file stands in one batch, also those that could not be read.
"""

import csv
import io
import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import Any, Final

import polars as pl
import pyarrow as pa

from sms_analytics import extras
from sms_analytics.errors import FormatMismatchError, InputError, TooLargeTableError
from sms_analytics.events.readings import Context, Format
from sms_analytics.formats.engine.decoding import without_halves
from sms_analytics.reading.packed_tables import check_workbook, parquet_batches
from sms_analytics.reading.sources import MOST_LINES, Source

#: Rows of one batch.
ROWS: Final = 50_000
#: Rows that are looked at to tell whether the file is a table of messages.
SAMPLE: Final = 1_000
#: Columns of a batch that are not the table's own.
OWN: Final = ("record_no", "line", "fault")

_DELIMITERS: Final = (";", ",", "\t", "|")
_HEADER_LINES: Final = 50
#: A file that begins with more empty lines is no table.
_BLANK_LINES: Final = 1_000
#: Numbers of phones, messages and times have seven digits or more, and no header has.
_NUMBER: Final = re.compile(r"\d(?:[^0-9A-Za-z]{0,2}\d){6}")
#: A file with more columns is no table of messages.
_MOST_COLUMNS: Final = 1_000

#: What libraries raise; a panic of polars is no `Exception`.
_FAULTS: Final = (Exception, pl.exceptions.PanicException)

_PARQUET: Final = b"PAR1"
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def claimed(source: Source, format: Format, context: Context) -> int:
    """How many of the file's first rows the format reads; 0 where the columns do not suffice or the file is no table."""
    if is_json(source) and not context.table.json_lines:
        return 0
    try:
        sample = next(records(source, SAMPLE), None)
        if sample is None or not format.likely(sample, context):
            return 0
        parsed = format.parse(sample, context)
        # A row of ours whose time cannot be read is a row of ours: the load says what is wrong with it.
        return parsed.readings["record_no"].n_unique() + int(parsed.rejected["field"].is_in(["sent", "happened", "time", "scheduled"]).sum())
    except TooLargeTableError:
        raise
    except (FormatMismatchError, InputError):
        return 0


def is_json(source: Source) -> bool:
    """Whether the file is text that begins as JSON."""
    return next(source.blocks(size=1 << 12), "").lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def is_binary(source: Source) -> bool:
    """Whether the file is Parquet or an Excel workbook."""
    head = source.head(4)
    return head == _PARQUET or head in _WORKBOOKS


def records(source: Source, size: int = ROWS) -> Iterator[pl.DataFrame]:
    """The table's rows in batches of `size`. Raises `InputError` for a damaged Parquet or Excel file, `FormatMismatchError` for too many columns."""
    head = source.head(4)
    if head == _PARQUET:
        yield from _parquet(source, size)
    elif head in _WORKBOOKS:
        yield from _workbook(source, size)
    else:
        try:
            yield from of_lines(source.lines(), size)
        except FormatMismatchError as error:
            raise FormatMismatchError(f"{source.path}: {error}") from None


def of_lines(lines: Iterable[str], size: int = ROWS) -> Iterator[pl.DataFrame]:
    """The rows of a text: JSON lines where the first line with anything on it begins as JSON, else CSV with a header."""
    stripped = (line.rstrip("\r\n") for line in lines)
    first = list(islice(_up_to_content(stripped), _BLANK_LINES))
    whole = chain(first, stripped)
    if not first or not first[-1].strip():
        return
    if first[-1].lstrip().startswith(("{", "[")):
        yield from _json_lines(whole, size)
    else:
        yield from _delimited(chain(first[-1:], stripped), size)


def _up_to_content(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if line.strip():
            return


def _headers(written: list[str]) -> list[str]:
    """The headers, none empty, none twice, none like a column of ours. Raises `FormatMismatchError` for a row that is no header."""
    _check_width(len(written))
    if any(_NUMBER.search(text) for text in written):
        # It is not shown: a table without a header begins with somebody's number.
        raise FormatMismatchError("there are values where the header should be; put a line with the names of the columns above them")
    headers: dict[str, None] = {}
    counts: dict[str, int] = {}
    for position, text in enumerate(written, start=1):
        name = unique = text.strip() or f"column {position}"
        while unique in headers or unique in OWN:
            counts[name] = counts.get(name, 1) + 1
            unique = f"{name} {counts[name]}"
        headers[unique] = None
    return list(headers)


def _check_width(columns: int) -> None:
    if columns > _MOST_COLUMNS:
        raise FormatMismatchError(f"{columns} columns, and a table of messages has {_MOST_COLUMNS} at most; name its format with --format")


# CSV


def _delimited(lines: Iterator[str], size: int) -> Iterator[pl.DataFrame]:
    beginning = list(islice(lines, _HEADER_LINES))
    delimiter, header_row = _layout(beginning)
    header = _cells(beginning[header_row], delimiter) or [beginning[header_row]]
    headers = _headers(header)
    rows = _rows(chain(beginning[header_row + 1 :], lines), delimiter, len(headers))
    number = 1
    while batch := list(islice(rows, size)):
        yield _frame(batch, headers, number)
        number += len(batch)


def _frame(batch: list[tuple[str, list[str] | None, str | None]], headers: list[str], number: int) -> pl.DataFrame:
    nothing: list[str | None] = [None] * len(headers)
    columns = zip(*[cells or nothing for _, cells, _ in batch], strict=True)
    own = {
        "record_no": pl.Series(range(number, number + len(batch)), dtype=pl.Int64),
        "line": pl.Series([line for line, _, _ in batch], dtype=pl.String),
        "fault": pl.Series([fault for _, _, fault in batch], dtype=pl.String),
    }
    return pl.DataFrame(own | {header: pl.Series(values, dtype=pl.String) for header, values in zip(headers, columns, strict=True)})


def _layout(beginning: list[str]) -> tuple[str, int]:
    """The delimiter and the line of the header: the first one with as many cells as most rows have. Titles above it are no rows."""
    stated = beginning[0].strip().lower()
    if stated.startswith("sep=") and len(stated) == 5:
        return beginning[0].strip()[-1], 1 if len(beginning) > 1 else 0
    fits = {delimiter: _fit(beginning, delimiter) for delimiter in _DELIMITERS}
    best = max(fits, key=lambda delimiter: fits[delimiter][:3])
    return best, fits[best][3]


def _fit(lines: list[str], delimiter: str) -> tuple[bool, int, int, int]:
    """Whether the first row has the usual number of cells (1 counts for nothing), how many have it, that number, and the first such row's line."""
    reader = csv.reader(lines, delimiter=delimiter)
    widths: list[tuple[int, int]] = []
    with suppress(csv.Error):
        start = 0
        for row in reader:
            widths.append((len(row), start))
            start = reader.line_num
    counts = Counter(width for width, _ in widths if width > 1)
    first = next(row for row, line in enumerate(lines) if line.strip())
    if not counts:
        return False, 0, 1, first
    usual = max(counts, key=lambda width: (counts[width], width))
    header_row = next(start for width, start in widths if width == usual)
    return header_row == first, counts[usual], usual, header_row


def _cells(text: str, delimiter: str, *, strict: bool = True) -> list[str] | None:
    """The cells of one record, null where its quotes do not close. Raises `csv.Error` where a quote stands in the wrong place."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=strict), [])
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
        return _cells(text, delimiter, strict=False) if strict else None


def _rows(lines: Iterator[str], delimiter: str, width: int) -> Iterator[tuple[str, list[str] | None, str | None]]:
    """Each row as written, its cells, and why it has none. A quote that opens and does not close costs its own line only."""
    waiting: deque[str] = deque()
    while (line := waiting.popleft() if waiting else next(lines, None)) is not None:
        cells = _cells(line, delimiter)
        if cells is None:
            line, cells = _continued(line, lines, waiting, delimiter, width)
        if cells is None:
            yield line, None, "a quote opens here and does not close"
            continue
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        if len(cells) == width:
            yield line, cells, None
        elif line.strip():
            yield line, None, f"{len(cells)} cells where the header has {width}"
        else:
            yield line, None, None


def _continued(line: str, lines: Iterator[str], waiting: deque[str], delimiter: str, width: int) -> tuple[str, list[str] | None]:
    """The row with the lines that its open quote takes in, if that makes a whole row; else the lines wait to be read by themselves."""
    taken: list[str] = []
    while len(taken) < MOST_LINES and (more := waiting.popleft() if waiting else next(lines, None)) is not None:
        taken.append(more)
        if '"' not in more:
            continue
        text = "\n".join([line, *taken])
        cells = _closed(text, delimiter)
        if cells is not None and len(cells) == width:
            return text, cells
        if cells is not None:
            break
    waiting.extendleft(reversed(taken))
    return line, None


def _closed(text: str, delimiter: str) -> list[str] | None:
    """The cells of a record over several lines, null while it is open; no cells where its quotes are wrong."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return None if "unexpected end" in str(error) else []


# JSON lines


def _json_lines(lines: Iterator[str], size: int) -> Iterator[pl.DataFrame]:
    rows = chain.from_iterable(_objects(line) for line in lines)
    keys: dict[str, None] = {}
    number = 1
    while batch := list(islice(rows, size)):
        keys.update(dict.fromkeys(key for _, row, _ in batch if row for key in row))
        _check_width(len(keys))
        headers = dict(zip(keys, _headers(list(keys)), strict=True))
        own = {
            "record_no": pl.Series(range(number, number + len(batch)), dtype=pl.Int64),
            "line": pl.Series([line for line, _, _ in batch], dtype=pl.String),
            "fault": pl.Series([fault for _, _, fault in batch], dtype=pl.String),
        }
        columns = {header: pl.Series([_json_text((row or {}).get(key)) for _, row, _ in batch], dtype=pl.String) for key, header in headers.items()}
        yield pl.DataFrame(own | columns)
        number += len(batch)


def _objects(line: str) -> list[tuple[str, dict[str, Any] | None, str | None]]:
    """The objects of one line: one, those of an array, or none for the brackets of an array that is written over many lines."""
    text = line.strip().removesuffix(",")
    if text in ("[", "]"):
        return []
    if not text:
        return [(line, None, None)]
    try:
        value = without_halves(json.loads(text, parse_float=str, parse_int=str), text)
    except (ValueError, RecursionError):
        return [(line, None, "not a JSON object")]
    values = value if isinstance(value, list) else [value]
    return [(line, item, None) if isinstance(item, dict) else (line, None, "not a JSON object") for item in values]


def _json_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


# Parquet and Excel


def _parquet(source: Source, size: int) -> Iterator[pl.DataFrame]:
    number = 1
    try:
        for batch in parquet_batches(source.seekable(), size):
            rows = pl.DataFrame(pa.Table.from_batches([batch]))
            yield _typed(rows, number)
            number += rows.height
    except (FormatMismatchError, TooLargeTableError) as error:
        raise type(error)(f"{source.path}: {error}") from None
    except InputError:
        raise
    except _FAULTS as error:
        raise InputError(f"{source.path}: not a readable Parquet file: {_first_line(error)}") from None


def _workbook(source: Source, size: int) -> Iterator[pl.DataFrame]:
    """The rows of the first sheet with anything on it, read as text: a column of numbers and texts loses neither."""
    extras.require("excel", source.path)
    content = source.seekable()
    try:
        check_workbook(content)
        content.seek(0)
        sheets = pl.read_excel(
            content, sheet_id=0, engine="calamine", has_header=False, infer_schema_length=0, raise_if_empty=False, drop_empty_rows=False
        )
    except TooLargeTableError as error:
        raise TooLargeTableError(f"{source.path}: {error}") from None
    except _FAULTS as error:
        raise InputError(f"{source.path}: not a readable Excel file: {_first_line(error)}") from None
    for sheet in sheets.values():
        rows = sheet.rows()
        header_row = _header_row(rows)
        if header_row is not None:
            headers = _headers([cell or "" for cell in rows[header_row]])
            whole = sheet.slice(header_row + 1).rename(dict(zip(sheet.columns, headers, strict=True)))
            for number, batch in enumerate(whole.iter_slices(size)):
                yield _typed(batch, number * size + 1)
            return


def _header_row(rows: list[tuple[str | None, ...]]) -> int | None:
    """The first row with as many cells filled as the fullest of the first rows has, or one less."""
    filled = [sum(cell is not None and cell.strip() != "" for cell in row) for row in rows[:_HEADER_LINES]]
    fullest = max(filled, default=0)
    return next((row for row, count in enumerate(filled) if count >= max(2, fullest - 1)), None)


def _typed(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """A batch of typed columns as texts."""
    texts = rows.select(
        _text(pl.col(name), dtype).alias(header) for (name, dtype), header in zip(rows.schema.items(), _headers(rows.columns), strict=True)
    )
    numbers = pl.Series("record_no", range(number, number + rows.height), dtype=pl.Int64)
    empty = pl.all_horizontal(pl.all().is_null()) if texts.width else pl.lit(True)
    line = texts.select(line=pl.when(empty).then(pl.lit("")).otherwise(pl.struct(pl.all()).struct.json_encode()))
    return pl.concat([numbers.to_frame(), line, pl.DataFrame({"fault": [None] * rows.height}, schema={"fault": pl.String}), texts], how="horizontal")


def _text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("iso:strict" if dtype.time_zone else "iso")
    if dtype.is_float():
        whole = (column == column.floor()) & (column.abs() < 2**53)
        return pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))
    if dtype.is_nested():
        return pl.when(column.is_not_null()).then(pl.struct(column.alias("v")).struct.json_encode().str.slice(5).str.head(-1))
    return column.cast(pl.String, strict=False)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
