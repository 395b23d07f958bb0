"""Files as they lie on disk: found, hashed, unpacked and decoded. Their lines are cut into records by `cutting.py`.

Plain, gzip (also several members) and zstd; UTF-8 with or without BOM, UTF-16, and Latin-1 line by line wherever a line is no UTF-8.
"""

import codecs
import glob
import gzip
import hashlib
import io
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from sms_analytics import archives, config
from sms_analytics.errors import InputError

#: Bytes read (after unpacking) for one batch of records.
BLOCK: Final = 24 * 1024 * 1024
#: A longer line is no record of any log: what follows in it may be left out, and what is kept will be rejected.
LONGEST_LINE: Final = 8 * 1024 * 1024
#: A record that goes on over more lines than this was not understood: its lines stand alone.
MOST_LINES: Final = 100

_UNPACK_STEP: Final = 1 << 16
#: In pieces of a plain file from this size on, a line's end is looked for in so many of the last bytes.
_LARGE: Final = 1 << 22
_NEAR: Final = 1 << 16
_DAMAGES: Final = (EOFError, OSError, zlib.error, pa.ArrowException)

STDIN: Final = "-"
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_IGNORED: Final = (config.FILE_NAME,)


def find(paths: list[str]) -> list[str]:
    """The files meant by `paths`: files, folders (everything below, hidden files and our configuration aside), globs, `-` for standard input.

    Sorted within each path, each file once; a folder that cannot be read stands for itself, so that opening it says why. Raises `InputError` for
    a path that names nothing.
    """
    found: dict[str, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_expand(path)))
    return list(found)


def _expand(path: str) -> list[str]:
    if path == STDIN:
        return [path]
    if os.path.isdir(path):  # noqa: PTH112  # Path raises for names that cannot exist
        files = _below(path)
    elif os.path.isfile(path):  # noqa: PTH113
        files = [path]
    elif archives.split(path) is not None:
        return [path]
    elif glob.has_magic(path):
        files = [file for file in glob.iglob(path, recursive=True) if _is_log(file)]  # noqa: PTH207  # Path raises for patterns it cannot read
    else:
        raise InputError(f"{path}: no such file or folder; check the name, or quote a pattern such as 'logs/*.gz'")
    if not files:
        raise InputError(f"{path}: no files there; name a file, a folder with files or a pattern that matches some")
    return [member for file in sorted(str(Path(file)) for file in files) for member in _members(file)]


def _members(file: str) -> list[str]:
    """The files of an archive; any other file, and an archive that cannot be read, stands for itself, so that opening it says why."""
    try:
        return archives.members(file) if archives.is_archive(file) else [file]
    except InputError:
        return [file]


def _is_log(file: str) -> bool:
    return os.path.isfile(file) and Path(file).name not in _IGNORED  # noqa: PTH113


def _below(folder: str) -> list[str]:
    closed: list[str] = []
    found: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [file for name in names if not name.startswith(".") and _is_log(file := str(Path(parent) / name))]
    return found + closed


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
        self._left -= count
        self._advance(count)
        return count


@dataclass(frozen=True)
class Prefix:
    """The part of a grown file that an earlier load has read: up to the start of its last record, if that was not whole."""

    bytes: int
    lines: int


