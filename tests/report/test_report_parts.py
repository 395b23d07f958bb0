"""Periods, numbers in words, and colours of reports, and the command that writes them."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.cli import main
from sms_analytics.errors import UsageError
from sms_analytics.report import brand, periods, written
from sms_analytics.report.periods import Period
from sms_analytics.text.labels import Lang
from tests.messages_table import utc
from tests.small_database import loaded

ZONE = "Europe/Oslo"
TODAY = date(2026, 11, 22)


class TestPeriods:
    @pytest.mark.parametrize(
        ("name", "first", "end"),
        [
            ("last-week", "2026-11-09", "2026-11-16"),
            ("last-month", "2026-10-01", "2026-11-01"),
            ("2026-10", "2026-10-01", "2026-11-01"),
            ("2026-12", "2026-12-01", "2027-01-01"),
            ("2026-W41", "2026-10-05", "2026-10-12"),
            ("2026", "2026-01-01", "2027-01-01"),
        ],
    )
    def test_names(self, name: str, first: str, end: str) -> None:
        assert periods.named(name, TODAY) == (date.fromisoformat(first), date.fromisoformat(end))

    @pytest.mark.parametrize("name", ["", "october", "2026-13", "2026-W54", "26-10", "last-year", "9999"])
    def test_what_is_no_name(self, name: str) -> None:
        with pytest.raises(UsageError, match="is no period"):
            periods.named(name, TODAY)

    def test_days_are_those_of_the_zone(self) -> None:
        found = periods.asked(None, None, "2026-10", today=TODAY, zone=ZONE)
        assert found == Period(utc("2026-09-30T22:00"), utc("2026-10-31T23:00"))

    @pytest.mark.parametrize(
        ("period", "first"),
        [
            (("2026-10-01", "2026-11-01"), "2026-08-31T22:00"),  # September, though it has 30 days
            (("2026-01-01", "2027-01-01"), "2024-12-31T23:00"),
            (("2026-10-26", "2026-11-02"), "2026-10-18T22:00"),  # summer time ends in between
            (("2026-10-05", "2026-10-12"), "2026-09-27T22:00"),
            (("2026-10-10 12:00", "2026-10-10 18:00"), "2026-10-10T04:00"),
        ],
    )
    def test_the_one_before(self, period: tuple[str, str], first: str) -> None:
        found = periods.asked(*period, None, today=TODAY, zone=ZONE)
        assert found is not None
        assert periods.before(found, ZONE) == Period(utc(first), found.since)

    def test_an_end_that_is_left_out_is_today_and_a_begin_the_first_message(self) -> None:
        assert periods.asked("2026-11-20", None, None, today=TODAY, zone=ZONE) == Period(utc("2026-11-19T23:00"), utc("2026-11-22T23:00"))
        first = date(2026, 9, 28)
        found = periods.asked(None, "2026-10-05", None, today=TODAY, zone=ZONE, first=lambda: first)
        assert found == Period(utc("2026-09-27T22:00"), utc("2026-10-04T22:00"))

    def test_last_week_counts_from_as_of(self) -> None:
        assert periods.today(utc("2026-10-11T22:30"), ZONE) == date(2026, 10, 12)


class TestWritten:
    @pytest.mark.parametrize(
        ("value", "nb", "en"),
        [
            (0.4, "under 1 s", "under 1 s"),
            (1.5, "1,5 s", "1.5 s"),
            (80, "1 min 20 s", "1 min 20 s"),
            (7500, "2 t 5 min", "2 h 5 min"),
            (None, "–", "–"),
        ],
    )
    def test_lengths_of_time(self, value: float | None, nb: str, en: str) -> None:
        assert [written.seconds(value, lang).replace("\u00a0", " ") for lang in ("nb", "en")] == [nb, en]

    @pytest.mark.parametrize(
        ("first", "last", "nb", "en"),
        [
            ("2026-01-01", "2026-12-31", "2026", "2026"),
            ("2026-10-01", "2026-10-31", "oktober 2026", "October 2026"),
            ("2026-10-05", "2026-10-11", "5.–11. oktober 2026", "5–11 October 2026"),
            ("2026-09-28", "2026-10-04", "28. september – 4. oktober 2026", "28 September – 4 October 2026"),
            ("2025-12-29", "2026-01-04", "29. desember 2025 – 4. januar 2026", "29 December 2025 – 4 January 2026"),
            ("2026-10-05", "2026-10-05", "5. oktober 2026", "5 October 2026"),
        ],
    )
    def test_days(self, first: str, last: str, nb: str, en: str) -> None:
        days = date.fromisoformat(first), date.fromisoformat(last)
        assert [written.days(*days, lang) for lang in ("nb", "en")] == [nb, en]

    def test_signs_are_minus_signs(self) -> None:
        assert [written.points(value, "nb") for value in (0.0123, -0.0123, 0.0)] == ["+1,2", "\u22121,2", "0,0"]
        assert written.change_of_count(1400, 1330, "nb") == "\u22125,0\u00a0%"
        assert written.change_of_count(0, 5, "nb") == "–"

    @pytest.mark.parametrize("lang", ["nb", "en"])
    def test_times_are_local(self, lang: Lang) -> None:
        assert written.moment(utc("2026-10-25T01:30"), ZONE, lang) == {"nb": "25. okt. 2026 02:30", "en": "25 Oct 2026 02:30"}[lang]


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), st.sampled_from([brand.LIGHT_PAPER, brand.DARK_PAPER]))
def test_every_colour_is_made_readable(colour: str, paper: str) -> None:
    assert brand.contrast(brand.readable(colour, paper), paper) >= 4.5


def test_a_readable_colour_stays_as_it_is() -> None:
    assert brand.readable("#0b5394", brand.LIGHT_PAPER) == "#0b5394"
    assert brand.contrast("#000000", "#ffffff") == pytest.approx(21)


class TestCommand:
    def test_names_its_files_and_says_the_rest_elsewhere(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path, _ = loaded(tmp_path)
        out = tmp_path / "reports"
        arguments = ["report", "--db", str(path), "--account", "all", "--period", "2026-10", "--format", "html", "--lang", "en", "--out", str(out)]
        assert main([*arguments, "--as-of", "2026-11-02"]) == 0
        said = capsys.readouterr()
        names = [Path(line).name for line in said.out.splitlines()]
        assert names == [f"2026-10_delivery-report_{account}_en.html" for account in ("bank1", "klinikk1")]
        assert sorted(file.name for file in out.iterdir()) == sorted(names)
        assert "messages have no account and are in no report" in said.err

    def test_exit_codes(self, tmp_path: Path) -> None:
        path, _ = loaded(tmp_path)
        start = ["report", "--db", str(path), "--format", "html", "--out", str(tmp_path / "out")]
        assert main([*start, "--period", "2025"]) == 4
        assert main([*start, "--period", "soon"]) == 2
        assert main(["report", "--db", str(tmp_path / "none.duckdb")]) == 3
        (tmp_path / "out").write_text("a file stands where the folder should", "utf-8")
        assert main([*start, "--period", "2026-10"]) == 2
