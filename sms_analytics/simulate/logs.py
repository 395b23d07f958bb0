"""Log files: lines in the order of their times, rotated and compressed as a gateway host would."""

import gzip
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from sms_analytics.database import permissions


@dataclass
class Log:
    """One log, which `rotate` cuts into files: the file's name for a time."""

    folder: str
    rotate: Callable[[int], str]
    encoding: str = "utf-8"
    lines: list[tuple[int, str]] = field(default_factory=list)

    def add(self, seconds: int, line: str) -> None:
        """Puts a line at its time; lines of the same second keep the order of adding."""
        self.lines.append((seconds, line))


def _gzip(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=permissions.opened) as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        packed.write(content)


def _zstd(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=permissions.opened) as file, pa.CompressedOutputStream(file, "zstd") as packed:
        packed.write(content)


_WRITERS: Final[dict[str, Callable[[Path, bytes], None]]] = {".gz": _gzip, ".zst": _zstd}


def _write(path: Path, content: bytes) -> None:
    writer = _WRITERS.get(path.suffix)
    if writer is None:
        permissions.write(path, content)
    else:
        writer(path, content)


def write(log: Log, logs: Path) -> list[Path]:
    """Writes the log's files under `logs` and returns their paths."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for seconds, line in sorted(log.lines, key=lambda line: line[0]):
        by_name[log.rotate(seconds)].append(line)
    folder = logs / log.folder
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, lines in by_name.items():
        paths.append(folder / name)
        _write(paths[-1], ("\n".join(lines) + "\n").encode(log.encoding))
    return paths
