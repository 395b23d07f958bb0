"""The support lookup inside JupyterLab: the field, the same words as on the page, and the notebook in a real kernel."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import ipywidgets as widgets
import nbformat
import pytest
from nbclient import NotebookClient

from sms_analytics.database import store
from sms_analytics.jupyter import support
from tests.lookup.conftest import ROOT
from tests.small_database import loaded

NOTEBOOK = ROOT / "notebooks" / "support_lookup.ipynb"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loaded(tmp_path_factory.mktemp("notebook"))[0]


@pytest.fixture
def db(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with store.connect(database) as connection:
        yield connection


def parts(box: widgets.VBox) -> tuple[Any, Any, Any]:
    """The field, the switch and the story."""
    (typed, language), story = box.children[0].children, box.children[1]
    return typed, language, story


def test_what_is_typed_is_looked_up(db: duckdb.DuckDBPyConnection) -> None:
    typed, language, story = parts(support.field(db))
    assert "Lest inn er 6 meldinger" in story.value
    typed.value = "40000002"
    assert "SMS feilet: Nummeret er ikke i bruk" in story.value
    assert "access.log:5" in story.value
    language.value = "en"
    assert "Failed: Number not in use" in story.value
    typed.value = "40000004"
    assert "Did you mean one of these?" in story.value
    assert "Hemmelig" not in story.value


def test_it_is_a_piece_of_html_without_script_or_links(db: duckdb.DuckDBPyConnection) -> None:
    _, _, story = parts(support.field(db, "40000001"))
    assert "Andre meldinger til nummeret" in story.value
    assert [sign for sign in ("<script", "href=", "onclick", "http:", "https:", "data-copy") if sign in story.value] == []


def test_html_shows_as_text(db: duckdb.DuckDBPyConnection) -> None:
    _, _, story = parts(support.field(db, "<img src=x onerror=alert(1)>"))
    assert "<img" not in story.value
    assert "&lt;img src=x onerror=alert(1)&gt;" in story.value


def test_the_notebook_runs_from_top_to_bottom(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, store.ENVIRONMENT, str(database))
    reader: Any = nbformat
    book = reader.read(NOTEBOOK, as_version=4)
    assert book.cells[1].metadata.tags == ["parameters"]
    book.cells[1].source += "\nasked = '40000002'"
    NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    state = book.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    shown = [model["state"]["value"] for model in state.values() if model["model_name"] == "HTMLModel"]
    assert len(shown) == 1
    assert "SMS feilet: Nummeret er ikke i bruk" in shown[0]
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for cell in book.cells for output in cell.get("outputs", []))
