"""Which format a file has, by its content."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl

from sms_analytics import formats
from sms_analytics.config import Config
from sms_analytics.errors import AmbiguousFormatError, UnknownFormatError
from sms_analytics.events.readings import RECORDS, Context, Format, Marks, empty
from sms_analytics.formats.engine import decoding, finding
from sms_analytics.reading import archives, carrying, containers, cutting, salvage, sources, tables, wrapping
from sms_analytics.reading.sources import Source

#: Lines that are looked at first; only where none of them is anybody's the whole first block is.
_FIRST_LINES: Final = 2000

#: A reader of plain lines that belong to nobody: for counting them.
ANY: Final = carrying.PLAIN


def detect(source: Source, config: Config) -> Format:
    """The one format that fits. Raises `UnknownFormatError` or `AmbiguousFormatError` that say what to do."""
    known = formats.of(config)
    look = _Look(source, Context(config.home_country, config.table), _marks(known))
    block = first_records(source)
    own = [format for format in known if format.name in config.formats]
    others = [format for format in known if format.name not in config.formats]
    for group in (own, [format for format in others if not format.general], [format for format in others if format.general]):
        fitting = _fitting(look, group, block)
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            names = " and ".join(format.name for format in fitting)
            raise AmbiguousFormatError(f"{source.path}: fits {names}; say which with --format")
    asked = ", ".join(format.name for format in known)
    seen = _seen(source)
    what = "; it begins like a zip archive, but has no readable directory: fetch it again" if archives.is_damaged(source.head(4)) else ""
    near = "".join(f"; {format.name} does not fit: {why}" for format in own if (why := look.misfit(format, block)))
    raise UnknownFormatError(
        f"{source.path}: no format fits its content{seen} (asked: {asked}); name one with --format, or see: sms-analytics formats{what}{near}"
    )


#: Keys that are shown, and what a name looks like: no value that somebody uses as a key.
_MOST_KEYS: Final = 24
_NAME: Final = re.compile(r"(?!.*\d{5})[^\W\d][\w@$.\- /:]{0,60}|@[\w.]{1,40}")


def _seen(source: Source) -> str:
    """For people: the keys of the first record or the headers of a table, and where it is said how to describe them; nothing for other texts."""
    record = containers.first_object(source)
    names = list(finding.flat(record, {})) if record else containers.headers(source)
    shown = [name for name in names if _NAME.fullmatch(name)][:_MOST_KEYS]
    if not shown:
        return ""
    what = "its records have the keys" if record else "a table with the columns"
    advice = "[formats.NAME] in sms_analytics.toml describes a vendor (docs/user-formats.md)" + ("" if record else ", [table.columns] names columns")
    return f": {what} {', '.join(shown)}{' ...' if len(names) > len(shown) else ''}; {advice}"


def check(source: Source, format: Format, config: Config) -> None:
    """Raises `UnknownFormatError` for a file in which a format of the user's own, named with --format, has no record: it would load nothing."""
    look = _Look(source, Context(config.home_country, config.table), _marks([format]))
    block = first_records(source)
    if format.name in config.formats and not _fitting(look, [format], block):
        why = look.misfit(format, block) or f"no record has anything of what it needs; see: sms-analytics formats {format.name}"
        raise UnknownFormatError(f"{source.path}: {format.name} does not fit: {why}")


def _marks(known: Iterable[Format]) -> list[Marks]:
    return [format.marks for format in known if format.marks is not None]


class _Text:
    """The text of some records, for a first cheap look at which `marks` it has.

    All words of all formats are looked for in one pass: 3 ms for 2,000 lines, where word by word took 100 ms a file.
    """

    def __init__(self, records: pl.DataFrame, marks: list[Marks]) -> None:
        self.records = records
        self._marks = marks

    @cached_property
    def openable(self) -> pl.DataFrame:
        """The records that a described format could open: lines of most logs hold nothing of the kind, and are not asked about 40 times."""
        return self.records.filter(pl.col("line").str.contains(decoding.MAY_HOLD))

    @cached_property
    def _plain(self) -> frozenset[str]:
        return self._found(any_case=False)

    @cached_property
    def _folded(self) -> frozenset[str]:
        return self._found(any_case=True)

    def _found(self, *, any_case: bool) -> frozenset[str]:
        text = "\n".join(self.records["line"].drop_nulls())
        words = sorted(set[str]().union(*(marks.words() for marks in self._marks if marks.any_case is any_case)))
        found = pl.Series([text.casefold() if any_case else text]).str.extract_many(words, overlapping=True)
        return frozenset(found[0].unique())

    def holds(self, marks: Marks) -> bool:
        return marks.are_in(self._folded if marks.any_case else self._plain)


