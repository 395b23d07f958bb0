"""What long messages asked for, where their log shows only what the first part did, which never asks (rules 7 and 8).

Their submissions are stored with nothing requested. If the short messages of the same feed and sender never ask, the long ones did not either; else
what they asked for stays unknown, and silence is silence. The answer depends on what was loaded, never on the order.
"""

from typing import Final

import duckdb

_NEVER: Final = "SELECT feed, sender FROM {schema}load_requests GROUP BY feed, sender HAVING NOT bool_or(asks)"

_CHANGED: Final = f"""
SELECT DISTINCT feed
FROM ((FROM never_asking_before EXCEPT ({_NEVER.format(schema="")})) UNION ALL (({_NEVER.format(schema="")}) EXCEPT FROM never_asking_before))
"""

_EVENTS: Final = f"""
(
    SELECT * REPLACE (
        CASE
            WHEN kind = 'submission' AND receipt_requested IS NULL AND parts > 1
                AND (feed, coalesce(sender, '')) IN (SELECT (feed, sender) FROM ({_NEVER})) THEN 'none'
            ELSE receipt_requested
        END AS receipt_requested
    )
    FROM {{events}}
)
"""


def note(connection: duckdb.DuckDBPyConnection) -> None:
    """Notes which senders never ask, before new loads are counted."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE never_asking_before AS {_NEVER.format(schema='')}")


def changed(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The feeds of senders of which another answer is found than `note` has noted."""
    return [feed for (feed,) in connection.execute(_CHANGED).fetchall()]


def events_with_requests(connection: duckdb.DuckDBPyConnection, schema: str = "") -> str:
    """What stands behind FROM in place of `numbered_events`: the same rows, with what the long messages of senders that never ask asked for (`none`).

    `schema`, with its dot, is where the tables are where others of their names hide them.
    """
    events = f"{schema}numbered_events"
    silent = connection.execute(f"SELECT count(*) FROM ({_NEVER.format(schema=schema)})").fetchall() != [(0,)]
    return _EVENTS.format(schema=schema, events=events) if silent else events
