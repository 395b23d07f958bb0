"""Data on standard output, fitted to the terminal if there is one, or in a file."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Final

import polars as pl
import typer

from sms_analytics.cli.options import Language, OutputFormat
from sms_analytics.cli.speaking import say
from sms_analytics.database import permissions
from sms_analytics.errors import UsageError
from sms_analytics.text import export, output
from sms_analytics.text.phrases import phrase

_SUFFIXES: Final[dict[str, OutputFormat]] = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".xlsx": "xlsx"}


@dataclass(frozen=True)
class _Form:
    """How an answer is wanted: its format, the file that it goes to (None: standard output), and the name of its sheets."""

    format: OutputFormat | None = None
    file: Path | None = None
    name: str = ""
    excel_csv: bool = False
    group_read: bool = False

    @property
    def chosen(self) -> OutputFormat:
        """The format that is asked for, else what the file's name ends with."""
        if self.excel_csv:
            return "csv"
        return self.format or (_SUFFIXES.get(self.file.suffix.lower(), "table") if self.file else "table")


def width() -> int | None:
    """The terminal's width; none where standard output goes elsewhere: there nothing is wrapped or cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def show(text: str) -> None:
    """Text on standard output. A reader that has gone (`| head`) ends the command in peace."""
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it closes the stream at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def answer(
    frame: pl.DataFrame,
    *,
    zone: str,
    lang: Language,
    format: OutputFormat | None = None,
    file: Path | None = None,
    excel_csv: bool = False,
    sheet: str = "",
    shown: pl.DataFrame | None = None,
    summary: Iterable[str] = (),
    keys: int = 1,
    stacked: bool = True,
    group_read: bool = False,
) -> None:
    """The frame on standard output or into `file`; a table shows `shown` in its place where that is given, below the lines `above`."""
    wanted = _Form(format, file, sheet, excel_csv, group_read)
    if wanted.chosen == "table":
        fitted = None if wanted.file else width()
        table = output.as_table(frame if shown is None else shown, lang=lang, zone=zone, width=fitted, keys=keys, stacked=stacked)
        _put(_wrapped(summary, fitted) + table.text, wanted, frame.height, lang)
        if table.left_out:
            say(phrase("left_out", lang, len(table.left_out)))
    else:
        _put(_content(frame, wanted, lang, zone), wanted, frame.height, lang)


def _content(frame: pl.DataFrame, wanted: _Form, lang: Language, zone: str) -> str | bytes:
    if wanted.chosen in ("parquet", "xlsx") and wanted.file is None:
        raise UsageError(f"--format {wanted.chosen} is not for a terminal or a pipe: name a file with --output")
    if wanted.excel_csv:
        if wanted.format not in (None, "csv"):
            raise UsageError(f"--excel-csv writes CSV: leave out --format {wanted.format}")
        return export.as_excel_csv(frame, lang=lang, zone=zone)
    writers: dict[OutputFormat, Callable[[], str | bytes]] = {
        "csv": lambda: output.as_csv(frame, zone),
        "json": lambda: output.as_json(frame, zone),
        "parquet": lambda: export.as_parquet(frame),
        "xlsx": lambda: export.as_xlsx(frame, lang=lang, zone=zone, name=wanted.name),
    }
    return writers[wanted.chosen]()


def _wrapped(lines: Iterable[str], most: int | None) -> str:
    """The lines that stand above a table, and a blank one."""
    texts = [line if most is None else fill(line, most, subsequent_indent="  ") for line in lines]
    return "".join(f"{text}\n" for text in (*texts, "")) if texts else ""


def _put(content: str | bytes, wanted: _Form, rows: int, lang: Language) -> None:
    file = wanted.file
    if file is None:
        assert isinstance(content, str)
        show(content)
        return
    with writing(file):
        # Line ends as they are: a text file would get those of the machine.
        permissions.write(file, content.encode("utf-8") if isinstance(content, str) else content, group_read=wanted.group_read)
    say(phrase("written", lang, file, rows))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns a file or folder that cannot be written into an error that says so."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{error.filename or path}: cannot be written: {error.strerror}; name another place") from None
