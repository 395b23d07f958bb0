-- The keys of the events with sampled ids, by their ids alone; own_keys.sql tells the uses of an id apart.
--
-- Reads   sampled, matching, feeds.
-- Leaves  keys, tying.

CREATE OR REPLACE TEMP TABLE keys AS
SELECT
    row_no, feed, format, kind, id, text_id, NULL::VARCHAR AS ref, recipient, event_utc, received_utc, id_hash,
    id_key(feed, id, kind, id_rule, recipient) AS message_key
FROM (SELECT * EXCLUDE (stride) FROM sampled UNION FROM matching)
JOIN feeds USING (feed);

CREATE OR REPLACE TEMP TABLE tying AS
SELECT feed FROM feeds;
