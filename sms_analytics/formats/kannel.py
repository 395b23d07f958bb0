"""Kannel bearerbox access log.

Producer:  Kannel 1.3 to 1.5, one access log per bearerbox; default layout and custom `access-log-format` (tokens left out, in another order, or
           more of them), with or without the leading time.
Holds:     submissions (`Sent SMS`), receipts (`Receive DLR` and every other line about a receipt that carries the operator's text) and
           messages that Kannel gave up (`FAILED Send SMS`, `EXPIRED SMS`, `DISCARDED SMS`, black list).
Clock:     the leading time is the host's local time (`--time-zone`), that inside receipts the SMSC's (`--receipt-zone`); neither says its zone.
           With `access-log-clean` there is no leading time: submissions then carry the file's time.
Ids:       FID is the SMSC's id as Kannel keeps it, the same on both lines. The id inside the receipt text may be written in another base and is not used.
           FID is empty where no receipt was asked for.
Parts:     a message split by smsbox is one `Sent SMS` line per part and only the first asks for a receipt; the parts are tied by their UDH group and recipient.
Columns:   SMSC = feed, SVC = account, FID = message_id, from = sender, to = recipient (also on receipts: Kannel restores the direction of the message),
           dlr mask of `Sent SMS` = receipt_requested; ACT and BINF = extra. BINF, values in META that are no codes, and custom tokens are the sender's own:
           masked unless they are numbers or `[formats.kannel] keep` names them.
Codes:     `err` of the receipt text belongs to the connection (`[feeds.NAME] code_system`); `dlr_err` of type 3 (GSM) is a MAP error unless it only
           repeats `err`, since Kannel assumes type 3 where the operator sent no code of its own; `NACK/0x...` is an SMPP command status.
Missing:   receipts that the mask did not ask for, receipts for ids Kannel has forgotten, and second final receipts never reach this log.
Traps:     Kannel itself writes its black list lines for incoming messages; other builds for outgoing ones, which are read as `stopped`. A line whose
           recipient is a short number of ours is the incoming kind and skipped.
           The mask calls expired, deleted, unknown and rejected all 2, so the text's `stat` decides; 8 and 16 are Kannel's own words on the submission.
Sample:    2026-03-18 09:14:01 Sent SMS [SMSC:telia1] [SVC:kunde7] [ACT:] [BINF:] [FID:5C01A9] [META:?smpp?] [from:Klinikken] [to:+4740000001] [flags:-1:0:-1:-1:31] [msg:13:Time i morgen] [udh:0:]
"""

import json
from typing import Final

import polars as pl

from sms_analytics.formats import bracketed, receipt_text
from sms_analytics.formats.base import MASK, READING, Context, Format, Parsed, rejected
from sms_analytics.formats.receipt_text import STATUS

#: Result words that speak of a submission, with the status that they give it and the reason where the word itself says it.
SUBMISSION_WORDS: Final[dict[str, tuple[str, str | None]]] = {
    "Sent SMS": ("submitted", None),
    "FAILED Send SMS": ("rejected", None),
    "DISCARDED SMS": ("rejected", None),
    "EXPIRED SMS": ("expired", "validity_expired"),  # ran out in Kannel's queue: never handed over
    "REJECTED - black-listed SMS": ("stopped", "recipient_opted_out"),
    "REJECTED - black-regex-listed SMS": ("stopped", "recipient_opted_out"),
    "REJECTED - not white-listed SMS": ("rejected", None),
    "REJECTED - not white-regex-listed SMS": ("rejected", None),
}
#: Result words that speak of a receipt. What follows `Receive DLR` are receipts that existed and were lost on the way to the customer.
RECEIPT_WORDS: Final = (
    "Receive DLR",
    "DLR SMS",  # 1.3
    "DROPPED Received DLR",
    "FAILED Receive DLR",
    "FAILED DLR SMS",
    "FAILED Send DLR",
    "EXPIRED DLR",
    "DISCARDED DLR",
)
#: Result words without a status of a message of ours.
SKIPPED_WORDS: Final = ("Receive SMS", "DROPPED Received SMS", "Sent DLR")
_WORDS: Final = (*SUBMISSION_WORDS, *RECEIPT_WORDS, *SKIPPED_WORDS)

#: Kannel's dlr types where the receipt has no `stat` (user guide, chapter on delivery reports).
MASK_STATUSES: Final[dict[int, str]] = {1: "delivered", 2: "undelivered", 4: "buffered", 8: "submitted", 16: "rejected", 32: "submitted"}
#: Kannel makes these itself, from the answer to its submission, and begins their text with this word.
_OWN_MASKS: Final = {8: "ACK/", 16: "NACK/"}

#: Tokens of the default layout in order; `msg` and `udh` follow.
_TOKENS: Final = ("SMSC", "SVC", "ACT", "BINF", "FID", "META", "from", "to", "flags")
_ALL_TOKENS: Final = (*_TOKENS, "udh")

