"""Files as they lie on disk: hashed, unpacked and decoded. Their lines are cut into records by `reading/cutting.py`.

Plain or packed (`reading/packing.py`); UTF-8 with or without BOM, UTF-16, and Latin-1 line by line wherever a line is no UTF-8.
"""

import codecs
import hashlib
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

from sms_analytics.errors import InputError
from sms_analytics.reading import archives, packing
from sms_analytics.reading.encoded_lines import LONGEST_LINE, decoded, whole_lines, whole_signs, wide_encoding
from sms_analytics.reading.named_files import STDIN

#: Bytes read (after unpacking) for one batch of records.
BLOCK: Final = 24 * 1024 * 1024
#: A record that goes on over more lines than this was not understood: its lines stand alone.
MOST_LINES: Final = 100

_UNPACK_STEP: Final = 1 << 16
#: In pieces of a plain file from this size on, a line's end is looked for in so many of the last bytes.
_LARGE: Final = 1 << 22
_NEAR: Final = 1 << 16


class _Counted(io.RawIOBase):
    """A file that tells how much of it was read and ends at `size`: what is written to it meanwhile belongs to the next load."""

    def __init__(self, file: IO[bytes], path: str, left: int, advance: Callable[[int], None]) -> None:
        self._file = file
        self._path = path
        self._left = left
        self._advance = advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # the buffer protocol has no type before Python 3.12
        try:
            count: int = self._file.readinto(view[: self._left])  # type: ignore[attr-defined]  # files have it, IO[bytes] does not
        except OSError as error:
            raise InputError(f"{self._path}: cannot be read: {error.strerror}") from None
        if not count and self._left and view:
            raise InputError(f"{self._path}: was cut while it was read; load it again")
        self._left -= count
        self._advance(count)
        return count


@dataclass(frozen=True)
class Prefix:
    """The part of a grown file that an earlier load has read: up to the start of its last record, if that was not whole. What follows is read up to
    byte `end`, where that was read already; else to the end of the file."""

    bytes: int
    lines: int
    end: int | None = None


