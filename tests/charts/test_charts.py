"""Charts: what they draw of which column, in which colour and language, and what they do with nothing, too much or the wrong frame."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations, product
from typing import Any

import polars as pl
import pytest

from sms_analytics import charts
from sms_analytics.charts import groups, theme
from sms_analytics.errors import UsageError
from sms_analytics.questions import metrics
from sms_analytics.questions.waits import latency
from sms_analytics.text.labels import LANGS, Lang, label, labels
from sms_analytics.vocabulary import OUTCOMES, REASON_CLASSES, SENT_OUTCOMES
from tests.charts.drawn import MESSAGES, RECEIPTS_ONLY, all_charts, fields, rows, said, svg, views, walk
from tests.messages_table import SUBMITTED, database, message, utc
from tests.thorough import THOROUGH

QUESTIONS: list[Callable[..., charts.AnyChart]] = [
    *(charts.delivery_rates, charts.countries, charts.rates_over_time, charts.outcomes, charts.funnel, charts.hours, charts.gaps_over_time),
    *(
        charts.reasons,
        charts.linked_reasons,
        charts.latency,
        charts.latency_curves,
        charts.send_out,
        charts.premium,
        charts.timeline,
        charts.changes,
        charts.records,
    ),
    *(charts.funnel_plot, charts.control_chart),
]


@pytest.fixture(scope="module")
def db() -> Any:
    return database(MESSAGES)


@pytest.fixture(scope="module")
def drawn(db: Any) -> dict[Lang, dict[str, charts.AnyChart]]:
    return {lang: all_charts(db, lang) for lang in LANGS}


@pytest.fixture(scope="module")
def with_receipts_only() -> Any:
    return database([*MESSAGES, *RECEIPTS_ONLY])


@pytest.fixture(autouse=True)
def norwegian() -> Iterator[None]:
    theme.use("nb")
    yield
    theme.use("nb")


@pytest.mark.parametrize("lang", LANGS)
def test_every_field_is_a_column_of_the_data(drawn: Any, lang: Lang) -> None:
    for name, chart in drawn[lang].items():
        used = [(fields(view), columns) for view, columns in views(chart)]
        assert any(names for names, _ in used), name
        assert [names - columns for names, columns in used if names - columns] == [], name


def test_data_of_the_charts_are_columns_of_the_frames_and_little_more(db: Any) -> None:
    frame = metrics.rates(db, "operator")
    assert set(rows(charts.delivery_rates(frame))[0]) == set(frame.columns)
    days = metrics.rates(db, "day")
    assert set(rows(charts.rates_over_time(days))[0]) - set(days.columns) == {"group", "shade_from", "shade_to"}
    why = metrics.reasons(db)
    assert set(rows(charts.reasons(why))[0]) - set(why.columns) == {"group"}


#: Axes that are no shares of a whole, by what they are: counts and sums from 0, seconds on a logarithm, points as far below 0 as above.
OTHER_AXES = {
    "funnel": "from 0",
    "premium": "from 0",
    "latency": "logarithmic",
    "latency_curves": "logarithmic",
    "send_out": "logarithmic",
    "changes": "around 0",
}


#: They show how far groups and days lie from a line: on an axis from 0 nothing could be seen, and no bar is as long as a rate.
OF_DIFFERENCES = ("funnel_plot", "control_chart")


@pytest.mark.parametrize("lang", LANGS)
def test_no_axis_misleads(drawn: Any, lang: Lang) -> None:
    for name, chart in drawn[lang].items():
        axes = [part for part in walk(chart.to_dict()) if part.get("axis") and part.get("type") == "quantitative" and "scale" in part]
        shares = [axis for axis in axes if axis["axis"].get("format", "").endswith("%")]
        if name.startswith(OF_DIFFERENCES):
            assert {_kind(axis["scale"]) for axis in shares} == {"cut"}, name
            continue
        if not name.startswith("gaps"):
            assert {tuple(axis["scale"]["domain"]) for axis in shares} <= {(0, 1)}, name
        kinds = {_kind(axis["scale"]) for axis in axes if axis not in shares}
        assert kinds <= {OTHER_AXES.get(name, "none")}, name
        assert {_kind(axis["scale"]) for axis in shares} <= {"from 0"}, name


def _kind(scale: dict[str, Any]) -> str:
    low, high = scale["domain"]
    if scale.get("type") == "log":
        return "logarithmic"
    return "from 0" if low == 0 else "around 0" if low == -high else "cut"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("frame", [pl.DataFrame(), metrics.rates(database(MESSAGES), "operator").clear()])
def test_nothing_is_said_to_be_nothing(frame: pl.DataFrame, lang: Lang) -> None:
    for draw in QUESTIONS:
        picture = svg(draw(frame, lang=lang, subtitle="uke 40"))
        assert label("chart.no_data", lang) in picture, draw
        assert "uke 40" in picture, draw


def test_all_questions_are_drawn_here(drawn: Any) -> None:
    names = {name for name in vars(charts) if getattr(vars(charts)[name], "__module__", "").startswith("sms_analytics.charts.")} - {"AnyChart"}
    assert names == {draw.__name__ for draw in QUESTIONS}
    assert {name.partition(" ")[0] for name in drawn["nb"]} == names


def test_pictures_are_in_norwegian_or_english(db: Any) -> None:
    theme.use("nb")
    norwegian = svg(charts.delivery_rates(metrics.rates(db, "operator"), subtitle="uke 40–44"))
    theme.use("en")
    english = svg(charts.delivery_rates(metrics.rates(db, "operator"), lang="en"))
    assert all(text in norwegian for text in ("Leveringsgrad per operatør", "uke 40–44", "90,0–94,0\u00a0%", "96\u00a0% av 200", "Ukjent operatør"))
    assert all(text in english for text in ("Delivery rate by operator", "90.0–94.0%", "96% of 200", "Unknown operator"))
    assert not any(text in english for text in ("operatør", "90,0", " av "))


# Both languages and both modes; the long run takes each with each.
@pytest.mark.parametrize(("lang", "mode"), list(product(LANGS, theme.INKS) if THOROUGH else zip(LANGS, theme.INKS, strict=True)))
def test_every_picture_can_be_drawn_and_nothing_in_it_is_cut(with_receipts_only: Any, lang: Lang, mode: theme.Mode) -> None:
    theme.use(lang, mode)
    for name, chart in all_charts(with_receipts_only, lang).items():
        picture = svg(chart)
        assert picture.startswith("<svg"), name
        assert f'fill="{theme.INKS[mode].paper}"' in picture, name
        # Vega ends what it cuts with this sign.
        assert "…<" not in picture, name
        assert "undefined" not in picture, name
        assert "NaN" not in picture, name


def test_time_axes_are_written_as_in_the_language(db: Any) -> None:
    weeks = metrics.rates(db, "operator,week")
    assert "uke 40" in svg(charts.rates_over_time(weeks))
    theme.use("en")
    assert "week 40" in svg(charts.rates_over_time(weeks, lang="en"))
    assert "Oct" in svg(charts.rates_over_time(metrics.rates(db, "day"), lang="en"))
    theme.use("nb")
    assert "okt." in svg(charts.rates_over_time(metrics.rates(db, "day")))


def test_title_names_the_dimensions(db: Any) -> None:
    def title(by: str) -> Any:
        return charts.delivery_rates(metrics.rates(db, by)).to_dict()["title"]["text"]

    assert title("") == "Leveringsgrad"
    assert title("operator") == "Leveringsgrad per operatør"
    assert title("operator,country,account") == "Leveringsgrad per operatør, land og konto"
    assert charts.reasons(metrics.reasons(db, "operator")).to_dict()["title"]["text"] == "Feilårsaker per operatør"
    assert charts.rates_over_time(metrics.rates(db, "week,operator")).to_dict()["title"]["text"] == "Leveringsgrad over tid per operatør"


class TestColours:
    def test_every_way_of_counting_has_one(self) -> None:
        assert set(theme.OUTCOME_COLOURS) == {*OUTCOMES, "refused", "without_submission"} == set(charts.COUNTED_AS)
        assert set(theme.CLASS_COLOURS) == set(REASON_CLASSES)
        assert len(set(theme.OUTCOME_COLOURS.values())) == len(theme.OUTCOME_COLOURS)

    def test_the_legend_has_them_all_in_their_own_colour(self, db: Any) -> None:
        chart = charts.outcomes(metrics.rates(db, "operator"))
        scale = next(part["color"]["scale"] for part in walk(chart.to_dict()) if "scale" in part.get("color", {}))
        words = {**labels("outcome", "nb"), "refused": label("column.refused", "nb"), "without_submission": label("column.without_submission", "nb")}
        assert dict(zip(scale["domain"], scale["range"], strict=True)) == {words[name]: colour for name, colour in theme.OUTCOME_COLOURS.items()}

    @pytest.mark.parametrize("vision", ["all cones", "no red cones", "no green cones", "no blue cones"])
    def test_outcomes_differ_to_every_eye(self, vision: str) -> None:
        telling = [*SENT_OUTCOMES, "refused", "stopped"]
        seen = {name: _lab(theme.OUTCOME_COLOURS[name], vision) for name in telling}
        distances = {pair: sum((a - b) ** 2 for a, b in zip(seen[pair[0]], seen[pair[1]], strict=True)) ** 0.5 for pair in combinations(seen, 2)}
        assert {pair: round(distance) for pair, distance in distances.items() if distance < 20} == {}


#: Linear RGB as people without one kind of cones see it: Machado, Oliveira and Fernandes 2009, severity 1.0.
_VISION = {
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no red cones": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green cones": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue cones": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))


def _lab(colour: str, vision: str) -> tuple[float, float, float]:
    """CIELAB of a colour as a kind of vision sees it, in which equal distances look equally different."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    seen = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in _VISION[vision]]
    x, y, z = (sum(a * b for a, b in zip(row, seen, strict=True)) / white for row, white in zip(_TO_XYZ, (0.9505, 1.0, 1.089), strict=True))
    fx, fy, fz = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def opacities(chart: charts.AnyChart) -> list[dict[str, Any]]:
    return [view["encoding"]["opacity"] for view, _ in views(chart) if "opacity" in view.get("encoding", {})]


