"""Times as they are written: digits alone are told apart by length, years and column, and never guessed."""

from datetime import datetime

import polars as pl
import pytest

from sms_analytics.formats.engine import digit_times, written_times


def _read(*texts: str) -> list[tuple[str | None, str | None, str | None]]:
    rows = written_times.read(pl.Series(texts, dtype=pl.String)).rows()
    return [(local and str(local), utc and str(utc), precision) for local, utc, precision in rows]


@pytest.mark.parametrize(
    ("text", "local", "utc", "precision"),
    [
        ("2603180914", "2026-03-18 09:14:00", None, "minute"),
        ("260318091405", "2026-03-18 09:14:05", None, "second"),
        ("202603180914", "2026-03-18 09:14:00", None, "minute"),
        ("20260318091405", "2026-03-18 09:14:05", None, "second"),
        ("20260318091405123", "2026-03-18 09:14:05.123000", None, "ms"),
        ("20260318091405Z", None, "2026-03-18 09:14:05", "second"),
        ("2603180914 Z", None, "2026-03-18 09:14:00", "minute"),
        ("20260318091405+0100", None, "2026-03-18 08:14:05", "second"),
        ("202603180914 +01:00", None, "2026-03-18 08:14:00", "minute"),
        ("20080831T15:59:24", "2008-08-31 15:59:24", None, "second"),
        ("20080831T155924Z", None, "2008-08-31 15:59:24", "second"),
        ("20260318 09:14", "2026-03-18 09:14:00", None, "minute"),
        ("20260318:091405", "2026-03-18 09:14:05", None, "second"),
        ("2026-03-18 09:14:05 Z", None, "2026-03-18 09:14:05", "second"),
        ("1773821645", None, "2026-03-18 08:14:05", "second"),
        ("1773821645.5", None, "2026-03-18 08:14:05.500000", "ms"),
        ("1773821645123", None, "2026-03-18 08:14:05.123000", "ms"),
        ("1773821645123456", None, "2026-03-18 08:14:05.123456", "ms"),
        ("260318081405004+", None, "2026-03-18 07:14:05", "second"),
        ("46099.5", "2026-03-18 12:00:00", None, "second"),
    ],
)
def test_one_text_is_one_time(text: str, local: str | None, utc: str | None, precision: str) -> None:
    assert _read(text) == [(local, utc, precision)]


@pytest.mark.parametrize(
    "text",
    ["7601010000", "2907311208123", "52010100000", "946684799", "19991231235959", "20411231235959", "20260231091405", "0", "26031809", "99999"],
)
def test_what_is_of_no_year_from_2000_to_2040_is_no_time(text: str) -> None:
    assert _read(text) == [(None, None, None)]


def test_ten_digits_that_fit_two_ways_follow_their_column() -> None:
    """1907311208 is 31 July 2019 12:08, or a moment in June 2030 in Unix seconds."""
    date, epoch = ("2019-07-31 12:08:00", None, "minute"), (None, "2030-06-10 08:40:08", "second")
    assert _read("1907311208") == [(None, None, None)]
    assert _read("1907311208", "2603180914")[0] == date
    assert _read("1907311208", "1773821645")[0] == epoch
    assert _read("1907311208", "1907311209", "1907311210")[0] == date
    assert _read("1907311208", "2603180914", "1773821645") == [
        (None, None, None),
        ("2026-03-18 09:14:00", None, "minute"),
        (None, "2026-03-18 08:14:05", "second"),
    ]


def test_twelve_digits_that_fit_two_ways_follow_their_column() -> None:
    """201011121314 is 12 November 2010 13:14, or 11 October 2020... 12:13:14."""
    assert _read("201011121314") == [(None, None, None)]
    assert _read("201011121314", "202603180914")[0] == ("2010-11-12 13:14:00", None, "minute")
    assert _read("201011121314", "260318091405")[0] == ("2020-10-11 12:13:14", None, "second")


def test_dates_of_receipts_have_two_digit_years_where_that_is_a_date() -> None:
    read = written_times.read(pl.Series(["1907311208", "201011121314", "1773821645"]), written_times.OF_RECEIPTS)
    assert read["local"].to_list() == [datetime.fromisoformat("2019-07-31T12:08"), datetime.fromisoformat("2020-10-11T12:13:14"), None]
    assert read["utc"].to_list() == [None, None, datetime.fromisoformat("2026-03-18T08:14:05")]


def test_what_fits_two_ways_can_be_told() -> None:
    assert [digit_times.fits_two(text) for text in ("1907311208", "201011121314", "2603180914", "hei")] == [True, True, False, False]
