"""Receipts from public test suites, documentation and issue threads: what their sources assert about them, and where we differ and why.

`real_receipts.jsonl` holds one record a line: `raw` as its source has it, `expect` what the source asserts (its word for the status in `canonical`),
`should_reject` where it refuses the record. A difference that is not listed fails, and so does one that is listed and no longer there.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from sms_analytics import formats
from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.events.readings import RECORDS, Context
from tests.formats import golden

RECEIPTS: Final[dict[str, dict[str, Any]]] = {
    record["id"]: record for record in map(json.loads, Path(__file__).with_name("real_receipts.jsonl").read_text("utf-8").splitlines())
}
#: Words of the sources for what has another name with us.
_SAME: Final = {"deleted": "stopped", "failed": "undelivered", "undeliverable": "undelivered", "enroute": "submitted", "none": None}
#: What a source asserts, and where it stands with us.
_COLUMNS: Final = {
    "message_id": "message_id",
    "state": "status_raw",
    "canonical": "status",
    "error_code": "code_raw",
    "detail": "detail",
    "recipient": "recipient",
}
_TIMES: Final = {"submit_time": "submit", "done_time": "happened", "log_time": "logged"}

_LENIENT: Final = "a misspelt or unreadable key costs only itself: id and status are plain, and refusing the record would lose a delivery"
_FOR_THE_OPERATOR: Final = "SUCCESSFUL means that the operator took the message, final or not: accepted, which is no delivery"
_ZONELESS: Final = "RawDlrDoneDate has no zone and each operator uses its own, so it is kept in extra: as a time it would be wrong by hours"
_NOT_HANDED_OVER: Final = "failed is Twilio's word for what it did not hand over: rejected, which counts as failed"
#: Record -> field -> what we read, and why it is not what the source asserts.
DIFFERENCES: Final[dict[str, dict[str, tuple[object, str]]]] = {
    "smpp-004": {"read": (True, _LENIENT)},
    "smpp-006": {"read": (True, _LENIENT)},
    "smpp-007": {"read": (True, _LENIENT)},
    "smpp-175": {"read": (True, _LENIENT)},
    "smpp-017": {"submit_time": (None, "a submit date alone says nothing about a message: the record is rejected, counted and listed")},
    "smpp-020": {
        "submit_time": (None, "nothing was sent in 1970: it stands for no time"),
        "done_time": (None, "nothing was delivered in 1970: it stands for no time"),
    },
    "smpp-057": {"canonical": ("unrecognised", "0 is this operator's word for delivered and SMPP 5.0's for scheduled: no bare digit is interpreted")},
    "vg-006": {"canonical": ("unrecognised", "a word that nobody knows is kept and counted, not ignored")},
    "vg-012": {"canonical": ("stopped", "9 is Vonage's code for a number that has opted out: opt-out lists are no failure but stopped")},
    "infobi-002": {"read": (True, "the source asks for the envelope's name; ours is looked for in any, and the report inside is whole")},
    "pp-003": {"canonical": ("accepted", _FOR_THE_OPERATOR)},
    "pp-039": {"canonical": ("accepted", _FOR_THE_OPERATOR)},
    "pp-023": {"canonical": ("no_report", "UNKNOWN is what AWS says when no final event came for 72 hours: nobody knows that it failed")},
    "pp-030": {"canonical": ("rejected", "AWS did not hand the message over, since it would have cost too much: rejected, which counts as failed")},
    "tw-002": {"done_time": (None, _ZONELESS)},
    "tw-008": {"done_time": (None, _ZONELESS), "canonical": ("rejected", _NOT_HANDED_OVER)},
    "tw-009": {
        "done_time": (None, _ZONELESS),
        "canonical": ("stopped", "the sender cancelled it, which is nobody's failure: stopped has an outcome of its own"),
    },
    "tw-017": {"canonical": ("rejected", _NOT_HANDED_OVER)},
    "twc-007": {"canonical": ("rejected", _NOT_HANDED_OVER)},
    "jcb-001": {
        "canonical": (
            "submitted",
            "the message centre took the message over, which is submitted with us; accepted is what a network says of delivery",
        )
    },
    "smpp-202": {
        "read": (True, "without an id it is a failed message of its own, counted as one without submission; `sub:001` is not taken for the id")
    },
}


def _parsed(record: dict[str, Any]) -> dict[str, pl.DataFrame]:
    lines = pl.DataFrame({"record_no": [1], "line": [record["raw"]]}, schema=RECORDS)
    return golden.shaped(formats.named(record["format"]).parse(lines, Context()))


def _moment(row: dict[str, Any], column: str) -> str | None:
    """The time as the source writes it: naive, or in UTC where the text states its offset."""
    stated, local = row.get(f"{column}_utc"), row.get(column)
    moment = stated.replace(tzinfo=UTC) if stated else local
    return moment.isoformat() if moment else None


def _asserted(field: str, value: str | None) -> str | None:
    if field == "canonical":
        return _SAME.get(value or "", value)
    if field in _TIMES and value and "+" in value:
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return value or None


def _differences(record: dict[str, Any]) -> dict[str, object]:
    """Field -> what we read where it is not what the source asserts."""
    readings = _parsed(record)["readings"]
    if record.get("should_reject"):
        return {"read": True} if readings.height else {}
    row = readings.row(0, named=True) if readings.height else {}
    ours = {field: row.get(column) for field, column in _COLUMNS.items()} | {field: _moment(row, column) for field, column in _TIMES.items()}
    return {field: ours[field] for field, value in record["expect"].items() if ours[field] != _asserted(field, value)}


@pytest.mark.parametrize("name", RECEIPTS)
def test_reads_what_its_source_asserts(name: str) -> None:
    listed = {field: value for field, (value, _) in DIFFERENCES.get(name, {}).items()}
    assert _differences(RECEIPTS[name]) == listed


def test_every_listed_difference_is_about_a_record_and_has_its_reason() -> None:
    assert set(DIFFERENCES) <= set(RECEIPTS)
    assert all(len(reason) > 40 for fields in DIFFERENCES.values() for _, reason in fields.values())


def test_every_record_asserts_something() -> None:
    assert {record["format"] for record in RECEIPTS.values()} == {
        *("front", "gatewayapi", "jasmin", "jasmin_callback", "kannel", "kannel_callback", "pswincom", "puzzel", "smpp", "twilio"),
        *("aws", "infobip", "vonage"),
    }
    assert not [name for name, record in RECEIPTS.items() if not record["expect"] and not record.get("should_reject")]


@pytest.mark.parametrize("name", RECEIPTS)
def test_the_message_text_is_masked(name: str) -> None:
    raw = RECEIPTS[name]["raw"]
    head, _, text = raw.partition("ext:")
    words = [word for word in text.strip(" )]}'").split("] [")[0].split() if len(word) > 3 and word not in f"{head}ext:"]
    readings = _parsed(RECEIPTS[name])["readings"]
    assert not [word for word in words if word in str(readings.rows())]


# Pairs of a submission's id and a receipt's, and whether they are one message by their source's own rule.
PAIRS: Final = {
    "seq-037: hexadecimal on one side, decimal on the other": ("5f878c79", "1602718841", True),
    "seq-038: another case and a lost leading zero": ("0e999f21-abcd", "E999F21-ABCD", True),
    "seq-061: padded, both decimal": ("706678557", "0000706678557", True),
    "seq-041: 65 is 101 in hexadecimal, but nothing says that this feed means it": ("65", "101", False),
    "seq-045: a receipt for an id that nobody submitted": ("5C01A9", "77AA00", False),
}


def _jasmin(submitted: str, received: str) -> dict[str, str]:
    return {
        "messages.log": f"2026-03-18 09:14:01 INFO     1 SMS-MT [cid:telia] [queue-msgid:q1] [smpp-msgid:b'{submitted}'] [status:CommandStatus.ESME_ROK] "
        "[prio:0] [dlr:RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED] [validity:none] [from:b'Klinikken'] [to:b'4740000001'] [content:b'']\n"
        "2026-03-18 09:14:05 INFO     1 SMS-MO [cid:telia] [queue-msgid:q2] [status:CommandStatus.ESME_ROK] [prio:None] [validity:None] [from:b'4740000001'] "
        f"[to:b'Klinikken'] [content:b'id:{received} submit date:2603180914 done date:2603180914 stat:DELIVRD err:000']\n"
    }


def _table_and_smpp(submitted: str, received: str) -> dict[str, str]:
    return {
        "sent.csv": f"feed;message id;to;sent\ntelia;{submitted};+4740000001;2026-03-18 09:14:01\n",
        "gateway.log": f"2026-03-18 09:14:05 DEBUG smsc=telia from=4740000001 id:{received} sub:001 dlvrd:001 submit date:2603180914 done date:2603180914 "
        "stat:DELIVRD err:000 text:\n",
    }


def _messages(folder: Path, files: dict[str, str]) -> pl.DataFrame:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    report = loader.load([str(folder / name) for name in files], db=folder / "sms.duckdb", time_zone="Europe/Oslo")
    assert (report.faults, [load.rejected for load in report.loads]) == ([], [0] * len(files))
    db = store.connect(folder / "sms.duckdb")
    frame: pl.DataFrame = db.sql("SELECT feed, message_id, outcome, receipts, submission_missing FROM messages ORDER BY submission_missing").pl()
    db.close()
    return frame


@pytest.mark.parametrize("write", [_jasmin, _table_and_smpp])
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_ids_of_submissions_and_receipts(pair: tuple[str, str, bool], write: Any, tmp_path: Path) -> None:
    submitted, received, one = pair
    messages = _messages(tmp_path, write(submitted, received))
    matched = [("telia", submitted, "delivered", 1, False)]
    apart = [("telia", submitted, "awaiting_status", 0, False), ("telia", received, "delivered", 1, True)]
    assert messages.rows() == (matched if one else apart)


def test_ids_that_share_no_base_are_messages_of_their_own(tmp_path: Path) -> None:
    receipts = "".join(
        f"2026-03-18 09:14:05 smsc=telia id:{part} stat:DELIVRD err:000 done date:2603180914 text:\n" for part in ("bf53ad8b", "40ccdce2", "b64bf122")
    )
    messages = _messages(tmp_path, {"seq-062.log": receipts})
    assert messages["message_id"].sort().to_list() == ["40ccdce2", "b64bf122", "bf53ad8b"]
    assert set(messages["outcome"]) == {"delivered"}
