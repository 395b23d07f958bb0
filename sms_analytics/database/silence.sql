-- What is known of silence, found anew by each load for the feeds that it touches (`resolving/outages.py`, `resolving/gap_causes.py`).

-- What was known of each feed when its outages were last found: where it is the same, so are they.
CREATE TABLE judged_feeds (feed VARCHAR, messages BIGINT, receipts BIGINT, now_utc TIMESTAMP, horizon_s BIGINT);

-- How receipts of a feed usually come: the median wait of a message for its final status, the median way of a receipt from the operator to us, and how
-- long that way must have been for the receipt to have been held back. `has_clock`: receipts tell when they were made.
CREATE TABLE receipt_habits (
    feed VARCHAR,
    sent BIGINT,
    usual_wait_s DOUBLE,
    usual_transit_s DOUBLE,
    held_after_s DOUBLE,
    has_clock BOOLEAN
);

-- Hours of hand-over whose messages took far longer than usual, with ten waits in microseconds that are like theirs.
CREATE TABLE slow_hours (feed VARCHAR, hour_utc TIMESTAMP, waits_us BIGINT[]);

-- Times in which receipts of a feed stayed away, or came late, far more often than they usually do.
CREATE TABLE outages (
    feed VARCHAR,
    start_utc TIMESTAMP,
    end_utc TIMESTAMP,
    kind VARCHAR,
    messages BIGINT,
    bad BIGINT,
    resolved_later BIGINT,
    loss_share DOUBLE,
    score DOUBLE
);

-- The same before it is known of what kind they are: `pending` of the bad ones can still be answered, `received` receipts came meanwhile, `is_habit`: as bad
-- at the same hours on most days, or time and again though receipts kept coming.
CREATE TABLE outage_windows (
    feed VARCHAR,
    start_utc TIMESTAMP,
    end_utc TIMESTAMP,
    messages BIGINT,
    bad BIGINT,
    resolved_later BIGINT,
    pending BIGINT,
    received BIGINT,
    score DOUBLE,
    is_habit BOOLEAN
);

-- What explains a missing status: of messages whose receipts were due from `start_utc` to `end_utc`, or of an operator and country at all times.
CREATE TABLE gap_evidence (feed VARCHAR, gap_cause VARCHAR, start_utc TIMESTAMP, end_utc TIMESTAMP, operator VARCHAR, country VARCHAR);
