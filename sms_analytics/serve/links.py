"""Opaque links. What they lead to (a number, a message's key) may be personal, and addresses end up in histories and logs.

A link is its value, encrypted: nobody reads it without the key, which lies beside the database for its owner alone, so links live over restarts and
nothing has to be kept. It is a synthetic initialisation vector with HMAC-SHA256 for both parts (the construction of RFC 5297): the first 16 bytes are
a digest of the value, from which the rest is made and by which it is proven; equal values have equal links.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from sms_analytics.database import permissions

_KEY: Final = 32
_DIGEST: Final = 16


def key_of(db: Path) -> bytes:
    """The key of the links to this database: that of the file beside it, which is made where there is none; else one of this process."""
    file = db.resolve().with_name(f".{db.name}.link-key")
    with suppress(OSError):
        if file.is_file() and len(key := file.read_bytes()) == _KEY:
            return key
    key = secrets.token_bytes(_KEY)
    with suppress(OSError):
        permissions.write(file, key)
    return key


class Links:
    """Names for values. Where one cannot be read (another key, cut off, changed) it stands for nothing."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(_KEY)

    def name(self, *value: str | None) -> str:
        """The name of a value; the same value has the same name under the same key."""
        plain = json.dumps(value, ensure_ascii=False).encode()
        digest = self._digest(plain)
        return urlsafe_b64encode(digest + self._crypted(plain, digest)).decode().rstrip("=")

    def value(self, name: str) -> list[str | None] | None:
        """What the name stands for; None where it is none of ours."""
        with suppress(ValueError):
            both = urlsafe_b64decode(name + "=" * (-len(name) % 4))
            digest, plain = both[:_DIGEST], self._crypted(both[_DIGEST:], both[:_DIGEST])
            if hmac.compare_digest(digest, self._digest(plain)):
                value: list[str | None] = json.loads(plain)
                return value
        return None

    def _digest(self, plain: bytes) -> bytes:
        return hmac.new(self._key, b"value" + plain, sha256).digest()[:_DIGEST]

    def _crypted(self, text: bytes, digest: bytes) -> bytes:
        """Encrypts and decrypts alike."""
        blocks = range(-(-len(text) // sha256().digest_size))
        stream = b"".join(hmac.new(self._key, b"stream" + digest + block.to_bytes(4, "big"), sha256).digest() for block in blocks)
        return bytes(one ^ other for one, other in zip(text, stream, strict=False))
