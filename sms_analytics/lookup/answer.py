"""The answer to one number or id: the messages that belong to it, what is near it, and how both read as text and as data."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import duckdb

from sms_analytics.config.defaults import configured
from sms_analytics.database.frames import frame_of
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.lookup import searching, terminal
from sms_analytics.lookup.in_words import message_text, tone
from sms_analytics.lookup.story import Brief, Event, Loaded, MessageStory, Near, SameHour, charged
from sms_analytics.lookup.surroundings import Surroundings, hour_of, party
from sms_analytics.lookup.wording import Names, Reader
from sms_analytics.text import output
from sms_analytics.text.labels import Lang
from sms_analytics.text.masking import masked_sender
from sms_analytics.text.phrases import filled, phrase

__all__ = ["Brief", "Event", "Loaded", "MessageStory", "Names", "Near", "NothingFoundError", "Reader", "Story", "Surroundings", "lookup"]

_MESSAGES: Final = """
SELECT
    message_key, message_id, message_ref, client_ref, feed, account, campaign, sender, recipient, country, operator, parts, submitted_utc,
    scheduled_utc, deadline_utc, last_status, outcome, final_utc, final_received_utc, decided_by, refused, reason, reason_class, code_raw,
    code_system, detail, folded, conflict, late, submission_missing, price, charge, charge_status, now_utc
FROM messages
LEFT JOIN (SELECT feed, now_utc FROM feeds) AS clocks USING (feed)
WHERE message_key IN (SELECT unnest($keys::VARCHAR[]))
ORDER BY submitted_utc DESC NULLS LAST, message_key
"""

#: Logs that end so long before the question may not know what became of a message since.
_LONG_AGO: Final = timedelta(days=2)
#: Outcomes that are over by their deadline.
_OPEN: Final = ("awaiting_status", "out_of_coverage", "waiting_to_send")

#: What was already found is not another message.
_OTHERS: Final = """
SELECT message_key, message_id, submitted_utc, outcome, reason, detail, account, campaign
FROM messages
WHERE recipient IN (SELECT unnest($recipients::VARCHAR[])) AND message_key NOT IN (SELECT unnest($keys::VARCHAR[]))
ORDER BY submitted_utc DESC NULLS LAST, message_key
"""

#: In time order by the operator's clock; that may be cut to the minute, so no receipt stands before the hand-over (rule 4).
_EVENTS: Final = """
WITH told AS (
    SELECT
        *,
        coalesce(event_utc, received_utc) AS time,
        min(coalesce(event_utc, received_utc)) FILTER (kind = 'submission') OVER (PARTITION BY message_key) AS handed_over_utc
    FROM events
    WHERE message_key IN (SELECT unnest($keys::VARCHAR[]))
)
SELECT
    message_key, path || ':' || record_no AS place, kind, part_no, event_utc, received_utc, time_precision, status, status_raw, said_by, reason,
    code_raw, code_system, detail, copies, raw
