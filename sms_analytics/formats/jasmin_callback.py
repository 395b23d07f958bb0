"""Jasmin SMS Gateway: receipts that it calls back over HTTP.

Producer:  Jasmin's dlr thrower, logged by whoever answered at `dlr-url`: GET lines of a web server, form bodies, JSON of one's own program.
Holds:     receipts. Submissions stand in Jasmin's own logs (format `jasmin`).
Clock:     `donedate` and `subdate` (YYMMDDhhmm, or with seconds) are the operator's (`--receipt-zone`) and stand in levels 2 and 3 only; else the
           line's time, else the file's.
Ids:       `id`, Jasmin's own (queue-msgid in its logs). To join with a Jasmin log load both into one feed: `--feed` with the log's cid.
           id_smsc is the operator's id and kept in extra.
Parts:     one receipt per long message: Jasmin asks for that of the last part only.
Columns:   id = message_id and message_ref, message_status = status, err = code_raw; level, connector, id_smsc, sub, dlvrd = extra.
Statuses:  level 1, the answer to the submission: ESME_ROK = submitted, any other ESME_* = rejected, both said by the gateway. Levels 2 and 3: the words of
           the SMPP receipt (DELIVRD, UNDELIV, EXPIRED, ...). Where message_status is missing, dlvrd of 1 or more is delivered, else err other than 0 undelivered.
Codes:     ESME_* is an SMPP command status; `err` belongs to the connection (`[feeds.NAME] code_system`).
Traps:     level 1 is not delivery, and `level` does not tell what was asked for. Jasmin calls again until it is answered with `ACK/Jasmin`, so receipts
           are repeated. The documentation calls message_status ESME_* on all levels; Jasmin writes the receipt's word.
Missing:   recipient, sender and account, unless one's own parameters in dlr-url name them (kept in extra). Jasmin forgets ids after 24 hours
           (`dlr_expiry`): later receipts are never called back. `text` is masked; incoming messages are skipped.
Sample:    2026-03-18 09:14:12 id=16fd2706-8baf-433b-82eb-8c7fada847da&id_smsc=5C01A9&message_status=DELIVRD&level=2&subdate=2603180914&donedate=2603180914&sub=001&dlvrd=001&err=000&text=Time+i+morgen
"""

from dataclasses import replace
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine import receipt_text
from sms_analytics.formats.engine.description import Description, Payload, Says, Time
from sms_analytics.formats.engine.written_times import OF_RECEIPTS

_DATE: Final = Time(formats=(OF_RECEIPTS,), lenient=True)
#: How Jasmin writes that the receipt did not have a value.
_NOTHING: Final = ("ND", "None", "none", "nul")
_IDS: Final = {"message_id": "id", "message_ref": "id"}

_RECEIPT: Final = Payload(
    needs=("id", "message_status"),
    columns={**_IDS, "status": "message_status", "code": "err", "happened": "donedate", "submit": "subdate"},
    statuses=receipt_text.WORDS,
    code_system="smpp",
    empty=_NOTHING,
    times={"happened": _DATE, "submit": _DATE},
)
#: Without a word only the counts and the code are left.
_DELIVERED: Final = replace(
    _RECEIPT,
    needs=("id", "dlvrd~^0*[1-9]", "!message_status"),
    general=True,
    columns={**_RECEIPT.columns, "status": "=dlvrd"},
    statuses={"dlvrd": "delivered"},
)
_FAILED: Final = replace(
    _RECEIPT,
    needs=("id", "err~^0*[1-9A-Za-z]", "!message_status"),
    general=True,
    columns={**_RECEIPT.columns, "status": "=err"},
    statuses={"err": "undelivered"},
)

_ACCEPTED: Final = Payload(
    needs=("id", "message_status~(?i)^(CommandStatus\\.)?ESME_ROK$"),
    columns={**_IDS, "status": "message_status"},
    statuses={"ESME_ROK": Says("submitted", said_by="gateway"), "CommandStatus.ESME_ROK": Says("submitted", said_by="gateway")},
)
_REFUSED: Final = Payload(
    needs=("id", "message_status~(?i)^(CommandStatus\\.)?ESME_"),
    columns={**_IDS, "code": "message_status"},
    code_system="smpp_command_status",
    said_by="gateway",
)
_INCOMING: Final = Payload(needs=("id", "from", "to", "origin-connector"), kind="skip")

FORMAT: Final = engine.make(
    Description(
        name="jasmin_callback",
        title="Jasmin SMS Gateway: receipts called back over HTTP",
        kept=("connector", "id_smsc"),
        payloads=(_INCOMING, _ACCEPTED, _REFUSED, _RECEIPT, _DELIVERED, _FAILED),
        parts="last",
        containers=("form", "access_log", "json"),
    )
)
