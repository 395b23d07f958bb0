"""The counts that the HTML report answers from on its own: by operator, country, part of the customer's messages and week, small groups put together.

A page adds up the cells that are chosen and makes the rates of the sums, as `rates` does; no rate is ever averaged. Cells are few however many
messages there are: only the largest parts stand by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from sms_analytics.charts import theme
from sms_analytics.report.folding import EVERY, OTHER
from sms_analytics.report.group_names import named
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.vocabulary import NOT_SENT, SENT_OUTCOMES

#: The counts of a cell; all others are sums of these.
COUNTS: Final = (*SENT_OUTCOMES, *NOT_SENT, "provisional", "receipts_only")
#: More cells than this would make the file too large to send: about 1 MB.
MOST_CELLS: Final = 25_000
#: A list of more names is no list to choose from.
_MOST_NAMES: Final = 60
#: What stands for a message of which nobody knows when it was sent.
_NO_WEEK: Final = -1


@dataclass(frozen=True)
class Cube:
    """The cells as columns of whole numbers: for each dimension the place in its list of names, for each count its number. `minimum`: shares of fewer
    sent messages are not shown.
    """

    dimensions: dict[str, tuple[str, list[str]]]
    weeks: list[str]
    week_names: list[str]
    cells: dict[str, list[int]]
    minimum: int

    def as_data(self, lang: Lang) -> dict[str, Any]:
        """What the page reads, with the words that it needs."""
        return {
            "lang": {"nb": "nb-NO", "en": "en-GB"}[lang],
            "dimensions": {name: {"label": heading, "names": names} for name, (heading, names) in self.dimensions.items()},
            "weeks": self.weeks,
            "week_names": self.week_names,
            "cells": self.cells,
            "counts": {"sent": list(SENT_OUTCOMES), "not_sent": list(NOT_SENT)},
            "minimum": self.minimum,
            "words": labels("report_cube", lang) | {f"column_{name}": text for name, text in labels("report_column", lang).items()},
            "all": label("report.every", lang),
            "sum": label("report.sum", lang),
            "colours": {name: theme.OUTCOME_COLOURS[name] for name in ("delivered", "failed")} | {"open": theme.OPEN},
        }


def of(counted: pl.DataFrame, part: str, *, minimum: int, lang: Lang) -> Cube:
    """The cube of counts by `operator`, `country`, `part` (a column of the frame) and `week`."""
    names = {"operator": "operator", "country": "country", "part": part}
    frame = counted.select(*(pl.col(column).alias(name) for name, column in names.items()), "week", *COUNTS)
    frame = _folded(frame, minimum)
    lists = {name: _in_order(frame, name) for name in names}
    weeks = frame["week"].drop_nulls().unique().sort().to_list()
    places = [_places(frame[name], list(known)) for name, known in lists.items()]
    when = frame["week"].replace_strict({week: place for place, week in enumerate(weeks)}, default=_NO_WEEK, return_dtype=pl.Int64).alias("week")
    counts = [name for name in COUNTS if frame[name].sum()]
    cells = pl.DataFrame([*places, when]).hstack(frame.select(counts)).group_by(*names, "week").agg(pl.col(counts).sum()).sort(*names, "week")
    return Cube(
        {name: (label(f"report_column.{names[name]}", lang), _spoken(names[name], known, lang)) for name, known in lists.items()},
        [week.isoformat() for week in weeks],
        [theme.period_text("week", week, lang) for week in weeks],
        {name: cells[name].to_list() for name in cells.columns},
        minimum,
    )


def _folded(frame: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """The frame with its small groups put together, and more of the parts where there would be too many cells."""
    for name in ("operator", "country"):
        frame = _together(frame, name, minimum, _MOST_NAMES)
    most = _MOST_NAMES
    found = _together(frame, "part", minimum, most)
    while found.select("operator", "country", "part", "week").n_unique() > MOST_CELLS and most > 1:
        most //= 2
        found = _together(frame, "part", minimum, most)
    return found


def _together(frame: pl.DataFrame, name: str, minimum: int, most: int) -> pl.DataFrame:
    """The frame with the groups of fewer than the minimum, and those behind the largest, under one name."""
    sizes = _sizes(frame, name)
    keep = sizes.filter(pl.col("size") >= minimum).head(most)[name]
    if keep.len() == sizes.height or sizes.height < 2:
        return frame
    small = pl.lit(OTHER if keep.len() else EVERY)
    known = pl.col(name).is_in(keep.drop_nulls().to_list()).fill_null(value=bool(keep.null_count()))
    return frame.with_columns(pl.when(known).then(name).otherwise(small).alias(name))


def _sizes(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    size = pl.sum_horizontal(*SENT_OUTCOMES, *NOT_SENT, "receipts_only").sum().alias("size")
    return frame.group_by(name).agg(size).sort("size", name, descending=[True, False], nulls_last=True)


def _in_order(frame: pl.DataFrame, name: str) -> list[str | None]:
    """The names, largest first, the others last."""
    known = _sizes(frame, name)[name].to_list()
    return sorted(known, key=lambda one: one in (OTHER, EVERY))


def _places(values: pl.Series, known: list[str | None]) -> pl.Series:
    place = {one: number for number, one in enumerate(known)}
    return pl.Series(values.name, [place[value] for value in values], dtype=pl.Int64)


def _spoken(dimension: str, known: Sequence[str | None], lang: Lang) -> list[str]:
    return [named(dimension, name, lang) for name in known]
