"""The tokens of a line of Kannel's access log: its result word, `[SMSC:...]`, `[FID:...]`, `[msg:...]`, in the default layout or any other."""

from typing import Final

import polars as pl

from sms_analytics.events.readings import MASK, NAIVE
from sms_analytics.formats.engine import bracketed, digit_times

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

#: Tokens of the default layout in order; `msg` and `udh` follow.
TOKENS: Final = ("SMSC", "SVC", "ACT", "BINF", "FID", "META", "from", "to", "flags")
RESULT: Final = "(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
#: What may stand in front of the result word: the log's own time, others of a layout of one's own (%t, %T), and tokens in brackets. `access-log-clean`
#: leaves all of it out.
_TIMES: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?|\d{9,10}"
_MOMENT: Final = rf"{_TIMES}|\[[^\[\]]*\]"
_BEFORE: Final = rf"(?:(?:{_MOMENT})[,;]? +){{0,4}}"
OWN_LINE: Final = rf"^{_BEFORE}\[?{RESULT}\]? .*\[(?:SMSC|FID|from|to|msg):"
#: A line behind words of another program.
OPENING: Final = rf"(?:(?:{_TIMES})[,;]? +){{0,4}}\b{RESULT} \[(?:SMSC|SVC|FID|from|to|msg):"
#: The log's times and result word, in front of the tokens.
_BEGINNING: Final = rf"{_BEFORE}\[?{RESULT}\]? "
#: Another record behind the end of one.
_NEXT: Final = rf"(?s)^\](?: \[[A-Za-z_]{{1,20}}:[^\[\]]*\])*\s*({_BEFORE}\[?{RESULT}\]? .*\[(?:SMSC|FID|from|to|msg):.*)$"
#: Records of one line.
_MOST_RECORDS: Final = 100
#: Log markers of bearerbox and the lines of smsbox's own access log.
OTHER_LINE: Final = (
    r"^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )?(?:Log (?:begins|ends)|.*Logfile (?:opened|closed)|send-SMS request|SMS HTTP-request|.*<send-SMS request)"
)

#: What becomes of a line with each result word.
_FATES: Final = dict.fromkeys(SUBMISSION_WORDS, "submission") | dict.fromkeys(RECEIPT_WORDS, "receipt") | dict.fromkeys(SKIPPED_WORDS, "skipped")

