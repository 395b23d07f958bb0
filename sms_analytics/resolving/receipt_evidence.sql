-- Rule 1 across feeds: which feeds' receipts may answer which feeds' submissions, from the meetings of sampled ids.
--
-- Reads   all_meetings (meetings.sql), lost, sampled, strides, sides, and configured (receipt_feed, feed; a NULL feed where the configuration says that it
--         answers none).
-- Leaves  judged, agreeing, and what the evidence is weighed by (link_evidence.sql): asked, found, untelling.

-- One way for two feeds: the one in which most ids meet, as written where it is no worse.
CREATE OR REPLACE TEMP TABLE met_in_one_way AS
FROM all_meetings
SEMI JOIN (
    SELECT receipt_feed, feed, way
    FROM all_meetings
    GROUP BY receipt_feed, feed, way
    QUALIFY row_number() OVER (PARTITION BY receipt_feed, feed ORDER BY count(DISTINCT id) DESC, starts_with(way, 'text '), way) = 1
) AS best USING (receipt_feed, feed, way);

-- How much of the range that they span the submitted ids of seven to eleven characters fill. A counter's fill it.
CREATE OR REPLACE TEMP TABLE filled AS
SELECT
    feed,
    CASE
        WHEN bool_and(digits IS NOT NULL) THEN any_value(stride) * count(DISTINCT digits) / (max(digits) - min(digits) + 1)
        WHEN bool_and(hex IS NOT NULL) THEN any_value(stride) * count(DISTINCT hex) / (max(hex) - min(hex) + 1)
        ELSE any_value(stride) * count(DISTINCT id) / (max(base_36(id)) - min(base_36(id)) + 1)
    END AS share
FROM (
    SELECT
        feed,
        id,
        stride,
        CASE WHEN regexp_full_match(id, '[0-9]+') THEN id::HUGEINT END AS digits,
        CASE WHEN regexp_full_match(id, '[0-9a-f]+') THEN ('0x' || id)::HUGEINT END AS hex
    FROM sampled
    WHERE kind = 'submission' AND length(id) BETWEEN 7 AND 11
)
GROUP BY feed;

-- Whether an id tells by itself: it is long, or of middle length and the submitted ids lie far apart, as no counter's do.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT
    met_in_one_way.*,
    coalesce(filled.share, 1) < 0.01 AS are_far_apart,
    characters >= 12 OR (characters >= 7 AND are_far_apart) AS tells,
    said.receipt_feed IS NOT NULL AS is_configured
FROM met_in_one_way
LEFT JOIN filled USING (feed)
LEFT JOIN (FROM configured WHERE feed IS NOT NULL) AS said USING (receipt_feed, feed)
WHERE said.receipt_feed IS NOT NULL OR is_own OR receipt_feed NOT IN (SELECT receipt_feed FROM configured);

-- Ids that do not tell are no chance where their recipients agree: 95 of 100 that both sides name.
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT receipt_feed, feed
FROM judged
WHERE NOT tells
GROUP BY receipt_feed, feed
HAVING 100 * count(DISTINCT CASE WHEN agrees THEN id END) >= 95 * count(DISTINCT CASE WHEN agrees IS NOT NULL THEN id END);

CREATE OR REPLACE TEMP TABLE asked AS
SELECT feed AS asking_feed, id, heard AS time, stride
FROM lost
WHERE is_drawn;

CREATE OR REPLACE TEMP TABLE found AS
SELECT receipt_feed AS asking_feed, feed, id, message_key, is_configured OR is_of_format AS is_given, way, heard AS time, is_receipt_drawn AS is_asked, is_submission_drawn
FROM judged
LEFT JOIN (SELECT receipt_feed, feed, true AS well FROM agreeing) AS agreeing USING (receipt_feed, feed)
WHERE agrees IS DISTINCT FROM false AND (is_configured OR is_of_format OR tells OR (agrees AND well)) AND NOT is_own;

-- Where they would be evidence if they told: recipients are missing on one side. Only feeds that have no submissions of their own are in doubt.
CREATE OR REPLACE TEMP TABLE untelling AS
SELECT receipt_feed AS asking_feed, feed, id, message_key, false AS is_given, way, heard AS time, is_receipt_drawn AS is_asked, is_submission_drawn
FROM judged
SEMI JOIN agreeing USING (receipt_feed, feed)
WHERE agrees IS NULL AND NOT (is_own OR is_configured OR is_of_format OR tells) AND receipt_feed IN (SELECT feed FROM sides WHERE submissions = 0);
