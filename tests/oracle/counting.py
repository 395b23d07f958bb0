"""Section 6: the counts and rates of groups of messages."""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

from tests.oracle.events import Message, missing_first

FINAL = ("delivered", "partly_confirmed", "failed")
SENT = (*FINAL, "out_of_coverage", "awaiting_status", "no_status", "unrecognised")
NOT_SENT = ("waiting_to_send", "awaiting_approval", "paused", "stopped", "refused", "untracked", "without_submission")


def section_6_beside(row: Message, mute_feeds: set[str]) -> str | None:
    """In which count beside the totals a message stands, if in one: nobody can say what its feed's silence means."""
    if row.get("undecided", False):
        return "undecided"
    return "receipts_only" if row["feed"] in mute_feeds else None


def section_6_counted_as(row: Message) -> str:
    """The one count in which a message of the totals stands."""
    if row["submission_missing"]:
        return "without_submission"
    return "refused" if row["refused"] else str(row["outcome"])


def section_6_wilson(successes: int, trials: int, side: int) -> float:
    """The low (-1) or high (+1) end of the 95 % Wilson interval."""
    z = 1.959963984540054
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return min(max((centre + side * spread) / (1 + z * z / trials), 0.0), 1.0)


def section_6_answered(counts: Mapping[str, int]) -> float | None:
    """How many of those whose end is known were delivered, as far as was asked."""
    delivered = counts["delivered"] + counts["partly_confirmed"]
    return delivered / (delivered + counts["failed"]) if delivered + counts["failed"] else None


def section_6_rates(counts: Mapping[str, int]) -> dict[str, float | None]:
    """The rates of one group from its counts; None when the divisor is 0."""
    sent, delivered, failed = counts["sent"], counts["delivered"], counts["failed"]

    def of_sent(value: Callable[[], float]) -> float | None:
        return value() if sent else None

    return {
        "rate_confirmed": of_sent(lambda: delivered / sent),
        "rate_possible": of_sent(lambda: (sent - failed) / sent),
        "rate_answered": section_6_answered(counts),
        "coverage": of_sent(lambda: sum(counts[name] for name in FINAL) / sent),
        "ci_low": of_sent(lambda: section_6_wilson(delivered, sent, -1)),
        "ci_high": of_sent(lambda: section_6_wilson(sent - failed, sent, +1)),
    }


def rates(messages: Sequence[Message], by: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Section 6: one dict per group with the columns of `by`, all counts and all rates, ordered by the group's values (missing first).

    `messages` are all messages that were resolved. A feed without any submission is seen from them, unless they say so themselves (`mute`, what
    `resolve` knows of feeds that answer for others); messages of feeds that are `undecided` are counted beside the totals.
    """
    with_submission = {row["feed"] for row in messages if not row["submission_missing"]}
    mute_feeds = {row["feed"] for row in messages if row.get("mute", row["feed"] not in with_submission)}
    groups: dict[tuple[Any, ...], list[Message]] = {}
    for row in messages:
        groups.setdefault(tuple(row[name] for name in by), []).append(row)
    return [
        {**dict(zip(by, group, strict=True)), **section_6_group(members, mute_feeds)}
        for group, members in sorted(groups.items(), key=lambda item: missing_first(*item[0]))
    ]


def section_6_group(members: Sequence[Message], mute_feeds: set[str]) -> dict[str, Any]:
    """All counts and rates of one group; a group with messages beside the totals only keeps its row, with `messages` 0."""
    beside = [section_6_beside(row, mute_feeds) for row in members]
    rows = [row for row, where in zip(members, beside, strict=True) if where is None]
    counted_as = [section_6_counted_as(row) for row in rows]
    counts = {name: counted_as.count(name) for name in (*SENT, *NOT_SENT)}
    counts["messages"] = len(rows)
    counts["sent"] = sum(counts[name] for name in SENT)
    counts["provisional"] = sum(row["before_deadline"] for row, name in zip(rows, counted_as, strict=True) if name in SENT and name not in FINAL)
    alone = ["refused" if row["refused"] else row["outcome"] for row, where in zip(members, beside, strict=True) if where == "receipts_only"]
    return {
        **counts,
        "receipts_only": len(alone),
        "receipts_only_answered": section_6_answered({name: alone.count(name) for name in FINAL}),
        "undecided": beside.count("undecided"),
        **section_6_rates(counts),
    }