class TestDeliveryRates:
    def test_from_confirmed_to_possible_with_whiskers_and_coverage(self, db: Any) -> None:
        chart = charts.delivery_rates(metrics.rates(db, "operator"))
        ends = [
            {view["encoding"][channel]["field"] for channel in ("x", "x2") if "field" in view["encoding"].get(channel, {})}
            for view, _ in views(chart)
            if "encoding" in view and "x" in view["encoding"]
        ]
        assert {"rate_confirmed", "rate_possible"} in ends
        assert {"ci_low", "ci_high"} in ends
        assert {"coverage"} in ends

    def test_small_groups_are_faded_and_that_is_said(self, db: Any) -> None:
        frame = metrics.rates(db, "operator")
        assert "Bleke rader har færre enn 50 sendte meldinger" in said(charts.delivery_rates(frame))
        assert charts.delivery_rates(frame, min_sent=3).to_dict()["title"]["subtitle"] == ["Strekene er 95 % konfidensintervall"]
        conditions = [opacity["condition"]["test"] for opacity in opacities(charts.delivery_rates(frame)) if "condition" in opacity]
        assert set(conditions) == {"(datum.sent < 50)"}
        assert not [opacity for opacity in opacities(charts.delivery_rates(frame, min_sent=3)) if "condition" in opacity]

    def test_what_is_left_out_is_said(self, db: Any) -> None:
        frame = metrics.rates(db, "operator")
        assert "De 2 største av 3" in said(charts.delivery_rates(frame, at_most=2))
        assert len(rows(charts.delivery_rates(frame, at_most=2))) == 2
        assert "De 2 største av 3" in said(charts.outcomes(frame, at_most=2))

    def test_a_feed_without_submissions_shows_what_was_answered_and_nothing_else(self, with_receipts_only: Any, db: Any) -> None:
        picture = svg(charts.delivery_rates(metrics.rates(with_receipts_only, "operator"), min_sent=1))
        assert "90,0\u00a0% av besvarte" in picture
        assert label("chart.answered_only", "nb") in picture
        assert label("chart.answered_only", "nb") not in svg(charts.delivery_rates(metrics.rates(db, "operator")))
        only = svg(charts.delivery_rates(metrics.rates(with_receipts_only, receipts_only=True)))
        assert f">{label('column.rate_confirmed', 'nb')}<" not in only
        assert ">ukjent<" in only


