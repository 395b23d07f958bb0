-- How many of a feed's receipt ids are a submission's id as written, read as decimal of its hexadecimal, and the other way round.
WITH ids AS (
    SELECT DISTINCT plain_id(message_id) AS id
    FROM events
    WHERE feed = $feed AND kind = 'receipt' AND message_id IS NOT NULL
),
sampled AS (
    SELECT id, decimal_as_hex(id) AS hex, hex_as_decimal(id) AS dec
    FROM ids
    ORDER BY hash(id), id
    LIMIT $sample
),
wanted AS (
    SELECT id FROM sampled
    UNION SELECT hex FROM sampled
    UNION SELECT dec FROM sampled
),
submitted AS (
    SELECT DISTINCT plain_id(message_id) AS id
    FROM events
    WHERE feed = $feed AND kind = 'submission' AND message_id IS NOT NULL AND plain_id(message_id) IN (FROM wanted)
),
pairs AS (
    SELECT
        id,
        hex,
        dec,
        id IN (FROM submitted) AS plain,
        coalesce(hex IN (FROM submitted), false) AS by_hex,
        coalesce(dec IN (FROM submitted), false) AS by_dec
    FROM sampled
)
SELECT
    count(*) FILTER (plain) AS plain,
    count(*) FILTER (NOT plain AND hex IS NOT NULL) AS hex_submissions_possible,
    count(*) FILTER (NOT plain AND by_hex) AS hex_submissions_found,
    coalesce(max(length(hex)) FILTER (NOT plain AND by_hex), 0) AS hex_submissions_digits,
    count(*) FILTER (NOT plain AND dec IS NOT NULL) AS hex_receipts_possible,
    count(*) FILTER (NOT plain AND by_dec) AS hex_receipts_found,
    coalesce(max(length(id)) FILTER (NOT plain AND by_dec), 0) AS hex_receipts_digits
FROM pairs;
