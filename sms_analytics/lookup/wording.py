"""Times, durations, numbers and names as people of each language read them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

from sms_analytics.text.labels import Lang, labels
from sms_analytics.text.output import local_time, percent
from sms_analytics.text.phrases import filled
from sms_analytics.text.zones import with_offset

_WRITTEN: Final[dict[Lang, str]] = {"nb": "d. MMMM y 'kl.' HH.mm", "en": "d MMMM y 'at' HH:mm"}
_DAY: Final[dict[Lang, str]] = {"nb": "d. MMMM y", "en": "d MMMM y"}
#: The metadata would write it in pairs, as landlines are; mobile numbers are written 3 2 3.
_NORWEGIAN_MOBILE: Final = re.compile(r"\+47([49]\d\d)(\d\d)(\d{3})", re.ASCII)
_UNITS: Final = ((86400, "days"), (3600, "hours"), (60, "minutes"), (0, "seconds"))


@dataclass(frozen=True)
class Names:
    """What the configuration calls accounts, send-outs and feeds."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """For whom it is told: language, time zone, and what the configuration calls accounts, send-outs and feeds."""

    lang: Lang
    zone: str
    names: Names = field(default_factory=Names)

    def say(self, key: str, *values: object, **named: object) -> str:
        """The text `kind.key` of the labels, with the values in their places."""
        kind, _, word = key.partition(".")
        return filled(labels(kind, self.lang)[word], *values, **named)

    def written(self, utc: datetime | None) -> str:
        """A time in a sentence: `6. oktober 2026 kl. 14.52`."""
        if utc is None:
            return self.say("support.unknown_time")
        shown = with_offset(utc, self.zone)
        text: Any = format_datetime(shown, _WRITTEN[self.lang], tzinfo=shown.tzinfo, locale=self.lang)
        return str(text)

    def short(self, utc: datetime | None, precision: str = "second") -> str:
        """A time in a list, to the second or, where no more is known, to the minute: `2026-10-06 14:52:30`."""
        shown = local_time(utc, self.zone)
        return shown[: -len(":00")] if precision == "minute" and utc is not None else shown

    def day(self, day: date | None) -> str:
        """A day in words: `6. oktober 2026`."""
        text: Any = "" if day is None else format_date(day, _DAY[self.lang], locale=self.lang)
        return str(text)

    def hour(self, utc: datetime) -> str:
        """The calendar hour that begins then: `14–15`."""
        begin = with_offset(utc, self.zone)
        return f"{begin:%H}–{(begin.hour + 1) % 24:02}"

    def duration(self, seconds: float) -> str:
        """About how long: `40 s`, `3 min`, `2 timer`."""
        size, unit = next((size, unit) for size, unit in _UNITS if seconds >= 2 * size)
        return self.say(f"support.{unit}", round(seconds / size) if size else round(seconds))

    def share(self, share: float) -> str:
        """A share in percent."""
        return percent(share, self.lang)

    def country(self, code: str | None) -> str | None:
        """The name of a country; the code where there is none."""
        return None if code is None else str(Locale(self.lang).territories.get(code, code))

    def account(self, account: str | None) -> str | None:
        """An account with its name: `Prøvebanken (bank1)`."""
        return _named(account, self.names.accounts)

    def campaign(self, campaign: str | None) -> str | None:
        """A send-out with its name."""
        return _named(campaign, self.names.campaigns)

    def feed(self, feed: str) -> str:
        """A feed with its name."""
        return _named(feed, self.names.feeds) or feed


def _named(of: str | None, names: Mapping[str, str]) -> str | None:
    return f"{names[of]} ({of})" if of is not None and of in names else of


def spaced(number: str) -> str:
    """A number in E.164 as people write it, `+47 400 00 001`; anything else as it is."""
    mobile = _NORWEGIAN_MOBILE.fullmatch(number)
    if mobile:
        return " ".join(("+47", *mobile.groups()))
    try:
        return str(format_number(parse(number), PhoneNumberFormat.INTERNATIONAL)) if number.startswith("+") else number
    except NumberParseException:
        return number
