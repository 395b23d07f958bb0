"""Whole files cut into records: documents, broken elements, sizes, archives, and the time of records that have none."""

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from sms_analytics import formats
from sms_analytics.commands import loader
from sms_analytics.config import Config
from sms_analytics.database import store
from sms_analytics.errors import InputError
from sms_analytics.reading import archives, containers, detection, documents, named_files
from sms_analytics.reading.sources import Source

TWILIO = formats.named("twilio")
PSWIN = formats.named("pswincom")


def _callback(number: int) -> str:
    return json.dumps({"MessageSid": f"SM{number}", "MessageStatus": "delivered", "To": f"+474000{number:04d}"})


def _numbers(path: Path, text: str, format: str = "twilio") -> list[int]:
    path.write_text(text, "utf-8")
    with Source(str(path)) as source:
        return [number for batch in containers.records(source, formats.named(format)) for number in batch["record_no"]]


DOCUMENTS = {
    "lines": ("\n".join(map(_callback, range(3))), "lines", 3),
    "an array on one line": (f"[{', '.join(map(_callback, range(3)))}]", "json", 3),
    "an array over lines": ("[\n" + ",\n".join(map(_callback, range(3))) + "\n]\n", "json", 3),
    "an indented document": (json.dumps({"messages": [json.loads(_callback(n)) for n in range(3)]}, indent=2), "json", 3),
    "documents one behind another": ("\n".join(json.dumps(json.loads(_callback(n)), indent=2) for n in range(3)), "json", 3),
    "lines of which the first is cut off": (_callback(1)[:-9] + "\n" + _callback(2), "lines", 2),
    "lines of form bodies": ("MessageSid=SM1&MessageStatus=sent\nMessageSid=SM2&MessageStatus=sent", "text", 2),
}


