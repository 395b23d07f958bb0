"""What a raw format is: how it recognises its records and what it hands to the loader.

A format turns records into *readings*: its own fields in our columns, times still in the log's clock, numbers, operators and codes still
as written. The loader does what is the same for all: zones, E.164, country, operator, reason, validation.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

import polars as pl

from sms_analytics import vocabulary as v
from sms_analytics.config import Config, TableConfig
from sms_analytics.database.schemas import EVENT_TYPES

NAIVE = pl.Datetime("us")

#: Columns of `events` that the loader finds, whatever the format.
_FOUND: Final = ("load_id", "format", "message_key", "operator_source", "event_utc", "received_utc", "time_zone", "copies")

#: Times come in pairs: `logged` in the log's own clock or `logged_utc` where the record says its zone, and so on. `logged` is our side's clock and
#: becomes `received_utc`; `happened` the operator's, `event_utc`; `submit` is the submit date inside a receipt, kept in `extra` as `submit_utc`.
#: `happened` and `submit` are in the receipt's clock, `scheduled` in the log's.
_TIMES: Final = ("logged", "logged_utc", "happened", "happened_utc", "submit", "submit_utc", "scheduled", "scheduled_utc")

#: Columns of a reading, one row per event. A format gives those it knows; the loader adds the others, empty.
#:
#: Some are still as written here: `recipient`, `operator`, `mccmnc`. `feed` is empty where the record names none (`--feed`, else the format's name),
#: `country` where only the number tells it, `said_by` where the operator speaks on receipts and the gateway on submissions, `reason` where the code
#: tells it, or the status; an empty `time_precision` is seconds.
READING: Final[dict[str, pl.DataType]] = {name: dtype for name, dtype in EVENT_TYPES.items() if name not in _FOUND} | dict.fromkeys(_TIMES, NAIVE)

#: Records that are recognised but carry no status. `logged` or `logged_utc` moves the feed's clock.
SKIPPED: Final[dict[str, pl.DataType]] = {"record_no": pl.Int64(), "feed": pl.String(), "logged": NAIVE, "logged_utc": NAIVE}

#: Records that could not be read. `raw` is as written: the loader keeps only its shape.
REJECTED: Final[dict[str, pl.DataType]] = {
    "record_no": pl.Int64(),
    "raw": pl.String(),
    "field": pl.String(),
    "rule": pl.String(),
    "message": pl.String(),
}

#: What a batch of records of a line format looks like.
RECORDS: Final[dict[str, pl.DataType]] = {"record_no": pl.Int64(), "line": pl.String()}

#: What stands in `raw` instead of message text.
MASK: Final = "***"


def empty(schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """No rows of `READING`, `SKIPPED` or `REJECTED`."""
    return pl.DataFrame(schema=schema)


def rejected(records: pl.DataFrame, field: str, rule: str, message: str) -> pl.DataFrame:
    """`REJECTED` rows for `records` (`record_no`, `line`), all for the same reason."""
    return records.select(
        "record_no",
        raw=pl.col("line"),
        field=pl.lit(field),
        rule=pl.lit(rule),
        message=pl.lit(message),
    )


@dataclass(frozen=True)
class Context:
    """What a format may need to know beside the records."""

    home_country: str = "NO"
    table: TableConfig = field(default_factory=TableConfig)
    #: Fields of this format that the configuration keeps as they are (`[formats.NAME] keep`), beside those that the format's documentation names.
    keep: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: Config, format: str) -> "Context":
        """What the configuration says to a format."""
        return cls(config.home_country, config.table, config.keep_of(format))


@dataclass(frozen=True)
class Parsed:
    """One batch, read. Every record number of the batch stands in exactly one of the three frames (several rows in `readings` are fine)."""

    readings: pl.DataFrame = field(default_factory=lambda: empty(READING))
    skipped: pl.DataFrame = field(default_factory=lambda: empty(SKIPPED))
    rejected: pl.DataFrame = field(default_factory=lambda: empty(REJECTED))


@dataclass(frozen=True)
class Marks:
    """Words without which no text holds a record of a format: of one of the `ways` all, each or one in its stead. Far cheaper than `claims`."""

    ways: tuple[tuple[tuple[str, ...], ...], ...]
    any_case: bool = False

    def are_in(self, text: str | Container[str]) -> bool:
        """Whether the text can hold such a record: a text, or the words that it has; case-folded where the case makes no difference."""
        fold = str.casefold if self.any_case else str
        return any(all(any(fold(word) in text for word in words) for words in way) for way in self.ways)

    def words(self) -> set[str]:
        """All words that are asked for, as they are looked for."""
        fold = str.casefold if self.any_case else str
        return {fold(word) for way in self.ways for words in way for word in words}


@dataclass(frozen=True)
class Format:
    """One raw format. The module's docstring is its documentation (`sms-analytics formats NAME`)."""

    name: str
    title: str
    #: How many of the records (`RECORDS`; for a table: the rows with their columns) are this format's own, readable or skipped. Cheap and strict.
    claims: Callable[[pl.DataFrame], int]
    #: Reads one batch. Pure: the same records give the same frames, wherever the batches are cut.
    parse: Callable[[pl.DataFrame, Context], Parsed]
    #: `lines`: a record is a line; `table`: a row of a CSV, JSON lines, Parquet or Excel table; `records`: any of these, or one of a JSON or
    #: XML document's, whatever the file is (`reading/containers.py`).
    container: Literal["lines", "table", "records"] = "lines"
    #: What the text of the records must hold for `claims` to be asked; none: it is always asked.
    marks: Marks | None = None
    #: Tables only: whether the first rows hold messages at all, beside what the headers say.
    likely: Callable[[pl.DataFrame, Context], bool] = lambda _rows, _context: True
    #: Asked only when no specific format fits.
    general: bool = False
    #: A line that does not begin a record by this pattern continues the one before, if `unfinished` says that it is.
    begins: str | None = None
    #: How one of its lines begins, wherever on a line of another program it stands; none where `parse` looks for its records anywhere on a line.
    opening: str | None = None
    #: Polars expression over `line`: this record is cut off, so the next line belongs to it.
    unfinished: pl.Expr | None = None
    #: What a person should know about how the file was understood, from its first batch: a sentence each, without the path.
    remarks: Callable[[pl.DataFrame, Context], list[str]] = lambda _records, _context: []
    #: Code tables of the format: a `code_system` of its readings each, a row in `reference/codes.csv` or none.
    code_systems: tuple[str, ...] = ()
    #: `records` only: the headers of which a table must have all of one set to be this format's (in lower case: in any letter case).
    headers: tuple[frozenset[str], ...] = ()
    #: How ids name messages where the vendor's documentation says so; none: found from the data.
    id_rule: v.IdRule | None = None
    #: A long message's one line shows what its first part asked for, which is not what the message did: it is left empty, and short messages tell.
    request_of_first_part: bool = False
    #: How long this vendor waits for a final status; none: the configuration's general `validity`.
    validity: timedelta | None = None
    #: What its prices are by its documentation: charged to the recipient, or what sending costs.
    price: v.Charge = "cost"
    #: Documentation of a format without a module.
    documentation: str | None = None
    #: For `identify`: which of our columns the first record fills from where, and what it stands in.
    fields_found: Callable[[pl.DataFrame], list[str]] = lambda _records: []
    #: What keeps these records from being the format's own, for people; none where they have nothing in common.
    misfit: Callable[[pl.DataFrame], str | None] = lambda _records: None
    container_of: Callable[[pl.DataFrame], str] | None = None
