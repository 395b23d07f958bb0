"""The commands with their arguments. What they do is in `work_*.py`, imported when a command runs: polars takes half a second, help need not."""

# ruff: noqa: PLC0415

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from sms_analytics.cli import options as o

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


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the database and the tables.")] = Path("out"),
    lang: o.Lang = None,
) -> None:
    """Load the sample logs, show their rates, and write the tables to a folder."""
    from sms_analytics.cli import work_inputs

    work_inputs.demo(out, lang)


@app.command()
def formats(
    name: Annotated[str | None, typer.Argument(help="One format: its documentation.", show_default=False)] = None,
    config: o.ConfigFile = None,
    json: o.Json = False,
) -> None:
    """List the formats that can be read, or show one format's documentation."""
    from sms_analytics.cli import work_inputs

    work_inputs.formats(name, config, json=json)


@app.command()
def identify(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, folders, patterns, or - for standard input.", show_default=False)],
    db: o.Db = None,
    config: o.ConfigFile = None,
    json: o.Json = False,
) -> None:
    """Tell which format files have, how sure that is, and from which lines."""
    from sms_analytics.cli import work_inputs

    work_inputs.identify(files, db, config, json=json)


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
    json: o.Json = False,
) -> None:
    """Load raw logs into the database. What is there already is not loaded twice."""
    from sms_analytics.cli import work_inputs

    keywords = {"format": format, "feed": feed, "account": account, "time_zone": time_zone, "receipt_zone": receipt_zone}
    work_inputs.load(paths, db, config, keywords, replace=replace, json=json)


@app.command()
def simulate(
    messages: Annotated[int, typer.Option("--messages", help="How many messages.", show_default=False)],
    seed: Annotated[int, typer.Option("--seed", help="The same number gives the same logs.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for logs, truth and configuration.", show_default=False)],
) -> None:
    """Write raw logs of invented messages, and the truth about them."""
    from sms_analytics.cli import work_inputs

    work_inputs.simulate(messages, seed, out)


@app.command()
def loads(db: o.Db = None, config: o.ConfigFile = None, zone: o.Zone = None, lang: o.Lang = None, json: o.Json = False) -> None:
    """List what was loaded: one row per file."""
    from sms_analytics.cli import work_answers

    work_answers.contents("loads", work_answers.Wanted(db, config, zone, lang), json=json)


@app.command()
def feeds(db: o.Db = None, config: o.ConfigFile = None, zone: o.Zone = None, lang: o.Lang = None, json: o.Json = False) -> None:
    """List the feeds and what is known of them."""
    from sms_analytics.cli import work_answers

    work_answers.contents("feeds", work_answers.Wanted(db, config, zone, lang), json=json)


@app.command()
def rejects(db: o.Db = None, config: o.ConfigFile = None, zone: o.Zone = None, lang: o.Lang = None, json: o.Json = False) -> None:
    """List the records that could not be read, by their shape: file and line lead to the original."""
    from sms_analytics.cli import work_answers

    work_answers.contents("rejects", work_answers.Wanted(db, config, zone, lang), json=json)


@app.command()
def unmapped(db: o.Db = None, config: o.ConfigFile = None, zone: o.Zone = None, lang: o.Lang = None, json: o.Json = False) -> None:
    """List status words and failure codes without a meaning, with an example and the configuration that would give them one."""
    from sms_analytics.cli import work_answers, work_corrections

    work_corrections.show_unmapped(work_answers.Wanted(db, config, zone, lang), json=json)


@app.command()
def remap(db: o.Db = None, config: o.ConfigFile = None, lang: o.Lang = None, json: o.Json = False) -> None:
    """Apply today's maps and configuration to what was loaded before, without the files."""
    from sms_analytics.cli import work_answers, work_corrections

    work_corrections.remap(work_answers.Wanted(db, config, None, lang), json=json)


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
    from sms_analytics.cli import work_answers, work_corrections

    work_corrections.unload(load_ids, work_answers.Wanted(db, config, None, lang), json=json)


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
    from sms_analytics.cli import work_answers, work_corrections

    work_corrections.forget(" ".join(number), work_answers.Wanted(db, config, None, lang), json=json)


