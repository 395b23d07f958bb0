-- What of the tables is other in a lake: shared values are numbered by their hash, and what may be large is a view of files.
CREATE TABLE shared_values (
    shared_no BIGINT,
    $shared_values
);

-- What stands for files that there are none of.
CREATE TABLE no_events (
    $event_rows,
    $shared_values,
    shared_no BIGINT
);
CREATE TABLE no_messages (
    $resolved,
    shared_no BIGINT,
    partly BOOLEAN
);
CREATE TABLE no_rejects (load_id INTEGER, record_no BIGINT, raw VARCHAR, field VARCHAR, rule VARCHAR, message VARCHAR);
CREATE TABLE no_sightings (
    load_id INTEGER, record_no BIGINT, event_no SMALLINT, copies INTEGER, of_load_id INTEGER, of_record_no BIGINT, of_event_no SMALLINT
);
