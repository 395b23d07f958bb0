"""Inputs of the same kinds as the field cases, read without a database: which format a file has, and what its records say.

`field_kinds.jsonl` has a case a line: `name`, `file` and its `content` (text, or Base64 behind `base64:`), `format` (none: nobody's) and `events`, each with kind, status,
id, recipient and the time as the log has it (`~` in front: UTC). `python -m tests.test_field_kinds` writes what comes out: read the difference.
A part of them is tried in the test command, all of them by `make long` (FIELD_KINDS=all).
"""

import json
import os
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zlib import crc32

import pytest

from sms_analytics.config import Config
from sms_analytics.errors import UnknownFormatError
from sms_analytics.events.readings import Context
from sms_analytics.reading import containers, detection, sources

DATA: Final = Path(__file__).with_name("field_kinds.jsonl")
CASES: Final[list[dict[str, Any]]] = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
#: One in so many is tried in the test command.
_SHARE: Final = 6
TRIED: Final = [case for case in CASES if os.environ.get("FIELD_KINDS") == "all" or crc32(case["name"].encode()) % _SHARE == 0]


def _content(written: str) -> bytes:
    return b64decode(written.removeprefix("base64:")) if written.startswith("base64:") else written.encode()


def read(name: str, content: bytes, folder: Path) -> dict[str, Any]:
    """The format of a file and what its records say."""
    path = folder / name
    path.write_bytes(content)
    with sources.Source(str(path)) as source:
        try:
            format = detection.detect(source, Config())
        except UnknownFormatError:
            return {"format": None, "events": []}
        parsed = [format.parse(records, Context()) for records in containers.records(source, format)]
    events = []
    for row in (row for part in parsed for row in part.readings.iter_rows(named=True)):
        local, utc = (row.get("happened") or row.get("logged"), row.get("happened_utc") or row.get("logged_utc"))
        time = f"~{utc}" if utc is not None else str(local)
        events.append([row["kind"], row["status"], row.get("message_id"), row.get("recipient"), time])
    return {"format": format.name, "events": sorted(events, key=str)}


@pytest.mark.parametrize("case", TRIED, ids=lambda case: case["name"])
def test_a_file_of_that_kind_says_what_it_says(case: dict[str, Any], tmp_path: Path) -> None:
    assert read(case["file"], _content(case["content"]), tmp_path) == {"format": case["format"], "events": case["events"]}


def test_there_are_many_of_them() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES) > 300


def _write() -> None:
    """Writes what comes out of each case's file into the data."""
    with TemporaryDirectory() as folder:
        found = [case | read(case["file"], _content(case["content"]), Path(folder)) for case in CASES]
    DATA.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in found), "utf-8")


if __name__ == "__main__":
    _write()
