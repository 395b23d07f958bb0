"""The command that says why a rate changed between two periods."""

# ruff: noqa: PLC0415

from typing import Annotated

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app
from sms_analytics.cli.options import Form, Source, with_groups
from sms_analytics.questions.filters import Filters


@app.command()
@with_groups
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
    filters: Filters,
    source: Source,
    form: Form,
) -> None:
    """Why a rate changed from the period before: other groups with more of the messages, or groups that did better or worse."""
    from sms_analytics.cli.actions import comparison

    span = comparison.Span(since, until, before_since, before_until, same_age)
    comparison.changes(by, rate, span, filters, source=source, form=form)
