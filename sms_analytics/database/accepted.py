"""Which records of a load became events: a bit for each, so that no other load of the same content takes them again.

Events alone cannot tell: identical ones are stored once, and some are forgotten later.
"""

import zlib
from dataclasses import dataclass, field

import duckdb
import polars as pl
import pyarrow as pa


@dataclass(frozen=True)
class _Stretch:
    """A bit for each of `count` record numbers from `first` on, packed."""

    first: int
    count: int
    bits: bytes

    def numbers(self) -> pl.Series:
        """The numbers of the accepted records."""
        flags = pa.Array.from_buffers(pa.bool_(), self.count, [None, pa.py_buffer(zlib.decompress(self.bits))])
        marked = pl.Series(flags, dtype=pl.Boolean)
        return marked.arg_true().cast(pl.Int64) + self.first


@dataclass
class Accepted:
    """The accepted records of one load, or of several."""

    _stretches: list[_Stretch] = field(default_factory=list)

    def add(self, numbers: pl.Series) -> None:
        """Notes accepted records of one batch."""
        first, last = numbers.min(), numbers.max()
        if isinstance(first, int) and isinstance(last, int):
            flags = pl.repeat(False, last - first + 1, dtype=pl.Boolean, eager=True).scatter(numbers - first, True)
            bits = pa.array(flags.to_arrow()).buffers()[1]
            self._stretches.append(_Stretch(first, len(flags), zlib.compress(bits.to_pybytes(), 1)))

    def among(self, first: int, last: int) -> pl.Series:
        """The numbers of the accepted records from `first` to `last`, each once."""
        near = [one for one in self._stretches if one.first <= last and one.first + one.count > first]
        numbers = pl.concat([pl.Series([], dtype=pl.Int64), *(one.numbers() for one in near)]).unique()
        return numbers.filter(numbers.is_between(first, last))

    def meets(self, other: "Accepted") -> bool:
        """Whether any record was accepted in both."""
        return any(other.among(one.first, one.first + one.count - 1).is_in(one.numbers().implode()).any() for one in self._stretches)

    def __bool__(self) -> bool:
        return bool(self._stretches)

    def store(self, connection: duckdb.DuckDBPyConnection, load_id: int) -> None:
        """Keeps them as those of a load."""
        for one in self._stretches:
            connection.execute("INSERT INTO accepted_records VALUES (?, ?, ?, ?)", [load_id, one.first, one.count, one.bits])


def of(connection: duckdb.DuckDBPyConnection, loads: list[int]) -> Accepted:
    """The records that these loads accepted."""
    rows = connection.execute(
        "SELECT first_record_no, records, bits FROM accepted_records WHERE load_id IN (SELECT unnest($loads::INTEGER[])) ORDER BY ALL",
        {"loads": loads},
    ).fetchall()
    return Accepted([_Stretch(*row) for row in rows])


def shorten(connection: duckdb.DuckDBPyConnection, load_id: int, record_no: int) -> None:
    """Forgets the records of a load from this one on."""
    kept, held = Accepted(), of(connection, [load_id])
    for stretch in held._stretches:  # of this module
        numbers = stretch.numbers()
        kept.add(numbers.filter(numbers < record_no))
    connection.execute("DELETE FROM accepted_records WHERE load_id = $load_id", {"load_id": load_id})
    kept.store(connection, load_id)
