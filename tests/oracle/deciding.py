"""Rules 2 to 4 and 6 to 10: what became of a message, given its events."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sms_analytics.vocabulary import CHARGE_STATUSES, REASONS
from tests.oracle.events import Event, Message, content, happened, heard, missing_first, missing_last, receipts_of, submissions_of

#: What decides which part an event speaks about: a part number, an id, `WHOLE` or `MISSING`.
Part = int | str

FAILED = ("rejected", "undelivered", "expired")
#: Finals beside `delivered`; on equal times the first named wins.
OTHER_FINALS = (*FAILED, "stopped")
FINALS = ("delivered", *OTHER_FINALS)
#: Statuses that leave the message open; on equal times the first named wins.
OPEN = ("buffered", "accepted", "submitted", "unknown", "queued", "paused", "awaiting_approval", "scheduled")
HELD = ("awaiting_approval", "paused")
WAITING = ("queued", "scheduled")
#: Statuses that can have a reason.
NEGATIVE = (*OTHER_FINALS, "no_report", "buffered")

WHOLE: Part = 0
MISSING: Part = "missing part"

#: Columns that say who and what: the submission wins.
SUBMISSION_WINS = ("message_id", "message_ref", "account", "campaign", "client_ref", "sender", "recipient", "country", "price")


# Rule 2: duplicates


def rule_2_receipts_and_folded(parts: Mapping[Part, Sequence[Event]]) -> tuple[int, int]:
    """How many different receipts there are, and how many more were folded into them, copies included."""
    different = set()
    all_of_them = 0
    for part, events in parts.items():
        for event in receipts_of(events):
            different.add((event["status"], event["code_raw"], event["event_utc"], part))
            all_of_them += event["copies"]
    return len(different), all_of_them - len(different)


# Rule 3: finals


def rule_3_key(event: Event) -> tuple[Any, ...]:
    """The greatest of several finals decides: event time, received time, the order of the statuses, the content."""
    return (happened(event), missing_first(event["received_utc"]), -FINALS.index(event["status"]), content(event))


def rule_3_final(events: Iterable[Event]) -> Event | None:
    """The final that decides one part; `delivered` beats every other. None while the part is open."""
    finals = [event for event in events if event["status"] in FINALS]
    delivered = [event for event in finals if event["status"] == "delivered"]
    return max(delivered or finals, key=rule_3_key, default=None)


def rule_3_conflict(parts: Mapping[Part, Sequence[Event]]) -> bool:
    """Whether one part has two different finals."""
    return any(len({event["status"] for event in events if event["status"] in FINALS}) > 1 for events in parts.values())


# Rule 4: open messages


def order_time(event: Event, handed_over: datetime | None) -> datetime:
    """Event time, else received time; a receipt never before the hand-over, since operators' clocks may only know minutes."""
    if event["kind"] == "receipt" and handed_over is not None:
        return max(happened(event), handed_over)
    return happened(event)


def rule_4_last(events: Iterable[Event], handed_over: datetime | None) -> Event:
    """The event that decides while there is no final: `no_report`, else `unrecognised`, else the latest."""
    open_events = [event for event in events if event["status"] not in FINALS]

    def key(event: Event) -> tuple[Any, ...]:
        rank = OPEN.index(event["status"]) if event["status"] in OPEN else 0
        return (order_time(event, handed_over), -rank, content(event))

    gave_up = [event for event in open_events if event["status"] == "no_report"]
    unrecognised = [event for event in open_events if event["status"] == "unrecognised"]
    return max(gave_up or unrecognised or open_events, key=key)


# Rule 6: deadline


def rule_6_hand_over(events: Iterable[Event]) -> datetime | None:
    """When the message was handed over: its earliest `submitted`, else its earliest submission; None without a submission."""
    submissions = submissions_of(events)
    submitted = [event for event in submissions if event["status"] == "submitted"]
    return min((happened(event) for event in submitted or submissions), default=None)


def rule_6_planned(events: Iterable[Event]) -> datetime | None:
    """The latest planned time that a submission names."""
    return max((event["scheduled_utc"] for event in submissions_of(events) if event["scheduled_utc"] is not None), default=None)


def rule_6_outcome(last: Event, past_deadline: bool) -> tuple[str, str | None]:
    """Outcome and `decided_by` of a message without a final that asked for receipts."""
    status = last["status"]
    if status == "no_report":
        return "no_status", "gateway"
    if status == "unrecognised" or status in HELD:
        return status, None
    if past_deadline:
        return "no_status", "timeout"
    if status == "buffered":
        return "out_of_coverage", None
    return ("waiting_to_send" if status in WAITING else "awaiting_status"), None


