"""The addresses of the page. Each answer is worked out in a thread of its own with a cursor of its own; numbers come in by POST only."""

import asyncio
import logging
import re
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb
from markupsafe import Markup
from tornado.web import HTTPError, RequestHandler

from sms_analytics.config import Config
from sms_analytics.errors import DatabaseError
from sms_analytics.lookup.answer import Names, Reader
from sms_analytics.serve import pages
from sms_analytics.serve.access import Access, Guesses, Sessions
from sms_analytics.serve.database import DatabaseWatcher, Opened
from sms_analytics.serve.links import Links
from sms_analytics.text.labels import LANGS, Lang

_Answer = TypeVar("_Answer")

LOG: Final = logging.getLogger("sms_analytics.serve")

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "sms-analytics",
}
_SESSION: Final = "session"
#: What DuckDB raises where the bytes of a file are not what it wrote.
_DAMAGES: Final = (duckdb.IOException, duckdb.InternalException, duckdb.SerializationException, duckdb.FatalException)
_TEXTS: Final = {403: "page.expired", 404: "page.not_here", 410: "page.old_link", 503: "page.no_database"}


@dataclass(frozen=True)
class Site:
    """What all addresses share."""

    watcher: DatabaseWatcher
    settings: Config
    zone: str
    lang: Lang
    access: Access
    links: Links = field(default_factory=Links)
    sessions: Sessions = field(default_factory=Sessions)
    guesses: Guesses = field(default_factory=Guesses)
    #: What the first page says, for the newest state of the database.
    states: dict[tuple[int, int, int], Any] = field(default_factory=dict)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "answer"))

    @property
    def names(self) -> Names:
        """What accounts and send-outs are called."""
        return Names(self.settings.accounts, self.settings.campaigns, self.settings.feed_names)


class Page(RequestHandler):
    """What every address does: who may see it, in which language, and what it says when something goes wrong."""

    #: May it be seen without the password?
    open_to_all = False

    def initialize(self, site: Site) -> None:
        """What all addresses share."""
        self.site = site
        self.stale = False

    def set_default_headers(self) -> None:
        """Nothing from elsewhere, nothing kept."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Turns away who may not see the page."""
        if not self.site.access.accepts_host(self.request.host):
            raise HTTPError(HTTPStatus.MISDIRECTED_REQUEST)
        if not self.open_to_all and not self.is_inside():
            self.redirect("/login")

    def is_inside(self) -> bool:
        """Has the visitor given the password, or is none asked for?"""
        if self.site.access.password is None:
            return True
        session = self.get_signed_cookie(_SESSION, max_age_days=1)
        return session is not None and self.site.sessions.is_open(session.decode("ascii", "replace"))

    @property
    def is_secure(self) -> bool:
        """Does the browser speak https, to us or to what stands in front of us? Then cookies go nowhere else."""
        return self.request.protocol == "https" or self.request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"

    def set_cookie(self, name: str, value: str | bytes, *args: Any, **options: Any) -> None:
        """A cookie; where the browser speaks https it goes nowhere else, that of the forms' secret included."""
        super().set_cookie(name, value, *args, **({"secure": self.is_secure} | options))

    @property
    def reader(self) -> Reader:
        """The visitor's language, with zone and names of the configuration."""
        asked = self.get_cookie("lang")
        lang = next((lang for lang in LANGS if lang == asked), self.site.lang)
        return Reader(lang, self.site.zone, self.site.names)

    async def ask(self, question: Callable[[Opened, duckdb.DuckDBPyConnection], _Answer]) -> _Answer:
        """The answer of the newest state of the database."""

        def answer() -> tuple[_Answer, bool]:
            opened, current = self.site.watcher.newest()
            try:
                with opened.cursor() as cursor:
                    return question(opened, cursor), not current
            except _DAMAGES as error:
                raise DatabaseError(f"{self.site.watcher.path}: this database is damaged ({type(error).__name__})") from None

        found, self.stale = await asyncio.get_running_loop().run_in_executor(self.site.threads, answer)
        return found

    def show(self, template: str, **values: Any) -> None:
        """The page, with what stands around every page."""
        around = {
            "xsrf": Markup(self.xsrf_form_html()),
            "inside": self.is_inside(),
            "can_leave": self.is_inside() and self.site.access.password is not None,
            "back": self.request.uri if self.request.method == "GET" else "/",
            "stale": self.stale,
            "asked": "",
            "first": False,
            "title": None,
        }
        self.finish(pages.page(template, self.reader, **(around | values)))

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Where it happened, and nothing that was asked: neither addresses nor values."""
        if not isinstance(value, HTTPError):
            frame = traceback.extract_tb(tb)[-1]
            LOG.error("%s at %s:%s", typ.__name__, Path(frame.filename).name, frame.lineno)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """One sentence in the visitor's language."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, DatabaseError):
            status_code = HTTPStatus.SERVICE_UNAVAILABLE
            self.set_status(status_code)
        if status_code == HTTPStatus.MISDIRECTED_REQUEST:
            self.finish("421")
            return
        self.show("sentence", text=self.reader.say(_TEXTS.get(status_code, "page.went_wrong")))


