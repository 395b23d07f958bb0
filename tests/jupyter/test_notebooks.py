"""The notebooks run from top to bottom in a real kernel, on the sample and on nothing, and lie in git without outputs."""

import ast
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import altair as alt
import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient

from sms_analytics.charts import theme
from sms_analytics.database import store
from sms_analytics.database.schemas import MESSAGE_COLUMNS
from sms_analytics.errors import UsageError
from sms_analytics.jupyter import notebook
from tests.messages_table import database, message, messages_of

ROOT = Path(__file__).parents[2]
_NEW: Any = nbformat.v4
CHARTS = {
    "countries": 5,
    "data_quality": 2,
    "delivery_rates": 6,
    "failure_reasons": 5,
    "how_sure": 4,
    "missing_statuses": 3,
    "one_send_out": 5,
    "own_query": 3,
    "premium_messages": 3,
    "time_to_phone": 5,
    "what_changed": 4,
    "who_stands_out": 4,
}
EVERY = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: The notebooks that draw; `support_lookup` has tests of its own (`tests/lookup/test_notebook.py`).
NOTEBOOKS = [path for path in EVERY if path.stem in CHARTS]
#: What a notebook asks for beside what they all do.
PARAMETERS = {"one_send_out": ["campaign"], "what_changed": ["days"]}
#: Charts that are not of a period, or of one of their own.
TIMELESS = {"data_quality": 1, "how_sure": 1, "own_query": 1, "what_changed": 3, "one_send_out": 4}


@pytest.fixture(scope="session")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = tmp_path_factory.mktemp("nothing") / "sms.duckdb"
    with store.rebuild(db):
        pass
    return db


def read(path: Path) -> Any:
    reader: Any = nbformat
    book = reader.read(path, as_version=4)
    reader.validate(book)
    return book


class Kernel:
    """A real kernel in which one notebook runs after the other, each in an empty namespace."""

    def __init__(self, db: Path | None, renderer: str, folder: Path) -> None:
        self._client = NotebookClient(_NEW.new_notebook(), timeout=300, kernel_name="python3")
        self._client.create_kernel_manager()
        environment = os.environ | {store.ENVIRONMENT: str(db or ""), notebook.RENDERER: renderer, notebook.LANG: "nb"}
        self._client.start_new_kernel(env=environment, cwd=str(folder))
        self._client.start_new_kernel_client()

    def run(self, path: Path) -> Any:
        """The notebook after a run from top to bottom; an error in a cell fails the test."""
        book = read(path)
        clean = _NEW.new_code_cell("%reset -f")
        self._client.nb = _NEW.new_notebook(cells=[clean])
        self._client.execute_cell(clean, 0)
        self._client.nb = book
        self._client.reset_execution_trackers()
        for place, cell in enumerate(book.cells):
            self._client.execute_cell(cell, place)
        return book

    def stop(self) -> None:
        self._client._cleanup_kernel()


