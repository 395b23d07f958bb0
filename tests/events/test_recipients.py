"""Numbers as written against the E.164 they stand for."""

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_analytics.database.schemas import E164
from sms_analytics.errors import UsageError
from sms_analytics.events import recipients

WRITTEN = {
    "+4740000001": ("+4740000001", "NO"),
    "004740000001": ("+4740000001", "NO"),
    "+004740000001": ("+4740000001", "NO"),
    "4740000001": ("+4740000001", "NO"),
    "40000001": ("+4740000001", "NO"),
    "400 00 001": ("+4740000001", "NO"),
    " +47 400 00 001 ": ("+4740000001", "NO"),
    "+47\u00a0400\u202f00\u2009001": ("+4740000001", "NO"),
    "\ufeff40000001\u200b": ("+4740000001", "NO"),
    "\u202a+47 40000001\u202c": ("+4740000001", "NO"),
    "+47-400-00-001": ("+4740000001", "NO"),
    "400\u201100\u2013001": ("+4740000001", "NO"),
    "(+47) 400.00.001": ("+4740000001", "NO"),
    "'40000001": ("+4740000001", "NO"),
    "4740000001.0": ("+4740000001", "NO"),
    "40000001,00": ("+4740000001", "NO"),
    "4.740000001E+09": ("+4740000001", "NO"),
    "4,0000001E+07": ("+4740000001", "NO"),
    # digits are gone: never completed
    "4,74E+09": ("4,74E+09", "NO"),
    "4.74e9": ("4.74e9", "NO"),
    "4.6701E+10": ("4.6701E+10", "SE"),
    "47400xxxxx": ("47400xxxxx", "NO"),
    "+47 400 ** ***": ("+47 400 ** ***", "NO"),
    "400xxxxx": ("400xxxxx", "NO"),
    "9665xxxxxxxx": ("9665xxxxxxxx", "SA"),
    # invalid, but numbers all the same
    "59 44 44 00": ("+4759444400", "NO"),
    "+47 59 44 44 00": ("+4759444400", "NO"),
    "47400000012": ("+47400000012", "NO"),
    "+47": ("47", None),
    # machine-to-machine
    "580000000001": ("+47580000000001", "NO"),
    "47580000000001": ("+47580000000001", "NO"),
    "+47 5800 0000 0001": ("+47580000000001", "NO"),
    # Svalbard and neighbours
    "79000001": ("+4779000001", "SJ"),
    "4779000001": ("+4779000001", "SJ"),
    "46700000001": ("+46700000001", "SE"),
    "+46 (0)70 000 00 01": ("+46700000001", "SE"),
    "+4540000001": ("+4540000001", "DK"),
    "+447781000001": ("+447781000001", "GG"),
    "+35818000001": ("+35818000001", "AX"),
    "+77010000001": ("+77010000001", "KZ"),
    "12125550100": ("+12125550100", "US"),
    "+14165550100": ("+14165550100", "CA"),
    # no numbers of a country
    "2000": ("2000", None),
    "+2000": ("2000", None),
    "02800": ("02800", None),
    "20 00": ("2000", None),
    "Klinikken": ("Klinikken", None),
    " Klinikken 24 ": ("Klinikken 24", None),
    "0700000001": ("0700000001", None),
    "400000012": ("400000012", None),
    "+881600000001": ("+881600000001", None),
    "+999400000001": ("+999400000001", None),
    "40000001 / 40000002": ("40000001 / 40000002", None),
    "-40000001": ("+4740000001", "NO"),
    "0": ("0", None),
    "+": ("+", None),
}


@pytest.mark.parametrize(("written", "expected"), WRITTEN.items())
def test_norwegian_home(written: str, expected: tuple[str, str | None]) -> None:
    assert recipients.one(written, "NO") == expected


