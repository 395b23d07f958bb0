"""The configuration: what it takes, and that every mistake names the file, the key and what is accepted there."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import available_timezones

import polars as pl
import pytest
from pydantic import BaseModel

from sms_analytics import config
from sms_analytics.commands import loader
from sms_analytics.config import Config, FeedConfig, Meaning, OperatorsConfig, TableConfig
from sms_analytics.errors import ConfigError, UsageError
from sms_analytics.events.readings import NAIVE
from sms_analytics.vocabulary import ID_RULES, REASONS, STATUSES

EVERYTHING = """
home_country = "SE"
zone = "Europe/Stockholm"
lang = "en"
time_zone = "Europe/Oslo"
receipt_zone = "UTC"
validity = "36h"
grace = "90m"

[feeds.telia1]
name = "Hovedlinjen"
time_zone = "Asia/Kolkata"
receipt_zone = "Europe/Oslo"
operator = "Telia"
validity = "3d"
grace = "30s"
id_rule = "hex_submissions"
answers = ["tx1"]
code_system = "map"

[feeds.telia1.statuses]
BLK = "rejected"
NOSUB = { status = "undelivered", reason = "unknown_subscriber" }

[feeds.telia1.codes]
901 = "memory_full"

[feeds.telia1.texts]
"Kunden har sagt opp" = "unknown_subscriber"

[feeds."with space"]

[statuses.kannel]
HELD = "buffered"

[codes.map]
99 = "network_error"

[texts]
"Ruteskifte # pågår" = "network_error"

[operators]
file = "numbers.csv"

[operator_aliases]
"NOR-TEL MOBIL" = "Telenor"

[mccmnc]
24299 = "Testnett"

[accounts]
klinikk1 = "Eksempelklinikken"

[campaigns]
K41 = "Influensavaksine"

[table]
json = true
time_format = "%d.%m.%y"
time_zone = "UTC"
price = "premium"
no_code = "000"
keep = ["Avdeling"]

[table.columns]
recipient = "Mob."

[table.statuses]
"Kom frem" = "delivered"

[table.receipt_requested]
"Bestilt" = "full"

[retention]
messages = "400d"

[brand]
name = "Eksempel Meldingstjenester"
logo = "logo.svg"
colour = "#7a1f5c"

[report]
minimum = 25
messages = 500

[database]
group_read = true

[formats.infobip]
keep = ["callbackData"]

[formats.smsnord]
title = "SMS Nord"
columns = { message_id = "sms_id", status = "dlr" }
statuses = { OK = "delivered" }

[proof]
columns = { message_id = "sms_id" }
kinds = { oppgitt = "code_entered" }
kind = "click"
time_format = "%d.%m.%y"
time_zone = "UTC"
window = "2d"

[check.night]
rule = "slow"
feed = "telia1"
operator = "Telia"
account = "bank1"
where = "parts = 1"
by = "country"
age = "2h"
over = "12h"
min_sent = 50
within = "90s"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / config.FILE_NAME


def told(file: Path, text: str) -> str:
    """The error about a configuration of this text, without the file's name that it begins with."""
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        config.read(file)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in message
    assert message.startswith(f"{file}: ")
    return message.removeprefix(f"{file}: ")


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.read(None, beside=tmp_path) == Config()
    assert Config().horizon("any") == timedelta(days=8)
    assert (Config().home_country, Config().zone, Config().lang, Config().time_zone) == ("NO", "Europe/Oslo", "nb", None)


