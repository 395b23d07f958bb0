"""Vendors that a user describes in `sms_analytics.toml`: `[formats.NAME]` becomes the same description as a built-in vendor's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sms_analytics.config import FILE_NAME, Config
from sms_analytics.config.vendors import TIME_COLUMNS, CodeConfig, FormatConfig, SaysConfig
from sms_analytics.errors import ConfigError
from sms_analytics.events import codes
from sms_analytics.events.readings import Format
from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words

_PARTS: Final = {
    "each": "one receipt per part of a long message",
    "first": "a receipt for the first part of a long message only",
    "last": "a receipt for the last part of a long message only",
    "one": "one receipt for the whole message",
}
_HOLDS: Final = {
    "receipt": "receipts",
    "submission": "submissions",
    "row": "rows with a message's last status: the submission and, if the status says more, a receipt",
}


def made(config: Config, taken: list[str], vendors: set[str]) -> tuple[Format, ...]:
    """The formats of `[formats.NAME]`. Raises `ConfigError` for a name among `taken`, and for a code system that nobody knows.

    The name of one of our `vendors` may be taken by a description that says itself what its records must have: it stands in that one's place.
    """
    return tuple(
        _format(name, settings, [one for one in taken if not (one in vendors and settings.needs)]) for name, settings in config.formats.items()
    )


def check_kept(config: Config, taken: list[str]) -> None:
    """Raises `ConfigError` for `[formats.NAME] keep` of a format that nobody has described."""
    for name in config.kept:
        if name not in taken:
            raise ConfigError(f"{FILE_NAME}: [formats.{name}] keep: no such format; describe it there too, or name one of: {', '.join(taken)}")


def _format(name: str, settings: FormatConfig, taken: list[str]) -> Format:
    if name in taken:
        replaced = "to replace a vendor of ours, say with needs what its records must have; else "
        why = f"that is a format of ours, of which only keep can be said; {replaced}choose a name that is none of: {', '.join(taken)}"
        raise ConfigError(f"{FILE_NAME}: [formats.{name}]: {why}")
    known = codes.systems()
    if settings.code_system is not None and not settings.codes and settings.code_system not in known:
        accepted = f"accepted are: {', '.join(known)}; or say what its codes mean under [formats.{name}.codes]"
        raise ConfigError(f"{FILE_NAME}: formats.{name}.code_system = {settings.code_system!r}: {accepted}")
    return engine.make(description(name, settings))


def description(name: str, settings: FormatConfig) -> Description:
    """The description that a `[formats.NAME]` table stands for."""
    skipped = tuple(Payload(needs=needs, kind="skip") for needs in settings.skip)
    own = _payload(name, settings)
    handed = (replace(own, kind="submission", needs=(*own.needs, *settings.submissions)),) if settings.submissions else ()
    return Description(
        name=name,
        title=settings.title,
        payloads=(*skipped, *handed, own),
        parts=settings.parts,
        containers=("line",) if settings.pattern else settings.container,
        patterns=settings.pattern,
        validity=settings.validity,
        price=settings.price,
        documentation=_documentation(name, settings),
    )


def _payload(name: str, settings: FormatConfig) -> Payload:
    return Payload(
        needs=settings.needs or _needs(settings),
        kind=settings.kind,
        columns=settings.columns,
        statuses=_words(settings.statuses),
        charges=settings.charges,
        code_system=settings.code_system or (name if "code" in settings.columns else None),
        codes=_words(settings.codes),
        no_code=settings.no_code,
        said_by=settings.said_by,
        times={column: _time(settings, column) for column in TIME_COLUMNS},
        empty=settings.empty,
        international=settings.international,
        id_per_recipient=settings.id_per_recipient,
        part_id=settings.part_id,
        first_part=settings.first_part,
        price_unit=settings.price_unit,
        each=settings.each,
        lists=settings.lists,
        requested=settings.receipt_requested,
        hidden=settings.hidden,
        ignored=settings.ignored,
    )


def _needs(settings: FormatConfig) -> tuple[str, ...]:
    """What names the message and says what became of it, where the user does not say what a record must have."""
    asked = (settings.columns.get(name, ()) for name in ("message_id", "recipient", "status", "code"))
    found = [paths[0] for paths in asked if len(paths) == 1 and not paths[0].startswith("=")]
    return tuple(found[:3]) or tuple(next(iter(settings.columns.values())))[:1]


def _words(written: Mapping[str, SaysConfig] | Mapping[str, CodeConfig]) -> Words:
    return {word: Says(says.status, says.reason, says.said_by, says.charge_status) for word, says in written.items()}


def _time(settings: FormatConfig, column: str) -> Time:
    own = settings.times.get(column)
    return Time(formats=(own.format if own else ()) or settings.time_format, zone=(own.zone if own else None) or settings.time_zone)


def _documentation(name: str, settings: FormatConfig) -> str:
    """The same headings as a built-in format's."""
    columns = "; ".join(f"{column} = {' or '.join(paths)}" for column, paths in settings.columns.items())
    formats = " or ".join(settings.time_format) or "ISO 8601, epochs in seconds or milliseconds, 18.03.2026 09:14"
    zone = f"times without an offset are {settings.time_zone}" if settings.time_zone else "times without an offset are in the zone of the feed"
    times = [column for column in TIME_COLUMNS if column in settings.columns]
    clock = f"{', '.join(times)}: {formats}; {zone}" if times else "none of its own: the line's time, else the file's"
    rows = {
        "Producer": settings.producer or f"described in {FILE_NAME} under [formats.{name}]",
        "Holds": f"{_HOLDS[settings.kind]}, in {_where(settings)}",
        "Clock": clock,
        "Ids": ", ".join(settings.columns.get("message_id", ("none",))) + (", with the recipient" if settings.id_per_recipient else ""),
        "Parts": _PARTS[settings.parts],
        "Columns": columns,
        "Statuses": "; ".join(f"{word} = {says.status}" for word, says in settings.statuses.items()) or "by the code",
        "Codes": _codes(name, settings),
        "Traps": settings.notes or "none noted",
        "Missing": f"records without {', '.join(settings.needs or _needs(settings))} are not this format's; other fields go to extra, text is masked",
        "Sample": settings.sample or "none given",
    }
    return "\n".join(
        [f"{settings.title.rstrip('.')}.", "", *(f"{heading + ':':<11}{text}." for heading, text in rows.items() if heading != "Sample")]
    ) + (f"\nSample:    {rows['Sample']}\n")


def _where(settings: FormatConfig) -> str:
    return "lines of plain text" if settings.pattern else ", ".join(settings.container) or "any container"


def _codes(name: str, settings: FormatConfig) -> str:
    own = "; ".join(f"{code} = {says.reason or says.status}" for code, says in settings.codes.items())
    return own or (f"code system {settings.code_system}" if settings.code_system else f"kept under the code system {name}, not interpreted")
