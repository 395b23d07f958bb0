"""Payloads of every vendor in every container that programs write them in: claimed by their own format and no other.

A fixture is tried in some of the containers in the test command, in all of them by `make long` (FIELD_KINDS=all).
"""

import json
import os
from pathlib import Path
from typing import Final

import pytest

from tests.formats import golden
from tests.formats.test_detection import verdict_on, with_settings
from tests.reading.wrapped_payloads import CONTAINERS, OF_OBJECTS

_EVERY: Final = os.environ.get("FIELD_KINDS") == "all"
#: Payloads of a fixture that are looked at inside a container.
_MOST: Final = 12
#: Records of their own kind, no payloads that somebody receives.
_LOGS: Final = ("front", "jasmin", "kannel", "kannel_bearerbox", "kannel_sqlbox", "smpp", "ucp")
_ALL: Final = CONTAINERS | OF_OBJECTS


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _is_form(line: str) -> bool:
    return "&" in line and "=" in line.split("&", maxsplit=1)[0] and not set(line) & set(" {<") and not line.startswith("#")


def _payloads() -> list[tuple[Path, str, list[str]]]:
    """Fixtures with the payloads of one kind that stand in them, a line each."""
    found = []
    for case in golden.cases():
        format = golden.format_of(case)
        if format.general or format.name in _LOGS:
            continue
        lines = [line for line in case.read_text("utf-8", "replace").splitlines() if line.strip()]
        for kind, of_kind in (("object", _is_object), ("form", _is_form)):
            if bodies := [line for line in lines if of_kind(line)][:_MOST]:
                found.append((case, kind, bodies))
    return found


PAYLOADS: Final = _payloads()


def test_there_are_payloads_of_most_vendors() -> None:
    assert len({case.parent.name for case, _, _ in PAYLOADS}) >= 30


@pytest.mark.parametrize("name", _ALL)
def test_a_payload_is_its_own_formats_whatever_it_is_written_in(name: str, tmp_path: Path) -> None:
    header, contain = _ALL[name]
    share, tried = list(_ALL).index(name), 0
    for number, (case, kind, bodies) in enumerate(PAYLOADS):
        if (name in OF_OBJECTS and kind != "object") or not (_EVERY or number % len(_ALL) == share):
            continue
        plain, written = tmp_path / "plain.log", tmp_path / "written.log"
        plain.write_text("".join(f"{body}\n" for body in bodies), "utf-8")
        written.write_text("".join(f"{line}\n" for line in [header, *map(contain, bodies)] if line), "utf-8")
        settings = with_settings(case)
        alone = verdict_on(plain, settings)
        if alone[0] == case.parent.name:
            assert verdict_on(written, settings) == alone, case
            tried += 1
    assert tried >= 2
