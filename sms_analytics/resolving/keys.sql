-- The events whose key is asked for, with the key that their feed's id rule gives them; where they have no id, that of their reference. Those with
-- neither are keyed by their content, which never changes.
--
-- Reads   numbered_events, feeds, whole (feeds), keyed_feeds (those of them of which all events are in question, not only those with a
--         reference), affected (events of other feeds).
-- Leaves  keys.

CREATE OR REPLACE TEMP TABLE keyed_rows AS
SELECT event_rows.rowid AS row_no
FROM event_rows
JOIN shared_values USING (shared_no)
WHERE feed IN (FROM keyed_feeds) OR (message_ref IS NOT NULL AND feed IN (FROM whole))
UNION
FROM affected;

CREATE OR REPLACE TEMP TABLE keys AS
SELECT
    row_no,
    feed,
    format,
    kind,
    plain_id(message_id) AS id,
    id_in_text(extra, text_id_hash) AS text_id,
    message_ref AS ref,
    recipient,
    event_utc,
    received_utc,
    message_key AS stored_key,
    CASE WHEN message_id IS NULL THEN feed || '/ref:' || message_ref ELSE id_key(feed, message_id, kind, id_rule, recipient) END AS message_key
FROM numbered_events
SEMI JOIN keyed_rows USING (row_no)
JOIN feeds USING (feed)
WHERE message_id IS NOT NULL OR message_ref IS NOT NULL;
