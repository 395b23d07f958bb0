-- Rule 1 across feeds: which feeds' receipts answer which feeds' submissions, and which feeds speak of the same submissions.
--
-- Reads   placed_events, event_rows, feeds, and configured (receipt_feed, feed; a NULL feed where the configuration says that it answers none).
-- Leaves  sides, lost, meetings (those that are no chance), and what the evidence is weighed by: asked, found, untelling.

-- What each feed has of submissions and receipts.
CREATE OR REPLACE TEMP TABLE sides AS
SELECT
    feed,
    to_seconds(horizon_s) AS horizon,
    count(*) FILTER (kind = 'submission') AS submissions,
    count(*) FILTER (kind = 'submission' AND receipt_requested IS DISTINCT FROM 'none') AS asking,
    count(*) FILTER (kind = 'receipt') AS receipts,
    min(coalesce(event_utc, received_utc)) FILTER (kind = 'submission') AS first_sent,
    max(coalesce(event_utc, received_utc)) FILTER (kind = 'submission') AS last_sent,
    min(coalesce(received_utc, event_utc)) FILTER (kind = 'receipt') AS first_heard,
    max(coalesce(received_utc, event_utc)) FILTER (kind = 'receipt') AS last_heard,
    any_value(formats) AS formats
FROM events
JOIN feeds USING (feed)
JOIN (SELECT feed, list(DISTINCT format) AS formats FROM event_traits SEMI JOIN event_rows USING (traits) GROUP BY feed) AS named USING (feed)
GROUP BY feed, horizon_s;

-- Receipts whose own feed submitted no such id. Their places first: hardly any receipt is one, and the columns are wide.
CREATE OR REPLACE TEMP TABLE lost_places AS
SELECT place
FROM (SELECT place, message_key FROM placed_events WHERE kind = 'receipt' AND message_id IS NOT NULL)
ANTI JOIN (SELECT message_key FROM events WHERE kind = 'submission') AS submitted USING (message_key);

-- An id that the receipt's text names beside the one of its wrapper is known as `text_id`.
CREATE OR REPLACE TEMP TABLE lost AS
SELECT
    place,
    feed,
    feed = format AS is_nameless,
    format,
    message_key,
    recipient,
    coalesce(received_utc, event_utc) AS heard,
    plain_id(message_id) AS id,
    plain_id(extra ->> '$.text_id') AS text_id
FROM placed_events
SEMI JOIN lost_places USING (place);

-- Every way in which such an id can be a submission's: as written, the one written in the other's number system, with the recipient.
CREATE OR REPLACE TEMP TABLE forms AS
WITH written AS (
    SELECT place, recipient, id, '' AS source FROM lost
    UNION ALL
    SELECT place, recipient, text_id, 'text ' FROM lost WHERE text_id IS NOT NULL AND text_id <> id
)
SELECT place, source || 'as written' AS way, '/' || id AS form, length(id) AS characters FROM written
UNION ALL
SELECT place, source || 'decimal as hexadecimal', '/' || decimal_as_hex(id), length(id) FROM written WHERE decimal_as_hex(id) IS NOT NULL
UNION ALL
SELECT place, source || 'hexadecimal as decimal', '/' || hex_as_decimal(id), length(hex_as_decimal(id)) FROM written WHERE hex_as_decimal(id) <> id
UNION ALL
SELECT place, source || 'with the recipient', '/' || id || '/' || recipient, length(id) FROM written WHERE recipient IS NOT NULL;

CREATE OR REPLACE TEMP TABLE met AS
SELECT feed, format, message_key, form, max(recipient) AS recipient, min(sent) AS sent, horizon_s
FROM (
    SELECT
        feed, format, message_key, recipient, horizon_s,
        id_key('', message_id, kind, id_rule, recipient) AS form,
        coalesce(event_utc, received_utc) AS sent
    FROM events
    JOIN feeds USING (feed)
    WHERE kind = 'submission' AND message_id IS NOT NULL
)
WHERE form IN (SELECT form FROM forms)
GROUP BY feed, format, message_key, form, horizon_s;

