"""Writes `sms_analytics/events/reference/calling_codes.csv` from the metadata of `phonenumbers`. Run it again after an upgrade of that package:

    python tools/make_calling_codes.py

A row is a prefix of E.164 digits, the country whose numbers begin with it, and how many digits a mobile number there can have (calling code
included). The longest prefix that fits a number decides. Calling codes shared by several countries are resolved as deep as the numbering plans
differ; where the library itself cannot tell two countries apart (Australian mobile numbers on Christmas Island), its first answer stands. Codes
that belong to no country (+800, +881 ...) are left out.
"""

import csv
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneMetadata

TARGET = Path(__file__).parents[1] / "sms_analytics" / "reference" / "calling_codes.csv"
SOURCE = "https://pypi.org/project/phonenumbers/" + phonenumbers.__version__

#: Digits after which no two plans differ any more, the calling code included.
DEPTH = 9
NUMBER_TYPES = ("fixed_line", "mobile", "voip", "personal_number", "pager", "uan", "toll_free", "premium_rate", "shared_cost")
ANY = "."
_TOKEN = re.compile(r"\(\?:|\(|\)|\||\[[^]]*\]|\\d|\d|\?|\{\d+(?:,\d+)?\}")


def _members(token: str) -> list[str]:
    """The digits that a character class stands for."""
    digits: list[str] = []
    for low, high in re.findall(r"(\d)(?:-(\d))?", token):
        digits += [str(d) for d in range(int(low), int(high or low) + 1)]
    return digits


class _Beginnings:
    """What the numbers of one plan can begin with, read from the plan's pattern: digits, classes, groups, alternatives, repeats."""

    def __init__(self, pattern: str, depth: int) -> None:
        self.tokens = _TOKEN.findall(pattern)
        if "".join(self.tokens) != pattern:
            raise ValueError(f"unknown element in {pattern}")
        self.place = 0
        self.depth = depth

    def alternatives(self) -> set[str]:
        found = self.sequence()
        while self.place < len(self.tokens) and self.tokens[self.place] == "|":
            self.place += 1
            found |= self.sequence()
        return found

    def sequence(self) -> set[str]:
        words = {""}
        while self.place < len(self.tokens) and self.tokens[self.place] not in ("|", ")"):
            atom = self.atom()
            low, high = self.repeats()
            grown = set()
            for count in range(low, high + 1):
                several = words
                for _ in range(count):
                    several = {(word + piece)[: self.depth] for word in several for piece in atom}
                grown |= several
            words = grown
        return words

    def atom(self) -> set[str]:
        token = self.tokens[self.place]
        self.place += 1
        if token.startswith("("):
            inner = self.alternatives()
            self.place += 1
            return inner
        if token == r"\d":
            return {ANY}
        return set(_members(token)) if token.startswith("[") else {token}

    def repeats(self) -> tuple[int, int]:
        token = self.tokens[self.place] if self.place < len(self.tokens) else ""
        if token != "?" and not token.startswith("{"):
            return 1, 1
        self.place += 1
        if token == "?":
            return 0, 1
        low, _, high = token.strip("{}").partition(",")
        return int(low), int(high or low)


def _metadata(region: str) -> PhoneMetadata:
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise ValueError(f"no numbering plan for {region}")
    return metadata


def _patterns(region: str) -> Iterator[str]:
    descriptions = (getattr(_metadata(region), name) for name in NUMBER_TYPES)
    return (d.national_number_pattern for d in descriptions if d is not None and d.national_number_pattern not in (None, "NA"))


def _spelled(beginning: str) -> Iterator[str]:
    """The beginning with its undecided digits spelled out."""
    choices = ["0123456789" if sign == ANY else sign for sign in beginning]
    return ("".join(digits) for digits in product(*choices))


def _beginnings(region: str, depth: int) -> set[str]:
    """What the national numbers of a region begin with, undecided digits as `.`; as the library tells regions apart."""
    leading = _metadata(region).leading_digits
    patterns = [leading] if leading else _patterns(region)
    return {word.rstrip(ANY) for pattern in patterns for word in _Beginnings(pattern, depth).alternatives()}


def _compatible(one: str, other: str) -> bool:
    """Whether some number can begin with both."""
    return all(ANY in (a, b) or a == b for a, b in zip(one, other, strict=False))


def _covered(word: str, others: set[str]) -> bool:
    return any(len(other) <= len(word) and _compatible(other, word) for other in others)


def _own_part(word: str, rivals: set[str]) -> str:
    """The shortest beginning of `word` that no rival shares, else the whole word."""
    parts = (word[:length] for length in range(1, len(word)))
    return next((part for part in parts if not any(_compatible(part, rival) for rival in rivals)), word)


def _lengths(regions: tuple[str, ...]) -> set[int]:
    """National lengths of mobile numbers, or of any numbers where a plan does not tell them apart."""
    metadata = [_metadata(region) for region in regions]
    found = {length for data in metadata if data.mobile for length in data.mobile.possible_length if length > 0}
    return found or {length for data in metadata if data.general_desc for length in data.general_desc.possible_length}


def _inherited(countries: dict[str, str], prefix: str) -> str | None:
    shorter = (prefix[:length] for length in range(len(prefix) - 1, -1, -1))
    return next((countries[part] for part in shorter if part in countries), None)


def _resolved(calling_code: int, regions: tuple[str, ...]) -> dict[str, str]:
    """National prefix and country for one calling code; its first region is the one for everything not told apart."""
    words = {region: _beginnings(region, DEPTH - len(str(calling_code))) for region in regions}
    countries = {"": regions[0]}
    for place, region in enumerate(regions[1:], start=1):
        earlier = set().union(*(words[other] for other in regions[:place]))
        rivals = set().union(*(words[other] for other in regions if other != region))
        for word in sorted({spelled for beginning in words[region] for spelled in _spelled(beginning)}):
            if not _covered(word, earlier):
                countries[_own_part(word, rivals)] = region
    for word in words[regions[0]]:
        if any(prefix and len(prefix) < len(word) and _compatible(prefix, word) for prefix in list(countries)):
            countries.update(dict.fromkeys(_spelled(word), regions[0]))
    return {prefix: country for prefix, country in countries.items() if country != _inherited(countries, prefix)}


def rows() -> list[tuple[str, str, str, str]]:
    """The table: prefix, country, possible numbers of digits, source."""
    table = []
    for calling_code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if regions[0] == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
            continue
        digits = " ".join(str(length + len(str(calling_code))) for length in sorted(_lengths(regions)))
        for prefix, country in _resolved(calling_code, regions).items():
            table.append((f"{calling_code}{prefix}", country, digits, SOURCE))
    return sorted(table)


def main() -> None:
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("prefix", "country", "digits", "source"))
        writer.writerows(rows())


if __name__ == "__main__":
    main()
