"""Kannel's types of a receipt (`%d`, the last of its `flags`), wherever they are written."""

from typing import Final

from sms_analytics.formats.engine.description import Says, Words
from sms_analytics.vocabulary import Status

#: User guide, chapter on delivery reports; 34 (0x22) and 66 (0x42) are values of their own and no sums: expired and unknown at the message centre.
#: Other sums are not interpreted.
STATUSES: Final[dict[int, Status]] = {
    1: "delivered",
    2: "undelivered",
    4: "buffered",
    8: "submitted",
    16: "rejected",
    32: "submitted",
    34: "expired",
    66: "unknown",
}
#: Kannel makes these itself, from the answer to its submission, and begins their text with this word.
OWN: Final = {8: "ACK/", 16: "NACK/"}

#: As words of a described format.
WORDS: Final[Words] = {str(type): Says(status, said_by="gateway" if type in OWN else None) for type, status in STATUSES.items()}
