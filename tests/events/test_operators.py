"""Names and codes of networks as logs write them."""

from pathlib import Path

import polars as pl
import pytest

from sms_analytics.config import Config
from sms_analytics.events import operators

REFERENCE = Path(operators.__file__).parent / "reference"

DEFAULT = Config()


def _read(name: str | None, code: str | None = None, country: str | None = None, config: Config = DEFAULT) -> tuple[str | None, str | None]:
    text = pl.String
    frame = operators.read(pl.Series([name], dtype=text), pl.Series([code], dtype=text), pl.Series([country], dtype=text), config)
    operator, mccmnc = frame.row(0)
    return operator, mccmnc


@pytest.mark.parametrize(
    ("written", "operator"),
    [
        ("Telenor", "Telenor"),
        ("TELENOR", "Telenor"),
        ("no.telenor", "Telenor"),
        ("Telenor Norge AS", "Telenor"),
        ("telenor-norway", "Telenor"),
        ("Telenor (Norway)", "Telenor"),
        ("Telenor Mobil A/S", "Telenor"),
        ("Telia", "Telia"),
        ("no.telia", "Telia"),
        ("NetCom", "Telia"),
        ("NetCom Norway", "Telia"),
        ("TDC", "Telia"),
        ("TDC Norge", "Telia"),
        ("Network Norway", "Telia"),
        ("Chess", "Telia"),
        ("OneCall", "Telia"),
        ("One Call", "Telia"),
        ("MyCall", "Telia"),
        ("Phonero", "Telia"),
        ("Tele2", "Telia"),
        ("ice", "Ice"),
        ("ice.net", "Ice"),
        ("Ice Communication Norge", "Ice"),
        ("Ice Communication Norge AS", "Ice"),
        ("Lyca Mobile", "Lycamobile"),
        ("Lycamobile Ltd", "Lycamobile"),
    ],
)
def test_norwegian_names(written: str, operator: str) -> None:
    assert _read(written, country="NO") == (operator, None)
    assert _read(written) == (operator, None)


@pytest.mark.parametrize(
    ("written", "country", "operator"),
    [
        ("Tele2", "SE", "Tele2"),
        ("Comviq", "SE", "Tele2"),
        ("3", "SE", "Tre"),
        ("Hi3G Access AB", "SE", "Tre"),
        ("Vodafone", "SE", "Telenor"),
        ("TDC", "DK", "TDC"),
        ("Sonofon", "DK", "Telenor"),
        ("Telia", "DK", "Norlys"),
        ("Telia", "FI", "Telia"),
        ("Sonera", "FI", "Telia"),
        ("Ålands Telekommunikation Ab", "AX", "Ålcom"),
        ("Alcom", "FI", "Ålcom"),
        ("Siminn hf", "IS", "Síminn"),
        ("Vodafone", "FO", "Nema"),
        ("Foroya Tele P/F", "FO", "Føroya Tele"),
        ("TELE Greenland A/S", "GL", "Tusass"),
        ("Telenor", "SJ", "Telenor"),
        # the name's own country goes before the recipient's
        ("se.tele2", "NO", "Tele2"),
        ("TDC Denmark", "NO", "TDC"),
        # only one network has this name
        ("Elisa", None, "Elisa"),
    ],
)
def test_names_in_other_countries(written: str, country: str | None, operator: str) -> None:
    assert _read(written, country=country) == (operator, None)


@pytest.mark.parametrize("written", ["Chilimobil", "Vodafone", "Telia Eesti", "+++", "Norway"])
def test_unknown_names_are_kept_as_written(written: str) -> None:
    assert _read(f"  {written} ", country="NO") == (written, None)


def test_a_known_name_means_nothing_where_there_is_no_such_network() -> None:
    assert _read("netcom", country="DE") == ("netcom", None)


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_no_name(nothing: str | None) -> None:
    assert _read(nothing, country="NO") == (None, None)


@pytest.mark.parametrize("written", ["24201", "242001", "242-01", "242 01", "242/1", "242-1", "242.01", "242_001", "24201.0", " 24201 "])
def test_spellings_of_a_code(written: str) -> None:
    assert _read(None, written) == ("Telenor", "24201")


