"""The closed sets: what one event can say, what we conclude, and why a message failed.

Every set here is also a column's domain in `database/schemas.py` and has its texts, Norwegian and English, in `labels/`.
The words follow `docs/glossary.md`; a new word is added here first, and the tests then name each place that lacks it.
"""

from typing import Final, Literal, get_args

Kind = Literal["submission", "receipt"]
KINDS: Final = get_args(Kind)

Status = Literal[
    "scheduled",
    "queued",
    "awaiting_approval",
    "paused",
    "submitted",
    "buffered",
    "accepted",
    "delivered",
    "expired",
    "undelivered",
    "rejected",
    "stopped",
    "no_report",
    "unknown",
    "unrecognised",
]
STATUSES: Final = get_args(Status)

#: Statuses after which the operator says nothing more, in the order that settles equal times: the last word wins ties.
FINAL_STATUSES: Final = ("delivered", "rejected", "undelivered", "expired", "stopped")
#: Statuses that leave the message open, in the order that settles equal times (design: rule 4).
OPEN_STATUSES: Final = (
    "buffered",
    "accepted",
    "submitted",
    "unknown",
    "queued",
    "paused",
    "awaiting_approval",
    "scheduled",
)
#: Statuses that say why a message may have no reason of its own: only these carry one.
NEGATIVE_STATUSES: Final = ("expired", "undelivered", "rejected", "stopped", "no_report", "buffered")

SaidBy = Literal["operator", "gateway"]
SAID_BY: Final = get_args(SaidBy)

DecidedBy = Literal["operator", "gateway", "timeout"]
DECIDED_BY: Final = get_args(DecidedBy)

Outcome = Literal[
    "delivered",
    "partly_confirmed",
    "failed",
    "out_of_coverage",
    "awaiting_status",
    "no_status",
    "unrecognised",
    "waiting_to_send",
    "awaiting_approval",
    "paused",
    "stopped",
    "untracked",
]
OUTCOMES: Final = get_args(Outcome)
#: Outcomes of messages that were handed to an operator: the denominator of every rate.
SENT_OUTCOMES: Final = ("delivered", "partly_confirmed", "failed", "out_of_coverage", "awaiting_status", "no_status", "unrecognised")
#: Those of them that a final status decided: whoever counts silence counts the others.
ANSWERED_OUTCOMES: Final = ("delivered", "partly_confirmed", "failed")
#: Those that say that something arrived; of a long message perhaps not all of it.
ARRIVED_OUTCOMES: Final = ("delivered", "partly_confirmed")

ReasonClass = Literal["permanent", "temporary", "policy", "sender", "premium", "route", "unknown"]
REASON_CLASSES: Final = get_args(ReasonClass)

#: Canonical failure reasons with their class.
REASONS: Final[dict[str, ReasonClass]] = {
    "unknown_subscriber": "permanent",
    "invalid_number": "permanent",
    "absent_subscriber": "temporary",
    "validity_expired": "temporary",
    "memory_full": "temporary",
    "handset_error": "temporary",
    "service_not_provisioned": "permanent",
    "subscriber_barred": "permanent",
    "subscriber_barred_temporarily": "temporary",
    "illegal_subscriber_or_device": "permanent",
    "roaming_not_allowed": "temporary",
    "recipient_opted_out": "policy",
    "network_error": "temporary",
    "no_route": "route",
    "portability_error": "route",
    "content_blocked": "policy",
    "sender_rejected": "sender",
    "throttled_or_quota": "sender",
    "sender_account": "sender",
    "invalid_message": "sender",
    "duplicate": "sender",
    "insufficient_funds": "premium",
    "premium_barred": "premium",
    "age_restricted": "premium",
    "charging_failed": "premium",
    "cancelled": "policy",
    "no_report": "unknown",
    "unspecified": "unknown",
}

OperatorSource = Literal["receipt", "submission", "feed", "supplied"]
OPERATOR_SOURCES: Final = get_args(OperatorSource)

