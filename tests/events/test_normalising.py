"""Readings to events: zones by feed, the hours that summer time repeats and leaves out, operators, code systems, reasons."""

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sms_analytics import config, vocabulary
from sms_analytics.commands import loader
from sms_analytics.config import Config, FeedConfig
from sms_analytics.database import store
from sms_analytics.errors import TimeZoneNeededError
from sms_analytics.events.normalising import STATUS_REASONS, Normaliser, Options
from sms_analytics.events.readings import READING, SKIPPED, empty

OSLO = "Europe/Oslo"
FILE_TIME = datetime.fromisoformat("2026-03-20T12:00:00")


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _normaliser(settings: Config | None = None, options: Options | None = None, format: str = "smpp") -> Normaliser:
    return Normaliser(settings or Config(time_zone=OSLO), options or Options(), format, 1, "gateway.log", FILE_TIME)


def _readings(rows: list[dict[str, Any]]) -> pl.DataFrame:
    usual = {"kind": "receipt", "status": "delivered", "raw": "x", "feed": "telia1"}
    numbered = [usual | {"record_no": number} | row for number, row in enumerate(rows, 1)]
    return pl.DataFrame(numbered, schema={name: dtype for name, dtype in READING.items() if any(name in row for row in numbered)})


def _events(*rows: dict[str, Any], settings: Config | None = None, options: Options | None = None, format: str = "smpp") -> list[dict[str, Any]]:
    return list(_normaliser(settings, options, format).events(_readings(list(rows))).iter_rows(named=True))


def _utc(events: list[dict[str, Any]], column: str) -> list[str]:
    return [f"{row[column]:%d %H:%M}" if row[column] else "" for row in events]


def _feeds(**feeds: FeedConfig) -> Config:
    return Config(time_zone=OSLO, feeds=feeds)


# Zones


def test_each_feed_of_a_file_has_its_own_zones() -> None:
    settings = Config(
        time_zone=OSLO,
        feeds={
            "telia1": FeedConfig(receipt_zone="UTC"),
            "asia1": FeedConfig(time_zone="Asia/Tokyo"),
            "us1": FeedConfig(receipt_zone="America/New_York"),
        },
    )
    times = {"logged": _at("2026-03-18 09:14:05"), "happened": _at("2026-03-18 09:14:00")}
    names = ("telia1", "asia1", "us1", "other1", "asia1", "telia1")
    events = _events(*({"feed": feed, **times} for feed in names), settings=settings)
    assert _utc(events, "received_utc") == ["18 08:14", "18 00:14", "18 08:14", "18 08:14", "18 00:14", "18 08:14"]
    assert _utc(events, "event_utc") == ["18 09:14", "18 00:14", "18 13:14", "18 08:14", "18 00:14", "18 09:14"]
    assert [row["time_zone"] for row in events] == ["UTC", "Asia/Tokyo", "America/New_York", OSLO, "Asia/Tokyo", "UTC"]


@pytest.mark.parametrize(
    ("options", "of_feed", "general", "zones"),
    [
        (Options(), FeedConfig(), Config(time_zone=OSLO), (OSLO, OSLO)),
        (Options(), FeedConfig(), Config(time_zone=OSLO, receipt_zone="UTC"), (OSLO, "UTC")),
        (Options(), FeedConfig(time_zone="Asia/Tokyo"), Config(time_zone=OSLO), ("Asia/Tokyo", "Asia/Tokyo")),
        (Options(), FeedConfig(receipt_zone="UTC"), Config(time_zone=OSLO), (OSLO, "UTC")),
        (Options(), FeedConfig(time_zone="Asia/Tokyo", receipt_zone="UTC"), Config(time_zone=OSLO, receipt_zone=OSLO), ("Asia/Tokyo", "UTC")),
        (Options(time_zone=OSLO), FeedConfig(time_zone="UTC"), Config(time_zone="UTC"), (OSLO, OSLO)),
        (Options(receipt_zone=OSLO), FeedConfig(receipt_zone="UTC"), Config(time_zone="UTC"), ("UTC", OSLO)),
        (Options(time_zone=OSLO), FeedConfig(receipt_zone="UTC"), Config(), (OSLO, "UTC")),
        (Options(time_zone=OSLO, receipt_zone="UTC"), FeedConfig(), Config(), (OSLO, "UTC")),
    ],
)
def test_options_go_before_the_feed_and_the_feed_before_the_rest(
    options: Options, of_feed: FeedConfig, general: Config, zones: tuple[str, str]
) -> None:
    settings = general.model_copy(update={"feeds": {"telia1": of_feed}})
    times = {"logged": _at("2026-03-18 09:14:05"), "happened": _at("2026-03-18 09:14:05")}
    (row,) = _events(times, settings=settings, options=options)
    hours = {OSLO: 8, "UTC": 9, "Asia/Tokyo": 0}
    assert (row["received_utc"].hour, row["event_utc"].hour, row["time_zone"]) == (hours[zones[0]], hours[zones[1]], zones[1])


