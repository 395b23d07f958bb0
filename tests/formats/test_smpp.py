"""SMPP receipt texts in any log line: what the golden files do not show."""

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sms_analytics.events.readings import Context
from sms_analytics.formats import smpp
from sms_analytics.formats.engine import receipt_text
from tests.formats import damage, golden

CASES = [case for case in golden.cases() if case.parent.name == "smpp"]
LINES = [line for case in CASES for line in golden.records_of(case)["line"]]
SPECIFIC = [case for case in golden.cases() if case.parent.name == "front"]
PREFIX = "2026-03-18 09:14:05 DEBUG smsc=telia1 deliver_sm from=4740000001 to=Klinikken "
RECEIPT = "id:5C01A9 sub:001 dlvrd:001 submit date:2603180914 done date:2603180914 stat:DELIVRD err:000 text:"
#: Stands in every message text of these tests and nowhere else.
SECRET = "Ørnhemmelig"
NOISE = st.text(alphabet=st.one_of(st.sampled_from("\"'\\]},;: \t"), st.characters(codec="utf-8", exclude_characters="\n")), max_size=15)


def _parse(*lines: str) -> dict[str, pl.DataFrame]:
    return golden.shaped(smpp.FORMAT.parse(damage.of(lines), Context()))


def _read(*lines: str) -> list[dict[str, Any]]:
    return list(_parse(*lines)["readings"].iter_rows(named=True))


@st.composite
def torn(draw: st.DrawFn) -> str:
    """A line with one of its characters changed, or a half of it twice."""
    line = draw(st.sampled_from(LINES))
    at = draw(st.integers(0, len(line)))
    flipped = line[:at] + chr(ord(line[at]) ^ draw(st.sampled_from((1, 2, 4, 8, 16, 32)))) + line[at + 1 :] if at < len(line) else line
    result: str = draw(st.sampled_from((flipped.replace("\n", " "), line[:at] + line, line + line[at:], line[at:] + line[:at])))
    return result


@given(st.lists(st.one_of(damage.damaged(LINES), torn()), max_size=6))
def test_a_damaged_line_is_counted_once_and_never_raises(lines: list[str]) -> None:
    records = damage.of(lines)
    assert damage.places(smpp.FORMAT, records) == records["record_no"].to_list()


def _inside(text: str) -> list[str]:
    """The ways in which a program may write a receipt with this message text in it."""
    receipt = RECEIPT + text
    return [
        PREFIX + receipt,
        PREFIX + receipt.replace(" text:", " Text:", 1),
        PREFIX + receipt.replace(" text:", "\ttext: ", 1),
        f"{PREFIX}short_message={receipt!r}",
        f"{PREFIX}short_message={receipt.encode()!r} message_state=2",
        json.dumps({"time": "2026-03-18T09:14:05Z", "smsc": "telia1", "short_message": receipt, "source_addr": "4740000001"}),
        json.dumps({"level": "debug", "message": f'deliver_sm smsc=telia1 short_message="{receipt}" esm_class=4'}, ensure_ascii=False),
    ]


def _beside(text: str) -> list[str]:
    """The same for a message text in a member or variable of its own."""
    return [
        json.dumps({"smsc": "telia1", "text": text, "dlr": RECEIPT, "source_addr": "4740000001"}, ensure_ascii=False),
        json.dumps({"smsc": "telia1", "dlr": RECEIPT, "text": text, "source_addr": "4740000001"}, ensure_ascii=False),
        json.dumps({"smsc": "telia1", "body": text, "receipted_message_id": "5C01A9", "message_state": 2}, ensure_ascii=False),
        f"{PREFIX}content={text!r} {RECEIPT}",
        f"{PREFIX}content={text} {RECEIPT}",
        f"{PREFIX}content={json.dumps(text, ensure_ascii=False)} {RECEIPT}",
    ]


@given(NOISE, NOISE)
@example("id:99 ", " stat:UNDELIV err:5")
@example("text:", " smsc:")
@example('", "source_addr": "', "")
def test_message_text_in_the_receipt_is_nowhere_in_the_readings(before: str, behind: str) -> None:
    lines = _inside(f"{before}{SECRET}{behind}")
    readings = _read(*lines)
    assert [(row["message_id"], row["status"]) for row in readings] == [("5C01A9", "delivered")] * len(lines)
    assert not [row for row in readings if "hemmelig" in str(row)]


@given(NOISE, NOISE)
@example("id:99 ", " stat:UNDELIV err:5")
@example("", "' and \" more")
@example("\\", "")
@example("*", "*")
@example("\ue000", "")
@example('x" y="', "")
@example("a to:", " b")
def test_message_text_beside_the_receipt_is_nowhere_in_the_readings(before: str, behind: str) -> None:
    lines = _beside(f"{before}{SECRET}{behind}")
    readings = _read(*lines)
    assert [row["record_no"] for row in readings] == list(range(1, len(lines) + 1))
    assert not [row for row in readings if "hemmelig" in str(row)]


def test_text_behind_the_last_key_is_hidden_without_its_key_too() -> None:
    (row,) = _read(PREFIX + RECEIPT.replace(" text:", f" {SECRET} to:{SECRET}"))
    assert (row["message_id"], row["status"], "hemmelig" in str(row)) == ("5C01A9", "delivered", False)


