-- Which messages of two feeds that speak of the same submissions are one.
--
-- Reads   keys, feeds, feed_links.
-- Leaves  same (message_key, joined_key).

CREATE OR REPLACE TEMP TABLE possible AS
WITH same_feeds AS (
    FROM feed_links WHERE what = 'submissions'
),
involved AS (
    SELECT
        feed, message_key, id, id_key('', id, kind, id_rule, recipient) AS form, recipient,
        coalesce(event_utc, received_utc) AS sent, to_seconds(horizon_s) AS horizon
    FROM keys
    JOIN feeds USING (feed)
    WHERE kind = 'submission' AND id IS NOT NULL AND feed IN (SELECT feed FROM same_feeds UNION SELECT other FROM same_feeds)
)
SELECT DISTINCT same_feeds.feed, same_feeds.other, mine.message_key AS one_key, theirs.message_key AS other_key
FROM same_feeds
JOIN involved AS mine ON mine.feed = same_feeds.feed
JOIN involved AS theirs
    ON theirs.feed = same_feeds.other
    AND theirs.form = CASE way
        WHEN 'without the id rule' THEN '/' || mine.id
        WHEN 'decimal as hexadecimal' THEN '/' || decimal_as_hex(mine.id)
        WHEN 'hexadecimal as decimal' THEN '/' || hex_as_decimal(mine.id)
        ELSE mine.form
    END
WHERE are_near(mine.sent, mine.horizon, theirs.sent, theirs.horizon)
    AND (mine.recipient = theirs.recipient OR (
        (mine.recipient IS NULL OR theirs.recipient IS NULL)
        AND (is_configured OR length(theirs.form) > 12 OR (length(theirs.form) > 7 AND are_far_apart))
    ))
    AND (is_configured OR agree_well OR length(theirs.form) > 12 OR (length(theirs.form) > 7 AND are_far_apart));

-- Each is the only one that the other can be. Several feeds may speak of one submission: all of them get the smallest of their keys.
CREATE OR REPLACE TEMP TABLE same AS
WITH pairs AS (
    SELECT one_key, other_key
    FROM possible
    QUALIFY count(*) OVER (PARTITION BY feed, other, one_key) = 1 AND count(*) OVER (PARTITION BY feed, other, other_key) = 1
)
SELECT message_key, min(joined_key) AS joined_key
FROM (
    SELECT one_key AS message_key, least(one_key, other_key) AS joined_key FROM pairs
    UNION ALL
    SELECT other_key, least(one_key, other_key) FROM pairs
)
GROUP BY message_key;
