"""Files as people have them, each with what must come out: `field_cases/NAME/case.json` says which calls load them and what the database then holds."""

import argparse
import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from sms_analytics.commands import loader
from sms_analytics.commands.loader import LoadReport
from sms_analytics.database import store

CASES: Final = sorted(path.parent for path in Path(__file__).with_name("field_cases").glob("*/case.json"))
CONFIG: Final = "sms_analytics.toml"
Expected = dict[str, Any]


def _options(args: list[str]) -> dict[str, Any]:
    """Arguments of the command as keywords of its function."""
    parser = argparse.ArgumentParser()
    for name in ("--time-zone", "--receipt-zone", "--feed", "--account", "--format"):
        parser.add_argument(name)
    return {name: value for name, value in vars(parser.parse_args(args)).items() if value is not None}


def _loaded(case: Path, folder: Path) -> tuple[Path, list[LoadReport]]:
    for file in case.iterdir():
        shutil.copy(file, folder)
    db, config = folder / "field_case.duckdb", folder / CONFIG
    reports = [
        loader.load(
            [str(folder / name) for name in call["files"]], db=db, config=config if config.is_file() else None, **_options(call.get("args", []))
        )
        for call in json.loads((case / "case.json").read_text("utf-8"))["load"]
    ]
    return db, reports


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    answer = db.execute(query)
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _texts_of(db: duckdb.DuckDBPyConnection) -> str:
    """All that stands in any column of any table or view."""
    tables = [row["table_name"] for row in _rows(db, "SELECT table_name FROM information_schema.tables")]
    return "\n".join(str(row) for table in tables for row in db.execute(f'SELECT * FROM "{table}"').fetchall())


def _is_near(found: Any, wanted: str) -> bool:
    """Whether a time is the one that is written, to its second."""
    return found is not None and bool(found - timedelta(microseconds=found.microsecond) == type(found).fromisoformat(wanted))


class _Answers:
    """What a database holds, against what a case expects of it."""

    def __init__(self, path: Path, db: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.db = db
        self.messages = _rows(db, "SELECT * FROM messages")
        self.events = _rows(db, "SELECT * FROM events")

    def differences(self, expect: Expected) -> list[str]:
        """What is otherwise, a line each."""
        found: list[str] = []
        for name, wanted in expect.items():
            found += getattr(self, f"_{name}")(wanted)
        return found

    def _messages(self, wanted: int) -> list[str]:
        return [] if len(self.messages) == wanted else [f"{len(self.messages)} messages, not {wanted}"]

    def _each(self, wanted: list[Expected]) -> list[str]:
        found = []
        for one in wanted:
            key = "message_id" if "message_id" in one else "recipient"
            rows = [row for row in self.messages if row[key] == one[key]]
            if len(rows) != 1:
                found.append(f"{len(rows)} messages have the {key} {one[key]}")
            found += [f"{one[key]}: {name} is {row[name]!r}, not {value!r}" for row in rows for name, value in one.items() if row[name] != value]
        return found

    def _outcomes(self, wanted: dict[str, int]) -> list[str]:
        counts = Counter(row["outcome"] for row in self.messages)
        return [] if counts == wanted else [f"outcomes are {dict(counts)}, not {wanted}"]

    def _outcomes_at_least(self, wanted: dict[str, int]) -> list[str]:
        counts = Counter(row["outcome"] for row in self.messages)
        return [f"{counts[outcome]} {outcome}, not {least} or more" for outcome, least in wanted.items() if counts[outcome] < least]

    def _events(self, wanted: list[Expected]) -> list[str]:
        found = []
        for one in wanted:
            times = [(row["event_utc"], row["received_utc"]) for row in self.events if row["status"] == one["status"]]
            if not any(_is_near(time, one["time"]) for pair in times for time in pair):
                found.append(f"no event {one['status']} at {one['time']}, but {times}")
        return found

    def _submitted(self, wanted: dict[str, str]) -> list[str]:
        rows = {row["recipient"]: row["submitted_utc"] for row in self.messages}
        return [f"{number}: submitted {rows.get(number)}, not {time}" for number, time in wanted.items() if not _is_near(rows.get(number), time)]

    def _reasons_known(self, wanted: int) -> list[str]:
        """At least so many: a case names those that must be known. Which reason each code has is asked in `events/test_codes.py`."""
        reasons = [row["reason"] for row in self.messages]
        known = sum(reason not in (None, "unspecified") for reason in reasons)
        return [] if known >= wanted else [f"{known} reasons are known, not {wanted} or more: {reasons}"]

    def _absent(self, wanted: list[str]) -> list[str]:
        stored, texts = self.path.read_bytes(), _texts_of(self.db)
        return [f"{text} is in the database" for text in wanted if text in texts or text.encode() in stored]

    def _submission_missing(self, wanted: int) -> list[str]:
        count = sum(row["submission_missing"] for row in self.messages)
        return [] if count == wanted else [f"{count} messages without a submission, not {wanted}"]

    def _either(self, wanted: list[Expected]) -> list[str]:
        answers = [self.differences(one) for one in wanted]
        return [] if [] in answers else [" or ".join("; ".join(one) for one in answers)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_from_the_field_is_read_right(case: Path, tmp_path: Path) -> None:
    path, reports = _loaded(case, tmp_path)
    for load in (load for report in reports for load in report.loads):
        assert load.records == load.accepted + load.skipped + load.rejected
    expect = json.loads((case / "case.json").read_text("utf-8"))["expect"]
    if not path.is_file():
        # Nothing was loaded, so there are no messages.
        assert expect == {"messages": 0}
        return
    with store.connect(path) as db:
        differences = _Answers(path, db).differences(expect)
    told = [text for report in reports for text in report.faults + report.warnings]
    assert not differences, "\n".join([*differences, *told])


def test_all_cases_are_there() -> None:
    assert len(CASES) >= 20
