"""Records in Base64, perhaps packed, inside the records of streams, queues, subscriptions and load balancers."""

import re
from base64 import b64decode
from typing import Any, Final
from zlib import decompressobj
from zlib import error as ZlibError

from sms_analytics.formats.engine.undecodable import DEPTH, UndecodableError

#: A member that holds a whole record in Base64, perhaps packed: of a stream, a queue, a subscription.
_PACKED: Final = re.compile(r'"(?:data|Data)"\s*:\s*"[A-Za-z0-9+/=\\]{16,}"')
_ENCODED_BODY: Final = re.compile(r'"isBase64Encoded"\s*:\s*"?true')
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
#: A form: two pairs at least, and nothing else.
_FORM: Final = re.compile(r"[\w.\-\[\]%]+=[^&\s]*(?:&[\w.\-\[\]%]+=[^&\s]*)+")
#: So large may be what is packed.
_LARGEST_PACKED: Final = 16 * 1024 * 1024


def may_hold(text: str) -> bool:
    """Whether a text may hold a record in Base64."""
    return _PACKED.search(text) is not None or _ENCODED_BODY.search(text) is not None


def unpacked(value: Any, depth: int = 0) -> Any:
    """The value with the records that its members named `data` hold in Base64, perhaps packed, as the text that they are."""
    if depth > DEPTH:
        return value
    if isinstance(value, list):
        return [unpacked(inner, depth + 1) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: text if key in ("data", "Data") and isinstance(inner, str) and (text := _plain_text(inner)) is not None else unpacked(inner, depth + 1)
        for key, inner in value.items()
    }


def _plain_text(encoded: str) -> str | None:
    """The JSON, XML or form that is written in Base64; none for anything else."""
    if _BASE64.fullmatch(encoded) is None:
        return None
    try:
        plain = b64decode(encoded, validate=True)
        if plain[:2] == b"\x1f\x8b":
            plain = decompressobj(wbits=31).decompress(plain, _LARGEST_PACKED)
        text = plain.decode()
    except (ValueError, ZlibError):
        return None
    return text if text.lstrip()[:1] in ("{", "[", "<") or _FORM.fullmatch(text) else None


def opened(value: Any) -> Any:
    """The value with everything in it as text that is a text in Base64. Raises `UndecodableError` for an event's body that is none."""
    return unpacked(_unencoded(value))


def _unencoded(value: Any, depth: int = 0) -> Any:
    """The value with the bodies of load balancers' events without their encoding. Raises `UndecodableError` for one that is no Base64 of a text."""
    if depth > DEPTH:
        return value
    if isinstance(value, list):
        return [_unencoded(inner, depth + 1) for inner in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _unencoded(one, depth + 1) for key, one in value.items()}
    if value.get("isBase64Encoded") in (True, "true") and isinstance(body := value.get("body"), str):
        try:
            return inner | {"body": b64decode(body, validate=True).decode(), "isBase64Encoded": False}
        except ValueError:
            raise UndecodableError("body", "the body of this event is no Base64 of a text") from None
    return inner