# Rule 7: not asked


def rule_7_requested(events: Iterable[Event]) -> str | None:
    """The most that any submission asked for; one that does not say it leaves it to the others, and where none says it all was asked for."""
    requested = [event["receipt_requested"] for event in submissions_of(events)]
    for most in ("full", "partial", "none"):
        if most in requested:
            return most
    return None


def rule_7_not_asked(events: Iterable[Event], requested: str | None, past_deadline: bool) -> bool:
    """Whether silence is what was ordered: nothing asked, or only some outcomes asked and nothing, or nothing more, came."""
    return requested == "none" or (requested == "partial" and (past_deadline or not receipts_of(events)))


def rule_7_outcome(last: Event, past_deadline: bool) -> str:
    """Outcome of a message without a final that did not ask: held and waiting messages still show as such."""
    if last["status"] in HELD:
        return str(last["status"])
    return "waiting_to_send" if last["status"] in WAITING and not past_deadline else "untracked"


# Rule 8: parts


def rule_8_part(event: Event, events: Sequence[Event]) -> Part:
    """Which part of the message that has these `events` this event speaks about.

    Its own part number; else that of the submission with its id (Kannel's receipts name only the id); else, where a message has several ids, its id;
    else the one part that its submissions name. An id that is the reference too is the whole's.
    """
    if event["part_no"] is not None:
        return int(event["part_no"])
    submitted_parts = {int(other["part_no"]) for other in submissions_of(events) if other["part_no"] is not None}
    otherwise: Part = min(submitted_parts) if len(submitted_parts) == 1 else WHOLE
    own_id = rule_8_id(event)
    if own_id is None:
        return otherwise
    submitted_as = [int(other["part_no"]) for other in submissions_of(events) if other["part_no"] is not None and rule_8_id(other) == own_id]
    # What only other feeds' ids tie is one part under several ids.
    is_long = any(other["message_ref"] is not None or other["part_no"] is not None for other in events)
    several_ids = is_long and len({rule_8_id(other) for other in events} - {None}) > 1
    # What its id alone ties to the message names the submission's id, perhaps in another number system.
    by_id = event["message_ref"] is None and otherwise != WHOLE
    return min(submitted_as, default=own_id if several_ids and not by_id else otherwise)


def rule_8_id(event: Event) -> str | None:
    """The id as far as it can name a part."""
    return None if event["message_id"] == event["message_ref"] else event["id"]


def rule_8_all_parts(events: Sequence[Event]) -> dict[Part, list[Event]]:
    """The events of each part, as they name it."""
    parts: dict[Part, list[Event]] = {}
    for event in events:
        parts.setdefault(rule_8_part(event, events), []).append(event)
    return parts


def rule_8_own_parts(all_parts: Mapping[Part, list[Event]]) -> dict[Part, list[Event]]:
    """The parts that a message has. Where receipts name parts, the whole is none; one is missing where only the whole was submitted and too few came.

    The whole stays a part if something final was said about it: a final is never overlooked, and nothing is missing then.
    """
    in_receipts = {part for part, members in all_parts.items() if receipts_of(members)} - {WHOLE}
    if not in_receipts or rule_3_final(all_parts.get(WHOLE, [])) is not None:
        return dict(all_parts)
    parts = {part: members for part, members in all_parts.items() if part != WHOLE}
    submitted_as = {part for part, members in all_parts.items() if submissions_of(members)}
    if submitted_as == {WHOLE} and rule_8_number(event for members in all_parts.values() for event in members) > len(in_receipts):
        parts[MISSING] = all_parts[WHOLE]
    return parts


def rule_8_number(events: Iterable[Event]) -> int:
    """How many parts the message is said to have; 0 when nothing says so."""
    return max((event["parts"] for event in events if event["parts"] is not None), default=0)


def rule_8_counts(members: Sequence[Event], message_asked: bool) -> bool:
    """Whether a part counts: it asked for a receipt, or has a final, or has no submission of its own in a message that asked."""
    if rule_3_final(members) is not None:
        return True
    own = submissions_of(members)
    return rule_7_requested(own) != "none" if own else message_asked


def rule_8_verdict(parts: Sequence[Sequence[Event]]) -> Event | None:
    """The final that decides for the parts that count: any failed, else any stopped, else (none being open) delivered. None while open."""
    finals = [rule_3_final(members) for members in parts]
    for statuses in (FAILED, ("stopped",)):
        decisive = [final for final in finals if final is not None and final["status"] in statuses]
        if decisive:
            return max(decisive, key=rule_3_key)
    delivered = [final for final in finals if final is not None]
    return max(delivered, key=rule_3_key) if delivered and len(delivered) == len(finals) else None


