"""Vendors described in `sms_analytics.toml`: the documentation's example works as it stands, and every mistake says what to write."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sms_analytics import config, formats
from sms_analytics.commands import loader, remapping
from sms_analytics.database import store
from sms_analytics.errors import ConfigError
from sms_analytics.reading import detection
from sms_analytics.reading.sources import Source

PAGE = (Path(__file__).parents[2] / "docs" / "user-formats.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
LOG = BLOCKS[0][1]
TOML = BLOCKS[1][1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "smsnord.log").write_text(LOG, "utf-8")
    (tmp_path / "sms_analytics.toml").write_text(TOML, "utf-8")
    return tmp_path


def _rows(db: Path, query: str) -> list[tuple[Any, ...]]:
    connection = store.connect(db)
    try:
        return connection.sql(query).fetchall()
    finally:
        connection.close()


def test_the_example_of_the_documentation_says_what_it_promises(folder: Path) -> None:
    db = folder / "sms.duckdb"
    report = loader.load([str(folder / "smsnord.log")], db=db)
    assert (report.faults, report.warnings) == ([], [])
    assert [(load.format, load.accepted, load.rejected) for load in report.loads] == [("smsnord", 3, 0)]
    query = "SELECT message_id, recipient, last_status, reason FROM messages ORDER BY message_id"
    assert _rows(db, query) == [
        ("a1", "+4740000001", "delivered", None),
        ("a2", "+4740000002", "stopped", "recipient_opted_out"),
        ("a3", "+4740000003", "buffered", None),
    ]
    ((event, received, code),) = _rows(db, "SELECT event_utc::VARCHAR, received_utc::VARCHAR, code_raw FROM events WHERE message_id = 'a1'")
    assert (event, received, code) == ("2026-03-18 08:14:07", "2026-03-18 08:14:08", None)
    assert "Time i morgen" not in str(_rows(db, "FROM events"))


def test_it_is_detected_named_and_documented_like_a_built_in_format(folder: Path) -> None:
    settings = config.read(folder / "sms_analytics.toml")
    with Source(str(folder / "smsnord.log")) as source:
        assert detection.detect(source, settings).name == "smsnord"
    assert formats.names(settings) == ["smsnord", *formats.names()]
    text = formats.documentation(formats.named("smsnord", settings))
    built_in = formats.documentation(formats.named("twilio"))
    assert re.findall(r"^([A-Z][a-z]+):", text, re.MULTILINE) == [
        heading
        for heading in ("Producer", "Holds", "Clock", "Ids", "Parts", "Columns", "Statuses", "Codes", "Traps", "Missing", "Sample")
        if f"\n{heading}:" in built_in
    ]
    assert "OK = delivered" in text
    assert "17 = recipient_opted_out" in text


@pytest.mark.parametrize(("written", "seconds"), [("", 8), ('validity = "2d"', 3)])
def test_the_vendors_own_period_holds_unless_the_feed_says_otherwise(written: str, seconds: int, folder: Path) -> None:
    path = folder / "sms_analytics.toml"
    path.write_text(TOML.replace("[formats.smsnord]\n", f"[formats.smsnord]\n{written}\n"), "utf-8")
    db = folder / "sms.duckdb"
    loader.load([str(folder / "smsnord.log")], db=db)
    assert _rows(db, "SELECT horizon_s FROM feeds") == [(seconds * 86400,)]
    path.write_text(path.read_text("utf-8") + '\n[feeds.smsnord]\nvalidity = "5d"\n', "utf-8")
    loader.load([str(folder / "smsnord.log")], db=db, replace=True)
    assert _rows(db, "SELECT horizon_s FROM feeds") == [(6 * 86400,)]


def _written(folder: Path, toml: str, name: str, text: str) -> Path:
    (folder / "sms_analytics.toml").write_text(toml, "utf-8")
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def _block(word: str) -> str:
    return next(str(text) for _, text in BLOCKS if word in text)


def test_lines_of_plain_text_are_read_as_the_documentation_shows(tmp_path: Path) -> None:
    path, db = _written(tmp_path, _block("[formats.mygate]"), "gate.log", _block("SENT id=a1")), tmp_path / "sms.duckdb"
    report = loader.load(str(path), db=db, time_zone="Europe/Oslo")
    assert (report.faults, report.warnings) == ([], [])
    assert [(load.format, load.accepted, load.skipped, load.rejected) for load in report.loads] == [("mygate", 5, 1, 0)]
    query = "SELECT message_id, recipient, outcome, reason, receipt_requested, submitted_utc::VARCHAR FROM messages ORDER BY message_id"
    assert _rows(db, query) == [
        ("a1", "+4740000001", "delivered", None, "full", "2026-03-18 08:14:01"),
        ("a2", "+4740000002", "untracked", None, "none", "2026-03-18 08:14:02"),
        ("a3", "+4740000003", "failed", "absent_subscriber", "full", "2026-03-18 08:14:03"),
    ]
    assert "morgen" not in str(_rows(db, "FROM events"))
    assert remapping.remap(db=db).warnings == []


def test_several_ids_in_one_field_are_as_many_events(tmp_path: Path) -> None:
    lines = [
        "MsgId=n1,n2,n3&status=OK,NO,OK&to=4740000001,4740000002,4740000003&at=1773821646",
        "MsgId=n4&status=OK&to=4740000004&at=1773821647",
        "MsgId=n5,n6&status=NO&to=4740000005,4740000006&at=1773821648",
        "MsgId=n7,n8&status=OK,OK,OK&to=4740000007,4740000008&at=1773821649",
    ]
    path, db = _written(tmp_path, _block("[formats.smslist]"), "callbacks.log", "\n".join(lines)), tmp_path / "sms.duckdb"
    report = loader.load(str(path), db=db)
    assert [(load.format, load.records, load.accepted, load.rejected) for load in report.loads] == [("smslist", 4, 3, 1)]
    assert _rows(db, "SELECT record_no, event_no, message_id, recipient, status::VARCHAR FROM events ORDER BY ALL") == [
        (1, 1, "n1", "+4740000001", "delivered"),
        (1, 2, "n2", "+4740000002", "undelivered"),
        (1, 3, "n3", "+4740000003", "delivered"),
        (2, 1, "n4", "+4740000004", "delivered"),
        (3, 1, "n5", "+4740000005", "undelivered"),
        (3, 2, "n6", "+4740000006", "undelivered"),
    ]
    assert _rows(db, "SELECT field, rule, message FROM rejects") == [
        ("status", "smslist_lists", "MsgId lists 2 messages and status 3: nobody can say which belong together")
    ]


#: What the file holds, and what is said of it: without --format after the general error, with it alone.
MISFITS = {
    "a need": ("MsgId=n1&status=OK&to=4740000001", "the record that comes nearest lacks 'at'"),
    "two needs": ("MsgId=n1&to=4740000001", "the record that comes nearest lacks 'status', 'at'"),
    "a need inside an envelope": ('{"body": {"MsgId": "n1", "status": "OK"}}', "the record that comes nearest lacks 'at'"),
}


@pytest.mark.parametrize(("text", "why"), MISFITS.values(), ids=MISFITS.keys())
@pytest.mark.parametrize("format", [None, "smslist"])
def test_a_format_that_fits_but_for_a_rule_says_which(text: str, why: str, format: str | None, tmp_path: Path) -> None:
    path = _written(tmp_path, _block("[formats.smslist]"), "callbacks.log", f"{text}\n")
    report = loader.load(str(path), db=tmp_path / "sms.duckdb", format=format)
    (fault,) = report.faults
    assert fault.startswith(f"{path}: {'smslist' if format else 'no format fits'}")
    assert fault.endswith(f"smslist does not fit: {why}")
    assert [(load.state, load.accepted) for load in report.loads] == [("refused", 0)]


def test_a_record_in_another_container_says_so(tmp_path: Path) -> None:
    toml = _block("[formats.smslist]").replace("title =", 'container = "json"\ntitle =')
    path = _written(tmp_path, toml, "callbacks.log", "MsgId=n1&status=OK&to=4740000001&at=1773821646\n")
    report = loader.load(str(path), db=tmp_path / "sms.duckdb")
    assert report.faults[0].endswith("smslist does not fit: its records stand in 'form' here, and container takes 'json' alone")


def test_a_pattern_that_fits_no_line_says_so(tmp_path: Path) -> None:
    path = _written(tmp_path, _block("[formats.mygate]"), "other.log", "nothing\nof that\n")
    for format in (None, "mygate"):
        report = loader.load(str(path), db=tmp_path / "sms.duckdb", format=format)
        assert report.faults[0].endswith("mygate does not fit: its pattern fits none of the 2 lines that were looked at")


TWILIO = '{"MessageSid": "SM01", "MessageStatus": "delivered", "To": "+4740000001"}\n'
OWN = """[formats.NAME]
title = "Ours"
needs = ["MessageSid"]
columns = { message_id = "MessageSid", status = "MessageStatus" }
statuses = { delivered = "undelivered" }
"""


@pytest.mark.parametrize("name", ["ours", "twilio"])
def test_ones_own_format_goes_before_ours_and_may_take_its_name(name: str, tmp_path: Path) -> None:
    path, db = _written(tmp_path, OWN.replace("NAME", name), "callbacks.log", TWILIO), tmp_path / "sms.duckdb"
    report = loader.load(str(path), db=db)
    assert (report.faults, [load.format for load in report.loads]) == ([], [name])
    assert _rows(db, "SELECT status::VARCHAR FROM events") == [("undelivered",)]


MISTAKES = {
    "an unknown key": ('titel = "x"', "unknown key 'formats.smsnord.titel'; accepted there are: title, columns, needs"),
    "an unknown column": ('[formats.smsnord.columns]\nrecipent = "to"', "no such column; accepted are: feed, message_id"),
    "an unknown status": ('[formats.smsnord.statuses]\nOK = "deliverd"', "'scheduled', 'queued'"),
    "an unknown reason": (
        '[formats.smsnord.codes]\n17 = { status = "stopped", reason = "stop" }',
        "no such reason; accepted are: unknown_subscriber",
    ),
    "an unknown key of a word": (
        '[formats.smsnord.statuses]\nOK = { state = "delivered" }',
        "formats.smsnord.statuses.OK.",
    ),
    "a container that is none": ('container = "yaml"', "'json', 'form', 'access_log', 'xml' or 'table'"),
    "a kind that is none": ('kind = "mt"', "'receipt', 'submission' or 'row'"),
    "a time format that is none": ('time_format = "dd/mm/yyyy"', "write a strptime format such as %d/%m/%Y %H:%M:%S"),
    "a zone that is none": ('time_zone = "Oslo"', "unknown time zone 'Oslo': write an IANA name"),
    "a line pattern that is none": ("pattern = '('", "not a pattern: unclosed group"),
    "a line pattern that looks around": (
        r"pattern = '(?P<sms_id>\w+)(?<!x) (?P<dlr>\w+)'",
        "look-around, (?=...) (?!...) (?<=...) (?<!...), is not supported",
    ),
    "a line pattern that looks back": (r"pattern = '(?P<sms_id>\w+) \1'", "not a pattern: backreferences are not supported"),
    "a line pattern without groups": ("pattern = 'DLR'", "name what columns are to be filled from"),
    "a line pattern that lacks a column's group": (
        r"pattern = 'DLR (?P<sms_id>\w+)'",
        "no group of the pattern is called 'dlr'; its groups are: sms_id",
    ),
    "a pattern in a container": (
        r"""container = "json"
