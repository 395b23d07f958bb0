"""What a description may say: one of several paths, what is too common to tell a format, and what stays text wherever it is named."""

import polars as pl
import pytest

from sms_analytics.events.readings import RECORDS, Context, Format
from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Words

STATUSES: Words = {"1": "delivered", "2": "undelivered"}


def _format(*payloads: Payload) -> Format:
    return engine.make(Description(name="test", title="test", payloads=payloads))


def _lines(*lines: str) -> pl.DataFrame:
    return pl.DataFrame({"record_no": range(1, len(lines) + 1), "line": list(lines)}, schema=RECORDS)


def _payload(*needs: str, general: bool = False, hidden: tuple[str, ...] = ()) -> Payload:
    columns = {"message_id": ("id", "uuid"), "status": ("type", "status")}
    return Payload(needs=needs, columns=columns, statuses=STATUSES, general=general, hidden=hidden)


@pytest.mark.parametrize(
    ("need", "line", "meets"),
    [
        ("id|uuid", "uuid=7&x=1", True),
        ("id|uuid", "ref=7&x=1", False),
        ("id|uuid=7|8", "uuid=8&x=1", True),
        ("id|uuid=7|8", "uuid=9&x=1", False),
        ("id|uuid~^7", "id=9&uuid=71&x=1", True),
        ("id|uuid~^7", "id=9&uuid=81&x=1", False),
        ("!id|uuid", "ref=7&x=1", True),
        ("!id|uuid", "ref=7&uuid=1", False),
    ],
)
def test_a_need_may_name_several_paths(need: str, line: str, meets: bool) -> None:
    own = _format(Payload(needs=("x", need), columns={"message_id": ("id", "uuid")}))
    assert own.parse(_lines(line), Context()).readings.height == meets


@pytest.mark.parametrize("line", ["id=7&type=1", "uuid=7&status=1", "uuid=7&type=1&status=9"])
def test_columns_follow_the_path_that_is_there(line: str) -> None:
    own = _format(_payload("id|uuid", "type|status"))
    assert own.claims(_lines(line)) == 1
    assert own.parse(_lines(line), Context()).readings.select("message_id", "status").rows() == [("7", "delivered")]


def test_a_table_has_one_of_the_paths_as_its_header() -> None:
    own = _format(_payload("id|uuid", "type|status"), _payload("id", "word", general=True))
    assert set(own.headers) == {frozenset(pair) for pair in (("id", "type"), ("id", "status"), ("uuid", "type"), ("uuid", "status"))}


def test_what_is_general_is_read_and_tells_nothing() -> None:
    own = _format(_payload("id", "type"), _payload("id", "status", general=True))
    lines = _lines("id=7&type=1", "id=8&status=2")
    assert own.claims(lines) == 1
    assert own.claims(lines.tail(1)) == 0
    assert own.parse(lines, Context()).readings["status"].to_list() == ["delivered", "undelivered"]


@pytest.mark.parametrize("line", ["id=7&answer=stat%3AX+text%3AHemmelig&type=1", '{"id": 7, "answer": "stat:X text:Hemmelig", "type": 1}'])
def test_what_is_named_as_text_stays_text_where_a_need_looks_at_it(line: str) -> None:
    own = _format(_payload("id", "answer~^stat", hidden=("answer",)))
    (row,) = own.parse(_lines(line), Context()).readings.rows(named=True)
    assert (row["message_id"], row["status"]) == ("7", "delivered")
    assert "Hemmelig" not in str(row)


def test_sentences_of_unknown_parameters_are_masked() -> None:
    own = _format(_payload("id", "type"))
    (row,) = own.parse(_lines("id=7&type=1&ref=A1&note=Time+i+morgen+klokken+ni"), Context()).readings.rows(named=True)
    assert row["raw"] == "id=7&type=1&ref=A1&note=***"


def test_payloads_with_and_without_codes_of_their_own_stand_in_one_batch() -> None:
    coded = Payload(needs=("id", "code"), columns={"message_id": "id", "code": "code", "status": "type"}, statuses=STATUSES, code_system="map")
    own = _format(coded, _payload("id", "type"))
    rows = own.parse(_lines("id=7&type=2&code=6", "id=8&type=2"), Context()).readings
    assert rows["code_system"].to_list() == ["map", None]