_LINE = pl.col("line")
_TEXT = pl.col("text")
#: A line is `front`, the message text, `after`.
_COLUMNS: Final = ("record_no", "line", "logged", "logged_utc", "fate", "word", *TOKENS[:-1], "mask", "udh", "front", "text", "after")
#: What follows a text whose length is not logged: tokens and nothing else, to the end of the line.
_TOKENS_BEHIND: Final = r"(?s)\](?: \[[A-Za-z_]{1,20}:[^\[\]]*\])*\s*$"
_KNOWN: Final = rf"\[({'|'.join((*TOKENS, 'udh', 'ID'))}):"
_ANY_TOKEN: Final = r"\[[A-Za-z_]{1,20}:[^\[\]]*\]"
#: Marks a token for a moment: of the private use area, which logs do not use.
_MARK: Final = "\ue000"
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
    pieces = ["stem", *TOKENS[1:], "body"]
    cut = records.select("record_no", "line", _LINE.str.splitn("] [", len(pieces)).struct.rename_fields(pieces).struct.unnest())
    stem = pl.col("stem").str.splitn(" [SMSC:", 2).struct.rename_fields(["before", "SMSC"]).struct.unnest()
    whole = pl.col("body").str.strip_suffix(_END)
    body = whole.str.splitn(":", 3).struct.rename_fields(["msg", "size", "text"]).struct.unnest()
    named = cut.with_columns(stem, body, ends=pl.col("body").str.len_bytes() - whole.str.len_bytes() == len(_END))
    stripped = named.with_columns(
        mask=_mask(named["flags"]),
        in_place=pl.all_horizontal(pl.col(name).str.starts_with(f"{name}:") for name in TOKENS[1:]),
        **{name: _value(named[name]) for name in TOKENS[1:-1]},
    )
    return (
        stripped.with_columns(
            logged=logged(pl.col("before")),
            logged_utc=pl.lit(None, NAIVE),
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
    """The same columns for any layout: the text is cut out by its length first, or to where tokens follow; the others are then looked for one by one."""
    halves = records.select("record_no", "line", _LINE.str.splitn("[msg:", 2).struct.rename_fields(["before", "tail"]).struct.unnest())
    sized = halves.with_columns(size=pl.col("tail").str.extract(r"^(\d+):")).with_columns(rest=pl.col("tail").str.replace(r"^\d+:", ""))
    rest, size = pl.col("rest"), pl.col("size").cast(pl.UInt32, strict=False)
    # The length counts bytes of the log as it was written, which are characters once a Latin-1 log was decoded.
    written = rest.cast(pl.Binary)
    behind = written.bin.slice(size, 1)
    # A length that ends within a character is none in bytes.
    within = (behind >= pl.lit(b"\x80")) & (behind < pl.lit(b"\xc0"))
    by_bytes = pl.when(~within).then(written.bin.slice(0, size)).cast(pl.String)
    by_characters = rest.str.slice(0, size)
    # Where it fits neither way (text altered since), or the layout has no length, the text ends where nothing but tokens follows.
    by_token = rest.str.replace(_TOKENS_BEHIND, "")

    def fits(text: pl.Expr) -> pl.Expr:
        return rest.str.starts_with(text + pl.lit("]"))

    cut = sized.with_columns(text=pl.when(fits(by_bytes)).then(by_bytes).when(fits(by_characters)).then(by_characters).otherwise(by_token))
    around = cut.with_columns(after=rest.str.strip_prefix(_TEXT)).with_columns(tokens=pl.col("before") + pl.col("after").fill_null(""))
    tokens = {name: pl.col("tokens").str.extract(rf"\[{name}:([^\]]*)\]") for name in (*TOKENS, "udh")}
    # Without a length nothing proves that a token behind the text is none of the text's own words.
    marked = pl.col("after").str.replace_all(_KNOWN, f"[{_MARK}${{1}}:").str.replace_all(_ANY_TOKEN, f"[{MASK}]").str.replace_all(_MARK, "")
    kept = pl.when(pl.col("size").is_null()).then(marked).otherwise("after")
    found = around.with_columns(
        **tokens,
        **_first_time(),
        word=pl.col("before").str.extract(rf"^{_BEFORE}\[?({RESULT})\]? "),
        front=pl.concat_str("before", pl.lit("[msg:"), pl.col("size") + pl.lit(":"), ignore_nulls=True),
        after=kept,
    )
    return found.with_columns(mask=_mask(found["flags"]), fate=_fate())


def logged(before: pl.Expr) -> pl.Expr:
    """The leading time, naive."""
    return before.str.head(19).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")


#: Unix seconds of the years 2000 to 2040: other numbers of as many digits are no time.
_EPOCHS: Final = (946_684_800, 2_240_524_799)


def _first_time() -> dict[str, pl.Expr]:
    """`logged`, or `logged_utc` where it tells: the first time of the line, which the log itself writes; others behind it are of the layout."""
    first = pl.col("before").str.extract(rf"^(?:\[[^\[\]]*\] +)*\[?({_TIMES})").str.replace("T", " ", literal=True)
    moment = logged(first)
    written_offset = first.str.extract(r"((?:Z|UTC|[+-]\d\d:?\d\d))$")
    seconds = first.str.extract(r"^(\d{9,10})$").cast(pl.Int64, strict=False)
    epoch = pl.from_epoch(pl.when(seconds.is_between(*_EPOCHS)).then(seconds) * 1_000_000, time_unit="us").cast(NAIVE)
    utc = moment - pl.duration(minutes=digit_times.offset_minutes(written_offset))
    return {"logged": pl.when(written_offset.is_null()).then(moment).cast(NAIVE), "logged_utc": pl.coalesce(utc, epoch).cast(NAIVE)}


def _fate() -> pl.Expr:
    """What the line is, by its result word; empty for a line that has none."""
    return pl.col("word").replace_strict(_FATES, default=None, return_dtype=pl.String)


def _read(records: pl.DataFrame, keep: frozenset[str]) -> pl.DataFrame:
    """Every line's first record: the quick way where it proves itself, the other way for the rest. `next` is what stands behind its end."""
    quick = _split(records)
    doubtful = quick.filter(~pl.col("sure")).select("record_no", "line")
    none = pl.lit(None, pl.String)
    if doubtful.is_empty():
        return quick.select(*_COLUMNS, next=none)
    searched = _search(doubtful)
    searched = searched.with_columns(next=pl.when(pl.col("fate").is_not_null()).then(pl.col("after").str.extract(_NEXT)))
    cut = searched.with_columns(after=pl.col("after").str.strip_suffix(pl.col("next").fill_null("")))
    found = bracketed.kept(cut, (*TOKENS, "udh", "ID", "msg"), keep, beginning=_BEGINNING, words=RESULT)
    return pl.concat([quick.filter("sure").select(*_COLUMNS, next=none), found.select(*_COLUMNS, "next")])


def read(records: pl.DataFrame, keep: frozenset[str]) -> pl.DataFrame:
    """The tokens of all records, one row each (`_COLUMNS`, `event_no`; `fate` empty for a line that has no result word).

    Where a line break was lost, a line holds several records: each of them is an event of its own. Tokens that are neither Kannel's nor in `keep` are
    masked in `front` and `after`, which are the line around its message text.
    """
    found, rest, number = [], records, 1
    while number == 1 or (rest.height and number < _MOST_RECORDS):
        frame = _read(rest, keep).with_columns(event_no=pl.lit(number if number > 1 else None, pl.Int16))
        found.append(frame.drop("next"))
        rest, number = frame.select("record_no", line="next").drop_nulls("line"), number + 1
    return pl.concat(found)
