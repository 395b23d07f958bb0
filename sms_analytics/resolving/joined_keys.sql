-- Gives the receipts that another feed answers for, and the submissions that two feeds speak of, the key of their one message.
--
-- Reads   keys, feed_links, all_meetings and lost (meetings.sql), same (same_keys.sql).
-- Leaves  message_key in keys.

UPDATE keys
SET message_key = joined_key
FROM same
WHERE keys.message_key = same.message_key AND same.message_key <> joined_key;

CREATE OR REPLACE TEMP TABLE meetings AS
SELECT all_meetings.*
FROM all_meetings
JOIN (SELECT feed AS receipt_feed, other AS feed, way, is_configured, agree_well, are_far_apart FROM feed_links WHERE what <> 'submissions') AS known
    USING (receipt_feed, feed, way)
WHERE agrees IS DISTINCT FROM false
    AND (is_configured OR is_own OR is_of_format OR characters >= 12 OR (characters >= 7 AND are_far_apart) OR (agrees AND agree_well));

-- A receipt belongs to the one submission that it can be: in each feed that it may answer for, the last use of its id that began before it.
CREATE OR REPLACE TEMP TABLE found_rows AS
SELECT row_no, min(joined_key) AS message_key
FROM (
    SELECT row_no, arg_max(coalesce(joined_key, meetings.message_key), (sent, meetings.message_key)) AS joined_key
    FROM meetings
    LEFT JOIN same ON same.message_key = meetings.message_key
    GROUP BY row_no, feed
)
GROUP BY row_no
HAVING count(DISTINCT joined_key) = 1;

-- What carries no id of its own goes where all others of its message go.
CREATE OR REPLACE TEMP TABLE followers AS
SELECT lost.message_key AS message_key, min(found_rows.message_key) AS joined_key
FROM lost
JOIN found_rows USING (row_no)
GROUP BY lost.message_key
HAVING count(DISTINCT found_rows.message_key) = 1;

UPDATE keys
SET message_key = joined_key
FROM followers
WHERE keys.message_key = followers.message_key AND keys.id IS NULL;

UPDATE keys
SET message_key = found_rows.message_key
FROM found_rows
WHERE keys.row_no = found_rows.row_no AND keys.message_key <> found_rows.message_key;