def rule_8_outcome(final: Event, is_whole: bool) -> str:
    """The outcome that a final gives. Where it does not speak for all parts, their delivery confirms not all of the message."""
    if final["status"] in FAILED:
        return "failed"
    if final["status"] == "delivered" and not is_whole:
        return "partly_confirmed"
    return str(final["status"])


def rule_8_is_whole(parts: Mapping[Part, Sequence[Event]], counting: Mapping[Part, Sequence[Event]], number: int) -> bool:
    """Whether the counting parts are all of the message: the whole is among them, or every part is and no fewer are known than there are."""
    return WHOLE in counting or (counting.keys() == parts.keys() - {WHOLE} and len(counting) >= number)


# Rule 9: no submission


def rule_9_submitted(events: Sequence[Event]) -> datetime:
    """Hand-over; without a submission the earliest submit date in the receipts, else the first receipt's time."""
    handed_over = rule_6_hand_over(events)
    if handed_over is not None:
        return handed_over
    dates = [json.loads(event["extra"]).get("submit_utc") for event in events if event["extra"] is not None]
    return min((datetime.fromisoformat(date) for date in dates if date), default=None) or min(heard(event) for event in events)


# Rule 10: refused


#: What a gateway says of a message that it handed on.
HANDED_ON = ("submitted", "buffered", "accepted")


def rule_10_turned_away(events: Sequence[Event]) -> bool:
    """Whether a submission failed, or a receipt says `rejected`."""
    failed = any(event["status"] in ("expired", "undelivered", "rejected") for event in submissions_of(events))
    return failed or any(event["status"] == "rejected" for event in receipts_of(events))


def rule_10_refused(events: Sequence[Event], decisive: Event, outcome: str) -> bool:
    """Whether the gateway refused the message before anything shows that it was handed to an operator.

    The refusal is a receipt of the gateway's that says `rejected`, a submission that failed, or that there are submissions and none of them went through.
    That somebody submitted the message says only that the gateway had it, so a table of submissions beside the log changes nothing. What shows the
    hand-over is the operator's word, the gateway's that it handed the message on, or the submission of a numbered part that was not turned away.
    """
    if outcome != "failed" or decisive["said_by"] != "gateway":
        return False
    submissions = submissions_of(events)
    if any(event["said_by"] == "operator" for event in events) or any(event["status"] in HANDED_ON for event in receipts_of(events)):
        return False
    is_long = any(event["message_ref"] is not None or event["part_no"] is not None for event in events)
    for part in {rule_8_part(event, events) for event in events} - {WHOLE} if is_long else ():
        own = [event for event in events if rule_8_part(event, events) == part]
        if any(event["status"] == "submitted" for event in submissions_of(own)) and not rule_10_turned_away(own):
            return False
    went_through = any(event["status"] == "submitted" for event in submissions)
    return rule_10_turned_away(events) or (bool(submissions) and not went_through)


# One message


def speakers(events: Iterable[Event], feed: str) -> list[Event]:
    """The events in the order in which they are asked who and what a message of this feed is.

    First the submission of the message's own feed that is the hand-over (of several at once the first part, the smallest id), then its other
    submissions, then those of other feeds, then the receipts, the earliest of each first.
    """
    in_order = sorted(events, key=lambda event: (happened(event), missing_last(event["part_no"]), event["raw"]))
    submissions = sorted(submissions_of(in_order), key=lambda event: bool(event["feed"] != feed))
    own = [event for event in submissions if event["feed"] == feed] or submissions
    submitted = [event for event in own if event["status"] == "submitted"]
    hand_over = min(submitted or own, key=lambda event: (happened(event), missing_last(event["part_no"], event["message_id"])), default=None)
    others = [event for event in [*submissions, *receipts_of(in_order)] if event is not hand_over]
    return others if hand_over is None else [hand_over, *others]


def who_and_what(events: Sequence[Event], feed: str) -> dict[str, Any]:
    """Each of these columns from the first that does not leave it empty."""
    in_order = speakers(events, feed)
    return {name: next((event[name] for event in in_order if event[name] is not None), None) for name in SUBMISSION_WINS}