@contextmanager
def kernel(db: Path | None, renderer: str, folder: Path) -> Iterator[Kernel]:
    started = Kernel(db, renderer, folder)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def on_sample(sample_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with kernel(sample_db, "svg", tmp_path_factory.mktemp("run")) as started:
        yield started


@pytest.fixture(scope="module")
def on_nothing(nothing: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with kernel(nothing, "svg", tmp_path_factory.mktemp("run")) as started:
        yield started


def outputs(book: Any, kind: str) -> list[str]:
    """All outputs of a MIME type."""
    return [output["data"][kind] for cell in book.cells for output in cell.get("outputs", []) if kind in output.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_on_the_sample_and_draws(path: Path, on_sample: Kernel) -> None:
    book = on_sample.run(path)
    pictures = outputs(book, "image/svg+xml")
    assert len(pictures) == CHARTS[path.stem]
    dated = [picture for picture in pictures if "28. sep. 2026 – 25. okt. 2026 (Europe/Oslo)" in picture]
    assert len(dated) == CHARTS[path.stem] - TIMELESS.get(path.stem, 0)
    assert not [picture for picture in pictures if "Ingen data" in picture]
    assert any("Står for seg: smpp" in note for note in outputs(book, "text/markdown"))
    tables = outputs(book, "text/html")
    assert tables
    assert not re.search(r"\+47\d", " ".join([*tables, *pictures])), "a whole number is shown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_says_so_when_there_is_nothing(path: Path, on_nothing: Kernel) -> None:
    book = on_nothing.run(path)
    pictures = outputs(book, "image/svg+xml")
    assert len(pictures) == CHARTS[path.stem]
    assert [picture for picture in pictures if "Ingen data å vise" not in picture] == []
    notes = outputs(book, "text/markdown")
    assert notes
    assert all("the database holds no messages: load logs first" in note for note in notes)


def test_charts_are_interactive_and_the_sample_is_loaded_where_no_database_is_named(tmp_path: Path) -> None:
    with kernel(None, "jupyter", tmp_path) as started:
        book = started.run(ROOT / "notebooks" / "failure_reasons.ipynb")
    assert len(outputs(book, "application/vnd.jupyter.widget-view+json")) == CHARTS["failure_reasons"]
    assert any("dette er eksempeldata, som er oppdiktet" in note for note in outputs(book, "text/markdown"))
    assert list(tmp_path.iterdir()) == []


class TestInGit:
    def test_all_are_here(self) -> None:
        assert {path.stem for path in EVERY} == {*CHARTS, "support_lookup"}

    @pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
    def test_without_outputs(self, path: Path) -> None:
        book = read(path)
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
        assert not re.search(r"\+?\d{8,}", path.read_text("utf-8"))

    @pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
    def test_asks_a_question_explains_the_answer_and_takes_parameters(self, path: Path) -> None:
        title, parameters, setup, *rest = read(path).cells
        heading, _, paragraph = title.source.partition("\n\n")
        assert re.fullmatch(r"# .*\?", heading)
        assert "\n\n" not in paragraph
        assert len(paragraph) > 200
        assert parameters.metadata.tags == ["parameters"]
        assert [
            target.id
            for node in ast.parse(parameters.source).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ] == [
            "db_path",
            "since",
            "until",
            "where",
            "zone",
            "lang",
            *PARAMETERS.get(path.stem, []),
        ]
        assert "notebook.setup(lang)" in setup.source
        assert len(rest) > 8

    @pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
    def test_cells_are_thin(self, path: Path) -> None:
        for cell in read(path).cells:
            if cell.cell_type == "code":
                assert not [
                    node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.Lambda)
                ]
                assert len(cell.source.splitlines()) <= 9


class TestSetup:
    @pytest.fixture(autouse=True)
    def _as_before(self) -> Iterator[None]:
        renderer = alt.renderers.active
        with pl.Config():
            yield
        alt.renderers.enable(renderer)
        theme.use("nb")

    def test_renderer_and_language(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(notebook.RENDERER, raising=False)
        notebook.setup("en")
        assert (alt.renderers.active, alt.renderers.options["offline"]) == ("jupyter", True)
        assert alt.theme.get()()["config"]["locale"]["number"]["decimal"] == "."  # type: ignore[misc]
        monkeypatch.setenv(notebook.RENDERER, "svg")
        notebook.setup()
        assert alt.renderers.active == "svg"
        assert alt.theme.get()()["config"]["locale"]["number"]["decimal"] == ","  # type: ignore[misc]

    def test_unknown_renderer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(notebook.RENDERER, "png")
        with pytest.raises(UsageError, match="'png': accepted are jupyter, svg"):
            notebook.setup()

    def test_named_database_before_the_environment(self, nothing: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv(store.ENVIRONMENT, str(tmp_path / "missing.duckdb"))
        with notebook.connect(nothing) as db:
            assert db.execute("SELECT count(*) FROM messages").fetchall() == [(0,)]

    def test_our_errors_are_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        notebook._one_line(None, UsageError, UsageError("what, where, what to do"), None, tb_offset=1)
        assert capsys.readouterr().err == "what, where, what to do\n"


class TestQuestions:
    def test_filters_are_shared(self) -> None:
        ask = notebook.Questions(
            database([message(account="a"), *messages_of(2, account="b"), message(account="b", operator="Ice")]), where="account = 'b' -- mine"
        )
        assert ask.rates("operator").select("operator", "messages").rows() == [("Telenor", 2), ("Ice", 1)]
        assert ask.latency()["clock"].to_list() == ["phone", "receipt"]
        assert ask.gaps().select("gaps", "sent").rows() == [(0, 3)]
        assert ask.period == "1. okt. 2026 (Europe/Oslo)"

    def test_feeds_without_submissions_are_left_out_and_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        db = database([message(), message(feed="it's", submission_missing=True)])
        assert notebook.Questions(db).rates()["messages"].to_list() == [1]
        assert "Står for seg: it's." in capsys.readouterr().err
        assert notebook.Questions(db, receipts_only=True).rates().select("messages", "receipts_only").rows() == [(1, 1)]
        assert capsys.readouterr().err == ""

    def test_a_database_of_such_feeds_only_keeps_them(self, capsys: pytest.CaptureFixture[str]) -> None:
        only = notebook.Questions(database([message(submission_missing=True)]))
        assert only.rates().select("messages", "receipts_only", "receipts_only_answered").rows() == [(0, 1, 1.0)]
        assert "Står for seg: north." in capsys.readouterr().err

    def test_messages_have_masked_numbers(self) -> None:
        db = database([message(outcome="no_status"), message()])
        found = notebook.Questions(db).messages("outcome = 'no_status'")
        assert tuple(found.columns) == MESSAGE_COLUMNS
        assert found["recipient"].to_list() == ["+47 4•• •• •01"]

    def test_nothing_is_a_line_and_an_empty_frame(self, capsys: pytest.CaptureFixture[str]) -> None:
        ask = notebook.Questions(database([message()]), since="2027-01-01", lang="en")
        assert notebook.brief(ask.rates("operator")).is_empty()
        assert ask.messages("true").is_empty()
        assert ask.period == ""
        ask.notes()
        assert capsys.readouterr().err.count("No data to show: no message fits --since") == 2

    def test_brief_frames_keep_groups_and_rates(self) -> None:
        frame = notebook.brief(notebook.Questions(database([message()])).rates("operator,country"))
        assert frame.columns[:4] == ["operator", "country", "sent", "delivered"]
        assert frame.columns[-1] == "ci_high"
        assert "paused" not in frame.columns
