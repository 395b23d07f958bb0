"""The first look at everything, end to end: sample logs, database, terminal, files."""

import re
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

import sms_analytics as sms
from sms_analytics.cli import main
from sms_analytics.cli.actions import logs
from sms_analytics.commands.demo import Demo
from sms_analytics.errors import UsageError
from sms_analytics.text import output
from sms_analytics.text.labels import LANGS, Lang, label
from tests.small_database import loaded


@pytest.fixture(scope="module")
def made(sample_made: Demo) -> Demo:
    return sample_made


@pytest.fixture(scope="module")
def folder(made: Demo) -> Path:
    return made.db.parent


def numbers(line: str) -> list[int]:
    return [int(number) for number in re.findall(r"\b\d+\b", line)]


def test_the_sample_is_read_without_a_loss(made: Demo) -> None:
    assert made.report.faults == []
    assert {load.format for load in made.report.loads} == {"front", "jasmin", "kannel", "smpp", "table"}
    for load in made.report.loads:
        assert load.records == load.accepted + load.skipped + load.rejected
    # Of the connection in the SMPP log no submission is there: its messages stand beside all others.
    assert (made.rates["messages"].sum(), made.rates["receipts_only"].sum()) == (5760, 240)


def test_the_files_say_what_the_answers_say(made: Demo, folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["gaps.csv", "rates.csv", "reasons.csv", "sms.duckdb"]
    for path, frame in made.files.items():
        assert path.read_text("utf-8") == output.as_csv(frame, made.zone)
    written = pl.read_csv(folder / "rates.csv")
    assert written.equals(made.rates.cast({"operator": pl.String}))
    with sms.connect(made.db) as db:
        assert sms.rates(db, by="operator,country").equals(made.rates)
        assert len(sms.lookup(db, made.example).messages) == 1


@pytest.mark.parametrize("lang", LANGS)
def test_the_printed_numbers_add_up_and_are_those_of_the_answers(
    made: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: Lang
) -> None:
    folder = tmp_path
    if lang == made.lang:
        # What it makes is there already, in this language.
        folder = made.db.parent
        monkeypatch.setattr(logs, "run_demo", lambda *_, **__: made)
    assert main(["demo", "--out", str(folder), "--lang", lang]) == 0
    printed, said = capsys.readouterr()
    lines = printed.splitlines()
    for name in ("messages", "sent"):
        whole, *parts = numbers(next(line for line in lines if line.startswith(f"{label(f'column.{name}', lang)}: ")))
        assert whole == sum(parts)
    place = next(number for number, line in enumerate(lines) if line.startswith({"nb": "Sum", "en": "Total"}[lang]))
    formats = [line for line in lines[:place] if line.split(" ")[0] in ("front", "jasmin", "kannel", "smpp", "table")]
    columns = [numbers(line.split("2026-", 1)[0]) for line in [*formats, lines[place]]]
    assert [sum(column) for column in zip(*columns[:-1], strict=True)] == columns[-1]
    files, records, accepted, skipped, rejected, *_ = columns[-1]
    assert files == 41
    assert records == accepted + skipped + rejected
    telenor = made.rates.row(by_predicate=(pl.col("operator") == "Telenor") & (pl.col("country") == "NO"), named=True)
    row = next(line for line in lines if line.startswith("Telenor   NO"))
    shown = [output.percent(telenor[name], lang) for name in ("rate_confirmed", "rate_possible", "ci_low", "ci_high", "coverage")]
    assert re.split("  +", row)[-5:] == shown
    assert f"{folder}/rates.csv" in said
    assert f"sms-analytics lookup {made.example} --db {folder}/sms.duckdb" in said
    assert "+474" not in printed + said


def test_a_database_with_other_logs_is_left_alone(tmp_path: Path) -> None:
    database, _ = loaded(tmp_path)
    before = database.read_bytes()
    with pytest.raises(UsageError, match="other logs"):
        sms.demo(tmp_path)
    assert database.read_bytes() == before


def test_without_the_sample_it_is_simulated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("sms_analytics.commands.demo"), "MESSAGES", 300)
    for _ in range(2):
        made = sms.demo(tmp_path, sample=tmp_path / "nowhere")
        assert made.rates.select(pl.col("messages", "receipts_only").sum()).sum_horizontal().to_list() == [300]
        assert made.logs == tmp_path / "sample" / "logs"
