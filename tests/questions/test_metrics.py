"""Rates, reasons and the messages themselves, against numbers that a person can add up and a slow oracle in plain Python."""

import math
from collections import Counter, defaultdict
from datetime import UTC, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.database.schemas import MESSAGE_COLUMNS
from sms_analytics.database.validation import MESSAGES
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import metrics
from sms_analytics.vocabulary import OUTCOMES, SENT_OUTCOMES
from tests.messages_table import NOW, SUBMITTED, Row, database, fill, message, messages_of, utc

THOUSAND = [*messages_of(900), *messages_of(30, outcome="failed"), *messages_of(70, outcome="no_status")]

RECEIPTS_ONLY = [
    *messages_of(8, feed="west", submission_missing=True),
    *messages_of(2, feed="west", submission_missing=True, outcome="failed"),
]

MANY_REASONS = [
    *messages_of(80),
    *messages_of(6, outcome="failed", reason="unknown_subscriber", reason_class="permanent", code_raw="1", code_system="gsm_map"),
    *messages_of(2, outcome="failed", reason="unknown_subscriber", reason_class="permanent", code_raw="009", code_system="link"),
    *messages_of(2, outcome="failed", reason="validity_expired", reason_class="temporary", operator="Telia"),
    *messages_of(10, outcome="no_status", reason="no_report", reason_class="unknown"),
    *messages_of(4, outcome="failed", refused=True, reason="invalid_number", reason_class="permanent", code_raw="11", code_system="smpp"),
]


def only_row(rows: list[Row], **filters: Any) -> Row:
    """The single row of `rates` over all messages."""
    frame = metrics.rates(database(rows), **filters)
    assert frame.height == 1
    return frame.row(0, named=True)


class TestRates:
    def test_the_same_thousand_messages_that_everybody_rates_differently(self) -> None:
        row = only_row(THOUSAND)
        assert (row["messages"], row["sent"], row["delivered"], row["failed"], row["no_status"]) == (1000, 1000, 900, 30, 70)
        assert row["rate_confirmed"] == 0.9
        assert row["rate_possible"] == 0.97
        assert row["rate_answered"] == pytest.approx(0.96774, abs=1e-5)
        assert row["coverage"] == 0.93

    def test_wilson_interval_reaches_from_all_silent_lost_to_all_silent_delivered(self) -> None:
        row = only_row(THOUSAND)
        assert row["ci_low"] == pytest.approx(0.87985, abs=1e-5)
        assert row["ci_high"] == pytest.approx(0.97891, abs=1e-5)

    def test_interval_of_19_out_of_20(self) -> None:
        row = only_row([*messages_of(19), message(outcome="failed")])
        assert (row["ci_low"], row["ci_high"]) == (pytest.approx(0.7639, abs=1e-4), pytest.approx(0.9911, abs=1e-4))

    @pytest.mark.parametrize("outcome", ["delivered", "failed"])
    def test_interval_stays_between_0_and_1_where_rounding_would_leave_it(self, outcome: str) -> None:
        row = only_row(messages_of(9, outcome=outcome))
        assert 0 <= row["ci_low"] < row["ci_high"] <= 1

    def test_every_kind_of_message_counts_once(self) -> None:
        rows = [message(outcome=outcome) for outcome in OUTCOMES]
        rows += [message(outcome="failed", refused=True), message(outcome="delivered", submission_missing=True)]
        row = only_row(rows)
        kinds = [*SENT_OUTCOMES, *metrics.NOT_SENT]
        assert {kind: row[kind] for kind in kinds} == dict.fromkeys(kinds, 1)
        assert (row["messages"], row["sent"]) == (14, 7)

    def test_refused_messages_lower_no_rate(self) -> None:
        row = only_row([*messages_of(3), *messages_of(5, outcome="failed", refused=True)])
        assert (row["messages"], row["sent"], row["failed"], row["refused"], row["rate_confirmed"]) == (8, 3, 0, 5, 1.0)

    def test_rates_without_divisor_are_empty(self) -> None:
        row = only_row([message(outcome="paused")])
        assert [row[name] for name in metrics.RATES] == [None] * 10
        silent = only_row([message(outcome="no_status")])
        assert (silent["rate_confirmed"], silent["rate_possible"], silent["rate_answered"], silent["coverage"]) == (0.0, 1.0, None, 0.0)

    def test_columns_stand_in_the_agreed_order(self) -> None:
        frame = metrics.rates(database(THOUSAND), by=["country", "day"])
        assert frame.columns == [
            *("country", "day", "messages", "sent", "delivered", "partly_confirmed", "failed", "out_of_coverage", "awaiting_status", "no_status"),
            *("unrecognised", "waiting_to_send", "awaiting_approval", "paused", "stopped", "refused", "untracked", "without_submission"),
            *("provisional", "receipts_only", "rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high"),
            *("receipts_only_answered", "rate_alike", "rate_low", "rate_high"),
        ]
        assert {str(dtype) for dtype in frame.select(metrics.COUNTS).dtypes} == {"Int64"}
        assert {str(dtype) for dtype in frame.select(metrics.RATES).dtypes} == {"Float64"}


