"""Kannel bearerbox access log.

Producer:  Kannel 1.3 to 1.5, one access log per bearerbox; default layout and custom `access-log-format` (tokens left out, in another order, or
           more of them, more than one time, no length of the text), with or without the leading time.
Holds:     submissions (`Sent SMS`), receipts (`Receive DLR` and every other line about a receipt that carries the operator's text) and
           messages that Kannel gave up (`FAILED Send SMS`, `EXPIRED SMS`, `DISCARDED SMS`, black list).
Clock:     the leading time is the host's local time (`--time-zone`), that inside receipts the SMSC's (`--receipt-zone`); neither says its zone.
           Of several times in a line the first is the log's. With `access-log-clean` there is none: submissions then carry the file's time.
Ids:       FID is the SMSC's id as Kannel keeps it, the same on both lines. The id inside the receipt text may be written in another base and is not used.
           FID is empty where no receipt was asked for.
Parts:     a message split by smsbox is one `Sent SMS` line per part and only the first asks for a receipt; the parts are tied by their UDH group and recipient.
           One split by bearerbox is one line with the whole text: where that is longer than one SMS (160 signs of the GSM alphabet, 140 bytes, 70 of
           UCS-2) the line is that of the first part, which alone asked.
Columns:   SMSC = feed, SVC = account, FID = message_id, from = sender, to = recipient (also on receipts: Kannel restores the direction of the message),
           dlr mask of `Sent SMS` = receipt_requested; ACT and BINF = extra. BINF, values in META that are no codes, and custom tokens are the sender's own:
           masked unless they are numbers or `[formats.kannel] keep` names them.
Codes:     `err` of the receipt text belongs to the connection (`[feeds.NAME] code_system`); `dlr_err` of type 3 (GSM) is a MAP error unless it only
           repeats `err`, since Kannel assumes type 3 where the operator sent no code of its own; `NACK/0x...` is an SMPP command status.
Missing:   receipts that the mask did not ask for, receipts for ids Kannel has forgotten, and second final receipts never reach this log.
Traps:     Kannel itself writes its black list lines for incoming messages; other builds for outgoing ones, which are read as `stopped`. A line whose
           recipient is a short number of ours is the incoming kind and skipped.
           Without the text's length nothing proves what stands behind it: of tokens there only Kannel's own are kept.
           The types 34 and 66 are expired and unknown. The mask calls expired, deleted, unknown and rejected all 2, so the text's `stat` decides; 8 and 16 are Kannel's own words on the submission.
Sample:    2026-03-18 09:14:01 Sent SMS [SMSC:telia1] [SVC:kunde7] [ACT:] [BINF:] [FID:5C01A9] [META:?smpp?] [from:Klinikken] [to:+4740000001] [flags:-1:0:-1:-1:31] [msg:13:Time i morgen] [udh:0:]
"""

import json
from typing import Final

import polars as pl

from sms_analytics.events.readings import MASK, READING, Context, Format, Parsed, rejected
from sms_analytics.formats import kannel_receipts, kannel_tokens
from sms_analytics.formats.engine import bracketed, text_length
from sms_analytics.formats.engine.receipt_text import STATUS
from sms_analytics.formats.kannel_tokens import OTHER_LINE, OWN_LINE, RESULT, SUBMISSION_WORDS, logged

_LINE = pl.col("line")
_TEXT = pl.col("text")

#: Codings of `flags` that are not the GSM alphabet's; their texts are written in hexadecimal digits.
_CODINGS: Final = {"1": "bytes", "2": "ucs2"}


def _extra(frame: pl.DataFrame) -> pl.Series:
    """Tokens without a column as JSON. Few different ones stand in one log, so each is written once."""
    fields = frame.select(pl.col("ACT", "BINF"))
    distinct = fields.unique()
    objects = [{name.lower(): value for name, value in row.items() if value} for row in distinct.iter_rows(named=True)]
    written = pl.Series([json.dumps(fields, ensure_ascii=False) if fields else None for fields in objects], dtype=pl.String)
    return fields.join(distinct.with_columns(extra=written), on=["ACT", "BINF"], how="left", nulls_equal=True, maintain_order="left")["extra"]