-- A receipt is not older than a minute before its submission, nor younger than twice the horizon.
CREATE OR REPLACE TEMP TABLE all_meetings AS
SELECT
    place,
    lost.feed AS receipt_feed,
    met.feed,
    way,
    lost.id,
    characters,
    met.message_key,
    met.recipient,
    sent,
    CASE WHEN lost.recipient IS NOT NULL AND met.recipient IS NOT NULL THEN lost.recipient = met.recipient END AS agrees,
    is_nameless AND met.format = lost.format AS is_of_format
FROM forms
JOIN lost USING (place)
JOIN met USING (form)
WHERE (met.feed <> lost.feed OR starts_with(way, 'text ')) AND heard >= sent - INTERVAL 1 MINUTE AND heard <= sent + to_seconds(2 * horizon_s);

-- One way for two feeds: the one in which most ids meet, as written where it is no worse.
CREATE OR REPLACE TEMP TABLE met_in_one_way AS
FROM all_meetings
SEMI JOIN (
    SELECT receipt_feed, feed, way
    FROM all_meetings
    GROUP BY receipt_feed, feed, way
    QUALIFY row_number() OVER (PARTITION BY receipt_feed, feed ORDER BY count(DISTINCT id) DESC, starts_with(way, 'text '), way) = 1
) AS best USING (receipt_feed, feed, way);

-- Whether an id tells by itself: it is long, or of middle length and the submitted ids lie far apart, as no counter's do.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT
    met_in_one_way.*,
    characters >= 12 OR (characters >= 7 AND coalesce(filled.share, 1) < 0.01) AS tells,
    said.receipt_feed IS NOT NULL AS is_configured,
    receipt_feed = feed AS is_own
FROM met_in_one_way
LEFT JOIN filled_of('met_in_one_way') AS filled USING (feed)
LEFT JOIN (FROM configured WHERE feed IS NOT NULL) AS said USING (receipt_feed, feed)
WHERE said.receipt_feed IS NOT NULL OR receipt_feed = feed OR receipt_feed NOT IN (SELECT receipt_feed FROM configured);

-- Ids that do not tell are no chance where their recipients agree: 95 of 100 that both sides name.
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT receipt_feed, feed
FROM judged
WHERE NOT tells
GROUP BY receipt_feed, feed
HAVING 100 * count(DISTINCT CASE WHEN agrees THEN id END) >= 95 * count(DISTINCT CASE WHEN agrees IS NOT NULL THEN id END);

CREATE OR REPLACE TEMP TABLE meetings AS
SELECT judged.*
FROM judged
LEFT JOIN (SELECT receipt_feed, feed, true AS well FROM agreeing) AS agreeing USING (receipt_feed, feed)
WHERE agrees IS DISTINCT FROM false AND (is_configured OR is_own OR is_of_format OR tells OR (agrees AND well));

-- What the evidence is weighed by (evidence.sql): ids that were asked about, and those that were found.
CREATE OR REPLACE TEMP TABLE asked AS
SELECT feed AS asking_feed, id, heard AS time, 1 AS stride
FROM lost;

CREATE OR REPLACE TEMP TABLE found AS
SELECT receipt_feed AS asking_feed, feed, id, message_key, is_configured OR is_of_format AS is_given, way
FROM meetings
WHERE NOT is_own;

-- Where they would be evidence if they told: recipients are missing on one side. Only feeds that have no submissions of their own are in doubt.
CREATE OR REPLACE TEMP TABLE untelling AS
SELECT receipt_feed AS asking_feed, feed, id, message_key, false AS is_given, way
FROM judged
SEMI JOIN agreeing USING (receipt_feed, feed)
WHERE agrees IS NULL AND NOT (is_own OR is_configured OR is_of_format OR tells) AND receipt_feed IN (SELECT feed FROM sides WHERE submissions = 0);