class TestRatesOverTime:
    def test_periods_that_can_still_change_are_shaded(self, db: Any) -> None:
        chart = charts.rates_over_time(metrics.rates(db, "day"))
        shades = [view for view, _ in views(chart) if view.get("mark", {}) and view["mark"]["type"] == "rect"]
        assert [view["transform"][0]["filter"] for view in shades] == ["(datum.provisional > 0)"]
        provisional = {row["day"][:10]: row["shade_from"][:13] for row in rows(chart) if row["provisional"]}
        assert provisional == {"2026-10-28": "2026-10-27T12"}
        old = metrics.rates(db, "day", until="2026-10-10")
        assert not [view for view, _ in views(charts.rates_over_time(old)) if view.get("mark", {}) and view["mark"]["type"] == "rect"]

    def test_one_panel_per_group(self, db: Any) -> None:
        chart = charts.rates_over_time(metrics.rates(db, "week,operator"))
        assert [panel["title"]["text"] for panel in chart.to_dict()["concat"]] == ["Telenor", "Telia", "Ukjent operatør"]
        assert len(rows(chart)) == 5
        largest = charts.rates_over_time(metrics.rates(db, "week,operator"), at_most=1)
        assert {row["operator"] for row in rows(largest)} == {"Telenor"}
        assert "De 1 største av 3" in said(largest)

    def test_messages_without_a_time_are_left_out(self) -> None:
        timeless = message(submitted_utc=None, submission_missing=True)
        weeks = metrics.rates(database([message(), timeless]), "week")
        assert weeks["week"].null_count() == 1
        assert len(rows(charts.rates_over_time(weeks))) == 1
        assert "Ingen data" in svg(charts.rates_over_time(weeks.filter(pl.col("week").is_null())))

    def test_needs_exactly_one_period(self, db: Any) -> None:
        with pytest.raises(UsageError, match="by one of hour, day, week, month; these are by operator"):
            charts.rates_over_time(metrics.rates(db, "operator"))
        with pytest.raises(UsageError, match="these are by nothing"):
            charts.rates_over_time(metrics.rates(db))
        with pytest.raises(UsageError, match="these are by day, week"):
            charts.rates_over_time(metrics.rates(db, "day,week"))

    def test_too_many_rows_are_refused_with_a_way_out(self, db: Any) -> None:
        day = metrics.rates(db, "day").head(1)
        many = pl.concat([day.with_columns(day=pl.col("day") + timedelta(days=step)) for step in range(5001)])
        with pytest.raises(UsageError, match="5001 rows are too many to draw"):
            charts.rates_over_time(many)


