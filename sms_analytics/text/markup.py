"""Small tables as HTML, for notebooks: readable in a light and in a dark one, and safe whatever the texts hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_TABLE: Final = "border-collapse:collapse;font-variant-numeric:tabular-nums;margin:4px 0 8px"
_HEAD: Final = "padding:4px 10px;border-bottom:1px solid #8a939c;font-weight:600;vertical-align:bottom;max-width:9em;white-space:normal"
_CELL: Final = "padding:3px 10px;border-bottom:1px solid #8a939c40;white-space:nowrap;max-width:28em;overflow:hidden;text-overflow:ellipsis"
_WARNING: Final = "border-left:4px solid #d55e00;padding:2px 10px;margin:4px 0"
_NOTE: Final = "opacity:.75;margin:2px 0 6px"


@dataclass(frozen=True)
class Column:
    """A heading with its texts, and for shares the bars behind them (0 to 1, None for none)."""

    heading: str
    cells: Sequence[str]
    right: bool = False
    bars: Sequence[float | None] = ()
    bar_colour: str = "#0072b2"


def table(columns: Sequence[Column]) -> str:
    """The columns side by side."""
    heads = "".join(f'<th style="{_HEAD};text-align:{_side(column)}">{escape(column.heading)}</th>' for column in columns)
    rows = ("".join(_cell(column, row) for column in columns) for row in range(len(columns[0].cells) if columns else 0))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div style="overflow-x:auto"><table style="{_TABLE}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _side(column: Column) -> str:
    return "right" if column.right else "left"


def _cell(column: Column, row: int) -> str:
    share = column.bars[row] if column.bars else None
    bar = "" if share is None else f";background:linear-gradient(90deg,{column.bar_colour}59 {100 * share:.1f}%,transparent 0)"
    return f'<td style="{_CELL};text-align:{_side(column)}{bar}">{escape(column.cells[row])}</td>'


def warnings(texts: Iterable[str]) -> str:
    """What must be known before anything is read, a line each."""
    return "".join(f'<div style="{_WARNING}">{escape(text)}</div>' for text in texts)


def notes(texts: Iterable[str]) -> str:
    """What stands beside, a line each."""
    return "".join(f'<div style="{_NOTE}">{escape(text)}</div>' for text in texts if text)
