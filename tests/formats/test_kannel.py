"""Kannel access logs: what the golden files do not show."""

from typing import Any

import polars as pl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sms_analytics.events.readings import Context
from sms_analytics.formats import kannel, kannel_tokens
from sms_analytics.formats.engine import kannel_types, receipt_text
from tests.formats import damage, golden

CASES = [case for case in golden.cases() if case.parent.name == "kannel"]
LINES = [line for case in CASES for line in golden.records_of(case)["line"]]
OTHERS = [case for case in golden.cases() if case.parent.name in ("front", "jasmin", "smpp")]
RECEIPT = "id:5C01A9 sub:001 dlvrd:001 submit date:2603180914 done date:2603180914 stat:DELIVRD err:000 text:"
#: Stands in every message text of these tests and nowhere else.
SECRET = "Ørnhemmelig"
NOISE = st.text(alphabet=st.one_of(st.sampled_from("[]: "), st.characters(codec="utf-8")), max_size=15)
TOKEN = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="[]\n\r\0", exclude_categories=["Cc", "Zl", "Zp"]), max_size=10)


def _line(
    word: str = "Sent SMS", text: str = "Time i morgen", flags: str = "-1:0:-1:-1:31", udh: str = "0:", size: int | None = None, **tokens: str
) -> str:
    usual = {"SMSC": "telia1", "SVC": "kunde7", "ACT": "", "BINF": "", "FID": "5C01A9", "META": "?smpp?", "from": "Klinikken", "to": "+4740000001"}
    written = " ".join(f"[{name}:{value}]" for name, value in (usual | tokens | {"flags": flags}).items())
    return f"2026-03-18 09:14:01 {word} {written} [msg:{len(text.encode()) if size is None else size}:{text}] [udh:{udh}]"


def _receipt(text: str = RECEIPT, mask: int = 1, **more: Any) -> str:
    return _line("Receive DLR", text, flags=f"-1:-1:-1:-1:{mask}", **more)


def _read(*lines: str) -> list[dict[str, Any]]:
    return list(golden.shaped(kannel.FORMAT.parse(damage.of(lines), Context()))["readings"].iter_rows(named=True))


@st.composite
def torn(draw: st.DrawFn) -> str:
    """A line with one of its characters changed, or a half of it twice."""
    line = draw(st.sampled_from(LINES))
    at = draw(st.integers(0, len(line)))
    flipped = line[:at] + chr(ord(line[at]) ^ draw(st.sampled_from((1, 2, 4, 8, 16, 32)))) + line[at + 1 :] if at < len(line) else line
    result: str = draw(st.sampled_from((flipped, line[:at] + line, line + line[at:], line[at:] + line[:at])))
    return result


@given(st.lists(st.one_of(damage.damaged(LINES), torn()), max_size=6))
def test_a_damaged_line_is_counted_once_and_never_raises(lines: list[str]) -> None:
    records = damage.of(lines)
    assert damage.places(kannel.FORMAT, records) == records["record_no"].to_list()


@given(NOISE, NOISE)
@example("ACK/", "")
def test_message_text_is_nowhere_in_the_readings(before: str, behind: str) -> None:
    # Behind the mask of a NACK this word begins an explanation of the operator's.
    assume(not before.startswith("NACK/"))
    text = f"{before}{SECRET}{behind}"
    lines = [
        _line(text=text),
        _line("FAILED Send SMS", text),
        _line(text=text, udh="6:050003A10201"),
        _line(text=text, FID="", flags="-1:0:-1:-1:0"),
        _receipt(RECEIPT + text),
        _receipt(RECEIPT.replace(" text:", " Text:") + text),
        _receipt(text),
        _receipt(text, mask=16),
        _receipt(RECEIPT.replace(" text:", f" {SECRET}")),
    ]
    readings = _read(*lines)
    assert [row["record_no"] for row in readings] == list(range(1, len(lines) + 1))
    assert {row["message_id"] for row in readings} == {"5C01A9", None}
    assert {row["recipient"] for row in readings} == {"+4740000001"}
    assert not [row for row in readings if "hemmelig" in str(row)]


@given(st.integers(0, 300), st.booleans())
def test_a_cut_line_keeps_its_text_hidden(cut: int, head: bool) -> None:
    whole = [_line(text=f"Hei {SECRET} ] og {SECRET}"), _receipt(RECEIPT + SECRET), _receipt(RECEIPT.replace(" text:", " Text:") + SECRET)]
    lines = [line[:cut] if head else line[-cut:] for line in whole]
    assert not [row for row in _read(*lines) if "hemmelig" in str(row)]