@dataclass
class _Look:
    """One file that is looked at; formats share the text of what they are asked about."""

    source: Source
    context: Context
    #: What the formats that are asked must find in a text.
    marks: list[Marks]
    _texts: list[_Text] = field(default_factory=list)

    def claims(self, format: Format, lines: pl.DataFrame) -> int:
        """How many records of these lines, or of the document or table that they begin, are the format's own."""
        if format.container == "table":
            return 0 if wrapping.of(self.source) else tables.claimed(self.source, format, self.context)
        records = containers.sample(self.source, format, lines, _FIRST_LINES) if format.container == "records" else lines
        # A table names its keys in the header, which was looked at already.
        if format.marks is not None and records.columns == list(RECORDS):
            text = self._text(records)
            if not text.holds(format.marks):
                return 0
            if format.container == "records":
                records = text.openable
        if format.general and format.begins is not None:
            # A receipt may be broken over lines, none of which is one alone.
            records = cutting.joined(records, format)
        return salvage.claimed(records, format.claims)

    def misfit(self, format: Format, lines: pl.DataFrame) -> str | None:
        """What keeps the file from being this format's, where it has something in common with it."""
        why = format.misfit(containers.sample(self.source, format, lines, _FIRST_LINES))
        return why or format.misfit(containers.rows(self.source))

    def _text(self, records: pl.DataFrame) -> _Text:
        known = next((text for text in self._texts if text.records is records), None)
        if known is None:
            known = _Text(records, self.marks)
            self._texts.append(known)
        return known


def _fitting(look: _Look, group: list[Format], block: pl.DataFrame) -> list[Format]:
    """The formats that claim some of the first lines, and only where none does, those that claim any line of the block."""
    first = block.head(_FIRST_LINES)
    return [format for format in group if look.claims(format, first)] or [
        format for format in group if block.height > first.height and format.container != "table" and look.claims(format, block)
    ]


def first_records(source: Source) -> pl.DataFrame:
    """The lines of the file's first block; of a shorter file all, the last one without its end included."""
    batches = containers.first(source)
    first = next(batches, empty(RECORDS))
    whole_block = first["line"].str.len_bytes().sum() * 2 > sources.BLOCK
    return first if whole_block else pl.concat([first, next(batches, empty(RECORDS))])


def claimed(source: Source, known: Iterable[Format], context: Context) -> dict[str, int]:
    """By format, how many records of the file's first block are its own: of the first lines, and only where none of them is, of all. Those with
    none are left out."""
    known = list(known)
    look = _Look(source, context, _marks(known))
    block = first_records(source)
    first = block.head(_FIRST_LINES)
    counts = {format.name: look.claims(format, first) or (look.claims(format, block) if block.height > first.height else 0) for format in known}
    return {name: count for name, count in counts.items() if count}


#: A day in a file's name (2026-03-18, 20260318, 2026_03_18), perhaps with the time behind it (T091400, -0914, _09-14-00).
_DAY: Final = re.compile(
    r"(?<!\d)(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?:[T_. -]?([01]\d|2[0-3])([-_.:h]?)([0-5]\d)(?:\6([0-5]\d))?)?(?!\d)"
)


def file_time(source: Source) -> datetime | None:
    """The day in the file's name (UTC midnight, or the time behind it), else when the file was last written, naive UTC; none for standard input."""
    return _named_time(Path(source.path).name) or source.written_utc


def _named_time(name: str) -> datetime | None:
    for year, _, month, day, hour, _, minute, second in _DAY.findall(name):
        try:
            return datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC).replace(tzinfo=None)
        except ValueError:
            continue
    return None
