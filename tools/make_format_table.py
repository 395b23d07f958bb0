"""Writes README's table of formats from the formats' own documentation. Run: .venv/bin/python tools/make_format_table.py"""

import re
from importlib import import_module
from pathlib import Path
from typing import Final

from sms_analytics import formats

README: Final = Path(__file__).resolve().parents[1] / "README.md"
_BETWEEN: Final = re.compile(r"(<!-- formats: .*? -->\n).*?(<!-- end of formats -->)", re.DOTALL)


def table() -> str:
    """One row per format: its name, its title, and what its logs hold."""
    rows = [_row(name) for name in formats.names()]
    return "\n".join(["| format | what it is | what its logs hold |", "| --- | --- | --- |", *rows, ""])


def _row(name: str) -> str:
    text = import_module(f"sms_analytics.formats.{name}").__doc__ or ""
    holds = re.search(r"^Holds: +(.*?)(?=^[A-Z][a-z]+:)", text, re.DOTALL | re.MULTILINE)
    assert holds is not None, f"the documentation of {name} does not say what its logs hold"
    cells = (f"`{name}`", text.split("\n\n")[0], holds[1][0].upper() + holds[1][1:])
    return "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in cells) + " |"


def written(readme: str) -> str:
    """The README with the table as it should be."""
    return _BETWEEN.sub(lambda found: found[1] + table() + found[2], readme)


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
