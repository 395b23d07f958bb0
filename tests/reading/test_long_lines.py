"""The cost of a line grows with its length and with nothing else, whatever it is made of and whatever stands before and behind it."""

import json
import time
from pathlib import Path

import polars as pl
import pytest

from sms_analytics.events.readings import RECORDS
from sms_analytics.reading.tables import of_lines
from tests import kannel_log as log
from tests.formats import golden
from tests.thorough import THOROUGH

LENGTH = 100_000
#: What a pattern could go back over.
FILLS = ("a", "1", '"', "[", "]", "=", " ", "a=", "+47", "%2B", '{"a":', '[{"a":1},', "{'a': ")
MORE = (
    "1-",
    "<a ",
    "a b ",
    "\\",
    "id:",
    "a:b&",
    "é",
    "\x00",
    "(",
    "array(",
    ",",
    ";",
    "\t",
    "|",
    "/",
    "?a=1&",
    "[msg:1:x] ",
    "stat:DELIVRD ",
    "=> ",
    "b'",
    "\\u0041",
)
RECEIPT = {"MessageSid": "SM01", "MessageStatus": "delivered", "To": "+4740000001", "From": "K", "AccountSid": "AC1", "ApiVersion": "2010-04-01"}
CASES = [case for case in golden.cases() if case.suffix == ".log"][:: 1 if THOROUGH else 15]


def _long(fill: str) -> str:
    return (fill * (LENGTH // len(fill) + 1))[:LENGTH]


def test_long_lines_beside_records_take_under_a_second_each(tmp_path: Path) -> None:
    answer, fills = json.dumps(RECEIPT), FILLS + MORE if THOROUGH else FILLS
    written = [line for fill in fills for line in (_long(fill), answer.replace("SM01", json.dumps(_long(fill))[1:-1]), answer + _long(fill))]
    path, db = tmp_path / "app.log", tmp_path / "sms.duckdb"
    path.write_text("\n".join([answer, *written]) + "\n", "utf-8")
    start = time.process_time()
    assert log.load(db, path).faults == []
    assert time.process_time() - start < len(written)
    ((records, accepted, _, _),) = log.counts(db)
    assert records == 1 + len(written)
    assert accepted > len(fills)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_a_format_reads_long_lines_in_linear_time(case: Path) -> None:
    own, line = golden.format_of(case), max(golden.records_of(case)["line"].drop_nulls(), key=len, default="")
    third = len(line) // 3
    for fill in FILLS + MORE if THOROUGH else FILLS[::4]:
        texts = [_long(fill), line + _long(fill), line[:third] + _long(fill) + line[third:], _long(fill) + line]
        frame = pl.DataFrame({"record_no": range(1, len(texts) + 1), "line": texts}, schema=RECORDS)
        start = time.process_time()
        own.claims(frame)
        own.parse(frame, golden.context_of(case))
        # Each line is looked at twice here.
        assert time.process_time() - start < 2 * len(texts), fill


def test_equal_headings_are_told_apart_in_linear_time() -> None:
    lines = [";".join(["Status"] * 990 + ["To", "Sent"]) + "\n", ";".join(["x"] * 992) + "\n"]
    start = time.process_time()
    (frame,) = of_lines(lines, 10)
    assert time.process_time() - start < 2
    assert {"Status", "Status 2", "Status 990"} <= set(frame.columns)
