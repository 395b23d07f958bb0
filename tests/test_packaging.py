"""What an installation brings: a plain one loads, asks and exports, and names the extra for the rest. `make package` does it with the wheel itself."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from sms_analytics import extras
from sms_analytics.errors import MissingExtraError, UsageError

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OPTIONAL: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
SAMPLE = ROOT / "data" / "sample"

#: What a library is called where it is imported, if not as where it is installed.
_IMPORTED = {"vl_convert_python": "vl_convert", "ipython": "IPython"}
#: Rooms that only an extra makes usable; the others can write and read workbooks where that extra is there.
_ROOMS = {"charts": "charts", "report": "report", "serve": "serve", "jupyter": "lab", "mcp": "mcp", "spark": "spark"}


@cache
def libraries(extra: str | None) -> frozenset[str]:
    """The modules that an extra declares, with those of the extras that it is made of; without one those of a plain install."""
    found = set()
    for written in PROJECT["project"]["dependencies"] if extra is None else OPTIONAL[extra]:
        requirement = Requirement(written)
        if requirement.name == "sms-analytics":
            found |= {name for part in requirement.extras for name in libraries(part)}
        else:
            name = requirement.name.replace("-", "_")
            found.add(_IMPORTED.get(name, name))
    return frozenset(found)


class TestExtras:
    def test_are_those_that_users_are_told_of(self) -> None:
        assert set(OPTIONAL) == {"charts", "report", "serve", "lab", "excel", "spark", "mcp", "all"}
        assert libraries("all") == set().union(*(libraries(name) for name in ("charts", "report", "serve", "lab", "excel")))

    def test_are_checked_by_what_they_bring(self) -> None:
        assert set(extras.LIBRARIES) == set(OPTIONAL) - {"all"}
        assert {name: set(found) - libraries(name) for name, found in extras.LIBRARIES.items() if not set(found) <= libraries(name)} == {}

    def test_developers_get_the_two_that_all_leaves_out_at_the_same_versions(self) -> None:
        (dev,) = PROJECT["dependency-groups"].values()
        assert {*OPTIONAL["spark"], *OPTIONAL["mcp"]} <= set(dev)

    def test_no_room_imports_what_it_does_not_bring(self) -> None:
        package = ROOT / "sms_analytics"
        stray = {file: _imports(file) - _allowed(file.relative_to(package).parts[0]) for file in package.rglob("*.py")}
        assert {str(file.relative_to(package)): found for file, found in stray.items() if found} == {}

    def test_names_of_extras_are_asked_for_where_they_are_needed(self) -> None:
        assert {*extras.NEEDS.values()} <= set(OPTIONAL)
        with pytest.raises(KeyError):
            extras.require("colours", "charts")


@cache
def _allowed(room: str) -> frozenset[str]:
    return libraries(None) | libraries(_ROOMS.get(room, "excel")) | {"sms_analytics"} | sys.stdlib_module_names


def _imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


#: Runs commands in a process in which nothing of the extras can be imported, and prints the exit code of each.
_PLAIN = f"""
import sys
from importlib.machinery import PathFinder
class Plain(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        left_out = {sorted(set().union(*map(libraries, set(OPTIONAL))) - libraries(None))!r}
        return None if name in left_out else PathFinder.find_spec(name, path, target)
sys.meta_path = [Plain if finder is PathFinder else finder for finder in sys.meta_path]
from sms_analytics.cli import main
for command in sys.stdin.read().splitlines():
    print(main(command.split()), file=sys.stderr)
"""


def plain(folder: Path, code: str, *commands: str) -> list[str]:
    """What the commands say on standard error, each followed by its exit code."""
    given = "\n".join(commands)
    ran = subprocess.run([sys.executable, "-c", code], cwd=folder, input=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stderr.splitlines()


class TestPlainInstall:
    def test_loads_asks_and_exports(self, tmp_path: Path) -> None:
        logs, config = SAMPLE / "logs" / "table" / "meldinger_bank1.csv", SAMPLE / "sms_analytics.toml"
        said = plain(
            tmp_path,
            _PLAIN,
            f"load {logs} --config {config}",
            "rates --by operator",
            "rates --output rates.parquet",
            "rates --output rates.csv",
            "lookup 40000001",
            "formats kannel",
        )
        assert [line for line in said if line.isdecimal()] == ["0", "0", "0", "0", "4", "0"], said
        assert (tmp_path / "rates.parquet").read_bytes().startswith(b"PAR1")
        assert (tmp_path / "rates.csv").read_text("utf-8").startswith("messages,")

    def test_names_the_extra_for_the_rest_on_one_line(self, tmp_path: Path, sample_db: Path) -> None:
        commands = {
            f"report --db {sample_db}": "report",
            f"serve --db {sample_db} --port 0": "serve",
            f"lab --db {sample_db}": "lab",
            f"mcp --db {sample_db}": "mcp",
            f"rates --db {sample_db} --output rates.xlsx": "excel",
        }
        said = [line for line in plain(tmp_path, _PLAIN, *commands) if not line.startswith("warning")]
        for (told, code), (command, extra) in zip(zip(said[::2], said[1::2], strict=True), commands.items(), strict=True):
            assert told.startswith("error: "), told
            assert f"pip install 'sms-analytics[{extra}]'" in told, command
            assert code == "2"
        assert list(tmp_path.iterdir()) == []

    def test_python_raises_one_class_of_error(self, tmp_path: Path) -> None:
        code = (
            _PLAIN
            + """
import sms_analytics as sms
from sms_analytics.errors import MissingExtraError
sms.load, sms.rates, sms.lookup, sms.simulate, sms.labels
for name in ("charts", "theme", "report", "serve", "lab", "notebook", "mcp"):
    try:
        getattr(sms, name)
    except MissingExtraError as error:
        print(name, str(error).rpartition("sms-analytics")[2], file=sys.stderr)
"""
        )
        assert plain(tmp_path, code) == [
            "charts [charts]'",
            "theme [charts]'",
            "report [report]'",
            "serve [serve]'",
            "lab [lab]'",
            "notebook [lab]'",
            "mcp [mcp]'",
        ]
        assert issubclass(MissingExtraError, UsageError)

    def test_a_workbook_among_logs_is_told_and_the_logs_are_loaded(self, tmp_path: Path) -> None:
        (tmp_path / "log.csv").write_text("Mottaker;Sendt;Status\n40000001;01.10.2026 10:00;Bekreftet levert\n", "utf-8")
        (tmp_path / "book.xlsx").write_bytes(_workbook())
        said = plain(tmp_path, _PLAIN, "load log.csv book.xlsx --time-zone Europe/Oslo", "rates")
        assert [line for line in said if line.startswith("error")] == [
            "error: book.xlsx: needs fastexcel, xlsxwriter, which a plain install leaves out; add what belongs to it with: "
            "pip install 'sms-analytics[excel]'"
        ]
        assert [line for line in said if line.isdecimal()] == ["1", "0"]


def _workbook() -> bytes:
    from io import BytesIO  # noqa: PLC0415

    from xlsxwriter import Workbook  # noqa: PLC0415

    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, ["Mottaker", "Sendt", "Status"])
    return file.getvalue()


class TestConstraints:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()

    def test_pin_versions_and_lead_nowhere(self) -> None:
        assert [line for line in self.lines if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[\w.]+( ; .+)?", line)] == []

    def test_hold_everything_that_is_asked_for_within_its_bounds(self) -> None:
        pinned: dict[str, list[Version]] = {}
        for line in self.lines:
            name, version = line.partition(" ;")[0].split("==")
            pinned.setdefault(name, []).append(Version(version))
        asked = [*PROJECT["project"]["dependencies"], *(one for found in OPTIONAL.values() for one in found), *PROJECT["dependency-groups"]["dev"]]
        for requirement in map(Requirement, asked):
            if requirement.name != "sms-analytics":
                versions = pinned[requirement.name]
                assert all(version in requirement.specifier for version in versions), requirement


class TestMetadata:
    def test_says_what_an_index_shows(self) -> None:
        project = PROJECT["project"]
        assert {"Homepage", "Documentation", "Source", "Issues", "Changelog"} <= set(project["urls"])
        pythons = {text.rpartition(" ")[2] for text in project["classifiers"] if re.search(r":: 3\.\d+$", text)}
        assert min(pythons, key=Version) in project["requires-python"]

    def test_no_link_stands_where_a_file_should(self) -> None:
        assert [path for path in (ROOT / "sms_analytics").rglob("*") if path.is_symlink()] == []

    def test_every_file_that_is_no_module_is_named(self) -> None:
        patterns = PROJECT["tool"]["setuptools"]["package-data"]["sms_analytics"]
        package = ROOT / "sms_analytics"
        named = {path for pattern in patterns for path in package.glob(pattern)}
        files = {path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
        assert {str(path.relative_to(package)) for path in files - named} == set()


class TestPreCommit:
    def test_runs_the_checks_of_the_gate_out_of_the_environment(self) -> None:
        hooks = re.findall(r"^ +entry: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"), re.MULTILINE)
        makefile = (ROOT / "Makefile").read_text("utf-8")
        wanted = [hook.replace(".venv/bin", "$(BIN)") for hook in hooks]
        assert len(wanted) == 4
        assert [hook for hook in wanted if f"\t{hook}" not in makefile] == []
