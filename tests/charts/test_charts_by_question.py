"""The charts of single questions: that they add up, say what they left out, and mark what is not known."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import altair as alt
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics import charts
from sms_analytics.charts import hatching, theme
from sms_analytics.errors import UsageError
from sms_analytics.questions import metrics
from sms_analytics.questions.outages import outages
from sms_analytics.questions.waits import latency
from sms_analytics.text.labels import label
from tests.charts.drawn import CHANGES, EVENTS, LOADS, MESSAGES, OUTAGES, PREMIUM, RECEIPTS_ONLY, SEND_OUT, all_charts, rows, said, svg, views, walk
from tests.messages_table import SUBMITTED, database, message, messages_of, utc


@pytest.fixture(scope="module")
def db() -> Any:
    return database(MESSAGES)


@pytest.fixture(autouse=True)
def norwegian() -> Iterator[None]:
    theme.use("nb")
    yield
    theme.use("nb")


class TestFunnel:
    def test_every_message_leaves_once(self, db: Any) -> None:
        found = rows(charts.funnel(metrics.rates(db, "operator,country")))
        steps: dict[str, list[dict[str, Any]]] = {}
        for row in found:
            steps.setdefault(row["step"], []).append(row)
        totals = [sum(row["messages"] for row in step) for step in steps.values()]
        assert totals[0] == len(MESSAGES)
        assert [step[0]["messages"] for step in list(steps.values())[:-1]] == totals[1:]
        lost = sum(row["messages"] for step in steps.values() for row in step[1:])
        assert lost + totals[-1] == len(MESSAGES)
        assert totals[-1] == sum(row["outcome"] == "delivered" for row in MESSAGES)

    def test_what_falls_off_is_named(self, db: Any) -> None:
        picture = svg(charts.funnel(metrics.rates(db)))
        assert "faller fra: SMS feilet 15" in picture
        assert "faller fra: ingen status mottatt 8, venter status 5 m.fl." in picture


class TestCountries:
    frame = metrics.rates(
        database([*messages_of(60, country="SE"), *messages_of(70), *messages_of(3, country="AX"), message(country=None)]), "country"
    )

    @pytest.mark.parametrize(
        ("sort", "names"),
        [
            ("sent", ["Norge", "Sverige", "Åland", "Ukjent land"]),
            ("name", ["Norge", "Sverige", "Ukjent land", "Åland"]),
        ],
    )
    def test_sorted(self, sort: Any, names: list[str]) -> None:
        assert [row["country"] for row in rows(charts.countries(self.frame, sort=sort))[:4]] == names

    def test_lowest_rate_first_but_small_countries_last(self) -> None:
        messages = [
            *messages_of(60),
            *messages_of(50, country="SE"),
            *messages_of(9, country="SE", outcome="failed"),
            message(country="DK", outcome="failed"),
        ]
        frame = metrics.rates(database(messages), "country")
        assert [row["country"] for row in rows(charts.countries(frame, sort="rate"))[:3]] == ["Sverige", "Norge", "Danmark"]

    def test_left_out_ones_are_counted(self) -> None:
        assert "De 2 største av 4" in said(charts.countries(self.frame, at_most=2))


class TestHours:
    frame = metrics.rates(
        database([*messages_of(40), *messages_of(2, submitted_utc=utc("2026-10-03T22:30:00"), outcome="failed")]), "weekday,hour_of_day"
    )

    def test_all_hours_and_days_have_their_place(self) -> None:
        (view,) = [view for view, _ in views(charts.hours(self.frame)) if view.get("mark", {}) and view["mark"]["type"] == "rect"]
        assert view["encoding"]["x"]["scale"]["domain"] == [f"{hour:02}" for hour in range(24)]
        assert view["encoding"]["y"]["scale"]["domain"][0] == "mandag"
        assert len(view["encoding"]["y"]["scale"]["domain"]) == 7
        assert view["encoding"]["color"]["scale"]["domain"] == [0.9, 1]

    def test_colours_of_counts_begin_at_nothing(self) -> None:
        assert [
            part["scale"]["domain"]
            for part in walk(charts.hours(self.frame, show="sent").to_dict())
            if part.get("field") == "sent" and "scale" in part
        ] == [[0, 40]]

    def test_a_field_without_a_rate_has_a_cross(self) -> None:
        later = [{**row, "submitted_utc": SUBMITTED + timedelta(hours=1)} for row in RECEIPTS_ONLY]
        frame = metrics.rates(database([*messages_of(3), *later]), "weekday,hour_of_day")
        filters = [step["filter"] for view, _ in views(charts.hours(frame)) for step in view.get("transform", []) if "filter" in step]
        assert filters == ["isValid(datum.rate_confirmed)", "!isValid(datum.rate_confirmed)"]
        assert frame["rate_confirmed"].null_count() == 1

    def test_takes_these_two_dimensions_only(self, db: Any) -> None:
        with pytest.raises(UsageError, match="weekday,hour_of_day"):
            charts.hours(metrics.rates(db, "weekday,hour_of_day,operator"))


class TestGapsOverTime:
    def test_never_and_still_open_are_told_apart(self, db: Any) -> None:
        days = {row["day"][:10]: (row["never"], row["missing"]) for row in rows(charts.gaps_over_time(metrics.rates(db, "day"))) if "day" in row}
        assert days["2026-10-01"] == pytest.approx((8 / 203, 8 / 203))
        assert days["2026-10-28"] == pytest.approx((0, 5 / 65))

    def test_an_outage_stands_where_its_clock_says(self, db: Any) -> None:
        (outage,) = [row for row in rows(charts.gaps_over_time(metrics.rates(db, "day"), outages=OUTAGES)) if "drawn_from" in row]
        assert outage["first"] == "2026-10-01T12:00:00"
        # Marks stand in the middle of their days: noon is where the day's mark is.
        assert outage["drawn_from"] == "2026-10-01T00:00:00"
        assert label("chart.outage", "nb") in svg(charts.gaps_over_time(metrics.rates(db, "day"), outages=OUTAGES))
        assert label("chart.outage", "nb") not in svg(charts.gaps_over_time(metrics.rates(db, "day"), outages=OUTAGES.clear()))

    def test_by_feed_an_outage_stands_in_its_own_panel(self) -> None:
        messages = [*messages_of(5), *messages_of(4, feed="south", outcome="no_status")]
        chart = charts.gaps_over_time(metrics.rates(database(messages), "feed,day"), outages=OUTAGES)
        marked = {panel["title"]["text"]: "drawn_from" in str(panel) for panel in chart.to_dict()["concat"]}
        assert marked == {"north": True, "south": False}

    def test_takes_what_outages_returns(self, db: Any) -> None:
        frame = outages(db)
        assert frame.is_empty()
        charts.gaps_over_time(metrics.rates(db, "day"), outages=frame).to_dict()
        assert set(OUTAGES.columns) == set(frame.columns)


class TestLinkedReasons:
    def test_a_click_on_a_group_filters_the_reasons(self, db: Any) -> None:
        spec = charts.linked_reasons(metrics.reasons(db, "operator")).to_dict()
        (picked,) = spec["params"]
        assert picked["select"] == {"fields": ["operator"], "type": "point"}
        assert [part["filter"] for part in walk(spec["hconcat"][1]) if "filter" in part] == [{"param": "picked"}] * 2
        assert "12" in svg(charts.linked_reasons(metrics.reasons(db, "operator")))

    def test_takes_one_more_dimension(self, db: Any) -> None:
        with pytest.raises(UsageError, match="by one more dimension"):
            charts.linked_reasons(metrics.reasons(db))

    def test_only_refused_messages_are_no_failures(self) -> None:
        refused = database([message(outcome="failed", refused=True, reason="invalid_number", reason_class="permanent")])
        assert "Ingen data" in svg(charts.linked_reasons(metrics.reasons(refused, "operator")))


class TestLatency:
    def test_two_clocks_a_group_and_nothing_below_a_second(self) -> None:
        messages = [message(final_utc=SUBMITTED, final_received_utc=SUBMITTED + timedelta(seconds=40)), message(operator="Ice", final_utc=SUBMITTED)]
        found = rows(charts.latency(latency(database(messages), "operator")))
        assert [(row["row"], row["text"]) for row in found] == [
            ("Ice · telefonen", "median ≤\xa01\xa0s, 90 % innen ≤\xa01\xa0s"),
            ("Ice · statusmeldingen", "ukjent"),
            ("Telenor · telefonen", "median ≤\xa01\xa0s, 90 % innen ≤\xa01\xa0s"),
            ("Telenor · statusmeldingen", "median 40\xa0s, 90 % innen 40\xa0s"),
        ]
        assert {row["median_s_drawn"] for row in found} == {1, None, 40}

    @pytest.mark.parametrize(
        ("seconds", "nb", "en"),
        [
            (5, "5 s", "5 s"),
            (90, "1,5 min", "1.5 min"),
            (3600, "1 t", "1 h"),
            (86400, "24 t", "24 h"),
            (604799, "7 døgn", "7 d"),
            (216_000, "2,5 døgn", "2.5 d"),
        ],
    )
    def test_durations(self, seconds: float, nb: str, en: str) -> None:
        assert (theme.duration(seconds, "nb"), theme.duration(seconds, "en")) == (nb.replace(" ", "\xa0"), en.replace(" ", "\xa0"))


class TestSendOut:
    def test_shares_grow_to_what_was_answered(self) -> None:
        chart = charts.send_out(metrics.messages(database(SEND_OUT)))
        assert "6 sendt: 4 levert, 1 feilet, 1 uten endelig status" in said(chart)
        assert chart.to_dict()["title"]["text"] == "Utsendelse: K40"
        found = rows(chart)
        delivered = [row["share"] for row in found if row["outcome"] == "Bekreftet levert"]
        assert (delivered[0], delivered[-1]) == pytest.approx((1 / 6, 4 / 6))
        assert delivered == sorted(delivered)
        ends = [row for row in found if row["seconds"] == max(row["seconds"] for row in found)]
        assert sum(row["share"] for row in ends) == pytest.approx(1)

    def test_waits_count_from_the_planned_time(self) -> None:
        planned = SUBMITTED + timedelta(hours=3)
        frame = metrics.messages(database([message(scheduled_utc=planned, final_utc=planned + timedelta(seconds=2))]))
        found = [row for row in rows(charts.send_out(frame)) if row["outcome"] == "Bekreftet levert"]
        assert next(row["seconds"] for row in found if row["share"] == 1) < 3

    def test_of_messages_never_sent_there_is_nothing(self) -> None:
        assert "Ingen data" in svg(charts.send_out(metrics.messages(database([message(outcome="stopped")]))))


class TestPremium:
    def test_prices_add_up_by_what_became_of_them(self) -> None:
        found = {(row["operator"], row["outcome"]): row["price"] for row in rows(charts.premium(metrics.messages(database(PREMIUM))))}
        assert found == {
            ("Telenor", "Bekreftet levert"): 50,
            ("Telenor", "Ingen status mottatt"): 20,
            ("Telia", "SMS feilet"): 10,
            ("Ukjent operatør", "Avvist før sending"): 7,
        }
        assert "50 belastet av 70" in svg(charts.premium(metrics.messages(database(PREMIUM))))

    def test_without_prices_there_is_nothing(self, db: Any) -> None:
        assert "Ingen data" in svg(charts.premium(metrics.messages(db)))


class TestTimeline:
    def test_events_in_their_order_with_both_clocks(self) -> None:
        found = rows(charts.timeline(EVENTS))
        assert [(row["row"], row["wait"]) for row in found] == [
            ("1. 1. okt. 2026 10:00:02 · Overlevert operatøren", ""),
            ("2. 1. okt. 2026 10:00:00 · Uten dekning, forsøkes på nytt", "+ 0\xa0s"),
            ("3. 1. okt. 2026 12:05:00 · Bekreftet levert", "+ 2,1\xa0t"),
        ]
        assert found[0]["their_clock"] == "–"
        assert (found[2]["at"], found[2]["heard"]) == ("2026-10-01T12:05:00", "2026-10-01T12:05:40")

    def test_zone_and_language(self) -> None:
        assert rows(charts.timeline(EVENTS, zone="UTC", lang="en"))[2]["row"] == "3. 1 Oct 2026 10:05:00 · Confirmed delivered"

    def test_no_more_than_can_be_read(self) -> None:
        chart = charts.timeline(EVENTS, at_most=2)
        assert "De 2 første av 3 hendelser" in said(chart)
        assert len(rows(chart)) == 2


class TestChanges:
    def test_what_chance_can_explain_is_grey_and_what_is_not_known_is_said(self) -> None:
        own = rows(charts.changes(CHANGES))
        assert {(row["operator"], row["told"], row["direction"]) for row in own if "direction" in row} == {
            ("Telia", "75,0\xa0% → 92,0\xa0%", "Bedre"),
            ("Telenor", "94,0\xa0% → 94,5\xa0%", "Kan være tilfeldig"),
            ("Ukjent operatør", "ukjent → ukjent", None),
        }
        assert said(charts.changes(CHANGES)) == ["Endring for alle samlet: +4,3 prosentpoeng", "Foreløpig: noen statuser kan fortsatt komme"]

    def test_title_names_the_dimensions(self) -> None:
        assert charts.changes(CHANGES).to_dict()["title"]["text"] == "Hva som endret seg per operatør"
        assert charts.changes(CHANGES.drop("operator").head(1), lang="en").to_dict()["title"]["text"] == "What changed"

    def test_a_change_for_the_worse_has_a_true_minus(self) -> None:
        worse = CHANGES.head(1).with_columns(
            -pl.col("change", "effect", "delivery"), change_low=pl.lit(-0.2), change_high=pl.lit(-0.1), verdict=pl.lit("worse")
        )
        assert said(charts.changes(worse, lang="en"))[0] == "Change of all together: \u22124.3 percentage points"
        assert {row["direction"] for row in rows(charts.changes(worse)) if "direction" in row} == {"Dårligere"}


class TestRecords:
    def test_rejected_first_and_equal_names_told_apart(self) -> None:
        found = rows(charts.records(LOADS))
        assert list(dict.fromkeys(row["row"] for row in found)) == ["broken.log", "a/access.log", "b/access.log", "empty.log"]
        assert {row["text"] for row in found} == {"20, 20 avvist", "1\xa0000, 3 med ukjent statusord", "800", "0"}

    def test_shares_of_a_log_add_up(self) -> None:
        found = rows(charts.records(LOADS))
        shares = {path: sum(row["share"] for row in found if row["path"] == path) for path in LOADS["path"]}
        assert shares == pytest.approx({"logs/a/access.log": 1, "logs/b/access.log": 1, "logs/broken.log": 1, "logs/empty.log": 0})


class TestHatching:
    heights = st.floats(0, 100)

    @given(st.lists(st.tuples(heights, heights), min_size=2, max_size=8), st.sampled_from([1, -1]))
    def test_lines_stay_within_their_area(self, sides: list[tuple[float, float]], steep: int) -> None:
        edges = [(40.0 * place, min(pair), max(pair)) for place, pair in enumerate(sides)]
        for x, y, x2, y2 in hatching.between(edges, steep=steep):
            assert y2 - y == pytest.approx(steep * (x2 - x))
            for at, height in ((x, y), (x2, y2)):
                left, right = edges[min(int(at // 40), len(edges) - 2)], edges[min(int(at // 40) + 1, len(edges) - 1)]
                part = (at - left[0]) / 40
                low, high = (left[side] + (right[side] - left[side]) * part for side in (1, 2))
                assert low - 1e-6 <= height <= high + 1e-6

    def test_lines_are_in_the_coordinates_of_the_plot(self) -> None:
        begin = datetime.fromisoformat("2026-10-01T00:00:00")
        plot = hatching.Frame(100, 50, (begin, begin + timedelta(days=10)), top=0.5)
        lines = plot.lines([[plot.edge(begin + timedelta(days=day), 0, 0.5) for day in (2, 4)]])
        first, last, low, high = lines.select(
            pl.col("hatch_from").min(), pl.col("hatch_to").max(), pl.col("hatch_low").min(), pl.col("hatch_high").max()
        ).row(0)
        assert begin + timedelta(days=2) <= first < last <= begin + timedelta(days=4)
        assert (low, high) == pytest.approx((0, 0.5), abs=0.08)

    def test_bars_have_lines_where_nothing_was_reported(self, db: Any) -> None:
        frame = metrics.rates(db, "operator")
        lines = hatching.in_bars(frame, "operator", "rate_confirmed", "rate_possible", width=420, height=16)
        telia = frame.row(by_predicate=pl.col("operator") == "Telia", named=True)
        reach = lines.filter(operator="Telia").select(pl.col("hatch_from").min(), pl.col("hatch_to").max()).row(0)
        assert telia["rate_confirmed"] == pytest.approx(reach[0])
        assert reach[1] <= telia["rate_possible"]


class TestTheme:
    def test_charts_are_the_same_in_both_modes(self, db: Any) -> None:
        def specification(mode: theme.Mode) -> dict[str, Any]:
            theme.use("nb", mode)
            drawn = {name: chart.to_dict() for name, chart in all_charts(db).items()}
            return {name: {key: value for key, value in spec.items() if key != "config"} for name, spec in drawn.items()}

        assert specification("light") == specification("dark")

    def test_a_page_can_have_the_look_by_itself(self) -> None:
        dark: Any = theme.configuration("en", "dark")
        assert dark["background"] == theme.INKS["dark"].paper
        theme.use("en", "dark")
        assert alt.theme.get()() == {"config": dark}  # type: ignore[misc]
