"""One message, one row, whatever logs speak of it: submissions and receipts that lie in two logs, under two names, or without any."""

import itertools
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sms_analytics.commands import loader
from sms_analytics.commands.remapping import remap
from sms_analytics.commands.unloading import unload
from sms_analytics.database import store
from sms_analytics.questions import metrics
from tests import kannel_log as log

START = datetime.fromisoformat("2026-03-18T08:00:00")
CREATED = "Message ID;Recipient;Sent\n"


def vendor_id(number: int) -> str:
    """An id that tells: 16 hexadecimal digits that lie far apart."""
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016X}"


def word(number: int) -> str | None:
    """What the vendor says of message `number`: of ten eight are delivered, one fails, one stays silent."""
    return {0: None, 5: "failed"}.get(number % 10, "delivered")


def callbacks(numbers: range, *, id_of: Any = vendor_id) -> list[str]:
    """Vonage's callbacks as a web server logs them."""
    return [
        f'203.0.113.9 - - [{START + timedelta(seconds=7 * number + 20):%d/%b/%Y:%H:%M:%S} +0000] "GET /dlr?msisdn={log.recipient(number)[1:]}'
        f"&to=Klinikken&network-code=24201&messageId={id_of(number)}&price=0.05000000&status={word(number)}&scts=2603180914"
        f"&err-code={0 if word(number) == 'delivered' else 4}&message-timestamp={START + timedelta(seconds=7 * number + 15):%Y-%m-%d+%H%%3A%M%%3A%S}"
        ' HTTP/1.1" 200 0 "-" "Nexmo/MessagingHUB/v1.0"'
        for number in numbers
        if word(number)
    ]


def table(numbers: range, *, id_of: Any = vendor_id) -> str:
    return CREATED + "".join(
        f"{id_of(number)};{log.recipient(number)};{START + timedelta(seconds=7 * number):%Y-%m-%d %H:%M:%S}\n" for number in numbers
    )


def outcomes(db: Path) -> dict[str, int]:
    return Counter(row["outcome"] for row in log.messages(db))


def feeds(db: Path) -> dict[str, dict[str, Any]]:
    return {row["feed"]: row for row in log.rows(db, "FROM feeds")}


