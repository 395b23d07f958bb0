"""Files as they lie on disk: found, hashed, unpacked, decoded and cut into records of bounded size.

Plain, gzip (also several members) and zstd; UTF-8 with or without BOM, UTF-16, and Latin-1 line by line wherever a line is no UTF-8.
"""

import codecs
import gzip
import hashlib
import io
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import polars as pl
import pyarrow as pa

from sms_analytics import config
from sms_analytics.errors import InputError
from sms_analytics.formats.base import RECORDS, Format

#: Bytes read (after unpacking) for one batch of records.
BLOCK: Final = 24 * 1024 * 1024
#: A longer line is no record of any log: it is cut here and its pieces are rejected.
LONGEST_LINE: Final = 8 * 1024 * 1024
#: A record that goes on over more lines than this was not understood: its lines stand alone.
MOST_LINES: Final = 100

_UNPACK_STEP: Final = 1 << 16

STDIN: Final = "-"
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_IGNORED: Final = (config.FILE_NAME,)


def find(paths: list[str]) -> list[str]:
    """The files meant by `paths`: files, folders (everything below, hidden files and our configuration aside), globs, `-` for standard input.

    Sorted within each path, each file once. Raises `InputError` for a path that names nothing.
    """
    found: dict[str, None] = {}
    for path in paths:
        for file in _expand(path):
            found.setdefault(file)
    return list(found)


def _expand(path: str) -> list[str]:
    if path == STDIN:
        return [path]
    if Path(path).is_dir():
        files = [file for file in Path(path).rglob("*") if file.is_file() and not _hidden(file.relative_to(path)) and file.name not in _IGNORED]
    elif Path(path).is_file():
        files = [Path(path)]
    elif any(sign in path for sign in "*?["):
        anchor = Path(path).anchor
        pattern = path[len(anchor) :]
        files = [file for file in Path(anchor or ".").glob(pattern) if file.is_file()]
    else:
        raise InputError(f"{path}: no such file or folder; check the name, or quote a pattern such as 'logs/*.gz'")
    if not files:
        raise InputError(f"{path}: no files there; name a file, a folder with files or a pattern that matches some")
    return sorted(str(file) for file in files)


def _hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


class _Counted(io.RawIOBase):
    """A file that tells how much of it was read and ends at `size`: what is written to it meanwhile belongs to the next load."""

    def __init__(self, file: IO[bytes], left: int, advance: Callable[[int], None]) -> None:
        self._file = file
        self._left = left
        self._advance = advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # the buffer protocol has no type before Python 3.12
        piece = self._file.read(min(len(view), self._left))
        view[: len(piece)] = piece
        self._left -= len(piece)
        self._advance(len(piece))
        return len(piece)


@dataclass(frozen=True)
class Prefix:
    """The part of a grown file that an earlier load has read: up to the start of its last unfinished line."""

    bytes: int
    lines: int


