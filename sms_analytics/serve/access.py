"""Who may see the page. On this machine everyone who can reach it; from elsewhere whoever knows the password."""

import hmac
import ipaddress
import os
from dataclasses import dataclass
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
