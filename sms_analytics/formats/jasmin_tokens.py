"""Lines of Jasmin's logs taken apart: prefix, word, tokens in brackets, content."""

import ast
from typing import Final

import polars as pl

from sms_analytics.events.readings import NAIVE
from sms_analytics.formats.engine import bracketed

#: Line prefix: time (the default date format, perhaps with milliseconds), level, process. Time, or level and process, may be configured away.
TIME: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
LEVEL: Final = r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) +\d+ "
PREFIX: Final = rf"^(?:({TIME})(?:[.,]\d+)? +)?(?:{LEVEL})?"
OWN_PREFIX: Final = rf"^(?:{TIME}(?:[.,]\d+)? +)?{LEVEL}"

#: Lines about one message, by what stands behind the prefix.
WORDS: Final[dict[str, str]] = {
    "SMS-MT": r"SMS-MT \[(?:uid:[^\]]*\] \[)?cid:",
    "DLR": r"DLR \[cid:",
    "SMS-MO": r"SMS-MO \[cid:",
    "LOST": r"\[msgid:[^\]]*\] \(final\) DLRMapNotFound: Got a DLR for an unknown message id: ",
    "DISCARDED": r"(?:SMPPC \[cid:[^\]]*\] is not (?:connected|bound): Discarding |Discarding expired message\[)",
}
ABOUT_MESSAGE: Final = "(?:" + "|".join(WORDS.values()) + ")"
#: A line behind words of another program.
OPENING: Final = rf"{TIME}(?:[.,]\d+)? +{LEVEL}{ABOUT_MESSAGE}"

#: Tokens that are read, and the columns they are read into.
_FIELDS: Final[dict[str, str]] = {
    "cid": "cid",
    "uid": "uid",
    "queue-msgid": "queue_msgid",
    "smpp-msgid": "smpp_msgid",
    "msgid": "msgid",
    "status": "status",
    "retry": "retry",
    "prio": "prio",
    "dlr": "dlr",
    "validity": "validity",
    "from": "from",
    "to": "to",
    "submit date": "submit",
    "done date": "done",
    "err": "err",
}
#: The usual layouts: nearly all lines of a log have one of them.
_LAYOUTS: Final = (
    ("SMS-MT", ("cid", "queue-msgid", "smpp-msgid", "status", "prio", "dlr", "validity", "from", "to")),
    ("DLR", ("cid", "smpp-msgid", "status", "submit date", "done date", "sub/dlvrd messages", "err")),
)
#: How Jasmin writes that a part is not there.
NOTHING: Final = ["", "ND", "None", "none"]

_LINE = pl.col("line")


def _unquoted(text: str) -> str:
    """What Python's notation of a string or of bytes stands for; bytes that are no UTF-8 are read as Latin-1. Else the text as it is."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("latin-1")
    return str(value)


def _plain(written: pl.Series) -> pl.Series:
    """Values without Python's notation and without the ways to write nothing."""
    if not written.str.contains(r"^(?:b?['\"]|$|ND$|[Nn]one$)").any():
        return written
    bare = written.str.replace(r"^b?'([^\\]*)'$|^b?\"([^\\]*)\"$", "$1$2")
    escaped = bare.filter(bare.str.contains(r"^b?['\"].*\\")).unique()
    if not escaped.is_empty():
        read = pl.Series([_unquoted(text) for text in escaped], dtype=pl.String)
        bare = bare.replace(escaped, read)
    return bare.set(bare.is_in(NOTHING), None)


def _split(halves: pl.DataFrame, word: str, tokens: tuple[str, ...]) -> pl.DataFrame:
    """The tokens of lines in one usual layout; `sure` tells which lines were understood for certain."""
    names = [f"{token}:" for token in tokens]
    front = pl.col("head").str.splitn(f" [{tokens[0]}:", 2).struct.rename_fields(["front", "rest"])
    pieces = pl.col("rest").str.strip_chars_end().str.splitn("] [", len(tokens)).struct.rename_fields(names)
    split = halves.with_columns(front=front).unnest("front").with_columns(rest=pieces).unnest("rest")
    last = pl.col(names[-1])
    sure = pl.all_horizontal(
        pl.col("front").str.contains(rf"{PREFIX}{word}$"),
        *[pl.col(name).str.starts_with(name) for name in names[1:]],
        last.str.ends_with("]") & ~last.str.contains("] [", literal=True),
    )
    read = {_FIELDS[token]: pl.col(f"{token}:").str.strip_prefix(f"{token}:").str.strip_suffix("]") for token in tokens if token in _FIELDS}
    return split.select(*halves.columns, "front", **read, word=pl.lit(word), sure=sure.fill_null(False))


def _search(halves: pl.DataFrame, keep: frozenset[str]) -> pl.DataFrame:
    """The tokens of any line, each looked for by name."""
    head = pl.col("head")
    found = halves.with_columns(body=head.str.replace(PREFIX, "")).select(
        *halves.columns,
        *[head.str.extract(rf"\[{token}:([^\]]*)\]").alias(name) for token, name in _FIELDS.items()],
        front=head,
        word=pl.coalesce(*[pl.when(pl.col("body").str.contains(f"^{pattern}")).then(pl.lit(word)) for word, pattern in WORDS.items()]),
    )
    tokens = bracketed.masked(head, (*_FIELDS, "sub/dlvrd messages", *keep), rf"(?:{LEVEL})?(?:SMS-MT|SMS-MO|DLR)")
    known = pl.when(pl.col("word").is_in(["SMS-MT", "SMS-MO", "DLR"])).then(tokens)
    # What Jasmin says in its own words ends where a text could begin.
    own = head.str.extract(r"^(.*(?:unknown message id: |SubmitSmPDU\[|expired message\[)[^\s\]]*\]?)")
    return found.with_columns(head=pl.coalesce(known, own, "head"))


def read(records: pl.DataFrame, keep: frozenset[str]) -> pl.DataFrame:
    """`record_no, line, word, logged`, the tokens in front of the content, the content as written, and `head`, the line up to it."""
    halves = records.with_columns(halves=_LINE.str.splitn(" [content:", 2).struct.rename_fields(["head", "content"])).unnest("halves")
    found = []
    for word, tokens in _LAYOUTS:
        split = _split(halves, word, tokens)
        found.append(split.filter("sure"))
        halves = halves.filter(~split["sure"])
    frame = pl.concat([*found, _search(halves, keep)], how="diagonal")
    time = pl.col("front").str.extract(rf"^({TIME})").str.replace("T", " ", literal=True)
    logged = time.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us").cast(NAIVE)
    return frame.with_columns(*[_plain(frame[name]) for name in _FIELDS.values()], logged=logged)
