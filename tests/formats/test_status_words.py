"""Words and sentences of portals, and the headings that they stand under."""

from pathlib import Path

import pytest

from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.formats.engine.status_words import meanings

DANISH = """Modtager;Afsendt;Status
+4540000001;18-03-2026 09:14;Modtaget
+4540000002;18-03-2026 09:14;Afsendt
+4540000003;18-03-2026 09:14;Ikke Leveret
+4540000004;18-03-2026 09:14;På vej
+4540000005;18-03-2026 09:14;Ikke udsendt
"""


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("Modtaget", "delivered"),
        ("Ikke Leveret", "undelivered"),
        ("På vej", "submitted"),
        ("Ikke udsendt", "rejected"),
        ("Levererat", "delivered"),
        ("Ej levererat", "undelivered"),
        ("Meddelandet har levererats", "delivered"),
        ("Toimitettu", "delivered"),
        ("Epäonnistui", "undelivered"),
        ("Viesti on toimitettu", "delivered"),
        ("Ikkje levert", "undelivered"),
        ("Meldingen er levert", "delivered"),
        ("Meldingen ble ikke levert", "undelivered"),
        ("Levert 18.03.2026 kl. 09:15", "delivered"),
        ("Message has been accepted by phone carrier", "accepted"),
        ("Message has been accepted by phone", "delivered"),
        ("The message was not delivered", "undelivered"),
        ("SMS delivered to handset.", "delivered"),
        ("Delivered, not confirmed", "unrecognised"),
        ("Not a word of ours", "unrecognised"),
    ],
)
def test_what_words_say(written: str, status: str) -> None:
    assert meanings([written], {})[0].status == status


def test_what_stands_behind_a_failure_is_its_reason() -> None:
    found = meanings(["Feilet: telefonen er slått av", "Failed (unknown subscriber)", "Ej levererat - numret används inte", "Failed: 17"], {})
    assert [(says.status, says.reason) for says in found] == [
        ("undelivered", "absent_subscriber"),
        ("undelivered", "unknown_subscriber"),
        ("undelivered", "unknown_subscriber"),
        ("undelivered", None),
    ]


def test_words_of_the_configuration_win() -> None:
    assert [says.status for says in meanings(["modtaget", "Bom"], {"Modtaget": "accepted", "Bom": "undelivered"})] == ["accepted", "undelivered"]


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        (DANISH, {"delivered": 1, "failed": 2, "awaiting_status": 2}),
        (
            "Mottagare;Skickat;Status\n+46700000001;2026-03-18 09:14;Levererat\n+46700000002;2026-03-18 09:14;Ej levererat\n",
            {"delivered": 1, "failed": 1},
        ),
        (
            "Vastaanottaja;Lähetetty;Tila\n+358400000001;18.3.2026 09:14;Toimitettu\n+358400000002;18.3.2026 09:14;Odottaa\n",
            {"delivered": 1, "awaiting_status": 1},
        ),
    ],
)
def test_headings_of_nordic_portals(tmp_path: Path, text: str, outcomes: dict[str, int]) -> None:
    (tmp_path / "rapport.csv").write_text(text, "utf-8")
    assert loader.load(str(tmp_path / "rapport.csv"), db=tmp_path / "sms.duckdb", time_zone="Europe/Copenhagen").faults == []
    with store.connect(tmp_path / "sms.duckdb") as connection:
        assert dict(connection.sql("SELECT outcome, count(*) FROM messages GROUP BY outcome").fetchall()) == outcomes
        assert connection.sql("SELECT DISTINCT submitted_utc::VARCHAR FROM messages").fetchall() == [("2026-03-18 08:14:00",)]
