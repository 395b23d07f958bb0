-- Of the events with sampled ids the receipts whose own feed submitted no such message, and the submissions of any feed that they may belong to.
--
-- Reads   keys (sample_keys.sql, own_keys.sql), matching, sampled, strides (samples.sql), event_rows, shared_values, feeds.
-- Leaves  lost, handed: what meetings.sql reads.

CREATE OR REPLACE TEMP TABLE handed AS
SELECT
    feed, format, message_key, id, id_key('', id, kind, id_rule, recipient) AS form, recipient, coalesce(event_utc, received_utc) AS sent, horizon_s,
    id_hash % of_submissions = 0 AS is_drawn, of_submissions AS stride
FROM keys
JOIN strides USING (feed)
JOIN feeds USING (feed)
WHERE kind = 'submission';

-- What a reference ties to its submission is not lost, whatever its id.
CREATE OR REPLACE TEMP TABLE submitted_refs AS
SELECT DISTINCT feed, message_ref AS ref
FROM event_rows
JOIN (SELECT shared_no, feed FROM shared_values WHERE kind = 'submission') AS submissions USING (shared_no)
WHERE message_ref IN (SELECT ref FROM sampled WHERE kind = 'receipt' UNION SELECT ref FROM matching WHERE kind = 'receipt');

CREATE OR REPLACE TEMP TABLE lost AS
SELECT
    row_no, feed, feed = format AS is_nameless, format, recipient, coalesce(received_utc, event_utc) AS heard, id, text_id,
    id_hash % of_receipts = 0 AS is_drawn, of_receipts AS stride
FROM (SELECT * EXCLUDE (ref) FROM keys)
JOIN strides USING (feed)
JOIN (SELECT row_no, ref FROM sampled UNION SELECT row_no, ref FROM matching) AS refs USING (row_no)
ANTI JOIN (SELECT DISTINCT message_key FROM keys WHERE kind = 'submission') AS own USING (message_key)
ANTI JOIN submitted_refs USING (feed, ref)
WHERE kind = 'receipt';