@given(st.lists(TOKEN, min_size=8, max_size=8), st.integers(-1, 63), NOISE)
def test_the_usual_layout_and_any_other_are_read_alike(values: list[str], mask: int, text: str) -> None:
    tokens: dict[str, Any] = dict(zip(("SMSC", "SVC", "ACT", "BINF", "FID", "META", "from", "to"), values, strict=True))
    flags = f"-1:0:-1:-1:{mask}"
    for word in ("Sent SMS", "Receive DLR", "FAILED Send SMS"):
        usual = _line(word, text, flags, **tokens)
        longer = f"{usual} [X:1]"
        one, other = ({name: value for name, value in row.items() if name not in ("raw", "record_no")} for row in _read(usual, longer))
        assert one == other


@pytest.mark.parametrize("word", sorted(kannel_tokens.SUBMISSION_WORDS))
def test_words_about_submissions(word: str) -> None:
    (row,) = _read(_line(word))
    status, reason = kannel_tokens.SUBMISSION_WORDS[word]
    assert (row["kind"], row["status"], row["reason"], row["said_by"], row["status_raw"]) == ("submission", status, reason, "gateway", word)


@pytest.mark.parametrize("word", kannel_tokens.RECEIPT_WORDS)
def test_words_about_receipts(word: str) -> None:
    (row,) = _read(_line(word, RECEIPT, flags="-1:-1:-1:-1:1"))
    assert (row["kind"], row["status"], row["said_by"], row["message_id"]) == ("receipt", "delivered", "operator", "5C01A9")


@pytest.mark.parametrize("word", kannel_tokens.SKIPPED_WORDS)
def test_words_without_a_status_move_the_clock_only(word: str) -> None:
    parsed = golden.shaped(kannel.FORMAT.parse(damage.of([_line(word)]), Context()))
    assert [frame.height for frame in parsed.values()] == [0, 1, 0]
    assert parsed["skipped"].select("feed", pl.col("logged").dt.hour()).row(0) == ("telia1", 9)


@pytest.mark.parametrize("mask", range(-1, 130))
def test_the_mask_speaks_where_the_text_is_no_receipt(mask: int) -> None:
    (row,) = _read(_receipt("Hei", mask))
    assert row["status"] == kannel_types.STATUSES.get(mask, "unrecognised")


@pytest.mark.parametrize("stat", sorted(receipt_text.STATUS_WORDS))
@pytest.mark.parametrize("mask", [1, 2, 4])
def test_the_text_speaks_before_the_mask(stat: str, mask: int) -> None:
    (row,) = _read(_receipt(RECEIPT.replace("DELIVRD", stat), mask))
    assert row["status"] == receipt_text.STATUS_WORDS[stat]


@pytest.mark.parametrize("mask", range(-1, 64))
def test_what_the_mask_asks_for(mask: int) -> None:
    (row,) = _read(_line(flags=f"-1:0:-1:-1:{mask}"))
    phone = max(mask, 0) & 3
    assert row["receipt_requested"] == {0: "none", 1: "partial", 2: "partial", 3: "full"}[phone]


@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from((0, 1, 2, 3, 4, 8)), st.integers(0, 300))
def test_dlr_err_is_a_map_error_if_it_is_a_gsm_code_of_its_own(low: int, high: int, kind: int, err: int) -> None:
    meta = f"?smpp?dlr_err=%{kind:02X}%{high:02x}%{low:02X}&"
    (row,) = _read(_receipt(RECEIPT.replace("DELIVRD err:000", f"UNDELIV err:{err:03d}"), 2, META=meta))
    number = 256 * high + low
    own = kind == 3 and number not in (0, err)
    assert (row["code_raw"], row["code_system"]) == ((str(number), "map") if own else (f"{err:03d}", "smpp"))


@given(st.integers(0, 255), st.integers(1, 255), st.integers(1, 255), st.booleans())
def test_a_concatenation_header_ties_the_parts(group: int, first: int, second: int, wide: bool) -> None:
    part, parts = sorted((first, second))
    udh = f"7:060804{group:04X}{parts:02X}{part:02X}" if wide else f"6:050003{group:02X}{parts:02X}{part:02X}"
    (row,) = _read(_line(udh=udh))
    assert (row["part_no"], row["parts"]) == (part, parts)
    assert row["message_ref"] == f"udh:{group:0{4 if wide else 2}X}/{parts:02X}:+4740000001"


