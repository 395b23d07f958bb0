"""Reports: the three formats show what `rates` says, nothing of anybody else, and text from a log as text; read back from the files themselves."""

import re
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import pypdf
import pytest

from sms_analytics import config, formats
from sms_analytics.charts.theme import country
from sms_analytics.commands.loader import load
from sms_analytics.database import store
from sms_analytics.errors import ConfigError, NoDataError, UsageError
from sms_analytics.questions import metrics
from sms_analytics.questions.outages import outages
from sms_analytics.report import written
from sms_analytics.report.files import Wanted, report, run
from sms_analytics.text import labels
from sms_analytics.text.labels import Lang
from tests import small_database
from tests.report.read_report import SAMPLE, Report, made, plain

WEEK: Final[dict[str, Any]] = {"since": "2026-10-12", "until": "2026-10-19"}
AS_OF: Final = "2026-10-24 12:00"
EARLY: Final = "2026-10-19 12:00"


@pytest.fixture(scope="module")
def weekly(db: duckdb.DuckDBPyConnection, lang: Lang, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One week of one customer."""
    return made(db, tmp_path_factory.mktemp(lang), account="bank1", lang=lang, **WEEK)


class TestFigures:
    def test_the_headline_is_that_of_rates_in_every_format(self, db: duckdb.DuckDBPyConnection, weekly: Report, lang: Lang) -> None:
        (row,) = metrics.rates(db, account="bank1", **WEEK).to_dicts()
        figures = [written.count(row["sent"], lang), written.share(row["rate_confirmed"], lang), written.share(row["rate_possible"], lang)]
        figures += [written.count(row["failed"], lang), written.count(row["no_status"], lang)]
        for text in (weekly.html, weekly.pdf):
            assert [figure for figure in figures if plain(figure) not in text] == []
        summary = weekly.sheets[labels.label("report_section.summary", lang)]
        values = {line[0]: line[1] for line in summary if line[1] is not None}
        assert float(values[labels.label("report.card.sent", lang)]) == row["sent"]
        assert float(values[labels.label("report.card.delivered", lang)]) == pytest.approx(row["rate_confirmed"], abs=1e-9)
        assert float(values[labels.label("report.card.failed", lang)]) == row["failed"]
        assert float(values[labels.label("report.card.no_status", lang)]) == row["no_status"]

    def test_every_operator_has_the_figures_of_rates(self, db: duckdb.DuckDBPyConnection, weekly: Report, lang: Lang) -> None:
        frame = metrics.rates(db, by="operator", account="bank1", **WEEK).filter(pl.col("messages") >= 10)
        assert frame.height >= 3
        sheet = {line[0]: line[1:] for line in weekly.sheets[labels.label("report_section.operators", lang)]}
        for row in frame.iter_rows(named=True):
            name = row["operator"] or labels.label("chart.unknown_operator", lang)
            counts = [row[count] for count in ("sent", "delivered", "partly_confirmed", "failed", "no_status")]
            rates = [row[rate] for rate in ("rate_confirmed", "rate_possible", "coverage")]
            assert [float(cell) for cell in sheet[name][:8]] == pytest.approx([*counts, *rates], abs=1e-9)
            shares = [plain(written.share(rate, lang)) for rate in rates]
            line = " ".join([name, *(plain(written.count(number, lang)) for number in counts), *shares])
            assert line in weekly.html
            assert line in weekly.pdf

    def test_days_are_dates_and_messages_are_masked_rows(self, weekly: Report, lang: Lang) -> None:
        days = weekly.sheets[labels.label("report_section.over_time", lang)]
        starts = [line[0] for line in days if line[0] and re.match(r"2026-10-\d\d", str(line[0]))]
        assert starts[0].startswith("2026-10-12")
        assert len(starts) == 7
        messages = weekly.sheets[labels.label("report_section.messages", lang)]
        heading = next(place for place, line in enumerate(messages) if line[0] and "(Europe/Oslo)" in line[0])
        rows = messages[heading + 1 :]
        assert datetime.fromisoformat(rows[0][0])
        assert [line[1] for line in rows if not re.fullmatch(r"\+\d+ [\d•]+( [\d•]+)+", line[1])] == []
        assert not re.search(r"\+?\d{10,}", " ".join(line[1] for line in rows))

    def test_the_period_before_is_the_same_days_of_the_week_before_at_the_same_age(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        found = made(db, tmp_path, account="Testavisen", lang="nb", formats="html", **WEEK)
        before = metrics.rates(db, account="avis1", since="2026-10-05", until="2026-10-12", as_of="2026-10-18 23:37:46").row(0, named=True)
        assert f"fra {plain(written.count(before['sent'], 'nb'))} " in found.html
        assert "Endringene er målt mot 5.–11. oktober 2026" in found.html

    def test_a_name_stands_for_all_of_its_accounts_and_an_id_for_itself(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        settings = config.read(SAMPLE / config.FILE_NAME)
        for account, ids in (("Eksempelklinikken", "('klinikk1', '5012')"), ("5012", "('5012')")):
            sent = metrics.rates(db, where=f"account in {ids}", **WEEK)["sent"].item()
            (file,) = run(db, Wanted(account=account, formats=("html",), out=tmp_path, lang="en", **WEEK), settings).files
            assert f"Of {sent:,} sent messages" in Report({"html": file}).html
            assert "Eksempelklinikken" in Report({"html": file}).html

    def test_silence_of_a_feed_without_submissions_is_told_and_left_out_of_shares(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        found = made(db, tmp_path, lang="en", formats="html", compare="none", **WEEK)
        everything = metrics.rates(db, **WEEK).row(0, named=True)
        alone = metrics.rates(db, receipts_only=True, **WEEK).row(0, named=True)
        assert f"Of {everything['sent']:,} sent messages" in found.html
        assert written.share(everything["rate_confirmed"], "en") in found.html
        assert everything["receipts_only"] == alone["messages"] > 0
        assert f"For {alone['messages']} messages only the receipts are loaded" in found.html
        share = written.share(alone["rate_answered"], "en")
        assert (
            f"Of {alone['delivered'] + alone['partly_confirmed'] + alone['failed']} of them with a final status {share} are delivered." in found.html
        )

    def test_an_outage_is_told_to_whom_it_concerns_even_of_one_day(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        outage = outages(db).row(0, named=True)
        period: dict[str, Any] = {"since": "2026-10-08", "until": "2026-10-09", "formats": "html", "lang": "nb", "compare": "none"}
        own = metrics.rates(db, account="bank1", since=outage["start_utc"].replace(tzinfo=UTC), until=outage["end_utc"].replace(tzinfo=UTC))
        assert own["sent"].item() > 20
        told = "kom det ingen statusmeldinger for"
        assert f"8. okt. 2026 10:30–13:57 {told}" in made(db, tmp_path, account="bank1", **period).html
        assert told not in made(db, tmp_path, account="5012", **period).html

    def test_small_groups_have_counts_and_no_shares(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        settings = config.read(SAMPLE / config.FILE_NAME).model_copy(update={"report": config.ReportConfig(minimum=60)})
        frame = metrics.rates(db, by="country", **WEEK)
        few = frame.filter(pl.col("messages") < 60)
        assert 1 < few.height < frame.height
        (file,) = run(db, Wanted(formats=("xlsx",), out=tmp_path, lang="en", compare="none", **WEEK), settings).files
        rows = {line[0]: line for line in Report({"xlsx": file}).sheets["By country"]}
        heading = next(line for line in rows.values() if line[1] == "Sent")
        confirmed = heading.index("Confirmed delivered, %")
        assert {name: rows[name][confirmed] is None for name in ("Norway", "Sweden", "Denmark")} == {
            "Norway": False,
            "Sweden": False,
            "Denmark": True,
        }
        shown = {int(rows[country(code, "en")][1]) for code in few["country"]}
        assert shown == set(few["sent"])


class TestNobodyElse:
    def test_a_report_for_one_customer_has_nothing_of_another(self, db: duckdb.DuckDBPyConnection, weekly: Report) -> None:
        others = (
            db.sql("select distinct unnest([message_id, client_ref, campaign]) as word from messages where account <> 'bank1'")
            .pl()["word"]
            .drop_nulls()
            .to_list()
        )
        own = set(db.sql("select distinct unnest([message_id, client_ref, campaign]) as word from messages where account = 'bank1'").pl()["word"])
        foreign = {str(word) for word in others if word not in own and len(str(word)) > 4}
        names = {"Eksempelklinikken", "Testavisen", "klinikk1", "avis1", "Leserundersøkelse", "Influensavaksine"}
        source = weekly.files["html"].read_text("utf-8")
        for text in (source, weekly.html, weekly.pdf, weekly.cells):
            assert sorted(name for name in names if name in text) == []
            words = set(re.findall(r"[\w-]+", text))
            assert sorted(foreign & words) == []

    def test_all_makes_one_report_for_each(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        settings = config.read(SAMPLE / config.FILE_NAME)
        done = run(db, Wanted(account="all", formats=("html",), out=tmp_path, lang="nb", period="2026-W42"), settings)
        assert [path.name for path in done.files] == [
            f"2026-10-12--2026-10-18_leveringsrapport_{name}_nb.html" for name in ("eksempelklinikken", "provebanken", "testavisen")
        ]
        nobodys = sum(metrics.rates(db, where="account is null", **WEEK).select("messages", "receipts_only").row(0))
        assert done.remarks[-1] == f"{nobodys} meldinger har ingen konto og er ikke med i noen rapport"
        assert len(set(done.remarks)) == len(done.remarks)
        for path, sole in zip(done.files, ("Eksempelklinikken", "Prøvebanken", "Testavisen"), strict=True):
            text = path.read_text("utf-8")
            assert [name for name in ("Eksempelklinikken", "Prøvebanken", "Testavisen") if name in text] == [sole]


class TestLanguage:
    def test_no_english_word_in_norwegian_and_no_norwegian_one_in_english(self, weekly: Report, lang: Lang) -> None:
        other: Lang = "en" if lang == "nb" else "nb"
        foreign = {word for kind in labels.kinds() for text in labels.labels(kind, other).values() for word in words_of(text)}
        ours = {word for kind in labels.kinds() for text in labels.labels(kind, lang).values() for word in words_of(text)}
        texts = " ".join([weekly.html, weekly.pdf, weekly.cells])
        # Names of the sample, of its files and of the program are no language; nor is the operators' own text.
        quoted = {"access", "log", "messages", "meldinger", *formats.names()}
        assert sorted((foreign - ours - quoted) & words_of(texts) - names_of(weekly)) == []

    def test_numbers_and_months_are_the_language_s(self, weekly: Report, lang: Lang) -> None:
        month = {"nb": "oktober", "en": "October"}[lang]
        assert f"12.–18. {month} 2026" in weekly.pdf or f"12–18 {month} 2026" in weekly.pdf
        assert re.search({"nb": r"\d+,\d %", "en": r"\d+\.\d%"}[lang], weekly.html)
        assert not re.search({"nb": r"\d+\.\d%", "en": r"\d+,\d %"}[lang], weekly.html)

    def test_every_reason_says_what_to_do(self) -> None:
        for language in labels.LANGS:
            assert set(labels.labels("reason", language)) <= set(labels.labels("sender_can", language))

    def test_every_definition_has_its_term(self) -> None:
        assert list(labels.labels("report_definition", "nb")) == list(labels.labels("report_term", "nb"))


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-zæøå]{3,}", text.lower()))


def names_of(weekly: Report) -> set[str]:
    """Words of the operators' own texts and of the sheet of messages, which are in the log's language."""
    sheet = list(weekly.sheets.values())[-1]
    return {word for line in sheet for cell in line[9:] if cell for word in words_of(cell)}


NASTY: Final = ("<script>alert(1)</script>", '=HYPERLINK("http://example.invalid")', "#set text(red)", '"><img src=x onerror=alert(1)>', "*b* $x$ @y")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Names of customer, send-out and operator, and operators' texts, that mean something to a browser, to Excel or to typst."""
    folder = tmp_path_factory.mktemp("nasty")
    lines = ["Meldings-ID;Mottaker;Status;Teleoperatør;Tidspunkt;Tilbakemelding;Kundereferanse;Utsendelse;Konto;Avsender"]
    for number in range(60):
        text = NASTY[number % len(NASTY)].replace('"', '""')
        cells = [f"8{number:06}", f"400 00 0{number:02}", "SMS feilet", *[f'"{text}"'] * 1, "01.10.2026 11:00", *[f'"{text}"'] * 5]
        lines.append(";".join(cells))
    (folder / "export.csv").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    (folder / config.FILE_NAME).write_text(small_database.CONFIGURATION, "utf-8")
    load(str(folder / "export.csv"), db=folder / "sms.duckdb", config=folder / config.FILE_NAME)
    with store.connect(folder / "sms.duckdb") as db:
        paths = report(db, out=folder, lang="nb")
        return Report({path.suffix[1:]: path for path in paths})


class TestTextOfOthers:
    @pytest.mark.parametrize("text", NASTY)
    def test_is_text_in_all_three(self, nasty: Report, text: str) -> None:
        assert text in nasty.html
        squeezed = re.sub(r"\s", "", nasty.pdf)
        assert re.sub(r"\s", "", text) in squeezed
        assert text in nasty.cells

    def test_no_cell_is_a_formula_and_no_element_is_theirs(self, nasty: Report) -> None:
        with zipfile.ZipFile(nasty.files["xlsx"]) as book:
            sheets = [book.read(name).decode("utf-8") for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert len(sheets) > 5
        assert [sheet for sheet in sheets if "<f>" in sheet or "<f " in sheet or "<hyperlink" in sheet] == []
        source = nasty.files["html"].read_text("utf-8")
        assert "<script>alert" not in source
        assert "<img src=x" not in source


class TestFiles:
    def test_the_same_as_of_gives_the_same_bytes(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        once, again = (made(db, tmp_path / name, account="avis1", as_of=AS_OF, lang="nb", **WEEK) for name in ("once", "again"))
        for kind, path in once.files.items():
            assert path.read_bytes() == again.files[kind].read_bytes(), kind

    def test_a_report_is_as_it_was_then(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        then = metrics.rates(db, account="avis1", as_of=EARLY, **WEEK).row(0, named=True)
        now = metrics.rates(db, account="avis1", **WEEK).row(0, named=True)
        assert then["provisional"] > now["provisional"]
        found = made(db, tmp_path, account="avis1", as_of=EARLY, lang="en", formats="html", **WEEK)
        assert "Data as of 19 Oct 2026 12:00 (Europe/Oslo)" in found.html
        assert f"{then['provisional']} of {then['sent']} sent messages can still get a final status" in found.html

    def test_pdf_is_small_tagged_and_numbered(self, weekly: Report, lang: Lang) -> None:
        assert weekly.files["pdf"].stat().st_size < 1_000_000
        reader = pypdf.PdfReader(weekly.files["pdf"])
        root: Any = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"].value is True
        assert root["/Lang"].startswith(lang)
        count = len(reader.pages)
        for number, page in enumerate(reader.pages, start=1):
            width, height = (float(side) for side in page.mediabox[2:])
            assert (round(width), round(height)) == (595, 842)
            assert labels.label("report.page", lang).format(page=number, pages=count) in plain(page.extract_text())
        assert BytesIO(weekly.files["pdf"].read_bytes()).read(5) == b"%PDF-"

    def test_names_sort_by_period(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        (month,) = report(
            db, account="bank1", period="2026-10", formats="html", out=tmp_path, compare="none", config=SAMPLE / config.FILE_NAME, lang="en"
        )
        assert month.name == "2026-10_delivery-report_bank1_en.html"

    def test_too_many_messages_for_the_sheet_are_refused_in_words(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        settings = config.read(SAMPLE / config.FILE_NAME).model_copy(update={"report": config.ReportConfig(messages=5)})
        done = run(db, Wanted(account="bank1", formats=("xlsx",), out=tmp_path, lang="en", **WEEK), settings)
        (file,) = done.files
        sheet = Report({"xlsx": file}).sheets["The messages"]
        assert len(sheet) == 1
        assert "more than this sheet is set to show (5)" in sheet[0][0]
        assert "sms-analytics messages --format csv" in done.remarks[0]

    def test_whole_numbers_only_when_asked(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        open_ = made(db, tmp_path, account="bank1", formats="xlsx", lang="en", unmask=True, **WEEK)
        recipients = {line[1] for line in open_.sheets["The messages"][3:]}
        assert recipients == {
            row[0]
            for row in db.sql(
                "select recipient from messages where account = 'bank1' and submitted_utc >= '2026-10-11 22:00' and submitted_utc < '2026-10-18 22:00'"
            ).fetchall()
        }


class TestBrand:
    SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><rect width="80" height="20" fill="#7a1f5c"/></svg>'

    def test_name_logo_and_colour_are_on_it(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        (tmp_path / "logo.svg").write_text(self.SVG, "utf-8")
        toml = (SAMPLE / config.FILE_NAME).read_text("utf-8") + "\n[brand]\nname = 'Eksempel Meldinger'\nlogo = 'logo.svg'\ncolour = '#7a1f5c'\n"
        (tmp_path / config.FILE_NAME).write_text(toml, "utf-8")
        paths = report(db, account="bank1", out=tmp_path, config=tmp_path / config.FILE_NAME, **WEEK)
        found = Report({path.suffix[1:]: path for path in paths})
        source = found.files["html"].read_text("utf-8")
        assert 'alt="Eksempel Meldinger"' in source
        assert "data:image/svg+xml;base64," in source
        assert "--accent: #7a1f5c" in source
        metadata = pypdf.PdfReader(found.files["pdf"]).metadata
        assert metadata is not None
        assert metadata.author == "Eksempel Meldinger"

    @pytest.mark.parametrize(
        ("content", "told"),
        [(None, "No such file"), ("GIF89a", "neither PNG nor SVG"), ("<svg " + "x" * 600_000, "too many"), ("<svg broken", "cannot be drawn")],
    )
    def test_a_logo_that_cannot_be_used_is_told(self, db: duckdb.DuckDBPyConnection, tmp_path: Path, content: str | None, told: str) -> None:
        if content is not None:
            (tmp_path / "logo.png").write_text(content, "utf-8")
        (tmp_path / config.FILE_NAME).write_text("[brand]\nlogo = 'logo.png'\n", "utf-8")
        with pytest.raises(ConfigError, match=told):
            report(db, out=tmp_path, config=tmp_path / config.FILE_NAME, **WEEK)


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("wanted", "told"),
        [
            ({"period": "2026-10", "since": "2026-10-01"}, "not both"),
            ({"since": "2026-10-19", "until": "2026-10-12"}, "the period is empty"),
            ({"period": "october"}, "is no period"),
            ({"period": "2026-W54"}, "is no period"),
            ({"formats": "docx"}, "accepted are html, pdf, xlsx"),
            ({"formats": ""}, "accepted are html, pdf, xlsx"),
            ({"compare": "last"}, "accepted are previous, none"),
            ({"lang": "no"}, "accepted are nb, en"),
        ],
    )
    def test_arguments(self, db: duckdb.DuckDBPyConnection, tmp_path: Path, wanted: dict[str, Any], told: str) -> None:
        with pytest.raises(UsageError, match=told):
            report(db, out=tmp_path, **wanted)

    @pytest.mark.parametrize("wanted", [{"account": "nobody"}, {"period": "2025"}, {"campaign": "X99"}, {"account": "all", "period": "2025"}])
    def test_nothing_to_report(self, db: duckdb.DuckDBPyConnection, tmp_path: Path, wanted: dict[str, Any]) -> None:
        with pytest.raises(NoDataError):
            report(db, out=tmp_path, **wanted)
        assert list(tmp_path.iterdir()) == []
