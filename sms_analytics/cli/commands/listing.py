"""The commands that list messages and numbers themselves."""

# ruff: noqa: PLC0415

from typing import Annotated

import typer

from sms_analytics.cli.app import app
from sms_analytics.cli.options import Form, Source, with_groups
from sms_analytics.questions.filters import Filters


@app.command()
@with_groups
def messages(
    *,
    filters: Filters,
    limit: Annotated[int | None, typer.Option("--limit", help="Only so many, the first submitted first.", show_default=False)] = None,
    places: Annotated[bool, typer.Option("--places", help="With file and line of each of their events.")] = False,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show whole phone numbers.")] = False,
    source: Source,
    form: Form,
) -> None:
    """The messages themselves, phone numbers masked."""
    from sms_analytics.cli.actions import listing

    listing.messages(filters, source, form, limit=limit, places=places, unmask=unmask)


@app.command()
@with_groups
def unreachable(
    *,
    filters: Filters,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show whole phone numbers: needed to take them off a list.")] = False,
    source: Source,
    form: Form,
) -> None:
    """Numbers to take off the lists: they failed for good and nothing arrived since. Masked unless asked otherwise."""
    from sms_analytics.cli.actions import listing

    listing.unreachable(filters, source, form, unmask=unmask)
