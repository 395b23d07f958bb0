-- Rule 8: what the parts of a long message make of it.
--
-- Reads   decided_parts, statements, seen, long_keys, hand_overs.
-- Leaves  long_deciders (the event that decides a long message) and partly_asked (long messages that are not confirmed whole).

-- Rule 8: only parts that asked for a receipt count, and those that have a final all the same. A part without a submission of its own asked if the
-- message did. Where receipts name parts, the whole is none, unless it has a final; it stands for one that is still missing where only the whole was
-- submitted and fewer parts than it has were heard of.
CREATE OR REPLACE TEMP TABLE long_states AS
WITH requested AS (
    SELECT message_key, part, coalesce(bool_or(receipt_requested <> 'none'), true) AS asked
    FROM statements
    SEMI JOIN long_keys USING (message_key)
    WHERE is_submission
    GROUP BY message_key, part
),
messages AS (
    SELECT message_key, coalesce(bool_or(receipt_requested <> 'none'), true) AS asked
    FROM statements
    SEMI JOIN long_keys USING (message_key)
    WHERE is_submission
    GROUP BY message_key
),
numbers AS (
    SELECT message_key, max(parts) AS parts
    FROM seen
    SEMI JOIN long_keys USING (message_key)
    GROUP BY message_key
),
envelopes AS (
    SELECT
        message_key,
        coalesce(any_value(numbers.parts), 0) > count(*) FILTER (part <> '' AND receipt_rows > 0)
            AND count(*) FILTER (part <> '' AND submissions > 0) = 0
            AND count(*) FILTER (part = '' AND submissions > 0) = 1 AS misses_parts
    FROM decided_parts
    JOIN numbers USING (message_key)
    WHERE is_long
    GROUP BY message_key
    HAVING count(*) FILTER (part <> '' AND receipt_rows > 0) > 0 AND count(*) FILTER (part = '' AND finals = 0) = 1
),
counted AS (
    SELECT
        decided_parts.message_key,
        part,
        decided_parts.row_no,
        CASE WHEN part = '' AND misses_parts IS NOT NULL THEN misses_parts ELSE true END
            AND (finals > 0 OR coalesce(requested.asked, messages.asked, true)) AS counts
    FROM decided_parts
    LEFT JOIN requested USING (message_key, part)
    LEFT JOIN messages USING (message_key)
    LEFT JOIN envelopes USING (message_key)
    WHERE is_long
)
-- Any failed part fails the message; else a stopped one stops it; else any open part leaves it open; else all are delivered.
SELECT
    counted.*,
    CASE
        WHEN NOT counts THEN 0
        WHEN status IN ('expired', 'undelivered', 'rejected') THEN 4
        WHEN status = 'stopped' THEN 3
        WHEN class < 4 THEN 2
        ELSE 1
    END AS weight
FROM counted
JOIN statements USING (row_no);

-- Messages that are not confirmed whole although all that asked is delivered: a part never asked, or fewer parts are known than there are. A final about
-- the whole leaves nothing to ask.
CREATE OR REPLACE TEMP TABLE partly_asked AS
SELECT message_key
FROM long_states
JOIN (SELECT message_key, max(parts) AS parts FROM seen SEMI JOIN long_keys USING (message_key) GROUP BY message_key) AS numbers USING (message_key)
GROUP BY message_key
HAVING count(*) FILTER (counts AND part = '') = 0
    AND (count(*) FILTER (NOT counts AND part <> '') > 0 OR count(*) FILTER (counts) < coalesce(any_value(parts), 0));

-- The deciding final of the parts that weigh most; while open, the last word about any open part; about any part where none asked.
CREATE OR REPLACE TEMP TABLE long_deciders AS
SELECT
    message_key,
    arg_max(row_no, weight_of(class, status, order_time, received_utc, rank, code_raw, code_system, detail, status_raw, is_submission, row_no)) AS row_no,
    any_value(weight) > 0 AS counted
FROM (
    SELECT
        statements.*,
        weight,
        CASE WHEN class < 4 AND NOT is_submission THEN greatest(time, coalesce(handed.event_utc, handed.received_utc)) ELSE time END AS order_time
    FROM long_states
    JOIN (SELECT message_key, max(weight) AS weight FROM long_states GROUP BY message_key) AS heaviest USING (message_key, weight)
    JOIN statements ON statements.message_key = long_states.message_key AND statements.part = long_states.part
    LEFT JOIN hand_overs ON hand_overs.message_key = statements.message_key
    LEFT JOIN (SELECT row_no, event_utc, received_utc FROM seen) AS handed ON handed.row_no = hand_overs.row_no
    WHERE weight IN (0, 2) OR statements.row_no = long_states.row_no
)
GROUP BY message_key;
