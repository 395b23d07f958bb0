"""Lines as records: a file's text cut into batches of bounded size, each line numbered from 1 and without what wraps it (`wrapping.py`), those that
continue a record joined to it."""

import codecs
from collections.abc import Iterator
from itertools import chain
from typing import Final

import polars as pl

from sms_analytics.events.readings import RECORDS, Format
from sms_analytics.reading import encoded_lines, sources, wrapping
from sms_analytics.reading.sources import Prefix, Source

#: Lines of one batch.
MOST_ROWS: Final = 1 << 20


def records(source: Source, format: Format, start: Prefix | None = None, size: int = sources.BLOCK) -> Iterator[pl.DataFrame]:
    """Batches of `RECORDS`: lines numbered from 1 in the file, those that continue a record joined to it, blank ones included."""
    held = pl.DataFrame(schema=RECORDS)
    for numbered in _whole(source, start, size):
        if format.begins is None:
            yield numbered
            continue
        # The last record may go on in the next block.
        lines = pl.concat([held, numbered])
        last = _last_begin(lines["line"], format.begins)
        held = lines.slice(last)
        yield _joined(lines.head(last), format)
    if held.height:
        yield _joined(held, format)


def _whole(source: Source, start: Prefix | None, size: int) -> Iterator[pl.DataFrame]:
    """The lines that were written, numbered: without what wraps them, and those put together again that a wrapper had cut."""
    line_no = start.lines if start else 0
    wrapped = wrapping.of(source)
    cut = pl.DataFrame(schema=RECORDS | {"goes_on": pl.Boolean()})
    for read in chain.from_iterable(map(_lines, source.encoded(start.bytes if start else 0, size, start.end if start else None))):
        if not wrapped.cuts:
            yield (numbered := _numbered(_unwrapped(read, wrapped), line_no))
            line_no += numbered.height
            continue
        frame = wrapping.unwrapped(read["line"], wrapped, continues=not cut.is_empty())
        lines = pl.concat([cut, _numbered(frame, line_no).hstack(frame.select("goes_on"))])
        line_no += frame.height
        # A line that goes on in the next block waits for it.
        whole = lines["goes_on"].tail(sources.MOST_LINES)
        waiting = len(whole) if whole.all() else next(n for n, goes_on in enumerate(reversed(whole.to_list())) if not goes_on)
        cut = lines.tail(waiting) if waiting < sources.MOST_LINES else lines.clear()
        yield _put_together(lines.head(lines.height - cut.height))
    if cut.height:
        yield _put_together(cut)


def _put_together(lines: pl.DataFrame) -> pl.DataFrame:
    """`RECORDS` of lines that may go on in the next one."""
    pieces = lines.with_columns(group=(~pl.col("goes_on").shift(1, fill_value=False)).cum_sum())
    return pieces.group_by("group", maintain_order=True).agg(pl.col("record_no").first(), pl.col("line").str.join("")).select(list(RECORDS))


def records_between(source: Source, format: Format, start: Prefix, end: int) -> pl.DataFrame:
    """`RECORDS` of a short stretch of a plain file."""
    text = b"".join(source.raw(start.bytes, end))
    lines = pl.concat(_lines(text if start.bytes else text.removeprefix(codecs.BOM_UTF8)))
    wrapped = wrapping.of(source)
    if not wrapped.cuts:
        return _joined(_numbered(_unwrapped(lines, wrapped), start.lines), format)
    frame = wrapping.unwrapped(lines["line"], wrapped)
    return _joined(_put_together(_numbered(frame, start.lines).hstack(frame.select("goes_on"))), format)


def _unwrapped(lines: pl.DataFrame, wrapped: wrapping.Wrapping) -> pl.DataFrame:
    return wrapping.off(lines["line"], wrapped).to_frame() if wrapped else lines


def restart(source: Source, size: int, format: Format) -> Prefix:
    """From where to read on in a log whose first `size` bytes were read: the start of their last record if that was not whole, else their end."""
    place = restart_at(source, size, format)
    return Prefix(place, source.lines_in(place))


