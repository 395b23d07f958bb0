"""A table of messages: an export from a portal, or one's own CSV, TSV, JSON lines, Parquet or Excel file.

Producer:  Pling and other portals, databases, spreadsheets. CSV with `;`, `,`, tab or `|` (found from the lines, or stated by `sep=;`), titles above the
           header are passed over. JSON lines: one object a line. Excel: the first sheet with anything on it.
Holds:     one row per message with its last status: a submission and, if the status is more than "sent", a receipt. A row without a time of sending
           is a receipt alone. JSON that no vendor claims is a table only with [table] json = true or --format table. Rows of other channels
           (WhatsApp, push, voice, e-mail, RCS) and incoming messages are skipped by their columns for channel and direction, rows to an e-mail address
           too. Lists of calls, faxes, parcels and other things (reference/table_other_headers.csv) are no tables of messages unless --format says so.
Clock:     ISO 8601 with or without offset, `18.03.2026 09:14[:05]`, `18-03-2026 09:14` (day first), epochs in seconds or milliseconds, Excel's dates;
           anything else with `[table] time_format`. Times without offset are local (`[table] time_zone`, `--time-zone`). A receipt without a time of its own
           carries that of the row and the precision `file`: nothing is known about how long it took.
Ids:       the table's, as written; a row needs an id or a recipient. A row without an id is known by recipient, sender, send-out, reference and time
           together: message_ref is made of them, so a later export of the same list finds the same messages.
Parts:     a column with their number, if there is one; one row is one message.
Columns:   found by their headers in Norwegian, Swedish, Danish, Finnish or English, upper and lower case, blanks and punctuation aside
           (reference/table_headers.csv). Others are named in the configuration, our column = their header:
           [table.columns] recipient = "Mob.", sent = "Når", status = "Resultat".
           Ours are: message_id message_ref client_ref campaign account feed recipient sender country operator mccmnc mcc mnc parts part_no status code_raw
           detail receipt_requested sent happened (time of the status) time (of the row) date scheduled price text. Unknown columns = extra.
Statuses:  the words of portals in the same languages and SMPP words (reference/table_statuses.csv), also in sentences ("Meldingen er levert",
           "Feilet: telefonen er slått av"), others under `[table.statuses]`. Words for what comes before sending,
           `Sendt` and `Stanset` are the submission's own status; an unknown word is a receipt with an unrecognised status.
           `[table] no_code` names codes that stand for "no error", `[table.receipt_requested]` words for receipts asked for other than yes, no, 1, 0.
Traps:     numbers that Excel has damaged are passed on as written; 03/04/2026 is read as the other dates of its column are, and not guessed at where
           none of them tells; a row with too few or too many cells, or with a quote
           that does not close, is rejected alone.
Missing:   message text is masked, and so is everything in a column that nothing is known of, but for numbers, times and words of statuses: an unknown column
           can hold a text under any heading. `[table] keep = ["Avdeling"]` names columns to be kept.
Sample:    Mottaker;Status;Land;Teleoperatør;Tidspunkt;Tilbakemelding
"""

import re
from collections.abc import Collection
from hashlib import blake2b
from typing import Final

import polars as pl

from sms_analytics.config import TableConfig
from sms_analytics.errors import FormatMismatchError
from sms_analytics.events.readings import MASK, REJECTED, SKIPPED, Context, Format, Parsed, rejected
from sms_analytics.formats.engine import channels, harmless, status_words, written_times
from sms_analytics.formats.engine.description import REQUESTED
from sms_analytics.formats.table_headers import EMPTY_CELLS, OWN_COLUMNS, check, columns_of, headers, key, remarks
from sms_analytics.formats.table_likeness import EMAIL, likely
from sms_analytics.vocabulary import ReceiptRequested

#: Statuses of a message that has not come back from an operator: the row is the submission and nothing else, unless the word is an operator's (ENROUTE).
SUBMISSION_STATUSES: Final = ("scheduled", "queued", "awaiting_approval", "paused", "submitted", "stopped")
_PLAIN: Final = ("message_id", "message_ref", "client_ref", "campaign", "account", "feed", "recipient", "sender", "operator")
_TIMES: Final = ("sent", "happened", "time", "scheduled")

#: How exports write whether a receipt was asked for.
_REQUESTED: Final[dict[str, ReceiptRequested]] = {**REQUESTED, "ja": "full", "nei": "none"}

#: Headers that speak of text or secrets though no synonym matches: not even a number is kept below them.
_TEXT_HEADER: Final = re.compile(r"te[kx]st|melding|message|body|innhold|content|passord|password|token|secret|api.?key", re.IGNORECASE)
_CLOCK_ONLY: Final = r"^\s*(?:kl\.?\s*)?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s*$"


