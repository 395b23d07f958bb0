"""What changed between two periods: terms that add up, against sums that a person can do and rates that are asked for one by one."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_analytics.database import store
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import metrics, student
from sms_analytics.questions.changes import between, changes, compared
from sms_analytics.questions.daily_counts import COUNTS
from sms_analytics.questions.decomposition import RateOfSent
from tests import small_database
from tests.messages_table import Row, database, messages_of, utc

BEFORE, AFTER = utc("2026-10-06T08:00:00"), utc("2026-10-13T08:00:00")
WEEK: Final[dict[str, Any]] = {"since": "2026-10-12", "until": "2026-10-19", "same_age": False}


def rated(sent: int, rate: float, operator: str, *, late: bool) -> list[Row]:
    """So many messages of one operator, of which `rate` arrived, in the week before or in the one that is asked about."""
    delivered = round(sent * rate)
    where = {"operator": operator, "submitted_utc": AFTER if late else BEFORE}
    return [*messages_of(delivered, **where), *messages_of(sent - delivered, outcome="failed", **where)]


MIX_ONLY = [
    *rated(600, 0.98, "Telenor", late=False),
    *rated(400, 0.90, "Telia", late=False),
    *rated(400, 0.98, "Telenor", late=True),
    *rated(600, 0.90, "Telia", late=True),
]


@dataclass(frozen=True)
class Day:
    """One operator's messages of one day."""

    operator: str | None
    late: bool
    day: int
    delivered: int
    partly: int
    failed: int
    silent: int

    @property
    def sent(self) -> int:
        return self.delivered + self.partly + self.failed + self.silent


def days() -> st.SearchStrategy[list[Day]]:
    count = st.integers(0, 30)
    one = st.builds(Day, st.sampled_from(["a", "b", None]), st.booleans(), st.integers(1, 7), count, st.integers(0, 2), count, count)
    return st.lists(one.filter(lambda day: day.sent > 0), min_size=1, max_size=12)


def _daily(drawn: list[Day]) -> pl.DataFrame:
    """The counts of a period as the database gives them."""
    rows = [
        {
            "operator": day.operator,
            "feed": "north",
            "day": date(2026, 10, day.day),
            "sent": day.sent,
            "delivered": day.delivered,
            "failed": day.failed,
            "answered": day.delivered + day.partly + day.failed,
            "arrived": day.delivered + day.partly,
            "provisional": 0,
            "outage": 0,
            "left_out": 0,
            "silence_shows": True,
        }
        for day in drawn
    ]
    schema = {"operator": pl.String, "feed": pl.String, "day": pl.Date} | dict.fromkeys(COUNTS, pl.Int64) | {"silence_shows": pl.Boolean}
    return pl.DataFrame(rows, schema=schema)


def _parts(drawn: list[Day], operator: str | None, *, late: bool) -> tuple[int, int, int]:
    """Sent, answered, arrived."""
    own = [day for day in drawn if day.operator == operator and day.late is late]
    return sum(day.sent for day in own), sum(day.sent - day.silent for day in own), sum(day.delivered + day.partly for day in own)


def _rate_of(drawn: list[Day], rate: RateOfSent, *, late: bool) -> float:
    own = [day for day in drawn if day.late is late]
    hits = {
        "rate_confirmed": sum(day.delivered + day.partly for day in own),
        "rate_possible": sum(day.sent - day.failed for day in own),
        "coverage": sum(day.sent - day.silent for day in own),
    }[rate]
    return hits / sum(day.sent for day in own)


def _first(*parts: tuple[int, ...]) -> float:
    """The first of these shares of which the whole is not 0."""
    return next((part / whole for part, whole in parts if whole), 0.0)


