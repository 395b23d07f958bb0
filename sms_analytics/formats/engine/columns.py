"""The columns of a payload's events: fields to statuses, times, ids, vectorised over a batch."""

from dataclasses import replace
from typing import Final

import polars as pl

from sms_analytics.config.vendors import TIME_COLUMNS
from sms_analytics.events import codes
from sms_analytics.events.readings import NAIVE, READING, REJECTED, Parsed
from sms_analytics.formats.engine import log_times, written_times
from sms_analytics.formats.engine.description import REQUESTED, Fields, Payload, Says, Time
from sms_analytics.formats.engine.digit_times import fits_two
from sms_analytics.vocabulary import NEGATIVE_STATUSES, OPEN_STATUSES

#: Statuses of a report row that the submission says itself: nothing has come back from an operator yet.
_SUBMISSION_STATUSES: Final = ("scheduled", "queued", "awaiting_approval", "paused", "submitted")
#: What a code adds to a negative word: it was not the network that failed.
_REFINING: Final = ("stopped", "no_report")
_TEXTS: Final = ("feed", "message_ref", "account", "campaign", "client_ref", "sender", "operator")
_TWO_WAYS: Final = ": its digits are a time in two notations and nothing in the column tells which"
_VERDICT: Final = dict.fromkeys(("word", "code", "system", "verdict", "reason", "said_by", "charged"), pl.String())

Rejected = list[tuple[int, str, str, str, str]]


def read(payload: Payload, own: pl.DataFrame, fields: list[Fields]) -> tuple[pl.DataFrame, Rejected]:
    """`READING` rows of one payload's events, and the records whose values could not be read."""
    frame = own.with_columns(pl.Series(name, values, dtype=pl.String) for name, values in _values(payload, fields).items())
    frame = _with_verdicts(payload, frame)
    frame, rejected = _with_times(payload, frame)
    events = _rows(payload, frame) if payload.kind == "row" else _events(payload, frame, payload.kind)
    return events, rejected


def together(read_ones: list[tuple[pl.DataFrame, Rejected]], skipped: pl.DataFrame, unread: Rejected, name: str) -> Parsed:
    """One batch's frames."""
    rejects = {row[0]: row for _, rejected in read_ones for row in reversed(rejected)}
    rows = [*unread, *rejects.values()]
    rejected = pl.DataFrame(rows, schema=REJECTED, orient="row").with_columns(rule=pl.lit(f"{name}_") + pl.col("rule"))
    readings = (
        pl.concat([frame for frame, _ in read_ones], how="diagonal").sort("record_no", "event_no") if read_ones else pl.DataFrame(schema=READING)
    )
    if rejects:
        readings = readings.filter(~pl.col("record_no").is_in(list(rejects)))
    return Parsed(readings=readings, skipped=skipped, rejected=rejected.sort("record_no"))


def _values(payload: Payload, fields: list[Fields]) -> dict[str, list[str | None]]:
    """Each column that the payload names, as written."""
    columns: dict[str, list[str | None]] = {}
    empty = frozenset(payload.empty)
    for name, written in payload.columns.items():
        paths = (written,) if isinstance(written, str) else tuple(written)
        if len(paths) != 1 or paths[0].startswith("="):
            columns[name] = [_first(one, paths, empty) for one in fields]
        else:
            path = paths[0]
            values = [one.get(path) for one in fields]
            columns[name] = [None if value in empty else value for value in values] if empty else values
    return columns


def _first(fields: Fields, paths: tuple[str, ...], empty: frozenset[str]) -> str | None:
    for path in paths:
        value = path[1:] if path.startswith("=") else fields.get(path)
        if value is not None and value not in empty:
            return value
    return None


def _column(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name) if name in frame.columns else pl.lit(None, pl.String)


# Statuses


def _with_verdicts(payload: Payload, frame: pl.DataFrame) -> pl.DataFrame:
    """`system` (whose code), `verdict` (the status), `reason`, `said_by`, `charged` of each pair of word and code; few different ones stand in a batch."""
    code = _column(frame, "code")
    frame = frame.with_columns(
        word=_column(frame, "status"), code=pl.when(~code.is_in(list(payload.no_code))).then(code) if payload.no_code else code
    )
    pairs = frame.select("word", "code").unique(maintain_order=True)
    words = {word.casefold(): _says(meaning) for word, meaning in payload.statuses.items()}
    own = {_bare(code): _says(meaning) for code, meaning in payload.codes.items()}
    rows = [
        (word, code, system, *_verdict(payload, (words, own), (word, code), (status, reason)))
        for (word, code), (system, status, reason) in zip(pairs.iter_rows(), _known(payload, pairs["code"]), strict=True)
    ]
    verdicts = pl.DataFrame(rows, schema=_VERDICT, orient="row")
    return frame.join(verdicts, on=["word", "code"], how="left", nulls_equal=True, maintain_order="left")


