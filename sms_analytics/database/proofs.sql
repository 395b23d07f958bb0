-- What proves that messages arrived, without an operator: codes that were entered, clicks, answers. A row per proof as its file has it; which message it
-- is of is found when it is asked, since messages are resolved anew. Made when the first file is brought.
CREATE TABLE IF NOT EXISTS proof_files (
    proof_id INTEGER,
    path VARCHAR,
    sha256 VARCHAR,
    records BIGINT,
    accepted BIGINT,
    skipped BIGINT,
    rejected BIGINT,
    loaded_utc TIMESTAMP
);

CREATE TABLE IF NOT EXISTS proofs (
    proof_id INTEGER,
    record_no BIGINT,
    message_id VARCHAR,
    recipient VARCHAR,
    account VARCHAR,
    kind VARCHAR,
    proven_utc TIMESTAMP
);
