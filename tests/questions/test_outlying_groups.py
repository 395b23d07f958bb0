"""Groups against the pooled rate: worked values, days that vary, and what cannot be judged."""

from datetime import timedelta
from statistics import NormalDist

import polars as pl
import pytest

from sms_analytics.errors import UsageError
from sms_analytics.questions import student
from sms_analytics.questions.outlying_groups import against_pooled, funnel_plot
from tests.messages_table import Row, database, messages_of, utc

START = utc("2026-10-01T08:00:00")


def of_days(operator: str, *days: tuple[int, int], outcome: str = "failed") -> list[Row]:
    """So many delivered and other messages on each of these days."""
    rows: list[Row] = []
    for number, (delivered, other) in enumerate(days):
        when = {"operator": operator, "submitted_utc": START + timedelta(days=number)}
        rows += [*messages_of(delivered, **when), *messages_of(other, outcome=outcome, **when)]
    return rows


class TestWorkedValues:
    """Five groups of the page of methods; days do not vary, and there are so many of them that t is normal."""

    GROUPS = pl.DataFrame({"n": [200, 1000, 50, 500, 2000], "rate": [0.95, 0.93, 0.8, 0.94, 0.95], "days": [10_000] * 5, "between_days": [0.0] * 5})

    def test_distances(self) -> None:
        assert [round(z, 2) for z in against_pooled(self.GROUPS)["z"]] == [0.52, -1.53, -4.25, -0.13, 1.65]

    def test_the_outlier_does_not_hide_itself(self) -> None:
        """Overdispersion of five groups would be 4.68, and the outlier's p .049."""
        judged = against_pooled(self.GROUPS)
        assert (judged["z"] ** 2).mean() == pytest.approx(4.68, abs=0.005)
        assert 2 * (1 - NormalDist().cdf(4.25 / 4.68**0.5)) == pytest.approx(0.049, abs=0.0005)
        assert judged["q"][2] == pytest.approx(0.0001, abs=0.00005)
        assert judged["verdict"].to_list() == ["by_chance", "by_chance", "worse", "by_chance", "by_chance"]


class TestQuestion:
    def test_days_that_vary_widen_the_limits(self) -> None:
        """Both have 80 % of 100; one varies from day to day between 60 and 100 %."""
        steady = of_days("Telia", *[(16, 4)] * 5)
        swaying = of_days("Telenor", (12, 8), (20, 0), (16, 4), (12, 8), (20, 0))
        frame = funnel_plot(database([*steady, *swaying]))
        limits = {row["operator"]: (row["low"], row["high"]) for row in frame.to_dicts()}
        narrow, wide = student.quantile(4) * (0.8 * 0.2 / 100) ** 0.5, student.quantile(4) * (5 / 4 * (16 + 16 + 16 + 16) / 100**2) ** 0.5
        assert limits["Telia"] == pytest.approx((0.8 - narrow, 0.8 + narrow))
        assert limits["Telenor"] == pytest.approx((0.8 - wide, min(1, 0.8 + wide)))

    def test_fewer_than_five_days_are_not_judged(self) -> None:
        frame = funnel_plot(database([*of_days("Telia", *[(100, 0)] * 5), *of_days("Ice", (0, 50), (0, 50))]))
        ice = frame.row(by_predicate=pl.col("operator") == "Ice", named=True)
        assert (ice["rate"], ice["low"], ice["q"], ice["too_little"], ice["verdict"]) == (0, None, None, True, "too_little")

    def test_another_rate(self) -> None:
        silent = of_days("Ice", *[(5, 5)] * 5, outcome="no_status")
        db = database([*of_days("Telia", *[(9, 1)] * 5), *silent])
        assert dict(funnel_plot(db, rate="coverage").select("operator", "rate").iter_rows()) == {"Telia": 1.0, "Ice": 0.5}

    @pytest.mark.parametrize("by", ["", "day", "operator,week"])
    def test_it_is_about_groups(self, by: str) -> None:
        with pytest.raises(UsageError, match="a funnel plot compares groups"):
            funnel_plot(database(of_days("Telia", (1, 0))), by=by)
