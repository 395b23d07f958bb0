"""What a command says beside its data: lines on standard error."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from sms_analytics.text.printable import plain


def say(text: str, mark: str = "", style: str = "") -> None:
    """One line, however long, behind a mark that is coloured where colours are shown."""
    line = Text.assemble((f"{mark}: ", style) if mark else "", plain(text))
    Console(stderr=True).print(line, soft_wrap=True)


def warn(texts: Iterable[str]) -> None:
    """Warnings, a line each."""
    for text in texts:
        say(text, "warning", "yellow")


def fail(text: str) -> None:
    """What went wrong."""
    say(text, "error", "bold red")
