"""Section 6: the counts and rates of groups of messages."""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

from tests.oracle.events import Message, missing_first

SENT = ("delivered", "failed", "out_of_coverage", "awaiting_status", "no_status", "unrecognised")
NOT_SENT = ("waiting_to_send", "awaiting_approval", "paused", "stopped", "refused", "untracked", "without_submission")


def section_6_counted_as(row: Message, mute_feeds: set[str]) -> str:
    """The one count in which the message stands. `mute_feeds` have no submissions at all: there a missing one says nothing."""
    if row["submission_missing"] and row["feed"] not in mute_feeds:
        return "without_submission"
    return "refused" if row["refused"] else str(row["outcome"])


def section_6_wilson(successes: int, trials: int, side: int) -> float:
    """The low (-1) or high (+1) end of the 95 % Wilson interval."""
    z = 1.959963984540054
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return min(max((centre + side * spread) / (1 + z * z / trials), 0.0), 1.0)


def section_6_rates(counts: Mapping[str, int], has_mute_feed: bool) -> dict[str, float | None]:
    """The rates of one group from its counts; None when the divisor is 0, or when silence cannot be seen."""
    sent, delivered, failed = counts["sent"], counts["delivered"], counts["failed"]
    visible = sent > 0 and not has_mute_feed

    def of_sent(value: Callable[[], float]) -> float | None:
        return value() if visible else None

    return {
        "rate_confirmed": of_sent(lambda: delivered / sent),
        "rate_possible": of_sent(lambda: (sent - failed) / sent),
        "rate_answered": delivered / (delivered + failed) if delivered + failed else None,
        "coverage": of_sent(lambda: (delivered + failed) / sent),
        "ci_low": of_sent(lambda: section_6_wilson(delivered, sent, -1)),
        "ci_high": of_sent(lambda: section_6_wilson(sent - failed, sent, +1)),
    }


def rates(messages: Sequence[Message], by: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Section 6: one dict per group with the columns of `by`, all counts and all rates, ordered by the group's values (missing first).

    `messages` are all messages that were resolved: whether a feed has any submission is seen from them.
    """
    mute_feeds = {row["feed"] for row in messages} - {row["feed"] for row in messages if not row["submission_missing"]}
    groups: dict[tuple[Any, ...], list[Message]] = {}
    for row in messages:
        groups.setdefault(tuple(row[name] for name in by), []).append(row)
    result = []
    for group, members in sorted(groups.items(), key=lambda item: missing_first(*item[0])):
        counted_as = [section_6_counted_as(row, mute_feeds) for row in members]
        counts = {name: counted_as.count(name) for name in (*SENT, *NOT_SENT)}
        counts["messages"] = len(members)
        counts["sent"] = sum(counts[name] for name in SENT)
        counts["provisional"] = sum(
            row["before_deadline"] for row, name in zip(members, counted_as, strict=True) if name in SENT and name not in ("delivered", "failed")
        )
        has_mute_feed = any(row["feed"] in mute_feeds for row in members)
        result.append({**dict(zip(by, group, strict=True)), **counts, **section_6_rates(counts, has_mute_feed)})
    return result