def test_parts_of_different_messages_are_not_tied() -> None:
    rows = _read(
        _line(udh="6:050003A10201"),
        _line(udh="6:050003A20201"),
        _line(udh="6:050003A10301"),
        _line(udh="6:050003A10201", to="+4740000002"),
        _line(udh="7:060804A1A10201"),
        _line(udh="6:050003A10202", FID=""),
    )
    refs = [row["message_ref"] for row in rows]
    assert len(set(refs)) == 5
    assert refs[0] == refs[5]


def test_a_refusal_and_the_nack_about_it_are_tied() -> None:
    failed, nack = _read(_line("FAILED Send SMS", FID=""), _receipt("NACK/0x0000000b/Invalid Dest Addr", 16, FID=""))
    assert failed["message_ref"] == nack["message_ref"] is not None
    assert (nack["code_raw"], nack["code_system"], nack["detail"]) == ("0x0000000b", "smpp_command_status", "Invalid Dest Addr")


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("a" * 160, 0, None),
        ("a" * 161, 0, 2),
        ("a" * 159 + "€", 0, 2),
        ("å" * 160, -1, None),
        ("a" * 307, 0, 3),
        ("00" * 140, 1, None),
        ("00" * 141, 1, 2),
        ("0061" * 70, 2, None),
        ("0061" * 71, 2, 2),
        ("0061" * 135, 2, 3),
    ],
)
def test_a_text_longer_than_one_sms_is_the_first_part_of_several(text: str, coding: int, parts: int | None) -> None:
    (row,) = _read(_line(text=text, flags=f"-1:{coding}:-1:-1:31"))
    assert (row["parts"], row["part_no"], row["receipt_requested"]) == (parts, None if parts is None else 1, "full")


def test_the_first_time_of_a_line_is_the_logs() -> None:
    usual = _line()
    tokens = usual[20:]
    for stamp, logged, logged_utc in (
        ("2026-03-18 09:14:01 2026-03-18 08:14:01", "2026-03-18 09:14:01", None),
        ("2026-03-18 09:14:01 1773821641", "2026-03-18 09:14:01", None),
        ("1773821641", None, "2026-03-18 08:14:01"),
        ("2026-03-18T09:14:01+01:00", None, "2026-03-18 08:14:01"),
        ("[ID:7f0d] 2026-03-18 09:14:01", "2026-03-18 09:14:01", None),
    ):
        line = f"{stamp} {tokens}"
        assert kannel.claims(damage.of([line])) == 1
        (row,) = _read(line)
        assert (row["logged"] and str(row["logged"]), row["logged_utc"] and str(row["logged_utc"])) == (logged, logged_utc)


@pytest.mark.parametrize("tail", ["", " [udh:0:]", " [flags:-1:0:-1:-1:31] [udh:]", " [LOGDATA:x]"])
def test_without_a_length_the_text_ends_where_tokens_alone_follow(tail: str) -> None:
    line = f"2026-03-18 09:14:01 Sent SMS [SMSC:telia1] [FID:5C01A9] [from:Klinikken] [to:+4740000001] [msg:Hei [{SECRET}] {SECRET}]{tail}"
    (row,) = _read(line)
    assert (row["message_id"], row["recipient"], row["status"]) == ("5C01A9", "+4740000001", "submitted")
    assert SECRET not in str(row)
    (behind,) = _read(line + f" [hemmelig:{SECRET}]")
    assert SECRET not in str(behind)


def test_claims_lines_with_its_words_and_tokens_only() -> None:
    others = ["", "Sent SMS", "2026-03-18 09:14:01 Log begins", "He said: Sent SMS [SMSC:x] [FID:1]", _line("Sendt SMS"), "Sent SMS to [x]"]
    assert kannel.claims(damage.of(others)) == 0
    assert kannel.claims(damage.of([_line(), _receipt(), _line("Receive SMS"), _line()[20:], *others])) == 4


def test_claims_its_own_logs_and_no_others() -> None:
    for case in CASES:
        assert kannel.claims(golden.records_of(case)) > 0, case.name
    for case in OTHERS:
        assert kannel.claims(golden.records_of(case)) == 0, case.name


@pytest.mark.parametrize("text", ["æøå", "aæb", "Hei på deg", "åå]å", "ååå åååå"])
def test_a_length_that_ends_within_a_character_counts_characters(text: str) -> None:
    """As in a log in Latin-1, whose lengths are those of its own bytes."""
    (reading,) = _read(_line(text=text, size=len(text)))
    assert (reading["message_id"], reading["recipient"], reading["status"]) == ("5C01A9", "+4740000001", "submitted")
    assert text not in reading["raw"]
    assert reading["raw"].endswith("[udh:0:]")