@app.command()
def purge(
    before: Annotated[str, typer.Option("--before", metavar="TIME", help="Delete messages submitted before this date or time.", show_default=False)],
    *,
    db: o.Db = None,
    config: o.ConfigFile = None,
    lang: o.Lang = None,
    json: o.Json = False,
) -> None:
    """Delete old messages with all their events. The logs themselves are not touched."""
    from sms_analytics.cli import work_answers, work_corrections

    work_corrections.purge(before, work_answers.Wanted(db, config, None, lang), json=json)


def _question(
    context: typer.Context,
    *,
    by: o.By = "",
    db: o.Db = None,
    since: o.Since = None,
    until: o.Until = None,
    as_of: o.AsOf = None,
    account: o.Account = None,
    campaign: o.Campaign = None,
    where: o.Where = None,
    receipts_only: o.ReceiptsOnly = False,
    zone: o.Zone = None,
    format: o.Format = None,
    excel_csv: o.ExcelCsv = False,
    output: o.Output = None,
    lang: o.Lang = None,
    config: o.ConfigFile = None,
) -> None:
    from sms_analytics.cli import work_answers

    filters = work_answers.Filters(since, until, as_of, account, campaign, where, receipts_only)
    work_answers.question(str(context.info_name), by, filters, work_answers.Wanted(db, config, zone, lang, format, output, excel_csv))


def _rates(
    context: typer.Context,
    *,
    by: o.By = "",
    db: o.Db = None,
    since: o.Since = None,
    until: o.Until = None,
    as_of: o.AsOf = None,
    account: o.Account = None,
    campaign: o.Campaign = None,
    where: o.Where = None,
    receipts_only: o.ReceiptsOnly = False,
    assume: Annotated[
        bool,
        typer.Option("--assume", help="With what arrived if the silent messages fared like the answered ones of their operator, worse, or better."),
    ] = False,
    zone: o.Zone = None,
    format: o.Format = None,
    excel_csv: o.ExcelCsv = False,
    output: o.Output = None,
    lang: o.Lang = None,
    config: o.ConfigFile = None,
) -> None:
    from sms_analytics.cli import work_answers

    filters = work_answers.Filters(since, until, as_of, account, campaign, where, receipts_only)
    wanted = work_answers.Wanted(db, config, zone, lang, format, output, excel_csv)
    work_answers.question(str(context.info_name), by, filters, wanted, assume=assume)


_QUESTIONS: Final = {
    "rates": "How much arrived, at least and at most, with the coverage that the figures stand on.",
    "reasons": "Why messages failed, and the codes behind each reason.",
    "latency": "How long delivery took: to the phone by the operator's clock, to the receipt by ours.",
    "gaps": "Messages whose final status never came, and times in which a feed brought no receipts at all.",
}
for _name, _text in _QUESTIONS.items():
    app.command(_name, help=_text)(_rates if _name == "rates" else _question)


@app.command()
def changes(
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="The period begins at this date or time.", show_default=False)],
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="It ends before this date or time.", show_default=False)],
    *,
    by: Annotated[str, typer.Option("--by", metavar="DIMENSIONS", help="What to group by, with commas between; empty: all in one row.")] = "operator",
    rate: Annotated[o.RateOfSent, typer.Option("--rate", help="The rate whose change is explained.")] = "rate_confirmed",
    before_since: Annotated[
        str | None,
        typer.Option("--before-since", metavar="TIME", help="The earlier period. Default: as long, and just before.", show_default=False),
    ] = None,
    before_until: Annotated[
        str | None, typer.Option("--before-until", metavar="TIME", help="Where the earlier period ends.", show_default=False)
    ] = None,
    same_age: Annotated[
        bool, typer.Option("--same-age/--any-age", help="See the earlier period as it was when it was as old as the period is now.")
    ] = True,
    db: o.Db = None,
    as_of: o.AsOf = None,
    account: o.Account = None,
    campaign: o.Campaign = None,
    where: o.Where = None,
    receipts_only: o.ReceiptsOnly = False,
    zone: o.Zone = None,
    format: o.Format = None,
    excel_csv: o.ExcelCsv = False,
    output: o.Output = None,
    lang: o.Lang = None,
    config: o.ConfigFile = None,
) -> None:
    """Why a rate changed from the period before: other groups with more of the messages, or groups that did better or worse."""
    from sms_analytics.cli import work_answers, work_changes

    span = work_changes.Span(since, until, before_since, before_until, as_of, same_age)
    filters = work_answers.Filters(None, None, None, account, campaign, where, receipts_only)
    work_changes.changes(by, rate, span, filters, work_answers.Wanted(db, config, zone, lang, format, output, excel_csv))


