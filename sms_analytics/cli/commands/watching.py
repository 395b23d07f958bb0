"""The commands that watch over the figures: what proves them, whether they add up, and rules for cron."""

# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app
from sms_analytics.cli.options import Form, Source, with_groups


@app.command()
def proof(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Tables with an id or a recipient, a time and a kind; - for standard input.", show_default=False),
    ],
    *,
    db: o.Db = None,
    config: o.ConfigFile = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="Zone of times without an offset.", show_default=False)] = None,
    kind: Annotated[o.ProofKind | None, typer.Option("--kind", help="What a file without such a column proves by.", show_default=False)] = None,
    window: o.Window = None,
    lang: o.Lang = None,
    json: o.Json = False,
) -> None:
    """Bring what proves arrival without an operator, and show how true each operator's receipts are."""
    from sms_analytics.cli.actions import watching

    watching.proof(files, Source(db, config, None, lang), time_zone, kind, window, json=json)


@app.command()
@with_groups
def reconcile(*, since: o.Since = None, until: o.Until = None, source: Source, form: Form) -> None:
    """Recount every sum from files to rates, and tell which logs are missing. Exit code 1 where one does not hold."""
    from sms_analytics.cli.actions import watching

    watching.reconcile(since, until, source, form)


@app.command()
def check(
    *,
    rules: Annotated[Path | None, typer.Option("--rules", help="File with [check.NAME]. Default: the configuration.", show_default=False)] = None,
    json: o.Json = False,
    prometheus: Annotated[
        Path | None, typer.Option("--prometheus", metavar="FILE", help="Write the state of every rule for a node exporter.", show_default=False)
    ] = None,
    webhook: Annotated[str | None, typer.Option("--webhook", metavar="URL", help="POST what is new, as a sentence.", show_default=False)] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="The moment by which freshness is judged. Default: now.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what holds, and what was told before. On a terminal it is shown always.")] = False,
    db: o.Db = None,
    config: o.ConfigFile = None,
    zone: o.Zone = None,
    lang: o.Lang = None,
) -> None:
    """Judge the rules of [check.NAME], for cron: an alarm is told once, and once more when it is over. Exit code 1 as long as one is broken."""
    from sms_analytics.cli.actions import watching

    asked = watching.Asked(rules, prometheus, webhook, at, everything)
    watching.check(asked, Source(db, config, zone, lang), json=json)
