"""What no map knows: counted, with an example, and with the lines that map it."""

import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import sms_analytics as sms
from sms_analytics import config
from sms_analytics.commands import loader
from sms_analytics.config import Config
from sms_analytics.database import store
from sms_analytics.errors import ConfigError
from sms_analytics.events import codes, maps
from sms_analytics.questions.unmapped import unmapped
from sms_analytics.text import masking
from tests.small_database import CONFIGURATION, received, sent

FUNNY = received("2026-10-20 10:00:09", "AA1", "+4740000011", done="2610201000", stat="FUNNY", mask="0")
LATER = received("2026-10-21 10:00:09", "AA3", "400 00 012", done="2610211000", stat="FUNNY", mask="0", feed="north 2")
FAILED = received("2026-10-20 10:00:10", "AA2", "+4740000012", done="2610201000", stat="UNDELIV", err="777", mask="2")
OTHER = received("2026-10-20 10:00:11", "AA4", "+4740000012", done="2610201000", stat="UNDELIV", err="777", mask="2", feed="north 2")


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def load(folder: Path, *lines: str, text: str = CONFIGURATION) -> Path:
    write(folder / "sms_analytics.toml", text)
    db = folder / "sms.duckdb"
    assert loader.load(str(write(folder / "a.log", *lines)), db=db).faults == []
    return db


def rows(db: Path, text: str | None = None) -> list[dict[str, Any]]:
    file = db.parent / "sms_analytics.toml"
    if text is not None:
        write(file, text)
    with store.connect(db) as connection:
        return unmapped(connection, config=file).to_dicts()


def test_words_and_codes_with_everything_about_them(tmp_path: Path) -> None:
    found = rows(load(tmp_path, sent("2026-10-20 10:00:05", "AA1", "+4740000011"), FUNNY, FUNNY.replace("10:00:09", "10:00:12"), FAILED))
    assert [row["what"] for row in found] == ["word", "code"]
    assert found[0] == {
        "what": "word",
        "feed": "telenor1",
        "format": "kannel",
        "written": "FUNNY",
        "code_system": None,
        "status": "unrecognised",
        "events": 2,
        "first_utc": datetime.fromisoformat("2026-10-20T08:00:09"),
        "last_utc": datetime.fromisoformat("2026-10-20T08:00:12"),
        "place": f"{tmp_path / 'a.log'}:3",
        "raw": "2026-10-20 10:00:12 Receive DLR [SMSC:telenor1] [SVC:klinikk1] [ACT:] [BINF:K40] [FID:AA1] [META:?smpp?] [from:Klinikken] "
        "[to:+47 4•• •• •11] [flags:-1:-1:-1:-1:0] [msg:121:id:AA1 sub:001 dlvrd:001 submit date:2610011000 done date:2610201000 stat:FUNNY err:000 "
        "text:***] [udh:0:]",
        "toml": '[feeds.telenor1.statuses]\nFUNNY = "?"',
    }
    code = found[1]
    assert (code["written"], code["code_system"], code["status"], code["events"]) == ("777", "map", "undelivered", 1)
    assert code["toml"] == '[codes.map]\n777 = "?"'


def test_each_feed_has_its_own_lines(tmp_path: Path) -> None:
    found = rows(load(tmp_path, FUNNY, LATER, FAILED, OTHER))
    assert {(row["what"], row["feed"]): row["toml"] for row in found} == {
        ("word", "telenor1"): '[feeds.telenor1.statuses]\nFUNNY = "?"',
        ("word", "north 2"): '[feeds."north 2".statuses]\nFUNNY = "?"',
        ("code", "telenor1"): '[codes.map]\n777 = "?"',
        # Whose codes they are is not said: they are the connection's own.
        ("code", "north 2"): '[feeds."north 2".codes]\n777 = "?"',
    }
    assert "40000012" not in "".join(row["raw"] for row in found).replace(" ", "")


def test_the_lines_are_refused_as_they_are_and_map_once_they_are_filled_in(tmp_path: Path) -> None:
    db = load(tmp_path, FUNNY, LATER, FAILED, OTHER)
    lines = "\n".join(row["toml"] for row in rows(db))
    with pytest.raises(ConfigError):
        config.parse(tomllib.loads(CONFIGURATION + lines), Path(config.FILE_NAME))
    filled = "\n".join(row["toml"].replace('"?"', '"undelivered"' if row["what"] == "word" else '"no_route"') for row in rows(db))
    # What is mapped is no longer listed, even before it was applied.
    assert rows(db, CONFIGURATION + filled) == []
    assert sms.remap(db=db).changes["changed"].unique().sort().to_list() == ["outcome", "reason", "status"]
    # The words mean failure now, so their code is one that nobody knows.
    assert [(row["what"], row["written"]) for row in rows(db)] == [("code", "000"), ("code", "000")]


def test_words_of_a_format_and_codes_of_a_waiting_status(tmp_path: Path) -> None:
    waiting = [
        received(f"2026-10-20 10:00:0{second}", "AA5", "+4740000012", done="2610201000", stat="ENROUTE", err=err, mask="4")
        for second, err in enumerate(("000", "888", "027"))
    ]
    delivered = received("2026-10-20 10:00:09", "AA6", "+4740000012", done="2610201000", err="999")
    db = load(tmp_path, *waiting, delivered, FUNNY)
    # 027 is known, 000 says nothing, and a delivered message has no failure code.
    assert {(row["what"], row["written"]) for row in rows(db)} == {("word", "FUNNY"), ("code", "888")}
    assert {row["written"] for row in rows(db, CONFIGURATION + '[statuses.kannel]\nfunny = "accepted"')} == {"888"}
    assert {row["written"] for row in rows(db, CONFIGURATION + '[codes.map]\n0888 = "unspecified"')} == {"FUNNY"}


