"""The commands for support: the story of a number, as text and as a page."""

# ruff: noqa: PLC0415

from typing import Annotated

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app
from sms_analytics.cli.options import Source, with_groups


@app.command()
@with_groups
def lookup(
    number_or_id: Annotated[
        list[str], typer.Argument(metavar="NUMBER_OR_ID", help="A phone number in any spelling, a message id, or a reference.", show_default=False)
    ],
    *,
    source: Source,
    json: o.Json = False,
) -> None:
    """The story of one number or message: what became of it, who said so, and every event behind that."""
    from sms_analytics.cli.actions import support

    support.lookup(" ".join(number_or_id), source, json=json)


@app.command()
@with_groups
def serve(
    *,
    address: Annotated[str, typer.Option("--address", help="Where to listen. Elsewhere than on this machine it needs a password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Where to listen; 0 is any free port.", min=0, max=65535)] = 8765,
    source: Source,
) -> None:
    """Show the support page in a browser: type a number, read its story. With a password in $SMS_ANALYTICS_PASSWORD it asks for that."""
    from sms_analytics.cli.actions import support

    support.serve(source, address, port)


@app.command()
@with_groups
def mcp(
    *,
    unmask: Annotated[bool, typer.Option("--unmask", help="With phone numbers in full.")] = False,
    source: Source,
) -> None:
    """Answer an assistant's questions over standard input and output (Model Context Protocol): lookup, rates, reasons, gaps, outages."""
    from sms_analytics.cli.actions import support

    support.mcp(source, unmask=unmask)
