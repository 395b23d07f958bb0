"""SMPP receipt texts in any program's log lines.

Producer:  any gateway, library or database dump that writes the receipt of a `deliver_sm` (SMPP 3.4 Appendix B) into a line of text.
Holds:     receipts. Submissions stand elsewhere: load them as `table` with the same feed, or only the share of answered ones can be told.
Clock:     a time at the start of the line is the log's (`--time-zone` unless it states its offset); the dates in the receipt are the SMSC's
           (`--receipt-zone`) and have no zone, but for the absolute form with quarter-hours.
Ids:       `id` of the text, else the TLV receipted_message_id. Which base it is written in is found from the data of the feed.
Parts:     one receipt per part where every part asked; nothing in the text ties parts together.
Columns:   `smsc=`, `cid=`, `system_id=`, `bind=`, `connector=`, `feed=` of the line = feed; source_addr or from = recipient and destination_addr or to = sender,
           since a receipt travels from the handset to us.
Codes:     `err` belongs to the connection: `[feeds.NAME] code_system` says whose it is, else it is kept and not interpreted;
           a network_error_code TLV of type 3 (GSM) is a MAP error.
Traps:     keys in any order and case, missing `sub`, `dlvrd`, `text` or `err`, dates of 10, 12, 14 digits or none (`0000000000`), words such as
           FAILED or DELIVERED, `dlvrd:000` beside DELIVRD (ignored), text that holds `id:` itself. A bare digit as `stat` is not interpreted.
           message_state decides where `stat` is missing, UNKNOWN or unreadable.
Missing:   a line without any part of a receipt is another line of that log and skipped.
Sample:    2026-03-18 09:14:05 DEBUG smsc=telia1 deliver_sm from=4740000001 to=Klinikken id:5C01A9 sub:001 dlvrd:001 submit date:2603180914 done date:2603180914 stat:DELIVRD err:000 text:Time i mor
"""

from typing import Final

import polars as pl

from sms_analytics.formats import log_times, receipt_text
from sms_analytics.formats.base import MASK, Context, Format, Parsed, rejected
from sms_analytics.formats.receipt_text import MESSAGE_STATES

_LINE = pl.col("line")

#: Any key of the text, however the line goes on: where one stands, the line is about a receipt.
_SIGN: Final = r"(?i)(?:^|[^A-Za-z0-9_\-])(?:stat|dlvrd|submit date|done date):"
_RECEIPT: Final = r"(?i)(?:^|[^A-Za-z0-9_\-])stat:[ \t]*\w"

_TLV_ID: Final = r"(?i)(?:receipted_message_id|0x001e)[\"']?\s*[:=(]\s*b?[\"']?([A-Za-z0-9_.\-]+)"
_TLV_STATE: Final = r"(?i)(?:message_state|0x0427)[\"']?\s*[:=(]\s*[\"']?(?:0x0)?([0-9]|[A-Za-z]+)"
_TLV_ERROR: Final = (
    r"(?i)(?:network_error_code|0x0423)[\"']?\s*[:=(]\s*[\"']?(?:0x)?((?:\\x|%)?[0-9a-f]{2}(?:\\x|%)?[0-9a-f]{2}(?:\\x|%)?[0-9a-f]{2})"
)
#: TLVs that stand behind the message text: it ends where they begin.
_TAIL: Final = r"(?is)[\"'\]\)},;\s]+(?:receipted_message_id|message_state|network_error_code|0x001e|0x0427|0x0423)\b.*$"
_QUOTED_TLVS: Final = (
    r"(?i)(receipted_message_id|message_state|network_error_code|0x001e|0x0427|0x0423)[\"']?\s*[:=(]\s*b?[\"']?((?:0x)?[A-Za-z0-9_.\\%\-]+)"
)

#: Where the line names the connection and the two ends.
_FEED: Final = r"(?i)(?:^|[\s\[({,\"'])(?:smsc|smsc_id|cid|system_id|bind|connector|feed)[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9_.\-]+)"
_HANDSET: Final = r"(?i)(?:^|[\s\[({,\"'])(?:source_addr|source|src|from)[\"']?\s*[:=]\s*b?[\"']?(\+?[0-9]{5,15})\b"
_OURS: Final = r"(?i)(?:^|[\s\[({,\"'])(?:destination_addr|dest_addr|destination|dst|to)[\"']?\s*[:=]\s*b?[\"']?([^\s\"',\]})]+)"


