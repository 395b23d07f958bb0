-- The tables of the database file. Times are naive UTC. No primary keys: they make inserting ten times slower,
-- and what must be unique is kept so by the loader (anti-join) and checked by the tests.

-- `hash_check`: the hash of a known id, since another release of DuckDB may hash otherwise.
CREATE TABLE meta (schema_version INTEGER, created_by VARCHAR, hash_check UINTEGER);

CREATE TABLE loads (
    load_id INTEGER,
    path VARCHAR,
    sha256 VARCHAR,
    bytes BIGINT,
    format VARCHAR,
    feed VARCHAR,
    time_zone VARCHAR,
    state VARCHAR,
    records BIGINT,
    accepted BIGINT,
    skipped BIGINT,
    rejected BIGINT,
    events BIGINT,
    unrecognised BIGINT,
    duplicates BIGINT,
    first_utc TIMESTAMP,
    last_utc TIMESTAMP,
    loaded_utc TIMESTAMP,
    version VARCHAR
);

-- The options a load was made with, as JSON: the same content under the same options is not loaded again.
CREATE TABLE load_options (load_id INTEGER, options VARCHAR);

-- Which stretch of its file a load stands for (bytes `began` to `ended`), what its records are numbered by, the loads to which it left records that
-- they had accepted, where the clock of its log was at its end, and what it asked of the log before it (`series.py`). The content is what the file
-- holds once it is unpacked, so that a log is known again when rotation has packed it.
CREATE TABLE load_pieces (
    load_id INTEGER,
    began BIGINT,
    ended BIGINT,
    numbering VARCHAR,
    left_to INTEGER[],
    clock VARCHAR,
    asked VARCHAR,
    content_bytes BIGINT,
    content_sha256 VARCHAR
);

-- Which records a load accepted: a bit for each of `records` record numbers, packed, so that no other load of the same content takes them again.
CREATE TABLE accepted_records (load_id INTEGER, first_record_no BIGINT, records BIGINT, bits BLOB);

-- Which feeds a load carried: the load's last time moves the clock of each of them. `written` is how the load spells the name, in so many `events`.
CREATE TABLE load_feeds (load_id INTEGER, feed VARCHAR, time_zone VARCHAR, receipt_zone VARCHAR, written VARCHAR, events BIGINT);

-- What each load holds of a feed, kept by the resolver: `asking` are the submissions that asked for a receipt, as far as their log says.
CREATE TABLE load_counts (
    load_id INTEGER,
    feed VARCHAR,
    format VARCHAR,
    submissions BIGINT,
    receipts BIGINT,
    asking BIGINT,
    with_ref BIGINT,
    with_text_id BIGINT,
    first_sent TIMESTAMP,
    last_sent TIMESTAMP,
    first_heard TIMESTAMP,
    last_heard TIMESTAMP,
    first_utc TIMESTAMP,
    last_utc TIMESTAMP
);

-- Senders whose short messages say what they asked for (`requests.py`): whether any asked for a receipt.
CREATE TABLE load_requests (load_id INTEGER, feed VARCHAR, sender VARCHAR, asks BOOLEAN);

-- `events` is two tables, since writing a text costs the same whether it is new or stands in every row: `shared_values` has a row for each set of
-- values that events share, `event_rows` a row per event with what is its own.
CREATE TABLE shared_values (
    shared_no INTEGER,
    $shared_values
);

-- Ids are compared as text, since some are above 2^63: lower case, leading zeros aside. Four bytes of a hash find an id among many million rows in a tenth
-- of the time that comparing the texts takes; what they find is compared as text.
CREATE MACRO plain_id(id) AS CASE WHEN ltrim(lower(id), '0') = '' THEN '0' ELSE ltrim(lower(id), '0') END;
CREATE MACRO hash_of_id(id) AS (hash(ltrim(lower(id), '0')) >> 32)::UINTEGER;

-- `id_hash`: of the id, else of the reference, else of the record; `text_id_hash`: of the id that the receipt's text names beside it.
CREATE TABLE event_rows (
    $event_rows,
    shared_no INTEGER,
    id_hash UINTEGER,
    text_id_hash UINTEGER
);

