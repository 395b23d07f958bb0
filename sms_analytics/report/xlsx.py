"""A document as an Excel workbook to work in: numbers are numbers, times are times, and no cell is a formula, whatever a name or a log says."""

from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from textwrap import wrap
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sms_analytics.charts import theme
from sms_analytics.report.brand import Brand
from sms_analytics.report.document import Column, Document, Messages, Section, Table
from sms_analytics.report.written import Kind, seconds
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.zones import local

#: What Excel takes: rows of a sheet, signs of a cell, signs of a sheet's name.
MOST_ROWS: Final = 1_048_576
_MOST_SIGNS: Final = 32_767
_MOST_OF_A_NAME: Final = 31

_WIDTHS: Final[dict[Kind, float]] = {"text": 26, "count": 12, "share": 13, "points": 14, "seconds": 12, "money": 13, "moment": 18, "period": 14}
_NUMBERS: Final[dict[Kind, str]] = {"count": "#,##0", "share": "0.0%", "points": "+0.00;-0.00;0.00", "money": "#,##0.00"}
#: Rows of a table that one screen shows; of a longer one the header stays.
_SCREEN: Final = 20
#: How high a line is, in points.
_LINE: Final = 15.0
_DATES: Final[dict[Lang, tuple[str, str]]] = {"nb": ("dd.mm.yyyy", "dd.mm.yyyy hh:mm"), "en": ("dd/mm/yyyy", "dd/mm/yyyy hh:mm")}
_COLOURS: Final = {
    "rate_confirmed": theme.OUTCOME_COLOURS["delivered"],
    "rate_possible": theme.OPEN,
    "share": theme.OUTCOME_COLOURS["failed"],
}

_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


def written(document: Document, brand: Brand) -> bytes:
    """The file's content. The same document gives the same bytes."""
    file = BytesIO()
    with Workbook(file, _OPTIONS) as book:
        title = f"{document.title} – {document.customer} – {document.subtitle}"
        book.set_properties({"title": title, "author": brand.name or "", "comments": document.footer, "created": document.as_of_utc})
        _Writer(book, document, brand).write()
    return file.getvalue()


