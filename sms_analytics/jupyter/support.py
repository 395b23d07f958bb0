"""The support lookup inside JupyterLab: a field to type into, and the same story as on the support page.

from sms_analytics import notebook, support

db = notebook.connect()
support.field(db)
"""

from pathlib import Path
from typing import Any

import duckdb
import ipywidgets as widgets

from sms_analytics import config as configuration
from sms_analytics.config import Config
from sms_analytics.lookup.answer import Names, NothingFoundError, Reader, Surroundings, lookup
from sms_analytics.lookup.searching import loaded
from sms_analytics.lookup.terminal import what_is_loaded
from sms_analytics.serve import pages
from sms_analytics.text.labels import Lang

_LANGUAGES: list[tuple[str, Lang]] = [("Norsk", "nb"), ("English", "en")]


def field(db: duckdb.DuckDBPyConnection, asked: str | None = None, *, lang: Lang = "nb", zone: str | None = None) -> widgets.VBox:
    """A field for a number, id or reference, a switch for the language, and below them the story of what is typed (Enter looks it up).

    `asked` is looked up at once. Names of accounts, the home country and the zone come from the `sms_analytics.toml` beside the database.
    """
    settings = _settings(db)
    shown = zone or settings.zone
    surroundings = Surroundings(db)
    reader = Reader(lang, shown)
    typed = widgets.Text(value=asked or "", placeholder=reader.say("page.widget_hint"), continuous_update=False, layout={"width": "360px"})
    language = widgets.ToggleButtons(options=_LANGUAGES, value=lang, style={"button_width": "90px"})
    story = widgets.HTML()

    def answer(_change: Any = None) -> None:
        story.value = _html(
            db,
            typed.value.strip(),
            Reader(language.value, shown, Names(settings.accounts, settings.campaigns, settings.feed_names)),
            settings,
            surroundings,
        )

    typed.observe(answer, "value")
    language.observe(answer, "value")
    answer()
    return widgets.VBox([widgets.HBox([typed, language]), story])


def _html(db: duckdb.DuckDBPyConnection, asked: str, reader: Reader, settings: Config, surroundings: Surroundings) -> str:
    if not asked:
        return pages.standalone(pages.note(what_is_loaded(loaded(db), reader), reader))
    try:
        found = lookup(
            db,
            asked,
            home_country=settings.home_country,
            zone=reader.zone,
            lang=reader.lang,
            names=reader.names,
            surroundings=surroundings,
        )
    except NothingFoundError as error:
        return pages.standalone(pages.nothing(error, reader))
    return pages.standalone(pages.story(found, reader))


def _settings(db: duckdb.DuckDBPyConnection) -> Config:
    """The configuration beside the database file, then in the current folder."""
    files = [file for (file,) in db.execute("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL").fetchall()]
    return configuration.read(None, beside=Path(files[0]).parent if files else None)
