"""Simulated logs of all five formats, loaded and resolved, against the truth they were made with."""

import os
from pathlib import Path

import polars as pl
import pytest

from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.simulate.simulation import simulate
from tests.report.read_report import SAMPLE

#: Simulated log sets that are tried; `make long` takes 20.
SEEDS = int(os.environ.get("SEEDS", "2"))

#: Truth and messages, side by side: by the id as the submission wrote it, or by the recipient where the log gives no id.
_SIDE_BY_SIDE = """
SELECT
    coalesce(truth.feed, messages.feed) AS feed,
    truth.story,
    coalesce(truth.message_id, messages.message_id) AS message_id,
    truth.outcome AS truth,
    messages.outcome AS found,
    truth.decided_by IS DISTINCT FROM messages.decided_by AND truth.outcome NOT IN ('stopped') AS other_decision,
    nullif(truth.reason, '') <> messages.reason AS other_reason,
    truth.conflict::INTEGER::BOOLEAN <> messages.conflict AS other_conflict,
    truth.operator IS DISTINCT FROM messages.operator AS other_operator,
    truth.country IS DISTINCT FROM messages.country AS other_country
FROM truth
FULL JOIN messages
    ON truth.feed = messages.feed
    AND (truth.message_id = messages.message_id OR (truth.message_id IS NULL AND messages.message_id IS NULL AND truth.recipient = messages.recipient))
"""


def loaded(folder: Path) -> tuple[loader.LoadReport, pl.DataFrame]:
    report = loader.load([str(folder / "logs")], db=folder / "sms.duckdb", config=folder / "sms_analytics.toml")
    return report, side_by_side(folder / "sms.duckdb", folder / "truth.csv")


def side_by_side(database: Path, truth: Path) -> pl.DataFrame:
    with store.connect(database) as db:
        db.register("truth", pl.read_csv(truth, infer_schema=False).to_arrow())
        frame: pl.DataFrame = db.sql(_SIDE_BY_SIDE).pl()
    return frame


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_outcome_is_the_truth(seed: int, tmp_path: Path) -> None:
    simulate(500, seed, tmp_path)
    report, frame = loaded(tmp_path)
    assert report.faults == []
    assert all(load.records == load.accepted + load.skipped + load.rejected for load in report.loads)
    assert frame.height == 500
    assert frame.filter(pl.col("truth").ne_missing(pl.col("found"))).to_dicts() == []
    assert frame.filter("other_decision").to_dicts() == []
    assert frame.filter("other_conflict").to_dicts() == []


@pytest.fixture(scope="module")
def frame(sample_db: Path) -> pl.DataFrame:
    """The sample beside its truth."""
    return side_by_side(sample_db, SAMPLE / "truth.csv")


def test_the_sample_tells_the_truth_in_every_column(frame: pl.DataFrame) -> None:
    assert frame.height == 6000
    assert frame.filter(pl.col("truth").ne_missing(pl.col("found"))).to_dicts() == []
    for other in ("other_decision", "other_conflict", "other_reason", "other_operator", "other_country"):
        assert frame.filter(other).to_dicts() == [], other


def test_a_lost_receipt_is_silence_and_never_failure(frame: pl.DataFrame) -> None:
    silent = frame.filter(pl.col("truth") == "no_status")
    assert silent.height > 20
    assert set(silent["found"]) == {"no_status"}