def plain_terms(drawn: list[Day], rate: RateOfSent) -> dict[str | None, list[float]]:
    """Mix, silence and delivery by operator, one sum after the other."""

    def product(coverage: float, answered: float) -> float:
        return {"rate_confirmed": coverage * answered, "rate_possible": 1 - coverage * (1 - answered), "coverage": coverage}[rate]

    operators = {day.operator for day in drawn}
    all_sent = {late: sum(day.sent for day in drawn if day.late is late) for late in (False, True)}
    if not all(all_sent.values()):
        return {}
    figures = {}
    for operator in operators:
        parts = {late: _parts(drawn, operator, late=late) for late in (False, True)}
        coverage = {late: _first(parts[late][1:None:-1], parts[not late][1:None:-1]) for late in (False, True)}
        answered = {late: _first(parts[late][2:0:-1], parts[not late][2:0:-1]) for late in (False, True)}
        share = {late: _parts(drawn, operator, late=late)[0] / all_sent[late] for late in (False, True)}
        figures[operator] = (share, coverage, answered)
    whole = {late: sum(share[late] * product(cover[late], known[late]) for share, cover, known in figures.values()) for late in (False, True)}
    found = {}
    for operator, (share, coverage, answered) in figures.items():
        rates = {late: product(coverage[late], answered[late]) for late in (False, True)}
        middle = {name: (both[False] + both[True]) / 2 for name, both in (("w", share), ("c", coverage), ("a", answered), ("r", rates), ("R", whole))}
        more = {name: both[True] - both[False] for name, both in (("w", share), ("c", coverage), ("a", answered))}
        silence = {"rate_confirmed": middle["a"], "rate_possible": -(1 - middle["a"]), "coverage": 1.0}[rate]
        found[operator] = [
            more["w"] * (middle["r"] - middle["R"]),
            middle["w"] * silence * more["c"],
            0.0 if rate == "coverage" else middle["w"] * middle["c"] * more["a"],
        ]
    return found


def period_of(**operators: tuple[int, int, int]) -> pl.DataFrame:
    """A day of sent, delivered and failed messages by operator."""
    return _daily([Day(name, False, 1, delivered, 0, failed, sent - delivered - failed) for name, (sent, delivered, failed) in operators.items()])


class TestWorkedValues:
    """Those of the page of methods, digit by digit."""

    def test_one_operator_goes_silent_for_half(self) -> None:
        frame = between(period_of(A=(500, 490, 10), B=(500, 450, 50)), period_of(A=(500, 490, 10), B=(500, 225, 25)), ["operator"])
        assert frame.select(pl.col("mix", "silence", "delivery").sum()).row(0) == pytest.approx((0, -0.225, 0), abs=1e-12)
        assert frame.filter(operator="B")["silence"].item() == pytest.approx(-0.225)

    def test_shares_silence_and_delivery_move_at_once(self) -> None:
        frame = between(period_of(A=(600, 570, 10), B=(400, 300, 60)), period_of(A=(500, 470, 15), B=(500, 350, 110)), ["operator"])
        terms = {row[0]: row[1:] for row in frame.select("operator", "mix", "silence", "delivery").iter_rows()}
        assert terms["A"] == pytest.approx((-0.010000, 0.001789, -0.007289), abs=5e-7)
        assert terms["B"] == pytest.approx((-0.012000, 0.007174, -0.029674), abs=5e-7)
        assert frame["effect"].sum() == pytest.approx(-0.05)

    def test_all_of_it_mix(self) -> None:
        frame = between(period_of(A=(600, 588, 12), B=(400, 360, 40)), period_of(A=(400, 392, 8), B=(600, 540, 60)), ["operator"])
        assert frame["mix"].sum() == pytest.approx(0.932 - 0.948)
        assert frame.select(pl.col("silence", "delivery").abs().max()).row(0) == pytest.approx((0, 0), abs=1e-12)

    def test_a_week_that_is_worse(self) -> None:
        weeks = ((945, 930, 955, 938, 950, 925, 947), (930, 920, 948, 915, 940, 925, 932))
        before, after = (
            _daily([Day("A", False, number, delivered, 0, 1000 - delivered, 0) for number, delivered in enumerate(week, 1)]) for week in weeks
        )
        (row,) = between(before, after, ["operator"]).to_dicts()
        reach = 2.178813 * 0.005960  # t of 12 degrees of freedom, the standard error
        assert row["change"] == pytest.approx(-0.011429, abs=5e-7)
        assert (row["change_low"], row["change_high"]) == pytest.approx((-0.011429 - reach, -0.011429 + reach), abs=2e-6)
        assert row["q"] == pytest.approx(student.two_sided(0.011429 / 0.005960, 12), abs=1e-4)
        assert (row["too_little"], row["verdict"]) == (False, "by_chance")

    def test_what_so_many_messages_could_show(self) -> None:
        """2.98 points at 94 % of 1,000 messages a period where days do not differ."""
        days = [Day("A", False, number, 188, 0, 12, 0) for number in range(1, 6)]
        assert between(_daily(days), _daily(days), ["operator"])["detectable"].item() == pytest.approx(0.0298, abs=5e-5)


