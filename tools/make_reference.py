"""Writes `docs/reference/`: the functions, the commands, the tables and the configuration. Run: .venv/bin/python tools/make_reference.py

Sources: the package itself, its docstrings, the options of its commands, its schemas. A test compares the pages with what this writes.
"""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from pydantic import BaseModel

import sms_analytics as sms
from sms_analytics import charts, config
from sms_analytics.charts import theme
from sms_analytics.cli.commands import app
from sms_analytics.database import definitions, schemas
from sms_analytics.jupyter import notebook

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
_MADE = "<!-- written by tools/make_reference.py -->"


def main() -> None:
    """Writes the pages anew."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, "utf-8")


def pages() -> dict[str, str]:
    """File name and text of every page."""
    return {"api.md": api(), "cli.md": cli(), "tables.md": tables(), "configuration.md": configuration()}


def _page(title: str, parts: Iterator[str] | list[str]) -> str:
    return "\n\n".join([f"{_MADE}\n# {title}", *parts]) + "\n"


def api() -> str:
    """Every public function with its docstring."""
    functions = {name: getattr(sms, name) for name in sorted(sms._FUNCTIONS)}
    drawn = {f"charts.{name}": getattr(charts, name) for name in sorted(vars(charts)) if inspect.isfunction(getattr(charts, name))}
    shown = {f"theme.{name}": getattr(theme, name) for name in ("use", "configuration")}
    shown |= {f"notebook.{name}": getattr(notebook, name) for name in ("setup", "connect", "brief", "assumed", "draw", "html")}
    asked = {f"notebook.Questions.{name}": thing for name, thing in sorted(vars(notebook.Questions).items()) if _is_public(name, thing)}
    sections = {
        "Questions and loading": functions,
        "Charts": drawn,
        "Look and notebooks": shown,
        "Questions that share their filters": asked,
    }
    intro = [
        "`import sms_analytics as sms`. Each function below is one of `sms`, so `rates` is `sms.rates`; an option of a command is a keyword here."
    ]
    described = [f"## {title}\n\n" + "\n\n".join(_function(name, thing) for name, thing in things.items()) for title, things in sections.items()]
    return _page("From Python", [*intro, *described])


def _is_public(name: str, thing: object) -> bool:
    return inspect.isfunction(thing) and not name.startswith("_")


def _function(name: str, thing: Callable[..., Any]) -> str:
    called = textwrap.fill(f"{name}{_signature(thing)}", 88, subsequent_indent="    ", break_long_words=False)
    return f"### {name}\n\n```text\n{called}\n```\n\n{inspect.getdoc(thing)}"


def _signature(thing: Callable[..., Any]) -> str:
    signature = inspect.signature(thing)
    shown = [str(_without_type(parameter)) for parameter in signature.parameters.values() if parameter.name != "self"]
    keyword_only = [parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in signature.parameters.values() if parameter.name != "self"]
    if True in keyword_only:
        shown.insert(keyword_only.index(True), "*")
    return f"({', '.join(shown)})"


def _without_type(parameter: inspect.Parameter) -> inspect.Parameter:
    """Values that differ from machine to machine, and functions, are shown as dots."""
    plain = parameter.replace(annotation=inspect.Parameter.empty)
    told = parameter.default is inspect.Parameter.empty or isinstance(parameter.default, str | int | float | bool | tuple | None)
    return plain if told else plain.replace(default=_Dots())


class _Dots:
    def __repr__(self) -> str:
        return "..."


def cli() -> str:
    """Every command with its options."""
    group: Any = typer.main.get_command(app)
    return _page("Commands and options", [_command(name, command) for name, command in _commands(group)])


def _commands(group: Any) -> list[tuple[str, Any]]:
    """Every command by its name, those of a group behind the group's."""
    found: list[tuple[str, Any]] = []
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found += [(name, command)] if inner is None else [(f"{name} {one}", called) for one, called in _commands(command)]
    return found


