"""`[accounts]` and `[campaigns]`: ids of the logs under the names that people know, for what is shown. Data keeps the ids."""

from pathlib import Path
from typing import Final

import polars as pl

from sms_analytics import config as configuration
from sms_analytics.config import Config

#: Columns that hold such ids, and the section that names them.
_SECTIONS: Final = {"account": "accounts", "campaign": "campaigns"}


def with_names(frame: pl.DataFrame, config: str | Path | None = None) -> pl.DataFrame:
    """The frame with the names of accounts and send-outs in `account` and `campaign`; see `shown`. For charts and tables that people read.

    `config` is the configuration's file (default: `sms_analytics.toml` in the current folder). Raises `ConfigError`.
    """
    return shown(frame, configuration.read(Path(config) if config else None))


def shown(frame: pl.DataFrame, settings: Config) -> pl.DataFrame:
    """The frame with `account` and `campaign` as people know them, where it has such columns: the name of the configuration, else the id.

    Where several ids in the frame have one name, the id stands behind it, so that no two of them fall together.
    """
    columns = [_named(frame[column], getattr(settings, section)) for column, section in _SECTIONS.items() if column in frame.columns]
    return frame.with_columns(columns) if columns else frame


def _named(ids: pl.Series, names: dict[str, str]) -> pl.Series:
    if not names:
        return ids
    distinct = ids.drop_nulls().unique().to_list()
    called = [names.get(one, one) for one in distinct]
    told = {one: name if called.count(name) == 1 else f"{name} ({one})" if name != one else one for one, name in zip(distinct, called, strict=True)}
    return ids.replace_strict(told, default=None, return_dtype=pl.String) if told else ids
