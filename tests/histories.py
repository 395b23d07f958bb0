"""Events to try a resolver on: single ones for stories, and generated histories that are small and nasty.

A *record* is an event without its place; `in_one_load` and `in_pieces` give records their places and say what the loads were.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from sms_analytics.database.schemas import EVENT_COLUMNS

Event = dict[str, Any]
Load = dict[str, Any]

START = datetime.fromisoformat("2026-03-02T12:00:00")
RECIPIENT = "+4740000001"

#: Columns of a record that have a value unless it says otherwise.
_USUAL: Event = {
    "load_id": 0,
    "record_no": 0,
    "event_no": 1,
    "format": "table",
    "feed": "north",
    "message_key": "",
    "recipient": RECIPIENT,
    "country": "NO",
    "time_precision": "second",
    "time_zone": "UTC",
    "copies": 1,
    "raw": "record",
}


def after(*, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    """A time so long after the beginning of every story (naive UTC)."""
    return START + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def submission(status: str = "submitted", **columns: Any) -> Event:
    """A submission, by the gateway, at the beginning unless `event_utc` or `received_utc` say otherwise."""
    if not columns.keys() & {"event_utc", "received_utc"}:
        columns["event_utc"] = START
    return _event(kind="submission", status=status, said_by=columns.pop("said_by", "gateway"), **columns)


def receipt(status: str, **columns: Any) -> Event:
    """A receipt, by the operator, a minute after the beginning unless `event_utc` or `received_utc` say otherwise."""
    if not columns.keys() & {"event_utc", "received_utc"}:
        columns["event_utc"] = after(minutes=1)
    return _event(kind="receipt", status=status, said_by=columns.pop("said_by", "operator"), **columns)


def _event(**columns: Any) -> Event:
    unknown = columns.keys() - set(EVENT_COLUMNS)
    assert not unknown, f"no such columns of events: {unknown}"
    return {name: columns.get(name, _USUAL.get(name)) for name in EVENT_COLUMNS}


def heard(event: Event) -> datetime:
    """When our side knew of it."""
    return event["received_utc"] or event["event_utc"]  # type: ignore[no-any-return]


def _shown(record: Event) -> list[str]:
    told = {name: value for name, value in record.items() if name != "kind" and value is not None and value != _USUAL.get(name)}
    return [f"{name}={value - START if isinstance(value, datetime) else value}" for name, value in told.items()]


@dataclass(frozen=True)
class Loaded:
    """What came into the database: the events of each load in the order of loading, and the loads.

    A load is a dict of `load_id, format, path, feeds, first_utc, last_utc, loaded_utc`; all are said to be of the first event's format.
    """

    logs: list[list[Event]]
    loads: list[Load]


@dataclass(frozen=True, repr=False)
class History:
    """Records with all that decides how they are read.

    `last_utc` is the time of a last, skipped record, which names every feed; `loaded_utc` is when all of it was loaded.
    """

    records: list[Event]
    last_utc: datetime
    loaded_utc: datetime
    horizons: dict[str, timedelta]
    id_rules: dict[str, str]
    as_of: datetime | None
    answers: dict[str, list[str]] = field(default_factory=dict)
    """For which feeds the configuration says whose submissions they answer."""

    def __repr__(self) -> str:
        """What differs from a usual record, a line each, with times counted from the beginning."""
        lines = [f"  {record['kind']} " + " ".join(_shown(record)) for record in self.records]
        rules = {feed: rule for feed, rule in self.id_rules.items() if rule != "plain"}
        clock = f"last {self.last_utc - START}, as of {self.as_of and self.as_of - START}"
        told = f"horizons { {feed: str(lasts) for feed, lasts in self.horizons.items()} }, id rules {rules}, answers {self.answers}"
        return "\n".join(["History", *lines, f"  {clock}, {told}"])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How hypothesis shows a failing history."""
        printer.text("..." if cycle else repr(self))

    def under(self, prefix: str) -> "History":
        """The same history in feeds of other names, so that nothing in it is identical to another history's."""
        return replace(
            self,
            records=[{**record, "feed": prefix + record["feed"], "raw": prefix + record["raw"]} for record in self.records],
            horizons={prefix + feed: lasts for feed, lasts in self.horizons.items()},
            id_rules={prefix + feed: rule for feed, rule in self.id_rules.items()},
            answers={prefix + feed: [prefix + other for other in others] for feed, others in self.answers.items()},
        )

    def in_order(self, order: Sequence[int]) -> "History":
        """The same records in another order."""
        return replace(self, records=[self.records[place] for place in order])


