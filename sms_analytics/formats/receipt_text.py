"""The SMPP receipt text (`id:... stat:... err:...`), as it stands in many formats' fields and log lines.

The shape is Appendix B of SMPP 3.4; the deviations that are read are listed in `formats/smpp.py`. Keys are found by name in any order and
any letter case, a value ends where the next key begins, and everything behind `text:` is message text: masked, never looked at.
"""

from typing import Final, cast

import polars as pl

from sms_analytics.formats.base import MASK, NAIVE
from sms_analytics.formats.description import Says, Words
from sms_analytics.vocabulary import STATUSES, Status

STATUS: Final = pl.Enum(list(STATUSES))

#: Words of `stat`, upper case, as 3.4 has them and as they were seen; numbers are left out on purpose (0 is "delivered" at one operator
#: and SCHEDULED in SMPP 5.0), so they come out as `unrecognised` and a feed's own table may say more.
STATUS_WORDS: Final[dict[str, str]] = {
    "SCHEDULED": "scheduled",
    "SCHEDLD": "scheduled",
    "ENROUTE": "submitted",
    "SENT": "submitted",
    "ACCEPTD": "accepted",
    "ACCEPTED": "accepted",
    "ACKED": "accepted",  # mblox: taken over by the operator, intermediate
    "BUFFRED": "buffered",
    "BUFFERD": "buffered",
    "BUFFERED": "buffered",
    "DELIVRD": "delivered",
    "DELIVERD": "delivered",
    "DELIVERED": "delivered",
    "EXPIRED": "expired",
    # Who deleted it is not said: a remote SMSC does so for dead numbers (Sinch), and our own cancel shows on the submission's side.
    "DELETED": "undelivered",
    "UNDELIV": "undelivered",
    "UNDELIVERED": "undelivered",
    "UNDELIVERABLE": "undelivered",
    "FAILED": "undelivered",
    "BARRED": "undelivered",  # PSWinCom
    "BARREDA": "undelivered",  # PSWinCom, premium: age
    "ZEROBAL": "undelivered",  # PSWinCom, premium: balance
    "REJECTD": "rejected",
    "REJECTED": "rejected",
    "SKIPPED": "rejected",
    "NACK": "rejected",  # Messente
    "CANCELLED": "stopped",
    "CANCELED": "stopped",
    "UNKNOWN": "unknown",
    "NULL": "no_report",  # PSWinCom: the operator sent no receipt
}

#: Words that say more than the status.
REASON_WORDS: Final[dict[str, str]] = {
    "BARRED": "subscriber_barred",
    "BARREDA": "age_restricted",
    "ZEROBAL": "insufficient_funds",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
}

#: Both, as a described format takes them.
WORDS: Final[Words] = {word: Says(cast(Status, status), reason=REASON_WORDS.get(word)) for word, status in STATUS_WORDS.items()}

#: TLV 0x0427 message_state, SMPP 3.4 table 5-2 and SMPP 5.0 (0 and 9).
MESSAGE_STATES: Final[dict[str, str]] = {
    "0": "SCHEDULED",
    "1": "ENROUTE",
    "2": "DELIVRD",
    "3": "EXPIRED",
    "4": "DELETED",
    "5": "UNDELIV",
    "6": "ACCEPTD",
    "7": "UNKNOWN",
    "8": "REJECTD",
    "9": "SKIPPED",
}

_KEYS = r"(?:id|sub|dlvrd|submit[\s_]?date|done[\s_]?date|stat|err|text)"
_EDGE = r"(?:^|[^A-Za-z0-9_\-])"
#: What stands between the id and the message text where all keys stand in their usual order.
_STANDARD = r"^sub:[0-9]+ dlvrd:[0-9]+ submit date:(?P<submit>[0-9]+) done date:(?P<done>[0-9]+) stat:(?P<stat>[A-Z]+) err:(?P<err>[0-9A-Za-z]+)$"
_TRAILING = "'\")]};,"


#: A value ends at a blank, a quote or what separates keys in a dump.
_VALUE = r"[^\s'\";,|]"


def _value(key: str) -> str:
    return rf"(?i){_EDGE}{key}:\s*({_VALUE}*)"


def _head(texts: pl.Expr) -> pl.Expr:
    """What stands before the message text."""
    return texts.str.replace(rf"(?is){_EDGE}text:.*$", "")


