"""What a description can say beyond the plain case: keys in any letter case, codes that refine words, codes of several systems."""

import json
from pathlib import Path
from typing import Any

import pytest

from sms_analytics.events.readings import Context, Format
from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says
from sms_analytics.reading import containers, sources


def _vendor(**settings: Any) -> Format:
    payload = Payload(
        needs=("messageId", "status"),
        columns={"message_id": "messageId", "status": "status", "code": "detail.errorCode", "recipient": "to.msisdn", "charge": "billed"},
        statuses={"Ok": "delivered", "Sent": "submitted", "Failed": Says("undelivered", said_by="gateway")},
        charges={"true": "charged"},
        each=("to",),
        **settings,
    )
    return engine.make(Description(name="vendor", title="A vendor", payloads=(payload,), any_case=True))


def _read(own: Format, folder: Path, *lines: str, ending: str = "log") -> list[dict[str, Any]]:
    path = folder / f"vendor.{ending}"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with sources.Source(str(path)) as source:
        batches = list(containers.records(source, own))
    assert sum(own.claims(batch) for batch in batches) == len(lines) - (ending == "csv")
    return [row for batch in batches for row in own.parse(batch, Context()).readings.iter_rows(named=True)]


@pytest.mark.parametrize(
    "line",
    [
        '{"messageId": 7, "status": "ok", "detail": {"errorCode": 3, "OtherKey": "7"}, "to": [{"msisdn": "+4740000001"}]}',
        '{"MESSAGEID": "7", "Status": "OK", "Detail": {"errorcode": "3", "OtherKey": "7"}, "TO": [{"MSISDN": "+4740000001"}]}',
        '2026-03-18T09:14:07Z {"x": {"messageid": 7, "STATUS": "Ok", "detail": {"ErrorCode": 3.0, "OtherKey": "7"}, "To": [{"Msisdn": "+4740000001"}]}}',
    ],
)
def test_keys_in_any_letter_case(line: str, tmp_path: Path) -> None:
    (row,) = _read(_vendor(code_system="vonage"), tmp_path, line)
    assert (row["message_id"], row["status"], row["code_raw"], row["recipient"]) == ("7", "delivered", "3", "+4740000001")
    assert json.loads(row["extra"]) == {"detail.OtherKey": "7"}


def test_headers_in_any_letter_case(tmp_path: Path) -> None:
    (row,) = _read(_vendor(), tmp_path, "MESSAGEID;Status;to.MSISDN", "7;Failed;+4740000001", ending="csv")
    assert (row["message_id"], row["status"], row["status_raw"]) == ("7", "undelivered", "Failed")


@pytest.mark.parametrize(
    ("word", "code", "status"),
    [
        ("Failed", "Expired", "expired"),
        ("Failed", "rejected", "rejected"),
        ("Failed", "MissingDeliveryReport", "no_report"),
        ("Sent", "MissingDeliveryReport", "no_report"),
        ("Sent", "Delivered", "delivered"),
        ("Failed", "Sent", "undelivered"),
        ("Sent", "Pending", "submitted"),
        ("Failed", "Delivered", "undelivered"),
        ("Ok", "Expired", "delivered"),
        ("Failed", "NeverHeardOf", "undelivered"),
        ("NeverHeardOf", "Delivered", "unrecognised"),
    ],
)
def test_a_code_refines_a_coarser_word(word: str, code: str, status: str, tmp_path: Path) -> None:
    (row,) = _read(
        _vendor(code_system="strex", code_refines=True), tmp_path, json.dumps({"messageId": "7", "status": word, "detail": {"errorCode": code}})
    )
    assert (row["status"], row["status_raw"], row["code_raw"]) == (status, word, code)


def test_a_code_is_of_the_first_system_that_knows_it(tmp_path: Path) -> None:
    lines = [json.dumps({"messageId": code, "status": "Failed", "detail": {"errorCode": code}}) for code in ("9206", "CPA01113E", "NoReport", "4711")]
    rows = _read(_vendor(code_system=("telia_cpa", "telenor_cpa", "telia_dk")), tmp_path, *lines)
    assert [(row["code_raw"], row["code_system"], row["status"]) for row in rows] == [
        ("9206", "telia_cpa", "undelivered"),
        ("CPA01113E", "telenor_cpa", "undelivered"),
        ("NoReport", "telia_dk", "no_report"),
        ("4711", "telia_cpa", "undelivered"),
    ]


def test_what_a_code_says_of_the_charge_counts_beside_a_positive_word(tmp_path: Path) -> None:
    own = _vendor(code_system="telenor_cpa_old", codes={"230": Says("delivered", charge="not_charged")})
    lines = [json.dumps({"messageId": "7", "status": word, "detail": {"errorCode": "230"}}) for word in ("Ok", "Failed")]
    assert [(row["status"], row["charge_status"]) for row in _read(own, tmp_path, *lines)] == [("delivered", "not_charged")] * 2


def test_one_spelling_in_a_description_that_takes_any() -> None:
    payloads = tuple(Payload(needs=needs) for needs in (("messageId",), ("MessageID",)))
    with pytest.raises(ValueError, match="MessageID is written in two ways"):
        engine.make(Description(name="vendor", title="A vendor", payloads=payloads, any_case=True))


def test_everything_below_a_hidden_path(tmp_path: Path) -> None:
    line = '{"time": "2026-03-18T09:14:07Z", "body": {"messageId": "7", "status": "Ok", "Parameters": {"navn": {"4740000001": "Kari"}, "dag": ["onsdag"]}, "x": "8"}}'
    (row,) = _read(_vendor(hidden=("parameters.*",)), tmp_path, line)
    assert row["extra"] == '{"x": "8"}'
    assert json.loads(row["raw"])["body"] == {"messageId": "7", "status": "Ok", "Parameters": "***", "x": "8"}