class TestProvisional:
    @pytest.mark.parametrize(
        ("columns", "provisional"),
        [
            ({"outcome": "awaiting_status", "deadline_utc": NOW + timedelta(seconds=1)}, 1),
            ({"outcome": "awaiting_status", "deadline_utc": NOW}, 1),
            ({"outcome": "out_of_coverage", "deadline_utc": NOW + timedelta(days=3)}, 1),
            ({"outcome": "unrecognised", "deadline_utc": NOW + timedelta(days=3)}, 1),
            ({"outcome": "unrecognised", "deadline_utc": NOW - timedelta(days=3)}, 0),
            ({"outcome": "unrecognised", "deadline_utc": None}, 0),
            ({"outcome": "no_status", "deadline_utc": NOW + timedelta(days=3)}, 1),
            ({"outcome": "no_status", "deadline_utc": NOW - timedelta(seconds=1)}, 0),
            ({"outcome": "delivered", "deadline_utc": NOW + timedelta(days=3)}, 0),
            ({"outcome": "partly_confirmed", "deadline_utc": NOW + timedelta(days=3)}, 0),
            ({"outcome": "failed", "deadline_utc": NOW + timedelta(days=3)}, 0),
            ({"outcome": "waiting_to_send", "deadline_utc": NOW + timedelta(days=3)}, 0),
        ],
    )
    def test_sent_without_final_status_and_before_the_deadline(self, columns: Row, provisional: int) -> None:
        assert only_row([message(**columns)])["provisional"] == provisional


