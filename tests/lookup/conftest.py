"""The sample, loaded once for the tests of the support lookup and its page."""

from contextlib import chdir
from pathlib import Path

import pytest

from sms_analytics.commands import loader

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the sample, beside its configuration; places in logs are written from the root of the repository."""
    folder = tmp_path_factory.mktemp("support")
    with chdir(ROOT):
        report = loader.load("data/sample/logs", db=folder / "sms.duckdb", config="data/sample/sms_analytics.toml")
    assert report.faults == []
    (folder / "sms_analytics.toml").write_bytes((ROOT / "data" / "sample" / "sms_analytics.toml").read_bytes())
    return folder / "sms.duckdb"
