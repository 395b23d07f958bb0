"""The command that opens JupyterLab."""

from pathlib import Path
from typing import Literal

from sms_analytics import config as configuration
from sms_analytics.cli import speaking
from sms_analytics.cli.options import Language
from sms_analytics.database import store
from sms_analytics.jupyter.lab import lab
from sms_analytics.text.labels import label


def open_lab(
    db: Path | None, config: Path | None, lang: Language | None, *, folder: Path, mode: Literal["light", "dark"], port: int | None, browser: bool
) -> None:
    """Says which copies were made and which database is used, then becomes JupyterLab."""
    settings = configuration.read(config, beside=(db or store.default_path()).parent)
    language = lang or settings.lang
    started = lab(db, folder=folder, lang=language, mode=mode, port=port, browser=browser)
    chosen = started.environment[store.ENVIRONMENT]
    speaking.say(label("lab.database", language).format(db=chosen) if chosen else label("lab.sample", language))
    speaking.say(label("lab.copies", language).format(new=len(started.new), folder=started.folder))
    speaking.say(label("lab.stop", language))
    started.run()