@given(st.integers(0, len(PREFIX) + len(RECEIPT)), st.sampled_from((" text:", " Text:", "\ttext:")))
def test_a_line_without_its_beginning_keeps_its_text_hidden(cut: int, key: str) -> None:
    line = (PREFIX + RECEIPT.replace(" text:", key) + SECRET)[cut:]
    assert SECRET not in str(_read(line))


@given(NOISE)
def test_what_stands_behind_the_receipt_in_json_is_read(text: str) -> None:
    line = json.dumps({"short_message": RECEIPT + text, "smsc": "telia1", "source_addr": "4740000001", "destination_addr": "Klinikken"})
    (row,) = _read(line)
    assert (row["feed"], row["recipient"], row["sender"]) == ("telia1", "4740000001", "Klinikken")


@pytest.mark.parametrize("word", sorted(receipt_text.STATUS_WORDS))
def test_every_status_word(word: str) -> None:
    (row,) = _read(f"{PREFIX}id:5C01A9 stat:{word} err:000")
    assert (row["status"], row["status_raw"], row["said_by"]) == (receipt_text.STATUS_WORDS[word], word, "operator")


@pytest.mark.parametrize("state", range(10))
@pytest.mark.parametrize("written", ["{}", "0{}", "0x0{}", "\\x0{}", "%0{}", "'{}'"])
def test_every_message_state_in_every_notation(state: int, written: str) -> None:
    (row,) = _read(f"{PREFIX}receipted_message_id=5C01A9 message_state={written.format(state)}")
    word = receipt_text.MESSAGE_STATES[str(state)]
    assert (row["message_id"], row["status_raw"], row["status"]) == ("5C01A9", word, receipt_text.STATUS_WORDS[word])


@given(st.integers(0, 255), st.integers(0, 3), st.sampled_from((0, 1, 2, 3, 8)))
def test_a_network_error_code_is_a_map_error_if_its_type_is_gsm(low: int, high: int, kind: int) -> None:
    code = bytes((kind, high, low))
    written = (
        f"network_error_code={code.hex()}",
        f"network_error_code: {code.hex(' ').upper()}",
        "network_error_code=" + "".join(f"\\x{byte:02x}" for byte in code),
        "network_error_code=" + "".join(f"%{byte:02X}" for byte in code),
        f"network_error_code: {code!r}",
        f"0x0423=0x{code.hex()}",
        f'"network_error_code":{json.dumps(code.decode("latin-1"))}',
    )
    number = 256 * high + low
    expected = (str(number), "map") if kind == 3 and number else ("254", "smpp")
    rows = _read(*(f"{PREFIX}id:5C01A9 stat:UNDELIV err:254 text:{SECRET} {tlv}" for tlv in written))
    assert [(row["code_raw"], row["code_system"]) for row in rows] == [expected] * len(written)


@pytest.mark.parametrize("name", ["smsc", "smsc_id", "cid", "system_id", "bind", "connector", "feed"])
@pytest.mark.parametrize(
    "form", ["{}=telia-1 {}", "{}: telia-1, {}", '{{"{}": "telia-1", "dlr": "{}"}}', "[{}:telia-1] {}", "{{'{}': 'telia-1', 'dlr': '{}'}}"]
)
def test_names_of_the_connection(name: str, form: str) -> None:
    (row,) = _read(form.format(name, RECEIPT))
    assert row["feed"] == "telia-1"


def test_the_connection_behind_a_receipt_without_text() -> None:
    assert [row["feed"] for row in _read("id:5C01A9 stat:DELIVRD err:000 smsc=telia1", f"{RECEIPT}Hei smsc=telia1")] == ["telia1", None]


@pytest.mark.parametrize(
    ("ends", "recipient", "sender"),
    [
        ("from=4740000001 to=Klinikken", "4740000001", "Klinikken"),
        ("from=4740000001 to=2097", "4740000001", "2097"),
        ("from=4740000001 to=4740000099", "4740000001", "4740000099"),
        ("from=Klinikken to=4740000001", "4740000001", "Klinikken"),
        ("from=2097 to=4740000001", "4740000001", "2097"),
        ("to=4740000001", "4740000001", None),
        ("from=Klinikken", None, None),
        ("from=4740000001", "4740000001", None),
        ("", None, None),
    ],
)
def test_the_handset_is_the_recipient_whichever_way_the_log_turns_the_ends(ends: str, recipient: str | None, sender: str | None) -> None:
    (row,) = _read(f"2026-03-18 09:14:05 {ends} {RECEIPT}")
    assert (row["recipient"], row["sender"]) == (recipient, sender)


def test_a_lone_word_of_some_other_program_is_no_receipt() -> None:
    parsed = _parse("cache stat: hits 12", "stat:EXPIRED", "no keys at all")
    assert [frame["record_no"].to_list() for frame in parsed.values()] == [[2], [3], [1]]


def test_claims_receipts_and_nothing_else() -> None:
    others = ["", "stat: x", "id:7 err:1", "restat:DELIVRD valid:7", "status=DELIVRD id=7", "receipted_message_id=5C01A9"]
    assert smpp.claims(damage.of(others)) == 0
    own = ["stat:DELIVRD id:7", "id:7 STAT: DELIVRD", "stat:EXPIRED err:1", "receipted_message_id: 7 message_state: 2"]
    assert smpp.claims(damage.of([*own, *others])) == len(own)


def test_claims_its_own_logs_and_not_the_callbacks_of_front() -> None:
    for case in CASES:
        assert smpp.claims(golden.records_of(case)) > 0, case.name
    for case in SPECIFIC:
        assert smpp.claims(golden.records_of(case)) == 0, case.name
