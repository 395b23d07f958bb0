"""Answers whose texts are data: numbers masked, no control characters, no text longer than a name or a code is.

What stands in logs was written by others: names of accounts and send-outs, an operator's own words. An assistant gets them as values of JSON, on one
line each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from sms_analytics.lookup.answer import Event, MessageStory
from sms_analytics.text.masking import masked, masked_sender, masked_text
from sms_analytics.text.printable import plain

#: Our own sentences are shorter; names and operators' texts that are longer end here.
_LONGEST: Final = 1_000


def as_data(value: Any, numbers: Iterable[str | None] = (), *, unmask: bool = False) -> Any:
    """The value with every text in it made safe: `numbers`, and whatever is written with a `+` as numbers are, masked unless `unmask`."""
    known = list(numbers)
    if isinstance(value, Mapping):
        return {_text(str(name), known, unmask=unmask): as_data(inner, known, unmask=unmask) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(inner, known, unmask=unmask) for inner in value]
    return _text(value, known, unmask=unmask) if isinstance(value, str) else value


def _text(text: str, numbers: list[str | None], *, unmask: bool) -> str:
    shown = plain(text if unmask else masked_text(text, numbers))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def people_of(message: MessageStory) -> list[str | None]:
    """The numbers in a message: its recipient, and its sender where that can be a person."""
    sender = message.sender
    return [message.recipient, sender if sender is not None and masked_sender(sender) != sender else None]


def masked_message(message: MessageStory) -> MessageStory:
    """The message with its recipient and sender masked, for whatever is put into words from it; its events keep no line of a log."""
    return replace(
        message,
        recipient=None if message.recipient is None else masked(message.recipient),
        sender=None if message.sender is None else masked_sender(message.sender),
        events=tuple(_without_line(event) for event in message.events),
    )


def _without_line(event: Event) -> Event:
    return replace(event, raw="")
