-- Rule 1 across feeds: where the ids of receipts meet submissions of another feed, or the ids in their texts those of their own.
--
-- Reads   lost (receipts whose own feed submitted no such id: row_no, feed, is_nameless, format, recipient, heard, id, text_id, is_drawn)
--         and handed (submissions: feed, format, message_key, form, recipient, sent, horizon_s, is_drawn); `is_drawn`: its id is one of the sample.
-- Leaves  all_meetings.

-- Every way in which such an id can be a submission's: as written, the one written in the other's number system, with the recipient. An id that the
-- receipt's text names beside the one of its wrapper is known as `text_id`.
CREATE OR REPLACE TEMP TABLE forms AS
WITH written AS (
    SELECT row_no, recipient, id, '' AS source FROM lost
    UNION ALL
    SELECT row_no, recipient, text_id, 'text ' FROM lost WHERE text_id IS NOT NULL AND text_id <> id
)
SELECT row_no, source || 'as written' AS way, '/' || id AS form, length(id) AS characters FROM written
UNION ALL
SELECT row_no, source || 'decimal as hexadecimal', '/' || decimal_as_hex(id), length(id) FROM written WHERE decimal_as_hex(id) IS NOT NULL
UNION ALL
SELECT row_no, source || 'hexadecimal as decimal', '/' || hex_as_decimal(id), length(hex_as_decimal(id)) FROM written WHERE hex_as_decimal(id) <> id
UNION ALL
SELECT row_no, source || 'with the recipient', '/' || id || '/' || recipient, length(id) FROM written WHERE recipient IS NOT NULL;

CREATE OR REPLACE TEMP TABLE met AS
SELECT feed, format, message_key, form, max(recipient) AS recipient, min(sent) AS sent, horizon_s, bool_or(is_drawn) AS is_drawn
FROM handed
WHERE form IN (SELECT form FROM forms)
GROUP BY feed, format, message_key, form, horizon_s;

-- A receipt is not older than a minute before its submission, nor younger than twice the horizon.
CREATE OR REPLACE TEMP TABLE all_meetings AS
SELECT
    row_no,
    lost.feed AS receipt_feed,
    met.feed,
    way,
    lost.id,
    lost.heard,
    characters,
    met.message_key,
    met.recipient,
    sent,
    CASE WHEN lost.recipient IS NOT NULL AND met.recipient IS NOT NULL THEN lost.recipient = met.recipient END AS agrees,
    is_nameless AND met.format = lost.format AS is_of_format,
    lost.feed = met.feed AS is_own,
    lost.is_drawn AS is_receipt_drawn,
    met.is_drawn AS is_submission_drawn
FROM forms
JOIN lost USING (row_no)
JOIN met USING (form)
WHERE (met.feed <> lost.feed OR starts_with(way, 'text ')) AND heard >= sent - INTERVAL 1 MINUTE AND heard <= sent + to_seconds(2 * horizon_s);
