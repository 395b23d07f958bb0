"""The support page under attack: connections that say nothing, guesses, stolen cookies, redirects to elsewhere. It goes on answering."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sms_analytics.serve.access import Guesses, Sessions
from tests.lookup.server import Running, Visitor, running
from tests.small_database import loaded
from tests.thorough import THOROUGH

PASSWORD = "tolv-tegn-minst"  # invented
HALF_OPEN = 1_100
REQUESTS = 5_000 if THOROUGH else 200


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    database: Path = loaded(tmp_path_factory.mktemp("attacked"))[0]
    with running(database, password=PASSWORD) as page:
        yield page


def _raw(page: Running, request: bytes) -> bytes:
    where = urlsplit(page.url)
    assert where.hostname
    with socket.create_connection((where.hostname, where.port or 0), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def _memory(page: Running) -> int:
    (pages,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{page.process}/status").read_text())
    return int(pages)


def test_connections_that_say_nothing_do_not_stop_it(page: Running) -> None:
    where = urlsplit(page.url)
    waiting = []
    try:
        for number in range(HALF_OPEN):
            waiting.append(socket.create_connection((where.hostname or "", where.port or 0), timeout=20))
            waiting[-1].sendall(b"GET / HTTP/1.1\r\nHost: 127" if number % 2 else b"")
        assert Visitor(page.url).get("/login").status == 200
        assert len(list(Path(f"/proc/{page.process}/fd").iterdir())) < 400
    finally:
        for connection in waiting:
            connection.close()
    assert len("".join(page.said)) < 20_000


def test_many_requests_leave_nothing_behind(page: Running) -> None:
    visitor = Visitor(page.url)
    for _ in range(50):
        visitor.get("/login")
    before = _memory(page)
    for _ in range(REQUESTS):
        assert visitor.get("/login").status == 200
    assert _memory(page) < before + 20_000


def test_a_header_without_end_and_a_body_that_is_too_large_are_cut_off(page: Running) -> None:
    assert b" 200 " not in _raw(page, b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n")
    assert b" 200 " not in _raw(page, b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n" + b"a" * 1000)
    assert Visitor(page.url).get("/login").status == 200


def test_a_session_that_ended_opens_nothing_and_cookies_are_for_this_page_alone(page: Running) -> None:
    fresh = _raw(page, b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n").decode()
    (cookie,) = re.findall(r"(?m)^Set-Cookie: (_xsrf=.*?)\r?$", fresh)
    assert {"secure", "httponly", "samesite=strict"} <= {part.strip().lower() for part in cookie.split(";")}
    token = re.search(r'name="_xsrf" value="([^"]+)"', fresh)
    assert token
    body = f"_xsrf={token[1]}&password={PASSWORD}".encode()
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    inside = _raw(page, head.encode() + f"X-Forwarded-Proto: https\r\nCookie: {cookie.split(';')[0]}\r\n\r\n".encode() + body).decode()
    assert " 303 " in inside
    (session,) = re.findall(r"(?m)^Set-Cookie: (session=.*?)\r?$", inside)
    assert {"secure", "httponly", "samesite=strict"} <= {part.strip().lower() for part in session.split(";")}
    stolen = session.split(";")[0]
    asked = f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: {stolen}\r\n\r\n".encode()
    assert b" 200 " in _raw(page, asked)
    leaving = f"_xsrf={token[1]}".encode()
    out = head.replace("/login", "/logout").replace(f"Length: {len(body)}", f"Length: {len(leaving)}")
    assert b" 303 " in _raw(page, out.encode() + f"Cookie: {stolen}; {cookie.split(';')[0]}\r\n\r\n".encode() + leaving)
    assert b" 302 " in _raw(page, asked)


@pytest.mark.parametrize(
    "back", ["/\t/elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "/%0d%0aX: y", "https://elsewhere.example", "/a\r\nX: y", "/;x"]
)
def test_it_sends_nobody_elsewhere(back: str, page: Running) -> None:
    visitor = Visitor(page.url)
    visitor.get("/login")
    answer = visitor.post("/language", lang="en", back=back)
    assert urlsplit(answer.url).netloc == urlsplit(page.url).netloc
    assert urlsplit(answer.url).path in ("/", "/login")


def test_wrong_guesses_lock_the_door(page: Running) -> None:
    visitor = Visitor(page.url)
    visitor.get("/login")
    answers = [visitor.post("/login", password=f"gjetning-nummer-{number}").status for number in range(8)]
    assert answers == [401] * 5 + [429] * 3
    # Nor is the right one tried then.
    assert visitor.post("/login", password=PASSWORD).status == 429
    assert "gjetning" not in "".join(page.said)


def test_the_lock_opens_again_and_waits_longer_each_time() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    for _ in range(5):
        assert guesses.wait() == 0
        guesses.wrong()
    assert guesses.wait() == 30
    now[0] = 30
    assert guesses.wait() == 0
    guesses.wrong()
    assert guesses.wait() == 60
    now[0] = 90
    guesses.right()
    guesses.wrong()
    assert guesses.wait() == 0


def test_a_session_ends_when_it_is_not_used_and_after_a_working_day() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    idle, used = sessions.begin(), sessions.begin()
    for minute in range(0, 12 * 60, 29):
        now[0] = minute * 60
        assert sessions.is_open(used)
    assert not sessions.is_open(idle)
    now[0] = 12 * 60 * 60 + 1
    assert not sessions.is_open(used)
    for _ in range(2_000):
        sessions.begin()
    assert len(sessions._open) == 1_000
