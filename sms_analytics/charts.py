"""Charts of the frames that `rates` and `reasons` return: frame in, Altair chart out. Nothing here sees the database.

Every chart takes `lang` (`nb` or `en`) for its texts and a `subtitle` such as the period and the zone. Charts can be put beside and below each
other (`|`, `&`) and resized as any Altair chart, since they carry no configuration; the look, and how numbers and dates are written, is the theme's
(`theme.use(lang)`). An empty frame gives a chart that says so. `UsageError` for a frame that is none of the right ones.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import altair as alt
import polars as pl

from sms_analytics import groups, theme
from sms_analytics.errors import UsageError
from sms_analytics.labels import Lang, label, labels
from sms_analytics.vocabulary import OUTCOMES, SENT_OUTCOMES

#: What these functions return; all have `properties`, `save`, `|` and `&`.
AnyChart = alt.Chart | alt.LayerChart | alt.HConcatChart | alt.VConcatChart | alt.FacetChart

#: What `rates` counts, in the order in which it is stacked.
COUNTED_AS: Final = (*SENT_OUTCOMES, "refused", *(outcome for outcome in OUTCOMES if outcome not in SENT_OUTCOMES), "without_submission")

_RATES: Final = ("messages", "sent", "provisional", "rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high")

#: Vega draws no more rows than this; far fewer are readable.
_MOST_ROWS: Final = 5000
_WIDTH: Final = 420
_STEP: Final = 30


def delivery_rates(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", min_sent: int = 50, at_most: int = 30) -> AnyChart:
    """What arrived at least and at most, one row per group of a frame of `rates`, with the status coverage beside it.

    The bar ends at `rate_confirmed`, its grey continuation at `rate_possible`: in between are the messages without a final status. Whiskers reach
    from `ci_low` to `ci_high`. Where only `rate_answered` is known it is a diamond. Groups with fewer than `min_sent` sent messages are faded, and
    no more than the first `at_most` groups are drawn; the subtitle says so.
    """
    _require(frame, _RATES, "rates")
    title = _title("delivery_rates", frame, lang)
    if frame.is_empty():
        return _no_data(title, lang)
    shown, group = groups.in_words(frame.head(at_most), lang)
    faded = _small(shown, min_sent)
    said = [subtitle, label("chart.whiskers", lang), _faded_note("small", shown, min_sent, lang), _largest(frame, at_most, lang)]
    ranges = _ranges(shown, group, faded, lang)
    coverage = _coverage(shown, group, faded, lang)
    return alt.HConcatChart(hconcat=[ranges, coverage], spacing=24, title=_titled(title, said))


def rates_over_time(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", min_sent: int = 50, at_most: int = 8) -> AnyChart:
    """The rates of a frame of `rates` by `hour`, `day`, `week` or `month`, and one panel per group if it is by something else too.

    The line is `rate_confirmed`, the band above it reaches to `rate_possible`. Periods in which a status can still come are shaded: there the line
    will rise. Where only `rate_answered` is known it is a diamond. Points of fewer than `min_sent` sent messages are faded. No more than the
    `at_most` largest groups are drawn; the subtitle says so. Messages without a time are left out.
    """
    _require(frame, _RATES, "rates")
    title = _title("rates_over_time", frame, lang, beside=groups.PERIODS)
    if frame.is_empty():
        return _no_data(title, lang)
    unit = _period(frame)
    frame = frame.drop_nulls(unit)
    if frame.is_empty():
        return _no_data(title, lang)
    kept, panels = _largest_panels(frame, at_most, beside=(unit, "hour_utc"))
    shown, group = groups.in_words(kept, lang, beside=(unit, "hour_utc"))
    said = [subtitle, _largest(panels, at_most, lang), _faded_note("small_points", shown, min_sent, lang)]
    layers = _time_layers(_with_ends(shown, unit), unit, _small(shown, min_sent), lang)
    if panels.width == 0:
        return layers.properties(width=640, height=240, title=_titled(title, said))
    order = _order(shown, group)
    facet = alt.Facet(f"{group}:N", sort=order, title=None)
    return layers.properties(width=300, height=150).facet(facet=facet, columns=2, title=_titled(title, said))


def outcomes(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 30) -> AnyChart:
    """What became of all messages, one bar per group of a frame of `rates`; the shares of a bar add up to 1.

    Every message is in one segment: those sent by outcome, then those refused before sending, not sent, not tracked or without a submission.
    Silence (`no_status`) is a segment of its own.
    """
    _require(frame, ("messages", *COUNTED_AS), "rates")
    title = _title("outcomes", frame, lang)
    if frame.is_empty():
        return _no_data(title, lang)
    shown, group = groups.in_words(frame.head(at_most), lang)
    if group == "outcome":
        shown, group = shown.rename({group: "group"}), "group"
    names = _counted_as(lang)
    long = _stacked(shown, group).with_columns(pl.col("outcome").replace_strict(names))
    order = _order(shown, group)
    present = [name for name in names.values() if name in set(long["outcome"])]
    base = alt.Chart(long).encode(
        y=_rows(group, order),
        x=alt.X("share:Q", stack="zero", title=label("chart.share_of_messages", lang), scale=alt.Scale(domain=[0, 1]), axis=_percent_axis()),
        order=alt.Order("place:Q"),
        tooltip=[_tip(group, _heading(group, frame, lang)), _tip("outcome", lang=lang), _count("messages", lang), _percent("share", lang)],
    )
    bars = base.mark_bar(height=18).encode(
        color=alt.Color(
            "outcome:N",
            scale=alt.Scale(domain=list(names.values()), range=[theme.OUTCOME_COLOURS[name] for name in names]),
            legend=alt.Legend(values=present, columns=4, symbolStrokeWidth=0),
        )
    )
    percent = base.mark_text(fontSize=11).encode(
        x=alt.X("share:Q", stack="zero", bandPosition=0.5),
        text=alt.condition(alt.datum.share >= 0.05, alt.Text("share:Q", format=".0%"), alt.value("")),
        color=alt.condition(alt.datum.dark, alt.value("white"), alt.value(theme.INK)),
    )
    said = _titled(title, [subtitle, _largest(frame, at_most, lang)])
    return alt.LayerChart(layer=[bars, percent], width=_WIDTH + 120, height=alt.Step(_STEP), title=said)


def reasons(frame: pl.DataFrame, *, lang: Lang = "nb", subtitle: str = "", at_most: int = 8) -> AnyChart:
    """Why messages failed, one bar per reason of a frame of `reasons`, and one panel per group if it is by something else too.

    The bar is the reason's share of the failed messages, its colour the class of the reason. What the gateway refused before sending is in no share
    and stands behind the bar. No more than the `at_most` largest groups are drawn; the subtitle says so.
    """
    _require(frame, ("messages", "share", "refused"), "reasons")
    title = _title("reasons", frame, lang, beside=("reason", "reason_class"))
    if frame.is_empty():
        return _no_data(title, lang)
    row = "reason" if "reason" in frame.columns else "reason_class"
    _require(frame, (row, "reason_class"), "reasons")
    kept, panels = _largest_panels(frame, at_most, beside=("reason", "reason_class"))
    shown, group = groups.in_words(_spoken(kept, lang), lang, beside=("reason", "reason_class"))
    said = _titled(title, [subtitle, _largest(panels, at_most, lang)])
    if panels.width == 0:
        return _reason_bars(shown, row, lang, shown, title=said)
    parts = shown.partition_by(group, maintain_order=True)
    panel = [_reason_bars(part, row, lang, shown, title=alt.Title(part[group][0], fontSize=13), last=part is parts[-1]) for part in parts]
    return alt.VConcatChart(vconcat=panel, title=said)


def _spoken(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """Reasons and their classes in words; the class that nobody stated is unknown."""
    named = frame.with_columns(pl.col("reason_class").fill_null("unknown"))
    spoken = [name for name in ("reason", "reason_class") if name in frame.columns]
    return named.with_columns(pl.Series(name, [groups.word(name, value, lang) for value in named[name]], dtype=pl.String) for name in spoken)


def _order(frame: pl.DataFrame, column: str) -> list[str]:
    return frame[column].unique(maintain_order=True).to_list()


def _period(frame: pl.DataFrame) -> str:
    found = [name for name in groups.named(frame) if name in groups.PERIODS]
    if len(found) != 1:
        by = ", ".join(groups.named(frame)) or "nothing"
        raise UsageError(f"rates_over_time takes rates by one of {', '.join(groups.PERIODS)}; these are by {by}")
    return found[0]


def _largest_panels(frame: pl.DataFrame, at_most: int, beside: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of the largest groups, and all groups there are (without columns where there is one only)."""
    names = groups.named(frame, beside)
    if not names:
        return _drawable(frame), pl.DataFrame()
    panels = frame.group_by(names, maintain_order=True).agg(pl.col("messages").sum()).sort("messages", descending=True, maintain_order=True)
    kept = panels.head(at_most).select(names).join(frame, on=names, how="left", nulls_equal=True, maintain_order="left_right")
    return _drawable(kept.select(frame.columns)), panels


