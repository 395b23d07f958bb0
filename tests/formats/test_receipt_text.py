"""The SMPP receipt text: keys in any order and spelling, dates of every length, message text nowhere."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics import vocabulary
from sms_analytics.formats.engine import receipt_text

STANDARD = "id:5C01A9 sub:001 dlvrd:001 submit date:2603180914 done date:2603180915 stat:UNDELIV err:00B text:Hemmelig"
FIELDS = ("id", "submit", "done", "submit_utc", "done_utc", "stat", "status", "reason", "err", "precision", "is_receipt")
PARTS = {
    "id": "5C01A9",
    "sub": "001",
    "dlvrd": "001",
    "submit date": "2603180914",
    "done date": "2603180915",
    "stat": "UNDELIV",
    "err": "00B",
}


def _row(text: str) -> dict[str, Any]:
    return receipt_text.read(pl.Series([text], dtype=pl.String)).row(0, named=True)


def _read(text: str) -> dict[str, Any]:
    row = _row(text)
    return {name: row[name] for name in FIELDS}


def _dates(*written: str | None) -> list[tuple[Any, ...]]:
    return receipt_text.read_dates(pl.Series(written, dtype=pl.String)).rows()


def test_the_usual_text() -> None:
    assert _row(STANDARD) == {
        "is_receipt": True,
        "id": "5C01A9",
        "stat": "UNDELIV",
        "status": "undelivered",
        "reason": None,
        "err": "00B",
        "masked": STANDARD.replace("Hemmelig", "***"),
        "submit": datetime.fromisoformat("2026-03-18T09:14"),
        "done": datetime.fromisoformat("2026-03-18T09:15"),
        "submit_utc": None,
        "done_utc": None,
        "precision": "minute",
    }


@given(st.permutations(list(PARTS)), st.sampled_from((" ", "  ", "\t", "\u00a0", ", ", ";", " | ")), st.sampled_from((str, str.upper, str.title)))
def test_the_order_the_case_and_what_stands_between_change_nothing(order: list[str], between: str, spelling: Any) -> None:
    text = between.join(f"{spelling(key)}:{PARTS[key]}" for key in order) + f"{between}{spelling('text')}:Hemmelig"
    assert _read(text) == _read(STANDARD)
    assert "Hemmelig" not in _row(text)["masked"]


@given(st.sets(st.sampled_from(("sub", "dlvrd", "submit date", "done date", "err"))), st.booleans())
def test_missing_keys_are_empty_and_leave_the_others_alone(missing: set[str], marked: bool) -> None:
    text = " ".join(f"{key}:{value}" for key, value in PARTS.items() if key not in missing) + (" text:Hemmelig" if marked else "")
    expected = _read(STANDARD)
    gone = {"submit date": ["submit"], "done date": ["done", "precision"], "err": ["err"]}
    assert _read(text) == expected | {name: None for key in missing for name in gone.get(key, [])}


@given(st.sets(st.sampled_from(tuple(PARTS))))
def test_an_empty_value_never_swallows_the_next_key(blank: set[str]) -> None:
    row = _row(" ".join(f"{key}:{'' if key in blank else value}" for key, value in PARTS.items()) + " text:")
    columns = {"id": "id", "submit date": "submit", "done date": "done", "stat": "stat", "err": "err"}
    assert {key for key, column in columns.items() if row[column] is None} == blank & set(columns)


@pytest.mark.parametrize("word", sorted(receipt_text.STATUS_WORDS))
@pytest.mark.parametrize("spelling", [str.upper, str.lower, str.title])
def test_status_words_in_any_case(word: str, spelling: Any) -> None:
    row = _row(f"id:7 stat:{spelling(word)} err:1")
    assert (row["status"], row["stat"], row["reason"]) == (receipt_text.STATUS_WORDS[word], spelling(word), receipt_text.REASON_WORDS.get(word))


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("DND_REJECTED", "stopped", "recipient_opted_out"),
        ("REJECTED_DND", "stopped", "recipient_opted_out"),
        ("EXP-103", "expired", None),
        ("exp", "expired", None),
        ("FAILED:busy", "undelivered", None),
        ("FAILED-12", "undelivered", None),
        ("SMSC_FAILED", "undelivered", None),
        ("MT-UNDELIV", "undelivered", None),
        ("UNDELIV_ABSENT", "undelivered", None),
        ("DELIVRD-OK", "delivered", None),
        ("DELIVRD:1", "delivered", None),
        ("NOT_DELIVERED", "undelivered", None),
        ("PARTLY_DELIVERED", "unrecognised", None),
        ("SENT_FAILED", "unrecognised", None),
        ("CARRIER_BARRED", "undelivered", "subscriber_barred"),
    ],
)
def test_words_with_a_prefix_or_a_tail(word: str, status: str, reason: str | None) -> None:
    row = _row(f"id:7 sub:001 stat:{word} err:1 text:Hemmelig")
    assert (row["status"], row["reason"], row["stat"], row["err"]) == (status, reason, word, "1")


@pytest.mark.parametrize("err", ["EC_ABSENT_SUBSCRIBER", "21b", "-1", "00B", "ABSENT-27"])
def test_codes_may_be_words(err: str) -> None:
    row = _row(f"id:7 sub:001 dlvrd:000 submit date:2603180914 done date:2603180914 stat:UNDELIV err:{err} text:Hemmelig")
    assert (row["status"], row["err"]) == ("undelivered", err)


@given(st.permutations(list(PARTS)), st.integers(0, 6), st.sampled_from((" ", "\n", "\r\n", "\\n", "\\r\\n", "\t \n")), st.booleans())
def test_the_message_text_may_stand_among_the_keys(order: list[str], place: int, between: str, unknown: bool) -> None:
    before, behind = order[:place], order[place:]
    pieces = [f"{key}:{PARTS[key]}" for key in before] + ["text:Hemmelig 1"] + [f"{key}:{PARTS[key]}" for key in behind]
    if unknown:
        pieces.insert(1, "network:24201")
    row = _row(between.join(pieces))
    assert "Hemmelig" not in row["masked"]
    if "stat" in behind:
        assert {name: row[name] for name in FIELDS} == _read(STANDARD)
    else:
        assert (row["status"], row["is_receipt"]) == ("undelivered", True)


@pytest.mark.parametrize("word", ["MYSTERY", "0", "2", "DELIVRDX", "DEL"])
def test_a_word_that_nobody_knows_is_unrecognised_and_kept(word: str) -> None:
    row = _row(f"id:7 stat:{word} err:1")
    assert (row["status"], row["stat"]) == ("unrecognised", word)


def test_the_tables_stay_within_the_vocabulary() -> None:
    assert set(receipt_text.STATUS_WORDS.values()) <= set(vocabulary.STATUSES)
    assert set(receipt_text.REASON_WORDS.values()) <= set(vocabulary.REASONS)
    assert set(receipt_text.REASON_WORDS) <= set(receipt_text.STATUS_WORDS)
    assert set(receipt_text.MESSAGE_STATES.values()) <= set(receipt_text.STATUS_WORDS)
    assert list(receipt_text.MESSAGE_STATES) == [str(state) for state in range(10)]


@pytest.mark.parametrize(
    ("text", "is_receipt"),
    [
        ("stat:DELIVRD", True),
        ("id:7 sub:001", True),
        ("id:7 err:1", True),
        ("id:7 done date:2603180914", True),
        ("id:7", False),
        ("submit date:2603180914", False),
        ("sub:001 dlvrd:001", False),
        ("Hei Kari, husk timen", False),
        ("restat:DELIVRD valid:7", False),
        ("", False),
    ],
)
def test_what_is_a_receipt(text: str, is_receipt: bool) -> None:
    assert _row(text)["is_receipt"] is is_receipt


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("id:7 stat:DELIVRD err:000 text:Hemmelig", "id:7 stat:DELIVRD err:000 text:***"),
        ("id:7 stat:DELIVRD err:000 Text:Hemmelig text:Hemmelig", "id:7 stat:DELIVRD err:000 Text:***"),
        ("id:7 stat:DELIVRD err:000 TEXT: Hemmelig", "id:7 stat:DELIVRD err:000 TEXT:***"),
        ("id:7 stat:DELIVRD err:000 text:", "id:7 stat:DELIVRD err:000 text:"),
        ("id:7 stat:DELIVRD err:000 text:Hei\nHemmelig\n", "id:7 stat:DELIVRD err:000 text:***"),
        ("id:7 stat:DELIVRD err:000 Hemmelig", "id:7 stat:DELIVRD err:000 ***"),
        ("id:7 sub:001 Hemmelig id 8", "id:7 sub:001 ***"),
        ("id:7 stat:DELIVRD err:000'}", "id:7 stat:DELIVRD err:000'}"),
        ("text:Hemmelig id:7 stat:DELIVRD", "text:*** id:7 stat:DELIVRD"),
        ("id:7 text:Hemmelig navn:Hemmelig stat:DELIVRD mcc:242 err:000", "id:7 text:*** stat:DELIVRD err:000"),
        ("stat:DELIVRD text:Hemmelig id:7", "stat:DELIVRD text:***"),
        ("id:7\\nstat:DELIVRD\\ntext:Hemmelig", "id:7\\nstat:DELIVRD\\ntext:***"),
        ("Hemmelig og id:7 stat:DELIVRD err:000", "*** id:7 stat:DELIVRD err:000"),
        ("Hemmelig id:7 stat:DELIVRD text:Hemmelig", "*** id:7 stat:DELIVRD text:***"),
        ("' id:7 stat:DELIVRD'", "' id:7 stat:DELIVRD'"),
        (STANDARD, STANDARD.replace("Hemmelig", "***")),
        (STANDARD.replace("Hemmelig", "Hemmelig text:Hemmelig"), STANDARD.replace("Hemmelig", "***")),
        (STANDARD.replace("text:", "Text:"), STANDARD.replace("text:Hemmelig", "Text:***")),
    ],
)
def test_message_text_is_masked_and_nothing_else(text: str, masked: str) -> None:
    assert _row(text)["masked"] == masked


@given(st.permutations(list(PARTS)), st.sampled_from((" text:", "\ttext:", " Text:", " TEXT:", ";text: ")), st.text(max_size=30))
def test_no_message_text_is_found_anywhere_in_the_fields(order: list[str], key: str, noise: str) -> None:
    secret = f"{noise}Ørnhemmelig id:99 stat:EXPIRED text:{noise}"
    head = " ".join(f"{name}:{PARTS[name]}" for name in order)
    row = _row(f"{head}{key}{secret}")
    assert "Ørnhemmelig" not in str(row)
    assert (row["id"], row["status"]) == ("5C01A9", "undelivered")


MOMENTS = st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2040-12-31T23:59:59")).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(MOMENTS)
def test_dates_of_every_length(moment: datetime) -> None:
    minute = moment.replace(second=0)
    assert _dates(f"{moment:%y%m%d%H%M}", f"{moment:%Y%m%d%H%M%S}") == [(minute, None, "minute"), (moment, None, "second")]


@given(MOMENTS)
def test_twelve_digits_are_read_with_a_two_digit_year_where_that_is_a_date(moment: datetime) -> None:
    short, whole = f"{moment:%y%m%d%H%M%S}", f"{moment:%Y%m%d%H%M}"
    (of_short,) = _dates(short)
    assert of_short == (moment, None, "second")
    ((of_whole, _, precision),) = _dates(whole)
    assert (of_whole, precision) == (moment.replace(second=0), "minute") or (f"{of_whole:%y%m%d%H%M%S}", precision) == (whole, "second")


@given(MOMENTS, st.integers(0, 9), st.integers(0, 48), st.sampled_from("+-"))
def test_the_absolute_form_states_its_offset(moment: datetime, tenth: int, quarters: int, sign: str) -> None:
    offset = timedelta(minutes=15 * quarters) * (1 if sign == "+" else -1)
    (found,) = _dates(f"{moment:%y%m%d%H%M%S}{tenth}{quarters:02d}{sign}")
    assert found == (None, moment + timedelta(milliseconds=100 * tenth) - offset, "second")


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "0", "0000000000", "000000000000", "00000000000000", "1", "26031809", "2613180914", "2603180960", "2602290914", "not-a-date"),
        *("2603180914x", "260318091400000R", "260318091400+", "٢٦٠٣١٨٠٩١٤", "7601010000", "5203180914", "26 03180914"),
    ],
)
def test_what_is_no_date_is_empty_and_has_no_precision(written: str | None) -> None:
    assert _dates(written) == [(None, None, None)]


@given(st.lists(st.one_of(st.just(STANDARD), st.text(max_size=40), st.sampled_from(("id:7 stat:DELIVRD", "", "id:8 sub:1"))), max_size=6))
def test_texts_are_read_alike_together_and_one_by_one(texts: list[str]) -> None:
    together = receipt_text.read(pl.Series(texts, dtype=pl.String))
    assert together.rows(named=True) == [_row(text) for text in texts]
