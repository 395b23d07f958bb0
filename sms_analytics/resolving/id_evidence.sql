-- How many of each feed's receipt ids are a submission's id as written, read as decimal of its hexadecimal, and the other way round.
--
-- Reads   sampled, matching (samples.sql).
WITH drawn AS (
    SELECT DISTINCT feed, id, decimal_as_hex(id) AS hex, hex_as_decimal(id) AS dec FROM sampled WHERE kind = 'receipt'
),
own AS (
    SELECT DISTINCT feed, id FROM matching WHERE kind = 'submission'
),
pairs AS (
    SELECT
        drawn.feed,
        drawn.id,
        hex,
        dec,
        as_written.id IS NOT NULL AS plain,
        by_hex.id IS NOT NULL AS by_hex,
        by_dec.id IS NOT NULL AS by_dec
    FROM drawn
    LEFT JOIN own AS as_written ON as_written.feed = drawn.feed AND as_written.id = drawn.id
    LEFT JOIN own AS by_hex ON by_hex.feed = drawn.feed AND by_hex.id = drawn.hex
    LEFT JOIN own AS by_dec ON by_dec.feed = drawn.feed AND by_dec.id = drawn.dec
)
SELECT
    feed,
    count(*) FILTER (plain) AS plain,
    count(*) FILTER (NOT plain AND hex IS NOT NULL) AS hex_submissions_possible,
    count(*) FILTER (NOT plain AND by_hex) AS hex_submissions_found,
    coalesce(max(length(hex)) FILTER (NOT plain AND by_hex), 0) AS hex_submissions_digits,
    count(*) FILTER (NOT plain AND dec IS NOT NULL) AS hex_receipts_possible,
    count(*) FILTER (NOT plain AND by_dec) AS hex_receipts_found,
    coalesce(max(length(id)) FILTER (NOT plain AND by_dec), 0) AS hex_receipts_digits
FROM pairs
GROUP BY feed;