def in_one_load(history: History) -> Loaded:
    """All records in one file."""
    return in_pieces(history, [0] * len(history.records))


def in_pieces(history: History, pieces: Sequence[int]) -> Loaded:
    """Each record in the file that `pieces` names for it, numbered from 0; identical records stay together, where the first of them is.

    The skipped record stands at the end of the last file, so that every feed's now is what it is in one file.
    """
    first_of = [history.records.index(record) for record in history.records]
    logs = []
    for piece in range(max(pieces, default=0) + 1):
        records = [record for record, first in zip(history.records, first_of, strict=True) if pieces[first] == piece]
        logs.append([{**record, "load_id": piece + 1, "record_no": number} for number, record in enumerate(records, 1)])
    return loaded(logs, last_utc=history.last_utc, loaded_utc=history.loaded_utc)


def loaded(logs: list[list[Event]], *, last_utc: datetime | None = None, loaded_utc: datetime | None = None) -> Loaded:
    """The loads that brought `logs`: the last one ends with a skipped record at `last_utc` that names all feeds."""
    feeds = sorted({event["feed"] for log in logs for event in log})
    format_name = next((event["format"] for log in logs for event in log), _USUAL["format"])
    loads = []
    for number, log in enumerate(logs, 1):
        is_last = number == len(logs)
        times = [heard(event) for event in log] + ([last_utc] if is_last and last_utc else [])
        own_feeds = feeds if is_last and last_utc else sorted({event["feed"] for event in log})
        loads.append(
            {
                "load_id": number,
                "format": format_name,
                "path": None,
                "feeds": own_feeds,
                "first_utc": min(times, default=None),
                "last_utc": max(times, default=None),
                "loaded_utc": loaded_utc or after(days=365),
            }
        )
    return Loaded(logs, loads)


def in_daily_files(history: History, *, quiet_days: int) -> Loaded:
    """The records of each format in a file for each day, and so many days after the last a file of each format that carries no feed."""
    files: dict[tuple[str, str], list[Event]] = {}
    for record in sorted(history.records, key=heard):
        files.setdefault((f"{heard(record):%Y%m%d}", record["format"]), []).append(record)
    times = {format_name: max(heard(record) for record in history.records if record["format"] == format_name) for _, format_name in files}
    quiet = {format_name: time + timedelta(days=quiet_days) for format_name, time in times.items()}
    logs: list[list[Event]] = []
    loads: list[Load] = []
    for (day, format_name), records in [*files.items(), *(((f"{time:%Y%m%d}", name), []) for name, time in quiet.items())]:
        number = len(logs) + 1
        logs.append([{**record, "load_id": number, "record_no": place} for place, record in enumerate(records, 1)])
        moments = [heard(record) for record in records] or [quiet[format_name]]
        loads.append(
            {
                "load_id": number,
                "format": format_name,
                "path": f"logs/{format_name}-{day}.log",
                "feeds": sorted({record["feed"] for record in records}),
                "first_utc": min(moments),
                "last_utc": max(moments),
                "loaded_utc": max(history.loaded_utc, *quiet.values()),
            }
        )
    return Loaded(logs, loads)