class TestOutcomes:
    def test_shares_add_up_and_silence_stands_alone(self, db: Any) -> None:
        found = rows(charts.outcomes(metrics.rates(db, "operator")))
        by_group: dict[str, dict[str, Any]] = {}
        for row in found:
            by_group.setdefault(row["operator"], {})[row["outcome"]] = (row["messages"], row["share"])
        assert {group: sum(share for _, share in parts.values()) for group, parts in by_group.items()} == pytest.approx(dict.fromkeys(by_group, 1))
        telenor = {"Bekreftet levert": (180, 0.9), "SMS feilet": (12, 0.06), "Ingen status mottatt": (8, 0.04)}
        assert by_group["Telenor"] == telenor
        assert by_group["Telia"]["Avvist før sending"][0] == 2
        assert {part: count for part, (count, _) in by_group["Ukjent operatør"].items()} == {"Uten dekning": 4, "Stanset": 1, "Pause": 1}

    def test_by_outcome_too(self, db: Any) -> None:
        assert {(row["group"], row["outcome"]) for row in rows(charts.outcomes(metrics.rates(db, "outcome")))} > {
            ("Pause", "Pause"),
            ("SMS feilet", "Avvist før sending"),
        }

    def test_segments_are_stacked_in_the_order_of_the_vocabulary(self, db: Any) -> None:
        places = {row["outcome"]: row["position"] for row in rows(charts.outcomes(metrics.rates(db)))}
        assert sorted(places, key=lambda name: places[name])[:3] == ["Bekreftet levert", "SMS feilet", "Uten dekning"]


class TestReasons:
    def test_most_frequent_first_in_the_colour_of_its_class(self, db: Any) -> None:
        chart = charts.reasons(metrics.reasons(db))
        assert [(row["reason"], row["messages"], row["reason_class"]) for row in rows(chart)] == [
            ("Nummeret er ikke i bruk", 12, "Varig"),
            ("Telefonen er av eller uten dekning", 3, "Midlertidig"),
            ("Ugyldig nummer", 0, "Varig"),
        ]
        picture = svg(chart)
        assert "12 (80,0\u00a0%)" in picture
        assert "2 avvist før sending" in picture

    def test_one_panel_per_group_and_one_legend(self, db: Any) -> None:
        spec = charts.reasons(metrics.reasons(db, "operator")).to_dict()
        assert [panel["title"]["text"] for panel in spec["vconcat"]] == ["Telenor", "Telia"]
        assert svg(charts.reasons(metrics.reasons(db, "operator"))).count(">Midlertidig<") == 1

    def test_a_class_that_nobody_stated_is_unknown(self) -> None:
        frame = pl.DataFrame(
            {"reason": [None], "reason_class": [None], "messages": [1], "share": [1.0], "refused": [0]},
            schema_overrides={"reason": pl.String, "reason_class": pl.String},
        )
        assert [(row["reason"], row["reason_class"]) for row in rows(charts.reasons(frame))] == [("Ikke oppgitt", "Ukjent")]


