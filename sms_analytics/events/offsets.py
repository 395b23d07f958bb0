"""Zones that cannot be right: receipts of a feed that happened, by their own clock, whole quarters of an hour away from when they were received.

A receipt is received seconds after it happened, or hours after where something was late, but then not by the same step as all the others. So where
nearly all receipts lie close behind a step of 15 minutes that is not 0, one of the two clocks was read in the wrong zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from sms_analytics.events.normalising import Normaliser
from sms_analytics.text.labels import label

_STEP_S: Final = 900
#: How far before a step (the operator's clock may be cut to the minute) and behind it (latency) a receipt may lie.
_BEFORE_S: Final = 90
_BEHIND_S: Final = 300
#: Fewer receipts prove nothing; by chance two of five lie close to a step.
_ENOUGH: Final = 10
_NEARLY_ALL: Final = 0.8
#: Steps of fewer receipts are chance; summer time makes two of one zone.
_FEW: Final = 0.1

#: Where operators' clocks stand, the likeliest first.
_ZONES: Final = (
    *("UTC", "Europe/Oslo", "Europe/London", "Europe/Helsinki", "Europe/Moscow", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo"),
    *("America/New_York", "America/Chicago", "America/Los_Angeles", "Australia/Sydney"),
)

_STEPS: Final = f"""
WITH seen AS (
    SELECT feed, event_utc, epoch(received_utc) - epoch(event_utc) AS late, round(late / {_STEP_S})::BIGINT AS step
    FROM events
    WHERE load_id = $load_id AND kind = 'receipt' AND received_utc IS NOT NULL AND event_utc IS NOT NULL AND time_precision <> 'file'
),
counted AS (SELECT feed, count(*) AS receipts, median(late) AS median_s FROM seen GROUP BY feed)
SELECT feed, receipts, median_s, step, count(*) AS close, quantile_disc(event_utc, 0.5) AS around
FROM seen
JOIN counted USING (feed)
WHERE step <> 0 AND late - step * {_STEP_S} BETWEEN -{_BEFORE_S} AND {_BEHIND_S}
GROUP BY ALL
ORDER BY feed, close DESC, step
"""


@dataclass(frozen=True)
class _Step:
    """Receipts that lie close to one step; `around` is the middle one's time."""

    receipts: int
    median_s: float
    step: int
    close: int
    around: datetime


def warnings(connection: duckdb.DuckDBPyConnection, normaliser: Normaliser) -> list[str]:
    """One text for each feed of the load whose clocks disagree: how many receipts, by how much, and the setting that would mend it."""
    feeds: dict[str, list[_Step]] = {}
    for feed, *values in connection.execute(_STEPS, {"load_id": normaliser.load_id}).fetchall():
        feeds.setdefault(feed, []).append(_Step(*values))
    return [_sentence(normaliser, feed, steps) for feed, steps in feeds.items() if _is_evident(steps)]


def _is_evident(steps: Sequence[_Step]) -> bool:
    receipts = steps[0].receipts
    return receipts >= _ENOUGH and sum(step.close for step in steps) >= receipts * _NEARLY_ALL


def _sentence(normaliser: Normaliser, feed: str, steps: Sequence[_Step]) -> str:
    lang, receipts = normaliser.config.lang, steps[0].receipts
    main = [step for step in steps if step.close >= receipts * _FEW]
    log, receipt = normaliser.zones.get(feed, (None, None))
    if feed in normaliser.local_receipts:
        key, applied, sign = "receipt_zone", receipt, -1
    else:
        key, applied, sign = "time_zone", log, 1
    direction = "later" if steps[0].median_s < 0 else "earlier"
    found = label(f"offset.{direction}", lang).format(
        path=normaliser.path, feed=feed, close=sum(step.close for step in steps), receipts=receipts, median=_clock(abs(steps[0].median_s))
    )
    if applied is None or (key == "time_zone" and feed not in normaliser.local_logs):
        return f"{found} {label('offset.clocks', lang)}"
    wanted = [(step.around, _offset(applied, step.around) + sign * timedelta(seconds=step.step * _STEP_S)) for step in main]
    zone = _zone(wanted)
    if zone is None:
        return f"{found} {label('offset.unnamed', lang).format(applied=applied, key=key, feed=feed, offset=_signed(wanted[0][1]))}"
    return f"{found} {label('offset.mend', lang).format(applied=applied, key=key, feed=feed, zone=zone)}"


def _zone(wanted: Sequence[tuple[datetime, timedelta]]) -> str | None:
    """A zone that had these offsets at these times."""
    for name in _ZONES:
        if all(_offset(name, moment) == offset for moment, offset in wanted):
            return name
    hours = {offset / timedelta(hours=1) for _, offset in wanted}
    whole = hours.pop() if len(hours) == 1 else 0.5
    # The sign of these names is turned round: Etc/GMT-2 is two hours ahead of UTC.
    return f"Etc/GMT{-whole:+.0f}" if whole.is_integer() and -12 <= whole <= 14 else None


def _offset(zone: str, utc: datetime) -> timedelta:
    return utc.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def _clock(seconds: float) -> str:
    """Hours and minutes."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def _signed(offset: timedelta) -> str:
    return ("+" if offset >= timedelta() else "-") + _clock(abs(offset.total_seconds()))
