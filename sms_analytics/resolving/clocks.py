"""Rule 5: what time it is for a feed, and what is known of it beside its ids.

A feed's clock follows the logs in which receipts for it can stand: its own, and those of the feeds that answer for it. A log goes on with skipped
lines, and with the next file of its series although the feed does not occur there. A table of submissions alone moves no clock.
"""

from typing import Final

import duckdb

from sms_analytics.database import store
from sms_analytics.resolving.series import name_of

#: Loads in which receipts for a feed can stand. A table is such a log only where its series has receipts of the feed; of other formats one file
#: without any is a quiet hour.
_LOGS: Final = """
CREATE OR REPLACE TEMP TABLE logs_of_feeds AS
WITH carried AS (
    SELECT load_feeds.feed, load_id, format, series, last_utc
    FROM load_feeds
    JOIN loads USING (load_id)
    JOIN series USING (load_id)
    WHERE state = 'loaded'
),
answered AS (
    SELECT DISTINCT load_counts.feed, load_counts.format, CASE WHEN load_counts.format = 'table' THEN series ELSE '' END AS series
    FROM load_counts
    JOIN series USING (load_id)
    WHERE receipts > 0
),
own AS (
    SELECT carried.*
    FROM carried
    SEMI JOIN answered
        ON answered.feed = carried.feed
        AND answered.format = carried.format
        AND answered.series = CASE WHEN carried.format = 'table' THEN carried.series ELSE '' END
),
others AS (
    SELECT answered_feed AS feed, own.* EXCLUDE (feed)
    FROM own
    JOIN (SELECT feed, unnest(answers) AS answered_feed FROM feeds) AS known USING (feed)
),
following AS (
    FROM own UNION FROM others
)
FROM following
UNION
-- Nobody can say anything of a feed without receipts anywhere but its own logs.
FROM carried
WHERE feed NOT IN (SELECT feed FROM following)
"""

#: A load continues a series where another one of it ends; files that overlap by more than an hour come from two sources.
_CONTINUED: Final = """
CREATE OR REPLACE TEMP TABLE continuing AS
SELECT logs_of_feeds.feed, max(loads.last_utc) AS last_utc
FROM logs_of_feeds
JOIN series ON series.series = logs_of_feeds.series
JOIN loads ON loads.load_id = series.load_id AND loads.format = logs_of_feeds.format
WHERE loads.state = 'loaded'
    AND series.series <> ''
    AND coalesce(loads.first_utc, loads.last_utc) >= logs_of_feeds.last_utc - INTERVAL 1 HOUR
GROUP BY logs_of_feeds.feed
"""

_CLOCKS: Final = """
UPDATE feeds
SET now_utc = clock.now_utc, first_utc = counted.first_utc, last_utc = counted.last_utc,
    submissions = coalesce(counted.submissions, 0), receipts = coalesce(counted.receipts, 0),
    -- A feed that only stands for records without a connection's name is no feed of receipts alone when its format brought submissions elsewhere.
    receipts_only = coalesce(counted.submissions, 0) = 0 AND coalesce(len(answers), 0) = 0 AND NOT coalesce(counted.is_nameless, false)
FROM (
    SELECT feed, max(last_utc) AS now_utc
    FROM (
        SELECT feed, last_utc FROM logs_of_feeds
        UNION ALL
        FROM continuing
    )
    GROUP BY feed
) AS clock
LEFT JOIN (
    SELECT
        *,
        list_contains(formats, feed)
            AND list_has_any(formats, coalesce((SELECT list(format) FROM load_counts WHERE submissions > 0 AND feed <> format), [])) AS is_nameless
    FROM sides
) AS counted USING (feed)
WHERE feeds.feed = clock.feed
"""


def _series_of(path: str | None) -> str:
    """What the files of one series of logs have in common; empty without a name."""
    return name_of(path).series if path and path != "-" else ""


def set_clocks(connection: duckdb.DuckDBPyConnection) -> None:
    """Sets `now_utc`, the times and the counts of all feeds."""
    rows = [(load_id, _series_of(path)) for load_id, path in connection.execute("SELECT load_id, path FROM loads").fetchall()]
    connection.execute("CREATE OR REPLACE TEMP TABLE series (load_id INTEGER, series VARCHAR)")
    store.insert(connection, "series", rows)
    for statement in (_LOGS, _CONTINUED, _CLOCKS):
        connection.execute(statement)
