"""Files of other programs: orders, web servers, mail, schedulers. They name ids, statuses and times too, and none of them is a message."""

from pathlib import Path
from typing import Final

import pytest

from sms_analytics.commands import loader
from sms_analytics.database import store

FILES: Final = sorted(Path(__file__).with_name("other_programs").iterdir())


def test_there_are_many_of_them() -> None:
    assert len(FILES) >= 45


def test_none_of_them_is_a_message(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    report = loader.load([str(path) for path in FILES], db=db, time_zone="Europe/Oslo")
    assert {Path(load.path).name: load.state for load in report.loads if load.accepted} == {}
    said = {path.name: fault for path, fault in zip(FILES, report.faults, strict=True)}
    assert {name: fault for name, fault in said.items() if name not in fault or "\n" in fault or "400000" in fault} == {}
    with store.connect(db) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (0,)


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix in (".json", ".jsonl")], ids=lambda path: path.name)
def test_refused_json_is_told_by_its_keys(path: Path, tmp_path: Path) -> None:
    (fault,) = loader.load([str(path)], db=tmp_path / "sms.duckdb").faults
    assert f"{path}: no format fits its content: its records have the keys " in fault
    assert "docs/user-formats.md" in fault
    assert "\n" not in fault


def test_a_refused_table_is_told_by_its_headers(tmp_path: Path) -> None:
    (orders,) = (path for path in FILES if path.name == "orders.csv")
    (fault,) = loader.load([str(orders)], db=tmp_path / "sms.duckdb").faults
    assert "a table with the columns id, customer, status, date, total; " in fault


def test_keys_that_are_numbers_of_people_are_not_told(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    path.write_text('{"+4740000001": {"last": "delivered"}, "kind": "x"}')
    (fault,) = loader.load([str(path)], db=tmp_path / "sms.duckdb").faults
    assert "the keys kind ..." in fault
    assert "40000001" not in fault


def test_a_table_in_json_is_asked_for(tmp_path: Path) -> None:
    path, config = tmp_path / "own.jsonl", tmp_path / "own.toml"
    path.write_text('{"to": "+4740000001", "status": "delivered", "time": "2026-03-18T09:14:05Z", "cid": "881"}\n')
    config.write_text("[table]\njson = true\n")
    assert len(loader.load([str(path)], db=tmp_path / "a.duckdb").faults) == 1
    (configured,) = loader.load([str(path)], db=tmp_path / "b.duckdb", config=config).loads
    (named,) = loader.load([str(path)], db=tmp_path / "c.duckdb", format="table").loads
    assert (configured.accepted, configured.feed, named.accepted) == (1, "table", 1)


def test_a_row_without_a_time_of_sending_is_a_receipt(tmp_path: Path) -> None:
    path, db = tmp_path / "a.csv", tmp_path / "sms.duckdb"
    path.write_text("Recipient;Message ID;Status\n+4740000001;A1;Delivered\n+4740000002;A2;Sent\n")
    loader.load([str(path)], db=db)
    with store.connect(db) as connection:
        assert connection.execute("SELECT DISTINCT kind FROM events").fetchall() == [("receipt",)]
        assert connection.execute("SELECT count(*) FROM messages WHERE NOT submission_missing").fetchone() == (0,)


def test_other_channels_and_incoming_messages_of_a_table_are_skipped(tmp_path: Path) -> None:
    path, db = tmp_path / "a.csv", tmp_path / "sms.duckdb"
    rows = ["SMS;Utgående", "WhatsApp;Utgående", "E-post;Utgående", "RCS;Utgående", "Push;Utgående", "SMS;Innkommende", "telia1;Utgående"]
    lines = [f"+474000000{number};Levert;18.03.2026 09:14;{row}" for number, row in enumerate(rows)]
    path.write_text("\n".join(["Mottaker;Status;Sendt;Kanal;Retning", *lines]))
    (load,) = loader.load([str(path)], db=db, time_zone="Europe/Oslo").loads
    assert (load.records, load.accepted, load.skipped, load.rejected) == (7, 2, 5, 0)
    with store.connect(db) as connection:
        assert connection.execute("SELECT recipient, feed FROM messages ORDER BY 1").fetchall() == [
            ("+4740000000", "table"),
            ("+4740000006", "telia1"),
        ]


def test_other_channels_of_a_vendor_are_skipped(tmp_path: Path) -> None:
    path, db = tmp_path / "a.log", tmp_path / "sms.duckdb"
    path.write_text(
        "MessageSid=SM1&MessageStatus=delivered&To=%2B4740000001&From=Klinikken\n"
        "MessageSid=SM2&MessageStatus=delivered&To=whatsapp%3A%2B4740000002&From=whatsapp%3A%2B4740000009\n"
    )
    (load,) = loader.load([str(path)], db=db).loads
    assert (load.records, load.accepted, load.skipped, load.rejected) == (2, 1, 1, 0)


def test_rows_of_mail_among_messages_are_skipped(tmp_path: Path) -> None:
    path, db = tmp_path / "notices.csv", tmp_path / "sms.duckdb"
    path.write_text(
        "Varsel;Mottaker;Status;Sendt\n1;40000001;Levert;18.03.2026 09:14\n2;kari@example.com;Levert;18.03.2026 09:14\n"
        "3;4740000002@sms.example.com;Levert;18.03.2026 09:14\n"
    )
    (load,) = loader.load([str(path)], db=db, time_zone="Europe/Oslo").loads
    assert (load.records, load.accepted, load.skipped) == (3, 2, 1)


def test_an_order_number_beside_a_text_message_is_a_reference(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text("order_id,phone,sms_status,created_at,total\n1001,+4740000001,delivered,2026-03-18T18:00:00Z,249.00\n")
    (load,) = loader.load([str(path)], db=tmp_path / "sms.duckdb").loads
    assert (load.state, load.accepted) == ("loaded", 1)


def test_a_list_of_recipients_with_their_mail_or_what_they_pay_is_a_table_of_messages(tmp_path: Path) -> None:
    for header in ("E-post", "Beløp", "Booking"):
        path = tmp_path / f"{header}.csv"
        path.write_text(f"Navn;Mobil;{header};Status;Tidspunkt\nKari;40000001;1;Levert;18.03.2026 09:14\n", "utf-8")
        (load,) = loader.load([str(path)], db=tmp_path / f"{header}.duckdb", time_zone="Europe/Oslo").loads
        assert (load.state, load.accepted) == ("loaded", 1), header
