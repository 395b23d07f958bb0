"""Gaps and outages of receipts, on days small enough to draw."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions.gaps import gaps, outages
from tests.messages_table import SUBMITTED, Row, database, message, messages_of, utc

ANSWERED = [*messages_of(90), *messages_of(2, outcome="failed"), *messages_of(3, outcome="awaiting_status")]


class TestGaps:
    def test_counted_with_their_share_of_the_sent_and_their_times(self) -> None:
        rows = [
            *ANSWERED,
            *(message(outcome="no_status", submitted_utc=SUBMITTED + timedelta(hours=hour)) for hour in (3, 1, 2, 5, 4)),
            *messages_of(7, outcome="failed", refused=True),
        ]
        frame = gaps(database(rows))
        assert frame.columns == ["gaps", "sent", "share_of_sent", "first_utc", "last_utc"]
        assert frame.rows() == [(5, 100, 0.05, SUBMITTED + timedelta(hours=1), SUBMITTED + timedelta(hours=5))]

    def test_an_operator_without_gaps_is_named_and_an_unknown_one_stays_unknown(self) -> None:
        rows = [*ANSWERED, message(operator=None), message(operator=None, outcome="no_status"), message(operator="Ice", outcome="paused")]
        frame = gaps(database(rows), by="operator")
        assert frame.rows() == [(None, 1, 2, 0.5, SUBMITTED, SUBMITTED), ("Telenor", 0, 95, 0.0, None, None)]

    def test_no_gap_at_all_and_nothing_sent(self) -> None:
        assert gaps(database(ANSWERED)).rows() == [(0, 95, 0.0, None, None)]
        assert gaps(database([message(outcome="stopped")])).rows() == [(0, 0, None, None, None)]

    def test_by_cause_the_share_is_still_that_of_all_sent_messages(self) -> None:
        rows = [
            *ANSWERED,
            *messages_of(3, outcome="no_status", gap_cause="silent"),
            *messages_of(1, outcome="no_status", gap_cause="gave_up"),
            *messages_of(1, outcome="no_status", gap_cause="never_final", operator="Telia"),
            *messages_of(4, operator="Telia"),
        ]
        assert gaps(database(rows), by=["operator", "gap_cause"]).select("operator", "gap_cause", "gaps", "sent", "share_of_sent").rows() == [
            ("Telenor", "silent", 3, 99, 3 / 99),
            ("Telenor", "gave_up", 1, 99, 1 / 99),
            ("Telia", "never_final", 1, 5, 0.2),
        ]
        assert gaps(database(rows), by="gap_cause").select("gap_cause", "gaps", "sent").rows() == [
            ("silent", 3, 104),
            ("gave_up", 1, 104),
            ("never_final", 1, 104),
        ]

    def test_no_cause_where_there_is_no_gap(self) -> None:
        assert gaps(database(ANSWERED), by="gap_cause").is_empty()

    def test_a_message_without_submission_is_no_gap_of_a_feed_that_has_some(self) -> None:
        rows = [*ANSWERED, *messages_of(2, outcome="no_status", submission_missing=True)]
        assert gaps(database(rows)).select("gaps", "sent").rows() == [(0, 95)]

    def test_a_feed_without_submissions_has_gaps_only_where_it_is_asked_for(self) -> None:
        rows = [message(outcome="no_status", submission_missing=True), message(submission_missing=True)]
        assert gaps(database(rows)).select("gaps", "sent", "share_of_sent").rows() == [(0, 0, None)]
        assert gaps(database(rows), receipts_only=True).select("gaps", "sent", "share_of_sent").rows() == [(1, 2, None)]

    def test_filters_hold_and_reasons_are_no_dimension(self) -> None:
        rows = [*ANSWERED, *messages_of(2, outcome="no_status", account="Fjord")]
        assert gaps(database(rows), account="Fjord").select("gaps", "sent").rows() == [(2, 2)]
        with pytest.raises(UsageError, match=r"gaps has no dimension 'reason' \('reason' is one of `reasons`\); accepted: .*gap_cause"):
            gaps(database(rows), by="reason")


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
        assert frame.columns == ["feed", "first_utc", "last_utc", "messages"]
        assert frame.rows() == [("north", at(4), at(6) - timedelta(minutes=1), 120)]

    def test_receipts_that_come_in_a_burst_afterwards_do_not_hide_it(self) -> None:
        held_back = [
            message(submitted_utc=at(4 + minute / 60), first_receipt_utc=at(6.1), final_received_utc=at(6.1), final_utc=at(4 + minute / 60))
            for minute in range(120)
        ]
        rows = [*every_minute(4), *held_back, *every_minute(4, start=6.1)]
        assert outages(database(rows)).rows() == [("north", at(4), at(6) - timedelta(minutes=1), 120)]

    def test_a_phone_that_comes_back_afterwards_does_not_cut_it_in_two(self) -> None:
        rows = [*every_minute(4), *every_minute(2, start=4, answered_after=None), *every_minute(4, start=6)]
        rows.append(message(submitted_utc=at(5.01), first_receipt_utc=at(6.5), final_received_utc=at(6.5), final_utc=at(6.5)))
        assert outages(database(rows)).rows() == [("north", at(4), at(6) - timedelta(minutes=1), 121)]

    def test_less_than_an_hour_is_too_short(self) -> None:
        rows = [*every_minute(4), *every_minute(1, start=4, answered_after=None), *every_minute(4, start=5)]
        assert outages(database(rows)).is_empty(), "59 minutes between the first and the last message"

    @pytest.mark.parametrize("first_receipt", [at(1.01), at(4.9)])
    def test_one_receipt_in_the_middle_shows_that_the_feed_was_up(self, first_receipt: datetime) -> None:
        rows = [*every_minute(4), *every_minute(2, start=4, answered_after=None), *every_minute(4, start=6)]
        for minute in (40, 80):
            rows.append(
                message(submitted_utc=at(1), first_receipt_utc=first_receipt, final_received_utc=at(4 + minute / 60), final_utc=at(4 + minute / 60))
            )
        assert outages(database(rows)).is_empty()

    def test_a_quiet_night_is_no_outage(self) -> None:
        night = [message(submitted_utc=at(5 + hour), outcome="no_status") for hour in range(8)]
        assert outages(database([*every_minute(4), *night, *every_minute(4, start=14)])).is_empty()

    def test_twenty_messages_are_enough_and_nineteen_are_not(self) -> None:
        def silent(count: int) -> list[Row]:
            return [message(submitted_utc=at(5 + number / 10), outcome="no_status") for number in range(count)]

        around = [*every_minute(4), *every_minute(4, start=8)]
        assert outages(database([*around, *silent(19)])).is_empty()
        assert outages(database([*around, *silent(20)])).rows() == [("north", at(5), at(5 + 19 / 10), 20)]

    def test_still_going_on_at_the_end_of_the_logs(self) -> None:
        rows = [*every_minute(6), *every_minute(2, start=6, answered_after=None, deadline_utc=None)]
        assert outages(database(rows, now=at(8))).rows() == [("north", at(6), at(8) - timedelta(minutes=2), 119)]

    def test_submissions_from_before_the_first_receipt_log(self) -> None:
        rows = [*every_minute(3, answered_after=None), *every_minute(6, start=3)]
        assert outages(database(rows)).rows() == [("north", at(0), at(3) - timedelta(minutes=1), 180)]

    def test_a_feed_that_seldom_reports_has_none(self) -> None:
        half = [*every_minute(4), *every_minute(4, start=4, answered_after=None)]
        assert outages(database(half, now=at(8.1)))["messages"].to_list() == [240]
        less = [*half, message(submitted_utc=at(8), outcome="no_status")]
        assert outages(database(less, now=at(8.1))).is_empty()

    def test_receipts_in_a_nightly_batch_are_no_outage_all_day(self) -> None:
        days = []
        for day in range(5):
            batch = at(24 * day + 20)
            days += [
                message(submitted_utc=at(24 * day + minute / 6), first_receipt_utc=batch, final_received_utc=batch, final_utc=batch)
                for minute in range(60)
            ]
        assert outages(database(days, now=at(24 * 4 + 20))).is_empty()

    def test_gaps_between_the_batches_of_a_slow_feed_are_no_outage(self) -> None:
        rows = []
        for batch in range(8):
            begin, received = at(6 * batch), at(6 * batch + 6)
            for number in range(60):
                submitted = begin + timedelta(minutes=6 * number)
                rows.append(message(submitted_utc=submitted, first_receipt_utc=received, final_received_utc=received, final_utc=received))
            rows += [message(submitted_utc=begin + timedelta(minutes=18 * number), outcome="no_status") for number in range(20)]
        assert outages(database(rows, now=at(48))).is_empty()

    def test_feeds_are_looked_at_one_by_one_and_listed_by_time(self) -> None:
        rows = [
            *every_minute(4),
            *every_minute(3, start=4, answered_after=None),
            *every_minute(4, start=7),
            *every_minute(2, feed="south"),
            *every_minute(3, start=2, answered_after=None, feed="south"),
            *every_minute(6, start=5, feed="south"),
            *every_minute(11, feed="east"),
        ]
        assert outages(database(rows, now=at(11))).select("feed", "messages").rows() == [("south", 180), ("north", 180)]

    def test_messages_that_were_never_handed_over_miss_no_receipt(self) -> None:
        rows = [*every_minute(4), *every_minute(4, start=6)]
        rows += [message(submitted_utc=at(4 + minute / 60), outcome="stopped") for minute in range(120)]
        rows += [message(submitted_utc=at(4 + minute / 60), outcome="untracked") for minute in range(120)]
        rows += [message(submitted_utc=at(4 + minute / 60), outcome="failed", refused=True) for minute in range(120)]
        assert outages(database(rows)).is_empty()

    def test_nothing_loaded(self) -> None:
        with pytest.raises(NoDataError, match="the database holds no messages: load logs first"):
            outages(database([]))
