"""A vendor's format as a description: where each of our columns sits and what its words mean. `engine.py` reads records by it.

A built-in vendor is such a description in a module of its own (`formats/twilio.py`), a user's vendor the same thing in `sms_analytics.toml`
(`[formats.NAME]`, made into a description by `formats/engine/user_formats.py`).

Paths: `messageId`, `data.payload.id`, `to.0.status`: keys from the payload's root, dots between them, a number for an element of a list. XML
elements and attributes, form keys and table headers are named the same way; `name()` is the name of the XML element that is the record.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal, get_args

from sms_analytics.vocabulary import Charge, ChargeStatus, ReceiptRequested, SaidBy, Status

#: How a record is written: what `decoding.py` and `reading/containers.py` tell apart. `access_log`: GET lines of nginx, Apache and IIS.
#: `line`: plain text, read by the description's `patterns`.
Container = Literal["json", "form", "access_log", "xml", "table", "line"]
CONTAINERS: Final = get_args(Container)

#: Which of a long message's parts get a receipt (domain: a long message counts once).
PartsPolicy = Literal["each", "first", "last", "one"]

#: What a payload is: `receipt` and `submission` give one event, `row` (a report with a message's last status) gives the submission and, if the status
#: says more than that it was handed over, a receipt; `skip` is recognised and carries no status (incoming messages, counts).
Kind = Literal["receipt", "submission", "row", "skip"]

#: How programs write whether a receipt was asked for.
REQUESTED: Final[Mapping[str, ReceiptRequested]] = {
    **dict.fromkeys(("none", "0", "false", "no", "off"), "none"),
    **dict.fromkeys(("full", "1", "true", "yes", "on"), "full"),
    "partial": "partial",
}

#: Fields of a record after decoding: path to text, empty values left out.
Fields = dict[str, str]


@dataclass(frozen=True)
class Says:
    """What one status word says: canonical status and, where the word itself tells, reason, who says it, what became of the charge.

    A code may say a reason alone: then the status is none and the word decides.
    """

    status: Status | None
    reason: str | None = None
    said_by: SaidBy | None = None
    charge: ChargeStatus | None = None


Words = Mapping[str, Status | Says]


@dataclass(frozen=True)
class Time:
    """How a time is written.

    `formats`: `strptime` formats tried in order; none: what people and programs usually write (ISO 8601, epochs in seconds or milliseconds,
    18.03.2026 09:14). `zone`: of times without an offset: an IANA name, or none for the zone of the feed. `empty`: values that stand for no time.
    `lenient`: a time that cannot be read costs only itself (it goes to `extra`), not the record.
    """

    formats: tuple[str, ...] = ()
    zone: str | None = None
    empty: tuple[str, ...] = ("0", "0000000000", "000000000000")
    lenient: bool = False


@dataclass(frozen=True)
class Payload:
    """One kind of record of a vendor. The first payload of a description whose `needs` a record meets reads it.

    `needs`: what must be there, strict enough that no other vendor's record has it all: `path` (there and not empty), `!path` (not there),
    `path=a|b` (has one of these values), `path~regex` (matches), either with `!` in front (does not); `a|b` in front of it: one of these paths. `columns`: our column to a path, to several of which the first with a value
    counts, or to a constant written `=text`.
    """

    needs: tuple[str, ...]
    kind: Kind = "receipt"
    #: Read in a file of this format, but too common to tell that a file is of this format.
    general: bool = False
    columns: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    #: Word (any letter case) to what it says. A word that is not here is kept and counted as unrecognised. Without a `status` column, or where it is
    #: empty, the code decides by the status of its row in reference/codes.csv.
    statuses: Words = field(default_factory=dict)
    charges: Mapping[str, ChargeStatus] = field(default_factory=dict)
    #: Whose the codes are. Several: the operators' codes are passed on and nobody says whose; the first system that knows a code has it.
    code_system: str | tuple[str, ...] | None = None
    #: The end that a code's row knows goes before a coarser word (`Failed` with a code that says expired), but never before `delivered`, and
    #: `delivered` never before a negative word.
    code_refines: bool = False
    #: Code to what it says, for codes that are not in reference/codes.csv (user formats): wins over the status word where that is negative or missing.
    codes: Words = field(default_factory=dict)
    #: Codes that say nothing and are not kept (an empty error code written as 0).
    no_code: tuple[str, ...] = ()
    #: Who says it where the word does not tell; none: the operator on receipts, the gateway on submissions.
    said_by: SaidBy | None = None
    times: Mapping[str, Time] = field(default_factory=dict)
    #: Values of any field that stand for nothing.
    empty: tuple[str, ...] = ()
    #: Recipients are international without `+` (digits alone): they get their `+`.
    international: bool = False
    #: The vendor gives one id to several recipients: its feeds get the id rule `per_recipient`, by which id and recipient together name a message.
    id_per_recipient: bool = False
    #: Ids of parts: a pattern with the groups `ref` and `part`, and the number of the first part.
    part_id: str | None = None
    first_part: int = 1
    #: Kroner per unit of the price as written (0.01 for øre).
    price_unit: float = 1.0
    #: Lists inside the payload, one event per element: the element's fields stand under the list's own path without a number (`needs` are asked
    #: before that, so they write `to.0.status` for what columns call `to.status`). Inner lists come after the outer ones.
    each: tuple[str, ...] = ()
    #: Paths whose text lists several messages of one record (`MsgId=a,b,c`): one event per element of the first of them that is there. The others have as
    #: many elements, side by side with it, or one that all share.
    lists: tuple[str, ...] = ()
    #: Whether a receipt was asked for: the vendor's word (any letter case) to ours. Empty: `REQUESTED`.
    requested: Mapping[str, ReceiptRequested] = field(default_factory=dict)
    #: Paths whose values are message text or secrets, beside the keys that always are (`text`, `body`, `password`, `token` ...). `parameters.*`: all
    #: that lies below.
    hidden: tuple[str, ...] = ()
    #: Paths that say nothing worth keeping: in no column, not in `extra`.
    ignored: tuple[str, ...] = ()
    #: For what no description can say: changes the decoded fields of a record before the columns are taken; none: the record is skipped.
    prepare: Callable[[Fields], Fields | None] | None = None


@dataclass(frozen=True)
class Description:
    """One format: its payloads, in the order in which they are asked, and what is the same for all."""

    name: str
    title: str
    payloads: tuple[Payload, ...]
    parts: PartsPolicy = "one"
    #: The containers in which its records are looked for; none: in all of them.
    containers: tuple[Container, ...] = ()
    #: Patterns with named groups for lines of plain text, asked in order before anything else (`sms_analytics/config/plain_lines.py`). The groups are the record's fields.
    patterns: tuple[str, ...] = ()
    #: Keys mean the same in any letter case: the customer writes the names himself, or the vendor's own documents differ.
    any_case: bool = False
    #: Paths without a column of ours whose values hold no text of a message and no secret, whatever they are: kept in `extra` and `raw`. Numbers, times
    #: and words of statuses are kept under any path; everything else is masked.
    kept: tuple[str, ...] = ()
    #: How long the vendor waits for a final status, where that is known to be shorter than the operators' 7 days (grace is added).
    validity: timedelta | None = None
    #: What its prices are by its documentation: charged to the recipient, or what sending costs.
    price: Charge = "cost"
    #: Its documentation, for formats that have no module.
    documentation: str | None = None
