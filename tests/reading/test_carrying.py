"""Payloads where other programs put them: bodies of requests, cells of tables, Base64, objects printed over lines, marked lines."""

import json
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sms_analytics import formats
from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.events.readings import RECORDS, Context
from sms_analytics.formats.engine import decoding, printed
from sms_analytics.formats.engine.undecodable import UndecodableError

FORM = "MessageSid=SM1&MessageStatus=delivered&To=%2B4740000001&From=Klinikken"
OBJECT = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+4740000001"}
WEB = '203.0.113.9 - - [18/Mar/2026:09:14:07 +0100] "POST /dlr HTTP/1.1" 200 2 "-" "proxy/1.0" '
HAPROXY = '203.0.113.9:33317 [18/Mar/2026:09:14:07.655] http-in back/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {%s} "POST /dlr HTTP/1.1"'
EVENT = {"requestContext": {"elb": {}}, "httpMethod": "POST", "path": "/dlr", "body": b64encode(FORM.encode()).decode(), "isBase64Encoded": True}
NODE = "2026-03-18 09:14:07 callback {\n  MessageSid: 'SM1',\n  MessageStatus: 'delivered',\n  To: '+4740000001'\n}"
PPRINT = "2026-03-18 09:14:07,123 INFO {'MessageSid': 'SM1',\n 'MessageStatus': 'delivered',\n 'To': '+4740000001'}"

TEXTS = {
    "nginx with a form": WEB + f'"{FORM}"',
    "nginx with JSON": WEB + f'"{json.dumps(OBJECT)}"'.replace('"', "\\x22").replace("\\x22", '"', 1)[:-4] + '"',
    "nginx with JSON for JSON": WEB + json.dumps(json.dumps(OBJECT)),
    "nginx without escapes": WEB + json.dumps(OBJECT),
    "HAProxy with a form": HAPROXY % FORM,
    "HAProxy with JSON": HAPROXY % json.dumps(OBJECT).replace('"', "#22").replace("{", "#7B").replace("}", "#7D"),
    "a marked form": f"[2026-03-18 09:14:07] production.INFO: {FORM}",
    "a marked word": f"[info] {json.dumps(OBJECT)}",
    "an event with Base64": json.dumps(EVENT),
    "node over lines": NODE,
    "node on a line": "2026-03-18 09:14:07 { MessageSid: 'SM1', MessageStatus: 'delivered', To: '+4740000001' }",
    "Python over lines": PPRINT,
    "Python on a line": "{'MessageSid': 'SM1', 'MessageStatus': 'delivered', 'To': '+4740000001', 'Price': None}",
    "JSON over lines behind words": f"2026-03-18 09:14:07 got {json.dumps(OBJECT, indent=2)}",
    "JSON in a cell": '@timestamp,@message\n2026-03-18 08:14:07.000,"' + json.dumps(OBJECT).replace('"', '""') + '"',
    "a form in a cell": f"id;received_at;payload\n7;2026-03-18 09:14:07;{FORM}",
    "two payloads beside one another": 'id,headers,body\n7,"{""host"": ""x""}","' + json.dumps(OBJECT).replace('"', '""') + '"',
    "a line of a log in a cell": f'@timestamp,@message\n2026-03-18 08:14:07.000,"{NODE.splitlines()[0][:19]} INFO {FORM}"',
}


def _loaded(text: str, folder: Path) -> tuple[Any, list[tuple[Any, ...]]]:
    path, db = folder / "received.log", folder / "sms.duckdb"
    path.write_text(f"{text}\n", "utf-8")
    (load,) = loader.load([str(path)], db=db, time_zone="Europe/Oslo").loads
    with store.connect(db) as connection:
        return load, connection.execute("SELECT message_id, recipient, outcome FROM messages").fetchall()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_payload_is_read_wherever_it_stands(text: str, tmp_path: Path) -> None:
    load, messages = _loaded(text, tmp_path)
    assert (load.format, load.accepted, load.rejected) == ("twilio", 1, 0)
    assert messages == [("SM1", "+4740000001", "delivered")]


