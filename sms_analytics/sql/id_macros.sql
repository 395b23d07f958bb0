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
