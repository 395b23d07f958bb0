"""The SMPP receipt text (`id:... stat:... err:...`), as it stands in many formats' fields and log lines.

The shape is Appendix B of SMPP 3.4; the deviations that are read are listed in `formats/smpp.py`. Keys are found by name in any order and
any letter case, with any white space or line breaks between them, and a value ends where the next key begins. Everything behind `text:` is message
text: masked, never looked at. Only where the status or the id does not stand before it, the keys at the very end stand behind the message text.
"""

import re
from typing import Final, cast

import polars as pl

from sms_analytics.events import reason_texts
from sms_analytics.events.readings import MASK, NAIVE, READING
from sms_analytics.formats.engine import written_times
from sms_analytics.formats.engine.description import Says, Words
from sms_analytics.vocabulary import STATUSES, Status

STATUS: Final = pl.Enum(list(STATUSES))

#: Words of `stat`, upper case, as 3.4 has them and as they were seen; numbers are left out on purpose (0 is "delivered" at one operator
#: and SCHEDULED in SMPP 5.0), so they come out as `unrecognised` and a feed's own table may say more.
STATUS_WORDS: Final[dict[str, str]] = {
    "SCHEDULED": "scheduled",
    "SCHEDLD": "scheduled",
    "QUEUED": "queued",
    "PENDING": "submitted",
    "SUBMITTED": "submitted",
    "SUBMITD": "submitted",
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
    "DLVRD": "delivered",
    "EXPIRD": "expired",
    "EXPIRED": "expired",
    # Who deleted it is not said: a remote SMSC does so for dead numbers (Sinch), and our own cancel shows on the submission's side.
    "DELETED": "undelivered",
    "DELETD": "undelivered",
    "UNDELIV": "undelivered",
    "UNDELIVRD": "undelivered",
    "UNDELIVERD": "undelivered",
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

#: Words that stand as the first piece of a longer one, or behind a prefix, beside the words above: `EXP-103`, `DND_REJECTED`.
_PIECES: Final[dict[str, str]] = {
    "EXP": "expired",
    "UNDEL": "undelivered",
    "FAIL": "undelivered",
    "FAILURE": "undelivered",
    "ERROR": "undelivered",
    "SPAM": "rejected",
    "FILTERED": "rejected",
    "DELIVERED": "delivered",
    "REJ": "rejected",
    "REJECT": "rejected",
    "BLOCKED": "rejected",
    "CANCEL": "stopped",
}
#: Pieces that say that the recipient wants none, whatever stands beside them.
_OPTED_OUT: Final = frozenset({"DND", "NDNC", "NCPR", "BLACKLIST", "BLACKLISTED", "BLOCKLIST", "BLOCKLISTED", "OPTOUT", "UNSUBSCRIBED", "DNC"})
_NOT: Final = frozenset({"NOT", "NON", "UN", "NO"})
#: What a word for success may stand behind without being denied or put off.
_CARRIERS: Final = frozenset({"MT", "SMS", "MSG", "MESSAGE", "DLR", "SMSC", "SM", "STAT", "STATUS", "FINAL"})
_BAD: Final = ("undelivered", "expired", "rejected", "stopped")

#: Whom a message reached that is no phone: `DELIVERED_TO_OPERATOR` is good news from the network alone.
_NO_PHONE: Final = frozenset({"OPERATOR", "NETWORK", "CARRIER", "SMSC", "GATEWAY", "SUPPLIER", "PROVIDER", "AGGREGATOR"})

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

_DATE: Final = r"(?:submit|done)[\s_]?date"
_OWN_KEYS: Final = rf"(?:id|sub|dlvrd|{_DATE}|stat|err)"
_KEYS: Final = rf"(?:{_OWN_KEYS}|text)"
#: A line break may be written out, as in JSON or in Python's notation.
_EDGE: Final = r"(?:^|[^A-Za-z0-9_\-]|\\[nrt])"
_GAP: Final = r"(?:[\s;,|]|\\[nrt])+"
#: What stands between the id and the message text where all keys stand in their usual order.
_STANDARD: Final = (
    r"^sub:[0-9]+ dlvrd:[0-9]+ submit date:(?P<submit>[0-9]+) done date:(?P<done>[0-9]+) stat:(?P<stat>[A-Z]+) err:(?P<err>[0-9A-Za-z]+)$"
)
_TRAILING: Final = "'\")]};,"

#: A value ends at a blank, a quote, an escaped line break or what separates keys in a dump.
_VALUE: Final = r"[^\s'\";,|\\]"
_PAIR: Final = rf"{_OWN_KEYS}\s?:\s*{_VALUE}+"
_TEXT_KEY: Final = rf"(?i){_EDGE}text\s?:"
#: Keys behind the message text: a known one, and perhaps others, up to the end.
_BEHIND: Final = rf"(?i)(?:^|{_GAP})({_PAIR}(?:{_GAP}[A-Za-z_]{{1,20}}(?: date)?\s?:\s*{_VALUE}*)*)[^\p{{L}}\p{{N}}]*$"
_STAT: Final = rf"(?i){_EDGE}stat\s?:\s*([\w.\-]+(?::[\w.\-]*)?)"
#: An empty value must not swallow the next key.
_SWALLOWED: Final = r"(?i)^(?:(?:id|sub|dlvrd|stat|err|text|submit_?date|done_?date):|submit$|done$|$)"


def _value(key: str) -> str:
    return rf"(?i){_EDGE}{key}\s?:\s*({_VALUE}*)"


def _date(which: str) -> str:
    """A date's value, which may hold the blank between day and clock, or in front of its offset."""
    day = r"(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d[-/.]\d{4}|\d{8})"
    zone = r"(?:(?:Z|UTC|GMT)\b|[+-]\d\d:?\d\d)"
    clock = rf"{day} \d\d:?\d\d(?::?\d\d)?(?: ?{zone})?|\d{{10,14}} (?:(?:Z|UTC|GMT)|[+-]\d{{4}})\b"
    return rf"(?i){_EDGE}{which}[\s_]?date\s?:\s*({clock}|{_VALUE}*)"


def _has(text: pl.Expr, key: str) -> pl.Expr:
    return text.str.contains(rf"(?i){_EDGE}{key}\s?:\s*\w").fill_null(value=False)


def _around(texts: pl.Series) -> pl.DataFrame:
    """`text`, `head` (what stands before the message text) and `behind` (the receipt's keys behind it, else empty)."""
    frame = texts.to_frame("text").with_columns(head=pl.col("text").str.replace(rf"(?is){_EDGE}text\s?:.*$", ""))
    head = pl.col("head")
    lacks_stat, lacks_id = ~_has(head, "stat"), ~_has(head, "id")
    asked = frame.select((lacks_stat | lacks_id) & pl.col("text").str.contains(_TEXT_KEY)).to_series().fill_null(value=False)
    if not asked.any():
        return frame.with_columns(behind=pl.lit(""))
    few = frame.filter(asked).with_columns(behind=pl.col("text").str.extract(rf"(?is){_EDGE}text\s?:(.*)$").str.extract(_BEHIND))
    behind = pl.col("behind")
    # A message may end in `id:99`: for an id alone another key must stand beside it.
    others = pl.any_horizontal(*[_has(behind, key) for key in ("sub", "dlvrd", _DATE, "err")])
    found = few.select(pl.when((lacks_stat & _has(behind, "stat")) | (~lacks_stat & _has(behind, "id") & others)).then(behind)).to_series()
    nothing = pl.repeat("", frame.height, dtype=pl.String, eager=True)
    return frame.with_columns(behind=nothing.scatter(asked.arg_true(), found.fill_null("")))


def masked(texts: pl.Series) -> pl.Series:
    """The receipt texts with their message text replaced: what stands behind `text:` or, without that key, behind the last key's value.

    A text that does not begin with a key was not whole: what stands before its first one is message text too.
    """
    text, rest = pl.col("text"), pl.col("rest")
    frame = _around(texts).with_columns(rest=pl.col("text").str.extract(rf"(?is)^.*{_EDGE}{_KEYS}\s?:\s*{_VALUE}*(.*)$"))
    unmarked = pl.concat_str(text.str.strip_suffix(rest), pl.lit(f" {MASK}"))
    marked = text.str.replace(rf"(?is)({_EDGE}text\s?:)\s*\S.*$", "${1}" + MASK)
    kept = pl.col("behind").str.extract_all(rf"(?i){_PAIR}").list.join(" ")
    behind = (
        pl.when(pl.col("behind") != "")
        .then(marked + pl.lit(" ") + kept)
        .when(text.str.contains(_TEXT_KEY))
        .then(marked)
        .when(rest.str.contains(r"[\p{L}\p{N}]"))
        .then(unmarked)
        .otherwise(text)
    )
    broken = rest.is_not_null() & ~text.str.contains(rf"(?i)^[^\p{{L}}\p{{N}}]*{_KEYS}\s?:")
    return frame.select(pl.when(broken).then(behind.str.replace(rf"(?is)^.*?({_EDGE}{_KEYS}\s?:)", MASK + "${1}")).otherwise(behind)).to_series()


def _meaning(word: str) -> tuple[str, str | None]:
    """Status and reason of a `stat` word: as it stands, else by its pieces.

    The first piece decides, whatever follows it (`EXP-103`, `FAILED:busy`); behind a prefix that nobody knows (`SMSC_FAILED`) only a bad word does,
    since a good one may stand in a word that denies it.
    """
    whole = word.strip().upper()
    if whole in STATUS_WORDS:
        return STATUS_WORDS[whole], REASON_WORDS.get(whole)
    pieces = re.findall(r"[A-Z]+", whole.partition(":")[0])
    if _OPTED_OUT & set(pieces):
        return "stopped", "recipient_opted_out"
    if not pieces:
        return "unrecognised", None
    return _by_pieces(pieces)


def _by_pieces(pieces: list[str]) -> tuple[str, str | None]:
    first, *others = ((STATUS_WORDS.get(piece) or _PIECES.get(piece), REASON_WORDS.get(piece)) for piece in pieces)
    bad = next((said for said in reversed(others) if said[0] in _BAD), None)
    if first[0] == "delivered" and bad is None and _NO_PHONE & set(pieces[1:]):
        return "accepted", None
    if first[0] is not None:
        # `SENT_FAILED` says two things.
        return (first[0], first[1]) if first[0] in _BAD or bad is None else ("unrecognised", None)
    if ("delivered", None) in others and pieces[0] in _NOT | _CARRIERS:
        return ("undelivered" if pieces[0] in _NOT else "delivered"), None
    reason = reason_texts.reasons(pl.Series([" ".join(pieces).lower()]))[0]
    if reason is not None:
        # `ABSENT_SUBSCRIBER`, `NO_ROUTE`: why it came to nothing.
        return ("stopped" if reason == "recipient_opted_out" else bad[0] if bad is not None and bad[0] is not None else "undelivered"), reason
    return (bad[0] or "unrecognised", bad[1]) if bad is not None else ("unrecognised", None)


def said_by_words(words: pl.Series) -> pl.DataFrame:
    """`status` and `reason` of `stat` words in any case; `unrecognised` for a word that nobody knows, and for none."""
    distinct = words.unique().drop_nulls()
    rows = [(word, *_meaning(word)) for word in distinct]
    known = pl.DataFrame(rows, schema={"word": pl.String, "status": STATUS, "reason": READING["reason"]}, orient="row")
    joined = words.to_frame("word").join(known, on="word", how="left", maintain_order="left")
    return joined.select(pl.col("status").fill_null(pl.lit("unrecognised", STATUS)), pl.col("reason").cast(pl.String))


def system_of(err: pl.Expr) -> pl.Expr:
    """Whose code an `err` is: the connection's, but for the names that Infobip alone uses (`EC_ABSENT_SUBSCRIBER`)."""
    return pl.when(err.str.starts_with("EC_")).then(pl.lit("infobip")).when(err.is_not_null()).then(pl.lit("smpp"))


def _fields(texts: pl.Series) -> pl.DataFrame:
    """`id, submit, done, stat, err` as written, in any order and any case; empty values as null."""
    column = pl.col("all")
    around = _around(texts).select(all=pl.concat_str("head", pl.lit(" "), "behind"))
    next_key = rf"(?i){_EDGE}id\s?:\s*({_VALUE}+){_GAP}{_KEYS}\s*:"
    found = around.select(
        id=pl.coalesce(column.str.extract(next_key), column.str.extract(_value("id"))),
        submit=column.str.extract(_date("submit")),
        done=column.str.extract(_date("done")),
        stat=column.str.extract(_STAT),
        err=column.str.extract(_value("err")),
    ).with_columns(pl.all().str.strip_chars_end(_TRAILING))
    whole = found.select(pl.when(~pl.col(name).str.contains(_SWALLOWED)).then(name).alias(name) for name in found.columns)
    return whole.with_columns(pl.col("stat").str.strip_chars_end(":.-"))


def read_dates(written: pl.Series) -> pl.DataFrame:
    """`local` (naive, the receipt's clock) or `utc` (where the text states its offset), and `precision`; all null for what is no date (zeros mean "none")."""
    return written_times.read(written, written_times.OF_RECEIPTS)


def _is_receipt(fields: pl.DataFrame, texts: pl.Series) -> pl.Series:
    """A `stat`, or an id and any other key. Nearly all texts have a `stat`, so only the others are searched."""
    said = fields["stat"].is_not_null()
    if said.all():
        return said
    others = fields.filter(~said).with_columns(text=texts.filter(~said))
    any_key = pl.any_horizontal(pl.col("submit", "done", "err").is_not_null()) | pl.col("text").str.contains(rf"(?i){_EDGE}(?:sub|dlvrd)\s?:")
    return said.scatter((~said).arg_true(), others.select(pl.col("id").is_not_null() & any_key).to_series())


def _meanings(fields: pl.DataFrame) -> pl.DataFrame:
    """What `submit, done, stat, err` mean, as `read` has it."""
    submit, done = read_dates(fields["submit"]), read_dates(fields["done"])
    said = said_by_words(fields["stat"])
    return fields.select(
        "stat",
        status=said["status"],
        reason=said["reason"],
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
    return frame.select(is_receipt=is_usual, id=pl.when(is_usual).then("id"), masked=pl.when(is_usual).then(masked)).hstack(
        _meanings(fields)[numbers]
    )


def read(texts: pl.Series) -> pl.DataFrame:
    """One row per text: `is_receipt, id, masked, stat, status, reason, err, submit, done, submit_utc, done_utc, precision`.

    `is_receipt` is true for a text with a `stat`, or with an id and any other key of a receipt (its status is then `unrecognised`).
    `submit` and `done` are naive, in the receipt's clock; the `_utc` ones are set instead where the text states its offset.
    """
    usual = _usual(texts)
    unusual = ~usual["is_receipt"]
    if not unusual.any():
        return usual
    others, rows = texts.filter(unusual), unusual.arg_true()
    fields = _fields(others)
    found = _meanings(fields).with_columns(_is_receipt(fields, others).alias("is_receipt"), fields["id"], masked(others).alias("masked"))
    return usual.with_columns(usual[name].scatter(rows, found[name]) for name in usual.columns)
