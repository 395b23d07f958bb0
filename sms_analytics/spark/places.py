"""Files wherever they lie: on a disk that every worker sees, or where pyarrow.fs reaches by an address such as `s3://bucket/logs/`.

An address may carry what its store asks for (`s3://KEY:SECRET@bucket/logs?endpoint_override=...`); what is shown and stored of it is bucket and name.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pyarrow import fs

from sms_analytics.config import FILE_NAME
from sms_analytics.errors import InputError
from sms_analytics.reading import archives, named_files
from sms_analytics.reading.sources import Source

_STEP: Final = 1 << 22
#: How much of a file's beginning comes with a stretch of it: by that it is seen how its lines are wrapped.
_HEAD: Final = 1 << 20


@dataclass(frozen=True)
class Place:
    """A file: the address that a worker reads it by, wherever that runs, and the path that is shown and stored."""

    address: str
    path: str

    @property
    def is_remote(self) -> bool:
        return "://" in self.address


def find(paths: list[str]) -> tuple[list[Place], list[str]]:
    """The files that the paths name, each once, and the faults of paths that name none. A folder stands for the files below it."""
    found: dict[str, Place] = {}
    faults = []
    for path in paths:
        try:
            places = _below(path) if "://" in path else [_here(file) for file in named_files.find([path])]
        except InputError as error:
            faults.append(str(error))
            continue
        for place in places:
            found.setdefault(place.path, place)
    return list(found.values()), faults


def _here(file: str) -> Place:
    return Place(os.path.abspath(file), file)  # noqa: PTH100  # Path raises for names that cannot exist


def shown(address: str) -> str:
    """The address without what it tells its store."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _opened(address: str) -> tuple[fs.FileSystem, str]:
    try:
        system, path = fs.FileSystem.from_uri(address)
    except (OSError, ValueError) as error:
        raise InputError(f"{shown(address)}: cannot be reached: {_reason(error)}; check the address") from None
    return system, str(path)


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _below(address: str) -> list[Place]:
    system, path = _opened(address)
    try:
        info = system.get_file_info(path)
        if info.type == fs.FileType.File:
            return [Place(address, shown(address))]
        listed = system.get_file_info(fs.FileSelector(path, recursive=True)) if info.type == fs.FileType.Directory else []
    except OSError as error:
        raise InputError(f"{shown(address)}: cannot be read: {_reason(error)}; check the address and your rights there") from None
    names = sorted(one.path for one in listed if one.type == fs.FileType.File and not _is_aside(one.path, path))
    if not names:
        raise InputError(f"{shown(address)}: no files there; name a file, or a folder with files")
    return [_named(address, path, name) for name in names]


def _is_aside(name: str, folder: str) -> bool:
    """Hidden files, and our configuration."""
    below = PurePosixPath(name).relative_to(folder).parts
    return any(part.startswith(".") for part in below) or below[-1] == FILE_NAME


def _named(address: str, folder: str, name: str) -> Place:
    parts = urlsplit(address)
    below = name.removeprefix(folder).lstrip("/")
    one = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{quote(below)}"))
    return Place(one, unquote(shown(one)))


class _Known(Source):
    """A file whose digest is known already."""

    def __init__(self, file: str, path: str, sha256: str | None) -> None:
        super().__init__(file)
        self.path = path
        self._known = sha256
        self._stamp = _stamp(file)
        self._name = file

    def sha256(self, end: int | None = None) -> str:
        return super().sha256(end) if self._known is None else self._known

    def check_unchanged(self, end: int, sha256: str) -> None:
        if self._known is None:
            super().check_unchanged(end, sha256)
        elif _stamp(self._name) != self._stamp:
            raise InputError(f"{self.path}: was changed while it was read; load it again")


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        state = Path(file).stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


@contextmanager
def opened(place: Place, sha256: str | None = None, stretch: tuple[int, int] | None = None) -> Iterator[Source]:
    """The file, to be read; of one that lies elsewhere a copy for the time being, of its beginning and a `stretch` if only that is wanted."""
    if not place.is_remote:
        with _Known(place.address, place.path, sha256) as source:
            yield source
        return
    with tempfile.TemporaryDirectory(prefix="sms-analytics-") as folder:
        copy = Path(folder) / PurePosixPath(place.path).name
        written = _fetch(place, copy, stretch)
        if archives.is_archive(str(copy)):
            raise InputError(f"{place.path}: an archive; unpack it there, or copy it and name the copy")
        with _Known(str(copy), place.path, sha256) as source:
            source.written_utc = written or source.written_utc
            yield source


def _fetch(place: Place, copy: Path, stretch: tuple[int, int] | None) -> datetime | None:
    """Copies the file; returns when it was last written, naive UTC."""
    system, path = _opened(place.address)
    try:
        info = system.get_file_info(path)
        wanted = [(0, info.size)] if stretch is None else [(0, min(_HEAD, info.size)), stretch]
        with system.open_input_file(path) as file, copy.open("wb") as local:
            local.truncate(info.size)
            for begin, end in wanted:
                local.seek(begin)
                for start in range(begin, end, _STEP):
                    local.write(file.read_at(min(_STEP, end - start), start))
    except OSError as error:
        raise InputError(f"{place.path}: cannot be read: {_reason(error)}") from None
    return info.mtime.astimezone(UTC).replace(tzinfo=None, microsecond=0) if info.mtime else None
