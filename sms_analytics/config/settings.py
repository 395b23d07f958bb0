"""`sms_analytics.toml`: what the logs do not say about themselves, zones, feeds, horizons, names.

Every key is optional; `docs/configuration.md` shows them all. A mistake is an error with the key and the accepted values.
"""

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from sms_analytics.config.checks import RULES, CheckConfig
from sms_analytics.config.sections import Beside, Colour, Duration, Reason, Section, Zone, known_zone
from sms_analytics.config.vendors import FormatConfig, Keep, Paths, section_of_format
from sms_analytics.errors import ConfigError, UsageError
from sms_analytics.vocabulary import Charge, IdRule, ProofKind, ReceiptRequested, Status

FILE_NAME = "sms_analytics.toml"


#: What follows `--format`.
FormatName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
#: It is part of a file's name.
CheckName = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$")]
CountryCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class Meaning(Section):
    """What a status word means."""

    status: Status
    reason: Reason | None = None


def _meaning(value: object) -> object:
    """`"delivered"` is short for `{ status = "delivered" }`."""
    if not isinstance(value, str | dict):
        raise ValueError("write a status in quotes, or { status = ..., reason = ... }")
    return {"status": value} if isinstance(value, str) else value


#: Status word as a log writes it, and what it means.
Words = dict[str, Annotated[Meaning, BeforeValidator(_meaning)]]
#: Code as a log writes it, and its reason.
Codes = dict[str, Reason]
#: An operator's or portal's own text, and the reason that it says.
Texts = dict[str, Reason]


class FeedConfig(Section):
    """One `[feeds.NAME]` table."""

    name: str | None = None
    time_zone: Zone | None = None
    receipt_zone: Zone | None = None
    operator: str | None = None
    validity: Duration | None = None
    grace: Duration | None = None
    id_rule: IdRule | None = None
    answers: list[str] | None = None
    code_system: str | None = None
    statuses: Words = {}
    codes: Codes = {}
    texts: Texts = {}


def _in_small_letters(feeds: dict[str, FeedConfig]) -> dict[str, FeedConfig]:
    """Feeds by their names in small letters: the case of a feed's name does not count."""
    names: dict[str, str] = {}
    for name in feeds:
        if names.setdefault(name.lower(), name) != name:
            raise ValueError(f"[feeds.{names[name.lower()]}] and [feeds.{name}] are one feed, whose name's case does not count; write one table")
    return {name.lower(): feed for name, feed in feeds.items()}


class OperatorsConfig(Section):
    """The `[operators]` section: networks of numbers that the user looked up."""

    file: str | None = None


class TableConfig(Section):
    """The `[table]` section: how a table of one's own is to be read."""

    columns: dict[str, str] = {}
    statuses: dict[str, Status] = {}
    price: Charge = "cost"
    no_code: Paths | tuple[()] = ()
    receipt_requested: dict[str, ReceiptRequested] = {}
    time_format: str | None = None
    time_zone: Zone | None = None
    #: Whether JSON that no vendor claims is a table of messages.
    json_lines: bool = Field(default=False, alias="json")
    keep: Keep = ()


class ProofConfig(Section):
    """The `[proof]` section: how files of proofs are to be read, and how long after a message one without an id can belong to it."""

    columns: dict[Literal["message_id", "recipient", "account", "time", "kind"], str] = {}
    kinds: dict[str, ProofKind] = {}
    kind: ProofKind | None = None
    time_format: str | None = None
    time_zone: Zone | None = None
    window: Duration | None = None


class DatabaseConfig(Section):
    """The `[database]` section: whether the group may read the database and what is written from it; others never."""

    group_read: bool = False


class RetentionConfig(Section):
    """The `[retention]` section: how long messages are kept after they were submitted; `purge` takes out older ones and keeps their daily counts."""

    messages: Duration | None = None


class BrandConfig(Section):
    """The `[brand]` section: who sends the reports."""

    name: str | None = None
    logo: Beside | None = None
    colour: Colour = "#0b5394"


class ReportConfig(Section):
    """The `[report]` section: groups smaller than `minimum` are folded into one; no more than `messages` rows in the sheet of messages."""

    minimum: int = Field(default=10, ge=1)
    messages: int = Field(default=100_000, ge=0, le=1_000_000)


