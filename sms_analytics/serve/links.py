"""Opaque links. What they lead to (a number, a message's key) may be personal, and addresses end up in histories and logs."""

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import Final

_KEPT: Final = 50_000


class Links:
    """Names for values, kept by this process only; the oldest are forgotten first."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._secret = secrets.token_bytes(32)
        self._kept = kept
        self._lock = Lock()
        self._values: OrderedDict[str, list[str | None]] = OrderedDict()

    def name(self, *value: str | None) -> str:
        """The name of a value; the same value has the same name as long as the process lives."""
        digest = hmac.new(self._secret, json.dumps(value).encode(), sha256).digest()
        name = urlsafe_b64encode(digest[:15]).decode()
        with self._lock:
            self._values[name] = list(value)
            self._values.move_to_end(name)
            while len(self._values) > self._kept:
                self._values.popitem(last=False)
        return name

    def value(self, name: str) -> list[str | None] | None:
        """What the name stands for; None where it is not known, or not any more."""
        with self._lock:
            return self._values.get(name)
