"""The fonts that come along, so that pages are the same on every machine; they may be passed on (assets/OFL.txt)."""

from functools import lru_cache
from importlib import resources
from pathlib import Path

import typst


@lru_cache(maxsize=1)
def own() -> typst.Fonts:
    """These and none of the machine's."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder())])


def folder() -> Path:
    """Where the files lie."""
    return Path(str(resources.files("sms_analytics") / "report" / "assets"))
