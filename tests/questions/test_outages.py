"""Outages, on days small enough to draw."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sms_analytics.errors import NoDataError
from sms_analytics.questions.outages import COLUMNS, COUNTS, outages
from tests.messages_table import Row, database, message, utc

MORNING = utc("2026-10-01T06:00")


def every_minute(hours: int, *, start: float = 0, answered_after: timedelta | None = timedelta(seconds=5), **columns: Any) -> list[Row]:
    """A message a minute, from `start` hours after six in the morning, each with its first and final receipt so long after."""
    rows = []
    for minute in range(hours * 60):
        submitted = MORNING + timedelta(hours=start, minutes=minute)
        if answered_after is None:
            rows.append(message(submitted_utc=submitted, outcome="no_status", **columns))
        else:
            received = submitted + answered_after
            rows.append(message(submitted_utc=submitted, first_receipt_utc=received, final_received_utc=received, final_utc=received, **columns))
    return rows


def at(hours: float) -> datetime:
    return MORNING + timedelta(hours=hours)


class TestOutages:
    def test_two_hours_without_any_receipt(self) -> None:
        rows = [*every_minute(4), *every_minute(2, start=4, answered_after=None), *every_minute(4, start=6)]
        frame = outages(database(rows))
        assert tuple(frame.columns) == COLUMNS
        # The receipts of the first and the last of them were due five seconds after their hand-over. A fifth is bad, so a bad one weighs ln(.6 / .2).
        late = timedelta(seconds=5)
        assert frame.rows() == [
            ("north", at(4) + late, at(6) - timedelta(minutes=1) + late, "lost", 120, 120, 0, 1.0, pytest.approx(120 * 1.0986, abs=0.01))
        ]

    def test_receipts_that_come_afterwards_with_old_times_were_held(self) -> None:
        held = [
            message(
                submitted_utc=at(4 + minute / 60),
                final_received_utc=at(6.1),
                final_utc=at(4 + minute / 60) + timedelta(seconds=4),
                last_status="delivered",
            )
            for minute in range(120)
        ]
        frame = outages(database([*every_minute(4), *held, *every_minute(4, start=6.1)]))
        assert frame.select("start_utc", "end_utc", "kind", "messages", "bad", "resolved_later").rows() == [
            (at(4) + timedelta(seconds=4), at(6) - timedelta(minutes=1) + timedelta(seconds=4), "held", 120, 120, 120)
        ]

    def test_half_of_the_receipts_is_a_thin_outage(self) -> None:
        thin = [row for pair in zip(every_minute(3, start=6), every_minute(3, start=6, answered_after=None), strict=True) for row in pair][1::4]
        kept = every_minute(3, start=6)[1::2]
        frame = outages(database([*every_minute(6), *thin, *kept, *every_minute(6, start=9)]))
        assert frame.select("kind", "messages", "bad").rows() == [("thin", 179, 90)]

    @pytest.mark.parametrize(("count", "found"), [(7, 0), (8, 1)])
    def test_few_bad_ones_are_chance(self, count: int, found: int) -> None:
        silent = [message(submitted_utc=at(5 + number / 60), outcome="no_status") for number in range(count)]
        assert outages(database([*every_minute(5), *silent, *every_minute(20, start=6)])).height == found

    def test_an_outage_of_all_feeds_blames_none(self) -> None:
        def three(start: float, hours: int, **columns: Any) -> list[Row]:
            return [row for feed in ("north", "south", "east") for row in every_minute(hours, start=start, feed=feed, **columns)]

        rows = [*three(0, 4), *three(4, 1, answered_after=None), *three(5, 6)]
        assert outages(database(rows)).select("feed", "kind", "messages").rows() == [(feed, "all_feeds", 60) for feed in ("east", "north", "south")]
        alone = [*three(0, 4), *three(4, 1, answered_after=None), *three(5, 6), *every_minute(11, feed="west")]
        assert outages(database(alone))["kind"].unique().to_list() == ["lost"]

    def test_open_while_the_statuses_may_still_come(self) -> None:
        rows = [*every_minute(6), *every_minute(2, start=6, answered_after=None, deadline_utc=at(200))]
        (row,) = outages(database(rows, now=at(8))).select("start_utc", "end_utc", "kind", "bad").rows()
        # Those of the last two minutes may be on their way.
        assert row == (at(6) + timedelta(seconds=5), at(8) - timedelta(minutes=3) + timedelta(seconds=5), "open", 118)

    def test_a_quiet_night_is_no_outage(self) -> None:
        night = [message(submitted_utc=at(5 + hour), outcome="no_status") for hour in range(7)]
        assert outages(database([*every_minute(4), *night, *every_minute(4, start=14)])).is_empty()

    def test_nights_that_never_report_are_none(self) -> None:
        rows = []
        for day in range(10):
            rows += [*every_minute(14, start=24 * day), *every_minute(8, start=24 * day + 15, answered_after=None)]
        assert outages(database(rows)).filter(COUNTS).is_empty()

    def test_receipts_in_a_nightly_batch_are_no_outage_all_day(self) -> None:
        days = []
        for day in range(5):
            batch = at(24 * day + 20)
            days += [
                message(submitted_utc=at(24 * day + minute / 6), final_received_utc=batch, final_utc=batch, last_status="delivered")
                for minute in range(60)
            ]
        assert outages(database(days, now=at(24 * 4 + 20))).is_empty()

    def test_an_expiry_after_a_week_is_an_answer(self) -> None:
        run = [
            message(
                submitted_utc=at(5 + number / 120),
                outcome="failed",
                last_status="expired",
                final_utc=at(173 + number / 120),
                final_received_utc=at(173 + number / 120),
            )
            for number in range(60)
        ]
        assert outages(database([*every_minute(5), *run, *every_minute(6, start=6)])).is_empty()

    def test_messages_that_were_never_handed_over_miss_no_receipt(self) -> None:
        rows = [*every_minute(4), *every_minute(4, start=6)]
        rows += [message(submitted_utc=at(4 + minute / 60), outcome="stopped") for minute in range(120)]
        rows += [message(submitted_utc=at(4 + minute / 60), outcome="untracked") for minute in range(120)]
        rows += [message(submitted_utc=at(4 + minute / 60), outcome="failed", refused=True) for minute in range(120)]
        assert outages(database(rows)).is_empty()

    def test_filters_count_what_fits_and_change_nothing_of_what_is_found(self) -> None:
        rows = [*every_minute(4), *every_minute(2, start=4, answered_after=None), *every_minute(4, start=6)]
        rows += [message(submitted_utc=at(4.5 + number / 60), outcome="no_status", account="Fjord") for number in range(10)]
        db = database(rows)
        whole, own = outages(db), outages(db, account="Fjord")
        assert own.select("messages", "bad").rows() == [(10, 10)]
        assert own.select("feed", "start_utc", "end_utc", "kind", "score").equals(whole.select("feed", "start_utc", "end_utc", "kind", "score"))
        assert outages(db, since="2026-10-01 11:00", zone="UTC").select("messages").rows() == [(60,)]
        assert outages(db, until="2026-10-01 09:00", zone="UTC").is_empty()

    def test_nothing_loaded(self) -> None:
        with pytest.raises(NoDataError, match="the database holds no messages: load logs first"):
            outages(database([]))
