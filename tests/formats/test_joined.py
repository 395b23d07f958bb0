"""Vendors whose submissions and receipts name a message in different ways: read, loaded, and one message in the end."""

import json
from pathlib import Path
from typing import Any

from sms_analytics.commands import loader
from sms_analytics.database import store

FIELDS = "message_ref, recipient, outcome, reason, receipts, parts, submission_missing"


def _messages(folder: Path, files: dict[str, list[str]], **options: Any) -> dict[str, list[Any]]:
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
        own = options if name.endswith(".log") else {}
        report = loader.load([str(folder / name)], db=folder / "sms.duckdb", time_zone="Europe/Oslo", **own)
        assert (report.faults, [load.rejected for load in report.loads]) == ([], [0])
    connection = store.connect(folder / "sms.duckdb")
    rows = connection.sql(f"SELECT {FIELDS} FROM messages").fetchall()
    connection.close()
    return {str(ref if ref is not None else row[0]): row for ref, *row in rows}


def _link(id: str, code: int, **more: object) -> str:
    times = {"sentTimestamp": "2026-03-18T08:14:05Z", "timestamp": "2026-03-18T08:14:00Z"}
    return json.dumps({"id": id, "operator": "no.telenor", "resultCode": code, **times, **more})


def _answer(id: str, **more: object) -> str:
    return json.dumps({"time": "2026-03-18T08:14:04Z", "messageId": id, "resultCode": 1005, "description": "Queued", **more})


def test_the_parts_of_links_long_messages_count_once(tmp_path: Path) -> None:
    answers = [_answer(id, smsCount=2) for id in ("whole", "half", "failed")] + [_answer("short")]
    reports = [_link("whole$1", 1001, segments=2), _link("whole$0", 1001, segments=2), _link("half$0", 1001, segments=2)]
    reports += [_link("failed$0", 1001, segments=2), _link("failed$1", 2104, segments=2), _link("short", 1010, segments=1)]
    messages = _messages(tmp_path, {"link.jsonl": [*answers, *reports]})
    assert messages == {
        "whole": [None, "delivered", None, 2, 2, False],
        "half": [None, "waiting_to_send", None, 1, 2, False],
        "failed": [None, "failed", "unknown_subscriber", 2, 2, False],
        "short": [None, "no_status", "no_report", 1, 1, False],
    }


def test_ucp_answers_and_notifications_may_write_the_number_in_different_ways(tmp_path: Path) -> None:
    lines = [
        "2026-03-18 09:14:01 recv 07/00043/R/51/A//4740000001:180326091400/2C",
        "2026-03-18 09:14:02 recv 08/00043/R/51/A//40000002:180326091400/2C",
        "2026-03-18 09:15:02 recv 07/00093/O/53/02079/40000001/////////////180326091400/0/000/180326091502/3///////////////9E",
        "2026-03-18 09:15:03 recv 08/00093/O/53/02079/004740000002/////////////180326091400/2/101/180326091502/3///////////////9E",
    ]
    messages = _messages(tmp_path, {"emi.log": lines}, receipt_zone="Europe/Oslo")
    assert sorted(messages.values()) == [
        ["+4740000001", "delivered", None, 1, None, False],
        ["+4740000002", "failed", "unknown_subscriber", 1, None, False],
    ]


def test_a_callback_of_jasmin_belongs_to_the_message_in_its_log(tmp_path: Path) -> None:
    log = (
        "2026-03-18 09:14:01 INFO     1 SMS-MT [cid:telia] [queue-msgid:2f0d7c1e] [smpp-msgid:b'5c01a9'] [status:CommandStatus.ESME_ROK] [prio:0] "
        "[dlr:RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED] [validity:none] [from:b'Klinikken'] [to:b'4740000001'] [content:b'']"
    )
    callbacks = [
        "2026-03-18 09:14:02 id=2f0d7c1e&message_status=ESME_ROK&level=1&connector=telia",
        "2026-03-18 09:14:09 id=2f0d7c1e&message_status=DELIVRD&level=2&donedate=2603180914&err=000",
    ]
    messages = _messages(tmp_path, {"messages.jsonl.txt": [log], "callbacks.log": callbacks}, feed="telia", receipt_zone="Europe/Oslo")
    assert messages == {"2f0d7c1e": ["+4740000001", "delivered", None, 2, None, False]}