def operator(events: Sequence[Event]) -> dict[str, Any]:
    """The operator with its `mccmnc`: the latest that a receipt names, else a supplied one, else the submission's, else the feed's."""
    for source in ("receipt", "supplied", "submission", "feed"):
        named = [event for event in events if event["operator"] is not None and event["operator_source"] == source]
        if named:
            latest = max(named, key=lambda event: (happened(event), missing_first(event["operator"], event["mccmnc"])))
            return {"operator": latest["operator"], "mccmnc": latest["mccmnc"]}
    return {"operator": None, "mccmnc": None}


def charge_status(events: Sequence[Event]) -> str | None:
    """What the latest receipt says about the charge, else the latest submission; at the same moment a charge goes on, it does not go back."""
    said = [event for event in events if event["charge_status"] is not None]
    latest = max(
        receipts_of(said) or said,
        key=lambda event: (happened(event), missing_first(event["received_utc"]), CHARGE_STATUSES.index(event["charge_status"])),
        default=None,
    )
    return None if latest is None else str(latest["charge_status"])


def charge(events: Sequence[Event], price: float | None) -> str | None:
    """What the price is: whoever tells of a charge tells of a premium message; else what prices of its format are."""
    if charge_status(events) in {"pending", "charged", "not_charged", "refunded", "failed"}:
        return "premium"
    if price is None:
        return None
    priced_by = next(event["format"] for event in events if event["price"] == price)
    return "premium" if priced_by in {"front", "strex", "vianett"} and charge_status(events) != "none" else "cost"


def conclusion(events: Sequence[Event], parts: Mapping[Part, Sequence[Event]], past_deadline: bool) -> tuple[Event, str, str | None]:
    """The deciding event, the outcome and `decided_by`. `parts` are the message's own."""
    asked = rule_7_requested(events) != "none"
    counting = {part: members for part, members in parts.items() if rule_8_counts(members, asked)}
    final = rule_8_verdict(list(counting.values()))
    if final is not None:
        return final, rule_8_outcome(final, rule_8_is_whole(parts, counting, rule_8_number(events))), final["said_by"]
    open_parts = [members for members in counting.values() if rule_3_final(members) is None]
    last = rule_4_last([event for members in open_parts for event in members] or events, rule_6_hand_over(events))
    if rule_7_not_asked(events, rule_7_requested(events), past_deadline):
        return last, rule_7_outcome(last, past_deadline), None
    return last, *rule_6_outcome(last, past_deadline)


def message(events: Sequence[Event], *, now: datetime | None, horizon: timedelta, feed: str) -> Message:
    """One row of `messages` (without `gap_cause`, which is not the resolver's), with `places` and `before_deadline` beside the columns."""
    submitted, planned = rule_9_submitted(events), rule_6_planned(events)
    deadline = max(submitted, planned or submitted) + horizon
    past_deadline = now is not None and now > deadline
    requested = rule_7_requested(events)
    all_parts = rule_8_all_parts(events)
    decisive, outcome, decided_by = conclusion(events, rule_8_own_parts(all_parts), past_deadline)
    is_final = decisive["status"] in FINALS
    reason = decisive["reason"] if decisive["status"] in NEGATIVE else None
    receipts, folded = rule_2_receipts_and_folded(all_parts)
    places = frozenset((event["load_id"], event["record_no"], event["event_no"]) for event in events)
    return {
        "message_key": "-".join(map(str, min(places))),
        "feed": feed,
        **who_and_what(events, feed),
        **operator(events),
        "parts": rule_8_number(events) or None,
        "submitted_utc": submitted,
        "scheduled_utc": planned,
        "deadline_utc": deadline,
        "first_receipt_utc": min((heard(event) for event in receipts_of(events)), default=None),
        "final_utc": happened(decisive) if is_final else None,
        "final_received_utc": decisive["received_utc"] if is_final else None,
        "last_status": decisive["status"],
        "outcome": outcome,
        "decided_by": decided_by,
        "refused": rule_10_refused(events, decisive, outcome),
        "reason": reason,
        "reason_class": None if reason is None else REASONS[reason],
        "code_raw": decisive["code_raw"],
        "code_system": decisive["code_system"],
        "detail": decisive["detail"],
        "receipts": receipts,
        "folded": folded,
        "conflict": rule_3_conflict(all_parts),
        "late": is_final and heard(decisive) > deadline,
        "submission_missing": not submissions_of(events),
        "receipt_requested": requested,
        "charge": charge(events, who_and_what(events, feed)["price"]),
        "charge_status": charge_status(events),
        "gap_cause": None,
        "places": places,
        "before_deadline": not past_deadline,
    }
