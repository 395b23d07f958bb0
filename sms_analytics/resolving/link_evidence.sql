-- Which of the feeds that still come into question have enough of another's ids: twenty of them, or all that they submitted; or there are fewer than
-- twenty and all are theirs, taken together. Asked again as long as one falls out.
--
-- A feed of few among many is found from its own submissions as well: few of the other's sample are its.
--
-- Reads   candidates (asking_feed, feed), asked, found, sides, handed, strides.
-- Leaves  weighed (the candidates with ids, seen, together, is_given, is_enough, way).
CREATE OR REPLACE TEMP TABLE weighed AS
WITH submitted AS (
    -- Of a feed with so many that only some of its ids are drawn, all of them are more than twenty.
    SELECT feed, any_value(stride) * count(DISTINCT message_key) AS submitted
    FROM handed
    WHERE is_drawn AND feed IN (SELECT feed FROM candidates)
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
    SELECT found.*, seen.id IS NOT NULL AND is_asked AS is_seen, is_submission_drawn AND time BETWEEN begins AND ends AS is_of_drawn
    FROM found
    SEMI JOIN candidates USING (asking_feed, feed)
    JOIN spans USING (asking_feed)
    LEFT JOIN seen USING (asking_feed, id)
),
together AS (
    SELECT asking_feed, count(*) AS seen, any_value(stride) AS stride, count(known.id) AS together
    FROM seen
    LEFT JOIN (SELECT DISTINCT asking_feed, id FROM coming WHERE is_seen) AS known USING (asking_feed, id)
    GROUP BY asking_feed
),
theirs AS (
    SELECT
        asking_feed,
        feed,
        count(DISTINCT id) FILTER (is_seen) AS ids,
        count(DISTINCT id) FILTER (is_of_drawn) * any_value(of_submissions) AS by_submissions,
        greatest(
            count(DISTINCT message_key) FILTER (is_seen),
            count(DISTINCT message_key) FILTER (is_of_drawn) * any_value(of_submissions)
        ) AS messages,
        any_value(way) AS way,
        bool_or(is_given) AS is_given
    FROM coming
    JOIN strides USING (feed)
    WHERE is_seen OR is_of_drawn
    GROUP BY asking_feed, feed
)
SELECT
    asking_feed, feed, coalesce(ids, 0) AS ids, coalesce(seen, 0) AS seen, coalesce(together, 0) AS together, coalesce(is_given, false) AS is_given, way,
    coalesce(
        is_given
            OR greatest(ids * stride, by_submissions) >= 20
            OR (greatest(ids, by_submissions) > 0 AND (theirs.messages >= submitted OR (seen * stride < 20 AND seen = together))),
        false
    ) AS is_enough
FROM candidates
JOIN submitted USING (feed)
LEFT JOIN together USING (asking_feed)
LEFT JOIN theirs USING (asking_feed, feed);
