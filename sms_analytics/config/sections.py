"""What the sections of `sms_analytics.toml` are made of: their base, zones, durations."""

from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from sms_analytics.vocabulary import REASONS


def known_zone(name: str) -> str:
    """The name, if it is one of a time zone. Raises `ValueError` that says what to write."""
    # A zone that only this machine knows (`localtime`, `posix/...`) is no name for what a log was written in.
    if name not in _zones():
        raise ValueError(f"unknown time zone '{name}': write an IANA name such as Europe/Oslo or UTC")
    return name


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"Factory", "localtime"}


def _duration(value: object) -> object:
    """`7d`, `36h`, `90m` or `30s` as a timedelta."""
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    if isinstance(value, str) and value[:-1].isdecimal() and value[-1:] in units:
        with suppress(OverflowError):
            return timedelta(**{units[value[-1]]: int(value[:-1])})
    raise ValueError("write a whole number and a unit: 7d, 36h, 90m or 30s")


def as_duration(text: str) -> timedelta:
    """The length of time that `7d`, `36h`, `90m` or `30s` says. Raises `ValueError` that says what to write."""
    value = _duration(text)
    assert isinstance(value, timedelta)
    return value


def _known_reason(value: str) -> str:
    if value not in REASONS:
        raise ValueError(f"no such reason; accepted are: {', '.join(REASONS)}")
    return value


def _beside(path: Path, info: ValidationInfo) -> Path:
    """A path in the configuration counts from the configuration's own folder."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path


Reason = Annotated[str, AfterValidator(_known_reason)]
Zone = Annotated[str, AfterValidator(known_zone)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Beside = Annotated[Path, AfterValidator(_beside)]
Colour = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]


class Section(BaseModel):
    """One table of the configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
