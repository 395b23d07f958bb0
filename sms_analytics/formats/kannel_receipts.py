"""What Kannel writes of a message wherever it writes it: the header of a long message, and what a receipt's text, type and META say."""

import polars as pl

from sms_analytics.events.readings import MASK
from sms_analytics.formats.engine import kannel_types, receipt_text
from sms_analytics.formats.engine.receipt_text import STATUS

_TEXT = pl.col("text")


def with_long_message(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `part_no`, `parts` and the tie between parts, from a concatenation header (3GPP TS 23.040, 9.2.3.24.1 and .8)."""
    udh = pl.col("udh")
    if frame.select((udh == "0:").fill_null(True).all()).item():
        return frame.with_columns(part_no=pl.lit(None, pl.Int16), parts=pl.lit(None, pl.Int16), message_ref=pl.lit(None, pl.String))
    header = udh.str.extract_groups(
        r"(?i)^\d+:(?:05|06)(?:0003(?P<short>[0-9A-F]{2})|0804(?P<wide>[0-9A-F]{4}))(?P<parts>[0-9A-F]{2})(?P<part>[0-9A-F]{2})"
    )
    group = pl.coalesce(header.struct["short"], header.struct["wide"])
    return frame.with_columns(
        part_no=header.struct["part"].str.to_integer(base=16, strict=False).cast(pl.Int16),
        parts=header.struct["parts"].str.to_integer(base=16, strict=False).cast(pl.Int16),
        message_ref=pl.concat_str(pl.lit("udh:"), group, pl.lit("/"), header.struct["parts"], pl.lit(":"), pl.col("to")),
    )


def _codes(frame: pl.DataFrame) -> pl.DataFrame:
    """`code_raw` and `code_system` of receipts: a GSM code of the operator's own, Kannel's NACK, else the connection's `err`."""
    special = pl.col("META").str.contains("dlr_err=%03", literal=True) & ~pl.col("META").str.contains("dlr_err=%03%00%00", literal=True)
    special = special.fill_null(False) | (pl.col("mask") == 16).fill_null(False)
    plain = frame.select(code_raw="err", code_system=receipt_text.system_of(pl.col("err")))
    is_special = frame.select(special).to_series()
    if not is_special.any():
        return plain
    network = pl.col("META").str.extract_groups(r"dlr_err=%03%(?P<high>[0-9A-Fa-f]{2})%(?P<low>[0-9A-Fa-f]{2})")
    gsm = (network.struct["high"] + network.struct["low"]).str.to_integer(base=16, strict=False)
    own = (gsm > 0) & (gsm != pl.col("err").str.to_integer(strict=False)).fill_null(True)
    nack = _TEXT.str.extract(r"^NACK/(0x[0-9A-Fa-f]+)")
    found = frame.filter(is_special).select(
        code_raw=pl.when(own).then(gsm.cast(pl.String)).otherwise(pl.coalesce("err", nack)),
        code_system=pl.when(own)
        .then(pl.lit("map"))
        .otherwise(pl.coalesce(receipt_text.system_of(pl.col("err")), pl.when(nack.is_not_null()).then(pl.lit("smpp_command_status")))),
    )
    return plain.select(plain[name].scatter(is_special.arg_true(), found[name]) for name in plain.columns)


def receipt_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """What receipts say, from their `text`, `mask` and `META`: columns of a reading, and `kept`, the text without what is message text."""
    read = receipt_text.read(frame["text"])
    frame = frame.select("text", "mask", "META").hstack(read.drop("id"))
    frame = frame.hstack(_codes(frame))
    by_mask = pl.col("mask").replace_strict(kannel_types.STATUSES, default="unrecognised", return_dtype=STATUS).fill_null("unrecognised")
    # The two words that Kannel puts in place of a text; their tail is the gateway's or the operator's own explanation, never a message. Behind any
    # other mask the same word begins a message's text.
    word_of_mask = pl.col("mask").replace_strict(kannel_types.OWN, default=None, return_dtype=pl.String)
    own = ~pl.col("is_receipt") & (pl.col("mask").is_null() | _TEXT.str.starts_with(word_of_mask))
    answer = pl.when(own).then(_TEXT).str.extract_groups(r"^(?P<word>ACK|NACK)/(?:0x[0-9A-Fa-f]+/)?(?P<detail>.*)$")
    own_word = answer.struct["word"]
    return frame.select(
        "code_raw",
        "code_system",
        happened="done",
        happened_utc="done_utc",
        submit="submit",
        submit_utc="submit_utc",
        time_precision="precision",
        status=pl.when("is_receipt").then("status").otherwise(by_mask),
        status_raw=pl.coalesce("stat", own_word, pl.col("mask").cast(pl.String)),
        said_by=pl.when(word_of_mask.is_not_null()).then(pl.lit("gateway")).otherwise(pl.lit("operator")),
        reason="reason",
        detail=answer.struct["detail"].replace("", None),
        kept=pl.when("is_receipt").then("masked").when(own_word.is_not_null()).then(_TEXT).otherwise(pl.lit(MASK)),
    )
