"""Which log files a report stands on."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from sms_analytics.report.periods import Period


@dataclass(frozen=True)
class Origin:
    """The files that hold events of the report's messages: `file`, `format`, the counts of `loads`, and `own` (events of these messages).

    `last_load` is the newest load of the database, `refused` how many of its files were not loaded.
    """

    files: pl.DataFrame
    last_load: int
    refused: int


_FILES: Final = """
with own as (
    select message_key from messages where {conditions}
), told as (
    select load_id, count(*) as own from events where message_key in (from own) group by load_id
)
select
    load_id, parse_filename(path) as file, format, records, accepted, skipped, rejected, events, own
from loads
join told using (load_id)
order by format, file, load_id
"""
_ALL_FILES: Final = """
select load_id, parse_filename(path) as file, format, records, accepted, skipped, rejected, events, events as own
from loads
where state = 'loaded'
order by format, file, load_id
"""


def of(db: duckdb.DuckDBPyConnection, accounts: Sequence[str] | None, campaigns: Sequence[str] | None, period: Period | None) -> Origin:
    """The origin of the report about these accounts and send-outs (as in the log; None for all) in this period (None for everything)."""
    conditions: list[str] = []
    parameters: dict[str, object] = {}
    for field, values in (("account", accounts), ("campaign", campaigns)):
        if values is not None:
            conditions.append(f"{field} in (select unnest(${field}::varchar[]))")
            parameters[field] = list(values)
    if period is not None:
        conditions.append("submitted_utc >= $since and submitted_utc < $until")
        parameters |= {"since": period.since, "until": period.until}
    query = _FILES.format(conditions=" and ".join(conditions)) if conditions else _ALL_FILES
    with closing(db.cursor()) as cursor:
        files: pl.DataFrame = cursor.sql(query, params=parameters).pl()
        ((last, refused),) = cursor.execute("select max(load_id), count(*) filter (state = 'refused') from loads").fetchall()
    return Origin(files, last or 0, refused)
