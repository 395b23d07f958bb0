"""A database of an earlier release brought up to date, without the logs: its tables, its stored events and the messages made of them."""

from dataclasses import dataclass
from pathlib import Path

from sms_analytics import config as configuration
from sms_analytics.commands import remapping
from sms_analytics.database import layouts, store
from sms_analytics.formats import maps as format_maps


@dataclass(frozen=True)
class Upgrade:
    """From which schema to which; the same twice where there was nothing to do. `events` were read again, and what a person should know."""

    before: int
    after: int
    events: int
    warnings: list[str]


def upgrade(*, db: str | Path | None = None, config: str | Path | None = None) -> Upgrade:
    """Brings a database of an earlier release up to date: its tables, and its events read again from `events.raw` with the times that are stored.

    It is done in a copy that takes the file's place when it is whole, as with a load; a database that is up to date stays as it is. Raises
    `DatabaseError` for a file that is not ours, damaged, older than can be brought up to date or newer than this release, none of which is touched.
    """
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config else None, beside=path.parent)
    format_maps.check(settings)
    before = store.version_of(path, layouts.UPGRADED_FROM)
    if before == store.SCHEMA_VERSION:
        return Upgrade(before, before, 0, [])
    with store.rebuild(path, group_read=settings.database.group_read, accepted=layouts.UPGRADED_FROM) as connection:
        layouts.bring_up(connection, before)
        warnings = remapping.apply(connection, settings)
        ((events,),) = connection.execute("SELECT count(*) FROM events").fetchall()
    return Upgrade(before, store.SCHEMA_VERSION, events, warnings)
