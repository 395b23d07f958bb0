"""A zip whose directory is missing, since the archive was cut: its files as their own headers tell them, one behind the other."""

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

#: Files that are looked for.
MOST_FILES: Final = 10_000
#: The files unpack to no more than so many times the archive's size; what would is not looked behind.
MOST_TIMES: Final = 200

#: Signature, version, flags, method, time, day, checksum, packed size, size, lengths of the name and of what follows it.
_HEADER: Final = struct.Struct("<4s5H3L2H")
_MAGIC: Final = b"PK\x03\x04"
_STORED: Final = 0
_DEFLATED: Final = 8
_ENCRYPTED: Final = 1
_SIZE_FOLLOWS: Final = 8
_IN_UTF8: Final = 0x800
_UNKNOWN: Final = 0xFFFFFFFF
_WORKBOOK: Final = "[Content_Types].xml"
_STEP: Final = 1 << 16
_DESCRIPTION: Final = b"PK\x07\x08"


@dataclass(frozen=True)
class Entry:
    """A file of the archive: its name, when it was written, where its content begins, how it is packed, and its packed size where that is known."""

    name: str
    written: tuple[int, int, int, int, int, int]
    start: int
    method: int
    packed: int | None


class Torn:
    """An open archive without a directory."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115  # closed by `__exit__`
        self.size = self._file.seek(0, io.SEEK_END)
        self.entries = _entries(self._file, bound=self.size * MOST_TIMES)

    def __enter__(self) -> "Torn":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def stream(self, entry: Entry) -> IO[bytes]:
        """The content of a file, as far as it goes."""
        return io.BufferedReader(_Content(self._file, entry), _STEP)


def holds_files(path: str) -> bool:
    """Whether files of logs can be found in it; of a workbook nobody could read a part."""
    try:
        with Path(path).open("rb") as file:
            entries = _entries(file, most=1)
    except (OSError, ValueError, zlib.error):
        return False
    return bool(entries) and entries[0].name != _WORKBOOK


def _entries(file: IO[bytes], most: int = MOST_FILES, bound: int = 0) -> list[Entry]:
    found: list[Entry] = []
    position: int | None = 0
    while position is not None and len(found) < most and (entry := _entry(file, position)) is not None:
        found.append(entry)
        position = _behind(file, entry, bound) if len(found) < most else None
    return found


def _entry(file: IO[bytes], position: int) -> Entry | None:
    """The file whose header stands here; none where there is none that can be read."""
    file.seek(position)
    head = file.read(_HEADER.size)
    if len(head) < _HEADER.size or not head.startswith(_MAGIC):
        return None
    _, _, flags, method, time, day, _, packed, _, name_length, more_length = _HEADER.unpack(head)
    name = file.read(name_length)
    if len(name) < name_length or flags & _ENCRYPTED or method not in (_STORED, _DEFLATED):
        return None
    known = None if flags & _SIZE_FOLLOWS or packed == _UNKNOWN else packed
    if known is None and method == _STORED:
        return None
    written = ((day >> 9) + 1980, day >> 5 & 15, day & 31, time >> 11, time >> 5 & 63, (time & 31) * 2)
    text = name.decode("utf-8" if flags & _IN_UTF8 else "cp437", errors="replace")
    return Entry(text, written, position + _HEADER.size + name_length + more_length, method, known)


def _behind(file: IO[bytes], entry: Entry, bound: int) -> int | None:
    """Where the next header stands; none where the archive ends within the file."""
    if entry.packed is not None:
        return entry.start + entry.packed
    content = _Content(file, entry)
    try:
        while piece := content.read(_STEP):
            bound -= len(piece)
            if bound < 0:
                return None
    except (zlib.error, EOFError):
        return None
    # Its sizes follow, in four or eight bytes each.
    position = content.end
    file.seek(position)
    following = file.read(40)
    offset = following.find(_MAGIC)
    return position + offset if following.startswith(_DESCRIPTION) and offset > 0 else None


class _Content(io.RawIOBase):
    """What is packed in one file of the archive. Raises `EOFError` where the archive ends within it."""

    def __init__(self, file: IO[bytes], entry: Entry) -> None:
        self._file = file
        self._entry = entry
        self._position = entry.start
        self._left = entry.packed
        self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == _DEFLATED else None

    @property
    def end(self) -> int:
        """Where the packed content ends, when all of it was read."""
        return self._position - (len(self._unpacker.unused_data) if self._unpacker else 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # the buffer protocol has no type before Python 3.12
        while view:
            content = self._more(len(view))
            if content is None:
                return 0
            if content:
                view[: len(content)] = content
                return len(content)
        return 0

    def _more(self, size: int) -> bytes | None:
        """The next bytes of the content, perhaps none yet; null at its end."""
        if self._unpacker is None:
            return self._packed(size)
        if self._unpacker.eof:
            return None
        packed = self._unpacker.unconsumed_tail or self._packed(_STEP)
        if packed is None:
            raise EOFError("it ends in the middle")
        return self._unpacker.decompress(packed, size)

    def _packed(self, size: int) -> bytes | None:
        if self._left == 0:
            return None
        self._file.seek(self._position)
        packed = self._file.read(size if self._left is None else min(size, self._left))
        if not packed:
            raise EOFError("it ends in the middle")
        self._position += len(packed)
        if self._left is not None:
            self._left -= len(packed)
        return packed
