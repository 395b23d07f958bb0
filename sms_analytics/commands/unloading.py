"""What is taken out again: whole loads, one number, everything before a date. What another load holds too stays; messages are resolved anew."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import duckdb

from sms_analytics import config as configuration
from sms_analytics.commands import counting_days, exporting, forgetting, importing, proving
from sms_analytics.commands.arriving import transaction
from sms_analytics.config import Config
from sms_analytics.database import lake, removal, store
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.events import recipients
from sms_analytics.questions.filters import Moment, moment
from sms_analytics.resolving import resolver
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import filled
from sms_analytics.text.printable import plain

#: So many load ids are listed in an error.
_LISTED: Final = 20

#: Of the messages of a number also the events that name nobody.
_NAMELESS: Final = "OR (recipient IS NULL AND message_key IN (SELECT message_key FROM events WHERE {0}))"


@dataclass(frozen=True)
class Removal:
    """What was taken out: `events` that are gone, `kept` ones that stand in another load too, `messages` that are gone, and the warnings."""

    events: int
    kept: int
    messages: int
    warnings: list[str]


@dataclass(frozen=True)
class Forgotten(Removal):
    """What was taken out of one number's; `masked`: in how many other values it stood and is masked."""

    masked: int


def unload(load_ids: int | list[int], *, db: str | Path | None = None, config: str | Path | None = None) -> Removal:
    """Takes loads out: their events but for those that another load holds too, their rejects, their feeds where no load carries them any more.

    The database is then as if they had never been loaded. Raises `UsageError` for an id that there is none of, `DatabaseError` when the database
    cannot be written.
    """
    path, settings = _opened(db, config)
    wanted = list(dict.fromkeys([load_ids] if isinstance(load_ids, int) else load_ids))
    if not wanted:
        raise UsageError("LOAD_ID: none given; sms-analytics loads lists them")
    with store.rebuild(path, compact=True, group_read=settings.database.group_read) as connection:
        _check(connection, wanted)
        events, messages = _counts(connection)
        ((own,),) = connection.execute("SELECT count(*) FROM events WHERE load_id IN (SELECT unnest($ids))", {"ids": wanted}).fetchall()
        feeds = {feed for load_id in wanted for feed in removal.take_out(connection, load_id)}
        warnings = _settle(connection, settings, sorted(feeds)) + _left_behind(connection, wanted, settings)
        left, messages_left = _counts(connection)
    return Removal(events - left, own - (events - left), messages - messages_left, warnings)


def _left_behind(connection: duckdb.DuckDBPyConnection, gone: list[int], config: Config) -> list[str]:
    """Which loads of the same content had left records to the loads that are gone: loading their files again brings these back."""
    rows = connection.execute(
        """
        SELECT path, load_id
        FROM loads JOIN load_pieces USING (load_id)
        WHERE list_has_any(left_to, $gone::INTEGER[])
        ORDER BY load_id
        """,
        {"gone": gone},
    ).fetchall()
    return [f"{plain(path)}: {label('warning.left_behind', config.lang).format(load=load_id)}" for path, load_id in rows]


def forget(number: str, *, db: str | Path | None = None, config: str | Path | None = None) -> Forgotten:
    """Takes out every event to or from one phone number, in any spelling, and masks it wherever else it stands, paths of loads included.

    The file is written anew and searched, its values and its bytes, before it takes the old one's place: the number is nowhere in it. A warning
    counts the events of other numbers in whose ids its digits stand within longer ones. Loading a log that holds the number with `--replace`, or
    another one, brings it back. Raises `NoDataError` when it stands nowhere, `DatabaseError` should it still stand somewhere.
    """
    path, settings = _opened(db, config)
    found, _ = recipients.one(_bare(number), settings.home_country)
    if not re.fullmatch(r"\+\d+", found):
        raise UsageError(f"NUMBER '{number}' is no phone number: write it with its country code, such as +4740000001")
    wanted = forgetting.Number(found, settings.home_country)
    with _rewritten(path, settings, check=wanted.check) as connection:
        removal_of = _taken_out(connection, settings, f"{wanted.leaving()} {_NAMELESS.format(wanted.leaving())}", {"pattern": wanted.pattern})
        proofs = proving.forget(connection, wanted.pattern)
        masked = wanted.mask(connection) + proofs
        if not removal_of.events and not masked:
            raise NoDataError(f"{path}: the number stands nowhere in it; nothing to forget")
        others = wanted.others(connection)
    more = (
        [filled("{0:event of other numbers holds|events of other numbers hold} the same digits within a longer number; kept", others)]
        if others
        else []
    )
    return Forgotten(removal_of.events, 0, removal_of.messages, removal_of.warnings + more, masked)


