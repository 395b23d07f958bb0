"""The commands that list messages and numbers themselves."""

from dataclasses import replace
from typing import Final

from sms_analytics.cli.actions.session import opened
from sms_analytics.cli.options import Form, Source
from sms_analytics.questions import metrics
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.unreachable_numbers import unreachable as unreachable_of
from sms_analytics.text.masking import masked_column, masked_messages

#: The columns of the printed list of messages that come first.
_MESSAGES_FIRST: Final = (
    *("submitted_utc", "recipient", "operator", "outcome", "reason", "country", "account", "campaign"),
    *("final_utc", "decided_by", "detail", "feed", "sender", "message_id", "gap_cause", "client_ref", "message_key"),
)


def messages(filters: Filters, source: Source, form: Form, *, limit: int | None, places: bool, unmask: bool) -> None:
    """The messages themselves."""
    with opened(source, form) as session:
        found = metrics.messages(session.connection, limit=limit, places=places, **replace(filters, zone=session.zone).options)
    frame = found if unmask else masked_messages(found)
    shown = frame.select(*_MESSAGES_FIRST, *(name for name in frame.columns if name not in _MESSAGES_FIRST))
    session.answer(
        frame,
        sheet="messages",
        shown=session.shown(shown),
        keys=2,
        stacked=False,
        unmask=unmask,
    )


def unreachable(filters: Filters, source: Source, form: Form, *, unmask: bool) -> None:
    """Numbers to take off the lists."""
    with opened(source, form) as session:
        found = unreachable_of(session.connection, **replace(filters, zone=session.zone).options)
    frame = found if unmask else found.with_columns(masked_column(found["recipient"]))
    session.answer(frame, sheet="unreachable", shown=session.shown(frame), keys=2, stacked=False, unmask=unmask)