def test_every_key_is_read(file: Path) -> None:
    file.write_text(EVERYTHING, "utf-8")
    read = config.read(file)
    left = {
        key
        for section in (read, read.feeds["telia1"], read.table, read.operators, read.brand, read.report, read.database, read.proof, read.retention)
        for key, value in section
        if value == type(section).model_fields[key].get_default()
    }
    assert left == set()
    assert read.feed("telia1") == FeedConfig(
        name="Hovedlinjen",
        time_zone="Asia/Kolkata",
        receipt_zone="Europe/Oslo",
        operator="Telia",
        validity="3d",
        grace="30s",
        id_rule="hex_submissions",
        answers=["tx1"],
        code_system="map",
        statuses={"BLK": "rejected", "NOSUB": {"status": "undelivered", "reason": "unknown_subscriber"}},
        codes={"901": "memory_full"},
        texts={"Kunden har sagt opp": "unknown_subscriber"},
    )
    assert (read.statuses, read.codes) == ({"kannel": {"HELD": Meaning(status="buffered")}}, {"map": {"99": "network_error"}})
    assert read.texts == {"Ruteskifte # pågår": "network_error"}
    assert read.operators.file == str(file.parent / "numbers.csv")
    assert read.feed("with space") == read.feed("never heard of") == FeedConfig()
    table = read.table
    assert (table.json_lines, table.time_format, table.time_zone, table.price, table.no_code) == (True, "%d.%m.%y", "UTC", "premium", ("000",))
    assert (table.columns, table.statuses, table.receipt_requested) == ({"recipient": "Mob."}, {"Kom frem": "delivered"}, {"Bestilt": "full"})
    assert (read.accounts, read.campaigns) == ({"klinikk1": "Eksempelklinikken"}, {"K41": "Influensavaksine"})
    assert (read.operator_aliases, read.mccmnc) == ({"NOR-TEL MOBIL": "Telenor"}, {"24299": "Testnett"})


@pytest.mark.parametrize(
    ("text", "days"),
    [("", 8.0), ('validity = "2d"', 3.0), ('grace = "12h"', 7.5), ('[feeds.a]\nvalidity = "1d"', 2.0), ('[feeds.a]\ngrace = "0s"', 7.0)],
)
def test_the_horizon_is_validity_and_grace_of_the_feed_then_of_all(file: Path, text: str, days: float) -> None:
    file.write_text(text)
    assert config.read(file).horizon("a") == timedelta(days=days)


@pytest.mark.parametrize(
    ("written", "read"), [("7d", timedelta(days=7)), ("36h", timedelta(hours=36)), ("90m", timedelta(minutes=90)), ("0s", timedelta())]
)
def test_durations(file: Path, written: str, read: timedelta) -> None:
    file.write_text(f'validity = "{written}"')
    assert config.read(file).validity == read


DURATION = "write a whole number and a unit: 7d, 36h, 90m or 30s"


@pytest.mark.parametrize("value", ['"7"', '"d"', '""', '"7 d"', '"-7d"', '"1.5d"', '"7w"', "7", "7.0", "true", "[]", '"999999999999999999d"', '"²d"'])
def test_a_bad_duration(file: Path, value: str) -> None:
    assert told(file, f"validity = {value}").endswith(f": {DURATION}")
    assert told(file, f"[feeds.telia1]\ngrace = {value}").startswith("feeds.telia1.grace = ")


@pytest.mark.parametrize("key", ["zone", "time_zone", "receipt_zone", "feeds.a.time_zone", "feeds.a.receipt_zone", "table.time_zone"])
@pytest.mark.parametrize(
    "name", ["Oslo", "", "europe/oslo", "+01:00", "../../etc/passwd", "/etc/localtime", "localtime", "posix/Europe/Oslo", "Factory"]
)
def test_a_zone_that_does_not_exist(file: Path, key: str, name: str) -> None:
    assert told(file, f'{key} = "{name}"') == f"{key} = '{name}': unknown time zone '{name}': write an IANA name such as Europe/Oslo or UTC"


def test_every_accepted_zone_can_be_applied_to_times() -> None:
    accepted = [name for name in available_timezones() if name not in ("Factory", "localtime")]
    moment = pl.Series([datetime.fromisoformat("2026-03-18T12:00:00")], dtype=NAIVE)
    for name in accepted:
        assert config.zone(name) == name
        assert moment.dt.replace_time_zone(name).null_count() == 0


def test_a_zone_given_as_an_option() -> None:
    assert config.zone(None) is None
    with pytest.raises(UsageError, match=r"^--receipt-zone: unknown time zone 'Oslo': write an IANA name such as Europe/Oslo or UTC$"):
        config.zone("Oslo", "--receipt-zone")


