"""The command line as a whole: its name, its version, and the option that every command takes."""

from importlib.metadata import version
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Delivery rates, failure reasons and missing statuses out of raw SMS logs. Data goes to standard output, everything else to standard error.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sms-analytics {version('sms-analytics')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.", callback=_version, is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error. May stand behind a command too.")] = False,
) -> None:
    del version, debug
