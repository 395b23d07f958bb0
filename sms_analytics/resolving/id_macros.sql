-- Ids are compared as text, since some are above 2^63: lower case, leading zeros aside, and where a feed writes one side in hexadecimal, that side
-- written in decimal.
CREATE OR REPLACE TEMP MACRO plain_id(id) AS CASE WHEN ltrim(lower(id), '0') = '' THEN '0' ELSE ltrim(lower(id), '0') END;

CREATE OR REPLACE TEMP MACRO hex_as_decimal(id) AS
    CASE WHEN length(id) <= 31 AND regexp_full_match(id, '[0-9a-f]+') THEN TRY_CAST('0x' || id AS HUGEINT)::VARCHAR END;

CREATE OR REPLACE TEMP MACRO decimal_as_hex(id) AS
    CASE WHEN length(id) <= 37 AND regexp_full_match(id, '[0-9]+') THEN ltrim(lower(to_hex(TRY_CAST(id AS UHUGEINT))), '0') END;

-- A vendor that gives one id to several recipients of a submission names a message by both.
CREATE OR REPLACE TEMP MACRO id_key(feed, id, kind, rule, recipient) AS feed || '/' || CASE
    WHEN (rule = 'hex_submissions' AND kind = 'submission') OR (rule = 'hex_receipts' AND kind = 'receipt')
        THEN coalesce(hex_as_decimal(plain_id(id)), plain_id(id))
    WHEN rule = 'per_recipient' THEN plain_id(id) || '/' || coalesce(recipient, '')
    ELSE plain_id(id)
END;

CREATE OR REPLACE TEMP MACRO base_36(id) AS list_reduce(
    list_transform(string_split(id, ''), lambda sign: (strpos('0123456789abcdefghijklmnopqrstuvwxyz', sign) - 1)::HUGEINT), lambda high, low: high * 36 + low
);

-- How much of the range that they span the submitted ids of seven to eleven characters fill, for each feed of a table. A counter's fill it.
CREATE OR REPLACE TEMP MACRO filled_of(feeds_in_question) AS TABLE
SELECT
    feed,
    CASE
        WHEN bool_and(digits IS NOT NULL) THEN count(DISTINCT digits) / (max(digits) - min(digits) + 1)
        WHEN bool_and(hex IS NOT NULL) THEN count(DISTINCT hex) / (max(hex) - min(hex) + 1)
        ELSE count(DISTINCT id) / (max(base_36(id)) - min(base_36(id)) + 1)
    END AS share
FROM (
    SELECT
        feed,
        id,
        CASE WHEN regexp_full_match(id, '[0-9]+') THEN id::HUGEINT END AS digits,
        CASE WHEN regexp_full_match(id, '[0-9a-f]+') THEN ('0x' || id)::HUGEINT END AS hex
    FROM (
        SELECT feed, plain_id(message_id) AS id
        FROM events
        WHERE kind = 'submission' AND message_id IS NOT NULL AND feed IN (SELECT feed FROM query_table(feeds_in_question))
    )
    WHERE length(id) BETWEEN 7 AND 11
)
GROUP BY feed;

-- Two submissions of two feeds that can be one: no further apart than the horizon of the earlier one's feed.
CREATE OR REPLACE TEMP MACRO are_near(sent, horizon, other_sent, other_horizon) AS
    greatest(sent, other_sent) <= least(sent, other_sent) + CASE WHEN sent <= other_sent THEN horizon ELSE other_horizon END;
