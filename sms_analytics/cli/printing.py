"""Data on standard output, fitted to the terminal if there is one, and a bar while a load runs."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import fill
from typing import Final

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from sms_analytics import output, sources
from sms_analytics.cli.options import Language, OutputFormat
from sms_analytics.cli.speaking import say
from sms_analytics.errors import InputError, UsageError
from sms_analytics.loader import Progress
from sms_analytics.phrases import phrase

_SUFFIXES: Final[dict[str, OutputFormat]] = {".csv": "csv", ".json": "json"}


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
    shown: pl.DataFrame | None = None,
    above: Iterable[str] = (),
    keys: int = 1,
    stacked: bool = True,
) -> None:
    """The frame on standard output or into `file`; a table shows `shown` in its place where that is given, below the lines `above`."""
    chosen = format or (_SUFFIXES.get(file.suffix.lower(), "table") if file else "table")
    if chosen == "csv":
        _put(output.as_csv(frame, zone), file, frame.height, lang)
    elif chosen == "json":
        _put(output.as_json(frame, zone), file, frame.height, lang)
    else:
        fitted = None if file else width()
        table = output.as_table(frame if shown is None else shown, lang=lang, zone=zone, width=fitted, keys=keys, stacked=stacked)
        _put(_wrapped(above, fitted) + table.text, file, frame.height, lang)
        if table.left_out:
            say(phrase("left_out", lang, len(table.left_out)))


def _wrapped(lines: Iterable[str], most: int | None) -> str:
    """The lines that stand above a table, and a blank one."""
    texts = [line if most is None else fill(line, most, subsequent_indent="  ") for line in lines]
    return "".join(f"{text}\n" for text in (*texts, "")) if texts else ""


def _put(text: str, file: Path | None, rows: int, lang: Language) -> None:
    if file is None:
        show(text)
        return
    with writing(file):
        file.write_text(text, "utf-8")
    say(phrase("written", lang, file, rows))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns a file or folder that cannot be written into an error that says so."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{error.filename or path}: cannot be written: {error.strerror}; name another place") from None


@contextmanager
def progress_of(paths: list[str]) -> Iterator[Progress]:
    """What a load tells its progress to: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _path, _bytes: None
        return
    sizes = _sizes(paths)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=sum(sizes.values()) or None)
        read = dict.fromkeys(sizes, 0)

        def advance(path: str, count: int) -> None:
            # Tables are looked into before they are read: no file counts for more than it holds.
            read[path] = min(read.get(path, 0) + count, sizes.get(path, sys.maxsize))
            bar.update(task, completed=sum(read.values()), description=Path(path).name)

        yield advance


def _sizes(paths: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in paths:
        with suppress(InputError, OSError):
            found |= {file: Path(file).stat().st_size for file in sources.find([path]) if Path(file).is_file()}
    return found
