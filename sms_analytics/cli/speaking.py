"""What a command says beside its data: lines on standard error."""

import os
import sys
from collections.abc import Iterable
from typing import Final

from sms_analytics.text.printable import plain

_YELLOW: Final = "33"
_BOLD_RED: Final = "1;31"


def say(text: str, mark: str = "", colour: str = "") -> None:
    """One line, however long, behind a mark that is coloured where colours are shown."""
    if mark:
        mark = f"\x1b[{colour}m{mark}: \x1b[0m" if _in_colour() else f"{mark}: "
    sys.stderr.write(f"{mark}{plain(text)}\n")
    sys.stderr.flush()


def _in_colour() -> bool:
    """A terminal that knows colours, whose owner has not asked for none (no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def warn(texts: Iterable[str]) -> None:
    """Warnings, a line each."""
    for text in texts:
        say(text, "warning", _YELLOW)


def fail(text: str) -> None:
    """What went wrong."""
    say(text, "error", _BOLD_RED)
