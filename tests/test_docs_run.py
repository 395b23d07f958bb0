"""Every block of the documentation runs as it is written, its reference is the code's, and it becomes a site without a warning."""

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sms_analytics.charts import theme
from sms_analytics.cli import main
from tests.test_docs import ROOT, blocks, tool

DOCS = ROOT / "docs"
RUN = ("getting-started", "cookbook", "charts")
#: Runs until it is stopped; `tests/jupyter/test_lab.py` looks at it.
_STAYS = "sms-analytics lab --db sms.duckdb"


_TABLE = """Mottaker;Sendt;Status;Teleoperatør
400 00 001;01.10.2026 10:00;Bekreftet levert;Telenor
400 00 002;01.10.2026 10:00;SMS feilet;Ice
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a reader stands: logs of several feeds, a table of one's own, and what was loaded from the logs."""
    shutil.copytree(ROOT / "data" / "sample" / "logs", tmp_path / "logs")
    shutil.copy(ROOT / "data" / "sample" / "sms_analytics.toml", tmp_path)
    (tmp_path / "messages.csv").write_text(_TABLE, "utf-8")
    monkeypatch.delenv("SMS_ANALYTICS_DB", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", RUN)
def test_blocks_run_as_written(name: str, folder: Path, sample_db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / f"{name}.md").read_text("utf-8")
    if name != "getting-started":
        shutil.copy(sample_db, folder / "sms.duckdb")
    namespace: dict[str, object] = {}
    for language, block in re.findall(r"^```(python|sh)\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        if language == "python":
            file = folder / "block.py"
            file.write_text(block, "utf-8")
            namespace = runpy.run_path(str(file), init_globals=namespace)
            continue
        for command in (line for line in block.splitlines() if line != _STAYS):
            assert main(shlex.split(command)[1:]) == 0, (command, capsys.readouterr().err)
    theme.use("nb")
    pictures = [name for block in blocks(page, "python") for name in re.findall(r'save\("(.+?)"', block)]
    assert [name for name in pictures if (folder / name).stat().st_size < 5000] == []
    assert pictures


def test_the_norwegian_guide_runs_as_written(folder: Path, sample_db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(sample_db, folder / "sms.duckdb")
    commands = [line for block in blocks((DOCS / "brukerveiledning.md").read_text("utf-8"), "sh") for line in block.splitlines()]
    assert len(commands) == 10
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, (command, capsys.readouterr().err)
    assert (folder / "bank1.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_cookbook_has_ten_tasks() -> None:
    page = (DOCS / "cookbook.md").read_text("utf-8")
    assert [int(number) for number in re.findall(r"^## (\d+)\. ", page, re.MULTILINE)] == list(range(1, 11))


def test_reference_is_what_the_code_says() -> None:
    made = tool("make_reference").pages()
    assert {path.name for path in (DOCS / "reference").iterdir()} == set(made)
    assert [name for name, text in made.items() if (DOCS / "reference" / name).read_text("utf-8") != text] == [], "run tools/make_reference.py"


def test_every_chart_is_in_the_gallery() -> None:
    page = (DOCS / "charts.md").read_text("utf-8")
    drawn = re.findall(r"^### charts\.(\w+)$", (DOCS / "reference" / "api.md").read_text("utf-8"), re.MULTILINE)
    assert len(drawn) > 10
    assert [name for name in drawn if f"`charts.{name}`" not in page] == []


def test_it_becomes_a_site_that_needs_no_network(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        "-d",
        str(tmp_path / "doctrees"),
        str(DOCS),
        str(tmp_path / "site"),
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    pages = {path.relative_to(tmp_path / "site"): path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html")}
    assert {Path("index.html"), Path("cookbook.html"), Path("reference/api.html"), Path("search.html")} <= set(pages)
    fetched = [url for text in pages.values() for url in re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)"', text)]
    assert fetched == []
    assert "delivery" in (tmp_path / "site" / "searchindex.js").read_text("utf-8")