pattern = 'DLR (?P<sms_id>\w+) (?P<dlr>\w+)'""",
        "with a pattern, leave container out",
    ),
    "a word for a receipt asked for that is none": ('[formats.smsnord.receipt_requested]\nja = "yes"', "'none', 'partial' or 'full'"),
    "a pattern that is none": ('part_id = "("', "formats.smsnord.part_id = '(': not a regular expression"),
    "a pattern without its groups": ('part_id = "x"', "write the groups ref and part"),
    "a period that is none": ('validity = "long"', "write a whole number and a unit"),
    "a code system that nobody knows": ('code_system = "smsnord2"', "accepted are: 8x8, africastalking"),
    "no column for the message": ('columns = { status = "dlr" }\nstatuses = { OK = "delivered" }', "name message_id or recipient"),
    "no column for the status": ('columns = { message_id = "sms_id" }', "name status or code"),
    "words without a meaning": ('columns = { message_id = "sms_id", status = "dlr" }', "statuses must say what the vendor's words mean"),
}
BASE = """[formats.smsnord]
title = "SMS Nord"
"""
REST = """
[formats.smsnord.columns]
message_id = "sms_id"
status = "dlr"

[formats.smsnord.statuses]
OK = "delivered"
"""


def _with(mistake: str) -> str:
    table = re.match(r"\[formats\.smsnord\.(\w+)\]\n", mistake)
    if mistake.startswith("columns"):
        return BASE + mistake
    if table is None:
        return BASE + mistake + "\n" + REST
    if f"[formats.smsnord.{table[1]}]" in REST:
        inside = mistake.partition("\n")[2]
        rest = REST.replace('OK = "delivered"\n', "") if inside.startswith("OK") else REST
        return BASE + rest.replace(table[0], f"{table[0]}{inside}\n")
    return BASE + REST + mistake


@pytest.mark.parametrize(("mistake", "says"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_an_error_with_the_key_and_what_is_accepted(mistake: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "sms_analytics.toml"
    path.write_text(_with(mistake), "utf-8")
    tomllib.loads(path.read_text("utf-8"))
    with pytest.raises(ConfigError) as error:
        formats.of(config.read(path))
    text = str(error.value)
    assert says in text
    assert "formats.smsnord" in text
    assert "\n" not in text


@pytest.mark.parametrize(("name", "says"), [("twilio", "that is a format of ours"), ("SMS-Nord", "write the name in small letters")])
def test_a_name_that_cannot_be_used_is_refused(name: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "sms_analytics.toml"
    path.write_text((BASE + REST).replace("smsnord", name), "utf-8")
    with pytest.raises(ConfigError, match=says):
        formats.of(config.read(path))


@pytest.mark.parametrize(("lines", "said"), [('parts = "each"\n', 1), ('parts = "each"\npart_id = "^(?P<ref>.)(?P<part>.)$"\n', 0), ("", 0)])
def test_parts_that_nothing_ties_are_named_by_the_load(folder: Path, lines: str, said: int) -> None:
    toml = TOML.replace("[formats.smsnord]\n", f"[formats.smsnord]\n{lines}")
    (folder / "sms_analytics.toml").write_text(toml, "utf-8")
    report = loader.load(str(folder / "smsnord.log"), db=folder / "sms.duckdb")
    assert report.faults == []
    assert [warning.endswith("parts count as messages") for warning in report.warnings] == [True] * said


DESCRIBED = {"bandwidth": "webhooks.jsonl", "clickatell": "callbacks.log", "smsapi": "callbacks.log", "smstools": "smsd.log"}


@pytest.mark.parametrize("name", DESCRIBED)
def test_vendors_described_by_the_documentation_alone_read_what_the_built_in_formats_read(name: str, tmp_path: Path) -> None:
    log = Path(__file__).parents[1] / "formats" / name / DESCRIBED[name]
    config = Path(__file__).parent / "described" / f"{name}.toml"
    read = []
    for at, settings in enumerate((config, None)):
        db = tmp_path / f"{at}.duckdb"
        report = loader.load(str(log), db=db, config=settings, time_zone="Europe/Oslo")
        assert [load.format for load in report.loads] == [f"my_{name}" if settings else name]
        columns = "kind, message_id, recipient, feed = 'GSM1', status, status_raw, event_utc, received_utc"
        read.append((_rows(db, f"SELECT {columns} FROM events ORDER BY ALL"), [(load.skipped, load.rejected) for load in report.loads]))
    assert read[0] == read[1]
