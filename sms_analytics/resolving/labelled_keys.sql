-- A message with one id keeps that id's key; one that a reference holds together over several ids is named by the reference.
--
-- Reads   nodes, pairs (own_keys.sql; their labels spread).
-- Leaves  message_key in keys.

CREATE OR REPLACE TEMP TABLE labelled AS
SELECT label, CASE WHEN count(DISTINCT id) = 1 THEN min(id) ELSE label END AS message_key
FROM pairs
GROUP BY label;

UPDATE keys
SET message_key = found.message_key
FROM (
    SELECT
        nodes.row_no,
        coalesce(by_ref.message_key, by_id.message_key, nodes.ref, nodes.id) AS message_key
    FROM nodes
    LEFT JOIN (SELECT DISTINCT ref, message_key FROM pairs JOIN labelled USING (label)) AS by_ref USING (ref)
    LEFT JOIN (SELECT DISTINCT id, message_key FROM pairs JOIN labelled USING (label)) AS by_id USING (id)
) AS found
WHERE keys.row_no = found.row_no AND keys.message_key <> found.message_key;
