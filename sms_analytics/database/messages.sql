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
),
-- Only a message without a status has anything to be explained: all others find nothing to be joined with.
silent AS (
    SELECT
        *,
        CASE WHEN outcome = 'no_status' THEN feed END AS silent_feed,
        CASE WHEN outcome = 'no_status' THEN concat_ws('/', coalesce(operator, ''), coalesce(country, '')) END AS silent_party
    FROM concluded
),
explanations AS (
    SELECT
        feed AS silent_feed,
        any_value(usual_wait_s) AS usual_wait_s,
        list(span) FILTER (gap_cause = 'ids_do_not_match') AS other_ids,
        list(span) FILTER (gap_cause = 'log_missing') AS missing_logs,
        list(span) FILTER (gap_cause = 'feed_silent') AS outages
    FROM (SELECT feed, gap_cause, {start_utc: start_utc, end_utc: end_utc} AS span FROM gap_evidence WHERE feed IS NOT NULL) AS spans
    LEFT JOIN receipt_habits USING (feed)
    GROUP BY feed
),
never_reporting AS (
    SELECT DISTINCT concat_ws('/', coalesce(operator, ''), coalesce(country, '')) AS silent_party, true AS never_reports
    FROM gap_evidence
    WHERE gap_cause = 'operator_never_reports'
),
due AS (
    SELECT *, greatest(submitted_utc, scheduled_utc) + to_microseconds((usual_wait_s * 1e6)::BIGINT) AS due_utc
    FROM silent
    LEFT JOIN explanations USING (silent_feed)
    LEFT JOIN never_reporting USING (silent_party)
),
explained AS (
    SELECT
        *,
        CASE
            WHEN is_final THEN said_by
            WHEN outcome <> 'no_status' THEN NULL
            WHEN last_status = 'no_report' THEN 'gateway'
            ELSE 'timeout'
        END AS decided_by,
        -- The first that fits. A receipt is due when receipts of its feed usually come.
        CASE
            WHEN outcome <> 'no_status' THEN NULL
            WHEN last_status = 'no_report' THEN 'gateway_says_none'
            WHEN len(list_filter(other_ids, lambda span: due_utc BETWEEN span.start_utc AND span.end_utc)) > 0 THEN 'ids_do_not_match'
            WHEN len(list_filter(missing_logs, lambda span: due_utc BETWEEN span.start_utc AND span.end_utc)) > 0 THEN 'log_missing'
            WHEN len(list_filter(outages, lambda span: due_utc BETWEEN span.start_utc AND span.end_utc)) > 0 THEN 'feed_silent'
            WHEN never_reports THEN 'operator_never_reports'
            -- What the gateway said itself, such as Kannel's ACK to the hand-over, breaks no silence.
            WHEN receipts > 0 AND said_by = 'operator' THEN 'never_final'
            ELSE 'isolated'
        END AS gap_cause
    FROM due
    LEFT JOIN reasons USING (reason)
)
SELECT
    $messages
FROM explained;