class Source:
    """One file to load, as large as it is when it is opened. Raises `InputError` where it cannot be read."""

    def __init__(self, path: str) -> None:
        self.path = path
        #: Told how many bytes were read; set by whoever shows progress.
        self.advance: Callable[[int], None] = lambda _: None
        place = None if path == STDIN or os.path.isfile(path) else archives.split(path)  # noqa: PTH113  # Path raises for names that cannot exist
        packed_utc: datetime | None = None
        if place is None:
            self._file = _spooled() if path == STDIN else _opened(path)
        else:
            self._file, packed_utc = archives.unpacked(*place)
        try:
            head = _read(self._file, 4096, path)
        except InputError:
            self._file.close()
            raise
        self.packing = "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(_ZSTD) else None
        self.size = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)
        #: Whether reading may begin at any line: a file whose line ends stand for themselves, and that will be there again.
        self.resumable = path != STDIN and place is None and self.packing is None and _wide_encoding(head) is None
        #: When it was last written, naive UTC; none for standard input.
        self.written_utc = None if path == STDIN else packed_utc if place is not None else _written_utc(self._file)
        #: Why the last reading stopped before the end (a cut or damaged archive), if it did.
        self.fault: str | None = None

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sha256(self) -> str:
        """Of the file as it lies on disk."""
        return self.sha256_at([self.size])[self.size]

    def sha256_at(self, sizes: list[int]) -> dict[int, str]:
        """Of its first so many bytes, for each of `sizes`."""
        sha256, digests, place = hashlib.sha256(), dict[int, str](), 0
        for size in sorted(set(sizes)):
            for piece in self.raw(place, size):
                sha256.update(piece)
            place = size
            digests[size] = sha256.hexdigest()
        return digests

    def lines_in(self, count: int) -> int:
        """How many line ends the first `count` bytes hold."""
        return sum(piece.count(b"\n") for piece in self.raw(0, count))

    def raw(self, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` to `end` as they lie on disk; may be read while `blocks` is."""
        file, place = self._file.fileno(), start
        while place < end and (piece := _read_at(file, min(end - place, 1 << 22), place, self.path)):
            yield piece
            place += len(piece)

    def tail(self, count: int) -> bytes:
        """The last lines of the first `count` bytes: at least `MOST_LINES` if there are so many, though hardly more than `LONGEST_LINE` bytes."""
        start, tail = count, b""
        while start > 0 and tail.count(b"\n") <= MOST_LINES and len(tail) < LONGEST_LINE:
            step = min(start, 1 << 16)
            start -= step
            tail = b"".join(self.raw(start, start + step)) + tail
        return tail if start == 0 else tail.partition(b"\n")[2]

    def unpacked(self, start: int = 0) -> IO[bytes]:
        """The content without its packing, from byte `start` of a plain file."""
        self._file.seek(start)
        read = io.BufferedReader(_Counted(self._file, self.path, self.size - start, self.advance), 1 << 20)
        if self.packing == "gzip":
            return gzip.GzipFile(fileobj=read)  # type: ignore[return-value]  # typeshed: GzipFile is no IO[bytes]
        if self.packing == "zstd":
            stream: IO[bytes] = pa.CompressedInputStream(pa.PythonFile(read, mode="r"), "zstd")
            return stream
        return read

    def head(self, count: int) -> bytes:
        """The first bytes of the content without its packing; fewer where it has no more, or cannot be unpacked."""
        return b"".join(islice(self._pieces(0, count), 1))[:count]

    def seekable(self) -> IO[bytes]:
        """The content without its packing, for readers that go back and forth. Raises `InputError` for a damaged archive."""
        if self.packing is None:
            self._file.seek(0)
            return self._file
        content = b"".join(self._pieces(0, BLOCK))
        if self.fault:
            raise InputError(f"{self.path}: {self.fault.partition(';')[0]}; fetch the file again")
        return io.BytesIO(content)

    def blocks(self, start: int = 0, size: int = BLOCK) -> Iterator[str]:
        """Decoded text in whole lines of about `size` bytes, the last line with or without its end."""
        yield from map(decoded, self.encoded(start, size))

    def encoded(self, start: int = 0, size: int = BLOCK) -> Iterator[bytes]:
        """As `blocks`, in UTF-8, but for lines that are in Latin-1."""
        pieces = self._pieces(start, size)
        first = next(pieces, b"")
        wide = _wide_encoding(first) if start == 0 else None
        if wide:
            decoder = codecs.getincrementaldecoder(wide)(errors="replace")
            texts = (decoder.decode(piece) for piece in chain([first], pieces))
            pieces = (text.encode() for text in chain(texts, [decoder.decode(b"", final=True)]))
        else:
            pieces = chain([first.removeprefix(codecs.BOM_UTF8) if start == 0 else first], pieces)
        yield from _whole_lines(pieces)

    def _pieces(self, start: int, size: int) -> Iterator[bytes]:
        """Pieces of about `size` bytes, of a damaged archive all that comes before its fault."""
        self.fault = None
        if self.packing is None:
            yield from self._plain_pieces(start, size)
            return
        read = _Unpacked(self)
        while taken := read.read(size):
            yield taken
        self.fault = read.fault

    def _plain_pieces(self, start: int, size: int) -> Iterator[bytes]:
        """Large pieces end with a line, if one ends near: then nobody need copy them to cut them there."""
        read, place = self.unpacked(start), start
        while taken := read.read(self._to_a_line_end(place, size)):
            yield taken
            place += len(taken)

    def _to_a_line_end(self, place: int, size: int) -> int:
        if size < _LARGE or place + size >= self.size:
            return size
        last = b"".join(self.raw(place + size - _NEAR, place + size))
        return size - _NEAR + last.rfind(b"\n") + 1 if b"\n" in last else size

    def lines(self, start: int = 0, size: int = BLOCK) -> Iterator[str]:
        """Decoded lines with their ends, one by one: for readers that must see quotes and line breaks, such as CSV."""
        for block in self.blocks(start, size):
            yield from io.StringIO(block, newline="\n")


class _Unpacked:
    """The content of an archive, of a damaged one all that comes before its fault."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stream = source.unpacked()
        self._given = 0
        self.fault: str | None = None

    def read(self, size: int) -> bytes:
        """About `size` bytes, none at the end or behind the fault."""
        taken: list[bytes] = []
        while size > 0 and self.fault is None and (piece := self._step()):
            taken.append(piece)
            self._given += len(piece)
            size -= len(piece)
        return b"".join(taken)

    def _step(self) -> bytes:
        try:
            piece: bytes = self._stream.read1(_UNPACK_STEP)  # type: ignore[attr-defined]  # both readers have it, IO[bytes] does not
            return piece
        except _DAMAGES as error:
            self.fault = f"the archive ends or breaks in the middle ({error}); what came before was read"
            return b"".join(self._singly())

    def _singly(self) -> Iterator[bytes]:
        """What is left before the fault: a longer step that fails takes what it has got along."""
        stream = self._source.unpacked()
        with suppress(*_DAMAGES):
            left = self._given
            while left > 0 and (piece := stream.read(min(left, _UNPACK_STEP))):
                left -= len(piece)
            while byte := stream.read(1):
                yield byte


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


def _read(file: IO[bytes], size: int, path: str) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _read_at(file: int, size: int, place: int, path: str) -> bytes:
    try:
        return os.pread(file, size, place)
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


def _wide_encoding(head: bytes) -> str | None:
    """The name of UTF-16 by its BOM or, in plain text without one, by the zero in every other byte; none for all other encodings."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[:400]
    for zeros, encoding in ((sample[1::2], "utf-16-le"), (sample[0::2], "utf-16-be")):
        if len(sample) >= 4 and zeros.count(0) > len(sample) * 0.4:
            return encoding
    return None


def _whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces cut at line ends; of a line that grows too long the middle is left out."""
    rest = b""
    for piece in pieces:
        cut = piece.rfind(b"\n") + 1
        if cut:
            yield piece if cut == len(piece) and not rest else b"".join((rest, memoryview(piece)[:cut]))
            rest = piece[cut:]
        else:
            rest += piece
        rest = rest[:LONGEST_LINE]
    if rest:
        yield rest


def decoded(block: bytes) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(decoded_line(line) for line in block.split(b"\n"))


def decoded_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
