"""The recipient's network under one name, whether a log calls it `24201`, `242-01`, `no.telenor` or `Telenor Norge AS`.

`reference/operators.csv` has the network codes of the Nordic countries, `reference/operator_aliases.csv` the names that networks had before or
that their brands have, `reference/operator_words.csv` the country and company words that stand around a name. What they do not know is kept as
written. Names of the configuration win over all of them. The number itself is never asked: numbers are ported.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import polars as pl

from sms_analytics.config import Config

#: Countries whose recipients use another country's networks.
_NETWORKS_OF: Final = {"SJ": "NO", "AX": "FI"}
_WRITTEN_CODE: Final = re.compile(r"([0-9]{3})([\s/._-]?)([0-9]{1,3})(?:\.0)?")


def _table(name: str) -> list[dict[str, str]]:
    file = resources.files("sms_analytics.events.reference") / name
    return pl.read_csv(file.read_bytes(), infer_schema=False).fill_null("").to_dicts()


def _words(name: str) -> list[str]:
    """The name's words in small letters, without accents and punctuation."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))
    return re.findall(r"[0-9a-z]+", plain.replace("ø", "o").replace("æ", "ae"))


def _key(words: list[str]) -> str:
    return " ".join(words)


@dataclass(frozen=True)
class _Reference:
    """The tables, ready to be asked. Names are keyed as `_key` makes them."""

    operators: dict[str, str]
    names: dict[tuple[str, str], str]
    country_words: dict[str, str]
    company_words: frozenset[str]
    three_digit_mcc: frozenset[str]

    def named(self, key: str, country: str | None) -> str | None:
        """The operator of that name; without a country only if the name means the same one everywhere."""
        if country is not None:
            return self.names.get((key, country))
        everywhere = {operator for (name, _), operator in self.names.items() if name == key}
        return everywhere.pop() if len(everywhere) == 1 else None


@lru_cache(maxsize=1)
def _reference() -> _Reference:
    operators = _table("operators.csv")
    words = _table("operator_words.csv")
    names = {(_key(_words(row["operator"])), row["country"]): row["operator"] for row in operators}
    names |= {(_key(_words(row["alias"])), row["country"]): row["operator"] for row in _table("operator_aliases.csv")}
    return _Reference(
        operators={row["mccmnc"]: row["operator"] for row in operators},
        names=names,
        country_words={row["word"]: row["country"] for row in words if row["country"]},
        company_words=frozenset(row["word"] for row in words if not row["country"]),
        three_digit_mcc=frozenset(row["mcc"] for row in _table("three_digit_mcc.csv")),
    )


def joined(mcc: pl.Expr, mnc: pl.Expr) -> pl.Expr:
    """One code out of two columns, numbers or text; a network code that lost its leading zeros gets them back. Null where either is null."""
    country = mcc.cast(pl.String).str.strip_chars().str.strip_suffix(".0")
    network = mnc.cast(pl.String).str.strip_chars().str.strip_suffix(".0")
    digits = pl.when(country.is_in(sorted(_reference().three_digit_mcc))).then(3).otherwise(2)
    return country + network.str.zfill(digits)


def _code(written: str, own: dict[str, str]) -> str | None:
    """The network code in five or six digits, null where there is none. `own` are the codes of the configuration."""
    match = _WRITTEN_CODE.fullmatch(written.strip())
    if match is None:
        return None
    mcc, separator, mnc = match.groups()
    reference = _reference()
    if separator:
        mnc = mnc.zfill(3 if mcc in reference.three_digit_mcc else 2)
    shorter = mcc + mnc[1:]
    padded = len(mnc) == 3 and mnc.startswith("0") and mcc not in reference.three_digit_mcc
    if padded and (shorter in reference.operators or shorter in own):
        return shorter
    return mcc + mnc if len(mnc) > 1 else None


def _without_country(words: list[str]) -> tuple[list[str], str | None]:
    """The words without a country at either end, and that country."""
    country_words = _reference().country_words
    for end, rest in ((0, slice(1, None)), (-1, slice(None, -1))):
        if len(words) > 1 and words[end] in country_words:
            return words[rest], country_words[words[end]]
    return words, None


def _canonical(name: str, country: str | None, home: str) -> str | None:
    """The operator that a name means in a country, null where the tables do not know."""
    reference = _reference()
    words = _words(name)
    without_company = [word for word in words if word not in reference.company_words]
    core, named_country = _without_country(without_company)
    here = named_country or (_NETWORKS_OF.get(country, country) if country else None)
    countries = [here] if here else [home, None]
    keys = (_key(words), _key(without_company), _key(core))
    found = (reference.named(key, country) for country in countries for key in keys)
    return next((operator for operator in found if operator), None)


@dataclass(frozen=True)
class _Own:
    """What the configuration says."""

    home: str
    codes: dict[str, str]
    names: dict[str, str]

    @classmethod
    def of(cls, config: Config) -> "_Own":
        codes = {_code(written, {}) or written: operator for written, operator in config.mccmnc.items()}
        names = {_key(_words(name)): operator for name, operator in config.operator_aliases.items()}
        return cls(_NETWORKS_OF.get(config.home_country, config.home_country), codes, names)


def _decided(name: str | None, written: str | None, country: str | None, own: _Own) -> tuple[str | None, str | None]:
    """Operator and network code for one combination."""
    name = (name or "").strip()
    code = _code(written, own.codes) if written else None
    operator = (
        own.codes.get(code or "")
        or own.names.get(_key(_words(name)))
        or _reference().operators.get(code or "")
        or _canonical(name, country, own.home)
        or name
    )
    return operator or None, code


def read(names: pl.Series, mccmnc: pl.Series, countries: pl.Series | None, config: Config) -> pl.DataFrame:
    """`operator` (canonical name; as written, trimmed, where unknown) and `mccmnc` (five or six digits, null where it is no code).

    One row per row of `names`. A code that is known decides over a name: it is the network, a name may be a brand on it. Null operators are those
    with neither a name nor a known code. `countries` (ISO 3166-1 alpha-2 of the recipients) tells apart names that mean different networks in
    different countries; where it is null, the home country counts.
    """
    own = _Own.of(config)
    known = pl.repeat(None, len(names), dtype=pl.String, eager=True) if countries is None else countries
    columns = {"name": names, "written": mccmnc, "country": known}
    # a few names and codes stand in millions of rows: as categories they are told apart twice as fast
    rows = pl.DataFrame({column: series.cast(pl.String).cast(pl.Categorical) for column, series in columns.items()})
    distinct = rows.unique()
    decided = [_decided(name, written, country, own) for name, written, country in distinct.iter_rows()]
    answers = pl.DataFrame(decided, schema={"operator": pl.String, "mccmnc": pl.String}, orient="row")
    return rows.join(distinct.hstack(answers), on=list(columns), how="left", nulls_equal=True, maintain_order="left").select("operator", "mccmnc")
