"""The commands that read logs: what a file is, loading it, trying it out."""

# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app
from sms_analytics.errors import UsageError


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the database and the tables.")] = Path("out"),
    lang: o.Lang = None,
) -> None:
    """Load the sample logs, show their rates, and write the tables to a folder."""
    from sms_analytics.cli.actions import logs

    logs.demo(out, lang)


@app.command()
def formats(
    name: Annotated[str | None, typer.Argument(help="One format: its documentation.", show_default=False)] = None,
    config: o.ConfigFile = None,
    json: o.Json = False,
) -> None:
    """List the formats that can be read, or show one format's documentation."""
    from sms_analytics.cli.actions import logs

    logs.formats(name, config, json=json)


@app.command()
def identify(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, folders, patterns, or - for standard input.", show_default=False)],
    db: o.Db = None,
    config: o.ConfigFile = None,
    json: o.Json = False,
) -> None:
    """Tell which format files have, how sure that is, and from which lines."""
    from sms_analytics.cli.actions import logs

    logs.identify(files, db, config, json=json)


@app.command()
def load(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, patterns, or - for standard input.", show_default=False)],
    *,
    db: o.Db = None,
    format: Annotated[
        str | None, typer.Option("--format", help="Do not look, it is this one. See: sms-analytics formats", show_default=False)
    ] = None,
    feed: Annotated[str | None, typer.Option("--feed", help="Feed of records that name none.", show_default=False)] = None,
    account: Annotated[str | None, typer.Option("--account", help="Account of records that name none.", show_default=False)] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="Zone of the log's own clock.", show_default=False)] = None,
    receipt_zone: Annotated[
        str | None, typer.Option("--receipt-zone", help="Zone of times inside receipts. Default: that of the log.", show_default=False)
    ] = None,
    config: o.ConfigFile = None,
    replace: Annotated[bool, typer.Option("--replace", help="Load what is there already again, with these options.")] = False,
    threads: Annotated[
        int | None,
        typer.Option("--threads", min=1, help="Threads of the database. Default: the machine's or its container's cores.", show_default=False),
    ] = None,
    memory_limit: Annotated[
        str | None,
        typer.Option(
            "--memory-limit",
            metavar="SIZE",
            help="Memory of the database, as 600MB; batches come on top. Default: what the machine or its container allows, at most 600MB.",
            show_default=False,
        ),
    ] = None,
    json: o.Json = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on: load what is new in logs that grow and rotate, until Ctrl-C.")] = False,
    every: Annotated[
        str | None, typer.Option("--every", metavar="TIME", help="With --follow: how often to look, such as 30s. Default: 1m.", show_default=False)
    ] = None,
) -> None:
    """Load raw logs into the database. What is there already is not loaded twice."""
    from sms_analytics.cli.actions import logs

    zones = {"time_zone": time_zone, "receipt_zone": receipt_zone}
    keywords = {"format": format, "feed": feed, "account": account, **zones, "memory_limit": memory_limit}
    if follow:
        logs.follow(paths, db, config, keywords, threads=threads, every=every, given={"--replace": replace, "--json": json})
        return
    if every is not None:
        raise UsageError("--every: only with --follow")
    logs.load(paths, db, config, keywords, threads=threads, replace=replace, json=json)


@app.command()
def simulate(
    messages: Annotated[int, typer.Option("--messages", help="How many messages.", show_default=False)],
    seed: Annotated[int, typer.Option("--seed", help="The same number gives the same logs.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for logs, truth and configuration.", show_default=False)],
) -> None:
    """Write raw logs of invented messages, and the truth about them."""
    from sms_analytics.cli.actions import logs

    logs.simulate(messages, seed, out)