_RESULT: Final = "(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
_OWN_LINE: Final = rf"^(?:\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d )?{_RESULT} .*\[(?:SMSC|FID|from|to|msg):"
#: Another record behind the end of one.
_NEXT: Final = rf"(?s)^\](?: \[udh:[^\]]*\])?\s*((?:\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d )?{_RESULT} \[[A-Za-z]+:.*)$"
#: Records of one line.
_MOST_RECORDS: Final = 100
#: Log markers of bearerbox and the lines of smsbox's own access log.
_OTHER_LINE: Final = (
    r"^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )?(?:Log (?:begins|ends)|.*Logfile (?:opened|closed)|send-SMS request|SMS HTTP-request|.*<send-SMS request)"
)

#: What becomes of a line with each result word.
_FATES: Final = dict.fromkeys(SUBMISSION_WORDS, "submission") | dict.fromkeys(RECEIPT_WORDS, "receipt") | dict.fromkeys(SKIPPED_WORDS, "skipped")

_LINE = pl.col("line")
_TEXT = pl.col("text")
#: A line is `front`, the message text, `after`.
_COLUMNS: Final = ("record_no", "line", "logged", "fate", "word", *_TOKENS[:-1], "mask", "udh", "front", "text", "after")
#: What follows the text in the default layout.
_END: Final = "] [udh:0:]"


def _mask(flags: pl.Series) -> pl.Series:
    """The dlr mask, the last of the flags. Few different flags stand in one log, so each is read once."""
    distinct = flags.unique().drop_nulls()
    masks = distinct.str.extract(r"^(?:flags:)?[-0-9:]*?(-?\d+)$").cast(pl.Int64, strict=False)
    return flags.replace_strict(distinct, masks, default=None, return_dtype=pl.Int64)


def _value(token: pl.Series) -> pl.Expr:
    """What stands behind the token's name. Some tokens are the same on every line."""
    name, first = f"{token.name}:", token.first()
    if isinstance(first, str) and (token == first).all():
        return pl.lit(first.removeprefix(name))
    return pl.col(token.name).str.slice(len(name))


def _split(records: pl.DataFrame) -> pl.DataFrame:
    """The tokens of lines in the default layout; `sure` tells which lines were understood for certain."""
    pieces = ["stem", *_TOKENS[1:], "body"]
    cut = records.select("record_no", "line", _LINE.str.splitn("] [", len(pieces)).struct.rename_fields(pieces).struct.unnest())
    stem = pl.col("stem").str.splitn(" [SMSC:", 2).struct.rename_fields(["before", "SMSC"]).struct.unnest()
    whole = pl.col("body").str.strip_suffix(_END)
    body = whole.str.splitn(":", 3).struct.rename_fields(["msg", "size", "text"]).struct.unnest()
    named = cut.with_columns(stem, body, ends=pl.col("body").str.len_bytes() - whole.str.len_bytes() == len(_END))
    stripped = named.with_columns(
        mask=_mask(named["flags"]),
        in_place=pl.all_horizontal(pl.col(name).str.starts_with(f"{name}:") for name in _TOKENS[1:]),
        **{name: _value(named[name]) for name in _TOKENS[1:-1]},
    )
    return (
        stripped.with_columns(
            logged=_logged(pl.col("before")),
            word=pl.col("before").str.slice(20),
            udh=pl.lit("0:"),
            front=_LINE.str.head(-_TEXT.str.len_chars().cast(pl.Int64) - len(_END)),
            after=pl.lit(_END),
        )
        .with_columns(fate=_fate())
        .with_columns(
            sure=pl.all_horizontal(
                pl.col("in_place"),
                pl.col("mask").is_not_null(),
                pl.col("logged").is_not_null(),
                pl.col("fate").is_not_null(),
                pl.col("msg") == "msg",
                pl.col("ends"),
                _TEXT.str.len_bytes() == pl.col("size").cast(pl.UInt32, strict=False),
            ).fill_null(False),
        )
    )


