"""The command that opens JupyterLab."""

# ruff: noqa: PLC0415

from pathlib import Path
from typing import Annotated, Literal

import typer

from sms_analytics.cli import options as o
from sms_analytics.cli.app import app


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
    from sms_analytics.cli.actions import notebooks

    notebooks.open_lab(db, config, lang, folder=folder, mode=theme, port=port, browser=browser)