TimePrecision = Literal["minute", "second", "ms", "file"]
TIME_PRECISIONS: Final = get_args(TimePrecision)

ReceiptRequested = Literal["none", "partial", "full"]
RECEIPT_REQUESTED: Final = get_args(ReceiptRequested)

ChargeStatus = Literal["none", "pending", "charged", "not_charged", "refunded", "failed", "unknown"]
CHARGE_STATUSES: Final = get_args(ChargeStatus)

#: What a price is: what the recipient is charged (a premium message), or what sending costs.
Charge = Literal["premium", "cost"]
CHARGES: Final = get_args(Charge)

LoadState = Literal["loaded", "refused"]
LOAD_STATES: Final = get_args(LoadState)

#: Why a final status is missing, of messages with outcome `no_status`; the first that fits.
#: `gateway_says_none`: the gateway said that it stopped waiting; `ids_do_not_match`: receipts came at that time that belong to no submission;
#: `log_missing`: the log of that time is not loaded; `feed_silent`: it was due in an outage of its feed; `operator_never_reports`: the operator
#: hardly ever sends a final status from that country; `never_final`: only temporary statuses came; `isolated`: nothing else is known.
GapCause = Literal["gateway_says_none", "ids_do_not_match", "log_missing", "feed_silent", "operator_never_reports", "never_final", "isolated"]
GAP_CAUSES: Final = get_args(GapCause)

#: What can be said of a change (`questions/changes.py`): more than chance and not only silence in an outage, or why it cannot be said.
Verdict = Literal["better", "worse", "by_chance", "by_outage", "too_little"]
VERDICTS: Final = get_args(Verdict)

#: What an outage is. `habit`: the same hours are as bad on most days, which nothing counts as an outage; `open`: receipts may still come;
#: `all_feeds`: all feeds at once, which points to our own receiver; `held`: the receipts came later; `thin`: under 80 % stayed away; `lost`.
OutageKind = Literal["habit", "open", "all_feeds", "held", "thin", "lost"]
OUTAGE_KINDS: Final = get_args(OutageKind)

#: How submissions' and receipts' ids of one feed are made comparable. `plain`: letter case and leading zeros aside, equal.
#: `hex_submissions`: submissions write hexadecimal what receipts write decimal; `hex_receipts`: the other way round.
IdRule = Literal["plain", "hex_submissions", "hex_receipts", "per_recipient"]
ID_RULES: Final = get_args(IdRule)

#: What a message counts as when it was never handed to an operator, or when its feed's log does not have it.
NOT_SENT: Final = ("waiting_to_send", "awaiting_approval", "paused", "stopped", "refused", "untracked", "without_submission")

#: Counts of `rates` that are made of others.
SUMS: Final = {"messages": ("sent", *NOT_SENT), "sent": SENT_OUTCOMES}

#: Columns of `rates` after the group's, in order; the last of the counts stands beside the others and is in none of them.
COUNTS: Final = (*SUMS, *SENT_OUTCOMES, *NOT_SENT, "provisional", "receipts_only")
#: What is kept of deleted messages: the counts, and those that `receipts_only_answered` is made of.
KEPT_COUNTS: Final = (*COUNTS, "receipts_only_arrived", "receipts_only_known")
#: Shares that assume something of the silent messages: what the name says (see `questions.rating.of_counts`).
ASSUMED: Final = ("rate_alike", "rate_low", "rate_high")
RATES: Final = ("rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high", "receipts_only_answered", *ASSUMED)

#: Columns of `latency`: shares of the sent messages that were delivered within so many seconds.
SHARES_WITHIN: Final = {"share_10s": 10, "share_1m": 60, "share_1h": 3600, "share_24h": 86400}

#: What proves without an operator that a message arrived.
ProofKind = Literal["code_entered", "click", "answer"]
PROOF_KINDS: Final = get_args(ProofKind)
