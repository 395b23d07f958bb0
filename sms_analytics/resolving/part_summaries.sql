-- Rule 2, and what is told of each part: a row per message and part.
--
-- Reads   statements (parts.sql), seen, statuses.
-- Leaves  part_summaries; repeats and distinct_receipts, for the parts of which receipts are identical; unusual_statements, the events of messages
--         that are not the plain case.

-- What the events of a part say of it, in one number: the bits of what receipts say, those of what submissions say, and what bears on rule 10: that it
-- was submitted, that an operator spoke of it, that the gateway turned it away. Each aggregate costs as much as reading the rows, so there are few.
CREATE OR REPLACE TEMP MACRO of_submission(bits) AS bits << 20;
CREATE OR REPLACE TEMP MACRO was_submitted() AS 1::BIGINT << 40;
CREATE OR REPLACE TEMP MACRO operator_spoke() AS 1::BIGINT << 41;
CREATE OR REPLACE TEMP MACRO turned_away() AS 1::BIGINT << 42;
-- The row of a final where there is one, else any: finals stand above all rows.
CREATE OR REPLACE TEMP MACRO finals_first(row_no) AS row_no + (1::BIGINT << 50);
CREATE OR REPLACE TEMP MACRO row_of(row_no) AS row_no & ((1::BIGINT << 50) - 1);

CREATE OR REPLACE TEMP TABLE part_summaries AS
SELECT
    message_key,
    coalesce(own_part, '') AS part,
    own_part IS NOT NULL AS is_long,
    submissions,
    events - submissions AS receipt_rows,
    said & (of_submission(1) - 1) AS receipt_statuses,
    (said | (said >> 20)) & all_finals AS final_statuses,
    (said & was_submitted()) > 0 AS submitted,
    (said & operator_spoke()) > 0 AS spoken_of,
    (said & turned_away()) > 0 AS turned_away,
    finals,
    row_of(picked) AS picked,
    a_submission,
    first_receipt_utc
FROM (
    SELECT
        message_key,
        own_part,
        count(*) AS events,
        count(*) FILTER (is_submission) AS submissions,
        count(*) FILTER (class = 4) AS finals,
        bit_or(
            CASE WHEN is_submission THEN of_submission(bit) ELSE bit END
            | CASE
                WHEN said_by = 'operator' THEN operator_spoke()
                WHEN is_submission AND status = 'submitted' THEN was_submitted()
                WHEN NOT is_submission AND status = 'rejected' THEN turned_away()
                ELSE 0
            END
        ) AS said,
        max(CASE WHEN class = 4 THEN finals_first(row_no) ELSE row_no END) AS picked,
        any_value(row_no) FILTER (is_submission) AS a_submission,
        min(learned) FILTER (NOT is_submission) AS first_receipt_utc
    FROM statements
    GROUP BY message_key, own_part
)
CROSS JOIN (SELECT bit_or(bit) AS all_finals FROM statuses WHERE class = 4);

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
