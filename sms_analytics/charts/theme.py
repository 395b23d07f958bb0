"""How charts look: one theme, one colour per outcome, numbers and dates as each language writes them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

import altair as alt
from babel import Locale

from sms_analytics.text import durations
from sms_analytics.text.labels import Lang

NAME: Final = "sms_analytics"

#: `40 s`, `3 min`, `2 h`, `5 d`: seconds as people say them.
duration = durations.duration

FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"

#: `light` for paper and pages, `dark` for an editor that is dark.
Mode = Literal["light", "dark"]


@dataclass(frozen=True)
class Ink:
    """The colours of everything that is not data, in one mode."""

    paper: str
    text: str
    quiet: str
    grid: str
    outline: str
    hatch: str


INKS: Final[dict[Mode, Ink]] = {
    "light": Ink(paper="#ffffff", text="#1f2933", quiet="#66707a", grid="#e4e7eb", outline="#ffffff", hatch="#3d4751"),
    "dark": Ink(paper="#16191d", text="#e6e9ec", quiet="#a3adb6", grid="#343b43", outline="#cfd5db", hatch="#f4f6f8"),
}

#: Text that stands upon a colour of the data, which is the same in both modes.
ON_LIGHT: Final = "#1f2933"
ON_DARK: Final = "#ffffff"

#: What may have arrived, or may not: a final status is missing.
OPEN: Final = "#aab2bb"
#: Where young periods will end.
FORECAST: Final = "#a6004b"
#: Behind periods that are not over.
PROVISIONAL: Final = "#c99a3b"
#: The one rate that is known of a feed without submissions.
ANSWERED: Final = "#8a5fb0"
#: A magnitude beside the rates: coverage, volume.
BESIDE: Final = "#7b8794"
#: From little to much, readable on both papers and with any colour vision (viridis and cividis lie this way too).
LITTLE_TO_MUCH: Final = ("#f3c65f", "#5fa8a0", "#1f4e8c")

#: One colour per outcome, and one each for the two ways in which a message is counted that are no outcomes. What was sent, refused or stopped can be
#: told apart with any colour vision (a test measures it); what waits or is not tracked is pale. Silence (`no_status`) is grey, neither good nor bad.
OUTCOME_COLOURS: Final[dict[str, str]] = {
    "delivered": "#0072b2",
    "partly_confirmed": "#5b38c2",
    "failed": "#d55e00",
    "out_of_coverage": "#f0b400",
    "awaiting_status": "#8fd0f5",
    "no_status": "#9aa1a8",
    "unrecognised": "#4a0d67",
    "waiting_to_send": "#d6ecfa",
    "awaiting_approval": "#f7e7b0",
    "paused": "#e8d5c4",
    "stopped": "#33373b",
    "untracked": "#eceef0",
    "refused": "#8c2d04",
    "without_submission": "#cbbfd8",
}

#: One colour per class of reasons: what sending again can mend is light, what it cannot is dark.
CLASS_COLOURS: Final[dict[str, str]] = {
    "permanent": "#a63603",
    "temporary": "#fdae6b",
    "policy": "#33373b",
    "sender": "#0072b2",
    "premium": "#cc79a7",
    "route": "#009e73",
    "unknown": "#9aa1a8",
}

_NUMBERS: Final[dict[Lang, alt.theme.NumberLocaleKwds]] = {
    "nb": {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0kr"], "percent": "\u00a0%"},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["NOK\u00a0", ""]},
}

_TIMES: Final[dict[Lang, tuple[str, str, str]]] = {
    "nb": ("%A %-d. %B %Y %H:%M", "%d.%m.%Y", "%H:%M"),
    "en": ("%A %-d %B %Y %H:%M", "%d/%m/%Y", "%H:%M"),
}

#: How a period is written on an axis, in d3's words; weeks are ISO weeks.
PERIODS: Final[dict[Lang, dict[str, str]]] = {
    "nb": {"hour": "%-d. %b %H:%M", "day": "%-d. %b", "week": "uke %-V", "month": "%b %Y"},
    "en": {"hour": "%-d %b %H:%M", "day": "%-d %b", "week": "week %-V", "month": "%b %Y"},
}


def use(lang: Lang = "nb", mode: Mode = "light") -> None:
    """From now on every chart of this process has this look, with numbers and dates of that language."""
    alt.theme.register(NAME, enable=True)(lambda: {"config": configuration(lang, mode)})


def period_text(unit: str, start: date | datetime, lang: Lang) -> str:
    """An hour, day, week or month as a word: `5. okt. 2026`, `uke 41 2026`."""
    if unit == "week":
        year, week, _ = start.isocalendar()
        return f"{'uke' if lang == 'nb' else 'week'} {week} {year}"
    month = _months(lang, "wide" if unit == "month" else "abbreviated")[start.month]
    if unit == "month":
        return f"{month} {start.year}"
    day = f"{start.day}. {month} {start.year}" if lang == "nb" else f"{start.day} {month} {start.year}"
    return f"{day} {start:%H:%M}" if unit == "hour" else day


def _months(lang: Lang, width: str) -> dict[int, str]:
    return dict(Locale(lang).months["format"][width])


def weekday(number: int, lang: Lang) -> str:
    """The name of a weekday, 1 Monday to 7 Sunday."""
    return str(Locale(lang).days["format"]["wide"][number - 1])


def country(code: str, lang: Lang) -> str:
    """The name of a country; the code where there is none."""
    return str(Locale(lang).territories.get(code, code))


def _times(lang: Lang) -> alt.theme.TimeLocaleKwds:
    written, day, clock = _TIMES[lang]
    days = Locale(lang).days["format"]
    from_sunday = [6, *range(6)]
    return {
        "dateTime": written,
        "date": day,
        "time": clock,
        "periods": ["AM", "PM"],
        "days": [days["wide"][number] for number in from_sunday],
        "shortDays": [days["abbreviated"][number] for number in from_sunday],
        "months": list(_months(lang, "wide").values()),
        "shortMonths": list(_months(lang, "abbreviated").values()),
    }


def configuration(lang: Lang = "nb", mode: Mode = "light") -> alt.theme.ConfigKwds:
    """The look by itself, as Vega-Lite's `config`: for a page that shows the same chart in both modes."""
    ink = INKS[mode]
    return {
        "locale": {"number": _NUMBERS[lang], "time": _times(lang)},
        "font": FONT,
        "background": ink.paper,
        "padding": 12,
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "frame": "group",
            "fontSize": 16,
            "color": ink.text,
            "offset": 12,
            "subtitleColor": ink.quiet,
            "subtitleFontSize": 12,
            "subtitlePadding": 4,
            "subtitleLineHeight": 16,
        },
        "axis": {
            "labelColor": ink.text,
            "labelFontSize": 12,
            "labelLimit": 260,
            "titleColor": ink.quiet,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "gridColor": ink.grid,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
        },
        "axisY": {"labelPadding": 8},
        "legend": {
            "orient": "top",
            "title": None,
            "labelFontSize": 12,
            "labelColor": ink.text,
            "labelLimit": 320,
            "titleColor": ink.quiet,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "symbolType": "square",
            "symbolSize": 120,
            "columnPadding": 16,
            "offset": 12,
        },
        "header": {"labelFontSize": 13, "labelFontWeight": "bold", "labelColor": ink.text, "labelAnchor": "start", "title": None},
        "text": {"font": FONT, "fontSize": 12, "color": ink.text},
        "style": _styles(ink),
    }


def _styles(ink: Ink) -> Any:
    """What charts call their marks: so they carry no colour that suits one mode only."""
    return {
        "whisker": {"color": ink.text, "strokeWidth": 1.2},
        "quiet": {"color": ink.quiet},
        "faint": {"color": ink.grid},
        "hatch": {"color": ink.hatch, "strokeWidth": 1, "opacity": 0.6},
        "forecast": {"color": FORECAST, "strokeWidth": 1, "opacity": 0.9},
        "unfinished": {"color": PROVISIONAL, "strokeWidth": 1, "opacity": 0.55},
        "segment": {"stroke": ink.outline, "strokeWidth": 0.6},
    }
