"""A report without a look: texts, figures, tables and charts in the order in which they are read. HTML, PDF and Excel show the same one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from sms_analytics.report import written
from sms_analytics.report.cube import Cube
from sms_analytics.report.written import Kind
from sms_analytics.text.labels import Lang


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, what it holds, and how wide it wants to be beside the others."""

    heading: str
    kind: Kind
    weight: float = 1.0

    @property
    def is_number(self) -> bool:
        return self.kind in ("count", "share", "points", "seconds", "money")

    @property
    def is_long(self) -> bool:
        """Sentences, not names."""
        return self.kind == "text" and self.weight > 4


@dataclass(frozen=True)
class Table:
    """Values under columns: numbers as numbers, times as times. `total` says that the last row is the sum, `faded` which rows are provisional."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: bool = False
    faded: frozenset[int] = frozenset()
    unit: str = "day"

    def texts(self, lang: Lang, zone: str) -> list[list[str]]:
        """The rows as people read them."""
        return [
            [written.cell(column.kind, value, lang, zone=zone, unit=self.unit) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Picture:
    """A chart as a Vega-Lite specification without a look, what it shows in words, and notes that stand below it."""

    key: str
    alt: str
    spec: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """One key figure: its name, the value as text and as a number, a line about it, and how it changed."""

    key: str
    label: str
    text: str
    kind: Kind
    value: float | None
    note: str
    change: str = ""


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it."""

    key: str
    title: str
    leads: tuple[str, ...] = ()
    picture: Picture | None = None
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Messages:
    """A list for Excel only, of messages or numbers: a lead, and the rows, or none where there are too many."""

    lead: str
    table: Table | None


@dataclass(frozen=True)
class Document:
    """The whole report."""

    lang: Lang
    zone: str
    title: str
    customer: str
    subtitle: str
    brand: str | None
    as_of_utc: datetime
    as_of: str
    freshness: str
    comparison: str
    warnings: tuple[str, ...]
    finding: tuple[str, ...]
    cards: tuple[Card, ...]
    hero: Picture | None
    sections: tuple[Section, ...]
    definitions: tuple[tuple[str, str], ...]
    quality: Section
    footer: str
    messages: Messages | None = None
    #: Numbers to take off the lists.
    numbers: Messages | None = None
    #: What only the sender needs: files, loads, words without a meaning. Empty in what customers get.
    appendix: tuple[Section, ...] = ()
    #: What the HTML report answers from.
    cube: Cube | None = None


def rows_of(frame: pl.DataFrame, columns: Sequence[str]) -> tuple[tuple[Any, ...], ...]:
    """The rows of these columns of a frame."""
    return tuple(frame.select(columns).rows())
