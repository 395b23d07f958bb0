"""How answers and load reports look in a notebook: warnings first, percents with bars, words, and nothing that a text could break."""

import re
from pathlib import Path

import polars as pl

import sms_analytics as sms
from sms_analytics.commands import loader
from sms_analytics.jupyter import notebook
from sms_analytics.questions import metrics
from sms_analytics.text import output
from sms_analytics.text.markup import Column, table
from tests.messages_table import database, message, messages_of, utc
from tests.small_database import loaded

YOUNG = utc("2026-10-30T08:00:00")


class TestRates:
    frame = metrics.rates(database([*messages_of(9), message(outcome="awaiting_status", submitted_utc=YOUNG), message(operator=None)]), "operator")

    def test_what_must_be_known_stands_first(self) -> None:
        html = output.as_html(self.frame, lang="nb", zone="Europe/Oslo")
        assert html.index("1 av 11 sendte meldinger kan fortsatt få endelig status") < html.index("<table")
        assert "<table" in output.as_html(self.frame, lang="en", zone="Europe/Oslo")

    def test_percents_with_bars_behind_them(self) -> None:
        html = output.as_html(self.frame, lang="nb", zone="Europe/Oslo")
        assert re.search(r"background:linear-gradient\(90deg,#0072b259 90\.0%,transparent 0\)\">90,0 %", html)
        assert ">90.0%<" in output.as_html(self.frame, lang="en", zone="Europe/Oslo")
        assert "ukjent" in html

    def test_a_feed_that_cannot_show_silence_is_told(self) -> None:
        frame = metrics.rates(database([message(submission_missing=True)]))
        assert "For 1 melding er ingen innsendinger lastet inn" in output.as_html(frame, lang="nb", zone="UTC")

    def test_long_answers_are_cut_and_that_is_said(self) -> None:
        assert "more rows, not shown: 1" in output.as_html(self.frame, lang="en", zone="UTC", at_most=1)


class TestNotebook:
    def test_frames_of_ours_are_in_words_and_others_as_polars_shows_them(self) -> None:
        ours = pl.DataFrame({"operator": ["Telia"], "messages": [3]})
        assert "Operatør" in notebook.html(ours)
        assert "Operator" in notebook.html(ours, "en")
        other = pl.DataFrame({"my_own": [1]})
        assert notebook.html(other) == other._repr_html_()
        assert notebook.html(pl.DataFrame()) == "Ingen data å vise"

    def test_texts_cannot_break_out(self) -> None:
        assert "<script>" not in output.as_html(pl.DataFrame({"operator": ["<script>alert(1)</script>"]}), lang="nb", zone="UTC")
        assert "<b>" not in table([Column("<b>", ["<b>"])])


class TestLoadReport:
    def test_faults_and_doubts_first_then_the_sums(self, tmp_path: Path) -> None:
        _, report = loaded(tmp_path)
        html = report._repr_html_()
        assert html.index("Linjer som ikke kunne leses: 1") < html.index("Filer lest inn: 3") < html.index("<table")
        assert "access.log" in html
        again = loader.load(str(tmp_path / "logs"), db=tmp_path / "sms.duckdb")
        assert "Filer som var lastet inn fra før: 3" in again._repr_html_()
        assert "<table" not in again._repr_html_()

    def test_a_file_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        report = loader.load(str(tmp_path / "missing.log"), db=tmp_path / "sms.duckdb")
        assert "missing.log" in report._repr_html_()


def test_the_sample_is_ready_to_ask() -> None:
    db = sms.sample()
    assert sms.rates(db).select("messages", "receipts_only").row(0) == (5760, 240)
    assert sms.sample().execute("SELECT count(*) FROM messages").fetchall() == [(6000,)]
