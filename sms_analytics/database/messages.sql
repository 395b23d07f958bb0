-- What depends on the clock is derived here, so time passing rewrites nothing: a feed's `now` (rule 5) against each message's deadline (rule 6).
CREATE OR REPLACE VIEW messages AS
WITH clocked AS (
    SELECT
        resolved.*,
        last_status,
        said_by,
        CASE WHEN last_status <> 'delivered' THEN reason END AS reason,
        code_raw,
        code_system,
        now_utc > deadline_utc AS is_over,
        last_status IN ('delivered', 'expired', 'undelivered', 'rejected', 'stopped') AS is_final,
        -- Rule 7: no receipt was asked for, or only for outcomes that did not come.
        receipt_requested = 'none' OR (receipt_requested = 'partial' AND (receipts = 0 OR now_utc > deadline_utc)) AS not_asked
    FROM resolved
    JOIN (SELECT shared_no, status AS last_status, said_by, reason, code_raw, code_system FROM shared_values) AS decider USING (shared_no)
    JOIN (SELECT feed, now_utc FROM feeds) AS clocks USING (feed)
),
concluded AS (
    SELECT
        *,
        CASE
            WHEN last_status = 'delivered' AND partly THEN 'partly_confirmed'
            WHEN last_status = 'delivered' THEN 'delivered'
            WHEN last_status = 'stopped' THEN 'stopped'
            WHEN is_final THEN 'failed'
            WHEN not_asked AND last_status IN ('awaiting_approval', 'paused') THEN last_status
            WHEN not_asked AND last_status IN ('queued', 'scheduled') AND NOT is_over THEN 'waiting_to_send'
            WHEN not_asked THEN 'untracked'
            WHEN last_status = 'no_report' THEN 'no_status'
            WHEN last_status = 'unrecognised' THEN 'unrecognised'
            WHEN last_status IN ('awaiting_approval', 'paused') THEN last_status
            WHEN is_over THEN 'no_status'
            WHEN last_status = 'buffered' THEN 'out_of_coverage'
            WHEN last_status IN ('queued', 'scheduled') THEN 'waiting_to_send'
            ELSE 'awaiting_status'
        END AS outcome
    FROM clocked
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
    parts,
    submitted_utc,
    scheduled_utc,
    deadline_utc,
    first_receipt_utc,
    final_utc,
    final_received_utc,
    last_status,
    outcome,
    CASE
        WHEN is_final THEN said_by
        WHEN outcome <> 'no_status' THEN NULL
        WHEN last_status = 'no_report' THEN 'gateway'
        ELSE 'timeout'
    END AS decided_by,
    refused,
    reason,
    reason_class,
    code_raw,
    code_system,
    detail,
    receipts,
    folded,
    conflict,
    late,
    submission_missing,
    receipt_requested,
    price,
    charge,
    charge_status,
    CASE
        WHEN outcome <> 'no_status' THEN NULL
        WHEN last_status = 'no_report' THEN 'gave_up'
        -- What the gateway said itself, such as Kannel's ACK to the hand-over, breaks no silence.
        WHEN receipts > 0 AND said_by = 'operator' THEN 'never_final'
        ELSE 'silent'
    END AS gap_cause
FROM concluded
LEFT JOIN reasons USING (reason);
