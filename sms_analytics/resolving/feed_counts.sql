-- What the loads hold of each feed: what is asked of whole feeds is summed over these rows, so that one more load reads its own events only.
--
-- Reads   events, format_facts, counted_loads (load_id).
-- Leaves  load_counts and load_requests, brought up to date for these loads.

DELETE FROM load_counts WHERE load_id IN (FROM counted_loads);
DELETE FROM load_requests WHERE load_id IN (FROM counted_loads);

-- A range first: it is looked up, and not asked of every row.
CREATE OR REPLACE TEMP VIEW counted_events AS
FROM events
WHERE load_id BETWEEN (SELECT min(load_id) FROM counted_loads) AND (SELECT max(load_id) FROM counted_loads)
    AND load_id IN (FROM counted_loads);

INSERT INTO load_counts BY NAME
SELECT
    load_id,
    feed,
    format,
    count(*) FILTER (kind = 'submission') AS submissions,
    count(*) FILTER (kind = 'receipt') AS receipts,
    count(*) FILTER (kind = 'submission' AND receipt_requested IS DISTINCT FROM 'none') AS asking,
    count(message_ref) FILTER (message_id IS NOT NULL) AS with_ref,
    count(*) FILTER (kind = 'receipt' AND contains(extra, '"text_id"')) AS with_text_id,
    min(coalesce(event_utc, received_utc)) FILTER (kind = 'submission') AS first_sent,
    max(coalesce(event_utc, received_utc)) FILTER (kind = 'submission') AS last_sent,
    min(coalesce(received_utc, event_utc)) FILTER (kind = 'receipt') AS first_heard,
    max(coalesce(received_utc, event_utc)) FILTER (kind = 'receipt') AS last_heard,
    min(coalesce(received_utc, event_utc)) AS first_utc,
    max(coalesce(received_utc, event_utc)) AS last_utc
FROM counted_events
GROUP BY load_id, feed, format;

INSERT INTO load_requests
SELECT load_id, feed, coalesce(sender, ''), bool_or(receipt_requested <> 'none')
FROM counted_events
WHERE format IN (SELECT format FROM format_facts WHERE asks_for_first_part) AND kind = 'submission' AND parts IS NULL AND receipt_requested IS NOT NULL
GROUP BY ALL;

-- The feeds as a whole.
CREATE OR REPLACE TEMP TABLE sides AS
SELECT
    feed,
    to_seconds(horizon_s) AS horizon,
    sum(submissions)::BIGINT AS submissions,
    sum(asking)::BIGINT AS asking,
    sum(receipts)::BIGINT AS receipts,
    sum(with_ref)::BIGINT AS with_ref,
    sum(with_text_id)::BIGINT AS with_text_id,
    min(first_sent) AS first_sent,
    max(last_sent) AS last_sent,
    min(first_heard) AS first_heard,
    max(last_heard) AS last_heard,
    min(first_utc) AS first_utc,
    max(last_utc) AS last_utc,
    list(DISTINCT format) AS formats
FROM load_counts
JOIN (SELECT feed, horizon_s FROM feeds) AS known USING (feed)
GROUP BY feed, horizon_s;
