"""Zip and tar archives as folders of logs: what is in them, and one member unpacked, with bounds on what a hostile one may cost.

`logs.zip/2026-03/access.log` is the member `2026-03/access.log` of `logs.zip`. Office workbooks are zip files too, but no archives to us.
"""

import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from sms_analytics.errors import InputError

#: Files of one archive.
MOST_MEMBERS: Final = 10_000
#: A member may unpack to this without a question, and beyond it to so many times its packed size.
SMALL: Final = 256 * 1024 * 1024
MOST_TIMES: Final = 200
#: What one member may unpack to in any case.
LARGEST: Final = 64 * 1024 * 1024 * 1024

_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_WORKBOOK: Final = "[Content_Types].xml"
_DAMAGES: Final = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Member:
    """A file of an archive: its name there, its unpacked size, the size of what it is packed in, when it was written, why it cannot be read."""

    name: str
    size: int
    packed: int
    written_utc: datetime | None
    fault: str | None = None


def is_archive(path: str) -> bool:
    """Whether the file is a zip (no workbook) or a tar, packed or not, whose directory can be read."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(512)
    except OSError:
        return False
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return zipfile.is_zipfile(path) and not _is_workbook(path)
    return head[257:262] == b"ustar" or (head[:2] == b"\x1f\x8b" and _holds_tar(path))


def is_damaged(head: bytes) -> bool:
    """Whether a file that begins like this should have been an archive."""
    return head.startswith(_ZIP)


def _is_workbook(path: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _WORKBOOK in archive.namelist()
    except _DAMAGES:
        return False


def _holds_tar(path: str) -> bool:
    import gzip  # noqa: PLC0415  # asked of few files

    try:
        with gzip.open(path) as file:
            return file.read(512)[257:262] == b"ustar"
    except _DAMAGES:
        return False


def members(path: str) -> list[str]:
    """The archive's files as paths, `archive.zip/member`, sorted; hidden files and folders aside. Raises `InputError` for a damaged archive."""
    with _opened(path) as archive:
        found = [f"{path}/{member.name}" for member in _members(archive) if not _is_hidden(member.name)]
    if len(found) > MOST_MEMBERS:
        raise InputError(f"{path}: {len(found)} files in one archive, and {MOST_MEMBERS} are the most that are read; unpack it and name the folder")
    if not found:
        raise InputError(f"{path}: no files in this archive; check that it is the right one")
    return sorted(found)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def split(path: str) -> tuple[str, str] | None:
    """The archive and the member that a path names; none where it is an ordinary path."""
    parts = Path(path).parts
    for count in range(len(parts) - 1, 0, -1):
        archive = Path(*parts[:count])
        try:
            if archive.is_file():
                return (str(archive), str(Path(path).relative_to(archive).as_posix())) if is_archive(str(archive)) else None
        except (OSError, ValueError):
            return None
    return None


def unpacked(archive: str, name: str) -> tuple[IO[bytes], datetime | None]:
    """A member in a nameless file of its own, and when it was written. Raises `InputError` for one that is encrypted, damaged or far too large."""
    where = f"{archive}/{name}"
    with _opened(archive) as opened:
        member = next((one for one in _members(opened) if _as_path(one.name) == name), None)
        if member is None:
            raise InputError(f"{where}: there is no such file in this archive; see what is in it and check the name")
        if member.fault is not None:
            raise InputError(f"{where}: {member.fault}")
        _check_size(where, member)
        file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the one who reads it
        try:
            with _stream(opened, member.name) as stream:
                _copy(stream, file, where, member)
            file.seek(0)
        except _DAMAGES as error:
            file.close()
            raise InputError(f"{where}: damaged in the archive ({_first_line(error)}); fetch the archive again") from None
        except BaseException:
            file.close()
            raise
    return file, member.written_utc


def _as_path(name: str) -> str:
    return Path(name).as_posix()


def _check_size(where: str, member: Member) -> None:
    bound = min(LARGEST, max(SMALL, member.packed * MOST_TIMES))
    if member.size > bound:
        raise InputError(f"{where}: would unpack from {member.packed} to {member.size} bytes, which no log does; unpack it yourself if it is one")


def _copy(stream: IO[bytes], file: IO[bytes], where: str, member: Member) -> None:
    """No more than the archive's directory says, which may lie."""
    left = member.size
    while piece := stream.read(min(1 << 20, left + 1)):
        left -= len(piece)
        if left < 0:
            raise InputError(f"{where}: is larger than its archive says; unpack it yourself if you trust it")
        file.write(piece)


_Archive = zipfile.ZipFile | tarfile.TarFile


@contextmanager
def _opened(path: str) -> Iterator[_Archive]:
    try:
        archive: _Archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else tarfile.open(path)  # noqa: SIM115
    except _DAMAGES as error:
        raise InputError(f"{path}: not a readable archive ({_first_line(error)}); fetch it again") from None
    with archive:
        yield archive


def _members(archive: _Archive) -> list[Member]:
    try:
        if isinstance(archive, zipfile.ZipFile):
            return [_of_zip(entry) for entry in archive.infolist() if not entry.is_dir()]
        # A packed tar tells no member's packed size: all of them share the archive's.
        whole = Path(str(archive.name)).stat().st_size
        return [_of_tar(entry, whole) for entry in archive.getmembers() if entry.isfile()]
    except _DAMAGES as error:
        raise InputError(f"the archive breaks off ({_first_line(error)}); fetch it again") from None


def _of_zip(entry: zipfile.ZipInfo) -> Member:
    fault = "encrypted; unpack the archive with its password and name the folder" if entry.flag_bits & 1 else None
    try:
        written = datetime(*entry.date_time, tzinfo=UTC).replace(tzinfo=None)
    except ValueError:
        written = None
    return Member(entry.filename, entry.file_size, entry.compress_size, written, fault)


def _of_tar(entry: tarfile.TarInfo, whole: int) -> Member:
    return Member(entry.name, entry.size, whole, datetime.fromtimestamp(entry.mtime, UTC).replace(tzinfo=None, microsecond=0))


@contextmanager
def _stream(archive: _Archive, name: str) -> Iterator[IO[bytes]]:
    stream = archive.open(name) if isinstance(archive, zipfile.ZipFile) else archive.extractfile(name)
    if stream is None:
        raise InputError(f"{name}: no file in the archive")
    with stream:
        yield stream


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
