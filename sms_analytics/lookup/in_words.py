"""One message in words: what the terminal, the support page and the notebook show, each in its own way. The same words for all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sms_analytics.lookup.explaining import Explanation, explain
from sms_analytics.lookup.story import Event, MessageStory, SameHour
from sms_analytics.lookup.wording import Reader, spaced
from sms_analytics.questions.intervals import wilson
from sms_analytics.questions.undecided import settled_by
from sms_analytics.text.labels import LANGS, Lang, label, labels
from sms_analytics.text.phrases import heading
from sms_analytics.vocabulary import ARRIVED_OUTCOMES

#: How an outcome looks: well, badly, in the dark, or still under way.
_TONES: Final = {
    "delivered": "good",
    "partly_confirmed": "good",
    "failed": "bad",
    "stopped": "bad",
    "no_status": "dark",
    "unrecognised": "dark",
    "untracked": "dark",
}
#: Outcomes whose trouble can be shared with others, and what to count of these.
_FAILED: Final = ("failed",)
_SILENT: Final = ("no_status", "awaiting_status", "unrecognised", "out_of_coverage")
#: What says that the trouble is not that of one number.
_SHARED: Final = ("outage", "outage_held", "outage_all_feeds", "failed_many", "silent_many", "waiting_many")
_PENDING: Final = ("awaiting_status", "out_of_coverage")
_NOT_SENT_YET: Final = ("waiting_to_send", "awaiting_approval", "paused")

#: Habits that stand on fewer messages say so; fewer bad ones than this are no pattern.
_FEW_SENT: Final = 50
_FEW_BAD: Final = 3
#: So many others there must be to say anything of an hour.
_FEW_OTHERS: Final = 5


@dataclass(frozen=True)
class Moment:
    """One event in words; `code` is the code with its system, `detail` the operator's own text."""

    their_clock: str | None
    our_clock: str | None
    kind: str
    status: str
    status_raw: str | None
    said_by: str
    code: str | None
    detail: str | None
    more: str | None
    place: str
    tone: str


@dataclass(frozen=True)
class MessageText:
    """One message in words. `warning` says that the logs end long ago.

    `around` is what went on around it, `shared` the part of that which says that it is not just this number; `facts` are
    names and values; `answers` is what to send the customer, in each language.
    """

    outcome: str
    tone: str
    title: str
    summary: str
    known_until: str
    warning: str | None
    since: str
    decided_by: str
    meaning: str
    why: str | None
    detail: str | None
    sender_can: str
    recipient_can: str
    charged: str
    around: tuple[str, ...]
    shared: tuple[str, ...]
    habit: str | None
    notes: tuple[str, ...]
    answers: dict[Lang, str]
    facts: tuple[tuple[str, str], ...]
    moments: tuple[Moment, ...]


def message_text(message: MessageStory, reader: Reader) -> MessageText:
    """The message as this reader reads it."""
    explanation = _explained(message, reader)
    around = list(_around(message, reader))
    return MessageText(
        outcome=label(f"outcome.{message.outcome}", reader.lang),
        tone=tone(message.outcome),
        title=_title(message, explanation, reader),
        summary=_summary(message, reader),
        known_until=reader.written(message.known_until_utc),
        warning=reader.say("support.logs_end_early", until=reader.written(message.known_until_utc)) if message.logs_end_early else None,
        since=reader.written(message.since_utc),
        decided_by=_decided_by(message, reader),
        meaning=explanation.meaning,
        why=explanation.why,
        detail=message.detail,
        sender_can=explanation.sender_can,
        recipient_can=explanation.recipient_can,
        charged=reader.say(f"charged.{message.charged}"),
        around=tuple(reader.say(f"around.{key}", **values) for key, values in around),
        shared=tuple(reader.say(f"around.{key}", **values) for key, values in around if key in _SHARED),
        habit=_habit(message, reader),
        notes=tuple(_notes(message, explanation, reader)),
        answers={lang: _explained(message, Reader(lang, reader.zone, reader.names)).answer for lang in LANGS},
        facts=tuple((name, value) for name, value in _facts(message, reader).items() if value is not None),
        moments=tuple(_moment(event, reader) for event in message.events),
    )


def tone(outcome: str) -> str:
    """`good`, `bad`, `dark` (nobody knows) or `open`."""
    return _TONES.get(outcome, "open")


