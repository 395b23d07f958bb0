"""The shape of a line that nobody could read: keywords and punctuation, nothing of what the line says."""

import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.text.shapes import KEYWORDS, LONGEST, shape
from tests.formats import golden

LINES = [line for case in golden.cases() if case.suffix == ".log" for line in golden.records_of(case)["line"]]
ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)


def _shape(line: str) -> str:
    return str(shape(pl.Series([line], dtype=pl.String))[0])


def _in_keywords(line: str) -> set[int]:
    """The places of a line that belong to a keyword."""
    return {place for word in KEYWORDS for start in range(len(line)) if line.startswith(word, start) for place in range(start, start + len(word))}


def _is_said(sign: str) -> bool:
    """A letter or digit in any script, or a mark on one."""
    return sign.isalpha() or sign.isnumeric() or unicodedata.category(sign)[0] in "LMN"


@given(st.one_of(ANY_TEXT, st.sampled_from(LINES), st.lists(st.one_of(ANY_TEXT, st.sampled_from(KEYWORDS)), max_size=6).map("".join)))
@example("\ue000\ue001 id:7")
@example("\u24bd\u24d4 \U0001d4d7 \uff28\uff45 \u00bd \u0663 \u2177 \u00aa e\u0301")
def test_no_letter_and_no_digit_stays_but_in_keywords(line: str) -> None:
    result = _shape(line)
    assert len(result) == min(len(line), LONGEST)
    kept = [place for place, sign in enumerate(result) if _is_said(sign) and sign not in "x9"]
    assert set(kept) <= _in_keywords(line)
    assert all(result[place] == line[place] for place in kept)


@given(ANY_TEXT)
def test_a_shape_is_one_printable_line(line: str) -> None:
    assert not [sign for sign in _shape(line) if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Zl", "Zp")]


@pytest.mark.parametrize("word", KEYWORDS)
def test_keywords_stay(word: str) -> None:
    assert _shape(f"Hei {word}Kari 47") == f"xxx {word}xxxx 99"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ""),
        ("Hei Kari, kl 12!", "xxx xxxx, xx 99!"),
        ("Sent SMS", "xxxx xxx"),
        ("id:5C01A9 stat:DELIVRD err:000 text:Hei", "id:9x99x9 stat:xxxxxxx err:999 text:xxx"),
        ("Hei\tKari\n", "xxx.xxxx."),
        ("blåbær – 5 €", "xxxxxx – 9 €"),
    ],
)
def test_examples(line: str, expected: str) -> None:
    assert _shape(line) == expected


def test_long_lines_are_cut() -> None:
    assert _shape("a" * (LONGEST + 1)) == "x" * LONGEST


def test_the_rejects_of_a_load_keep_shapes_only(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    whole = next(line for line in LINES if "Sent SMS [SMSC:" in line and "Time i morgen" in line)
    secrets = ["Ørnhemmelig 4711\n", "2026-03-18 09:14:01 Sendt SMS [SMSC:telia1] [msg:16:Ørnhemmelig 4711]\n", f"{whole[10:40]}Ørnhemmelig 4711\n"]
    path.write_text("".join(secrets) + whole + "\n", "utf-8")
    report = loader.load([str(path)], db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo")
    assert [(load.accepted, load.rejected) for load in report.loads] == [(1, len(secrets))]
    db = store.connect(tmp_path / "sms.duckdb")
    rows = db.sql("SELECT record_no, raw, message FROM rejects ORDER BY record_no").fetchall()
    db.close()
    assert [row[0] for row in rows] == [1, 2, 3]
    assert not [row for row in rows if "hemmelig" in str(row) or "4711" in str(row)]
    assert rows[0][1] == "xxxxxxxxxxx 9999"
