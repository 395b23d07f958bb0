"""Which format a file has, by its content."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from sms_analytics import formats, sources, tables
from sms_analytics.config import Config
from sms_analytics.errors import AmbiguousFormatError, UnknownFormatError
from sms_analytics.formats.base import RECORDS, Context, Format, Parsed, empty
from sms_analytics.sources import Source

#: Lines that are looked at first; only where none of them is anybody's the whole first block is.
_FIRST_LINES: Final = 2000

#: A reader of plain lines that belong to nobody: for counting them.
ANY: Final = Format(name="any", title="any lines", claims=lambda _: 0, parse=lambda _records, _context: Parsed())


def detect(source: Source, config: Config) -> Format:
    """The one format that fits. Raises `UnknownFormatError` or `AmbiguousFormatError` that say what to do."""
    context = Context(config.home_country, config.table)
    block = first_records(source)
    for group in ([format for format in formats.FORMATS if not format.general], [format for format in formats.FORMATS if format.general]):
        fitting = [format for format in group if claimed(source, format, block, context)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            names = " and ".join(format.name for format in fitting)
            raise AmbiguousFormatError(f"{source.path}: fits {names}; say which with --format")
    raise UnknownFormatError(
        f"{source.path}: no format fits its content (asked: {', '.join(formats.names())}); name one with --format, or see: sms-analytics formats"
    )


def first_records(source: Source) -> pl.DataFrame:
    """The lines of the file's first block; of a shorter file all, the last one without its end included."""
    batches = sources.records(source, ANY)
    first = next(batches, empty(RECORDS))
    whole_block = first["line"].str.len_bytes().sum() * 2 > sources.BLOCK
    return first if whole_block else pl.concat([first, next(batches, empty(RECORDS))])


def claimed(source: Source, format: Format, block: pl.DataFrame, context: Context) -> int:
    """How many records of the file's first block are the format's own: of its first lines, and only where none of them is, of all."""
    if format.container == "table":
        return tables.claimed(source, format, context)
    return format.claims(block.head(_FIRST_LINES)) or format.claims(block)


def file_time(source: Source) -> datetime | None:
    """When the file was last written, naive UTC; none for standard input."""
    if source.path == sources.STDIN:
        return None
    return datetime.fromtimestamp(Path(source.path).stat().st_mtime, UTC).replace(tzinfo=None, microsecond=0)
