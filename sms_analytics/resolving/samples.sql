-- A sample of each feed's ids, about 2,500 to 5,000 receipts and as many submissions of each, drawn by the ids themselves: it is the same whatever was
-- loaded first, and what is true of a feed as a whole is found from it, so that it costs the same however much there is.
--
-- Reads   event_rows, shared_values, numbered_events, feeds, sides.
-- Leaves  strides, sampled (the events drawn) and matching (those, and all others whose id can be one of theirs).

CREATE OR REPLACE TEMP TABLE strides AS
SELECT feed, greatest(1, receipts // 2500)::UINTEGER AS of_receipts, greatest(1, submissions // 2500)::UINTEGER AS of_submissions
FROM sides;

CREATE OR REPLACE TEMP MACRO ids_of(numbers) AS TABLE
SELECT
    row_no, id_hash, feed, format, kind, recipient, message_ref AS ref,
    plain_id(message_id) AS id,
    id_in_text(extra, text_id_hash) AS text_id,
    event_utc,
    received_utc
FROM numbered_events
WHERE row_no IN (SELECT row_no FROM query_table(numbers)) AND message_id IS NOT NULL;

-- Row numbers first: the columns are wide, and few rows are drawn.
CREATE OR REPLACE TEMP TABLE sampled_rows AS
SELECT event_rows.rowid AS row_no, stride
FROM event_rows
JOIN (
    SELECT shared_no, CASE kind WHEN 'receipt' THEN of_receipts ELSE of_submissions END AS stride FROM shared_values JOIN strides USING (feed)
) AS drawn USING (shared_no)
WHERE id_hash % stride = 0;

CREATE OR REPLACE TEMP TABLE sampled AS
SELECT ids.*, stride
FROM ids_of('sampled_rows') AS ids
JOIN sampled_rows USING (row_no);

-- Submissions are looked for elsewhere only where there are other feeds.
CREATE OR REPLACE TEMP TABLE wanted_hashes AS
SELECT DISTINCT hash_of_id(unnest(list_concat(spellings_of(id), spellings_of(text_id)))) AS id_hash
FROM sampled
WHERE kind = 'receipt' OR (SELECT count(*) > 1 FROM feeds);

CREATE OR REPLACE TEMP TABLE matching_rows AS
SELECT event_rows.rowid AS row_no
FROM event_rows
JOIN (SELECT shared_no FROM shared_values WHERE kind = 'submission' OR (SELECT count(*) > 1 FROM feeds)) AS known USING (shared_no)
WHERE id_hash IN (FROM wanted_hashes) OR text_id_hash IN (FROM wanted_hashes);

CREATE OR REPLACE TEMP TABLE matching AS
FROM ids_of('matching_rows');
