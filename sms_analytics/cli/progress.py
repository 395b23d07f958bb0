"""A bar while files are read, on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from sms_analytics.commands.loader import Progress
from sms_analytics.errors import InputError
from sms_analytics.reading import named_files


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
            found |= {file: Path(file).stat().st_size for file in named_files.find([path]) if Path(file).is_file()}
    return found
