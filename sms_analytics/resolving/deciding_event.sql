-- Rules 3 and 4: which event decides each part.
--
-- Reads   statements, seen, part_summaries, unusual_statements, repeats, distinct_receipts.
-- Leaves  hand_overs (where several submissions speak of a message, the one that it was handed over by) and decided_parts: a row per message and part with
--         the number of the event that decides it.

-- Messages that not exactly one submission speaks for.
CREATE OR REPLACE TEMP TABLE submission_sets AS
SELECT message_key FROM part_summaries WHERE NOT is_long AND submissions > 1
UNION ALL
SELECT message_key FROM part_summaries WHERE is_long GROUP BY message_key HAVING sum(submissions) > 0;

-- The hand-over: the earliest submission that was submitted, else the earliest.
CREATE OR REPLACE TEMP TABLE hand_overs AS
SELECT message_key, row_no
FROM unusual_events
SEMI JOIN submission_sets USING (message_key)
WHERE kind = 'submission'
QUALIFY row_number() OVER (
    PARTITION BY message_key
    ORDER BY status = 'submitted' DESC, coalesce(event_utc, received_utc), part_no NULLS LAST, message_id NULLS LAST, raw, row_no
) = 1;

-- What decides among statements of one part, or of one message, in this order: a final beats no_report, that beats a word that we cannot read, that
-- beats what leaves the part open; delivered beats every other final; the latest time wins, then of finals the latest received time, then the status's
-- rank. The rest makes the answer the same whatever was loaded first. No field is NULL: DuckDB and Spark order NULLs differently.
CREATE OR REPLACE TEMP MACRO weight_of(class, status, order_time, received_utc, rank, code_raw, code_system, detail, status_raw, is_submission, row_no) AS {
    class: class,
    is_delivered: class = 4 AND status = 'delivered',
    time: order_time,
    received: CASE WHEN class = 4 THEN coalesce(received_utc, TIMESTAMP '-infinity') ELSE TIMESTAMP '-infinity' END,
    rank: rank,
    code: coalesce(code_raw, ''),
    system: coalesce(code_system, ''),
    detail: coalesce(detail, ''),
    word: coalesce(status_raw, ''),
    is_receipt: NOT is_submission,
    row_no: -row_no
};

-- Rules 3 and 4: what decides a part. A final beats no_report, that beats a word that we cannot read, that beats what leaves the part open.
-- Among open ones a receipt is never older than the hand-over: the operator's clock may be cut to the minute.
CREATE OR REPLACE TEMP TABLE contested AS
SELECT message_key, part, event_utc AS handed_event_utc, received_utc AS handed_received_utc
FROM part_summaries
LEFT JOIN hand_overs USING (message_key)
LEFT JOIN (SELECT row_no, event_utc, received_utc FROM seen) AS submission
    ON submission.row_no = coalesce(hand_overs.row_no, CASE WHEN submissions = 1 THEN a_submission END)
WHERE finals <> 1 AND submissions + receipt_rows > 1;

CREATE OR REPLACE TEMP TABLE deciding_rows AS
SELECT
    message_key,
    part,
    arg_max(row_no, weight_of(class, status, order_time, received_utc, rank, code_raw, code_system, detail, status_raw, is_submission, row_no)) AS row_no
FROM (
    SELECT
        unusual_statements.*,
        CASE WHEN class < 4 AND NOT is_submission THEN greatest(time, coalesce(handed_event_utc, handed_received_utc)) ELSE time END AS order_time
    FROM unusual_statements
    JOIN contested USING (message_key, part)
)
GROUP BY message_key, part;

CREATE OR REPLACE TEMP VIEW decided_parts AS
SELECT
    part_summaries.*,
    coalesce(deciding_rows.row_no, picked) AS row_no,
    coalesce(distinct_receipts.receipts, receipt_rows) AS receipts,
    receipt_rows + coalesce(repeats.repeats, 0) AS receipt_copies,
    bit_count(final_statuses) > 1 AS conflict
FROM part_summaries
LEFT JOIN deciding_rows USING (message_key, part)
LEFT JOIN distinct_receipts USING (message_key, part)
LEFT JOIN repeats USING (message_key, part);