def test_the_wrong_frame_is_named(db: Any) -> None:
    with pytest.raises(UsageError, match=r"takes a frame of rates\(...\); the one given has no column 'rate_confirmed'"):
        charts.delivery_rates(latency(db, "operator"))
    with pytest.raises(UsageError, match=r"takes a frame of reasons\(...\); the one given has no column 'share'"):
        charts.reasons(metrics.rates(db, "operator"))


def test_charts_are_put_together_and_resized_without_a_fuss(drawn: Any, db: Any) -> None:
    page = drawn["nb"]["funnel"] & (drawn["nb"]["delivery_rates"] | drawn["nb"]["outcomes"])
    assert svg(page).count("Leveringsgrad per operatør") >= 1
    wide = charts.outcomes(metrics.rates(db)).properties(width=900, title="Alt")
    assert wide.to_dict()["width"] == 900
    for chart in drawn["nb"].values():
        assert not [part for key in ("layer", "hconcat", "vconcat", "concat") for part in walk(chart.to_dict().get(key, {})) if "config" in part]


class TestGroups:
    def test_sender_numbers_are_masked_and_never_fall_together(self) -> None:
        both = database([message(sender=number) for number in ("+4740000101", "+4740000201", "Klinikken", "2080")])
        shown, column = groups.in_words(metrics.rates(both, "sender"), "nb")
        assert column == "sender"
        assert shown["sender"].to_list() == ["+47 4•• •• •01", "+47 4•• •• •01 (2)", "2080", "Klinikken"]
        assert "40000101" not in json.dumps(charts.delivery_rates(metrics.rates(both, "sender")).to_dict())

    @pytest.mark.parametrize(
        ("dimension", "value", "nb", "en"),
        [
            ("country", "DE", "Tyskland", "Germany"),
            ("country", "XX", "XX", "XX"),
            ("country", None, "Ukjent land", "Unknown country"),
            ("operator", None, "Ukjent operatør", "Unknown operator"),
            ("operator", "Telia", "Telia", "Telia"),
            ("account", None, "Ikke oppgitt", "Not stated"),
            ("outcome", "no_status", "Ingen status mottatt", "No status received"),
            ("weekday", 1, "mandag", "Monday"),
            ("weekday", 7, "søndag", "Sunday"),
            ("hour_of_day", 7, "07", "07"),
            ("hour", utc("2026-10-25T02:00:00"), "25. okt. 2026 02:00", "25 Oct 2026 02:00"),
            ("day", SUBMITTED.date(), "1. okt. 2026", "1 Oct 2026"),
            ("week", utc("2026-12-28T00:00:00").date(), "uke 53 2026", "week 53 2026"),
            ("month", SUBMITTED.date(), "oktober 2026", "October 2026"),
        ],
    )
    def test_words(self, dimension: str, value: Any, nb: str, en: str) -> None:
        assert (groups.word(dimension, value, "nb"), groups.word(dimension, value, "en")) == (nb, en)

    def test_names_are_sorted_as_the_language_sorts(self) -> None:
        names = ["Åland", "Zambia", "Østerrike", "Aachen", "Ærø", "Albania", "Öland", "Island", "Élan"]
        assert sorted(names, key=lambda name: groups.sort_key(name, "nb")) == [
            *("Albania", "Élan", "Island", "Zambia", "Ærø", "Öland", "Østerrike", "Aachen", "Åland"),
        ]
        assert sorted(names, key=lambda name: groups.sort_key(name, "en"))[:4] == ["Aachen", "Ærø", "Åland", "Albania"]

    def test_names_leave_out_what_comes_along(self, db: Any) -> None:
        assert groups.named(metrics.rates(db, "hour,operator")) == ["hour", "operator"]
        assert groups.named(metrics.reasons(db, "operator"), beside=("reason",)) == ["operator"]
        assert groups.named(pl.DataFrame()) == []