@pytest.mark.parametrize(
    ("row", "what", "option", "key"),
    [
        ({"logged": _at("2026-03-18 09:14:05")}, "the log's times have", "--time-zone", "time_zone"),
        ({"happened": _at("2026-03-18 09:14:05")}, "the times in its receipts have", "--receipt-zone", "receipt_zone"),
        ({"submit": _at("2026-03-18 09:14:05")}, "the times in its receipts have", "--receipt-zone", "receipt_zone"),
    ],
)
def test_a_missing_zone_names_the_feed_the_option_and_the_key(row: dict[str, Any], what: str, option: str, key: str) -> None:
    with pytest.raises(TimeZoneNeededError) as error:
        _events(row, settings=Config())
    assert str(error.value) == (
        f"gateway.log: {what} no zone (feed telia1); say which with {option} Europe/Oslo, or with {key} in sms_analytics.toml (for all logs, or under [feeds.telia1])"
    )


def test_a_zone_is_asked_for_only_where_a_time_needs_it() -> None:
    stated = {"logged_utc": _at("2026-03-18 08:14:05"), "happened_utc": _at("2026-03-18 08:14:00"), "submit_utc": _at("2026-03-18 08:13:00")}
    (row,) = _events(stated, settings=Config())
    assert (_utc([row], "received_utc"), _utc([row], "event_utc"), row["time_zone"]) == (["18 08:14"], ["18 08:14"], None)


def test_skipped_records_need_their_zone_too_and_move_the_clock() -> None:
    skipped = pl.DataFrame({"record_no": [1, 2], "feed": ["telia1", None], "logged": [_at("2026-03-18 09:14:05")] * 2}, schema_overrides=SKIPPED)
    none = empty(READING)
    settings = _feeds(given1=FeedConfig(time_zone="UTC"))
    events, logged = _normaliser(settings, Options(feed="given1")).batch(none, skipped)
    assert (events.height, logged.dt.hour().to_list()) == (0, [8, 9])
    with pytest.raises(TimeZoneNeededError, match="--time-zone"):
        _normaliser(Config()).batch(none, skipped)


def test_a_load_without_a_zone_says_so_and_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    path.write_text("2026-03-18 09:14:05 smsc=telia1 id:5C01A9 stat:DELIVRD err:000\n")
    report = loader.load([str(path)], db=tmp_path / "sms.duckdb")
    assert (len(report.faults), report.loads) == (1, [])
    assert "say which with --time-zone" in report.faults[0]
    assert not (tmp_path / "sms.duckdb").exists()


# The hours of summer time: 2026-10-25 03:00 becomes 02:00, 2026-03-29 02:00 becomes 03:00


def _log(*clocks: str, day: str = "2026-10-25") -> list[dict[str, Any]]:
    return [{"logged": _at(f"{day} {clock}")} for clock in clocks]


def test_log_lines_of_the_repeated_hour_follow_the_order_of_the_log() -> None:
    events = _events(*_log("01:59:00", "02:00:00", "02:40:00", "02:59:00", "02:01:00", "02:30:00", "02:59:59", "03:00:00"))
    expected = ["24 23:59", "25 00:00", "25 00:40", "25 00:59", "25 01:01", "25 01:30", "25 01:59", "25 02:00"]
    assert _utc(events, "received_utc") == expected


