"""Records that say of themselves that they are no SMS to a person: other channels, and incoming messages."""

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Final

#: Last steps of paths, and headers, that say through which channel or in which direction a message went (without case, blanks and punctuation).
CHANNEL_KEYS: Final = frozenset(
    ("channel", "channeltype", "messagechannel", "channelname", "kanal", "meldingskanal", "medium", "bearer", "type", "messagetype", "meldingstype")
)
_DIRECTION_KEYS: Final = frozenset(("direction", "messagedirection", "retning", "riktning", "suunta"))
_RECIPIENT_KEYS: Final = frozenset(("to", "recipient", "destination", "mottaker", "from", "sender"))
#: An address of another channel where a number stands otherwise.
_ADDRESS: Final = re.compile(r"(?:whatsapp|messenger|viber|rcs|line|telegram|client|sip|mailto):", re.IGNORECASE)


# The same few words stand in all records of a log.
@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """A name or a word without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


@cache
def words() -> dict[str, str]:
    """Word to what it says (`sms`, `other`, `incoming`), from reference/channels.csv."""
    with resources.files("sms_analytics.events.reference").joinpath("channels.csv").open(encoding="utf-8") as file:
        return {key(row["word"]): row["what"] for row in csv.DictReader(file)}


def says(name: str, value: str) -> bool:
    """Whether a field of this name with this value says that the record is no SMS to a person."""
    if name in CHANNEL_KEYS:
        return words().get(key(value)) in ("other", "incoming")
    if name in _DIRECTION_KEYS:
        return words().get(key(value)) == "incoming"
    return name in _RECIPIENT_KEYS and _ADDRESS.match(value) is not None


@lru_cache(maxsize=4096)
def _asked(paths: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    known = CHANNEL_KEYS | _DIRECTION_KEYS | _RECIPIENT_KEYS
    named = ((path, key(path.rpartition(".")[2])) for path in paths)
    return tuple((path, name) for path, name in named if name in known)


def is_none(fields: Mapping[str, str]) -> bool:
    """Whether any field of a record says that it is no SMS to a person."""
    return any(says(name, fields[path]) for path, name in _asked(tuple(fields)))


def asked(headers: Iterable[str]) -> list[tuple[str, str]]:
    """The headers that can say so, each with its name as `says` takes it."""
    return list(_asked(tuple(headers)))
