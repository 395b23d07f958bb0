"""Numbers are masked wherever they stand, and stay recognisable as different ones."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.text.masking import masked, masked_column, masked_messages


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+4740000001", "+47 4•• •• •01"),
        ("+46700000001", "+46 7•• ••• •01"),
        ("+12025550100", "+1 2•• ••• ••00"),
        ("+358400000117", "+358 4•• ••• •17"),
        ("+4758000000000001", "+47 5•• ••• ••• ••• 01"),
        ("47400xxxxx", "••••••••xx"),
        ("4,74E+09", "•,•••+09"),
        ("Kari Nordmann", "•••• ••••••nn"),
        ("2270", "••••"),
        ("", ""),
    ],
)
def test_one_number(number: str, shown: str) -> None:
    assert masked(number) == shown


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_three_digits_and_the_calling_code_are_all_that_stays(number: str) -> None:
    digits = re.sub(r"\D", "", masked(number))
    assert len(digits) <= 6
    assert number[1:].startswith(digits[:-2])
    assert number.endswith(digits[-2:])
    assert len(re.sub(r"[^\d•]", "", masked(number))) == len(number) - 1


def test_a_column_keeps_its_length_its_name_and_its_holes() -> None:
    column = pl.Series("recipient", ["+4740000001", None, "+4740000002"])
    hidden = masked_column(column)
    assert hidden.name == "recipient"
    assert hidden.to_list() == ["+47 4•• •• •01", None, "+47 4•• •• •02"]


def test_a_message_does_not_repeat_its_number_elsewhere() -> None:
    rows = pl.DataFrame(
        {
            "recipient": ["+4740000001", "+4740000002", None],
            "message_key": ["north/ref:nack:Klinikken>004740000001", "north/7", "north/8"],
            "message_id": [None, "7", "8"],
            "message_ref": ["nack:Klinikken>40000001", "nack:Klinikken>40000001", None],
            "client_ref": ["4740000001-17", "ordre-17", None],
            "detail": ["no subscriber 40000001", None, None],
        }
    )
    hidden = masked_messages(rows)
    assert hidden["message_key"].to_list() == ["north/ref:nack:Klinikken>+47 4•• •• •01", "north/7", "north/8"]
    assert hidden.row(0) == (
        "+47 4•• •• •01",
        "north/ref:nack:Klinikken>+47 4•• •• •01",
        None,
        "nack:Klinikken>+47 4•• •• •01",
        "+47 4•• •• •01-17",
        "no subscriber +47 4•• •• •01",
    )
    assert hidden.drop("recipient").rows()[1:] == rows.drop("recipient").rows()[1:]
