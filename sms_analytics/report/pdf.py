"""A document as PDF/UA: pages to print and to send, which a screen reader can read too."""

from calendar import timegm
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import resources
from json import dumps
from re import match, sub
from typing import Any, Final

import typst
import vl_convert

from sms_analytics.charts import theme
from sms_analytics.report import fonts
from sms_analytics.report.brand import Brand
from sms_analytics.report.document import Column, Document, Picture, Section, Table
from sms_analytics.text.labels import Lang, label, labels

_FONT: Final = "Inter"
#: A table of so few columns is no wider than its texts.
_FEW: Final = 4
_WIDEST: Final = 230.0
#: Points between the margins of a page, the blank beside every cell, and the shortest piece that a word of a heading is hyphenated to.
_PAGE: Final = 498.0
_BLANK: Final = 10.0
_PIECE: Final = 22
#: Pixels of a letter in a chart that is 8.5 points high on the page: 720 pixels become 498 points.
_SMALLEST: Final = 12.5
_WIDTH: Final = 720.0
_REGION: Final = {"nb": "NO", "en": "GB"}


def written(document: Document, brand: Brand) -> bytes:
    """The file's content. The same document gives the same bytes."""
    data = dumps(_content(document, brand), ensure_ascii=False)
    compiled = typst.compile(
        _template(),
        font_paths=fonts.own(),
        format="pdf",
        sys_inputs={"data": data},
        pdf_standards=["ua-1"],
        timestamp=timegm(document.as_of_utc.timetuple()),
    )
    assert isinstance(compiled, bytes)
    return compiled


@lru_cache(maxsize=1)
def _template() -> bytes:
    return (resources.files("sms_analytics") / "report" / "report.typ").read_bytes()


def _content(document: Document, brand: Brand) -> dict[str, Any]:
    """What the template shows, as text."""
    words = labels("report", document.lang)
    picture = _drawer(document.lang)
    return {
        "lang": document.lang,
        "region": _REGION[document.lang],
        "accent": brand.on_light,
        "author": brand.name or document.title,
        "sender": brand.name or "",
        "logo": None if brand.logo is None else {"data": list(brand.logo.data), "format": brand.logo.format},
        "document_title": f"{document.title} – {document.customer} – {document.subtitle}",
        "title": document.title,
        "customer": document.customer,
        "subtitle": document.subtitle,
        "footer": f"{document.as_of} · {document.footer}",
        "page": words["page"],
        "words": {"warnings": words["warnings"], "finding": words["finding"], "definitions": label("report_section.definitions", document.lang)},
        "warnings": document.warnings,
        "finding": document.finding,
        "cards": [{"label": card.label, "text": card.text, "change": card.change, "note": card.note} for card in document.cards],
        "freshness": " ".join(text for text in (f"{document.as_of}.", document.freshness, document.comparison) if text),
        "hero": picture(document.hero),
        "sections": [_section(section, document, picture) for section in document.sections],
        "definitions": document.definitions,
        "quality": [_section(section, document, picture) for section in (document.quality, *document.appendix)],
    }


def _section(section: Section, document: Document, picture: Callable[[Picture | None], dict[str, Any] | None]) -> dict[str, Any]:
    tables = [_table(table, document) for table in section.tables]
    return {"title": section.title, "leads": section.leads, "picture": picture(section.picture), "tables": tables}


def _table(table: Table, document: Document) -> dict[str, Any]:
    texts = table.texts(document.lang, document.zone)
    last = len(texts) - 1
    cells = [[row[number] for row in texts] for number in range(len(table.columns))]
    piece = _piece(table.columns, cells)
    columns = [
        {"heading": column.heading, "weight": column.weight, "number": column.is_number, "width": _width(column, texts_of, piece)}
        for column, texts_of in zip(table.columns, cells, strict=True)
    ]
    if sum(column["width"] == 0 for column in columns) == 1 and len(columns) <= _FEW:
        # Across a whole page the eye loses the row between a name and its number.
        number = next(number for number, column in enumerate(columns) if column["width"] == 0)
        columns[number]["width"] = min(_WIDEST, 30 + max(_points(text) for text in (table.columns[number].heading, *(row[number] for row in texts))))
    return {
        "caption": table.caption,
        "columns": columns,
        "hyphenate": piece is not None,
        "rows": [{"cells": row, "faded": number in table.faded, "total": table.total and number == last} for number, row in enumerate(texts)],
        "total": table.total,
    }