def _bare(number: str) -> str:
    """The number without what programs write around one."""
    plain = normalize("NFKC", unquote(number)).strip()
    return re.sub(r"(?i)^(?:tel|sms|whatsapp):|;.*$|@.*$", "", plain)


def purge(before: Moment | None = None, *, db: str | Path | None = None, config: str | Path | None = None) -> Removal:
    """Takes out all events of the messages that were submitted before a date or time, in the configuration's zone. The file is written anew.

    Without a date those older than `[retention] messages` says, by the clock of this machine, up to the beginning of that day. Their counts by day,
    operator, country, account and reason are kept in `daily_counts`, so that rates over the years stay. Loads, rejects (which hold no numbers) and
    feeds stay. Raises `NoDataError` when there is no such message before a date that was given, `UsageError` without a date and a retention.
    """
    path, settings = _opened(db, config)
    first_kept = _oldest(settings) if before is None else moment("before", before, settings.zone)
    with _rewritten(path, settings) as connection:
        condition = "message_key IN (SELECT message_key FROM resolved WHERE submitted_utc < $moment::TIMESTAMP)"
        warnings = counting_days.keep(connection, first_kept, settings)
        removal_of = _taken_out(connection, settings, condition, {"moment": first_kept})
        proofs = proving.purge(connection, first_kept)
        if not removal_of.events and not proofs:
            if before is None:
                raise store.Unchanged
            raise NoDataError(f"{path}: no message was submitted before {before}; nothing to take out")
        removal_of = replace(removal_of, warnings=warnings + removal_of.warnings)
    return removal_of


def _oldest(settings: Config) -> datetime:
    """When the day begins on which what is kept by the configuration was submitted, naive UTC."""
    kept = settings.retention.messages
    if kept is None:
        raise UsageError('--before is needed where sms_analytics.toml does not say how long messages are kept: [retention] messages = "400d"')
    try:
        day = (datetime.now(ZoneInfo(settings.zone)) - kept).date()
    except OverflowError:
        day = date.min
    return moment("before", max(day, date(1970, 1, 2)), settings.zone)


def _opened(db: str | Path | None, config: str | Path | None) -> tuple[Path, Config]:
    """The database, which must be there, and its configuration."""
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config else None, beside=path.parent)
    store.connect(path).close()
    return path, settings


@contextmanager
def _rewritten(path: Path, config: Config, check: Callable[[Path], None] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy without free blocks that takes the database's place. Of a lake a database is made first, and all files of it are written anew."""
    if not lake.is_lake(path):
        with store.rebuild(path, compact=True, check=check, group_read=config.database.group_read) as connection:
            yield connection
        return
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.resolve().parent) as folder:
        building = Path(folder) / store.DEFAULT_NAME
        with store.rebuild(building, compact=True, check=check) as connection:
            with transaction(connection):
                loads = importing.take_in(connection, path.resolve())
            resolver.resolve(connection, config, [load.load_id for load in loads if load.state == "loaded"], rebuild=True)
            yield connection
        exporting.export(path, db=building)


def _check(connection: duckdb.DuckDBPyConnection, wanted: list[int]) -> None:
    there = [load_id for (load_id,) in connection.execute("SELECT load_id FROM loads ORDER BY load_id").fetchall()]
    unknown = [load_id for load_id in wanted if load_id not in there]
    if unknown:
        listed = ", ".join(map(str, there)) if len(there) <= _LISTED else f"{len(there)} between {there[0]} and {there[-1]}"
        raise UsageError(f"LOAD_ID {unknown[0]}: no such load; there are: {listed or 'none'}; see: sms-analytics loads")


def _counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    ((events, messages),) = connection.execute("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM resolved)").fetchall()
    return events, messages


def _taken_out(connection: duckdb.DuckDBPyConnection, config: Config, condition: str, values: dict[str, object]) -> Removal:
    _, messages = _counts(connection)
    count, feeds = removal.take_out_events(connection, condition, values)
    warnings = _settle(connection, config, feeds)
    return Removal(count, 0, messages - _counts(connection)[1], warnings)


def _settle(connection: duckdb.DuckDBPyConnection, config: Config, feeds: list[str]) -> list[str]:
    return resolver.resolve(connection, config, removal.take_out_feeds(connection, feeds), rebuild=True)