def _drawable(frame: pl.DataFrame) -> pl.DataFrame:
    if frame.height > _MOST_ROWS:
        raise UsageError(f"{frame.height} rows are too many to draw (at most {_MOST_ROWS}): take longer periods or a shorter time")
    return frame


def _with_ends(frame: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Where the shade of each period begins and ends: half a period before and after its point."""
    length = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo"}[unit]
    start = pl.col(unit).cast(pl.Datetime("ms"))
    half = (start.dt.offset_by(length) - start) / 2
    return frame.with_columns(pl.col(unit).cast(pl.Datetime("ms")), shade_from=start - half, shade_to=start + half)


def _ends(frame: pl.DataFrame) -> list[datetime]:
    first, last = frame.select(pl.col("shade_from").min(), pl.col("shade_to").max()).row(0)
    return [first, last]


def _stacked(frame: pl.DataFrame, group: str) -> pl.DataFrame:
    """One row per group and way of counting that occurs in it, with its share of the group's messages."""
    dark = [name for name, colour in theme.OUTCOME_COLOURS.items() if _is_dark(colour)]
    return (
        frame.select(group, *COUNTED_AS, total=pl.col("messages"))
        .unpivot(on=COUNTED_AS, index=[group, "total"], variable_name="outcome", value_name="messages")
        .filter(pl.col("messages") > 0)
        .with_columns(
            share=pl.col("messages") / pl.col("total"),
            place=pl.col("outcome").replace_strict({name: place for place, name in enumerate(COUNTED_AS)}, return_dtype=pl.Int32),
            dark=pl.col("outcome").is_in(dark),
        )
        .drop("total")
    )


def _is_dark(colour: str) -> bool:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def _counted_as(lang: Lang) -> dict[str, str]:
    outcomes_by_name = labels("outcome", lang)
    return {name: outcomes_by_name.get(name) or label(f"column.{name}", lang) for name in COUNTED_AS}


def _ranges(frame: pl.DataFrame, group: str, faded: Any, lang: Lang) -> alt.LayerChart:
    confirmed, possible, answered = _segment_words(lang)
    colours = _rate_colours(frame, lang)
    tooltip = [_tip(group, _heading(group, frame, lang)), *_rate_tips(lang)]
    base = alt.Chart(frame).encode(y=_rows(group, _order(frame, group)), opacity=faded, tooltip=tooltip)
    rate_title, whole = label("chart.share_of_sent", lang), alt.Scale(domain=[0, 1])
    axis = alt.X("rate_confirmed:Q", title=rate_title, scale=whole, axis=_percent_axis())
    thick = base.mark_bar(height=16)
    under = [(thick.encode(x=axis), confirmed), (thick.encode(x=axis, x2="rate_possible:Q"), possible)]
    whisker = base.mark_rule(color=theme.INK, strokeWidth=1.2).encode(x="ci_low:Q", x2="ci_high:Q")
    ends = [base.mark_tick(color=theme.INK, thickness=1.2, height=8).encode(x=f"{end}:Q") for end in ("ci_low", "ci_high")]
    over = [(_answered(base).encode(x=alt.X("rate_answered:Q", title=rate_title, scale=whole, axis=_percent_axis())), answered)]
    numbers = base.mark_text(align="left", dx=10, text=alt.ExprRef(_range_text(lang))).encode(x=alt.value("width"))
    layers = [*_painted(under, colours), whisker, *ends, *_painted(over, colours), numbers]
    return alt.LayerChart(layer=layers, width=_WIDTH, height=alt.Step(_STEP))


def _rate_colours(frame: pl.DataFrame, lang: Lang) -> dict[str, str]:
    """The words of the legend that something in the frame stands for."""
    confirmed, possible, answered = _segment_words(lang)
    unknown = frame["rate_confirmed"].null_count()
    colours = {confirmed: theme.OUTCOME_COLOURS["delivered"], possible: theme.OPEN} if unknown < frame.height else {}
    return colours | ({answered: theme.INK} if unknown else {})


def _answered(base: alt.Chart) -> alt.Chart:
    """The one rate of a feed whose submissions were not loaded: never mixed up with those that know of silence."""
    only = base.transform_filter("!isValid(datum.rate_confirmed)")
    diamonds: alt.Chart = only.mark_point(shape="diamond", size=80, filled=True, opacity=1)
    return diamonds


def _coverage(frame: pl.DataFrame, group: str, faded: Any, lang: Lang) -> alt.LayerChart:
    tooltip = [_tip(group, _heading(group, frame, lang)), _percent("coverage", lang), _count("sent", lang)]
    base = alt.Chart(frame).encode(y=alt.Y(f"{group}:N", sort=_order(frame, group), axis=None), opacity=faded, tooltip=tooltip)
    axis = alt.Axis(format=".0%", values=[0, 0.5, 1], labelFlush=False)
    bars = base.mark_bar(height=8, color=theme.QUIET_INK).encode(
        x=alt.X("coverage:Q", title=label("chart.coverage", lang), scale=alt.Scale(domain=[0, 1]), axis=axis)
    )
    unknown, of = label("chart.unknown", lang), label("chart.of", lang)
    text = f"isValid(datum.coverage) ? format(datum.coverage, '.0%') + ' {of} ' + format(datum.sent, ',') : '{unknown}'"
    numbers = base.mark_text(align="left", dx=8, text=alt.ExprRef(text)).encode(x=alt.value("width"))
    return alt.LayerChart(layer=[bars, numbers], width=110, height=alt.Step(_STEP))


def _time_layers(frame: pl.DataFrame, unit: str, faded: Any, lang: Lang) -> alt.LayerChart:
    confirmed, possible, answered = _segment_words(lang)
    provisional = label("chart.provisional", lang)
    colours = _rate_colours(frame, lang) | ({provisional: theme.PROVISIONAL} if frame["provisional"].sum() else {})
    time = alt.X(f"{unit}:T", title=None, axis=_time_axis(frame, unit, lang), scale=alt.Scale(domain=_ends(frame)))
    rate_title, whole = label("chart.share_of_sent", lang), alt.Scale(domain=[0, 1])
    rate = alt.Y("rate_confirmed:Q", title=rate_title, scale=whole, axis=_percent_axis())
    tooltip = [alt.Tooltip(unit, type="temporal", title=label(f"column.{unit}", lang), format=theme.PERIODS[lang][unit]), *_rate_tips(lang)]
    base = alt.Chart(frame)
    points = base.encode(x=time, opacity=faded, tooltip=tooltip)
    shade = base.transform_filter(alt.datum.provisional > 0).mark_rect(stroke=theme.PROVISIONAL).encode(x="shade_from:T", x2="shade_to:T")
    # A period without rates is a hole in line and band: nothing is known about it.
    band = base.mark_area(invalid="break-paths-show-path-domains").encode(x=time, y=rate, y2="rate_possible:Q")
    line = base.mark_line(strokeWidth=2, invalid="break-paths-show-path-domains").encode(x=time, y=rate)
    dots = points.mark_point(filled=True, size=45, opacity=1).encode(y=rate)
    diamonds = _answered(points).encode(y=alt.Y("rate_answered:Q", title=rate_title, scale=whole, axis=_percent_axis()))
    layers = [(shade, provisional), (band, possible), (line, confirmed), (dots, confirmed), (diamonds, answered)]
    return alt.LayerChart(layer=_painted(layers, colours))


def _reason_bars(frame: pl.DataFrame, row: str, lang: Lang, beside: pl.DataFrame, *, title: alt.TitleParams, last: bool = True) -> alt.LayerChart:
    """One panel; `beside` are the rows of all panels, which share a legend, and the last has the axis."""
    classes = labels("reason_class", lang)
    present = [name for name in classes.values() if name in set(beside.filter(pl.col("messages") > 0)["reason_class"])]
    base = alt.Chart(frame).encode(y=_rows(row, _order(frame, row)), tooltip=_reason_tips(frame, row, lang))
    axis_title = label("chart.share_of_failed", lang) if last else None
    bars = base.mark_bar(height=14).encode(
        x=alt.X("share:Q", title=axis_title, scale=alt.Scale(domain=[0, 1]), axis=_percent_axis(labels=last)),
        color=alt.Color(
            "reason_class:N",
            scale=alt.Scale(domain=list(classes.values()), range=[theme.CLASS_COLOURS[name] for name in classes]),
            legend=alt.Legend(values=present, symbolStrokeWidth=0),
        ),
    )
    refused = f"(datum.refused > 0 ? (datum.messages > 0 ? ', ' : '') + format(datum.refused, ',') + ' {label('chart.refused', lang)}' : '')"
    failed = "(datum.messages > 0 ? format(datum.messages, ',') + ' (' + format(datum.share, '.1%') + ')' : '')"
    numbers = base.mark_text(align="left", dx=6, text=alt.ExprRef(f"{failed} + {refused}")).encode(x="share:Q")
    return alt.LayerChart(layer=[bars, numbers], width=_WIDTH, height=alt.Step(24), title=title)


def _reason_tips(frame: pl.DataFrame, row: str, lang: Lang) -> list[alt.Tooltip]:
    words = [_tip(name, lang=lang) for name in dict.fromkeys((row, "reason_class"))]
    numbers = [
        _count("messages", lang),
        _percent("share", lang),
        _tip("share_of_sent", label("chart.share_of_sent", lang), ".2%"),
        _count("refused", lang),
    ]
    codes = [_tip("codes", label("column.code_raw", lang))]
    return [tip for tip in (*words, *numbers, *codes) if tip.shorthand in frame.columns]


def _segment_words(lang: Lang) -> list[str]:
    return [label("column.rate_confirmed", lang), label("chart.may_have_arrived", lang), label("chart.answered_only", lang)]


def _painted(layers: Sequence[tuple[alt.Chart, str]], colours: dict[str, str]) -> list[alt.Chart]:
    """The layers whose word is in the legend, each in the colour of its word."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    legend = alt.Legend(symbolStrokeWidth=0, columns=2 if len(colours) > 3 else 0)
    colour = alt.Color("shade:N", scale=scale, legend=legend)
    return [layer.transform_calculate(shade=f"'{word}'").encode(color=colour) for layer, word in layers if word in colours]


def _rows(group: str, order: list[str]) -> alt.Y:
    return alt.Y(f"{group}:N", sort=order, title=None)


def _percent_axis(*, labels: bool = True) -> alt.Axis:
    return alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1], labels=labels, labelFlush=False)


def _time_axis(frame: pl.DataFrame, unit: str, lang: Lang) -> alt.Axis:
    written = theme.PERIODS[lang][unit]
    if unit in ("hour", "day"):
        return alt.Axis(format=written, grid=False, labelOverlap=True, labelSeparation=10, labelFlush=False)
    starts = frame[unit].unique().sort()
    return alt.Axis(
        format=written,
        grid=False,
        labelOverlap=True,
        labelFlush=False,
        values=[alt.DateTime(year=at.year, month=at.month, date=at.day) for at in starts],
    )


def _range_text(lang: Lang) -> str:
    """From `rate_confirmed` to `rate_possible` in words, for Vega; one number where they are the same."""
    sign = "\u00a0%" if lang == "nb" else "%"
    low, high = "format(100 * datum.rate_confirmed, '.1f')", "format(100 * datum.rate_possible, '.1f')"
    answered = f"format(datum.rate_answered, '.1%') + ' {label('chart.of_answered', lang)}'"
    return (
        f"isValid(datum.rate_confirmed) ? {low} + ({low} == {high} ? '' : '–' + {high}) + '{sign}' : "
        f"isValid(datum.rate_answered) ? {answered} : '{label('chart.unknown', lang)}'"
    )


def _small(frame: pl.DataFrame, min_sent: int) -> Any:
    return alt.condition(alt.datum.sent < min_sent, alt.value(0.4), alt.value(1)) if (frame["sent"] < min_sent).any() else alt.value(1)


def _faded_note(text: str, frame: pl.DataFrame, min_sent: int, lang: Lang) -> str:
    return label(f"chart.{text}", lang).format(least=min_sent) if (frame["sent"] < min_sent).any() else ""


def _largest(all_groups: pl.DataFrame, at_most: int, lang: Lang) -> str:
    return label("chart.largest", lang).format(shown=at_most, all=all_groups.height) if all_groups.height > at_most else ""


def _rate_tips(lang: Lang) -> list[alt.Tooltip]:
    counts = [_count(name, lang) for name in ("sent", "provisional")]
    return [*counts, *(_percent(name, lang) for name in ("rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high"))]


def _tip(field: str, title: str | None = None, format: str | None = None, *, lang: Lang = "nb") -> alt.Tooltip:
    """A line of a tooltip: a number if it has a format, else a word."""
    heading = title or label(f"column.{field}", lang)
    return alt.Tooltip(field, type="quantitative", title=heading, format=format) if format else alt.Tooltip(field, type="nominal", title=heading)


def _count(field: str, lang: Lang) -> alt.Tooltip:
    return _tip(field, None, ",", lang=lang)


def _percent(field: str, lang: Lang) -> alt.Tooltip:
    return _tip(field, None, ".1%", lang=lang)


def _heading(group: str, frame: pl.DataFrame, lang: Lang) -> str:
    names = [group] if group != "group" else groups.named(frame)
    return " · ".join(label(f"column.{name}", lang) for name in names) or label("column.messages", lang)


def _title(chart: str, frame: pl.DataFrame, lang: Lang, beside: Sequence[str] = ()) -> str:
    dimensions = [label(f"column.{name}", lang).lower() for name in groups.named(frame, beside)]
    listed = f" {label('chart.and', lang)} ".join([part for part in (", ".join(dimensions[:-1]), "".join(dimensions[-1:])) if part])
    return label(f"chart.{chart}", lang) + (f" {label('chart.by', lang)} {listed}" if listed else "")


def _titled(title: str, said: Sequence[str]) -> alt.TitleParams:
    lines = [line for line in said if line]
    return alt.TitleParams(title, subtitle=lines) if lines else alt.TitleParams(title)


def _no_data(title: str, lang: Lang) -> alt.Chart:
    mark = alt.Chart(alt.InlineData([{}])).mark_text(text=label("chart.no_data", lang), color=theme.QUIET_INK, fontSize=14)
    chart: alt.Chart = mark.properties(width=_WIDTH, height=60, title=_titled(title, []))
    return chart


def _require(frame: pl.DataFrame, columns: Sequence[str], question: str) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing and not frame.is_empty():
        raise UsageError(f"this chart takes a frame of {question}(...); the one given has no column '{missing[0]}'")


theme.use()