def _search(records: pl.DataFrame) -> pl.DataFrame:
    """The same columns for any layout: the text is cut out by its length first, the tokens are then looked for one by one."""
    halves = records.select("record_no", "line", _LINE.str.splitn("[msg:", 2).struct.rename_fields(["before", "tail"]).struct.unnest())
    sized = halves.with_columns(size=pl.col("tail").str.extract(r"^(\d+):"), rest=pl.col("tail").str.replace(r"^\d+:", ""))
    rest, size = pl.col("rest"), pl.col("size").cast(pl.UInt32, strict=False)
    # The length counts bytes of the log as it was written, which are characters once a Latin-1 log was decoded.
    written = rest.cast(pl.Binary)
    behind = written.bin.slice(size, 1)
    # A length that ends within a character is none in bytes.
    within = (behind >= pl.lit(b"\x80")) & (behind < pl.lit(b"\xc0"))
    by_bytes = pl.when(~within).then(written.bin.slice(0, size)).cast(pl.String)
    by_characters = rest.str.slice(0, size)
    # Where it fits neither way (text altered since), the text ends where the next token begins.
    by_token = rest.str.replace(r"(?s)\](?: \[udh:.*)?$", "")

    def fits(text: pl.Expr) -> pl.Expr:
        return rest.str.starts_with(text + pl.lit("]"))

    cut = sized.with_columns(text=pl.when(fits(by_bytes)).then(by_bytes).when(fits(by_characters)).then(by_characters).otherwise(by_token))
    around = cut.with_columns(after=rest.str.strip_prefix(_TEXT)).with_columns(tokens=pl.col("before") + pl.col("after").fill_null(""))
    tokens = {name: pl.col("tokens").str.extract(rf"\[{name}:([^\]]*)\]") for name in (*_TOKENS, "udh")}
    found = around.with_columns(
        **tokens,
        logged=_logged(pl.col("before")),
        word=pl.col("before").str.extract(rf"^(?:\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d )?({_RESULT}) "),
        front=pl.concat_str("before", pl.lit("[msg:"), "size", pl.lit(":"), ignore_nulls=True),
    )
    return found.with_columns(mask=_mask(found["flags"]), fate=_fate())


def _logged(before: pl.Expr) -> pl.Expr:
    """The leading time, naive."""
    return before.str.head(19).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")


def _fate() -> pl.Expr:
    """What the line is, by its result word; empty for a line that has none."""
    return pl.col("word").replace_strict(_FATES, default=None, return_dtype=pl.String)


def _tokens(records: pl.DataFrame, keep: frozenset[str]) -> pl.DataFrame:
    """Every line's tokens: the quick way where it proves itself, the other way for the rest."""
    quick = _split(records)
    doubtful = quick.filter(~pl.col("sure")).select("record_no", "line")
    if doubtful.is_empty():
        return quick.select(*_COLUMNS, next=pl.lit(None, pl.String))
    searched = _search(doubtful)
    searched = searched.with_columns(next=pl.when(pl.col("fate").is_not_null()).then(pl.col("after").str.extract(_NEXT)))
    cut = searched.with_columns(after=pl.col("after").str.strip_suffix(pl.col("next").fill_null("")))
    found = bracketed.kept(cut, (*_ALL_TOKENS, "msg"), keep, _RESULT)
    return pl.concat([quick.filter("sure").select(*_COLUMNS, next=pl.lit(None, pl.String)), found.select(*_COLUMNS, "next")])


def _extra(frame: pl.DataFrame) -> pl.Series:
    """Tokens without a column as JSON. Few different ones stand in one log, so each is written once."""
    fields = frame.select(pl.col("ACT", "BINF"))
    distinct = fields.unique()
    objects = [{name.lower(): value for name, value in row.items() if value} for row in distinct.iter_rows(named=True)]
    written = pl.Series([json.dumps(fields, ensure_ascii=False) if fields else None for fields in objects], dtype=pl.String)
    return fields.join(distinct.with_columns(extra=written), on=["ACT", "BINF"], how="left", nulls_equal=True, maintain_order="left")["extra"]


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


def _codes(frame: pl.DataFrame) -> pl.DataFrame:
    """`code_raw` and `code_system` of receipts: a GSM code of the operator's own, Kannel's NACK, else the connection's `err`."""
    special = pl.col("META").str.contains("dlr_err=%03", literal=True) & ~pl.col("META").str.contains("dlr_err=%03%00%00", literal=True)
    special = special.fill_null(False) | (pl.col("mask") == 16).fill_null(False)
    plain = frame.select(code_raw="err", code_system=pl.when(pl.col("err").is_not_null()).then(pl.lit("smpp")))
    places = frame.select(special).to_series()
    if not places.any():
        return plain
    network = pl.col("META").str.extract_groups(r"dlr_err=%03%(?P<high>[0-9A-Fa-f]{2})%(?P<low>[0-9A-Fa-f]{2})")
    gsm = (network.struct["high"] + network.struct["low"]).str.to_integer(base=16, strict=False)
    own = (gsm > 0) & (gsm != pl.col("err").str.to_integer(strict=False)).fill_null(True)
    nack = _TEXT.str.extract(r"^NACK/(0x[0-9A-Fa-f]+)")
    found = frame.filter(places).select(
        code_raw=pl.when(own).then(gsm.cast(pl.String)).otherwise(pl.coalesce("err", nack)),
        code_system=pl.when(own)
        .then(pl.lit("map"))
        .when(pl.col("err").is_not_null())
        .then(pl.lit("smpp"))
        .when(nack.is_not_null())
        .then(pl.lit("smpp_command_status")),
    )
    return plain.select(plain[name].scatter(places.arg_true(), found[name]) for name in plain.columns)


