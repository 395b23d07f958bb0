"""The report of one send-out, and what only the sender of a report gets: named after it, joined where asked, with an appendix where asked."""

from datetime import timedelta
from math import hypot
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import pypdf
import pytest

from sms_analytics import config
from sms_analytics.config import Config
from sms_analytics.questions import metrics
from sms_analytics.questions.waits import latency
from sms_analytics.report import data, more_tables, tables, trend, written
from sms_analytics.report.compose import Subject, document
from sms_analytics.report.data import Figures
from sms_analytics.report.files import Wanted, run
from sms_analytics.report.finding import Teller
from sms_analytics.report.origin import Origin
from sms_analytics.report.periods import Period
from sms_analytics.report.snapshot import taken
from sms_analytics.text import labels
from tests.messages_table import Row, database, message, utc
from tests.report.read_report import CONFIG, Report

ZONE: Final = "Europe/Oslo"
WEEK: Final[dict[str, Any]] = {"since": "2026-10-12", "until": "2026-10-19"}


@pytest.fixture(scope="module")
def sending(db: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, tuple[str, ...]]:
    wanted = Wanted(campaign="B42", lang="nb", out=tmp_path_factory.mktemp("sending"))
    done = run(db, wanted, config.read(CONFIG))
    return Report({path.suffix[1:]: path for path in done.files}), done.remarks


class TestSendOut:
    def test_it_is_named_after_the_send_out_and_its_customer(self, sending: tuple[Report, tuple[str, ...]]) -> None:
        found, _ = sending
        assert found.files["pdf"].name == "2026-10-16_leveringsrapport_provebanken_faktura-oktober_nb.pdf"
        assert "Rapport for utsendelse Faktura oktober Prøvebanken · 16. oktober 2026" in found.html

    def test_how_far_and_how_soon_its_messages_came(self, db: duckdb.DuckDBPyConnection, sending: tuple[Report, tuple[str, ...]]) -> None:
        found, _ = sending
        rates = metrics.rates(db, campaign="B42").row(0, named=True)
        answered = rates["delivered"] + rates["partly_confirmed"] + rates["failed"]
        rows = {line[0]: line[1:] for line in found.sheets["Fra bestilt til levert"] if line[0]}
        counts = {"Bestilt": rates["messages"], "Sendt": rates["sent"], "Fikk endelig status": answered, "Bekreftet levert": rates["delivered"]}
        assert {name: int(rows[name][0]) for name in counts} == counts
        assert float(rows["Bekreftet levert"][1]) == pytest.approx(rates["delivered"] / rates["messages"])
        assert float(rows["Bekreftet levert"][2]) == pytest.approx(rates["delivered"] / answered)
        soon = latency(db, campaign="B42").filter(pl.col("clock") == "phone")["share_1m"].item()
        minute = next(line[1] for line in found.sheets["Hvor fort meldingene kom fram"] if line[0] == written.seconds(60, "nb"))
        assert float(minute) == pytest.approx(soon, abs=0.02)

    def test_messages_without_its_name_are_offered_and_joined(
        self, db: duckdb.DuckDBPyConnection, sending: tuple[Report, tuple[str, ...]], tmp_path: Path
    ) -> None:
        _, remarks = sending
        ((unnamed, named),) = db.sql(
            """
            with hours as (
                select distinct account, sender, date_trunc('hour', submitted_utc) as hour from messages where campaign = 'B42'
            )
            select count(*) filter (campaign is null), count(*) filter (campaign = 'B42')
            from messages
            join hours on hours.account = messages.account and hours.sender is not distinct from messages.sender
                and hours.hour = date_trunc('hour', submitted_utc)
            """
        ).fetchall()
        assert unnamed > 0
        assert any(f"{unnamed} meldinger fra samme konto, avsender og time" in remark and "--join-unnamed" in remark for remark in remarks)
        wanted = Wanted(campaign="B42", lang="nb", out=tmp_path, formats=("xlsx",), join_unnamed=True)
        done = run(db, wanted, config.read(CONFIG))
        rows = {line[0]: line[1:] for line in Report({"xlsx": done.files[0]}).sheets["Fra bestilt til levert"] if line[0]}
        assert int(rows["Bestilt"][0]) == named + unnamed
        assert not any("--join-unnamed" in remark for remark in done.remarks)

    def test_no_letter_of_the_pdf_is_smaller_than_eight_and_a_half_points(self, sending: tuple[Report, tuple[str, ...]]) -> None:
        found, _ = sending
        sizes: set[float] = set()

        def seen(text: str, matrix: list[float], text_matrix: list[float], _font: object, size: float) -> None:
            if text.strip():
                sizes.add(round(size * hypot(*text_matrix[:2]) * hypot(*matrix[:2]), 2))

        for page in pypdf.PdfReader(found.files["pdf"]).pages:
            page.extract_text(visitor_text=seen)
        assert sizes
        assert min(sizes) >= 8.4

    def test_numbers_to_take_off_have_a_sheet(self, db: duckdb.DuckDBPyConnection, sending: tuple[Report, tuple[str, ...]]) -> None:
        found, _ = sending
        lasting = db.sql(
            "select count(distinct recipient) from messages where campaign = 'B42' and outcome = 'failed' and reason_class = 'permanent'"
        )
        rows = found.sheets["Numre å ta av listen"]
        assert len(rows) > 3
        assert len(rows) - 3 <= lasting.fetchall()[0][0]
        assert all("•" in row[0] for row in rows[3:])


