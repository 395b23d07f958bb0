"""Zip and tar archives as folders of logs: what is in them, and one member unpacked, with bounds on what a hostile one may cost.

`logs.zip/2026-03/access.log` is the member `2026-03/access.log` of `logs.zip`. Office workbooks are zip files too, but no archives to us.
"""

import io
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from sms_analytics.errors import InputError
from sms_analytics.reading import packing, torn_zip
from sms_analytics.text.printable import plain

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
_DAMAGES: Final = (
    *packing.DAMAGES,
    *(zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError),
    *(LookupError, AttributeError, TypeError, OverflowError, struct.error),
)
_BROKEN_OFF: Final = "the archive ends or breaks in the middle"


@dataclass(frozen=True)
class Member:
    """A file of an archive: its name there, its unpacked size, the size of what it is packed in, when it was written, why it cannot be read, the
    library's entry for it."""

    name: str
    size: int
    packed: int
    written_utc: datetime | None
    fault: str | None = None
    entry: zipfile.ZipInfo | tarfile.TarInfo | torn_zip.Entry | None = None
    #: The archive ends behind this file or within it.
    is_torn: bool = False


def is_archive(path: str) -> bool:
    """Whether the file is a zip (no workbook) or a tar, packed or not, whose directory can be read."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(512)
    except OSError:
        return False
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return not _is_workbook(path) if zipfile.is_zipfile(path) else torn_zip.holds_files(path)
    return _is_tar(head) or (packing.of(head) is not None and _holds_tar(path))


def is_damaged(head: bytes) -> bool:
    """Whether a file that begins like this should have been an archive."""
    return head.startswith(_ZIP)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _is_workbook(path: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _WORKBOOK in archive.namelist()
    except _DAMAGES:
        return False


def _holds_tar(path: str) -> bool:
    try:
        with _unpacked_tar(path) as file:
            return _is_tar(file.read(512))
    except _DAMAGES:
        return False


@contextmanager
def _unpacked_tar(path: str) -> Iterator[IO[bytes]]:
    """The packed file's content, one packing taken off."""
    with Path(path).open("rb") as file:
        name = packing.of(file.read(16))
        file.seek(0)
        yield packing.opened(file, name) if name else file


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


def unpacked(archive: str, name: str) -> tuple[IO[bytes], datetime | None, str | None]:
    """A member in a nameless file of its own, when it was written, and what is missing of it: of a damaged one all that comes before its fault.

    Raises `InputError` for one that is encrypted, far too large, or of which nothing can be read.
    """
    where = f"{archive}/{name}"
    with _opened(archive) as opened:
        member = next((one for one in reversed(_members(opened)) if _as_path(one.name) == name), None)
        if member is None:
            raise InputError(f"{plain(where)}: there is no such file in this archive; see what is in it and check the name")
        if member.fault is not None:
            raise InputError(f"{plain(where)}: {member.fault}")
        _check_size(where, member)
        file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the one who reads it
        damage = f"{_BROKEN_OFF}, and what follows is lost; what came before was read" if member.is_torn else None
        try:
            damage = _copied(opened, member, file, where) or damage
            file.seek(0)
        except BaseException:
            file.close()
            raise
    return file, member.written_utc, damage


def _copied(opened: "_Archive", member: Member, file: IO[bytes], where: str) -> str | None:
    """Unpacks a member; returns what is wrong with it. Raises `InputError` where nothing of it can be unpacked."""
    try:
        content = packing.Unpacked(lambda: _stream(opened, member), _DAMAGES)
        _copy(content, file, where, member)
    except _DAMAGES as error:
        raise _damaged(where, error) from None
    if content.fault and not file.tell():
        raise _damaged(where, content.fault)
    return content.fault


def _damaged(where: str, why: object) -> InputError:
    reason = _first_line(why) if isinstance(why, BaseException) else str(why).partition(";")[0]
    return InputError(f"{plain(where)}: damaged in the archive ({reason}); fetch the archive again")


def _as_path(name: str) -> str:
    return Path(name).as_posix()


def _check_size(where: str, member: Member) -> None:
    bound = min(LARGEST, max(SMALL, member.packed * MOST_TIMES))
    if member.size > bound:
        raise InputError(
            f"{plain(where)}: would unpack from {member.packed} to {member.size} bytes, which no log does; unpack it yourself if it is one"
        )


