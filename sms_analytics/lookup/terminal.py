"""The story as plain text: one message in full, the other messages of the number in a line each."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from sms_analytics.lookup.in_words import MessageText, Moment, message_text, outcome_text
from sms_analytics.lookup.story import Brief, Loaded, MessageStory, Near
from sms_analytics.lookup.wording import Reader, spaced
from sms_analytics.text import output
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import heading, phrase
from sms_analytics.text.printable import plain

_INDENT = "  "
_NO_LIMIT = 1_000_000
_OTHERS_SHOWN = 8

Row = tuple[str, str]


def message(story: MessageStory, reader: Reader, width: int | None) -> str:
    """One message in full: what, why, what to do, what to answer, and what happened. Without a `width` nothing is wrapped."""
    text = message_text(story, reader)
    most = width or _NO_LIMIT
    names = max(len(name) for rows in (_conclusion(text, reader), _advice(text, reader), _context(text, reader)) for name, _ in rows)
    blocks = [
        [plain(text.title), *_wrapped(text.summary, most), *_wrapped(text.warning or "", most)],
        list(_listed(_conclusion(text, reader), names, most)),
        [reader.say("support.do"), *_indented(_advice(text, reader), names, most)],
        list(_listed(_context(text, reader), names, most)),
        [reader.say("support.answer"), *_wrapped(text.answers[reader.lang], most, _INDENT)],
        list(_listed([(reader.say("support.message"), "; ".join(f"{name}: {value}" for name, value in text.facts))], names, most)),
        [reader.say("support.events"), *_history(text.moments, reader, width)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _conclusion(text: MessageText, reader: Reader) -> list[Row]:
    rows = [
        (phrase("since", reader.lang), text.since),
        (phrase("decided_by", reader.lang), text.decided_by),
        (reader.say("support.known_until"), text.known_until),
        (reader.say("support.means"), text.meaning),
        (reader.say("support.why"), text.why),
        (phrase("their_text", reader.lang), text.detail),
        (reader.say("support.charged"), text.charged),
    ]
    return [(name, value) for name, value in rows if value]


def _advice(text: MessageText, reader: Reader) -> list[Row]:
    return [(reader.say("support.sender_can"), text.sender_can), (reader.say("support.recipient_can"), text.recipient_can)]


def _context(text: MessageText, reader: Reader) -> list[Row]:
    rows = [("support.around", text.around), ("support.habit", [text.habit] if text.habit else []), ("support.notes", text.notes)]
    return [(reader.say(name), " ".join(texts)) for name, texts in rows if texts]


def _wrapped(text: str, most: int, head: str = "", indent: str | None = None) -> list[str]:
    return textwrap.wrap(plain(text), most, initial_indent=head, subsequent_indent=head if indent is None else indent, break_on_hyphens=False)


def _listed(rows: Iterable[Row], names: int, most: int) -> Iterator[str]:
    """Names and values side by side, the values wrapped in their column."""
    for name, value in rows:
        yield from _wrapped(value, most, f"{name:<{names}}  ", " " * (names + 2)) or [name]


def _indented(rows: Iterable[Row], names: int, most: int) -> Iterator[str]:
    return _listed([(_INDENT + name, value) for name, value in rows], names, most)


def _history(moments: Sequence[Moment], reader: Reader, width: int | None) -> list[str]:
    """A table of the events; where it is fitted to a width, the places stand below their rows."""
    rows = [
        {
            "their_clock": moment.their_clock,
            "our_clock": moment.our_clock,
            "status": moment.status,
            "said_by": moment.said_by,
            "raw_word": moment.status_raw,
            "code_raw": moment.code,
            "detail": moment.detail,
            "more": moment.more,
            "place": moment.place,
        }
        for moment in moments
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
    shown = frame.select(name for name in frame.columns if frame[name].null_count() < frame.height)
    most = width and width - len(_INDENT)
    without_places = output.as_table(shown.drop("place"), lang=reader.lang, zone=reader.zone, width=most, keys=1, stacked=False)
    if most is None or without_places.left_out:
        lines = output.as_table(shown, lang=reader.lang, zone=reader.zone, width=most, keys=1).text.splitlines()
    else:
        table = without_places.text.splitlines()
        head, body = table[: -len(moments)], table[-len(moments) :]
        places = [f"{_INDENT}{_from_end(plain(moment.place), most - len(_INDENT))}" for moment in moments]
        lines = [*head, *(line for pair in zip(body, places, strict=True) for line in pair)]
    return [f"{_INDENT}{line}" if line else "" for line in lines]


def _from_end(text: str, most: int) -> str:
    return text if len(text) <= most else "…" + text[1 - most :]


def others(briefs: Sequence[Brief], reader: Reader, width: int | None) -> str:
    """The other messages of the number, a line each: when, what became of it, why, and the id to look it up by."""
    shown = briefs[:_OTHERS_SHOWN]
    lines = []
    for brief in shown:
        ended = outcome_text(brief.outcome, brief.reason, reader)
        lines.append(f"{reader.short(brief.submitted_utc)}  {ended}  ({brief.message_id or brief.message_key})")
    more = [_INDENT + reader.say("support.others_more", len(briefs) - len(shown))] if len(briefs) > len(shown) else []
    cut = [plain(line) if width is None else textwrap.shorten(plain(line), width, placeholder="…") for line in lines]
    return "\n".join([reader.say("support.others"), *(_INDENT + line.strip() for line in cut), *more])


def near(found: Sequence[Near], reader: Reader) -> list[str]:
    """Similar numbers, a line each."""
    return [f"{_INDENT}{plain(spaced(one.recipient))}  ({counted(one, reader)})" for one in found]


def counted(one: Near, reader: Reader) -> str:
    """How many messages a number has, and when the newest was sent."""
    count = f"{one.messages} {heading('messages', reader.lang).lower()}" if one.messages != 1 else f"1 {label('term.message', reader.lang)}"
    return f"{count}, {reader.say('support.newest', reader.short(one.last_utc))}"


def what_is_loaded(loaded: Loaded, reader: Reader) -> str:
    """The period and the feeds that the database holds."""
    if not loaded.messages:
        return reader.say("support.nothing_at_all")
    return reader.say(
        "support.nothing_loaded",
        messages=loaded.messages,
        first=reader.written(loaded.first_utc),
        last=reader.written(loaded.last_utc),
        feeds=", ".join(map(reader.feed, loaded.feeds)),
    )
