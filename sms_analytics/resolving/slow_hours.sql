-- Hours of hand-over (`hours_in_doubt`) in which messages of a feed took far longer than usual, with ten waits that are like theirs: a large send-out
-- takes its time. Reads due_messages while there is no slow hour of its feeds.
INSERT INTO slow_hours BY NAME
SELECT
    feed,
    hour_utc,
    quantile_cont(epoch_us(due_utc) - epoch_us(begun_utc), [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95])::BIGINT[] AS waits_us
FROM (SELECT *, date_trunc('hour', begun_utc) AS hour_utc FROM due_messages) AS due
SEMI JOIN hours_in_doubt USING (feed, hour_utc)
WHERE outcome IN ('delivered', 'partly_confirmed', 'failed') AND NOT is_held AND last_status <> 'expired'
GROUP BY feed, hour_utc;