class TestEffects:
    def test_a_fall_that_is_all_mix(self) -> None:
        """Two operators at 98 and 90 % as before, their shares turned from 60/40 to 40/60: the total falls from 94.8 to 93.2 %."""
        frame = changes(database(MIX_ONLY), by="operator", **WEEK)
        assert frame["effect"].sum() == pytest.approx(0.932 - 0.948)
        assert frame["mix"].sum() == pytest.approx(-0.016)
        assert frame["delivery"].to_list() == pytest.approx([0.0, 0.0])
        assert frame["mix"].to_list() == pytest.approx([-0.008, -0.008])

    def test_a_fall_that_is_all_delivery(self) -> None:
        rows = [rated(sent, rate, "Telia", late=late) for sent, rate, late in ((500, 0.9, False), (500, 0.8, True))]
        rows += [rated(500, 0.96, "Telenor", late=late) for late in (False, True)]
        frame = changes(database([row for part in rows for row in part]), by="operator", **WEEK)
        telia = frame.row(by_predicate=pl.col("operator") == "Telia", named=True)
        assert (telia["mix"], telia["delivery"]) == (pytest.approx(0), pytest.approx(-0.05))
        assert telia["change"] == pytest.approx(-0.1)
        assert (telia["too_little"], telia["change_low"], telia["q"], telia["verdict"]) == (True, None, None, "too_little")
        assert frame["operator"][0] == "Telia"

    def test_without_groups_all_is_delivery(self) -> None:
        (row,) = changes(database(MIX_ONLY), by=(), **WEEK).to_dicts()
        assert (row["sent_before"], row["sent"]) == (1000, 1000)
        assert row["effect"] == row["delivery"] == row["change"] == pytest.approx(-0.016)

    def test_a_group_of_one_period_is_mix(self) -> None:
        rows = [*rated(100, 0.9, "Telenor", late=False), *rated(100, 0.9, "Telenor", late=True), *rated(100, 0.5, "Ice", late=True)]
        frame = changes(database(rows), by="operator", **WEEK)
        ice = frame.row(by_predicate=pl.col("operator") == "Ice", named=True)
        assert (ice["sent_before"], ice["rate_before"], ice["change"], ice["delivery"]) == (0, None, None, 0.0)
        assert ice["mix"] < 0
        assert frame["effect"].sum() == pytest.approx(0.7 - 0.9)

    @pytest.mark.parametrize("rate", ["rate_confirmed", "rate_possible", "coverage"])
    @settings(max_examples=40)
    @given(days())
    def test_the_terms_are_those_of_a_slow_plain_version_and_add_up(self, rate: RateOfSent, drawn: list[Day]) -> None:
        before, after = (_daily([day for day in drawn if day.late is late]) for late in (False, True))
        effects = {row["operator"]: row for row in between(before, after, ["operator"], rate).to_dicts()}
        plain = plain_terms(drawn, rate)
        for operator, terms in plain.items():
            assert [effects[operator][name] for name in ("mix", "silence", "delivery")] == pytest.approx(terms, abs=1e-12)
        if any(day.late for day in drawn) and not all(day.late for day in drawn):
            total = _rate_of(drawn, rate, late=True) - _rate_of(drawn, rate, late=False)
            assert sum(row["effect"] for row in effects.values()) == pytest.approx(total, abs=1e-12)


