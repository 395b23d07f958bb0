"""CPSMS (Denmark): rows of its log.

Producer:  CPSMS, answers of `GET /v2/getlog` (JSON, an array).
Holds:     one row per message with its last status: the submission and, where one came, the receipt.
Clock:     timeSent (Unix seconds, UTC): when the message was handed over. A receipt has no time of its own.
Ids:       none. A row is known by recipient, reference and time.
Parts:     one row for the whole message; smsAmount = parts.
Columns:   to = recipient; from = sender; userReference = client_ref; dlrStatus = status; dlrStatusText = detail; timeSent = time of the submission;
           pointPrice (what it cost) = extra.
Statuses:  0 = submitted, nothing has come back; 1 (Received) = delivered. Other numbers are kept as unrecognised: their list is not public.
Codes:     none.
Traps:     to has no plus sign. The log reaches three months back.
Missing:   ids, operator, time and reason of a failure. What CPSMS calls at `dlr_url` is not described in public, so its callbacks are not read.
Sample:    [{"to":"4540000001","from":"Klinikken","smsAmount":1,"pointPrice":1,"userReference":"ordre7","dlrStatus":1,"dlrStatusText":"Received","timeSent":1773821641}]
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

STATUSES: Final[Words] = {"0": Says("submitted", said_by="gateway"), "1": "delivered"}

FORMAT: Final = engine.make(
    Description(
        name="cpsms",
        title="CPSMS: rows of its log",
        payloads=(
            Payload(
                needs=("to", "from", "dlrStatus", "timeSent", "pointPrice"),
                kind="row",
                columns={
                    "recipient": "to",
                    "sender": "from",
                    "client_ref": "userReference",
                    "parts": "smsAmount",
                    "status": "dlrStatus",
                    "detail": "dlrStatusText",
                    "submit": "timeSent",
                },
                statuses=STATUSES,
                international=True,
            ),
        ),
        parts="one",
    )
)