class TestMissingSubmissions:
    def test_in_a_feed_with_submissions_they_count_as_that_and_as_nothing_else(self) -> None:
        row = only_row([*messages_of(6), *messages_of(4, outcome="failed", submission_missing=True)])
        assert (row["messages"], row["sent"], row["delivered"], row["failed"], row["without_submission"]) == (10, 6, 6, 0, 4)
        assert (row["rate_confirmed"], row["rate_answered"], row["coverage"]) == (1.0, 1.0, 1.0)

    def test_of_a_feed_without_any_submission_they_stand_beside_all_counts(self) -> None:
        row = only_row(RECEIPTS_ONLY)
        assert {name: row[name] for name in metrics.COUNTS if row[name]} == {"receipts_only": 10}
        assert {name: row[name] for name in metrics.RATES if row[name] is not None} == {"receipts_only_answered": 0.8}

    def test_alone_they_are_counted_but_silence_cannot_be_seen(self) -> None:
        mixed = database([*THOUSAND, *RECEIPTS_ONLY])
        row = metrics.rates(mixed, receipts_only=True).row(0, named=True)
        assert {name: row[name] for name in metrics.COUNTS if row[name]} == {
            **dict.fromkeys(("messages", "sent", "receipts_only"), 10),
            **{"delivered": 8, "failed": 2},
        }
        assert {name: row[name] for name in metrics.RATES if row[name] is not None} == {"rate_answered": 0.8, "receipts_only_answered": 0.8}

    def test_ten_of_them_take_no_rate_from_a_thousand_others(self) -> None:
        mixed = database([*THOUSAND, *RECEIPTS_ONLY])
        row = metrics.rates(mixed).row(0, named=True)
        assert (row["messages"], row["sent"], row["delivered"], row["failed"], row["receipts_only"]) == (1000, 1000, 900, 30, 10)
        assert (row["rate_confirmed"], row["rate_possible"], row["receipts_only_answered"]) == (0.9, 0.97, 0.8)
        per_feed = metrics.rates(mixed, by="feed").select("feed", "messages", "rate_confirmed", "receipts_only", "receipts_only_answered").rows()
        assert per_feed == [("north", 1000, 0.9, 0, None), ("west", 0, None, 10, 0.8)]

    @pytest.mark.parametrize("by", ["", "feed", "operator", "country,account", "day", "outcome"])
    def test_the_sums_are_the_same_whatever_they_are_by(self, by: str) -> None:
        frame = metrics.rates(database([*THOUSAND, *RECEIPTS_ONLY]), by=by)
        assert frame.select(pl.col("messages", "sent", "delivered", "failed", "no_status", "receipts_only").sum()).row(0) == (
            1000,
            1000,
            900,
            30,
            70,
            10,
        )

    def test_messages_of_feeds_that_may_tell_of_the_same_ones_are_in_no_count(self) -> None:
        db = database([*THOUSAND, *messages_of(7, feed="south"), *RECEIPTS_ONLY])
        db.execute("alter table feeds add column undecided boolean; update feeds set undecided = feed = 'south'")
        db.execute("alter table feeds add column answers_evidence varchar; update feeds set answers_evidence = '[feeds.south] answers = []'")
        assert metrics.rates(db).select("messages", "sent", "receipts_only").rows() == [(1000, 1000, 10)]
        assert metrics.rates(db, "feed").select("feed", "messages").rows() == [("north", 1000), ("south", 0), ("west", 0)]
        assert metrics.messages(db).height == 1017
        told = [note for note in metrics.notes(db, lang="en") if "south" in note]
        assert told == [
            "feed 'south': 7 messages are in no count until it is settled whether another feed tells of the same messages. If they belong together,"
            " write [feeds.south] answers = [] into sms_analytics.toml; if not, with answers = []. Then run sms-analytics remap."
        ]

    def test_a_filter_that_leaves_the_feed_out_brings_the_rates_back(self) -> None:
        frame = metrics.rates(database([*THOUSAND, *RECEIPTS_ONLY]), where="feed <> 'west'")
        assert frame["rate_confirmed"].to_list() == [0.9]


