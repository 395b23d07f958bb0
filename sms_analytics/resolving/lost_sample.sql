-- Of the events with sampled ids the receipts whose own feed submitted no such id, and the submissions of any feed that they may belong to.
--
-- Reads   sampled, matching, strides (samples.sql), event_rows, shared_values.
-- Leaves  lost, handed: what meetings.sql reads.

CREATE OR REPLACE TEMP TABLE handed AS
SELECT
    feed, format, id_key(feed, id, kind, id_rule, recipient) AS message_key, id_key('', id, kind, id_rule, recipient) AS form, recipient, sent, horizon_s,
    id_hash % of_submissions = 0 AS is_drawn
FROM matching
JOIN strides USING (feed)
WHERE kind = 'submission';

CREATE OR REPLACE TEMP TABLE heard_receipts AS
SELECT * EXCLUDE (stride), true AS is_drawn FROM sampled WHERE kind = 'receipt'
UNION ALL
SELECT *, false FROM matching ANTI JOIN sampled USING (row_no) WHERE kind = 'receipt';

-- What a reference ties to its submission is not lost, whatever its id.
CREATE OR REPLACE TEMP TABLE submitted_refs AS
SELECT DISTINCT feed, message_ref AS ref
FROM event_rows
JOIN (SELECT shared_no, feed FROM shared_values WHERE kind = 'submission') AS submissions USING (shared_no)
WHERE message_ref IN (SELECT ref FROM heard_receipts);

CREATE OR REPLACE TEMP TABLE lost AS
SELECT row_no, feed, feed = format AS is_nameless, format, recipient, heard, id, text_id, is_drawn, of_receipts AS stride
FROM (SELECT *, id_key(feed, id, kind, id_rule, recipient) AS message_key FROM heard_receipts)
JOIN strides USING (feed)
ANTI JOIN (SELECT DISTINCT message_key FROM handed) AS own USING (message_key)
ANTI JOIN submitted_refs USING (feed, ref);
