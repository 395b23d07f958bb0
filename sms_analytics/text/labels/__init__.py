"""The Norwegian and English texts of every word that people see: the CSV files of this folder, one row a word.

A word is named by its kind and key, `outcome.delivered` or `column.rate_confirmed`, since the same key means different things in different
places. The kinds are the vocabularies (`status`, `outcome`, `reason`, `reason_class`, `kind`, `said_by`, `decided_by`, `gap_cause`, `outage_kind`,
`operator_source`, `time_precision`, `receipt_requested`, `charge_status`, `load_state`, `id_rule`), the headings of tables (`column`) and the
words of the glossary (`term`).
"""

from functools import lru_cache
from importlib import resources
from typing import Final, Literal

import polars as pl

Lang = Literal["nb", "en"]
LANGS: Final[tuple[Lang, ...]] = ("nb", "en")


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, tuple[str, str]]]:
    folder = resources.files("sms_analytics.text.labels")
    texts: dict[str, dict[str, tuple[str, str]]] = {}
    for file in sorted((file for file in folder.iterdir() if file.name.endswith(".csv")), key=lambda file: file.name):
        for kind, key, nb, en in pl.read_csv(file.read_bytes(), infer_schema=False).iter_rows():
            texts.setdefault(kind, {})[key] = (nb, en)
    return texts


def labels(kind: str, lang: Lang) -> dict[str, str]:
    """Key and text of every word of a kind, in the order of the table. KeyError for an unknown kind."""
    number = LANGS.index(lang)
    return {key: both[number] for key, both in _texts()[kind].items()}


def label(key: str, lang: Lang) -> str:
    """The text of one word, named `kind.key`. KeyError where there is none."""
    kind, _, word = key.partition(".")
    return _texts()[kind][word][LANGS.index(lang)]


def kinds() -> tuple[str, ...]:
    """The kinds of words there are."""
    return tuple(_texts())