@pytest.mark.parametrize(("text", "layout", "records"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_file_is_cut_by_how_it_begins(text: str, layout: str, records: int, tmp_path: Path) -> None:
    path = tmp_path / "callbacks"
    assert _numbers(path, text) == list(range(1, records + 1))
    with Source(str(path)) as source:
        assert containers.layout(source) == layout
        assert detection.detect(source, Config()).name == "twilio"


def test_a_broken_element_of_a_document_costs_only_itself(tmp_path: Path) -> None:
    path, db = tmp_path / "rows.json", tmp_path / "sms.duckdb"
    path.write_text("[\n" + ",\n".join([_callback(1), _callback(2)[:-3], _callback(3), _callback(4)[:-1]]) + "\n]\n", "utf-8")
    report = loader.load([str(path)], db=db)
    assert [(load.records, load.accepted, load.skipped, load.rejected) for load in report.loads] == [(4, 2, 0, 2)]


def test_one_value_that_is_too_large_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST_VALUE", 1000)
    monkeypatch.setattr(documents, "_STEP", 500)
    monkeypatch.setattr(containers, "_HEAD", 500)
    with pytest.raises(InputError, match=r"one JSON value of more than .* write its records as JSON lines"):
        _numbers(tmp_path / "a.json", json.dumps({"messages": [json.loads(_callback(n)) for n in range(100)]}, indent=1))
    with pytest.raises(InputError, match=r"one XML document of more than"):
        _numbers(tmp_path / "a.xml", "<MSGLST>\n" + "<MSG><REF>R</REF><RCV>1</RCV><STATE>NULL</STATE></MSG>\n" * 100 + "</MSGLST>", "pswincom")
    whole = "[\n" + ",\n".join(map(_callback, range(100))) + "\n]"
    assert len(_numbers(tmp_path / "b.json", whole)) == 100


def test_a_broken_xml_document_does_not_take_the_next_one_along(tmp_path: Path) -> None:
    good = '<?xml version="1.0"?>\n<MSGLST>\n<MSG><REF>R1</REF><RCV>4740000001</RCV><STATE>NULL</STATE></MSG>\n</MSGLST>\n'
    path, db = tmp_path / "a.xml", tmp_path / "sms.duckdb"
    path.write_text(good + good.replace("</MSGLST>", "").replace("R1", "R2") + good.replace("R1", "R3"), "utf-8")
    (load,) = loader.load([str(path)], db=db).loads
    assert (load.records, load.accepted, load.rejected) == (3, 2, 1)


# Archives


def _zip(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def _tar(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(text), 1773821647
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize(("name", "write"), [("logs.zip", _zip), ("logs.tar.gz", _tar)])
def test_the_files_of_an_archive_are_files_of_their_own(name: str, write: object, tmp_path: Path) -> None:
    files = {"a.jsonl": _callback(1), "deep/b.jsonl": _callback(2) + "\n" + _callback(3), "deep/.hidden": "x", "c.txt": "nothing of ours"}
    path = write(tmp_path / name, files)  # type: ignore[operator]  # one of two functions
    db = tmp_path / "sms.duckdb"
    report = loader.load([str(tmp_path)], db=db)
    loads = {load.path: (load.state, load.records) for load in report.loads}
    assert loads == {f"{path}/a.jsonl": ("loaded", 1), f"{path}/deep/b.jsonl": ("loaded", 2), f"{path}/c.txt": ("refused", 1)}
    again = loader.load([str(path), f"{path}/a.jsonl"], db=db)
    assert set(again.known) == {f"{path}/a.jsonl", f"{path}/deep/b.jsonl"}


def test_a_member_that_cannot_be_read_is_told_and_the_others_are_loaded(tmp_path: Path) -> None:
    path = _zip(tmp_path / "logs.zip", {"a.jsonl": _callback(1) * 3, "b.jsonl": _callback(2)})
    data = bytearray(path.read_bytes())
    start = data.index(b"a.jsonl") + len(b"a.jsonl")
    data[start : start + 8] = b"\xff" * 8
    path.write_bytes(bytes(data))
    report = loader.load([str(path)], db=tmp_path / "sms.duckdb")
    assert [load.path for load in report.loads] == [f"{path}/b.jsonl"]
    assert len(report.faults) == 1
    assert report.faults[0].startswith(f"{path}/a.jsonl: damaged in the archive")


def test_an_encrypted_member_is_told(tmp_path: Path) -> None:
    path = _zip(tmp_path / "logs.zip", {"a.jsonl": _callback(1)})
    data = bytearray(path.read_bytes())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + place] |= 1
    path.write_bytes(bytes(data))
    assert loader.load([str(path)], db=tmp_path / "sms.duckdb").faults == [
        f"{path}/a.jsonl: encrypted; unpack the archive with its password and name the folder"
    ]


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _zip(tmp_path / "bomb.zip", {"zeros.log": "0" * 3_000_000})
    monkeypatch.setattr(archives, "SMALL", 1_000_000)
    (fault,) = loader.load([str(path)], db=tmp_path / "sms.duckdb").faults
    assert "to 3000000 bytes, which no log does" in fault


def test_a_member_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = _zip(tmp_path / "logs.zip", {"a.jsonl": _callback(1)})
    with pytest.raises(InputError, match=r"there is no such file in this archive"):
        Source(f"{path}/b.jsonl")


def test_a_workbook_is_no_archive(tmp_path: Path) -> None:
    path = _zip(tmp_path / "table.xlsx", {"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})
    assert named_files.find([str(path)]) == [str(path)]


# Records without a time


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("callbacks-2026-03-18.log", "2026-03-18 00:00:00"),
        ("callbacks_20260318.log.1", "2026-03-18 00:00:00"),
        ("2026-03-18T091407.json", "2026-03-18 09:14:07"),
        ("order-20261399.log", "2026-03-20 12:00:00"),
        ("4740000001.log", "2026-03-20 12:00:00"),
        ("callbacks.log", "2026-03-20 12:00:00"),
    ],
)
def test_a_record_without_a_time_takes_its_files(name: str, moment: str, tmp_path: Path) -> None:
    path, db = tmp_path / name, tmp_path / "sms.duckdb"
    path.write_text("MessageSid=SM1&MessageStatus=delivered\n", "utf-8")
    os.utime(path, (1774008000, 1774008000))
    loader.load([str(path)], db=db)
    connection = store.connect(db)
    assert connection.sql("SELECT event_utc::VARCHAR, received_utc, time_precision FROM events").fetchall() == [(moment, None, "file")]
    connection.close()
