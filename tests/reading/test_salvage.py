"""One record or one file never stops all: what a library stumbles over costs that record, or that file, and is told."""

import io
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from sms_analytics.errors import FormatMismatchError
from sms_analytics.events.readings import Context, Format, Parsed
from sms_analytics.formats import kannel as kannel_format
from sms_analytics.reading import encoded_lines
from sms_analytics.reading.salvage import MOST, Salvage
from tests import kannel_log as log

HEADER = ["Id", "Mottaker", "Status", "Sendt"]
ROW = ["1", "+4740000001", "Levert", "18.03.2026 09:14"]


def stumbling(word: str) -> Format:
    """Kannel's format, which breaks like a library on records that hold this word."""
    kannel = kannel_format.FORMAT

    def parse(records: pl.DataFrame, context: Context) -> Parsed:
        if records["line"].str.contains(word, literal=True).any():
            raise pl.exceptions.ComputeError(records["line"][0])
        return kannel.parse(records, context)

    return replace(kannel, parse=parse)


def test_a_record_that_a_library_stumbles_over_costs_itself_only() -> None:
    lines = log.lines(50)
    records = pl.DataFrame({"record_no": range(1, len(lines) + 1), "line": lines})
    format = stumbling(log.recipient(20))
    parsed = Salvage().parsed(records, lambda some: format.parse(some, Context()))
    bad = [number for number, line in enumerate(lines, 1) if log.recipient(20) in line]
    assert parsed.rejected["record_no"].to_list() == bad
    assert set(parsed.rejected["message"]) == {"reading this record failed (ComputeError)"}
    assert sorted(parsed.readings["record_no"].to_list() + bad) == list(range(1, len(lines) + 1))


def test_a_file_of_which_a_format_reads_nothing_is_given_up() -> None:
    records = pl.DataFrame({"record_no": range(MOST + 1), "line": ["x"] * (MOST + 1)})
    with pytest.raises(FormatMismatchError, match="more than 1000 of its records cannot be read"):
        Salvage().parsed(records, lambda some: stumbling("x").parse(some, Context()))


@pytest.mark.parametrize("format", ["twilio", "gatewayapi", "table", "telnyx", "aws"])
def test_half_a_sign_in_json_stops_nothing(format: str, tmp_path: Path) -> None:
    good = log.written(tmp_path / "good.log", log.lines(3))
    half = {"MessageSid": "SM1", "MessageStatus": "delivered", "id": 1000001, "msisdn": 4740000001, "time": 1773821648, "status": "DELIVERED"}
    text = json.dumps([half | {"Body": "god dag \ud83d"}, half | {"x\ud83d": "\ude00"}])
    (tmp_path / "bad.json").write_text(text, "utf-8")
    report = log.load(tmp_path / "sms.duckdb", good, format="kannel")
    report = log.load(tmp_path / "sms.duckdb", tmp_path / "bad.json", format=format)
    assert [fault for fault in report.faults if "fault of ours" in fault] == []
    assert len(log.loads(tmp_path / "sms.duckdb")) == 2
    if format == "twilio":
        assert [load.rejected for load in report.loads] == [0]


def test_a_line_that_is_too_long_is_one_reject_with_its_length(tmp_path: Path) -> None:
    for length in (encoded_lines.LONGEST_LINE + 1, 3 * encoded_lines.LONGEST_LINE + 7):
        lines = log.lines(5)
        db = tmp_path / f"{length}.duckdb"
        report = log.load(db, log.written(tmp_path / f"{length}.log", [*lines[:3], "x" * length, *lines[3:]]))
        assert report.faults == []
        assert log.counts(db) == [(len(lines) + 1, len(lines), 0, 1)]
        assert log.rows(db, "FROM rejects") == [
            {
                "load_id": 1,
                "record_no": 4,
                "raw": "",
                "field": "record",
                "rule": "too_long",
                "message": f"a line of {length} bytes, and {encoded_lines.LONGEST_LINE} are the most that is read",
            }
        ]


def test_times_of_years_that_cannot_be_are_rejected_or_left_out(tmp_path: Path) -> None:
    path, db = tmp_path / "a.log", tmp_path / "sms.duckdb"
    times = ["2026-03-18T09:14:05+01:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "1999-12-31T23:59:59Z", "2041-01-01T00:00:00Z"]
    log.written(path, [f"{time} id:5C01A{number} stat:DELIVRD err:000" for number, time in enumerate(times)])
    report = log.load(db, path, format="smpp")
    assert (report.faults, log.counts(db)) == ([], [(5, 1, 0, 4)])
    assert {row["message"] for row in log.rows(db, "FROM rejects")} == {"its time is outside the years 2000 to 2040"}
    assert [row["last_utc"].year for row in log.rows(db, "FROM feeds")] == [2026]
    # Beside a time that can be, the other one is left out.
    log.written(path, [log.receipt(1, log.START).replace("done date:260318085959", "done date:990318085959")])
    assert log.load(db, path).loads[0].accepted == 1
    assert log.rows(db, "SELECT event_utc, received_utc::VARCHAR AS received FROM events WHERE format = 'kannel'") == [
        {"event_utc": None, "received": "2026-03-18 08:00:00"}
    ]


def _workbook(*far: tuple[int, int]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
        for row, column in far:
            sheet.write(row, column, "x")
    return content.getvalue()


def test_a_stray_cell_of_a_workbook_is_told_and_costs_no_memory(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(_workbook((1_048_575, 16_383)))
    (tmp_path / "b.xlsx").write_bytes(_workbook())
    report = log.load(tmp_path / "sms.duckdb", tmp_path)
    assert report.faults == [
        f"{tmp_path}/a.xlsx: an Excel sheet that reaches over 1048576 rows and 16384 columns; "
        "delete the cells far outside the table, or save it as CSV"
    ]
    assert [(Path(load.path).name, load.accepted) for load in report.loads] == [("b.xlsx", 1)]


def test_parquet_with_lists_is_read_and_one_that_bursts_is_told(tmp_path: Path) -> None:
    columns = {name: [value] * 20_000 for name, value in zip(HEADER, ROW, strict=True)}
    pl.DataFrame({name: values[:2] for name, values in columns.items()} | {"x": [["a"], None]}).write_parquet(tmp_path / "lists.parquet")
    huge = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), pa.array(["a" * 1_000_000]))
    pq.write_table(pa.table(columns | {"x": huge}), tmp_path / "bomb.parquet", store_schema=False)
    assert (tmp_path / "bomb.parquet").stat().st_size < 100_000
    report = log.load(tmp_path / "sms.duckdb", tmp_path)
    (fault,) = report.faults
    assert fault.startswith(f"{tmp_path}/bomb.parquet: a Parquet file of which 1000 rows take 1000")
    assert [(Path(load.path).name, load.records, load.accepted) for load in report.loads] == [("lists.parquet", 2, 2)]