def _with_splits(frame: pl.DataFrame) -> pl.DataFrame:
    """Submissions that bearerbox split: one line with the whole text, whose first part alone asked for a receipt."""
    long = frame.select((_TEXT.str.len_chars() > text_length.SHORTEST) & pl.col("parts").is_null()).to_series().fill_null(value=False)
    if not long.any():
        return frame
    coding = _LINE.str.extract(r"\[flags:-?\d+:(-?\d+):").replace_strict(_CODINGS, default="gsm", return_dtype=pl.String).fill_null("gsm")
    digits = pl.when((coding != "gsm") & _TEXT.str.contains("^[0-9A-Fa-f]+$")).then(_TEXT.str.len_chars())
    units = (
        pl.when(coding == "gsm")
        .then(text_length.septets(_TEXT))
        .when(coding == "bytes")
        .then(pl.coalesce(digits // 2, _TEXT.str.len_bytes()))
        .otherwise(pl.coalesce(digits // 4, _TEXT.str.len_chars()))
    )
    parts = frame.filter(long).select(parts=text_length.parts(units, coding)).to_series()
    counted = frame["parts"].scatter(long.arg_true(), parts)
    first = pl.lit(frame["parts"].is_null() & counted.is_not_null())
    return frame.with_columns(parts=counted, part_no=pl.when(first).then(pl.lit(1, pl.Int16)).otherwise("part_no"))


def _requested() -> pl.Expr:
    """Which receipts the dlr mask asks for: the phone's answers are 1 and 2; 8 and 16 are Kannel's own words."""
    asked = pl.col("mask").clip(lower_bound=0) & 3
    by_mask = pl.when(asked == 3).then(pl.lit("full")).when(asked > 0).then(pl.lit("partial")).otherwise(pl.lit("none"))
    # Without the mask an empty FID says it: Kannel fills it only when a receipt was asked for.
    return pl.when(pl.col("mask").is_not_null()).then(by_mask).when(pl.col("FID") == "").then(pl.lit("none"))


def _shared() -> dict[str, pl.Expr]:
    """Columns that submissions and receipts read alike."""
    return {
        "record_no": pl.col("record_no"),
        "event_no": pl.col("event_no"),
        "logged": pl.col("logged"),
        "logged_utc": pl.col("logged_utc"),
        "extra": pl.col("extra"),
        "feed": pl.col("SMSC").replace("", None),
        "account": pl.col("SVC").replace("", None),
        "message_id": pl.col("FID").replace("", None),
        "sender": pl.col("from").replace("", None),
        "recipient": pl.col("to").replace("", None),
        "part_no": pl.col("part_no"),
        "parts": pl.col("parts"),
        "message_ref": pl.coalesce("message_ref", _refusal()),
    }


def _refusal() -> pl.Expr:
    """A message that the operator refused has no id: its `FAILED Send SMS` and the NACK that follows at once are tied by their two ends."""
    nameless = (pl.col("FID").fill_null("") == "") & (
        (pl.col("word") == "FAILED Send SMS") | ((pl.col("fate") == "receipt") & (pl.col("mask") == 16))
    )
    return pl.when(nameless).then(pl.concat_str(pl.lit("nack:"), "from", pl.lit(">"), "to"))


def _raw(text: pl.Expr) -> pl.Expr:
    """The line with `text` in place of its message text; the length stays as it was. Of META only codes and ids are kept."""
    return pl.concat_str("front", text, "after", ignore_nulls=True)


def _submissions(frame: pl.DataFrame) -> pl.DataFrame:
    word = pl.col("word")
    statuses = {name: status for name, (status, _) in SUBMISSION_WORDS.items()}
    reasons = {name: reason for name, (_, reason) in SUBMISSION_WORDS.items() if reason}
    return frame.select(
        **_shared(),
        kind=pl.lit("submission", READING["kind"]),
        receipt_requested=_requested(),
        status=word.replace_strict(statuses, return_dtype=STATUS),
        status_raw=word,
        said_by=pl.lit("gateway"),
        reason=word.replace_strict(reasons, default=None, return_dtype=pl.String),
        raw=_raw(pl.lit(MASK)),
    )


def _receipts(frame: pl.DataFrame) -> pl.DataFrame:
    said = kannel_receipts.receipt_columns(frame)
    return frame.select(**_shared(), kind=pl.lit("receipt", READING["kind"]), raw=_raw(pl.lit(said["kept"]))).hstack(said.drop("kept"))


def _incoming(frame: pl.DataFrame) -> pl.Series:
    """Black list lines about incoming messages: they went to a short number of ours."""
    listed = frame["word"].str.starts_with("REJECTED").fill_null(value=False)
    return listed & frame["to"].str.contains(r"^\+?\d{3,6}$").fill_null(value=False) if listed.any() else listed


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch of access log lines."""
    frame = kannel_tokens.read(records, context.keep)
    # In `extra` the tokens' names are in lower case.
    keep = {name.upper() for name in context.keep}
    if "BINF" not in keep:
        frame = bracketed.with_token(frame, "BINF", bracketed.value_kept)
    if "META" not in keep:
        # The codes are read from it, so its own column stays as it was.
        frame = bracketed.with_token(frame, "META", bracketed.meta_kept).with_columns(frame["META"])
    frame = kannel_receipts.with_long_message(frame.with_columns(extra=_extra(frame)))
    readable = pl.col("fate").is_not_null() & (_TEXT.is_not_null() | (pl.col("fate") == "skipped"))
    incoming = pl.lit(_incoming(frame))
    submissions = _with_splits(frame.filter(readable & (pl.col("fate") == "submission") & ~incoming))
    receipts = frame.filter(readable & (pl.col("fate") == "receipt"))
    other = frame.filter(readable & ((pl.col("fate") == "skipped") | incoming))
    rest = frame.filter(~readable)
    if (frame["event_no"] > 1).any():
        # A line of several records is read if one of them is, skipped if one of them is.
        read = pl.concat([submissions.select("record_no"), receipts.select("record_no")])
        other = other.join(read, on="record_no", how="anti").unique("record_no", keep="first", maintain_order=True)
        rest = rest.join(pl.concat([read, other.select("record_no")]), on="record_no", how="anti").unique("record_no", keep="first")
    foreign = _LINE.str.contains(OTHER_LINE)
    return Parsed(
        readings=pl.concat([_submissions(submissions), _receipts(receipts)], how="diagonal_relaxed"),
        skipped=pl.concat(
            [other.select("record_no", "logged", "logged_utc", feed="SMSC"), rest.filter(foreign).select("record_no", logged=logged(_LINE))],
            how="diagonal",
        ),
        rejected=rejected(
            rest.filter(~foreign), "line", "kannel_line", "not a line of a Kannel access log: no known result word in front of its tokens"
        ),
    )


def claims(records: pl.DataFrame) -> int:
    """Lines with one of Kannel's result words in front of its tokens."""
    return int(records["line"].str.contains(OWN_LINE).sum())


FORMAT: Final = Format(
    name="kannel",
    title="Kannel bearerbox access log",
    claims=claims,
    parse=parse,
    opening=kannel_tokens.OPENING,
    begins=rf"^(?:\d{{4}}-\d\d-\d\d[ T]|\d{{9,10}} |\[(?:\d{{4}}-|SMSC:|FID:|ID:)|{RESULT} |Log )",
    unfinished=_LINE.str.extract(r"\[msg:(\d+):").cast(pl.UInt32, strict=False)
    > _LINE.str.len_bytes() - _LINE.str.extract(r"^(.*?\[msg:\d+:)").str.len_bytes(),
    code_systems=("infobip", "map", "smpp", "smpp_command_status"),
)
