"""The support page as users start it: a process of its own on a free port."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener


@dataclass
class Running:
    """A running page: its address, and what it has said so far."""

    url: str
    said: list[str]
    process: int

    def open_files(self, name: str) -> int:
        """How many files of that name it holds open, those that a load has replaced included."""
        folder = Path(f"/proc/{self.process}/fd")
        return sum(f"/{name}" in str(file.readlink()) for file in folder.iterdir() if file.is_symlink())


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    url: str
    headers: Any


@contextmanager
def running(db: Path, *options: str, password: str = "") -> Iterator[Running]:
    """The page of a database, ended by the signal that Ctrl-C sends."""
    script = f"import sys\nfrom sms_analytics.cli import main\nsys.exit(main(['serve', '--db', {str(db)!r}, '--port', '0', *{options!r}]))"
    environment = os.environ | {"SMS_ANALYTICS_PASSWORD": password, "NO_COLOR": "1"}
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        address = re.search(r"http://\S+/", first)
        assert address, first + process.stderr.read()
        said = [first]
        reading = Thread(target=said.extend, args=(process.stderr,), daemon=True)
        reading.start()
        try:
            yield Running(address[0], said, process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(20)
            reading.join(20)
        assert code == 0, said


class Visitor:
    """A browser without a screen: keeps cookies, follows redirects, sends the form's secret along."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
        self._secret = ""

    def get(self, path: str = "/", **headers: str) -> Answer:
        """A page, under its path or whole address."""
        return self._open(Request(path if path.startswith("http") else self.url.rstrip("/") + path, headers=headers))

    def post(self, path: str, **fields: str) -> Answer:
        """A form."""
        body = urlencode({"_xsrf": self._secret} | fields).encode()
        return self._open(Request(self.url.rstrip("/") + path, body))

    def search(self, asked: str) -> Answer:
        """What is found."""
        if not self._secret:
            self.get()
        return self.post("/search", asked=asked)

    def _open(self, request: Request) -> Answer:
        try:
            response: HTTPResponse | HTTPError = self._opener.open(request, timeout=30)
        except HTTPError as error:
            response = error
        with response:
            text = response.read().decode()
            secret = re.search(r'name="_xsrf" value="([^"]+)"', text)
            self._secret = secret[1] if secret else self._secret
            return Answer(response.status or 0, text, response.url, response.headers)