class Source:
    """One file to load, as large as it is when it is opened. Raises `InputError` where it cannot be read."""

    def __init__(self, path: str) -> None:
        self.path = path
        #: Told how many bytes were read; set by whoever shows progress.
        self.advance: Callable[[int], None] = lambda _: None
        in_archive = None if path == STDIN or os.path.isfile(path) else archives.split(path)  # noqa: PTH113  # Path raises for names that cannot exist
        packed_utc: datetime | None = None
        #: What is missing of the file in its archive, where that is damaged.
        self._damage: str | None = None
        if in_archive is None:
            self._file = _spooled() if path == STDIN else _opened(path)
        else:
            self._file, packed_utc, self._damage = archives.unpacked(*in_archive)
        #: Why the last reading stopped before the end (a cut or damaged archive), if it did.
        self.fault: str | None = None
        #: Whether the last line that was read has no end.
        self.cut_line = False
        self._content: tuple[int, str] | None = None
        #: How it is packed, the outermost first.
        self.packings: tuple[str, ...] = ()
        try:
            head = self._measured()
        except BaseException:
            self._file.close()
            raise
        #: Whether reading may begin at any line: a file whose line ends stand for themselves, and that will be there again.
        self.resumable = path != STDIN and in_archive is None and not self.packings and wide_encoding(head) is None
        #: When it was last written, naive UTC; none for standard input.
        self.written_utc = None if path == STDIN else packed_utc if in_archive is not None else _written_utc(self._file)

    def _measured(self) -> bytes:
        """The beginning of the content, when it is known how large the file is and how it is packed."""
        head = _read(self._file, 4096, self.path)
        self.size = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)
        self._state = _state(self._file)
        while (name := packing.of(head)) is not None:
            if len(self.packings) == packing.MOST_TIMES:
                raise InputError(f"{self.path}: packed more than {packing.MOST_TIMES} times over; unpack it yourself if it is a log")
            self.packings += (name,)
            head = self._peek()
        return head

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sha256(self, end: int | None = None) -> str:
        """Of the file as it lies on disk, up to byte `end`."""
        size = self.size if end is None else end
        return self.sha256_at([size])[size]

    def check_unchanged(self, end: int, sha256: str) -> None:
        """Raises `InputError` where the first `end` bytes are no longer those with this digest: somebody wrote to the file while it was read."""
        if _state(self._file) != self._state and self.sha256(end) != sha256:
            raise InputError(f"{self.path}: was changed while it was read; load it again")

    def sha256_at(self, sizes: list[int]) -> dict[int, str]:
        """Of its first so many bytes, for each of `sizes`."""
        sha256, digests, offset = hashlib.sha256(), dict[int, str](), 0
        for size in sorted(set(sizes)):
            for piece in self.raw(offset, size):
                sha256.update(piece)
            offset = size
            digests[size] = sha256.hexdigest()
        return digests

    def content(self) -> tuple[int, str]:
        """How many bytes it holds without its packing, and their digest; of a damaged archive, of what comes before its fault."""
        if self._content is None:
            self._content = self._unpacked_content() if self.packings else (self.size, self.sha256())
        return self._content

    def _unpacked_content(self) -> tuple[int, str]:
        sha256, size, advance = hashlib.sha256(), 0, self.advance
        # This is no progress: the content is read again.
        self.advance = lambda _: None
        try:
            for piece in self._pieces(0, BLOCK):
                sha256.update(piece)
                size += len(piece)
        finally:
            self.advance = advance
        return size, sha256.hexdigest()

    def lines_in(self, count: int) -> int:
        """How many line ends the first `count` bytes hold."""
        return sum(piece.count(b"\n") for piece in self.raw(0, count))

    def raw(self, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` to `end` as they lie on disk; may be read while `blocks` is."""
        file, offset = self._file.fileno(), start
        while offset < end:
            piece = _read_at(file, min(end - offset, 1 << 22), offset, self.path)
            if not piece:
                raise InputError(f"{self.path}: was cut while it was read; load it again")
            yield piece
            offset += len(piece)

    def tail(self, count: int) -> bytes:
        """The last lines of the first `count` bytes: at least `MOST_LINES` if there are so many, though hardly more than `LONGEST_LINE` bytes."""
        start, tail = count, b""
        while start > 0 and tail.count(b"\n") <= MOST_LINES and len(tail) < LONGEST_LINE:
            step = min(start, 1 << 16)
            start -= step
            tail = b"".join(self.raw(start, start + step)) + tail
        return tail if start == 0 else tail.partition(b"\n")[2]

    def unpacked(self, start: int = 0, end: int | None = None) -> IO[bytes]:
        """The content without its packing, of a plain file from byte `start` to `end`."""
        self._file.seek(start)
        size = self.size if end is None else end
        read: IO[bytes] = io.BufferedReader(_Counted(self._file, self.path, size - start, self.advance), 1 << 20)
        for name in self.packings:
            read = packing.opened(read, name)
        return read

    def _peek(self) -> bytes:
        """The beginning of what is unpacked so far; empty where it cannot be unpacked."""
        with suppress(*packing.DAMAGES):
            return self.unpacked().read(4096)
        return b""

    def head(self, count: int) -> bytes:
        """The first bytes of the content without its packing; fewer where it has no more, or cannot be unpacked."""
        return b"".join(islice(self._pieces(0, count), 1))[:count]

    def seekable(self) -> IO[bytes]:
        """The content without its packing, for readers that go back and forth. Raises `InputError` for a damaged archive."""
        if not self.packings:
            self._file.seek(0)
            return self._file
        content = b"".join(self._pieces(0, BLOCK))
        if self.fault:
            raise InputError(f"{self.path}: {self.fault.partition(';')[0]}; fetch the file again")
        return io.BytesIO(content)

    def blocks(self, start: int = 0, size: int = BLOCK) -> Iterator[str]:
        """Decoded text in whole lines of about `size` bytes, the last line with or without its end."""
        yield from map(decoded, self.encoded(start, size))

    def texts(self, size: int = BLOCK) -> Iterator[str]:
        """Decoded text in pieces of about `size` bytes that may end anywhere: for readers to whom lines are nothing."""
        yield from map(decoded, whole_signs(self._encoded(0, size, None)))

    def encoded(self, start: int = 0, size: int = BLOCK, end: int | None = None) -> Iterator[bytes]:
        """As `blocks`, in UTF-8, but for lines that are in Latin-1; of a plain file up to byte `end`."""
        last = b"\n"
        for last in whole_lines(self._encoded(start, size, end)):
            self.cut_line = not last.endswith(b"\n")
            yield last

    def _encoded(self, start: int, size: int, end: int | None) -> Iterator[bytes]:
        pieces = self._pieces(start, size, end)
        first = next(pieces, b"")
        wide = wide_encoding(first) if start == 0 else None
        if wide:
            decoder = codecs.getincrementaldecoder(wide)(errors="replace")
            texts = (decoder.decode(piece) for piece in chain([first], pieces))
            yield from (text.encode(errors="replace") for text in chain(texts, [decoder.decode(b"", final=True)]))
        else:
            yield first.removeprefix(codecs.BOM_UTF8) if start == 0 else first
            yield from pieces

    def _pieces(self, start: int, size: int, end: int | None = None) -> Iterator[bytes]:
        """Pieces of about `size` bytes, of a damaged archive all that comes before its fault."""
        self.fault = self._damage
        if not self.packings:
            yield from self._plain_pieces(start, size, end)
            return
        read = packing.Unpacked(self.unpacked)
        while taken := read.read(size):
            yield taken
        self.fault = read.fault or self._damage

    def _plain_pieces(self, start: int, size: int, end: int | None) -> Iterator[bytes]:
        """Large pieces end with a line, if one ends near: then nobody need copy them to cut them there."""
        read, offset = self.unpacked(start, end), start
        while taken := read.read(self._to_a_line_end(offset, size, self.size if end is None else end)):
            yield taken
            offset += len(taken)

    def _to_a_line_end(self, offset: int, size: int, end: int) -> int:
        if size < _LARGE or offset + size >= end:
            return size
        last = b"".join(self.raw(offset + size - _NEAR, offset + size))
        return size - _NEAR + last.rfind(b"\n") + 1 if b"\n" in last else size

    def lines(self, start: int = 0, size: int = BLOCK) -> Iterator[str]:
        """Decoded lines with their ends, one by one: for readers that must see quotes and line breaks, such as CSV."""
        for block in self.blocks(start, size):
            yield from io.StringIO(block, newline="\n")


def _opened(path: str) -> IO[bytes]:
    if os.path.isfile(path) and archives.is_archive(path):  # noqa: PTH113
        archives.members(path)
        raise InputError(f"{path}: an archive; name the files in it, such as {path}/NAME")
    if (name := os.fsencode(path).decode(errors="replace")) != path:
        raise InputError(f"{name}: this name is no UTF-8; rename the file")
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _written_utc(file: IO[bytes]) -> datetime:
    return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC).replace(tzinfo=None, microsecond=0)


def _state(file: IO[bytes]) -> tuple[int, int]:
    """What tells that a file was written to: its size and when."""
    state = os.fstat(file.fileno())
    return state.st_size, state.st_mtime_ns


def _read(file: IO[bytes], size: int, path: str) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _read_at(file: int, size: int, offset: int, path: str) -> bytes:
    try:
        return os.pread(file, size, offset)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _spooled() -> IO[bytes]:
    """Standard input, kept in a nameless file: the format is found before the reading starts."""
    if sys.stdin is None:
        raise InputError("-: there is no standard input; name a file, or pipe a log into the command")
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by Source.close
    try:
        while piece := sys.stdin.buffer.read(1 << 20):
            file.write(piece)
        file.seek(0)
    except OSError as error:
        file.close()
        folder = tempfile.gettempdir()
        raise InputError(f"-: standard input cannot be kept in {folder}: {error.strerror}; set TMPDIR to a folder with more room") from None
    return file
