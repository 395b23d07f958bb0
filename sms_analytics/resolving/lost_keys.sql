-- Of the events in question the receipts whose own feed submitted no such message, and the submissions that they may belong to.
--
-- Reads   keys, feeds.
-- Leaves  lost, handed: what meetings.sql reads.

CREATE OR REPLACE TEMP TABLE handed AS
SELECT
    feed, format, message_key, id_key('', id, kind, id_rule, recipient) AS form, recipient, coalesce(event_utc, received_utc) AS sent, horizon_s, true AS is_drawn
FROM keys
JOIN feeds USING (feed)
WHERE kind = 'submission' AND id IS NOT NULL;

CREATE OR REPLACE TEMP TABLE lost AS
SELECT row_no, feed, feed = format AS is_nameless, format, message_key, recipient, coalesce(received_utc, event_utc) AS heard, id, text_id, true AS is_drawn
FROM keys
ANTI JOIN (SELECT DISTINCT message_key FROM keys WHERE kind = 'submission') AS submitted USING (message_key)
WHERE kind = 'receipt' AND id IS NOT NULL;