FROM told
JOIN (SELECT load_id, path FROM loads) AS logs USING (load_id)
ORDER BY greatest(time, handed_over_utc), kind = 'receipt', coalesce(received_utc, event_utc), load_id, record_no, event_no
"""


class NothingFoundError(NoDataError):
    """Nothing that was loaded is what was asked for.

    `near` are loaded numbers that can be meant, `near_found` is how many there are; `cut`: Excel has taken digits away.
    """

    def __init__(self, asked: searching.Asked, near: tuple[tuple[Near, ...], int], loaded: Loaded, zone: str) -> None:
        self.asked, self.loaded, self.cut = asked.text, loaded, asked.is_cut
        self.near, self.near_found = near
        super().__init__(_nothing(asked, self.near_found, loaded, zone))

    def text(self, reader: Reader) -> str:
        """For people, with the whole numbers of `near`."""
        said = [self.headline(reader)]
        if not self.cut:
            said.append(reader.say("support.near" if self.near else "support.no_near"))
        more = [reader.say("support.others_more", self.near_found - len(self.near))] if self.near_found > len(self.near) else []
        return "\n".join([*said, *terminal.near(self.near, reader), *more, terminal.what_is_loaded(self.loaded, reader)])

    def headline(self, reader: Reader) -> str:
        """That there is nothing, or that Excel has cut the number, in one sentence."""
        if not self.cut:
            return reader.say("support.nothing", self.asked)
        return reader.say(f"support.{_cut_text(self.near_found)}", self.asked, self.near_found)


@dataclass(frozen=True, repr=False)
class Story:
    """The messages found, newest first. Shown as text it is for people, in its language and zone; `to_dicts` is for programs.

    `others` are further messages of the same numbers, which are not what was asked for. `near`: where Excel had cut the number that was asked for,
    some of what it can have been, and `near_found` how many that are. `names` are what the configuration calls accounts, send-outs and feeds.
    """

    asked: str
    zone: str
    lang: Lang
    messages: tuple[MessageStory, ...]
    others: tuple[Brief, ...] = ()
    near: tuple[Near, ...] = ()
    near_found: int = 0
    names: Names = field(default_factory=Names)

    def __repr__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """What went wrong and the newest message in full, the other ones in a line each, for people; fitted to `width` if given."""
        reader = Reader(self.lang, self.zone, self.names)
        count = len(self.messages)
        title = phrase("found", self.lang, count, self.asked, self.zone) if count > 1 else phrase("found_one", self.lang, self.asked, self.zone)
        told = self.in_full()
        blocks = [title, *(terminal.message(self.messages[number], reader, width) for number in told)]
        if self.near:
            blocks.insert(1, "\n".join([self.cut_in_words(reader), *terminal.near(self.near, reader)]))
        if further := self.further(*told):
            blocks.append(terminal.others(further, reader, width))
        return "\n\n".join(blocks)

    def cut_in_words(self, reader: Reader) -> str:
        """That Excel had cut the number, and how many it can have been."""
        return reader.say(f"support.{_cut_text(self.near_found)}", self.asked, self.near_found)

    def in_full(self) -> tuple[int, ...]:
        """Which messages are told in full: the newest, and before it the newest of those that went wrong where it went well itself."""
        wrong = next((number for number, message in enumerate(self.messages) if tone(message.outcome) == "bad"), 0)
        return (wrong, 0) if wrong else (0,)

    def further(self, *than: int) -> tuple[Brief, ...]:
        """All messages but the ones of these numbers, without any but the newest; newest first."""
        found = [brief(message) for number, message in enumerate(self.messages) if number not in (than or (0,))]
        return tuple(sorted([*found, *self.others], key=lambda one: one.submitted_utc or datetime.min, reverse=True))  # noqa: DTZ901  # naive UTC

    def to_dicts(self) -> list[dict[str, object]]:
        """One object per message under the names of the columns, times in ISO 8601 with offset.

        With its `events`, what went on around it (`outage`, `same_hour`, `habit`), whether it was `charged`, and the `explanation` in words.
        """
        reader = Reader(self.lang, self.zone, self.names)
        return [_with_iso_times(asdict(message)) | {"explanation": _explanation(message, reader)} for message in self.messages]


@configured
def lookup(
    db: duckdb.DuckDBPyConnection,
    number_or_id: str,
    *,
    home_country: str = "NO",
    zone: str = "Europe/Oslo",
    lang: Lang = "nb",
    names: Names | None = None,
    surroundings: Surroundings | None = None,
    now: datetime | None = None,
) -> Story:
    """Every message of a recipient (a number in any spelling), or with that id (in any case or base), reference or key.

    `names` are those of accounts, send-outs and feeds; `surroundings` is what was asked of this database before, so that it is asked only once.
    `now` (naive UTC; None: the clock on the wall) decides only whether the logs end long ago and which deadlines have passed since.
    Raises `NothingFoundError` (a `NoDataError`) that says what is loaded and which numbers are similar, `UsageError` when nothing is asked.
    """
    text = number_or_id.strip()
    if not text:
        raise UsageError("lookup: nothing to look for; give a phone number or an id")
    asked = searching.read(text, home_country)
    keys = searching.keys(db, asked)
    if not keys:
        raise NothingFoundError(asked, searching.near(db, asked), searching.loaded(db), zone)
    messages = _stories(db, keys, surroundings or Surroundings(db), now or datetime.now(UTC).replace(tzinfo=None))
    # An id of eight digits reads as a number too.
    shown = asked.recipient if any(message.recipient == asked.recipient for message in messages) else text
    recipients = {message.recipient for message in messages if message.recipient is not None}
    others = tuple(Brief(**row) for row in _rows(db, _OTHERS, {"keys": keys, "recipients": sorted(recipients)}))
    near, near_found = searching.near(db, asked) if asked.is_cut else ((), 0)
    return Story(shown, zone, lang, messages, others, near, near_found, names or Names())


def ended_long_ago(until_utc: datetime, now: datetime | None = None) -> bool:
    """Whether logs that speak up to then may not know what became of a message since; `now` as for `lookup`."""
    return (now or datetime.now(UTC).replace(tzinfo=None)) - until_utc > _LONG_AGO


def brief(message: MessageStory) -> Brief:
    """A message in one line."""
    return Brief(**{name: getattr(message, name) for name in Brief.__dataclass_fields__})


def _stories(db: duckdb.DuckDBPyConnection, keys: list[str], surroundings: Surroundings, now: datetime) -> tuple[MessageStory, ...]:
    events = defaultdict(list)
    for row in _rows(db, _EVENTS, {"keys": keys}):
        events[row.pop("message_key")].append(Event(**row))
    rows = _rows(db, _MESSAGES, {"keys": keys})
    same_hour = surroundings.same_hour(db, rows)
    return tuple(
        MessageStory(
            **_columns_and_since(row, events[row["message_key"]]),
            charged=charged(row["charge"], row["charge_status"], row["outcome"]),
            outage=surroundings.outage(row),
            same_hour=_of_hour(same_hour, row),
            habit=surroundings.habit(row),
            undecided=surroundings.undecided(row),
            known_until_utc=row["now_utc"],
            logs_end_early=row["now_utc"] is not None and ended_long_ago(row["now_utc"], now),
            overdue=row["outcome"] in _OPEN and row["deadline_utc"] is not None and row["deadline_utc"] < now,
            events=tuple(events[row["message_key"]]),
        )
        for row in rows
    )


def _of_hour(same_hour: Mapping[tuple[datetime, tuple[str, str]], SameHour], row: dict[str, Any]) -> SameHour | None:
    hour = hour_of(row)
    return None if hour is None else same_hour.get((hour, party(row)), SameHour(hour, 0, 0, 0, 0))


def _columns_and_since(row: dict[str, Any], events: list[Event]) -> dict[str, Any]:
    """The columns of the message, and since when its outcome holds: its final status, the deadline that passed, or what it waits with."""
    kept = {name: value for name, value in row.items() if name not in ("last_status", "final_utc", "final_received_utc", "now_utc")}
    said = [event.event_utc or event.received_utc for event in events if event.status == row["last_status"]]
    since = row["deadline_utc"] if row["decided_by"] == "timeout" else row["final_utc"] or next(reversed(said), None)
    return kept | {"since_utc": since}


def _rows(db: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object]) -> list[dict[str, Any]]:
    return frame_of(db.sql(query, params=parameters)).to_dicts()


def _explanation(message: MessageStory, reader: Reader) -> dict[str, object]:
    text = message_text(message, reader)
    names = ("title", "meaning", "why", "sender_can", "recipient_can", "charged", "around", "habit", "notes", "answers")
    return {name: getattr(text, name) for name in names}


def _cut_text(found: int) -> str:
    return ("cut_none", "cut_one")[found] if found < 2 else "cut"


def _nothing(asked: searching.Asked, near: int, loaded: Loaded, zone: str) -> str:
    feeds = ", ".join(loaded.feeds) or "none"
    period = f"{output.local_time(loaded.first_utc, zone)} to {output.local_time(loaded.last_utc, zone)} {zone}"
    named = asked.recipient if asked.country else asked.text
    what, advice = "no such recipient, id or reference", "check the spelling or load more logs"
    if asked.is_cut:
        what, advice = "Excel has cut this number", f"type all its digits ({near} loaded numbers fit)"
    elif near:
        advice = f"check the digits ({near} similar numbers are loaded) or load more logs"
    return filled("{0}: {1} among {2:message|messages}, {3}, feeds {4}; {5}", masked_sender(named), what, loaded.messages, period, feeds, advice)


def _with_iso_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_iso_times(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_iso_times(inner) for inner in value]
    return value.replace(tzinfo=UTC).isoformat() if isinstance(value, datetime) else value
