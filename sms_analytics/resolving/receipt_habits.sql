-- How receipts of the feeds in asked_feeds usually come; see the table. Stamps that are cut to the minute are up to a minute too early: they count a
-- minute less. Where receipts are fetched in batches, the usual wait is that for the event and the usual way from there.
INSERT INTO receipt_habits BY NAME
WITH answered AS (
    SELECT
        feed,
        outcome IN ('delivered', 'partly_confirmed', 'failed') AS is_answered,
        final_received_utc IS NOT NULL AND final_received_utc <> final_utc AS is_clocked,
        epoch_us(final_utc) % 60000000 = 0 AS is_whole_minute,
        (epoch_us(coalesce(final_received_utc, final_utc)) - epoch_us(greatest(submitted_utc, scheduled_utc))) / 1e6 AS wait_s,
        (epoch_us(final_received_utc) - epoch_us(final_utc)) / 1e6 AS transit_s
    FROM messages
    WHERE feed IN (FROM asked_feeds)
        AND outcome IN ('delivered', 'partly_confirmed', 'failed', 'out_of_coverage', 'awaiting_status', 'no_status', 'unrecognised')
        AND NOT refused
        AND NOT submission_missing
),
counted AS (
    SELECT
        feed,
        count(*) AS sent,
        count(*) FILTER (is_answered AND is_clocked) > 0.01 * count(*) FILTER (is_answered) AS has_clock,
        count(*) FILTER (is_answered AND is_whole_minute) >= 0.95 * count(*) FILTER (is_answered) AS is_cut,
        quantile_cont(wait_s, [0.5, 0.75]) FILTER (is_answered) AS waits_s,
        quantile_cont(wait_s - transit_s, 0.5) FILTER (is_answered) AS event_wait_s,
        quantile_cont(transit_s, [0.5, 0.75]) FILTER (is_answered) AS transits_s
    FROM answered
    GROUP BY feed
)
SELECT
    feed,
    sent,
    has_clock,
    CASE WHEN has_clock THEN transit_s - cut_s ELSE wait_s END AS usual_transit_s,
    CASE
        WHEN wait_s IS NULL THEN NULL
        WHEN has_clock AND transit_s - cut_s > 120 THEN greatest(0, event_wait_s + transit_s - cut_s)
        ELSE greatest(0, wait_s)
    END AS usual_wait_s,
    greatest(120, 4 * CASE WHEN has_clock THEN long_transit_s - cut_s ELSE long_wait_s END) AS held_after_s
FROM (
    SELECT
        *,
        waits_s[1] AS wait_s,
        waits_s[2] AS long_wait_s,
        transits_s[1] AS transit_s,
        transits_s[2] AS long_transit_s,
        CASE WHEN is_cut THEN 60 ELSE 0 END AS cut_s
    FROM counted
);
