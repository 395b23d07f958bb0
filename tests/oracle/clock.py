"""Rule 5: what time it is for a feed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.oracle.events import Event, Load, heard

CLOCK_MAY_RUN_AHEAD = timedelta(days=1)


def rule_5_seen(events: Iterable[Event], as_of: datetime | None) -> list[Event]:
    """The events that were received by `as_of`."""
    return [event for event in events if as_of is None or heard(event) <= as_of]


def rule_5_now(feed: str, loads: Iterable[Load], as_of: datetime | None) -> datetime | None:
    """The feed's now: the latest time of any load that carried the feed, unless it cannot be; never later than `as_of`."""
    times: list[datetime] = [
        load["last_utc"]
        for load in loads
        if feed in load["feeds"] and load["last_utc"] is not None and load["last_utc"] <= load["loaded_utc"] + CLOCK_MAY_RUN_AHEAD
    ]
    if not times:
        return None
    return max(times) if as_of is None else min(max(times), as_of)
