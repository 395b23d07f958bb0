"""What changed between two periods: terms that add up, against sums that a person can do and rates that are asked for one by one."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_analytics.database import store
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import metrics
from sms_analytics.questions.changes import RateOfSent, between, changes
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


class TestEffects:
    def test_a_fall_that_is_all_mix(self) -> None:
        """Two operators at 98 and 90 % as before, their shares turned from 60/40 to 40/60: the total falls from 94.8 to 93.2 %."""
        frame = changes(database(MIX_ONLY), by="operator", **WEEK)
        assert frame["effect"].sum() == pytest.approx(0.932 - 0.948)
        assert frame["mix_effect"].sum() == pytest.approx(-0.016)
        assert frame["rate_effect"].to_list() == pytest.approx([0.0, 0.0])
        assert frame["mix_effect"].to_list() == pytest.approx([-0.008, -0.008])

    def test_a_fall_that_is_all_rate(self) -> None:
        rows = [rated(sent, rate, "Telia", late=late) for sent, rate, late in ((500, 0.9, False), (500, 0.8, True))]
        rows += [rated(500, 0.96, "Telenor", late=late) for late in (False, True)]
        frame = changes(database([row for part in rows for row in part]), by="operator", **WEEK)
        telia = frame.row(by_predicate=pl.col("operator") == "Telia", named=True)
        assert (telia["mix_effect"], telia["rate_effect"]) == (pytest.approx(0), pytest.approx(-0.05))
        assert telia["change"] == pytest.approx(-0.1)
        assert telia["change_low"] < -0.1 < telia["change_high"] < 0
        assert frame["operator"][0] == "Telia"

    def test_without_groups_all_is_rate(self) -> None:
        (row,) = changes(database(MIX_ONLY), by=(), **WEEK).to_dicts()
        assert (row["sent_before"], row["sent"]) == (1000, 1000)
        assert row["effect"] == row["rate_effect"] == row["change"] == pytest.approx(-0.016)

    def test_a_group_of_one_period_is_mix(self) -> None:
        rows = [*rated(100, 0.9, "Telenor", late=False), *rated(100, 0.9, "Telenor", late=True), *rated(100, 0.5, "Ice", late=True)]
        frame = changes(database(rows), by="operator", **WEEK)
        ice = frame.row(by_predicate=pl.col("operator") == "Ice", named=True)
        assert (ice["sent_before"], ice["rate_before"], ice["change"], ice["rate_effect"]) == (0, None, None, 0.0)
        assert ice["mix_effect"] < 0
        assert frame["effect"].sum() == pytest.approx(0.7 - 0.9)

    @pytest.mark.parametrize("rate", ["rate_confirmed", "rate_possible", "coverage"])
    @settings(max_examples=40)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "b", "c", None]), st.sampled_from(["delivered", "failed", "no_status"]), st.integers(0, 40), st.booleans()
            ),
            min_size=1,
            max_size=12,
        )
    )
    def test_effects_add_up_to_the_change(self, rate: RateOfSent, drawn: list[tuple[str | None, str, int, bool]]) -> None:
        before, after = (
            _rates([(operator, outcome, count) for operator, outcome, count, late in drawn if late is wanted]) for wanted in (False, True)
        )
        total_before, total = (_rates([(None, o, c) for _, o, c, late in drawn if late is wanted]) for wanted in (False, True))
        effects = between(before, after, rate)
        if total_before["sent"].sum() and total["sent"].sum():
            assert effects["effect"].sum() == pytest.approx(total[rate][0] - total_before[rate][0], abs=1e-12)
        else:
            assert effects["effect"].drop_nulls().is_empty()


def _rates(rows: list[tuple[str | None, str, int]]) -> pl.DataFrame:
    """The columns of a frame of `rates` that a comparison reads, out of operator, outcome and count."""
    counts = pl.DataFrame(rows, schema={"operator": pl.String, "outcome": pl.String, "count": pl.Int64}, orient="row")
    of = {outcome: pl.col("count").filter(pl.col("outcome") == outcome).sum() for outcome in ("delivered", "failed", "no_status")}
    grouped = counts.group_by("operator", maintain_order=True).agg(sent=pl.col("count").sum(), **of)
    sent = pl.col("sent")
    hits = {
        "rate_confirmed": pl.col("delivered"),
        "rate_possible": sent - pl.col("failed"),
        "coverage": pl.col("delivered") + pl.col("failed"),
    }
    rated = grouped.with_columns(pl.when(sent > 0).then(hit / sent).alias(name) for name, hit in hits.items())
    return rated.select(
        "operator", messages="sent", sent="sent", failed="failed", delivered="delivered", provisional=pl.lit(0), **{n: n for n in hits}
    )


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
        assert changed == {"rate_confirmed": [pytest.approx(-0.2)], "rate_possible": [0.0], "coverage": [0.0]}

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