def restart_at(source: Source, size: int, format: Format) -> int:
    """The byte of `restart`, without the count of the lines before it, for which all of them are read."""
    *whole, rest = source.tail(size).removeprefix(codecs.BOM_UTF8).split(b"\n")
    back = len(rest)
    if format.begins is not None and whole:
        read = pl.Series([encoded_lines.decoded_line(line).removesuffix("\r") for line in [*whole, rest]])
        inner = wrapping.off(read, wrapping.of(source)) if wrapping.of(source) else read
        lines = inner.head(len(whole))
        last = _last_begin(lines, format.begins)
        new = inner.tail(1).str.contains(format.begins).item()
        if last < len(lines) and not new and _is_unfinished("\n".join(lines[last:]), format):
            back += sum(len(line) + 1 for line in whole[last:])
    return size - back


def _last_begin(lines: pl.Series, begins: str) -> int:
    """Where the last record begins that may go on behind these lines; behind them all if it has gone on for too long."""
    tail = lines.tail(sources.MOST_LINES)
    starts = tail.str.contains(begins).arg_true()
    return len(lines) - len(tail) + int(starts[-1]) if len(starts) else len(lines)


def _lines(block: bytes) -> Iterator[pl.DataFrame]:
    """The block's lines, in several frames where they are so short that one would take many times its size."""
    lines = _read(block)
    if lines.height < MOST_ROWS:
        yield lines
        return
    start = 0
    while start < len(block):
        end = block.find(b"\n", start + MOST_ROWS) + 1 or len(block)
        yield _read(block[start:end], rows=None)
        start = end


def _read(block: bytes, rows: int | None = MOST_ROWS) -> pl.DataFrame:
    try:
        return pl.read_lines(block, name="line", n_rows=rows)
    except pl.exceptions.ComputeError:
        # Not all of it is UTF-8.
        return pl.read_lines(encoded_lines.decoded(block).encode(), name="line", n_rows=rows)


def _numbered(lines: pl.DataFrame, line_no: int) -> pl.DataFrame:
    numbered = lines.select(pl.int_range(line_no + 1, line_no + 1 + pl.len(), dtype=pl.Int64).alias("record_no"), "line")
    return encoded_lines.without_too_long(numbered)


def joined(lines: pl.DataFrame, format: Format) -> pl.DataFrame:
    """`RECORDS` of lines, those that continue an unfinished record of this format put behind it."""
    return lines if format.begins is None else _joined(lines, format)


def _joined(lines: pl.DataFrame, format: Format) -> pl.DataFrame:
    """Lines that continue an unfinished record are put behind it."""
    begins = lines["line"].str.contains(format.begins or "")
    if begins.all() or format.unfinished is None:
        return lines
    # Only a record with a line behind it that begins none can go on: few have, so only these are looked at.
    followed = begins & ~begins.shift(-1, fill_value=True)
    unfinished = lines.filter(followed).select(format.unfinished.fill_null(False)).to_series()
    if not unfinished.any():
        return lines
    texts, taken, merged = lines["line"].to_list(), set[int](), dict[int, str]()
    starts = begins.to_list()
    for row in followed.arg_true().filter(unfinished).to_list():
        text, last = _continued(texts, starts, row, format)
        if last > row:
            merged[row] = text
            taken.update(range(row + 1, last + 1))
    keep = [row for row in range(len(texts)) if row not in taken]
    kept = lines["record_no"].gather(keep)
    return pl.DataFrame({"record_no": kept, "line": [merged.get(row, texts[row]) for row in keep]}, schema=RECORDS)


def _continued(texts: list[str], starts: list[bool], row: int, format: Format) -> tuple[str, int]:
    text = texts[row]
    for last in range(row + 1, min(row + sources.MOST_LINES, len(texts))):
        if starts[last]:
            break
        text = f"{text}\n{texts[last]}"
        if not _is_unfinished(text, format):
            return text, last
    return texts[row], row


def _is_unfinished(text: str, format: Format) -> bool:
    return format.unfinished is not None and bool(pl.DataFrame({"line": [text]}).select(format.unfinished.fill_null(False)).item())
