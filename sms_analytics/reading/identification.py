"""Which format files have, how sure that is, and from which lines: the answer to "what is this log?" before anything is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from sms_analytics import config as configuration
from sms_analytics.config import Config
from sms_analytics.database import store
from sms_analytics.errors import InputError
from sms_analytics.events.readings import RECORDS, Context, Format, empty
from sms_analytics.formats import table_headers
from sms_analytics.reading import containers, detection, named_files, tables
from sms_analytics.reading.sources import Source
from sms_analytics.text.phrases import filled

#: Lines that are looked at; only where none of them is the format's own the whole first block is.
_FIRST_LINES: Final = 2000


@dataclass(frozen=True)
class Identification:
    """One file: `format` is its name, None where none or several fit; `container` what its records stand in.

    `claimed` of the `records` looked at are the format's own, the first of them at `place` (`file:line`). `fields` are the columns that the first one
    fills, and from where; `why` is a sentence for people.
    """

    path: str
    format: str | None
    container: str | None
    claimed: int
    records: int
    place: str | None
    fields: str | None
    why: str


def identify(paths: str | Sequence[str], *, db: str | Path | None = None, config: str | Path | None = None) -> list[Identification]:
    """What `load` would take each file for: files, folders, patterns or standard input (`-`). A file that cannot be read has a row too.

    The configuration is the one that `load` would read: `config`, else the one beside the database `db` (which need not be there), else the current
    folder's.
    """
    beside = (Path(db) if db is not None else store.default_path()).parent
    settings = configuration.read(Path(config) if config else None, beside=beside)
    return [answer for path in ([paths] if isinstance(paths, str) else paths) for answer in _of(path, settings)]


def _of(path: str, settings: Config) -> list[Identification]:
    try:
        return [_file(file, settings) for file in named_files.find([path])]
    except InputError as error:
        return [_unknown(path, 0, error)]


def _file(path: str, settings: Config) -> Identification:
    try:
        with Source(path) as source:
            block = next(containers.first(source), empty(RECORDS))
            try:
                format = detection.detect(source, settings)
            except InputError as error:
                return _unknown(path, block.head(_FIRST_LINES).height, error)
            context = Context(settings.home_country, settings.table)
            if format.container == "table":
                return _table(source, format, context)
            looked_at = containers.sample(source, format, block, _FIRST_LINES) if format.container == "records" else block
            return _lines(source, format, looked_at)
    except InputError as error:
        return _unknown(path, 0, error)


def _unknown(path: str, records: int, error: InputError) -> Identification:
    return Identification(path, None, None, 0, records, None, None, str(error).removeprefix(f"{path}: "))


def _table(source: Source, format: Format, context: Context) -> Identification:
    sample = next(tables.records(source, tables.SAMPLE))
    claimed = tables.claimed(source, format, context)
    fields = [
        f"{column} = {header}" for header, column in table_headers.columns_of(sample.columns, context.table).items() if header not in tables.OWN
    ]
    why = filled("{0} of the first {1:row|rows} can be read by the headers{2}", claimed, sample.height, _fields(fields))
    return Identification(source.path, format.name, "table", claimed, sample.height, f"{source.path}:1", ", ".join(fields) or None, why)


def _lines(source: Source, format: Format, block: pl.DataFrame) -> Identification:
    looked_at = block.head(_FIRST_LINES) if format.claims(block.head(_FIRST_LINES)) else block
    claimed, first = format.claims(looked_at), _first(looked_at, format)
    container = format.container_of(looked_at) if format.container_of else "lines"
    by_line = format.container == "lines" or containers.by_lines(source, format)
    what = "line" if by_line else "record"
    fields = format.fields_found(looked_at)
    why = filled(
        f"{{0}} of the first {{1:{what} is|{what}s are}} its own, the first is {what} {{2}}{{3}}",
        claimed,
        looked_at.height,
        first,
        _fields(fields),
    )
    return Identification(source.path, format.name, container, claimed, looked_at.height, f"{source.path}:{first}", ", ".join(fields) or None, why)


def _fields(fields: list[str]) -> str:
    return f"; found {', '.join(fields)}" if fields else ""


def _first(lines: pl.DataFrame, format: Format) -> int:
    """The number of the first line without which nothing would be the format's own; more lines never claim less."""
    too_few, enough = 0, lines.height
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if format.claims(lines.head(middle)) else (middle, enough)
    return int(lines["record_no"][enough - 1])
