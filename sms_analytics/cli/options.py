"""The options that several commands share, each under the name of the keyword that it stands for, and the groups that they come in."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from sms_analytics.questions.filters import Filters

OutputFormat = Literal["table", "csv", "json", "parquet", "xlsx"]
Language = Literal["nb", "en"]
RateOfSent = Literal["rate_confirmed", "rate_possible", "coverage"]
ProofKind = Literal["code_entered", "click", "answer"]
Compare = Literal["previous", "none"]
Interval = Literal["ends", "share"]

Db = Annotated[Path | None, typer.Option("--db", help="Database file. Default: $SMS_ANALYTICS_DB, then sms.duckdb.", show_default=False)]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration. Default: sms_analytics.toml beside the database, then in the current folder.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="An array of objects instead of a table.")]
Lang = Annotated[Language | None, typer.Option("--lang", help="Language of tables. Default: that of the configuration, then nb.", show_default=False)]
Zone = Annotated[
    str | None,
    typer.Option("--zone", help="Time zone that times are given and shown in. Default: the configuration's, then Europe/Oslo.", show_default=False),
]

By = Annotated[
    str, typer.Option("--by", metavar="DIMENSIONS", help="What to group by, with commas between: operator,country. Without it: all in one row.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Submitted at this date or time or later.", show_default=False)]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Submitted before this date or time.", show_default=False)]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="As it was known at this date or time.", show_default=False)]
Account = Annotated[str | None, typer.Option("--account", help="Only this account.", show_default=False)]
Campaign = Annotated[str | None, typer.Option("--campaign", help="Only this send-out.", show_default=False)]
Where = Annotated[
    str | None, typer.Option("--where", metavar="CONDITION", help='One SQL condition on columns of `messages`: "parts > 1".', show_default=False)
]
ReceiptsOnly = Annotated[
    bool, typer.Option("--receipts-only", help="Only the messages of feeds without any submission, which are else in no count and no rate.")
]
Window = Annotated[
    str | None,
    typer.Option(
        "--window",
        metavar="TIME",
        help="How long after a message a proof without an id can belong to it: 30m, 24h. Default: [proof] window.",
        show_default=False,
    ),
]
Format = Annotated[
    OutputFormat | None,
    typer.Option(
        "--format", help="Default: table, or what the name given with --output ends with. parquet and xlsx need --output.", show_default=False
    ),
]
ExcelCsv = Annotated[
    bool, typer.Option("--excel-csv", help="CSV that Excel opens as a table: semicolons, a mark for UTF-8, headings in the language, local times.")
]
Wide = Annotated[bool, typer.Option("--wide", help="All columns on a terminal, those without room below the others.")]
Output = Annotated[Path | None, typer.Option("--output", help="File to write instead of printing.", show_default=False)]


@dataclass(frozen=True)
class Source:
    """Where an answer comes from, in which zone and language; what is None comes from the configuration."""

    db: Db = None
    config: ConfigFile = None
    zone: Zone = None
    lang: Lang = None


@dataclass(frozen=True)
class Form:
    """How an answer is to be written, and where to."""

    format: Format = None
    excel_csv: ExcelCsv = False
    output: Output = None
    wide: Wide = False


#: The groups of options with the type and the default of each. The zone of `Filters` is that of the `Source`.
_GROUPS: Final[dict[type, dict[str, tuple[Any, Any]]]] = {
    Filters: {
        "since": (Since, None),
        "until": (Until, None),
        "as_of": (AsOf, None),
        "account": (Account, None),
        "campaign": (Campaign, None),
        "where": (Where, None),
        "receipts_only": (ReceiptsOnly, False),
    },
    **{group: {one.name: (one.type, one.default) for one in fields(group)} for group in (Source, Form)},
}


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every parameter that is a group (`Filters`, `Source`, `Form`) as the options of that group.

    An option that the command has itself is not the group's.
    """
    parameters: dict[str, inspect.Parameter] = {}
    grouped: dict[str, tuple[type, list[str]]] = {}
    own = inspect.signature(command).parameters
    for name, parameter in own.items():
        options = {option: kind for option, kind in _GROUPS.get(parameter.annotation, {}).items() if option not in own}
        if not options:
            parameters[name] = parameter
            continue
        grouped[name] = (parameter.annotation, list(options))
        for option, (kind, default) in options.items():
            parameters[option] = inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)

    @wraps(command)
    def run(**given: Any) -> None:
        groups = {name: group(**{option: given.pop(option) for option in options}) for name, (group, options) in grouped.items()}
        command(**given, **groups)

    # Typer reads both.
    run.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
    run.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
    return run
