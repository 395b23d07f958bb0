"""Frames as text: a table for people, as plain text or HTML, CSV and JSON for programs.

JSON is an array of objects, CSV has a header and commas; both have the columns of the frame under their names, numbers as they are, and times in
ISO 8601 with their offset: `_utc` columns in UTC, `hour` in the shown zone. A table has headings and words in the chosen language, shares in percent,
times in the shown zone (named in the heading), `–` where there is nothing.
"""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import polars as pl
from rich.cells import cell_len, set_cell_size

from sms_analytics.text import markup
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.text.phrases import filled, heading, phrase, values
from sms_analytics.text.printable import plain
from sms_analytics.text.zones import column_with_offset, local
from sms_analytics.vocabulary import ASSUMED, COUNTS, NOT_SENT, RATES, SENT_OUTCOMES, SHARES_WITHIN

NOTHING: Final = "–"

#: Columns whose values have texts, with the kind of the texts.
WORDS: Final = {
    **{
        name: name
        for name in ("status", "outcome", "reason", "reason_class", "kind", "said_by", "decided_by", "gap_cause", "outage_kind", "operator_source")
    },
    **{
        name: name
        for name in ("time_precision", "receipt_requested", "charge", "charge_status", "id_rule", "clock", "weekday", "container", "verdict")
    },
    "direction": "verdict",
    "last_status": "status",
    "what": "what",
    "finding": "finding",
    "state": "load_state",
}
#: Differences of shares.
POINTS: Final = frozenset(["change", "change_low", "change_high", "detectable", "mix", "silence", "delivery", "effect"])
SHARES: Final = frozenset(
    [
        *POINTS,
        "share_before",
        "rate_before",
        "rate",
        "coverage_before",
        "pooled",
        "mean",
        "low",
        "high",
        "rate_standardised",
        "mix_covered",
        "rate_answered_before",
        *RATES,
        "share",
        "share_of_sent",
        *(name for share in SHARES_WITHIN for name in (share, f"{share}_low", f"{share}_high")),
        *("share_delivered", "share_delivered_low", "share_delivered_high", "share_failed", "share_open"),
        *("receipts_true", "coverage_of_proven", "rate_proven", "backtest_error", "backtest_cover"),
        "loss_share",
    ]
)
#: Numbers of which the third decimal matters.
_PROBABILITIES: Final = frozenset({"q", "cost_per_message", "cost_per_confirmed"})
#: Shares that are compared by eye, with the colour of the bar behind them.
_BARRED: Final = {
    **dict.fromkeys(("rate_confirmed", "rate_possible", "rate_answered", "receipts_only_answered", *ASSUMED), "#0072b2"),
    **dict.fromkeys(("coverage",), "#7b8794"),
    **dict.fromkeys(("share", "share_of_sent"), "#d55e00"),
    **dict.fromkeys((*SHARES_WITHIN, "receipts_true", "coverage_of_proven", "rate_proven"), "#0072b2"),
}
#: Columns where nothing means that nobody said.
_UNKNOWN: Final = frozenset({"operator", "country"})
#: Stands in UTC in tables too: it tells the two passes of a repeated hour apart.
_KEPT_UTC: Final = "hour_utc"

#: Their end says more than their beginning when there is no room for all.
_PLACES: Final = frozenset({"path", "place"})

_GUTTER: Final = "  "


@dataclass(frozen=True)
class Table:
    """A table as text, and the headings of the columns for which the terminal had no room."""

    text: str
    left_out: tuple[str, ...] = ()


def as_json(frame: pl.DataFrame, zone: str) -> str:
    """An array of objects, one a line."""
    lines = _with_iso_times(frame, zone).write_ndjson().rstrip("\n").replace("\n", ",\n")
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def as_csv(frame: pl.DataFrame, zone: str) -> str:
    """Comma-separated, with a header. A text that a spreadsheet would calculate has an apostrophe in front; JSON and Parquet have it as it is."""
    return without_formulas(_with_iso_times(frame, zone)).write_csv()


#: What a spreadsheet would calculate; numbers with a sign, phone numbers among them, are none.
_FORMULA: Final = r"^\s*[=@\x{FF1D}\x{FF20}]|^[\t\r\n]|^\s*[+\-\x{FF0B}\x{FF0D}\x{2212}].*[^\d\s.,•]"


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before each text that a spreadsheet would take for a formula."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name) for name in texts
    )


def _with_iso_times(frame: pl.DataFrame, zone: str) -> pl.DataFrame:
    shown = {name: zone if name == "hour" else "UTC" for name, dtype in frame.schema.items() if dtype == pl.Datetime}
    return frame.with_columns(_iso(_KEPT_UTC if name == "hour" else name, of).alias(name) for name, of in shown.items())


