-- What a message is about: the hand-over says it first, then other submissions, then receipts.
--
-- Reads   seen, part_summaries, long_keys, hand_overs, unusual_statements, charge_statuses.
-- Leaves  details (messages of which not exactly one submission says all), named_operators, charges, shared_by_feeds.

-- What a message is about, where not exactly one submission says all of it: the hand-over first, then other submissions, then receipts.
-- What receipts never name need not be looked for in them, and a column that is not asked for is not read: deciding 1.5 million Kannel lines takes 2.6 s
-- of CPU, and 9.6 s where all columns are asked (`python -m benchmark.rules`).
SET VARIABLE receipts_name = (
    SELECT {
        message_ref: count(message_ref) > 0,
        account: count(account) > 0,
        campaign: count(campaign) > 0,
        client_ref: count(client_ref) > 0,
        sender: count(sender) > 0,
        recipient: count(recipient) > 0,
        price: count(price) > 0,
        parts: count(parts) > 0
    }
    FROM seen
    WHERE kind = 'receipt'
);

CREATE OR REPLACE TEMP TABLE described AS
SELECT message_key FROM part_summaries WHERE NOT is_long AND submissions <> 1
UNION ALL
FROM long_keys
UNION ALL
SELECT message_key
FROM part_summaries
SEMI JOIN (
    SELECT row_no AS a_submission
    FROM seen
    WHERE kind = 'submission' AND (
        (getvariable('receipts_name').message_ref AND message_ref IS NULL)
        OR (getvariable('receipts_name').account AND account IS NULL)
        OR (getvariable('receipts_name').campaign AND campaign IS NULL)
        OR (getvariable('receipts_name').client_ref AND client_ref IS NULL)
        OR (getvariable('receipts_name').sender AND sender IS NULL)
        OR (getvariable('receipts_name').recipient AND recipient IS NULL)
        OR (getvariable('receipts_name').price AND price IS NULL)
        OR getvariable('receipts_name').parts
    )
) AS silent_submissions USING (a_submission)
WHERE NOT is_long AND submissions = 1 AND receipt_rows > 0;

CREATE OR REPLACE TEMP TABLE described_rows AS
SELECT row_no
FROM (SELECT row_no, message_key FROM seen)
SEMI JOIN described USING (message_key);

CREATE OR REPLACE TEMP TABLE details AS
SELECT
    message_key,
    arg_min(message_id, turn) AS message_id,
    arg_min(message_ref, turn) AS message_ref,
    arg_min(account, turn) AS account,
    arg_min(campaign, turn) AS campaign,
    arg_min(client_ref, turn) AS client_ref,
    arg_min(sender, turn) AS sender,
    arg_min(recipient, turn) AS recipient,
    arg_min(country, turn) AS country,
    arg_max({operator: operator, mccmnc: mccmnc}, (operator_source = 'submission', coalesce(event_utc, received_utc), operator, coalesce(mccmnc, '')))
        FILTER (operator IS NOT NULL) AS named,
    arg_min({price: price, format: format}, turn) FILTER (price IS NOT NULL) AS priced,
    max(parts) AS parts,
    max(scheduled_utc) FILTER (kind = 'submission') AS scheduled_utc,
    max(CASE receipt_requested WHEN 'full' THEN 3 WHEN 'partial' THEN 2 WHEN 'none' THEN 1 ELSE 0 END) FILTER (kind = 'submission') AS requested,
    min(extra ->> '$.submit_utc')::TIMESTAMP AS submit_utc
FROM (
    SELECT
        seen.*,
        row_number() OVER (
            PARTITION BY message_key
            ORDER BY hand_overs.row_no IS NULL, seen.kind = 'receipt', coalesce(event_utc, received_utc), seen.part_no NULLS LAST, seen.raw, seen.row_no
        ) AS turn
    FROM seen
    SEMI JOIN described_rows USING (row_no)
    LEFT JOIN (SELECT row_no FROM hand_overs) AS hand_overs USING (row_no)
)
GROUP BY message_key;

-- The operator as receipts name it, the latest first; then data supplied by the user.
CREATE OR REPLACE TEMP TABLE named_operators AS
SELECT message_key, arg_max({operator: operator, mccmnc: mccmnc}, (operator_source = 'receipt', coalesce(event_utc, received_utc), operator, coalesce(mccmnc, ''))) AS named
FROM seen
WHERE operator_source IN ('receipt', 'supplied') AND operator IS NOT NULL
GROUP BY message_key;

-- The latest receipt tells the charge; at the same moment a charge goes on, it does not go back.
CREATE OR REPLACE TEMP TABLE charges AS
SELECT
    message_key,
    arg_max(
        charge_status, (kind = 'receipt', coalesce(event_utc, received_utc), coalesce(received_utc, TIMESTAMP '-infinity'), charge_statuses.rank)
    ) AS charge_status
FROM seen
JOIN charge_statuses USING (charge_status)
GROUP BY message_key;

-- Where several feeds submitted a message, its feed is the one that receipts came to, else the earlier submission's.
CREATE OR REPLACE TEMP TABLE shared_by_feeds AS
SELECT message_key, arg_min(feed, (receipts = 0, first_sent, feed)) AS feed
FROM (
    SELECT
        message_key,
        feed,
        count(*) FILTER (kind = 'receipt') AS receipts,
        min(coalesce(event_utc, received_utc)) FILTER (kind = 'submission') AS first_sent
    FROM unusual_events
    SEMI JOIN submission_sets USING (message_key)
    GROUP BY message_key, feed
)
WHERE first_sent IS NOT NULL
GROUP BY message_key
HAVING count(*) > 1;
