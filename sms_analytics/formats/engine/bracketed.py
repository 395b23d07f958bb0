"""Lines of tokens in brackets, `[NAME:value] [NAME:value]`: what of them may be kept. Kannel's and Jasmin's logs are written so."""

import re
from collections.abc import Callable, Iterable
from typing import Final

import polars as pl

from sms_analytics.events.readings import MASK
from sms_analytics.formats.engine.harmless import is_harmless

#: Stands for the bracket of a known token while the others are masked: of the private use area, which logs do not use.
_KNOWN: Final = "\ue001"
_TIME: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
_TIMES: Final = rf"(?:{_TIME} ?){{0,3}}"
_WORD: Final = r"[\p{L}\p{N}]"
_META_GROUP: Final = re.compile(r"\?([A-Za-z][\w-]{0,20})\?([^?]*)")
#: Parameters of Kannel's META that hold no text: codes, ids and addresses of the protocol.
_META_KEYS: Final = frozenset(
    {"dlr_err", "network_error_code", "message_state", "receipted_message_id", "orig_msg_id", "sar_msg_ref_num", "user_message_reference"}
)


def kept(frame: pl.DataFrame, known: Iterable[str], keep: frozenset[str], *, beginning: str, words: str) -> pl.DataFrame:
    """The frame with `front` and `after` masked but for times, the line's own `words` (a pattern) and tokens that are `known` or in `keep`.

    `beginning`: the pattern of what stands in front of the tokens, the words among it.
    """
    names = _names((*known, *keep))
    own = pl.col("front").str.extract(rf"^({beginning})").fill_null("")
    rest = pl.col("front").str.strip_prefix(own)
    loose = rest.str.extract(r"^([^\[]*)").fill_null("")
    between = pl.when(loose.str.contains(_WORD)).then(pl.lit(f"{MASK} ")).otherwise(loose)
    return frame.with_columns(
        front=pl.concat_str(_in_brackets(own, names, words), between, _tokens(rest.str.strip_prefix(loose), names)),
        # The first sign closes the bracket that the text stands in.
        after=pl.col("after").str.head(1) + _tokens(pl.col("after").str.slice(1), names),
    )


def _in_brackets(text: pl.Expr, names: str, words: str) -> pl.Expr:
    """A line's beginning, of which only what stands in brackets is unknown: a time, its own words, a token, or anything else."""
    marked = text.str.replace_all(rf"\[({_TIME}|\d{{9,10}}|{words})\]", f"{_KNOWN}${{1}}]").str.replace_all(rf"\[({names}):", f"{_KNOWN}${{1}}:")
    masked = marked.str.replace_all(r"\[[^\]\x{E001}]*[\p{L}\p{N}][^\]\x{E001}]*\]", f"[{MASK}]")
    return masked.str.replace_all(_KNOWN, "[", literal=True)


def masked(text: pl.Expr, known: Iterable[str], words: str) -> pl.Expr:
    """A line up to its text, masked in the same way."""
    return _beginning(_tokens(text, _names(known)), words)


def _names(known: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(set(known), key=len, reverse=True))


def _tokens(text: pl.Expr, names: str) -> pl.Expr:
    marked = text.str.replace_all(rf"\[({names}):", f"{_KNOWN}${{1}}:")
    masked = marked.str.replace_all(r"\[([A-Za-z][\w\-./ ]{0,40}):[^\]\x{E001}]+\]", f"{_KNOWN}${{1}}:{MASK}]")
    # What stands between two tokens, or behind the last one, is no token.
    between = masked.str.replace_all(r"\]([^\[\]\x{E001}]*[\p{L}\p{N}][^\[\]\x{E001}]*)", f"] {MASK} ")
    loose = between.str.replace_all(r"\[[^\]\x{E001}]*[\p{L}\p{N}][^\]\x{E001}]*\]?", f"[{MASK}]")
    return loose.str.replace_all(_KNOWN, "[", literal=True)


def _beginning(text: pl.Expr, words: str) -> pl.Expr:
    """Times and the line's own words in front of the first token."""
    head = text.str.extract(r"^([^\[]*)").fill_null("")
    rest = text.str.strip_prefix(head)
    own = head.str.extract(rf"^({_TIMES}{words}?)").fill_null("")
    other = head.str.strip_prefix(own)
    return own + pl.when(other.str.contains(r"[\p{L}\p{N}]")).then(pl.lit(f" {MASK} ")).otherwise(other) + rest


def with_token(frame: pl.DataFrame, name: str, read: Callable[[str], str]) -> pl.DataFrame:
    """The frame with the token's value replaced by what `read` makes of it in its own column, in `front` and in `after`."""
    # Few different values stand in one log, and mostly all of them may be kept.
    masked = {value: kept for value, kept in _each(frame[name], read).items() if kept != value}
    if not masked:
        return frame
    new = pl.col(name).replace(masked)

    def replaced(column: str) -> pl.Expr:
        halves = pl.col(column).str.splitn(f"[{name}:", 2)
        behind = halves.struct.field("field_1")
        whole = pl.concat_str(halves.struct.field("field_0"), pl.lit(f"[{name}:"), new, behind.str.strip_prefix(pl.col(name)))
        return (
            pl.when(pl.col(name).is_in(list(masked)) & behind.is_not_null() & behind.str.starts_with(pl.col(name)))
            .then(whole)
            .otherwise(pl.col(column))
        )

    return frame.with_columns(front=replaced("front"), after=replaced("after"), **{name: new})


def _each(values: pl.Series, read: Callable[[str], str]) -> dict[str, str]:
    first = values.first()
    distinct = [first] if isinstance(first, str) and (values == first).all() else values.unique().drop_nulls()
    return {value: read(value) for value in distinct}


def value_kept(value: str) -> str:
    """The value of a token that nothing is known of, masked unless it is harmless."""
    return value if is_harmless(value) else MASK


def meta(values: pl.Series) -> pl.Series:
    """Kannel's META: groups, their keys, and of the values codes and ids."""
    return values.replace(_each(values, meta_kept))


def meta_kept(written: str) -> str:
    """One META; see `meta`."""
    if not written:
        return written
    groups = list(_META_GROUP.finditer(written))
    if not groups or "".join(group[0] for group in groups) != written:
        return MASK
    return "".join(f"?{group[1]}?{'&'.join(map(_meta_pair, group[2].split('&')))}" for group in groups)


def _meta_pair(pair: str) -> str:
    key, sign, value = pair.partition("=")
    if not sign:
        return pair if is_harmless(pair) else MASK
    return pair if is_harmless(value) or (key in _META_KEYS and len(value) <= _LONGEST_CODE) else f"{key}={MASK}"


#: Codes and ids are short.
_LONGEST_CODE: Final = 64