def _iso(column: str, zone: str) -> pl.Expr:
    local = column_with_offset(pl.col(column), zone)
    return local.dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z")


def title(column: str, lang: Lang, zone: str) -> str:
    """The heading of a column that people read, with the zone of its times."""
    return heading(column, lang) if column == _KEPT_UTC else heading(column, lang).replace("(UTC)", f"({zone})")


def words(column: str, lang: Lang) -> dict[str, str]:
    """The texts of the values of a column of `WORDS`."""
    return values(WORDS[column], lang)


def local_time(utc: datetime | None, zone: str) -> str:
    """A naive UTC time as people of that zone read it."""
    return NOTHING if utc is None else f"{local(utc, zone):%Y-%m-%d %H:%M:%S}"


def percent(share: float, lang: Lang) -> str:
    """A share in percent with one decimal, as the language writes it."""
    return f"{share * 100:.1f}".replace(".", ",") + " %" if lang == "nb" else f"{share * 100:.1f}%"


def points(difference: float, lang: Lang) -> str:
    """A difference of two shares in percentage points with one decimal and its sign."""
    tenths = round(difference * 1000)
    number = f"{tenths / 10:+.1f}" if tenths else "0.0"
    return f"{number.replace('-', chr(0x2212)).replace('.', ',')} prosentpoeng" if lang == "nb" else f"{number.replace('-', chr(0x2212))} pp"


def as_table(frame: pl.DataFrame, *, lang: Lang, zone: str, width: int | None = None, keys: int = 1, stacked: bool = True) -> Table:
    """The frame as a table. Without a `width` every row is one line, however long.

    With one, headings are wrapped, long texts shortened, and columns that do not fit stand below, each time behind the first `keys` columns;
    or they are left out where `stacked` is false.
    """
    columns = [_column(frame[name], lang, zone) for name in frame.columns]
    if width is None:
        return Table(_block(columns))
    fitted = _fitted(columns, width, keys)
    blocks = _blocks(fitted, width, keys)
    if stacked:
        return Table("\n".join(_block(block) for block in blocks))
    return Table(_block(blocks[0]), tuple(column.heading for column in fitted if column not in blocks[0]))


def is_known(frame: pl.DataFrame) -> bool:
    """Do all columns of the frame have a heading, as those of our answers have?"""
    return frame.width > 0 and all(heading(name, "nb") != name or name in labels("column", "nb") for name in frame.columns)


def as_html(frame: pl.DataFrame, *, lang: Lang, zone: str, at_most: int = 30) -> str:
    """The first `at_most` rows as an HTML table: what must be known first above it, shares as percent with a small bar behind them."""
    shown = frame.head(at_most)
    columns = [_html_column(shown[name], lang, zone) for name in shown.columns]
    more = label("notebook.more_rows", lang).format(count=frame.height - at_most) if frame.height > at_most else ""
    return markup.warnings(_to_know(frame, lang)) + markup.table(columns) + markup.notes([more])


def _html_column(values_of: pl.Series, lang: Lang, zone: str) -> markup.Column:
    text = _column(values_of, lang, zone)
    bars = values_of.cast(pl.Float64).to_list() if values_of.name in _BARRED else ()
    return markup.Column(text.heading, text.cells, text.right, bars, _BARRED.get(values_of.name, ""))


def _to_know(frame: pl.DataFrame, lang: Lang) -> list[str]:
    """What a reader of rates must know before the first number."""
    if not {"sent", "provisional", "rate_confirmed"} <= set(frame.columns):
        return []
    count, sent = frame["provisional"].sum(), frame["sent"].sum()
    said = [filled(label("notebook.provisional", lang), count=int(count), sent=int(sent))] if count else []
    apart = int(frame["receipts_only"].sum()) if "receipts_only" in frame.columns else 0
    return [*said, filled(label("notebook.unknown_rates", lang), count=apart)] if apart else said


@dataclass(frozen=True)
class _Column:
    heading: str
    lines: tuple[str, ...]
    cells: tuple[str, ...]
    right: bool
    keeps_end: bool

    @cached_property
    def width(self) -> int:
        return max(cell_len(text) for text in (*self.lines, *self.cells))

    def narrowed(self, most: int) -> "_Column":
        """As narrow as its cells and the longest word of its heading allow, and no wider than `most`."""
        words = max(len(word) for word in self.heading.split())
        width = min(max([words, *map(cell_len, self.cells)]), most)
        lines = tuple(textwrap.wrap(self.heading, width))
        return replace(self, lines=lines, cells=tuple(self._shortened(cell, width) for cell in self.cells))

    def _shortened(self, text: str, width: int) -> str:
        if cell_len(text) <= width:
            return text
        return "…" + set_cell_size(text[::-1], width - 1)[::-1] if self.keeps_end else set_cell_size(text, width - 1).rstrip() + "…"

    def line(self, text: str) -> str:
        blanks = " " * (self.width - cell_len(text))
        return blanks + text if self.right else text + blanks


