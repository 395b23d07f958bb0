"""The raw formats that can be read, and which of them a file has."""

from typing import Final

from sms_analytics.errors import UsageError
from sms_analytics.formats import front, jasmin, kannel, smpp, table
from sms_analytics.formats.base import Format

#: One line per format; the module's name is the word on the command line.
FORMATS: Final[tuple[Format, ...]] = (
    front.FORMAT,
    jasmin.FORMAT,
    kannel.FORMAT,
    smpp.FORMAT,
    table.FORMAT,
)


def names() -> list[str]:
    """The formats' names, as `--format` takes them."""
    return [format.name for format in FORMATS]


def named(name: str) -> Format:
    """The format of that name. Raises `UsageError` that lists the accepted ones."""
    for format in FORMATS:
        if format.name == name:
            return format
    raise UsageError(f"--format {name}: no such format; accepted are: {', '.join(names())}")