def systems(payload: Payload) -> tuple[str, ...]:
    """The code systems of a payload's codes."""
    written = payload.code_system
    return (written,) if isinstance(written, str) else written or ()


def _known(payload: Payload, written: pl.Series) -> list[tuple[str | None, str | None, str | None]]:
    """Of each code: the first system that knows it (where none does, the first), and the status and reason of its row in reference/codes.csv."""
    own = systems(payload)
    found: list[tuple[str | None, str | None, str | None]] = [(own[0] if own else None, None, None)] * len(written)
    for system in reversed(own):
        rows = codes.read(pl.Series([system] * len(written), dtype=pl.String), written).iter_rows()
        found = [(system, status, reason) if meaning is not None else other for (reason, status, meaning), other in zip(rows, found, strict=True)]
    return found


def _says(meaning: str | Says) -> Says:
    return meaning if isinstance(meaning, Says) else Says(meaning)  # type: ignore[arg-type]  # a status' name


def _bare(code: str) -> str:
    return code.strip().casefold().lstrip("0") or "0"


def _verdict(
    payload: Payload, meanings: tuple[dict[str, Says], dict[str, Says]], said: tuple[str | None, str | None], table: tuple[str | None, str | None]
) -> tuple[str, str | None, str | None, str | None]:
    """Status, reason, said_by and charge status. `meanings` of words and codes; `said`: word and code of the record; `table`: status and reason of the code's row in reference/codes.csv."""
    (words, own), (word, code), (status, reason) = meanings, said, table
    by_code = own.get(_bare(code)) if code is not None else None
    by_word = words.get(word.strip().casefold()) if word is not None else None
    if word is not None and by_word is None:
        return "unrecognised", None, payload.said_by, None
    if by_word is None:
        found = by_code if by_code and by_code.status else (_says(status) if status else None)
    elif by_word.status in NEGATIVE_STATUSES and by_code is not None:
        found = by_code if by_code.status else replace(by_word, reason=by_code.reason, said_by=by_code.said_by or by_word.said_by)
    elif by_word.status in NEGATIVE_STATUSES and status in _REFINING:
        # Lists of who wants nothing are kept by the gateway, and it is the gateway that waited for nothing.
        found = Says(status, said_by="gateway", charge=by_word.charge)  # type: ignore[arg-type]
    elif payload.code_refines and status is not None and by_word.status is not None and _is_finer(status, by_word.status):
        found = Says(status, said_by="gateway" if status in _REFINING else by_word.said_by, charge=by_word.charge)  # type: ignore[arg-type]
    else:
        found = by_word
    if found is None or found.status is None:
        handed = code is None and (payload.kind == "submission" or (payload.kind == "row" and not payload.statuses))
        nothing = "submitted" if handed else "unrecognised"
        return nothing, None, payload.said_by, None
    # What the code's own table knows is finer than what the word says.
    own_reason = found.reason if reason in (None, "unspecified") or by_code is not None else None
    return found.status, own_reason, found.said_by or payload.said_by, found.charge or (by_code.charge if by_code else None)


def _is_finer(by_code: str, by_word: str) -> bool:
    """Whether a code's status says more than a word's: an end where the word has none, another end where the word says that it is bad."""
    return by_code not in OPEN_STATUSES and by_word != "delivered" and (by_word not in NEGATIVE_STATUSES or by_code in NEGATIVE_STATUSES)


# Times