class TestAssumed:
    """What silent messages may have done: of 600 sent to A 540 arrived and 30 failed, of 400 to B 200 and 40."""

    A_AND_B: ClassVar = [
        *messages_of(540, operator="A"),
        *messages_of(30, operator="A", outcome="failed"),
        *messages_of(30, operator="A", outcome="no_status"),
        *messages_of(200, operator="B"),
        *messages_of(40, operator="B", outcome="failed"),
        *messages_of(160, operator="B", outcome="no_status"),
    ]

    @pytest.mark.parametrize("more", [[], [("country", "NO")], [("day", "2026-10-01")]])
    def test_like_those_of_the_same_operator_or_with_half_and_twice_the_odds(self, more: list[tuple[str, str]]) -> None:
        row = metrics.rates(database(self.A_AND_B), by=[name for name, _ in more]).row(0, named=True)
        assert (row["rate_confirmed"], row["rate_possible"], row["rate_answered"]) == (0.74, 0.93, 740 / 810)
        # 740 arrived; of 30 and 160 silent ones 18/19 and 5/6, 9/10 and 5/7, 36/37 and 10/11 are taken to have.
        arrived = [740 + 30 * a + 160 * b for a, b in ((18 / 19, 5 / 6), (9 / 10, 5 / 7), (36 / 37, 10 / 11))]
        assert [row[name] for name in ("rate_alike", "rate_low", "rate_high")] == pytest.approx([total / 1000 for total in arrived], abs=1e-12)
        assert [round(row[name], 6) for name in ("rate_alike", "rate_low", "rate_high")] == [0.901754, 0.881286, 0.914644]

    def test_by_operator_each_has_its_own(self) -> None:
        frame = metrics.rates(database(self.A_AND_B), by="operator")
        assert [round(rate, 6) for rate in frame["rate_alike"]] == [round(540 / 570, 6), round(200 / 240, 6)]

    def test_small_operators_and_the_unknown_one_are_taken_together(self) -> None:
        rows = [
            *messages_of(20, operator="C"),
            *messages_of(10, operator=None, outcome="failed"),
            *messages_of(30, operator="D", outcome="awaiting_status"),
        ]
        assert only_row(rows)["rate_alike"] == pytest.approx((20 + 30 * 20 / 30) / 60)
        assert only_row(rows[1:])["rate_alike"] is None  # 29 answers
        assert only_row([*rows[1:30], *messages_of(600, operator="A")])["rate_alike"] == pytest.approx(619 / 629)  # nobody among them is silent

    def test_a_long_message_that_is_partly_confirmed_arrived(self) -> None:
        rows = [
            *messages_of(20),
            *messages_of(10, outcome="partly_confirmed"),
            *messages_of(10, outcome="failed"),
            *messages_of(40, outcome="no_status"),
        ]
        assert only_row(rows)["rate_alike"] == pytest.approx(60 / 80)

    @given(
        told=st.lists(
            st.tuples(
                st.sampled_from(["A", "B", "C", None]),
                st.sampled_from(["delivered", "partly_confirmed", "failed", "no_status", "stopped"]),
                st.sampled_from([1, 5, 29, 30, 60]),
            ),
            max_size=8,
        )
    )
    def test_agrees_with_a_slow_reading(self, told: list[tuple[str | None, str, int]]) -> None:
        rows = [row for operator, outcome, count in told for row in messages_of(count, operator=operator, outcome=outcome)]
        row = only_row([message(outcome="paused"), *rows])
        single = [(operator, outcome) for operator, outcome, count in told for _ in range(count)]
        assert {name: row[name] for name in ASSUMED} == pytest.approx({name: assumed(single, odds) for name, odds in ASSUMED.items()})


class TestPartlyConfirmed:
    def test_is_possible_and_answered_but_not_confirmed(self) -> None:
        row = only_row([*messages_of(6), *messages_of(2, outcome="partly_confirmed"), message(outcome="failed"), message(outcome="no_status")])
        assert (row["sent"], row["delivered"], row["partly_confirmed"], row["failed"]) == (10, 6, 2, 1)
        assert (row["rate_confirmed"], row["rate_possible"], row["rate_answered"], row["coverage"]) == (0.6, 0.9, 8 / 9, 0.9)


