"""What operators are able to report: never reported is not 0."""

from datetime import datetime, timedelta

import duckdb
import pytest

from sms_analytics.questions.operator_reports import REPORTED, capabilities
from tests import kannel_log as log

START = datetime.fromisoformat("2026-03-02T08:00:00")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """300 messages to Telia, whose clock is 30 s ahead; every tenth fails, every hundredth is silent, number 5 was out of coverage for a while."""
    folder = tmp_path_factory.mktemp("operators")
    lines = []
    for number in range(300):
        at = START + timedelta(minutes=number)
        lines.append((at, log.sent(number, at, "Hei")))
        if number == 5:
            lines.append((at + timedelta(seconds=2), log.receipt(number, at + timedelta(seconds=2), "ENROUTE", "027")))
        if number % 100 != 50:
            # `kannel_log` writes the event a second before the line.
            received = at + timedelta(seconds=9)
            answer = log.receipt(number, received + timedelta(seconds=31), "UNDELIV" if number % 10 == 1 else "DELIVRD")
            lines.append((received, f"{received:%Y-%m-%d %H:%M:%S}{answer[19:]}"))
    end = START + timedelta(days=20)
    lines.append((end, log.receipt(0x70000001, end)))
    log.written(folder / "access.log", [line for _, line in sorted(lines)])
    (folder / "sms_analytics.toml").write_text('[feeds.telia1]\noperator = "Telia"\ncode_system = "map"\n')
    log.load(folder / "sms.duckdb", folder / "access.log", time_zone="UTC", config=folder / "sms_analytics.toml")
    return duckdb.connect(folder / "sms.duckdb", read_only=True)


def test_statuses_that_never_came_are_null(db: duckdb.DuckDBPyConnection) -> None:
    (row,) = capabilities(db).to_dicts()
    assert (row["operator"], row["country"], row["messages"], row["coverage"]) == ("Telia", "NO", 300, 0.99)
    assert {status: row[status] for status in REPORTED} == {
        **dict.fromkeys(REPORTED),
        "delivered": 267,
        "undelivered": 30,
        "buffered": 1,
    }


def test_how_far_the_clock_is_ahead(db: duckdb.DuckDBPyConnection) -> None:
    (row,) = capabilities(db).to_dicts()
    assert (row["clock_precision"], row["clock_off_s"]) == ("second", 30.0)


def test_as_known_before_and_of_some(db: duckdb.DuckDBPyConnection) -> None:
    early = capabilities(db, as_of="2026-03-02 09:00", zone="UTC")
    assert early.select("delivered", "clock_off_s").rows()[0][1] is None, "fewer than 200 receipts"
    assert capabilities(db, where="message_id like '%'", until="2026-03-02 08:10", zone="UTC")["delivered"].to_list() == [9]
