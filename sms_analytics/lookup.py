"""The story of one number or id: every message it belongs to, what became of it, who said so, and each line of a log behind that."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from string import hexdigits
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics import labels, output, recipients
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.labels import Lang
from sms_analytics.masking import masked
from sms_analytics.phrases import heading, phrase
from sms_analytics.printable import plain

_INDENT: Final = "    "

#: Ids as text are compared without letter case and leading zeros, as the resolver does; one scan answers for numbers and references too.
_KEYS: Final = """
SELECT DISTINCT message_key
FROM events
WHERE recipient = $recipient
    OR client_ref = $asked
    OR message_ref = $asked
    OR message_key = $asked
    OR (message_id IS NOT NULL AND ltrim(lower(message_id), '0') IN (SELECT unnest($ids::VARCHAR[])))
"""

_MESSAGES: Final = """
SELECT
    message_key, message_id, message_ref, client_ref, feed, account, campaign, sender, recipient, country, operator, parts, submitted_utc,
    last_status, outcome, final_utc, deadline_utc, decided_by, reason, reason_class, code_raw, code_system, detail, conflict, late, submission_missing
FROM messages
WHERE message_key IN (SELECT unnest($keys::VARCHAR[]))
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


@dataclass(frozen=True)
class Event:
    """One event of a message: what was said, by whom, when by both clocks (naive UTC), and where it stands (`file:line`)."""

    place: str
    kind: str
    part_no: int | None
    event_utc: datetime | None
    received_utc: datetime | None
    time_precision: str
    status: str
    status_raw: str | None
    said_by: str
    reason: str | None
    code_raw: str | None
    code_system: str | None
    detail: str | None
    copies: int
    raw: str


@dataclass(frozen=True)
class MessageStory:
    """One message: the columns of `messages` that a person asks for, `since_utc` (since when its outcome holds), and its events in time order."""

    message_key: str
    message_id: str | None
    message_ref: str | None
    client_ref: str | None
    feed: str
    account: str | None
    campaign: str | None
    sender: str | None
    recipient: str | None
    country: str | None
    operator: str | None
    parts: int | None
    submitted_utc: datetime | None
    outcome: str
    since_utc: datetime | None
    decided_by: str | None
    reason: str | None
    reason_class: str | None
    code_raw: str | None
    code_system: str | None
    detail: str | None
    conflict: bool
    late: bool
    submission_missing: bool
    events: tuple[Event, ...]


@dataclass(frozen=True, repr=False)
class Story:
    """The messages found, newest first. Shown as text it is for people, in its language and zone; `to_dicts` is for programs."""

    asked: str
    zone: str
    lang: Lang
    messages: tuple[MessageStory, ...]

    def __repr__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """The story for people; fitted to `width` if given."""
        count = len(self.messages)
        title = phrase("found", self.lang, count, self.asked, self.zone) if count > 1 else phrase("found_one", self.lang, self.asked, self.zone)
        return "\n".join([title, *(self._message(message, width) for message in self.messages)])

    def to_dicts(self) -> list[dict[str, object]]:
        """One object per message with its `events`, under the names of the columns; times in ISO 8601 with offset."""
        return [_with_iso_times(asdict(message)) for message in self.messages]

    def _message(self, message: MessageStory, width: int | None) -> str:
        facts = self._facts(message)
        names = max(len(name) for name, _ in facts)
        lines = [f"{labels.label(f'outcome.{message.outcome}', self.lang)}", *(f"  {name:<{names}}  {plain(value)}" for name, value in facts)]
        table = output.as_table(self._history(message), lang=self.lang, zone=self.zone, width=width and width - len(_INDENT), keys=1).text
        history = [f"  {phrase('history', self.lang)}", *(f"{_INDENT}{line}" if line else "" for line in table.splitlines())]
        return "\n".join(["", *lines, *history])

    def _facts(self, message: MessageStory) -> list[tuple[str, str]]:
        code = _code(message.code_system, message.code_raw)
        operator = message.operator or phrase("unknown", self.lang)
        said = {
            phrase("since", self.lang): output.local_time(message.since_utc, self.zone),
            phrase("decided_by", self.lang): self._label("decided_by", message.decided_by),
            heading("reason", self.lang): self._label("reason", message.reason),
            phrase("their_text", self.lang): message.detail,
            heading("code_raw", self.lang): code,
            heading("recipient", self.lang): message.recipient,
            heading("country", self.lang): message.country,
            heading("operator", self.lang): operator,
            **{heading(name, self.lang): getattr(message, name) for name in ("account", "campaign", "sender", "message_id", "client_ref", "feed")},
        }
        marks = [name for name in ("conflict", "late", "submission_missing") if getattr(message, name)]
        said |= {heading(name, self.lang): phrase("yes", self.lang) for name in marks}
        return [(name, value) for name, value in said.items() if value is not None]

    def _label(self, kind: str, word: str | None) -> str | None:
        return None if word is None else labels.label(f"{kind}.{word}", self.lang)

    def _history(self, message: MessageStory) -> pl.DataFrame:
        rows = [
            {
                "their_clock": self._time(event.event_utc, event.time_precision),
                "our_clock": self._time(event.received_utc, "second"),
                "kind": event.kind,
                "status": event.status,
                "status_raw": event.status_raw,
                "code_raw": _code(event.code_system, event.code_raw),
                "detail": event.detail,
                "place": event.place,
            }
            for event in message.events
        ]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
        return frame.select(name for name in frame.columns if frame[name].null_count() < frame.height)

    def _time(self, utc: datetime | None, precision: str) -> str | None:
        if utc is None:
            return None
        return output.local_time(utc, self.zone).removesuffix(f"{utc:%S}").rstrip(":") if precision == "minute" else output.local_time(utc, self.zone)


