"""Rows from DuckDB to polars: the same as its own way through pyarrow gives, and errors that stay DuckDB's."""

import subprocess
import sys

import duckdb
import pytest

from sms_analytics.database.frames import frame_of

#: The types that our tables and answers have.
_VALUES = """
SELECT
    1::TINYINT AS tiny, 2::SMALLINT AS small, 3::INTEGER AS number, 4::BIGINT AS big, 5::HUGEINT AS huge, 0.5::DOUBLE AS share, true AS yes,
    'æ' AS text, NULL::VARCHAR AS nothing, DATE '2026-10-01' AS day, TIMESTAMP '2026-10-01 08:00:00.5' AS moment_utc, ['a', 'b'] AS listed
"""


@pytest.mark.parametrize("query", [_VALUES, f"SELECT * FROM ({_VALUES}) WHERE NOT yes", "SELECT range AS n FROM range(200000)"])
def test_is_the_frame_that_pyarrow_gives(query: str) -> None:
    with duckdb.connect() as db:
        frame, known = frame_of(db.sql(query)), db.sql(query).pl()
    assert frame.schema == known.schema
    assert frame.equals(known)


@pytest.mark.parametrize("row", [0, 900_000])
def test_a_value_that_fails_is_an_error_of_duckdb_wherever_it_stands(row: int) -> None:
    with duckdb.connect() as db, pytest.raises(duckdb.DataError, match=f"^Conversion Error: Could not convert string 'x{row}' to INT32"):
        frame_of(db.sql(f"SELECT CASE WHEN range = {row} THEN ('x' || range)::INTEGER ELSE 0 END AS n FROM range(1000000)"))


def test_nothing_is_said_when_the_process_ends() -> None:
    code = "import duckdb; from sms_analytics.database.frames import frame_of; db = duckdb.connect(); frame = frame_of(db.sql('SELECT 1 AS n'))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr == ""
