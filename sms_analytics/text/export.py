"""Frames as files: Parquet for programs, Excel workbooks and CSV that Excel reads for people.

Parquet has the frame as it is. What is for people has headings and words in the chosen language and times by the clock on the wall, with the zone in
the heading; in a workbook numbers, shares and times are typed cells, and no cell is a formula.
"""

from datetime import datetime
from io import BytesIO
from typing import Any, Final

import polars as pl

from sms_analytics import extras
from sms_analytics.text import output
from sms_analytics.text.labels import Lang
from sms_analytics.text.phrases import phrase
from sms_analytics.text.zones import local_column

#: Rows of a sheet below its headings.
MOST_ROWS: Final = 1_048_575

#: Signs that a cell does not take any more of.
_MOST_SIGNS: Final = 32_767

_DATE: Final[dict[Lang, str]] = {"nb": "dd.mm.yyyy", "en": "dd/mm/yyyy"}

_OPTIONS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

#: The same content gives the same bytes, whenever it is written.
_CREATED: Final = datetime(2026, 1, 1)  # noqa: DTZ001  # a workbook knows no zones


def as_parquet(frame: pl.DataFrame) -> bytes:
    """The frame as it is: its column names and types, times in UTC without a zone."""
    file = BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def as_excel_csv(frame: pl.DataFrame, *, lang: Lang, zone: str) -> str:
    """What Norwegian Excel opens with a double click: a mark for UTF-8, semicolons, a decimal comma (in English a decimal point)."""
    shown = output.without_formulas(_for_people(frame, lang, zone))
    body = shown.write_csv(separator=";", decimal_comma=lang == "nb", datetime_format="%Y-%m-%d %H:%M:%S")
    return "\ufeff" + body


def as_xlsx(frame: pl.DataFrame, *, lang: Lang, zone: str, name: str) -> bytes:
    """A workbook with filters and a header that stays; sheets `name`, `name 2`, ... where the rows are too many for one."""
    extras.require("excel", "an Excel workbook")
    from xlsxwriter import Workbook  # noqa: PLC0415  # an extra, and slow to import

    shown = _for_people(frame, lang, zone)
    file = BytesIO()
    with Workbook(file, _OPTIONS) as book:
        book.set_properties({"created": _CREATED})
        for number, start in enumerate(range(0, max(shown.height, 1), MOST_ROWS), start=1):
            part = shown.slice(start, MOST_ROWS)
            part.write_excel(
                book,
                name if number == 1 else f"{name} {number}",
                autofilter=True,
                freeze_panes=(1, 0),
                table_style="Table Style Light 1",
                column_formats=_formats(frame, shown),
                dtype_formats={pl.Date: _DATE[lang], pl.Datetime: f"{_DATE[lang]} hh:mm:ss"},
                autofit=part.height <= 10_000,
            )
    return file.getvalue()


def _formats(frame: pl.DataFrame, shown: pl.DataFrame) -> dict[Any, Any]:
    return {title: "0.0%" for name, title in zip(frame.columns, shown.columns, strict=True) if name in output.SHARES}


def _for_people(frame: pl.DataFrame, lang: Lang, zone: str) -> pl.DataFrame:
    """The frame with headings and words in the language, and times in the zone that their headings name."""
    columns: list[Any] = []
    used: set[str] = set()
    for name, dtype in frame.schema.items():
        title = _apart(output.title(name, lang, zone), used)
        value = pl.col(name)
        if name in output.WORDS:
            value = value.cast(pl.String).replace(output.words(name, lang))
        elif dtype == pl.Datetime and name not in ("hour", "hour_utc"):
            value = local_column(value, zone).dt.truncate("1s")
        elif dtype == pl.Boolean:
            value = pl.when(value).then(pl.lit(phrase("yes", lang))).when(value.not_()).then(pl.lit(phrase("no", lang)))
        elif dtype in (pl.Enum, pl.Categorical):
            value = value.cast(pl.String)
        if dtype == pl.String:
            value = value.str.slice(0, _MOST_SIGNS)
        columns.append(value.alias(title))
    return frame.select(columns)


def _apart(title: str, used: set[str]) -> str:
    """Excel's tables do not take a heading twice, whatever its letters' case."""
    apart, number = title, 1
    while apart.lower() in used:
        number += 1
        apart = f"{title} ({number})"
    used.add(apart.lower())
    return apart