def _command(name: str, command: Any) -> str:
    rows = [_option(option) for option in command.params if option.name != "help"]
    table = "\n".join(["| option | what it is |", "| --- | --- |", *rows]) if rows else ""
    return f"## sms-analytics {name}\n\n{' '.join(str(command.help).split())}\n\n{table}".rstrip()


def _option(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *getattr(option, "secondary_opts", ()))) if option.opts[0].startswith("-") else ""
    text = " ".join((getattr(option, "help", None) or "").split()).replace("|", "\\|")
    return f"| {names or f'`{option.metavar or option.name.upper()}`'} | {text} |"


def tables() -> str:
    """The tables of the database, column by column."""
    described = {"events": schemas.EVENTS, "messages": schemas.MESSAGES}
    intro = [
        "One DuckDB file holds them. Times are UTC without a zone, in columns that end in `_utc`. `events` and `messages` are views, each over a "
        "table of rows and what many of them share: read these."
    ]
    parts = [f"## {name}\n\n{_columns(table)}" for name, table in described.items()]
    defined = [f"## {name}\n\n```sql\n{_definition(name)}\n```" for name in ("loads", "rejects", "feeds")]
    return _page("Tables", [*intro, *parts, *defined])


def _columns(table: dict[str, schemas.Column]) -> str:
    rows = [f"| `{name}` | {column.description}{_closed(column)} | {_type(column.dtype)} |" for name, column in table.items()]
    return "\n".join(["| column | meaning | type |", "| --- | --- | --- |", *rows])


def _closed(column: schemas.Column) -> str:
    """The values of a closed set, where the description does not name them, and whether it is always there."""
    values = [f"`{value}`" for value in getattr(column.dtype, "categories", ())]
    listed = "" if not values or values[0] in column.description else ": " + ", ".join(values)
    return f"{listed}; never null" if column.required else listed


def _type(dtype: Any) -> str:
    return {"Enum": "String", "Datetime": "Datetime (UTC)"}.get(dtype.base_type().__name__, str(dtype))


def _definition(name: str) -> str:
    for part in ("tables", "messages"):
        found = re.search(rf"CREATE (?:TABLE|VIEW) {name} .*?;", definitions.sql(part), re.DOTALL)
        if found:
            return found.group()
    raise LookupError(f"no definition of {name} in sql/")


def configuration() -> str:
    """Every key of `sms_analytics.toml`."""
    intro = ["All keys of `sms_analytics.toml`, each of them optional. [What they are for, with examples](../configuration.md)."]
    rows = ["| key | what it takes | default |", "| --- | --- | --- |", *_keys(config.Config, "")]
    return _page("Keys of the configuration", [*intro, "\n".join(rows)])


def _keys(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        section = _section(field.annotation)
        if section:
            yield from _keys(section[0], f"{prefix}{name}{section[1]}.")
        else:
            yield f"| `{prefix}{name}` | {_takes(field.annotation)} | {_default(field.get_default(call_default_factory=True))} |"


def _section(annotation: Any) -> tuple[type[BaseModel], str] | None:
    """The section that a key holds, and `.NAME` where it holds one per name."""
    for inner in (annotation, *get_args(annotation)):
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return inner, ".NAME" if get_origin(annotation) is dict else ""
    return None


def _takes(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        return _takes(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_takes(inner) for inner in get_args(annotation) if inner is not type(None))
    if get_origin(annotation) is dict:
        return "a table of names"
    if get_origin(annotation) in (list, tuple):
        return "a list"
    words = [str(value) for value in get_args(annotation) if isinstance(value, str)]
    if words:
        return " or ".join(f"`{word}`" for word in words)
    return {str: "text", timedelta: "a duration: `7d`, `36h`, `90m`, `30s`", bool: "`true` or `false`", int: "a number"}.get(annotation, "text")


def _default(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"`{value.days}d`"
    return f"`{value}`" if isinstance(value, str | int) and value != "" else ""


if __name__ == "__main__":
    main()
