"""Keys of message text and of secrets, whatever the vendor: nothing below them is kept, not even a number, unless it is named."""

from typing import Final

#: In lower case.
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
