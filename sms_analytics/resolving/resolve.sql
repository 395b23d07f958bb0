-- Events to messages: design rules 2 to 10 but for what depends on the clock.
--
-- Reads   seen (the columns of placed_events: `place` is a number per row, only used to fetch the row again),
--         feeds (feed, horizon_s), statuses (status, bit, class, rank), charge_statuses (charge_status, rank),
--         format_facts (format, is_premium).
-- Leaves  decided (one row per message) and outcomes_of_events: the columns of `resolved` for a slice of them.
--
-- The winning row's place is picked first, over narrow columns, and the wide columns are fetched after: carrying them through the grouping takes
-- five times as long. Nearly all messages have one final status and one submission; only the others are put in order.

-- Long messages: the only ones whose events must be told apart by part.
CREATE OR REPLACE TEMP TABLE long_keys AS
SELECT DISTINCT message_key
FROM seen
WHERE part_no IS NOT NULL OR (contains(message_key, '/ref:') AND starts_with(message_key, feed || '/ref:'));

CREATE OR REPLACE TEMP TABLE long_events AS
SELECT
    place, message_key, kind, part_no, message_ref IS NULL AS is_by_id,
    CASE WHEN message_id IS DISTINCT FROM message_ref THEN id_key('', message_id, kind, id_rule, recipient) END AS id
FROM seen
SEMI JOIN long_keys USING (message_key)
JOIN feeds USING (feed);