class Source:
    """One file to load, as large as it is when it is opened."""

    def __init__(self, path: str) -> None:
        self.path = path
        #: Told how many bytes were read; set by whoever shows progress.
        self.advance: Callable[[int], None] = lambda _: None
        self._file = _spooled() if path == STDIN else _opened(path)
        head = self._file.read(4096)
        self._file.seek(0)
        self.packing = "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(_ZSTD) else None
        self.size = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)
        #: Why reading stopped before the end (a cut or damaged archive), if it did.
        self.fault: str | None = None

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sha256(self, count: int | None = None) -> str:
        """Of the first `count` bytes as they lie on disk; of all without it."""
        sha256 = hashlib.sha256()
        self._over(count, sha256.update)
        return sha256.hexdigest()

    def lines_in(self, count: int) -> int:
        """How many line ends the first `count` bytes hold."""
        lines = 0

        def note(piece: bytes) -> None:
            nonlocal lines
            lines += piece.count(b"\n")

        self._over(count, note)
        return lines

    def _over(self, count: int | None, note: Callable[[bytes], None]) -> None:
        self._file.seek(0)
        left = self.size if count is None else count
        while left > 0 and (piece := self._file.read(min(left, 1 << 22))):
            note(piece)
            left -= len(piece)
        self._file.seek(0)

    def last_line_start(self, count: int) -> int:
        """Where the line begins that the first `count` bytes end in."""
        step = 1 << 16
        end = count
        while end > 0:
            start = max(0, end - step)
            self._file.seek(start)
            at = self._file.read(end - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
            end = start
        return 0

    def unpacked(self, start: int = 0) -> IO[bytes]:
        """The content without its packing, from byte `start` of a plain file."""
        self._file.seek(start)
        read = io.BufferedReader(_Counted(self._file, self.size - start, self.advance), 1 << 20)
        if self.packing == "gzip":
            return gzip.GzipFile(fileobj=read)  # type: ignore[return-value]  # typeshed: GzipFile is no IO[bytes]
        if self.packing == "zstd":
            stream: IO[bytes] = pa.CompressedInputStream(pa.PythonFile(read, mode="r"), "zstd")
            return stream
        return read

    def blocks(self, start: int = 0, size: int = BLOCK) -> Iterator[str]:
        """Decoded text in whole lines of about `size` bytes, the last line with or without its end."""
        stream = self.unpacked(start)
        pieces = self._pieces(stream, size)
        first = next(pieces, b"")
        if start == 0 and first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            yield from _lines_of("utf-16", first, pieces)
        elif start == 0 and _looks_utf16(first):
            yield from _lines_of("utf-16-le" if first[1:2] == b"\0" else "utf-16-be", first, pieces)
        else:
            yield from _whole_lines(first.removeprefix(codecs.BOM_UTF8) if start == 0 else first, pieces)

    def _pieces(self, stream: IO[bytes], size: int) -> Iterator[bytes]:
        """Pieces of about `size` bytes. An archive is read in small steps, so that nothing before its fault is lost."""
        step = size if self.packing is None else _UNPACK_STEP
        while self.fault is None:
            taken: list[bytes] = []
            try:
                while len(taken) * step < size and (piece := stream.read(step)):
                    taken.append(piece)
            except (EOFError, OSError, zlib.error, pa.ArrowException) as error:
                self.fault = f"the archive ends or breaks in the middle ({error}); what came before was read"
            if not taken:
                return
            yield b"".join(taken)

    def lines(self, start: int = 0, size: int = BLOCK) -> Iterator[str]:
        """Decoded lines with their ends, one by one: for readers that must see quotes and line breaks, such as CSV."""
        for block in self.blocks(start, size):
            yield from io.StringIO(block, newline="\n")


def _opened(path: str) -> IO[bytes]:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _spooled() -> IO[bytes]:
    """Standard input, kept in a nameless file: the format is found before the reading starts."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by Source.close
    while piece := sys.stdin.buffer.read(1 << 20):
        file.write(piece)
    file.seek(0)
    return file


def _looks_utf16(first: bytes) -> bool:
    """Plain text in UTF-16 without a BOM has a zero in every other byte."""
    sample = first[:400]
    return len(sample) >= 4 and (sample[1::2].count(0) > len(sample) * 0.4 or sample[0::2].count(0) > len(sample) * 0.4)


def _lines_of(encoding: str, first: bytes, pieces: Iterator[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    for piece in _chain(first, pieces):
        text = rest + decoder.decode(piece)
        cut = text.rfind("\n") + 1
        rest = text[cut:]
        if cut:
            yield text[:cut]
    if rest := rest + decoder.decode(b"", final=True):
        yield rest


def _whole_lines(first: bytes, pieces: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for piece in _chain(first, pieces):
        cut = piece.rfind(b"\n") + 1
        if not cut and len(rest) + len(piece) < LONGEST_LINE:
            rest += piece
            continue
        whole = rest + piece[:cut] if cut else rest + piece
        rest = piece[cut:] if cut else b""
        yield _decoded(whole)
    if rest:
        yield _decoded(rest)


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


def _decoded(block: bytes) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_decoded_line(line) for line in block.splitlines(keepends=True))


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def records(source: Source, format: Format, start: Prefix | None = None) -> Iterator[pl.DataFrame]:
    """Batches of `RECORDS`: lines numbered from 1 in the file, those that continue a record joined to it, blank ones included."""
    line_no = start.lines if start else 0
    held = pl.DataFrame(schema=RECORDS)
    for block in source.blocks(start.bytes if start else 0):
        lines = _split(block, line_no)
        line_no += lines.height
        if format.begins is None:
            yield lines
            continue
        joined = _joined(pl.concat([held, lines]), format)
        # The last record may go on in the next block.
        held = joined.tail(1)
        yield joined.head(-1)
    if held.height:
        yield held


def _split(block: str, line_no: int) -> pl.DataFrame:
    lines = pl.Series([block.removesuffix("\n")]).str.split("\n").explode().str.strip_suffix("\r")
    return pl.DataFrame({"record_no": pl.int_range(line_no + 1, line_no + 1 + len(lines), dtype=pl.Int64, eager=True), "line": lines})


def _joined(lines: pl.DataFrame, format: Format) -> pl.DataFrame:
    """Lines that continue an unfinished record are put behind it."""
    begins = lines["line"].str.contains(format.begins or "")
    if begins.all() or format.unfinished is None:
        return lines
    unfinished = lines.select(format.unfinished.fill_null(False)).to_series() & begins
    follows = unfinished & ~begins.shift(-1, fill_value=True)
    if not follows.any():
        return lines
    texts, taken, merged = lines["line"].to_list(), set[int](), dict[int, str]()
    starts = begins.to_list()
    for row in follows.arg_true().to_list():
        text, last = _continued(texts, starts, row, format)
        if last > row:
            merged[row] = text
            taken.update(range(row + 1, last + 1))
    keep = [row for row in range(len(texts)) if row not in taken]
    kept = lines["record_no"].gather(keep)
    return pl.DataFrame({"record_no": kept, "line": [merged.get(row, texts[row]) for row in keep]}, schema=RECORDS)


def _continued(texts: list[str], starts: list[bool], row: int, format: Format) -> tuple[str, int]:
    text = texts[row]
    for last in range(row + 1, min(row + MOST_LINES, len(texts))):
        if starts[last]:
            break
        text = f"{text}\n{texts[last]}"
        if not _is_unfinished(text, format):
            return text, last
    return texts[row], row


def _is_unfinished(text: str, format: Format) -> bool:
    assert format.unfinished is not None
    return bool(pl.DataFrame({"line": [text]}).select(format.unfinished.fill_null(False)).item())
