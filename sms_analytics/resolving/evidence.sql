-- Which of the feeds that still come into question have enough of another's ids: twenty of them, or all that they submitted; or there are fewer than
-- twenty and all are theirs, taken together. Asked again as long as one falls out.
--
-- Reads   candidates (asking_feed, feed), asked, found, sides, events.
-- Leaves  weighed (the candidates with ids, seen, together, is_given, is_enough, way).
CREATE OR REPLACE TEMP TABLE weighed AS
WITH submitted AS (
    SELECT feed, count(DISTINCT message_key) AS submitted
    FROM events
    WHERE kind = 'submission' AND message_id IS NOT NULL AND feed IN (SELECT feed FROM candidates)
    GROUP BY feed
),
spans AS (
    SELECT asking_feed, min(first_sent) - INTERVAL 1 MINUTE AS begins, max(last_sent + horizon) AS ends
    FROM candidates
    JOIN sides USING (feed)
    GROUP BY asking_feed
),
seen AS (
    SELECT DISTINCT asking_feed, id, stride
    FROM asked
    JOIN spans USING (asking_feed)
    WHERE time BETWEEN begins AND ends
),
coming AS (
    SELECT found.*
    FROM found
    SEMI JOIN candidates USING (asking_feed, feed)
    SEMI JOIN seen USING (asking_feed, id)
),
together AS (
    SELECT asking_feed, count(*) AS seen, any_value(stride) AS stride, count(known.id) AS together
    FROM seen
    LEFT JOIN (SELECT DISTINCT asking_feed, id FROM coming) AS known USING (asking_feed, id)
    GROUP BY asking_feed
),
theirs AS (
    SELECT
        asking_feed, feed, count(DISTINCT id) AS ids, count(DISTINCT message_key) AS messages, any_value(way) AS way, bool_or(is_given) AS is_given
    FROM coming
    GROUP BY asking_feed, feed
)
SELECT
    asking_feed, feed, coalesce(ids, 0) AS ids, coalesce(seen, 0) AS seen, coalesce(together, 0) AS together, coalesce(is_given, false) AS is_given, way,
    coalesce(
        is_given OR ids * stride >= 20 OR (ids > 0 AND (theirs.messages >= submitted OR (seen * stride < 20 AND seen = together))),
        false
    ) AS is_enough
FROM candidates
JOIN submitted USING (feed)
LEFT JOIN together USING (asking_feed)
LEFT JOIN theirs USING (asking_feed, feed);
