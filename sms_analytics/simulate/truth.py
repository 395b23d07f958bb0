"""What an honest reader of the logs must conclude about each message, and the table of it."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sms_analytics.database import permissions
from sms_analytics.simulate.clock import utc
from sms_analytics.simulate.jasmin import MEMORY, SECOND_LOOK
from sms_analytics.simulate.messages import HORIZON, Message, Receipt
from sms_analytics.vocabulary import FINAL_STATUSES, DecidedBy, Outcome, Status

COLUMNS: Final = (
    "feed",
    "format",
    "message_id",
    "message_ref",
    "recipient",
    "country",
    "operator",
    "network",
    "account",
    "campaign",
    "submitted_utc",
    "scheduled_utc",
    "parts",
    "price",
    "outcome",
    "decided_by",
    "reason",
    "cause",
    "conflict",
    "late",
    "receipts",
    "receipts_lost",
    "story",
)

#: Reasons of the GSM codes in use.
_REASONS: Final = {
    1: "unknown_subscriber",
    13: "subscriber_barred",
    27: "absent_subscriber",
    31: "handset_error",
    34: "network_error",
}
#: What the gateway said instead of handing the message over, and the outcome.
_HELD: Final[dict[Status, Outcome]] = {"awaiting_approval": "awaiting_approval", "paused": "paused", "scheduled": "waiting_to_send"}


@dataclass(frozen=True, slots=True)
class Truth:
    """The conclusion for one message. `reason` is empty where the log does not settle it."""

    outcome: Outcome
    decided_by: DecidedBy | None = None
    reason: str = ""
    conflict: bool = False
    late: bool = False


def _cause(receipt: Receipt) -> str:
    """Why a message failed, whether or not the log can tell."""
    if receipt.status == "expired" and receipt.code == 0:
        return "validity_expired"
    return _REASONS.get(receipt.code, "")


def _settled(message: Message, final: Receipt) -> str:
    """The reason that the log itself settles: only Kannel passes on the code together with its code system."""
    if message.feed.format == "kannel":
        return _cause(final)
    if message.feed.format == "front":
        return "unspecified"
    return "validity_expired" if final.status == "expired" and final.code == 0 else ""


def _asked_one_part(message: Message) -> bool:
    """Whether the message has several parts, of which one alone asked for its receipt."""
    one_sms = 160 if message.text.isascii() else 140
    return message.story.long and message.feed.format in ("kannel", "jasmin") and len(message.text) > one_sms


def _decided(message: Message, finals: list[Receipt]) -> Truth:
    delivered = [receipt for receipt in finals if receipt.status == "delivered"]
    final = max(delivered or finals, key=lambda receipt: (receipt.at, receipt.received))
    failed = not delivered
    return Truth(
        "failed" if failed else "partly_confirmed" if _asked_one_part(message) else "delivered",
        "operator",
        _settled(message, final) if failed else "",
        conflict=len({receipt.status for receipt in finals}) > 1,
        late=final.received > message.submitted + HORIZON,
    )


def _stopped(message: Message) -> Truth:
    reason = message.refusal.reason if message.refusal and message.feed.format != "table" else ""
    return Truth("stopped", "gateway", reason)


def _without_status(message: Message, end: int) -> bool:
    """Whether the log says that a receipt came but not what it said: Jasmin had forgotten the message."""
    return message.feed.format == "jasmin" and any(
        receipt.lost and receipt.received - message.submitted > MEMORY and receipt.received + SECOND_LOOK <= end for receipt in message.receipts
    )


def _open(message: Message, visible: list[Receipt], end: int) -> Truth:
    said = {receipt.status for receipt in visible} | ({"unrecognised"} if _without_status(message, end) else set())
    if "no_report" in said:
        return Truth("no_status", "gateway", "no_report")
    if "unrecognised" in said:
        return Truth("unrecognised")
    if message.story.asked != "full":
        return Truth("untracked")
    if end > max(message.submitted, message.planned) + HORIZON:
        return Truth("no_status", "timeout")
    last = max(visible, key=lambda receipt: (receipt.at, receipt.received), default=None)
    return Truth("out_of_coverage" if last and last.status == "buffered" else "awaiting_status")


def conclude(message: Message, end: int) -> Truth:
    """The outcome by what is in the log; `end` is the feed's last time."""
    gateway = message.story.gateway
    if gateway == "rejected":
        return Truth("failed", "gateway", message.refusal.reason if message.refusal else "")
    if gateway == "stopped":
        return _stopped(message)
    if gateway in _HELD:
        return Truth(_HELD[gateway])
    visible = message.visible(end)
    finals = [receipt for receipt in visible if receipt.status in FINAL_STATUSES]
    return _decided(message, finals) if finals else _open(message, visible, end)


def _shown(message: Message, what: str, value: str) -> str:
    return value if what in message.feed.shows else ""


def _true_cause(message: Message, outcome: Outcome) -> str:
    if outcome == "stopped":
        return "cancelled" if message.name == "cancelled" else "recipient_opted_out"
    if message.refusal:
        return message.refusal.reason
    return next(filter(None, map(_cause, message.receipts)), "") if outcome == "failed" else ""


def row(message: Message, end: int, parts: int | None) -> tuple[str | int | None, ...]:
    """One row with the columns `COLUMNS`; `parts` is None where the log does not tell."""
    truth = conclude(message, end)
    return (
        message.feed.name,
        message.feed.format,
        message.message_id,
        message.message_ref,
        message.recipient,
        message.network.country,
        _shown(message, "operator", message.network.name),
        message.network.name,
        message.account if "account" in message.feed.shows else "",
        _shown(message, "campaign", message.campaign),
        utc(message.submitted),
        utc(message.planned) if message.planned else "",
        parts,
        message.price or None,
        truth.outcome,
        truth.decided_by,
        truth.reason,
        _true_cause(message, truth.outcome),
        int(truth.conflict),
        int(truth.late),
        len(message.visible(end)),
        sum(receipt.lost for receipt in message.receipts if receipt.received < end),
        message.name,
    )


def write(path: Path, rows: Iterable[tuple[str | int | None, ...]]) -> None:
    """Writes the truth: comma-separated UTF-8 with a header, empty where there is nothing."""
    with open(path, "w", encoding="utf-8", newline="", opener=permissions.opened) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(rows)