@app.command()
def messages(
    *,
    db: o.Db = None,
    since: o.Since = None,
    until: o.Until = None,
    as_of: o.AsOf = None,
    account: o.Account = None,
    campaign: o.Campaign = None,
    where: o.Where = None,
    limit: Annotated[int | None, typer.Option("--limit", help="Only so many, the first submitted first.", show_default=False)] = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show whole phone numbers.")] = False,
    zone: o.Zone = None,
    format: o.Format = None,
    excel_csv: o.ExcelCsv = False,
    output: o.Output = None,
    lang: o.Lang = None,
    config: o.ConfigFile = None,
) -> None:
    """The messages themselves, phone numbers masked."""
    from sms_analytics.cli import work_answers

    filters = work_answers.Filters(since, until, as_of, account, campaign, where)
    work_answers.messages(filters, work_answers.Wanted(db, config, zone, lang, format, output, excel_csv), limit=limit, unmask=unmask)


@app.command()
def lookup(
    number_or_id: Annotated[
        list[str], typer.Argument(metavar="NUMBER_OR_ID", help="A phone number in any spelling, a message id, or a reference.", show_default=False)
    ],
    *,
    db: o.Db = None,
    lang: o.Lang = None,
    zone: o.Zone = None,
    config: o.ConfigFile = None,
    json: o.Json = False,
) -> None:
    """The story of one number or message: what became of it, who said so, and every event behind that."""
    from sms_analytics.cli import work_answers, work_support

    work_support.lookup(" ".join(number_or_id), work_answers.Wanted(db, config, zone, lang), json=json)


@app.command()
def serve(
    *,
    db: o.Db = None,
    address: Annotated[str, typer.Option("--address", help="Where to listen. Elsewhere than on this machine it needs a password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Where to listen; 0 is any free port.", min=0, max=65535)] = 8765,
    lang: o.Lang = None,
    zone: o.Zone = None,
    config: o.ConfigFile = None,
) -> None:
    """Show the support page in a browser: type a number, read its story. With a password in $SMS_ANALYTICS_PASSWORD it asks for that."""
    from sms_analytics.cli import work_answers, work_support

    work_support.serve(work_answers.Wanted(db, config, zone, lang), address, port)


@app.command()
def lab(
    *,
    db: o.Db = None,
    folder: Annotated[Path, typer.Option("--folder", help="Where the working copies of the notebooks lie; what is there stays.")] = Path(
        "sms_notebooks"
    ),
    theme: Annotated[Literal["light", "dark"], typer.Option("--theme", help="The look of JupyterLab and of the charts.")] = "light",
    port: Annotated[int | None, typer.Option("--port", help="Default: 8888, or the next that is free.", show_default=False)] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in a browser.")] = True,
    lang: o.Lang = None,
    config: o.ConfigFile = None,
) -> None:
    """Open JupyterLab on a working copy of the notebooks."""
    from sms_analytics.cli import work_lab

    work_lab.open_lab(db, config, lang, folder=folder, mode=theme, port=port, browser=browser)


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
    unmask: Annotated[bool, typer.Option("--unmask", help="Show whole phone numbers in the list of messages.")] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")] = Path(),
    config: o.ConfigFile = None,
) -> None:
    """Write a report that a customer can read: HTML, PDF and Excel, in Norwegian or English."""
    from sms_analytics.cli import work_reports
    from sms_analytics.report import Wanted, formats_of

    wanted = Wanted(account, campaign, since, until, period, as_of, compare, lang, zone, formats_of(format), unmask, out)
    work_reports.report(db, config, wanted)
