"""Hatching: what was not reported, and what is not over yet. Vega has no patterns, so it is drawn, line by line, in the data's own coordinates."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil
from typing import Final

import altair as alt
import polars as pl

#: Pixels from line to line.
_APART: Final = 7

#: Columns of lines, in pixels as `between` gives them.
_COLUMNS: Final = ("hatch_from", "hatch_low", "hatch_to", "hatch_high")

#: A piece of an area in pixels: where, from which height, up to which height.
Edge = tuple[float, float, float]


def in_bars(frame: pl.DataFrame, group: str, low: str, high: str, *, width: float, height: float) -> pl.DataFrame:
    """Lines across the part of each horizontal bar between the columns `low` and `high`: `group`, `hatch_from`, `hatch_to`."""
    lines = [
        (name, (begin + at) / width, (begin + at + reach) / width)
        for name, first, last in frame.select(group, low, high).drop_nulls().iter_rows()
        for begin, long in [(first * width, (last - first) * width)]
        for reach in [min(height, long)]
        for at in _steps(long - reach, long)
    ]
    return pl.DataFrame(lines, schema={group: pl.String, "hatch_from": pl.Float64, "hatch_to": pl.Float64}, orient="row")


def _steps(room: float, long: float) -> Iterator[float]:
    if long >= 2:
        yield from (step * _APART for step in range(int(room / _APART) + 1))


def drawn_in_bars(lines: pl.DataFrame, group: str, names: Sequence[str], *, share: float) -> alt.Chart:
    """The lines of `in_bars`; `share` is the bar's part of its row."""
    low, high = 0.5 + share / 2, 0.5 - share / 2
    chart: alt.Chart = (
        alt.Chart(lines)
        .mark_rule(style="hatch")
        .encode(
            x=alt.X("hatch_from:Q"),
            x2="hatch_to:Q",
            y=alt.Y(f"{group}:N", sort=list(names), bandPosition=low),
            y2=alt.Y2(group, bandPosition=high),
        )
    )
    return chart


@dataclass(frozen=True)
class Frame:
    """The plot that areas lie in: its size in pixels, the times at its sides, the value at its top (0 is at its bottom)."""

    width: int
    height: int
    ends: tuple[datetime, datetime]
    top: float = 1.0

    def edge(self, at: datetime, low: float, high: float) -> Edge:
        """A place in pixels."""
        return ((at - self.ends[0]) / (self.ends[1] - self.ends[0]) * self.width, low / self.top * self.height, high / self.top * self.height)

    def lines(self, areas: Iterable[Sequence[Edge]], *, steep: int = 1, apart: int = _APART) -> pl.DataFrame:
        """The lines across these areas, in the plot's own coordinates."""
        begin, whole = self.ends[0], self.ends[1] - self.ends[0]
        rows = [
            (begin + whole * (x / self.width), y / self.height * self.top, begin + whole * (x2 / self.width), y2 / self.height * self.top)
            for area in areas
            for x, y, x2, y2 in between(area, steep=steep, apart=apart)
        ]
        types = (pl.Datetime("ms"), pl.Float64(), pl.Datetime("ms"), pl.Float64())
        return pl.DataFrame(rows, schema=dict(zip(_COLUMNS, types, strict=True)), orient="row")


def drawn(lines: pl.DataFrame, style: str = "hatch") -> alt.Chart:
    """The lines of `Frame.lines`."""
    chart: alt.Chart = alt.Chart(lines).mark_rule(style=style).encode(x="hatch_from:T", x2="hatch_to:T", y="hatch_low:Q", y2="hatch_high:Q")
    return chart


def between(edges: Sequence[Edge], *, steep: int = 1, apart: int = _APART) -> Iterator[tuple[float, float, float, float]]:
    """Lines of 45 degrees within the area between two edges, in pixels: x, y, x, y. They rise to the right, or fall if `steep` is -1."""
    columns = [column for left, right in pairwise(edges) for column in _columns(left, right)]
    if not columns:
        return
    first, last = columns[0][0], columns[-1][0]
    low, high = min(column[1] for column in columns), max(column[2] for column in columns)
    starts = sorted((low - steep * first, low - steep * last, high - steep * first, high - steep * last))
    for shift in range(ceil(starts[0] / apart) * apart, int(starts[-1]) + 1, apart):
        yield from _runs(columns, steep, shift)


def _columns(left: Edge, right: Edge) -> Iterator[Edge]:
    steps = max(1, round(right[0] - left[0]))
    for step in range(steps + 1):
        part = step / steps
        x, low, high = (a + (b - a) * part for a, b in zip(left, right, strict=True))
        yield x, low, high


def _runs(columns: Sequence[Edge], steep: int, shift: int) -> Iterator[tuple[float, float, float, float]]:
    """The stretches of the line `y = steep * x + shift` that lie in the area."""
    begin: float | None = None
    end = 0.0
    for x, low, high in columns:
        if low <= steep * x + shift <= high:
            begin, end = (x if begin is None else begin), x
        elif begin is not None:
            yield begin, steep * begin + shift, end, steep * end + shift
            begin = None
    if begin is not None:
        yield begin, steep * begin + shift, end, steep * end + shift