def _column(values_of: pl.Series, lang: Lang, zone: str) -> _Column:
    name = values_of.name
    shown = title(name, lang, zone)
    show = _shower(name, values_of.dtype, lang, zone)
    missing = phrase("unknown", lang) if name in _UNKNOWN else NOTHING
    cells = tuple(missing if value is None else show(value) for value in values_of)
    return _Column(shown, (shown,), cells, values_of.dtype.is_numeric() and name not in WORDS, name in _PLACES)


def _shower(name: str, dtype: pl.DataType, lang: Lang, zone: str) -> Callable[[Any], str]:
    """How a value of this column is written."""
    if name in WORDS:
        spoken = words(name, lang)
        return lambda value: spoken.get(str(value), plain(value))
    if name in POINTS:
        return lambda value: points(value, lang)
    if name in SHARES and dtype.is_numeric():
        return lambda value: percent(value, lang)
    if name == "horizon_s":
        return lambda value: phrase("hours", lang, value // 3600) if value % 86400 else phrase("days", lang, value // 86400)
    if name in ("hour", _KEPT_UTC):
        return lambda value: f"{value:%Y-%m-%d %H:%M}"
    return _week(lang) if name == "week" else _shower_of_type(dtype, lang, zone, decimals=3 if name in _PROBABILITIES else 1)


def _week(lang: Lang) -> Callable[[Any], str]:
    """A week as people name it, by its Monday: `uke 43, 2026`."""

    def shown(value: Any) -> str:
        year, week, _ = value.isocalendar()
        return f"{phrase('week', lang, week)}, {year}"

    return shown


def _shower_of_type(dtype: pl.DataType, lang: Lang, zone: str, *, decimals: int) -> Callable[[Any], str]:
    if dtype == pl.Datetime:
        return lambda value: local_time(value, zone)
    if dtype == pl.Boolean:
        return lambda value: phrase("yes" if value else "no", lang)
    if dtype.is_float():
        return lambda value: f"{value:.{decimals}f}".replace(".", "," if lang == "nb" else ".")
    return plain


def _fitted(columns: list[_Column], width: int, keys: int) -> list[_Column]:
    """The columns narrow enough for the key columns and any other one to stand side by side."""
    fitted = [column.narrowed(width // 2) for column in columns]
    if all(_total([*fitted[:keys], column]) <= width for column in fitted[keys:]):
        return fitted
    return [column.narrowed((width - len(_GUTTER) * keys) // (keys + 1)) for column in columns]


def _blocks(columns: list[_Column], width: int, keys: int) -> list[list[_Column]]:
    """The columns in groups that fit, each behind the key columns; a column too wide for any group stands alone with them."""
    key, rest = columns[:keys], columns[keys:]
    blocks = [list(key)]
    for column in rest:
        if len(blocks[-1]) > len(key) and _total([*blocks[-1], column]) > width:
            blocks.append(list(key))
        blocks[-1].append(column)
    return blocks


def _total(columns: list[_Column]) -> int:
    return sum(column.width for column in columns) + len(_GUTTER) * (len(columns) - 1)


def _block(columns: list[_Column]) -> str:
    height = max(len(column.lines) for column in columns)
    headings = [("",) * (height - len(column.lines)) + column.lines for column in columns]
    rule = tuple("─" * column.width for column in columns)
    rows = [*zip(*headings, strict=True), rule, *zip(*(column.cells for column in columns), strict=True)]
    lines = (_GUTTER.join(column.line(cell) for column, cell in zip(columns, row, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def headline(rates: pl.DataFrame, lang: Lang) -> list[str]:
    """How the messages of `rates` add up, two sums in words, the same whatever they are by: all of them, and the sent ones. What is 0 is left out.

    Messages that are known from receipts only stand beside, in a line of their own.
    """
    counts = {name: int(rates[name].sum()) for name in COUNTS}
    sums = [_sum(counts, "messages", ("sent", *NOT_SENT), lang), _sum(counts, "sent", SENT_OUTCOMES, lang)]
    apart = counts["receipts_only"]
    if apart and apart != counts["messages"]:
        sums.append(filled(label("note.beside", lang), heading=heading("receipts_only", lang), messages=apart))
    return sums


def _sum(counts: dict[str, int], whole: str, parts: tuple[str, ...], lang: Lang) -> str:
    terms = [f"{counts[part]} {in_a_sentence(heading(part, lang))}" for part in parts if counts[part]]
    return f"{heading(whole, lang)}: {counts[whole]} = {' + '.join(terms) or 0}"


def in_a_sentence(text: str) -> str:
    """A label as it stands in the middle of a sentence."""
    return text[:1].lower() + text[1:]
