"""What operators' and portals' own texts say about the reason: `reference/reason_texts.csv`, wordings in five languages.

A text is taken apart into clauses and words without case, punctuation and numbers. Wordings of the table are looked for in each clause, the longest
first. A wording counts only where nothing else in its clause turns or conditions it ("not", "hvis"), and one that is too short to stand within a
sentence (`stands` is `whole`) only where the clause holds nothing else that matters. What stands in quotation marks is somebody else's word and is
not read. Texts that say two different reasons say none.
"""

import csv
import re
from functools import lru_cache
from importlib import resources
from typing import Final

import polars as pl

from sms_analytics.events.codes import REASON
from sms_analytics.text.printable import plain

#: Texts that were read before, by their words: memory must not grow with a log in which all of them differ.
_MOST: Final = 50_000
#: Characters of a text that are looked at: an operator's sentence, not a page.
_LENGTH: Final = 500

_QUOTED: Final = r"\"[^\"]*\"|“[^”“]*[”“]|«[^»]*»|»[^«]*«|„[^“”]*[“”]|(?:^|[\s(])'[^']*'(?:[\s).,;:]|$)"
_ENDS: Final = r"[.;:!?()\[\]{}|,/\r\n–—]+|\s-+\s"
_NUMBER: Final = r"[+]?[\p{Nd}#]+"
_WORD: Final = r"[^\p{L}#|]+"

#: Words that turn or condition what a clause says.
_TURNS: Final = (
    *("not", "no", "never", "without", "isnt", "wasnt", "arent", "cant", "cannot", "couldnt", "wont", "doesnt", "didnt", "unless", "if", "otherwise"),
    *("whether", "ikke", "ikkje", "ingen", "aldri", "aldrig", "hvis", "dersom", "viss", "inte", "ej", "ingen", "inga", "om", "ei", "eivät", "älä"),
    *("jos", "ellei", "ilman"),
)
#: Words that say nothing beside a short wording.
_FILLS: Final = (
    *(
        "error",
        "err",
        "code",
        "reason",
        "status",
        "message",
        "sms",
        "the",
        "a",
        "is",
        "was",
        "due",
        "to",
        "because",
        "since",
        "cause",
        "details",
        "ec",
    ),
    *("feil", "feilkode", "feiltekst", "kode", "årsak", "melding", "meldingen", "fordi", "på", "grunn", "av", "er", "var"),
    *(
        "fel",
        "felkod",
        "orsak",
        "meddelande",
        "eftersom",
        "fejl",
        "fejlkode",
        "besked",
        "beskeden",
        "da",
        "virhe",
        "syy",
        "tila",
        "viesti",
        "koska",
        "#",
    ),
)
_TURNED: Final = f" (?:{'|'.join(dict.fromkeys(_TURNS))}) "
_FILLED: Final = f" (?:{'|'.join(_FILLS)}) "
#: Reasons that a status gives by itself: another one beside them says more.
_WEAK: Final = ("validity_expired", "unspecified")

_ANSWER: Final = {"reason": pl.String(), "known": pl.Boolean()}
_known: dict[str, tuple[str | None, bool]] = {}


def _each(written: str) -> list[str]:
    """The wordings that one of the table stands for: `{a|b} c` is `a c` and `b c`."""
    match = re.search(r"\{([^{}]*)\}", written)
    if match is None:
        return [" ".join(written.split())]
    return [each for choice in match[1].split("|") for each in _each(written[: match.start()] + choice + written[match.end() :])]


@lru_cache(maxsize=1)
def wordings() -> pl.DataFrame:
    """Every wording: `text`, `reason` (null: it says none), `stands` (`part` of a sentence, or `whole`), `language`, `source`; long ones first."""
    with resources.files("sms_analytics.events.reference").joinpath("reason_texts.csv").open(encoding="utf-8") as file:
        rows = [row | {"text": text, "reason": row["reason"] or None} for row in csv.DictReader(file) for text in _each(row["text"])]
    return pl.DataFrame(rows, schema=dict.fromkeys(("text", "reason", "stands", "language", "source"), pl.String())).sort(
        pl.col("text").str.len_chars(), descending=True, maintain_order=True
    )


