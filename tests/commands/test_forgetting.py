"""A number in any spelling: found, taken out, masked where it stands in somebody else's record, and proved to be gone."""

import json
import os
from pathlib import Path

import duckdb
import pytest

import sms_analytics as sms
from sms_analytics.commands import forgetting, unloading
from sms_analytics.database import store
from sms_analytics.errors import NoDataError
from tests import kannel_log as log
from tests.commands.test_unloading import all_bytes, write
from tests.small_database import sent


def full_width(digits: str) -> str:
    return "".join(chr(0xFF10 + int(digit)) for digit in digits)


SPELLINGS = (
    *("+4740000001", "004740000001", "4740000001", "40000001", "400 00 001", "+47 400 00 001", "(+47) 400-00-001", "tel:+4740000001"),
    *(
        "whatsapp:+4740000001",
        "+4740000001;ext=12",
        "%2B4740000001",
        "+47%2040000001",
        full_width("40000001"),
        "+47 " + " ".join(map(full_width, ("400", "00", "001"))),
        "\\u002b4740000001",
    ),
)


@pytest.mark.parametrize("written", SPELLINGS)
def test_every_spelling_is_found(written: str) -> None:
    number = forgetting.Number("+4740000001", "NO")
    (found,) = duckdb.execute("SELECT regexp_matches($text, $pattern)", {"text": f'{{"a":"{written}"}}', "pattern": number.pattern}).fetchone() or (
        None,
    )
    assert found


@pytest.mark.parametrize("written", ["+4740000002", "140000001", "400000012", "A40000001B", "+4640000001", "+474000000"])
def test_other_numbers_are_not(written: str) -> None:
    number = forgetting.Number("+4740000001", "NO")
    (found,) = duckdb.execute("SELECT regexp_matches($text, $pattern)", {"text": f'{{"a":"{written}"}}', "pattern": number.pattern}).fetchone() or (
        None,
    )
    assert not found


def test_a_sender_in_three_spellings_and_a_json_body_leave_no_byte(tmp_path: Path) -> None:
    db, folder = tmp_path / "sms.duckdb", tmp_path / "40000001"
    folder.mkdir()
    lines = [
        sent(f"2026-10-01 10:00:0{place}", f"A{place}", "+4740000002").replace("[from:Klinikken]", f"[from:{sender}]")
        for place, sender in enumerate(("004740000001", "+47 400 00 001", "40000001"))
    ]
    body = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+4740000003", "From": "Klinikken", "contact": {"phone": "4740000001"}}
    (folder / "callbacks.jsonl").write_text(json.dumps(body) + "\n", "utf-8")
    log.load(db, write(folder / "a.log", *lines, sent("2026-10-01 10:00:09", "A9", "+4740000002")), folder / "callbacks.jsonl")
    done = unloading.forget("+4740000001", db=db)
    assert done.events == 3
    # In `extra` and `raw` of the callback, and in the paths of both loads.
    assert done.masked == 4
    assert b"40000001" not in all_bytes(db)
    assert "40000001" not in log.all_text(db)
    assert sorted(row["recipient"] for row in log.messages(db)) == ["+4740000002", "+4740000003"]
    with pytest.raises(NoDataError, match="stands nowhere"):
        unloading.forget("+47 40 00 00 01", db=db)


def test_what_is_still_there_is_never_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, write(tmp_path / "a.log", sent("2026-10-01 10:00:00", "A1", "+4740000001")))
    before = db.read_bytes()
    monkeypatch.setattr(forgetting.Number, "leaving", lambda _: "recipient = '+4740000009' AND $pattern <> ''")
    monkeypatch.setattr(forgetting.Number, "mask", lambda *_: 1)
    with pytest.raises(sms.errors.DatabaseError, match="could not be taken out"):
        unloading.forget("+4740000001", db=db)
    assert db.read_bytes() == before


def test_a_purge_keeps_no_number_of_what_it_took(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, write(tmp_path / "a.log", sent("2026-10-01 10:00:00", "A1", "+4740000001"), sent("2026-10-05 10:00:00", "A2", "+4740000002")))
    unloading.purge("2026-10-03", db=db)
    assert b"40000001" not in all_bytes(db)
    assert b"40000002" in all_bytes(db)


# Who may read what is written


@pytest.mark.parametrize(("group", "modes"), [("", (0o400, 0o600)), ("[database]\ngroup_read = true\n", (0o440, 0o640))])
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_only_the_owner_reads_unless_the_configuration_says_so(group: str, modes: tuple[int, int], umask: int, tmp_path: Path) -> None:
    db, out = tmp_path / "sms.duckdb", tmp_path / "out"
    (tmp_path / "sms_analytics.toml").write_text(group, "utf-8")
    before = os.umask(umask)
    try:
        log.load(db, write(tmp_path / "a.log", sent("2026-10-01 10:00:00", "A1", "+4740000001"), sent("2026-10-01 10:00:00", "A2", "+4740000002")))
        unloading.forget("+4740000002", db=db)
        with store.connect(db) as connection:
            sms.report(connection, out=out, formats="html")
        sms.simulate(100, 1, tmp_path / "sample")
    finally:
        os.umask(before)
    assert db.stat().st_mode & 0o777 == modes[0]
    assert {file.stat().st_mode & 0o777 for file in out.iterdir()} == {modes[1]}
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "sample").rglob("*") if file.is_file()} == {0o600}


def test_nobody_else_reads_beside_it_while_a_command_works(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    with store.rebuild(db) as connection:
        connection.execute("INSERT INTO load_options VALUES (1, '{}')")
        beside = list(tmp_path.iterdir())
        assert {path.name: path.stat().st_mode & 0o077 for path in beside} == {".sms.duckdb.building": 0, "sms.duckdb.lock": 0}


def test_the_lock_follows_no_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine", "utf-8")
    (tmp_path / "sms.duckdb.lock").symlink_to(other)
    with pytest.raises(sms.errors.DatabaseError, match="cannot be written"), store.rebuild(tmp_path / "sms.duckdb"):
        pass
    assert other.read_text("utf-8") == "mine"


# What holds where nothing is said


def test_functions_take_zone_and_country_from_the_configuration_beside_the_database(tmp_path: Path) -> None:
    db = tmp_path / 'a "quoted" name.duckdb'
    (tmp_path / "sms_analytics.toml").write_text('zone = "America/New_York"\nlang = "en"\n', "utf-8")
    log.load(db, write(tmp_path / "a.log", sent("2026-10-01 02:00:00", "A1", "+4740000001")))
    with sms.connect(db) as connection:
        assert [str(day) for day in sms.rates(connection, by="day")["day"]] == ["2026-09-30"]
        assert [str(day) for day in sms.rates(connection, by="day", zone="Europe/Oslo")["day"]] == ["2026-10-01"]
        assert sms.lookup(connection, "40000001").zone == "America/New_York"
        assert sms.rates(connection, as_of="2026-10-20")["messages"].to_list() == [1]


def test_identify_reads_the_configuration_that_load_reads(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    (tmp_path / "sms_analytics.toml").write_text('[table.columns]\nrecipient = "Mob."\nstatus = "Resultat"\n', "utf-8")
    table = write(tmp_path / "a.csv", "Mob.;Resultat", "+4740000001;Levert")
    (found,) = sms.identify(str(table), db=db)
    assert found.format == "table"
