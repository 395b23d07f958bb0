"""Message text and secrets under keys that nobody listed, in every kind of container, are nowhere in the database: not in its columns, not in its bytes."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import polars as pl
import pytest

import sms_analytics as sms
from sms_analytics.database import store
from tests import kannel_log as log
from tests.commands.test_unloading import all_bytes

#: One to three words and a sentence, and what programs make of them.
_PLAIN = ("Solbris", "Kode Solbris", "Hei Solbris igjen", "Husk timen din klokken ni hos Solbris")
_ENCODED = (
    base64.b64encode(b"Kode Solbris").decode(),
    b"Kode Solbris".hex(),
    b"Kode Solbris".hex().upper(),
    "Kode Solbris".encode("utf-16-be").hex().upper(),
)
MARKERS = (*_PLAIN, *_ENCODED)
KEYS = ("userData", "innhold2", "meldingstekst", "smsBody", "sessionid", "TextDecoded", "x")
TWILIO = {
    "MessageSid": "SM01",
    "MessageStatus": "delivered",
    "To": "+4740000001",
    "From": "Klinikken",
    "AccountSid": "AC1",
    "ApiVersion": "2010-04-01",
}


def _fields(marker: str) -> dict[str, str]:
    return dict.fromkeys(KEYS, marker)


def _json(marker: str) -> str:
    body = {**TWILIO, **_fields(marker), "deep": {"list": [{"a": marker}, [marker]]}}
    twice = json.dumps(TWILIO)[:-1] + f', "userData": {json.dumps(marker)}, "userData": 1}}'
    return f"{json.dumps(body)}\n{twice}\n"


def _enveloped(marker: str) -> str:
    return (
        f"2026-03-18 09:14:05 INFO {marker} "
        + json.dumps({"note": marker, "headers": {"Referer": marker}, "body": json.dumps(TWILIO), "n": [marker]})
        + "\n"
    )


def _query(marker: str, *, tail: bool = True) -> str:
    pairs = "&".join(f"{key}={quote_plus(value)}" for key, value in (TWILIO | _fields(marker)).items())
    return f"{pairs}&{quote_plus(marker)}" if tail else pairs


def _web(marker: str) -> str:
    word = marker.replace(" ", "_")
    request = f'"GET /{word}/dlr?{_query(marker)} HTTP/1.1" 200 4'
    return f'203.0.113.9 - {word} [18/Mar/2026:09:14:05 +0100] {request} "https://u:{word}@example.no/?t={quote_plus(marker)}" "{marker}"\n'


def _form(marker: str) -> str:
    return f"2026-03-18 09:14:05 POST {marker} {_query(marker, tail=False)} {marker}\n"


def _csv(marker: str) -> str:
    return f"Recipient;Sent;Status;{';'.join(KEYS)}\n+4740000001;2026-03-18 09:14;Delivered;{';'.join([marker] * len(KEYS))}\n"


def _kannel(marker: str) -> str:
    front = "2026-03-18 09:14:01 {0} [SMSC:t1] [SVC:k7] [ACT:] [BINF:{1}] [FID:5C01] [META:?smpp?k={1}&?own?{1}] [from:K] [to:+4740000001] [flags:-1:0:-1:-1:31]"
    size = len(marker.encode())
    first, second = (f"{front.format('Sent SMS', quote_plus(marker))} [msg:{size}:{marker}] [udh:0:]" for _ in range(2))
    other = f"{front.format('Sent SMS', 'b').replace('[FID', f'[LOGDATA:{marker}] [FID')} {marker} [msg:{size}:{marker}] [udh:0:]"
    return f"{first}{second.replace('5C01', '5C02')}\n{other}\n"


def _smpp(marker: str) -> str:
    return f"2026-03-18 09:14:05 DEBUG {marker} smsc=t1 from=4740000001 to=K note={marker} id:5C01 stat:DELIVRD err:000 text:{marker}\n"


def _xml(marker: str) -> str:
    fields = "".join(f"<{key}>{value}</{key}>" for key, value in (TWILIO | _fields(marker)).items())
    return f'<?xml version="1.0"?><r><!-- {marker.replace("--", "")} --><m note="{marker}">{fields}</m></r>\n'


CONTAINERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "json": ("log.jsonl", _json),
    "envelope": ("log.jsonl", _enveloped),
    "access_log": ("access.log", _web),
    "form": ("post.log", _form),
    "csv": ("table.csv", _csv),
    "kannel": ("access.log", _kannel),
    "smpp": ("app.log", _smpp),
    "xml": ("report.xml", _xml),
}


def _check(db: Path) -> None:
    held = (log.all_text(db) + all_bytes(db).decode("latin-1")).casefold()
    for sign in ("solbris", "timen din", *(code.casefold() for code in _ENCODED), b"Solbris".hex(), "solbris".encode("utf-16-be").hex()):
        assert sign not in held, sign


@pytest.mark.parametrize("container", CONTAINERS)
def test_planted_texts_are_nowhere(container: str, tmp_path: Path) -> None:
    name, written = CONTAINERS[container]
    paths = []
    for number, marker in enumerate(MARKERS):
        paths.append(tmp_path / str(number) / name)
        paths[-1].parent.mkdir()
        paths[-1].write_text(written(marker), "utf-8")
    db = tmp_path / "sms.duckdb"
    report = log.load(db, *paths)
    assert not report.faults
    assert all(load["accepted"] > 0 for load in log.loads(db))
    _check(db)


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_planted_texts_in_typed_tables_are_nowhere(kind: str, tmp_path: Path) -> None:
    rows = [
        {"Recipient": f"+474000000{number}", "Sent": "2026-03-18 09:14", "Status": "Delivered"} | _fields(marker)
        for number, marker in enumerate(MARKERS)
    ]
    path, db = tmp_path / f"table.{kind}", tmp_path / "sms.duckdb"
    frame = pl.DataFrame(rows)
    frame.write_parquet(path) if kind == "parquet" else frame.write_excel(path)
    log.load(db, path)
    assert len(log.messages(db)) == len(MARKERS)
    _check(db)


def test_two_kannel_records_on_one_line_are_both_read(tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    path.write_text(_kannel("Kode Solbris").split("\n")[0] + "\n", "utf-8")
    log.load(db, path)
    assert [row["message_id"] for row in log.messages(db)] == ["5C01", "5C02"]
    assert [load["records"] for load in log.loads(db)] == [1]


def test_numbers_times_and_words_of_statuses_are_kept(tmp_path: Path) -> None:
    path, db = tmp_path / "log.jsonl", tmp_path / "sms.duckdb"
    path.write_text(json.dumps(TWILIO | {"tries": "3", "at": "2026-03-18T09:14:05Z", "was": "queued", "ref": "Salg"}) + "\n", "utf-8")
    log.load(db, path)
    ((extra,),) = ((row["extra"],) for row in log.rows(db, "SELECT extra FROM events"))
    assert {name: json.loads(extra)[name] for name in ("tries", "at", "was", "ref")} == {
        "tries": "3",
        "at": "2026-03-18T09:14:05Z",
        "was": "queued",
        "ref": "***",
    }


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("table.csv", "Mottaker;Sendt;Status;Avdeling\n+4740000001;2026-03-18 09:14;Levert;Salg nord\n", '[table]\nkeep = ["Avdeling"]'),
        ("log.jsonl", json.dumps(TWILIO | {"Avdeling": "Salg nord"}) + "\n", '[formats.twilio]\nkeep = ["Avdeling"]'),
    ],
)
def test_unmapped_lists_masked_fields_with_the_line_that_keeps_them(name: str, text: str, line: str, tmp_path: Path) -> None:
    path, db = tmp_path / name, tmp_path / "sms.duckdb"
    path.write_text(text, "utf-8")
    log.load(db, path)
    with store.connect(db) as connection:
        found = sms.unmapped(connection)
    assert found.select("what", "written", "toml").rows() == [("field", "Avdeling", line)]
    assert "Salg nord" not in log.all_text(db)
    (tmp_path / "sms_analytics.toml").write_text(line + "\n", "utf-8")
    log.load(db, path, replace=True)
    (extra, *_) = (row["extra"] for row in log.rows(db, "SELECT extra FROM events"))
    assert json.loads(extra)["Avdeling"] == "Salg nord"
    with store.connect(db) as connection:
        assert sms.unmapped(connection).is_empty()


def test_text_under_six_headings_is_nowhere(tmp_path: Path) -> None:
    headings = ("TextDecoded", "SMS text", "msg_text", "OriginalText", "sms_text", "Tekst sendt")
    codes = [str(digit) * 6 for digit in range(1, 7)]
    cells = ";".join(f"Kode {code}" for code in codes)
    path, db = tmp_path / "export.csv", tmp_path / "sms.duckdb"
    path.write_text(f"Recipient;Sent;Status;{';'.join(headings)}\n+4740000001;2026-03-18 09:14;Delivered;{cells}\n", "utf-8")
    log.load(db, path)
    assert len(log.messages(db)) == 1
    held = log.all_text(db) + all_bytes(db).decode("latin-1")
    assert not [code for code in codes if code in held]
