"""Jasmin SMS Gateway: messages.log, dlrlookupd-messages.log and http-api.log.

Producer:  Jasmin 0.4 to 0.11. Load messages.log and dlrlookupd-messages.log together: newer versions write the receipts only into the second.
           Old style has bare values (`[status:ESME_ROK]`), new style Python's own notation (`[smpp-msgid:b'5c01a9']`, `CommandStatus.ESME_ROK`).
Holds:     submissions (`SMS-MT`), receipts (`DLR`, and `SMS-MO` whose content is a receipt), messages that Jasmin discarded from its queue,
           and receipts that found no message (`DLRMapNotFound`).
Clock:     the leading time is the host's local time (`--time-zone`); lines without one carry the file's time. Dates in receipts are the SMSC's
           (`--receipt-zone`), mostly to the minute.
Ids:       smpp-msgid = message_id: as received on `SMS-MT`, upper-cased without leading zeros (or converted to another base) on `DLR`.
           queue-msgid and the HTTP API's msgid = message_ref, the same for all attempts of one message.
Parts:     a long message is one `SMS-MT` line with the joined text and the id of its last part, and only that part asks for a receipt; the `dlr` of
           the line is the first part's. So the line is that of the last part, and what was requested is not known where the text is longer than
           one SMS (160 septets, 140 bytes, 70 signs of UCS-2; the bytes show the coding). If the short messages of the same cid and sender never
           ask, the long ones did not either.
Columns:   cid = feed, uid = account, from = sender, to = recipient; swapped in `SMS-MO` receipts, which travel from the handset to us.
           dlr = receipt_requested (the HTTP API's levels Terminal and All are full, No and SMS-C none); prio, retry, validity = extra.
Codes:     ESME_* is an SMPP command status; `err` of a receipt belongs to the connection (`[feeds.NAME] code_system`).
Statuses:  ESME_ROK = submitted; an error with `retry:True` = queued, else rejected; the HTTP API's line = queued.
Traps:     a receipt whose `stat` is not seven letters (FAILED) is logged as `SMS-MO`: read as the receipt that it is. `DLRMapNotFound (final)` says
           that a receipt came (mostly later than `dlr_expiry`, 24 h) but not what it said, nor on which cid: an unrecognised status of the message with
           that id, in whatever base it is written, on the cid that submitted it (or `--feed`); the retrials before it, and the old style's warning beside the `DLR` line, are skipped.
           Old style writes line breaks of a text as they are: such lines belong to the record before them, unless that already ends in `]`.
Missing:   text is masked, with the TLVs behind it; `ND` and zero dates are empty. Incoming messages and all other lines of Jasmin are skipped.
Sample:    2026-03-18 09:14:05 INFO     1 DLR [cid:telia] [smpp-msgid:5C01A9] [status:DELIVRD] [submit date:2603180914] [done date:2603180914] [sub/dlvrd messages:001/001] [err:000] [content:'Time i mor']
"""

from typing import Final

import polars as pl

from sms_analytics.events.readings import MASK, Context, Format, Parsed, rejected
from sms_analytics.formats import jasmin_length, jasmin_tokens
from sms_analytics.formats.engine import receipt_text
from sms_analytics.formats.jasmin_tokens import ABOUT_MESSAGE, LEVEL, NOTHING, OPENING, OWN_PREFIX, PREFIX, TIME, WORDS

#: Lines of a PDU that the level DEBUG dumps over many lines; one of them holds the text.
_DUMP: Final = (
    r"^(?:service_type|(?:source|dest|destination)_(?:addr|subaddress|network_type|bearer_type|telematics_id|port)\w*|esm_class|protocol_id|priority_flag"
    r"|schedule_delivery_time|validity_period|registered_delivery|replace_if_present_flag|data_coding|sm_default_msg_id|sm_length|short_message"
    r"|message_payload|message_id|message_state|receipted_message_id|network_error_code|more_messages_to_send|sar_\w+|user_message_reference|payload_type"
    r"|system_id|system_type|password|interface_version|addr_ton|addr_npi|address_range|sc_interface_version|vendor_specific_bypass): |^\]\s*$"
)

