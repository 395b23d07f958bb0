"""Bytes of a file as whole lines of text: their encoding, where lines end, and lines that are too long to be records."""

import codecs
from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

#: A longer line is no record of any log: it is rejected with its length.
LONGEST_LINE: Final = 8 * 1024 * 1024
#: Stands in place of a line that is too long, its bytes behind it.
TOO_LONG: Final = "\x00too long: "

#: Bytes of the longest sign in UTF-8.
_LONGEST_SIGN: Final = 4


def wide_encoding(head: bytes) -> str | None:
    """The name of UTF-16 by its BOM or, in plain text without one, by the zero in every other byte; none for all other encodings."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[:400]
    for zeros, encoding in ((sample[1::2], "utf-16-le"), (sample[0::2], "utf-16-be")):
        if len(sample) >= 4 and zeros.count(0) > len(sample) * 0.4:
            return encoding
    return None


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces cut at line ends; instead of a line that grows too long `TOO_LONG`."""
    rest, length = b"", 0
    for piece in pieces:
        begin, cut = 0, piece.rfind(b"\n") + 1
        if cut and length:
            # The line that was too long ends here.
            begin = piece.index(b"\n")
            rest, length = _too_long(length + begin), 0
        if cut:
            yield piece if cut == len(piece) and not rest else b"".join((rest, memoryview(piece)[begin:cut]))
            rest = piece[cut:]
        elif length:
            length += len(piece)
        else:
            rest += piece
        if len(rest) > LONGEST_LINE:
            rest, length = b"", len(rest)
    if rest or length:
        yield _too_long(length) if length else rest


def _too_long(length: int) -> bytes:
    return f"{TOO_LONG}{length}".encode()


def without_too_long(lines: pl.DataFrame) -> pl.DataFrame:
    """Records (`line`) with `TOO_LONG` in place of the lines that are."""
    length = lines["line"].str.len_bytes()
    longest = length.max()
    if not isinstance(longest, int) or longest <= LONGEST_LINE:
        return lines
    return lines.with_columns(line=pl.when(pl.lit(length) > LONGEST_LINE).then(pl.format("{}{}", pl.lit(TOO_LONG), pl.lit(length))).otherwise("line"))


def whole_signs(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces cut where no sign of several bytes is: behind the last ASCII one of each."""
    rest = b""
    for piece in pieces:
        rest += piece
        offset = len(rest)
        while offset and len(rest) - offset < _LONGEST_SIGN and rest[offset - 1] > 0x7F:
            offset -= 1
        yield rest[:offset]
        rest = rest[offset:]
    if rest:
        yield rest


def decoded(block: bytes) -> str:
    """The text of whole lines: UTF-8, and Latin-1 for each line that is none."""
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(decoded_line(line) for line in block.split(b"\n"))


def decoded_line(line: bytes) -> str:
    """The text of one line: UTF-8, else Latin-1."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
