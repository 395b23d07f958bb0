"""The groups of a frame as people read them: which columns name them, and each in words."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, Final
from unicodedata import combining, normalize

import polars as pl

from sms_analytics.charts import theme
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.text.masking import masked_sender

PERIODS: Final = ("hour", "day", "week", "month")

_VOCABULARIES: Final = ("outcome", "reason", "reason_class", "gap_cause")
_NAMELESS: Final = {"operator": "chart.unknown_operator", "country": "chart.unknown_country"}

#: The Norwegian alphabet ends in æ, ø, å; the characters after z stand for them.
_NORWEGIAN: Final = {"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}", "aa": "}"}
_ENGLISH: Final = {"æ": "ae", "ø": "o"}

#: A number that can be a person's, unlike names and short numbers.


def named(frame: pl.DataFrame, beside: Collection[str] = ()) -> list[str]:
    """The dimensions of a frame of `rates` or `reasons`: the columns in front of `messages`, those named in `beside` left out."""
    if "messages" not in frame.columns:
        return []
    in_front = frame.columns[: frame.columns.index("messages")]
    brought_along = {"hour_utc"} | ({"reason_class"} if "reason" in in_front else set())
    return [name for name in in_front if name not in brought_along and name not in beside]


def in_words(frame: pl.DataFrame, lang: Lang, beside: Collection[str] = ()) -> tuple[pl.DataFrame, str]:
    """The frame with its groups in words, and the column that holds them: the dimension's own, or `group` where there are several or none.

    Equal words for different groups are numbered, so that no two groups fall together.
    """
    names = named(frame, beside)
    keys = frame.select(names).rows() if names else [()] * frame.height
    texts: dict[tuple[Any, ...], str] = {}
    used: Counter[str] = Counter()
    for key in dict.fromkeys(keys):
        text = " · ".join(word(name, value, lang) for name, value in zip(names, key, strict=True)) or label("chart.all_messages", lang)
        used[text] += 1
        texts[key] = text if used[text] == 1 else f"{text} ({used[text]})"
    column = names[0] if len(names) == 1 else "group"
    return frame.with_columns(pl.Series(column, [texts[key] for key in keys], dtype=pl.String)), column


def word(dimension: str, value: Any, lang: Lang) -> str:
    """One value of a dimension as people read it; a sender that can be a person's number is masked, and what no vocabulary has stands as it is."""
    if value is None:
        return label(_NAMELESS.get(dimension, "chart.not_stated"), lang)
    if dimension in PERIODS:
        return theme.period_text(dimension, value, lang)
    if dimension in _VOCABULARIES:
        return labels(dimension, lang).get(value, str(value))
    return _SPOKEN[dimension](value, lang) if dimension in _SPOKEN else str(value)


def sort_key(name: str, lang: Lang) -> str:
    """What names sort by as the language sorts them: in Norwegian æ, ø and å come last, and ä, ö and aa are as æ, ø and å; in English letters with
    signs are as those without.
    """
    text = name.casefold()
    for letters, sorted_as in (_NORWEGIAN if lang == "nb" else _ENGLISH).items():
        text = text.replace(letters, sorted_as)
    return "".join(letter for letter in normalize("NFD", text) if not combining(letter))


def _sender(sender: str, _lang: Lang) -> str:
    return masked_sender(sender)


_SPOKEN: Final[dict[str, Callable[[Any, Lang], str]]] = {
    "country": theme.country,
    "weekday": theme.weekday,
    "hour_of_day": lambda hour, _lang: f"{hour:02}",
    "sender": _sender,
}
