"""Every fixture of every format: read as expected, each record in one place, wherever the batches are cut."""

import functools
from pathlib import Path

import polars as pl
import pytest

from sms_analytics.events.readings import REJECTED, Context, Format, Parsed
from tests.formats import golden
from tests.thorough import THOROUGH

CASES = golden.cases()
#: In how many batches a fixture is cut, every record in another one than the next.
_BATCHES = 3


def _name(case: Path) -> str:
    return f"{case.parent.name}-{case.stem}"


@functools.cache
def _records(case: Path) -> pl.DataFrame:
    return golden.records_of(case)


@functools.cache
def _parsed(case: Path) -> Parsed:
    return golden.format_of(case).parse(_records(case), golden.context_of(case))


@functools.cache
def _shaped(case: Path) -> dict[str, pl.DataFrame]:
    return golden.shaped(_parsed(case))


def _places(parsed: Parsed) -> list[int]:
    return sorted([*parsed.readings["record_no"].unique(), *parsed.skipped["record_no"], *parsed.rejected["record_no"]])


def _in_batches(own: Format, records: pl.DataFrame, context: Context) -> Parsed:
    """Read in batches in which none of a record's next neighbours is; the long run reads them one by one."""
    batches = records.height if THOROUGH else _BATCHES
    parts = [own.parse(batch, context) for first in range(batches) if (batch := records.gather_every(batches, first)).height]
    frames = [golden.shaped(part) for part in parts]
    return Parsed(*[pl.concat([frame[name] for frame in frames]) for name in ("readings", "skipped", "rejected")])


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_reads_what_is_expected(case: Path) -> None:
    assert golden.as_objects(_shaped(case)) == golden.expected(case)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_every_record_stands_in_exactly_one_frame(case: Path) -> None:
    assert _places(_parsed(case)) == _records(case)["record_no"].to_list()


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_cutting_the_batch_changes_nothing(case: Path) -> None:
    cut = golden.shaped(_in_batches(golden.format_of(case), _records(case), golden.context_of(case)))
    assert golden.as_objects(_shaped(case)) == golden.as_objects(cut)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_an_empty_batch_gives_empty_frames(case: Path) -> None:
    assert _places(golden.format_of(case).parse(_records(case).clear(), golden.context_of(case))) == []


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_readings_have_what_the_loader_needs(case: Path) -> None:
    readings = _shaped(case)["readings"]
    assert readings.select(pl.col("record_no", "kind", "status", "raw").null_count()).row(0) == (0, 0, 0, 0)
    systems = set(readings["code_system"].drop_nulls())
    assert systems <= set(golden.format_of(case).code_systems)


def test_the_frames_of_the_contract_are_all_compared() -> None:
    rejects = pl.DataFrame({"record_no": [1], "raw": ["x"], "field": ["f"], "rule": ["r"], "message": ["m"]}, schema=REJECTED)
    assert golden.as_objects(golden.shaped(Parsed(rejected=rejects))) == [
        {"frame": "rejected", "record_no": 1, "raw": "x", "field": "f", "rule": "r", "message": "m"}
    ]
