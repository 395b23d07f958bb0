-- The events of a lake under the names that they have in a database file. `row_no` is a number per row of the present state.
CREATE VIEW numbered_events AS
SELECT
    {row_no} AS row_no,
    shared_no,
    hash_of_id(coalesce(message_id, message_ref, raw)) AS id_hash,
    CASE WHEN contains(extra, '"text_id"') THEN hash_of_id(extra ->> '$$.text_id') END AS text_id_hash,
    $events
FROM {source};

CREATE VIEW event_rows AS
SELECT * EXCLUDE (row_no), row_no AS rowid
FROM numbered_events;

CREATE VIEW events AS
SELECT
    $events
FROM {source};
