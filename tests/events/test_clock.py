"""Local times to UTC, against a slow loop over the zones of Python."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.events.clock import Clock
from sms_analytics.events.readings import NAIVE

ZONES = ("Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata")
#: UTC moments at which one of these zones changes its clock, and a moment at which none does.
CHANGES = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2025-10-26T01:00:00",
        "2026-03-08T07:00:00",
        "2026-03-29T01:00:00",
        "2026-04-04T15:00:00",
        "2026-06-01T12:00:00",
        "2026-10-03T15:30:00",
        "2026-10-25T01:00:00",
        "2026-11-01T06:00:00",
    )
)
Times = list[datetime | None]


def series(times: Times) -> pl.Series:
    return pl.Series(times, dtype=NAIVE)


def times(*texts: str) -> Times:
    return [datetime.fromisoformat(text) for text in texts]


def local(moments: list[datetime], zone: str) -> Times:
    return [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in moments]


def offsets(time: datetime, zone: str) -> tuple[timedelta, timedelta]:
    """The offsets of both readings of a time; the same one twice where there is one reading, in a missing hour that before the change."""
    first, second = (time.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None
    assert second is not None
    return (first, second) if first > second else (first, first)


def slow_log(log: Times, zone: str) -> Times:
    """One line after the other, as a person would read them."""
    read: Times = []
    last: datetime | None = None
    begun_anew = None
    for time in log:
        if time is None:
            read.append(None)
            continue
        early, late = offsets(time, zone)
        if early != late and last is not None and last.date() == time.date() and last - time > (early - late) / 2:
            begun_anew = time.date()
        read.append(time - (late if early != late and begun_anew == time.date() else early))
        last = time
    return read


def slow_receipt(time: datetime | None, received: datetime | None, zone: str) -> datetime | None:
    if time is None:
        return None
    early, late = offsets(time, zone)
    return time - late if received is not None and time - late <= received + timedelta(minutes=1) else time - early


@st.composite
def moments(draw: st.DrawFn) -> list[datetime]:
    """Moments around one change of a clock, in order, now and then a second apart, now and then half an hour."""
    change = draw(st.sampled_from(CHANGES))
    return sorted(change + timedelta(seconds=second) for second in draw(st.lists(st.integers(-9000, 9000), min_size=1, max_size=40)))


@st.composite
def logs(draw: st.DrawFn) -> Times:
    """Any times around the changes, in any order, some of them missing."""
    around = st.builds(lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-900, 900))
    return draw(st.lists(st.one_of(around, around, around, st.none()), max_size=30))


def in_batches(log: Times, cuts: list[int], zone: str) -> Times:
    clock = Clock()
    places = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    return [time for start, end in pairwise(places) for time in clock.of_log(series(log[start:end]), zone)]


@pytest.mark.parametrize("zone", ZONES)
@given(log=logs(), cuts=st.lists(st.integers(0, 30), max_size=4))
def test_a_log_is_read_as_the_slow_loop_reads_it_wherever_its_batches_are_cut(zone: str, log: Times, cuts: list[int]) -> None:
    assert in_batches(log, cuts, zone) == slow_log(log, zone)


@pytest.mark.parametrize("zone", ZONES)
@given(log=moments(), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_a_log_with_a_line_every_few_minutes_is_read_right_through_every_change(zone: str, log: list[datetime], cuts: list[int]) -> None:
    every = [log[0] + timedelta(minutes=minutes) for minutes in range(-240, 300, 7)]
    whole = sorted({*log, *every})
    assert in_batches(local(whole, zone), cuts, zone) == whole


@pytest.mark.parametrize("zone", ZONES)
@given(log=logs(), data=st.data())
def test_a_receipt_is_read_as_the_slow_loop_reads_it(zone: str, log: Times, data: st.DataObject) -> None:
    received = [
        None if time is None or late is None else time - offsets(time, zone)[0] + timedelta(minutes=late)
        for time, late in ((time, data.draw(st.one_of(st.none(), st.integers(-120, 240)))) for time in log)
    ]
    expected = [slow_receipt(time, arrived, zone) for time, arrived in zip(log, received, strict=True)]
    assert Clock().of_receipt(series(log), zone, series(received)).to_list() == expected


def test_a_receipt_of_the_repeated_hour_is_the_later_one_unless_it_came_before_that() -> None:
    written = times("2026-10-25T02:30:00", "2026-10-25T02:30:00", "2026-10-25T02:30:00")
    received = [*times("2026-10-25T01:29:30", "2026-10-25T01:28:00"), None]
    read = Clock().of_receipt(series(written), "Europe/Oslo", series(received)).to_list()
    assert read == times("2026-10-25T01:30:00", "2026-10-25T00:30:00", "2026-10-25T00:30:00")


def test_the_repeated_hour_of_two_years_in_one_batch() -> None:
    one = times("2025-10-26T02:50:00", "2025-10-26T02:10:00", "2025-10-26T12:00:00")
    other = times("2026-10-25T02:10:00", "2026-10-25T02:50:00", "2026-10-25T02:05:00")
    read = Clock().of_log(series([*one, *other]), "Europe/Oslo").to_list()
    assert read == times(
        *("2025-10-26T00:50:00", "2025-10-26T01:10:00", "2025-10-26T11:00:00"), *("2026-10-25T00:10:00", "2026-10-25T00:50:00", "2026-10-25T01:05:00")
    )


def test_a_second_pass_is_forgotten_when_quiet_months_follow_in_a_batch_of_their_own() -> None:
    clock = Clock()
    for batch, expected in (
        (times("2025-10-26T02:50:00", "2025-10-26T02:10:00"), times("2025-10-26T00:50:00", "2025-10-26T01:10:00")),
        (times("2026-02-01T12:00:00"), times("2026-02-01T11:00:00")),
        (times("2026-10-25T02:40:00"), times("2026-10-25T00:40:00")),
    ):
        assert clock.of_log(series(batch), "Europe/Oslo").to_list() == expected


def test_lines_that_are_a_little_late_do_not_begin_the_hour_anew() -> None:
    read = Clock().of_log(series(times("2026-10-25T02:40:00", "2026-10-25T02:20:00", "2026-10-25T02:45:00")), "Europe/Oslo").to_list()
    assert read == times("2026-10-25T00:40:00", "2026-10-25T00:20:00", "2026-10-25T00:45:00")


def test_a_late_line_just_behind_the_second_pass_still_belongs_to_it() -> None:
    written = times("2026-10-25T02:50:00", "2026-10-25T02:05:00", "2026-10-25T03:00:00", "2026-10-25T02:59:59")
    assert Clock().of_log(series(written), "Europe/Oslo")[-1] == datetime.fromisoformat("2026-10-25T01:59:59")


def test_each_zone_has_its_own_place_in_the_repeated_hour() -> None:
    clock = Clock()
    clock.of_log(series(times("2026-10-25T02:50:00", "2026-10-25T02:05:00")), "Europe/Oslo")
    assert clock.of_log(series(times("2026-10-25T02:10:00")), "Europe/Berlin").to_list() == times("2026-10-25T00:10:00")
    assert clock.of_log(series(times("2026-10-25T02:10:00")), "Europe/Oslo").to_list() == times("2026-10-25T01:10:00")


def test_planned_times_are_read_early_and_leave_the_log_where_it_was() -> None:
    clock = Clock()
    assert clock.of_log(series(times("2026-10-25T02:10:00")), "Europe/Oslo").to_list() == times("2026-10-25T00:10:00")
    assert clock.aside(series(times("2026-10-25T02:55:00", "2026-10-25T02:01:00")), "Europe/Oslo").to_list() == times(
        "2026-10-25T00:55:00", "2026-10-25T00:01:00"
    )
    assert clock.of_log(series(times("2026-10-25T02:20:00")), "Europe/Oslo").to_list() == times("2026-10-25T00:20:00")
    assert clock.aside(series(times("2026-07-01T12:00:00")), "Europe/Oslo").to_list() == times("2026-07-01T10:00:00")


def test_odd_times_are_counted() -> None:
    clock = Clock()
    clock.of_log(series([*times("2026-10-25T02:10:00", "2026-03-29T02:30:00", "2026-03-29T04:30:00"), None]), "Europe/Oslo")
    assert (clock.repeated, clock.missing) == (1, 1)
    clock.of_receipt(series(times("2026-10-25T02:10:00", "2026-03-29T02:30:00")), "Europe/Oslo", series([None, None]))
    assert (clock.repeated, clock.missing) == (2, 2)


@pytest.mark.parametrize("zone", ZONES)
def test_years_that_no_calendar_has_are_no_time(zone: str) -> None:
    written = ["0000-01-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "-123-01-01 00:00:00", "2026-03-18 09:14:01"]
    log = pl.Series(written).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
    expected = [None, None, None, None, *slow_log(times("2026-03-18T09:14:01"), zone)]
    assert Clock().of_log(log, zone).to_list() == expected
    assert Clock().of_receipt(log, zone, series([None] * 5)).to_list() == expected
    assert Clock().aside(log, zone).to_list() == expected


@pytest.mark.parametrize("written", [[], [None, None]])
def test_no_times_give_no_times(written: Times) -> None:
    read = Clock().of_log(series(written), "Europe/Oslo")
    assert read.to_list() == written
    assert read.dtype == NAIVE
