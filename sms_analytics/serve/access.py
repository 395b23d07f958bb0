"""Who may see the page. On this machine everyone who can reach it; from elsewhere whoever knows the password."""

import hmac
import ipaddress
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

from sms_analytics.errors import UsageError

#: The password, where the page is to have one; not an option, since a command line is read by everyone on the machine.
ENVIRONMENT: Final = "SMS_ANALYTICS_PASSWORD"
_LEAST: Final = 12


@dataclass(frozen=True, repr=False)
class Access:
    """Where the page listens, and the password that it asks for (None: it asks for none)."""

    address: str
    password: str | None

    @property
    def is_local(self) -> bool:
        """Does it listen to this machine only?"""
        return _is_loopback(self.address)

    def accepts_host(self, host: str) -> bool:
        """Was the page asked for under a name of this machine? Another site could have its own name lead here and read along."""
        return not self.is_local or _is_loopback(_without_port(host))

    def accepts(self, password: str) -> bool:
        """Is this the password?"""
        return self.password is not None and hmac.compare_digest(password.encode(), self.password.encode())


#: A session ends after so many seconds without a request, and after so many at all.
_IDLE_S: Final = 30 * 60
_LONGEST_S: Final = 12 * 60 * 60
_MOST_SESSIONS: Final = 1_000


class Sessions:
    """Who is inside. Known to this process alone, so that a session that ended opens nothing, wherever a copy of its cookie is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: When each began, and when it was last used, the longest unused first.
        self._open: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def begin(self) -> str:
        """The name of a new session."""
        name = secrets.token_urlsafe(32)
        self._open[name] = (self._clock(), self._clock())
        while len(self._open) > _MOST_SESSIONS:
            self._open.popitem(last=False)
        return name

    def is_open(self, name: str) -> bool:
        """Is this a session that has not ended? Asking uses it."""
        now = self._clock()
        began, used = self._open.get(name, (-_LONGEST_S, -_IDLE_S))
        if name not in self._open or now - used > _IDLE_S or now - began > _LONGEST_S:
            self._open.pop(name, None)
            return False
        self._open[name] = (began, now)
        self._open.move_to_end(name)
        return True

    def end(self, name: str) -> None:
        """The session is over."""
        self._open.pop(name, None)


#: So many wrong passwords in a row are answered at once; after them nobody is let in for so many seconds, twice as many after each further one.
_FREE_GUESSES: Final = 5
_FIRST_WAIT_S: Final = 30.0
_LONGEST_WAIT_S: Final = 900.0


class Guesses:
    """How often the password was wrong. For all visitors together: addresses are cheap, and behind a proxy all have the same one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong = 0
        self._until = 0.0

    def wait(self) -> int:
        """Seconds until the next guess is looked at; 0 where it is looked at now."""
        return max(0, ceil(self._until - self._clock())) if self._wrong >= _FREE_GUESSES else 0

    def wrong(self) -> None:
        """A guess was wrong."""
        self._wrong += 1
        if self._wrong >= _FREE_GUESSES:
            self._until = self._clock() + min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(self._wrong - _FREE_GUESSES, 10))

    def right(self) -> None:
        """The password was known."""
        self._wrong = 0


def chosen(address: str) -> Access:
    """The access for an address. Raises `UsageError` where it can be reached from elsewhere and there is no password, or one that is too short."""
    password = os.environ.get(ENVIRONMENT) or None
    if password is not None and len(password) < _LEAST:
        raise UsageError(f"${ENVIRONMENT}: too short; choose a password of {_LEAST} characters or more")
    if password is None and not _is_loopback(address):
        raise UsageError(
            f"--address {address}: the page shows phone numbers and can be reached from other machines there; "
            f"put a password of {_LEAST} characters or more into ${ENVIRONMENT}, or leave out --address"
        )
    return Access(address, password)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
