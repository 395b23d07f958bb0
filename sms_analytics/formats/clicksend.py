"""ClickSend: SMS delivery receipts.

Producer:  ClickSend, logged by whoever received its receipts (form bodies one a line, JSON of one's own program), and the answers of `GET /sms/receipts`.
Holds:     receipts.
Clock:     timestamp (Unix seconds): when the receipt came; timestamp_send: when the message was handed over. UTC.
Ids:       message_id (a UUID).
Parts:     one receipt for the whole message.
Columns:   message_id = message_id; custom_string = client_ref; subaccount_id = account; to = recipient; status_code = status; error_code = code_raw;
           error_text = detail; timestamp_send = submit date; the rest = extra.
Statuses:  200 (queued or with the network) = submitted; 201 = delivered; 300 (temporary, tried again) = buffered; 301 = undelivered. An error_code is finer: 1
           queued, 2 scheduled, 6 awaiting approval, 5 cancelled, 20 = the operator's receipt did not come (no_report).
Codes:     error_code is a `clicksend` code.
Traps:     a receipt names neither recipient nor sender. ClickSend numbers its list of errors anew now and then on its help pages; these are the numbers
           of its list of gateway error codes.
Missing:   operator, recipient. Incoming messages and other channels (`message_type` other than sms) are skipped.
Sample:    timestamp_send=1773821641&timestamp=1773821646&message_id=BF7AD270-0DE2-418B-B606-71D527D9C1AE&status_code=201&status_text=Success&error_code=&message_type=sms
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Words

STATUSES: Final[Words] = {
    "200": Says("submitted", said_by="gateway"),
    "201": "delivered",
    "300": "buffered",
    "301": "undelivered",
}

FORMAT: Final = engine.make(
    Description(
        name="clicksend",
        title="ClickSend: SMS delivery receipts",
        payloads=(
            Payload(needs=("message_id", "timestamp_send", "message_type~(?i)^(?!sms$)"), kind="skip"),
            Payload(
                needs=("message_id", "timestamp_send", "status_code"),
                columns={
                    "message_id": "message_id",
                    "client_ref": "custom_string",
                    "account": "subaccount_id",
                    "recipient": "to",
                    "status": "status_code",
                    "code": "error_code",
                    "detail": ("error_text", "status_text"),
                    "submit": "timestamp_send",
                    "happened": "timestamp",
                },
                statuses=STATUSES,
                code_system="clicksend",
                code_refines=True,
                no_code=("0",),
                empty=("null",),
                ignored=("message_type", "status"),
            ),
            Payload(needs=("message_id", "original_message_id", "original_body", "from", "to"), kind="skip"),
        ),
        parts="one",
    )
)
