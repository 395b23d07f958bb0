"""What was going on around a message: was its feed silent then, did others fail in the same hour, how does its operator normally behave."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import RLock
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics.database.frames import frame_of
from sms_analytics.errors import NoDataError
from sms_analytics.lookup.story import Habit, Outage, SameHour
from sms_analytics.questions import kept_days, metrics
from sms_analytics.questions.operator_reports import REPORTING_ABSENCE
from sms_analytics.questions.outages import COUNTS, outages
from sms_analytics.questions.undecided import APART, undecided
from sms_analytics.questions.waits import latency
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, ARRIVED_OUTCOMES, SENT_OUTCOMES

Row = Mapping[str, Any]

#: Where no operator is known, the feed's other messages without one are compared. As in `rates` those that cannot show silence do not count.
_SAME_HOUR: Final = """
SELECT
    date_trunc('hour', submitted_utc) AS hour_utc,
    coalesce(operator, feed) AS party,
    operator IS NOT NULL AS is_operator,
    count(*)::BIGINT AS messages,
    (count(*) FILTER (outcome IN ({arrived})))::BIGINT AS delivered,
    (count(*) FILTER (outcome = 'failed'))::BIGINT AS failed,
    (count(*) FILTER (outcome NOT IN ({answered})))::BIGINT AS without_final
FROM messages
WHERE date_trunc('hour', submitted_utc) IN ({hours})
    AND NOT submission_missing
    AND feed NOT IN ({apart})
    AND recipient NOT IN (SELECT unnest($recipients::VARCHAR[]))
    AND NOT refused
    AND outcome IN (SELECT unnest($sent::VARCHAR[]))
GROUP BY ALL
"""

_AS_ENDED: Final = {
    name: ", ".join(f"'{word}'" for word in words) for name, words in (("arrived", ARRIVED_OUTCOMES), ("answered", ANSWERED_OUTCOMES))
}


class Surroundings:
    """What is the same for all messages of one database is asked once, when it is first needed, and kept."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        self._lock = RLock()

    def prepare(self) -> None:
        """Asks now, so that no one has to wait for it."""
        with self._lock:
            _ = self._outages, self._waits, self._habits, self._undecided

    def outage(self, row: Row) -> Outage | None:
        """The outage of its feed that the message's receipt stayed away in, or was held back in."""
        with self._lock:
            known, missed = self._outages, self._missed_utc(row)
        return next((one for one in known if missed and one.feed == row["feed"] and one.start_utc <= missed <= one.end_utc), None)

    def _missed_utc(self, row: Row) -> datetime | None:
        """When its receipt was due; None where it came in time."""
        usual = self._waits.get(row["feed"])
        if usual is None or usual["usual_wait_s"] is None or row["submitted_utc"] is None:
            return None
        begun = max(row["submitted_utc"], row["scheduled_utc"] or row["submitted_utc"])
        expected: datetime = begun + timedelta(seconds=usual["usual_wait_s"])
        if row["outcome"] not in ANSWERED_OUTCOMES:
            return expected
        made = row["final_utc"] if usual["has_clock"] else begun
        is_held = (
            row["final_received_utc"]
            and row["last_status"] != "expired"
            and row["final_received_utc"] - made > timedelta(seconds=usual["held_after_s"])
        )
        return (row["final_utc"] if usual["has_clock"] else expected) if is_held else None

    def habit(self, row: Row) -> Habit | None:
        """How its operator normally behaves, or its feed where no operator is known; None where that cannot be told."""
        with self._lock:
            return self._habits.get(party(row))

    def undecided(self, row: Row) -> str | None:
        """Where another feed may tell of the same message: the line of configuration that settles it. Empty text where none is known."""
        with self._lock:
            return self._undecided.get(row["feed"])

    def same_hour(self, db: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> dict[tuple[datetime, tuple[str, str]], SameHour]:
        """The messages to other numbers in the hours of these messages, by hour and whom `party` names."""
        known = {hour_of(row) for row in rows} - {None}
        hours = {f"hour_{number}": hour for number, hour in enumerate(known)}
        if not hours:
            return {}
        filled_in = {"hours": ", ".join(f"${name}" for name in hours), "apart": APART} | _AS_ENDED
        asked = {"recipients": sorted({row["recipient"] for row in rows if row["recipient"]}), "sent": list(SENT_OUTCOMES)}
        found = frame_of(db.sql(_SAME_HOUR.format(**filled_in), params=asked | hours))
        return {(row["hour_utc"], ("operator" if row.pop("is_operator") else "feed", row.pop("party"))): SameHour(**row) for row in found.to_dicts()}

    @cached_property
    def _outages(self) -> list[Outage]:
        return [Outage(**row) for row in outages(self._db).filter(COUNTS).to_dicts()]

    @cached_property
    def _waits(self) -> dict[str, dict[str, Any]]:
        return {row["feed"]: row for row in _rows(self._db.cursor(), "SELECT feed, usual_wait_s, held_after_s, has_clock FROM receipt_habits")}

    @cached_property
    def _undecided(self) -> dict[str, str]:
        return undecided(self._db)

    @cached_property
    def _habits(self) -> dict[tuple[str, str], Habit]:
        absence = {party(row) for row in _rows(self._db.cursor(), REPORTING_ABSENCE)}
        return {
            party: habit
            for dimension, where in (("operator", "operator IS NOT NULL"), ("feed", "operator IS NULL"))
            for party, habit in self._habits_by(dimension, where, absence)
        }

    def _habits_by(self, dimension: str, where: str, absence: set[tuple[str, str]]) -> Iterable[tuple[tuple[str, str], Habit]]:
        try:
            since = kept_days.boundary(self._db)
            from_then = None if since is None else since.replace(tzinfo=UTC)
            rates = metrics.rates(self._db, by=dimension, where=where, since=from_then).filter(pl.col("sent") > 0)
            speeds = latency(self._db, by=dimension, where=where).filter(pl.col("clock") == "receipt")
        except NoDataError:
            return
        of_party = {row[dimension]: row for row in speeds.to_dicts()}
        for row in rates.to_dicts():
            party = (dimension, row[dimension])
            speed = of_party.get(row[dimension], {})
            yield (
                party,
                Habit(
                    sent=row["sent"],
                    rate_confirmed=row["rate_confirmed"],
                    share_partly=row["partly_confirmed"] / row["sent"],
                    share_failed=None if row["coverage"] is None else row["failed"] / row["sent"],
                    coverage=row["coverage"],
                    median_s=speed.get("median_s"),
                    p90_s=speed.get("p90_s"),
                    reports_absence=party in absence,
                ),
            )


def hour_of(row: Row) -> datetime | None:
    """The calendar hour of its submission."""
    submitted: datetime | None = row["submitted_utc"]
    return submitted.replace(minute=0, second=0, microsecond=0) if submitted else None


def party(row: Row) -> tuple[str, str]:
    """Whom a message is compared within: its operator, or its feed where no operator is known."""
    return ("operator", row["operator"]) if row["operator"] is not None else ("feed", row["feed"])


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    return frame_of(db.sql(query)).to_dicts()
