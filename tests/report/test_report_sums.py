"""Reports added up as a reader would: rows to their sums, terms to what was sent, the list of messages to the tables."""

from collections import Counter
from typing import Any, Final

import duckdb
import polars as pl
import pypdf
import pytest

from sms_analytics.report.partly import total_rates, with_partly
from sms_analytics.text import labels
from sms_analytics.text.labels import Lang
from tests.report.read_report import Report, made, plain

#: A customer's last week: messages that wait, refused ones, long ones of which only parts are confirmed, and receipts without submissions.
WEEK: Final[dict[str, Any]] = {"since": "2026-10-19", "until": "2026-10-26"}
TERMS: Final = ("delivered", "partly_confirmed", "failed", "waiting", "no_status", "unrecognised")


@pytest.fixture(scope="module")
def found(db: duckdb.DuckDBPyConnection, lang: Lang, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return made(db, tmp_path_factory.mktemp(lang), lang=lang, formats="pdf,xlsx", **WEEK)


def headings(lang: Lang) -> dict[str, str]:
    return labels.labels("report_column", lang)


def tables(rows: list[list[Any]], lang: Lang) -> list[pl.DataFrame]:
    """The tables of a sheet that have a column of sent messages: a row each, counts as numbers."""
    frames = []
    for top, row in enumerate(rows):
        if headings(lang)["sent"] not in row:
            continue
        names = [name for name in row if name]
        body = []
        for line in rows[top + 1 :]:
            if line[0] is None:
                break
            body.append(line[: len(names)])
        frames.append(pl.DataFrame(body, schema=dict.fromkeys(names, pl.String), orient="row"))
    return frames


def numbers(frame: pl.DataFrame, name: str) -> list[float]:
    return frame[name].cast(pl.Float64).fill_null(0).to_list()


def test_every_row_of_excel_adds_up_to_what_was_sent_and_every_column_to_its_sum(found: Report, lang: Lang) -> None:
    words = headings(lang)
    seen = 0
    for name, rows in found.sheets.items():
        for frame in tables(rows, lang):
            terms = [words[term] for term in TERMS if words[term] in frame.columns]
            if words["delivered"] in terms and words["no_status"] in terms:
                seen += 1
                added = [sum(row) for row in zip(*(numbers(frame, term) for term in terms), strict=True)]
                assert added == numbers(frame, words["sent"]), name
            if frame[:, 0][-1] == labels.label("report.sum", lang):
                for column in {*terms, words["sent"]} & set(frame.columns):
                    *each, total = numbers(frame, column)
                    assert sum(each) == total, (name, column)
    assert seen >= 4
    assert words["waiting"] in found.cells


def test_the_lines_of_the_pdf_add_up(found: Report) -> None:
    """The table of operators as it stands on paper: sent, its terms, and three shares behind them."""
    lines = [plain(line) for page in pypdf.PdfReader(found.files["pdf"]).pages for line in page.extract_text(extraction_mode="layout").split("\n")]
    added = []
    for line in lines:
        # The year of a day is no count.
        words = line.replace(" %", "%").replace(" 2026", "").split()
        shares = [place for place, word in enumerate(words) if word.endswith("%")]
        first = shares[0] if shares else 0
        counts: list[str] = []
        while first and words[first - 1].replace(",", "").isdigit():
            first -= 1
            counts.insert(0, words[first].replace(",", ""))
        if len(shares) >= 3 and len(counts) >= 6:
            whole, *terms = _whole_numbers(counts)
            added.append((whole, sum(terms)))
    assert len(added) >= 8
    assert [pair for pair in added if pair[0] != pair[1]] == []


def _whole_numbers(pieces: list[str]) -> list[int]:
    """Numbers whose thousands a language sets apart with a blank, put together again: six terms and their whole stand in every line."""
    whole: list[str] = []
    for piece in pieces:
        if whole and len(piece) == 3 and len(pieces) > 7 and len(whole[-1]) <= 3 and not whole[-1].startswith("0"):
            whole[-1] += piece
        else:
            whole.append(piece)
    return [int(number) for number in whole]


def test_a_filter_on_the_list_finds_as_many_as_the_tables_say(found: Report, lang: Lang) -> None:
    heading, *rows = found.sheets[labels.label("report_section.messages", lang)][2:]
    outcome = heading.index(headings(lang)["outcome"])
    listed = Counter(row[outcome] for row in rows)
    (quality,) = [
        line[1] for line in found.sheets[labels.label("report_section.quality", lang)] if line[0] == labels.label("report_quality.sums", lang)
    ]
    refused = labels.label("column.refused", lang)
    assert f"{listed[refused]} {refused.lower()}" in plain(quality)
    assert listed[refused] > 0
    (operators,) = tables(found.sheets[labels.label("report_section.operators", lang)], lang)
    assert numbers(operators, headings(lang)["failed"])[-1] == listed[labels.label("outcome.failed", lang)]
    assert numbers(operators, headings(lang)["delivered"])[-1] == listed[labels.label("outcome.delivered", lang)]
    assert any(labels.label("report.not_counted", lang).format(outcome="").strip() in text for text in listed)


def test_no_final_status_is_before_sending(found: Report, lang: Lang) -> None:
    heading, *rows = found.sheets[labels.label("report_section.messages", lang)][2:]
    sent, final = (next(place for place, name in enumerate(heading) if name.startswith(headings(lang)[key])) for key in ("submitted", "final"))
    pairs = [(row[sent], row[final]) for row in rows if row[final]]
    assert len(pairs) > 100
    # The hour that summer time's end repeats is two: a wall clock cannot tell them apart.
    assert [pair for pair in pairs if pair[1] < pair[0] and not pair[0].startswith("2026-10-25 02:")] == []


def test_what_partly_confirmed_messages_take_is_a_term_of_the_change() -> None:
    """Before: 80 of 100 delivered. Now 70 of 100 are, and 10 partly: all arrived as before, so only the last term moved."""
    row = {"operator": "Telenor", "share_before": 1.0, "share": 1.0, "rate_before": 0.8, "rate": 0.7, "mix": 0.0, "silence": 0.0, "delivery": 0.0}
    answered = {"coverage_before": 1.0, "coverage": 1.0, "rate_answered_before": 0.8, "rate_answered": 0.8, "effect": 0.0}
    told = with_partly(pl.DataFrame([row | answered]))
    assert told["partly"].to_list() == pytest.approx([-0.1])
    assert told["effect"].to_list() == pytest.approx([-0.1])
    assert total_rates(told) == pytest.approx((0.8, 0.7))