def side_by_side(histories: Sequence[History]) -> tuple[History, Loaded]:
    """Histories in one database, each with feeds and a file of its own, all seen as of the first one's moment.

    Their feeds answer for nobody unless it is said, since ids of one history say nothing of another's: `worlds` are for feeds that belong together.
    """
    apart = [history.under(f"{number}-") for number, history in enumerate(histories)]
    sources = [in_one_load(history) for history in apart]
    logs = [[{**event, "load_id": number} for event in source.logs[0]] for number, source in enumerate(sources, 1)]
    together = replace(
        apart[0],
        records=[record for history in apart for record in history.records],
        horizons={feed: lasts for history in apart for feed, lasts in history.horizons.items()},
        id_rules={feed: rule for history in apart for feed, rule in history.id_rules.items()},
        answers={record["feed"]: [] for history in apart for record in history.records}
        | {feed: others for history in apart for feed, others in history.answers.items()},
    )
    return together, Loaded(logs, [{**source.loads[0], "load_id": number} for number, source in enumerate(sources, 1)])


def twice(source: Loaded) -> Loaded:
    """The same files, and then all of them once more as new loads."""
    known = len(source.logs)
    again = [[{**event, "load_id": event["load_id"] + known} for event in log] for log in source.logs]
    return Loaded([*source.logs, *again], [*source.loads, *({**load, "load_id": load["load_id"] + known} for load in source.loads)])


# Generated histories

FEEDS = ("north", "south")
#: Written differently, some of these are the same id: by case, by leading zeros, by base (a1 is 161), or all zeros.
IDS = (None, "a1", "0A1", "00a1", "161", "0161", "b2", "000", "0", "812FC7470000001B", "9308878062554710043", "x-7")
REFS = (None, None, None, None, "r1", "r2", "udh:1", "udh:2", "b2")
#: Where things happen: together, within a minute, around an hour, around the horizons (8 days; 3 days), and long after.
OFFSETS = tuple(
    timedelta(days=days, seconds=seconds)
    for days, moments in {0: (0, 0, 0, 29, 60, 61, 3600, 3601), 3: (-1, 0, 1, 60), 8: (-60, 0, 1, 61), 9: (0,), 17: (0, 30)}.items()
    for seconds in moments
)
SUBMISSION_STATUSES = (
    *("submitted",) * 6,
    "queued",
    "scheduled",
    "awaiting_approval",
    "paused",
    "rejected",
    "expired",
    "stopped",
)
RECEIPT_STATUSES = (
    *("delivered",) * 3,
    *("buffered", "accepted", "submitted", "unknown", "queued", "paused", "awaiting_approval", "scheduled"),
    *("expired", "undelivered", "rejected", "stopped"),
    *("no_report", "unrecognised"),
)
NEGATIVE_STATUSES = ("expired", "undelivered", "rejected", "stopped", "no_report", "buffered")
#: A code with the reason that it gives a negative status.
CODES = (
    (None, None, "unspecified"),
    ("001", "smpp", "unknown_subscriber"),
    ("005", "smpp", "absent_subscriber"),
    ("005", "vendor", "network_error"),
)
OPERATORS = ((None, None), ("Telenor", "24201"), ("Telia", "24202"), ("Ice", None))

_unevenly = st.sampled_from


@st.composite
def _times(draw: st.DrawFn) -> dict[str, Any]:
    """`event_utc` and `received_utc`, one of them perhaps missing, the first perhaps cut to its minute."""
    moment = START + draw(_unevenly(OFFSETS))
    precision = draw(_unevenly(("second", "second", "minute")))
    event_utc = moment.replace(second=0) if precision == "minute" else moment
    received_utc = moment + timedelta(seconds=draw(_unevenly((0, 0, 1, 90, -30, 86400, 9 * 86400))))
    known = draw(_unevenly(("both", "both", "event", "received")))
    return {
        "event_utc": None if known == "received" else event_utc,
        "received_utc": None if known == "event" else received_utc,
        "time_precision": precision,
    }


