"""The server of the support page: its addresses, the port it listens on, and how it ends."""

import asyncio
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application

from sms_analytics import config as configuration
from sms_analytics.database import store
from sms_analytics.errors import UsageError
from sms_analytics.serve import access as access_
from sms_analytics.serve.answers import Found, Home, Message, Search, SendoutList, SendoutPage, Sendouts
from sms_analytics.serve.database import DatabaseWatcher
from sms_analytics.serve.handlers import Asset, Language, Login, Logout, Missing, Site, log_request
from sms_analytics.serve.links import Links, key_of
from sms_analytics.serve.many import Many, ManyList, Pasted
from sms_analytics.text.labels import Lang

__all__ = ["ADDRESS", "PORT", "serve"]

ADDRESS: Final = "127.0.0.1"
PORT: Final = 8765

#: Nothing that is sent to the page is long.
_MOST_BYTES: Final = 64 * 1024
_MOST_HEADER_BYTES: Final = 16 * 1024
#: Seconds that a browser may take for the headers of a request, the first or a further one, and for what it sends with it.
_HEADERS_S: Final = 10.0
_BODY_S: Final = 10.0
#: A process may often open no more than 1,024 files.
_MOST_CONNECTIONS: Final = 256


def serve(
    db: str | Path | None = None,
    *,
    address: str = ADDRESS,
    port: int = PORT,
    config: str | Path | None = None,
    zone: str | None = None,
    lang: Lang | None = None,
    ready: Callable[[str], None] = lambda _url: None,
) -> None:
    """Shows the support page until the process is told to stop; `ready` is called with its address once it answers.

    `port` 0 is any free one. Raises `DatabaseError` for a database that cannot be opened, `UsageError` for an address that is reachable from other
    machines without a password in `$SMS_ANALYTICS_PASSWORD`, for a port that is taken, and inside a
    notebook, whose process has other work.
    """
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config is not None else None, beside=path.parent)
    watcher = DatabaseWatcher(path)
    watcher.newest()
    site = Site(watcher, settings, configuration.zone(zone) or settings.zone, lang or settings.lang, access_.chosen(address), Links(key_of(path)))
    with closing(_listening(address, port)) as listening:
        _refuse_in_a_notebook()
        # The first visitor need not wait for it.
        site.threads.submit(watcher.newest()[0].surroundings.prepare)
        asyncio.run(_run(site, listening, ready))


def application(site: Site) -> Application:
    """The addresses of the page."""
    with_site = {"site": site}
    name = r"([A-Za-z0-9_-]+)"
    return Application(
        [
            ("/", Home, with_site),
            ("/search", Search, with_site),
            (f"/s/{name}", Found, with_site),
            (f"/m/{name}", Message, with_site),
            ("/sendouts", Sendouts, with_site),
            (f"/o/{name}", SendoutPage, with_site),
            (f"/o/{name}/csv", SendoutList, with_site),
            ("/many", Many, with_site),
            (f"/n/{name}", Pasted, with_site),
            (f"/n/{name}/csv", ManyList, with_site),
            ("/language", Language, with_site),
            ("/login", Login, with_site),
            ("/logout", Logout, with_site),
            (r"/assets/(icon\.svg|page\.css|story\.css|page\.js)", Asset, with_site),
        ],
        default_handler_class=Missing,
        default_handler_args=with_site,
        cookie_secret=secrets.token_bytes(32),
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Strict"},
        log_function=log_request,
    )


class LimitedServer(HTTPServer):
    """Holds so many connections at most. For a further one the oldest is closed: one that sends nothing, or a browser that has its answer."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """As `HTTPServer`."""
        super().initialize(*args, **kwargs)
        self._streams: dict[IOStream, None] = {}

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Takes a connection."""
        while len(self._streams) >= _MOST_CONNECTIONS:
            oldest = next(iter(self._streams))
            del self._streams[oldest]
            oldest.close()
        self._streams[stream] = None
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """Forgets a connection."""
        super().on_close(server_conn)
        self._streams = {stream: None for stream in self._streams if not stream.closed()}


async def _run(site: Site, listening: socket.socket, ready: Callable[[str], None]) -> None:
    server = LimitedServer(
        application(site),
        max_body_size=_MOST_BYTES,
        max_buffer_size=4 * _MOST_BYTES,
        max_header_size=_MOST_HEADER_BYTES,
        idle_connection_timeout=_HEADERS_S,
        body_timeout=_BODY_S,
    )
    server.add_socket(listening)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Only the main thread of a process hears signals.
        with suppress(ValueError, RuntimeError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ready(_url(site.access.address, listening.getsockname()[1]))
    try:
        await stop.wait()
    finally:
        server.stop()
        await server.close_all_connections()
        site.threads.shutdown(wait=False, cancel_futures=True)


def _refuse_in_a_notebook() -> None:
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        raise UsageError("serve: needs a process of its own; run `sms-analytics serve` in a terminal, or use sms_analytics.support.field(db) here")


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listening = socket.create_server((address, port), family=family, backlog=128)
    except OSError as error:
        raise UsageError(f"--address {address} --port {port}: cannot be used: {error.strerror}; choose another port with --port") from None
    listening.setblocking(False)
    return listening


def _url(address: str, port: int) -> str:
    return f"http://{f'[{address}]' if ':' in address else address}:{port}/"
