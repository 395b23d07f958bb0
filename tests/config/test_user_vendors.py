"""Vendors described as docs/user-formats.md teaches, by somebody who read nothing else: MMG, Firetext, Africa's Talking and KeySMS.

`user_vendors/NAME.toml` is what a user writes, `NAME.log` what the vendor's public documentation says it sends.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from sms_analytics import config, vocabulary
from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.errors import ConfigError

FOLDER = Path(__file__).with_name("user_vendors")
#: Format -> message, outcome, reason, and the time by the operator's clock, else our side's; then what was skipped.
EXPECTED: dict[str, tuple[list[tuple[str | None, ...]], int]] = {
    "mmg": (
        [
            ("m-01", "+447700900001", "delivered", None, "2026-03-18 08:14:01"),
            ("m-02", "+447700900002", "failed", "unknown_subscriber", "2026-03-18 08:14:02"),
            ("m-03", "+447700900003", "failed", "absent_subscriber", "2026-03-18 08:14:03"),
            ("m-04", "+447700900004", "stopped", "recipient_opted_out", "2026-03-18 08:14:04"),
            ("m-05", "+447700900005", "failed", "unspecified", "2026-03-18 08:14:05"),
            ("m-06", "+447700900006", "unrecognised", None, "2026-03-18 08:14:06"),
        ],
        0,
    ),
    "firetext": (
        [
            ("f-01", "+447700900001", "delivered", None, "2026-07-18 08:14:01"),
            ("f-02", "+447700900002", "failed", "unknown_subscriber", "2026-07-18 08:14:02"),
            ("f-03", "+447700900003", "failed", "absent_subscriber", "2026-07-18 09:14:03"),
            ("f-04", "+447700900004", "failed", "unspecified", "2026-07-18 08:14:04"),
        ],
        1,
    ),
    "africastalking": (
        [
            ("ATXid_01", "+254711000001", "delivered", None, "2026-03-18 08:14:01"),
            ("ATXid_02", "+254711000002", "stopped", "recipient_opted_out", "2026-03-18 08:14:02"),
            ("ATXid_03", "+254711000003", "failed", "absent_subscriber", "2026-03-18 08:14:03"),
            ("ATXid_04", "+254711000004", "waiting_to_send", None, "2026-03-18 08:14:04"),
            ("ATXid_05", "+254711000005", "failed", "sender_account", "2026-03-18 08:14:05"),
            ("ATXid_06", "+254711000006", "awaiting_status", None, "2026-03-18 08:14:06"),
        ],
        1,
    ),
}
EXPECTED["keysms"] = (
    [
        ("7717266", "+4740000001", "awaiting_status", None, "2026-03-18 08:14:01"),
        ("7717267", "+4740000002", "awaiting_status", None, "2026-03-18 08:14:02"),
        ("7717268", "+4740000003", "awaiting_status", None, "2026-03-18 08:14:10"),
    ],
    1,
)
_QUERY = """
SELECT m.message_id, m.recipient, m.outcome, m.reason, max(coalesce(e.event_utc, e.received_utc))::VARCHAR
FROM messages m JOIN events e USING (message_key) GROUP BY ALL ORDER BY m.message_id
"""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_vendor_described_by_its_user_loads_without_code(name: str, tmp_path: Path) -> None:
    shutil.copy(FOLDER / f"{name}.toml", tmp_path / "sms_analytics.toml")
    db = tmp_path / "sms.duckdb"
    messages, skipped = EXPECTED[name]
    report = loader.load([str(FOLDER / f"{name}.log")], db=db)
    assert (report.faults, report.warnings) == ([], [])
    assert [(load.format, load.skipped, load.rejected) for load in report.loads] == [(name, skipped, 0)]
    connection = store.connect(db)
    rows: list[tuple[Any, ...]] = connection.sql(_QUERY).fetchall()
    connection.close()
    assert rows == messages


def test_the_documentation_names_every_status_and_reason() -> None:
    page = (Path(__file__).parents[2] / "docs" / "user-formats.md").read_text("utf-8")
    words = set(re.findall(r"\w+", page))
    assert {*vocabulary.REASONS, *vocabulary.STATUSES} - words == {"unrecognised"} - words


def test_a_code_that_says_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sms_analytics.toml"
    path.write_text((FOLDER / "mmg.toml").read_text("utf-8").replace('{ reason = "absent_subscriber" }', '{ said_by = "gateway" }'), "utf-8")
    with pytest.raises(ConfigError, match=r"formats\.mmg\.codes\.27.*say what the code means"):
        config.read(path)


@pytest.mark.parametrize("name", EXPECTED)
def test_it_takes_few_lines(name: str) -> None:
    lines = (FOLDER / f"{name}.toml").read_text("utf-8").splitlines()
    tables = len([line for line in lines if line.startswith("[")])
    words = len([line for line in lines if line.partition("=")[2].strip().startswith(('"', "{")) and line[:1].isalnum()])
    assert tables == (2 if name == "keysms" else 4)  # what KeySMS' numbers mean is not documented
    assert words < 25