class TestForTheSender:
    def test_files_loads_and_unread_words_only_with_internal(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        told = []
        for internal in (False, True):
            wanted = Wanted(account="bank1", lang="nb", out=tmp_path / str(internal), internal=internal, **WEEK)
            done = run(db, wanted, config.read(CONFIG))
            told.append(Report({path.suffix[1:]: path for path in done.files}))
        customer, sender = told
        for name in ("access.log-2026-10-12.zst", "til og med innlasting nummer", "Filer i rapporten"):
            for ours, theirs in ((sender.html, customer.html), (sender.pdf, customer.pdf), (sender.cells, customer.cells)):
                assert name in ours
                assert name not in theirs

    def test_messages_of_no_account_are_told_beside_the_report_of_all(self, db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        done = run(db, Wanted(lang="nb", out=tmp_path, formats=("xlsx",), compare="none", **WEEK), config.read(CONFIG))
        nobodys = metrics.rates(db, where="account is null", **WEEK).row(0, named=True)
        count = nobodys["messages"] + nobodys["receipts_only"]
        assert any(remark.startswith(f"{count} meldinger har ingen konto") for remark in done.remarks)
        customers = {line[0]: line for line in Report({"xlsx": done.files[0]}).sheets["Per kunde"] if line[0]}
        assert {"Eksempelklinikken", "Prøvebanken", "Testavisen", "Sum"} <= set(customers)


NOW = Period(utc("2026-10-04T22:00"), utc("2026-10-11T22:00"))


def figures(rows: list[Row], period: Period = NOW, **kinds: bool) -> Figures:
    with taken(database(rows), Config(), periods=[period], as_of=None) as now:
        return data.collected(now, None, period, None, minimum=10, zone=ZONE, **kinds)


def at(hours: int, count: int = 1, **columns: Any) -> list[Row]:
    return [message(submitted_utc=NOW.since + timedelta(hours=hours, minutes=n % 60), **columns) for n in range(count)]


class TestPageOne:
    def test_no_day_before_the_logs_begin_and_it_says_when(self) -> None:
        found = figures([*at(75, 20), *at(130, 20)])
        assert [day.isoformat() for day in found.every_period["day"]] == [f"2026-10-{day:02}" for day in range(8, 12)]
        assert "Loggene begynner 8. oktober 2026. Det finnes ingen tall fra før det." in Teller(found, "nb", ZONE).warnings()

    def test_a_warning_about_one_message_in_many_is_for_the_sender(self) -> None:
        nothing = Origin(pl.DataFrame({"rejected": [0]}), 1, 0)
        few, many = ([*at(1, 500), *at(2, count, outcome="unrecognised")] for count in (2, 40))
        assert Teller(figures(few), "nb", ZONE).warnings() == ()
        assert "2 meldinger fikk en status med et ord vi ikke kjenner" in " ".join(Teller(figures(few), "nb", ZONE).notes(nothing))
        assert "40 meldinger fikk en status" in " ".join(Teller(figures(many), "nb", ZONE).warnings())

    def test_the_chart_follows_the_volume(self) -> None:
        long = Period(utc("2026-09-06T22:00"), utc("2026-10-04T22:00"))
        daily = [message(submitted_utc=long.since + timedelta(days=day, minutes=n)) for day in range(28) for n in range(60)]
        days = figures(daily, long).trend
        assert days is not None
        assert (days.kind, days.frame.height) == ("days", 28)
        few = [message(submitted_utc=NOW.since - timedelta(days=7 * week) + timedelta(days=2, minutes=n)) for week in range(5) for n in range(70)]
        weeks = figures(few).trend
        assert weeks is not None
        assert (weeks.kind, weeks.unit, weeks.earlier) == ("rates", "week", True)
        assert weeks.frame["sent"].to_list() == [70] * 4
        assert figures(at(1, 20)).trend is None

    def test_outages_are_marked(self) -> None:
        days = pl.date_range(NOW.since.date(), NOW.until.date(), eager=True)
        chart = trend.Trend("rates", metrics.rates(database(at(1, 60)), by="day"), "day")
        outage = pl.DataFrame({"start_utc": [NOW.since + timedelta(hours=1)], "end_utc": [NOW.since + timedelta(hours=3)]})
        found = trend.picture(chart, outage, ZONE, "nb")
        assert len(days) > 1
        assert found.spec["layer"][-1]["data"]["values"] == [{"outage": "2026-10-05T02:00"}]
        assert any("5. okt. 2026 01:00–03:00" in note for note in found.notes)


class TestMoney:
    def test_costs_per_send_out_and_part(self) -> None:
        priced = {"price": 0.5, "charge": "cost"}
        rows = [*at(1, 10, campaign="A", parts=2, **priced), *at(2, 10, campaign="B", outcome="failed", reason="memory_full", **priced)]
        rows += at(3, 10, campaign="A", price=9.0, charge="premium")
        found = figures(rows).costs
        assert found["campaign"].to_list() == ["A", "B", None]
        assert found["priced"].to_list() == [10, 10, 20]
        assert found["cost"].to_list() == [5, 5, 10]
        assert found["cost_per_part"].to_list() == [0.25, 0.5, pytest.approx(1 / 3)]
        assert found["cost_per_confirmed"].to_list() == [0.5, None, 1.0]
        table = more_tables.costs(found, "nb")
        assert table.rows[-1][:4] == ("Sum", 20, 30, 10)


def test_customers_by_month() -> None:
    rows = [
        message(account=account, submitted_utc=utc(f"2026-{month:02}-15T08:00"), outcome=outcome)
        for account, month, outcome, count in (("A", 1, "delivered", 3), ("A", 2, "failed", 1), ("B", 2, "delivered", 4))
        for _ in range(count)
    ]
    sent, confirmed = more_tables.months(metrics.rates(database(rows), by="account,month"), "en")
    assert [column.heading for column in sent.columns] == ["Customer", "Jan 2026", "Feb 2026", "Total"]
    assert sent.rows == (("A", 3, 1, 4), ("B", 0, 4, 4), ("Total", 3, 5, 8))
    assert confirmed.rows == (("A", 1, 0), ("B", None, 1), ("Total", 1, 0.8))


def test_what_was_never_reported_is_no_nought() -> None:
    frame = pl.DataFrame({"operator": ["Telia"], "country": ["NO"], "messages": [50], "delivered": [48], "undelivered": [2]})
    told = more_tables.capabilities(frame.with_columns(expired=None, rejected=None, buffered=None), 10, "nb")
    words = labels.labels("status", "nb")
    ((_, _, reports, never),) = told.rows
    assert reports == f"{words['delivered']}, {words['undelivered']}"
    assert never == ", ".join(words[status] for status in ("expired", "rejected", "buffered"))


def test_a_table_without_a_group_of_its_own_has_shares() -> None:
    found = figures(at(1, 5))
    table = tables.of_groups(found.listed["operator"], "operator", found.total, "nb")
    assert table.rows[0][0] == "Telenor"
    assert table.rows[0][5] == 1.0
    made = document(
        found, Origin(pl.DataFrame(), 1, 0), Subject(None, None), Config(), lang="nb", zone=ZONE, compared=False, masked=True, messages=None
    )
    assert made.appendix == ()
    assert made.customer == "Alle kunder"
