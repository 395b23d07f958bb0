-- The messages: a row each with the number of the event that decides it and of its submission; and rule 10, whether it was ever handed over.
--
-- Reads   decided_parts, hand_overs, long_deciders, partly_asked.
-- Leaves  decided.

CREATE OR REPLACE TEMP TABLE decided AS
SELECT
    message_key,
    decided_parts.row_no,
    CASE WHEN submissions = 1 THEN a_submission ELSE hand_overs.row_no END AS submission_row,
    true AS counted,
    submissions = 0 AS submission_missing,
    false AS partly,
    receipts::INTEGER AS receipts,
    (receipt_copies - receipts)::INTEGER AS folded,
    conflict,
    first_receipt_utc,
    -- "Rejected" is what a gateway says of a message that it never passed on. It goes before a submission, which may be no more than the word of one's
    -- own table that the gateway was given the message. Without a submission only that word tells: a gateway that gave up may have passed it on.
    spoken_of OR handed_on OR (NOT turned_away AND (submitted OR submissions = 0)) AS handed_over
FROM decided_parts
LEFT JOIN hand_overs USING (message_key)
WHERE NOT is_long
UNION ALL
SELECT
    message_key,
    any_value(long_deciders.row_no),
    any_value(hand_overs.row_no),
    any_value(counted),
    sum(submissions) = 0,
    message_key IN (FROM partly_asked),
    sum(receipts)::INTEGER,
    (sum(receipt_copies) - sum(receipts))::INTEGER,
    bool_or(conflict),
    min(first_receipt_utc),
    bool_or(spoken_of)
        OR bool_or(handed_on)
        OR bool_or(part <> '' AND submitted AND NOT turned_away)
        OR (NOT bool_or(turned_away) AND (bool_or(submitted) OR sum(submissions) = 0))
FROM decided_parts
JOIN long_deciders USING (message_key)
LEFT JOIN hand_overs USING (message_key)
GROUP BY message_key;