@pytest.mark.parametrize(
    ("home", "written", "expected"),
    [
        ("SE", "0700000001", ("+46700000001", "SE")),
        ("SE", "070-000 00 01", ("+46700000001", "SE")),
        ("SE", "700000001", ("+46700000001", "SE")),
        ("SE", "46700000001", ("+46700000001", "SE")),
        ("SE", "4740000001", ("+4740000001", "NO")),
        ("SE", "72000", ("72000", None)),
        ("DK", "40000001", ("+4540000001", "DK")),
        ("DK", "4740000001", ("+4740000001", "NO")),
        ("FI", "040 0000001", ("+358400000001", "FI")),
        ("FI", "4740000001", ("+4740000001", "NO")),
        ("DE", "0171/0000001", ("+491710000001", "DE")),
        ("DE", "4740000001", ("+4740000001", "NO")),
        ("GB", "07400 000001", ("+447400000001", "GB")),
        ("GB", "7400000001", ("+447400000001", "GB")),
        ("IS", "600 0001", ("+3546000001", "IS")),
        ("FO", "200001", ("+298200001", "FO")),
        ("GL", "200001", ("+299200001", "GL")),
        ("IT", "06 0000 0001", ("+390600000001", "IT")),
        ("IT", "393400000001", ("+393400000001", "IT")),
        ("US", "(212) 555-0100", ("+12125550100", "US")),
        ("RU", "8 900 000-00-01", ("+79000000001", "RU")),
        ("TA", "8001", ("+2908001", "TA")),
        # written as the home country writes its mobile numbers, whatever other country the digits could begin with
        ("CN", "13800000001", ("+8613800000001", "CN")),
        ("CN", "138 0000 0001", ("+8613800000001", "CN")),
        ("CN", "8613800000001", ("+8613800000001", "CN")),
        ("CN", "+13800000001", ("+13800000001", "US")),
        ("CN", "4740000001", ("+4740000001", "NO")),
        ("NO", "13800000001", ("+13800000001", "US")),
        ("US", "2125550100", ("+12125550100", "US")),
        ("US", "4740000001", ("+14740000001", "CA")),
        ("BR", "(11) 96123-4567", ("+5511961234567", "BR")),
        ("BR", "11961234567", ("+5511961234567", "BR")),
        # the zero before it is lost: the home country's where no other country has such a number
        ("TR", "5012345678", ("+905012345678", "TR")),
        ("AL", "672123456", ("+355672123456", "AL")),
        ("FI", "400000001", ("+358400000001", "FI")),
        ("DE", "15125550100", ("+15125550100", "US")),
        ("LU", "27123456", ("+35227123456", "LU")),
        ("LU", "4740000001", ("+4740000001", "NO")),
        ("LU", "64747", ("64747", None)),
        # dialled in a way of its own
        ("AR", "011 15-2345-6789", ("+5491123456789", "AR")),
        ("BY", "8 029 491-19-11", ("+375294911911", "BY")),
    ],
)
def test_other_homes(home: str, written: str, expected: tuple[str, str | None]) -> None:
    assert recipients.one(written, home) == expected


#: Countries that share their numbers with another one: the library itself gives their example numbers to the other.
SHARED = {
    "EH": "MA",  # Western Sahara's numbers are part of Morocco's plan
    "MF": "BL",  # Saint-Martin's example number lies in the range of Saint-Barthélemy
}


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_country_is_recognised(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    recipient, country = recipients.one(written, "NO")
    assert recipient == phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert country == SHARED.get(region, region)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_country_reads_its_own_mobile_numbers(region: str) -> None:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        assert region == "TA"
        return
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    for text in (written, international, international[1:]):
        recipient, country = recipients.one(text, region)
        assert recipient == international or len(recipient) <= 6, text
        assert country is not None or recipient == text, text


def test_rows_keep_their_order_and_empty_ones_stay_empty() -> None:
    written = pl.Series(["Klinikken", None, "+4740000001", "", "40 00 00 02", "  ", "47400xxxxx", "40000003"])
    read = recipients.read(written, "NO")
    assert read.columns == ["recipient", "country"]
    assert read["recipient"].to_list() == ["Klinikken", None, "+4740000001", None, "+4740000002", None, "47400xxxxx", "+4740000003"]
    assert read["country"].to_list() == [None, None, "NO", None, "NO", None, "NO", "NO"]


def test_no_rows_and_no_values() -> None:
    schema = {"recipient": pl.String, "country": pl.String}
    assert recipients.read(pl.Series([], dtype=pl.String), "NO").schema == schema
    assert recipients.read(pl.Series([None, None]), "NO").to_dict(as_series=False) == {"recipient": [None, None], "country": [None, None]}


def test_numbers_of_a_spreadsheet_column() -> None:
    assert recipients.read(pl.Series([4740000001, 40000002]), "NO")["recipient"].to_list() == ["+4740000001", "+4740000002"]
    assert recipients.read(pl.Series([4740000001.0]), "NO")["recipient"].to_list() == ["+4740000001"]


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=20), st.from_regex(r"\A[+0-9 ().xE,-]{0,18}\Z")), max_size=8))
def test_nothing_is_dropped_and_reading_again_changes_nothing(texts: list[str]) -> None:
    read = recipients.read(pl.Series(texts, dtype=pl.String), "NO")
    assert len(read) == len(texts)
    again = recipients.read(read["recipient"], "NO")
    numbers = read["recipient"].str.contains(E164).fill_null(value=False)
    assert again.filter(numbers).equals(read.filter(numbers))


@settings(deadline=None)
@given(st.from_regex(r"\A[1-9][0-9]{6,14}\Z"))
def test_international_numbers_are_never_changed(digits: str) -> None:
    assert recipients.one(f"+{digits}", "NO")[0] == f"+{digits}"
    assert recipients.one(f"00{digits}", "SE")[0] == f"+{digits}"


def test_unknown_home_country() -> None:
    with pytest.raises(UsageError, match="home_country = 'XX'"):
        recipients.one("40000001", "XX")
