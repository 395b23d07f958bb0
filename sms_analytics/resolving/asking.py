"""What long messages asked for, where their log shows only what the first part did, which never asks (rules 7 and 8).

Their submissions are stored with nothing requested. If the short messages of the same feed and sender never ask, the long ones did not either; else
what they asked for stays unknown, and silence is silence. The answer depends on what was loaded, never on the order.
"""

from typing import Final

import duckdb

_NEVER: Final = """
CREATE OR REPLACE TEMP TABLE never_asking AS
SELECT feed, coalesce(sender, '') AS sender
FROM {events}
WHERE format IN (SELECT format FROM {facts} WHERE asks_for_first_part) AND kind = 'submission' AND parts IS NULL AND receipt_requested IS NOT NULL
GROUP BY ALL
HAVING bool_and(receipt_requested = 'none')
"""
_EVENTS: Final = """
(
    SELECT * REPLACE (
        CASE
            WHEN kind = 'submission' AND receipt_requested IS NULL AND parts > 1
                AND (feed, coalesce(sender, '')) IN (SELECT (feed, sender) FROM never_asking) THEN 'none'
            ELSE receipt_requested
        END AS receipt_requested
    )
    FROM {events}
)
"""


def events_with_requests(connection: duckdb.DuckDBPyConnection, schema: str = "") -> str:
    """What stands behind FROM in place of `placed_events`: the same rows, with what the long messages of senders that never ask asked for (`none`).

    `schema`, with its dot, is where the tables are where others of their names hide them.
    """
    events, facts = f"{schema}placed_events", f"{schema}format_facts"
    ((count,),) = connection.execute(
        f"SELECT count(*) FROM {schema}loads SEMI JOIN (FROM {facts} WHERE asks_for_first_part) USING (format)"
    ).fetchall()
    if not count:
        return events
    connection.execute(_NEVER.format(events=events, facts=facts))
    ((silent,),) = connection.execute("SELECT count(*) FROM never_asking").fetchall()
    return _EVENTS.format(events=events) if silent else events