-- A part is named by its number; else by that of the submission with its id (Kannel's receipts name only the id); else by its id where a message
-- has several; else it is the one part that submissions name (the line of a gateway that writes one line for all parts, and asks for one of them);
-- else it is the whole (''). An id that is the reference too is the whole's.
CREATE OR REPLACE TEMP TABLE long_parts AS
SELECT
    place,
    coalesce(
        long_events.part_no::VARCHAR,
        submitted_as.part_no::VARCHAR,
        -- What its id alone ties to the message names the submission's id, perhaps in another number system.
        CASE WHEN is_by_id THEN sole.part_no::VARCHAR END,
        CASE WHEN several.message_key IS NOT NULL THEN 'id:' || long_events.id END,
        sole.part_no::VARCHAR,
        ''
    ) AS part
FROM long_events
LEFT JOIN (
    SELECT message_key, min(part_no) AS part_no
    FROM long_events
    WHERE kind = 'submission'
    GROUP BY message_key
    HAVING count(DISTINCT part_no) = 1
) AS sole USING (message_key)
LEFT JOIN (
    SELECT message_key, id, min(part_no) AS part_no
    FROM long_events
    WHERE kind = 'submission' AND part_no IS NOT NULL AND id IS NOT NULL
    GROUP BY message_key, id
) AS submitted_as USING (message_key, id)
LEFT JOIN (SELECT message_key FROM long_events GROUP BY message_key HAVING count(DISTINCT id) > 1) AS several USING (message_key);

CREATE OR REPLACE TEMP VIEW statements AS
SELECT
    place,
    message_key,
    part AS own_part,  -- only long messages have parts
    coalesce(part, '') AS part,
    kind = 'submission' AS is_submission,
    status,
    bit,
    class,
    rank,
    coalesce(event_utc, received_utc) AS time,
    received_utc,
    coalesce(received_utc, event_utc) AS learned,
    event_utc,
    code_raw,
    code_system,
    detail,
    status_raw,
    said_by,
    receipt_requested,
    copies
FROM seen
JOIN statuses USING (status)
LEFT JOIN long_parts USING (place);

-- What the events of a part say of it, in one number: the bits of what receipts say, those of what submissions say, and what bears on rule 10: that it
-- was submitted, that an operator spoke of it, that the gateway turned it away. Each aggregate costs as much as reading the rows, so there are few.
CREATE OR REPLACE TEMP MACRO of_submission(bits) AS bits << 20;
CREATE OR REPLACE TEMP MACRO was_submitted() AS 1::BIGINT << 40;
CREATE OR REPLACE TEMP MACRO operator_spoke() AS 1::BIGINT << 41;
CREATE OR REPLACE TEMP MACRO turned_away() AS 1::BIGINT << 42;
-- The place of a final where there is one, else any: finals stand above all places.
CREATE OR REPLACE TEMP MACRO above(place) AS place + (1::BIGINT << 50);
CREATE OR REPLACE TEMP MACRO below(place) AS place & ((1::BIGINT << 50) - 1);

CREATE OR REPLACE TEMP TABLE tally AS
SELECT
    message_key,
    coalesce(own_part, '') AS part,
    own_part IS NOT NULL AS is_long,
    submissions,
    events - submissions AS receipt_rows,
    said & (of_submission(1) - 1) AS receipt_statuses,
    (said | (said >> 20)) & all_finals AS final_statuses,
    (said & was_submitted()) > 0 AS submitted,
    (said & operator_spoke()) > 0 AS spoken_of,
    (said & turned_away()) > 0 AS turned_away,
    finals,
    below(picked) AS picked,
    a_submission,
    first_receipt_utc
FROM (
    SELECT
        message_key,
        own_part,
        count(*) AS events,
        count(*) FILTER (is_submission) AS submissions,
        count(*) FILTER (class = 4) AS finals,
        bit_or(
            CASE WHEN is_submission THEN of_submission(bit) ELSE bit END
            | CASE
                WHEN said_by = 'operator' THEN operator_spoke()
                WHEN is_submission AND status = 'submitted' THEN was_submitted()
                WHEN NOT is_submission AND status = 'rejected' THEN turned_away()
                ELSE 0
            END
        ) AS said,
        max(CASE WHEN class = 4 THEN above(place) ELSE place END) AS picked,
        any_value(place) FILTER (is_submission) AS a_submission,
        min(learned) FILTER (NOT is_submission) AS first_receipt_utc
    FROM statements
    GROUP BY message_key, own_part
)
CROSS JOIN (SELECT bit_or(bit) AS all_finals FROM statuses WHERE class = 4);

-- Receipts that were folded into identical ones when they were loaded.
CREATE OR REPLACE TEMP TABLE repeats AS
SELECT message_key, part, sum(copies - 1)::BIGINT AS repeats
FROM statements
WHERE copies > 1 AND NOT is_submission
GROUP BY message_key, part;

-- Events of messages that are not the plain case, one submission and receipts that all say something else, at most one of them final. Few are
-- not, so what follows looks at these alone.
CREATE OR REPLACE TEMP TABLE odd_places AS
SELECT place
FROM (SELECT place, message_key FROM seen)
SEMI JOIN (
    SELECT message_key
    FROM tally
    WHERE is_long OR submissions <> 1 OR receipt_rows > bit_count(receipt_statuses) OR (finals <> 1 AND receipt_rows > 0)
) AS odd USING (message_key);

CREATE OR REPLACE TEMP VIEW odd_seen AS
FROM seen
SEMI JOIN odd_places USING (place);

CREATE OR REPLACE TEMP VIEW odd_statements AS
FROM statements
SEMI JOIN odd_places USING (place);

-- Rule 2: identical receipts count once. Receipts that all say something else cannot be identical.
CREATE OR REPLACE TEMP TABLE distinct_receipts AS
SELECT message_key, part, count(DISTINCT (status, code_raw, event_utc)) AS receipts
FROM odd_statements
SEMI JOIN (SELECT message_key, part FROM tally WHERE receipt_rows > bit_count(receipt_statuses)) AS alike USING (message_key, part)
WHERE NOT is_submission
GROUP BY message_key, part;

-- Messages that not exactly one submission speaks for.
CREATE OR REPLACE TEMP TABLE submission_sets AS
SELECT message_key FROM tally WHERE NOT is_long AND submissions > 1
UNION ALL
SELECT message_key FROM tally WHERE is_long GROUP BY message_key HAVING sum(submissions) > 0;

-- The hand-over: the earliest submission that was submitted, else the earliest.
CREATE OR REPLACE TEMP TABLE hand_overs AS
SELECT message_key, place
FROM odd_seen
SEMI JOIN submission_sets USING (message_key)
WHERE kind = 'submission'
QUALIFY row_number() OVER (
    PARTITION BY message_key
    ORDER BY status = 'submitted' DESC, coalesce(event_utc, received_utc), part_no NULLS LAST, message_id NULLS LAST, raw, place
) = 1;

-- Rules 3 and 4: what decides a part. A final beats no_report, that beats a word that we cannot read, that beats what leaves the part open.
-- Among open ones a receipt is never older than the hand-over: the operator's clock may be cut to the minute.
CREATE OR REPLACE TEMP TABLE contested AS
SELECT message_key, part, event_utc AS handed_event_utc, received_utc AS handed_received_utc
FROM tally
LEFT JOIN hand_overs USING (message_key)
LEFT JOIN (SELECT place, event_utc, received_utc FROM seen) AS submission
    ON submission.place = coalesce(hand_overs.place, CASE WHEN submissions = 1 THEN a_submission END)
WHERE finals <> 1 AND submissions + receipt_rows > 1;

CREATE OR REPLACE TEMP TABLE settled AS
SELECT message_key, part, place
FROM (
    SELECT
        odd_statements.*,
        CASE WHEN class < 4 AND NOT is_submission THEN greatest(time, coalesce(handed_event_utc, handed_received_utc)) ELSE time END AS order_time
    FROM odd_statements
    JOIN contested USING (message_key, part)
)
QUALIFY row_number() OVER (
    PARTITION BY message_key, part
    ORDER BY
        class DESC,
        (class = 4 AND status = 'delivered') DESC,
        order_time DESC,
        CASE WHEN class = 4 THEN received_utc END DESC NULLS LAST,
        rank DESC,
        code_raw DESC NULLS LAST,
        code_system DESC NULLS LAST,
        detail DESC NULLS LAST,
        status_raw DESC NULLS LAST,
        is_submission,
        place
) = 1;

CREATE OR REPLACE TEMP VIEW parts AS
SELECT
    tally.*,
    coalesce(settled.place, picked) AS place,
    coalesce(distinct_receipts.receipts, receipt_rows) AS receipts,
    receipt_rows + coalesce(repeats.repeats, 0) AS receipt_copies,
    bit_count(final_statuses) > 1 AS conflict
FROM tally
LEFT JOIN settled USING (message_key, part)
LEFT JOIN distinct_receipts USING (message_key, part)
LEFT JOIN repeats USING (message_key, part);

-- Rule 8: only parts that asked for a receipt count, and those that have a final all the same. A part without a submission of its own asked if the
-- message did. Where receipts name parts, the whole is none, unless it has a final; it stands for one that is still missing where only the whole was
-- submitted and fewer parts than it has were heard of.
CREATE OR REPLACE TEMP TABLE long_states AS
WITH requested AS (
    SELECT message_key, part, coalesce(bool_or(receipt_requested <> 'none'), true) AS asked
    FROM statements
    SEMI JOIN long_keys USING (message_key)
    WHERE is_submission
    GROUP BY message_key, part
),
messages AS (
    SELECT message_key, coalesce(bool_or(receipt_requested <> 'none'), true) AS asked
    FROM statements
    SEMI JOIN long_keys USING (message_key)
    WHERE is_submission
    GROUP BY message_key
),
numbers AS (
    SELECT message_key, max(parts) AS parts
    FROM seen
    SEMI JOIN long_keys USING (message_key)
    GROUP BY message_key
),
envelopes AS (
    SELECT
        message_key,
        coalesce(any_value(numbers.parts), 0) > count(*) FILTER (part <> '' AND receipt_rows > 0)
            AND count(*) FILTER (part <> '' AND submissions > 0) = 0
            AND count(*) FILTER (part = '' AND submissions > 0) = 1 AS misses_parts
    FROM parts
    JOIN numbers USING (message_key)
    WHERE is_long
    GROUP BY message_key
    HAVING count(*) FILTER (part <> '' AND receipt_rows > 0) > 0 AND count(*) FILTER (part = '' AND finals = 0) = 1
),
counted AS (
    SELECT
        parts.message_key,
        part,
        parts.place,
        CASE WHEN part = '' AND misses_parts IS NOT NULL THEN misses_parts ELSE true END
            AND (finals > 0 OR coalesce(requested.asked, messages.asked, true)) AS counts
    FROM parts
    LEFT JOIN requested USING (message_key, part)
    LEFT JOIN messages USING (message_key)
    LEFT JOIN envelopes USING (message_key)
    WHERE is_long
)
-- Any failed part fails the message; else a stopped one stops it; else any open part leaves it open; else all are delivered.
SELECT
    counted.*,
    CASE
        WHEN NOT counts THEN 0
        WHEN status IN ('expired', 'undelivered', 'rejected') THEN 4
        WHEN status = 'stopped' THEN 3
        WHEN class < 4 THEN 2
        ELSE 1
    END AS weight
FROM counted
JOIN statements USING (place);

-- Messages that are not confirmed whole although all that asked is delivered: a part never asked, or fewer parts are known than there are. A final about
-- the whole leaves nothing to ask.
CREATE OR REPLACE TEMP TABLE partly_asked AS
SELECT message_key
FROM long_states
JOIN (SELECT message_key, max(parts) AS parts FROM seen SEMI JOIN long_keys USING (message_key) GROUP BY message_key) AS numbers USING (message_key)
GROUP BY message_key
HAVING count(*) FILTER (counts AND part = '') = 0
    AND (count(*) FILTER (NOT counts AND part <> '') > 0 OR count(*) FILTER (counts) < coalesce(any_value(parts), 0));

-- The deciding final of the parts that weigh most; while open, the last word about any open part; about any part where none asked.
CREATE OR REPLACE TEMP TABLE long_deciders AS
SELECT message_key, place, weight > 0 AS counted
FROM (
    SELECT
        statements.*,
        weight,
        CASE WHEN class < 4 AND NOT is_submission THEN greatest(time, coalesce(handed.event_utc, handed.received_utc)) ELSE time END AS order_time
    FROM long_states
    JOIN (SELECT message_key, max(weight) AS weight FROM long_states GROUP BY message_key) AS heaviest USING (message_key, weight)
    JOIN statements ON statements.message_key = long_states.message_key AND statements.part = long_states.part
    LEFT JOIN hand_overs ON hand_overs.message_key = statements.message_key
    LEFT JOIN (SELECT place, event_utc, received_utc FROM seen) AS handed ON handed.place = hand_overs.place
    WHERE weight IN (0, 2) OR statements.place = long_states.place
)
QUALIFY row_number() OVER (
    PARTITION BY message_key
    ORDER BY
        class DESC,
        order_time DESC,
        CASE WHEN class = 4 THEN received_utc END DESC NULLS LAST,
        rank DESC,
        code_raw DESC NULLS LAST,
        code_system DESC NULLS LAST,
        detail DESC NULLS LAST,
        status_raw DESC NULLS LAST,
        is_submission,
        place
) = 1;

CREATE OR REPLACE TEMP TABLE decided AS
SELECT
    message_key,
    parts.place,
    CASE WHEN submissions = 1 THEN a_submission ELSE hand_overs.place END AS submission_place,
    true AS counted,
    submissions = 0 AS submission_missing,
    false AS partly,
    receipts::INTEGER AS receipts,
    (receipt_copies - receipts)::INTEGER AS folded,
    conflict,
    first_receipt_utc,
    -- "Rejected" is what a gateway says of a message that it never passed on. It goes before a submission, which may be no more than the word of one's
    -- own table that the gateway was given the message. Without a submission only that word tells: a gateway that gave up may have passed it on.
    spoken_of OR (NOT turned_away AND (submitted OR submissions = 0)) AS handed_over
FROM parts
LEFT JOIN hand_overs USING (message_key)
WHERE NOT is_long
UNION ALL
SELECT
    message_key,
    any_value(long_deciders.place),
    any_value(hand_overs.place),
    any_value(counted),
    sum(submissions) = 0,
    message_key IN (FROM partly_asked),
    sum(receipts)::INTEGER,
    (sum(receipt_copies) - sum(receipts))::INTEGER,
    bool_or(conflict),
    min(first_receipt_utc),
    bool_or(spoken_of)
        OR bool_or(part <> '' AND submitted AND NOT turned_away)
        OR (NOT bool_or(turned_away) AND (bool_or(submitted) OR sum(submissions) = 0))
FROM parts
JOIN long_deciders USING (message_key)
LEFT JOIN hand_overs USING (message_key)
GROUP BY message_key;

-- What a message is about, where not exactly one submission says all of it: the hand-over first, then other submissions, then receipts.
-- What receipts never name need not be looked for in them, and a column that is not asked for is not read.
SET VARIABLE told = (
    SELECT {
        message_ref: count(message_ref) > 0,
        account: count(account) > 0,
        campaign: count(campaign) > 0,
        client_ref: count(client_ref) > 0,
        sender: count(sender) > 0,
        recipient: count(recipient) > 0,
        price: count(price) > 0,
        parts: count(parts) > 0
    }
    FROM seen
    WHERE kind = 'receipt'
);

CREATE OR REPLACE TEMP TABLE untold AS
SELECT message_key FROM tally WHERE NOT is_long AND submissions <> 1
UNION ALL
FROM long_keys
UNION ALL
SELECT message_key
FROM tally
SEMI JOIN (
    SELECT place AS a_submission
    FROM seen
    WHERE kind = 'submission' AND (
        (getvariable('told').message_ref AND message_ref IS NULL)
        OR (getvariable('told').account AND account IS NULL)
        OR (getvariable('told').campaign AND campaign IS NULL)
        OR (getvariable('told').client_ref AND client_ref IS NULL)
        OR (getvariable('told').sender AND sender IS NULL)
        OR (getvariable('told').recipient AND recipient IS NULL)
        OR (getvariable('told').price AND price IS NULL)
        OR getvariable('told').parts
    )
) AS reticent USING (a_submission)
WHERE NOT is_long AND submissions = 1 AND receipt_rows > 0;

CREATE OR REPLACE TEMP TABLE untold_places AS
SELECT place
FROM (SELECT place, message_key FROM seen)
SEMI JOIN untold USING (message_key);

CREATE OR REPLACE TEMP TABLE details AS
SELECT
    message_key,
    arg_min(message_id, place_in_line) AS message_id,
    arg_min(message_ref, place_in_line) AS message_ref,
    arg_min(account, place_in_line) AS account,
    arg_min(campaign, place_in_line) AS campaign,
    arg_min(client_ref, place_in_line) AS client_ref,
    arg_min(sender, place_in_line) AS sender,
    arg_min(recipient, place_in_line) AS recipient,
    arg_min(country, place_in_line) AS country,
    arg_max({operator: operator, mccmnc: mccmnc}, (operator_source = 'submission', coalesce(event_utc, received_utc), operator, coalesce(mccmnc, '')))
        FILTER (operator IS NOT NULL) AS named,
    arg_min({price: price, format: format}, place_in_line) FILTER (price IS NOT NULL) AS priced,
    max(parts) AS parts,
    max(scheduled_utc) FILTER (kind = 'submission') AS scheduled_utc,
    max(CASE receipt_requested WHEN 'full' THEN 3 WHEN 'partial' THEN 2 WHEN 'none' THEN 1 ELSE 0 END) FILTER (kind = 'submission') AS requested,
    min(extra ->> '$.submit_utc')::TIMESTAMP AS submit_utc
FROM (
    SELECT
        seen.*,
        row_number() OVER (
            PARTITION BY message_key
            ORDER BY hand_overs.place IS NULL, seen.kind = 'receipt', coalesce(event_utc, received_utc), seen.part_no NULLS LAST, seen.raw, seen.place
        ) AS place_in_line
    FROM seen
    SEMI JOIN untold_places USING (place)
    LEFT JOIN (SELECT place FROM hand_overs) AS hand_overs USING (place)
)
GROUP BY message_key;

-- The operator as receipts name it, the latest first; then data supplied by the user.
CREATE OR REPLACE TEMP TABLE named_operators AS
SELECT message_key, arg_max({operator: operator, mccmnc: mccmnc}, (operator_source = 'receipt', coalesce(event_utc, received_utc), operator, coalesce(mccmnc, ''))) AS named
FROM seen
WHERE operator_source IN ('receipt', 'supplied') AND operator IS NOT NULL
GROUP BY message_key;

-- The latest receipt tells the charge; at the same moment a charge goes on, it does not go back.
CREATE OR REPLACE TEMP TABLE charges AS
SELECT
    message_key,
    arg_max(
        charge_status, (kind = 'receipt', coalesce(event_utc, received_utc), coalesce(received_utc, TIMESTAMP '-infinity'), charge_statuses.rank)
    ) AS charge_status
FROM seen
JOIN charge_statuses USING (charge_status)
GROUP BY message_key;

-- Where several feeds submitted a message, its feed is the one that receipts came to, else the earlier submission's.
CREATE OR REPLACE TEMP TABLE shared_by_feeds AS
SELECT message_key, arg_min(feed, (receipts = 0, first_sent, feed)) AS feed
FROM (
    SELECT
        message_key,
        feed,
        count(*) FILTER (kind = 'receipt') AS receipts,
        min(coalesce(event_utc, received_utc)) FILTER (kind = 'submission') AS first_sent
    FROM odd_seen
    SEMI JOIN submission_sets USING (message_key)
    GROUP BY message_key, feed
)
WHERE first_sent IS NOT NULL
GROUP BY message_key
HAVING count(*) > 1;

-- The wide columns are fetched for some messages at a time, `slice_begin` <= place < `slice_end`: a join of all of them does not fit into memory.
CREATE OR REPLACE TEMP VIEW slice AS
FROM decided
WHERE place >= getvariable('slice_begin') AND place < getvariable('slice_end');

CREATE OR REPLACE TEMP VIEW outcomes_of_events AS
WITH picked AS (
    SELECT
        slice.*,
        coalesce(shared_by_feeds.feed, submission.feed, decider.feed) AS feed,
        coalesce(details.message_id, submission.message_id) AS message_id,
        coalesce(details.message_ref, submission.message_ref) AS message_ref,
        coalesce(details.account, submission.account) AS account,
        coalesce(details.campaign, submission.campaign) AS campaign,
        coalesce(details.client_ref, submission.client_ref) AS client_ref,
        coalesce(details.sender, submission.sender) AS sender,
        coalesce(details.recipient, submission.recipient) AS recipient,
        coalesce(details.country, submission.country) AS country,
        coalesce(named_operators.named.operator, details.named.operator, submission.operator, decider.operator) AS operator,
        -- With its operator's own event: another one may be of another network.
        CASE
            WHEN named_operators.named IS NOT NULL THEN named_operators.named.mccmnc
            WHEN details.named IS NOT NULL THEN details.named.mccmnc
            WHEN submission.operator IS NOT NULL THEN submission.mccmnc
            ELSE coalesce(submission.mccmnc, decider.mccmnc)
        END AS mccmnc,
        coalesce(details.parts, submission.parts) AS parts,
        coalesce(submission.event_utc, submission.received_utc, details.submit_utc, first_receipt_utc) AS submitted_utc,
        coalesce(details.scheduled_utc, submission.scheduled_utc) AS scheduled_utc,
        class = 4 AS is_final,
        coalesce(decider.event_utc, decider.received_utc) AS decided_utc,
        decider.received_utc AS decided_received_utc,
        decider.status AS last_status,
        decider.said_by,
        decider.traits,
        decider.detail,
        CASE WHEN details.message_key IS NULL THEN submission.receipt_requested ELSE [NULL, 'none', 'partial', 'full'][coalesce(details.requested, 0) + 1] END
            AS receipt_requested,
        coalesce(details.priced.price, submission.price) AS price,
        coalesce(details.priced.format, submission.format) AS priced_by,
        charges.charge_status,
        horizon_s
    FROM slice
    JOIN (FROM seen WHERE place >= getvariable('slice_begin') AND place < getvariable('slice_end')) AS decider USING (place)
    JOIN statuses ON statuses.status = decider.status
    LEFT JOIN (FROM seen SEMI JOIN (SELECT submission_place AS place FROM slice) AS wanted USING (place)) AS submission
        ON submission.place = submission_place
    LEFT JOIN shared_by_feeds ON shared_by_feeds.message_key = slice.message_key
    JOIN feeds ON feeds.feed = coalesce(shared_by_feeds.feed, submission.feed, decider.feed)
    LEFT JOIN details ON details.message_key = slice.message_key
    LEFT JOIN named_operators ON named_operators.message_key = slice.message_key
    LEFT JOIN charges ON charges.message_key = slice.message_key
),
dated AS (
    SELECT *, greatest(submitted_utc, scheduled_utc) + to_seconds(horizon_s) AS deadline_utc
    FROM picked
)
SELECT
    message_key,
    message_id,
    message_ref,
    feed,
    account,
    campaign,
    client_ref,
    sender,
    recipient,
    country,
    operator,
    mccmnc,
    parts::SMALLINT AS parts,
    submitted_utc,
    scheduled_utc,
    deadline_utc,
    first_receipt_utc,
    CASE WHEN is_final THEN decided_utc END AS final_utc,
    CASE WHEN is_final THEN decided_received_utc END AS final_received_utc,
    traits,
    -- Rule 10: the gateway said no and nothing shows that the message ever left it.
    is_final AND last_status IN ('expired', 'undelivered', 'rejected') AND said_by = 'gateway' AND NOT handed_over AS refused,
    detail,
    receipts,
    folded,
    conflict,
    is_final AND coalesce(decided_received_utc, decided_utc) > deadline_utc AS late,
    submission_missing,
    partly,
    CASE WHEN counted THEN receipt_requested ELSE 'none' END AS receipt_requested,
    price,
    -- Whoever tells of a charge tells of a premium message; else the price is what its format says that prices are.
    CASE
        WHEN charge_status IN ('pending', 'charged', 'not_charged', 'refunded', 'failed') THEN 'premium'
        WHEN price IS NULL THEN NULL
        WHEN priced_by IN (SELECT format FROM format_facts WHERE is_premium) AND charge_status IS DISTINCT FROM 'none' THEN 'premium'
        ELSE 'cost'
    END AS charge,
    charge_status
FROM dated;
