"""The rules of `check`, on days small enough to count."""

from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

from sms_analytics.config import Config
from sms_analytics.questions.rules import Finding, findings, lower_limit
from tests.messages_table import NOW, Row, database, message

HOUR = timedelta(hours=1)


def judged(rows: list[Row], **rule: Any) -> list[Finding]:
    return findings(database(rows), Config.model_validate({"check": {"night": rule}}), NOW)


def sent(ago: timedelta, wait: timedelta | None, outcome: str = "delivered", **columns: Any) -> Row:
    """Handed over so long before now, with its final status so long after that; silent without one."""
    submitted = NOW - ago
    if wait is None:
        return message(submitted_utc=submitted, outcome="no_status" if ago > timedelta(days=8) else "awaiting_status", **columns)
    return message(submitted_utc=submitted, outcome=outcome, final_utc=submitted + wait, final_received_utc=submitted + wait, **columns)


def day(days_ago: int, delivered: int, failed: int, silent: int = 0, **columns: Any) -> list[Row]:
    ago = timedelta(days=days_ago) + 12 * HOUR
    quick = timedelta(seconds=5)
    return [
        *(sent(ago, quick, **columns) for _ in range(delivered)),
        *(sent(ago, quick, "failed", **columns) for _ in range(failed)),
        *(sent(ago, None, **columns) for _ in range(silent)),
    ]


class TestCoverage:
    def test_at_least_nine_in_ten(self) -> None:
        (low,) = judged(day(0, 70, 10, 40), rule="coverage", least=0.9)
        assert (low.check, low.party, low.verdict, low.messages, low.limit) == ("night", None, "broken", 120, 0.9)
        assert low.value == pytest.approx(80 / 120)
        (kept,) = judged(day(0, 100, 10, 10), rule="coverage", least=0.9)
        assert kept.verdict == "kept"
        assert kept.value == pytest.approx(110 / 120)

    def test_a_dip_that_chance_explains_changes_nothing(self) -> None:
        (found,) = judged(day(0, 100, 7, 13), rule="coverage", least=0.9)
        assert found.verdict == "too_little", "107 of 120: the interval reaches over 90 %"

    def test_few_messages_tell_nothing(self) -> None:
        (found,) = judged(day(0, 0, 0, 99), rule="coverage", least=0.9)
        assert (found.verdict, found.messages) == ("too_little", 99)

    def test_messages_younger_than_the_age_do_not_count(self) -> None:
        young = [sent(timedelta(minutes=10), None) for _ in range(1000)]
        (found,) = judged([*day(0, 120, 0), *young], rule="coverage", least=0.9)
        assert (found.verdict, found.messages, found.value) == ("kept", 120, 1.0)

    def test_what_came_after_the_age_is_not_seen_in_any_period(self) -> None:
        late = [sent(12 * HOUR, 2 * HOUR) for _ in range(120)]
        (found,) = judged(late, rule="coverage", least=0.9, age="1h")
        assert (found.verdict, found.value) == ("broken", 0.0)
        (found,) = judged(late, rule="coverage", least=0.9, age="3h")
        assert (found.verdict, found.value) == ("kept", 1.0)

    def test_by_operator_each_is_judged_alone(self) -> None:
        rows = [*day(0, 120, 0, operator="Telia"), *day(0, 0, 0, 120, operator="Ice"), *day(0, 0, 0, 500, operator="Telenor", feed="south")]
        assert [(one.party, one.verdict) for one in judged(rows, rule="coverage", least=0.5, by="operator", feed="north")] == [
            ("Ice", "broken"),
            ("Telia", "kept"),
        ]


