"""How far a load has come: a bar on a terminal, elsewhere a line every ten seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from sms_analytics.cli import speaking
from sms_analytics.commands.progress import Progress
from sms_analytics.errors import InputError
from sms_analytics.reading import named_files
from sms_analytics.text.labels import Lang
from sms_analytics.text.phrases import phrase

#: Seconds between two lines.
_EVERY: Final = 10.0


@contextmanager
def progress_of(paths: list[str], lang: Lang, every: float = _EVERY) -> Iterator[Progress]:
    """What a load tells its progress to; a line stands on standard error after each `every` seconds where that is no terminal."""
    seen = _Seen(_sizes(paths), lang)
    with _bar(seen) if sys.stderr.isatty() else _lines(seen, every):
        yield seen


class _Seen(Progress):
    """What a load has told so far, and that in words."""

    def __init__(self, sizes: dict[str, int], lang: Lang) -> None:
        self._sizes = sizes
        self._read = dict.fromkeys(sizes, 0)
        self._lang = lang
        self._begun = time.monotonic()
        self._is_resolving = False
        self._last = ""
        self._records = 0

    def read(self, path: str, count: int) -> None:
        # Tables are looked into before they are read: no file counts for more than it holds.
        self._last = path
        self._read[path] = min(self._read.get(path, 0) + count, self._sizes.get(path, sys.maxsize))

    def stored(self, records: int) -> None:
        self._records += records

    def resolving(self) -> None:
        self._is_resolving = True

    @property
    def bytes(self) -> tuple[int, int | None]:
        """How many were read, and of how many; these are not known of standard input."""
        # The load adds to them meanwhile, in another thread.
        return sum(list(self._read.values())), sum(self._sizes.values()) or None

    @property
    def stage(self) -> str:
        """What is done now."""
        if self._is_resolving:
            return phrase("progress.resolving", self._lang)
        return phrase("progress.reading", self._lang, Path(self._last).name) if self._last else phrase("progress.begun", self._lang)

    @property
    def records(self) -> str:
        """How many records, and how many of them a second."""
        seconds = max(time.monotonic() - self._begun, 0.001)
        return phrase("progress.records", self._lang, self._records, round(self._records / seconds))

    def line(self) -> str:
        """All of it, with what is left where that is known."""
        read, total = self.bytes
        told = f"{self.stage}: {self.records}"
        if self._is_resolving or not total or not read:
            return told
        left = (time.monotonic() - self._begun) * (total - read) / read
        return f"{told}, {phrase('progress.left', self._lang, f'{100 * read / total:.0f}', round(left))}"


@contextmanager
def _lines(seen: _Seen, every: float) -> Iterator[None]:
    ended = Event()

    def speak() -> None:
        while not ended.wait(every):
            speaking.say(seen.line())

    speaker = Thread(target=speak, daemon=True)
    speaker.start()
    try:
        yield
    finally:
        ended.set()
        speaker.join()


@contextmanager
def _bar(seen: _Seen) -> Iterator[None]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TextColumn("{task.fields[records]}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("", total=None, records="")
        ended = Event()

        def draw() -> None:
            while not ended.wait(0.1):
                read, total = seen.bytes
                bar.update(task, completed=read, total=total, description=seen.stage, records=seen.records, refresh=True)

        drawer = Thread(target=draw, daemon=True)
        drawer.start()
        try:
            yield
        finally:
            ended.set()
            drawer.join()


def _sizes(paths: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in paths:
        with suppress(InputError, OSError):
            found |= {file: Path(file).stat().st_size for file in named_files.find([path]) if Path(file).is_file()}
    return found
