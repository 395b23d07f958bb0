-- Receipts whose record names no connection (their feed is the format's name) belong to the one feed of their format that submitted their id.
CREATE OR REPLACE TEMP TABLE strays AS
SELECT place, format, feed, id_key('', message_id, kind, id_rule, recipient) AS id
FROM placed_events
JOIN feeds USING (feed)
WHERE feed = format AND feed IN (FROM touched) AND kind = 'receipt' AND message_id IS NOT NULL;

-- An earlier load may have given them away; what was loaded since may have made that ambiguous.
UPDATE event_rows
SET message_key = strays.feed || strays.id
FROM strays
WHERE event_rows.rowid = strays.place AND message_ref IS NULL AND message_key <> strays.feed || strays.id;

CREATE OR REPLACE TEMP TABLE adopted AS
SELECT strays.place, min(owners.message_key) AS message_key
FROM strays
JOIN (
    SELECT DISTINCT format, message_key, id_key('', message_id, kind, id_rule, recipient) AS id
    FROM events
    JOIN feeds USING (feed)
    WHERE format IN (SELECT format FROM strays) AND kind = 'submission' AND message_id IS NOT NULL
) AS owners USING (format, id)
GROUP BY strays.place
HAVING count(*) = 1;

UPDATE event_rows
SET message_key = adopted.message_key
FROM adopted
WHERE event_rows.rowid = adopted.place AND event_rows.message_key <> adopted.message_key;
