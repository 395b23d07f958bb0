"""Routes with different messages: as if all had the same mix."""

from datetime import date

import polars as pl
import pytest

from sms_analytics.errors import UsageError
from sms_analytics.questions import student
from sms_analytics.questions.fair_comparison import at_common_mix, standardised
from tests.messages_table import database, messages_of


def cells(*rows: tuple[str, str, int, int], days: int = 5) -> pl.DataFrame:
    """Feed, country, sent and delivered a day, the same on each of these days."""
    listed = [(feed, country, date(2026, 10, day), sent, hits) for feed, country, sent, hits in rows for day in range(1, days + 1)]
    return pl.DataFrame(listed, schema=["feed", "country", "day", "sent", "hits"], orient="row")


#: Both deliver 95 % in Norway and 80 % in Sweden; one has mostly Norway.
SAME = cells(("north", "NO", 80, 76), ("north", "SE", 20, 16), ("south", "NO", 20, 19), ("south", "SE", 80, 64))


def test_routes_that_differ_only_in_their_mix_are_the_same() -> None:
    """Half of all messages go to either country: 87.5 % at the common mix, 92 and 83 % as it is."""
    frame = at_common_mix(SAME, ["feed"], ["country"]).sort("feed")
    assert frame["rate"].to_list() == pytest.approx([0.92, 0.83])
    assert frame["rate_standardised"].to_list() == pytest.approx([0.875, 0.875])
    reach = student.quantile(4) * (0.25 * 0.95 * 0.05 / 400 + 0.25 * 0.8 * 0.2 / 100) ** 0.5
    north = frame.row(0, named=True)
    assert (north["low"], north["high"], north["mix_covered"]) == pytest.approx((0.875 - reach, 0.875 + reach, 1.0))


def test_a_part_that_one_route_lacks_is_no_common_one() -> None:
    frame = at_common_mix(pl.concat([SAME, cells(("north", "DK", 50, 10))]), ["feed"], ["country"]).sort("feed")
    assert frame["rate_standardised"].to_list() == pytest.approx([0.875, 0.875])
    assert frame["mix_covered"].to_list() == pytest.approx([500 / 750, 1.0])


def test_a_small_route_takes_no_part_and_does_not_spoil_the_others() -> None:
    frame = at_common_mix(pl.concat([SAME, cells(("tiny", "NO", 5, 5))]), ["feed"], ["country"]).sort("feed")
    assert frame["rate_standardised"].to_list() == [pytest.approx(0.875), pytest.approx(0.875), None]


def test_days_that_vary_widen_the_interval() -> None:
    swaying = SAME.with_columns(hits=pl.col("hits") + pl.when(pl.col("day").dt.day() % 2 == 0).then(-6).otherwise(4).cast(pl.Int64)).with_columns(
        hits=pl.min_horizontal("hits", "sent")
    )
    narrow, wide = (at_common_mix(days, ["feed"], ["country"]).sort("feed").row(0, named=True) for days in (SAME, swaying))
    assert wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])


def test_few_days_have_no_interval() -> None:
    frame = at_common_mix(cells(("north", "NO", 60, 50), ("south", "NO", 60, 55), days=4), ["feed"], ["country"])
    assert frame.select("low", "high").null_count().row(0) == (2, 2)


def test_out_of_the_database() -> None:
    rows = [*messages_of(90, feed="north", sender="A"), *messages_of(30, feed="north", sender="A", outcome="failed")]
    rows += messages_of(150, feed="south", sender="A")
    frame = standardised(database(rows))
    assert frame.select("feed", "sent", "rate", "rate_standardised").rows() == [("south", 150, 1.0, 1.0), ("north", 120, 0.75, 0.75)]


@pytest.mark.parametrize(("by", "over"), [("feed", "feed"), ("", "country"), ("feed", "")])
def test_what_is_no_comparison_is_refused(by: str, over: str) -> None:
    with pytest.raises(UsageError, match="--by and --over"):
        standardised(database(messages_of(1)), by=by, over=over)