def log_request(handler: RequestHandler) -> None:
    """One line per request, without its address."""
    LOG.info("%s %s %s %.0f ms", handler.request.method, type(handler).__name__, handler.get_status(), handler.request.request_time() * 1000)


class Missing(Page):
    """Whatever is not here."""

    def get(self) -> None:
        """Says so."""
        raise HTTPError(HTTPStatus.NOT_FOUND)

    post = get


class Asset(Page):
    """Style sheets, the script and the icon."""

    open_to_all = True

    def get(self, name: str) -> None:
        """The file."""
        kind = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish(pages.asset(name))


#: A path of this page: no other server, and no sign that a browser takes out before it looks, such as a tab.
_WITHIN: Final = re.compile(r"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)?(?:\?[A-Za-z0-9_=&%.+-]*)?")


class Language(Page):
    """Norwegian or English, remembered by the browser."""

    open_to_all = True

    def post(self) -> None:
        """Back to where the visitor was."""
        chosen = self.get_body_argument("lang")
        if chosen in LANGS:
            self.set_cookie("lang", chosen, expires_days=365, httponly=True, samesite="Strict")
        back = self.get_body_argument("back", "/")
        self.redirect(back if _WITHIN.fullmatch(back) else "/", status=HTTPStatus.SEE_OTHER)


class Login(Page):
    """The password."""

    open_to_all = True

    def get(self) -> None:
        """Asks for it."""
        if self.is_inside():
            self.redirect("/")
        else:
            self.show("login", wrong=False)

    def post(self) -> None:
        """Lets in who knows it. After some wrong ones nobody is let in for a while, from wherever they come."""
        wait = self.site.guesses.wait()
        if wait:
            self.set_header("Retry-After", str(wait))
            self.set_status(HTTPStatus.TOO_MANY_REQUESTS)
            self.show("login", wrong=True)
            return
        if self.site.access.accepts(self.get_body_argument("password", "", strip=False)):
            self.site.guesses.right()
            session = self.site.sessions.begin()
            self.set_signed_cookie(_SESSION, session, expires_days=None, httponly=True, samesite="Strict")
            self.redirect("/", status=HTTPStatus.SEE_OTHER)
            return
        self.site.guesses.wrong()
        self.set_status(HTTPStatus.UNAUTHORIZED)
        self.show("login", wrong=True)


class Logout(Page):
    """Out again."""

    def post(self) -> None:
        """Forgets the visitor: the cookie opens nothing any more, wherever a copy of it is."""
        session = self.get_signed_cookie(_SESSION, max_age_days=1)
        if session is not None:
            self.site.sessions.end(session.decode("ascii", "replace"))
        self.clear_cookie(_SESSION)
        self.redirect("/login", status=HTTPStatus.SEE_OTHER)
