"""The tables, column by column: type, whether it may be empty, what its values are, meaning.

`validation` makes of this what every batch must pass on its way into the database, and what the resolver promises to everything behind it.
The DuckDB definitions are made of them (`definitions`).
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from sms_analytics import vocabulary as v

UTC = pl.Datetime("us")

E164: Final = r"^\+[1-9][0-9]{1,14}$"


@dataclass(frozen=True)
class Column:
    """One column: numbers in it are at least `least`, texts fit `pattern`; a `required` one is never null.

    `shared`: few different values stand in it, and mostly the same ones together with those of the other shared columns.
    """

    dtype: pl.DataType
    description: str
    required: bool = False
    least: int | None = None
    pattern: str | None = None
    shared: bool = False


def _closed(values: tuple[str, ...]) -> pl.Enum:
    return pl.Enum(list(values))


def _column(
    dtype: pl.DataType | type[pl.DataType],
    description: str,
    *,
    required: bool = False,
    least: int | None = None,
    pattern: str | None = None,
    shared: bool = False,
) -> Column:
    return Column(dtype if isinstance(dtype, pl.DataType) else dtype(), description, required, least, pattern, shared)


#: `events`: one row per event. It has a time: `event_utc` or `received_utc`.
EVENTS: Final = {
    "load_id": _column(pl.Int32, "the load that brought the event: a row of `loads`", required=True),
    "record_no": _column(pl.Int64, "line (or record) number in the file, from 1", required=True, least=1),
    "event_no": _column(pl.Int16, "event within the record, from 1", required=True, least=1),
    "format": _column(pl.String, "the raw format, as in `sms-analytics formats`", required=True, shared=True),
    "feed": _column(pl.String, "connection or account that the record belongs to", required=True, shared=True),
    "kind": _column(_closed(v.KINDS), "`submission` (handed over, or about to be) or `receipt` (anything said later)", required=True, shared=True),
    "message_id": _column(pl.String, "the id as written"),
    "message_ref": _column(pl.String, "what ties parts or ids of one message together"),
    "message_key": _column(pl.String, "the message that the event belongs to, derived from feed and id and settled by the resolver"),
    "part_no": _column(pl.Int16, "part of a long message, from 1", least=1),
    "parts": _column(pl.Int16, "number of parts of the message", least=1),
    "account": _column(pl.String, "the customer's account", shared=True),
    "campaign": _column(pl.String, "the send-out"),
    "client_ref": _column(pl.String, "the sender's own reference"),
    "sender": _column(pl.String, "sender number or name"),
    "recipient": _column(pl.String, "E.164 with `+`; as written where it is no such number"),
    "country": _column(pl.String, "ISO 3166-1 alpha-2 of the recipient's number", pattern="^[A-Z]{2}$", shared=True),
    "operator": _column(pl.String, "canonical name of the recipient's network", shared=True),
    "mccmnc": _column(pl.String, "mobile country and network code", pattern="^[0-9]{5,6}$", shared=True),
    "operator_source": _column(_closed(v.OPERATOR_SOURCES), "where the operator's name comes from", shared=True),
    "event_utc": _column(UTC, "when it happened, by the operator's clock"),
    "received_utc": _column(UTC, "when our side logged it"),
    "scheduled_utc": _column(UTC, "planned send time, on submissions"),
    "time_precision": _column(
        _closed(v.TIME_PRECISIONS), "of `event_utc` (of `received_utc` where that is all there is)", required=True, shared=True
    ),
    "time_zone": _column(pl.String, "the zone that was applied to times without one", shared=True),
    "receipt_requested": _column(_closed(v.RECEIPT_REQUESTED), "on submissions: which receipts were asked for", shared=True),
    "status": _column(_closed(v.STATUSES), "what this event says", required=True, shared=True),
    "status_raw": _column(pl.String, "the status as written", shared=True),
    "said_by": _column(_closed(v.SAID_BY), "whoever made the statement", required=True, shared=True),
    "reason": _column(_closed(tuple(v.REASONS)), "canonical failure reason", shared=True),
    "code_raw": _column(pl.String, "the code as written", shared=True),
    "code_system": _column(pl.String, "whose code it is", shared=True),
    "detail": _column(pl.String, "the operator's or gateway's own text about the status"),
    "price": _column(pl.Float64, "price as the log has it: what the recipient is charged, or what sending costs (`messages.charge`)"),
    "charge_status": _column(_closed(v.CHARGE_STATUSES), "what became of the charge", shared=True),
    "copies": _column(pl.Int32, "how often the identical record stands in one load", required=True, least=1),
    "extra": _column(pl.String, "JSON: fields of the record that have no column"),
    "raw": _column(pl.String, "the record as written, message text masked", required=True),
}

#: `messages`: one row per message.
MESSAGES: Final = {
    "message_key": _column(pl.String, "the message", required=True),
    "message_id": _column(pl.String, "its id as the submission wrote it (of the first part)"),
    "message_ref": _column(pl.String, "what ties its parts or ids together"),
    "feed": _column(pl.String, "connection or account", required=True),
    "account": _column(pl.String, "the customer's account"),
    "campaign": _column(pl.String, "the send-out"),
    "client_ref": _column(pl.String, "the sender's own reference"),
    "sender": _column(pl.String, "sender number or name"),
    "recipient": _column(pl.String, "E.164 with `+`; as written where it is no such number"),
    "country": _column(pl.String, "ISO 3166-1 alpha-2 of the recipient's number"),
    "operator": _column(pl.String, "canonical name of the recipient's network"),
    "mccmnc": _column(pl.String, "mobile country and network code"),
    "parts": _column(pl.Int16, "number of parts"),
    "submitted_utc": _column(UTC, "hand-over; without a submission the receipt's submit date, else the first receipt's time"),
    "scheduled_utc": _column(UTC, "planned send time"),
    "deadline_utc": _column(UTC, "after this silence is `no_status`: hand-over or planned time plus the feed's horizon"),
    "first_receipt_utc": _column(UTC, "when the first receipt was received (its event time where that is all there is)"),
    "final_utc": _column(UTC, "event time of the deciding final status (received time where that is all there is)"),
    "final_received_utc": _column(UTC, "when the deciding final status was received"),
    "last_status": _column(_closed(v.STATUSES), "the status that decides: the final, else rule 4's choice"),
    "outcome": _column(_closed(v.OUTCOMES), "what we conclude", required=True),
    "decided_by": _column(_closed(v.DECIDED_BY), "who decided the outcome; empty while open"),
    "refused": _column(pl.Boolean, "refused by the gateway before hand-over", required=True),
    "reason": _column(_closed(tuple(v.REASONS)), "canonical failure reason"),
    "reason_class": _column(_closed(v.REASON_CLASSES), "class of the reason"),
    "code_raw": _column(pl.String, "the deciding code as written"),
    "code_system": _column(pl.String, "whose code it is"),
    "detail": _column(pl.String, "the operator's or gateway's own text"),
    "receipts": _column(pl.Int32, "receipts, identical ones once", required=True),
    "folded": _column(pl.Int32, "identical receipts that were folded into another", required=True),
    "conflict": _column(pl.Boolean, "two different final statuses of one part", required=True),
    "late": _column(pl.Boolean, "the final came after the deadline", required=True),
    "submission_missing": _column(pl.Boolean, "receipts without a submission", required=True),
    "receipt_requested": _column(_closed(v.RECEIPT_REQUESTED), "which receipts were asked for"),
    "price": _column(pl.Float64, "price as the log has it; `charge` says of what"),
    "charge": _column(_closed(v.CHARGES), "what the price is: `premium`, charged to the recipient, or `cost`, what sending costs"),
    "charge_status": _column(_closed(v.CHARGE_STATUSES), "what became of the charge"),
    "gap_cause": _column(_closed(v.GAP_CAUSES), "why the final status is missing"),
}

#: Types of the columns, in table order.
EVENT_TYPES: Final = pl.Schema({name: column.dtype for name, column in EVENTS.items()})
MESSAGE_TYPES: Final = pl.Schema({name: column.dtype for name, column in MESSAGES.items()})

#: Columns of `events` in which few different values stand: `shared_values` has a row for each set of them.
SHARED_COLUMNS: Final = tuple(name for name, column in EVENTS.items() if column.shared)
#: The other columns of `events`: `event_rows` has these, and says which shared values go with them.
OWN_COLUMNS: Final = tuple(name for name in EVENTS if name not in SHARED_COLUMNS)

#: Column names of `events` and `messages` in table order.
EVENT_COLUMNS: Final = tuple(EVENTS)
MESSAGE_COLUMNS: Final = tuple(MESSAGES)

#: Columns of `messages` that depend on the clock, or stand with the deciding event's shared values.
_DERIVED: Final = ("last_status", "outcome", "decided_by", "reason", "reason_class", "code_raw", "code_system", "gap_cause")
#: What is stored of a message.
RESOLVED_COLUMNS: Final = tuple(name for name in MESSAGE_COLUMNS if name not in _DERIVED)
