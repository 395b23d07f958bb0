"""The pages with answers: the search, a message, the send-outs and one of them."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import duckdb
from markupsafe import Markup
from tornado.web import HTTPError

from sms_analytics.lookup.answer import NothingFoundError, Reader, Story, lookup
from sms_analytics.lookup.in_words import tone
from sms_analytics.lookup.overview import FILTERS, Overview, Scope, overview, scope_of, sendouts
from sms_analytics.lookup.terminal import what_is_loaded
from sms_analytics.lookup.wording import spaced
from sms_analytics.serve import pages
from sms_analytics.serve.database import Opened
from sms_analytics.serve.handlers import Page
from sms_analytics.text.labels import label, labels
from sms_analytics.text.phrases import heading

_TITLES: Final = {"outcome": "page.status", "country": "page.country", "operator": "page.operator"}
#: How wide the bar of a send-out is drawn.
_BAR: Final = 1000
#: So many other messages that did not arrive are named above the newest.
_TROUBLES: Final = 4


@dataclass(frozen=True)
class Choice:
    """One box of a filter."""

    value: str
    text: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Filter:
    """The boxes for one thing to filter by."""

    name: str
    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Part:
    """One outcome's share of the bar."""

    key: str
    x: float
    width: float
    text: str


class Answers(Page):
    """What the pages with answers share: opaque links to messages, numbers and send-outs."""

    def to_message(self, key: str) -> str:
        """The address of a message."""
        return f"/m/{self.site.links.name('message', key)}"

    def to_number(self, number: str) -> str:
        """The address of what is found for a number, id or reference."""
        return f"/s/{self.site.links.name('search', number)}"

    def to_overview(self, account: str | None, campaign: str | None, day: date | None = None) -> str:
        """The address of a send-out, or of an account's day."""
        return f"/o/{self.site.links.name('overview', account, campaign, day.isoformat() if day else None)}"

    def meant(self, name: str, kind: str) -> list[str | None]:
        """What an opaque link stands for; 410 where it is not known any more."""
        value = self.site.links.value(name)
        if value is None or value[0] != kind:
            raise HTTPError(HTTPStatus.GONE)
        return value[1:]

    def look_up(self, opened: Opened, db: duckdb.DuckDBPyConnection, asked: str) -> Story:
        """The story as the command `lookup` tells it."""
        home_country, reader = self.site.settings.home_country, self.reader
        return lookup(db, asked, home_country=home_country, zone=reader.zone, lang=reader.lang, names=reader.names, surroundings=opened.surroundings)

    def in_full(self, story: Story, number: int) -> Markup:
        """One message of the story as HTML, with the way to its send-out."""
        message = story.messages[number]
        scope = scope_of(message.account, message.campaign, message.submitted_utc, self.site.zone)
        text = self.reader.say("page.open_sendout" if scope.campaign is not None else "page.open_day")
        to_overview = (self.to_overview(scope.account, scope.campaign, scope.day), text)
        return pages.story(story, self.reader, number=number, link=self.to_message, number_link=self.to_number, overview=to_overview)


class Home(Answers):
    """The search field, and what is loaded."""

    async def get(self) -> None:
        """The first page."""
        loaded = await self.ask(lambda opened, _: opened.loaded)
        self.show("home", first=True, loaded=what_is_loaded(loaded, self.reader))


class Search(Answers):
    """Takes what was typed."""

    def post(self) -> None:
        """On to the page of what is found."""
        asked = self.get_body_argument("asked", "").strip()
        self.redirect(self.to_number(asked[:200]) if asked else "/", status=HTTPStatus.SEE_OTHER)


