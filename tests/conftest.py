"""How long hypothesis tries: `HYPOTHESIS_PROFILE=long` for the long run, the same few examples every time otherwise."""

import os
import pickle
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.once import Once, shared
from tests.thorough import PROFILE

if TYPE_CHECKING:
    import duckdb
    from playwright.sync_api import Browser

    from sms_analytics.commands.demo import Demo
    from sms_analytics.text.labels import Lang

ROOT = Path(__file__).parents[1]

if "PYTEST_XDIST_WORKER" in os.environ:
    # The processes share the cores already. Before polars is imported, which asks once.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")

settings.register_profile("quick", derandomize=True, max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(PROFILE)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes something once for all processes of this run."""
    return shared(tmp_path_factory)


@pytest.fixture(scope="session")
def sample_made(once: Once) -> "Demo":
    """What `demo` makes of the sample, for reading only: the database, the answers and their files, alone in a folder."""
    from sms_analytics.commands.demo import demo  # noqa: PLC0415

    def make(folder: Path) -> None:
        # Places in logs are written from the root of the repository.
        with chdir(ROOT):
            made = demo(folder / "out")
        (folder / "made.pickle").write_bytes(pickle.dumps(made))

    folder = once("sample", make)
    made: Demo = pickle.loads((folder / "made.pickle").read_bytes())
    out = folder / "out"
    return replace(made, db=out / made.db.name, files={out / path.name: frame for path, frame in made.files.items()})


@pytest.fixture(scope="session")
def sample_db(sample_made: "Demo") -> Path:
    """The sample logs, loaded once; for reading only."""
    return sample_made.db


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