@pytest.mark.parametrize(
    ("text", "key", "section"),
    [
        ("timezone = 'UTC'", "timezone", Config),
        ("[feed.telia1]\noperator = 'Telia'", "feed", Config),
        ("[feeds.telia1]\nzone = 'UTC'", "feeds.telia1.zone", FeedConfig),
        ("[table]\ncolumn = 'a'", "table.column", TableConfig),
        ("[operators]\nfiles = 'a'", "operators.files", OperatorsConfig),
        ("[feeds.a.statuses.X]\nstatus = 'delivered'\nstate = 'a'", "feeds.a.statuses.X.state", Meaning),
        ("[statuses.kannel]\nX = { status = 'delivered', why = 'a' }", "statuses.kannel.X.why", Meaning),
    ],
)
def test_an_unknown_key_names_the_accepted_ones(file: Path, text: str, key: str, section: type[BaseModel]) -> None:
    # As they are written: a field can have another name in the program, and one is filled from another table.
    names = [field.alias or name for name, field in section.model_fields.items()]
    accepted = ", ".join(name for name in names if not name.startswith("["))
    assert told(file, text) == f"unknown key '{key}'; accepted there are: {accepted}"


def test_a_word_that_is_no_status_names_the_accepted_ones(file: Path) -> None:
    message = told(file, '[table.statuses]\n"Kom frem" = "levert"')
    assert message.startswith("table.statuses.Kom frem = 'levert': ")
    assert all(f"'{status}'" in message for status in STATUSES)


@pytest.mark.parametrize("section", ["feeds.telia1.statuses", "statuses.kannel"])
def test_a_word_must_mean_a_status(file: Path, section: str) -> None:
    for value, key in (('"?"', "status"), ('{ status = "?" }', "status"), ('{ status = "rejected", reason = "?" }', "reason")):
        message = told(file, f"[{section}]\nBLK = {value}")
        assert message.startswith(f"{section}.BLK.{key} = '?': ")
        assert all(word in message for word in (STATUSES if key == "status" else REASONS))
    assert told(file, f"[{section}]\nBLK = 7") == f"{section}.BLK = 7: write a status in quotes, or {{ status = ..., reason = ... }}"


@pytest.mark.parametrize("section", ["feeds.telia1.codes", "codes.map"])
def test_a_code_must_have_a_reason(file: Path, section: str) -> None:
    assert told(file, f'[{section}]\n901 = "?"') == f"{section}.901 = '?': no such reason; accepted are: {', '.join(REASONS)}"
    assert told(file, f"[{section}]\n901 = 5") == f"{section}.901 = 5: write a text in quotes"


@pytest.mark.parametrize(
    ("text", "told_"),
    [
        ('lang = "no"', "lang = 'no': Input should be 'nb' or 'en'"),
        ('home_country = "Norge"', "home_country = 'Norge': write two capital letters, such as NO"),
        ("home_country = 47", "home_country = 47: write a text in quotes"),
        ("[statuses.kannel]\nX = {}", "statuses.kannel.X.status = {}: this is needed"),
        ("zone = 1", "zone = 1: write a text in quotes"),
        ("feeds = 3", "feeds = 3: write a table of keys and values"),
        ("table = 'x'", "table = 'x': write a table of keys and values"),
        ("[feeds]\ntelia1 = 'x'", "feeds.telia1 = 'x': write a table of keys and values"),
        ("[[feeds.telia1]]", "feeds.telia1 = [{}]: write a table of keys and values"),
        ("[accounts]\nkunde7 = 7", "accounts.kunde7 = 7: write a text in quotes"),
        ("[mccmnc]\n24299 = true", "mccmnc.24299 = True: write a text in quotes"),
        ("[brand]\ncolour = 'red'", "brand.colour = 'red': write six hexadecimal digits behind #, such as #0b5394"),
        ("[brand]\nlogo = 7", "brand.logo = 7: write a path in quotes"),
        ("[brand]\ncolor = '#ffffff'", "unknown key 'brand.color'; accepted there are: name, logo, colour"),
        ("[report]\nminimum = 0", "report.minimum = 0: Input should be greater than or equal to 1"),
        ("[table.columns]\nrecipient = ['Mob.']", "table.columns.recipient = ['Mob.']: write a text in quotes"),
    ],
)
def test_a_value_of_the_wrong_kind(file: Path, text: str, told_: str) -> None:
    assert told(file, text) == told_


