"""How many SMS a text takes, where a log has one line for all parts of a long message.

One SMS holds 140 bytes: 160 septets of the GSM alphabet or 70 signs of UCS-2; a part of a longer message has six bytes less, for what ties it to the
others (3GPP TS 23.038, and 23.040 section 9.2.3.24.1).
"""

from typing import Final

import polars as pl

#: Signs of the GSM alphabet's extension, which take two septets each.
_TWICE: Final = r"[\^{}\\\[\]~|€\f]"
#: Units of one SMS, and of a part of several: septets, bytes, signs of UCS-2.
LIMITS: Final[dict[str, tuple[int, int]]] = {"gsm": (160, 153), "bytes": (140, 134), "ucs2": (70, 67)}
#: No text of fewer signs takes more than one SMS.
SHORTEST: Final = 70
_MOST_PARTS: Final = 255


def septets(text: pl.Expr) -> pl.Expr:
    """Septets of a text in the GSM alphabet; signs that it does not have are sent as one that it has."""
    return text.str.len_chars() + text.str.count_matches(_TWICE)


def parts(units: pl.Expr, coding: pl.Expr) -> pl.Expr:
    """Number of SMS of a text that takes so many units of its coding (`gsm`, `bytes` or `ucs2`); empty where one holds it, or where either is unknown."""
    single, of_several = (coding.replace_strict({name: limits[index] for name, limits in LIMITS.items()}, default=None) for index in (0, 1))
    count = (units.cast(pl.Int64) + of_several - 1) // of_several
    return pl.when((units.cast(pl.Int64) > single) & (count <= _MOST_PARTS)).then(count).cast(pl.Int16)
