"""Pages and the story as HTML: Jinja2 templates that escape everything, filled with the words of `lookup.in_words`."""

from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sms_analytics.lookup.answer import NothingFoundError, Reader, Story
from sms_analytics.lookup.in_words import message_text, outcome_text, tone
from sms_analytics.lookup.terminal import counted, what_is_loaded
from sms_analytics.lookup.wording import spaced
from sms_analytics.text.labels import LANGS, label
from sms_analytics.text.printable import plain

#: Leads from a message's key or a number to its page; None where there are no pages.
Link = Callable[[str], str] | None

_FOLDER: Final = "serve"


def _shown(value: object) -> object:
    """Control and formatting characters of what others wrote are blanked; what is a template's own stays."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("sms_analytics", _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals |= {"label": label, "outcome_text": outcome_text, "counted": counted, "spaced": spaced, "tone": tone, "langs": LANGS}
    return environment


def asset(name: str) -> str:
    """A style sheet or script."""
    return (resources.files("sms_analytics") / _FOLDER / "assets" / name).read_text("utf-8")


def page(template: str, reader: Reader, **values: Any) -> str:
    """The page `template.j2` for this reader."""
    return _templates().get_template(f"{template}.j2").render(reader=reader, say=reader.say, **values)


def story(
    found: Story,
    reader: Reader,
    *,
    number: int = 0,
    link: Link = None,
    number_link: Link = None,
    overview: tuple[str, str] | None = None,
    beside: tuple[int, ...] = (),
    alone: bool = True,
) -> Markup:
    """The message of that number in the story in full and the other ones as a list: a piece of HTML that is a page's or a notebook's.

    `link` leads to another message, `number_link` to another number, `overview` (address and text) to the send-out. `beside`: the messages
    that are shown in full beside it; not `alone`: the second one on a page, without the list of the others.
    """
    message = found.messages[number]
    text = message_text(message, reader)
    further = found.further(number, *beside) if alone else ()
    values = {"message_text": text, "events": list(zip(text.moments, message.events, strict=True)), "overview": overview}
    links = {"link": link, "number_link": number_link}
    near = {"near": found.near, "near_found": found.near_found, "cut": found.cut_in_words(reader)}
    return Markup(page("story", reader, further=further, alone=alone, number=number, **near, **values, **links))


def nothing(error: NothingFoundError, reader: Reader, number_link: Link = None) -> Markup:
    """That nothing was found, what is loaded and which numbers are similar."""
    near = {"near": error.near, "near_found": error.near_found, "headline": error.headline(reader)}
    return Markup(page("nothing", reader, error=error, loaded=what_is_loaded(error.loaded, reader), number_link=number_link, **near))


def note(text: str, reader: Reader) -> Markup:
    """One sentence in the place of a story."""
    return Markup(page("note", reader, text=text))


def standalone(html: Markup) -> str:
    """A piece of HTML with its style, for where there is no page around it."""
    return f"<style>{asset('story.css')}</style>{html}"