class TestReasons:
    def test_most_frequent_first_with_shares_and_codes(self) -> None:
        frame = metrics.reasons(database(MANY_REASONS))
        assert frame.columns == ["reason", "reason_class", "messages", "share", "share_of_sent", "refused", "codes"]
        assert frame.rows() == [
            ("unknown_subscriber", "permanent", 8, 0.8, 0.08, 0, "gsm_map:1, link:009"),
            ("validity_expired", "temporary", 2, 0.2, 0.02, 0, None),
            ("invalid_number", "permanent", 0, 0.0, 0.0, 4, "smpp:11"),
        ]

    def test_shares_are_those_of_the_group(self) -> None:
        frame = metrics.reasons(database(MANY_REASONS), by=["operator"])
        assert frame.select("operator", "reason", "messages", "share", "share_of_sent").rows() == [
            ("Telenor", "unknown_subscriber", 8, 1.0, 8 / 98),
            ("Telenor", "invalid_number", 0, 0.0, 0.0),
            ("Telia", "validity_expired", 2, 1.0, 1.0),
        ]

    def test_by_class_the_reasons_are_put_together(self) -> None:
        frame = metrics.reasons(database(MANY_REASONS), by="reason_class")
        assert frame.select("reason_class", "messages", "share", "refused").rows() == [("permanent", 8, 0.8, 4), ("temporary", 2, 0.2, 0)]

    def test_reason_may_stand_first_and_brings_its_class_along(self) -> None:
        frame = metrics.reasons(database(MANY_REASONS), by="reason,operator")
        assert frame.columns[:3] == ["reason", "reason_class", "operator"]
        assert frame.rows()[0][:4] == ("unknown_subscriber", "permanent", "Telenor", 8)

    def test_three_codes_at_most_and_equally_frequent_ones_by_name(self) -> None:
        codes = ["d", "b", "a", "c", "b"]
        rows = [message(outcome="failed", reason="unspecified", reason_class="unknown", code_raw=code) for code in codes]
        assert metrics.reasons(database(rows))["codes"].to_list() == ["b, a, c"]

    def test_a_delivery_carries_no_failure_code(self) -> None:
        rows = [message(code_raw="0", code_system="smpp"), message(outcome="failed", code_raw="5", code_system="smpp")]
        assert metrics.reasons(database(rows)).rows() == [(None, None, 1, 1.0, 0.5, 0, "smpp:5")]

    def test_nothing_failed_is_an_answer(self) -> None:
        frame = metrics.reasons(database(messages_of(3)))
        assert frame.is_empty()
        assert frame.columns == ["reason", "reason_class", "messages", "share", "share_of_sent", "refused", "codes"]

    def test_share_of_sent_is_empty_where_silence_cannot_be_seen(self) -> None:
        rows = [message(submission_missing=True), message(submission_missing=True, outcome="failed", reason="memory_full", reason_class="temporary")]
        assert metrics.reasons(database(rows)).is_empty()
        alone = metrics.reasons(database(rows), receipts_only=True)
        assert alone.select("reason", "messages", "share", "share_of_sent").rows() == [("memory_full", 1, 1.0, None)]


class TestMessages:
    def test_the_promised_columns_first_submitted_first(self) -> None:
        late, early = message(submitted_utc=utc("2026-10-02T00:00")), message(submitted_utc=utc("2026-10-01T00:00"))
        frame = metrics.messages(database([late, message(submitted_utc=None), early]))
        assert tuple(frame.columns) == MESSAGE_COLUMNS
        assert frame["submitted_utc"].to_list() == [early["submitted_utc"], late["submitted_utc"], None]
        MESSAGES.validate(frame)

    def test_limit_takes_the_first(self) -> None:
        db = database([message(submitted_utc=SUBMITTED + timedelta(minutes=minute)) for minute in (3, 1, 2)])
        assert metrics.messages(db, limit=2)["submitted_utc"].to_list() == [SUBMITTED + timedelta(minutes=minute) for minute in (1, 2)]
        with pytest.raises(UsageError, match="--limit 0: write a whole number from 1"):
            metrics.messages(db, limit=0)

    def test_filters_hold_for_rows_too(self) -> None:
        db = database([message(account="Nordlys"), message(account="Fjord")])
        assert metrics.messages(db, account="Fjord")["account"].to_list() == ["Fjord"]


