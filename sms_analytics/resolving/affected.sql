-- Which events what was just loaded can put elsewhere: those that share an id with it, in any spelling, in its own feed or one that is linked to it, or a
-- reference; and what shares an id or a reference with these, until nothing is added. Repeated by `affected.py` with the events that were added last.
--
-- Reads   added (row_no), feed_groups (feed, feed_group), event_rows, shared_values, numbered_events, and what earlier rounds left.
-- Leaves  affected (row_no), added (those that this round found).

CREATE OR REPLACE TEMP TABLE adding AS
SELECT
    feed, feed_group, message_ref AS ref,
    plain_id(message_id) AS id,
    id_in_text(extra, text_id_hash) AS text_id
FROM numbered_events
JOIN feed_groups USING (feed)
WHERE row_no IN (FROM added);

CREATE OR REPLACE TEMP TABLE new_ids AS
SELECT DISTINCT feed_group, hash_of_id(id) AS id_hash
FROM (SELECT feed_group, unnest(list_concat(spellings_of(id), spellings_of(text_id))) AS id FROM adding)
WHERE id IS NOT NULL
EXCEPT
FROM reached_ids;

CREATE OR REPLACE TEMP TABLE new_refs AS
SELECT DISTINCT feed, ref FROM adding WHERE ref IS NOT NULL
EXCEPT
FROM reached_refs;

INSERT INTO reached_ids FROM new_ids;
INSERT INTO reached_refs FROM new_refs;

CREATE OR REPLACE TEMP TABLE added AS
SELECT row_no
FROM (
    SELECT row_no
    FROM (
        SELECT event_rows.rowid AS row_no, shared_no, id_hash FROM event_rows WHERE id_hash IN (SELECT id_hash FROM new_ids)
        UNION ALL
        SELECT event_rows.rowid, shared_no, text_id_hash FROM event_rows WHERE text_id_hash IN (SELECT id_hash FROM new_ids)
    )
    JOIN shared_values USING (shared_no)
    JOIN feed_groups USING (feed)
    SEMI JOIN new_ids USING (feed_group, id_hash)
    UNION
    SELECT row_no
    FROM (SELECT event_rows.rowid AS row_no, shared_no, message_ref AS ref FROM event_rows WHERE message_ref IN (SELECT ref FROM new_refs))
    JOIN shared_values USING (shared_no)
    SEMI JOIN new_refs USING (feed, ref)
)
ANTI JOIN affected USING (row_no);

INSERT INTO affected FROM added;