def masked(texts: pl.Series) -> pl.Series:
    """The receipt texts with their message text replaced: what stands behind `text:` or, without that key, behind the last key's value.

    A text that does not begin with a key was not whole: what stands before its first one is message text too.
    """
    text, rest = pl.col("text"), pl.col("rest")
    marked = text.str.contains(rf"(?i){_EDGE}text:")
    frame = texts.to_frame("text").with_columns(rest=text.str.extract(rf"(?is)^.*{_EDGE}{_KEYS}:\s*{_VALUE}*(.*)$"))
    unmarked = pl.concat_str(text.str.strip_suffix(rest), pl.lit(f" {MASK}"))
    behind = (
        pl.when(marked)
        .then(text.str.replace(rf"(?is)({_EDGE}text:)\s*\S.*$", "${1}" + MASK))
        .when(rest.str.contains(r"[\p{L}\p{N}]"))
        .then(unmarked)
        .otherwise(text)
    )
    broken = rest.is_not_null() & ~text.str.contains(rf"(?i)^[^\p{{L}}\p{{N}}]*{_KEYS}:")
    return frame.select(pl.when(broken).then(behind.str.replace(rf"(?is)^.*?({_EDGE}{_KEYS}:)", MASK + "${1}")).otherwise(behind)).to_series()


def status_of(stat: pl.Expr) -> pl.Expr:
    """The canonical status of a `stat` word in any case; `unrecognised` for a word (or a lack of one) that the table does not have."""
    return stat.str.to_uppercase().replace_strict(STATUS_WORDS, default="unrecognised", return_dtype=STATUS).fill_null("unrecognised")


def _fields(texts: pl.Series) -> pl.DataFrame:
    """`id, submit, done, stat, err` as written, in any order and any case; empty values as null."""
    head = texts.to_frame("text").select(head=_head(pl.col("text")))
    column = pl.col("head")
    next_key = rf"(?i){_EDGE}id:\s*({_VALUE}+)[\s;,|]+{_KEYS}\s*:"
    found = head.select(
        id=pl.coalesce(column.str.extract(next_key), column.str.extract(_value("id"))),
        submit=column.str.extract(_value(r"submit[\s_]?date")),
        done=column.str.extract(_value(r"done[\s_]?date")),
        stat=column.str.extract(rf"(?i){_EDGE}stat:\s*(\w+:?)"),
        err=column.str.extract(_value("err")),
    ).with_columns(pl.all().str.strip_chars_end(_TRAILING))
    # An empty value must not swallow the next key.
    swallowed = r"(?i)^(?:(?:id|sub|dlvrd|stat|err|text|submit_?date|done_?date):|submit$|done$|$)"
    return found.select(pl.when(~pl.col(name).str.contains(swallowed)).then(name).alias(name) for name in found.columns)


def read_dates(written: pl.Series) -> pl.DataFrame:
    """`local` (naive, the receipt's clock) or `utc` (where the text states its offset), and `precision`; all null for what is no date.

    Read are `YYMMDDhhmm`, `YYMMDDhhmmss`, `YYYYMMDDhhmm`, `YYYYMMDDhhmmss` and the absolute time of SMPP 3.4 section 7.1.1
    (`YYMMDDhhmmsstnnp`). Zeros mean "none". 12 digits are read with a two-digit year where that is a date.
    """
    distinct = written.unique().drop_nulls().to_frame("written")
    text = pl.col("written")
    digits = text.str.contains(r"^\d+$") & ~text.str.contains(r"^0+$")
    size = text.str.len_bytes()

    def at(length: int, form: str) -> pl.Expr:
        return pl.when(digits & (size == length)).then(text).str.to_datetime(form, strict=False, time_unit="us")

    absolute = text.str.extract_groups(r"^(?P<moment>\d{12})(?P<tenth>\d)(?P<quarters>\d{2})(?P<sign>[+-])$")
    offset = absolute.struct["quarters"].cast(pl.Int64, strict=False) * 15 * pl.when(absolute.struct["sign"] == "-").then(-1).otherwise(1)
    # A four-digit year is read with its digits set apart: without separators the parser takes five digits for the year.
    whole_year = text.str.replace(r"^(\d{4})", "${1}-")
    short = at(12, "%y%m%d%H%M%S")
    found = distinct.select(
        "written",
        local=pl.coalesce(
            at(10, "%y%m%d%H%M"),
            short,
            pl.when(digits & (size == 12)).then(whole_year).str.to_datetime("%Y-%m%d%H%M", strict=False, time_unit="us"),
            pl.when(digits & (size == 14)).then(whole_year).str.to_datetime("%Y-%m%d%H%M%S", strict=False, time_unit="us"),
        ),
        utc=absolute.struct["moment"].str.to_datetime("%y%m%d%H%M%S", strict=False, time_unit="us")
        + pl.duration(milliseconds=absolute.struct["tenth"].cast(pl.Int64, strict=False) * 100)
        - pl.duration(minutes=offset),
        to_the_minute=(size == 10) | ((size == 12) & short.is_null()),
    )
    table = found.with_columns(
        precision=pl.when(pl.coalesce("local", "utc").is_not_null()).then(pl.when("to_the_minute").then(pl.lit("minute")).otherwise(pl.lit("second")))
    )
    return written.to_frame("written").join(table, on="written", how="left", maintain_order="left").select("local", "utc", "precision")


