-- When the receipt of each sent message was due, and whether it stayed away (statistics: a Bernoulli CUSUM needs each message once, in one order).
--
-- Reads   {messages} (`messages`, or some of them), feeds, receipt_habits, slow_hours.
-- Gives   feed, operator, outcome, last_status, submitted_utc, begun_utc, received_utc, due_utc, is_bad, is_held, is_pending; a row per message whose receipt is due by now.
--
-- A receipt that was not held back is due when it came; where a feed's receipts are fetched in batches, as long after its event as they usually
-- come, since the messages of a whole batch would else be due at one moment. One that never came was due when receipts of its feed usually come, or
-- later where most of those of the same hour came later: a large send-out takes its time. What an operator said in the meantime breaks its silence.
WITH timed AS (
    SELECT
        feed,
        operator,
        outcome,
        submitted_utc,
        greatest(submitted_utc, scheduled_utc) AS begun_utc,
        final_utc,
        final_received_utc,
        last_status,
        deadline_utc,
        coalesce(first_receipt_utc, submitted_utc) AS heard_utc,
        outcome IN ('delivered', 'partly_confirmed', 'failed') AS is_answered,
        outcome = 'unrecognised' OR (outcome = 'out_of_coverage' AND first_receipt_utc IS NOT NULL) AS is_spoken_of,
        is_answered
            AND last_status <> 'expired'
            AND coalesce(epoch_us(final_received_utc) - epoch_us(CASE WHEN has_clock THEN final_utc ELSE begun_utc END) > held_after_s * 1e6, false)
            AS is_held,
        usual_wait_s,
        usual_transit_s,
        held_after_s,
        has_clock,
        begun_utc + to_microseconds((usual_wait_s * 1e6)::BIGINT) AS expected_utc,
        feed_now_utc
    FROM {messages}
    JOIN receipt_habits USING (feed)
    JOIN (SELECT feed, now_utc AS feed_now_utc FROM feeds) AS clocks USING (feed)
    WHERE outcome IN ('delivered', 'partly_confirmed', 'failed', 'out_of_coverage', 'awaiting_status', 'no_status', 'unrecognised')
        AND NOT refused
        AND NOT submission_missing
        AND usual_wait_s IS NOT NULL
),
placed AS (
    SELECT
        *,
        CASE
            WHEN is_spoken_of THEN heard_utc
            WHEN NOT is_answered THEN NULL
            WHEN last_status = 'expired' THEN coalesce(final_received_utc, final_utc)
            WHEN is_held AND has_clock THEN final_utc
            WHEN is_held OR final_received_utc IS NULL THEN expected_utc
            WHEN usual_transit_s <= 120 THEN final_received_utc
            WHEN has_clock THEN final_utc + to_microseconds((usual_transit_s * 1e6)::BIGINT)
            ELSE expected_utc
        END AS answered_utc
    FROM timed
),
expected AS (
    SELECT
        placed.*,
        coalesce(answered_utc, begun_utc + to_microseconds(waits_us[1 + epoch_us(submitted_utc) // 1000000 % 10]), expected_utc) AS due_utc
    FROM placed
    LEFT JOIN slow_hours ON answered_utc IS NULL AND slow_hours.feed = placed.feed AND hour_utc = date_trunc('hour', begun_utc)
)
SELECT
    feed,
    operator,
    outcome,
    last_status,
    submitted_utc,
    begun_utc,
    final_received_utc AS received_utc,
    due_utc,
    is_held OR NOT (is_answered OR is_spoken_of) AS is_bad,
    is_held,
    NOT is_answered AND deadline_utc >= feed_now_utc AS is_pending
FROM expected
WHERE answered_utc IS NOT NULL
    OR (due_utc <= feed_now_utc AND epoch_us(feed_now_utc) - epoch_us(begun_utc) > greatest(60, 3 * usual_wait_s, held_after_s) * 1e6)
