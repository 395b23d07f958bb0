"""What a report says first: the second sentence names a cause only where it is one, and never takes silence for failure."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from sms_analytics.config import Config
from sms_analytics.report import data
from sms_analytics.report.data import Figures
from sms_analytics.report.finding import Teller
from sms_analytics.report.folding import EVERY, MOST, OTHER
from sms_analytics.report.periods import Period
from sms_analytics.report.snapshot import taken
from sms_analytics.text import labels
from sms_analytics.text.labels import Lang
from tests.messages_table import Row, database, message, utc

ZONE = "Europe/Oslo"
BEFORE = Period(utc("2026-09-27T22:00"), utc("2026-10-04T22:00"))
NOW = Period(utc("2026-10-04T22:00"), utc("2026-10-11T22:00"))
FEW = 10


def sent(period: Period, **counts: int) -> list[Row]:
    """So many messages of each outcome, `telia_no_status=3`, half an hour apart, each answered after a minute where it is answered."""
    rows = []
    begin = period.since + timedelta(hours=10)
    for key, count in counts.items():
        operator, outcome = key.split("_", 1)
        for number in range(count):
            at = begin + timedelta(minutes=number * 6600 / count)
            final = at + timedelta(minutes=1) if outcome in ("delivered", "failed") else None
            reason = "unknown_subscriber" if outcome == "failed" else None
            answered = {"final_utc": final, "final_received_utc": final, "reason": reason}
            rows.append(message(operator=operator.title(), feed=operator, outcome=outcome, submitted_utc=at, **answered))
    return rows


def figures(rows: Sequence[Row], minimum: int = FEW) -> Figures:
    """Of the period, with the one before."""
    db = database(rows)
    with taken(db, Config(), periods=[], as_of=None) as now, taken(db, Config(), periods=[], as_of=None) as then:
        return data.collected(now, then, NOW, BEFORE, minimum=minimum, zone=ZONE)


def second(rows: Sequence[Row], lang: Lang = "nb") -> str:
    return Teller(figures(rows), lang, ZONE).finding()[1].replace("\u00a0", " ")


STEADY = {"telenor_delivered": 300, "telia_delivered": 280, "telia_failed": 20}


class TestCause:
    def test_an_operator_that_failed_more_is_named(self) -> None:
        rows = [*sent(BEFORE, **STEADY), *sent(NOW, telenor_delivered=300, telia_delivered=220, telia_failed=80)]
        assert second(rows).endswith("mest fordi Telia gikk fra 93,3 % til 73,3 %.")

    def test_more_silence_is_not_called_failure(self) -> None:
        rows = [*sent(BEFORE, **STEADY), *sent(NOW, telenor_delivered=300, telia_delivered=220, telia_failed=20, telia_no_status=60)]
        told = "mest fordi flere meldinger til Telia mangler endelig status: bekreftet levert gikk fra 93,3 % til 73,3 %."
        assert second(rows).endswith(told)
        assert "more messages to Telia have no final status" in second(rows, "en")

    def test_nor_less_silence_better_delivery(self) -> None:
        rows = [*sent(BEFORE, telenor_delivered=300, telia_delivered=220, telia_failed=20, telia_no_status=60), *sent(NOW, **STEADY)]
        assert "mest fordi færre meldinger til Telia mangler endelig status" in second(rows)

    @pytest.mark.parametrize(
        ("quiet", "told"),
        [
            (NOW, "mest fordi statusmeldinger uteble en tid for 60 meldinger til Telia; de kan ha kommet fram."),
            (BEFORE, "mest fordi statusmeldinger uteble en tid i perioden før, for 60 meldinger til Telia."),
        ],
        ids=["now", "before"],
    )
    def test_an_outage_is_told_as_one(self, quiet: Period, told: str) -> None:
        usual = [row for period in (BEFORE, NOW) for row in sent(period, **STEADY)]
        first = quiet.since + timedelta(days=6, hours=6)
        silent = [message(operator="Telia", feed="telia", outcome="no_status", submitted_utc=first + timedelta(minutes=3 * n)) for n in range(60)]
        assert second([*usual, *silent]).endswith(told)

    def test_a_change_that_chance_explains_has_no_cause(self) -> None:
        rows = [*sent(BEFORE, **STEADY), *sent(NOW, telenor_delivered=300, telia_delivered=278, telia_failed=22)]
        assert "ikke større enn tilfeldigheter kan forklare" in second(rows)

    def test_another_mix_of_operators_is_told(self) -> None:
        counts = {"telia_delivered": 200, "telia_failed": 100}
        rows = [*sent(BEFORE, telenor_delivered=600, **counts), *sent(NOW, telenor_delivered=60, **counts)]
        assert second(rows).endswith("mest fordi meldingene fordelte seg annerledes på operatørene.")


def failed(reason: str, count: int) -> list[Row]:
    return [message(outcome="failed", reason=reason, reason_class="temporary", submitted_utc=NOW.since + timedelta(hours=n)) for n in range(count)]


DELIVERED = [message(submitted_utc=NOW.since + timedelta(hours=n)) for n in range(100)]


class TestReasonsInTheChart:
    def test_small_ones_stand_together_and_nothing_is_lost(self) -> None:
        rows = [*DELIVERED, *failed("memory_full", 12), *failed("network_error", 9), *failed("handset_error", 3), *failed("unspecified", 1)]
        found = figures(rows).reasons
        assert found.select("reason", "messages").rows() == [("memory_full", 12), (OTHER, 13)]
        assert found["share"].to_list() == pytest.approx([12 / 25, 13 / 25])
        assert found["share_of_sent"].sum() == pytest.approx(25 / 125)

    def test_where_all_are_small_there_are_no_others_and_a_single_one_stands(self) -> None:
        few = [*DELIVERED, *failed("memory_full", 4), *failed("network_error", 4)]
        assert figures(few).reasons["reason"].to_list() == [EVERY]
        assert figures(few, minimum=4).reasons["reason"].to_list() == ["memory_full", "network_error"]
        assert figures([*DELIVERED, *failed("memory_full", 4)]).reasons["reason"].to_list() == ["memory_full"]

    @pytest.mark.parametrize(
        ("rows", "told"),
        [
            (
                [*failed("memory_full", 12), *failed("network_error", 3)],
                "Den vanligste årsaken til at meldinger feilet, er «Telefonens minne er fullt» (12 av 15",
            ),
            ([*failed("memory_full", 4), *failed("network_error", 3)], "7 av de sendte meldingene feilet."),
            ([*failed("unspecified", 12), *failed("network_error", 11)], "For 12 av 23 feilede meldinger er det ikke oppgitt noen årsak."),
            (failed("unspecified", 7), "For ingen av de 7 feilede meldingene er det oppgitt årsak."),
            (failed("unspecified", 1), "Det er ikke oppgitt årsak for den ene meldingen som feilet."),
            ([], "Ingen sendte meldinger har feilet."),
        ],
        ids=["named", "all small", "unspecified", "none stated", "one", "no failure"],
    )
    def test_in_the_second_sentence_where_there_is_no_period_before(self, rows: list[Row], told: str) -> None:
        told = told.replace("Telefonens minne er fullt", labels.label("reason.memory_full", "nb"))
        assert second([*DELIVERED, *rows]).startswith(told)


def test_only_the_largest_send_outs_stand_by_themselves() -> None:
    sizes = {f"S{number:03}": 10 + number % 7 for number in range(150)}
    rows = [message(campaign=name, submitted_utc=NOW.since + timedelta(hours=1)) for name, size in sizes.items() for _ in range(size)]
    found = figures(rows).campaigns
    assert found.height == MOST + 1
    assert found["campaign"].to_list().index(OTHER) == MOST
    assert found["sent"].sum() == sum(sizes.values())
    assert sorted(found["sent"].head(MOST)) == sorted(sizes.values())[-MOST:]


def test_days_without_a_message_have_rows_of_their_own() -> None:
    """From the day on which the logs begin."""
    found = figures([message(submitted_utc=NOW.since + timedelta(days=2, hours=12)), message(submitted_utc=NOW.since + timedelta(days=4, hours=12))])
    assert [day.isoformat() for day in found.every_period["day"]] == [f"2026-10-{day:02}" for day in range(7, 12)]
    assert found.every_period["sent"].to_list() == [1, 0, 1, 0, 0]
    assert found.every_period["rate_confirmed"].to_list() == [1, None, 1, None, None]
    assert found.over_time.height == 2
