"""Gaps: how many there are, where, and why."""

from datetime import timedelta

import pytest

from sms_analytics.errors import UsageError
from sms_analytics.questions.gaps import gaps
from tests.messages_table import SUBMITTED, Row, database, message, messages_of

ANSWERED = [*messages_of(90), *messages_of(2, outcome="failed"), *messages_of(3, outcome="awaiting_status")]


class TestGaps:
    def test_counted_with_their_share_of_the_sent_and_their_times(self) -> None:
        rows = [
            *ANSWERED,
            *(message(outcome="no_status", submitted_utc=SUBMITTED + timedelta(hours=hour)) for hour in (3, 1, 2, 5, 4)),
            *messages_of(7, outcome="failed", refused=True),
        ]
        frame = gaps(database(rows))
        assert frame.columns == [
            *("gaps", "sent", "share_of_sent", "first_utc", "last_utc", "longest_run"),
            *("premium_at_risk_low", "premium_at_risk_high"),
        ]
        assert frame.rows() == [(5, 100, 0.05, SUBMITTED + timedelta(hours=1), SUBMITTED + timedelta(hours=5), 5, None, None)]

    def test_an_operator_without_gaps_is_named_and_an_unknown_one_stays_unknown(self) -> None:
        rows = [*ANSWERED, message(operator=None), message(operator=None, outcome="no_status"), message(operator="Ice", outcome="paused")]
        frame = gaps(database(rows), by="operator")
        assert frame.rows() == [(None, 1, 2, 0.5, SUBMITTED, SUBMITTED, 1, None, None), ("Telenor", 0, 95, 0.0, None, None, 0, None, None)]

    def test_no_gap_at_all_and_nothing_sent(self) -> None:
        assert gaps(database(ANSWERED)).rows() == [(0, 95, 0.0, None, None, 0, None, None)]
        assert gaps(database([message(outcome="stopped")])).rows() == [(0, 0, None, None, None, 0, None, None)]

    def test_by_cause_the_share_is_still_that_of_all_sent_messages(self) -> None:
        rows = [
            *ANSWERED,
            *messages_of(3, outcome="no_status", gap_cause="isolated"),
            *messages_of(1, outcome="no_status", gap_cause="gateway_says_none"),
            *messages_of(1, outcome="no_status", gap_cause="never_final", operator="Telia"),
            *messages_of(4, operator="Telia"),
        ]
        assert gaps(database(rows), by=["operator", "gap_cause"]).select("operator", "gap_cause", "gaps", "sent", "share_of_sent").rows() == [
            ("Telenor", "isolated", 3, 99, 3 / 99),
            ("Telenor", "gateway_says_none", 1, 99, 1 / 99),
            ("Telia", "never_final", 1, 5, 0.2),
        ]
        assert gaps(database(rows), by="gap_cause").select("gap_cause", "gaps", "sent").rows() == [
            ("isolated", 3, 104),
            ("gateway_says_none", 1, 104),
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

    def test_the_longest_run_is_one_of_sent_messages_of_the_group(self) -> None:
        def at(minute: int, outcome: str, **columns: str) -> Row:
            return message(submitted_utc=SUBMITTED + timedelta(minutes=minute), outcome=outcome, **columns)

        rows = [
            at(1, "no_status", gap_cause="isolated"),
            at(2, "delivered"),
            at(3, "no_status", gap_cause="feed_silent"),
            at(4, "delivered", operator="Telia"),
            at(5, "no_status", gap_cause="feed_silent"),
            at(6, "stopped"),
            at(7, "no_status", gap_cause="isolated"),
        ]
        assert gaps(database(rows))["longest_run"].to_list() == [2]
        assert gaps(database(rows), by="operator").select("operator", "longest_run").rows() == [("Telenor", 3), ("Telia", 0)]
        assert gaps(database(rows), by="operator,gap_cause").select("gap_cause", "longest_run").rows() == [("feed_silent", 2), ("isolated", 1)]

    def test_premium_money_at_risk_is_a_range(self) -> None:
        def silent(price: float, charge_status: str | None) -> Row:
            return message(outcome="no_status", price=price, charge="premium", charge_status=charge_status)

        rows = [silent(10, None), silent(20, "not_charged"), silent(40, "charged"), silent(80, "pending"), silent(160, "failed")]
        rows += [message(price=320, charge="premium"), message(outcome="no_status", price=640, charge="cost")]
        assert gaps(database(rows)).select("premium_at_risk_low", "premium_at_risk_high").rows() == [(180.0, 270.0)]
        assert gaps(database([message(price=5, charge="premium")])).select("premium_at_risk_low", "premium_at_risk_high").rows() == [(0.0, 0.0)]
