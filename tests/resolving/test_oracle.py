"""The oracle on stories that a person can add up, by the number of the rule."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sms_analytics.database.schemas import MESSAGE_COLUMNS
from tests import oracle
from tests.histories import START, Event, after, loaded, receipt, submission


def resolve(*events: Event, now: datetime = START, **options: Any) -> list[oracle.Message]:
    """All messages of a log with these lines that ends at `now`, by the first line of each."""
    log = [{**event, "load_id": 1, "record_no": number} for number, event in enumerate(events, 1)]
    messages = oracle.resolve(log, loads=loaded([log], last_utc=now).loads, **options)
    return sorted(messages, key=lambda message: min(message["places"]))


def story(*events: Event, now: datetime = START, **options: Any) -> oracle.Message:
    """The one message of a log with these lines that ends at `now`."""
    messages = resolve(*events, now=now, **options)
    assert len(messages) == 1
    return messages[0]


def lines(messages: list[oracle.Message]) -> list[list[int]]:
    """The line numbers of each message."""
    return [sorted(record_no for _, record_no, _ in message["places"]) for message in messages]


def the(message: oracle.Message, *names: str) -> tuple[Any, ...]:
    return tuple(message[name] for name in names)


LATER = after(days=20)
ANNA, BJORN, CILLE = "+4740000001", "+4740000002", "+4740000003"


def test_a_message_has_the_columns_of_messages() -> None:
    message = story(submission(message_id="a1"))
    assert set(message) - set(oracle.BESIDE_COLUMNS) == set(MESSAGE_COLUMNS)


def test_an_ordinary_message_column_by_column() -> None:
    message = story(
        submission(
            message_id="A1", received_utc=START, account="clinic", campaign="march", client_ref="order-1", sender="Clinic", parts=1, price=10.0
        ),
        receipt("buffered", message_id="a1", event_utc=after(minutes=1), received_utc=after(minutes=2), reason="absent_subscriber"),
        receipt(
            "delivered",
            message_id="a1",
            event_utc=after(hours=3),
            received_utc=after(hours=3, seconds=5),
            operator="Telenor",
            mccmnc="24201",
            operator_source="receipt",
            charge_status="charged",
            code_raw="000",
            code_system="smpp",
        ),
    )
    assert {name: message[name] for name in MESSAGE_COLUMNS if name != "message_key"} == {
        "message_id": "A1",
        "message_ref": None,
        "feed": "north",
        "account": "clinic",
        "campaign": "march",
        "client_ref": "order-1",
        "sender": "Clinic",
        "recipient": "+4740000001",
        "country": "NO",
        "operator": "Telenor",
        "mccmnc": "24201",
        "parts": 1,
        "submitted_utc": START,
        "scheduled_utc": None,
        "deadline_utc": after(days=8),
        "first_receipt_utc": after(minutes=2),
        "final_utc": after(hours=3),
        "final_received_utc": after(hours=3, seconds=5),
        "last_status": "delivered",
        "outcome": "delivered",
        "decided_by": "operator",
        "refused": False,
        "reason": None,
        "reason_class": None,
        "code_raw": "000",
        "code_system": "smpp",
        "detail": None,
        "receipts": 2,
        "folded": 0,
        "conflict": False,
        "late": False,
        "submission_missing": False,
        "receipt_requested": None,
        "price": 10.0,
        "charge": "premium",
        "charge_status": "charged",
        "gap_cause": None,
    }


# Rule 1


@pytest.mark.parametrize(("sent", "answered"), [("ab", "AB"), ("00BBA622", "bba622"), ("0913121205", "913121205"), ("0", "000")])
def test_rule_1_case_and_leading_zeros_do_not_count(sent: str, answered: str) -> None:
    assert lines(resolve(submission(message_id=sent), receipt("delivered", message_id=answered))) == [[1, 2]]


def test_rule_1_a_short_id_in_two_feeds_is_two_messages_unless_the_recipient_is_the_same() -> None:
    sent = submission(message_id="a1", recipient=ANNA)
    for recipient, together in ((ANNA, True), (BJORN, False), (None, False)):
        said = receipt("delivered", message_id="a1", feed="south", recipient=recipient)
        assert lines(resolve(sent, said)) == ([[1, 2]] if together else [[1], [2]])


@pytest.mark.parametrize(
    ("rule", "sent", "answered"),
    [
        ("hex_submissions", "812FC7470000001B", "9308878062554710043"),
        ("hex_submissions", "00a1", "0161"),
        ("hex_receipts", "161", "A1"),
        ("hex_submissions", "x-7", "X-7"),
    ],
)
def test_rule_1_the_feeds_id_rule_joins_hexadecimal_and_decimal(rule: str, sent: str, answered: str) -> None:
    log = submission(message_id=sent), receipt("delivered", message_id=answered)
    assert lines(resolve(*log, id_rules={"north": rule})) == [[1, 2]]


@pytest.mark.parametrize("rules", [{}, {"south": "hex_submissions"}, {"north": "hex_receipts"}])
def test_rule_1_without_that_rule_hexadecimal_is_another_id(rules: dict[str, str]) -> None:
    log = submission(message_id="65"), receipt("delivered", message_id="101")
    assert lines(resolve(*log, id_rules=rules)) == [[1], [2]]


def test_rule_1_a_reference_ties_ids_together() -> None:
    log = [
        submission(message_id="p1", message_ref="batch7"),
        submission(message_id="p2", message_ref="batch7"),
        receipt("delivered", message_id="p2"),
        submission(message_id="p3", message_ref="batch8"),
    ]
    assert lines(resolve(*log)) == [[1, 2, 3], [4]]


def test_rule_1_an_event_without_id_and_reference_is_a_message_of_its_own() -> None:
    assert lines(resolve(submission(), submission(), receipt("delivered"))) == [[1], [2], [3]]


def test_rule_1_an_id_used_again_after_the_horizon_is_a_new_message() -> None:
    log = [
        submission(message_id="a1"),
        receipt("delivered", message_id="a1", event_utc=after(days=1)),
        submission(message_id="a1", event_utc=after(days=8, seconds=1)),
        receipt("undelivered", message_id="a1", event_utc=after(days=9)),
    ]
    first, second = resolve(*log)
    assert lines([first, second]) == [[1, 2], [3, 4]]
    assert (first["outcome"], second["outcome"]) == ("delivered", "failed")


def test_rule_1_within_the_horizon_the_same_id_is_the_same_message() -> None:
    assert lines(resolve(submission(message_id="a1"), submission(message_id="a1", event_utc=after(days=8)))) == [[1, 2]]


def test_rule_1_the_horizon_counts_from_the_start_of_a_use() -> None:
    log = [submission(message_id="a1", event_utc=after(days=days)) for days in (0, 5, 10, 15)]
    assert lines(resolve(*log)) == [[1, 2], [3, 4]]


def test_rule_1_the_horizon_is_the_feeds_own() -> None:
    log = submission(message_id="a1"), submission(message_id="a1", event_utc=after(days=4))
    assert lines(resolve(*log, horizons={"north": timedelta(days=3)})) == [[1], [2]]


def test_rule_1_a_receipt_up_to_a_minute_before_the_new_use_belongs_to_it() -> None:
    log = [
        submission(message_id="a1"),
        submission(message_id="a1", event_utc=after(days=9)),
        receipt("delivered", message_id="a1", event_utc=after(days=9, minutes=-1)),
        receipt("delivered", message_id="a1", event_utc=after(days=9, minutes=-1, seconds=-1)),
        receipt("delivered", message_id="a1", event_utc=after(days=-2)),
    ]
    assert lines(resolve(*log)) == [[1, 4, 5], [2, 3]]


def test_rule_1_which_use_a_receipt_belongs_to_is_told_by_when_it_was_received() -> None:
    log = [
        submission(message_id="a1"),
        submission(message_id="a1", event_utc=after(days=9)),
        receipt("delivered", message_id="a1", event_utc=after(days=1), received_utc=after(days=10)),
    ]
    assert lines(resolve(*log)) == [[1], [2, 3]]


def test_rule_1_an_id_used_again_for_another_recipient_is_a_new_message() -> None:
    log = [
        submission(message_id="1", recipient=ANNA),
        submission(message_id="1", recipient=BJORN, event_utc=after(days=7)),
        receipt("delivered", message_id="1", recipient=BJORN, event_utc=after(days=7, hours=1)),
        receipt("undelivered", message_id="1", recipient=ANNA, event_utc=after(days=7, hours=2)),
    ]
    for_anna, for_bjorn = resolve(*log)
    assert lines([for_anna, for_bjorn]) == [[1, 4], [2, 3]]
    assert (for_anna["outcome"], for_bjorn["outcome"]) == ("failed", "delivered")


def test_rule_1_january_and_february_from_1_a_week_apart() -> None:
    def month(first: datetime, recipients: list[str], statuses: list[str]) -> list[Event]:
        sent = [submission(message_id=str(number), recipient=to, event_utc=first) for number, to in enumerate(recipients, 1)]
        said = [
            receipt(status, message_id=str(number), recipient=to, event_utc=first + timedelta(minutes=5))
            for number, (to, status) in enumerate(zip(recipients, statuses, strict=True), 1)
        ]
        return [*sent, *said]

    for days in (7, 31):
        january = month(START, [f"+474000{number:04}" for number in (1, 2, 3)], ["delivered", "delivered", "undelivered"])
        february = month(
            after(days=days), [f"+474000{number:04}" for number in (11, 12, 13, 14)], ["delivered", "undelivered", "delivered", "delivered"]
        )
        messages = resolve(*february, *january, now=LATER)
        before = [message for message in messages if message["submitted_utc"] == START]
        later = [message for message in messages if message["submitted_utc"] != START]
        assert sorted(message["outcome"] for message in before) == ["delivered", "delivered", "failed"]
        assert sorted(message["outcome"] for message in later) == ["delivered", "delivered", "delivered", "failed"]


def test_rule_1_a_side_without_a_recipient_agrees_with_any() -> None:
    log = [
        submission("queued", message_id="1", recipient=None),
        submission(message_id="1", recipient=ANNA, event_utc=after(seconds=1)),
        submission(message_id="1", recipient=BJORN, event_utc=after(hours=1)),
        submission(message_id="1", recipient=None, event_utc=after(hours=2)),
        submission(message_id="1", recipient=ANNA, event_utc=after(hours=3)),
        receipt("delivered", message_id="1", recipient=None, event_utc=after(minutes=30)),
        receipt("delivered", message_id="1", recipient=None, event_utc=after(hours=4)),
    ]
    assert lines(resolve(*log)) == [[1, 2, 5, 6], [3, 4, 7]]


def test_rule_1_which_recipients_use_a_receipt_belongs_to() -> None:
    log = [
        submission(message_id="1", recipient=ANNA),
        submission(message_id="1", recipient=BJORN, event_utc=after(days=2)),
        receipt("buffered", message_id="1", recipient=BJORN, event_utc=after(days=1)),  # before its submission all the same
        receipt("delivered", message_id="1", recipient=ANNA, event_utc=after(days=3)),
        receipt("buffered", message_id="1", recipient=CILLE, event_utc=after(days=1)),  # a recipient that no use has: by time
        receipt("delivered", message_id="1", recipient=CILLE, event_utc=after(days=2, minutes=-1)),
    ]
    assert lines(resolve(*log)) == [[1, 4, 5], [2, 3, 6]]


def test_rule_1_parts_that_share_id_and_recipient_are_one_message() -> None:
    parts = [submission(message_id="1", recipient=ANNA, part_no=number, parts=2, event_utc=after(seconds=number)) for number in (1, 2)]
    assert lines(resolve(*parts)) == [[1, 2]]


def test_rule_1_the_case_of_a_feeds_name_does_not_count() -> None:
    log = [
        submission(message_id="a1", feed="Telia1"),
        receipt("buffered", message_id="a1", feed="telia1"),
        receipt("delivered", message_id="a1", feed="telia1", event_utc=after(hours=1)),
    ]
    message = story(*log, now=LATER, horizons={"TELIA1": timedelta(days=3)})
    assert the(message, "feed", "deadline_utc", "outcome") == ("telia1", after(days=3), "delivered")
    assert story(*log[:2])["feed"] == "Telia1"  # as many of one as of the other: the first by alphabet


def test_rule_1_references_are_not_used_again_but_udh_groups_are_after_an_hour() -> None:
    assert lines(resolve(submission(message_ref="batch7"), submission(message_ref="batch7", event_utc=after(days=99)))) == [[1, 2]]
    log = [
        submission(message_ref="udh:07/+4740000001"),
        submission(message_ref="udh:07/+4740000001", event_utc=after(hours=1)),
        submission(message_ref="udh:07/+4740000001", event_utc=after(hours=1, seconds=1)),
    ]
    assert lines(resolve(*log)) == [[1, 2], [3]]


# Rule 2


def test_rule_2_identical_receipts_count_once_and_are_folded() -> None:
    repeat = receipt("delivered", message_id="a1", received_utc=after(minutes=2))
    later = {**repeat, "received_utc": after(hours=1)}
    message = story(submission(message_id="a1", copies=5), {**repeat, "copies": 3}, later)
    assert the(message, "outcome", "receipts", "folded", "conflict") == ("delivered", 1, 3, False)


@pytest.mark.parametrize("difference", [{"code_raw": "001"}, {"event_utc": after(hours=1)}, {"part_no": 2}, {"status": "buffered"}])
def test_rule_2_another_status_code_time_or_part_is_another_receipt(difference: dict[str, Any]) -> None:
    repeat = receipt("delivered", message_id="a1")
    assert the(story(submission(message_id="a1"), repeat, {**repeat, **difference}), "receipts", "folded") == (2, 0)


# Rule 3


@pytest.mark.parametrize("other", ["undelivered", "expired", "rejected", "stopped"])
@pytest.mark.parametrize("minutes", [0, 1, 2])
def test_rule_3_delivered_beats_other_finals(other: str, minutes: int) -> None:
    message = story(
        submission(message_id="a1"),
        receipt("delivered", message_id="a1", event_utc=after(minutes=1)),
        receipt(other, message_id="a1", event_utc=after(minutes=minutes)),
    )
    assert the(message, "outcome", "last_status", "conflict", "final_utc") == ("delivered", "delivered", True, after(minutes=1))


def test_rule_3_the_latest_event_time_wins_among_other_finals() -> None:
    message = story(
        receipt("expired", message_id="a1", event_utc=after(minutes=5), received_utc=after(minutes=5)),
        receipt("rejected", message_id="a1", event_utc=after(minutes=1), received_utc=after(minutes=9)),
    )
    assert the(message, "outcome", "last_status", "final_received_utc") == ("failed", "expired", after(minutes=5))


def test_rule_3_then_the_latest_received_time_and_none_is_the_earliest() -> None:
    time = after(minutes=1)
    message = story(
        receipt("rejected", message_id="a1", event_utc=time),
        receipt("stopped", message_id="a1", event_utc=time, received_utc=after(minutes=3)),
        receipt("rejected", message_id="a1", event_utc=time, received_utc=after(minutes=2)),
    )
    assert the(message, "outcome", "conflict") == ("stopped", True)


def test_rule_3_then_the_order_of_the_statuses() -> None:
    in_order = ["rejected", "undelivered", "expired", "stopped"]
    for first in range(4):
        message = story(*(receipt(status, message_id="a1") for status in reversed(in_order[first:])))
        assert message["last_status"] == in_order[first]


def test_rule_3_then_the_content_so_that_the_place_does_not_matter() -> None:
    finals = [receipt("undelivered", message_id="a1", code_raw=code) for code in (None, "001", "005")]
    assert story(*finals)["code_raw"] == story(*reversed(finals))["code_raw"] == "005"


def test_rule_3_a_final_status_of_a_submission_is_a_final() -> None:
    message = story(submission(message_id="a1"), submission("stopped", message_id="a1", event_utc=after(minutes=1), reason="recipient_opted_out"))
    assert the(message, "outcome", "decided_by", "reason", "reason_class") == ("stopped", "gateway", "recipient_opted_out", "policy")


# Rule 4


def test_rule_4_the_latest_non_final_is_the_last_status() -> None:
    message = story(
        submission(message_id="a1"),
        receipt("accepted", message_id="a1", event_utc=after(minutes=5)),
        receipt("buffered", message_id="a1", event_utc=after(minutes=3), received_utc=after(minutes=9)),
    )
    assert the(message, "last_status", "outcome", "decided_by") == ("accepted", "awaiting_status", None)


def test_rule_4_received_time_where_there_is_no_event_time() -> None:
    message = story(
        receipt("buffered", message_id="a1", event_utc=None, received_utc=after(minutes=5)),
        receipt("accepted", message_id="a1", event_utc=after(minutes=3)),
    )
    assert message["last_status"] == "buffered"


def test_rule_4_equal_times_have_an_order() -> None:
    in_order = ["buffered", "accepted", "submitted", "unknown", "queued", "paused", "awaiting_approval", "scheduled"]
    for first in range(8):
        message = story(*(receipt(status, message_id="a1") for status in reversed(in_order[first:])))
        assert message["last_status"] == in_order[first]


def test_rule_4_a_receipt_is_never_ordered_before_the_hand_over() -> None:
    message = story(
        submission(message_id="a1", event_utc=after(seconds=35)),
        receipt("buffered", message_id="a1", event_utc=START, time_precision="minute", reason="absent_subscriber"),
    )
    assert the(message, "last_status", "outcome", "reason") == ("buffered", "out_of_coverage", "absent_subscriber")


def test_rule_4_a_gateway_that_gave_up_decides_over_later_words() -> None:
    message = story(
        submission(message_id="a1"),
        receipt("no_report", message_id="a1", event_utc=after(hours=1), said_by="gateway", reason="no_report"),
        receipt("unrecognised", message_id="a1", event_utc=after(hours=2)),
        receipt("buffered", message_id="a1", event_utc=after(hours=3)),
    )
    assert the(message, "last_status", "outcome", "decided_by", "reason") == ("no_report", "no_status", "gateway", "no_report")


def test_rule_4_an_unrecognised_word_is_never_silence() -> None:
    log = [
        submission(message_id="a1"),
        receipt("unrecognised", message_id="a1", event_utc=after(hours=1), status_raw="DLVD?"),
        receipt("buffered", message_id="a1", event_utc=after(hours=3), reason="absent_subscriber"),
    ]
    for now in (START, LATER):
        assert the(story(*log, now=now), "last_status", "outcome", "decided_by", "reason") == ("unrecognised", "unrecognised", None, None)


@pytest.mark.parametrize("word", ["buffered", "submitted", "no_report", "unrecognised", "paused"])
@pytest.mark.parametrize("final", ["delivered", "undelivered"])
def test_rule_4_a_non_final_changes_nothing_after_a_final(word: str, final: str) -> None:
    message = story(submission(message_id="a1"), receipt(final, message_id="a1"), receipt(word, message_id="a1", event_utc=after(hours=3)), now=LATER)
    assert the(message, "last_status", "conflict") == (final, False)


# Rule 5


def test_rule_5_events_received_after_as_of_are_not_seen() -> None:
    log = submission(message_id="a1"), receipt("delivered", message_id="a1", event_utc=after(hours=1), received_utc=after(hours=2))
    assert story(*log, now=LATER, as_of=after(hours=2))["outcome"] == "delivered"
    assert the(story(*log, now=LATER, as_of=after(hours=1)), "outcome", "receipts") == ("awaiting_status", 0)
    assert resolve(*log, as_of=after(days=-1)) == []


def test_rule_5_as_of_caps_now_and_does_not_move_it_on() -> None:
    sent = submission(message_id="a1")
    assert story(sent, now=LATER)["outcome"] == "no_status"
    assert story(sent, now=LATER, as_of=after(days=8))["outcome"] == "awaiting_status"
    assert story(sent, now=after(days=7), as_of=LATER)["outcome"] == "awaiting_status"


def outcome_with_loads(*loads: dict[str, Any]) -> str:
    event = {**submission(message_id="a1"), "load_id": 1, "record_no": 1}
    usual = {"feeds": ["north"], "last_utc": START, "loaded_utc": after(days=99)}
    messages = oracle.resolve([event], loads=[{"load_id": number, **usual, **load} for number, load in enumerate(loads, 1)])
    return str(messages[0]["outcome"])


def test_rule_5_now_is_the_latest_time_of_any_load_that_carried_the_feed() -> None:
    assert outcome_with_loads({}, {"last_utc": after(days=9)}) == "no_status"
    assert outcome_with_loads({}, {"feeds": ["south"], "last_utc": after(days=9)}) == "awaiting_status"
    assert outcome_with_loads({"feeds": ["north", "south"], "last_utc": after(days=9)}) == "no_status"


def test_rule_5_now_does_not_follow_a_time_that_cannot_be() -> None:
    assert outcome_with_loads({}, {"last_utc": after(days=9), "loaded_utc": after(days=8)}) == "no_status"
    assert outcome_with_loads({}, {"last_utc": after(days=9), "loaded_utc": after(days=8, seconds=-1)}) == "awaiting_status"
    assert outcome_with_loads({"last_utc": after(days=9), "loaded_utc": START}) == "awaiting_status"


# Rule 6


def test_rule_6_silence_past_the_deadline_is_no_status_by_timeout() -> None:
    sent = submission(message_id="a1")
    assert the(story(sent, now=after(days=8)), "outcome", "decided_by") == ("awaiting_status", None)
    assert the(story(sent, now=after(days=8, seconds=1)), "outcome", "decided_by", "last_status") == ("no_status", "timeout", "submitted")


def test_rule_6_the_horizon_is_the_feeds_own() -> None:
    message = story(submission(message_id="a1"), now=after(days=4), horizons={"north": timedelta(days=3)})
    assert the(message, "outcome", "deadline_utc") == ("no_status", after(days=3))


def test_rule_6_the_planned_time_counts_where_it_is_later() -> None:
    message = story(submission("scheduled", message_id="a1", scheduled_utc=after(days=5)), now=after(days=9))
    assert the(message, "outcome", "scheduled_utc", "deadline_utc") == ("waiting_to_send", after(days=5), after(days=13))
    earlier = story(submission(message_id="a1", scheduled_utc=after(days=-5)))
    assert earlier["deadline_utc"] == after(days=8)


def test_rule_6_hand_over_is_the_earliest_submitted_even_after_other_submissions() -> None:
    log = [
        submission("queued", message_id="a1"),
        submission(message_id="a1", event_utc=after(hours=2)),
        submission(message_id="a1", event_utc=after(hours=1)),
    ]
    assert the(story(*log), "submitted_utc", "deadline_utc") == (after(hours=1), after(days=8, hours=1))
    assert story(log[0], submission("paused", message_id="a1", event_utc=after(hours=1)))["submitted_utc"] == START


@pytest.mark.parametrize(
    ("status", "before", "past"),
    [
        ("submitted", "awaiting_status", "no_status"),
        ("accepted", "awaiting_status", "no_status"),
        ("unknown", "awaiting_status", "no_status"),
        ("buffered", "out_of_coverage", "no_status"),
        ("queued", "waiting_to_send", "no_status"),
        ("scheduled", "waiting_to_send", "no_status"),
        ("awaiting_approval", "awaiting_approval", "awaiting_approval"),
        ("paused", "paused", "paused"),
        ("no_report", "no_status", "no_status"),
    ],
)
def test_rule_6_open_statuses_before_and_past_the_deadline(status: str, before: str, past: str) -> None:
    log = submission("queued", message_id="a1"), receipt(status, message_id="a1", said_by="gateway")
    assert story(*log, now=after(days=1))["outcome"] == before
    assert story(*log, now=LATER)["outcome"] == past


def test_rule_6_a_final_past_the_deadline_is_late_and_counts() -> None:
    sent = submission(message_id="a1")
    in_time = receipt("delivered", message_id="a1", event_utc=after(days=1), received_utc=after(days=8))
    late = receipt("delivered", message_id="a1", event_utc=after(days=1), received_utc=after(days=8, seconds=1))
    without_received = receipt("delivered", message_id="a1", event_utc=after(days=9))
    assert [the(story(sent, final, now=LATER), "outcome", "late") for final in (in_time, late, without_received)] == [
        ("delivered", False),
        ("delivered", True),
        ("delivered", True),
    ]


# Rule 7


@pytest.mark.parametrize("now", [START, LATER])
def test_rule_7_nothing_asked_is_untracked(now: datetime) -> None:
    message = story(submission(message_id="a1", receipt_requested="none"), receipt("buffered", message_id="a1"), now=now)
    assert the(message, "outcome", "decided_by", "receipt_requested") == ("untracked", None, "none")


def test_rule_7_partly_asked_and_silent_is_untracked() -> None:
    sent = submission(message_id="a1", receipt_requested="partial")
    waits = receipt("buffered", message_id="a1")
    assert story(sent)["outcome"] == "untracked"
    assert story(sent, waits)["outcome"] == "out_of_coverage"
    assert story(sent, waits, now=LATER)["outcome"] == "untracked"


@pytest.mark.parametrize("requested", ["none", "partial"])
@pytest.mark.parametrize(("final", "outcome"), [("delivered", "delivered"), ("undelivered", "failed"), ("stopped", "stopped")])
def test_rule_7_a_final_beats_both(requested: str, final: str, outcome: str) -> None:
    message = story(submission(message_id="a1", receipt_requested=requested), receipt(final, message_id="a1"), now=LATER)
    assert message["outcome"] == outcome


@pytest.mark.parametrize(
    ("status", "before", "past"),
    [("scheduled", "waiting_to_send", "untracked"), ("paused", "paused", "paused"), ("awaiting_approval", "awaiting_approval", "awaiting_approval")],
)
def test_rule_7_held_and_waiting_messages_still_show_as_such(status: str, before: str, past: str) -> None:
    sent = submission(status, message_id="a1", receipt_requested="none")
    assert (story(sent)["outcome"], story(sent, now=LATER)["outcome"]) == (before, past)


def test_rule_7_what_the_log_does_not_say_is_read_as_full() -> None:
    assert story(submission(message_id="a1"), now=LATER)["outcome"] == "no_status"


# Rule 8


def three_parts(*statuses: str | None, requested: tuple[str | None, ...] = (None, None, None)) -> list[Event]:
    """A message of three parts, each with a submission of its own, and the receipts that came."""
    sent = [submission(message_ref="m", part_no=number, parts=3, receipt_requested=asked) for number, asked in enumerate(requested, 1)]
    said = [receipt(status, message_ref="m", part_no=number, parts=3) for number, status in enumerate(statuses, 1) if status]
    return [*sent, *said]


@pytest.mark.parametrize(
    ("statuses", "outcome", "last_status"),
    [
        (("delivered", "delivered", "delivered"), "delivered", "delivered"),
        (("delivered", "undelivered", "delivered"), "failed", "undelivered"),
        (("delivered", "undelivered", None), "failed", "undelivered"),
        (("stopped", "expired", "buffered"), "failed", "expired"),
        (("delivered", "stopped", None), "stopped", "stopped"),
        (("delivered", "delivered", None), "awaiting_status", "submitted"),
        (("delivered", "delivered", "buffered"), "out_of_coverage", "buffered"),
        (("delivered", "no_report", "buffered"), "no_status", "no_report"),
        (("delivered", "unrecognised", "buffered"), "unrecognised", "unrecognised"),
    ],
)
def test_rule_8_any_failed_is_failed_else_any_open_decides(statuses: tuple[str | None, ...], outcome: str, last_status: str) -> None:
    assert the(story(*three_parts(*statuses)), "outcome", "last_status", "parts", "conflict") == (outcome, last_status, 3, False)


def test_rule_8_only_parts_that_asked_count() -> None:
    asked_first = ("full", "none", "none")
    assert story(*three_parts("delivered", "delivered", requested=("full", "full", "full"))[:3], now=LATER)["outcome"] == "no_status"
    assert story(*three_parts("delivered", requested=asked_first), now=LATER)["outcome"] == "partly_confirmed"
    assert the(story(*three_parts(requested=asked_first), now=LATER), "outcome", "receipt_requested") == ("no_status", "full")
    assert story(*three_parts(requested=("none", "none", "none")), now=LATER)["outcome"] == "untracked"


def test_rule_8_partly_confirmed_is_final_and_says_delivered() -> None:
    message = story(*three_parts("delivered", requested=("full", "none", "none")), now=LATER)
    assert the(message, "outcome", "last_status", "decided_by", "final_utc", "late") == (
        "partly_confirmed",
        "delivered",
        "operator",
        after(minutes=1),
        False,
    )
    early = story(*three_parts("buffered", requested=("full", "none", "none")))
    assert the(early, "outcome", "final_utc") == ("out_of_coverage", None)


def test_rule_8_a_final_counts_though_its_part_did_not_ask() -> None:
    asked_first = ("full", "none", "none")
    assert story(*three_parts("delivered", "rejected", requested=asked_first))["outcome"] == "failed"
    assert story(*three_parts("delivered", "delivered", requested=asked_first))["outcome"] == "partly_confirmed"
    assert story(*three_parts("delivered", "delivered", "delivered", requested=asked_first))["outcome"] == "delivered"


def test_rule_8_the_latest_part_dates_the_delivery_and_the_latest_failure_explains() -> None:
    sent = three_parts()
    delivered = [
        receipt("delivered", message_ref="m", part_no=number, event_utc=after(minutes=minute)) for number, minute in ((1, 5), (2, 9), (3, 7))
    ]
    assert story(*sent, *delivered)["final_utc"] == after(minutes=9)
    failed = [
        receipt("expired", message_ref="m", part_no=1, event_utc=after(minutes=20), reason="validity_expired"),
        receipt("undelivered", message_ref="m", part_no=3, event_utc=after(minutes=10), reason="unknown_subscriber"),
    ]
    assert the(story(*sent, *delivered, *failed[1:]), "outcome", "reason", "conflict") == ("delivered", None, True)
    assert the(story(*sent, delivered[1], *failed), "outcome", "reason", "final_utc") == ("failed", "validity_expired", after(minutes=20))


def test_rule_8_finals_of_different_parts_are_no_conflict() -> None:
    assert story(*three_parts("delivered", "undelivered"))["conflict"] is False


def test_rule_8_ids_are_parts_where_a_message_has_several() -> None:
    log = [
        submission(message_id="p1", message_ref="m"),
        submission(message_id="p2", message_ref="m"),
        receipt("delivered", message_id="P1"),
    ]
    assert story(*log)["outcome"] == "awaiting_status"
    assert story(*log, receipt("delivered", message_id="0p2"))["outcome"] == "delivered"
    assert story(*log, receipt("undelivered", message_id="p2"))["outcome"] == "failed"


def test_rule_8_the_whole_is_no_part_beside_the_parts_in_receipts() -> None:
    sent = submission(message_id="a1", parts=2)
    first, second = (receipt("delivered", message_id="a1", part_no=number, parts=2) for number in (1, 2))
    assert the(story(sent, first, now=after(days=1)), "outcome", "last_status") == ("awaiting_status", "submitted")
    assert the(story(sent, first, now=LATER), "outcome", "decided_by") == ("no_status", "timeout")
    assert story(sent, first, second, now=LATER)["outcome"] == "delivered"
    assert story(sent, first, receipt("undelivered", message_id="a1", part_no=2, parts=2))["outcome"] == "failed"


def test_rule_8_an_acknowledgement_of_the_whole_does_not_keep_a_message_open() -> None:
    log = [
        submission(message_id="a1", parts=2),
        receipt("submitted", message_id="a1", said_by="gateway"),
        *(receipt("delivered", message_id="a1", part_no=number) for number in (1, 2)),
    ]
    assert story(*log, now=LATER)["outcome"] == "delivered"
    assert story(*log[1:], now=LATER)["outcome"] == "delivered"
    queued_whole = submission("queued", message_ref="m", parts=3)
    assert story(queued_whole, *three_parts("delivered", "delivered", "delivered"), now=LATER)["outcome"] == "delivered"
    first_asked = three_parts("delivered", requested=("full", "none", "none"))
    assert story(queued_whole, *first_asked, now=LATER)["outcome"] == "partly_confirmed"


def test_rule_8_a_receipt_with_an_id_only_speaks_of_the_part_that_has_this_id() -> None:
    log = [
        submission(message_id="a1", message_ref="udh:07", part_no=1, parts=2, receipt_requested="full"),
        submission(message_ref="udh:07", part_no=2, parts=2, receipt_requested="none"),
        receipt("delivered", message_id="a1"),
    ]
    assert story(*log, now=LATER)["outcome"] == "partly_confirmed"
    each_asks = submission(message_id="a2", message_ref="udh:07", part_no=2, parts=2)
    assert story(log[0], each_asks, log[2], now=LATER)["outcome"] == "no_status"
    assert story(log[0], each_asks, log[2], receipt("delivered", message_id="A2"), now=LATER)["outcome"] == "delivered"


def test_rule_8_a_final_about_the_whole_is_not_overlooked() -> None:
    log = [
        submission(message_id="a1"),
        receipt("delivered", message_id="a1", part_no=1),
        receipt("undelivered", message_id="a1", event_utc=after(hours=1)),
    ]
    assert the(story(*log), "outcome", "conflict") == ("failed", False)


def test_rule_8_a_part_without_a_submission_asked_if_the_message_did() -> None:
    said = receipt("delivered", message_id="a1", part_no=1), receipt("buffered", message_id="a1", part_no=2)
    assert story(submission(message_id="a1"), *said)["outcome"] == "out_of_coverage"
    assert story(submission(message_id="a1", receipt_requested="none"), *said)["outcome"] == "partly_confirmed"


def test_rule_8_one_receipt_for_the_whole_is_enough() -> None:
    assert story(submission(message_id="a1", parts=3), receipt("delivered", message_id="a1", parts=3), now=LATER)["outcome"] == "delivered"


def test_rule_8_parts_that_nothing_ties_are_messages() -> None:
    log = [receipt("delivered", message_id=own) for own in ("bf53ad8b", "40ccdce2", "b64bf122")]
    assert lines(resolve(*log)) == [[1], [2], [3]]


# Rule 9


def test_rule_9_receipts_without_a_submission_are_messages() -> None:
    message = story(receipt("delivered", message_id="a1", received_utc=after(minutes=2)), receipt("buffered", message_id="a1"))
    assert the(message, "submission_missing", "outcome", "submitted_utc", "first_receipt_utc") == (
        True,
        "delivered",
        after(minutes=1),
        after(minutes=1),
    )


def test_rule_9_the_submit_date_in_the_receipts_is_the_hand_over() -> None:
    log = [
        receipt("buffered", message_id="a1", extra='{"sub": "001"}'),
        receipt("buffered", message_id="a1", extra='{"submit_utc": "2026-03-01T10:00:00"}'),
        receipt("buffered", message_id="a1", extra='{"submit_utc": "2026-03-01T09:00:00"}'),
    ]
    submitted = datetime.fromisoformat("2026-03-01T09:00:00")
    assert the(story(*log), "submitted_utc", "deadline_utc") == (submitted, submitted + timedelta(days=8))
    assert the(story(*log, submission(message_id="a1")), "submitted_utc", "submission_missing") == (START, False)


def test_rule_9_silence_after_a_lone_receipt_is_no_status_too() -> None:
    assert story(receipt("buffered", message_id="a1"), now=LATER)["outcome"] == "no_status"


# Rule 10


def test_rule_10_refused_before_hand_over() -> None:
    message = story(submission("rejected", message_id="a1", reason="invalid_number"))
    assert the(message, "outcome", "decided_by", "refused", "reason", "reason_class") == ("failed", "gateway", True, "invalid_number", "permanent")
    queued_first = story(submission("queued", message_id="a1"), submission("rejected", message_id="a1", event_utc=after(minutes=1)))
    assert queued_first["refused"] is True


@pytest.mark.parametrize(
    "events",
    [
        [submission(message_id="a1"), receipt("expired", message_id="a1", said_by="gateway")],
        [submission("rejected", message_id="a1"), receipt("buffered", message_id="a1")],
        [submission("queued", message_id="a1"), receipt("rejected", message_id="a1")],
    ],
    ids=["the gateway gave up later", "the operator had it", "the operator refused"],
)
def test_rule_10_failed_after_hand_over_is_not_refused(events: list[Event]) -> None:
    assert the(story(*events), "outcome", "refused") == ("failed", False)


@pytest.mark.parametrize("sent", [[], [submission(message_id="a1")], [submission("queued", message_id="a1"), submission(message_id="a1")]])
def test_rule_10_refused_is_the_same_with_and_without_a_table_of_submissions(sent: list[Event]) -> None:
    invalid = receipt("rejected", message_id="a1", said_by="gateway", reason="invalid_number")
    gave_up = receipt("expired", message_id="a1", said_by="gateway")
    failed_submission = submission("expired", message_id="a1", event_utc=after(hours=1))
    handed_on = receipt("submitted", message_id="a1", said_by="gateway", event_utc=after(seconds=5))
    assert the(story(*sent, invalid), "outcome", "decided_by", "refused") == ("failed", "gateway", True)
    assert the(story(*sent, gave_up), "outcome", "decided_by", "refused") == ("failed", "gateway", False)
    assert the(story(*sent, failed_submission), "outcome", "decided_by", "refused") == ("failed", "gateway", True)
    assert the(story(*sent, handed_on, invalid), "outcome", "decided_by", "refused") == ("failed", "gateway", False)


def test_rule_10_a_message_whose_other_part_was_handed_over_is_not_refused() -> None:
    log = [
        submission(message_ref="m", part_no=1, parts=2),
        submission("rejected", message_ref="m", part_no=2, parts=2),
    ]
    assert the(story(*log), "outcome", "refused") == ("failed", False)
    assert the(story(log[1]), "outcome", "refused") == ("failed", True)


def test_rule_10_the_black_list_is_stopped_and_not_refused() -> None:
    assert the(story(submission("stopped", message_id="a1", reason="recipient_opted_out")), "outcome", "refused") == ("stopped", False)


# Who and what


def test_the_submission_wins_over_receipts_and_the_earliest_receipt_fills_in() -> None:
    log = [
        submission(message_id="a1", account="clinic", recipient="+4740000001"),
        receipt("delivered", message_id="A1", account="bank", sender="Bank", recipient="+4740000002", event_utc=after(minutes=2)),
        receipt("buffered", message_id="A1", sender="Clinic", event_utc=after(minutes=1)),
    ]
    assert the(story(*log), "message_id", "account", "sender", "recipient") == ("a1", "clinic", "Clinic", "+4740000001")
    assert the(story(*log[1:]), "message_id", "account", "sender", "recipient") == ("A1", "bank", "Clinic", "+4740000001")


def test_other_submissions_fill_in_before_receipts_do() -> None:
    log = [
        submission("queued", message_ref="m", account="clinic", sender="Clinic"),
        submission(message_id="a1", message_ref="m", account=None, event_utc=after(seconds=2)),
        receipt("delivered", message_id="a1", account="bank", client_ref="order-1"),
    ]
    assert the(story(*log), "message_id", "account", "sender", "client_ref") == ("a1", "clinic", "Clinic", "order-1")


def test_the_first_part_speaks_for_the_message() -> None:
    message = story(
        submission("queued", message_id="p0", message_ref="m"),
        submission(message_id="p2", message_ref="m", part_no=2, event_utc=after(seconds=1)),
        submission(message_id="p1", message_ref="m", part_no=1, event_utc=after(seconds=1)),
    )
    assert the(message, "message_id", "submitted_utc") == ("p1", after(seconds=1))


def test_the_operator_is_the_receipts_then_the_supplied_then_the_submissions_then_the_feeds() -> None:
    named = [
        receipt("buffered", message_id="a1", operator="Telenor", mccmnc="24201", operator_source="receipt"),
        receipt("buffered", message_id="a1", event_utc=after(seconds=59), operator="Telia", operator_source="receipt"),
        receipt("submitted", message_id="a1", event_utc=after(hours=1), operator="Ice", operator_source="supplied"),
        submission(message_id="a1", operator="Telia", mccmnc="24202", operator_source="submission"),
        receipt("submitted", message_id="a1", event_utc=after(hours=2), operator="Lyca", operator_source="feed"),
        receipt("submitted", message_id="a1", event_utc=after(hours=3)),
    ]
    assert [story(*named[first:])["operator"] for first in (0, 2, 3, 4, 5)] == ["Telenor", "Ice", "Telia", "Lyca", None]
    assert [story(*named[first:])["mccmnc"] for first in (0, 2, 3)] == ["24201", None, "24202"]


def test_the_latest_receipt_tells_the_charge() -> None:
    log = [
        submission(message_id="a1", price=10.0, charge_status="pending"),
        receipt("accepted", message_id="a1", event_utc=after(minutes=1), charge_status="charged"),
        receipt("delivered", message_id="a1", event_utc=after(minutes=9), charge_status="refunded"),
        receipt("delivered", message_id="a1", event_utc=after(minutes=10)),
    ]
    assert the(story(*log), "price", "charge_status") == (10.0, "refunded")
    assert story(log[0])["charge_status"] == "pending"
    at_once = receipt("buffered", message_id="a1", event_utc=after(minutes=1), charge_status="pending")
    assert story(log[1], at_once)["charge_status"] == "charged"


# Section 3: what is stored


def test_stored_once_with_the_largest_count_of_one_load() -> None:
    line = receipt("delivered", message_id="a1")
    first = [{**line, "load_id": 1, "record_no": 1}, {**line, "load_id": 1, "record_no": 2}]
    second = [{**line, "load_id": 2, "record_no": number, "copies": 1} for number in (1, 2, 3)]
    other = {**line, "load_id": 2, "record_no": 4, "raw": "another record"}
    rows = oracle.stored([first, [*second, other]])
    assert [(row["load_id"], row["record_no"], row["copies"]) for row in rows] == [(1, 1, 3), (2, 4, 1)]


# Sequences that other systems' tests and documents describe; design section 5 decides what we make of them


@pytest.mark.parametrize(
    ("statuses", "outcome", "conflict"),
    [
        (["buffered", "undelivered"], "failed", False),  # seq-005
        (["delivered", "undelivered"], "delivered", True),  # seq-009, 016, 031, 058: they say that the first final wins
        (["undelivered", "delivered"], "delivered", True),  # seq-010: for them it stays failed
        (["delivered", "delivered"], "delivered", False),  # seq-011
        (["delivered", "buffered"], "delivered", False),  # seq-022
        (["delivered", "submitted"], "delivered", False),  # seq-023; seq-024 loses the delivery
        (["undelivered", "unknown"], "failed", False),  # seq-026
        (["rejected", "accepted"], "failed", False),  # seq-050
        (["submitted", "accepted"], "awaiting_status", False),  # seq-054: for them accepted is final
        (["buffered", "delivered"], "delivered", False),  # seq-055
    ],
)
def test_rules_3_and_4_on_sequences_of_other_systems(statuses: list[str], outcome: str, conflict: bool) -> None:
    said = [receipt(status, message_id="a1", event_utc=after(minutes=minute)) for minute, status in enumerate(statuses, 1)]
    assert the(story(submission(message_id="a1"), *said), "outcome", "conflict") == (outcome, conflict)


def test_rule_9_a_receipt_for_an_id_that_nobody_sent() -> None:  # seq-029, 045: dropped there, kept here
    sent, orphan = resolve(submission(message_id="a1"), receipt("delivered", message_id="b2"))
    assert the(sent, "outcome", "submission_missing") == ("awaiting_status", False)
    assert the(orphan, "outcome", "submission_missing") == ("delivered", True)


@pytest.mark.parametrize(
    ("sent", "answered", "rules", "together"),
    [
        ("5f878c79", "1602718841", {"north": "hex_submissions"}, True),  # seq-037
        ("0e999f21-77aa", "E999F21-77AA", {}, True),  # seq-038
        ("65", "101", {}, False),  # seq-041
        ("400678557", "0000400678557", {}, True),  # seq-061
    ],
)
def test_rule_1_on_ids_of_other_systems(sent: str, answered: str, rules: dict[str, str], together: bool) -> None:
    messages = resolve(submission(message_id=sent), receipt("delivered", message_id=answered), id_rules=rules)
    assert lines(messages) == ([[1, 2]] if together else [[1], [2]])


def test_rule_8_on_parts_of_other_systems() -> None:  # seq-048: the worst part wins, whatever the order
    said = receipt("undelivered", message_ref="base", part_no=1), receipt("delivered", message_ref="base", part_no=2, event_utc=after(hours=1))
    assert story(*said)["outcome"] == story(*reversed(said))["outcome"] == "failed"


# Section 6


def counted(**counts: int) -> list[oracle.Message]:
    """So many messages of each outcome, as they matter to rates; `refused` and `without_submission` are counts too."""
    usual = {"feed": "north", "operator": "Telenor", "submission_missing": False, "refused": False, "before_deadline": True}
    special = {"refused": {"outcome": "failed", "refused": True}, "without_submission": {"outcome": "delivered", "submission_missing": True}}
    return [{**usual, **special.get(name, {"outcome": name})} for name, count in counts.items() for _ in range(count)]


EVERY_COUNT = {
    "delivered": 45,
    "partly_confirmed": 5,
    "failed": 20,
    "out_of_coverage": 4,
    "awaiting_status": 6,
    "no_status": 18,
    "unrecognised": 2,
    "waiting_to_send": 7,
    "awaiting_approval": 8,
    "paused": 9,
    "stopped": 10,
    "refused": 11,
    "untracked": 12,
    "without_submission": 13,
}


def test_section_6_counts_add_up_and_give_the_rates() -> None:
    rows = counted(**EVERY_COUNT)
    for row in rows[50 + 20 + 10 :][:10]:  # of the silent ones ten are past their deadline
        row["before_deadline"] = False
    (total,) = oracle.rates(rows)
    assert {name: total[name] for name in EVERY_COUNT} == EVERY_COUNT
    assert the(total, "sent", "messages", "provisional") == (100, 170, 4 + 6 + 8 + 2)
    assert the(total, "rate_confirmed", "rate_possible", "coverage") == (0.45, 0.8, 0.7)
    assert total["rate_answered"] == pytest.approx((45 + 5) / (45 + 5 + 20))
    assert (total["ci_low"], total["ci_high"]) == (pytest.approx(0.356145, abs=1e-6), pytest.approx(0.866634, abs=1e-6))
    assert the(total, "receipts_only", "receipts_only_answered", "undecided") == (0, None, 0)


def test_section_6_groups_are_counted_and_not_averaged() -> None:
    telia = [{**row, "operator": "Telia"} for row in counted(delivered=1)]
    unknown = [{**row, "operator": None} for row in counted(delivered=1, failed=1)]
    rows = [*telia, *unknown, *counted(delivered=1, failed=9)]
    grouped = oracle.rates(rows, by=["operator"])
    assert [the(row, "operator", "messages", "rate_confirmed") for row in grouped] == [(None, 2, 0.5), ("Telenor", 10, 0.1), ("Telia", 1, 1.0)]
    assert oracle.rates(rows)[0]["rate_confirmed"] == 3 / 13


def test_section_6_the_interval_stays_between_0_and_1() -> None:
    (perfect,) = oracle.rates(counted(delivered=10))
    assert (perfect["ci_low"], perfect["ci_high"]) == (pytest.approx(0.722467, abs=1e-6), pytest.approx(1.0))
    (hopeless,) = oracle.rates(counted(failed=10))
    assert (hopeless["ci_low"], hopeless["ci_high"]) == (pytest.approx(0.0, abs=1e-12), pytest.approx(0.277533, abs=1e-6))


def test_section_6_null_where_the_divisor_is_0() -> None:
    (held,) = oracle.rates(counted(paused=3))
    (silent,) = oracle.rates(counted(no_status=3))
    names = ("rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high")
    assert the(held, *names) == (None,) * 6
    assert the(silent, *names[:4]) == (0.0, 1.0, None, 0.0)
    assert oracle.rates([]) == []


def test_section_6_a_feed_without_any_submission_is_told_beside() -> None:
    mute = [{**row, "feed": "south", "submission_missing": True} for row in counted(delivered=3, failed=1, stopped=1, refused=1)]
    south, both = oracle.rates(mute, by=["feed"])[0], oracle.rates([*mute, *counted(delivered=4, without_submission=2)])[0]
    assert the(south, "messages", "sent", "stopped", "without_submission") == (0, 0, 0, 0)
    assert the(south, "receipts_only", "receipts_only_answered") == (6, 0.75)
    assert the(south, "rate_answered", "rate_confirmed", "coverage", "ci_low") == (None, None, None, None)
    assert the(both, "messages", "sent", "without_submission", "rate_answered", "rate_possible") == (6, 4, 2, 1.0, 1.0)
    assert the(both, "receipts_only", "receipts_only_answered") == (6, 0.75)


def test_section_6_a_feed_that_answers_for_another_is_never_receipts_only() -> None:
    unmatched = [{**row, "feed": "rx", "submission_missing": True, "mute": False} for row in counted(delivered=2)]
    (rx,) = oracle.rates(unmatched, by=["feed"])
    assert the(rx, "messages", "without_submission", "receipts_only") == (2, 2, 0)


def test_section_6_messages_of_undecided_feeds_stay_out_of_totals() -> None:
    undecided = [{**row, "feed": "tx", "undecided": True} for row in counted(no_status=3)]
    answers = [{**row, "feed": "rx", "undecided": True, "submission_missing": True} for row in counted(delivered=2)]
    (total,) = oracle.rates([*undecided, *answers, *counted(delivered=1, failed=1)])
    assert the(total, "messages", "sent", "undecided", "receipts_only", "rate_confirmed") == (2, 2, 5, 0, 0.5)
