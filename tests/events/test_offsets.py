"""Clocks that disagree by whole quarters of an hour are told with their evidence and the setting that mends it."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sms_analytics.commands import loader
from tests import kannel_log as log
from tests.small_database import received, sent

WINTER = datetime.fromisoformat("2026-11-02T12:00:00")
SUMMER = datetime.fromisoformat("2026-07-02T12:00:00")


def receipts(off: timedelta, count: int = 20, at: datetime = WINTER, latency: int = 7, **fields: str) -> list[str]:
    """Receipts whose operator's clock, cut to the minute, is `off` from the log's; some are late."""
    lines = []
    for number in range(count):
        moment = at + timedelta(minutes=number)
        done = moment - timedelta(seconds=latency * (number % 5)) + off
        lines.append(received(f"{moment:%Y-%m-%d %H:%M:%S}", f"{at:%m}{number:04X}", "+4740000001", done=f"{done:%y%m%d%H%M}", **fields))
    return lines


def warned(folder: Path, lines: list[str], config: str = "", **options: str) -> list[str]:
    """What a load says about clocks, in English."""
    (folder / "sms_analytics.toml").write_text(f'lang = "en"\n{config}', "utf-8")
    path = folder / "a.log"
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    report = loader.load(str(path), db=folder / "sms.duckdb", **({"time_zone": "Europe/Oslo"} | options))  # type: ignore[arg-type]
    assert report.faults == []
    return [warning.removeprefix(f"{path}: ") for warning in report.warnings if "receipts of feed" in warning]


def test_a_clock_in_utc_that_was_read_as_norwegian(tmp_path: Path) -> None:
    assert warned(tmp_path, receipts(timedelta(hours=-1))) == [
        "20 of 20 receipts of feed telenor1 happened, by their own clock, 1:01 hours before they were received (median), nearly all by the same step. "
        'They were read in the zone Europe/Oslo. Write receipt_zone = "UTC" under [feeds.telenor1] in sms_analytics.toml, '
        "and load it again with --replace"
    ]


def test_a_norwegian_clock_that_was_read_as_utc(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, receipts(timedelta(hours=1)), time_zone="UTC")
    assert warning.startswith("20 of 20 receipts of feed telenor1 happened, by their own clock, 0:59 hours after they were received (median)")
    assert 'receipt_zone = "Europe/Oslo"' in warning


@pytest.mark.parametrize(
    ("off", "at", "mend"),
    [
        (timedelta(hours=-2), SUMMER, 'receipt_zone = "UTC"'),
        (timedelta(hours=1), SUMMER, 'receipt_zone = "Europe/Helsinki"'),
        (timedelta(hours=4, minutes=30), WINTER, 'receipt_zone = "Asia/Kolkata"'),
        (timedelta(hours=-4), WINTER, 'receipt_zone = "Etc/GMT+3"'),
        (timedelta(hours=4, minutes=45), WINTER, "to a zone whose offset from UTC is +5:45"),
        (timedelta(minutes=-15), WINTER, "to a zone whose offset from UTC is +0:45"),
    ],
)
def test_the_setting_that_mends_it(off: timedelta, at: datetime, mend: str, tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, receipts(off, at=at))
    assert mend in warning


def test_the_setting_ends_the_warning(tmp_path: Path) -> None:
    lines = receipts(timedelta(hours=-1)) + receipts(timedelta(hours=-2), at=SUMMER)
    (warning,) = warned(tmp_path, lines)
    (zone,) = re.findall(r'receipt_zone = "(.*?)"', warning)
    assert zone == "UTC"
    config = f'time_zone = "Europe/Oslo"\n[feeds.telenor1]\nreceipt_zone = "{zone}"'
    (tmp_path / "sms_analytics.toml").write_text(config, "utf-8")
    report = loader.load(str(tmp_path / "a.log"), db=tmp_path / "sms.duckdb", replace=True)
    assert (len(report.loads), report.warnings) == (1, [])


@pytest.mark.parametrize(
    "lines",
    [
        receipts(timedelta()),
        receipts(timedelta(hours=-1), count=9),
        # Late, but not all by the same step.
        [line for minutes in range(0, 90, 2) for line in receipts(timedelta(minutes=-minutes), count=1, at=WINTER + timedelta(hours=minutes))],
        # A quarter of them late by just an hour, as where a queue was emptied.
        receipts(timedelta()) + receipts(timedelta(hours=-1), count=7, at=SUMMER),
        [sent(f"2026-11-02 12:{number:02}:00", f"A{number}", "+4740000001") for number in range(20)],
    ],
    ids=["right", "too few", "late", "some", "no receipts"],
)
def test_what_proves_nothing(lines: list[str], tmp_path: Path) -> None:
    assert warned(tmp_path, lines) == []


def test_each_feed_is_judged_by_itself_and_those_of_other_loads_are_not_asked(tmp_path: Path) -> None:
    both = receipts(timedelta(hours=-1), feed="telia1") + receipts(timedelta())
    assert [warning.split(" happened")[0] for warning in warned(tmp_path, both)] == ["20 of 20 receipts of feed telia1"]
    more = tmp_path / "b.log"
    more.write_text("".join(f"{line}\n" for line in receipts(timedelta(), at=SUMMER)), "utf-8")
    assert loader.load(str(more), db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo").warnings == []


def absolute(log_time: str) -> list[str]:
    """Lines whose receipts happened at 11 o'clock UTC, as they say themselves."""
    return [
        f"{log_time.format(number)} id:{number:04} sub:001 dlvrd:001 submit date:261102110000000+ done date:26110211{number:02}03000+ stat:DELIVRD "
        "err:000 text:x"
        for number in range(20)
    ]


def test_a_log_in_the_wrong_zone_whose_receipts_name_their_own(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, absolute("2026-11-02 12:{:02}:05"), time_zone="UTC", format="smpp")
    assert warning == (
        "20 of 20 receipts of feed smpp happened, by their own clock, 1:00 hours before they were received (median), nearly all by the same step. "
        'They were read in the zone UTC. Write time_zone = "Europe/Oslo" under [feeds.smpp] in sms_analytics.toml, and load it again with --replace'
    )


def test_two_clocks_that_name_their_zones(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, absolute("2026-11-02T12:{:02}:05Z"), format="smpp")
    assert warning.endswith("nearly all by the same step. Both times name their own zone, so one of the clocks is wrong; ask the provider")


def test_it_is_said_in_norwegian_too(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"{line}\n" for line in receipts(timedelta(hours=-1))), "utf-8")
    (warning,) = loader.load(str(path), db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo").warnings
    assert warning == (
        f"{path}: 20 av 20 statusmeldinger på forbindelsen telenor1 skjedde etter sin egen klokke 1:01 timer før vi mottok dem (median), nesten alle "
        'med samme avstand. De ble lest i tidssonen Europe/Oslo. Skriv receipt_zone = "UTC" under [feeds.telenor1] i sms_analytics.toml, og last inn '
        "igjen med --replace"
    )
    assert log.loads(tmp_path / "sms.duckdb")[0]["accepted"] == 20