@pytest.mark.parametrize(
    ("code", "operator"),
    [
        ("24202", "Telia"),
        ("24205", "Telia"),
        ("24207", "Telia"),
        ("24208", "Telia"),
        ("24206", "Ice"),
        ("24214", "Ice"),
        ("24212", "Telenor"),
        ("24223", "Lycamobile"),
        ("24007", "Tele2"),
        ("23820", "Norlys"),
        ("24414", "Ålcom"),
        ("28802", "Nema"),
        ("29001", "Tusass"),
    ],
)
def test_codes(code: str, operator: str) -> None:
    assert _read(None, code) == (operator, code)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("21407", "21407"),
        ("214007", "214007"),
        ("214099", "214099"),
        ("310260", "310260"),
        ("310004", "310004"),
        ("310-4", "310004"),
        ("242", None),
        ("2421", None),
        ("2420001", None),
        ("telenor", None),
        ("", None),
    ],
)
def test_codes_without_a_known_operator(written: str, code: str | None) -> None:
    assert _read(None, written) == (None, code)


def test_a_known_code_decides_over_a_name() -> None:
    assert _read("Chilimobil", "24202", "NO") == ("Telia", "24202")
    assert _read("Telenor", "24202", "NO") == ("Telia", "24202")
    assert _read("Telenor", "21407", "NO") == ("Telenor", "21407")


def test_the_configuration_wins() -> None:
    config = Config(operator_aliases={"Chili Mobil": "Telia", "NetCom": "NetCom (old)"}, mccmnc={"242-98": "Test", "24214": "Ice (new)"})
    assert _read("chili-mobil", config=config) == ("Telia", None)
    assert _read("NETCOM", "24205", config=config) == ("NetCom (old)", "24205")
    assert _read(None, "242098", config=config) == ("Test", "24298")
    assert _read("NetCom", "24214", config=config) == ("Ice (new)", "24214")


def test_home_country_of_the_configuration() -> None:
    assert _read("TDC", config=Config(home_country="DK")) == ("TDC", None)
    assert _read("Tele2", config=Config(home_country="SE")) == ("Tele2", None)


def test_two_columns_are_joined() -> None:
    numbers = pl.DataFrame({"mcc": [242, 242, 310, None, 242], "mnc": [1, 14, 4, 1, None]})
    assert numbers.select(operators.joined(pl.col("mcc"), pl.col("mnc"))).to_series().to_list() == ["24201", "24214", "310004", None, None]
    texts = pl.DataFrame({"mcc": ["242", "242", " 240"], "mnc": ["001", "1.0", "7 "]})
    assert texts.select(operators.joined(pl.col("mcc"), pl.col("mnc"))).to_series().to_list() == ["242001", "24201", "24007"]


def test_rows_keep_their_order() -> None:
    names = pl.Series(["Telenor", None, "NetCom", "Chilimobil", "Telenor"])
    mccmnc = pl.Series([None, "242-14", "24299", "x", "240001"])
    read = operators.read(names, mccmnc, None, DEFAULT)
    assert read["operator"].to_list() == ["Telenor", "Ice", "Tampnet", "Chilimobil", "Telia"]
    assert read["mccmnc"].to_list() == [None, "24214", "24299", None, "24001"]


def test_no_rows_and_no_values() -> None:
    empty = pl.Series([], dtype=pl.String)
    assert operators.read(empty, empty, None, DEFAULT).schema == {"operator": pl.String, "mccmnc": pl.String}
    assert operators.read(pl.Series([None]), pl.Series([None]), None, DEFAULT).row(0) == (None, None)


@pytest.mark.parametrize(
    "file", ["operators.csv", "operator_aliases.csv", "operator_words.csv", "three_digit_mcc.csv", "calling_codes.csv", "codes.csv"]
)
def test_every_fact_has_its_source(file: str) -> None:
    table = pl.read_csv(REFERENCE / file, infer_schema=False)
    assert table["source"].null_count() == 0
    assert not table.is_duplicated().any()


def test_aliases_are_not_ambiguous() -> None:
    aliases = pl.read_csv(REFERENCE / "operator_aliases.csv", infer_schema=False)
    assert not aliases.select("alias", "country").is_duplicated().any()
    known = pl.read_csv(REFERENCE / "operators.csv", infer_schema=False)
    assert not known["mccmnc"].is_duplicated().any()
    assert aliases.join(known, on=["country", "operator"], how="anti").is_empty()


@pytest.mark.parametrize(
    ("code", "operator"),
    [
        ("24420", "Elisa"),
        ("24041", "Telenor"),
        ("24034", "Trafikverket"),
        ("24060", "Västra Götalandsregionen"),
        ("24013", "Bredband2"),
        ("23803", "Syniverse"),
        ("23815", "Cibicom"),
        ("24290", "Nokia"),
        ("24049", "Telia"),
        ("27431", "Síminn"),
    ],
)
def test_codes_that_changed_hands(code: str, operator: str) -> None:
    assert _read(None, code) == (operator, code)
