"""The commands for lakes: a database as Parquet files, and logs that Spark loads and resolves."""

# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app

spark = typer.Typer(help="Load and resolve logs that are too many for one machine, on Apache Spark.", no_args_is_help=True)
app.add_typer(spark, name="spark")

Master = Annotated[
    str | None,
    typer.Option("--master", help="local[2], spark://HOST:7077, yarn; or sc://HOST for Connect. Default: that of spark-submit.", show_default=False),
]
Lake = Annotated[Path, typer.Option("--out", metavar="LAKE", help="Folder of the lake, which all workers see.", show_default=False)]


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an earlier export.", show_default=False)],
    *,
    db: o.Db = None,
    config: o.ConfigFile = None,
    lang: o.Lang = None,
) -> None:
    """Write events and messages as Parquet by feed and month. Load such a folder to bring it back."""
    from sms_analytics.cli.actions import lakes

    lakes.export(folder, o.Source(db, config, None, lang))


@spark.command("load")
def load_on_spark(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files and folders that all workers see, or addresses: s3://bucket/logs/", show_default=False),
    ],
    *,
    out: Lake,
    master: Master = None,
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
    json: o.Json = False,
) -> None:
    """Load raw logs into a lake. What is there already is not loaded twice."""
    from sms_analytics.cli.actions import lakes

    keywords = {"format": format, "feed": feed, "account": account, "time_zone": time_zone, "receipt_zone": receipt_zone}
    lakes.load(paths, out, config, keywords, master=master, json=json)


@spark.command("resolve")
def resolve_on_spark(
    lake: Annotated[Path, typer.Argument(metavar="LAKE", help="Folder of the lake.", show_default=False)],
    *,
    master: Master = None,
    config: o.ConfigFile = None,
    lang: o.Lang = None,
) -> None:
    """Make the messages of a lake from its events, those that new events have to do with."""
    from sms_analytics.cli.actions import lakes

    lakes.resolve(lake, config, lang, master=master)
