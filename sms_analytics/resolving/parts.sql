-- Rule 8, first half: which part of a long message each event speaks of.
--
-- Reads   seen (the events in question, with the columns of numbered_events), feeds, statuses.
-- Leaves  statements: a row per event with the part that it is about ('' for the message as a whole) and what bears on its weight.

-- Long messages: the only ones whose events must be told apart by part.
CREATE OR REPLACE TEMP TABLE long_keys AS
SELECT DISTINCT message_key
FROM seen
WHERE part_no IS NOT NULL OR (contains(message_key, '/ref:') AND starts_with(message_key, feed || '/ref:'));

CREATE OR REPLACE TEMP TABLE long_events AS
SELECT
    row_no, message_key, kind, part_no, message_ref IS NULL AS is_by_id,
    CASE WHEN message_id IS DISTINCT FROM message_ref THEN id_key('', message_id, kind, id_rule, recipient) END AS id
FROM seen
SEMI JOIN long_keys USING (message_key)
JOIN feeds USING (feed);

-- A part is named by its number; else by that of the submission with its id (Kannel's receipts name only the id); else by its id where a message
-- has several; else it is the one part that submissions name (the line of a gateway that writes one line for all parts, and asks for one of them);
-- else it is the whole (''). An id that is the reference too is the whole's.
CREATE OR REPLACE TEMP TABLE long_parts AS
SELECT
    row_no,
    coalesce(
        long_events.part_no::VARCHAR,
        submitted_as.part_no::VARCHAR,
        -- What its id alone ties to the message names the submission's id, perhaps in another number system.
        CASE WHEN is_by_id THEN sole.part_no::VARCHAR END,
        CASE WHEN several.message_key IS NOT NULL THEN 'id:' || long_events.id END,
        sole.part_no::VARCHAR,
        ''
    ) AS part
FROM long_events
LEFT JOIN (
    SELECT message_key, min(part_no) AS part_no
    FROM long_events
    WHERE kind = 'submission'
    GROUP BY message_key
    HAVING count(DISTINCT part_no) = 1
) AS sole USING (message_key)
LEFT JOIN (
    SELECT message_key, id, min(part_no) AS part_no
    FROM long_events
    WHERE kind = 'submission' AND part_no IS NOT NULL AND id IS NOT NULL
    GROUP BY message_key, id
) AS submitted_as USING (message_key, id)
LEFT JOIN (SELECT message_key FROM long_events GROUP BY message_key HAVING count(DISTINCT id) > 1) AS several USING (message_key);

CREATE OR REPLACE TEMP VIEW statements AS
SELECT
    row_no,
    message_key,
    part AS own_part,  -- only long messages have parts
    coalesce(part, '') AS part,
    kind = 'submission' AS is_submission,
    status,
    bit,
    class,
    rank,
    coalesce(event_utc, received_utc) AS time,
    received_utc,
    coalesce(received_utc, event_utc) AS learned,
    event_utc,
    code_raw,
    code_system,
    detail,
    status_raw,
    said_by,
    receipt_requested,
    copies
FROM seen
JOIN statuses USING (status)
LEFT JOIN long_parts USING (row_no);