def _copy(content: packing.Unpacked, file: IO[bytes], where: str, member: Member) -> None:
    """No more than the archive's directory says, which may lie."""
    left = member.size
    while piece := content.read(min(1 << 20, left + 1)):
        left -= len(piece)
        if left < 0:
            raise InputError(f"{plain(where)}: is larger than its archive says; unpack it yourself if you trust it")
        file.write(piece)


_Archive = zipfile.ZipFile | tarfile.TarFile | torn_zip.Torn


@contextmanager
def _opened(path: str) -> Iterator[_Archive]:
    try:
        archive = _archive(path)
    except _DAMAGES as error:
        raise InputError(f"{plain(path)}: not a readable archive ({_first_line(error)}); fetch it again") from None
    with archive:
        yield archive


def _archive(path: str) -> _Archive:
    if zipfile.is_zipfile(path):
        return zipfile.ZipFile(path)
    return torn_zip.Torn(path) if torn_zip.holds_files(path) else tarfile.open(path)  # closed by `_opened`


def _members(archive: _Archive) -> list[Member]:
    try:
        if isinstance(archive, zipfile.ZipFile):
            return [_of_zip(entry) for entry in archive.infolist() if not entry.is_dir()]
        if isinstance(archive, torn_zip.Torn):
            bound = max(SMALL, archive.size * MOST_TIMES)
            return [_of_torn(entry, bound, entry is archive.entries[-1]) for entry in archive.entries if not entry.name.endswith("/")]
        return _of_tar(archive)
    except _DAMAGES as error:
        raise InputError(f"the archive breaks off ({_first_line(error)}); fetch it again") from None


def _of_zip(entry: zipfile.ZipInfo) -> Member:
    fault = "encrypted; unpack the archive with its password and name the folder" if entry.flag_bits & 1 else None
    return Member(entry.filename, entry.file_size, entry.compress_size, _written(entry.date_time), fault, entry)


def _of_torn(entry: torn_zip.Entry, bound: int, is_last: bool) -> Member:
    return Member(entry.name, min(LARGEST, bound), bound, _written(entry.written), entry=entry, is_torn=is_last)


def _written(date_time: tuple[int, ...]) -> datetime | None:
    try:
        year, month, day, hour, minute, second = date_time
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).replace(tzinfo=None)
    except ValueError:
        return None


def _of_tar(archive: tarfile.TarFile) -> list[Member]:
    """The files of a tar, of one that breaks off those that begin before."""
    # A packed tar tells no member's packed size: all of them share the archive's.
    whole = Path(str(archive.name)).stat().st_size
    is_torn = False
    try:
        archive.getmembers()
    except _DAMAGES:
        is_torn = True
    entries = archive.members  # type: ignore[attr-defined]  # typeshed does not have it; as far as they were found
    if not entries:
        raise EOFError("no file in it is whole")
    files = [entry for entry in entries if entry.isreg()]
    return [Member(entry.name, entry.size, whole, _moment(entry.mtime), entry=entry, is_torn=is_torn and entry is entries[-1]) for entry in files]


def _moment(seconds: float) -> datetime | None:
    with suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0)
    return None


def _stream(archive: _Archive, member: Member) -> IO[bytes]:
    entry = member.entry
    if isinstance(archive, torn_zip.Torn) and isinstance(entry, torn_zip.Entry):
        return archive.stream(entry)
    if isinstance(archive, zipfile.ZipFile) and isinstance(entry, zipfile.ZipInfo):
        return archive.open(entry)
    assert isinstance(archive, tarfile.TarFile)
    assert isinstance(entry, tarfile.TarInfo)
    if entry.issparse():
        file = archive.extractfile(entry)
        assert file is not None
        return file
    return io.BufferedReader(_TarContent(archive, entry), 1 << 16)


class _TarContent(io.RawIOBase):
    """The content of one file of a tar, of a cut one as far as it goes: the library gives a piece whole or not at all."""

    def __init__(self, archive: tarfile.TarFile, entry: tarfile.TarInfo) -> None:
        self._file = archive.fileobj
        self._place = entry.offset_data
        self._left = entry.size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)[: self._left]  # type: ignore[arg-type]  # the buffer protocol has no type before Python 3.12
        if not view or self._file is None:
            return 0
        self._file.seek(self._place)
        piece: bytes = getattr(self._file, "read1", self._file.read)(len(view))
        if not piece:
            raise EOFError("it ends in the middle")
        view[: len(piece)] = piece
        self._place += len(piece)
        self._left -= len(piece)
        return len(piece)


def _first_line(error: BaseException) -> str:
    return packing.reason(error)
