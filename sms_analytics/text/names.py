"""`[accounts]`, `[campaigns]` and `name` of `[feeds.NAME]`: ids of the logs under the names that people know, where it is shown."""

from pathlib import Path
from typing import Final

import polars as pl

from sms_analytics import config as configuration
from sms_analytics.config import Config

#: Columns that hold such ids, and where the configuration names them.
_SECTIONS: Final = {"account": "accounts", "campaign": "campaigns", "feed": "feed_names"}
#: Configuration and filters go by the id: it stands behind the name always.
_WITH_ID: Final = "feed"


def with_names(frame: pl.DataFrame, config: str | Path | None = None) -> pl.DataFrame:
    """The frame with the names of accounts, send-outs and feeds in its columns; see `shown`. For charts and tables that people read.

    `config` is the configuration's file (default: `sms_analytics.toml` in the current folder). Raises `ConfigError`.
    """
    return shown(frame, configuration.read(Path(config) if config else None))


def shown(frame: pl.DataFrame, settings: Config) -> pl.DataFrame:
    """The frame with `account`, `campaign` and `feed` as people know them, where it has such columns: the name of the configuration, else the id.

    The id stands behind the name of a feed, and of others where several ids in the frame have one name, so that no two of them fall together.
    """
    columns = [
        _named(frame[column], getattr(settings, section), with_id=column == _WITH_ID)
        for column, section in _SECTIONS.items()
        if column in frame.columns
    ]
    return frame.with_columns(columns) if columns else frame


def _named(ids: pl.Series, names: dict[str, str], *, with_id: bool) -> pl.Series:
    if not names:
        return ids
    distinct = ids.drop_nulls().unique().to_list()
    called = [names.get(one, one) for one in distinct]
    alone = {name for name in called if called.count(name) == 1 and not with_id}
    told = {one: name if name in alone or name == one else f"{name} ({one})" for one, name in zip(distinct, called, strict=True)}
    return ids.replace_strict(told, default=None, return_dtype=pl.String) if told else ids
