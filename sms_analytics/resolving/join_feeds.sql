-- Gives the receipts that another feed answers for, and the submissions that two feeds speak of, the key of their one message.
--
-- Reads   answering (asking_feed, feed); meetings and lost (links.sql); same (same_keys.sql).

UPDATE event_rows
SET message_key = joined_key
FROM same
WHERE event_rows.message_key = same.message_key AND same.message_key <> joined_key;

-- A receipt belongs to the one submission that it can be: in each feed that it may answer for, the last use of its id that began before it.
CREATE OR REPLACE TEMP TABLE found_places AS
SELECT place, min(joined_key) AS message_key
FROM (
    SELECT place, arg_max(coalesce(joined_key, meetings.message_key), (sent, meetings.message_key)) AS joined_key
    FROM meetings
    LEFT JOIN (SELECT asking_feed AS receipt_feed, feed, true AS belongs FROM answering) AS answering USING (receipt_feed, feed)
    LEFT JOIN same ON same.message_key = meetings.message_key
    WHERE is_own OR belongs
    GROUP BY place, feed
)
GROUP BY place
HAVING count(DISTINCT joined_key) = 1;

-- What carries no id of its own goes where all others of its message go.
CREATE OR REPLACE TEMP TABLE followers AS
SELECT lost.message_key AS message_key, min(found_places.message_key) AS joined_key
FROM lost
JOIN found_places USING (place)
GROUP BY lost.message_key
HAVING count(DISTINCT found_places.message_key) = 1;

UPDATE event_rows
SET message_key = joined_key
FROM followers
WHERE event_rows.message_key = followers.message_key AND event_rows.message_id IS NULL;

UPDATE event_rows
SET message_key = found_places.message_key
FROM found_places
WHERE event_rows.rowid = found_places.place AND event_rows.message_key <> found_places.message_key;
