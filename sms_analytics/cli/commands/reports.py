"""The command that writes reports for customers."""

# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app


@app.command()
def report(
    *,
    db: o.Db = None,
    account: Annotated[
        str | None,
        typer.Option(
            "--account", help="A customer: an account of the log, a name of the configuration, or all: one report for each.", show_default=False
        ),
    ] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Only this send-out, by its id or its name.", show_default=False)] = None,
    since: o.Since = None,
    until: o.Until = None,
    period: Annotated[
        str | None,
        typer.Option("--period", help="last-week, last-month, 2026-10, 2026-W41 or 2026, in place of --since and --until.", show_default=False),
    ] = None,
    as_of: o.AsOf = None,
    compare: Annotated[o.Compare, typer.Option("--compare", help="Set it against the period before, or against none.")] = "previous",
    lang: o.Lang = None,
    zone: o.Zone = None,
    format: Annotated[str, typer.Option("--format", metavar="FORMATS", help="Which files, with commas between.")] = "html,pdf,xlsx",
    unmask: Annotated[bool, typer.Option("--unmask", help="Show whole phone numbers in the lists of messages and numbers.")] = False,
    internal: Annotated[bool, typer.Option("--internal", help="With an appendix for the sender: notes, files, words without a meaning.")] = False,
    join_unnamed: Annotated[
        bool,
        typer.Option("--join-unnamed", help="Count messages without a send-out's name as part of it: same account, sender and hour."),
    ] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")] = Path(),
    config: o.ConfigFile = None,
) -> None:
    """Write a report that a customer can read: HTML, PDF and Excel, in Norwegian or English."""
    from sms_analytics.cli.actions import reports
    from sms_analytics.report.files import Wanted, formats_of

    wanted = Wanted(account, campaign, since, until, period, as_of, compare, lang, zone, formats_of(format), unmask, internal, join_unnamed, out)
    reports.report(db, config, wanted)