def _piece(columns: Sequence[Column], cells: Sequence[list[str]]) -> int | None:
    """To how many points the words of headings must be hyphenated for all columns to fit beside each other; None where they fit as they are."""
    if len(columns) <= _FEW:
        return None
    shared = sum(_longest_word(column, texts_of) + _BLANK for column, texts_of in zip(columns, cells, strict=True) if _shares(column))

    def fits(piece: int | None) -> bool:
        return shared + sum(_width(column, texts_of, piece) for column, texts_of in zip(columns, cells, strict=True)) <= _PAGE

    return None if fits(None) else next((piece for piece in range(60, _PIECE, -2) if fits(piece)), _PIECE)


def _shares(column: Column) -> bool:
    """Its texts wrap, so it takes the room that is left."""
    return column.kind in ("text", "period")


def _longest_word(column: Column, cells: list[str]) -> float:
    """Points that the longest word of its cells and heading needs; a period is read at one glance."""
    words = [word for text in (column.heading, *cells) for word in ([text] if column.kind == "period" else text.split())]
    return max((_points(word) for word in words), default=0)


def _width(column: Column, cells: list[str], piece: int | None) -> float:
    """Points that numbers and times need, which never wrap, and the longest word above them (or a `piece` of it); 0 for what shares the room."""
    if _shares(column):
        return 0
    longest = max((_points(cell) for cell in cells), default=0)
    heading = [_points(word) for word in column.heading.split()]
    needed = max(longest, 30, *heading) if piece is None else max(longest, *(min(word, piece) for word in heading))
    return round(needed + _BLANK, 1)


def _points(text: str) -> float:
    """About how wide a text is in the size of tables."""
    return sum(2.8 if sign in " \u00a0.,:;il|'" else 5.2 if not sign.isupper() else 6.0 for sign in text)


def _drawer(lang: Lang) -> Callable[[Picture | None], dict[str, Any] | None]:
    """Charts drawn with the font of the pages, so that no label is wider than was reckoned."""
    vl_convert.register_font_directory(str(fonts.folder()))
    # A configuration by itself: the same chart without it has the browser's look.
    look: dict[str, Any] = {**theme.configuration(lang, "light"), "font": _FONT, "background": "white", "padding": 4}

    def drawn(picture: Picture | None) -> dict[str, Any] | None:
        if picture is None:
            return None
        spec = _with_font({**picture.spec, "config": look})
        svg, width = _svg(spec, _SMALLEST)
        if width > _WIDTH:
            # A wider one is shrunk more.
            svg, width = _svg(spec, _SMALLEST * 1.03 * width / _WIDTH)
        notes = f"{'. '.join(picture.notes)}." if picture.notes else ""
        return {"svg": _plain(svg), "width": width, "alt": picture.alt, "notes": notes}

    return drawn


def _svg(spec: dict[str, Any], smallest: float) -> tuple[str, float]:
    """The chart with no letter smaller than so many pixels, and how many pixels it is wide."""
    svg = vl_convert.vegalite_to_svg(_readable(spec, smallest), vl_version="6.4", format_locale=None)
    found = match(r'<svg[^>]* width="([\d.]+)"', svg)
    return svg, float(found[1]) if found else _WIDTH


def _with_font(value: Any) -> Any:
    """The specification with the font of the pages wherever a font is named."""
    if isinstance(value, dict):
        return {name: _FONT if name in ("font", "labelFont", "titleFont") else _with_font(inner) for name, inner in value.items()}
    return [_with_font(inner) for inner in value] if isinstance(value, list) else value


def _readable(value: Any, smallest: float) -> Any:
    """The specification with no letter smaller than so many pixels."""
    if isinstance(value, list):
        return [_readable(inner, smallest) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        name: max(inner, smallest) if name.lower().endswith("fontsize") and isinstance(inner, int | float) else _readable(inner, smallest)
        for name, inner in value.items()
    }


def _plain(svg: str) -> str:
    return sub(r' aria-[a-z]+="[^"]*"| role="[^"]*"', "", svg)
