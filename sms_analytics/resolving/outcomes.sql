-- Rules 6, 9 and 10: the message as it is stored. What depends on the clock is a view over it (`messages`).
--
-- Reads   decided, seen, details, named_operators, charges, shared_by_feeds, feeds, statuses, format_facts.
-- Leaves  outcomes_of_events: the columns of `resolved` for a slice of the messages.

-- The wide columns are fetched for some messages at a time, `slice_begin` <= row_no < `slice_end`: a join of all of them does not fit into memory.
CREATE OR REPLACE TEMP VIEW slice AS
FROM decided
WHERE row_no >= getvariable('slice_begin') AND row_no < getvariable('slice_end');

CREATE OR REPLACE TEMP VIEW outcomes_of_events AS
WITH picked AS (
    SELECT
        slice.*,
        coalesce(shared_by_feeds.feed, submission.feed, decider.feed) AS feed,
        coalesce(details.message_id, submission.message_id) AS message_id,
        coalesce(details.message_ref, submission.message_ref) AS message_ref,
        coalesce(details.account, submission.account) AS account,
        coalesce(details.campaign, submission.campaign) AS campaign,
        coalesce(details.client_ref, submission.client_ref) AS client_ref,
        coalesce(details.sender, submission.sender) AS sender,
        coalesce(details.recipient, submission.recipient) AS recipient,
        coalesce(details.country, submission.country) AS country,
        coalesce(named_operators.named.operator, details.named.operator, submission.operator, decider.operator) AS operator,
        -- With its operator's own event: another one may be of another network.
        CASE
            WHEN named_operators.named IS NOT NULL THEN named_operators.named.mccmnc
            WHEN details.named IS NOT NULL THEN details.named.mccmnc
            WHEN submission.operator IS NOT NULL THEN submission.mccmnc
            ELSE coalesce(submission.mccmnc, decider.mccmnc)
        END AS mccmnc,
        coalesce(details.parts, submission.parts) AS parts,
        coalesce(submission.event_utc, submission.received_utc, details.submit_utc, first_receipt_utc) AS submitted_utc,
        coalesce(details.scheduled_utc, submission.scheduled_utc) AS scheduled_utc,
        class = 4 AS is_final,
        coalesce(decider.event_utc, decider.received_utc) AS decided_utc,
        decider.received_utc AS decided_received_utc,
        decider.status AS last_status,
        decider.said_by,
        decider.shared_no,
        decider.detail,
        CASE WHEN details.message_key IS NULL THEN submission.receipt_requested ELSE [NULL, 'none', 'partial', 'full'][coalesce(details.requested, 0) + 1] END
            AS receipt_requested,
        coalesce(details.priced.price, submission.price) AS price,
        coalesce(details.priced.format, submission.format) AS priced_by,
        charges.charge_status,
        horizon_s
    FROM slice
    JOIN (FROM seen WHERE row_no >= getvariable('slice_begin') AND row_no < getvariable('slice_end')) AS decider USING (row_no)
    JOIN statuses ON statuses.status = decider.status
    LEFT JOIN (FROM seen SEMI JOIN (SELECT submission_row AS row_no FROM slice) AS wanted USING (row_no)) AS submission
        ON submission.row_no = submission_row
    LEFT JOIN shared_by_feeds ON shared_by_feeds.message_key = slice.message_key
    JOIN feeds ON feeds.feed = coalesce(shared_by_feeds.feed, submission.feed, decider.feed)
    LEFT JOIN details ON details.message_key = slice.message_key
    LEFT JOIN named_operators ON named_operators.message_key = slice.message_key
    LEFT JOIN charges ON charges.message_key = slice.message_key
),
dated AS (
    SELECT *, greatest(submitted_utc, scheduled_utc) + to_seconds(horizon_s) AS deadline_utc
    FROM picked
)
SELECT
    message_key,
    message_id,
    message_ref,
    feed,
    account,
    campaign,
    client_ref,
    sender,
    recipient,
    country,
    operator,
    mccmnc,
    parts::SMALLINT AS parts,
    submitted_utc,
    scheduled_utc,
    deadline_utc,
    first_receipt_utc,
    CASE WHEN is_final THEN decided_utc END AS final_utc,
    CASE WHEN is_final THEN decided_received_utc END AS final_received_utc,
    shared_no,
    -- Rule 10: the gateway said no and nothing shows that the message ever left it.
    is_final AND last_status IN ('expired', 'undelivered', 'rejected') AND said_by = 'gateway' AND NOT handed_over AS refused,
    detail,
    receipts,
    folded,
    conflict,
    is_final AND coalesce(decided_received_utc, decided_utc) > deadline_utc AS late,
    submission_missing,
    partly,
    CASE WHEN counted THEN receipt_requested ELSE 'none' END AS receipt_requested,
    price,
    -- Whoever tells of a charge tells of a premium message; else the price is what its format says that prices are.
    CASE
        WHEN charge_status IN ('pending', 'charged', 'not_charged', 'refunded', 'failed') THEN 'premium'
        WHEN price IS NULL THEN NULL
        WHEN priced_by IN (SELECT format FROM format_facts WHERE is_premium) AND charge_status IS DISTINCT FROM 'none' THEN 'premium'
        ELSE 'cost'
    END AS charge,
    charge_status
FROM dated;