@lru_cache(maxsize=1)
def _patterns() -> pl.DataFrame:
    """As they are looked for: a blank around and two between the words, so that neighbours share none. Of two equal ones the first counts; `part`
    before `whole`."""
    table = wordings().sort(pl.col("stands") == "whole", maintain_order=True).unique("text", keep="first", maintain_order=True)
    return table.sort(pl.col("text").str.len_chars(), descending=True, maintain_order=True).select(
        found=" " + pl.col("text").str.replace_all(" ", "  ", literal=True) + " ", says="reason", whole=pl.col("stands") == "whole"
    )


def key(text: pl.Expr) -> pl.Expr:
    """The text as it is compared: its words in small letters, numbers as `#`, `|` between clauses."""
    bare = text.str.slice(0, _LENGTH).str.to_lowercase().str.strip_chars(" \t\"'“”«»")
    unquoted = bare.str.replace_all(_QUOTED, " | ").str.replace_all("['’`]", "")
    marked = unquoted.str.replace_all(_NUMBER, "#").str.replace_all(_ENDS, " | ").str.replace_all(_WORD, " ")
    return marked.str.replace_all(r"(?:\s*\|\s*)+", " | ").str.strip_chars(" |")


def key_of(text: str) -> str:
    """`key` of one text."""
    return str(pl.select(key(pl.lit(text))).item())


def shown(text: str) -> str:
    """The text as one line in which numbers are `#`: it has the same key, and nobody's number stands in it."""
    return re.sub(r"\+?\d+", "#", plain(" ".join(text.split())))


def read(texts: pl.Series) -> pl.DataFrame:
    """`reason` of each text, null where it says none, and `known`: whether every word of it was understood. Nulls for null."""
    # Few different ones stand in a batch, and fewer once their numbers are left out.
    written = texts.to_frame("text").unique("text").drop_nulls().with_columns(key=key(pl.col("text")))
    distinct = written["key"].unique()
    fresh = distinct
    fresh = fresh.filter(pl.Series([one not in _known for one in fresh], dtype=pl.Boolean))
    if len(_known) + len(fresh) > _MOST:
        _known.clear()
        fresh = distinct
    if len(fresh):
        found = _understood(fresh)
        _known.update(zip(found["key"], zip(found["reason"], found["known"], strict=True), strict=True))
    answers = pl.DataFrame([_known[one] for one in distinct], schema=_ANSWER, orient="row").with_columns(
        key=distinct, reason=pl.col("reason").cast(REASON)
    )
    found = written.join(answers, on="key")
    return texts.to_frame("text").join(found, on="text", how="left", maintain_order="left").select("reason", "known")


def reasons(texts: pl.Series) -> pl.Series:
    """The reason that each text says, null where it says none or two."""
    return read(texts)["reason"]


def _understood(keys: pl.Series) -> pl.DataFrame:
    """`key`, `reason` and `known` of texts in their compared form."""
    clauses = keys.to_frame("key").with_columns(clause=pl.col("key").str.split(" | ")).explode("clause", empty_as_null=True, keep_nulls=True)
    clauses = clauses.select("key", clause=" " + pl.col("clause").fill_null("").str.replace_all(" ", "  ", literal=True) + " ").with_row_index(
        "clause_no"
    )
    patterns = _patterns()
    listed = patterns["found"].implode()
    clauses = clauses.with_columns(
        found=pl.col("clause").str.extract_many(listed, leftmost=True),
        rest=pl.col("clause").str.replace_many(listed, ["  "], leftmost=True),
    )
    clauses = clauses.with_columns(
        turned=pl.col("rest").str.contains(_TURNED), bare=pl.col("rest").str.replace_all(_FILLED, "").str.strip_chars() == ""
    )
    said = (
        clauses.explode("found", empty_as_null=True, keep_nulls=True)
        .join(patterns, on="found", how="inner")
        .filter(pl.col("says").is_not_null() & ~pl.col("turned") & (~pl.col("whole") | pl.col("bare")))
        .group_by("key")
        .agg(pl.col("says").unique())
    )
    strong = pl.col("says").list.set_difference(pl.lit(list(_WEAK)))
    chosen = pl.when(strong.list.len() > 0).then(strong).otherwise("says")
    answers = said.select("key", reason=pl.when(chosen.list.len() == 1).then(chosen.list.first()))
    whole = clauses.group_by("key").agg(known=(pl.col("bare") & ~pl.col("turned")).all())
    return whole.join(answers, on="key", how="left").with_columns(known=pl.col("known") | pl.col("reason").is_not_null())