def test_a_body_that_is_not_understood_is_rejected_and_not_skipped(tmp_path: Path) -> None:
    broken = WEB + '"' + json.dumps(OBJECT)[:-9].replace('"', "\\x22") + '"'
    get = WEB.replace("POST /dlr", f"GET /dlr?{FORM}")
    load, _ = _loaded(f"{get}\n{broken}\n{WEB}", tmp_path)
    assert (load.format, load.records, load.accepted, load.skipped, load.rejected) == ("twilio", 3, 1, 1, 1)


def test_bodies_of_front_are_read_too(tmp_path: Path) -> None:
    load, messages = _loaded(f'{WEB}"origid=81234570&status=4"', tmp_path)
    assert (load.format, load.accepted, messages) == ("front", 1, [("81234570", None, "delivered")])


def test_a_printed_object_that_does_not_close_costs_only_itself(tmp_path: Path) -> None:
    load, _ = _loaded("\n".join([NODE, NODE.removesuffix("}"), NODE.replace("SM1", "SM2")]), tmp_path)
    assert load.accepted == 2
    assert load.records == load.accepted + load.skipped + load.rejected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{ a: 1, 'b-c': 'x', \"d\": \"y\" }", {"a": 1, "b-c": "x", "d": "y"}),
        (
            "PDU { id: '007', at: 2026-03-18T08:14:07.000Z, code: <Buffer 03 00 01> }",
            {"id": "007", "at": "2026-03-18T08:14:07.000Z", "code": "<Buffer 03 00 01>"},
        ),
        ("[Object: null prototype] { a: 'one ' +\n    'two' }", {"a": "one two"}),
        ("{'a': ('one '\n 'two'), 'b': None, 'c': True, 'd': b'x\\'y'}", {"a": "one two", "b": None, "c": True, "d": "x'y"}),
        ("{ a: [ 1, [Array] ], f: [Function: go], u: undefined }", {"a": [1, ["Array"]], "f": None, "u": None}),
        ("{ a: 007, b: 1.50 }", {"a": "007", "b": "1.50"}),
    ],
)
def test_objects_as_programs_print_them(text: str, value: object) -> None:
    assert printed.read(text) == value


@pytest.mark.parametrize("text", ["{ a: 1", "{ a }", "{ a: 1 } b", "'", "", "{" * 5000])
def test_other_texts_are_no_printed_objects(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        printed.read(text)


def test_a_document_type_is_harmless_and_entities_are_refused() -> None:
    plain = "<!DOCTYPE a SYSTEM 'http://example.com/a.dtd'><a><b>1</b></a>"
    decoded = decoding.decode(plain)
    assert decoded is not None
    assert decoded.value == [{"b": "1"}]
    for text in ("<!DOCTYPE a [<!ENTITY x 'y'>]><a><b>&x;</b></a>", "<!DOCTYPE a [ ]><a><b>1</b></a>"):
        with pytest.raises(UndecodableError, match="entities"):
            decoding.decode(text)


@pytest.mark.parametrize(
    "piece", ["a", "a=", "1-", "+47", "%2B", "'", '"', "{", "{a:", "&", "a&", '{"', "\\x22", '"GET ', "<", "<!DOCTYPE", "<!DOCTYPE a "]
)
def test_a_long_line_takes_time_as_it_is_long(piece: str) -> None:
    line = piece * (200_000 // len(piece))
    began = time.monotonic()
    for text in (line, f'{WEB}"{line}"', json.dumps({"x": line}), f"2026-03-18 09:14:05 {line}"):
        try:
            decoding.decode(text)
        except UndecodableError:
            continue
    assert time.monotonic() - began < 10


def test_a_long_line_is_nobodys() -> None:
    lines = pl.DataFrame({"record_no": [1, 2], "line": ["a=" * 50_000, "a" * 100_000]}, schema=RECORDS)
    for name in ("twilio", "front", "kannel_callback"):
        own = formats.named(name)
        assert own.claims(lines) == 0
        assert own.parse(lines, Context()).readings.is_empty()
