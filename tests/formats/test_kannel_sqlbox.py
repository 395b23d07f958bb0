"""Kannel sqlbox: what joins its rows, and what is said about it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.events.readings import RECORDS, Context
from sms_analytics.formats import kannel_sqlbox

FOLDER = Path(__file__).parent / "kannel_sqlbox"


def _messages(path: Path, db: Path) -> tuple[list[tuple[Any, ...]], list[str]]:
    report = loader.load([str(path)], db=db, receipt_zone="Europe/Oslo")
    assert (report.faults, [load.rejected for load in report.loads]) == ([], [0])
    connection = store.connect(db)
    rows = connection.sql("SELECT recipient, outcome, receipts, parts, submission_missing FROM messages ORDER BY submitted_utc, recipient").fetchall()
    connection.close()
    return rows, report.warnings


def test_without_ids_a_receipt_belongs_to_the_last_message_before_it(tmp_path: Path) -> None:
    messages, warnings = _messages(FOLDER / "no_ids.sql", tmp_path / "sms.duckdb")
    assert messages == [("+4740000001", "delivered", 1, None, False), ("+4740000001", "failed", 1, None, False)]
    assert [text for text in warnings if "2 of 2 messages without an id in dlr_url" in text]


def test_one_address_for_many_recipients_does_not_make_them_one_message(tmp_path: Path) -> None:
    messages, warnings = _messages(FOLDER / "column_inserts.sql", tmp_path / "sms.duckdb")
    assert [row[:3] for row in messages] == [
        ("+4740000001", "awaiting_status", 0),
        ("+4740000002", "delivered", 1),
        ("+4740000003", "awaiting_status", 0),
    ]
    assert not [text for text in warnings if "dlr_url" in text]


def test_the_parts_of_a_long_message_are_one(tmp_path: Path) -> None:
    # The first part alone asked for a receipt, so of the second nothing is known.
    assert _messages(FOLDER / "long_message.sql", tmp_path / "sms.duckdb")[0] == [("+4740000001", "partly_confirmed", 1, 2, False)]


@pytest.mark.parametrize(
    ("url", "own_id"),
    [
        ("http://10.0.0.2/dlr?myid=5512&type=%d", "5512"),
        ("http://10.0.0.2/dlr?type=%d&msg_id=A-7", "A-7"),
        ("http://10.0.0.2/dlr/5C0A7A52-1111-4222-8333-444455556666/%d", "5C0A7A52-1111-4222-8333-444455556666"),
        ("5512", "5512"),
        ("http://10.0.0.2/dlr?smsc_id=telia&type=%d", None),
        ("http://10.0.0.2/dlr?id=%I&type=%d", None),
        ("http://10.0.0.2/dlr?type=%d", None),
    ],
)
def test_the_id_in_an_address(url: str, own_id: str | None) -> None:
    row = f"INSERT INTO sent_sms (momt, sender, receiver, time, dlr_mask, dlr_url) VALUES ('MT', 'K', '+4740000001', 1773821640, 3, '{url}');"
    records = pl.DataFrame({"record_no": [1], "line": [row]}, schema=RECORDS)
    assert kannel_sqlbox.parse(records, Context()).readings["client_ref"].to_list() == [own_id]
