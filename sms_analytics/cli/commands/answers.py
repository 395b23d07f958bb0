"""The commands that answer a question with figures."""

# ruff: noqa: PLC0415

from typing import Annotated, Final

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app
from sms_analytics.cli.options import Form, Source, with_groups
from sms_analytics.questions.filters import Filters


@app.command(help="How much arrived, at least and at most, with the coverage that the figures stand on.")
@with_groups
def rates(
    *,
    by: o.By = "",
    filters: Filters,
    assume: Annotated[
        bool,
        typer.Option("--assume", help="With what arrived if the silent messages fared like the answered ones of their operator, worse, or better."),
    ] = False,
    interval: Annotated[
        o.Interval, typer.Option("--interval", help="What ci_low and ci_high are of: both ends of the range, or the true share somewhere in it.")
    ] = "ends",
    source: Source,
    form: Form,
) -> None:
    from sms_analytics.cli.actions import answers

    answers.question("rates", by, filters, source, form, assume=assume, interval=interval)


@with_groups
def _question(context: typer.Context, *, by: o.By = "", filters: Filters, source: Source, form: Form) -> None:
    from sms_analytics.cli.actions import answers

    answers.question(str(context.info_name), by, filters, source, form)


_QUESTIONS: Final = {
    "reasons": "Why messages failed, and the codes behind each reason.",
    "gaps": "Messages whose final status never came, why, and the outages behind them.",
}
for _name, _text in _QUESTIONS.items():
    app.command(_name, help=_text)(_question)


@app.command(help="How long delivery took: to the phone by the operator's clock, to the receipt by ours. Shares are of all that was sent.")
@with_groups
def latency(
    *,
    by: o.By = "",
    filters: Filters,
    curve: Annotated[bool, typer.Option("--curve", help="The shares over time, a row for each step.")] = False,
    source: Source,
    form: Form,
) -> None:
    from sms_analytics.cli.actions import answers

    answers.latency(by, filters, source, form, curve=curve)


@app.command(help="Where young days will end, and how far such forecasts were off before.")
@with_groups
def revisions(*, by: o.By = "", filters: Filters, source: Source, form: Form) -> None:
    from sms_analytics.cli.actions import answers

    answers.revisions(by, filters, source, form)


@app.command(help="How true the receipts of each operator are, by what proof brought: codes that were entered, clicks, answers.")
@with_groups
def proven(
    *,
    by: Annotated[str, typer.Option("--by", metavar="DIMENSIONS", help="What to group by, with commas between; empty: all in one row.")] = "operator",
    filters: Filters,
    window: o.Window = None,
    source: Source,
    form: Form,
) -> None:
    from sms_analytics.cli.actions import answers

    answers.proven(by, filters, source, form, window=window)


@app.command(help="Times in which a feed's receipts stayed away or came late, far more often than they usually do.")
@with_groups
def outages(*, filters: Filters, source: Source, form: Form) -> None:
    from sms_analytics.cli.actions import answers

    answers.list_outages(filters, source, form)


@app.command(help="Which statuses each operator ever reports, how many messages it answers for, and how good its clock is.")
@with_groups
def capabilities(*, filters: Filters, source: Source, form: Form) -> None:
    from sms_analytics.cli.actions import answers

    answers.list_capabilities(filters, source, form)
