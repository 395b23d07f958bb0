"""What DuckDB answers as a polars frame.

The rows go straight from one to the other: `relation.pl()` takes them through pyarrow, whose import alone costs a question a tenth of a second.
"""

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    import duckdb

#: How polars begins when whoever hands it rows fails while it reads them.
_PREFIX: Final = "got external error: "


class _Rows:
    """Hands the rows on and is nothing else.

    Polars remembers the classes of what it is given until the process ends, and DuckDB then complains on standard error that its own are still
    held. For the same reason this module imports DuckDB only where it fails.
    """

    def __init__(self, relation: "duckdb.DuckDBPyRelation") -> None:
        self._relation = relation

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._relation.__arrow_c_stream__(requested_schema)


def frame_of(relation: "duckdb.DuckDBPyRelation") -> pl.DataFrame:
    """The rows that a query gives. Raises `duckdb.Error` where it fails."""
    try:
        return pl.DataFrame(_Rows(relation))
    except pl.exceptions.ComputeError as error:
        from duckdb import DataError  # noqa: PLC0415

        # A value that fails behind the first batch of rows.
        raise DataError(str(error).removeprefix(_PREFIX)) from None
