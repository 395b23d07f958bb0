"""What a price is: what the recipient is charged, or what sending costs."""

import json
from pathlib import Path
from typing import Any

import pytest

import sms_analytics as sms
from sms_analytics.commands import loader
from sms_analytics.database import store

TABLE = (
    "Melding-ID;Mottaker;Sendt;Status;Statustid;Pris\n"
    "1;+4740000001;18.03.2026 09:00:00;Bekreftet levert;18.03.2026 09:01:00;0,45\n"
    "2;+4740000002;18.03.2026 09:00:00;SMS feilet;18.03.2026 09:01:00;0,45\n"
    "3;+4740000003;18.03.2026 09:00:00;Bekreftet levert;18.03.2026 09:01:00;0\n"
    "4;+4740000004;18.03.2026 09:00:00;Bekreftet levert;18.03.2026 09:01:00;\n"
)
STREX: dict[str, Any] = {"transactionId": "a", "recipient": "+4740000001", "statusCode": "Ok", "detailedStatusCode": "Delivered", "delivered": True}


def charges(folder: Path, name: str, text: str, configuration: str = "") -> list[tuple[float | None, str | None]]:
    (folder / "sms_analytics.toml").write_text('time_zone = "Europe/Oslo"\n' + configuration, "utf-8")
    (folder / name).write_text(text, "utf-8")
    assert loader.load(str(folder / name), db=folder / "sms.duckdb").faults == []
    with store.connect(folder / "sms.duckdb") as connection:
        return connection.sql("SELECT price, charge FROM messages ORDER BY recipient").fetchall()


def test_a_price_in_a_table_is_what_sending_costs(tmp_path: Path) -> None:
    assert charges(tmp_path, "a.csv", TABLE) == [(0.45, "cost"), (0.45, "cost"), (None, None), (None, None)]
    with store.connect(tmp_path / "sms.duckdb") as connection:
        assert sms.lookup(connection, "+4740000001").messages[0].charged == "not_premium"
        assert connection.sql("SELECT count(price) FROM events WHERE price = 0").fetchall() == [(0,)]


def test_a_table_of_premium_messages_says_so(tmp_path: Path) -> None:
    premium = '[table]\nprice = "premium"\n'
    assert charges(tmp_path, "a.csv", TABLE, premium) == [(0.45, "premium"), (0.45, "premium"), (None, None), (None, None)]
    with store.connect(tmp_path / "sms.duckdb") as connection:
        found = [sms.lookup(connection, f"+474000000{last}").messages[0].charged for last in (1, 2, 3)]
    assert found == ["charged", "not_charged", "not_premium"]


def test_the_configuration_of_today_decides_after_remap(tmp_path: Path) -> None:
    charges(tmp_path, "a.csv", TABLE)
    (tmp_path / "sms_analytics.toml").write_text('time_zone = "Europe/Oslo"\n[table]\nprice = "premium"\n', "utf-8")
    sms.remap(db=tmp_path / "sms.duckdb")
    with store.connect(tmp_path / "sms.duckdb") as connection:
        assert connection.sql("SELECT count(*) FROM messages WHERE charge = 'premium'").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"price": 10}, (10.0, "premium")),
        ({"price": 0}, (None, None)),
        ({}, (None, None)),
        ({"price": None, "billed": True}, (None, "premium")),
    ],
)
def test_strex_prices_are_what_recipients_are_charged(tmp_path: Path, more: dict[str, Any], expected: tuple[float | None, str | None]) -> None:
    assert charges(tmp_path, "a.jsonl", json.dumps(STREX | more) + "\n") == [expected]


def test_front_prices_are_what_recipients_are_charged(tmp_path: Path) -> None:
    line = '{"time": "2026-03-18T09:00:00+01:00", "errorcode": 0, "id": 8123, "phoneno": "004740000001", "price": 500}\n'
    assert charges(tmp_path, "a.jsonl", line) == [(5.0, "premium")]


def test_a_format_of_ones_own_says_what_its_prices_are(tmp_path: Path) -> None:
    vendor = (
        '[formats.nord]\ntitle = "Nord"\n{}[formats.nord.columns]\nmessage_id = "sms_id"\nrecipient = "to"\nstatus = "dlr"\nprice = "kr"\n'
        '[formats.nord.statuses]\nOK = "delivered"\n'
    )
    record = '{"sms_id": "a1", "to": "+4740000001", "dlr": "OK", "kr": "5"}\n'
    assert charges(tmp_path, "a.jsonl", record, vendor.format("")) == [(5.0, "cost")]
    (tmp_path / "sms.duckdb").unlink()
    assert charges(tmp_path, "a.jsonl", record, vendor.format('price = "premium"\n')) == [(5.0, "premium")]