def _is_receipt(fields: pl.DataFrame, texts: pl.Series) -> pl.Series:
    """A `stat`, or an id and any other key. Nearly all texts have a `stat`, so only the others are searched."""
    said = fields["stat"].is_not_null()
    if said.all():
        return said
    others = fields.filter(~said).with_columns(text=texts.filter(~said))
    any_key = pl.any_horizontal(pl.col("submit", "done", "err").is_not_null()) | pl.col("text").str.contains(rf"(?i){_EDGE}(?:sub|dlvrd):")
    return said.scatter((~said).arg_true(), others.select(pl.col("id").is_not_null() & any_key).to_series())


def _told(fields: pl.DataFrame) -> pl.DataFrame:
    """What `submit, done, stat, err` mean, as `read` has it."""
    submit, done = read_dates(fields["submit"]), read_dates(fields["done"])
    stat = pl.col("stat")
    return fields.select(
        "stat",
        status=status_of(stat),
        reason=stat.str.to_uppercase().replace_strict(REASON_WORDS, default=None, return_dtype=pl.String),
        err="err",
        submit=submit["local"].cast(NAIVE),
        done=done["local"].cast(NAIVE),
        submit_utc=submit["utc"].cast(NAIVE),
        done_utc=done["utc"].cast(NAIVE),
        precision=done["precision"],
    )


def _halves(texts: pl.Series, separator: str) -> list[pl.Series]:
    """What stands before the first separator, and behind it (null where there is none)."""
    return texts.str.splitn(separator, 2).struct.unnest().get_columns()


def _usual(texts: pl.Series) -> pl.DataFrame:
    """As `read` for the texts in the usual order, all null for the others. Many receipts differ in their id and message text alone, so what stands
    between is read once for all of them."""
    first, rest = _halves(texts, " ")
    middle, words = _halves(rest, " text:")
    distinct = middle.unique().drop_nulls().to_frame("middle")
    fields = distinct.select("middle", pl.col("middle").str.extract_groups(_STANDARD).struct.unnest()).drop_nulls("stat")
    numbers = middle.replace_strict(fields["middle"], pl.int_range(fields.height, dtype=pl.UInt32, eager=True), default=None, return_dtype=pl.UInt32)
    id = first.str.strip_prefix("id:")
    named = first.str.starts_with("id:") & ~id.str.contains(r"[\s:]|^$")
    numbers = numbers.set(~named.fill_null(value=False), None)
    frame = pl.DataFrame({"text": texts, "first": first, "middle": middle, "words": words, "id": id})
    is_usual = pl.lit(numbers.is_not_null())
    masked = pl.when(pl.col("words") != "").then(pl.concat_str("first", pl.lit(" "), "middle", pl.lit(" text:" + MASK))).otherwise("text")
    return frame.select(is_receipt=is_usual, id=pl.when(is_usual).then("id"), masked=pl.when(is_usual).then(masked)).hstack(_told(fields)[numbers])


def read(texts: pl.Series) -> pl.DataFrame:
    """One row per text: `is_receipt, id, masked, stat, status, reason, err, submit, done, submit_utc, done_utc, precision`.

    `is_receipt` is true for a text with a `stat`, or with an id and any other key of a receipt (its status is then `unrecognised`).
    `submit` and `done` are naive, in the receipt's clock; the `_utc` ones are set instead where the text states its offset.
    """
    usual = _usual(texts)
    odd = ~usual["is_receipt"]
    if not odd.any():
        return usual
    others, places = texts.filter(odd), odd.arg_true()
    fields = _fields(others)
    found = _told(fields).with_columns(_is_receipt(fields, others).alias("is_receipt"), fields["id"], masked(others).alias("masked"))
    return usual.with_columns(usual[name].scatter(places, found[name]) for name in usual.columns)
