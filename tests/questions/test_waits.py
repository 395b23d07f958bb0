"""How long delivery took, by two clocks, against numbers that a person can add up."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from sms_analytics.questions.waits import latency
from tests.messages_table import NOW, SUBMITTED, Row, database, message, utc


def delivered_after(phone_s: float, receipt_s: float | None, **columns: Any) -> Row:
    received = None if receipt_s is None else SUBMITTED + timedelta(seconds=receipt_s)
    return message(final_utc=SUBMITTED + timedelta(seconds=phone_s), final_received_utc=received, **columns)


def medians(rows: list[Row]) -> list[float | None]:
    """By the phone and by the receipt."""
    return latency(database(rows))["median_s"].to_list()


class TestTheTwoClocks:
    def test_apart(self) -> None:
        rows = [delivered_after(seconds, seconds + 3600) for seconds in range(1, 101)]
        phone, receipt = latency(database(rows)).rows(named=True)
        assert (phone["clock"], phone["sent"], phone["messages"], phone["provisional"], phone["clock_doubt"]) == ("phone", 100, 100, 0, False)
        assert phone["median_s"] == pytest.approx(50.5)
        assert [phone[name] for name in ("share_10s", "share_1m", "share_1h", "share_24h")] == pytest.approx([0.1, 0.6, 1.0, 1.0])
        assert (phone["p90_s"], phone["p99_s"]) == (pytest.approx(90.1), pytest.approx(99.01))
        assert (receipt["clock"], receipt["median_s"], receipt["share_1m"], receipt["share_1h"]) == ("receipt", pytest.approx(3650.5), 0.0, 0.0)

    def test_fractions_of_seconds_are_kept(self) -> None:
        assert medians([delivered_after(0.25, 1.5)]) == [0.25, 1.5]

    @pytest.mark.parametrize(
        ("phone_s", "receipt_s", "counted"),
        [
            (-40, 3, 3.0),  # in the minute of the hand-over: no later than its receipt came
            (-40, None, 20.0),  # no receipt time: to the end of the minute
            (60, 300, 120.0),
            (-100, None, 0.0),
        ],
    )
    def test_whole_minutes_count_until_they_are_over(self, phone_s: float, receipt_s: float | None, counted: float) -> None:
        assert medians([delivered_after(phone_s, receipt_s, time_precision="minute")]) == [counted, receipt_s]

    def test_the_time_of_a_file_is_no_time_of_delivery(self) -> None:
        rows = [delivered_after(4, None, time_precision="file"), delivered_after(8, None)]
        assert latency(database(rows)).select("clock", "messages", "median_s").rows() == [("phone", 1, 8.0), ("receipt", 0, None)]

    def test_waiting_for_the_planned_time_is_not_latency(self) -> None:
        planned = SUBMITTED + timedelta(hours=2)
        rows = [delivered_after(7205, 7206, scheduled_utc=planned), delivered_after(5, 6, scheduled_utc=planned)]
        assert medians(rows[:1]) == [5.0, 6.0]
        assert medians(rows[1:]) == [5.0, 6.0], "delivered ahead of plan: the plan did not hold"

    def test_only_messages_with_a_submission(self) -> None:
        rows = [
            delivered_after(4, 5),
            delivered_after(400, 500, submission_missing=True),
            delivered_after(400, 500, outcome="failed"),
            delivered_after(400, 500, outcome="failed", operator="Ice"),
        ]
        assert latency(database(rows), by="operator").select("operator", "clock", "sent", "messages", "median_s", "share_1h").rows() == [
            ("Telenor", "phone", 2, 1, 4.0, 0.5),
            ("Telenor", "receipt", 2, 1, 5.0, 0.5),
            ("Ice", "phone", 1, 0, None, 0.0),
            ("Ice", "receipt", 1, 0, None, 0.0),
        ]

    def test_a_feed_without_submissions_has_no_beginning_to_count_from(self) -> None:
        assert latency(database([delivered_after(4, 5, submission_missing=True)])).is_empty()

    def test_a_clock_that_the_source_lacks_is_missing_and_not_zero(self) -> None:
        _, receipt = latency(database([delivered_after(4, None)])).rows(named=True)
        assert (receipt["sent"], receipt["messages"], receipt["median_s"], receipt["share_10s"], receipt["share_24h_high"]) == (
            1,
            0,
            None,
            None,
            None,
        )

    def test_larger_groups_come_first(self) -> None:
        rows = [delivered_after(4, None, operator="Ice"), delivered_after(4, None, operator="Ice"), delivered_after(4, 5, operator="Telia")]
        assert latency(database(rows), by="operator")["operator"].to_list() == ["Ice", "Ice", "Telia", "Telia"]


class TestSharesOfSent:
    #: Delivered 5 s, 8 s; failed 8 s; open 12 s; delivered 30 s; open 60 s; delivered 3,600 s; open 7,200 s.
    EIGHT = ((5, "delivered"), (8, "delivered"), (8, "failed"), (12, None), (30, "delivered"), (60, None), (3600, "delivered"), (7200, None))

    def rows(self) -> list[Row]:
        """As they are when the feed was last heard of: what is open was handed over so long before."""
        rows = []
        for seconds, outcome in self.EIGHT:
            if outcome is None:
                rows.append(message(submitted_utc=NOW - timedelta(seconds=seconds), outcome="awaiting_status"))
            else:
                begun = NOW - timedelta(days=1)
                ended = begun + timedelta(seconds=seconds)
                rows.append(message(submitted_utc=begun, outcome=outcome, final_utc=ended, final_received_utc=ended))
        return rows

    def test_the_worked_example(self) -> None:
        phone, receipt = latency(database(self.rows())).rows(named=True)
        for row in (phone, receipt):
            assert (row["sent"], row["messages"], row["provisional"]) == (8, 4, 3)
            assert [row[name] for name in ("share_10s", "share_1m", "share_1h")] == pytest.approx([0.25, 0.40625, 0.640625])
            assert row["share_24h"] is None, "nobody was seen open for so long"

    def test_its_curve(self) -> None:
        frame = latency(database(self.rows()), curve=True).filter(clock="phone")
        assert frame.columns[:4] == ["clock", "seconds", "share_delivered", "share_delivered_low"]
        assert frame["seconds"].to_list() == [5, 8, 30, 3600]
        assert frame["share_delivered"].to_list() == pytest.approx([0.125, 0.25, 0.40625, 0.640625])
        assert frame["share_failed"].to_list() == pytest.approx([0, 0.125, 0.125, 0.125])
        assert (frame["share_delivered_low"] < frame["share_delivered"]).all()

    def test_silence_is_not_left_out(self) -> None:
        rows = [*(delivered_after(5, 6) for _ in range(80)), *(message(outcome="no_status") for _ in range(20))]
        phone = latency(database(rows)).row(0, named=True)
        assert (phone["share_24h"], phone["share_24h_low"], phone["share_24h_high"]) == pytest.approx((0.8, 0.711171, 0.866633), abs=1e-5)
        assert phone["median_s"] == 5.0, "of the delivered"

    def test_deliveries_without_a_time_are_as_quick_as_the_others(self) -> None:
        rows = [delivered_after(5, None), delivered_after(500, None), *(delivered_after(4, None, time_precision="file") for _ in range(2))]
        phone = latency(database(rows)).row(0, named=True)
        assert (phone["sent"], phone["messages"], phone["share_1m"], phone["share_1h"]) == (4, 2, 0.5, 1.0)


def many(*, off_s: float, count: int = 300, transit_s: float = 0.5, **columns: Any) -> list[Row]:
    """Waits of 0.5 s, 1 s, 1.5 s ... 10 s over and over, told by a clock that is off."""
    rows = []
    for number in range(count):
        submitted = SUBMITTED + timedelta(minutes=number)
        wait = (number % 20 + 1) / 2
        event = submitted + timedelta(seconds=wait + off_s)
        received = submitted + timedelta(seconds=wait + transit_s)
        rows.append(message(submitted_utc=submitted, final_utc=event, final_received_utc=received, **columns))
    return rows


class TestClocksThatAreOff:
    @pytest.mark.parametrize("off_s", [25, -25])
    def test_are_put_right_and_told(self, off_s: float) -> None:
        phone, receipt = latency(database(many(off_s=off_s))).rows(named=True)
        assert phone["median_s"] == pytest.approx(5.25, abs=0.6), "to the shortest transit and wait, which are half a second"
        assert phone["p90_s"] == pytest.approx(9.05, abs=0.6)
        assert (phone["clock_doubt"], receipt["clock_doubt"]) == (True, False)

    def test_a_second_or_two_is_no_doubt(self) -> None:
        phone = latency(database(many(off_s=2))).row(0, named=True)
        assert phone["clock_doubt"] is False
        assert phone["median_s"] == pytest.approx(5.75), "no later than its receipt"

    def test_few_receipts_do_not_tell_so_the_receipts_clock_is_given(self) -> None:
        phone, receipt = latency(database(many(off_s=-25, count=199))).rows(named=True)
        assert (phone["median_s"], phone["clock_doubt"]) == (receipt["median_s"], True)
        assert medians([delivered_after(-40, 3)]) == [3.0, 3.0], "and never 0"

    def test_what_is_asked_for_does_not_change_what_is_known_of_the_clock(self) -> None:
        rows = many(off_s=25)
        phone = latency(database(rows), until="2026-10-01 12:00", zone="UTC").row(0, named=True)
        assert (phone["messages"], phone["clock_doubt"]) == (240, True)
        one = latency(database(rows), where="message_key = 'key-0000009'").row(0, named=True)
        assert one["median_s"] == pytest.approx(5.0, abs=0.6)

    def test_each_operator_behind_a_feed_has_its_own(self) -> None:
        rows = [*many(off_s=25, operator="Telia"), *many(off_s=0, operator="Ice")]
        found = latency(database(rows), by="operator").filter(clock="phone").sort("operator").select("operator", "clock_doubt").rows()
        assert found == [("Ice", False), ("Telia", True)]
        assert latency(database(rows), by="operator").filter(clock="phone")["median_s"].to_list() == pytest.approx([5.25, 5.25], abs=0.6)

    def test_one_that_is_off_both_ways_is_not_corrected(self) -> None:
        rows = [*many(off_s=25, count=150), *many(off_s=-25, count=150)]
        phone, receipt = latency(database(rows)).rows(named=True)
        assert (phone["median_s"], phone["clock_doubt"]) == (receipt["median_s"], True)

    def test_whole_minutes_are_no_skew(self) -> None:
        rows = [row | {"final_utc": row["final_utc"].replace(second=0, microsecond=0), "time_precision": "minute"} for row in many(off_s=0)]
        assert latency(database(rows)).row(0, named=True)["clock_doubt"] is False


class TestYoungMessages:
    def test_slow_ones_that_are_still_open_are_counted_in(self) -> None:
        """Half come at once, half after two hours; handed over evenly over the last four hours."""
        rows = []
        for minute in range(240):
            submitted = NOW - timedelta(minutes=minute + 1)
            wait = timedelta(seconds=5) if minute % 2 else timedelta(hours=2)
            known = submitted + wait <= NOW
            ended = submitted + wait if known else None
            outcome = "delivered" if known else "awaiting_status"
            rows.append(message(submitted_utc=submitted, final_utc=ended, final_received_utc=ended, outcome=outcome))
        phone = latency(database(rows)).row(0, named=True)
        assert phone["messages"] == 180, "sixty are still to come"
        assert (phone["share_10s"], phone["share_1h"]) == pytest.approx((0.5, 0.5), abs=0.01)
        assert phone["p90_s"] == 7200.0

    def test_receipts_that_are_slow_hide_no_quick_delivery(self) -> None:
        """All are there after five seconds, and told half an hour later: nobody knows yet of those of the last half hour."""
        rows = []
        for minute in range(300):
            submitted = NOW - timedelta(minutes=minute)
            known = minute >= 31
            ended = submitted + timedelta(seconds=5) if known else None
            received = submitted + timedelta(minutes=30, seconds=5) if known else None
            rows.append(
                message(submitted_utc=submitted, final_utc=ended, final_received_utc=received, outcome="delivered" if known else "awaiting_status")
            )
        phone, receipt = latency(database(rows)).rows(named=True)
        assert phone["share_10s"] == pytest.approx(1.0)
        assert receipt["share_1h"] == pytest.approx(1.0)
        assert receipt["share_1m"] == 0.0


def test_as_of_an_earlier_moment_and_filters() -> None:
    rows = [delivered_after(4, 5, account="Fjord"), delivered_after(400, 500)]
    assert latency(database(rows), account="Fjord").select("clock", "median_s").rows() == [("phone", 4.0), ("receipt", 5.0)]
    assert latency(database(rows, now=utc("2026-10-01T09:00"))).height == 2
    assert isinstance(latency(database(rows), curve=True), pl.DataFrame)