class TestPeriods:
    def test_the_period_before_is_as_long_and_ends_where_the_period_begins(self) -> None:
        db = database(MIX_ONLY)
        again = changes(db, before_since=date(2026, 10, 5), before_until=date(2026, 10, 12), **WEEK)
        assert changes(db, **WEEK).equals(again)

    def test_days_stay_whole_when_summer_time_ends_in_between(self) -> None:
        evening = utc("2026-10-24T22:30:00")  # 00:30 in Oslo on 25 October, a day of 25 hours
        rows = [*messages_of(3, submitted_utc=evening), *messages_of(5, submitted_utc=evening + timedelta(days=1, hours=2))]
        (row,) = changes(database(rows), by=(), since="2026-10-26", until="2026-10-27", same_age=False).to_dicts()
        assert (row["sent_before"], row["sent"]) == (3, 5)

    def test_a_young_period_is_compared_with_the_one_before_at_the_same_age(self, tmp_path: Path) -> None:
        """On 20 October 10:00:09 the log ends; the first message of 1 October took until 12:30 to arrive, too late for that age."""
        path, _ = small_database.loaded(tmp_path)
        periods: dict[str, Any] = {"since": "2026-10-20", "until": "2026-10-21", "before_since": "2026-10-01", "before_until": "2026-10-02"}
        with store.connect(path) as db:
            young, final = (
                changes(db, by=(), where="feed = 'telenor1'", same_age=same_age, **periods).row(0, named=True) for same_age in (True, False)
            )
            then = metrics.rates(db, since="2026-10-01", until="2026-10-02", where="feed = 'telenor1'", as_of="2026-10-01 10:00:09")
        assert (final["rate_before"], young["rate_before"]) == (pytest.approx(1 / 3), 0)
        assert young["sent_before"] == then["sent"].item()
        assert young["provisional_before"] == then["provisional"].item()
        assert (young["rate"], final["rate"]) == (1, 1)


class TestWhatCannotBeCompared:
    def test_alone_its_messages_are_counted_and_no_rate_is_given(self) -> None:
        west = [messages_of(10, feed="west", operator="Ice", submission_missing=True, submitted_utc=time) for time in (BEFORE, AFTER)]
        (ice,) = changes(database([*MIX_ONLY, *west[0], *west[1]]), by="operator", receipts_only=True, **WEEK).to_dicts()
        assert (ice["operator"], ice["sent_before"], ice["sent"], ice["rate"], ice["effect"]) == ("Ice", 10, 10, None, None)

    def test_a_long_message_that_is_partly_confirmed_is_answered_and_not_confirmed(self) -> None:
        rows = [*rated(10, 1, "Telia", late=False), *rated(8, 1, "Telia", late=True)]
        rows += messages_of(2, operator="Telia", submitted_utc=AFTER, outcome="partly_confirmed")
        changed = {rate: changes(database(rows), rate=rate, **WEEK)["effect"].to_list() for rate in ("rate_confirmed", "rate_possible", "coverage")}
        assert changed == {"rate_confirmed": [0.0], "rate_possible": [0.0], "coverage": [0.0]}
        (row,) = changes(database(rows), **WEEK).to_dicts()
        assert (row["rate"], row["change"], row["rate_answered"]) == (0.8, pytest.approx(-0.2), 1.0)

    def test_a_feed_without_submissions_takes_no_part(self) -> None:
        west = [messages_of(10, feed="west", operator="Ice", submission_missing=True, submitted_utc=time) for time in (BEFORE, AFTER)]
        frame = changes(database([*MIX_ONLY, *west[0], *west[1]]), by="operator", **WEEK)
        ice = frame.row(-1, named=True)
        assert (ice["operator"], ice["sent"], ice["share"], ice["rate"], ice["effect"]) == ("Ice", 0, 0.0, None, None)
        assert frame["effect"].sum() == pytest.approx(-0.016)

    @pytest.mark.parametrize("by", ["day", "operator,hour", ["month"]])
    def test_calendar_time_is_refused(self, by: str | list[str]) -> None:
        with pytest.raises(UsageError, match="no group is in both periods"):
            changes(database(MIX_ONLY), by=by, **WEEK)

    def test_an_empty_period_before_is_named(self) -> None:
        with pytest.raises(NoDataError, match="the period before: no message fits"):
            changes(database(MIX_ONLY), by="operator", since="2026-10-05", until="2026-10-12", same_age=False)

    def test_half_a_period_before_is_refused(self) -> None:
        with pytest.raises(UsageError, match="both"):
            changes(database(MIX_ONLY), before_since="2026-10-01", **WEEK)