class TestNotes:
    def test_nothing_to_say(self) -> None:
        assert metrics.notes(database(THOUSAND), by="operator") == []

    def test_a_feed_without_submissions_is_named_with_what_to_do(self) -> None:
        (note,) = metrics.notes(database([*THOUSAND, *RECEIPTS_ONLY]), lang="en")
        assert note == (
            "feed 'west': no submission was loaded, so silence cannot be seen. 10 messages are in no count but stand beside them (receipts_only): "
            "8 of 10 with a final status arrived. Load the log of its submissions, or see these alone with --receipts-only"
        )

    def test_messages_without_submission_and_provisional_ones_are_counted(self) -> None:
        rows = [*messages_of(5), *messages_of(2, submission_missing=True), message(outcome="awaiting_status", deadline_utc=NOW)]
        assert metrics.notes(database(rows), lang="en") == [
            "feed 'north': 2 messages with receipts but without a submission: counted as without_submission and in no rate",
            "1 of 6 sent messages can still get a final status: the rates are provisional",
        ]

    def test_in_norwegian_with_one_of_each(self) -> None:
        rows = [message(submission_missing=True), message(outcome="awaiting_status", deadline_utc=NOW)]
        assert metrics.notes(database(rows), lang="nb") == [
            "forbindelsen 'north': 1 melding har statusmeldinger, men ingen innsending; telles som without_submission og er ikke med i noen rate",
            "1 av 1 sendt melding kan fortsatt få endelig status: tallene er foreløpige",
        ]
        (silent,) = metrics.notes(database([*THOUSAND, *RECEIPTS_ONLY]), lang="nb")
        assert silent.startswith("forbindelsen 'west': ingen innsendinger er lastet inn")
        twice = database([message(submitted_utc=utc("2026-10-25T00:30")), message(submitted_utc=utc("2026-10-25T01:30"))])
        assert metrics.notes(twice, by="hour", lang="nb") == [
            "timen 2026-10-25 02:00 kom to ganger i Europe/Oslo (sommertiden sluttet): to rader, som hour_utc skiller"
        ]

    def test_the_hour_that_came_twice_is_named_when_asked_by_hour(self) -> None:
        db = database([message(submitted_utc=utc("2026-10-25T00:30")), message(submitted_utc=utc("2026-10-25T01:30"))])
        assert metrics.notes(db, by="day") == []
        assert metrics.notes(db, by="hour", lang="en") == [
            "the hour 2026-10-25 02:00 came twice in Europe/Oslo (summer time ended): two rows, told apart by hour_utc"
        ]

    def test_an_hour_that_begins_at_half_past_in_utc_came_once(self) -> None:
        db = database([message(submitted_utc=utc("2026-10-25T04:45")), message(submitted_utc=utc("2026-10-25T05:15"))])
        assert metrics.notes(db, by="hour", zone="Asia/Kolkata") == []

    def test_no_message_no_note(self) -> None:
        with pytest.raises(NoDataError):
            metrics.notes(database([]))


OSLO = ZoneInfo("Europe/Oslo")
FEEDS = {"north": True, "south": True, "west": False}

generated_messages = st.lists(
    st.builds(
        lambda feed, missing, outcome, refused, hours, days_left, **columns: message(
            feed=feed,
            submission_missing=missing or not FEEDS[feed],
            outcome=outcome,
            refused=refused and outcome == "failed",
            submitted_utc=utc("2026-10-24T20:30") + timedelta(hours=hours),
            deadline_utc=NOW + timedelta(days=days_left),
            **columns,
        ),
        feed=st.sampled_from(sorted(FEEDS)),
        missing=st.sampled_from([False, False, False, True]),
        outcome=st.sampled_from(OUTCOMES),
        refused=st.booleans(),
        hours=st.integers(0, 8),
        days_left=st.integers(-1, 1),
        operator=st.sampled_from(["Telenor", "Telia", None]),
        account=st.sampled_from(["Nordlys", "Fjord", None]),
    ),
    min_size=1,
    max_size=40,
)


def counted_as(row: Row, feeds_with_submissions: set[str]) -> str:
    """The oracle's reading of section 6: in which one count a message stands."""
    if row["submission_missing"] and row["feed"] in feeds_with_submissions:
        return "without_submission"
    return "refused" if row["refused"] else str(row["outcome"])