_EXTRA: Final = ("prio", "retry", "validity")
#: What `dlr` asks for: the SMPP flag of messages.log, the level of the HTTP API (its `SMS-C` asks for the gateway's answer only).
_REQUESTED: Final[dict[str, str]] = {
    "NO_SMSC_DELIVERY_RECEIPT_REQUESTED": "none",
    "SMSC_DELIVERY_RECEIPT_REQUESTED": "full",
    "SMSC_DELIVERY_RECEIPT_REQUESTED_FOR_FAILURE": "partial",
    "SMSC_DELIVERY_RECEIPT_REQUESTED_FOR_SUCCESS": "partial",
    "No": "none",
    "SMS-C": "none",
    "Terminal": "full",
    "All": "full",
}
#: A long message's line is that of its last part.
_LAST_PART: Final = {"parts": pl.col("parts"), "part_no": pl.col("parts")}

_LINE = pl.col("line")
_STATUS = pl.col("status")


def _extra(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.Series:
    """JSON of the tokens without a column; empty where none is set."""
    quoted = {name: pl.struct(pl.col(name).alias("v")).struct.json_encode().str.slice(len('{"v":')).str.head(-1) for name in names}
    pairs = [pl.when(pl.col(name).is_not_null()).then(pl.format('"{}": {}', pl.lit(name), text)) for name, text in quoted.items()]
    joined = pl.concat_str(pairs, separator=", ", ignore_nulls=True)
    return frame.select(extra=pl.when(joined.str.len_bytes() > 0).then(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))))["extra"]


def _masked() -> pl.Expr:
    """The line up to its content; TLVs behind it may hold text too."""
    return pl.when(pl.col("content").is_null()).then("head").otherwise(pl.col("head") + pl.lit(f" [content:{MASK}]"))


def _requested() -> pl.Expr:
    """Which receipts the submission asked for."""
    asked = pl.col("dlr").str.replace(r"^RegisteredDeliveryReceipt\.", "")
    return asked.replace_strict(_REQUESTED, default=None, return_dtype=pl.String)


def _submissions(frame: pl.DataFrame) -> pl.DataFrame:
    """`SMS-MT` of messages.log: the answer of the SMSC to one attempt."""
    code = _STATUS.str.extract(r"(\w+)$")
    accepted = code == "ESME_ROK"
    return frame.with_columns(extra=_extra(frame, _EXTRA), parts=jasmin_length.parts(frame["content"])).select(
        "record_no",
        "logged",
        "extra",
        kind=pl.lit("submission"),
        feed="cid",
        message_id="smpp_msgid",
        message_ref="queue_msgid",
        sender="from",
        recipient="to",
        **_LAST_PART,
        receipt_requested=pl.when(pl.col("parts").is_null()).then(_requested()),
        status=pl.when(accepted)
        .then(pl.lit("submitted"))
        .when(pl.col("retry").str.to_lowercase() == "true")
        .then(pl.lit("queued"))
        .otherwise(pl.lit("rejected")),
        status_raw=_STATUS.str.replace(r"CommandStatus\.", ""),
        said_by=pl.lit("gateway"),
        code_raw=pl.when(~accepted).then(code),
        code_system=pl.when(~accepted).then(pl.lit("smpp_command_status")),
        raw=_masked(),
    )


def _taken(frame: pl.DataFrame) -> pl.DataFrame:
    """`SMS-MT` of the HTTP API and the SMPP server: taken into the queue."""
    return frame.with_columns(extra=_extra(frame, ("prio",)), parts=jasmin_length.parts(frame["content"])).select(
        "record_no",
        "logged",
        "extra",
        kind=pl.lit("submission"),
        feed="cid",
        account="uid",
        message_ref="msgid",
        sender="from",
        recipient="to",
        **_LAST_PART,
        receipt_requested=_requested(),
        status=pl.lit("queued"),
        said_by=pl.lit("gateway"),
        raw=_masked(),
    )


