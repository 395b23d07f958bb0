"""What earlier loads hold of a file: all of it, its beginning, or stretches of it, under the same format or another one.

A load stands for a stretch of its file, from the byte where it began up to where it ended. What no load stands for is read: the new end of a log that
has grown, or its beginning when the load of that was taken out.
"""

from dataclasses import asdict, dataclass

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


def held(connection: duckdb.DuckDBPyConnection, source: Source, format: Format) -> list[Piece]:
    """Loads of this content, then those of this log when it was shorter, the longest first."""
    rows = connection.execute(
        """
        SELECT
            load_id, format, options, accepted, bytes, sha256, coalesce(began, 0), coalesce(ended, bytes), coalesce(numbering, $numbering),
            len(coalesce(list_intersect(left_to, (SELECT list(load_id) FROM loads)), [])) < len(coalesce(left_to, [])), clock
        FROM loads
        JOIN load_options USING (load_id)
        LEFT JOIN load_pieces USING (load_id)
        WHERE state = 'loaded' AND (
            bytes = $size
            OR (
                path = $path AND bytes BETWEEN 1 AND $size AND $resumable
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
    candidates = [Piece(*row) for row in rows]
    digests = source.sha256_at([one.bytes for one in candidates])
    return [one for one in candidates if digests[one.bytes] == one.sha256]


def missing(pieces: list[Piece], size: int) -> list[tuple[int, int]]:
    """The stretches of a file of so many bytes that no piece stands for."""
    if not pieces:
        return [(0, size)]
    gaps, place = [], 0
    for began, ended in sorted((one.began, one.ended) for one in pieces):
        if began > place:
            gaps.append((place, began))
        place = max(place, ended)
    return [*gaps, (place, size)] if place < size else gaps


@dataclass(frozen=True)
class Stretch:
    """What is noted of a load beside its row of `loads`: the bytes of its file that it stands for, what its records are numbered by, the loads to
    which it left some, where the clock of its log was at its end, and what that asked of the log before it."""

    load_id: int
    began: int
    ended: int
    numbering: str
    left_to: list[int]
    clock: str
    asked: str | None

    def store(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Adds it to the database."""
        row = asdict(self)
        connection.execute(f"INSERT INTO load_pieces ({', '.join(row)}) VALUES ({', '.join(f'${name}' for name in row)})", row)


def end_at(connection: duckdb.DuckDBPyConnection, load_id: int, place: int) -> None:
    """What follows byte `place` is another load's from now on."""
    connection.execute("UPDATE load_pieces SET ended = $place WHERE load_id = $load_id", {"place": place, "load_id": load_id})
