"""The oracle on rule 1 across feeds and on the clocks of feeds (rule 5): worlds of several feeds that a person can add up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracle
from tests.histories import START, Event, History, Loaded, after, in_daily_files, in_one_load, in_pieces, receipt, runs, submission, twice, worlds


def person(number: int) -> str:
    return f"+47400{number:05}"


def sent(number: int, name: Any, feed: str = "tx", **columns: Any) -> Event:
    """The submission of message `number`, a second after the one before it."""
    usual: dict[str, Any] = {"recipient": person(number), "event_utc": after(seconds=number), "raw": f"sent {feed} {number}"}
    return submission(**{**usual, "message_id": str(name), "feed": feed, **columns})


def said(number: int, name: Any, feed: str = "rx", status: str = "delivered", **columns: Any) -> Event:
    """A receipt of message `number`, an hour after the beginning and as many seconds."""
    usual: dict[str, Any] = {"recipient": None, "event_utc": after(hours=1, seconds=number), "raw": f"said {feed} {number}"}
    return receipt(status, **{**usual, "message_id": str(name), "feed": feed, **columns})


LONG = 812_000_000_000_000
"""Ids from here on have 15 digits: they tell."""


def resolved(events: list[Event], **options: Any) -> list[oracle.Message]:
    log = [{**event, "load_id": 1, "record_no": number} for number, event in enumerate(events, 1)]
    feeds = sorted({event["feed"] for event in events})
    loads = [{"load_id": 1, "feeds": feeds, "last_utc": after(hours=2), "loaded_utc": after(days=1), "format": "kannel"}]
    return oracle.resolve(log, loads=loads, **options)


def tally(messages: list[oracle.Message], name: str = "outcome") -> dict[Any, int]:
    values = [message[name] for message in messages]
    return {value: values.count(value) for value in dict.fromkeys(values)}


def together(events: list[Event], **options: Any) -> int:
    """How many messages have events of more than one feed."""
    feed_of = {number: event["feed"].lower() for number, event in enumerate(events, 1)}
    return sum(len({feed_of[record] for _, record, _ in message["places"]}) > 1 for message in resolved(events, **options))


def found(events: list[Event], feed: str, **options: Any) -> tuple[tuple[str, ...], bool]:
    link = oracle.links(events, **options)[feed]
    return link.answers, link.undecided


# Who answers for whom


def test_a_transmitter_and_two_receivers() -> None:
    events = [sent(number, LONG + number) for number in range(50)]
    events += [said(number, LONG + number, "rx2" if number % 2 else "rx4", "undelivered" if number < 10 else "delivered") for number in range(48)]
    assert found(events, "rx2") == found(events, "rx4") == (("tx",), False)
    assert found(events, "tx") == ((), False)
    messages = resolved(events)
    assert tally(messages) == {"failed": 10, "delivered": 38, "awaiting_status": 2}
    assert tally(messages, "feed") == {"tx": 50}
    one_feed = resolved([{**event, "feed": "tx"} for event in events])
    assert tally(one_feed) == tally(messages)


def test_a_log_of_receipts_whose_ids_come_40_35_and_25_percent_from_three_connections() -> None:
    events = [sent(number, LONG + number, "a" if number < 40 else "b" if number < 75 else "c") for number in range(100)]
    events += [said(number, LONG + number, "lookup") for number in range(100)]
    assert found(events, "lookup") == (("a", "b", "c"), False)
    assert tally(resolved(events), "feed") == {"a": 40, "b": 35, "c": 25}
    assert tally(resolved(events)) == {"delivered": 100}


@pytest.mark.parametrize(("foreign", "answers"), [(40, ("tx",)), (41, ())])
def test_at_least_half_of_the_ids_are_submissions_of_the_others(foreign: int, answers: tuple[str, ...]) -> None:
    events = [sent(number, LONG + number) for number in range(40)] + [said(number, LONG + number) for number in range(40)]
    events += [said(number, LONG + 1000 + number) for number in range(foreign)]
    assert found(events, "rx")[0] == answers


def test_ids_received_outside_the_time_of_the_submissions_do_not_count() -> None:
    events = [sent(number, LONG + number) for number in range(40)] + [said(number, LONG + number) for number in range(40)]
    before = [said(number, LONG - 1000 + number, event_utc=after(days=-1)) for number in range(500)]
    afterwards = [said(number, LONG + 1000 + number, event_utc=after(days=9)) for number in range(500)]
    assert found([*events, *before, *afterwards], "rx") == (("tx",), False)


def test_each_feed_that_is_answered_has_20_ids_or_all() -> None:
    big = [sent(number, LONG + number, "big") for number in range(60)] + [said(number, LONG + number) for number in range(60)]
    small = [sent(number, LONG + number, "small") for number in range(60, 82)]
    answered = [said(number, LONG + number) for number in range(60, 82)]
    assert found([*big, *small, *answered[:20]], "rx")[0] == ("big", "small")
    assert found([*big, *small, *answered[:19]], "rx")[0] == ("big",)
    assert found([*big, *small[:5], *answered[:5]], "rx")[0] == ("big", "small")
    assert found([*big, *small[:5], *answered[:4]], "rx")[0] == ("big",)


def test_fewer_than_20_ids_in_all_are_enough_where_all_are_theirs() -> None:
    events = [sent(number, LONG + number) for number in range(3)] + [said(0, LONG, "rx2"), said(1, LONG + 1, "rx4")]
    assert (found(events, "rx2"), found(events, "rx4")) == ((("tx",), False), (("tx",), False))
    assert tally(resolved(events)) == {"delivered": 2, "awaiting_status": 1}
    assert found([*events, said(9, LONG + 9, "rx2")], "rx2")[0] == ()


def test_a_feed_named_after_its_format_needs_no_share_towards_feeds_of_that_format() -> None:
    events = [sent(number, LONG + number, format="kannel") for number in range(5)]
    events += [said(number, LONG + number, "kannel", format="kannel") for number in range(100) if number not in (3, 4)]
    assert found(events, "kannel") == (("tx",), False)
    assert tally(resolved(events), "feed") == {"tx": 5, "kannel": 95}
    of_another_format = [{**event, "format": "jasmin" if event["feed"] == "tx" else "kannel"} for event in events]
    assert found(of_another_format, "kannel")[0] == ()


def test_a_feed_with_submissions_of_its_own_is_judged_by_what_it_did_not_submit() -> None:
    events = [sent(number, LONG + number, "one") for number in range(100)] + [sent(number, LONG + 5000 + number, "two") for number in range(100)]
    events += [said(number, LONG + number, "one" if number < 70 else "two") for number in range(100)]
    assert found(events, "two")[0] == ("one",)
    assert tally([message for message in resolved(events) if message["feed"] == "one"]) == {"delivered": 100}


def test_a_receipt_whose_own_feed_submitted_the_id_stays_there() -> None:
    events = [sent(number, LONG + number) for number in range(30)] + [said(number, LONG + number) for number in range(30)]
    own = sent(0, LONG, "rx", recipient=None, event_utc=after(days=-20))
    messages = resolved([*events, own])
    assert tally(messages) == {"awaiting_status": 1, "delivered": 30}
    assert {message["outcome"] for message in messages if message["feed"] == "rx"} == {"delivered"}


# When, and for whom


@pytest.mark.parametrize(
    ("moment", "joined"),
    [
        (after(minutes=-1), True),
        (after(minutes=-1, seconds=-1), False),
        (after(days=16), True),
        (after(days=16, seconds=1), False),
    ],
)
def test_a_receipt_is_no_older_than_a_minute_before_and_no_younger_than_twice_the_horizon(moment: Any, joined: bool) -> None:
    events = [sent(number, LONG + number) for number in range(30)]
    events += [said(number, LONG + number, event_utc=moment if number == 0 else after(hours=1)) for number in range(30)]
    assert together(events) == 29 + joined


def test_recipients_agree_where_both_sides_name_one() -> None:
    events = [sent(number, LONG + number) for number in range(30)]
    events += [said(number, LONG + number, recipient=None if number % 2 else person(0 if number == 8 else number)) for number in range(30)]
    messages = resolved(events)
    assert tally(messages) == {"delivered": 30, "awaiting_status": 1}
    assert tally(messages, "feed") == {"tx": 30, "rx": 1}


def test_an_id_used_again_gets_the_receipt_that_came_after() -> None:
    events = [sent(number, LONG + number) for number in range(30)] + [said(number, LONG + number) for number in range(30)]
    again = [sent(0, LONG, event_utc=after(days=10)), said(0, LONG, status="undelivered", event_utc=after(days=10, minutes=1))]
    messages = [message for message in resolved([*events, *again]) if message["message_id"] == str(LONG)]
    assert [(message["outcome"], message["receipts"]) for message in messages] == [("delivered", 1), ("failed", 1)]


def test_a_receipt_that_two_feeds_could_have_sent_belongs_to_none() -> None:
    one = [sent(number, LONG + number, "one", recipient=None) for number in range(30)]
    two = [sent(number, LONG + number + 29, "two", recipient=None) for number in range(30)]
    events = [*one, *two, *(said(number, LONG + number) for number in range(59))]
    assert found(events, "rx")[0] == ("one", "two")
    messages = resolved(events)
    assert tally(messages) == {"delivered": 29 + 29 + 1, "awaiting_status": 2}
    assert tally(messages, "feed") == {"one": 30, "two": 30, "rx": 1}


# Ids that tell


def counters(first: int, feed: str, status: str = "delivered", person_from: int = 0, **columns: Any) -> list[Event]:
    """Thirty messages with ids that count from `first`, submitted and answered in one feed."""
    numbers = range(30)
    return [
        *(sent(person_from + number, first + number, feed, **columns) for number in numbers),
        *(said(person_from + number, first + number, feed, status, **columns) for number in numbers),
    ]


def test_two_counters_that_overlap_by_chance_are_not_joined() -> None:
    for first, second in ((1, 11), (7_000_001, 7_000_011)):
        events = [*counters(first, "north"), *counters(second, "south", "undelivered", person_from=500)]
        assert oracle.links(events) == {"north": oracle.Link(), "south": oracle.Link()}
        assert tally(resolved(events)) == {"delivered": 30, "failed": 30}


def test_receipts_of_one_counter_are_not_taken_for_anothers_submissions() -> None:
    asked = [sent(number, 1 + number, "north") for number in range(30)]
    told = [said(500 + number, 1 + number, "south", recipient=person(500 + number)) for number in range(30)]
    answered = [*asked, *(said(number, 1 + number, "north") for number in range(30)), *told]
    assert found(answered, "south") == ((), False)
    assert tally(resolved(answered), "feed") == {"north": 30, "south": 30}


@pytest.mark.parametrize(("disagreeing", "joined"), [(2, 38), (3, 0)])
def test_ids_that_do_not_tell_join_where_95_percent_of_the_recipients_agree(disagreeing: int, joined: int) -> None:
    events = [sent(number, 1 + number) for number in range(40)]
    events += [said(number, 1 + number, recipient=person(900 if number < disagreeing else number)) for number in range(40)]
    assert together(events) == joined


def test_ids_that_do_not_tell_join_only_where_both_sides_name_the_recipient() -> None:
    events = [sent(number, 1 + number) for number in range(60)]
    events += [said(number, 1 + number, recipient=person(number) if number < 40 else None) for number in range(60)]
    assert found(events, "rx") == (("tx",), False)
    assert together(events) == 40


@pytest.mark.parametrize(("step", "tells"), [(1, False), (99, False), (104, True)])
def test_ids_of_middle_length_tell_where_they_fill_less_than_a_hundredth_of_their_range(step: int, tells: bool) -> None:
    events = [sent(number, 5_000_000 + step * number) for number in range(30)] + [said(number, 5_000_000 + step * number) for number in range(30)]
    assert found(events, "rx") == ((("tx",), False) if tells else ((), True))
    assert together(events) == (30 if tells else 0)


def test_leading_zeros_do_not_make_an_id_long() -> None:
    events = [sent(number, f"{number + 1:015}") for number in range(30)] + [said(number, number + 1) for number in range(30)]
    assert found(events, "rx") == ((), True)


# Id rules


def test_hexadecimal_on_either_side_is_found_across_feeds_too() -> None:
    numbers = range(30)
    hex_sent = [sent(number, f"{LONG + number:x}") for number in numbers] + [said(number, LONG + number) for number in numbers]
    hex_said = [sent(number, LONG + number) for number in numbers] + [said(number, f"{LONG + number:X}") for number in numbers]
    for events in (hex_sent, hex_said):
        assert found(events, "rx") == (("tx",), False)
        assert tally(resolved(events)) == {"delivered": 30}


def test_the_id_rule_of_the_answered_feed_applies() -> None:
    events = [sent(number, f"{LONG + number:x}") for number in range(30)] + [said(number, LONG + number) for number in range(30)]
    assert together(events, id_rules={"tx": "hex_submissions"}) == 30
    assert together(events, id_rules={"tx": "plain", "rx": "plain"}) == 0


def test_one_id_for_many_recipients() -> None:
    events = [sent(number, LONG, recipient=person(number)) for number in range(30)]
    events += [said(number, LONG, recipient=person(number), status="undelivered" if number < 5 else "delivered") for number in range(30)]
    for rules in ({}, {"tx": "per_recipient"}):
        assert tally(resolved(events, id_rules=rules)) == {"failed": 5, "delivered": 25}


# The same submissions in two feeds


def test_own_table_beside_the_gateways_log_is_one_message_each() -> None:
    table = [sent(number, LONG + number, "ours", account="clinic", sender=None, format="table") for number in range(40)]
    log = [sent(number, LONG + number, "gateway", account=None, sender="Clinic", event_utc=after(seconds=number + 2)) for number in range(40)]
    events = [*table, *log, *(said(number, LONG + number, "gateway") for number in range(38))]
    assert oracle.links(events)["ours"].same == ("gateway",)
    messages = resolved(events)
    assert tally(messages) == {"delivered": 38, "awaiting_status": 2}
    assert tally(messages, "feed") == {"gateway": 38, "ours": 2}  # where no receipt came, the earlier submission's
    assert {(message["account"], message["sender"]) for message in messages} == {("clinic", "Clinic")}
    assert {message["submission_missing"] for message in messages} == {False}


def test_a_table_of_all_beside_the_logs_of_two_gateways() -> None:
    table = [sent(number, LONG + number, "ours") for number in range(100)]
    logs = [sent(number, LONG + number, "one" if number < 70 else "two", event_utc=after(seconds=number + 2)) for number in range(100)]
    answered = [said(number, LONG + number, "one" if number < 70 else "two") for number in range(100)]
    assert tally(resolved([*table, *logs, *answered]), "feed") == {"one": 70, "two": 30}


def test_the_columns_of_the_messages_own_feed_win() -> None:
    table = [sent(number, LONG + number, "ours", account="ours", client_ref="order") for number in range(30)]
    log = [sent(number, LONG + number, "gateway", account="theirs", event_utc=after(seconds=number + 2)) for number in range(30)]
    messages = resolved([*table, *log, *(said(number, LONG + number, "gateway") for number in range(30))])
    assert {(message["feed"], message["account"], message["client_ref"]) for message in messages} == {("gateway", "theirs", "order")}


@pytest.mark.parametrize(
    "other",
    [{"recipient": "+4740099999"}, {"event_utc": after(days=8, seconds=1)}],
    ids=["another recipient", "after the horizon"],
)
def test_the_same_id_in_two_feeds_is_two_messages_where_it_cannot_be_one(other: dict[str, Any]) -> None:
    table = [sent(number, LONG + number, "ours") for number in range(30)]
    log = [sent(number, LONG + number, "gateway", **(other if number == 0 else {})) for number in range(30)]
    assert together([*table, *log]) == 29


def test_short_ids_submitted_twice_are_one_where_the_recipients_agree() -> None:
    table, log = ([sent(number, 1 + number, feed) for number in range(30)] for feed in ("ours", "gateway"))
    assert together([*table, *log]) == 30
    without = [{**event, "recipient": None} for event in log]
    assert oracle.links([*table, *without]) == {"ours": oracle.Link(), "gateway": oracle.Link()}


# What is configured, and what is undecided


def test_the_configuration_decides() -> None:
    events = [sent(number, 1 + number, "tx2") for number in range(30)] + [said(number, 1 + number, "rx2") for number in range(30)]
    assert found(events, "rx2") == ((), True)
    assert found(events, "rx2", answers={"RX2": ["TX2"]}) == (("tx2",), False)
    assert tally(resolved(events, answers={"rx2": ["tx2"]})) == {"delivered": 30}
    assert oracle.links(events, answers={"rx2": []}) == {"rx2": oracle.Link(), "tx2": oracle.Link()}
    long_ids = [sent(number, LONG + number) for number in range(30)] + [said(number, LONG + number) for number in range(30)]
    assert together(long_ids) == 30
    assert together(long_ids, answers={"rx": []}) == 0


def test_the_configuration_decides_about_the_same_submissions_too() -> None:
    table, log = ([sent(number, LONG + number, feed) for number in range(30)] for feed in ("ours", "gateway"))
    assert together([*table, *log]) == 30
    assert together([*table, *log], answers={"gateway": []}) == 0
    assert together([*table, *log], answers={"gateway": [], "ours": ["gateway"]}) == 30


def test_ids_that_meet_without_telling_make_both_feeds_undecided() -> None:
    events = [sent(number, 1 + number) for number in range(30)] + [said(number, 1 + number) for number in range(30)]
    beside = counters(1000, "north", person_from=100)
    messages = resolved([*events, *beside])
    assert found([*events, *beside], "tx") == found([*events, *beside], "rx") == ((), True)
    assert found([*events, *beside], "north") == ((), False)
    (total,) = oracle.rates(messages)
    assert (total["messages"], total["delivered"], total["undecided"], total["receipts_only"]) == (30, 30, 60, 0)


def test_a_feed_of_receipts_beside_a_feed_without_any() -> None:
    asked = [sent(number, LONG + number) for number in range(30)]
    told = [said(number, f"uuid-{LONG + 999 + number}") for number in range(30)]
    assert found([*asked, *told], "rx") == found([*asked, *told], "tx") == ((), True)
    for days, undecided in ((8, True), (9, False)):
        later = [{**event, "event_utc": START + timedelta(days=days)} for event in told]
        assert found([*asked, *later], "rx") == ((), undecided)
    has_receipts = [*asked, said(0, LONG, "tx"), *told]
    assert (found(has_receipts, "rx"), found(has_receipts, "tx")) == (((), False), ((), False))


def test_unmatched_receipts_of_a_feed_that_answers_are_without_submission() -> None:
    events = [sent(number, LONG + number) for number in range(30)] + [said(number, LONG + number) for number in range(40)]
    alone = [said(number, f"uuid-{LONG + number}", "alone", "undelivered" if number < 3 else "delivered") for number in range(12)]
    (total,) = oracle.rates(resolved([*events, *alone]))
    assert (total["messages"], total["sent"], total["without_submission"], total["receipts_only"]) == (40, 30, 10, 12)
    assert total["receipts_only_answered"] == 9 / 12
    by_feed = {row["feed"]: row for row in oracle.rates(resolved([*events, *alone]), by=["feed"])}
    assert (by_feed["alone"]["messages"], by_feed["rx"]["without_submission"], by_feed["tx"]["rate_confirmed"]) == (0, 10, 1.0)


def test_feeds_in_two_spellings() -> None:
    events = [sent(number, 1 + number, "Telia1") for number in range(30)] + [said(number, 1 + number, "telia1") for number in range(20)]
    assert oracle.links(events) == {"Telia1": oracle.Link()}
    assert tally(resolved(events)) == {"delivered": 20, "awaiting_status": 10}
    assert tally(resolved(events), "feed") == {"Telia1": 30}


# Rule 5: whose logs move a clock


def outcome(events: list[Event], *loads: dict[str, Any], feed: str = "tx", **options: Any) -> str:
    """The outcome of the one message of this feed; the numbers of loads are those that the events name."""
    usual = {"feeds": [], "last_utc": after(hours=2), "loaded_utc": after(days=99), "format": "kannel", "path": None, "first_utc": START}
    log = [{**event, "record_no": number} for number, event in enumerate(events, 1)]
    messages = oracle.resolve(log, loads=[{"load_id": number, **usual, **load} for number, load in enumerate(loads, 1)], **options)
    (message,) = (message for message in messages if message["feed"] == feed and message["outcome"] != "delivered")
    return str(message["outcome"])


def silent(load_id: int = 1, feed: str = "tx") -> Event:
    return sent(0, LONG, feed, load_id=load_id)


def answered(load_id: int, feed: str = "tx", by: str = "tx", number: int = 1) -> list[Event]:
    return [sent(number, LONG + number, feed, load_id=load_id), said(number, LONG + number, by, load_id=load_id)]


def test_rule_5_a_table_of_submissions_that_reaches_further_makes_no_silence() -> None:
    table = {"format": "table", "path": "in/sendout.csv", "feeds": ["tx"], "last_utc": after(days=30)}
    callbacks = {"format": "twilio", "path": "in/access.log", "feeds": ["tx"], "last_utc": after(days=2)}
    asked, told = answered(1)
    events = [silent(1), asked, {**told, "load_id": 2}]
    assert outcome(events, table, callbacks) == "awaiting_status"
    assert outcome(events, table, {**callbacks, "last_utc": after(days=9)}) == "no_status"
    portal = {**callbacks, "format": "table", "path": "in/receipts.csv"}
    assert outcome(events, table, portal) == "awaiting_status"
    assert outcome([silent(1), *answered(1)], table) == "no_status"  # a table with receipts in it moves the clock


def test_rule_5_a_day_without_any_receipt_in_a_gateways_log_moves_the_clock() -> None:
    january = {"feeds": ["tx"], "path": "in/january.log", "last_utc": after(days=2)}
    february = {"feeds": ["tx"], "path": "in/february.log", "last_utc": after(days=20)}
    assert outcome([silent(1), *answered(1)], january, february) == "no_status"


def test_rule_5_the_logs_of_those_who_answer_move_the_clock_and_its_own_do_not() -> None:
    events = [silent(1), *answered(1, by="rx")]
    events[2]["load_id"] = 2
    transmitter, receiver = {"feeds": ["tx"], "last_utc": after(days=30)}, {"feeds": ["rx"], "last_utc": after(days=2)}
    assert outcome(events, transmitter, receiver) == "awaiting_status"
    assert outcome(events, {**transmitter, "last_utc": after(days=2)}, {**receiver, "last_utc": after(days=9)}) == "no_status"


def test_rule_5_a_feed_with_no_receipts_anywhere_keeps_its_own_clock() -> None:
    others = answered(2, "north", "north")
    loads = {"feeds": ["tx"], "format": "table", "last_utc": after(days=9)}, {"feeds": ["north"], "last_utc": after(days=2)}
    assert outcome([silent(1), *others], *loads) == "no_status"
    assert outcome([silent(1), *others], {**loads[0], "last_utc": after(days=8)}, {**loads[1], "last_utc": after(days=30)}) == "awaiting_status"


def day(number: int, name: str, feeds: list[str], **columns: Any) -> dict[str, Any]:
    """The log of one day, from midnight to midnight."""
    midnight = after(days=number, hours=-12)
    return {"path": name, "feeds": feeds, "first_utc": midnight, "last_utc": midnight + timedelta(days=1), **columns}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("in/kannel-20260302.log", "in/kannel-20260312.log"),
        ("in/kannel.log.2.gz", "in/kannel.log.1"),
        ("in/kannel.log.1", "in/kannel.log"),
        ("in/access-2026-03-02T00-00.log.zst", "in/access-2026-03-12T00-00.log"),
        ("in/2026.03.02_kannel.log", "in/2026.03.12_kannel.log"),
        ("in/messages.log.2026-03-02", "in/messages.log"),
    ],
)
def test_rule_5_a_quiet_month_is_silence_where_the_series_of_logs_goes_on(first: str, second: str) -> None:
    events = [silent(1), *answered(1)]
    assert outcome(events, day(0, first, ["tx"]), day(10, second, [])) == "no_status"
    assert outcome(events, day(0, first, ["tx"]), day(7, second, [])) == "awaiting_status"


@pytest.mark.parametrize(
    "other",
    [
        {"path": "in/other-20260312.log"},
        {"path": "elsewhere/kannel-20260312.log"},
        {"format": "jasmin"},
        {"first_utc": after(hours=10, minutes=59)},
        {"path": None},
    ],
    ids=["another name", "another folder", "another format", "more than an hour together", "no path"],
)
def test_rule_5_another_source_moves_no_clock(other: dict[str, Any]) -> None:
    quiet = day(10, "in/kannel-20260312.log", [])
    events = [silent(1), *answered(1)]
    assert outcome(events, day(0, "in/kannel-20260302.log", ["tx"]), {**quiet, **other}) == "awaiting_status"
    assert outcome(events, day(0, "in/kannel-20260302.log", ["tx"]), {**quiet, "first_utc": after(hours=11)}) == "no_status"


def test_rule_5_times_that_cannot_be_do_not_move_the_clock_of_a_series() -> None:
    events = [silent(1), *answered(1)]
    quiet = day(10, "in/kannel.log", [])
    assert outcome(events, day(0, "in/kannel.log.1", ["tx"]), {**quiet, "loaded_utc": after(days=9)}) == "awaiting_status"


def test_rule_5_as_of_caps_the_clock_of_those_who_answer() -> None:
    events = [silent(1), *answered(1, by="rx")]
    log = {"feeds": ["tx", "rx"], "last_utc": after(days=30)}
    assert outcome(events, log, as_of=after(days=8)) == "awaiting_status"
    assert outcome(events, log, as_of=after(days=9)) == "no_status"


# Worlds


def by_raw(history: History, source: Loaded) -> dict[frozenset[str], dict[str, Any]]:
    """The messages by what their records are."""
    events = oracle.stored(source.logs)
    raw = {(event["load_id"], event["record_no"], event["event_no"]): event["raw"] for event in events}
    messages = oracle.resolve(
        events, loads=source.loads, horizons=history.horizons, id_rules=history.id_rules, answers=history.answers, as_of=history.as_of
    )
    return {
        frozenset(raw[place] for place in message["places"]): {name: message[name] for name in message if name not in ("message_key", "places")}
        for message in messages
    }


@settings(max_examples=settings().max_examples // 5)
@given(history=worlds(), data=st.data())
def test_how_a_world_was_loaded_does_not_matter(history: History, data: st.DataObject) -> None:
    once = by_raw(history, in_one_load(history))
    assert by_raw(history, in_pieces(history, data.draw(runs(history)))) == once
    assert by_raw(history, twice(in_one_load(history))) == once
    backwards = history.in_order(range(len(history.records) - 1, -1, -1))
    assert by_raw(history, in_one_load(backwards)) == once


@settings(max_examples=settings().max_examples // 5)
@given(history=worlds())
def test_every_event_of_a_world_is_in_one_message_and_every_message_in_one_count(history: History) -> None:
    source = in_one_load(history)
    events = oracle.stored(source.logs)
    messages = oracle.resolve(
        events, loads=source.loads, horizons=history.horizons, id_rules=history.id_rules, answers=history.answers, as_of=history.as_of
    )
    seen = oracle.rule_5_seen(events, history.as_of)
    assert sum(len(message["places"]) for message in messages) == len(seen)
    (total,) = oracle.rates(messages)
    assert total["messages"] + total["receipts_only"] + total["undecided"] == len(messages)


@settings(max_examples=settings().max_examples // 5)
@given(history=worlds(), quiet_days=st.sampled_from([1, 9]))
def test_daily_files_are_read_as_one_file_that_ends_where_the_receipts_do(history: History, quiet_days: int) -> None:
    files = in_daily_files(history, quiet_days=quiet_days)
    answering = {event["format"] for event in history.records if event["kind"] == "receipt"} or {event["format"] for event in history.records}
    ends = max(load["last_utc"] for load in files.loads if load["format"] in answering)
    messages, at_once = by_raw(history, files), by_raw(replace(history, last_utc=ends, loaded_utc=ends), in_one_load(history))
    assert messages.keys() == at_once.keys()
    answered = {message["feed"] for message in messages.values() if message["receipts"]}
    for message in messages.values():
        if message["feed"] in answered and history.as_of is None:
            assert message["before_deadline"] == (ends <= message["deadline_utc"])
