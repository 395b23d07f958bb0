-- Rule 2, and what is told of each part: a row per message and part.
--
-- Reads   statements (parts.sql), seen, statuses.
-- Leaves  part_summaries; repeats and distinct_receipts, for the parts of which receipts are identical; unusual_statements, the events of messages
--         that are not the plain case.

-- What the events of a part say of it. `picked` is the final where there is one, else any event. Which statuses were heard is a set of bits (`statuses.bit`).
CREATE OR REPLACE TEMP TABLE part_summaries AS
SELECT
    message_key,
    coalesce(own_part, '') AS part,
    own_part IS NOT NULL AS is_long,
    count(*) FILTER (is_submission) AS submissions,
    count(*) FILTER (NOT is_submission) AS receipt_rows,
    coalesce(bit_or(bit) FILTER (NOT is_submission), 0) AS receipt_statuses,
    coalesce(bit_or(bit) FILTER (class = 4), 0) AS final_statuses,
    bool_or(is_submission AND status = 'submitted') AS submitted,
    bool_or(said_by = 'operator') AS spoken_of,
    bool_or(CASE WHEN is_submission THEN status IN ('expired', 'undelivered', 'rejected') ELSE status = 'rejected' END) AS turned_away,
    bool_or(NOT is_submission AND status IN ('submitted', 'buffered', 'accepted')) AS handed_on,
    count(*) FILTER (class = 4) AS finals,
    arg_max(row_no, (class = 4, row_no)) AS picked,
    any_value(row_no) FILTER (is_submission) AS a_submission,
    min(learned) FILTER (NOT is_submission) AS first_receipt_utc
FROM statements
GROUP BY message_key, own_part;

-- Receipts that were folded into identical ones when they were loaded.
CREATE OR REPLACE TEMP TABLE repeats AS
SELECT message_key, part, sum(copies - 1)::BIGINT AS repeats
FROM statements
WHERE copies > 1 AND NOT is_submission
GROUP BY message_key, part;

-- Events of messages that are not the plain case, one submission and receipts that all say something else, at most one of them final. Few are
-- not, so what follows looks at these alone.
CREATE OR REPLACE TEMP TABLE unusual_rows AS
SELECT row_no
FROM (SELECT row_no, message_key FROM seen)
SEMI JOIN (
    SELECT message_key
    FROM part_summaries
    WHERE is_long OR submissions <> 1 OR receipt_rows > bit_count(receipt_statuses) OR (finals <> 1 AND receipt_rows > 0)
) AS unusual USING (message_key);

CREATE OR REPLACE TEMP VIEW unusual_events AS
FROM seen
SEMI JOIN unusual_rows USING (row_no);

CREATE OR REPLACE TEMP VIEW unusual_statements AS
FROM statements
SEMI JOIN unusual_rows USING (row_no);

-- Rule 2: identical receipts count once. Receipts that all say something else cannot be identical.
CREATE OR REPLACE TEMP TABLE distinct_receipts AS
SELECT message_key, part, count(DISTINCT (status, code_raw, event_utc)) AS receipts
FROM unusual_statements
SEMI JOIN (SELECT message_key, part FROM part_summaries WHERE receipt_rows > bit_count(receipt_statuses)) AS alike USING (message_key, part)
WHERE NOT is_submission
GROUP BY message_key, part;