def counted(db: Path) -> dict[str, int]:
    """Messages, sent, delivered and failed of `rates`."""
    with store.connect(db) as connection:
        row = metrics.rates(connection).row(0, named=True)
    return {name: row[name] for name in ("messages", "sent", "delivered", "failed")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


def test_a_table_of_submissions_and_a_vendors_callbacks_are_one_message_each(folder: Path) -> None:
    numbers = range(1, 2501)
    (folder / "logs" / "sent.csv").write_text(table(numbers))
    log.written(folder / "logs" / "web.log", callbacks(numbers))
    report = log.load(folder / "two.duckdb", folder / "logs", time_zone="UTC")
    log.load(folder / "one.duckdb", folder / "logs", time_zone="UTC", feed="one")
    assert len(log.messages(folder / "two.duckdb")) == 2500
    assert outcomes(folder / "two.duckdb") == outcomes(folder / "one.duckdb") == {"delivered": 2000, "failed": 250, "awaiting_status": 250}
    assert counted(folder / "two.duckdb") == {"messages": 2500, "sent": 2500, "delivered": 2000, "failed": 250}
    known = feeds(folder / "two.duckdb")
    assert (known["vonage"]["answers"], known["vonage"]["receipts_only"], known["vonage"]["undecided"]) == (["table"], False, False)
    assert "2250 of 2250 receipt ids are submissions of table" in known["vonage"]["answers_evidence"]
    assert len([warning for warning in report.warnings if "vonage" in warning and "table" in warning]) == 1


def test_what_is_known_is_told_once(folder: Path) -> None:
    (folder / "logs" / "sent.csv").write_text(table(range(1, 101)))
    log.written(folder / "logs" / "web.log", callbacks(range(1, 101)))
    db = folder / "sms.duckdb"
    assert any("vonage" in warning for warning in log.load(db, folder / "logs", time_zone="UTC").warnings)
    log.written(folder / "more.log", callbacks(range(101, 121)))
    assert not any("answers" in warning or "svarer" in warning for warning in log.load(db, folder / "more.log", time_zone="UTC").warnings)


@pytest.mark.parametrize("order", list(itertools.permutations(["sent.csv", "first.log", "second.log"])))
def test_the_order_of_loading_does_not_matter(folder: Path, order: tuple[str, ...]) -> None:
    (folder / "sent.csv").write_text(table(range(1, 61)))
    log.written(folder / "first.log", callbacks(range(1, 31)))
    log.written(folder / "second.log", callbacks(range(31, 61)))
    db = folder / "sms.duckdb"
    for name in order:
        log.load(db, folder / name, time_zone="UTC")
    assert outcomes(db) == {"delivered": 48, "failed": 6, "awaiting_status": 6}
    assert feeds(db)["vonage"]["answers"] == ["table"]


def test_the_configuration_decides_and_remap_applies_it(folder: Path) -> None:
    (folder / "sent.csv").write_text(table(range(1, 41)))
    log.written(folder / "web.log", callbacks(range(1, 41)))
    db, settings = folder / "sms.duckdb", folder / "sms_analytics.toml"
    log.load(db, folder / "sent.csv", folder / "web.log", time_zone="UTC")
    assert len(log.messages(db)) == 40
    settings.write_text("[feeds.vonage]\nanswers = []\n")
    remap(db=db, config=settings)
    assert len(log.messages(db)) == 40 + 36
    assert (feeds(db)["vonage"]["answers"], feeds(db)["vonage"]["receipts_only"]) == ([], True)
    settings.write_text('[feeds.Vonage]\nanswers = ["Table"]\n')
    remap(db=db, config=settings)
    assert outcomes(db) == {"delivered": 32, "failed": 4, "awaiting_status": 4}


def test_unloading_the_submissions_leaves_receipts_alone(folder: Path) -> None:
    (folder / "sent.csv").write_text(table(range(1, 41)))
    log.written(folder / "web.log", callbacks(range(1, 41)))
    db = folder / "sms.duckdb"
    log.load(db, folder / "sent.csv", folder / "web.log", time_zone="UTC")
    unload(1, db=db)
    assert feeds(db)["vonage"]["receipts_only"]
    assert len(log.messages(db)) == 36
    log.load(db, folder / "sent.csv", time_zone="UTC")
    assert len(log.messages(db)) == 40


def connection(name: str, kind: str, number: int) -> str:
    """A line of Kannel's about message `number`, over the connection `name`; without a name none is given."""
    at = log.START + timedelta(seconds=7 * number)
    line = log.sent(number, at) if kind == "sent" else log.receipt(number, at + timedelta(seconds=20))
    return line.replace(f"{number:08X}", vendor_id(number)).replace("[SMSC:telia1]", f"[SMSC:{name}]")


def test_a_transmitter_and_two_receivers(folder: Path) -> None:
    lines = [connection("tx", "sent", number) for number in range(1, 61)]
    lines += [connection(("rx1", "rx2")[number % 2], "answered", number) for number in range(1, 61)]
    log.load(folder / "sms.duckdb", log.written(folder / "access.log", lines))
    assert outcomes(folder / "sms.duckdb") == {"delivered": 60}
    known = feeds(folder / "sms.duckdb")
    assert [known[name]["answers"] for name in ("rx1", "rx2", "tx")] == [["tx"], ["tx"], []]
    assert {row["feed"] for row in log.messages(folder / "sms.duckdb")} == {"tx"}


def test_the_case_of_a_feeds_name_does_not_count(folder: Path) -> None:
    lines = [connection("Telia1", "sent", number) for number in range(1, 11)]
    lines += [connection("telia1", "answered", number) for number in range(1, 9)]
    log.load(folder / "sms.duckdb", log.written(folder / "access.log", lines))
    assert outcomes(folder / "sms.duckdb") == {"delivered": 8, "awaiting_status": 2}
    assert list(feeds(folder / "sms.duckdb")) == ["Telia1"]
    # Of which there are more now: the other spelling, whatever was loaded first.
    log.load(folder / "sms.duckdb", log.written(folder / "more.log", [connection("telia1", "sent", number) for number in range(11, 16)]))
    assert list(feeds(folder / "sms.duckdb")) == ["telia1"]
    assert len(log.messages(folder / "sms.duckdb")) == 15


def test_nameless_lines_beside_named_ones(folder: Path) -> None:
    lines = [connection(("telia1", "telenor1", "ice1")[number % 3], "sent", number) for number in range(1, 61)]
    lines += [connection("", "answered", number) for number in range(1, 61)]
    log.load(folder / "sms.duckdb", log.written(folder / "access.log", lines))
    assert outcomes(folder / "sms.duckdb") == {"delivered": 60}


def test_receipts_of_three_connections_in_one_log(folder: Path) -> None:
    """40, 35 and 25 % of the ids come from three connections: none of them has half."""
    owners = ["telia1"] * 40 + ["telenor1"] * 35 + ["ice1"] * 25
    lines = [connection(owner, "sent", number) for number, owner in enumerate(owners, start=1)]
    lines += [connection("lookupd", "answered", number) for number in range(1, 101)]
    log.load(folder / "sms.duckdb", log.written(folder / "access.log", lines))
    assert outcomes(folder / "sms.duckdb") == {"delivered": 100}
    assert feeds(folder / "sms.duckdb")["lookupd"]["answers"] == ["ice1", "telenor1", "telia1"]


def test_counters_that_overlap_by_chance_are_not_joined(folder: Path) -> None:
    """Both connections count from 1; each has its own receipts but for the first thirty of one, whose submissions lie in no log."""
    lines = [connection("telia1", kind, number).replace(vendor_id(number), str(number)) for number in range(1, 61) for kind in ("sent", "answered")]
    lines += [
        connection("ice1", kind, number).replace(vendor_id(number), str(number)).replace(log.recipient(number), log.recipient(number + 500))
        for number in range(1, 61)
        for kind in ("sent", "answered")
        if not (kind == "sent" and number <= 30)
    ]
    log.load(folder / "sms.duckdb", log.written(folder / "access.log", lines))
    known = feeds(folder / "sms.duckdb")
    assert (known["ice1"]["answers"], known["ice1"]["undecided"]) == ([], False)
    assert len(log.messages(folder / "sms.duckdb")) == 120


def test_ones_own_table_beside_the_gateways_log(folder: Path) -> None:
    own = CREATED + "".join(
        f"{vendor_id(number)};{log.recipient(number)};{log.START + timedelta(seconds=7 * number - 1):%Y-%m-%d %H:%M:%S}\n" for number in range(1, 51)
    )
    (folder / "sent.csv").write_text(own.replace("Message ID;", "Kampanje;Message ID;").replace("\n", "\nvaar;", 50).replace("\nvaar;\n", "\n"))
    lines = [connection("telia1", "sent", number) for number in range(1, 51)] + [connection("telia1", "answered", number) for number in range(1, 46)]
    log.load(folder / "sms.duckdb", folder / "sent.csv", log.written(folder / "access.log", lines))
    messages = log.messages(folder / "sms.duckdb")
    assert outcomes(folder / "sms.duckdb") == {"delivered": 45, "awaiting_status": 5}
    # The feed is the one that receipts came to; what the log does not say comes from the table.
    assert {(row["feed"], row["campaign"], row["account"]) for row in messages if row["outcome"] == "delivered"} == {("telia1", "vaar", "kunde7")}
    assert feeds(folder / "sms.duckdb")["telia1"]["answers"] == ["table"]


def test_what_cannot_be_joined_stays_out_of_totals_until_it_is_decided(folder: Path) -> None:
    """The table has ids of its own, which the vendor never heard of."""
    (folder / "sent.csv").write_text(table(range(1, 41), id_of=lambda number: f"own-{number}"))
    log.written(folder / "web.log", callbacks(range(1, 41)))
    lines = [connection("telia1", kind, number) for number in range(1, 11) for kind in ("sent", "answered")]
    db = folder / "sms.duckdb"
    report = log.load(db, folder / "sent.csv", folder / "web.log", log.written(folder / "access.log", lines), time_zone="UTC")
    told = [warning for warning in report.warnings if '[feeds.vonage] answers = ["table"]' in warning]
    assert len(told) == 1
    assert (feeds(db)["vonage"]["undecided"], feeds(db)["table"]["undecided"], feeds(db)["telia1"]["undecided"]) == (True, True, False)
    assert counted(db) == {"messages": 10, "sent": 10, "delivered": 10, "failed": 0}
    settings = folder / "sms_analytics.toml"
    settings.write_text("[feeds.vonage]\nanswers = []\n")
    remap(db=db, config=settings)
    assert counted(db)["messages"] == 10 + 40


def month(first: str, numbers: range, statuses: str, *, shift: int = 0) -> str:
    """A table with ids from 1 and what became of each: d delivered, f failed."""
    at = datetime.fromisoformat(first)
    words = {"d": "Delivered", "f": "Failed"}
    rows = [
        f"{number};{log.recipient(number + shift)};{at + timedelta(minutes=number):%Y-%m-%d %H:%M:%S};{words[status]};"
        f"{at + timedelta(minutes=number + 1):%Y-%m-%d %H:%M:%S}\n"
        for number, status in zip(numbers, statuses, strict=True)
    ]
    return "Message ID;Recipient;Sent;Status;Done\n" + "".join(rows)


@pytest.mark.parametrize(("second", "shift"), [("2026-02-10 08:00:00", 0), ("2026-01-17 08:00:00", 100)])
@pytest.mark.parametrize("latest_first", [False, True])
def test_ids_from_1_in_each_table_are_each_tables_own_messages(folder: Path, second: str, shift: int, latest_first: bool) -> None:
    (folder / "january.csv").write_text(month("2026-01-10 08:00:00", range(1, 4), "ddf"))
    (folder / "next.csv").write_text(month(second, range(1, 5), "dddf", shift=shift))
    names = ["next.csv", "january.csv"] if latest_first else ["january.csv", "next.csv"]
    for name in names:
        log.load(folder / "sms.duckdb", folder / name, time_zone="UTC")
    with store.connect(folder / "sms.duckdb") as connection:
        before = metrics.rates(connection, until=datetime.fromisoformat("2026-01-15"), zone="UTC").row(0, named=True)
        after = metrics.rates(connection, since=datetime.fromisoformat("2026-01-15"), zone="UTC").row(0, named=True)
    assert [(row["sent"], row["delivered"], row["failed"]) for row in (before, after)] == [(3, 2, 1), (4, 3, 1)]


# Rule 5: the clock of a feed


def quiet_day(day: int) -> list[str]:
    """One day's log of another connection."""
    at = log.START + timedelta(days=day)
    return [line.replace("telia1", "ice1") for line in (log.sent(day + 700, at), log.receipt(day + 700, at + timedelta(seconds=20)))]


def test_the_clock_of_a_quiet_connection_goes_on_with_the_series_of_logs(folder: Path) -> None:
    lines = [log.sent(1, log.START), log.receipt(1, log.START + timedelta(minutes=1)), log.sent(2, log.START + timedelta(minutes=2))]
    db = folder / "sms.duckdb"
    log.load(db, log.written(folder / "access.log-20260318", lines))
    assert outcomes(db) == {"delivered": 1, "awaiting_status": 1}
    for day in (10, 20):
        log.load(db, log.written(folder / f"access.log-202603{18 + day:02d}" if day < 13 else folder / "access.log-20260407", quiet_day(day)))
    assert Counter(row["outcome"] for row in log.messages(db) if row["feed"] == "telia1") == {"delivered": 1, "no_status": 1}


def test_another_source_moves_no_clock(folder: Path) -> None:
    lines = [log.sent(1, log.START), log.receipt(1, log.START + timedelta(minutes=1)), log.sent(2, log.START + timedelta(minutes=2))]
    log.load(folder / "sms.duckdb", log.written(folder / "access.log-20260318", lines), log.written(folder / "other.log-20260328", quiet_day(10)))
    assert Counter(row["outcome"] for row in log.messages(folder / "sms.duckdb") if row["feed"] == "telia1") == {"delivered": 1, "awaiting_status": 1}


def test_skipped_lines_move_the_clock(folder: Path) -> None:
    lines = [log.sent(1, log.START), log.receipt(1, log.START + timedelta(minutes=1)), log.sent(2, log.START + timedelta(minutes=2))]
    incoming = log.sent(3, log.START + timedelta(days=9)).replace("Sent SMS", "Receive SMS")
    log.load(folder / "sms.duckdb", log.written(folder / "access.log", [*lines, incoming]))
    assert outcomes(folder / "sms.duckdb") == {"delivered": 1, "no_status": 1}


def test_a_table_that_reaches_further_than_the_callbacks_makes_no_silence(folder: Path) -> None:
    (folder / "sent.csv").write_text(table(range(1, 41)) + f"{vendor_id(900)};{log.recipient(900)};2026-04-18 08:00:00\n")
    log.written(folder / "web.log", callbacks(range(1, 41)))
    for feed in (None, "one"):
        db = folder / f"{feed}.duckdb"
        log.load(db, folder / "sent.csv", folder / "web.log", time_zone="UTC", feed=feed)
        assert outcomes(db) == {"delivered": 32, "failed": 4, "awaiting_status": 5}


def test_a_feed_without_receipts_anywhere_keeps_its_own_clock(folder: Path) -> None:
    (folder / "sent.csv").write_text(table(range(1, 5)) + f"{vendor_id(900)};{log.recipient(900)};2026-04-18 08:00:00\n")
    loader.load([str(folder / "sent.csv")], db=folder / "sms.duckdb", time_zone="UTC")
    assert outcomes(folder / "sms.duckdb") == {"no_status": 4, "awaiting_status": 1}