def lookup(db: duckdb.DuckDBPyConnection, number_or_id: str, *, home_country: str = "NO", zone: str = "Europe/Oslo", lang: Lang = "nb") -> Story:
    """Every message of a recipient (a number in any spelling), or with that id (in any case or base), reference or key.

    Raises `NoDataError` that says what is loaded when there is none, `UsageError` when nothing is asked.
    """
    asked = number_or_id.strip()
    if not asked:
        raise UsageError("lookup: nothing to look for; give a phone number or an id")
    recipient, country = recipients.one(asked, home_country)
    keys = _column(db, _KEYS, {"asked": asked, "recipient": recipient, "ids": _id_forms(asked)})
    if not keys:
        raise _nothing(db, masked(recipient) if country else asked, zone)
    events = defaultdict(list)
    for row in _rows(db, _EVENTS, {"keys": keys}):
        events[row.pop("message_key")].append(Event(**row))
    found = _rows(db, _MESSAGES, {"keys": keys})
    # An id of eight digits reads as a number too.
    shown = recipient if any(row["recipient"] == recipient for row in found) else asked
    return Story(shown, zone, lang, tuple(_story(row, events[row["message_key"]]) for row in found))


def _column(db: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object]) -> list[str]:
    return [value for (value,) in db.execute(query, parameters).fetchall()]


def _rows(db: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object]) -> list[dict[str, Any]]:
    frame: pl.DataFrame = db.sql(query, params=parameters).pl()
    return frame.to_dicts()


def _id_forms(asked: str) -> list[str]:
    """The id without letter case and leading zeros, as it stands, as decimal of the hexadecimal that it may be, and the other way round."""
    plain = asked.lower().lstrip("0")
    forms = {plain}
    if plain and all(sign in hexdigits for sign in plain):
        forms.add(str(int(plain, 16)))
    if plain.isascii() and plain.isdigit():
        forms.add(f"{int(plain):x}")
    return sorted(forms)


def _story(row: dict[str, Any], events: list[Event]) -> MessageStory:
    last_status, final, deadline = row.pop("last_status"), row.pop("final_utc"), row.pop("deadline_utc")
    said = [event.event_utc or event.received_utc for event in events if event.status == last_status]
    since = deadline if row["decided_by"] == "timeout" else final or next(reversed(said), None)
    return MessageStory(**row, since_utc=since, events=tuple(events))


def _code(system: str | None, code: str | None) -> str | None:
    return None if code is None else f"{code} ({system})" if system else code


def _nothing(db: duckdb.DuckDBPyConnection, asked: str, zone: str) -> NoDataError:
    (count, first, last), *_ = db.execute("SELECT count(*), min(submitted_utc), max(submitted_utc) FROM messages").fetchall()
    feeds = ", ".join(_column(db, "SELECT feed FROM feeds ORDER BY feed", {})) or "none"
    period = f"{output.local_time(first, zone)} to {output.local_time(last, zone)} {zone}"
    return NoDataError(
        f"{asked}: no such recipient, id or reference among {count} messages, {period}, feeds {feeds}; check the spelling or load more logs"
    )


def _with_iso_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_iso_times(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_iso_times(inner) for inner in value]
    return value.replace(tzinfo=UTC).isoformat() if isinstance(value, datetime) else value
