r"""Kannel bearerbox.log: receipts that found no message.

Producer:  Kannel's bearerbox, its own log (`log-file`), not the access log.
Holds:     receipts that Kannel received and could not use: their message was unknown to it, or had not asked for that type. They stand in no access
           log, so their messages look silent there. Load this log beside the access log (format `kannel`).
Clock:     the leading time is the host's local time (`--time-zone`).
Ids:       the message centre's, as the receipt had it: what the access log calls FID.
Parts:     one receipt per id.
Columns:   the name in brackets behind the kind of connection (`SMPP[telia1]`) = feed; id = message_id; dst = recipient, or, where the connection has it so,
           the sender; type = status.
Statuses:  Kannel's types: 1 = delivered, 2 = undelivered, 4 = buffered, 8, 32 = submitted, 16 = rejected, 34 = expired, 66 = unknown. 8 and 16 are Kannel's
           own words.
Traps:     old versions write the same line without id and type: it says nothing of any message and is skipped.
Missing:   the operator's code and time; all other lines of the log are skipped.
Sample:    2026-03-18 09:14:05 [811] [6] ERROR: SMPP[telia1]: got DLR but could not find message or was not interested in it id<5C01A9> dst<4740000001>, type<1>
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine import kannel_types
from sms_analytics.formats.engine.description import Description, Payload

_LOST: Final = (
    r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)? ?.{0,80}?\b[A-Z0-9]{2,10}\[(?P<smsc>[^\[\]]{1,64})\]:? [Gg]ot DLR but could not find message or was not "
    r"interested in it id<(?P<id>[^<>]+)> dst<(?P<dst>[^<>]*)>, type<(?P<type>\d+)>"
)

FORMAT: Final = engine.make(
    Description(
        name="kannel_bearerbox",
        title="Kannel bearerbox.log: receipts that found no message",
        payloads=(
            Payload(
                needs=("id", "type"),
                columns={"message_id": "id", "recipient": "dst", "feed": "smsc", "status": "type", "logged": "time"},
                statuses=kannel_types.WORDS,
            ),
        ),
        parts="each",
        containers=("line",),
        patterns=(_LOST,),
    )
)