-- `row_no` is a number per row, only used to fetch the row again.
CREATE VIEW numbered_events AS
SELECT
    event_rows.rowid AS row_no,
    shared_no,
    id_hash,
    text_id_hash,
    $events
FROM event_rows
JOIN shared_values USING (shared_no);

CREATE VIEW events AS
SELECT * EXCLUDE (row_no, shared_no, id_hash, text_id_hash)
FROM numbered_events;

-- Where else a stored event stands: one row per load that holds it again. Taking a load out must not lose what another one holds too.
CREATE TABLE sightings (
    load_id INTEGER,
    record_no BIGINT,
    event_no SMALLINT,
    copies INTEGER,
    of_load_id INTEGER,
    of_record_no BIGINT,
    of_event_no SMALLINT
);

CREATE TABLE rejects (load_id INTEGER, record_no BIGINT, raw VARCHAR, field VARCHAR, rule VARCHAR, message VARCHAR);

CREATE TABLE feeds (
    feed VARCHAR,
    id_rule VARCHAR,
    id_rule_evidence VARCHAR,
    time_zone VARCHAR,
    receipt_zone VARCHAR,
    horizon_s BIGINT,
    first_utc TIMESTAMP,
    last_utc TIMESTAMP,
    now_utc TIMESTAMP,
    submissions BIGINT,
    receipts BIGINT,
    receipts_only BOOLEAN,
    answers VARCHAR[],
    answers_evidence VARCHAR,
    undecided BOOLEAN
);

-- What `purge` took out, as counts: by day in `zone`, operator, country, account and reason. The counts are those of `rates`; `receipts_only_arrived` and
-- `receipts_only_known` are what `receipts_only_answered` is made of. A row of `purges` for each time: before `before_utc` only counts are kept.
CREATE TABLE daily_counts (
    zone VARCHAR,
    day DATE,
    operator VARCHAR,
    country VARCHAR,
    account VARCHAR,
    reason VARCHAR,
    $daily_counts
);

CREATE TABLE purges (before_utc TIMESTAMP, zone VARCHAR, messages BIGINT, purged_utc TIMESTAMP);

-- How two feeds speak of the same messages (rule 1): `what` is `receipts` (the first answers the second's submissions), `submissions` (both submitted
-- them) or `text` (the first's own submissions, by the ids that its receipts' texts name). `way`: how the ids are written.
CREATE TABLE feed_links (
    feed VARCHAR, other VARCHAR, what VARCHAR, way VARCHAR, is_configured BOOLEAN, agree_well BOOLEAN, are_far_apart BOOLEAN
);

-- The vocabulary, so that whoever opens the file finds what its words mean.
CREATE TABLE reasons (reason VARCHAR, reason_class VARCHAR);
CREATE TABLE statuses (status VARCHAR, bit BIGINT, class INTEGER, rank INTEGER);
CREATE TABLE charge_statuses (charge_status VARCHAR, rank INTEGER);

-- Formats whose prices are what recipients are charged, by their documentation or the configuration; all other prices are what sending costs.
CREATE TABLE format_facts (format VARCHAR, is_premium BOOLEAN, asks_for_first_part BOOLEAN);

-- One row per message: what the events say, without what depends on the clock; `messages` adds that. `shared_no`: the shared values of the deciding
-- event, its status, who said it, reason and code. `partly`: delivered, but parts that never asked for a receipt are not known to be.
CREATE TABLE resolved (
    $resolved,
    shared_no INTEGER,
    partly BOOLEAN
);

-- What proves that messages arrived, without an operator: codes that were entered, clicks, answers. A row per proof as its file has it; which message it
-- is of is found when it is asked, since messages are resolved anew.
CREATE TABLE proof_files (
    proof_id INTEGER,
    path VARCHAR,
    sha256 VARCHAR,
    records BIGINT,
    accepted BIGINT,
    skipped BIGINT,
    rejected BIGINT,
    loaded_utc TIMESTAMP
);

CREATE TABLE proofs (
    proof_id INTEGER,
    record_no BIGINT,
    message_id VARCHAR,
    recipient VARCHAR,
    account VARCHAR,
    kind VARCHAR,
    proven_utc TIMESTAMP
);
