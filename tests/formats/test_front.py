"""Front: what the golden files do not show."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.events.readings import Context
from sms_analytics.formats import front, front_lines
from tests.formats import damage, golden

CASES = [case for case in golden.cases() if case.parent.name == "front"]
LINES = [line for case in CASES for line in golden.records_of(case)["line"]]
OTHERS = [case for case in golden.cases() if case.parent.name in ("jasmin", "kannel", "smpp")]
VALUES = st.one_of(st.integers(-10, 10**12), st.booleans(), st.none(), st.text(alphabet="abcæø 0123-:T", max_size=20))
KEYS = st.sampled_from(sorted({*front_lines._KNOWN_KEYS, "OrigId", "ukjent", "operator"}))
#: What a line says; `raw` and `extra` may be written otherwise.
TOLD = ["kind", "message_id", "account", "sender", "recipient", "logged", "logged_utc", "status", "status_raw", "code_raw", "detail", "price"]


def _read(*lines: str) -> pl.DataFrame:
    return golden.shaped(front.FORMAT.parse(damage.of(lines), Context()))["readings"]


@given(st.lists(damage.damaged(LINES), max_size=6))
def test_a_damaged_line_is_counted_once_and_never_raises(lines: list[str]) -> None:
    records = damage.of(lines)
    assert damage.places(front.FORMAT, records) == records["record_no"].to_list()


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_flat_objects_are_read_alike_together_and_one_by_one(fields: dict[str, object]) -> None:
    line = json.dumps(fields, ensure_ascii=False)
    quick, rest = front_lines.read(damage.of([line]), frozenset())
    if rest.is_empty():
        one_by_one = golden.shaped(front._DESCRIBED.parse(damage.of([line]), Context()))["readings"]
        assert golden.shaped(quick)["readings"].select(TOLD).rows() == one_by_one.select(TOLD).rows()


def test_a_flat_callback_takes_the_quick_way() -> None:
    quick, rest = front_lines.read(damage.of(['{"received":"2026-03-18T09:14:12+01:00","origid":81234567,"status":4}']), frozenset())
    assert (quick.readings.height, rest.height) == (1, 0)


def test_text_and_secrets_are_nowhere_in_the_readings() -> None:
    for case in CASES:
        readings = json.dumps([row for row in golden.read(case) if row["frame"] != "rejected"])
        assert not [word for word in ("emmelig", "Ja takk", "Ja+takk", "og mer") if word in readings], case.name


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ('203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /s?txt=Hei du&origid=1&status=4 HTTP/1.1" 200 4', "Hei du"),
        ('203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /s?origid=1&status=4 HTTP/1.1" 200 4 "https://example.no/?password=abc" "x"', "abc"),
        ('{"origid":1,"status":4,"TEXT":"Hei du"}', "Hei du"),
        ('{"origid":1,"status":4,"inner":[{"melding":{"a":"Hei du"}}]}', "Hei du"),
        ('{"origid":1,"status":4,"q":"a=1&txt=Hei du"}', "Hei du"),
        ("origid=1&status=4&message=Hei du, du", "Hei du"),
    ],
)
def test_masks_text_wherever_it_stands(line: str, hidden: str) -> None:
    readings = _read(line)
    assert readings.height == 1
    assert hidden not in json.dumps(readings.select("raw", "extra", "detail").rows())


def test_the_mask_keeps_what_says_the_status() -> None:
    raw = _read('203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /s?txt=Hei+du&origid=1&status=4 HTTP/1.1" 200 4')["raw"].item()
    assert "txt=***&origid=1&status=4 HTTP/1.1" in raw


def test_the_offset_of_the_access_log_counts() -> None:
    line = '203.0.113.9 - - [25/Oct/2026:02:30:00 {}] "GET /s?origid=1&status=4 HTTP/1.1" 200 4'
    times = _read(line.format("+0200"), line.format("+0100"))["logged_utc"].dt.to_string("%H:%M").to_list()
    assert times == ["00:30", "01:30"]


@pytest.mark.parametrize("code", [str(code) for code in (*range(1, 15), 22, 99)])
def test_every_error_of_the_submit_answer_is_a_refusal_with_its_code(code: str) -> None:
    row = _read(f"ErrorCode={code}, ID=0").row(0, named=True)
    assert (row["kind"], row["status"], row["said_by"], row["code_raw"], row["code_system"], row["message_id"]) == (
        "submission",
        "rejected",
        "gateway",
        code,
        "front_submit",
        None,
    )


def test_claims_callbacks_and_answers_only() -> None:
    ordinary = '203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /orders?status=open HTTP/1.1" 200 4'
    others = [ordinary, '{"status":200,"request":"GET / HTTP/1.1"}', '{"errorCode":"x","id":1}', "status=4", ""]
    assert front.claims(damage.of(others)) == 0
    assert front.claims(damage.of(["origid=1234&status=4", 'x {"errorcode":0,"id":1}', "ErrorCode=0, ID=81234567", *others])) == 3


def test_claims_its_own_logs_and_no_others() -> None:
    for case in CASES:
        assert front.claims(golden.records_of(case)) > 0, case.name
    for case in OTHERS:
        assert front.claims(golden.records_of(case)) == 0, case.name


@pytest.mark.parametrize(
    "line",
    ['{"time":"\x1f","origid":1,"status":4}', '{"origid":01,"status":4}', '{"origid":1,\xa0"status":4}', '{"origid":null,"status":4}', "{"],
)
def test_what_only_looks_like_a_callback_is_rejected(line: str) -> None:
    assert front.parse(damage.of([line]), Context()).rejected["record_no"].to_list() == [1]


def test_a_refused_answer_has_no_id_but_is_a_message_all_the_same() -> None:
    line = '{"received":"2026-03-18T09:14:12+01:00","phoneno":"004740000001","errorcode":14,"id":0,"description":"Message too long"}'
    assert _read(line).select("kind", "message_id", "status", "code_raw", "detail").rows() == [
        ("submission", None, "rejected", "14", "Message too long")
    ]
