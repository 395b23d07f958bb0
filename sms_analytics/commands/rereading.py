"""Stored events read again from their own `raw`, so that today's maps and configuration reach them without the files.

A format is a pure function of its records, and `raw` is the record but for its text. What comes out is believed where it tells the same of the
message as what is stored (`_SAME`). Where it does not (the mask hid more than text, the format is gone) the stored columns are taken for the
reading, and only the configuration's maps apply.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics import formats
from sms_analytics.config import Config
from sms_analytics.errors import FormatMismatchError, UsageError
from sms_analytics.events import codes, reason_texts
from sms_analytics.events.normalising import STATUS_REASONS, Normaliser, Options
from sms_analytics.events.readings import READING, Context, Format, Parsed

#: What maps and configuration decide about an event, times and keys aside.
MAPPED: Final = ("status", "reason", "code_system", "operator", "mccmnc", "operator_source", "recipient", "country")

#: What an event must tell again to be the one that is stored.
_SAME: Final = ("feed", "kind", "message_id", "message_ref", "status_raw", "code_raw", "client_ref", "account", "sender")
#: What a reading brings to the columns of `MAPPED`.
_READ: Final = ("status", "reason", "code_system", "operator", "mccmnc", "recipient", "country")
_PLACE: Final = ["record_no", "event_no"]

#: Records at a time: memory must not grow with the load.
_RECORDS: Final = 100_000
#: Times are not read again, but a row needs one.
ANY_TIME: Final = datetime(2000, 1, 1)  # noqa: DTZ001  # naive UTC, as everywhere


def read_again(connection: duckdb.DuckDBPyConnection, load_id: int, config: Config) -> Iterator[pl.DataFrame]:
    """The stored events of a load in batches: `row_no`, `record_no`, `event_no`, `is_read` (false where only the stored columns speak), and
    each column of `MAPPED` as it is stored and, with `_new` behind its name, as it would be today."""
    ((format_name, path, options, last),) = connection.execute(
        """
        SELECT format, path, options, (SELECT max(record_no) FROM events WHERE load_id = $load_id)
        FROM loads JOIN load_options USING (load_id)
        WHERE load_id = $load_id
        """,
        {"load_id": load_id},
    ).fetchall()
    told = Options(**json.loads(options))
    columns = dict.fromkeys((*_PLACE, *_SAME, *MAPPED, "detail", "raw"))
    for first in range(1, (last or 0) + 1, _RECORDS):
        stored: pl.DataFrame = connection.sql(
            f"SELECT row_no, {', '.join(columns)} FROM numbered_events WHERE load_id = $load_id AND record_no BETWEEN $first AND $last",
            params={"load_id": load_id, "first": first, "last": first + _RECORDS - 1},
        ).pl()
        if stored.height:
            normaliser = Normaliser(config, told, format_name, load_id, path, ANY_TIME)
            yield compared(stored.sort(_PLACE), normaliser, _format(format_name, config))


def _format(name: str, config: Config) -> Format | None:
    try:
        return formats.named(name, config)
    except UsageError:
        return None


def compared(stored: pl.DataFrame, normaliser: Normaliser, format: Format | None) -> pl.DataFrame:
    """What `read_again` says of these stored events of one load."""
    read = _readings(stored, normaliser, format)
    today = normaliser.events(read.drop("is_read").with_columns(logged_utc=pl.lit(ANY_TIME)))
    new = today.select(*_PLACE, *(pl.col(name).cast(pl.String).alias(f"{name}_new") for name in MAPPED))
    return stored.select("row_no", *_PLACE, *MAPPED).join(read.select(*_PLACE, "is_read"), on=_PLACE).join(new, on=_PLACE)


def _readings(stored: pl.DataFrame, normaliser: Normaliser, format: Format | None) -> pl.DataFrame:
    """A reading for each stored event, and whether it was read again (`is_read`) or only taken from the stored columns."""
    again = _parsed(stored, normaliser, format)
    given = stored.with_columns(pl.col(name).cast(READING[name]) for name in (*_PLACE, *_SAME, *_READ))
    given = given.with_columns(by_code=codes.reasons(given["code_system"], given["code_raw"]), by_text=reason_texts.reasons(given["detail"]))
    both = given.join(again, on=_PLACE, how="left", suffix="_again", maintain_order="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_again")) for name in _SAME)
    placed = pl.col("recipient_again").is_null() == pl.col("recipient").is_null()
    both = both.with_columns(is_read=pl.col("found").fill_null(value=False) & same & placed)
    return both.select(
        *_PLACE,
        *_SAME,
        "is_read",
        "detail",
        "raw",
        *(pl.when("is_read").then(f"{name}_again").otherwise(_as_stored(name)).alias(name) for name in _READ),
    )


def _as_stored(name: str) -> pl.Expr:
    """The stored value where the record itself said so; else null, to be found anew."""
    if name in ("operator", "mccmnc"):
        return pl.when(pl.col("operator_source").is_in(["receipt", "submission"]) | pl.col("operator_source").is_null()).then(name)
    if name == "reason":
        by_status = pl.col("status").replace_strict(STATUS_REASONS, default=None, return_dtype=codes.REASON)
        found = (by_status, pl.col("by_code"), pl.col("by_text"))
        return pl.when(pl.all_horizontal(~pl.col("reason").eq_missing(one) for one in found)).then("reason")
    return pl.col(name)


def _parsed(stored: pl.DataFrame, normaliser: Normaliser, format: Format | None) -> pl.DataFrame:
    """What the format reads from `raw` today, with its feed and account as the load filled them in; and `found`."""
    parsed = _attempt(stored, normaliser, format).readings
    names = [*_PLACE, *dict.fromkeys((*_SAME, *_READ))]
    whole = parsed.select(pl.col(name).cast(READING[name]) if name in parsed.columns else pl.lit(None, READING[name]).alias(name) for name in names)
    options = normaliser.options
    return whole.with_columns(
        event_no=pl.col("event_no").fill_null(1),
        feed=pl.col("feed").fill_null(pl.lit(options.feed or normaliser.format)),
        account=pl.col("account").fill_null(pl.lit(options.account)),
        found=pl.lit(value=True),
    ).unique(_PLACE, keep="first", maintain_order=True)


def _attempt(stored: pl.DataFrame, normaliser: Normaliser, format: Format | None) -> Parsed:
    if format is None:
        return Parsed()
    context = Context.of(normaliser.config, format.name)
    records = stored.unique("record_no", keep="first", maintain_order=True).select("record_no", line="raw")
    if format.container != "table":
        return format.parse(records, context)
    try:
        return format.parse(_rows(records), context)
    except FormatMismatchError:
        return Parsed()


def _rows(records: pl.DataFrame) -> pl.DataFrame:
    """Rows of a table out of the JSON objects that are kept of them."""
    objects: list[dict[str, Any]] = [json.loads(line) for line in records["line"]]
    headers = dict.fromkeys(header for one in objects for header in one)
    columns = {header: pl.Series([one.get(header) for one in objects], dtype=pl.String, strict=False) for header in headers}
    return records.with_columns(fault=pl.lit(None, pl.String)).with_columns(**columns)
