-- Rule 1 across feeds: the submissions that two feeds speak of, such as one's own table and the gateway's log.
--
-- Reads   handed, filled, feeds, sides, configured.
-- Leaves  sharing (feed, other, agree_well, are_far_apart, is_configured), and what the evidence is weighed by: asked, found.

CREATE OR REPLACE TEMP TABLE drawn AS
SELECT feed, stride, id, form AS own_form, recipient, sent
FROM handed
WHERE is_drawn;

CREATE OR REPLACE TEMP TABLE drawn_forms AS
SELECT *, 'as written' AS way, own_form AS form, length(id) AS characters FROM drawn
UNION ALL
SELECT *, 'without the id rule', '/' || id, length(id) FROM drawn WHERE own_form <> '/' || id
UNION ALL
SELECT *, 'decimal as hexadecimal', '/' || decimal_as_hex(id), length(id) FROM drawn WHERE decimal_as_hex(id) IS NOT NULL
UNION ALL
SELECT *, 'hexadecimal as decimal', '/' || hex_as_decimal(id), length(hex_as_decimal(id)) FROM drawn WHERE hex_as_decimal(id) <> id;

CREATE OR REPLACE TEMP TABLE drawn_pairs AS
WITH others AS (
    SELECT feed, message_key, form, recipient, sent, to_seconds(horizon_s) AS horizon FROM handed WHERE form IN (SELECT form FROM drawn_forms)
)
SELECT
    drawn_forms.feed,
    others.feed AS other,
    way,
    id,
    characters,
    others.message_key,
    CASE WHEN drawn_forms.recipient IS NOT NULL AND others.recipient IS NOT NULL THEN drawn_forms.recipient = others.recipient END AS agrees
FROM drawn_forms
JOIN others USING (form)
JOIN sides ON sides.feed = drawn_forms.feed
WHERE others.feed <> drawn_forms.feed AND are_near(drawn_forms.sent, sides.horizon, others.sent, others.horizon);

CREATE OR REPLACE TEMP TABLE shared_ids AS
SELECT
    drawn_pairs.*,
    coalesce(greatest(mine.share, theirs.share), 1) < 0.01 AS are_far_apart,
    characters >= 12 OR (characters >= 7 AND are_far_apart) AS tells,
    forced.feed IS NOT NULL AS is_configured
FROM drawn_pairs
SEMI JOIN (
    SELECT feed, other, way
    FROM drawn_pairs
    GROUP BY feed, other, way
    QUALIFY row_number() OVER (PARTITION BY feed, other ORDER BY count(DISTINCT id) DESC, way) = 1
) AS best USING (feed, other, way)
LEFT JOIN filled AS mine ON mine.feed = drawn_pairs.feed
LEFT JOIN filled AS theirs ON theirs.feed = other
LEFT JOIN (
    SELECT receipt_feed AS feed, feed AS other FROM configured WHERE feed IS NOT NULL
    UNION
    SELECT feed, receipt_feed FROM configured WHERE feed IS NOT NULL
) AS forced ON forced.feed = drawn_pairs.feed AND forced.other = drawn_pairs.other
WHERE forced.feed IS NOT NULL OR NOT (drawn_pairs.feed IN (SELECT receipt_feed FROM configured) OR drawn_pairs.other IN (SELECT receipt_feed FROM configured));

CREATE OR REPLACE TEMP TABLE sharing AS
SELECT
    feed,
    other,
    100 * count(DISTINCT CASE WHEN agrees AND NOT tells THEN id END) >= 95 * count(DISTINCT CASE WHEN agrees IS NOT NULL AND NOT tells THEN id END) AS agree_well,
    any_value(are_far_apart) AS are_far_apart,
    any_value(is_configured) AS is_configured
FROM shared_ids
GROUP BY feed, other;

-- What the evidence is weighed by (link_evidence.sql).
CREATE OR REPLACE TEMP TABLE asked AS
SELECT feed AS asking_feed, id, sent AS time, stride
FROM drawn;

CREATE OR REPLACE TEMP TABLE found AS
SELECT feed AS asking_feed, other AS feed, id, message_key, shared_ids.is_configured AS is_given, way, NULL::TIMESTAMP AS time, true AS is_asked, false AS is_submission_drawn
FROM shared_ids
JOIN sharing USING (feed, other)
WHERE agrees IS DISTINCT FROM false AND (shared_ids.is_configured OR tells OR (agrees AND agree_well));
