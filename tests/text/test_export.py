"""Frames as files that people open in Excel and programs read: what comes back out of the file is what went in."""

from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from sms_analytics.cli import main
from sms_analytics.questions import metrics
from sms_analytics.text import export
from tests.messages_table import database, message, messages_of, utc
from tests.small_database import loaded

ZONE = "Europe/Oslo"
ROWS = [*messages_of(9), message(outcome="no_status", operator=None), message(outcome="failed", operator="=1+1", country="SE")]
EVIL = ["=HYPERLINK(1)", "@sum", "-2+3", "\tx", "+47 4•• •• •01", "-12,5", "Telenor"]


def test_parquet_is_the_frame() -> None:
    frame = metrics.rates(database(ROWS), "operator")
    assert pl.read_parquet(BytesIO(export.as_parquet(frame))).equals(frame)


def test_csv_for_excel_has_a_mark_semicolons_and_a_decimal_comma() -> None:
    frame = metrics.rates(database(ROWS), "operator")
    text = export.as_excel_csv(frame, lang="nb", zone=ZONE)
    assert text.startswith("\ufeffOperatør;Meldinger;Sendt;Levert;")
    read = pl.read_csv(StringIO(text.removeprefix("\ufeff")), separator=";", decimal_comma=True)
    assert read["Meldinger"].to_list() == frame["messages"].to_list()
    assert read["Bekreftet levert"].to_list() == frame["rate_confirmed"].to_list()
    assert ";1.0;" in export.as_excel_csv(frame, lang="en", zone=ZONE)


def test_csv_for_excel_has_local_times_and_words() -> None:
    frame = metrics.messages(database([message(outcome="no_status", gap_cause="isolated")])).select("submitted_utc", "outcome", "refused")
    lines = export.as_excel_csv(frame, lang="nb", zone=ZONE).splitlines()
    assert lines == ["\ufeffSendt (Europe/Oslo);Resultat;Avvist før sending", "2026-10-01 10:00:00;Ingen status mottatt;nei"]


def test_csv_for_excel_holds_nothing_that_excel_would_calculate() -> None:
    frame = pl.DataFrame({"operator": EVIL})
    written = [line.strip('"') for line in export.as_excel_csv(frame, lang="en", zone=ZONE).splitlines()[1:]]
    assert written == ["'=HYPERLINK(1)", "'@sum", "'-2+3", "'\tx", "+47 4•• •• •01", "-12,5", "Telenor"]


def test_workbook_has_typed_cells_and_no_formula() -> None:
    content = export.as_xlsx(metrics.messages(database(ROWS)), lang="en", zone=ZONE, name="messages")
    sheet = fastexcel.read_excel(content).load_sheet("messages").to_polars()
    assert sheet["Submitted (Europe/Oslo)"].to_list() == [utc("2026-10-01T10:00")] * len(ROWS)
    assert "=1+1" in sheet["Operator"].to_list()
    assert sheet["Outcome"].value_counts().sort("count")["Outcome"].to_list()[-1] == "Confirmed delivered"
    assert content == export.as_xlsx(metrics.messages(database(ROWS)), lang="en", zone=ZONE, name="messages")


def test_more_rows_than_a_sheet_takes_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 4)
    frame = pl.DataFrame({"messages": range(10)})
    book = fastexcel.read_excel(export.as_xlsx(frame, lang="nb", zone=ZONE, name="messages"))
    assert book.sheet_names == ["messages", "messages 2", "messages 3"]
    parts = [book.load_sheet(name).to_polars()["Meldinger"].to_list() for name in book.sheet_names]
    assert parts == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_columns_with_one_heading_are_told_apart() -> None:
    content = export.as_xlsx(pl.DataFrame({"operator": ["Ice"], "Operator": ["x"]}), lang="en", zone=ZONE, name="both")
    assert fastexcel.read_excel(content).load_sheet("both").to_polars().columns == ["Operator", "Operator (2)"]


class TestCommand:
    @pytest.fixture(scope="class")
    @classmethod
    def path(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return loaded(tmp_path_factory.mktemp("db"))[0]

    @pytest.mark.parametrize("question", ["rates", "reasons", "gaps", "messages", "latency"])
    @pytest.mark.parametrize("suffix", ["parquet", "xlsx", "json", "csv"])
    def test_the_name_of_the_file_says_the_format(self, path: Path, tmp_path: Path, question: str, suffix: str) -> None:
        file = tmp_path / f"{question}.{suffix}"
        assert main([question, "--db", str(path), "--output", str(file)]) == 0
        readers: dict[str, Callable[[Path], pl.DataFrame]] = {
            "parquet": pl.read_parquet,
            "json": pl.read_json,
            "csv": pl.read_csv,
            "xlsx": lambda file: fastexcel.read_excel(file).load_sheet(0).to_polars(),
        }
        assert readers[suffix](file).height > 0

    def test_excel_csv_is_bytes_with_a_mark(self, path: Path, tmp_path: Path) -> None:
        assert main(["rates", "--db", str(path), "--excel-csv", "--output", str(tmp_path / "r.csv")]) == 0
        assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbfMeldinger;")

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--format", "xlsx"], "name a file with --output"),
            (["--format", "parquet"], "name a file"),
            (["--excel-csv", "--format", "json"], "leave out --format"),
        ],
    )
    def test_what_is_no_text_needs_a_file(self, path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
        assert main(["rates", "--db", str(path), *arguments]) == 2
        assert told in capsys.readouterr().err
