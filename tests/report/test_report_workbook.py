"""Reports read back cell by cell and line by line: every table has the figures of the question it answers, and Excel has numbers, dates and filters."""

import re
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import fastexcel
import polars as pl
import pytest

from sms_analytics import config
from sms_analytics.charts import theme
from sms_analytics.questions import metrics
from sms_analytics.questions.gaps import gaps
from sms_analytics.report import written
from sms_analytics.report.files import Wanted, report, run
from sms_analytics.text import labels
from sms_analytics.text.labels import Lang
from tests.report.read_report import CONFIG, Report, made, plain

WEEK: Final[dict[str, Any]] = {"since": "2026-10-05", "until": "2026-10-12"}
FEW: Final = 10
#: The counts of this customer's tables: nothing of it is waiting.
COUNTS: Final = ("sent", "delivered", "partly_confirmed", "failed", "no_status")


@pytest.fixture(scope="module")
def told(db: duckdb.DuckDBPyConnection, lang: Lang, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One week of one customer, with an outage in it."""
    return made(db, tmp_path_factory.mktemp(lang), account="bank1", lang=lang, **WEEK)


def sheet(found: Report, key: str, lang: Lang) -> list[list[Any]]:
    return found.sheets[labels.label(f"report_section.{key}", lang)[:31]]


def in_all(found: Report, rows: list[list[Any]], cells: list[Any], texts: list[str]) -> None:
    """A row of Excel with these values, and its texts in one line of HTML and PDF."""
    (row,) = [line for line in rows if line[0] == texts[0]]
    assert [float(cell) for cell in row[1 : 1 + len(cells)]] == pytest.approx(cells, abs=1e-9)
    line = plain(" ".join(texts))
    assert line in found.html
    assert line in found.pdf


class TestFigures:
    def test_reasons(self, db: duckdb.DuckDBPyConnection, told: Report, lang: Lang) -> None:
        frame = metrics.reasons(db, account="bank1", **WEEK)
        rows = sheet(told, "reasons", lang)
        assert frame.filter(pl.col("messages") + pl.col("refused") < FEW).height > 1
        for row in frame.iter_rows(named=True):
            name = labels.label(f"reason.{row['reason']}", lang)
            texts = [name, written.count(row["messages"], lang), written.share(row["share"], lang)]
            in_all(told, rows, [row["messages"], row["share"]], texts)
            (cells,) = [line for line in rows if line[0] == name]
            assert cells[-1] == labels.label(f"sender_can.{row['reason']}", lang)
            assert cells[-1] in told.html
            assert cells[-1] in told.pdf

    def test_countries(self, db: duckdb.DuckDBPyConnection, told: Report, lang: Lang) -> None:
        frame = metrics.rates(db, by="country", account="bank1", **WEEK).filter(pl.col("messages") >= FEW)
        rows = sheet(told, "countries", lang)
        assert frame.height
        for row in frame.iter_rows(named=True):
            cells = [row[name] for name in (*COUNTS, "rate_confirmed", "rate_possible", "coverage")]
            counts, shares = [written.count(number, lang) for number in cells[:5]], [written.share(share, lang) for share in cells[5:]]
            in_all(told, rows, cells, [theme.country(row["country"], lang), *counts, *shares])

    def test_days(self, db: duckdb.DuckDBPyConnection, told: Report, lang: Lang) -> None:
        frame = metrics.rates(db, by="day", account="bank1", **WEEK)
        rows = {line[0][:10]: line for line in sheet(told, "over_time", lang) if line[0]}
        for row in frame.iter_rows(named=True):
            counts = [row[name] for name in (*COUNTS, "rate_confirmed")]
            assert [float(cell) for cell in rows[row["day"].isoformat()][1:7]] == pytest.approx(counts, abs=1e-9)
            texts = [theme.period_text("day", row["day"], lang), *(written.count(number, lang) for number in counts[:5])]
            for text in (told.html, told.pdf):
                assert plain(" ".join(texts)) in text

    def test_gaps(self, db: duckdb.DuckDBPyConnection, told: Report, lang: Lang) -> None:
        frame = gaps(db, by="operator", account="bank1", **WEEK).filter((pl.col("gaps") > 0) & (pl.col("sent") >= FEW))
        rows = sheet(told, "gaps", lang)
        assert frame.height > 1
        for row in frame.iter_rows(named=True):
            name = row["operator"] or labels.label("chart.unknown_operator", lang)
            texts = [name, written.count(row["gaps"], lang), written.count(row["sent"], lang), written.share(row["share_of_sent"], lang)]
            in_all(told, rows, [row["gaps"], row["sent"], row["share_of_sent"]], texts)

    def test_sums_add_up(self, told: Report, lang: Lang) -> None:
        for key in ("sum_messages", "sum_sent"):
            begin = re.escape(labels.label(f"report_quality.{key}", lang)).replace(r"\{messages\}", "(?P<all>[0-9 ,]+)")
            begin = begin.replace(r"\{sent\}", "(?P<all>[0-9 ,]+)").replace(r"\{terms\}", "(?P<terms>.+)")
            for line in sheet(told, "quality", lang):
                match = re.fullmatch(begin, plain(line[1] or ""))
                if match:
                    numbers = [int(re.sub(r"\D", "", term)) for term in match["terms"].split("+")]
                    assert sum(numbers) == int(re.sub(r"\D", "", match["all"]))
                    assert plain(line[1]) in told.html
                    break
            else:
                pytest.fail(f"no row is {begin}")


class TestWorkbook:
    def test_cells_have_types_and_times_say_their_zone(self, told: Report, lang: Lang) -> None:
        book = fastexcel.read_excel(told.files["xlsx"])
        name = labels.label("report_section.messages", lang)
        frame = book.load_sheet(name, header_row=2).to_polars()
        sent, final = (f"{labels.label(f'report_column.{key}', lang)} (Europe/Oslo)" for key in ("submitted", "final"))
        assert frame.schema[sent] == frame.schema[final] == pl.Datetime("ms")
        assert frame[sent].is_between(datetime(2026, 10, 5), datetime(2026, 10, 12)).all()  # noqa: DTZ001
        assert frame[sent].is_sorted()
        assert set(frame[labels.label("report_column.country", lang)].drop_nulls()) <= {
            theme.country(code, lang) for code in ("NO", "SE", "DK", "GB", "DE", "FI")
        }
        apart = {labels.label(f"column.{name}", lang) for name in ("refused", "without_submission")}
        assert set(frame[labels.label("report_column.outcome", lang)]) <= set(labels.labels("outcome", lang).values()) | apart
        days = book.load_sheet(labels.label("report_section.over_time", lang), header_row=3).to_polars()
        assert isinstance(days[labels.label("report_column.day", lang)][0], (date, datetime))
        assert days[labels.label("report_column.sent", lang)].dtype.is_numeric()
        assert days[labels.label("report_column.rate_confirmed", lang)].is_between(0, 1).all()

    def test_formats_filters_and_what_stays_in_view(self, told: Report, lang: Lang) -> None:
        with zipfile.ZipFile(told.files["xlsx"]) as book:
            styles = book.read("xl/styles.xml").decode("utf-8")
            sheets = {name: book.read(name).decode("utf-8") for name in book.namelist() if name.startswith("xl/worksheets/sheet")}
            charts = [book.read(name).decode("utf-8") for name in book.namelist() if name.startswith("xl/charts/chart")]
        day = {"nb": "dd.mm.yyyy", "en": "dd/mm/yyyy"}[lang]
        for code in ("#,##0", "0.0%", day, f"{day} hh:mm", f"[&lt;1]&quot;{plain(written.seconds(0, lang))}&quot;;#,##0.0&quot; s&quot;"):
            assert f'formatCode="{code}"' in plain(styles), code
        messages = sheets[f"xl/worksheets/sheet{len(sheets)}.xml"]
        assert '<pane ySplit="3" topLeftCell="A4" activePane="bottomLeft" state="frozen"/>' in messages
        assert re.search(r'<autoFilter ref="A3:N\d+"/>', messages)
        assert len(charts) >= 3
        assert all("<c:f>" in chart and "<c:title>" in chart for chart in charts)

    def test_definitions_and_summary_have_a_sheet(self, told: Report, lang: Lang) -> None:
        definitions = sheet(told, "definitions", lang)
        terms = {line[0]: line[1] for line in definitions if line[1]}
        assert set(labels.labels("report_term", lang).values()) <= set(terms)
        assert "Europe/Oslo" in terms[labels.label("report_term.zone", lang)]
        assert next(iter(told.sheets)) == labels.label("report_section.summary", lang)
        assert all(len(name) <= 31 for name in told.sheets)

    def test_the_logo_is_a_picture_of_it(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        svg = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><rect width="80" height="20" fill="#7a1f5c"/></svg>'
        (tmp_path / "logo.svg").write_text(svg, "utf-8")
        (tmp_path / config.FILE_NAME).write_text("[brand]\nname = 'Eksempel'\nlogo = 'logo.svg'\n", "utf-8")
        (file,) = report(db, account="bank1", formats="xlsx", out=tmp_path, config=tmp_path / config.FILE_NAME, **WEEK)
        with zipfile.ZipFile(file) as book:
            picture = book.read("xl/media/image1.png")
        assert struct.unpack(">II", picture[16:24]) == (320, 80)


class TestSmallReports:
    @pytest.mark.parametrize("lang", ["nb", "en"])
    def test_one_message_makes_a_whole_report(self, db: duckdb.DuckDBPyConnection, tmp_path: Path, lang: Lang) -> None:
        rows = db.sql(
            "select submitted_utc from messages where account = 'bank1' and outcome = 'delivered' order by submitted_utc limit 1"
        ).fetchall()
        moment = rows[0][0].isoformat() + "+00:00"
        until = rows[0][0].isoformat() + ".999+00:00"
        found = made(db, tmp_path, account="bank1", lang=lang, since=moment, until=until)
        first = {"nb": "Av 1 sendte meldinger er 100,0 % bekreftet levert", "en": "Of 1 sent messages 100.0% are confirmed delivered"}[lang]
        assert all(first in text for text in (found.html, found.pdf, found.cells))

    def test_nothing_sent_yet_is_said(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        rows = db.sql("select submitted_utc, account from messages where outcome = 'awaiting_approval' and account is not null limit 1").fetchall()
        at, account = rows[0]
        wanted = Wanted(account=account, lang="nb", since=f"{at.isoformat()}+00:00", until=f"{at.isoformat()}.999+00:00", out=tmp_path)
        files = {path.suffix[1:]: path for path in run(db, wanted, config.read(CONFIG)).files}
        found = Report(files)
        assert all("er sendt til en operatør ennå" in text for text in (found.html, found.pdf, found.cells))