def test_the_logo_lies_beside_the_configuration_unless_its_path_is_whole(file: Path) -> None:
    file.write_text("[brand]\nlogo = 'pictures/logo.png'", "utf-8")
    assert config.read(file).brand.logo == file.parent / "pictures" / "logo.png"
    file.write_text("[brand]\nlogo = '/srv/logo.png'", "utf-8")
    assert config.read(file).brand.logo == Path("/srv/logo.png")


def test_a_wrong_id_rule_names_the_rules(file: Path) -> None:
    message = told(file, '[feeds.a]\nid_rule = "hex"')
    assert message.startswith("feeds.a.id_rule = 'hex': ")
    assert all(f"'{rule}'" in message for rule in ID_RULES)


def test_a_code_system_that_nobody_knows_names_the_known_ones(file: Path, tmp_path: Path) -> None:
    file.write_text('[feeds.telia1]\ncode_system = "mpa"')
    with pytest.raises(ConfigError, match=r"feeds\.telia1\.code_system = 'mpa': accepted are: .*\bmap\b.*\bsmpp\b"):
        loader.load([], db=tmp_path / "sms.duckdb")


@pytest.mark.parametrize("text", ["zone = Europe/Oslo", "[feeds", "zone = 'UTC'\nzone = 'UTC'", "\0", "a = " + "[" * 5000])
def test_what_is_no_toml(file: Path, text: str) -> None:
    assert told(file, text).startswith("not valid TOML: ")


def test_a_file_that_is_no_utf_8(file: Path) -> None:
    file.write_bytes("[accounts]\na = 'Prøve'".encode("latin-1"))
    with pytest.raises(ConfigError, match=f"^{file}: not valid TOML: "):
        config.read(file)


def test_the_mark_of_windows_editors_is_no_mistake(file: Path) -> None:
    file.write_text('lang = "en"', "utf-8-sig")
    assert config.read(file).lang == "en"


def test_a_file_that_is_named_must_exist(file: Path) -> None:
    for missing in (file, file.parent):
        with pytest.raises(ConfigError, match=f"^{missing}: no such configuration file; leave out --config or name an existing one$"):
            config.read(missing)


def test_a_file_that_cannot_be_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("")

    def refuse(*_: object) -> str:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(ConfigError, match=f"^{file}: cannot be read: Permission denied$"):
        config.read(None, beside=file.parent)


def test_the_file_beside_the_database_goes_before_the_one_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, lang in ((here, "en"), (there, "nb")):
        folder.mkdir()
        (folder / config.FILE_NAME).write_text(f'lang = "{lang}"')
    monkeypatch.chdir(here)
    assert config.read(None, beside=there).lang == "nb"
    assert config.read(None).lang == "en"
    assert config.read(here / config.FILE_NAME, beside=there).lang == "en"
    (there / config.FILE_NAME).unlink()
    assert config.read(None, beside=there).lang == "en"


@pytest.mark.parametrize("key", ["lang", "validity", "feeds"])
def test_the_configuration_cannot_be_changed(key: str) -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(Config(), key, None)


def test_a_line_of_a_warning_can_be_pasted_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "sms_analytics.toml").write_text(
        'zone = "Europe/Oslo"\n[feeds.rx2] answers = ["tx2"]\n[feeds."rx 4"] answers = []\nid_rule = "plain"\n'
    )
    settings = config.read(None, beside=tmp_path)
    assert settings.feed("rx2").answers == ["tx2"]
    assert (settings.feed("rx 4").answers, settings.feed("rx 4").id_rule) == ([], "plain")
