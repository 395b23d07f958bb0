"""Every fixture of every format: read as expected, each record in one place, wherever the batches are cut."""

from pathlib import Path

import polars as pl
import pytest

from sms_analytics.events.readings import REJECTED, Context, Format, Parsed
from tests.formats import golden

CASES = golden.cases()


def _name(case: Path) -> str:
    return f"{case.parent.name}-{case.stem}"


def _places(parsed: Parsed) -> list[int]:
    return sorted([*parsed.readings["record_no"].unique(), *parsed.skipped["record_no"], *parsed.rejected["record_no"]])


def _one_by_one(own: Format, records: pl.DataFrame, context: Context) -> Parsed:
    parts = [own.parse(record, context) for record in records.iter_slices(1)]
    frames = [golden.shaped(part) for part in parts]
    return Parsed(*[pl.concat([frame[name] for frame in frames]) for name in ("readings", "skipped", "rejected")])


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_reads_what_is_expected(case: Path) -> None:
    assert golden.read(case) == golden.expected(case)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_every_record_stands_in_exactly_one_frame(case: Path) -> None:
    records = golden.records_of(case)
    assert _places(golden.format_of(case).parse(records, golden.context_of(case))) == records["record_no"].to_list()


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_cutting_the_batch_changes_nothing(case: Path) -> None:
    records = golden.records_of(case)
    own, context = golden.format_of(case), golden.context_of(case)
    whole, cut = golden.shaped(own.parse(records, context)), golden.shaped(_one_by_one(own, records, context))
    assert golden.as_objects(whole) == golden.as_objects(cut)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_an_empty_batch_gives_empty_frames(case: Path) -> None:
    records = golden.records_of(case)
    own = golden.format_of(case)
    assert _places(own.parse(records.clear(), golden.context_of(case))) == []


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_readings_have_what_the_loader_needs(case: Path) -> None:
    records = golden.records_of(case)
    readings = golden.shaped(golden.format_of(case).parse(records, golden.context_of(case)))["readings"]
    assert readings.select(pl.col("record_no", "kind", "status", "raw").null_count()).row(0) == (0, 0, 0, 0)
    systems = set(readings["code_system"].drop_nulls())
    assert systems <= set(golden.format_of(case).code_systems)


def test_the_frames_of_the_contract_are_all_compared() -> None:
    rejects = pl.DataFrame({"record_no": [1], "raw": ["x"], "field": ["f"], "rule": ["r"], "message": ["m"]}, schema=REJECTED)
    assert golden.as_objects(golden.shaped(Parsed(rejected=rejects))) == [
        {"frame": "rejected", "record_no": 1, "raw": "x", "field": "f", "rule": "r", "message": "m"}
    ]