def _cells(rows: pl.DataFrame, found: dict[str, str]) -> pl.DataFrame:
    """`record_no, line, fault` and our columns as text, null where the table has none."""
    by_column = {column: header for header, column in found.items() if column != "text"}
    cells = rows.select(*OWN_COLUMNS, *[pl.col(header).str.strip_chars().alias(column) for column, header in by_column.items()])
    cells = cells.with_columns(pl.when(~pl.col(column).is_in(EMPTY_CELLS)).then(column).alias(column) for column in by_column)
    return cells.with_columns(pl.lit(None, pl.String).alias(column) for column in dict.fromkeys(headers().values()) if column not in by_column)


def _with_words(cells: pl.DataFrame, config: TableConfig) -> pl.DataFrame:
    """`code_raw` without codes that stand for "no error", and `receipt_requested` in our words."""
    asked = {word.casefold(): meaning for word, meaning in (_REQUESTED | config.receipt_requested).items()}
    return cells.with_columns(
        code_raw=pl.when(~pl.col("code_raw").is_in(list(config.no_code))).then("code_raw"),
        receipt_requested=pl.col("receipt_requested").str.to_lowercase().replace_strict(asked, default=None, return_dtype=pl.String),
    )


def _with_statuses(cells: pl.DataFrame, config: TableConfig) -> pl.DataFrame:
    """`known`, `reason` and `said_by`: what the status word says; `unrecognised` for a word that nothing is known of."""
    words = cells["status"].unique().drop_nulls().to_list()
    read = status_words.meanings(words, dict(config.statuses))
    known, reasons, sayers = zip(*read, strict=True) if read else ((), (), ())
    schema = dict.fromkeys(("status", "known", "reason", "said_by"), pl.String())
    table = pl.DataFrame({"status": words, "known": known, "reason": reasons, "said_by": sayers}, schema=schema)
    return cells.join(table, on="status", how="left", maintain_order="left")


def _with_times(cells: pl.DataFrame, config: TableConfig) -> pl.DataFrame:
    """For each time column its `_local`, `_utc` and `_precision`, and `unread`, the name of a column with a time that could not be read."""
    clock = pl.col("time").str.contains(_CLOCK_ONLY)
    joined = (
        pl.when(pl.col("date").is_null()).then("time").when(clock).then(pl.col("date") + " " + pl.col("time")).otherwise(pl.coalesce("time", "date"))
    )
    cells = cells.with_columns(time=joined)
    for name in _TIMES:
        read = written_times.read(cells[name], config.time_format)
        cells = cells.hstack(read.rename({column: f"{name}_{column}" for column in read.columns}))
    unread = [pl.when(pl.col(name).is_not_null() & pl.col(f"{name}_precision").is_null()).then(pl.lit(name)) for name in _TIMES]
    return cells.with_columns(unread=pl.coalesce(unread))


def _first_time(names: tuple[str, ...]) -> dict[str, pl.Expr]:
    """`happened`, `happened_utc` and `time_precision` of the first of these columns that has a time."""
    chosen = pl.coalesce(*[pl.when(pl.col(f"{name}_precision").is_not_null()).then(pl.lit(name)) for name in names])

    def of_chosen(part: str) -> pl.Expr:
        return pl.coalesce(*[pl.when(chosen == name).then(f"{name}_{part}") for name in names])

    return {"happened": of_chosen("local"), "happened_utc": of_chosen("utc"), "time_precision": of_chosen("precision")}


def _shared() -> dict[str, pl.Expr]:
    """Columns that both events of a row have."""
    number = {name: pl.col(name).cast(pl.Int16, strict=False) for name in ("parts", "part_no")}
    joined = pl.when(pl.col("mnc").str.contains(r"^\d{1,3}$")).then(pl.col("mcc") + pl.col("mnc").str.zfill(2))
    return {
        "record_no": pl.col("record_no"),
        **{name: pl.col(name) for name in _PLAIN},
        "message_ref": pl.coalesce("message_ref", "row_digest"),
        **{name: pl.when(value >= 1).then(value) for name, value in number.items()},
        "country": pl.when(pl.col("country").str.contains("^[A-Za-z]{2}$")).then(pl.col("country").str.to_uppercase()),
        "mccmnc": pl.coalesce("mccmnc", joined),
        "price": pl.col("price").str.extract(r"(-?\d+(?:[.,]\d+)?)").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False),
        "extra": pl.col("extra"),
        "raw": pl.col("raw"),
    }