def test_small_steps_back_in_the_repeated_hour_are_no_second_pass() -> None:
    events = _events(*_log("02:10:00", "02:09:00", "02:30:00", "02:05:00", "02:50:00"))
    assert _utc(events, "received_utc") == ["25 00:10", "25 00:09", "25 00:30", "25 00:05", "25 00:50"]


def test_the_second_pass_goes_on_in_the_next_batch_and_ends_with_its_hour() -> None:
    normaliser = _normaliser()
    batches = [_log("02:50:00"), _log("02:05:00", "02:10:00"), _log("02:20:00", "03:10:00"), _log("02:30:00", day="2027-10-31")]
    times = [time for batch in batches for time in _utc(list(normaliser.events(_readings(batch)).iter_rows(named=True)), "received_utc")]
    assert times == ["25 00:50", "25 01:05", "25 01:10", "25 01:20", "25 02:10", "31 00:30"]
    assert normaliser.clock.repeated == 5


def test_skipped_records_stand_in_the_order_of_the_log_too() -> None:
    normaliser = _normaliser()
    readings = _readings([row | {"record_no": number} for number, row in zip((1, 3), _log("02:10:00", "02:50:00"), strict=True)])
    skipped = pl.DataFrame({"record_no": [2], "feed": ["telia1"], "logged": [_at("2026-10-25 02:15:00")]}, schema_overrides=SKIPPED)
    events, logged = normaliser.batch(readings, skipped)
    assert [f"{time:%H:%M}" for time in [*events["received_utc"], *logged]] == ["00:10", "00:50", "00:15"]
    assert _utc(list(normaliser.events(_readings(_log("02:55:00"))).iter_rows(named=True)), "received_utc") == ["25 00:55"]


def test_planned_times_do_not_turn_the_clock_of_the_log_back() -> None:
    rows = [
        row | {"scheduled": _at(f"2026-10-25 {planned}")} for row, planned in zip(_log("02:10:00", "02:20:00"), ("02:55:00", "02:01:00"), strict=True)
    ]
    normaliser = _normaliser()
    frame = normaliser.events(_readings(rows))
    assert _utc(list(frame.iter_rows(named=True)), "scheduled_utc") == ["25 00:55", "25 00:01"]
    assert _utc(list(normaliser.events(_readings(_log("02:30:00"))).iter_rows(named=True)), "received_utc") == ["25 00:30"]


def test_readings_out_of_order_are_read_in_the_order_of_the_log() -> None:
    rows = [row | {"record_no": number} for number, row in zip((3, 1, 2), _log("02:10:00", "02:20:00", "02:50:00"), strict=True)]
    events = _events(*rows)
    assert [(row["record_no"], f"{row['received_utc']:%H:%M}") for row in events] == [(3, "01:10"), (1, "00:20"), (2, "00:50")]


def test_log_lines_of_the_missing_hour_are_read_as_if_the_clock_had_not_been_changed() -> None:
    normaliser = _normaliser()
    frame = normaliser.events(_readings(_log("01:59:00", "02:00:00", "02:30:00", "03:00:00", day="2026-03-29")))
    assert _utc(list(frame.iter_rows(named=True)), "received_utc") == ["29 00:59", "29 01:00", "29 01:30", "29 01:00"]
    assert (normaliser.clock.missing, normaliser.clock.repeated) == (2, 0)


def _receipt(happened: str, received_utc: str | None) -> dict[str, Any]:
    return {"happened": _at(f"2026-10-25 {happened}"), "logged_utc": _at(f"2026-10-25 {received_utc}") if received_utc else None}


def test_receipt_times_of_the_repeated_hour_are_the_later_reading_unless_that_is_after_the_receipt() -> None:
    events = _events(
        _receipt("02:30:00", "01:30:05"),  # received in the second pass
        _receipt("02:30:00", "00:30:05"),  # in the first: the later reading would be an hour ahead
        _receipt("02:30:00", "06:00:00"),  # hours later
        _receipt("02:31:00", "01:30:05"),  # within the minute that cut times may be ahead
        _receipt("02:32:00", "01:30:05"),  # beyond it
        _receipt("02:30:00", None),  # nothing tells the passes apart
        _receipt("01:30:00", "01:30:05"),
        _receipt("03:30:00", "02:30:05"),
    )
    assert _utc(events, "event_utc") == ["25 01:30", "25 00:30", "25 01:30", "25 01:31", "25 00:32", "25 00:30", "24 23:30", "25 02:30"]


