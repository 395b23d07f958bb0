"""One file, or a stretch of it, read in one task: by the same `Loading` as on one machine, into a database in memory, and from there to files."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from sms_analytics import formats
from sms_analytics.commands.loading import Loading, LoadRecord
from sms_analytics.commands.progress import UNWATCHED
from sms_analytics.config import Config
from sms_analytics.database import lake
from sms_analytics.database.lake import Part
from sms_analytics.database.schemas import EVENT_COLUMNS
from sms_analytics.errors import SmsAnalyticsError
from sms_analytics.events.clock import Asked, Clock, ClockPosition
from sms_analytics.events.normalising import Options
from sms_analytics.reading import salvage
from sms_analytics.reading.sources import Prefix
from sms_analytics.resolving import resolver
from sms_analytics.resolving.deciding import sql
from sms_analytics.spark import places, tasks
from sms_analytics.spark.places import Place
from sms_analytics.spark.surveying import Stretch
from sms_analytics.text.printable import plain


@dataclass(frozen=True)
class Order:
    """A stretch to be read: of which file, as which load, and where the clock of the log before it was, for each zone and day that it asks of."""

    lake: Path
    run: int
    load_id: int
    place: Place
    format: str
    size: int
    sha256: str
    stretch: Stretch
    config: Config
    options: Options
    answers: dict[tuple[str, date], ClockPosition | None] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return self.stretch.began == 0 and self.stretch.ended == self.size


@dataclass(frozen=True)
class Read:
    """What became of a stretch: its share of the row of `loads`, its rows of the other tables, and the files with its events and rejects."""

    record: LoadRecord | None = None
    feeds: list[tuple[object, ...]] = field(default_factory=list)
    counts: list[tuple[object, ...]] = field(default_factory=list)
    requests: list[tuple[object, ...]] = field(default_factory=list)
    events: list[Part] = field(default_factory=list)
    tables: dict[str, list[str]] = field(default_factory=dict)
    clock: str = "{}"
    asked: list[Asked] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(order: Order) -> Read:
    """Reads the stretch. A file that cannot be read costs nothing but itself."""
    try:
        stretch = None if order.is_whole else (order.stretch.began, order.stretch.ended)
        with tasks.database() as connection, places.opened(order.place, order.sha256, stretch) as source:
            format = formats.named(order.format, order.config)
            one = Loading(connection, source, format=format, load_id=order.load_id, config=order.config, options=order.options, progress=UNWATCHED)
            one.clock.before = lambda asked: order.answers.get((asked.zone, asked.day))
            start = None if order.is_whole else Prefix(order.stretch.began, order.stretch.lines, order.stretch.ended)
            record = one.run(start, lambda _: None)
            resolver.store_facts(connection, order.config)
            resolver.count(connection, [order.load_id], every=False)
            return _written(connection, order, record, one)
    except SmsAnalyticsError as error:
        return Read(faults=[str(error)])
    except duckdb.Error:
        raise
    except salvage.FAULTS as error:
        where = salvage.name_and_line(error)
        return Read(faults=[f"{plain(order.place.path)}: cannot be read: unexpected {where}, a fault of ours: please report it"])


def _written(connection: duckdb.DuckDBPyConnection, order: Order, record: LoadRecord, one: Loading) -> Read:
    tables = {
        name: lake.write_table(connection, order.lake, order.run, name, f"FROM {name} ORDER BY ALL" if name == "accepted_records" else f"FROM {name}")
        for name in ("rejects", "accepted_records")
    }
    tables["shared_values"] = lake.write_table(connection, order.lake, order.run, "shared_values", lake.SHARED_FILE_ROWS)
    return Read(
        record=record,
        feeds=connection.execute("SELECT * EXCLUDE (load_id) FROM load_feeds").fetchall(),
        counts=connection.execute("FROM load_counts").fetchall(),
        requests=connection.execute("FROM load_requests").fetchall(),
        events=lake.write_parts(connection, order.lake, order.run, "events", lake.EVENT_FILE_ROWS, settled=False),
        tables=tables,
        clock=one.clock.end(),
        asked=one.clock.asked,
        faults=one.faults(),
        warnings=one.warnings(),
    )


def clock_behind(clocks: list[str], asked: Asked) -> ClockPosition | None:
    """Where the clock of a log was in the zone that is asked of, after the stretches that ended with these clocks, the first before the others."""
    return next((place for clock in reversed(clocks) if (place := Clock.ended(clock, asked.zone)) is not None), None)


@dataclass(frozen=True)
class Counting:
    """Files whose events are counted anew."""

    lake: Path
    parts: list[Part]
    config: Config


def counted(order: Counting) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The rows of `load_counts` and `load_requests` of the events in these files."""
    with tasks.database() as connection:
        resolver.store_facts(connection, order.config)
        connection.execute(f"CREATE OR REPLACE VIEW events AS SELECT {', '.join(EVENT_COLUMNS)} FROM {lake.scan(order.lake, order.parts)}")
        connection.execute("CREATE OR REPLACE TEMP TABLE counted_loads AS SELECT DISTINCT load_id FROM events")
        connection.execute(sql("feed_counts"))
        return connection.execute("FROM load_counts").fetchall(), connection.execute("FROM load_requests").fetchall()
