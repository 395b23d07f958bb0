"""Phone numbers made unreadable for everything but the support lookup: `+4740000001` becomes `+47 4•• •• •01`.

The calling code, the first digit and the last two stay: enough to tell a handful of numbers apart, too little to call one of them.
"""

import re
from collections.abc import Iterable
from typing import Final

import polars as pl

#: What stands for a digit.
DOT: Final = "•"

#: Calling codes of one and two digits (ITU-T E.164, annex to Operational Bulletin 930); every other one has three.
_CALLING_CODE: Final = r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}"
_NUMBER: Final = rf"^\+({_CALLING_CODE})(\d)(\d{{3,}})(\d\d)$"
#: Everything else written in a recipient's place can be a number too, or a name.
_SIGN: Final = r"[\p{L}\p{N}]"
_LAST_TWO: Final = rf"^(.*?)({_SIGN}[^\p{{L}}\p{{N}}]*{_SIGN}[^\p{{L}}\p{{N}}]*)$"
#: Texts that begin or end with so much of a number hold it.
_ENOUGH_DIGITS: Final = 7
#: Columns that can repeat a number.
_REPEATING: Final = ("message_key", "message_id", "message_ref", "client_ref", "detail")


def _grouped(digits: pl.Expr) -> pl.Expr:
    """National digits in groups: 3 2 3 for eight of them, as in Norway, else by three without a single one at the end."""
    by_three = digits.str.replace_all("(.{3})", "${1} ").str.strip_chars_end().str.replace(" (.)$", "${1}")
    return pl.when(digits.str.len_chars() == 8).then(digits.str.replace("^(.{3})(.{2})", "${1} ${2} ")).otherwise(by_three)


def masked_column(numbers: pl.Series) -> pl.Series:
    """The numbers masked, null where there is none; what is no number in E.164 keeps its last two letters or digits, and none of four or fewer."""
    text = pl.col("number")
    parts = text.str.extract_groups(_NUMBER)
    first, middle, last = (parts.struct.field(str(number)) for number in (2, 3, 4))
    national = pl.concat_str(first, middle.str.replace_all(r"\d", DOT), last)
    tail = text.str.extract_groups(_LAST_TWO)
    head = pl.coalesce(tail.struct.field("1"), text).str.replace_all(_SIGN, DOT)
    short = text.str.count_matches(_SIGN) <= 4
    other = pl.when(short).then(text.str.replace_all(_SIGN, DOT)).otherwise(pl.concat_str(head, tail.struct.field("2")))
    e164 = pl.concat_str(pl.lit("+"), parts.struct.field("1"), pl.lit(" "), _grouped(national))
    return numbers.to_frame("number").select(pl.coalesce(e164, other)).to_series().alias(numbers.name)


def masked(number: str) -> str:
    """One number masked; see `masked_column`."""
    return str(masked_column(pl.Series([number], dtype=pl.String))[0])


def are_numbers(senders: pl.Expr) -> pl.Expr:
    """Which of these texts can be a person's number, however it is written: seven digits or more, and no letter but a scheme's or an extension's.

    Names and short numbers are none.
    """
    bare = senders.str.replace(r"(?i)^\s*(?:tel|sms|whatsapp|sip):", "").str.replace(r"(?i)(?:[;@]| *(?:ext|x)\.? *\d{1,6}$).*$", "")
    return (bare.str.count_matches(r"\p{Nd}") >= _ENOUGH_DIGITS) & ~bare.str.contains(r"\p{L}")


def masked_senders(senders: pl.Series) -> pl.Series:
    """Senders that can be a person's number masked as recipients are; names and short numbers as they are."""
    both = pl.DataFrame({"sender": senders, "masked": masked_column(senders)})
    return both.select(pl.when(are_numbers(pl.col("sender"))).then("masked").otherwise("sender")).to_series().alias(senders.name)


def masked_sender(sender: str) -> str:
    """One sender, or what somebody typed in the place of a number; see `masked_senders`."""
    return str(masked_senders(pl.Series([sender], dtype=pl.String))[0])


def masked_text(text: str, numbers: Iterable[str | None]) -> str:
    """A line of a log with these numbers masked however they are spaced, and every number with a `+`."""
    for number in numbers:
        digits = re.sub(r"\D", "", number or "")[-_ENOUGH_DIGITS:]
        if len(digits) == _ENOUGH_DIGITS:
            text = re.sub(r"\+?(?:\d[ .-]?)*" + "[ .-]?".join(digits) + r"(?!\d)", masked(number or ""), text)
    return re.sub(r"\+\d{8,15}", lambda found: masked(found[0]), text)


def masked_messages(messages: pl.DataFrame) -> pl.DataFrame:
    """Rows of `messages` with recipients and senders masked, also where another column repeats one (a reference made of both)."""
    hidden = masked_column(messages["recipient"])
    repeats = [_without(messages[name], messages["recipient"], hidden) for name in _REPEATING]
    if "sender" not in messages.columns:
        return messages.with_columns(hidden.alias("recipient"), *repeats)
    people = messages.select(pl.when(are_numbers(pl.col("sender"))).then("sender")).to_series()
    repeats = [_without(texts, people, masked_column(people)) for texts in repeats]
    return messages.with_columns(hidden.alias("recipient"), masked_senders(messages["sender"]).alias("sender"), *repeats)


def _without(texts: pl.Series, numbers: pl.Series, hidden: pl.Series) -> pl.Series:
    digits = numbers.str.replace_all(r"\D", "").str.tail(_ENOUGH_DIGITS)
    both = pl.DataFrame({"text": texts, "digits": digits})
    holds = pl.col("text").str.contains(pl.col("digits"), literal=True) & (pl.col("digits").str.len_chars() == _ENOUGH_DIGITS)
    places = both.select(holds.fill_null(value=False)).to_series().arg_true()
    cleaned = [
        re.sub(rf"\+?\d*{digits}", mask, text)
        for text, digits, mask in zip(texts.gather(places), digits.gather(places), hidden.gather(places), strict=True)
    ]
    return texts.scatter(places, cleaned) if cleaned else texts
