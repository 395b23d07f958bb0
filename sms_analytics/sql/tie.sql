-- Events of the touched feeds that an id alone does not place: they carry a reference, share an id with one that does, or their id is used again.

CREATE OR REPLACE TEMP TABLE own_ids AS
SELECT place, feed, kind, id_key(feed, message_id, kind, id_rule, recipient) AS id, message_ref AS ref, received_utc, event_utc
FROM placed_events
JOIN feeds USING (feed)
WHERE feed IN (FROM touched) AND (message_id IS NOT NULL OR message_ref IS NOT NULL) AND (message_ref IS NOT NULL OR feed IN (FROM tying));

CREATE OR REPLACE TEMP TABLE repeated_ids AS
SELECT id
FROM own_ids
JOIN feeds USING (feed)
WHERE kind = 'submission' AND id IS NOT NULL
GROUP BY id, horizon_s
HAVING max(coalesce(event_utc, received_utc)) > min(coalesce(event_utc, received_utc)) + to_seconds(horizon_s);

-- A receipt may be logged a minute before its submission.
CREATE OR REPLACE TEMP TABLE tied AS
SELECT
    place, feed, kind, id, ref,
    CASE WHEN kind = 'submission' THEN coalesce(event_utc, received_utc) ELSE coalesce(received_utc, event_utc) + INTERVAL 1 MINUTE END AS time
FROM own_ids
WHERE ref IS NOT NULL
    OR id IN (SELECT id FROM own_ids WHERE ref IS NOT NULL)
    OR id IN (FROM repeated_ids);

-- What can be used again: an id after its feed's horizon, a group number of concatenated parts (8 or 16 bits) after an hour, and the two ends of
-- a message that has no id (a refused one, or one whose gateway keeps none) after two seconds.
CREATE OR REPLACE TEMP TABLE submitted AS
SELECT DISTINCT feed || '|id|' || id AS name, time, horizon_s AS window_s
FROM tied
JOIN feeds USING (feed)
WHERE kind = 'submission' AND id IN (FROM repeated_ids)
UNION ALL
SELECT DISTINCT feed || '|ref|' || ref, time, CASE WHEN ref LIKE 'udh:%' THEN 3600 ELSE 2 END
FROM tied
WHERE kind = 'submission' AND (ref LIKE 'udh:%' OR ref LIKE 'nack:%' OR ref LIKE 'ends:%');

-- Each use begins with the first submission that is later than the beginning of the use before plus the window.
CREATE OR REPLACE TEMP TABLE uses AS
WITH RECURSIVE begun AS (
    SELECT name, min(time) AS begins, window_s, 1 AS use
    FROM submitted
    GROUP BY name, window_s
    UNION ALL
    SELECT begun.name, min(submitted.time), begun.window_s, begun.use + 1
    FROM begun
    JOIN submitted ON submitted.name = begun.name AND submitted.time > begun.begins + to_seconds(begun.window_s)
    GROUP BY begun.name, begun.window_s, begun.use
)
SELECT name, begins, use FROM begun;

-- The use that an event belongs to is the last that began before it, else the first.
CREATE OR REPLACE TEMP TABLE nodes AS
WITH id_uses AS (
    SELECT place, coalesce(max(use) FILTER (begins <= time), 1) AS use
    FROM tied
    JOIN uses ON name = feed || '|id|' || id
    GROUP BY place
),
ref_uses AS (
    SELECT place, coalesce(max(use) FILTER (begins <= time), 1) AS use
    FROM tied
    JOIN uses ON name = feed || '|ref|' || ref
    GROUP BY place
)
SELECT
    tied.place,
    CASE WHEN id_uses.use > 1 THEN id || '~' || id_uses.use ELSE id END AS id,
    feed || '/ref:' || CASE WHEN ref_uses.use > 1 THEN ref || '~' || ref_uses.use ELSE ref END AS ref
FROM tied
LEFT JOIN id_uses USING (place)
LEFT JOIN ref_uses USING (place);

CREATE OR REPLACE TEMP TABLE pairs AS
SELECT DISTINCT id, ref, ref AS label FROM nodes WHERE id IS NOT NULL AND ref IS NOT NULL;
