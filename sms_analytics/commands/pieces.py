"""What earlier loads hold of a file: all of it, its beginning, or stretches of it, under the same format or another one.

A load stands for a stretch of its file, from the byte where it began up to where it ended. What no load stands for is read: the new end of a log that
has grown, or its beginning when the load of that was taken out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Final

import duckdb

from sms_analytics.events.readings import Format
from sms_analytics.reading import containers
from sms_analytics.reading.sources import Source


@dataclass(frozen=True)
class Piece:
    """A load of this file's content, or of its beginning."""

    load_id: int
    format: str
    options: str
    accepted: int
    #: How much of the file is what the load has seen, and its digest.
    bytes: int
    sha256: str
    #: The stretch of it that the load stands for.
    began: int
    ended: int
    numbering: str
    #: Whether records that it left to other loads of this content are gone with these.
    is_missing_some: bool
    #: Where the clock of the log was at its end.
    clock: str | None


def numbering(source: Source, format: Format) -> str:
    """What the records of the file are numbered by under this format: the same number is the same record only within one numbering."""
    if containers.by_lines(source, format):
        return "lines"
    return "table" if format.container == "table" or containers.layout(source) in ("text", "table") else "document"


_PIECES: Final = """
SELECT
    load_id, format, options, accepted, bytes, sha256, coalesce(began, 0), coalesce(ended, bytes), coalesce(numbering, $numbering),
    len(coalesce(list_intersect(left_to, (SELECT list(load_id) FROM loads)), [])) < len(coalesce(left_to, [])), clock,
    content_sha256
FROM loads
JOIN load_options USING (load_id)
LEFT JOIN load_pieces USING (load_id)
WHERE state = 'loaded' AND
"""


def held(connection: duckdb.DuckDBPyConnection, source: Source, format: Format) -> list[Piece]:
    """Loads of this content, then those of this log when it was shorter, the longest first, then those of this content packed in another way.

    A log that was rotated away has a longer name than it had then.
    """
    rows = connection.execute(
        f"""
        {_PIECES} (
            bytes = $size
            OR (
                starts_with($path, path) AND bytes BETWEEN 1 AND $size AND $resumable
                AND coalesce(numbering, 'lines') = 'lines' AND (format <> $format OR $by_lines)
            )
        )
        ORDER BY bytes DESC, load_id
        """,
        {
            "path": source.path,
            "format": format.name,
            "size": source.size,
            "resumable": source.resumable,
            "by_lines": containers.by_lines(source, format),
            "numbering": numbering(source, format),
        },
    ).fetchall()
    candidates = [Piece(*columns) for *columns, _ in rows]
    digests = source.sha256_at([one.bytes for one in candidates])
    found = [one for one in candidates if digests[one.bytes] == one.sha256]
    return [*found, *_otherwise_packed(connection, source, format, {one.load_id for one in found})]


def _otherwise_packed(connection: duckdb.DuckDBPyConnection, source: Source, format: Format, known: set[int]) -> Iterator[Piece]:
    """Loads of the same content as another file held it: packed, or not. They stand for all of this one, or, where the load of its beginning is gone,
    for nothing of it: of a packed file no stretch can be read alone."""
    size = source.content()[0] if source.packings else source.size
    rows = connection.execute(
        f"{_PIECES} content_bytes = $bytes ORDER BY load_id", {"bytes": size, "numbering": numbering(source, format)}
    ).fetchall()
    for last in [Piece(*columns) for *columns, sha256 in rows if sha256 == source.content()[1]]:
        file = [last, *_beginnings(connection, last)]
        is_whole = not missing(((one.began, one.ended) for one in file), last.ended)
        yield from (replace(one, bytes=source.size, began=0, ended=source.size if is_whole else 0) for one in file if one.load_id not in known)


def _beginnings(connection: duckdb.DuckDBPyConnection, last: Piece) -> list[Piece]:
    """The loads of what stands before this one in its file."""
    rows = connection.execute(
        f"{_PIECES} format = $format AND path = (SELECT path FROM loads WHERE load_id = $load_id) AND ended <= $began",
        {"load_id": last.load_id, "format": last.format, "began": last.began, "numbering": last.numbering},
    ).fetchall()
    return [Piece(*columns) for *columns, _ in rows]


def missing(held: Iterable[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """The stretches of a file of so many bytes that none of the `held` ones covers."""
    stretches = sorted(held)
    if not stretches:
        return [(0, size)]
    gaps, place = [], 0
    for began, ended in stretches:
        if began > place:
            gaps.append((place, began))
        place = max(place, ended)
    return [*gaps, (place, size)] if place < size else gaps


@dataclass(frozen=True)
class Stretch:
    """What is noted of a load beside its row of `loads`: the bytes of its file that it stands for, what its records are numbered by, the loads to
    which it left some, where the clock of its log was at its end, what that asked of the log before it, and how much the file
    holds once it is unpacked, with the digest of that."""

    load_id: int
    began: int
    ended: int
    numbering: str
    left_to: list[int]
    clock: str
    asked: str | None
    content_bytes: int
    content_sha256: str

    def store(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Adds it to the database."""
        row = asdict(self)
        connection.execute(f"INSERT INTO load_pieces ({', '.join(row)}) VALUES ({', '.join(f'${name}' for name in row)})", row)


def end_at(connection: duckdb.DuckDBPyConnection, load_id: int, place: int) -> None:
    """What follows byte `place` is another load's from now on."""
    connection.execute("UPDATE load_pieces SET ended = $place WHERE load_id = $load_id", {"place": place, "load_id": load_id})
