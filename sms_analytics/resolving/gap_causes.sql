-- What was answered of the messages whose time is over: by the day of their submission.
CREATE OR REPLACE TEMP TABLE answered_by_day AS
SELECT
    feed,
    operator,
    country,
    date_trunc('day', submitted_utc) AS day_utc,
    count(*) AS mature,
    count(*) FILTER (outcome IN ('delivered', 'partly_confirmed', 'failed')) AS answered,
    count(*) FILTER (outcome = 'no_status') AS silent
FROM messages
JOIN (SELECT feed, now_utc FROM feeds) AS clocks USING (feed)
WHERE deadline_utc < now_utc
    AND outcome IN ('delivered', 'partly_confirmed', 'failed', 'out_of_coverage', 'awaiting_status', 'no_status', 'unrecognised')
    AND NOT refused
    AND NOT submission_missing
GROUP BY ALL;

-- Receipts that belong to no submission, by feed.
CREATE OR REPLACE TEMP TABLE unmatched AS
SELECT feed, coalesce(first_receipt_utc, final_utc, submitted_utc) AS received_utc
FROM messages
WHERE submission_missing;

-- Times in which a feed's own messages were silent: its outages, and days on which most of them never got a status.
CREATE OR REPLACE TEMP TABLE silent_times AS
SELECT feed, start_utc, end_utc, bad AS silent
FROM outage_windows
UNION ALL
SELECT
    feed,
    day_utc + to_microseconds((coalesce(usual_wait_s, 0) * 1e6)::BIGINT),
    day_utc + INTERVAL 1 DAY + to_microseconds((coalesce(usual_wait_s, 0) * 1e6)::BIGINT),
    sum(silent)
FROM answered_by_day
JOIN receipt_habits USING (feed)
GROUP BY feed, day_utc, usual_wait_s
HAVING sum(silent) >= 20 AND sum(answered) < sum(silent);

DELETE FROM gap_evidence;

-- Of this feed the receipts that match nothing count; of others, those beyond what always comes to them.
INSERT INTO gap_evidence BY NAME
WITH streams AS (
    SELECT feed AS other, count(*) / greatest(epoch(max(received_utc) - min(received_utc)), 1) AS a_second
    FROM unmatched
    GROUP BY feed
),
came AS (
    SELECT
        silent_times.feed,
        start_utc,
        end_utc,
        silent,
        unmatched.feed AS other,
        count(*) AS came
    FROM silent_times
    JOIN unmatched ON received_utc BETWEEN start_utc AND end_utc
    GROUP BY ALL
),
beyond AS (
    SELECT
        came.*,
        CASE WHEN other = feed THEN came ELSE greatest(0, came - 3 * sqrt(usual) - usual) END AS counted
    FROM (SELECT came.*, a_second * epoch(end_utc - start_utc) AS usual FROM came JOIN streams USING (other)) AS came
)
SELECT feed, 'ids_do_not_match' AS gap_cause, start_utc, end_utc
FROM beyond
GROUP BY feed, start_utc, end_utc
HAVING 2 * sum(counted) >= any_value(silent);

INSERT INTO gap_evidence BY NAME
SELECT feed, 'log_missing' AS gap_cause, start_utc, end_utc FROM missing_logs;

INSERT INTO gap_evidence BY NAME
SELECT feed, 'feed_silent' AS gap_cause, start_utc, end_utc FROM outages WHERE kind <> 'habit';

-- An operator that is not known is judged by all messages to its country: operators are mostly named in receipts.
INSERT INTO gap_evidence BY NAME
SELECT 'operator_never_reports' AS gap_cause, operator, country
FROM (
    SELECT operator, country, mature, answered FROM answered_by_day WHERE operator IS NOT NULL
    UNION ALL
    SELECT NULL, country, mature, answered FROM answered_by_day
)
GROUP BY operator, country
HAVING sum(mature) >= 50 AND sum(answered) < 0.05 * sum(mature);
