-- Ids are compared as text (`plain_id` in the database's tables), and where a feed writes one side in hexadecimal, that side written in decimal.

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

-- Two submissions of two feeds that can be one: no further apart than the horizon of the earlier one's feed.
CREATE OR REPLACE TEMP MACRO are_near(sent, horizon, other_sent, other_horizon) AS
    greatest(sent, other_sent) <= least(sent, other_sent) + CASE WHEN sent <= other_sent THEN horizon ELSE other_horizon END;

-- The id that a receipt's text names beside the one of its wrapper. Hardly any event has one, so few texts are opened.
CREATE OR REPLACE TEMP MACRO id_in_text(extra, text_id_hash) AS plain_id(CASE WHEN text_id_hash IS NOT NULL THEN extra ->> '$.text_id' END);

-- An id in every way in which it may be written elsewhere.
CREATE OR REPLACE TEMP MACRO spellings_of(id) AS [id, decimal_as_hex(id), hex_as_decimal(id)];
