-- The tables of the database file. Times are naive UTC. No primary keys: they make inserting ten times slower,
-- and what must be unique is kept so by the loader (anti-join) and checked by the tests.

CREATE TABLE meta (schema_version INTEGER, created_by VARCHAR);

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

-- Which feeds a load carried: the load's last time moves the clock of each of them.
CREATE TABLE load_feeds (load_id INTEGER, feed VARCHAR, time_zone VARCHAR, receipt_zone VARCHAR);

-- Columns whose values all differ are packed by zstd: to look for a dictionary in them costs twice as much.
CREATE TABLE events (
    load_id INTEGER,
    record_no BIGINT,
    event_no SMALLINT,
    format VARCHAR,
    feed VARCHAR,
    kind VARCHAR,
    message_id VARCHAR USING COMPRESSION zstd,
    message_ref VARCHAR,
    message_key VARCHAR USING COMPRESSION zstd,
    part_no SMALLINT,
    parts SMALLINT,
    account VARCHAR,
    campaign VARCHAR,
    client_ref VARCHAR,
    sender VARCHAR,
    recipient VARCHAR USING COMPRESSION zstd,
    country VARCHAR,
    operator VARCHAR,
    mccmnc VARCHAR,
    operator_source VARCHAR,
    event_utc TIMESTAMP,
    received_utc TIMESTAMP,
    scheduled_utc TIMESTAMP,
    time_precision VARCHAR,
    time_zone VARCHAR,
    receipt_requested VARCHAR,
    status VARCHAR,
    status_raw VARCHAR,
    said_by VARCHAR,
    reason VARCHAR,
    code_raw VARCHAR,
    code_system VARCHAR,
    detail VARCHAR,
    price DOUBLE,
    charge_status VARCHAR,
    copies INTEGER,
    extra JSON,
    raw VARCHAR USING COMPRESSION zstd
);

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
    receipts_only BOOLEAN
);

-- The vocabulary, so that whoever opens the file finds what its words mean.
CREATE TABLE reasons (reason VARCHAR, reason_class VARCHAR);
CREATE TABLE statuses (status VARCHAR, bit BIGINT, class INTEGER, rank INTEGER);
