-- Rule 1 within a feed: events that an id alone leaves unplaced carry a reference, share an id with one that does, or their id is used again.
--
-- Reads   keys (the events in question: row_no, feed, kind, id, ref, recipient, received_utc, event_utc, message_key under the feed's id rule),
--         tying (feeds whose ids must be looked at one by one), feeds.
-- Leaves  their message_key in keys.

CREATE OR REPLACE TEMP TABLE own_ids AS
SELECT row_no, feed, kind, CASE WHEN id IS NOT NULL THEN message_key END AS id, ref, recipient, received_utc, event_utc
FROM keys
WHERE ref IS NOT NULL OR feed IN (FROM tying);

-- Ids that were used again: later than the horizon, or for another recipient.
CREATE OR REPLACE TEMP TABLE repeated_ids AS
SELECT
    id,
    count(DISTINCT recipient) > 1 AS has_recipients,
    -- Where some submissions name their recipient and some do not, each must be looked at after the one before it. Few ids are written so; one that
    -- stands in more lines than this is no id, and those that name nobody then go by themselves.
    has_recipients AND count(recipient) < count(*) AND count(*) <= 1000 AS is_mixed
FROM own_ids
JOIN feeds USING (feed)
WHERE kind = 'submission' AND id IS NOT NULL
GROUP BY id, horizon_s
HAVING has_recipients OR max(coalesce(event_utc, received_utc)) > min(coalesce(event_utc, received_utc)) + to_seconds(horizon_s);

-- A receipt may be logged a minute before its submission.
CREATE OR REPLACE TEMP TABLE tied AS
SELECT
    row_no, feed, kind, id, ref, recipient,
    CASE WHEN kind = 'submission' THEN coalesce(event_utc, received_utc) ELSE coalesce(received_utc, event_utc) + INTERVAL 1 MINUTE END AS time
FROM own_ids
WHERE ref IS NOT NULL
    OR id IN (SELECT id FROM own_ids WHERE ref IS NOT NULL)
    OR id IN (SELECT id FROM repeated_ids);

-- What can be used again: an id after its feed's horizon or for another recipient, a group number of concatenated parts (8 or 16 bits) after an hour,
-- and the two ends of a message that has no id (a refused one, or one whose gateway keeps none) after two seconds. `separately`: the recipient,
-- where it tells uses apart.
CREATE OR REPLACE TEMP TABLE submitted AS
SELECT DISTINCT
    feed || '|id|' || id AS name, recipient, CASE WHEN has_recipients THEN coalesce(recipient, '') ELSE '' END AS separately, time, horizon_s AS window_s, is_mixed
FROM tied
JOIN repeated_ids USING (id)
JOIN feeds USING (feed)
WHERE kind = 'submission'
UNION ALL
SELECT DISTINCT feed || '|ref|' || ref, NULL, '', time, CASE WHEN ref LIKE 'udh:%' THEN 3600 ELSE 2 END, false
FROM tied
WHERE kind = 'submission' AND (ref LIKE 'udh:%' OR ref LIKE 'nack:%' OR ref LIKE 'ends:%');

-- Each use begins with the first submission that is later than the beginning of the use before plus the window.
CREATE OR REPLACE TEMP TABLE plain_uses AS
WITH RECURSIVE begun AS (
    SELECT name, separately, min(time) AS begins, window_s
    FROM submitted
    WHERE NOT is_mixed
    GROUP BY name, separately, window_s
    UNION ALL
    SELECT begun.name, begun.separately, min(submitted.time), begun.window_s
    FROM begun
    JOIN submitted
        ON submitted.name = begun.name AND submitted.separately = begun.separately AND submitted.time > begun.begins + to_seconds(begun.window_s)
    GROUP BY begun.name, begun.separately, begun.window_s, begun.begins
)
SELECT begun.name, begun.begins, max(submitted.recipient) AS recipient
FROM submitted
ASOF JOIN begun ON submitted.name = begun.name AND submitted.separately = begun.separately AND submitted.time >= begun.begins
GROUP BY begun.name, begun.separately, begun.begins;

-- A submission belongs to the last use that goes on at its time and agrees on the recipient, else it begins a new one. One that names nobody agrees
-- with all, and a use that names nobody gets the recipient of the first that joins it.
CREATE OR REPLACE TEMP TABLE mixed_uses AS
WITH RECURSIVE in_order AS (
    SELECT name, time, recipient, window_s, row_number() OVER (PARTITION BY name ORDER BY time, recipient NULLS LAST) AS number
    FROM submitted
    WHERE is_mixed
),
looked_at AS (
    SELECT name, number, time, recipient, 1 AS use, [{begins: time, recipient: recipient}] AS uses
    FROM in_order
    WHERE number = 1
    UNION ALL
    SELECT
        name, number, time, recipient, coalesce(going_on, len(uses) + 1),
        CASE
            WHEN going_on IS NULL THEN list_append(uses, {begins: time, recipient: recipient})
            ELSE list_transform(uses, lambda one, position:
                CASE WHEN position = going_on THEN {begins: one.begins, recipient: coalesce(one.recipient, recipient)} ELSE one END)
        END
    FROM (
        SELECT
            in_order.name, in_order.number, in_order.time, in_order.recipient, uses,
            list_max(list_filter(range(1, len(uses) + 1), lambda position:
                in_order.time <= uses[position].begins + to_seconds(window_s)
                AND (uses[position].recipient IS NULL OR in_order.recipient IS NULL OR uses[position].recipient = in_order.recipient))) AS going_on
        FROM looked_at
        JOIN in_order ON in_order.name = looked_at.name AND in_order.number = looked_at.number + 1
    )
)
FROM looked_at;

CREATE OR REPLACE TEMP TABLE uses AS
SELECT name, begins, recipient, row_number() OVER (PARTITION BY name ORDER BY begins, recipient) AS use
FROM plain_uses
UNION ALL
SELECT name, unnest(uses).begins, unnest(uses).recipient, generate_subscripts(uses, 1)
FROM mixed_uses
QUALIFY row_number() OVER (PARTITION BY name ORDER BY number DESC) = 1;

-- The use that an event belongs to is the last that began before it, of those that can be its recipient's; else the first. Where it names somebody
-- whom no use has, the submission is believed.
CREATE OR REPLACE TEMP TABLE nodes AS
WITH agreeing AS (
    SELECT
        row_no,
        uses.use,
        begins <= tied.time AS has_begun,
        uses.recipient IS NULL OR tied.recipient IS NULL OR uses.recipient = tied.recipient AS agrees,
        mixed_uses.use AS own_use
    FROM tied
    JOIN uses ON uses.name = feed || '|id|' || id
    LEFT JOIN mixed_uses
        ON kind = 'submission'
        AND mixed_uses.name = uses.name
        AND mixed_uses.time = tied.time
        AND mixed_uses.recipient IS NOT DISTINCT FROM tied.recipient
),
id_uses AS (
    SELECT
        row_no,
        coalesce(
            any_value(own_use),
            max(use) FILTER (agrees AND has_begun),
            min(use) FILTER (agrees),
            max(use) FILTER (has_begun),
            1
        ) AS use
    FROM agreeing
    GROUP BY row_no
),
ref_uses AS (
    SELECT row_no, coalesce(max(use) FILTER (begins <= time), 1) AS use
    FROM tied
    JOIN uses ON name = feed || '|ref|' || ref
    GROUP BY row_no
)
SELECT
    tied.row_no,
    CASE WHEN id_uses.use > 1 THEN id || '~' || id_uses.use ELSE id END AS id,
    feed || '/ref:' || CASE WHEN ref_uses.use > 1 THEN ref || '~' || ref_uses.use ELSE ref END AS ref
FROM tied
LEFT JOIN id_uses USING (row_no)
LEFT JOIN ref_uses USING (row_no);

-- References that share an id get the label of the smallest of them.
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT DISTINCT id, ref, ref AS label FROM nodes WHERE id IS NOT NULL AND ref IS NOT NULL;