def _own_status() -> pl.Expr:
    """The status word is the submission's own, not an answer to it."""
    return pl.col("known").is_in(SUBMISSION_STATUSES) & (pl.col("said_by").fill_null("") != "operator")


def _submissions(rows: pl.DataFrame) -> pl.DataFrame:
    own = _own_status().fill_null(False)
    return rows.select(
        **_shared(),
        **_first_time(("sent", "time", "happened")),
        event_no=pl.lit(1, pl.Int16),
        kind=pl.lit("submission"),
        scheduled="scheduled_local",
        scheduled_utc="scheduled_utc",
        receipt_requested="receipt_requested",
        status=pl.when(own).then("known").otherwise(pl.lit("submitted")),
        status_raw=pl.when(own).then("status"),
        reason=pl.when(own).then("reason"),
        code_raw=pl.when(own).then("code_raw"),
        detail=pl.when(own).then("detail"),
    )


def _receipts(rows: pl.DataFrame, event_no: int) -> pl.DataFrame:
    own = pl.col("happened_precision").is_not_null()
    times = _first_time(("happened", "time", "sent"))
    return rows.select(
        **_shared(),
        **times | {"time_precision": pl.when(own).then("happened_precision").when(times["time_precision"].is_not_null()).then(pl.lit("file"))},
        event_no=pl.lit(event_no, pl.Int16),
        kind=pl.lit("receipt"),
        status="known",
        status_raw="status",
        # To plan, approve, pause and stop is the portal's own, and STOP lists are the portal's.
        said_by=pl.coalesce("said_by", pl.when(pl.col("known").is_in(SUBMISSION_STATUSES)).then(pl.lit("gateway")), pl.lit("operator")),
        reason="reason",
        code_raw="code_raw",
        detail="detail",
    )


def _json(names: list[str]) -> pl.Expr:
    """A JSON object of the cells that are not empty, null where all are."""
    pairs = [pl.when(pl.col(name) != "").then(pl.struct(pl.col(name)).struct.json_encode().str.slice(1).str.head(-1)) for name in names]
    if not pairs:
        return pl.lit(None, pl.String)
    joined = pl.concat_str(pairs, separator=",", ignore_nulls=True)
    return pl.when(joined.str.len_bytes() > 0).then(pl.lit("{") + joined + pl.lit("}"))


def _written(rows: pl.DataFrame, found: dict[str, str], keep: Collection[str]) -> pl.DataFrame:
    """`extra` (unknown columns) and `raw` (the row), and `blank`. What no column of ours holds and `keep` (as `key` gives it) does not name is masked."""
    names = [name for name in rows.columns if name not in OWN_COLUMNS]
    unknown = [name for name in names if name not in found]
    named = [name for name in unknown if key(name) in keep]
    text = [name for name in names if found.get(name) == "text" or (name in unknown and name not in named and _TEXT_HEADER.search(name))]
    masked = rows.with_columns(
        *[pl.when(pl.col(name).is_not_null()).then(pl.lit(MASK)).alias(name) for name in text],
        *[harmless.kept(rows[name]) for name in unknown if name not in named and name not in text],
    )
    kept_unknown = [name for name in unknown if name not in text]
    cells = masked.select(pl.when(~pl.col(name).str.strip_chars().is_in(EMPTY_CELLS)).then(name).alias(name) for name in kept_unknown)
    extra = cells.select(extra=_json(kept_unknown)) if kept_unknown else pl.DataFrame({"extra": [None] * rows.height}, schema={"extra": pl.String})
    blank = rows.select(blank=pl.all_horizontal(pl.col(name).fill_null("").str.strip_chars() == "" for name in names))
    return extra.hstack(blank).hstack(masked.select(raw=_json(names).fill_null("{}")))


_FAULTS: Final = {
    "recipient": "neither a recipient nor an id",
    "status": "neither a status nor a time of sending",
    "sent": "a time that cannot be read; say how it is written with [table] time_format",
    "happened": "a time that cannot be read; say how it is written with [table] time_format",
    "time": "a time that cannot be read; say how it is written with [table] time_format",
    "scheduled": "a time that cannot be read; say how it is written with [table] time_format",
}


def _row_digest() -> pl.Expr:
    """What stands in for the id that a row lacks: the same for its submission and its receipt, and in every export of the list.

    A digest, since references are shown where numbers are masked.
    """
    times = _first_time(("sent", "time", "happened"))
    parts = [pl.col(name) for name in ("recipient", "sender", "campaign", "client_ref")]
    moment = pl.coalesce(times["happened_utc"], times["happened"]).dt.to_string("%Y-%m-%dT%H:%M:%S")
    whole = pl.concat_str([part.fill_null("") for part in (*parts, moment)], separator="\0")
    return pl.when(pl.col("message_id").is_null() & moment.is_not_null()).then(whole).map_batches(_digests, return_dtype=pl.String)


