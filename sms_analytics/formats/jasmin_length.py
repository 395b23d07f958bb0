"""How many SMS a text of Jasmin's log took: its line holds the joined text of all parts, in Python's notation of the bytes that were sent.

The line does not say the data coding, but the bytes show it: the high bytes of UCS-2 are few and stand at every other place, bytes from 0x80 on are
none of the GSM alphabet's. A text that `log_privacy` replaced by its length is taken for one in the GSM alphabet.
"""

from typing import Final

import polars as pl

from sms_analytics.formats.engine import text_length

_END: Final = r"(?s)\](?: \[tlvs:.*)?\s*$"
_QUOTED: Final = r"(?s)^b?(?:'(.*)'|\"(.*)\")$"
_PRIVATE: Final = r"^\W*(\d+) byte content\W*$"
_ESCAPE: Final = r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[\\'\"abfnrtv])"
#: High bytes of UCS-2 in Latin, Greek, Cyrillic, Hebrew and Arabic texts.
_HIGH_BYTE: Final = r"\\x0[0-8]"
_NO_GSM: Final = r"\\x[89A-Fa-f][0-9A-Fa-f]"
#: Shares of such bytes, in per cent, from which a text is in UCS-2; signs of Chinese and the like have them in either byte, those of eight-bit
#: alphabets nearly everywhere.
_UCS2: Final = 40
_MIXED: Final = (25, 60)


def parts(content: pl.Series) -> pl.Series:
    """The number of SMS of each content (as it is written behind `[content:`, to the end of the line); null where one holds it."""
    long = (content.str.len_bytes() > text_length.SHORTEST).fill_null(value=False)
    nothing = pl.Series("parts", [None], dtype=pl.Int16).new_from_index(0, len(content))
    if not long.any():
        return nothing
    bare = content.filter(long).str.replace(_END, "")
    inner = pl.coalesce(pl.col("bare").str.extract(_QUOTED, 1), pl.col("bare").str.extract(_QUOTED, 2))
    frame = bare.to_frame("bare").with_columns(inner=inner, private=pl.col("bare").str.extract(_PRIVATE).cast(pl.Int64, strict=False))
    text = pl.col("inner")
    size = text.str.replace_all(_ESCAPE, "x").str.len_chars().cast(pl.Int64)
    high, foreign = (text.str.count_matches(pattern).cast(pl.Int64) * 100 for pattern in (_HIGH_BYTE, _NO_GSM))
    mixed = foreign.is_between(size * _MIXED[0], size * _MIXED[1])
    coding = (
        pl.when(text.is_null())
        .then(pl.lit("gsm"))
        .when((high >= size * _UCS2) | mixed)
        .then(pl.lit("ucs2"))
        .when(foreign > 0)
        .then(pl.lit("bytes"))
        .otherwise(pl.lit("gsm"))
    )
    read = frame.select("bare", "private", size=size, coding=coding)
    plain = pl.coalesce("private", text_length.septets(pl.col("bare")).cast(pl.Int64))
    units = pl.when(pl.col("size").is_null()).then(plain).when(pl.col("coding") == "ucs2").then(pl.col("size") // 2).otherwise("size")
    return nothing.scatter(long.arg_true(), read.select(text_length.parts(units, pl.col("coding"))).to_series())
