"""The commands that list what the database holds."""

# ruff: noqa: PLC0415

from typing import Annotated

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app
from sms_analytics.cli.options import Source, with_groups


@app.command()
@with_groups
def loads(
    *,
    profile: Annotated[bool, typer.Option("--profile", help="The first look: what was understood and what was not, problems first.")] = False,
    source: Source,
    json: o.Json = False,
) -> None:
    """List what was loaded: one row per file."""
    from sms_analytics.cli.actions import contents

    if profile:
        contents.profile(source, json=json)
        return
    contents.listed("loads", source, json=json)


@app.command()
@with_groups
def feeds(*, source: Source, json: o.Json = False) -> None:
    """List the feeds and what is known of them."""
    from sms_analytics.cli.actions import contents

    contents.listed("feeds", source, json=json)


@app.command()
@with_groups
def rejects(*, source: Source, json: o.Json = False) -> None:
    """List the records that could not be read, by their shape: file and line lead to the original."""
    from sms_analytics.cli.actions import contents

    contents.listed("rejects", source, json=json)


@app.command()
@with_groups
def unmapped(*, source: Source, json: o.Json = False) -> None:
    """List status words and failure codes without a meaning, with an example and the configuration that would give them one."""
    from sms_analytics.cli.actions import corrections

    corrections.show_unmapped(source, json=json)