def outcome_text(outcome: str, reason: str | None, reader: Reader) -> str:
    """Outcome and reason of a message in a few words."""
    text = label(f"outcome.{outcome}", reader.lang)
    return f"{text}: {label(f'reason.{reason}', reader.lang)}" if reason else text


def _explained(message: MessageStory, reader: Reader) -> Explanation:
    values = {
        "number": spaced(message.recipient) if message.recipient else reader.say("support.no_number"),
        "sent": reader.written(message.submitted_utc),
        "since": reader.written(message.since_utc),
        "operator": message.operator or reader.say("support.the_operator"),
        "until": reader.written(message.known_until_utc),
    }
    if message.outage is not None:
        values |= {"first": reader.written(message.outage.start_utc), "last": reader.written(message.outage.end_utc)}
    return explain(message, reader.lang, values)


def _title(message: MessageStory, explanation: Explanation, reader: Reader) -> str:
    outcome = label(f"outcome.{message.outcome}", reader.lang)
    if message.refused:
        outcome = heading("refused", reader.lang)
    if message.overdue:
        outcome = reader.say("support.when_logs_ended", outcome)
    return f"{outcome}: {label(f'reason.{explanation.reason}', reader.lang)}" if explanation.reason else outcome


def _summary(message: MessageStory, reader: Reader) -> str:
    where = ", ".join(text for text in (message.operator, reader.country(message.country)) if text)
    number = spaced(message.recipient) if message.recipient else reader.say("support.no_number")
    return reader.say(
        "support.to_planned" if message.refused or message.outcome in (*_NOT_SENT_YET, "stopped") else "support.to",
        recipient=f"{number} ({where})" if where else number,
        sender=message.sender or reader.say("support.nobody_named"),
        sent=reader.written(message.submitted_utc),
    )


def _party(message: MessageStory, reader: Reader) -> str:
    return message.operator or reader.say("support.this_feed", reader.feed(message.feed))


def _to(message: MessageStory, reader: Reader) -> str:
    return reader.say("support.to_operator", message.operator) if message.operator else reader.say("support.on_feed", reader.feed(message.feed))


def _decided_by(message: MessageStory, reader: Reader) -> str:
    operator = message.operator or labels("decided_by", reader.lang)["operator"]
    return reader.say(f"decided.{message.decided_by or 'open'}", operator=operator)


#: A text of `around` with its values.
_Said = tuple[str, dict[str, Any]]


def _around(message: MessageStory, reader: Reader) -> Iterator[_Said]:
    if message.refused or message.outcome in (*_NOT_SENT_YET, "stopped"):
        return
    if message.outage is not None:
        first, last = reader.written(message.outage.start_utc), reader.written(message.outage.end_utc)
        key = f"outage_{message.outage.kind}" if message.outage.kind in ("held", "all_feeds") else "outage"
        yield key, {"feed": reader.feed(message.outage.feed), "bad": message.outage.bad, "first": first, "last": last}
    elif message.outcome in _SILENT:
        yield "no_outage", {"feed": reader.feed(message.feed)}
    if message.same_hour is not None and (message.outcome not in ARRIVED_OUTCOMES or message.same_hour.messages >= _FEW_OTHERS):
        key, values = _same_hour(message, message.same_hour, reader)
        hour = {"others": message.same_hour.messages, "to": _to(message, reader), "hour": reader.hour(message.same_hour.hour_utc)}
        yield key, hour | values


def _same_hour(message: MessageStory, same: SameHour, reader: Reader) -> _Said:
    if same.messages < _FEW_OTHERS:
        return "few", {}
    if message.outcome in _FAILED:
        return _compared("failed", same.failed, same.messages, message.habit.share_failed if message.habit else None, reader)
    if message.outcome in _PENDING and same.without_final:
        # What is usual is known of messages that had their time only.
        return f"waiting_{'many' if 2 * same.without_final >= same.messages else 'some'}", {"bad": same.without_final}
    if message.outcome in _SILENT:
        coverage = message.habit.coverage if message.habit else None
        return _compared("silent", same.without_final, same.messages, None if coverage is None else 1 - coverage, reader)
    return "fine", {"good": same.delivered}


def _compared(trouble: str, bad: int, others: int, usual: float | None, reader: Reader) -> _Said:
    """Many: more than usual by more than chance (the low end of the 95 % Wilson interval lies above what is usual)."""
    if bad == 0:
        return f"{trouble}_none", {}
    many = usual is not None and bad >= _FEW_BAD and wilson(bad, others, -1) > usual
    return f"{trouble}_{'many' if many else 'some'}", {"bad": bad, "usual": "–" if usual is None else reader.share(usual)}


