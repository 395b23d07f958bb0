"""What Python functions take where nothing is said: the zone, language and home country of the configuration beside the database, as commands do."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import duckdb

from sms_analytics import config as configuration
from sms_analytics.config import Config

_P = ParamSpec("_P")
_R = TypeVar("_R")

_NAMES: Final = ("zone", "lang", "home_country")


def folder_of(db: duckdb.DuckDBPyConnection) -> Path | None:
    """The folder of the database that a connection reads; none where it lies in memory."""
    rows = db.cursor().execute("SELECT path FROM duckdb_databases() WHERE database_name = current_database()").fetchall()
    if not rows or not rows[0][0]:
        return None
    file = Path(rows[0][0])
    # Where a load has replaced the file since, `store` opens it under a second name in a folder of its own.
    return file.parent.parent if file.parent.name.startswith(f".{file.name}.") else file.parent


def config_of(db: duckdb.DuckDBPyConnection) -> Config:
    """The configuration beside the database, then in the current folder, then the defaults. Raises `ConfigError`."""
    return configuration.read(None, beside=folder_of(db))


def configured(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The function with zone, language and home country from the configuration of its database (its first argument) where they are None."""
    signature = inspect.signature(function)
    names = [name for name in _NAMES if name in signature.parameters]

    @wraps(function)
    def answered(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        given: dict[str, Any] = dict(kwargs)
        missing = [name for name in names if given.get(name) is None]
        db = args[0] if args else given.get("db")
        if missing and isinstance(db, duckdb.DuckDBPyConnection):
            settings = config_of(db)
            given |= {name: getattr(settings, name) for name in missing}
        return function(*args, **given)

    shown = [one.replace(default=None, annotation=one.annotation | None) if name in names else one for name, one in signature.parameters.items()]
    answered.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]  # what `inspect` and `help` show
    return answered
