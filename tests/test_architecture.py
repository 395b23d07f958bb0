"""The architecture as ARCHITECTURE.md tells it: imports go one way, formats are registered and documented, and the page names what there is."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from sms_analytics import formats

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sms_analytics"


def _rooms() -> tuple[frozenset[str], ...]:
    """The rooms of the table in ARCHITECTURE.md, line by line: a room imports from its own line and from those above it."""
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    table = page[page.index("| room |") :].split("\n\n", 1)[0]
    lines = [line.split("|")[1] for line in table.splitlines()[2:]]
    return tuple(frozenset(re.findall(r"`(\w+)`", line)) for line in lines)


LAYERS = _rooms()

#: Modules that must not know of some others, or of some libraries, for a reason.
STRANGERS = [
    ("charts", "duckdb database questions", "charts take frames and never see the database"),
    ("formats", "duckdb database commands", "a format is a pure function of its records"),
    ("questions", "altair formats reading", "questions answer in frames, and reading a number needs no parser"),
    ("report", "formats reading", "reading a number needs no parser"),
    ("lookup", "formats reading", "reading a number needs no parser"),
    ("commands", "altair typer", "what loads does not draw or print"),
]

HEADINGS = {"Producer", "Holds", "Clock", "Ids", "Parts", "Columns", "Traps", "Missing", "Sample"}
HEADINGS_IF_ANY = {"Codes", "Statuses"}


def modules() -> set[str]:
    return {module.name for module in iter_modules([str(PACKAGE)])}


def files(module: str) -> list[Path]:
    folder = PACKAGE / module
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{module}.py"]


def _imported(tree: ast.Module) -> list[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "sms_analytics":
            names += [f"sms_analytics.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            names.append(node.module or "")
    return names


@cache
def imports(module: str) -> frozenset[str]:
    """What a module imports: names of modules of the package, and of libraries."""
    found = set()
    for file in files(module):
        for name in _imported(ast.parse(file.read_text("utf-8"))):
            parts = name.split(".")
            found.add(parts[1] if parts[0] == "sms_analytics" else parts[0])
    return frozenset(found - {module})


def test_every_module_has_its_layer() -> None:
    assert sorted(name for layer in LAYERS for name in layer) == sorted(modules())


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_go_one_way(module: str) -> None:
    (place,) = (place for place, layer in enumerate(LAYERS) if module in layer)
    below = set().union(*LAYERS[: place + 1])
    assert (imports(module) & modules()) - below == set()


def test_imports_have_no_circles() -> None:
    assert set(TopologicalSorter({module: imports(module) & modules() for module in modules()}).static_order()) == modules()


@pytest.mark.parametrize(("module", "others", "why"), STRANGERS, ids=[module for module, _, _ in STRANGERS])
def test_strangers_stay_strangers(module: str, others: str, why: str) -> None:
    assert imports(module) & set(others.split()) == set(), why


def test_no_module_is_a_drawer_for_everything() -> None:
    assert modules() & {"utils", "util", "common", "helpers", "helper", "core", "misc", "base"} == set()


def test_a_question_imports_no_parser() -> None:
    code = (
        "import sys, sms_analytics as sms; sms.rates, sms.reasons, sms.gaps, sms.latency, sms.lookup, sms.connect;"
        " print([name for name in sys.modules if name.startswith(('sms_analytics.formats', 'sms_analytics.reading'))])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


class TestFormats:
    def test_every_one_is_registered(self) -> None:
        found = {module.name for module in iter_modules(formats.__path__) if hasattr(import_module(f"sms_analytics.formats.{module.name}"), "FORMAT")}
        assert found == set(formats.names())

    @pytest.mark.parametrize("name", formats.names())
    def test_none_knows_of_another(self, name: str) -> None:
        tree = ast.parse((PACKAGE / "formats" / f"{name}.py").read_text("utf-8"))
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        asked = {node.module for node in imported} | {f"{node.module}.{alias.name}" for node in imported for alias in node.names}
        assert asked & {f"sms_analytics.formats.{other}" for other in formats.names()} == set(), "what two share is a module of its own"

    @pytest.mark.parametrize("name", formats.names())
    def test_every_one_is_documented_under_the_same_headings(self, name: str) -> None:
        text = import_module(f"sms_analytics.formats.{name}").__doc__ or ""
        headings = re.findall(r"^([A-Z][a-z]+):", text, re.MULTILINE)
        assert len(headings) == len(set(headings))
        assert set(headings) - HEADINGS_IF_ANY == HEADINGS
        assert (headings[0], headings[-1]) == ("Producer", "Sample")
        assert re.fullmatch(r"[^\n]+\.", text.split("\n\n")[0]), "the first line says what it is, as a sentence"