def _read_time(texts: pl.Series, how: Time) -> pl.DataFrame:
    """`local`, `utc`, `precision` of times as written."""
    wanted = texts.to_frame("t").select(pl.when(~pl.col("t").is_in(list(how.empty))).then("t")).to_series()
    tried = [written_times.read(wanted, one) for one in (how.formats or (None,))]
    best = pl.concat([one.rename({name: f"{name}{number}" for name in one.columns}) for number, one in enumerate(tried)], how="horizontal")
    found = best.select(pl.coalesce([f"{name}{number}" for number in range(len(tried))]).alias(name) for name in ("local", "utc", "precision"))
    if how.zone is None:
        return found
    there = (
        pl.col("local")
        .dt.replace_time_zone(how.zone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
    )
    return found.select(local=pl.lit(None, NAIVE), utc=pl.coalesce("utc", there.cast(NAIVE)), precision="precision")


def _with_times(payload: Payload, frame: pl.DataFrame) -> tuple[pl.DataFrame, Rejected]:
    """For each time column `NAME_local`, `NAME_utc`, `NAME_precision`; the records with a time that cannot be read."""
    rejected: Rejected = []
    for name in TIME_COLUMNS:
        if name not in frame.columns:
            nothing = {"local": NAIVE, "utc": NAIVE, "precision": pl.String()}
            frame = frame.with_columns(pl.lit(None, dtype).alias(f"{name}_{part}") for part, dtype in nothing.items())
            continue
        how = payload.times.get(name, Time())
        times = _read_time(frame[name], how)
        frame = frame.hstack(times.rename({part: f"{name}_{part}" for part in times.columns}))
        unread = pl.col(name).is_not_null() & ~pl.col(name).is_in(list(how.empty)) & pl.col(f"{name}_precision").is_null()
        spared = unread & (pl.col("among") | how.lenient)
        if frame.select(spared.any()).item():
            note = pl.struct(pl.col(name)).struct.json_encode()
            merged = pl.when(pl.col("extra").is_null()).then(note).otherwise(pl.col("extra").str.head(-1) + ", " + note.str.slice(1))
            frame = frame.with_columns(extra=pl.when(spared).then(merged).otherwise("extra"))
        bad = frame.filter(unread & ~spared)
        if bad.height:
            message = "a time that cannot be read" + (f"; it should look like {how.formats[0]}" if how.formats else "")
            rows = bad.select("record_no", "raw", name).iter_rows()
            rejected += [(record_no, raw, name, "time", message + (_TWO_WAYS if fits_two(text) else "")) for record_no, raw, text in rows]
    return _with_log_times(frame), rejected


def _with_log_times(frame: pl.DataFrame) -> pl.DataFrame:
    """`logged`, the container's own clock where the payload's columns name none: an envelope's time, a web server's, the one in front."""
    leading = log_times.read(frame["before"])
    record_time = written_times.read(frame["record_time"]) if frame["record_time"].null_count() < frame.height else None
    utc = pl.col("utc").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    if record_time is None:
        record_time = pl.DataFrame(
            {"local": [None], "utc": [None], "precision": [None]}, schema={"local": NAIVE, "utc": NAIVE, "precision": pl.String()}
        )
        record_time = record_time.select(pl.all().repeat_by(frame.height).explode()) if frame.height else record_time.clear()
    own = pl.col("logged_precision").is_not_null()
    has_record_time = pl.lit(record_time["precision"]).is_not_null()
    return frame.with_columns(
        logged_local=pl.when(own).then("logged_local").when(has_record_time).then(record_time["local"]).when(utc.is_null()).then(leading["logged"]),
        logged_utc=pl.when(own).then("logged_utc").when(has_record_time).then(record_time["utc"]).otherwise(pl.coalesce(utc, leading["logged_utc"])),
        logged_precision=pl.when(own)
        .then("logged_precision")
        .when(has_record_time)
        .then(record_time["precision"])
        .when(utc.is_not_null())
        .then(pl.lit("second"))
        .otherwise(leading["log_precision"]),
    )


# Events


def _shared(payload: Payload, frame: pl.DataFrame) -> dict[str, pl.Expr]:
    """Columns that all events of a record have."""
    number = {name: _column(frame, name).cast(pl.Int16, strict=False) for name in ("part_no", "parts")}
    mcc, mnc = _column(frame, "mcc"), _column(frame, "mnc")
    joined = pl.when(mcc.str.contains(r"^[1-9]\d\d$") & mnc.str.contains(r"^\d{1,3}$")).then(mcc + mnc.str.zfill(2))
    country = _column(frame, "country")
    price = _column(frame, "price").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False) * payload.price_unit
    shared = {name: _column(frame, name) for name in _TEXTS}
    charge = _column(frame, "charge").str.to_lowercase()
    return {
        **shared,
        **{name: pl.when(value >= 1).then(value) for name, value in number.items()},
        **_ids(payload, frame),
        "record_no": pl.col("record_no"),
        "recipient": _recipient(payload, frame),
        "country": pl.when(country.str.contains("^[A-Za-z]{2}$")).then(country.str.to_uppercase()),
        "mccmnc": pl.coalesce(_column(frame, "mccmnc"), joined),
        "price": price,
        "charge_status": pl.coalesce(
            charge.replace_strict({word.lower(): status for word, status in payload.charges.items()}, default=None, return_dtype=pl.String)
            if payload.charges
            else pl.lit(None, pl.String),
            pl.col("charged"),
        ),
        "extra": pl.col("extra"),
        "raw": pl.col("raw"),
        "logged": pl.col("logged_local"),
        "logged_utc": pl.col("logged_utc"),
    }


