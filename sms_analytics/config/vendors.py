"""`[formats.NAME]` of `sms_analytics.toml`: a vendor described by the user, as docs/user-formats.md explains it."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sms_analytics.config import plain_lines
from sms_analytics.config.sections import Duration, Reason, Section, Zone
from sms_analytics.vocabulary import Charge, ChargeStatus, ReceiptRequested, SaidBy, Status

#: Text columns of a reading that a payload can name. `code` becomes code_raw, `charge` is looked up in `charges`, mcc and mnc become mccmnc.
TEXT_COLUMNS: Final = (
    "feed",
    "message_id",
    "message_ref",
    "part_no",
    "parts",
    "account",
    "campaign",
    "client_ref",
    "sender",
    "recipient",
    "country",
    "operator",
    "mccmnc",
    "mcc",
    "mnc",
    "receipt_requested",
    "status",
    "code",
    "detail",
    "price",
    "charge",
)
#: Time columns: `logged` our side's clock, `happened` the operator's, `submit` when the message was handed over, `scheduled` when it is to be.
TIME_COLUMNS: Final = ("logged", "happened", "submit", "scheduled")
COLUMNS: Final = (*TEXT_COLUMNS, *TIME_COLUMNS)


def _several(value: object) -> object:
    """One text as a list of one."""
    return [value] if isinstance(value, str) else value


def _time_format(value: str) -> str:
    if "%" not in value:
        raise ValueError("write a strptime format such as %d/%m/%Y %H:%M:%S, or leave it out for ISO 8601 and epochs")
    return value


def _pattern(value: str) -> str:
    try:
        names = re.compile(value).groupindex
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    if set(names) != {"ref", "part"}:
        raise ValueError(r"write the groups ref and part, such as ^(?P<ref>.+)-(?P<part>\d+)$")
    return value


def _line_pattern(value: str) -> str:
    plain_lines.check(value)
    return value


def _need(value: str) -> str:
    _, _, pattern = value.partition("~")
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    if not value.strip("!"):
        raise ValueError("name a key that a record must have, such as MessageSid, type=6 or !text")
    return value


def _column(value: str) -> str:
    if value not in COLUMNS:
        raise ValueError(f"no such column; accepted are: {', '.join(COLUMNS)}")
    return value


def _time_column(value: str) -> str:
    if value not in TIME_COLUMNS:
        raise ValueError(f"no such time; accepted are: {', '.join(TIME_COLUMNS)}")
    return value


def _groups(value: object) -> object:
    """One list of needs as a list of such lists."""
    several = isinstance(value, list) and (not value or all(isinstance(one, list) for one in value))
    return value if several else [value]


def _says(value: object) -> object:
    """A bare status as a table with a status."""
    return {"status": value} if isinstance(value, str) else value


Paths = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_several), Field(min_length=1)]
TimeFormats = Annotated[tuple[Annotated[str, AfterValidator(_time_format)], ...], BeforeValidator(_several)]


#: Fields whose values are kept though they have no column.
Keep = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_several)]


class MeaningConfig(Section):
    """What a word or a code says beside a status."""

    reason: Reason | None = None
    said_by: SaidBy | None = None
    charge_status: ChargeStatus | None = None


class SaysConfig(MeaningConfig):
    """What a word says: a status, or a table with more."""

    status: Status


class CodeConfig(MeaningConfig):
    """What a code says: the same, or a reason alone, and then the word decides the status."""

    status: Status | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "CodeConfig":
        if self.status is None and self.reason is None:
            raise ValueError('say what the code means, such as { reason = "absent_subscriber" } or { status = "stopped" }')
        return self


class TimeConfig(Section):
    """`[formats.NAME.times.COLUMN]`: how one time is written."""

    format: TimeFormats = ()
    zone: Zone | None = None


Says = Annotated[SaysConfig, BeforeValidator(_says)]
SaysOfCode = Annotated[CodeConfig, BeforeValidator(_says)]


class FormatConfig(Section):
    """One `[formats.NAME]` table."""

    title: str
    columns: dict[Annotated[str, AfterValidator(_column)], Paths]
    needs: Annotated[tuple[Annotated[str, AfterValidator(_need)], ...], BeforeValidator(_several)] = ()
    container: Annotated[tuple[Literal["json", "form", "access_log", "xml", "table"], ...], BeforeValidator(_several)] = ()
    pattern: Annotated[tuple[Annotated[str, AfterValidator(_line_pattern)], ...], BeforeValidator(_several)] = ()
    kind: Literal["receipt", "submission", "row"] = "receipt"
    submissions: Annotated[tuple[Annotated[str, AfterValidator(_need)], ...], BeforeValidator(_several)] = ()
    statuses: dict[str, Says] = {}
    codes: dict[str, SaysOfCode] = {}
    code_system: str | None = None
    no_code: Paths | tuple[()] = ()
    charges: dict[str, ChargeStatus] = {}
    receipt_requested: dict[str, ReceiptRequested] = {}
    said_by: SaidBy | None = None
    time_format: TimeFormats = ()
    time_zone: Zone | None = None
    times: dict[Annotated[str, AfterValidator(_time_column)], TimeConfig] = {}
    empty: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    international: bool = False
    id_per_recipient: bool = False
    part_id: Annotated[str, AfterValidator(_pattern)] | None = None
    first_part: Annotated[int, Field(ge=0, le=1)] = 1
    parts: Literal["each", "first", "last", "one"] = "one"
    price: Charge = "cost"
    price_unit: float = 1.0
    each: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    lists: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    hidden: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    ignored: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    keep: Keep = ()
    skip: Annotated[
        tuple[Annotated[tuple[Annotated[str, AfterValidator(_need)], ...], BeforeValidator(_several)], ...], BeforeValidator(_groups)
    ] = ()
    validity: Duration | None = None
    producer: str | None = None
    notes: str | None = None
    sample: str | None = None

    @model_validator(mode="after")
    def _suffices(self) -> "FormatConfig":
        if not self.columns.keys() & {"message_id", "message_ref", "recipient"}:
            raise ValueError("columns must say whose message a record is: name message_id or recipient")
        if not self.columns.keys() & {"status", "code"} and self.kind != "submission":
            raise ValueError("columns must say what became of the message: name status or code")
        if "status" in self.columns and not self.statuses and self.kind != "submission":
            raise ValueError('statuses must say what the vendor\'s words mean, such as: [formats.NAME.statuses] DELIVERED = "delivered"')
        self._fits_its_pattern()
        return self

    def _fits_its_pattern(self) -> None:
        """Raises `ValueError` for a column or a need that no group of the pattern can fill."""
        if not self.pattern:
            return
        if self.container:
            raise ValueError("with a pattern, leave container out: the records are lines of plain text")
        known = {name for pattern in self.pattern for name in plain_lines.groups(pattern)}
        paths = [path for written in self.columns.values() for path in written if not path.startswith("=")]
        for path in paths:
            if path not in known:
                raise ValueError(f"no group of the pattern is called {path!r}; its groups are: {', '.join(sorted(known))}")


def section_of_format(place: list[str]) -> type[Section]:
    """The section that the keys at this place belong to."""
    if len(place) > 3 and place[2] in ("statuses", "codes"):
        return SaysConfig if place[2] == "statuses" else CodeConfig
    if len(place) > 3 and place[2] == "times":
        return TimeConfig
    return FormatConfig
