"""How long hypothesis tries: `HYPOTHESIS_PROFILE=long` for the long run, the same few examples every time otherwise."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import duckdb
    from playwright.sync_api import Browser

    from sms_analytics.text.labels import Lang

settings.register_profile("quick", derandomize=True, max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def sample_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample logs, loaded once; for reading only."""
    from sms_analytics.commands.loader import load  # noqa: PLC0415
    from tests.report.read_report import CONFIG, SAMPLE  # noqa: PLC0415

    path = tmp_path_factory.mktemp("sample") / "sms.duckdb"
    load(str(SAMPLE / "logs"), db=path, config=CONFIG)
    return path


@pytest.fixture(scope="module")
def db(sample_db: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    """A connection to the sample."""
    from sms_analytics.database import store  # noqa: PLC0415

    with store.connect(sample_db) as connection:
        yield connection


@pytest.fixture(scope="module", params=["nb", "en"])
def lang(request: pytest.FixtureRequest) -> "Lang":
    chosen: Lang = request.param
    return chosen


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """A headless Chromium; `tests.browser` says how to look at what a page does in it."""
    from tests.browser import started  # noqa: PLC0415

    with started() as browser:
        yield browser
