"""Importing the package changes nothing, and each command reads only the libraries that it needs: what a fresh process holds afterwards."""

import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules

import pytest

import sms_analytics as sms

#: Libraries that take their time, and the rooms of ours that bring them.
SLOW = {
    *("polars", "duckdb", "pyarrow", "pandera", "pydantic", "altair", "babel", "phonenumbers", "typer", "rich", "jinja2", "typst", "xlsxwriter"),
    *("fastexcel", "vl_convert", "tornado", "mcp", "ipywidgets", "jupyterlab", "rfc3987_syntax", "numpy", "pandas"),
}
FOLDERS = ("lookup", "mcp", "report", "serve", "simulate")


def fresh(code: str, *arguments: str) -> str:
    """What a new process prints, run with warnings as errors."""
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def held(after: str, *arguments: str) -> set[str]:
    """Libraries and modules of ours that a process holds after some code; what that writes on standard output is dropped."""
    code = f"import contextlib, io, sys\nwith contextlib.redirect_stdout(io.StringIO()):\n    {after}\nprint(*sys.modules)"
    names = fresh(code, *arguments).split()
    return {name if name.startswith("sms_analytics") else name.partition(".")[0] for name in names}


class TestImport:
    def test_reads_no_library_and_no_module_that_does_anything(self) -> None:
        names = held("import sms_analytics")
        assert names & SLOW == set()
        assert {name for name in names if name.startswith("sms_analytics.")} == {f"sms_analytics.{folder}" for folder in FOLDERS}

    def test_changes_nothing_in_the_process(self) -> None:
        code = """
import os, signal, sys, types
def state():
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    return dict(os.environ), list(sys.path), list(sys.meta_path), handlers, sys.excepthook, sys.getrecursionlimit()
before = state()
import sms_analytics
assert before == state()
import polars, altair  # they set what they set
before = state()
sms_analytics.rates, sms_analytics.load, sms_analytics.lookup, sms_analytics.charts, sms_analytics.report
assert before == state()
print([name for name, module in sys.modules.items() if name.startswith(("sms_", "rfc3987")) and type(module) is not types.ModuleType])
"""
        assert fresh(code) == "[]"

    def test_every_public_name_is_there_and_is_listed(self) -> None:
        assert set(sms.__all__) <= set(dir(sms))
        assert [name for name in sms._FUNCTIONS if not callable(getattr(sms, name))] == []
        with pytest.raises(AttributeError, match="no attribute 'lookups'"):
            _ = sms.lookups


class TestFoldersWithTheNameOfAFunction:
    def test_all_of_them_are_known(self) -> None:
        folders = {module.name for module in iter_modules(sms.__path__)}
        assert folders & set(sms._FUNCTIONS) == set(FOLDERS) == set(sms._FOLDERS)

    @pytest.mark.parametrize(
        "before",
        [
            "from sms_analytics.lookup.answer import Story; import sms_analytics.report.periods, sms_analytics.serve; import sms_analytics.jupyter.support",
            "import sms_analytics; sms_analytics.lookup, sms_analytics.serve; from sms_analytics.lookup import answer; import sms_analytics.serve.server",
        ],
        ids=["folders_first", "functions_first"],
    )
    def test_are_the_functions_whatever_was_imported_before(self, before: str) -> None:
        code = f"{before}\nimport sms_analytics as sms\nfrom sms_analytics import lookup, mcp, report, serve, simulate\n"
        code += "print(*(f'{f.__module__}.{f.__name__}' for f in (sms.lookup, sms.mcp, sms.report, sms.serve, sms.simulate)))\n"
        code += "assert (lookup, mcp, report, serve, simulate) == (sms.lookup, sms.mcp, sms.report, sms.serve, sms.simulate)"
        assert fresh(code).split() == [
            "sms_analytics.lookup.answer.lookup",
            "sms_analytics.mcp.server.mcp",
            "sms_analytics.report.files.report",
            "sms_analytics.serve.server.serve",
            "sms_analytics.simulate.simulation.simulate",
        ]


class TestCommands:
    #: Runs commands, the words of each in one argument.
    _RUN = "from sms_analytics.cli import main; assert {main(asked.split()) for asked in sys.argv[1:]} == {0}"

    def test_help_reads_typer_alone(self) -> None:
        # Typer itself reads pydantic once a command is named.
        assert held(self._RUN, "--help", "--version", "rates --help", "report --help") & SLOW - {"pydantic"} == {"typer"}

    @pytest.mark.parametrize(
        ("asked", "needed"),
        [
            (("rates", "gaps --by operator", "loads", "messages --limit 3"), set()),
            (("lookup 40000001",), {"babel", "phonenumbers"}),
        ],
        ids=["questions", "lookup"],
    )
    def test_a_question_reads_what_it_needs(self, sample_db: Path, asked: tuple[str, ...], needed: set[str]) -> None:
        names = held(self._RUN, *(f"{words} --db {sample_db}" for words in asked))
        assert names & SLOW == {"typer", "polars", "duckdb", "pydantic", "rich", *needed}
        ours = (
            "sms_analytics.formats",
            "sms_analytics.reading",
            "sms_analytics.commands",
            "sms_analytics.charts",
            "sms_analytics.database.validation",
        )
        assert [name for name in names if name.startswith(ours)] == []

    def test_a_load_draws_nothing(self, tmp_path: Path) -> None:
        log = Path(__file__).parents[1] / "data" / "sample" / "logs" / "table" / "meldinger_bank1.csv"
        config = Path(__file__).parents[1] / "data" / "sample" / "sms_analytics.toml"
        names = held(self._RUN, f"load {log} --db {tmp_path / 'sms.duckdb'} --config {config}")
        assert names & {"altair", "vl_convert", "typst", "jinja2", "xlsxwriter", "tornado", "jupyterlab", "fastexcel"} == set()

    def test_the_package_itself_can_be_run(self) -> None:
        ran = subprocess.run([sys.executable, "-m", "sms_analytics", "--version"], capture_output=True, text=True, check=True)
        assert ran.stdout.startswith("sms-analytics ")
