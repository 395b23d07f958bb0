"""The commands for second thoughts: apply today's configuration, take out what should not be there."""

# ruff: noqa: PLC0415

from typing import Annotated

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app


@app.command()
def remap(db: o.Db = None, config: o.ConfigFile = None, lang: o.Lang = None, json: o.Json = False) -> None:
    """Apply today's maps and configuration to what was loaded before, without the files."""
    from sms_analytics.cli.actions import corrections

    corrections.remap(o.Source(db, config, None, lang), json=json)


@app.command()
def unload(
    load_ids: Annotated[list[int], typer.Argument(metavar="LOAD_ID...", help="Loads to take out. See: sms-analytics loads", show_default=False)],
    *,
    db: o.Db = None,
    config: o.ConfigFile = None,
    lang: o.Lang = None,
    json: o.Json = False,
) -> None:
    """Take loads out again. What another load holds too stays."""
    from sms_analytics.cli.actions import corrections

    corrections.unload(load_ids, o.Source(db, config, None, lang), json=json)


@app.command()
def forget(
    number: Annotated[list[str], typer.Argument(metavar="NUMBER", help="A phone number in any spelling.", show_default=False)],
    *,
    db: o.Db = None,
    config: o.ConfigFile = None,
    lang: o.Lang = None,
    json: o.Json = False,
) -> None:
    """Delete every event of one number from the database. The logs themselves are not touched."""
    from sms_analytics.cli.actions import corrections

    corrections.forget(" ".join(number), o.Source(db, config, None, lang), json=json)


@app.command()
def purge(
    *,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="TIME", help="Delete messages submitted before then; else by [retention].", show_default=False),
    ] = None,
    db: o.Db = None,
    config: o.ConfigFile = None,
    lang: o.Lang = None,
    json: o.Json = False,
) -> None:
    """Delete old messages with all their events, and keep their daily counts for rates. The logs themselves are not touched."""
    from sms_analytics.cli.actions import corrections

    corrections.purge(before, o.Source(db, config, None, lang), json=json)


@app.command()
def upgrade(
    *,
    db: o.Db = None,
    config: o.ConfigFile = None,
    lang: o.Lang = None,
    json: o.Json = False,
) -> None:
    """Bring a database of an earlier release up to date, without the logs."""
    from sms_analytics.cli.actions import corrections

    corrections.upgrade(o.Source(db, config, None, lang), json=json)