class Found(Answers):
    """What is found for a number, id or reference."""

    async def get(self, name: str) -> None:
        """The newest message in full; or what is like the number, where it is not there."""
        asked = self.meant(name, "search")[0] or ""
        try:
            story = await self.ask(lambda opened, db: self.look_up(opened, db, asked))
        except NothingFoundError as error:
            self.set_status(HTTPStatus.NOT_FOUND)
            self.show("found", heading=None, asked=asked, body=pages.nothing(error, self.reader, self.to_number))
            return
        further = story.further()
        text = self.reader.say("page.messages_of", len(further) + 1, spaced(story.asked)) if further else None
        troubles = [brief for brief in further if tone(brief.outcome) != "good"][:_TROUBLES]
        self.show("found", heading=text, asked=asked, troubles=troubles, link=self.to_message, body=self.in_full(story, 0))


class Message(Answers):
    """One message."""

    async def get(self, name: str) -> None:
        """The message in full."""
        key = self.meant(name, "message")[0] or ""
        try:
            story = await self.ask(lambda opened, db: self.look_up(opened, db, key))
        except NothingFoundError:
            # A load has taken it out since.
            raise HTTPError(HTTPStatus.GONE) from None
        number = next((number for number, message in enumerate(story.messages) if message.message_key == key), 0)
        self.show("found", heading=None, body=self.in_full(story, number))


class Sendouts(Answers):
    """The list of send-outs."""

    async def get(self) -> None:
        """The newest first."""
        found = await self.ask(lambda _, db: sendouts(db))
        self.show("sendouts", sendouts=found, link=self.to_overview, messages_heading=heading("messages", self.reader.lang))


class SendoutPage(Answers):
    """One send-out, or an account's day: its statuses, and its numbers filtered by status, country and operator."""

    async def get(self, name: str) -> None:
        """One page of it."""
        account, campaign, day = self.meant(name, "overview")
        scope = Scope(account, campaign, date.fromisoformat(day) if day else None)
        chosen = {of: self.get_query_arguments(of, strip=False) for of in FILTERS}
        number = self.get_query_argument("page", "1")
        page = int(number) if number.isascii() and number.isdigit() else 1
        found = await self.ask(lambda _, db: overview(db, scope, chosen, zone=self.site.zone, page=page))
        if not found.messages:
            raise HTTPError(HTTPStatus.GONE)
        parts = _parts(found, self.reader)
        self.show(
            "overview",
            title=self._title(scope),
            overview=found,
            parts=parts,
            in_words=", ".join(part.text for part in parts),
            filters=_filters(found, chosen, self.reader),
            filtered=any(chosen.values()),
            here=self.request.path,
            link=self.to_message,
            page_link=lambda to: f"{self.request.path}?{urlencode({**chosen, 'page': to}, doseq=True)}",
        )

    def _title(self, scope: Scope) -> str:
        reader = self.reader
        if scope.campaign is not None:
            return reader.say("page.sendout_of", reader.campaign(scope.campaign))
        return reader.say("page.account_day", reader.account(scope.account) or reader.say("page.no_account"), reader.day(scope.day))


def _parts(found: Overview, reader: Reader) -> list[Part]:
    parts: list[Part] = []
    x = 0.0
    counts = found.counts["outcome"]
    for key in labels("outcome", reader.lang):
        if count := counts.get(key, 0):
            share = count / found.messages
            parts.append(Part(key, x, _BAR * share, f"{label(f'outcome.{key}', reader.lang)}: {count} ({reader.share(share)})"))
            x += _BAR * share
    return parts


def _filters(found: Overview, chosen: dict[str, list[str]], reader: Reader) -> list[Filter]:
    return [
        Filter(
            name,
            reader.say(_TITLES[name]),
            tuple(Choice(value, _in_words(name, value, reader), count, value in chosen[name]) for value, count in found.counts[name].items()),
        )
        for name in FILTERS
    ]


def _in_words(name: str, value: str, reader: Reader) -> str:
    if not value:
        return reader.say("page.unknown")
    if name == "outcome":
        return label(f"outcome.{value}", reader.lang)
    return reader.country(value) or value if name == "country" else value
