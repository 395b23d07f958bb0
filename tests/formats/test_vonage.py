"""Vonage: what tells that a file is its own, and what is only read where that is no question."""

from pathlib import Path

import polars as pl
import pytest

from sms_analytics import detection, sources
from sms_analytics.config import Config
from sms_analytics.errors import UnknownFormatError
from sms_analytics.formats import vonage
from sms_analytics.formats.base import RECORDS, Context

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
