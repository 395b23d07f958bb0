"""Vonage: what tells that a file is its own, and what is only read where that is no question."""

from pathlib import Path

import polars as pl
import pytest

from sms_analytics.commands import loader
from sms_analytics.config import Config
from sms_analytics.errors import UnknownFormatError
from sms_analytics.events.readings import RECORDS, Context
from sms_analytics.formats import vonage
from sms_analytics.reading import detection, sources

CUT_DOWN = "messageId=0C000000A1B2C301&to=Klinikken&status=delivered"
WHOLE = f"{CUT_DOWN}&err-code=0"


def _detected(path: Path) -> str:
    with sources.Source(str(path)) as source:
        return detection.detect(source, Config()).name


def test_keys_that_anybody_may_have_do_not_tell_whose_a_file_is(tmp_path: Path) -> None:
    path = tmp_path / "callbacks.log"
    path.write_text(f"{CUT_DOWN}\n", "utf-8")
    with pytest.raises(UnknownFormatError):
        _detected(path)


def test_one_whole_callback_is_enough_and_the_others_are_read_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "callbacks.log"
    path.write_text(f"{CUT_DOWN}\n{WHOLE}\n", "utf-8")
    assert _detected(path) == "vonage"
    records = pl.DataFrame({"record_no": [1, 2], "line": [CUT_DOWN, WHOLE]}, schema=RECORDS)
    readings = vonage.FORMAT.parse(records, Context()).readings
    assert readings.select("message_id", "sender", "status").rows() == [("0C000000A1B2C301", "Klinikken", "delivered")] * 2


UNTIED = "each part of a long message has an id of its own here and nothing ties them together: parts count as messages"
MESSAGES_API = (
    '{"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", "to": "4740000001", "from": "Klinikken", "timestamp": "2026-03-18T08:14:07Z", '
    '"status": "delivered", "channel": "sms", "sms": {"count_total": "2"}}'
)


def _warnings(folder: Path, name: str, content: str) -> list[str]:
    path = folder / name
    path.write_text(f"{content}\n", "utf-8")
    report = loader.load(str(path), db=folder / "sms.duckdb")
    assert (report.faults, [load.format for load in report.loads]) == ([], ["vonage"])
    return report.warnings


def test_the_load_says_that_parts_count_as_messages(tmp_path: Path) -> None:
    said = _warnings(tmp_path, "callbacks.log", f"{WHOLE}&msisdn=4740000001&message-timestamp=2026-03-18+08%3A14%3A06")
    assert said == [f"{tmp_path}/callbacks.log: {UNTIED}"]


def test_one_id_for_the_whole_message_is_nothing_to_say(tmp_path: Path) -> None:
    assert _warnings(tmp_path, "messages.jsonl", MESSAGES_API) == []
