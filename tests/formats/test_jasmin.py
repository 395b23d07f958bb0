"""Jasmin: what the golden files do not show."""

import json
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.events.readings import Context
from sms_analytics.formats import jasmin, jasmin_tokens
from sms_analytics.formats.engine import receipt_text
from tests.formats import damage, golden

CASES = [case for case in golden.cases() if case.parent.name == "jasmin"]
LINES = [line for case in CASES for line in golden.records_of(case)["line"]]
OTHERS = [case for case in golden.cases() if case.parent.name in ("front", "kannel", "smpp")]


def _read(*lines: str) -> pl.DataFrame:
    return golden.shaped(jasmin.FORMAT.parse(damage.of(lines), Context()))["readings"]


def _dlr(message_id: str = "5C01A9", status: str = "DELIVRD", done: str = "2603180914", err: str = "000") -> str:
    return (
        f"2026-03-18 09:14:05 INFO     1 DLR [cid:telia] [smpp-msgid:{message_id}] [status:{status}] [submit date:2603180914] [done date:{done}] "
        f"[sub/dlvrd messages:001/001] [err:{err}] [content:'']"
    )


@given(st.lists(damage.damaged(LINES), max_size=6))
def test_a_damaged_line_is_counted_once_and_never_raises(lines: list[str]) -> None:
    records = damage.of(lines)
    assert damage.places(jasmin.FORMAT, records) == records["record_no"].to_list()


@pytest.mark.parametrize("word", sorted(receipt_text.STATUS_WORDS))
def test_every_stat_word_is_read_as_in_a_receipt_text(word: str) -> None:
    assert _read(_dlr(status=word))["status"].to_list() == [receipt_text.STATUS_WORDS[word]]


TOKEN = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="[]\n\r\0", exclude_categories=["Cc", "Zl", "Zp"]), max_size=10)


@given(st.lists(TOKEN, min_size=9, max_size=9))
def test_the_quick_way_reads_what_the_search_reads(values: list[str]) -> None:
    word, names = jasmin_tokens._LAYOUTS[0]
    tokens = " ".join(f"[{name}:{value}]" for name, value in zip(names, values, strict=True))
    halves = pl.DataFrame({"record_no": [1], "line": [""], "head": [f"2026-03-18 09:14:01 INFO     1 {word} {tokens}"], "content": ["''"]})
    quick = jasmin_tokens._split(halves, word, names).filter("sure")
    searched = jasmin_tokens._search(halves, frozenset())
    columns = [jasmin_tokens._FIELDS[name] for name in names if name in jasmin_tokens._FIELDS]
    assert quick.select(columns).rows() in ([], searched.select(columns).rows())


def test_the_quick_way_is_sure_of_a_usual_line() -> None:
    halves = pl.DataFrame({"line": [_dlr()]}).with_columns(head=pl.col("line").str.strip_suffix(" [content:'']"), content=pl.lit("'']"))
    assert jasmin_tokens._split(halves, *jasmin_tokens._LAYOUTS[1])["sure"].to_list() == [True]


def test_message_text_is_nowhere_in_the_readings() -> None:
    text = ("Time i morgen", "Hei", "Kari", "Lang melding", "linje", "navn", "Hemmelig", "stat:X", "4740000099")
    for case in CASES:
        readings = json.dumps([row for row in golden.read(case) if row["frame"] != "rejected"])
        assert not [word for word in text if word in readings], case.name


def test_missing_parts_are_empty() -> None:
    row = _read(_dlr(done="ND", err="ND")).row(0, named=True)
    assert (row["happened"], row["code_raw"], row["code_system"]) == (None, None, None)


def test_an_incoming_receipt_belongs_to_the_message_it_names_not_to_its_own_queue_id() -> None:
    line = "2026-03-18 09:15:00 INFO     1 SMS-MO [cid:telia] [queue-msgid:q1] [status:ESME_ROK] [from:4740000001] [to:Klinikken] [content:'id:7 stat:FAILED err:1']"
    row = _read(line).row(0, named=True)
    assert (row["message_id"], row["message_ref"], row["recipient"], row["sender"]) == ("7", None, "4740000001", "Klinikken")


def test_a_text_with_line_breaks_is_one_record() -> None:
    first = "2014-05-05 05:10:52 INFO     7 SMS-MT [cid:tx2] [queue-msgid:q1] [smpp-msgid:77] [status:ESME_ROK] [from:a] [to:b] [content:Hei"
    unfinished = jasmin.FORMAT.unfinished
    assert unfinished is not None
    whole = pl.DataFrame({"line": [first, f"{first}\nder]"]})
    assert whole.select(unfinished).to_series().to_list() == [True, False]
    begins = jasmin.FORMAT.begins
    assert begins is not None
    assert pl.Series([first, "der]"]).str.contains(begins).to_list() == [True, False]


def test_claims_its_own_logs_and_no_others() -> None:
    for case in CASES:
        assert jasmin.claims(golden.records_of(case)) > 0, case.name
    for case in OTHERS:
        assert jasmin.claims(golden.records_of(case)) == 0, case.name


def test_a_log_with_the_same_prefix_but_no_messages_is_not_claimed() -> None:
    assert jasmin.claims(damage.of(["2026-03-18 09:14:05 INFO     1 Started something"])) == 0


def test_what_a_token_holds_is_valid_json_in_extra() -> None:
    line = next(line for line in LINES if " SMS-MT " in line and "[validity:" in line)
    odd = re.sub(r"\[validity:[^\]]*\]", lambda _: '[validity:"no\\ne\0\x01]', line)
    (extra,) = jasmin.FORMAT.parse(damage.of([odd]), Context()).readings["extra"]
    assert json.loads(extra)["validity"] == '"no\\ne\0\x01'