@st.composite
def _either(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Columns that submissions and receipts fill alike."""
    operator, mccmnc = draw(_unevenly(OPERATORS))
    return {
        "feed": draw(_unevenly(("north", "north", "south"))),
        "message_id": draw(_unevenly(IDS)),
        "message_ref": draw(_unevenly(REFS)),
        "part_no": draw(_unevenly((None, None, None, None, 1, 2))),
        "parts": draw(_unevenly((None, None, None, 1, 2, 3))),
        "account": draw(_unevenly((None, "clinic", "bank"))),
        "recipient": draw(_unevenly((None, RECIPIENT, "+4740000002"))),
        "country": "NO",
        "operator": operator,
        "mccmnc": mccmnc,
        "operator_source": None if operator is None else draw(_unevenly((kind, kind, "feed", "supplied"))),
        "detail": draw(_unevenly((None, None, "phone off", "no such number"))),
        "charge_status": draw(_unevenly((None, None, None, "pending", "charged", "not_charged"))),
        **draw(_times()),
    }


@st.composite
def _submissions(draw: st.DrawFn) -> Event:
    status = draw(_unevenly(SUBMISSION_STATUSES))
    code_raw, code_system, reason = draw(_unevenly(CODES))
    negative = status in NEGATIVE_STATUSES
    offset = draw(_unevenly((None, None, None, timedelta(hours=1), timedelta(days=2))))
    columns = draw(_either("submission"))
    return submission(
        status,
        status_raw=status.upper(),
        campaign=draw(_unevenly((None, "march"))),
        client_ref=draw(_unevenly((None, "order-1"))),
        sender=draw(_unevenly((None, "Clinic"))),
        price=draw(_unevenly((None, 10.0))),
        scheduled_utc=None if offset is None else START + offset,
        receipt_requested=draw(_unevenly((None, None, "full", "full", "partial", "none"))),
        code_raw=code_raw if negative else None,
        code_system=code_system if negative else None,
        reason=reason if negative else None,
        **columns,
    )


@st.composite
def _receipts(draw: st.DrawFn) -> Event:
    status = draw(_unevenly(RECEIPT_STATUSES))
    code_raw, code_system, reason = draw(_unevenly(CODES))
    submit = draw(_unevenly((None, None, timedelta(0), timedelta(days=-1))))
    columns = draw(_either("receipt"))
    return receipt(
        status,
        status_raw=draw(_unevenly((status, status.upper()))),
        said_by=draw(_unevenly(("operator", "operator", "operator", "gateway"))),
        code_raw=code_raw,
        code_system=code_system,
        reason=reason if status in NEGATIVE_STATUSES else None,
        extra=None if submit is None else json.dumps({"submit_utc": (START + submit).isoformat()}),
        **columns,
    )


@st.composite
def _records(draw: st.DrawFn) -> list[Event]:
    """Up to ten records; `raw` tells all but the exact repetitions apart."""
    focus = draw(_unevenly(("one id", "one id", "one id", "one ref", "any")))
    name = draw(_unevenly(IDS[1:] if focus == "one id" else [ref for ref in REFS if ref]))
    records: list[Event] = []
    for number in range(draw(st.integers(1, 8))):
        record = draw(_submissions() if draw(_unevenly((True, False, False))) else _receipts())
        if focus == "one id":
            record |= {"feed": "north", "message_id": draw(_unevenly((name,) * 6 + (record["message_id"],)))}
        if focus == "one ref":
            record |= {"feed": "north", "message_ref": name}
        records.append({**record, "raw": f"record {number}"})
    repeated = draw(st.lists(_unevenly(range(len(records))), max_size=3))
    return records + [dict(records[place]) for place in repeated]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Histories of two feeds with few ids."""
    records = draw(_records())
    latest = max(heard(record) for record in records)
    last_utc = max(latest, START + draw(_unevenly((timedelta(0), timedelta(days=3, seconds=1), timedelta(days=9), timedelta(days=30)))))
    return History(
        records=records,
        last_utc=last_utc,
        loaded_utc=last_utc + timedelta(hours=1),
        horizons={feed: draw(_unevenly((timedelta(days=8), timedelta(days=8), timedelta(days=3)))) for feed in FEEDS},
        id_rules={feed: draw(_unevenly(("plain", "plain", "hex_submissions", "hex_receipts"))) for feed in FEEDS},
        as_of=draw(_unevenly((None, None, START + timedelta(minutes=1), START + timedelta(days=8)))),
    )


@st.composite
def orders(draw: st.DrawFn, history: History) -> list[int]:
    """Another order of the records."""
    return draw(st.permutations(range(len(history.records))))


@st.composite
def cuts(draw: st.DrawFn, history: History) -> list[int]:
    """Which of two or three files each record goes to."""
    number = draw(st.integers(2, 3))
    pieces = draw(st.lists(st.integers(0, number - 1), min_size=len(history.records), max_size=len(history.records)))
    return pieces


@st.composite
def runs(draw: st.DrawFn, history: History) -> list[int]:
    """Which of up to three files each record goes to where they were cut in order, or dealt out, the first file perhaps read last."""
    number = draw(st.integers(1, 3))
    length = len(history.records)
    dealt = draw(st.booleans())
    pieces = [place % number if dealt else place * number // length for place in range(length)]
    return [number - 1 - piece for piece in pieces] if draw(st.booleans()) else pieces


# Generated worlds: several feeds that speak of the same messages, with enough ids for evidence

#: How the ids of a world look: long ones and scattered ones tell, counters do not.
_ID_OF = {
    "long": lambda number: 812_000_000_000_000 + number,
    "scattered": lambda number: 2_000_000 + 104_729 * number,
    "counter": lambda number: 1 + number,
    "long counter": lambda number: 7_000_001 + number,
}
#: Who is told of a message: which feeds submit it and which get its receipt.
_ROLES = (
    "one feed",
    "transmitter and receiver",
    "transmitter and two receivers",
    "lookup",
    "nameless",
    "own table",
    "strangers",
    "two counters",
    "two spellings",
)
_FORMAT_NAME = "kannel"


@dataclass(frozen=True)
class _Plan:
    """How a world is made: the same for all its messages, so that hypothesis draws few values."""

    roles: str
    ids: str
    messages: int
    hexadecimal: str | None
    recipients: str
    answered: int
    """Of ten messages so many get a receipt."""
    reused: int
    """So many of the first ids are submitted once more."""
    reused_after: timedelta
    reused_for: str
    strange: int
    """So many receipts are for ids that nobody submitted."""

    def name(self, number: int, kind: str) -> str:
        value = _ID_OF[self.ids](number)
        return f"{value:x}" if self.hexadecimal == kind else str(value)

    def rule(self) -> str:
        """The id rule of a feed that has both sides."""
        return {None: "plain", "submission": "hex_submissions", "receipt": "hex_receipts"}[self.hexadecimal]

    def person(self, number: int, kind: str) -> str | None:
        silent = self.recipients == "nobody names them" or (self.recipients == "submissions name them" and kind == "receipt")
        wrong = kind == "receipt" and self.recipients == "some disagree" and number % 25 == 3
        return None if silent else f"+4740{number + (90000 if wrong else 0):06}"

    def submitting(self, number: int) -> list[str]:
        return {
            "lookup": [("tx1", "tx2", "tx3")[number % 3]],
            "own table": ["ours", "gateway"],
            "two spellings": [("Telia1", "telia1")[number % 2]],
            "strangers": ["north"],
            "two counters": ["north", "south"],
            "one feed": ["north"],
        }.get(self.roles, ["tx1"])

    def answering(self, number: int) -> list[str]:
        return {
            "one feed": ["north"],
            "transmitter and receiver": ["rx"],
            "transmitter and two receivers": [("rx1", "rx2")[number % 2]],
            "lookup": ["lookup"],
            "nameless": [_FORMAT_NAME],
            "own table": ["gateway"],
            "strangers": ["south"],
            "two counters": ["north", "south"],
            "two spellings": [("telia1", "TELIA1")[number % 2]],
        }[self.roles]

    def recipient(self, number: int, use: int, kind: str, feed: str) -> str | None:
        """Whom the event names; what `south` says is of messages of its own, whose ids are others' by chance."""
        another = 50000 if use and self.reused_for == "others" else 0
        return self.person(number + another + (200000 if feed == "south" else 0), kind)


def _world_submission(plan: _Plan, number: int, feed: str, use: int) -> Event:
    started = START + timedelta(minutes=number) + use * plan.reused_after
    return submission(
        feed=feed,
        format="table" if feed == "ours" else _FORMAT_NAME,
        message_id=plan.name(number, "submission"),
        recipient=plan.recipient(number, use, "submission", feed),
        account="clinic" if feed == "ours" else None,
        event_utc=started + timedelta(seconds=2 if feed == "gateway" else 0),
        raw=f"submission {feed} {number} {use}",
    )


def _world_receipt(plan: _Plan, number: int, feed: str, use: int) -> Event:
    return receipt(
        ("delivered", "delivered", "undelivered", "buffered")[number % 4],
        feed=feed,
        format=_FORMAT_NAME,
        message_id=plan.name(number, "receipt"),
        recipient=plan.recipient(number, use, "receipt", feed),
        event_utc=START + timedelta(minutes=number, seconds=30) + use * plan.reused_after,
        raw=f"receipt {feed} {number} {use}",
    )


def _world_records(plan: _Plan) -> list[Event]:
    records = []
    for use, numbers in enumerate((range(plan.messages), range(plan.reused))):
        for number in numbers:
            records += [_world_submission(plan, number, feed, use) for feed in plan.submitting(number)]
            if number % 10 < plan.answered:
                records += [_world_receipt(plan, number, feed, use) for feed in plan.answering(number)]
    return records + [_world_receipt(plan, number, feed, 0) for number in range(1000, 1000 + plan.strange) for feed in plan.answering(number)]


@st.composite
def worlds(draw: st.DrawFn) -> History:
    """Several feeds that speak of the same messages (or of others' that look like them), 20 to 60 of them, in few drawn values."""
    ids = draw(_unevenly(("long", "long", "scattered", "counter", "long counter")))
    plan = _Plan(
        roles=draw(_unevenly(_ROLES)),
        ids=ids,
        messages=draw(_unevenly((3, 20, 25, 45, 60))),
        hexadecimal=draw(_unevenly((None, None, "submission", "receipt"))) if ids in ("long", "scattered") else None,
        recipients=draw(_unevenly(("all name them", "submissions name them", "nobody names them", "some disagree"))),
        answered=draw(_unevenly((0, 5, 9, 10, 10))),
        reused=draw(_unevenly((0, 0, 3))),
        reused_after=timedelta(days=draw(_unevenly((3, 8, 9, 17)))),
        reused_for=draw(_unevenly(("the same", "others"))),
        strange=draw(_unevenly((0, 0, 5, 30, 70))),
    )
    records = _world_records(plan)
    last_utc = max(heard(record) for record in records) + draw(_unevenly((timedelta(0), timedelta(days=9))))
    receiver = plan.answering(0)[0]
    others = sorted({feed for number in range(3) for feed in plan.submitting(number)} - {receiver})
    decided = draw(_unevenly((None, None, None, None, [], others)))
    return History(
        records=records,
        last_utc=last_utc,
        loaded_utc=last_utc + timedelta(hours=1),
        horizons={},
        id_rules={feed: plan.rule() for feed in plan.answering(0) if feed in plan.submitting(0) or plan.roles == "two spellings"},
        as_of=draw(_unevenly((None, None, START + timedelta(minutes=20, seconds=10)))),
        answers={} if decided is None else {receiver: decided},
    )