def _recipient(payload: Payload, frame: pl.DataFrame) -> pl.Expr:
    # A plus sign that was not encoded comes out of a form as a blank.
    written = _column(frame, "recipient").str.replace(r"^ (\d)", "+${1}").str.strip_chars()
    if payload.international:
        return pl.when(written.str.contains(r"^[1-9]\d{6,14}$")).then(pl.lit("+") + written).otherwise(written)
    return written


def _requested(payload: Payload, frame: pl.DataFrame) -> pl.Expr:
    """Whether a receipt was asked for, null for a word that nobody knows."""
    words = {word.casefold(): meaning for word, meaning in (payload.requested or REQUESTED).items()}
    written = _column(frame, "receipt_requested").str.strip_chars().str.to_lowercase()
    return written.replace_strict(words, default=None, return_dtype=pl.String)


def _ids(payload: Payload, frame: pl.DataFrame) -> dict[str, pl.Expr]:
    message_id = _column(frame, "message_id")
    if payload.part_id is None:
        return {"message_id": message_id}
    groups = message_id.str.extract_groups(payload.part_id).struct
    part = groups["part"].cast(pl.Int16, strict=False) + (1 - payload.first_part)
    return {
        "message_id": message_id,
        "message_ref": pl.coalesce(_column(frame, "message_ref"), groups["ref"], message_id),
        "part_no": pl.coalesce(_column(frame, "part_no").cast(pl.Int16, strict=False), part),
    }


def _said(frame: pl.DataFrame) -> dict[str, pl.Expr]:
    """What the record says of the message."""
    code = pl.col("code")
    word = pl.col("word")
    return {
        "status": pl.col("verdict"),
        "status_raw": pl.coalesce(word, code),
        "said_by": pl.col("said_by"),
        "reason": pl.col("reason"),
        "detail": _column(frame, "detail"),
        "code_raw": code,
        "code_system": pl.when(code.is_not_null()).then("system"),
    }


def _events(payload: Payload, frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    # A submission happened when it was handed over, whatever a description calls that.
    sent = (pl.col("submit_precision").is_not_null() & pl.col("happened_precision").is_null()) if kind == "submission" else pl.lit(False)
    return frame.select(
        **_shared(payload, frame),
        **_said(frame),
        event_no="event_no",
        kind=pl.lit(kind),
        happened=pl.when(sent).then("submit_local").otherwise("happened_local"),
        happened_utc=pl.when(sent).then("submit_utc").otherwise("happened_utc"),
        submit=pl.col("submit_local") if kind == "receipt" else pl.lit(None, NAIVE),
        submit_utc=pl.col("submit_utc") if kind == "receipt" else pl.lit(None, NAIVE),
        scheduled="scheduled_local" if kind == "submission" else pl.lit(None, NAIVE),
        scheduled_utc="scheduled_utc" if kind == "submission" else pl.lit(None, NAIVE),
        receipt_requested=_requested(payload, frame) if kind == "submission" else pl.lit(None, pl.String),
        time_precision=pl.coalesce("happened_precision", pl.when(sent).then("submit_precision"), "logged_precision"),
    )


def _rows(payload: Payload, frame: pl.DataFrame) -> pl.DataFrame:
    """A report's rows: the submission, and the receipt of a status that is more than one of its own."""
    own = pl.col("verdict").is_in(_SUBMISSION_STATUSES)
    sent = pl.col("submit_precision").is_not_null()
    said = _said(frame)
    submissions = frame.select(
        **_shared(payload, frame),
        event_no=pl.col("event_no") - 1,
        kind=pl.lit("submission"),
        happened=pl.when(sent).then("submit_local").otherwise("happened_local"),
        happened_utc=pl.when(sent).then("submit_utc").otherwise("happened_utc"),
        time_precision=pl.when(sent).then("submit_precision").otherwise("happened_precision"),
        scheduled="scheduled_local",
        scheduled_utc="scheduled_utc",
        receipt_requested=_requested(payload, frame),
        status=pl.when(own).then("verdict").otherwise(pl.lit("submitted")),
        status_raw=pl.when(own).then(said["status_raw"]),
        **{name: pl.when(own).then(said[name]) for name in ("reason", "detail", "code_raw", "code_system")},
    )
    timed = pl.col("happened_precision").is_not_null()
    receipts = frame.filter(~own).select(
        **_shared(payload, frame),
        **said,
        event_no="event_no",
        kind=pl.lit("receipt"),
        happened=pl.when(timed).then("happened_local").otherwise("submit_local"),
        happened_utc=pl.when(timed).then("happened_utc").otherwise("submit_utc"),
        # Nothing is known about how long a receipt took that has no time of its own.
        time_precision=pl.when(timed).then("happened_precision").when(sent).then(pl.lit("file")),
    )
    return pl.concat([submissions, receipts], how="diagonal")