def _habit(message: MessageStory, reader: Reader) -> str | None:
    habit = message.habit
    if habit is None or habit.rate_confirmed is None or habit.coverage is None:
        return None
    party = _party(message, reader)
    shares = {"confirmed": reader.share(habit.rate_confirmed), "coverage": reader.share(habit.coverage)}
    said = [reader.say("around.habit", operator=party[:1].upper() + party[1:], **shares)]
    if habit.share_partly:
        said.append(reader.say("around.habit_partly", partly=reader.share(habit.share_partly)))
    if habit.median_s is not None and habit.p90_s is not None:
        said.append(reader.say("around.habit_speed", median=reader.duration(habit.median_s), p90=reader.duration(habit.p90_s)))
    if habit.reports_absence:
        said.append(reader.say("around.reports_absence"))
    if habit.sent < _FEW_SENT:
        said.append(reader.say("around.habit_few", sent=habit.sent))
    return " ".join(said)


def _notes(message: MessageStory, explanation: Explanation, reader: Reader) -> Iterator[str]:
    deadline = reader.written(message.deadline_utc)
    if explanation.reason_from_text:
        yield reader.say("note.read_from_text", detail=message.detail)
    if message.outcome in _PENDING:
        yield reader.say("note.overdue" if message.overdue else "note.wait_until", deadline=deadline)
    never_reports_absence = message.operator is not None and message.habit is not None and not message.habit.reports_absence
    if message.outcome in _SILENT and message.country == "NO" and never_reports_absence:
        yield reader.say("note.only_telenor", operator=message.operator)
    if message.undecided is not None:
        said = reader.say("note.told_twice", feed=reader.feed(message.feed))
        yield f"{said} {settled_by([message.undecided], reader.lang)}".rstrip()
    # Of what was never handed over no submission is missing.
    never_left = message.outcome in (*_NOT_SENT_YET, "stopped")
    for name in ("conflict", "late", "submission_missing"):
        if getattr(message, name) and not (name == "submission_missing" and never_left):
            yield reader.say(f"note.{name}", deadline=deadline)
    if message.scheduled_utc is not None:
        yield reader.say("note.planned", scheduled=reader.written(message.scheduled_utc))
    if message.parts is not None and message.parts > 1:
        yield reader.say("note.parts", parts=message.parts)
    if message.folded:
        yield reader.say("note.folded", folded=message.folded)


def _facts(message: MessageStory, reader: Reader) -> dict[str, str | None]:
    return {
        heading("recipient", reader.lang): message.recipient,
        heading("operator", reader.lang): message.operator,
        heading("country", reader.lang): reader.country(message.country),
        heading("sender", reader.lang): message.sender,
        heading("account", reader.lang): reader.account(message.account),
        heading("campaign", reader.lang): reader.campaign(message.campaign),
        heading("message_id", reader.lang): message.message_id,
        heading("client_ref", reader.lang): message.client_ref,
        heading("code_raw", reader.lang): code(message.code_system, message.code_raw),
        heading("feed", reader.lang): reader.feed(message.feed),
    }


def code(system: str | None, raw: str | None) -> str | None:
    """A code with the system that it belongs to; a bare code means nothing."""
    return None if raw is None else f"{raw} ({system})" if system else raw


def _moment(event: Event, reader: Reader) -> Moment:
    more = [
        reader.say("support.part", event.part_no) if event.part_no is not None else "",
        reader.say("support.copied", event.copies) if event.copies > 1 else "",
    ]
    return Moment(
        their_clock=None if event.event_utc is None else reader.short(event.event_utc, event.time_precision),
        our_clock=None if event.received_utc is None else reader.short(event.received_utc),
        kind=label(f"kind.{event.kind}", reader.lang),
        status=label(f"status.{event.status}", reader.lang),
        status_raw=event.status_raw,
        said_by=label(f"said_by.{event.said_by}", reader.lang),
        code=code(event.code_system, event.code_raw),
        detail=event.detail,
        more=", ".join(text for text in more if text) or None,
        place=event.place,
        tone=_STATUS_TONES.get(event.status, "open"),
    )


_STATUS_TONES: Final = {
    "delivered": "good",
    "expired": "bad",
    "undelivered": "bad",
    "rejected": "bad",
    "stopped": "bad",
    "no_report": "dark",
    "unrecognised": "dark",
    "unknown": "dark",
}