def _pieces(records: pl.DataFrame) -> pl.DataFrame:
    """`before` (the program's own words), `text` (from the first key on) and `tail` (TLVs behind the text)."""
    begin = r"(?is)(?:^|[^A-Za-z0-9_\-])((?:id|sub|dlvrd|submit date|done date|stat|err):.*)$"
    return (
        records.with_columns(rest=_LINE.str.extract(begin).fill_null(""))
        .with_columns(before=_LINE.str.strip_suffix(pl.col("rest")), tail=pl.col("rest").str.extract(rf"({_TAIL})").fill_null(""))
        .with_columns(text=pl.col("rest").str.strip_suffix(pl.col("tail")))
    )


def _tlvs(outside: pl.Expr) -> dict[str, pl.Expr]:
    """The three TLVs of a receipt, from what stands around its text."""
    error = outside.str.extract(_TLV_ERROR).str.replace_all(r"\\x|%", "")
    state = outside.str.extract(_TLV_STATE)
    return {
        "tlv_id": outside.str.extract(_TLV_ID),
        "tlv_state": state.replace(MESSAGE_STATES),
        "gsm": pl.when(error.str.starts_with("03")).then(error.str.slice(2).str.to_integer(base=16, strict=False)),
    }


def _masked_line(frame: pl.DataFrame) -> pl.Expr:
    """Program's words, masked text, and of what followed only the TLVs."""
    tlvs = pl.col("tail").str.extract_all(_QUOTED_TLVS).list.join(" ")
    tail = pl.when(tlvs.str.len_bytes() > 0).then(pl.lit(" ") + tlvs).otherwise(pl.lit(""))
    del frame
    return pl.concat_str(
        pl.col("before").str.replace(r"(?i)((?:text|message|content|body|data)[\"']?\s*[:=]\s*).*$", "${1}" + MASK + " "), "masked", tail
    )


def _readings(frame: pl.DataFrame) -> pl.DataFrame:
    word = (
        pl.when(pl.col("stat").is_null() | (pl.col("status").is_in(["unknown", "unrecognised"]) & pl.col("tlv_state").is_not_null()))
        .then("tlv_state")
        .otherwise("stat")
    )
    gsm = pl.col("gsm")
    return frame.with_columns(word=word).select(
        "record_no",
        "logged",
        "logged_utc",
        kind=pl.lit("receipt"),
        feed=pl.col("before").str.extract(_FEED),
        message_id=pl.coalesce("id", "tlv_id"),
        sender=pl.col("before").str.extract(_OURS),
        recipient=pl.col("before").str.extract(_HANDSET),
        happened="done",
        happened_utc="done_utc",
        submit="submit",
        submit_utc="submit_utc",
        time_precision=pl.coalesce("precision", "log_precision"),
        status=receipt_text.status_of(pl.col("word")),
        status_raw="word",
        said_by=pl.lit("operator"),
        reason="reason",
        code_raw=pl.coalesce(pl.when(gsm > 0).then(gsm.cast(pl.String)), "err"),
        code_system=pl.when(gsm > 0).then(pl.lit("map")).when(pl.col("err").is_not_null()).then(pl.lit("smpp")),
        raw=_masked_line(frame),
    )


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch of log lines that may hold receipt texts."""
    del context
    about = _LINE.str.contains(_SIGN) | _LINE.str.contains(_TLV_STATE)
    pieces = _pieces(records.filter(about))
    outside = pl.col("before") + pl.lit(" ") + pl.col("tail")
    frame = pieces.with_columns(**_tlvs(outside)).hstack(receipt_text.read(pieces["text"])).hstack(log_times.read(pieces["before"]))
    is_receipt = pl.col("is_receipt").fill_null(False) | (pl.col("tlv_state").is_not_null() & pl.coalesce("id", "tlv_id").is_not_null())
    other = records.filter(~about)
    return Parsed(
        readings=_readings(frame.filter(is_receipt)),
        skipped=other.select("record_no").hstack(log_times.read(other["line"]).select("logged", "logged_utc")),
        rejected=rejected(frame.filter(~is_receipt), "stat", "smpp_receipt", "part of a receipt, but neither `stat` nor an id beside another key"),
    )


def claims(records: pl.DataFrame) -> int:
    """Lines with a `stat:` and another key of a receipt."""
    return int(
        (_LINE.str.contains(_RECEIPT) & _LINE.str.contains(r"(?i)(?:^|[^A-Za-z0-9_\-])(?:id|err|dlvrd|done date):"))
        .pipe(lambda both: records.select(both.sum()))
        .item()
    )


FORMAT: Final = Format(name="smpp", title="SMPP receipt text in any log line", claims=claims, parse=parse, general=True, code_systems=("map", "smpp"))