class Config(Section):
    """The whole configuration; `Config()` is what holds without a file."""

    home_country: CountryCode = "NO"
    zone: Zone = "Europe/Oslo"
    lang: Literal["nb", "en"] = "nb"
    time_zone: Zone | None = None
    receipt_zone: Zone | None = None
    validity: Duration = timedelta(days=7)
    grace: Duration = timedelta(days=1)
    feeds: Annotated[dict[str, FeedConfig], AfterValidator(_in_small_letters)] = {}
    statuses: dict[str, Words] = {}
    codes: dict[str, Codes] = {}
    texts: Texts = {}
    operators: OperatorsConfig = OperatorsConfig()
    accounts: dict[str, str] = {}
    campaigns: dict[str, str] = {}
    operator_aliases: dict[str, str] = {}
    mccmnc: dict[str, str] = {}
    table: TableConfig = TableConfig()
    proof: ProofConfig = ProofConfig()
    database: DatabaseConfig = DatabaseConfig()
    retention: RetentionConfig = RetentionConfig()
    brand: BrandConfig = BrandConfig()
    report: ReportConfig = ReportConfig()
    check: dict[CheckName, CheckConfig] = {}
    formats: dict[FormatName, FormatConfig] = {}
    #: `[formats.NAME]` with `keep` alone, which is said of a format that is there already.
    kept: dict[FormatName, Keep] = Field(default={}, alias="[formats] keep")

    @model_validator(mode="before")
    @classmethod
    def _apart(cls, written: Any) -> Any:
        """Tables of `[formats]` that describe nothing, only say what is kept, stand apart."""
        formats = written.get("formats") if isinstance(written, dict) else None
        if not isinstance(formats, dict):
            return written
        kept = {name: table["keep"] for name, table in formats.items() if isinstance(table, dict) and table.keys() == {"keep"}}
        described = {name: table for name, table in formats.items() if name not in kept}
        return {**written, "formats": described, **({"[formats] keep": kept} if kept else {})}

    def keep_of(self, format: str) -> frozenset[str]:
        """Fields of a format whose values are kept though its documentation names no column for them."""
        own = self.formats[format].keep if format in self.formats else self.kept.get(format, ())
        return frozenset((*own, *(self.table.keep if format == "table" else ())))

    @property
    def feed_names(self) -> dict[str, str]:
        """What feeds are called, by their names in small letters."""
        return {id: feed.name for id, feed in self.feeds.items() if feed.name is not None}

    def feed(self, name: str) -> FeedConfig:
        """The feed's table, or an empty one. The case of its name does not count."""
        return self.feeds.get(name.lower(), FeedConfig())

    def horizon(self, feed: str, usual: timedelta | None = None) -> timedelta:
        """Validity plus grace: how long after hand-over a final status is still waited for.

        `usual` is what the feed's vendor is known for: what the configuration says of the feed wins over it, it wins over the general `validity`.
        """
        own = self.feed(feed)
        validity = own.validity if own.validity is not None else usual if usual is not None else self.validity
        grace = self.grace if own.grace is None else own.grace
        return validity + grace


def zone(name: str | None, option: str = "--zone") -> str | None:
    """The name of a time zone given as an option. Raises `UsageError` for one that does not exist."""
    try:
        return None if name is None else known_zone(name)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


#: What to write where pydantic speaks of Python's types.
_ADVICE: Final = {
    "dict_type": "write a table of keys and values",
    "model_type": "write a table of keys and values",
    "string_type": "write a text in quotes",
    "path_type": "write a path in quotes",
    "missing": "this is needed",
}
_PATTERNS: Final = {"colour": "write six hexadecimal digits behind #, such as #0b5394", "home_country": "write two capital letters, such as NO"}
_SECTIONS: Final[dict[str, type[Section]]] = {
    "feeds": FeedConfig,
    "table": TableConfig,
    "operators": OperatorsConfig,
    "statuses": Meaning,
    "retention": RetentionConfig,
    "brand": BrandConfig,
    "database": DatabaseConfig,
    "report": ReportConfig,
    "check": CheckConfig,
    "proof": ProofConfig,
}