def told(frame: pl.DataFrame) -> pl.DataFrame:
    """What receipts say, from their `text`, `mask` and `META`: columns of a reading, and `kept`, the text without what is message text."""
    read = receipt_text.read(frame["text"])
    frame = frame.select("text", "mask", "META").hstack(read.drop("id"))
    frame = frame.hstack(_codes(frame))
    by_mask = pl.col("mask").replace_strict(MASK_STATUSES, default="unrecognised", return_dtype=STATUS).fill_null("unrecognised")
    # The two words that Kannel puts in place of a text; their tail is the gateway's or the operator's own explanation, never a message. Behind any
    # other mask the same word begins a message's text.
    word_of_mask = pl.col("mask").replace_strict(_OWN_MASKS, default=None, return_dtype=pl.String)
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


def _receipts(frame: pl.DataFrame) -> pl.DataFrame:
    said = told(frame)
    return frame.select(**_shared(), kind=pl.lit("receipt", READING["kind"]), raw=_raw(pl.lit(said["kept"]))).hstack(said.drop("kept"))


def _incoming(frame: pl.DataFrame) -> pl.Series:
    """Black list lines about incoming messages: they went to a short number of ours."""
    listed = frame["word"].str.starts_with("REJECTED").fill_null(value=False)
    return listed & frame["to"].str.contains(r"^\+?\d{3,6}$").fill_null(value=False) if listed.any() else listed


def _several(records: pl.DataFrame, keep: frozenset[str]) -> pl.DataFrame:
    """The tokens of all records, in order. Where a line break was lost, a line holds several: each of them is an event of its own."""
    found, rest, number = [], records, 1
    while number == 1 or (rest.height and number < _MOST_RECORDS):
        frame = _tokens(rest, keep).with_columns(event_no=pl.lit(number if number > 1 else None, pl.Int16))
        found.append(frame.drop("next"))
        rest, number = frame.select("record_no", line="next").drop_nulls("line"), number + 1
    return pl.concat(found)


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch of access log lines."""
    frame = _several(records, context.keep)
    if "BINF" not in context.keep:
        frame = bracketed.with_token(frame, "BINF", bracketed.per_value(frame["BINF"]))
    if "META" not in context.keep:
        # The codes are read from it, so its own column stays as it was.
        frame = bracketed.with_token(frame, "META", bracketed.meta(frame["META"])).with_columns(frame["META"])
    frame = with_long_message(frame.with_columns(extra=_extra(frame)))
    readable = pl.col("fate").is_not_null() & (_TEXT.is_not_null() | (pl.col("fate") == "skipped"))
    incoming = pl.lit(_incoming(frame))
    submissions = frame.filter(readable & (pl.col("fate") == "submission") & ~incoming)
    receipts = frame.filter(readable & (pl.col("fate") == "receipt"))
    other = frame.filter(readable & ((pl.col("fate") == "skipped") | incoming))
    rest = frame.filter(~readable)
    if (frame["event_no"] > 1).any():
        # A line of several records is read if one of them is, skipped if one of them is.
        read = pl.concat([submissions.select("record_no"), receipts.select("record_no")])
        other = other.join(read, on="record_no", how="anti").unique("record_no", keep="first", maintain_order=True)
        rest = rest.join(pl.concat([read, other.select("record_no")]), on="record_no", how="anti").unique("record_no", keep="first")
    foreign = _LINE.str.contains(_OTHER_LINE)
    return Parsed(
        readings=pl.concat([_submissions(submissions), _receipts(receipts)], how="diagonal_relaxed"),
        skipped=pl.concat(
            [other.select("record_no", "logged", feed="SMSC"), rest.filter(foreign).select("record_no", logged=_logged(_LINE))], how="diagonal"
        ),
        rejected=rejected(
            rest.filter(~foreign), "line", "kannel_line", "not a line of a Kannel access log: no known result word in front of its tokens"
        ),
    )


def claims(records: pl.DataFrame) -> int:
    """Lines with one of Kannel's result words in front of its tokens."""
    return int(records["line"].str.contains(_OWN_LINE).sum())


FORMAT: Final = Format(
    name="kannel",
    title="Kannel bearerbox access log",
    claims=claims,
    parse=parse,
    begins=rf"^(?:\d{{4}}-\d\d-\d\d |{_RESULT} |Log )",
    unfinished=_LINE.str.extract(r"\[msg:(\d+):").cast(pl.UInt32, strict=False)
    > _LINE.str.len_bytes() - _LINE.str.extract(r"^(.*?\[msg:\d+:)").str.len_bytes(),
    code_systems=("map", "smpp", "smpp_command_status"),
)
