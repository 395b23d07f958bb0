"""Rule 5: what time it is for a feed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from tests.oracle.belonging import Link
from tests.oracle.events import Event, Load, heard, receipts_of

CLOCK_MAY_RUN_AHEAD = timedelta(days=1)
SERIES_MAY_OVERLAP = timedelta(hours=1)

COMPRESSED = re.compile(r"\.(gz|bz2|xz|zst|zip|z|lz4)$", re.IGNORECASE)
#: A date with or without separators, perhaps with a time, or a rotation number: groups of digits between separators.
NUMBERED = re.compile(r"[._-]?(\d{4}[._-]?\d{2}([._-]?\d{2})?([t_-]?\d{2,6})?|\d+)(?=$|[._-])", re.IGNORECASE)

#: What tells logs of one source from others: their format, their folder, their name without what changes from file to file.
Series = tuple[str | None, str, str]


def rule_5_seen(events: Iterable[Event], as_of: datetime | None) -> list[Event]:
    """The events that were received by `as_of`."""
    return [event for event in events if as_of is None or heard(event) <= as_of]


def rule_5_series(load: Load) -> Series:
    """The series of logs that the load's file belongs to; a path that is not known has no name."""
    path = PurePosixPath(load.get("path") or "")
    return load.get("format"), str(path.parent), NUMBERED.sub("", COMPRESSED.sub("", path.name))


def rule_5_kind_of_log(load: Load) -> tuple[str | None, ...]:
    """Which logs are alike in whether receipts can stand in them: those of one format; tables, whose columns are anybody's, by series."""
    return rule_5_series(load) if load.get("format") == "table" else (load.get("format"),)


def rule_5_can_be(load: Load) -> bool:
    """Whether the load's last time is known and possible: no later than its own wall clock plus a day."""
    return load["last_utc"] is not None and load["last_utc"] <= load["loaded_utc"] + CLOCK_MAY_RUN_AHEAD


def rule_5_goes_on(load: Load, carriers: Sequence[Load]) -> bool:
    """Whether the load carried the feed, or continues a series which did: it begins where a load of the series that carried it ends.

    Files that overlap by more than an hour come from two sources. A file of which only the last time is known begins with it.
    """
    first = load.get("first_utc") or load["last_utc"]
    series = [carrier for carrier in carriers if load.get("path") and rule_5_series(carrier) == rule_5_series(load)]
    return load in carriers or any(first >= carrier["last_utc"] - SERIES_MAY_OVERLAP for carrier in series)


def rule_5_times(feed: str, loads: Sequence[Load], receipts: Sequence[Event] | None) -> list[datetime]:
    """The last times of the logs that carried the feed or go on after one; with its `receipts`, of the kinds of log alone in which these stand."""
    kinds = {load["load_id"]: rule_5_kind_of_log(load) for load in loads}
    answering = set(kinds.values()) if receipts is None else {kinds.get(event["load_id"]) for event in receipts}
    possible = [load for load in loads if rule_5_can_be(load) and kinds[load["load_id"]] in answering]
    carriers = [load for load in possible if feed in load["feeds"]]
    return [load["last_utc"] for load in possible if rule_5_goes_on(load, carriers)]


def rule_5_now(feed: str, events: Sequence[Event], loads: Sequence[Load], links: Mapping[str, Link], as_of: datetime | None) -> datetime | None:
    """The feed's now: the latest time of the logs in which receipts for it can stand, its own and those of the feeds that answer for it.

    A feed with no receipts anywhere keeps its own clock. Never later than `as_of`.
    """
    answering = [feed, *(other for other, link in links.items() if feed in link.answers and other != feed)]
    receipts = {other: [event for event in receipts_of(events) if event["feed"] == other] for other in answering}
    times = [time for other in answering if receipts[other] for time in rule_5_times(other, loads, receipts[other])]
    if not any(receipts.values()):
        times = rule_5_times(feed, loads, None)
    if not times:
        return None
    return max(times) if as_of is None else min(max(times), as_of)