def two_feeds() -> duckdb.DuckDBPyConnection:
    """Feed `south` has logs from 8 October only, within the week before; `north` has all."""
    rows = [
        *messages_of(100, feed="north", submitted_utc=BEFORE),
        *messages_of(80, feed="north", submitted_utc=AFTER),
        *messages_of(20, feed="north", submitted_utc=AFTER, outcome="failed"),
        *messages_of(30, feed="south", submitted_utc=utc("2026-10-08T09:00:00")),
        *messages_of(40, feed="south", submitted_utc=AFTER),
    ]
    db = database(rows)
    db.execute("update feeds set first_utc = case feed when 'south' then timestamp '2026-10-08 09:00:00' else timestamp '2026-10-05 06:00:00' end")
    return db


class TestMissingLogs:
    def test_a_feed_whose_logs_begin_within_is_left_out_and_counted(self) -> None:
        (row,) = changes(two_feeds(), **WEEK).to_dicts()
        assert (row["sent_before"], row["sent"], row["left_out_before"], row["left_out"]) == (100, 100, 30, 40)
        assert row["effect"] == pytest.approx(-0.2)

    def test_which_and_why(self) -> None:
        (missing,) = compared(two_feeds(), **WEEK).missing
        assert (missing.feed, missing.why, missing.end_utc) == ("south", "begins_late", utc("2026-10-08T09:00:00"))

    def test_nothing_left_to_compare_is_an_error_that_names_what_is_missing(self) -> None:
        with pytest.raises(
            NoDataError, match=r"cannot be compared: feed 'south' is not compared: its logs begin 2026-10-08 11:00 \(Europe/Oslo\); choose"
        ):
            changes(two_feeds(), where="feed = 'south'", **WEEK)

    def test_a_file_that_is_missing_in_a_daily_series(self) -> None:
        db = two_feeds()
        db.execute(
            "insert into gap_evidence (feed, gap_cause, start_utc, end_utc) values ('north', 'log_missing', timestamp '2026-10-13 22:00:00', timestamp '2026-10-14 22:00:00')"
        )
        db.execute(
            "insert into gap_evidence (feed, gap_cause, start_utc, end_utc) values ('north', 'feed_silent', timestamp '2026-10-15 22:00:00', timestamp '2026-10-16 22:00:00')"
        )
        missing = compared(db, where="feed = 'north'", **WEEK).missing
        assert [(one.why, one.start_utc) for one in missing] == [("log_missing", utc("2026-10-13T22:00:00"))]

    def test_one_outside_of_both_periods_does_not_matter(self) -> None:
        db = two_feeds()
        db.execute(
            "insert into gap_evidence (feed, gap_cause, start_utc, end_utc) values ('north', 'log_missing', timestamp '2026-10-19 22:00:00', timestamp '2026-10-20 22:00:00')"
        )
        assert compared(db, where="feed = 'north'", **WEEK).missing == ()

    def test_each_feed_is_as_old_as_it_is_by_its_own_logs(self) -> None:
        db = two_feeds()
        db.execute("update feeds set now_utc = timestamp '2026-10-17 12:00:00' where feed = 'south'")
        ages = compared(db, **{**WEEK, "same_age": True}).before_as_of
        assert ages == {"north": utc("2026-10-24T00:00:00"), "south": utc("2026-10-10T12:00:00")}


class TestOutages:
    """Seven days of 1,000; in the week before 200 of each day were sent in an outage and have no status."""

    @staticmethod
    def week(delivered: int, silent: int = 0) -> pl.DataFrame:
        days = [Day("A", False, number, delivered + number, 0, 1000 - delivered - number - silent, silent) for number in range(1, 8)]
        return _daily(days).with_columns(outage=pl.lit(silent, pl.Int64))

    def test_a_group_that_only_recovered_is_not_better(self) -> None:
        (row,) = between(self.week(760, 200), self.week(950), ["operator"]).to_dicts()
        assert row["change_low"] > 0.15
        assert (row["outage_before"], row["outage"], row["verdict"]) == (1400, 0, "by_outage")

    def test_nor_is_one_worse_that_only_fell_silent(self) -> None:
        assert between(self.week(950), self.week(760, 200), ["operator"])["verdict"].item() == "by_outage"

    def test_what_changed_beside_the_outage_is_still_said(self) -> None:
        assert between(self.week(600, 200), self.week(950), ["operator"])["verdict"].item() == "better"
