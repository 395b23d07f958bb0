"""What the codes of operators and gateways mean: `reference/codes.csv`, one table for all code systems.

A code means something only together with its system: 5 is "portability error" at one vendor and "unidentified subscriber" in the network.
Codes are compared as numbers where they are numbers (`000`, `0x0000000b` and `11` in any padding), else without regard to letter case; a system
may have a name for a code (`ESME_RINVDSTADR`). `0` means only what its system says that it means.
"""

import re
from functools import lru_cache
from importlib import resources
from typing import Final

import polars as pl

from sms_analytics import vocabulary as v

REASON: Final = pl.Enum(list(v.REASONS))
STATUS: Final = pl.Enum(list(v.STATUSES))

_Row = tuple[str | None, str | None, str | None]
_ANSWER: Final = {"reason": REASON, "status": STATUS, "meaning": pl.String()}
_NUMBER: Final = re.compile(r"(?:0x([0-9a-f]+)|([0-9]+)(?:\.0)?)")


def key(code: str) -> str:
    """The code as it is compared."""
    text = code.strip().lower()
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text.removeprefix("commandstatus.")
    hexadecimal, decimal = match.groups()
    return str(int(hexadecimal, 16) if hexadecimal else int(decimal))


@lru_cache(maxsize=1)
def table() -> pl.DataFrame:
    """Every known code: `code_system`, `code` as its system writes it, `name`, `reason`, `status` if the code implies one, `meaning`, `source`."""
    file = resources.files("sms_analytics.events.reference") / "codes.csv"
    return pl.read_csv(file.read_bytes(), infer_schema=False).with_columns(pl.col("reason").cast(REASON), pl.col("status").cast(STATUS))


@lru_cache(maxsize=1)
def _answers() -> dict[tuple[str, str], _Row]:
    answers: dict[tuple[str, str], _Row] = {}
    for system, code, name, *answer in table().select("code_system", "code", "name", *_ANSWER).iter_rows():
        reason, status, meaning = answer
        answers |= {(system, key(written)): (reason, status, meaning) for written in (code, name) if written}
    return answers


def _found(known: dict[tuple[str, str], _Row], system: str, code: str) -> _Row:
    """The code's own row, else that of its block (`4xx`), which some vendors publish so that their new codes can be read."""
    return known.get((system, code)) or known.get((system, code[:1] + "x" * (len(code) - 1))) or (None, None, None)


def systems() -> tuple[str, ...]:
    """The code systems that are known, in alphabetical order."""
    return tuple(sorted(table()["code_system"].unique()))


def is_known(system: str, code: str) -> bool:
    """Whether the table has this code of this system, with a reason or without."""
    return (system, key(code)) in _answers()


def read(code_systems: pl.Series, codes: pl.Series) -> pl.DataFrame:
    """`reason`, `status` and `meaning` of each code, one row per row of `codes`; nulls where system or code are unknown.

    `status` is given only where the code alone implies one, and then the record's own status word still goes before it. `reason` and `status`
    are enums of the vocabulary. Source: `reference/codes.csv`.
    """
    # a few codes stand in millions of rows: as categories they are told apart twice as fast
    rows = pl.DataFrame({"system": code_systems.cast(pl.String), "code": codes.cast(pl.String)}).cast(pl.Categorical)
    distinct = rows.drop_nulls().unique()
    known = _answers()
    found = [_found(known, system, key(code)) for system, code in distinct.iter_rows()]
    answers = distinct.hstack(pl.DataFrame(found, schema=_ANSWER, orient="row"))
    return rows.join(answers, on=["system", "code"], how="left", maintain_order="left").select(*_ANSWER)


def reasons(code_systems: pl.Series, codes: pl.Series) -> pl.Series:
    """The canonical reason of each code, null where it is unknown or no failure; see `read`."""
    return read(code_systems, codes)["reason"]