def _receipts(frame: pl.DataFrame) -> pl.DataFrame:
    """`DLR` lines."""
    submit, done = receipt_text.read_dates(frame["submit"]), receipt_text.read_dates(frame["done"])
    said = receipt_text.said_by_words(frame["status"])
    return frame.select(
        "record_no",
        "logged",
        kind=pl.lit("receipt"),
        feed="cid",
        message_id="smpp_msgid",
        happened=done["local"],
        happened_utc=done["utc"],
        submit=submit["local"],
        submit_utc=submit["utc"],
        time_precision=done["precision"],
        status=said["status"],
        reason=said["reason"],
        status_raw=_STATUS,
        said_by=pl.lit("operator"),
        code_raw="err",
        code_system=receipt_text.system_of(pl.col("err")),
        raw=_masked(),
    )


def _incoming(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`SMS-MO`: the receipts among them, and the others."""
    bare = pl.col("content").str.replace(r"(?s)\](?: \[tlvs:.*)?\s*$", "").str.replace(r"(?s)^b?(?:'(.*)'|\"(.*)\")$", "$1$2")
    content = bare.str.replace_all(r"\\x00|\\r|\\n", " ")
    text = receipt_text.read(frame.select(content)["content"])
    both = frame.hstack(
        text.select("id", "stat", "reason", "masked", receipt=text["is_receipt"].fill_null(False), known=text["status"], code=text["err"])
    )
    both = both.hstack(text.select("precision", *[pl.col(name).alias(f"text_{name}") for name in ("submit", "done", "submit_utc", "done_utc")]))
    code = pl.when(~pl.col("code").is_in(NOTHING)).then("code")
    receipts = both.filter("receipt").select(
        "record_no",
        "logged",
        "reason",
        kind=pl.lit("receipt"),
        feed="cid",
        message_id="id",
        sender="to",
        recipient="from",
        happened="text_done",
        happened_utc="text_done_utc",
        submit="text_submit",
        submit_utc="text_submit_utc",
        time_precision="precision",
        status="known",
        status_raw="stat",
        said_by=pl.lit("operator"),
        code_raw=code,
        code_system=receipt_text.system_of(code),
        raw=pl.concat_str("head", pl.lit(" [content:"), "masked", pl.lit("]")),
    )
    return receipts, both.filter(~pl.col("receipt")).select("record_no", "logged", feed="cid")


def _lost(frame: pl.DataFrame) -> pl.DataFrame:
    """Receipts that found no message: only the id is left of them."""
    return frame.select(
        "record_no",
        "logged",
        kind=pl.lit("receipt"),
        message_id="msgid",
        status=pl.lit("unrecognised"),
        status_raw=pl.lit("DLRMapNotFound"),
        said_by=pl.lit("gateway"),
        detail=pl.col("head").str.extract(r"DLRMapNotFound: (Got a DLR for an unknown message id)"),
        raw="head",
    )


def _discarded(frame: pl.DataFrame) -> pl.DataFrame:
    """Messages that Jasmin took out of its queue and never handed over."""
    body = pl.col("head").str.replace(PREFIX, "")
    expired = body.str.starts_with("Discarding expired")
    return frame.select(
        "record_no",
        "logged",
        kind=pl.lit("submission"),
        feed="cid",
        message_ref=body.str.extract(r"(?:SubmitSmPDU|expired message)\[([^\]]*)\]"),
        status=pl.lit("rejected"),
        status_raw=pl.lit("Discarding"),
        said_by=pl.lit("gateway"),
        reason=pl.when(expired).then(pl.lit("validity_expired")).otherwise(pl.lit("network_error")),
        detail=body.str.extract(r"(expired message|SMPPC .* is not (?:connected|bound))"),
        raw="head",
    )


def _lacks() -> pl.Expr:
    """What a line about a message lacks to be one: a token, or a time that exists."""
    word, attempt = pl.col("word"), pl.col("uid").is_null() | pl.col("queue_msgid").is_not_null()
    needed = {
        "cid": word.is_in(["SMS-MT", "DLR", "SMS-MO"]) & pl.col("cid").is_null(),
        "status": (((word == "SMS-MT") & attempt) | (word == "DLR")) & ~_STATUS.str.contains(r"[A-Za-z]").fill_null(False),
        "queue-msgid": (word == "SMS-MT") & attempt & pl.col("queue_msgid").is_null(),
        "msgid": (word == "SMS-MT") & ~attempt & pl.col("msgid").is_null(),
        "smpp-msgid": (word == "DLR") & pl.col("smpp_msgid").is_null(),
        "content": (word == "SMS-MO") & pl.col("content").is_null(),
        "time": pl.col("logged").is_null() & pl.col("front").str.contains(r"^\d"),
    }
    return pl.coalesce(*[pl.when(condition).then(pl.lit(token)) for token, condition in needed.items()])


def _rejects(broken: pl.DataFrame) -> pl.DataFrame:
    return broken.select(
        "record_no",
        raw="line",
        field="lacks",
        rule=pl.lit("jasmin_token"),
        message=pl.format("a line about a message without a usable {}; it may be cut off", "lacks"),
    )


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch of lines."""
    frame = jasmin_tokens.read(records, context.keep)
    frame = frame.with_columns(lacks=_lacks())
    word = pl.col("word")
    good = frame.filter(pl.col("lacks").is_null() & word.is_not_null())
    of = {name: good.filter(word == name) for name in WORDS}
    attempt = pl.col("queue_msgid").is_not_null()
    receipts, incoming = _incoming(of["SMS-MO"])
    readings = [
        _submissions(of["SMS-MT"].filter(attempt)),
        _taken(of["SMS-MT"].filter(~attempt)),
        _receipts(of["DLR"]),
        receipts,
        _lost(of["LOST"]),
        _discarded(of["DISCARDED"]),
    ]
    other = frame.filter(word.is_null())
    foreign = ~(_LINE.str.contains(OWN_PREFIX) | _LINE.str.contains(_DUMP) | (_LINE.str.strip_chars() == "")) | _LINE.str.contains(ABOUT_MESSAGE)
    return Parsed(
        readings=pl.concat(readings, how="diagonal_relaxed"),
        skipped=pl.concat([incoming, other.filter(~foreign).select("record_no", "logged")], how="diagonal_relaxed"),
        rejected=pl.concat(
            [
                _rejects(frame.filter(word.is_not_null() & pl.col("lacks").is_not_null())),
                rejected(
                    other.filter(foreign), "line", "jasmin_line", "not a line of Jasmin: no time as 2026-03-18 09:14:05, level and process in front"
                ),
            ]
        ),
    )


def claims(records: pl.DataFrame) -> int:
    """Lines about a message and, beside such lines, the others that begin as Jasmin's do."""
    about = int(records["line"].str.contains(rf"{PREFIX}{ABOUT_MESSAGE}").sum())
    if not about:
        return 0
    return int(records.select((_LINE.str.contains(OWN_PREFIX) | _LINE.str.contains(rf"{PREFIX}{ABOUT_MESSAGE}")).sum()).item())


FORMAT: Final = Format(
    name="jasmin",
    title="Jasmin SMS Gateway logs",
    claims=claims,
    parse=parse,
    opening=OPENING,
    begins=rf"^(?:{TIME}|{LEVEL}|SMS-M[TO] \[|DLR \[)",
    # Only the old style breaks a record over lines: its text stands as it is, without Python's notation.
    unfinished=_LINE.str.contains(rf"{PREFIX}(?:SMS-M[TO]|DLR) \[") & _LINE.str.contains(r"\[content:") & ~_LINE.str.contains(r"\]\s*$"),
    code_systems=("infobip", "smpp", "smpp_command_status"),
    request_of_first_part=True,
)
