"""Events, their times and their order: what all rules of the oracle share."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

Event = dict[str, Any]
Load = dict[str, Any]
Message = dict[str, Any]

DEFAULT_HORIZON = timedelta(days=8)

#: Where an event stands, and what the resolver or the loader fills in: not what the record says.
NOT_CONTENT = ("load_id", "record_no", "event_no", "message_key", "copies")


# Times and order


def happened(event: Event) -> datetime:
    """When it happened, by the operator's clock; where that is not known, when our side logged it."""
    return event["event_utc"] or event["received_utc"]  # type: ignore[no-any-return]


def heard(event: Event) -> datetime:
    """When our side logged it; where that is not known, when it happened."""
    return event["received_utc"] or event["event_utc"]  # type: ignore[no-any-return]


def missing_first(*values: Any) -> tuple[Any, ...]:
    """A sort key in which a missing value comes before every other."""
    return tuple((value is not None, *([] if value is None else [value])) for value in values)


def missing_last(*values: Any) -> tuple[Any, ...]:
    """A sort key in which a missing value comes after every other."""
    return tuple((value is None, *([] if value is None else [value])) for value in values)


def content(event: Event) -> tuple[Any, ...]:
    """What settles a tie when times and statuses are equal, so that nothing depends on the place in a file."""
    return missing_first(*(event[name] for name in ("code_raw", "code_system", "detail", "status_raw", "said_by", "reason")))


def submissions_of(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event["kind"] == "submission"]


def receipts_of(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event["kind"] == "receipt"]


# Section 3: what of several loads is stored


def stored(logs: Sequence[Sequence[Event]]) -> list[Event]:
    """Section 3, `copies`: an event identical to one already there is stored once; `copies` is the largest count in one load.

    `logs` are the events of each load, in the order of loading.
    """
    first: dict[tuple[Any, ...], Event] = {}
    for log in logs:
        counted: dict[tuple[Any, ...], int] = {}
        for event in log:
            identity = tuple(value for name, value in event.items() if name not in NOT_CONTENT)
            counted[identity] = counted.get(identity, 0) + event["copies"]
            first.setdefault(identity, {**event, "copies": 0})
        for identity, copies in counted.items():
            first[identity]["copies"] = max(first[identity]["copies"], copies)
    return list(first.values())
