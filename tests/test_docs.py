"""The documentation says what is: its code runs, its tables are the code's, its links lead somewhere."""

import re
import runpy
import shlex
import shutil
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from sms_analytics import config
from sms_analytics.charts import theme
from sms_analytics.cli import main
from sms_analytics.cli.commands import app
from sms_analytics.events import codes
from sms_analytics.questions.metrics import COUNTS, RATES

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "data" / "sample" / "README.md"]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader of the README stands, with logs to load."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(ROOT / "data" / "sample" / "logs", folder / "logs")
    shutil.copy(ROOT / "data" / "sample" / "sms_analytics.toml", folder)
    return folder


class TestReadme:
    def test_commands_and_code_run_as_written(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.delenv("SMS_ANALYTICS_DB", raising=False)
        monkeypatch.chdir(folder)
        commands = [line for block in blocks(README, "sh") for line in block.splitlines() if line.startswith("sms-analytics")]
        # It runs until it is stopped; `tests/jupyter/test_lab.py` looks at it.
        commands.remove("sms-analytics lab --db sms.duckdb")
        for command in commands:
            code = main(shlex.split(command)[1:])
            assert code == 0, (command, capsys.readouterr().err)
        assert (folder / "silent.csv").stat().st_size > 1000
        for number, block in enumerate(blocks(README, "python")):
            file = folder / f"block_{number}.py"
            file.write_text(block, "utf-8")
            runpy.run_path(str(file))
        theme.use("nb")
        assert (folder / "delivery_rates.png").read_bytes().startswith(b"\x89PNG")
        assert "Failure reasons" in (folder / "reasons.svg").read_text("utf-8")

    def test_names_every_command_there_is(self) -> None:
        verbs = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
        assert {"demo", "load", "rates"} < set(verbs)
        assert [verb for verb in verbs if f"sms-analytics {verb}" not in README] == []

    def test_make_targets_are_there(self) -> None:
        makefile = (ROOT / "Makefile").read_text("utf-8")
        targets = re.findall(r"^make (\w+)", README, re.MULTILINE)
        assert targets == ["demo", "test"]
        assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []

    def test_table_of_formats_is_what_the_formats_say(self) -> None:
        assert tool("make_format_table").written(README) == README


def tool(name: str) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(runpy.run_path(str(ROOT / "tools" / f"{name}.py")))
    return module


def keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    """The keys that a section takes; those of `[feeds.NAME]` as `feeds.*`."""
    found = set()
    sections: dict[str, tuple[str, type[BaseModel]]] = {
        "feeds": ("feeds.*.", config.FeedConfig),
        "table": ("table.", config.TableConfig),
        "operators": ("operators.", config.OperatorsConfig),
        "brand": ("brand.", config.BrandConfig),
        "report": ("report.", config.ReportConfig),
    }
    for name, field in model.model_fields.items():
        if not prefix and name in sections:
            below, section = sections[name]
            found |= keys(section, below)
        else:
            found.add(f"{prefix}{field.alias or name}")
    return found


class TestConfiguration:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")

    def test_every_key_is_shown_with_an_example_that_is_accepted(self) -> None:
        whole = tomllib.loads("\n".join(blocks(self.page, "toml")))
        config.parse(whole, Path("docs/configuration.md"))
        shown = {key for key in whole if key not in ("feeds", "table", "operators", "brand", "report")}
        shown |= {f"feeds.*.{key}" for feed in whole["feeds"].values() for key in feed}
        shown |= {f"{section}.{key}" for section in ("table", "operators", "brand", "report") for key in whole[section]}
        # One field is filled from `[formats]`, which stands there already.
        assert shown == {key for key in keys(config.Config) if not key.startswith("[")}

    def test_examples_name_what_exists(self) -> None:
        (feed,) = tomllib.loads("\n".join(blocks(self.page, "toml")))["feeds"].values()
        assert feed["code_system"] in codes.systems()

    def test_defaults_are_those_of_the_code(self) -> None:
        shown = config.parse(tomllib.loads(blocks(self.page, "toml")[0]), Path("docs/configuration.md"))
        default = config.Config()
        assert [name for name in ("home_country", "zone", "lang", "validity", "grace") if getattr(shown, name) != getattr(default, name)] == []

    def test_example_of_the_readme_is_accepted(self) -> None:
        (block,) = blocks(README, "toml")
        parsed = config.parse(tomllib.loads(block), Path("README.md"))
        assert parsed.feeds["telia1"].code_system in codes.systems()


class TestRules:
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")

    def test_all_ten_are_there(self) -> None:
        assert [int(number) for number in re.findall(r"^### (\d+)\. ", self.page, re.MULTILINE)] == list(range(1, 11))

    def test_every_count_and_rate_is_defined(self) -> None:
        rates = self.page[self.page.index("## Rates") :]
        named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", rates))))
        assert {*COUNTS, *RATES} - named == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            file = (page.parent / path) if path else page
            assert file.exists(), target
            assert not anchor or anchor in anchors(file.read_text("utf-8")), target


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pictures_are_drawn_by_the_tool_in_both_languages() -> None:
    drawn = {path.name for path in (ROOT / "docs" / "pictures").glob("*")}
    source = (ROOT / "tools" / "make_pictures.py").read_text("utf-8")
    names = set(re.findall(r'^ +"(\w+)": charts\.', source, re.MULTILINE))
    assert drawn == {f"{name}_{lang}.png" for name in names for lang in ("nb", "en")}
    assert len(names) == 10


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == project["version"]
