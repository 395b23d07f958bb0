"""What of a record may be kept: message text and secrets are masked before anything is stored, also where nobody said that a field holds them."""

import json
import re
from typing import Any, Final

from sms_analytics.events.readings import MASK
from sms_analytics.formats.engine.decoding import embedded, masked_query

#: Keys (lower case) of message text and of secrets, whatever the vendor.
TEXT_KEYS: Final = frozenset(
    {
        "text",
        "txt",
        "message",
        "msg",
        "body",
        "content",
        "melding",
        "tekst",
        "smstext",
        "sms_text",
        "messagetext",
        "message_text",
        "messagebody",
        "message_body",
        "messagecontent",
        "shortmessage",
        "short_message",
        "msgdata",
        "messagedata",
        "payloadtext",
    }
)
SECRET_KEYS: Final = frozenset(
    {
        "password",
        "passwd",
        "pwd",
        "pass",
        "pw",
        "token",
        "access_token",
        "accesstoken",
        "auth_token",
        "authtoken",
        "apikey",
        "api_key",
        "api-key",
        "apisecret",
        "api_secret",
        "key",
        "secret",
        "signature",
        "sig",
        "authorization",
        "auth",
        "cookie",
        "hmac",
        "x-api-key",
        "x-twilio-signature",
        "accountkey",
        "clientsecret",
        "client_secret",
    }
)
HIDDEN_KEYS: Final = TEXT_KEYS | SECRET_KEYS
#: Four words or more: nobody's code, and perhaps somebody's message.
_SENTENCE: Final = re.compile(r"\S\s+\S+\s+\S+\s+\S")


def is_sentence(value: str) -> bool:
    """Whether a value that nothing is known of may be message text."""
    return " " in value.strip() and _SENTENCE.search(value) is not None


def closed(value: Any, keys: frozenset[str]) -> Any:
    """The value with everything masked that lies below these keys (lower case), whatever it is called there."""
    if isinstance(value, dict):
        return {key: MASK if key.lower() in keys and isinstance(inner, dict | list) else closed(inner, keys) for key, inner in value.items()}
    return [closed(inner, keys) for inner in value] if isinstance(value, list) else value


def masked(value: Any, hidden: frozenset[str], known: frozenset[str], path: str = "") -> Any:
    """The value with everything masked that is named in `hidden` (keys in lower case, or whole paths), and sentences outside of `known` paths."""
    if isinstance(value, dict):
        return {key: _masked_entry(key, inner, hidden, known, f"{path}{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, hidden, known, f"{path}{number}.") for number, inner in enumerate(value)]
    return _masked_text(value, hidden, known) if isinstance(value, str) else value


def _masked_entry(key: str, value: Any, hidden: frozenset[str], known: frozenset[str], path: str) -> Any:
    if key.lower() in hidden or path in hidden:
        # A log's `message` or a proxy's `body` may carry the record itself.
        inner = embedded(value) if isinstance(value, str) else value
        return (
            _masked_text(value, hidden, known) if isinstance(inner, dict | list) and isinstance(value, str) else _masked_whole(inner, hidden, known)
        )
    if isinstance(value, dict | list):
        return masked(value, hidden, known, f"{path}.")
    if path in known or not isinstance(value, str):
        return value
    return _masked_text(value, hidden, known)


def _masked_whole(value: Any, hidden: frozenset[str], known: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return masked(value, hidden, known)
    return value if value in (None, "") else MASK


def _masked_text(text: str, hidden: frozenset[str], known: frozenset[str]) -> str:
    inner = embedded(text)
    if inner is None:
        return MASK if is_sentence(text) else text
    if text.lstrip()[:1] in ("{", "["):
        return json.dumps(masked(inner, hidden, known), ensure_ascii=False)
    return masked_query(text, hidden, MASK)
