"""`sms_analytics.toml`: what the logs do not say about themselves, zones, feeds, horizons, names.

Every key is optional; `docs/configuration.md` shows them all. A mistake is an error with the key and the accepted values.
"""

import tomllib
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from sms_analytics.errors import ConfigError, UsageError
from sms_analytics.vocabulary import IdRule, Status

FILE_NAME = "sms_analytics.toml"


def _known_zone(name: str) -> str:
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


def _beside(path: Path, info: ValidationInfo) -> Path:
    """A path in the configuration counts from the configuration's own folder."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path


Zone = Annotated[str, AfterValidator(_known_zone)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Beside = Annotated[Path, AfterValidator(_beside)]
Colour = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]
CountryCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedConfig(_Section):
    """One `[feeds.NAME]` table."""

    time_zone: Zone | None = None
    receipt_zone: Zone | None = None
    operator: str | None = None
    validity: Duration | None = None
    grace: Duration | None = None
    id_rule: IdRule | None = None
    code_system: str | None = None


class TableConfig(_Section):
    """The `[table]` section: how a table of one's own is to be read."""

    columns: dict[str, str] = {}
    statuses: dict[str, Status] = {}
    time_format: str | None = None
    time_zone: Zone | None = None


class BrandConfig(_Section):
    """The `[brand]` section: who sends the reports."""

    name: str | None = None
    logo: Beside | None = None
    colour: Colour = "#0b5394"


class ReportConfig(_Section):
    """The `[report]` section: groups smaller than `minimum` are folded into one; no more than `messages` rows in the sheet of messages."""

    minimum: int = Field(default=10, ge=1)
    messages: int = Field(default=100_000, ge=0, le=1_000_000)


class Config(_Section):
    """The whole configuration; `Config()` is what holds without a file."""

    home_country: CountryCode = "NO"
    zone: Zone = "Europe/Oslo"
    lang: Literal["nb", "en"] = "nb"
    time_zone: Zone | None = None
    receipt_zone: Zone | None = None
    validity: Duration = timedelta(days=7)
    grace: Duration = timedelta(days=1)
    feeds: dict[str, FeedConfig] = {}
    accounts: dict[str, str] = {}
    campaigns: dict[str, str] = {}
    operator_aliases: dict[str, str] = {}
    mccmnc: dict[str, str] = {}
    table: TableConfig = TableConfig()
    brand: BrandConfig = BrandConfig()
    report: ReportConfig = ReportConfig()

    def feed(self, name: str) -> FeedConfig:
        """The feed's table, or an empty one."""
        return self.feeds.get(name, FeedConfig())

    def horizon(self, feed: str) -> timedelta:
        """Validity plus grace: how long after hand-over a final status is still waited for."""
        own = self.feed(feed)
        validity = self.validity if own.validity is None else own.validity
        grace = self.grace if own.grace is None else own.grace
        return validity + grace


def zone(name: str | None, option: str = "--zone") -> str | None:
    """The name of a time zone given as an option. Raises `UsageError` for one that does not exist."""
    try:
        return None if name is None else _known_zone(name)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


#: What to write where pydantic speaks of Python's types.
_ADVICE: Final = {
    "dict_type": "write a table of keys and values",
    "model_type": "write a table of keys and values",
    "string_type": "write a text in quotes",
    "path_type": "write a path in quotes",
}
_PATTERNS: Final = {"colour": "write six hexadecimal digits behind #, such as #0b5394", "home_country": "write two capital letters, such as NO"}
_SECTIONS: Final[dict[str, type[_Section]]] = {"feeds": FeedConfig, "table": TableConfig, "brand": BrandConfig, "report": ReportConfig}


def _first_fault(path: Path, error: ValidationError) -> str:
    fault = error.errors()[0]
    place = [str(part) for part in fault["loc"]]
    key = ".".join(place)
    if fault["type"] == "extra_forbidden":
        section = _SECTIONS.get(place[0], Config) if len(place) > 1 else Config
        return f"{path}: unknown key '{key}'; accepted there are: {', '.join(section.model_fields)}"
    advice = _PATTERNS.get(place[-1]) if fault["type"] == "string_pattern_mismatch" else _ADVICE.get(fault["type"])
    message = advice or fault["msg"].removeprefix("Value error, ")
    return f"{path}: {key} = {fault['input']!r}: {message}"


def parse(text: dict[str, Any], path: Path) -> Config:
    """The configuration in a parsed TOML document; `path` is named in errors, and paths in it count from its folder."""
    try:
        return Config.model_validate(text, context={"folder": path.parent})
    except ValidationError as error:
        raise ConfigError(_first_fault(path, error)) from None


def read(path: Path | None, beside: Path | None = None) -> Config:
    """The configuration in `path`; else the one beside the database, then in the current folder, then the defaults."""
    if path is not None and not path.is_file():
        raise ConfigError(f"{path}: no such configuration file; leave out --config or name an existing one")
    candidates = [path] if path else [folder / FILE_NAME for folder in ([beside] if beside else []) + [Path()]]
    for candidate in candidates:
        if candidate.is_file():
            try:
                # Windows editors put a mark in front.
                return parse(tomllib.loads(candidate.read_text("utf-8-sig")), candidate)
            except OSError as error:
                raise ConfigError(f"{candidate}: cannot be read: {error.strerror}") from None
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
                raise ConfigError(f"{candidate}: not valid TOML: {error}") from None
    return Config()
