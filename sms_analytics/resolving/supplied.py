"""`[operators] file`: the networks of numbers that the user looked up (HLR, number portability), for messages whose receipts name none.

A CSV of up to three columns in this order: number, MCC-MNC, valid from. A first line without a number is a heading. Commas, semicolons and tabs
divide. Without a date the row holds from the beginning. Dates and times are those of the configuration's `zone`.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from sms_analytics.config import Config
from sms_analytics.database import shared_columns
from sms_analytics.database.schemas import E164
from sms_analytics.errors import ConfigError
from sms_analytics.events import operators, recipients

_ALWAYS: Final = "0001-01-01"
_TIMES: Final = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y", "%Y%m%d")
_WIDTH: Final = 3
_WRITTEN: Final = {"line": pl.Int64(), "number": pl.String(), "code": pl.String(), "date": pl.String()}

#: The hand-over is the earliest submission that was submitted, else the earliest, else what the receipts say; as the resolver has it.
_SUPPLIES: Final = """
CREATE OR REPLACE TEMP TABLE supplies AS
WITH handed AS (
    SELECT
        message_key,
        coalesce(
            min(coalesce(event_utc, received_utc)) FILTER (kind = 'submission' AND status = 'submitted'),
            min(coalesce(event_utc, received_utc)) FILTER (kind = 'submission'),
            min((extra ->> '$.submit_utc')::TIMESTAMP),
            min(coalesce(received_utc, event_utc))
        ) AS submitted_utc
    FROM events
    SEMI JOIN (
        SELECT message_key
        FROM numbered_events
        WHERE (feed IN (FROM whole) OR row_no IN (FROM affected)) AND recipient IN (SELECT recipient FROM looked_up)
    ) AS keys USING (message_key)
    GROUP BY message_key
),
open AS (
    SELECT row_no, recipient, submitted_utc, operator, mccmnc, operator_source
    FROM numbered_events
    JOIN handed USING (message_key)
    WHERE operator_source IS DISTINCT FROM 'receipt' AND (feed IN (FROM whole) OR row_no IN (FROM affected))
)
SELECT
    row_no, looked_up.operator, looked_up.mccmnc,
    open.operator AS was_operator, open.mccmnc AS was_mccmnc, open.operator_source AS was_operator_source
FROM open
ASOF JOIN looked_up ON open.recipient = looked_up.recipient AND submitted_utc >= valid_from_utc
"""


#: `supplies` where nothing was looked up.
NONE: Final = """
CREATE OR REPLACE TEMP TABLE supplies
    (row_no BIGINT, operator VARCHAR, mccmnc VARCHAR, was_operator VARCHAR, was_mccmnc VARCHAR, was_operator_source VARCHAR)
"""


def fill(connection: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Gives the events of whole feeds and affected events the operator that was looked up, but for those that name one as receipts.

    Leaves `supplies` (row_no, operator, mccmnc, and what stood there before) where there is such a file. Raises `ConfigError` for one that cannot
    be read.
    """
    if config.operators.file is None:
        return
    connection.register("read_numbers", read(config).to_arrow())
    connection.execute("CREATE OR REPLACE TEMP TABLE looked_up AS SELECT * FROM read_numbers")
    connection.unregister("read_numbers")
    connection.execute(_SUPPLIES)
    shared_columns.restate(
        connection, "SELECT row_no, operator, mccmnc, 'supplied' AS operator_source FROM supplies", ("operator", "mccmnc", "operator_source")
    )


def read(config: Config) -> pl.DataFrame:
    """The file's rows: `recipient` (E.164), `operator`, `mccmnc`, `valid_from_utc`; none without a file.

    Of rows with the same number and time the last counts. Raises `ConfigError` that names the line.
    """
    file = config.operators.file
    rows = pl.DataFrame(list(_lines(Path(file))) if file else [], schema=_WRITTEN, orient="row")
    known = operators.read(pl.repeat(None, rows.height, dtype=pl.String, eager=True), rows["code"], None, config)
    read = rows.select(
        "line",
        "number",
        "code",
        "date",
        recipient=recipients.read(rows["number"], config.home_country)["recipient"],
        operator=known["operator"],
        mccmnc=known["mccmnc"],
        valid_from_utc=_utc(config.zone),
    )
    _check(read, file or "")
    return (
        read.unique(["recipient", "valid_from_utc"], keep="last", maintain_order=True)
        .with_columns(operator=pl.coalesce("operator", "mccmnc"))
        .select("recipient", "operator", "mccmnc", "valid_from_utc")
    )


def _utc(zone: str) -> pl.Expr:
    date = pl.coalesce(pl.col("date").replace("", _ALWAYS).str.to_datetime(form, strict=False, time_unit="us") for form in _TIMES)
    local = date.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return pl.when(pl.col("date") == "").then(date).otherwise(local)


def _check(read: pl.DataFrame, file: str) -> None:
    """Raises `ConfigError` for the first row with something that is not what its column holds."""
    wrong = {
        "number": (~pl.col("recipient").str.contains(E164).fill_null(value=False), "write a phone number, with its country code where it is foreign"),
        "code": (pl.col("mccmnc").is_null(), "write the network code in five or six digits, such as 24201"),
        "date": (pl.col("valid_from_utc").is_null(), "write a date such as 2026-03-01, or nothing"),
    }
    faults = [read.filter(is_wrong).head(1).with_columns(column=pl.lit(name)) for name, (is_wrong, _) in wrong.items()]
    first = pl.concat(faults).sort("line").head(1)
    for row in first.iter_rows(named=True):
        # A line without a number may hold half of one.
        shown = "the number" if row["column"] == "number" else repr(row[row["column"]])
        raise ConfigError(f"{file}:{row['line']}: operators.file: {shown}: {wrong[row['column']][1]}")


def _lines(file: Path) -> Iterator[tuple[int, str, str, str]]:
    """Line number and the three cells of each row."""
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: operators.file cannot be read: {error.strerror}; name an existing file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: operators.file is not written in UTF-8; save it as CSV UTF-8") from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    for cells in reader:
        row = [cell.strip() for cell in cells]
        if not any(row) or (reader.line_num == 1 and not any(sign.isdigit() for sign in row[0])):
            continue
        if not 1 < len(row) <= _WIDTH:
            raise ConfigError(f"{file}:{reader.line_num}: operators.file: {len(row)} columns; write number, MCC-MNC and the date it is valid from")
        yield (reader.line_num, row[0], row[1], row[2] if len(row) == _WIDTH else "")
