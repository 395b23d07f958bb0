"""JupyterLab as `sms-analytics lab` starts it: on copies that are the user's own, with charts that are seen in a browser without network."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sms_analytics.database import store
from sms_analytics.errors import DatabaseError, UsageError
from sms_analytics.jupyter import notebook
from sms_analytics.jupyter.lab import lab, originals, working_copies
from tests.browser import without_network
from tests.small_database import loaded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]


class TestWorkingCopies:
    def test_all_notebooks_are_copied_once_and_then_left_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "mine"
        names = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
        assert {path.name for path in working_copies(folder)} == names
        own = folder / "countries.ipynb"
        own.write_text("mine", "utf-8")
        (folder / "how_sure.ipynb").unlink()
        assert [path.name for path in working_copies(folder)] == ["how_sure.ipynb"]
        assert own.read_text("utf-8") == "mine"
        assert (ROOT / "notebooks" / "countries.ipynb").read_text("utf-8") != "mine"

    def test_they_come_with_the_package(self) -> None:
        packaged = {path.name: path.read_bytes() for path in originals().glob("*.ipynb")}
        assert packaged == {path.name: path.read_bytes() for path in (ROOT / "notebooks").glob("*.ipynb")}


class TestLab:
    @pytest.fixture(autouse=True)
    def _nothing_chosen(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(store.ENVIRONMENT, raising=False)
        monkeypatch.chdir(tmp_path)

    def test_database_language_and_look_are_handed_on(self, tmp_path: Path) -> None:
        db, _ = loaded(tmp_path)
        started = lab(db, lang="en", mode="dark", port=1234, browser=False)
        assert started.environment[store.ENVIRONMENT] == str(db)
        assert (started.environment[notebook.LANG], started.environment[notebook.MODE]) == ("en", "dark")
        assert {"--port=1234", "--no-browser"} < set(started.command)
        settings = Path(started.environment["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        assert json.loads(settings.read_text("utf-8")) == {"theme": "JupyterLab Dark"}
        settings.write_text('{"adaptive-theme": false}', "utf-8")
        lab(db)
        assert json.loads(settings.read_text("utf-8")) == {"adaptive-theme": False, "theme": "JupyterLab Light"}

    def test_the_sample_where_there_is_no_database(self) -> None:
        assert lab().environment[store.ENVIRONMENT] == ""

    def test_the_usual_database_where_there_is_one(self, tmp_path: Path) -> None:
        db, _ = loaded(tmp_path)
        assert lab().environment[store.ENVIRONMENT] == str(db)

    def test_a_named_database_must_be_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(DatabaseError, match=r"no such database"):
            lab("missing.duckdb")
        monkeypatch.setenv(store.ENVIRONMENT, "missing.duckdb")
        with pytest.raises(DatabaseError, match=r"no such database"):
            lab()
        assert not Path("sms_notebooks").exists()

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(UsageError, match="name another folder with --folder"):
            lab(folder=tmp_path / "file" / "below")


@contextmanager
def running(db: Path, folder: Path) -> Iterator[str]:
    """The address of a real JupyterLab, started as a user would."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = folder / "jupyter"
    settings.mkdir()
    (settings / "jupyter_server_config.json").write_text(json.dumps({"ServerApp": {"allow_root": True}, "IdentityProvider": {"token": "t"}}), "utf-8")
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    call = [sys.executable, "-c", "from sms_analytics.cli import main; raise SystemExit(main())", "lab"]
    command = [*call, "--db", str(db), "--folder", str(folder / "copies"), "--no-browser", "--port", str(port)]
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api", process, folder / "lab.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(240):
        with suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        assert process.poll() is None, log.read_text("utf-8")
        time.sleep(0.5)
    pytest.fail(f"JupyterLab did not answer: {log.read_text('utf-8')}")


def marks(page: "Page") -> list[int]:
    """How many marks each chart on the page has drawn: rectangles, symbols and lines that have a size."""
    count: list[int] = page.evaluate(
        """() => [...document.querySelectorAll('.vega-embed svg.marks')].map(svg =>
            [...svg.querySelectorAll('.mark-rect path, .mark-symbol path, .mark-line path, .mark-rule line, .mark-area path')]
            .filter(mark => { const box = mark.getBoundingClientRect(); return box.width + box.height > 2 }).length)"""
    )
    return count


def test_charts_are_drawn_in_a_browser_without_network(chromium: "Browser", sample_db: Path, tmp_path: Path) -> None:
    with running(sample_db, tmp_path) as address:
        page = chromium.new_page(viewport={"width": 1400, "height": 6000})
        asked = without_network(page)
        page.goto(f"{address}/lab/tree/failure_reasons.ipynb?token=t")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=120_000)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=120_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name=re.compile("^Run All Cells$")).click()
        page.wait_for_function("document.querySelectorAll('.vega-embed svg.marks').length >= 5", timeout=180_000)
        drawn = marks(page)
        tables = page.locator(".jp-RenderedHTMLCommon table td").count()
        linked = page.locator(".vega-embed svg.marks").nth(2)
        everybody = linked.text_content()
        linked.locator(".mark-rect path").first.click()
        page.wait_for_function("([chart, before]) => chart.textContent !== before", arg=[linked.element_handle(), everybody], timeout=30_000)
        if os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(os.environ["SCREENSHOTS"]) / "lab.png")
        page.close()
    assert len(drawn) == 5
    assert min(drawn) > 5, drawn
    assert tables > 20
    assert [url for url in asked if "jupyter" not in url] == []