class _Writer:
    def __init__(self, book: Workbook, document: Document, brand: Brand) -> None:
        self._book = book
        self._document = document
        self._lang: Lang = document.lang
        self._zone = document.zone
        self._accent = brand.on_light
        self._logo = brand.logo
        self._formats: dict[tuple[Kind, str, bool], Format] = {}
        self._title = book.add_format({"bold": True, "font_size": 18, "font_color": self._accent})
        self._heading = book.add_format({"bold": True, "font_size": 12, "font_color": self._accent})
        heading = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 2, "bottom_color": self._accent}
        self._head = book.add_format({**heading, "align": "left", "indent": 1})
        self._number_head = book.add_format({**heading, "align": "right"})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top", "align": "left", "indent": 1})
        self._lead = book.add_format({"text_wrap": True, "valign": "top"})
        self._strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "align": "left", "indent": 1})
        self._names: set[str] = set()

    def write(self) -> None:
        """All sheets, in the order of the document."""
        self._summary()
        for section in self._document.sections:
            if section.tables:
                self._section(replace(section, tables=tuple(_typed(table) for table in section.tables)))
        self._definitions()
        self._section(self._document.quality)
        for section in self._document.appendix:
            if section.tables:
                self._section(section)
        self._list("unreachable", self._document.numbers)
        self._list("messages", self._document.messages)

    def _sheet(self, name: str) -> Worksheet:
        short = base = name.translate(str.maketrans("", "", "[]:*?/\\'"))[:_MOST_OF_A_NAME]
        number = 1
        while short.lower() in self._names:
            number += 1
            short = f"{base[: _MOST_OF_A_NAME - 4]} ({number})"
        self._names.add(short.lower())
        sheet: Worksheet = self._book.add_worksheet(short)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P / &N")
        return sheet

    def _summary(self) -> None:
        document = self._document
        sheet = self._sheet(label("report_section.summary", self._lang))
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 16)
        sheet.set_column(2, 3, 52)
        lines: list[tuple[str, Format | None]] = [
            (document.customer, self._title),
            (f"{document.title} · {document.subtitle}", self._heading),
            *([(document.brand, None)] if document.brand else []),
            (f"{document.as_of}. {document.freshness}", None),
            *([(document.comparison, None)] if document.comparison else []),
        ]
        if document.warnings:
            lines += [("", None), (label("report.warnings", self._lang), self._heading), *((warning, None) for warning in document.warnings)]
        lines += [("", None), (label("report.finding", self._lang), self._heading), *((sentence, None) for sentence in document.finding), ("", None)]
        for row, (text, look) in enumerate(lines):
            self._across(sheet, row, text, look, columns=4, signs=140)
        if self._logo is not None:
            shown = {"image_data": BytesIO(self._logo.drawn), "x_scale": 0.5, "y_scale": 0.5, "x_offset": 150, "y_offset": 2, "object_position": 3}
            sheet.insert_image(0, 3, "logo.png", {**shown, "description": document.brand or document.title})
        self._cards(sheet, len(lines))
        sheet.write_string(len(lines) + len(document.cards) + 3, 0, document.footer)

    def _across(self, sheet: Worksheet, row: int, text: str, look: Format | None, *, columns: int, signs: int) -> None:
        """A text over the width of what stands below it, with the room that its lines need."""
        if look is None:
            look = self._lead
            sheet.set_row(row, _height(text, signs))
        if columns > 1:
            sheet.merge_range(row, 0, row, columns - 1, "", look)
        sheet.write_string(row, 0, text, look)

    def _cards(self, sheet: Worksheet, top: int) -> None:
        changed = any(card.change for card in self._document.cards)
        for number, key in enumerate(("figures", "value", "explained", *(["change"] if changed else []))):
            sheet.write_string(top, number, label(f"report.{key}", self._lang), self._number_head if key == "value" else self._head)
        for row, card in enumerate(self._document.cards, start=top + 1):
            sheet.set_row(row, max(_height(card.note, 48), _height(card.change, 48)))
            sheet.write_string(row, 0, card.label, self._strong)
            self._cell(sheet, (row, 1), Column("", card.kind), card.value)
            sheet.write_string(row, 2, card.note, self._wrapped)
            if changed:
                sheet.write_string(row, 3, card.change, self._wrapped)

    def _section(self, section: Section) -> None:
        sheet = self._sheet(section.title)
        sheet.write_string(0, 0, section.title, self._title)
        columns = max(len(table.columns) for table in section.tables)
        signs = int(sum(self._widths(sheet, section.tables)))
        row = 1
        for lead in section.leads:
            self._across(sheet, row, lead, None, columns=columns, signs=signs)
            row += 1
        row += 1
        tops = []
        for table in section.tables:
            if table.caption != section.title:
                sheet.write_string(row, 0, table.caption, self._heading)
                row += 1
            tops.append(row)
            self._table(sheet, table, row)
            row += len(table.rows) + 2
        if len(tops) == 1 and len(section.tables[0].rows) > _SCREEN:
            sheet.freeze_panes(tops[0] + 1, 1)
        if section.picture is not None:
            self._chart(sheet, section.tables[0], section.title, top=tops[0], row=row + 1)

    def _widths(self, sheet: Worksheet, tables: tuple[Table, ...]) -> list[float]:
        """Sets how wide the columns of a sheet are, in signs; returns that."""
        widths = []
        for number in range(max(len(table.columns) for table in tables)):
            columns = [table.columns[number] for table in tables if number < len(table.columns)]
            widths.append(max(_width(column) for column in columns))
            sheet.set_column(number, number, widths[-1])
        return widths

    def _table(self, sheet: Worksheet, table: Table, top: int) -> None:
        for number, column in enumerate(table.columns):
            sheet.write_string(top, number, self._headed(column), self._number_head if column.is_number and number else self._head)
        # Words are wrapped as wholes, and bold ones are wide.
        deep = max(len(wrap(self._headed(column), max(1, int(0.9 * _width(column))))) for column in table.columns)
        sheet.set_row(top, _LINE * max(2, deep))
        for offset, row in enumerate(table.rows, start=1):
            total = table.total and offset == len(table.rows)
            lines = max(_height(value, _width(column)) for column, value in zip(table.columns, row, strict=True))
            if lines > _LINE:
                sheet.set_row(top + offset, lines)
            for number, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                self._cell(sheet, (top + offset, number), column, value, unit=table.unit, total=total)

    def _headed(self, column: Column) -> str:
        return f"{column.heading} ({self._zone})" if column.kind == "moment" else column.heading

    def _cell(self, sheet: Worksheet, at: tuple[int, int], column: Column, value: Any, *, unit: str = "day", total: bool = False) -> None:
        row, number = at
        look = self._format(column.kind, unit, total)
        if value is None:
            sheet.write_blank(row, number, None, look)
        elif isinstance(value, str):
            sheet.write_string(row, number, value[:_MOST_SIGNS], look)
        elif isinstance(value, datetime):
            shown = local(value, self._zone) if column.kind == "moment" else value
            sheet.write_datetime(row, number, shown.replace(microsecond=0), look)
        elif isinstance(value, date):
            sheet.write_datetime(row, number, value, look)
        else:
            sheet.write_number(row, number, 100 * value if column.kind == "points" else value, look)

    def _format(self, kind: Kind, unit: str, total: bool) -> Format:
        key = (kind, unit, total)
        if key not in self._formats:
            day, minute = _DATES[self._lang]
            others = {"moment": minute, "period": minute if unit == "hour" else day, "seconds": _seconds(self._lang)}
            number = _NUMBERS.get(kind) or others.get(kind, "@")
            look: dict[str, Any] = {"num_format": number, "valign": "top", "text_wrap": kind == "text"}
            if kind in ("text", "moment", "period"):
                look |= {"align": "left", "indent": 1}
            if total:
                look |= {"bold": True, "top": 1, "top_color": self._accent}
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]

    def _chart(self, sheet: Worksheet, table: Table, title: str, *, top: int, row: int) -> None:
        """The first table as a native chart, which follows its cells."""
        shown = _series(table, self._lang)
        rows = table.rows[:-1] if table.total else table.rows
        last = max((number for number, row in enumerate(rows, start=1) if shown and row[shown[0][0]] is not None), default=0)
        if last < 1:
            return
        over_time = table.columns[0].kind == "period"
        chart = self._book.add_chart({"type": "line" if over_time else "bar"})
        assert chart is not None
        for number, colour in shown:
            look = {"line": {"color": colour, "width": 2}} if over_time else {"fill": {"color": colour}}
            chart.add_series(
                {
                    "name": [sheet.name, top, number],
                    "categories": [sheet.name, top + 1, 0, top + last, 0],
                    "values": [sheet.name, top + 1, number, top + last, number],
                    **look,
                }
            )
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"})
        ends = {"num_format": "0%", "min": 0, "max": 1, "major_gridlines": {"visible": True, "line": {"color": theme.INKS["light"].grid}}}
        if over_time:
            chart.set_y_axis(ends)
            chart.set_x_axis({"date_axis": table.unit != "hour", "num_format": _DATES[self._lang][0][:5] if table.unit != "hour" else "hh:mm"})
        else:
            chart.set_x_axis(ends)
            chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 760, "height": 120 + 24 * min(last, 20) if not over_time else 320})
        sheet.insert_chart(row, 0, chart, {"description": title})

    def _definitions(self) -> None:
        title = label("report_section.definitions", self._lang)
        sheet = self._sheet(title)
        sheet.write_string(0, 0, title, self._title)
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 100)
        for number, key in enumerate(("word", "meaning")):
            sheet.write_string(2, number, label(f"report_column.{key}", self._lang), self._head)
        for row, (word, meaning) in enumerate(self._document.definitions, start=3):
            sheet.set_row(row, _height(meaning, 100))
            sheet.write_string(row, 0, word, self._strong)
            sheet.write_string(row, 1, meaning, self._wrapped)

    def _list(self, key: str, messages: Messages | None) -> None:
        """A sheet of rows to filter."""
        if messages is None:
            return
        sheet = self._sheet(label(f"report_section.{key}", self._lang))
        sheet.write_string(0, 0, messages.lead)
        if messages.table is None:
            return
        self._table(sheet, messages.table, 2)
        self._widths(sheet, (messages.table,))
        sheet.freeze_panes(3, 0)
        sheet.autofilter(2, 0, 2 + len(messages.table.rows), len(messages.table.columns) - 1)
        sheet.repeat_rows(2)


def _typed(table: Table) -> Table:
    """A table of days without its sum: a column of dates holds dates and nothing else, and a pivot table would count the sum too."""
    if not (table.total and table.columns[0].kind == "period"):
        return table
    return replace(table, rows=table.rows[:-1], total=False)


def _seconds(lang: Lang) -> str:
    """As everywhere in a report: less than a second is not told apart."""
    return f'[<1]"{seconds(0, lang)}";#,##0.0" s"'


def _width(column: Column) -> float:
    return _WIDTHS[column.kind] * (1.7 if column.weight > 2.5 else min(column.weight, 1))


def _height(value: Any, signs: float) -> float:
    """The points that a text needs which is wrapped after so many signs."""
    return _LINE * (1 + int(len(value) / (1.15 * signs))) if isinstance(value, str) else _LINE


def _series(table: Table, lang: Lang) -> list[tuple[int, str]]:
    """The columns that are drawn, with their colours."""
    headings = {label(f"report_column.{name}", lang): colour for name, colour in _COLOURS.items()}
    return [(number, headings[column.heading]) for number, column in enumerate(table.columns) if column.heading in headings]