class TestConfirmed:
    def test_limits_are_those_of_the_days_before(self) -> None:
        before = [row for days in range(1, 15) for row in day(days, 188 + days % 3, 12 - days % 3)]
        (usual,) = judged([*before, *day(0, 187, 13)], rule="confirmed")
        assert (usual.verdict, usual.messages, usual.more["usual"]) == ("kept", 200, pytest.approx(0.945, abs=0.002))
        (poor,) = judged([*before, *day(0, 170, 30)], rule="confirmed")
        assert (poor.verdict, poor.value) == ("broken", 0.85)
        assert poor.limit == pytest.approx(0.945 - 3 * (0.945 * 0.055 / 200) ** 0.5, abs=0.005)

    def test_without_twelve_days_there_are_no_limits(self) -> None:
        rows = [row for days in range(1, 12) for row in day(days, 188, 12)]
        (found,) = judged([*rows, *day(0, 0, 200)], rule="confirmed")
        assert (found.verdict, found.limit) == ("too_little", None)

    def test_a_young_period_is_held_against_what_the_others_were_when_they_were_as_young(self) -> None:
        """A third of the messages always needs three hours: at the age of one hour all days look alike."""

        def slowly(days_ago: int) -> list[Row]:
            ago = timedelta(days=days_ago) + 2 * HOUR
            waits = [timedelta(seconds=5), timedelta(seconds=9), 3 * HOUR]
            return [sent(ago, wait if wait < ago else None) for wait in waits for _ in range(50)]

        (found,) = judged([row for days in range(20) for row in slowly(days)], rule="confirmed")
        assert found.verdict == "kept"
        assert found.value == pytest.approx(2 / 3)

    def test_the_worked_example_of_the_limits(self) -> None:
        """950 940 955 900 945 952 948 941 of 1,000 each."""
        hits = [950, 940, 955, 900, 945, 952, 948, 941]
        pooled = sum(hits) / 8000
        sigma = (pooled * (1 - pooled) / 1000) ** 0.5
        scores = [(hit / 1000 - pooled) / sigma for hit in hits]
        assert scores == pytest.approx([1.161, -0.185, 1.834, -5.569, 0.488, 1.430, 0.892, -0.050], abs=0.001)
        ranges = [abs(one - other) for one, other in pairwise(scores)]
        assert median(ranges) / 0.954 == pytest.approx(1.411, abs=0.001)
        assert lower_limit([(hit, 1000) for hit in hits], 1000) == pytest.approx(pooled - 3 * 1.411 * sigma, abs=1e-4)


class TestSlow:
    def test_half_of_those_that_usually_get_one_within_a_minute(self) -> None:
        usual = [row for days in range(10, 20) for row in day(days, 50, 0, 50)]
        quick = [sent(12 * HOUR, timedelta(seconds=5)) for _ in range(60)] + [sent(12 * HOUR, None) for _ in range(60)]
        (found,) = judged([*usual, *quick], rule="slow", within="1m")
        assert (found.verdict, found.value) == ("kept", 0.5)
        assert found.limit == pytest.approx(0.25)
        slow = [sent(12 * HOUR, timedelta(minutes=20)) for _ in range(60)] + [sent(12 * HOUR, None) for _ in range(60)]
        (found,) = judged([*usual, *slow], rule="slow", within="1m")
        assert (found.verdict, found.value) == ("broken", 0.0)

    def test_receipts_that_are_held_back_altogether_are_slow_too(self) -> None:
        rows = [row for days in range(10, 20) for row in day(days, 100, 0)]
        (found,) = judged([*rows, *(sent(12 * HOUR, None) for _ in range(120))], rule="slow", within="1m")
        assert found.verdict == "broken"


def test_stale_by_the_clock_on_the_wall() -> None:
    (fresh,) = judged([message()], rule="stale", within="6h")
    assert (fresh.party, fresh.verdict, fresh.value) == ("north", "kept", 0.0)
    rule = Config.model_validate({"check": {"night": {"rule": "stale", "within": "6h"}}})
    (old,) = findings(database([message()]), rule, NOW + 7 * HOUR)
    assert (old.verdict, old.value, old.limit) == ("broken", 7 * 3600, 6 * 3600)
