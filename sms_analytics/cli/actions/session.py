"""An open database with its settings: where every command that answers begins."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import polars as pl

from sms_analytics import config as configuration
from sms_analytics.cli import printing
from sms_analytics.cli.options import Form, Language, Source
from sms_analytics.config import Config
from sms_analytics.database import store
from sms_analytics.text import names
from sms_analytics.text.masking import masked_senders


@dataclass(frozen=True)
class Session:
    """An open database with the settings that hold for it."""

    connection: duckdb.DuckDBPyConnection
    config: Config
    zone: str
    lang: Language
    form: Form

    def answer(
        self,
        frame: pl.DataFrame,
        *,
        sheet: str,
        shown: pl.DataFrame,
        keys: int,
        summary: Iterable[str] = (),
        stacked: bool = True,
        unmask: bool = False,
    ) -> None:
        """The frame as it was wanted; see `printing.answer`. Whoever asks by sender sees no person's number."""
        printing.answer(
            frame if unmask else _masked(frame),
            zone=self.zone,
            lang=self.lang,
            format=self.form.format,
            file=self.form.output,
            excel_csv=self.form.excel_csv,
            sheet=sheet,
            shown=shown if unmask else _masked(shown),
            summary=summary,
            keys=keys,
            stacked=stacked and self.form.wide,
            group_read=self.config.database.group_read,
        )

    def shown(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What a table shows of a frame: accounts, send-outs and feeds under their names."""
        return names.shown(frame, self.config)

    def named(self, feed: str) -> str:
        """A feed as a sentence names it: the name of the configuration with the id behind, or the id alone."""
        name = self.config.feed_names.get(feed)
        return feed if name is None else f"{name} ({feed})"


def _masked(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(masked_senders(frame["sender"])) if "sender" in frame.columns else frame


@contextmanager
def opened(source: Source, form: Form | None = None) -> Iterator[Session]:
    """The database and the settings that were asked for."""
    path = source.db or store.default_path()
    settings = configuration.read(source.config, beside=path.parent)
    zone = configuration.zone(source.zone) or settings.zone
    with store.connect(path) as connection:
        yield Session(connection, settings, zone, source.lang or settings.lang, form or Form())