def test_receipt_times_of_the_repeated_hour_are_held_against_the_logs_own_clock() -> None:
    rows = [
        {"logged": _at(f"2026-10-25 {logged}"), "happened": _at(f"2026-10-25 {done}")}
        for logged, done in (("02:50:00", "02:49:00"), ("02:05:00", "02:04:00"))
    ]
    events = _events(*rows)
    assert _utc(events, "received_utc") == ["25 00:50", "25 01:05"]
    assert _utc(events, "event_utc") == ["25 00:49", "25 01:04"]


def test_receipt_times_of_the_missing_hour_are_read_with_the_offset_before_the_change() -> None:
    (row,) = _events({"happened": _at("2026-03-29 02:30:00"), "logged_utc": _at("2026-03-29 01:31:00")})
    assert _utc([row], "event_utc") == ["29 01:30"]


def test_the_load_warns_about_both_hours(tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    lines = [
        f"{day}:{n:02d} smsc=telia1 id:{n} stat:DELIVRD err:000" for n, day in enumerate(["2026-03-29 02:30", "2026-10-25 02:30", "2026-10-25 02:31"])
    ]
    path.write_text("\n".join(lines))
    report = loader.load([str(path)], db=tmp_path / "sms.duckdb", time_zone=OSLO)
    assert len([text for text in report.warnings if "2 tidspunkter ligger i timen som kommer to ganger" in text]) == 1
    assert len([text for text in report.warnings if "1 tidspunkt ligger i timen som sommertiden hopper over" in text]) == 1


# What has no clock, and what stands beside the times


def test_a_record_without_any_time_gets_the_files() -> None:
    without, with_submit, timed = _events({}, {"submit": _at("2026-03-18 09:14:00")}, {"logged": _at("2026-03-18 09:14:05")})
    assert (without["event_utc"], without["received_utc"], without["time_precision"], without["time_zone"]) == (FILE_TIME, None, "file", None)
    assert (with_submit["event_utc"], with_submit["time_precision"]) == (FILE_TIME, "file")
    assert (timed["event_utc"], timed["time_precision"]) == (None, "second")


def test_the_submit_date_of_a_receipt_is_kept_in_extra() -> None:
    times = {"submit": _at("2026-03-18 09:14:00"), "logged": _at("2026-03-18 09:14:05")}
    plain, with_extra, with_offset, none = _events(
        times,
        times | {"extra": '{"act": "esme7"}'},
        {"submit_utc": _at("2026-03-18 08:14:00"), "logged": times["logged"]},
        {"logged": times["logged"]},
    )
    assert plain["extra"] == '{"submit_utc": "2026-03-18T08:14:00"}'
    assert with_extra["extra"] == '{"act": "esme7", "submit_utc": "2026-03-18T08:14:00"}'
    assert (with_offset["extra"], none["extra"]) == (plain["extra"], None)


def test_precision_and_speaker_have_their_defaults() -> None:
    logged = {"logged": _at("2026-03-18 09:14:05")}
    receipt, submission, gateway = _events(
        logged, logged | {"kind": "submission", "status": "submitted"}, logged | {"said_by": "gateway", "time_precision": "minute"}
    )
    assert [row["said_by"] for row in (receipt, submission, gateway)] == ["operator", "gateway", "gateway"]
    assert [row["time_precision"] for row in (receipt, submission, gateway)] == ["second", "second", "minute"]


def test_feed_and_account_of_the_options_fill_what_the_record_leaves_open() -> None:
    logged = {"logged": _at("2026-03-18 09:14:05")}
    given = _events(logged | {"feed": None}, logged | {"account": "kunde7"}, options=Options(feed="given1", account="given2"))
    assert [(row["feed"], row["account"]) for row in given] == [("given1", "given2"), ("telia1", "kunde7")]
    (bare,) = _events(logged | {"feed": None})
    assert (bare["feed"], bare["account"]) == ("smpp", None)


@pytest.mark.parametrize(
    ("message_id", "message_ref", "key"),
    [
        ("5C01A9", None, "telia1/5c01a9"),
        ("0005C01A9", "q1", "telia1/5c01a9"),
        ("0000", None, "telia1/0"),
        (None, "q1", "telia1/ref:q1"),
        (None, None, None),
    ],
)
def test_the_key_before_the_resolver_has_seen_it(message_id: str | None, message_ref: str | None, key: str | None) -> None:
    (row,) = _events({"message_id": message_id, "message_ref": message_ref, "logged": _at("2026-03-18 09:14:05")})
    assert row["message_key"] == key


# Operators


def test_where_the_operator_comes_from() -> None:
    settings = _feeds(telia1=FeedConfig(operator="Telia"))
    logged = {"logged": _at("2026-03-18 09:14:05"), "recipient": "+4740000001"}
    events = _events(
        logged | {"operator": "no.telenor"},
        logged | {"mccmnc": "24214"},
        logged | {"operator": "no.telenor", "kind": "submission"},
        logged,
        logged | {"feed": "nordic1"},
        settings=settings,
    )
    assert [(row["operator"], row["operator_source"]) for row in events] == [
        ("Telenor", "receipt"),
        ("Ice", "receipt"),
        ("Telenor", "submission"),
        ("Telia", "feed"),
        (None, None),
    ]


def test_without_any_operator_in_the_records_the_feed_speaks_alone() -> None:
    logged = {"logged": _at("2026-03-18 09:14:05")}
    events = _events(logged, logged | {"feed": "nordic1"}, settings=_feeds(telia1=FeedConfig(operator="Telia")))
    assert [(row["operator"], row["operator_source"]) for row in events] == [("Telia", "feed"), (None, None)]
    assert "supplied" in vocabulary.OPERATOR_SOURCES  # only a user's file of ported numbers says so, never a log


# Code systems and reasons


def _coded(code: str | None = None, system: str | None = "smpp", status: str = "undelivered", **more: Any) -> dict[str, Any]:
    return {"code_raw": code, "code_system": system if code else None, "status": status, "logged": _at("2026-03-18 09:14:05")} | more


def test_a_connections_codes_are_whose_its_configuration_says() -> None:
    settings = _feeds(telia1=FeedConfig(code_system="map"), twilio1=FeedConfig(code_system="twilio_smpp"))
    events = _events(
        _coded("005"),
        _coded("005", feed="twilio1"),
        _coded("005", feed="nordic1"),
        _coded("027", "map", feed="twilio1"),
        _coded("0x0000000b", "smpp_command_status", status="rejected"),
        _coded("027", None),
        _coded(),
        settings=settings,
    )
    assert [(row["code_system"], row["reason"]) for row in events] == [
        ("map", "unknown_subscriber"),
        ("twilio_smpp", "unknown_subscriber"),
        ("smpp", "unspecified"),
        ("map", "absent_subscriber"),
        ("smpp_command_status", "invalid_number"),
        ("map", "absent_subscriber"),
        (None, "unspecified"),
    ]


def test_the_same_code_means_another_thing_in_another_system() -> None:
    settings = _feeds(a=FeedConfig(code_system="map"), b=FeedConfig(code_system="twilio_smpp"), c=FeedConfig(code_system="ucp"))
    events = _events(*(_coded("001", feed=feed) for feed in "abc"), settings=settings)
    assert [row["reason"] for row in events] == ["unknown_subscriber", "absent_subscriber", "network_error"]


def test_the_words_of_the_record_go_before_its_code_and_that_before_its_status() -> None:
    settings = _feeds(telia1=FeedConfig(code_system="map"))
    events = _events(
        _coded("027", reason="age_restricted"),
        _coded("027", status="expired"),
        _coded("999", status="expired"),
        _coded("000", status="undelivered"),
        settings=settings,
    )
    assert [row["reason"] for row in events] == ["age_restricted", "absent_subscriber", "validity_expired", "unspecified"]


@pytest.mark.parametrize("status", vocabulary.STATUSES)
def test_reasons_by_the_status_alone_and_none_where_nothing_went_wrong(status: str) -> None:
    plain, coded = _events(_coded(status=status), _coded("027", "map", status=status))
    negative = status in vocabulary.NEGATIVE_STATUSES
    assert plain["reason"] == (STATUS_REASONS.get(status) if negative else None)
    still_trying = status == "submitted"
    assert coded["reason"] == ("absent_subscriber" if negative or still_trying else None)


def test_still_trying_with_the_code_of_an_absent_subscriber_is_out_of_coverage() -> None:
    events = _events(
        _coded("027", "map", "submitted"),
        _coded("006", "map", "submitted"),
        _coded("001", "map", "submitted"),
        _coded("027", "smpp", "submitted"),
        _coded("027", "map", "submitted", kind="submission"),
        _coded("027", "map", "accepted"),
        _coded("027", "map", "buffered"),
        _coded(None, status="buffered"),
    )
    assert [(row["status"], row["reason"]) for row in events] == [
        ("buffered", "absent_subscriber"),
        ("buffered", "absent_subscriber"),
        ("submitted", None),
        ("submitted", None),
        ("submitted", None),
        ("accepted", None),
        ("buffered", "absent_subscriber"),
        ("buffered", None),
    ]


def test_the_stop_list_is_a_reason_of_its_own() -> None:
    logged = {"logged": _at("2026-03-18 09:14:05"), "kind": "submission", "status": "stopped"}
    by_word, by_code, neither = _events(
        logged | {"reason": "recipient_opted_out"}, logged | {"code_raw": "21", "code_system": "front_submit"}, logged, format="front"
    )
    assert [row["reason"] for row in (by_word, by_code, neither)] == ["recipient_opted_out", "recipient_opted_out", "unspecified"]


STOPPED = {
    "access.log": "2026-03-18 09:14:01 REJECTED - black-listed SMS [SMSC:telia1] [FID:] [from:Klinikken] [to:+4740000001] [flags:-1:0:-1:-1:31] [msg:2:Ha] [udh:0:]",
    "front.jsonl": '{"received":"2026-03-18T09:14:05+01:00","errorcode":21,"id":0}',
    "gateway.log": "2026-03-18 09:14:05 smsc=telia1 id:5C01A9 stat:CANCELLED err:000 done date:2603180914",
}


@pytest.mark.parametrize(
    ("name", "reason"), [("access.log", "recipient_opted_out"), ("front.jsonl", "recipient_opted_out"), ("gateway.log", "cancelled")]
)
def test_stopped_messages_of_real_lines(name: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(STOPPED[name] + "\n", "utf-8")
    report = loader.load([str(path)], db=tmp_path / "sms.duckdb", time_zone=OSLO)
    assert report.faults == []
    db = store.connect(tmp_path / "sms.duckdb")
    rows = db.sql("SELECT status, reason FROM events").fetchall()
    outcomes = db.sql("SELECT outcome FROM messages").fetchall()
    db.close()
    assert (rows, outcomes) == ([("stopped", reason)], [("stopped",)])


def test_the_configuration_reaches_the_events(tmp_path: Path) -> None:
    (tmp_path / config.FILE_NAME).write_text(
        'time_zone = "Europe/Oslo"\n[feeds.telia1]\nreceipt_zone = "UTC"\noperator = "Telia"\ncode_system = "map"\n', "utf-8"
    )
    path = tmp_path / "gateway.log"
    path.write_text("2026-03-18 09:14:05 smsc=telia1 from=4740000001 id:5C01A9 stat:ENROUTE err:027 done date:2603180814\n", "utf-8")
    loader.load([str(path)], db=tmp_path / "sms.duckdb")
    db = store.connect(tmp_path / "sms.duckdb")
    rows = db.sql("SELECT status, reason, operator, operator_source, code_system, event_utc, received_utc FROM events").fetchall()
    db.close()
    assert rows == [("buffered", "absent_subscriber", "Telia", "feed", "map", _at("2026-03-18 08:14:00"), _at("2026-03-18 08:14:05"))]
