-- How many of each feed's receipt ids are a submission's id as written, read as decimal of its hexadecimal, and the other way round.
-- A sample drawn by the ids themselves is the same whatever was loaded first.
WITH sizes AS (
    SELECT feed, count(*) AS receipts
    FROM events
    WHERE feed IN (FROM touched) AND kind = 'receipt' AND message_id IS NOT NULL
    GROUP BY feed
),
drawn AS (
    SELECT feed, message_id
    FROM events
    JOIN sizes USING (feed)
    WHERE kind = 'receipt' AND message_id IS NOT NULL AND hash(message_id) % greatest(1, receipts // $sample)::UBIGINT = 0
),
sampled AS (
    SELECT DISTINCT feed, plain_id(message_id) AS id, decimal_as_hex(plain_id(message_id)) AS hex, hex_as_decimal(plain_id(message_id)) AS dec
    FROM drawn
),
wanted AS (
    SELECT feed, id FROM sampled
    UNION SELECT feed, hex FROM sampled WHERE hex IS NOT NULL
    UNION SELECT feed, dec FROM sampled WHERE dec IS NOT NULL
),
submitted AS (
    SELECT DISTINCT feed, id
    FROM (SELECT feed, plain_id(message_id) AS id FROM events WHERE kind = 'submission' AND message_id IS NOT NULL)
    SEMI JOIN wanted USING (feed, id)
),
pairs AS (
    SELECT
        sampled.feed,
        sampled.id,
        hex,
        dec,
        as_written.id IS NOT NULL AS plain,
        by_hex.id IS NOT NULL AS by_hex,
        by_dec.id IS NOT NULL AS by_dec
    FROM sampled
    LEFT JOIN submitted AS as_written ON as_written.feed = sampled.feed AND as_written.id = sampled.id
    LEFT JOIN submitted AS by_hex ON by_hex.feed = sampled.feed AND by_hex.id = sampled.hex
    LEFT JOIN submitted AS by_dec ON by_dec.feed = sampled.feed AND by_dec.id = sampled.dec
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
