"""The sample, beside its configuration, for the tests of the support lookup and its page."""

import shutil
from pathlib import Path

import pytest

from tests.once import Once
from tests.report.read_report import CONFIG

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def sample(once: Once, sample_db: Path) -> Path:
    """A database of the sample, beside its configuration."""

    def make(folder: Path) -> None:
        shutil.copy(sample_db, folder)
        shutil.copy(CONFIG, folder)

    return once("support", make) / sample_db.name
