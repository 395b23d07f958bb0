"""The time at the start of a log line, in the shapes that programs and web servers write."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.formats.engine import log_times

NINE = datetime.fromisoformat("2026-03-18T09:14:05")
EIGHT = NINE - timedelta(hours=1)


def _read(*lines: str | None) -> list[tuple[Any, ...]]:
    return log_times.read(pl.Series(lines, dtype=pl.String)).rows()


@pytest.mark.parametrize(
    ("line", "logged", "logged_utc", "precision"),
    [
        ("2026-03-18 09:14:05 Sent", NINE, None, "second"),
        ("2026-03-18T09:14:05 Sent", NINE, None, "second"),
        ("18.03.2026 09:14:05 Sent", NINE, None, "second"),
        ("2026/03/18 09:14:05.250 info", NINE + timedelta(milliseconds=250), None, "ms"),
        ('[18/Mar/2026 09:14:05] "GET / HTTP/1.1" 200 2', NINE, None, "second"),
        ('203.0.113.9 - - [18/Mar/2026 09:14:05] "GET / HTTP/1.1" 200 -', NINE, None, "second"),
        ("[18-Mar-2026 09:14:05 Europe/Oslo] PHP Notice", NINE, None, "second"),
        ("[18-Mar-2026 09:14:05 UTC] PHP Notice", None, NINE, "second"),
        ("[Wed Mar 18 09:14:05.250 2026] [error] x", NINE + timedelta(milliseconds=250), None, "ms"),
        ("[Wed Mar 18 09:14:05 2026] 203.0.113.9:1 [200]: GET /", NINE, None, "second"),
        ("2026-03-18 09:14:05", NINE, None, "second"),
        ("[2026-03-18 09:14:05] Sent", NINE, None, "second"),
        ('{"time":"2026-03-18 09:14:05"}', NINE, None, "second"),
        ("INFO 4711 2026-03-18 09:14:05 Sent", NINE, None, "second"),
        ("2026-03-18 09:14:05.250 Sent", NINE + timedelta(milliseconds=250), None, "ms"),
        ("2026-03-18 09:14:05,25 Sent", NINE + timedelta(milliseconds=250), None, "ms"),
        ("2026-03-18 09:14:05.250000001 Sent", NINE + timedelta(milliseconds=250), None, "ms"),
        ("2026-03-18T09:14:05Z Sent", None, NINE, "second"),
        ("2026-03-18T09:14:05.5Z", None, NINE + timedelta(milliseconds=500), "ms"),
        ("2026-03-18T09:14:05+01:00 Sent", None, EIGHT, "second"),
        ("2026-03-18 09:14:05 +0100 Sent", None, EIGHT, "second"),
        ("2026-03-18 09:14:05-0530 Sent", None, NINE + timedelta(hours=5, minutes=30), "second"),
        ("<134>1 2026-03-18T08:14:05Z gw1 smppd", None, EIGHT, "second"),
        ('203.0.113.9 - - [18/Mar/2026:09:14:05 +0100] "GET /"', None, EIGHT, "second"),
        ('2001:db8::9 - kari [18/Mar/2026:09:14:05 -0000] "GET /"', None, NINE, "second"),
        # a number behind the time is no offset, and neither is a word
        ("2026-03-18 09:14:05 +4740000001 Klinikken", NINE, None, "second"),
        ("2026-03-18 09:14:05 -12345", NINE, None, "second"),
        ("2026-03-18 09:14:05 Zone", NINE, None, "second"),
        # the web server's own time goes before one in the request
        ('203.0.113.9 - - [18/Mar/2026:09:14:05 +0100] "GET /?at=2026-01-01T00:00:00Z"', None, EIGHT, "second"),
    ],
)
def test_shapes(line: str, logged: datetime | None, logged_utc: datetime | None, precision: str) -> None:
    assert _read(line) == [(logged, logged_utc, precision)]


@pytest.mark.parametrize(
    "line",
    [
        None,
        "",
        "Sent SMS",
        "Mar 18 09:14:05 gw1 smppd: no year",
        "2026-13-18 09:14:05 Sent",
        "2026-03-18 24:14:05 Sent",
        "2026-02-29 09:14:05 Sent",
        "2026-03-18 Sent",
        "2026-03-18 09:14 Sent",
        'x [18/Foo/2026:09:14:05 +0100] "GET /"',
        'x [18/Mar/2026:09:14:05] "GET /"',
        f"{'x' * 41}2026-03-18 09:14:05 too far behind the start to be the line's own",
    ],
)
def test_what_is_no_time_of_the_line_is_empty(line: str | None) -> None:
    assert _read(line) == [(None, None, None)]


@given(
    st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2100-01-01")),
    st.integers(-14 * 4, 14 * 4),
    st.sampled_from(("T", " ")),
    st.booleans(),
)
def test_a_stated_offset_counts(moment: datetime, quarters: int, between: str, colon: bool) -> None:
    hours, minutes = divmod(abs(quarters) * 15, 60)
    offset = f"{'-' if quarters < 0 else '+'}{hours:02d}{':' if colon else ''}{minutes:02d}"
    ((logged, logged_utc, precision),) = _read(f"{moment:%Y-%m-%d}{between}{moment:%H:%M:%S.%f}{offset} Sent")
    assert (logged, logged_utc, precision) == (None, moment - timedelta(minutes=15 * quarters), "ms")


@given(st.lists(st.one_of(st.text(max_size=60), st.just("2026-03-18 09:14:05 Sent"), st.just("[18/Mar/2026:09:14:05 +0100]")), max_size=6))
def test_any_text_gives_one_row_and_never_raises(lines: list[str]) -> None:
    assert _read(*lines) == [row for line in lines for row in _read(line)]
