"""Packed files: gzip, bzip2, xz and zstd, each also with several members, and one within another, read as a stream in bounded memory."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Final

import pyarrow as pa

#: What a packed file begins with.
_MAGIC: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\x00": "xz", b"BZh": "bzip2"}
#: A log may be packed so many times over; what is packed within that is no log.
MOST_TIMES: Final = 4
#: What unpacking may take of memory: xz lets its files ask for as much as they like.
_MOST_MEMORY: Final = 256 * 1024 * 1024
_STEP: Final = 1 << 16

#: What the libraries raise for a damaged file.
DAMAGES: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, pa.ArrowException, MemoryError, ValueError)


def of(head: bytes) -> str | None:
    """How a file that begins like this is packed; none where it is not."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic) and (name != "bzip2" or _is_bzip2(head))), None)


def _is_bzip2(head: bytes) -> bool:
    """A text may begin with BZh: what follows is the size of a block and the first digits of pi, or of its root where there is nothing in it."""
    return head[3:4] in b"123456789" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90")


def opened(file: IO[bytes], name: str) -> IO[bytes]:
    """The content of a file that is packed so."""
    if name == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")  # type: ignore[return-value]  # typeshed: GzipFile is no IO[bytes]
    if name == "zstd":
        stream: IO[bytes] = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
        return stream
    return io.BufferedReader(_Stream(file, _UNPACKERS[name]), _STEP)


#: Either has `decompress`, `eof`, `needs_input` and `unused_data`.
_Unpacker = bz2.BZ2Decompressor | lzma.LZMADecompressor
_UNPACKERS: Final[dict[str, Callable[[], _Unpacker]]] = {
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY),
}


class _Stream(io.RawIOBase):
    """The content of bzip2 or xz, one member behind the other."""

    def __init__(self, file: IO[bytes], unpacker: Callable[[], _Unpacker]) -> None:
        self._file = file
        self._new = unpacker
        self._unpacker = unpacker()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # the buffer protocol has no type before Python 3.12
        while view:
            if self._unpacker.eof and not self._goes_on():
                return 0
            packed = self._file.read(_STEP) if self._unpacker.needs_input else b""
            if self._unpacker.needs_input and not packed:
                raise EOFError("it ends in the middle")
            content = self._unpacker.decompress(packed, len(view))
            if content:
                view[: len(content)] = content
                return len(content)
        return 0

    def _goes_on(self) -> bool:
        """Whether another member follows; zeros may stand between them."""
        rest = self._unpacker.unused_data
        while not (rest := rest.lstrip(b"\x00")):
            if not (rest := self._file.read(_STEP)):
                return False
        self._unpacker = self._new()
        self._file = _Behind(rest, self._file)  # type: ignore[assignment]  # all that is asked of it is `read`
        return True


class _Behind:
    """Bytes that were read already, and the file that they stood in."""

    def __init__(self, first: bytes, file: IO[bytes]) -> None:
        self._first = first
        self._file = file

    def read(self, size: int) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return self._file.read(size)


class Unpacked:
    """The content of a packed file, of a damaged one all that comes before its fault; `damages` is what reading it raises then."""

    def __init__(self, opened: Callable[[], IO[bytes]], damages: tuple[type[Exception], ...] = DAMAGES) -> None:
        self._opened = opened
        self._damages = damages
        self._stream = opened()
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
            piece: bytes = self._stream.read1(_STEP)  # type: ignore[attr-defined]  # all readers have it, IO[bytes] does not
            return piece
        except self._damages as error:
            self.fault = f"the archive ends or breaks in the middle ({reason(error)}); what came before was read"
            return b"".join(self._singly())

    def _singly(self) -> Iterator[bytes]:
        """What is left before the fault: a longer step that fails takes what it has got along."""
        with suppress(*self._damages):
            stream, left = self._opened(), self._given
            while left > 0 and (piece := stream.read(min(left, _STEP))):
                left -= len(piece)
            while byte := stream.read(1):
                yield byte


def reason(error: BaseException) -> str:
    """What a library says of a damaged file, in one line."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
