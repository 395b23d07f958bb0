"""Lengths of time as people say them."""

from sms_analytics.text.labels import Lang, label

_DAY: float = 86400.0


def duration(seconds: float, lang: Lang) -> str:
    """`40 s`, `3 min`, `2 h`, `5 d`."""
    units = {"s": 60.0, "min": 3600.0, label("chart.hour_short", lang): 2 * _DAY}
    divisor = 1.0
    for unit, below in units.items():
        if seconds < below:
            return f"{_number(seconds / divisor, lang)}\u00a0{unit}"
        divisor *= 60
    return f"{_number(seconds / _DAY, lang)}\u00a0{label('chart.day_short', lang)}"


def _number(value: float, lang: Lang) -> str:
    text = f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")
    return text.replace(".", ",") if lang == "nb" else text