def _digests(texts: pl.Series) -> pl.Series:
    return pl.Series([None if text is None else f"row:{blake2b(text.encode(), digest_size=10).hexdigest()}" for text in texts], dtype=pl.String)


def _classified(rows: pl.DataFrame, *, receipts_only: bool) -> pl.DataFrame:
    """`holds` of each row: `row` (unreadable), `empty`, a field of `_FAULTS`, or what it holds: `submission`, `receipt`, `both`."""
    known = pl.col("known")
    sent = pl.lit(not receipts_only) & pl.any_horizontal(pl.col(f"{name}_precision").is_not_null() for name in ("sent", "time", "scheduled"))
    return rows.with_columns(
        holds=pl.when(pl.col("fault").is_not_null())
        .then(pl.lit("row"))
        .when("blank")
        .then(pl.lit("empty"))
        .when("other")
        .then(pl.lit("empty"))
        .when(pl.coalesce("recipient", "message_id").is_null())
        .then(pl.lit("recipient"))
        .when(pl.col("unread").is_not_null())
        .then("unread")
        .when(known.is_null() & ~sent)
        .then(pl.lit("status"))
        .when(~sent)
        .then(pl.lit("receipt"))
        .when(known.is_null() | _own_status())
        .then(pl.lit("submission"))
        .otherwise(pl.lit("both"))
    )


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch of rows, as `reading/tables.py` gives them. Raises `FormatMismatchError` when the columns do not suffice."""
    config = context.table
    written = [name for name in records.columns if name not in OWN_COLUMNS]
    check(written, config)
    found = columns_of(written, config)
    kept = [key(name) for name in (*context.keep, *config.keep)]
    rows = _with_times(_with_statuses(_with_words(_cells(records, found), config), config), config).hstack(_written(records, found, kept))
    rows = rows.with_columns(other=_is_other(records) | (rows["recipient"].str.contains(EMAIL).fill_null(False)), feed=_connections(rows["feed"]))
    receipts_only = "happened" in found.values() and not {"sent", "time", "date", "scheduled"} & set(found.values())
    rows = _classified(rows, receipts_only=receipts_only).with_columns(row_digest=pl.lit(None, pl.String) if receipts_only else _row_digest())
    holds = pl.col("holds")
    both = rows.filter(holds == "both")
    readings = [
        _submissions(pl.concat([rows.filter(holds == "submission"), both])),
        _receipts(both, 2),
        _receipts(rows.filter(holds == "receipt"), 1),
    ]
    broken = rows.filter(holds == "row").select("record_no", raw="line", field=pl.lit("row"), rule=pl.lit("table_row"), message="fault")
    faults = [rejected(rows.filter(holds == field), field, f"table_{field}", message) for field, message in _FAULTS.items()]
    return Parsed(
        readings=pl.concat(readings, how="diagonal").sort("record_no", "event_no"),
        skipped=rows.filter(holds == "empty").select(
            "record_no", *[pl.lit(None, dtype).alias(name) for name, dtype in SKIPPED.items() if name != "record_no"]
        ),
        rejected=pl.concat([broken.select(pl.col(name).cast(dtype) for name, dtype in REJECTED.items()), *faults]),
    )


def _is_other(records: pl.DataFrame) -> pl.Series:
    """Rows of other channels, and of incoming messages."""
    other = pl.Series("other", [False] * records.height, dtype=pl.Boolean)
    for header, name in channels.asked(column for column in records.columns if column not in OWN_COLUMNS):
        values = records[header].unique().drop_nulls().to_list()
        other |= records[header].is_in([value for value in values if channels.says(name, value)]).fill_null(False)
    return other


def _connections(feeds: pl.Series) -> pl.Series:
    """The feeds without words for a channel: `SMS` under the heading Channel is no connection."""
    known = [value for value in feeds.unique().drop_nulls().to_list() if channels.key(value) in channels.words()]
    return feeds.to_frame("feed").select(pl.when(~pl.col("feed").is_in(known)).then("feed")).to_series()


def claims(records: pl.DataFrame) -> int:
    """Rows that are read with the headers that are known; 0 where the columns do not suffice."""
    try:
        return parse(records, Context()).readings["record_no"].n_unique()
    except FormatMismatchError:
        return 0


FORMAT: Final = Format(
    name="table",
    title="A table of messages: CSV, JSON lines, Parquet or Excel",
    claims=claims,
    parse=parse,
    container="table",
    general=True,
    likely=likely,
    remarks=remarks,
)