def test_nothing_is_unmapped_in_an_empty_answer(tmp_path: Path) -> None:
    db = load(tmp_path, sent("2026-10-20 10:00:05", "AA1", "+4740000011"))
    with store.connect(db) as connection:
        found = unmapped(connection)
    assert found.height == 0
    assert found.columns == ["what", "feed", "format", "written", "code_system", "status", "events", "first_utc", "last_utc", "place", "raw", "toml"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to=+4740000001 x", "to=+47 4•• •• •01 x"),
        ("to=004740000001&y", "to=+47 4•• •• •01&y"),
        ("Mobil 400 00 001;", "Mobil +47 4•• •• •01;"),
        ("id 12345678 from +46700000012", "id 12345678 from +46 7•• ••• •12"),
    ],
)
def test_numbers_in_a_line_are_masked_however_they_are_written(text: str, shown: str) -> None:
    assert masking.masked_text(text, ["+4740000001", None, "Klinikken"]) == shown


VENDOR = """
time_zone = "Europe/Oslo"
[formats.smsnord]
title = "SMS Nord"
international = true
[formats.smsnord.columns]
message_id = "sms_id"
recipient = "to"
happened = "at"
status = "dlr"
code = "why"
[formats.smsnord.statuses]
NO = "undelivered"
"""
CALLBACKS = (
    '{"sms_id":"a1","to":"4740000001","dlr":"LOST IT","at":"2026-10-20 10:00:00"}',
    '{"sms_id":"a2","to":"4740000002","dlr":"NO","at":"2026-10-20 10:00:01","why":17}',
)


def test_words_and_codes_of_a_vendor_of_ones_own_belong_into_its_section(tmp_path: Path) -> None:
    db = load(tmp_path, *CALLBACKS, text=VENDOR)
    assert {row["written"]: row["toml"] for row in rows(db)} == {
        "LOST IT": '[formats.smsnord.statuses]\n"LOST IT" = "?"',
        "17": '[formats.smsnord.codes]\n17 = { reason = "?" }',
    }
    mapped = VENDOR + '"LOST IT" = "expired"\n[formats.smsnord.codes]\n17 = { reason = "absent_subscriber" }\n'
    # What is mapped is no longer listed, even before it was applied.
    assert rows(db, mapped) == []
    sms.remap(db=db)
    with store.connect(db) as connection:
        found = connection.sql("SELECT message_id, status, reason FROM events ORDER BY message_id").fetchall()
    assert found == [("a1", "expired", "validity_expired"), ("a2", "undelivered", "absent_subscriber")]
    assert rows(db) == []


# The maps


def stated(words: dict[str, Any], rows: Sequence[tuple[str, str | None, str, str | None]]) -> list[tuple[str, str | None]]:
    frame = pl.DataFrame(rows, schema={"feed": pl.String, "status_raw": pl.String, "status": codes.STATUS, "reason": codes.REASON}, orient="row")
    settings = config.parse(words, Path(config.FILE_NAME))
    return maps.with_configured_words(frame, settings, "kannel").select("status", "reason").rows()


def test_a_feeds_word_wins_over_its_formats() -> None:
    words = {"statuses": {"kannel": {"a": "expired", "b": "rejected"}, "jasmin": {"c": "stopped"}}, "feeds": {"f": {"statuses": {"A": "delivered"}}}}
    rows = [(feed, word, "unrecognised", None) for feed in ("f", "g") for word in (" a", "B", "c", None)]
    assert [status for status, _ in stated(words, rows)] == [
        *("delivered", "rejected", "unrecognised", "unrecognised"),
        *("expired", "rejected", "unrecognised", "unrecognised"),
    ]


def test_the_reason_goes_with_the_meaning() -> None:
    words = {"statuses": {"kannel": {"a": "rejected", "b": {"status": "rejected", "reason": "no_route"}}}}
    rows = [
        ("f", "a", "rejected", "duplicate"),
        ("f", "a", "undelivered", "duplicate"),
        ("f", "b", "undelivered", "duplicate"),
        ("f", "c", "expired", "duplicate"),
    ]
    assert stated(words, rows) == [("rejected", "duplicate"), ("rejected", None), ("rejected", "no_route"), ("expired", "duplicate")]


def test_a_feeds_codes_are_those_of_its_connection() -> None:
    settings = config.parse(
        {
            "codes": {"ucp": {"900": "duplicate"}, "map": {"1": "no_route"}},
            "feeds": {"f": {"code_system": "vendor", "codes": {"0x384": "memory_full"}}},
        },
        Path(config.FILE_NAME),
    )
    rows = pl.DataFrame(
        [
            ("f", "smpp", "900", "memory_full"),
            ("f", None, "0900", "memory_full"),
            ("f", "vendor", "900", "memory_full"),
            ("f", "map", "900", None),
            ("f", "ucp", "900", "duplicate"),
            ("g", "smpp", "900", None),
            ("g", "map", "1", "no_route"),
            ("g", "map", "27", "absent_subscriber"),
        ],
        schema=["feed", "code_system", "code_raw", "expected"],
        orient="row",
    )
    assert maps.reasons(rows, settings).to_list() == rows["expected"].to_list()
    assert maps.reasons(rows, Config()).to_list()[-2:] == ["unknown_subscriber", "absent_subscriber"]
