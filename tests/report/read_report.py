"""A report read back from its files: the text of each format, and the cells of Excel by sheet."""

import html as htmllib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import duckdb
import fastexcel
import pypdf

from sms_analytics import config
from sms_analytics.report.files import report

SAMPLE: Final = Path(__file__).parents[2] / "data" / "sample"
CONFIG: Final = SAMPLE / config.FILE_NAME


@dataclass(frozen=True)
class Report:
    """One report read back: the text of each format, and the cells of Excel by sheet."""

    files: dict[str, Path]

    @cached_property
    def html(self) -> str:
        source = re.sub(r"<(script|style)\b.*?</\1>", " ", self.files["html"].read_text("utf-8"), flags=re.DOTALL)
        return plain(htmllib.unescape(re.sub(r"<[^>]+>", " ", source)))

    @cached_property
    def pdf(self) -> str:
        pages = pypdf.PdfReader(self.files["pdf"]).pages
        return plain(" ".join(page.extract_text() for page in pages).replace("\u00ad", ""))

    @cached_property
    def sheets(self) -> dict[str, list[list[Any]]]:
        book = fastexcel.read_excel(self.files["xlsx"])
        return {name: [list(row) for row in book.load_sheet(name, header_row=None, dtypes="string").to_polars().rows()] for name in book.sheet_names}

    @cached_property
    def cells(self) -> str:
        return plain(" ".join(str(cell) for rows in self.sheets.values() for row in rows for cell in row if cell is not None))


def plain(text: str) -> str:
    """The text with every run of blanks as one."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def made(db: duckdb.DuckDBPyConnection, folder: Path, **wanted: Any) -> Report:
    """A report of the sample's configuration."""
    paths = report(db, out=folder, config=CONFIG, **wanted)
    return Report({path.suffix[1:]: path for path in paths})