def wilson(hits: int, of: int, sign: int) -> float:
    z, p = 1.959963984540054, hits / of
    value = (p + z * z / (2 * of) + sign * z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))) / (1 + z * z / of)
    return min(1.0, max(0.0, value))


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def expected(rows: list[Row], feeds_with_submissions: set[str]) -> Row:
    """All figures of one group, the slow way."""
    apart = Counter(counted_as(row, feeds_with_submissions) for row in rows if row["feed"] not in feeds_with_submissions)
    rows = [row for row in rows if row["feed"] in feeds_with_submissions]
    kinds = [counted_as(row, feeds_with_submissions) for row in rows]
    counts = Counter(kinds)
    sent = sum(counts[outcome] for outcome in SENT_OUTCOMES)
    delivered, partly, failed = counts["delivered"], counts["partly_confirmed"], counts["failed"]
    open_ones = [row for row, kind in zip(rows, kinds, strict=True) if kind in SENT_OUTCOMES and kind not in ANSWERED]
    apart_arrived = apart["delivered"] + apart["partly_confirmed"]
    return {
        "messages": len(rows),
        "sent": sent,
        **{kind: counts[kind] for kind in (*SENT_OUTCOMES, *metrics.NOT_SENT)},
        "provisional": sum(row["deadline_utc"] >= NOW for row in open_ones),
        "receipts_only": apart.total(),
        "rate_confirmed": ratio(delivered, sent),
        "rate_possible": ratio(sent - failed, sent),
        "rate_answered": ratio(delivered + partly, delivered + partly + failed),
        "coverage": ratio(delivered + partly + failed, sent),
        "ci_low": wilson(delivered, sent, -1) if sent else None,
        "ci_high": wilson(sent - failed, sent, +1) if sent else None,
        "receipts_only_answered": ratio(apart_arrived, apart_arrived + apart["failed"]),
        **{name: assumed([(row["operator"], kind) for row, kind in zip(rows, kinds, strict=True)], odds) for name, odds in ASSUMED.items()},
    }


ANSWERED = ("delivered", "partly_confirmed", "failed")
ASSUMED = {"rate_alike": 1.0, "rate_low": 0.5, "rate_high": 2.0}


def assumed(told: list[tuple[str | None, str]], odds: float) -> float | None:
    """What share of the sent arrived if the odds of each silent one are so many times those of an answered one of its operator."""
    sent = [(operator, kind) for operator, kind in told if kind in SENT_OUTCOMES]
    known = Counter(operator for operator, kind in sent if kind in ANSWERED)
    pools: dict[str | None, list[str]] = defaultdict(list)
    for operator, kind in sent:
        pools[operator if known[operator] >= 30 else None].append(kind)
    total = 0.0
    for pool in pools.values():
        arrived = sum(kind in ("delivered", "partly_confirmed") for kind in pool)
        answered = sum(kind in ANSWERED for kind in pool)
        silent = len(pool) - answered
        if silent and answered < 30:
            return None
        if silent:
            share = arrived / answered
            total += silent * share * odds / (1 - share + share * odds)
        total += arrived
    return total / len(sent) if sent else None


def local_hour_and_utc(row: Row) -> tuple[Any, ...]:
    start = row["submitted_utc"].replace(minute=0)
    return start.replace(tzinfo=UTC).astimezone(OSLO).replace(tzinfo=None), start


GROUPS: dict[str, Any] = {
    "": lambda _: (),
    "operator": lambda row: (row["operator"],),
    "feed,operator": lambda row: (row["feed"], row["operator"]),
    "account,hour": lambda row: (row["account"], *local_hour_and_utc(row)),
    "day,outcome": lambda row: (local_hour_and_utc(row)[0].date(), row["outcome"]),
}


@given(rows=generated_messages, by=st.sampled_from(sorted(GROUPS)))
def test_rates_agree_with_the_oracle_and_add_up(rows: list[Row], by: str) -> None:
    with duckdb.connect() as db:
        fill(db, rows)
        frame = metrics.rates(db, by=by)
    feeds_with_submissions = {row["feed"] for row in rows if not row["submission_missing"]}
    groups = defaultdict(list)
    for row in rows:
        groups[GROUPS[by](row)].append(row)
    width = len(frame.columns) - len(metrics.COUNTS) - len(metrics.RATES)
    found = {row[:width]: dict(zip(frame.columns[width:], row[width:], strict=True)) for row in frame.iter_rows()}
    assert frame.height == len(found)
    assert found == {key: pytest.approx(expected(group, feeds_with_submissions), abs=1e-12) for key, group in groups.items()}
    for row in frame.iter_rows(named=True):
        assert row["messages"] == row["sent"] + sum(row[kind] for kind in metrics.NOT_SENT)
        assert row["sent"] == sum(row[outcome] for outcome in SENT_OUTCOMES)
    assert int(frame["messages"].sum()) + int(frame["receipts_only"].sum()) == len(rows)