def _first_fault(path: Path, error: ValidationError) -> str:
    fault = error.errors()[0]
    place = [str(part) for part in fault["loc"]]
    if place[0] == "[formats] keep":
        return f"{path}: formats.{place[1]}.keep = {fault['input']!r}: write the name of a field in quotes, or a list of them"
    key = ".".join(place)
    if fault["type"] == "extra_forbidden":
        return f"{path}: unknown key '{key}'; accepted there are: {', '.join(_accepted(_section(place)))}"
    if place[0] == "formats" and place[-1] == "[key]" and len(place) > 3:
        return f"{path}: {'.'.join(place[:-1])}: {fault['msg'].removeprefix('Value error, ')}"
    if place[0] == "formats" and place[-1] == "[key]":
        return f"{path}: [formats.{fault['input']}]: write the name in small letters, digits and _, beginning with a letter"
    if place[0] == "check" and (place[-1] == "[key]" or isinstance(fault["input"], dict)):
        return f"{path}: {_fault_of_check(place, fault)}"
    advice = _PATTERNS.get(place[-1]) if fault["type"] == "string_pattern_mismatch" else _ADVICE.get(fault["type"])
    message = advice or fault["msg"].removeprefix("Value error, ")
    return f"{path}: {key} = {fault['input']!r}: {message}"


def _fault_of_check(place: list[str], fault: Any) -> str:
    """What is wrong with a whole `[check.NAME]`."""
    if place[-1] == "[key]":
        return f"[check.{fault['input']}]: write the name in letters, digits, _ and -"
    if fault["type"] == "missing":
        return f"[check.{place[1]}]: {place[2]} is needed: write one of {', '.join(RULES)}"
    return f"[check.{place[1]}]: {fault['msg'].removeprefix('Value error, ')}"


def _accepted(section: type[Section]) -> list[str]:
    """Its keys as they are written; one that is filled from another table is none."""
    names = (field.alias or name for name, field in section.model_fields.items())
    return [name for name in names if not name.startswith("[")]


def _section(place: list[str]) -> type[Section]:
    """The section that a key stands in."""
    if place[0] == "formats":
        return section_of_format(place)
    if place[0] == "feeds" and place[2:3] == ["statuses"]:
        return Meaning
    return _SECTIONS.get(place[0], Config) if len(place) > 1 else Config


#: A heading with a key behind it on one line, as warnings and the documentation write it: `[feeds.rx2] answers = ["tx2"]`.
_ON_ONE_LINE: Final = re.compile(r"^[ \t]*(\[[^\[\]\n]+\])[ \t]+(?=[\w\"'][^\n]*=)", re.MULTILINE)


def _document(text: str) -> dict[str, Any]:
    """The TOML document; a line that was pasted out of a warning, heading and key in one, is read as it is meant."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        apart = _ON_ONE_LINE.sub(r"\1\n", text)
        if apart == text:
            raise
        return tomllib.loads(apart)


def parse(text: dict[str, Any], path: Path) -> Config:
    """The configuration in a parsed TOML document; `path` is named in errors, and paths in it count from its folder."""
    try:
        return Config.model_validate(text, context={"folder": path.parent})
    except ValidationError as error:
        raise ConfigError(_first_fault(path, error)) from None


def _placed(config: Config, folder: Path) -> Config:
    """Files that the configuration names lie beside it unless it says where."""
    if config.operators.file is None:
        return config
    return config.model_copy(update={"operators": OperatorsConfig(file=str(folder / config.operators.file))})


def read(path: Path | None, beside: Path | None = None) -> Config:
    """The configuration in `path`; else the one beside the database, then in the current folder, then the defaults."""
    if path is not None and not path.is_file():
        raise ConfigError(f"{path}: no such configuration file; leave out --config or name an existing one")
    candidates = [path] if path else [folder / FILE_NAME for folder in ([beside] if beside else []) + [Path()]]
    for candidate in candidates:
        if candidate.is_file():
            try:
                # Windows editors put a mark in front.
                return _placed(parse(_document(candidate.read_text("utf-8-sig")), candidate), candidate.parent)
            except OSError as error:
                raise ConfigError(f"{candidate}: cannot be read: {error.strerror}") from None
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
                raise ConfigError(f"{candidate}: not valid TOML: {error}") from None
    return Config()
