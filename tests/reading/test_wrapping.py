"""What container runtimes, syslog and log services put around a line is taken off; the line inside is the record."""

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.reading import wrapping
from tests.reading.wrapped_lines import WRAPPERS

#: When all of them were written, in UTC.
WRITTEN = datetime.fromisoformat("2026-03-18T08:14:01")

KANNEL = [
    "2026-03-18 09:14:01 Sent SMS [SMSC:telia1] [SVC:kunde7] [ACT:] [BINF:] [FID:5C01A9] [META:?smpp?] [from:Klinikken] [to:+4740000001] "
    "[flags:-1:0:-1:-1:31] [msg:13:Time i morgen] [udh:0:]",
    "2026-03-18 09:14:05 Receive DLR [SMSC:telia1] [SVC:kunde7] [ACT:] [BINF:] [FID:5C01A9] [META:?smpp?] [from:Klinikken] [to:+4740000001] "
    "[flags:-1:-1:-1:-1:1] [msg:39:id:5C01A9 stat:DELIVRD err:000 text:Hei] [udh:0:]",
]
TWILIO = ["MessageSid=SM1&MessageStatus=sent&To=%2B4740000001", "MessageSid=SM1&MessageStatus=delivered&To=%2B4740000001"]
#: Syslog's old form has no year and compose no time at all.
UNTIMED = ("compose", "syslog", "syslog with a priority")


def _file(folder: Path, lines: list[str]) -> Path:
    path = folder / "wrapped.log"
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_line_with_its_own_time_stays_as_it_is(name: str) -> None:
    lines = [WRAPPERS[name](line) for line in KANNEL]
    wrapped = wrapping.found(lines)
    assert wrapped
    assert wrapping.off(pl.Series(lines), wrapped).to_list() == KANNEL


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_line_without_a_time_gets_the_wrappers(name: str, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    path = _file(tmp_path, [WRAPPERS[name](line) for line in TWILIO])
    (load,) = loader.load([str(path)], db=db, time_zone="Europe/Oslo").loads
    assert (load.format, load.accepted) == ("twilio", 2)
    with store.connect(db) as connection:
        found = connection.execute("SELECT time_precision = 'file', date_trunc('second', received_utc) FROM events").fetchall()
    if name in UNTIMED:
        assert {from_file for from_file, _ in found} == {True}
    else:
        assert set(found) == {(False, WRITTEN)}


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_gateways_log_gives_the_same_message_in_each_wrapper(name: str, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    report = loader.load([str(_file(tmp_path, [WRAPPERS[name](line) for line in KANNEL]))], db=db, time_zone="Europe/Oslo")
    assert [(load.format, load.records, load.accepted) for load in report.loads] == [("kannel", 2, 2)]
    with store.connect(db) as connection:
        rows = connection.execute("SELECT message_id, recipient, outcome, feed, submission_missing, submitted_utc FROM messages").fetchall()
    assert rows == [("5C01A9", "+4740000001", "delivered", "telia1", False, WRITTEN)]


def test_the_heads_of_tail_are_no_records(tmp_path: Path) -> None:
    path = _file(tmp_path, ["==> /var/log/kannel/access.log <==", KANNEL[0], "", "==> /var/log/kannel/smsc.log <==", KANNEL[1]])
    (load,) = loader.load([str(path)], db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo").loads
    assert (load.format, load.records, load.accepted, load.skipped, load.rejected) == ("kannel", 5, 2, 3, 0)


@pytest.mark.parametrize(
    "lines",
    [
        KANNEL,
        TWILIO,
        ["a | b | c", "1 | 2 | 3"],
        ['{"message": "Hei", "@timestamp": "2026-03-18T08:14:01Z", "agent": "x", "id": 4}'],
        ['{"log": "x", "to": "+4740000001"}'],
        ["2026-03-18T09:14:05+01:00 id:5C01A9 stat:DELIVRD err:000"],
        ["2026-03-18 09:14:05 INFO gateway: id:5C01A9 stat:DELIVRD err:000"],
    ],
)
def test_other_lines_are_not_wrapped(lines: list[str]) -> None:
    assert not wrapping.found(lines)


def test_a_wrapped_log_that_grows_is_read_on(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    wrap = WRAPPERS["docker"]
    path = _file(tmp_path, [wrap(KANNEL[0])])
    loader.load([str(path)], db=db, time_zone="Europe/Oslo")
    _file(tmp_path, [wrap(line) for line in KANNEL])
    (load,) = loader.load([str(path)], db=db, time_zone="Europe/Oslo").loads
    assert (load.records, load.accepted) == (1, 1)


def test_a_log_services_answer_is_one_record_per_event(tmp_path: Path) -> None:
    events = [{"logStreamName": "s1", "timestamp": 1773821641123, "message": line, "eventId": str(n)} for n, line in enumerate(KANNEL)]
    subscribed = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1773821641123, "message": line} for line in KANNEL]}
    queried = {"results": [[{"field": "@timestamp", "value": "2026-03-18 08:14:01"}, {"field": "@message", "value": line}] for line in KANNEL]}
    for number, text in enumerate((json.dumps({"events": events}, indent=1), json.dumps(subscribed), json.dumps(queried))):
        path = tmp_path / f"{number}.json"
        path.write_text(text)
        (load,) = loader.load([str(path)], db=tmp_path / f"{number}.duckdb", time_zone="Europe/Oslo").loads
        assert (load.format, load.records, load.accepted) == ("kannel", 2, 2), text[:40]
