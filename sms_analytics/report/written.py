"""Numbers, shares, times and periods as a language writes them, for everything in a report that a person reads."""

from datetime import date, datetime, timedelta
from typing import Final, Literal

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from sms_analytics.charts import theme
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.zones import local

#: What a column holds, and so how it is written: `points` are differences of shares, `moment` is naive UTC, `period` the start of an hour, day, ...
Kind = Literal["text", "count", "share", "points", "seconds", "money", "moment", "period"]

NOTHING: Final = "–"
_MINUS: Final = "\u2212"
_NO_BREAK: Final = "\u00a0"

_DAY: Final[dict[Lang, str]] = {"nb": "d. MMMM y", "en": "d MMMM y"}
_DAY_OF_YEAR: Final[dict[Lang, str]] = {"nb": "d. MMMM", "en": "d MMMM"}
_MOMENT: Final[dict[Lang, str]] = {"nb": "d. MMM y HH:mm", "en": "d MMM y HH:mm"}


def count(number: float, lang: Lang) -> str:
    """A whole number with its thousands set apart."""
    return _signed(format_decimal(round(number), format="#,##0", locale=lang))


def share(value: float | None, lang: Lang) -> str:
    """A share in percent with one decimal."""
    return NOTHING if value is None else _signed(format_percent(value, format=f"#,##0.0{_NO_BREAK}%" if lang == "nb" else "#,##0.0%", locale=lang))


def shares(low: float, high: float, lang: Lang) -> str:
    """From one share to another, `89,9–96,6 %`."""
    return f"{share(low, lang).removesuffix('%').rstrip()}–{share(high, lang)}"


def points(value: float | None, lang: Lang, *, sign: bool = True) -> str:
    """A difference of two shares in percentage points with one decimal, with its sign."""
    if value is None:
        return NOTHING
    rounded = round(100 * value, 1)
    number = format_decimal(abs(rounded), format="0.0", locale=lang)
    return number if not sign else f"{_sign(rounded)}{number}"


def money(value: float | None, lang: Lang) -> str:
    """An amount with two decimals, or none where it is whole."""
    if value is None:
        return NOTHING
    return format_decimal(value, format="#,##0" if float(value).is_integer() else "#,##0.00", locale=lang)


def seconds(value: float | None, lang: Lang) -> str:
    """A length of time in its two largest units."""
    if value is None:
        return NOTHING
    if value < 1:
        return label("report_unit.under", lang).format(_unit("s", "1", lang))
    if value < 10 and not float(value).is_integer():
        return _unit("s", format_decimal(value, format="0.0", locale=lang), lang)
    whole = round(value)
    sizes = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts = []
    for name, size in sizes:
        amount, whole = divmod(whole, size)
        if amount:
            parts.append(_unit(name, str(amount), lang))
    return " ".join(parts[:2])


def moment(utc: datetime | None, zone: str, lang: Lang) -> str:
    """A naive UTC time by the clock on the wall."""
    return NOTHING if utc is None else str(format_datetime(local(utc, zone), _MOMENT[lang], locale=lang))


def span(first: datetime, last: datetime, zone: str, lang: Lang) -> str:
    """From one naive UTC time to another, naming the day once where it is the same."""
    if local(first, zone).date() != local(last, zone).date():
        return f"{moment(first, zone, lang)} – {moment(last, zone, lang)}"
    return f"{moment(first, zone, lang)}–{local(last, zone):%H:%M}"


def day(local: date, lang: Lang) -> str:
    """A date with the name of its month."""
    return str(format_date(local, _DAY[lang], locale=lang))


def days(first: date, last: date, lang: Lang) -> str:
    """From one day to another, naming month and year once where they are the same; one day where they are one; a whole month or year by its name."""
    if (first.day, first.month, last.day, last.month) == (1, 1, 31, 12) and first.year == last.year:
        return str(first.year)
    if (first.year, first.month) == (last.year, last.month) and first.day == 1 and (last + timedelta(days=1)).day == 1:
        return theme.period_text("month", first, lang)
    if first == last:
        return day(first, lang)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{'.' if lang == 'nb' else ''}–{day(last, lang)}"
    begin = str(format_date(first, _DAY_OF_YEAR[lang], locale=lang)) if first.year == last.year else day(first, lang)
    return f"{begin} – {day(last, lang)}"


def change_of_count(before: float, after: float, lang: Lang) -> str:
    """By how many percent a number grew, with its sign; nothing where there was nothing before."""
    if not before:
        return NOTHING
    relative = after / before - 1
    return f"{_sign(round(relative, 3))}{share(abs(relative), lang)}"


def _unit(name: str, amount: str, lang: Lang) -> str:
    return label(f"report_unit.{name}", lang).format(amount).replace(" ", _NO_BREAK)


def _sign(number: float) -> str:
    return "+" if number > 0 else _MINUS if number < 0 else ""


def _signed(text: str) -> str:
    return text.replace("-", _MINUS)


def cell(kind: Kind, value: object, lang: Lang, *, zone: str, unit: str = "day") -> str:
    """The value of a cell of a table as text."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, datetime) and kind == "moment":
        return moment(value, zone, lang)
    if isinstance(value, date):
        return theme.period_text(unit, value, lang)
    assert isinstance(value, int | float)
    numbers = {"count": count, "share": share, "points": points, "money": money, "seconds": seconds}
    return numbers[kind](value, lang)
