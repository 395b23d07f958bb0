"""The shape of a line that nobody could read: its keywords and punctuation, no letters or digits of its own.

The text of a message cannot be found in such a line, so nothing of it may be kept; file and line lead to the original.
"""

from typing import Final

import polars as pl

#: Longer lines are cut: a shape is for recognising a kind of line.
LONGEST: Final = 500

#: What programs write around their values. Each stands with its punctuation, so that words of a text are not taken for them.
KEYWORDS: Final = (
    *("id:", "sub:", "dlvrd:", "submit date:", "done date:", "stat:", "err:", "text:"),
    *("[SMSC:", "[SVC:", "[ACT:", "[BINF:", "[FID:", "[META:", "[from:", "[to:", "[flags:", "[msg:", "[udh:"),
    *("Sent SMS [", "Receive SMS [", "Receive DLR [", "SMS-MT [", "SMS-MO [", "DLR [", "[cid:", "[queue-msgid:", "[smpp-msgid:", "[status:"),
    *("origid=", "status=", "errorcode", "ErrorCode=", "GET /", "POST /", " HTTP/1", " INFO ", " DEBUG ", " WARNING ", " ERROR "),
)
#: Stand-ins while letters are replaced: characters of the private use area, which logs do not use.
_STAND_INS: Final = tuple(chr(0xE000 + number) for number in range(len(KEYWORDS)))


def shape(lines: pl.Series) -> pl.Series:
    """Known keywords as they are, every other letter as `x`, every digit as `9`, control and format characters as `.`."""
    line = pl.col("line")
    return (
        lines.to_frame("line")
        .select(
            line.str.head(LONGEST)
            .str.replace_all(r"\p{Co}", "x")
            .str.replace_many(list(KEYWORDS), list(_STAND_INS))
            .str.replace_all(r"[\p{L}\p{M}\p{Alphabetic}]", "x")
            .str.replace_all(r"\p{N}", "9")
            .str.replace_all(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]", ".")
            .str.replace_many(list(_STAND_INS), list(KEYWORDS))
        )
        .to_series()
    )
