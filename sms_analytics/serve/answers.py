"""The pages with answers: the search, a message, the send-outs and one of them."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import duckdb
import polars as pl
from markupsafe import Markup
from tornado.web import HTTPError

from sms_analytics.lookup.answer import NothingFoundError, Reader, Story, brief, ended_long_ago, lookup
from sms_analytics.lookup.in_words import message_text, tone
from sms_analytics.lookup.overview import FILTERS, NEWEST_FIRST, Overview, Scope, listed, overview, scope_of, sendouts
from sms_analytics.lookup.state import State, state
from sms_analytics.lookup.terminal import what_is_loaded
from sms_analytics.lookup.wording import spaced
from sms_analytics.serve import pages
from sms_analytics.serve.database import Opened
from sms_analytics.serve.handlers import Page
from sms_analytics.text import export, names
from sms_analytics.text.labels import label, labels
from sms_analytics.text.masking import masked_sender
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


@dataclass(frozen=True)
class Order:
    """A heading of a list, the link that sorts by it, and how it is sorted now."""

    name: str
    link: str
    direction: str
    arrow: str

    @classmethod
    def of(cls, name: str, sort: str, link: str) -> "Order":
        """The heading `name` of a list that is sorted by `sort`."""
        if sort.removeprefix("-") != name:
            return cls(name, link, "", "")
        return cls(name, link, "descending", " ↓") if sort.startswith("-") else cls(name, link, "ascending", " ↑")


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

    def send_list(self, found: pl.DataFrame) -> None:
        """A list as a file: CSV that Excel opens as a table. It has the numbers in full, as the page does."""
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="sms.csv"')
        shown = names.shown(found, self.site.settings)
        self.finish(export.as_excel_csv(shown, lang=self.reader.lang, zone=self.site.zone))

    def look_up(self, opened: Opened, db: duckdb.DuckDBPyConnection, asked: str) -> Story:
        """The story as the command `lookup` tells it."""
        home_country, reader = self.site.settings.home_country, self.reader
        return lookup(db, asked, home_country=home_country, zone=reader.zone, lang=reader.lang, names=reader.names, surroundings=opened.surroundings)

    def in_full(self, story: Story, number: int, *, beside: tuple[int, ...] = (), alone: bool = True) -> Markup:
        """One message of the story as HTML, with the way to its send-out; not `alone`: without what stands once on a page."""
        message = story.messages[number]
        scope = scope_of(message.account, message.campaign, message.submitted_utc, self.site.zone)
        text = self.reader.say("page.open_sendout" if scope.campaign is not None else "page.open_day")
        to_overview = (self.to_overview(scope.account, scope.campaign, scope.day), text)
        return pages.story(
            story, self.reader, number=number, link=self.to_message, number_link=self.to_number, overview=to_overview, beside=beside, alone=alone
        )


class Home(Answers):
    """The search field, and what is loaded."""

    async def get(self) -> None:
        """The first page."""
        loaded, now = await self.ask(lambda opened, db: (opened.loaded, self._state(opened, db)))
        self.show("home", first=True, loaded=what_is_loaded(loaded, self.reader), state=now, link=self.to_overview, warning=self._warning(now))

    def _warning(self, now: State) -> str | None:
        """That the logs end long ago, where they do."""
        until = now.logs_until_utc
        return self.reader.say("support.logs_end_early", until=self.reader.written(until)) if until and ended_long_ago(until) else None

    def _state(self, opened: Opened, db: duckdb.DuckDBPyConnection) -> State:
        """Worked out once for each state of the database."""
        known = self.site.states.get(opened.stamp)
        if known is None:
            known = state(db, zone=self.site.zone)
            self.site.states.clear()
            self.site.states[opened.stamp] = known
        return known


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
            self.show("found", heading=None, asked=asked, body=pages.nothing(error, self.reader, self.to_number), newest=[], newest_briefs=[])
            return
        told = story.in_full()
        further = story.further(*told)
        text = self.reader.say("page.messages_of", len(further) + len(told), spaced(story.asked)) if len(further) + len(told) > 1 else None
        troubles = [one for one in further if tone(one.outcome) != "good"][:_TROUBLES]
        first, *others = told
        body = self.in_full(story, first, beside=tuple(others))
        newest = [self.in_full(story, number, beside=(first,), alone=False) for number in others]
        title = self.reader.say("page.title", masked_sender(story.asked))
        self.show(
            "found",
            title=title,
            heading=text,
            asked=asked,
            troubles=troubles,
            link=self.to_message,
            body=body,
            newest=newest,
            newest_briefs=[brief(story.messages[number]) for number in others],
        )


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
        title = self.reader.say(
            "page.title", f"{message_text(story.messages[number], self.reader).title}, {self.reader.short(story.messages[number].submitted_utc)}"
        )
        self.show("found", title=title, heading=None, body=self.in_full(story, number), newest=[], newest_briefs=[])


class Sendouts(Answers):
    """The list of send-outs."""

    async def get(self) -> None:
        """The newest first."""
        found = await self.ask(lambda _, db: sendouts(db))
        self.show(
            "sendouts",
            title=self.reader.say("page.title", self.reader.say("page.sendouts")),
            sendouts=found,
            link=self.to_overview,
            messages_heading=heading("messages", self.reader.lang),
        )


class SendoutPage(Answers):
    """One send-out, or an account's day: its statuses, and its numbers filtered by status, country and operator."""

    async def get(self, name: str) -> None:
        """One page of it."""
        account, campaign, day = self.meant(name, "overview")
        scope = Scope(account, campaign, date.fromisoformat(day) if day else None)
        chosen = {of: self.get_query_arguments(of, strip=False) for of in FILTERS}
        number, sort = self.get_query_argument("page", "1"), self.get_query_argument("sort", NEWEST_FIRST)
        page = int(number[:9]) if number.isascii() and number.isdigit() else 1
        found = await self.ask(lambda _, db: overview(db, scope, chosen, zone=self.site.zone, page=page, sort=sort))
        if not found.messages:
            raise HTTPError(HTTPStatus.GONE)
        parts = _parts(found, self.reader)
        self.show(
            "overview",
            title=self.reader.say("page.title", self._title(scope)),
            headline=self._title(scope),
            overview=found,
            parts=parts,
            in_words=", ".join(part.text for part in parts),
            filters=_filters(found, chosen, self.reader),
            filtered=any(chosen.values()),
            here=self.request.path,
            link=self.to_message,
            page_link=lambda to: self._with(chosen, page=to, sort=found.sort),
            orders=[
                Order.of(name, found.sort, self._with(chosen, sort=_turned(name, found.sort)))
                for name in ("number", "status", "operator", "country", "sent")
            ],
            csv=self._with(chosen, "/csv", sort=found.sort),
        )

    def _with(self, chosen: dict[str, list[str]], below: str = "", **more: object) -> str:
        return f"{self.request.path}{below}?{urlencode(chosen | more, doseq=True)}"

    def _title(self, scope: Scope) -> str:
        reader = self.reader
        if scope.campaign is not None:
            return reader.say("page.sendout_of", reader.campaign(scope.campaign))
        return reader.say("page.account_day", reader.account(scope.account) or reader.say("page.no_account"), reader.day(scope.day))


class SendoutList(SendoutPage):
    """The same list as a file that Excel opens."""

    async def get(self, name: str) -> None:
        """All that is filtered, in the same order."""
        account, campaign, day = self.meant(name, "overview")
        scope = Scope(account, campaign, date.fromisoformat(day) if day else None)
        chosen, sort = {of: self.get_query_arguments(of, strip=False) for of in FILTERS}, self.get_query_argument("sort", NEWEST_FIRST)
        found = await self.ask(lambda _, db: listed(db, scope, chosen, zone=self.site.zone, sort=sort))
        self.send_list(found)


def _turned(name: str, sort: str) -> str:
    """The order that a click on a heading gives: the other way where it is sorted by it already."""
    return f"-{name}" if sort == name or (name == "sent" and sort != NEWEST_FIRST) else name


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
